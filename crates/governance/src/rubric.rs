//! Rubrics: how human raters score output, and what their scores must show.

use crate::{FactId, PersonId, Status};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The scores of one item, by criterion: 1 is the worst answer of the scale.
pub type Scores = BTreeMap<FactId, u8>;

/// What one rater scored, by item. An item is named by a pseudonym, never by a patient.
pub type RatedItems = BTreeMap<String, Scores>;

/// How raters score a sample of output, and what their scores must show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rubric {
    /// What is asked of each item.
    pub criteria: Vec<Criterion>,
    /// Raters that each item needs; an item with fewer does not count.
    pub raters: u32,
    /// Fewest items that count as enough.
    pub min_items: u64,
    /// The share of items with an error, by the upper end of Wilson's 95 % interval, must not be
    /// above this. An item has an error when at least half of its raters found one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errors_at_most: Option<f64>,
    /// The mean score, by the lower end of its 95 % interval, must not be below this. 0 is the
    /// worst answer to every question, 1 the best.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean_at_least: Option<f64>,
    /// The raters' agreement on which items have an error (Gwet's AC1) must not be below this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement_at_least: Option<f64>,
}

/// One question of a rubric.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// The question's handle.
    pub id: FactId,
    /// The question in plain words.
    pub question: String,
    /// The possible answers, from the worst to the best. A rater gives the answer's place, from 1.
    pub scale: Vec<String>,
    /// This many answers, from the worst on, count as an error; with 0, none does.
    #[serde(default)]
    pub errors: u8,
}

/// What the ratings of a sample show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rated {
    /// Items that enough raters scored.
    pub items: u64,
    /// Those in which at least half of the raters found an error.
    pub errors: u64,
    /// The upper end of Wilson's 95 % interval of the share with an error; none without items.
    pub errors_upper: Option<f64>,
    /// The mean score, from 0 to 1; none with fewer than two items.
    pub mean: Option<f64>,
    /// The lower end of its 95 % interval.
    pub mean_lower: Option<f64>,
    /// Gwet's AC1 on errors; none when no item has two raters.
    pub agreement: Option<f64>,
    /// The verdict.
    pub status: Status,
    /// The numbers behind it, in plain words.
    pub because: String,
}

const LEVEL: f64 = 0.95;

impl Criterion {
    /// True for a score that counts as an error.
    fn is_error(&self, score: u8) -> bool {
        score <= self.errors
    }

    /// A score as a share of the way from the worst answer to the best.
    fn share(&self, score: u8) -> f64 {
        let steps = self.scale.len().saturating_sub(1).max(1);
        f64::from(score.saturating_sub(1)) / steps as f64
    }
}

