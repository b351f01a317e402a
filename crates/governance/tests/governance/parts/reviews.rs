//! Reviews of output by human raters.

use crate::hospital::*;
use crate::judged::*;
use governance::*;

/// An act at random, with somebody whose act it may be; none when there is nothing to act on.
pub fn any(hospital: &Hospital, pick: [usize; 4]) -> Option<(&'static str, Act)> {
    let use_case = if pick[1] < 5 { UC } else { UC2 };
    let newest = hospital.record.reviews.reviews.len().max(1) as u32;
    let rater = ["idle", "lawyer", "nurse"][pick[2] % 3];
    Some(match pick[0] {
        0..=2 => ("assessor", plan_review(use_case, &["idle", ["lawyer", "tech"][pick[2] % 2]])),
        3..=7 => {
            let item = ["a", "b", "c"][pick[3] % 3];
            (rater, ratings(newest, rater, &[(item, 1 + (pick[1] % 3) as u8)]))
        }
        8 => ("assessor", close_review(newest)),
        9 | 10 => ("assessor", assess(use_case)),
        _ => {
            let due = hospital.record.use_cases.get(&UC);
            let due = due.and_then(|it| hospital.record.next_month(it))?;
            ("owner", report(&due.to_string(), [0, 20][pick[1] % 2], 200))
        }
    })
}

#[derive(Default)]
struct Naive {
    use_case: u32,
    raters: Vec<String>,
    /// Rater, item, score.
    scores: Vec<(String, String, u8)>,
    closed: Option<bool>,
}

impl Naive {
    /// Two raters for three items, at most six in ten wrong beyond doubt, and the two agree.
    fn is_met(&self) -> bool {
        let mut items: Vec<&String> = self.scores.iter().map(|(_, item, _)| item).collect();
        items.sort();
        items.dedup();
        let of = |item: &String| {
            let scores = self.scores.iter().filter(|(_, it, _)| it == item);
            scores.map(|(.., score)| *score).collect::<Vec<_>>()
        };
        let pairs: Vec<_> = items.into_iter().map(of).filter(|it| it.len() == 2).collect();
        // Of three items one may not be wrong: the interval would reach up to 0.79.
        pairs.len() == 3 && pairs.iter().all(|pair| pair == &[2, 2])
    }
}

/// The rules of this part a second time.
#[derive(Default)]
pub struct Model {
    ids: Vec<String>,
    owners: Vec<(u32, Vec<String>)>,
    reviews: Vec<Naive>,
}

impl Model {
    fn owns(&self, who: &str, use_case: u32) -> bool {
        let of = self.owners.iter().rev().find(|(it, _)| *it == use_case);
        of.is_some_and(|(_, owners)| owners.iter().any(|it| it == who))
    }

    /// Whether the core must accept the command; none when the model does not know.
    pub fn expects(&self, command: &Command) -> Option<bool> {
        let who = command.actor.person()?.to_string();
        if self.ids.contains(&command.id.to_string()) {
            return None;
        }
        let Act::Reviews(act) = &command.act else { return None };
        let open = |id: &ReviewId| {
            self.reviews.get(id.0 as usize - 1).filter(|it| it.closed.is_none())
        };
        match act {
            ReviewsAct::PlanReview { use_case, raters, .. } => {
                let owner = raters.iter().any(|it| self.owns(it.as_str(), use_case.0));
                (owner || self.owns(&who, use_case.0)).then_some(false)
            }
            ReviewsAct::RecordRatings { review, rater, items } => {
                Some(open(review).is_some_and(|it| {
                    let own = who == rater.as_str() && it.raters.contains(&who);
                    let again = |item: &String| {
                        it.scores.iter().any(|(by, on, _)| *by == who && on == item)
                    };
                    let fits = items.iter().all(|(item, scores)| {
                        scores.values().all(|score| *score < 3) && !again(item)
                    });
                    own && fits && !self.owns(&who, it.use_case)
                }))
            }
            ReviewsAct::CloseReview { review } => {
                Some(open(review).is_some_and(|it| !self.owns(&who, it.use_case)))
            }
            ReviewsAct::Assess { use_case, .. } => {
                (*use_case == UC || self.owns(&who, use_case.0)).then_some(false)
            }
        }
    }

    /// Plays a command that the core accepted.
    pub fn play(&mut self, command: &Command) {
        self.ids.push(command.id.to_string());
        match &command.act {
            Act::AssignOwners { use_case, owners } => {
                self.owners.push((use_case.0, owners.all().map(|(_, it)| it.to_string()).into()));
            }
            Act::Reviews(ReviewsAct::PlanReview { use_case, raters, .. }) => {
                self.reviews.push(Naive {
                    use_case: use_case.0,
                    raters: raters.iter().map(ToString::to_string).collect(),
                    ..Naive::default()
                });
            }
            Act::Reviews(ReviewsAct::RecordRatings { review, rater, items }) => {
                let review = &mut self.reviews[review.0 as usize - 1];
                for (item, scores) in items {
                    let score = *scores.values().next().expect("one question");
                    review.scores.push((rater.to_string(), item.clone(), score));
                }
            }
            Act::Reviews(ReviewsAct::CloseReview { review }) => {
                let review = &mut self.reviews[review.0 as usize - 1];
                review.closed = Some(review.is_met());
            }
            _ => {}
        }
    }

    /// What stands, in words.
    pub fn picture(&self) -> String {
        let lines = self.reviews.iter();
        let lines = lines.map(|it| format!("{} {} {:?}", it.use_case, it.scores.len(), it.closed));
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// What stands in the record, in the words of [`Model::picture`].
pub fn picture(record: &Record) -> String {
    let lines = record.reviews.reviews.values().map(|it| {
        let scores: usize = it.ratings.values().map(std::collections::BTreeMap::len).sum();
        let met = it.closed.as_ref().map(|closed| closed.rated.status == Status::Met);
        format!("{} {scores} {met:?}", it.use_case.0)
    });
    lines.collect::<Vec<_>>().join("\n")
}
