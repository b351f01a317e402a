//! The hazard log.

use crate::hospital::*;
use governance::*;

/// An act at random, with somebody whose act it may be; none when there is nothing to act on.
pub fn any(_hospital: &Hospital, _pick: [usize; 4]) -> Option<(&'static str, Act)> {
    None
}

/// The rules of this part a second time.
#[derive(Default)]
pub struct Model {}

impl Model {
    /// Whether the core must accept the command; none when the model does not know.
    pub fn expects(&self, _command: &Command) -> Option<bool> {
        None
    }

    /// Plays a command that the core accepted.
    pub fn play(&mut self, _command: &Command) {}

    /// What stands, in words.
    pub fn picture(&self) -> String {
        String::new()
    }
}

/// What stands in the record, in the words of [`Model::picture`].
pub fn picture(_record: &Record) -> String {
    String::new()
}
