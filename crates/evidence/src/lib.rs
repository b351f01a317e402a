//! Prediction logs in, integer tallies and evidence reports out.
//!
//! A [`Source`] is a file of predictions, several, or a folder; events from which outcomes come may
//! lie apart. A [`Request`] says which columns hold what and which rows count; a [`Mapping`] file
//! makes one for any log, and a [`Seismometer`] folder brings its own. [`tally`] reads the source
//! once, in parallel, into a [`TallySet`]; [`run`] computes a [`Report`] from it with the formulas
//! of the `statistics` crate; [`reproduce`] does so again and says whether the result is the same;
//! [`workflow`] says how early a score warns and how often it calls.
//!
//! [`ratings`] reads what people rated, and says how far they agree.
//!
//! Results do not depend on the number of processors, of files, or of row groups: rows become
//! integers, and integers add up the same in any order. No formula lives here.

mod column;
mod error;
mod events;
mod fold;
mod in_order;
mod layout;
mod levels;
mod manifest;
mod mapping;
mod membership;
mod ratings;
mod reading;
mod records;
mod remote;
mod report;
mod reproduce;
mod request;
mod scan;
mod seismometer;
mod source;
mod tally_set;
mod unit;
mod workflow;

pub use error::{EvidenceError, FileFault, RowFault};
pub use events::{Decides, Events};
pub use manifest::{RowGroup, SourceFile};
pub use mapping::Mapping;
pub use ratings::{RatedGroup, RatingsReport, RatingsRequest, ratings};
pub use reading::{AnyOf, Column, Levels, Ranges, Reading, Truth};
pub use remote::{fetch, fetch_from, is_remote};
pub use report::{CohortCalibration, Curves, Report, Rows, run};
pub use reproduce::{Difference, Reproduction, reproduce};
pub use request::{Period, Request, Unit};
pub use scan::tally;
pub use seismometer::{Seismometer, is_seismometer};
pub use source::Source;
pub use tally_set::{CellKey, TallySet};
pub use workflow::{Workflow, workflow};
