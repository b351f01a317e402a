//! A report in files: JSON, HTML, CSV, charts, a bill of materials.

use crate::inventory::guarded;
use crate::output::Usage;
use anyhow::{Context, Result};
use clap::Args;
use evidence::Report;
use governance::ValidationStandard;
use interop::MachineLearningModel;
use statistics::{Estimate, Status};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// What is written, and where.
#[derive(Debug, Clone, Default, Args)]
pub struct Outputs {
    /// Write the report to this file as a page that needs nothing else
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Write the report to this file as JSON
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Write all there is to this folder: report.json, report.html, estimates.csv, cyclonedx.json,
    /// and in charts/ each chart with its data
    #[arg(long, value_name = "DIR")]
    pub out_dir: Option<PathBuf>,
    /// Overwrite what is there
    #[arg(long)]
    pub force: bool,
}

/// The names in a folder of outputs.
const JSON: &str = "report.json";
const HTML: &str = "report.html";
const CSV: &str = "estimates.csv";
const BOM: &str = "cyclonedx.json";
const CHARTS: &str = "charts";

impl Outputs {
    /// Refuses to overwrite anything, before it is known what is to be written.
    pub fn check(&self) -> Result<()> {
        let in_dir = |dir: &PathBuf| [JSON, HTML, CSV, BOM, CHARTS].map(|name| dir.join(name));
        let all = [&self.html, &self.out].into_iter().flatten().cloned();
        let all = all.chain(self.out_dir.iter().flat_map(in_dir));
        if self.force {
            return Ok(());
        }
        for path in all {
            if path.exists() {
                return Err(taken(&path));
            }
        }
        Ok(())
    }

    /// Writes what is wanted, and says what was written.
    pub fn write(
        &self,
        report: &Report,
        standard: Option<&ValidationStandard>,
        title: &str,
    ) -> Result<Vec<PathBuf>> {
        let mut files: Vec<(PathBuf, Vec<u8>)> = Vec::new();
        let html = || web::evidence_file(report, standard, title).map(String::into_bytes);
        if let Some(path) = &self.html {
            files.push((path.clone(), html()?));
        }
        if let Some(path) = &self.out {
            files.push((path.clone(), json(report)?));
        }
        if let Some(dir) = &self.out_dir {
            fs::create_dir_all(dir.join(CHARTS)).with_context(|| at(dir))?;
            files.push((dir.join(JSON), json(report)?));
            files.push((dir.join(HTML), html()?));
            files.push((dir.join(CSV), csv(report)?));
            files.push((dir.join(BOM), bom(report, &named(title))?));
            for chart in web::evidence_charts(report, standard) {
                let path = |ending| dir.join(CHARTS).join(format!("{}.{ending}", chart.name));
                files.push((path("svg"), chart.svg.clone().into_bytes()));
                files.push((path("csv"), table(&chart.table)?));
            }
        }
        for (path, bytes) in &files {
            self.put(path, bytes)?;
        }
        Ok(files.into_iter().map(|(path, _)| path).collect())
    }

    fn put(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        put(path, bytes, self.force)
    }
}

/// Writes a file; one that is there already only by force.
pub fn put(path: &Path, bytes: &[u8], force: bool) -> Result<()> {
    let mut options = OpenOptions::new();
    // Whether it is there is asked in the same step that makes it.
    let options = match force {
        true => options.write(true).create(true).truncate(true),
        false => options.write(true).create_new(true),
    };
    match options.open(path) {
        Ok(mut file) => file.write_all(bytes).with_context(|| at(path)),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Err(taken(path)),
        Err(error) => Err(error).with_context(|| at(path)),
    }
}

fn at(path: &Path) -> String {
    format!("`{}`", path.display())
}

fn taken(path: &Path) -> anyhow::Error {
    Usage(format!("{} is there already; name another, or add --force", at(path))).into()
}

/// The report as JSON.
pub fn json(report: &Report) -> Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(report)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// A model of which nothing but the name is known.
pub fn named(name: &str) -> MachineLearningModel {
    MachineLearningModel { name: name.to_owned(), version: None, publisher: None }
}

/// The bill of materials of the model, with the numbers of the report.
pub fn bom(report: &Report, model: &MachineLearningModel) -> Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(&interop::bill_of_materials(report, model))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Every estimate, one a row. What is not there is empty.
pub fn csv(report: &Report) -> Result<Vec<u8>> {
    let header = [
        "measure",
        "attribute",
        "level",
        "period",
        "threshold",
        "estimate",
        "lower",
        "upper",
        "coverage",
        "n",
        "events",
        "status",
        "more_needed",
        "method",
    ];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    rows.extend(report.estimates.iter().map(csv_row));
    table(&rows)
}

fn csv_row(it: &Estimate) -> Vec<String> {
    let number = |it: Option<f64>| it.map(|it| it.to_string()).unwrap_or_default();
    let count = |it: Option<u64>| it.map(|it| it.to_string()).unwrap_or_default();
    let (attribute, level) = it
        .cohort
        .as_ref()
        .map(|it| (guarded(&it.attribute), guarded(&it.level)))
        .unwrap_or_default();
    let (status, more) = match it.status {
        Status::Estimated => ("estimated", None),
        Status::NotEnoughData { more_needed } => ("not_enough_data", more_needed),
        Status::Suppressed => ("suppressed", None),
    };
    vec![
        it.measure.to_string(),
        attribute,
        level,
        it.period.clone().unwrap_or_default(),
        number(it.threshold),
        number(it.estimate),
        number(it.lower),
        number(it.upper),
        it.level.to_string(),
        count(it.n),
        count(it.events),
        status.to_owned(),
        count(more),
        it.method.clone(),
    ]
}

fn table(rows: &[Vec<String>]) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(row)?;
    }
    Ok(writer.into_inner()?)
}
