//! Parsing and checking of packs: tier policies, validation standards, decision rights, clock
//! rules, contract terms, change matrices, agent policies, bodies, people, monitoring plans,
//! rubrics.
//!
//! A pack is a file that a committee can read. What is in it is the hospital's choice; this crate
//! only says whether it is whole and means something. All faults of a pack are told at once, each
//! with its line where one is known and with what to do. The packs that Primum comes with are in
//! [`builtin`].
//!
//! Texts come in, packs go out: no file is read here.

mod agents;
pub mod builtin;
mod changes;
mod clocks;
mod contracts;
mod fault;
mod kinds;
mod organisation;
mod plan;
mod rights;
mod rubric;
mod shape;
mod standard;
mod tiers;

#[cfg(test)]
mod tests;

pub use agents::agent_policy;
pub use changes::change_matrix;
pub use clocks::clocks;
pub use contracts::contract_terms;
pub use fault::{Fault, PackError};
pub use kinds::{KINDS, Kind, Pack};
pub use organisation::{body, people};
pub use plan::plan;
pub use rights::rights;
pub use rubric::{RatedQuestion, RatingRubric, rubric};
pub use standard::standard;
pub use tiers::tier_policy;
