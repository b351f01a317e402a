//! Parquet files as a table of the engine.
//!
//! Text that a file keeps once for many rows is read as it is kept: a number for each row, which
//! leads to a value. So the few levels of an attribute are looked at once, and not row by row.

use super::{footer_of, url_of};
use crate::{EvidenceError, column};
use async_trait::async_trait;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::TableType;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::error::DataFusionError;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::parquet::arrow::arrow_reader::ArrowReaderMetadata;
use datafusion::parquet::basic::Encoding;
use datafusion::parquet::file::metadata::ColumnChunkMetaData;
use datafusion::physical_plan::ExecutionPlan;
use std::path::Path;
use std::sync::Arc;

/// Files with the columns that are wanted of them.
#[derive(Debug)]
struct Files {
    schema: SchemaRef,
    files: Vec<PartitionedFile>,
}

/// A table of files that all have the columns of a schema.
pub(crate) fn table(
    paths: &[&Path],
    schema: &SchemaRef,
) -> Result<Arc<dyn TableProvider>, EvidenceError> {
    let mut footers = Vec::new();
    for path in paths {
        let footer = footer_of(path).map_err(|fault| EvidenceError::file(path, fault))?;
        footers.push((*path, footer));
    }
    let numbered = |name: &str| footers.iter().all(|(_, footer)| has_numbers(footer, name));
    let read_as = |field: &Field| match field.data_type() {
        found if column::is_text(found) && numbered(field.name()) => {
            Field::new(field.name(), text_by_number(), true)
        }
        _ => field.clone(),
    };
    let fields: Vec<Field> = schema.fields().iter().map(|field| read_as(field)).collect();
    let schema = Arc::new(Schema::new(fields));
    let files = footers.iter().map(|(path, footer)| file(path, footer, &schema));
    Ok(Arc::new(Files { files: files.collect::<Result<_, _>>()?, schema }))
}

fn text_by_number() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// A file, with how each of its own columns is to be read.
fn file(
    path: &Path,
    footer: &ArrowReaderMetadata,
    schema: &Schema,
) -> Result<PartitionedFile, EvidenceError> {
    let bytes = std::fs::metadata(path).map_err(|error| EvidenceError::file(path, error))?.len();
    let wanted = |field: &Field| match schema.field_with_name(field.name()) {
        Ok(wanted) if *wanted.data_type() == text_by_number() => {
            field.clone().with_data_type(text_by_number())
        }
        _ => field.clone(),
    };
    let own: Vec<Field> = footer.schema().fields().iter().map(|field| wanted(field)).collect();
    let mut file = PartitionedFile::new(String::new(), bytes);
    file.object_meta.location = url_of(path)?.prefix().clone();
    Ok(file.with_arrow_schema(Arc::new(Schema::new(own))))
}

/// True when a file has a number for each row of a column, and nothing else.
fn has_numbers(footer: &ArrowReaderMetadata, name: &str) -> bool {
    let columns = footer.parquet_schema().columns();
    let Some(place) = columns.iter().position(|column| column.path().string() == name) else {
        return false;
    };
    let mut groups = footer.metadata().row_groups().iter();
    groups.all(|group| group.columns().get(place).is_some_and(is_numbered))
}

/// True when every page of a column chunk is known to have numbers of values that are kept once.
fn is_numbered(chunk: &ColumnChunkMetaData) -> bool {
    let only = |one: Encoding| chunk.page_encoding_stats_mask().is_some_and(|it| it.is_only(one));
    only(Encoding::RLE_DICTIONARY) || only(Encoding::PLAIN_DICTIONARY)
}

#[async_trait]
impl TableProvider for Files {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        let source = Arc::new(ParquetSource::new(Arc::clone(&self.schema)));
        let parts = state.config().target_partitions().max(1);
        let groups = FileGroup::new(self.files.clone()).split_files(parts);
        let scan = FileScanConfigBuilder::new(ObjectStoreUrl::local_filesystem(), source)
            .with_file_groups(groups)
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        ParquetFormat::default().create_physical_plan(state, scan).await
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>, DataFusionError> {
        // Whole row groups can be passed over; the rows of the others are still looked at.
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }
}
