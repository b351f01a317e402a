//! Prediction logs in, integer tallies and evidence reports out.
//!
//! A [`Source`] is one Parquet or CSV file, or several. A [`Request`] says which columns hold what
//! and which rows count. [`tally`] reads the source once, in parallel, into a [`TallySet`]; [`run`]
//! computes a [`Report`] from it with the formulas of the `statistics` crate; [`reproduce`] does so
//! again and says whether the result is the same.
//!
//! [`ratings`] reads what people rated, and says how far they agree.
//!
//! Results do not depend on the number of processors, of files, or of row groups: rows become
//! integers, and integers add up the same in any order. No formula lives here.

mod column;
mod error;
mod fold;
mod kinds;
mod levels;
mod ratings;
mod records;
mod report;
mod reproduce;
mod request;
mod scan;
mod source;
mod tally_set;

pub use error::{EvidenceError, FileFault, RowFault};
pub use kinds::{
    ClassesReport, ClassesRequest, GradesReport, GradesRequest, ModelsReport, ModelsRequest,
    RowsRead, SurvivalReport, SurvivalRequest, ValuesReport, ValuesRequest, classes, grades,
    models, survival, values,
};
pub use ratings::{RatedGroup, RatingsReport, RatingsRequest, ratings};
pub use report::{CohortCalibration, Curves, Report, Rows, SourceFile, run};
pub use reproduce::{Difference, Reproduction, reproduce};
pub use request::{Period, Request};
pub use scan::tally;
pub use source::Source;
pub use tally_set::{CellKey, TallySet};
