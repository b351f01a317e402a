//! Running plans: which months are due, what they showed, and whether a detector alarms.
//!
//! [`due`] is a function of (record, time). [`run_due`] asks `evidence` for the tallies of each due
//! month, [`observe`] turns them into what the record keeps, and the core decides which of it is a
//! signal. Nothing here reads a file or keeps state: a detector is folded again from the tallies
//! each time, so anyone can check it.

mod observe;
mod run;

pub use observe::{History, observe};
pub use run::{Ran, RunError, due, request_for, request_of, run_due};
