//! Is a proposal already in the inventory? A pure function that says why it thinks so.

use super::Answers;
use crate::{Record, Stage, UseCase, UseCaseId};
use serde::Serialize;
use std::collections::BTreeSet;

/// The share of words in common, of all words of two texts, from which they are alike.
const ALIKE: f64 = 0.5;

/// A use case that a proposal may be a duplicate of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Duplicate {
    /// The use case on record.
    pub use_case: UseCaseId,
    /// How much alike.
    pub likeness: Likeness,
    /// Why, in plain words.
    pub because: String,
}

/// How much alike two use cases are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Likeness {
    /// Worth a look.
    Weak,
    /// To be submitted only with a reason why it is none.
    Strong,
}

/// The use cases that `answers` may be a duplicate of, the most alike first. What is over does not
/// count.
#[must_use]
pub fn duplicates(record: &Record, answers: &Answers) -> Vec<Duplicate> {
    let asked =
        Asked { record, answers, title: words(&answers.title), use_: words(&answers.intended_use) };
    let open = |it: &&UseCase| !matches!(it.stage, Stage::Retired { .. });
    let mut found: Vec<_> =
        record.use_cases.values().filter(open).filter_map(|it| asked.compare(it)).collect();
    found.sort_by_key(|it| (std::cmp::Reverse(it.likeness), it.use_case));
    found
}

/// A proposal, with its words.
struct Asked<'a> {
    record: &'a Record,
    answers: &'a Answers,
    title: BTreeSet<String>,
    use_: BTreeSet<String>,
}

impl Asked<'_> {
    fn compare(&self, known: &UseCase) -> Option<Duplicate> {
        let proposal = &known.proposal;
        let same_system = self.answers.system == Some(proposal.system);
        let title = || alike(&self.title, &words(&proposal.title));
        let (likeness, because) =
            if same_system && self.answers.workflow.as_ref() == Some(&proposal.workflow) {
                (Likeness::Strong, "the same AI system in the same step of work")
            } else if same_system && title() {
                (Likeness::Strong, "the same AI system, and a similar title")
            } else if same_system && alike(&self.use_, &words(&proposal.intended_use)) {
                (Likeness::Strong, "the same AI system, for a similar use")
            } else if self.same_vendor(known) && title() {
                (Likeness::Weak, "an AI system of the same vendor, and a similar title")
            } else {
                return None;
            };
        Some(Duplicate { use_case: known.id, likeness, because: because.to_owned() })
    }

    fn same_vendor(&self, known: &UseCase) -> bool {
        let vendor = |id| self.record.systems.get(id).map(|system| &system.vendor);
        let ours = self.answers.system.as_ref().and_then(vendor);
        ours.is_some() && ours == vendor(&known.proposal.system)
    }
}

/// The words of a text that say something: in lower case, of three letters at least.
fn words(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_alphanumeric());
    words.filter(|word| word.chars().count() > 2).map(str::to_lowercase).collect()
}

fn alike(one: &BTreeSet<String>, other: &BTreeSet<String>) -> bool {
    let common = one.intersection(other).count();
    let all = one.union(other).count();
    // Few words: no rounding to speak of.
    #[expect(clippy::cast_precision_loss, reason = "numbers of words are small")]
    let share = common as f64 / all.max(1) as f64;
    common > 0 && share >= ALIKE
}
