//! Prediction logs in, integer tallies and evidence reports out.
//!
//! A [`Source`] is a file of predictions, several, or a folder; events from which outcomes come may
//! lie apart. A [`Request`] says which columns hold what and which rows count; a [`Mapping`] file
//! makes one for any log, and a [`Seismometer`] folder brings its own. [`tally`] reads the source
//! once, in parallel, into a [`TallySet`]; [`run`] computes a [`Report`] from it with the formulas
//! of the `statistics` crate; [`reproduce`] does so again and says whether the result is the same;
//! [`workflow`] says how early a score warns and how often it calls.
//!
//! [`ratings`] reads what people rated, and says how far they agree and what is defective;
//! [`judge`] sets a judge model beside them; [`sample`] draws what they are to rate. [`workload`]
//! says what alerts would ask of each unit.
//!
//! Results do not depend on the number of processors, of files, or of row groups: rows become
//! integers, and integers add up the same in any order. No formula lives here.

mod column;
mod counts;
mod digest;
mod error;
mod events;
mod fold;
mod ids;
mod in_order;
mod intersections;
mod joining;
mod kinds;
mod layout;
mod levels;
mod manifest;
mod mapping;
mod membership;
mod parallel;
mod part;
mod places;
mod progress;
mod ratings;
mod reading;
mod records;
mod remote;
mod report;
mod reproduce;
mod request;
mod sampling;
mod scan;
mod scores;
mod seismometer;
mod shelves;
mod source;
mod suppressed;
mod tally_set;
mod unit;
mod workflow;
mod workload;

pub use error::{EvidenceError, FileFault, RowFault};
pub use events::{Decides, Events};
pub use kinds::{
    ClassesReport, ClassesRequest, Cohorts, GradesReport, GradesRequest, ModelsReport,
    ModelsRequest, OfCohort, RowsRead, SurvivalReport, SurvivalRequest, ValuesReport,
    ValuesRequest, classes, grades, models, survival, values,
};
pub use manifest::{RowGroup, SourceFile};
pub use mapping::Mapping;
pub use progress::{Phase, Progress, Step};
pub use ratings::{
    Defects, DefectsOf, JudgeReport, JudgeRequest, JudgedAlpha, JudgedGroup, JudgedRate, Limited,
    RatedCriterion, RatedGroup, RatingsReport, RatingsRequest, judge, ratings,
};
pub use reading::{AnyOf, Column, Levels, Ranges, Reading, Truth};
pub use remote::{Fetched, is_remote};
pub use report::{CohortCalibration, Curves, Report, Rows, run};
pub use reproduce::{Difference, Reproduction, reproduce};
pub use request::{Period, Request, Unit};
pub use sampling::{SampleReport, SampleRequest, SampledItem, SampledStratum, sample, sample_csv};
pub use scan::tally;
pub use seismometer::{Seismometer, is_seismometer};
pub use source::Source;
pub use tally_set::{CellKey, TallySet};
pub use workflow::{Workflow, workflow};
pub use workload::{UnitLoad, WithinBudget, WorkloadReport, WorkloadRequest, workload};
