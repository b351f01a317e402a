//! Pure functions from integer tallies to estimates, tests and detectors.
//!
//! Everything starts from a [`Tally`]: the integer counts of one cell of a prediction log. Tallies merge, so a
//! result is the same bit for bit however the rows were split. No function here reads a file, a clock or a random
//! number, and none knows what a use case is.

mod histogram;
mod score;
mod tally;

pub use histogram::{Bin, Histogram};
pub use score::{Score, ScoreError};
pub use tally::Tally;