impl Rubric {
    /// What is wrong with the rubric itself; none when it can be used.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        let share = |limit: Option<f64>| limit.is_none_or(|limit| (0.0..=1.0).contains(&limit));
        let short = |criterion: &&Criterion| {
            let answers = criterion.scale.len();
            !(2..=100).contains(&answers) || usize::from(criterion.errors) >= answers
        };
        let ids = self.criteria.iter().map(|criterion| &criterion.id);
        if self.criteria.is_empty() {
            Some("its rubric asks nothing".to_owned())
        } else if let Some(twice) = crate::decide::repeated(ids) {
            Some(format!("its rubric asks `{twice}` twice"))
        } else if let Some(criterion) = self.criteria.iter().find(short) {
            Some(format!(
                "the scale of `{}` needs at least two answers, and one that is no error",
                criterion.id
            ))
        } else if self.raters == 0 || self.min_items < 2 {
            Some("its rubric needs at least one rater and two items".to_owned())
        } else if self.errors_at_most.is_none() && self.mean_at_least.is_none() {
            Some("its rubric bounds neither errors nor the mean, so everything meets it".to_owned())
        } else if self.errors_at_most.is_some() && self.criteria.iter().all(|it| it.errors == 0) {
            Some("its rubric bounds errors, but no answer counts as one".to_owned())
        } else if self.agreement_at_least.is_some() && self.raters < 2 {
            Some("its rubric asks for agreement of a single rater".to_owned())
        } else if ![self.errors_at_most, self.mean_at_least].into_iter().all(share)
            || self.agreement_at_least.is_some_and(|least| !(-1.0..=1.0).contains(&least))
        {
            Some("a bound of its rubric is no share from 0 to 1".to_owned())
        } else {
            None
        }
    }

    /// What is wrong with the scores of an item; none when each question is answered, on its scale.
    #[must_use]
    pub fn fault_of(&self, scores: &Scores) -> Option<String> {
        let unasked = scores.keys().find(|id| self.criteria.iter().all(|it| it.id != **id));
        if let Some(unasked) = unasked {
            return Some(format!("the rubric does not ask `{unasked}`"));
        }
        self.criteria.iter().find_map(|criterion| {
            let answers = criterion.scale.len();
            match scores.get(&criterion.id) {
                None => Some(format!("`{}` has no score", criterion.id)),
                Some(score) if *score == 0 || usize::from(*score) > answers => {
                    Some(format!("the score {score} of `{}` is not 1 to {answers}", criterion.id))
                }
                Some(_) => None,
            }
        })
    }

    /// What all raters' ratings of a sample show.
    #[must_use]
    pub fn judge(&self, ratings: &BTreeMap<PersonId, RatedItems>) -> Rated {
        let mut items: BTreeMap<&str, Vec<&Scores>> = BTreeMap::new();
        for rated in ratings.values() {
            for (item, scores) in rated {
                items.entry(item).or_default().push(scores);
            }
        }
        let needed = usize::try_from(self.raters).unwrap_or(usize::MAX);
        items.retain(|_, scores| scores.len() >= needed);
        let found: Vec<(u64, u64)> = items
            .values()
            .map(|raters| {
                let errors = raters.iter().filter(|scores| self.has_error(scores)).count();
                (errors as u64, raters.len() as u64)
            })
            .collect();
        let errors = found.iter().filter(|(errors, raters)| 2 * errors >= *raters).count() as u64;
        let means: Vec<f64> = items.values().map(|raters| self.mean_of(raters)).collect();
        let mean = statistics::mean(&means, LEVEL);
        let n = items.len() as u64;
        let rated = Rated {
            items: n,
            errors,
            errors_upper: statistics::wilson(errors, n, LEVEL).map(|(_, upper)| upper),
            mean: mean.map(|(mean, ..)| mean),
            mean_lower: mean.map(|(_, lower, _)| lower),
            agreement: statistics::agreement(&found),
            status: Status::NotEnoughData,
            because: String::new(),
        };
        let (status, because) = self.verdict(&rated);
        Rated { status, because, ..rated }
    }

    fn has_error(&self, scores: &Scores) -> bool {
        let error = |it: &Criterion| scores.get(&it.id).is_some_and(|score| it.is_error(*score));
        self.criteria.iter().any(error)
    }

    fn mean_of(&self, raters: &[&Scores]) -> f64 {
        let shares = raters.iter().flat_map(|scores| {
            self.criteria.iter().filter_map(|it| scores.get(&it.id).map(|score| it.share(*score)))
        });
        let count = (raters.len() * self.criteria.len()).max(1);
        shares.sum::<f64>() / count as f64
    }

    fn verdict(&self, rated: &Rated) -> (Status, String) {
        if rated.items < self.min_items {
            let more = self.min_items - rated.items;
            let because = format!(
                "{} items with {} raters each: {more} more needed",
                rated.items, self.raters
            );
            return (Status::NotEnoughData, because);
        }
        let mut met = true;
        let mut parts = Vec::new();
        let mut part = |holds: bool, text: String| {
            met &= holds;
            parts.push(format!("{text} ({})", if holds { "satisfied" } else { "missed" }));
        };
        if let (Some(most), Some(upper)) = (self.errors_at_most, rated.errors_upper) {
            let (errors, items) = (rated.errors, rated.items);
            part(
                upper <= most,
                format!(
                    "{errors} of {items} items with an error, up to {upper:.3}, at most {most}"
                ),
            );
        }
        if let (Some(least), Some(lower), Some(mean)) =
            (self.mean_at_least, rated.mean_lower, rated.mean)
        {
            part(lower >= least, format!("mean {mean:.3}, down to {lower:.3}, at least {least}"));
        }
        if let Some(least) = self.agreement_at_least {
            let agreement = rated.agreement.unwrap_or(-1.0);
            part(agreement >= least, format!("agreement {agreement:.3}, at least {least}"));
        }
        (if met { Status::Met } else { Status::Failed }, parts.join("; "))
    }
}
