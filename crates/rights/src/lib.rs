//! May this person do this act now? Cedar policies answer, from entities built out of the record,
//! with their reasons.
//!
//! [`Rights`] is a checked rights pack: parsed, validated strictly against its schema, its policies
//! known by `@id`. [`Rights::authorise`] gives an [`Authority`](governance::Authority) to freeze
//! into the event, or a [`Denial`] in words. Whatever no policy permits is denied. Cedar itself
//! skips a policy that fails while it is applied, a `forbid` too, and may then allow; here any
//! error is a denial and an alarm ([`Denial::is_alarm`]).
//!
//! Votes are not counted here and nothing is kept between two questions.

mod ask;
mod denial;
mod explain;
mod facts;
mod matrix;
mod pack;

#[cfg(test)]
mod tests;

pub use ask::Rights;
pub use denial::{Denial, Missing, Rule};
pub use explain::{Explanation, Near};
pub use matrix::{ActionRights, Cell, Matrix, Row};
pub use pack::{RightsError, RightsFault};
