//! The runtime gate: may this version act in this workflow, now, and with what obligations?
//!
//! The [`PermitTable`] is compiled from the record, and never changes: a new record makes a new
//! table. `check` looks one entry up and compares times; it touches no storage. What it answers is
//! counted, not recorded.

mod answer;
mod counters;
mod table;

pub use answer::{Answer, Code, Reason, Request, Verdict};
pub use counters::{Counters, Counts};
pub use table::PermitTable;
