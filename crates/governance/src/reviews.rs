//! Reviews of output by human raters, and the assessment of standards that need no numbers.

use crate::apply::{Fault, unknown};
use crate::decide::{Decided, Deciding, find, next_number, repeated, say_something, unsound};
use crate::{
    Change, Event, Evidence, EvidenceId, Finding, Instant, Map, PersonId, Proof, Rated, RatedItems,
    Record, Refusal, RequirementId, ReviewId, Rubric, Stage, Status, Subject, Task, UseCase,
    UseCaseId, ValidationStandard, Waiting, days_after,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use strum::{IntoStaticStr, VariantNames};

/// The most characters that the pseudonym of an item may have.
const LONGEST_ITEM: usize = 64;

/// What can be asked for about reviews of output by human raters.
#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, IntoStaticStr, VariantNames,
)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
#[strum(serialize_all = "snake_case")]
pub enum ReviewsAct {
    /// Plans a review: raters will score a sample of output against the rubric of a requirement.
    PlanReview {
        /// The use case.
        use_case: UseCaseId,
        /// The version whose output is scored. It must be the one that runs.
        version: String,
        /// The reviewed requirement of the standard.
        requirement: RequirementId,
        /// How the sample is drawn, in words: from what, by whom, at random or not.
        sample: String,
        /// Who scores. No owner of the use case may be among them.
        raters: BTreeSet<PersonId>,
    },
    /// Records how a rater scored items of a review. What is recorded stands.
    RecordRatings {
        /// The review.
        review: ReviewId,
        /// Who scored: the person who gives this command.
        rater: PersonId,
        /// The scores, by item (a pseudonym, never a patient) and question of the rubric; 1 is the
        /// worst answer.
        items: RatedItems,
    },
    /// Closes a review: computes what all its ratings show. The next evidence or assessment takes
    /// it over.
    CloseReview {
        /// The review.
        review: ReviewId,
    },
    /// Judges a standard that asks for no computed number, from attestations and reviews alone, and
    /// records that as evidence.
    Assess {
        /// The use case.
        use_case: UseCaseId,
        /// The version that runs.
        version: String,
    },
}

/// What changed about reviews of output by human raters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ReviewsChange {
    /// A review was planned.
    ReviewPlanned(Box<Review>),
    /// A rater scored items.
    RatingsRecorded {
        /// The review.
        review: ReviewId,
        /// Who scored.
        rater: PersonId,
        /// The scores.
        items: RatedItems,
    },
    /// A review was closed.
    ReviewClosed {
        /// The review.
        review: ReviewId,
        /// What its ratings show.
        rated: Rated,
    },
}

/// The part of the record about reviews of output by human raters.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Reviews {
    /// Reviews, closed ones too.
    pub reviews: Map<ReviewId, Review>,
}

/// A sample of output that raters score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Review {
    /// Its id.
    pub id: ReviewId,
    /// The use case.
    pub use_case: UseCaseId,
    /// The version whose output is scored.
    pub version: String,
    /// The requirement that it is to prove.
    pub requirement: RequirementId,
    /// The standard that asks for it, as `id version`.
    pub standard: String,
    /// The rubric of the requirement when the review was planned.
    pub rubric: Rubric,
    /// How the sample is drawn, in words.
    pub sample: String,
    /// Who scores.
    pub raters: BTreeSet<PersonId>,
    /// Who planned it, and closes it.
    pub planned_by: PersonId,
    /// When it was planned.
    #[schemars(with = "Instant")]
    pub planned_at: Timestamp,
    /// The scores, by rater.
    pub ratings: BTreeMap<PersonId, RatedItems>,
    /// When it was closed, and what it showed; none while it is open.
    pub closed: Option<ClosedReview>,
}

/// The end of a review.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClosedReview {
    /// When.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
    /// What all ratings show.
    pub rated: Rated,
}

impl ReviewsAct {
    /// What the act is about, as far as rights depend on it.
    #[must_use]
    pub fn subject(&self) -> Subject {
        match self {
            Self::PlanReview { use_case, .. } | Self::Assess { use_case, .. } => {
                Subject::UseCase(*use_case)
            }
            Self::RecordRatings { review, .. } | Self::CloseReview { review } => {
                Subject::Review(*review)
            }
        }
    }
}

impl ReviewsChange {
    /// The use case that the change is about, if it is about one.
    #[must_use]
    pub fn use_case(&self, record: &Record) -> Option<UseCaseId> {
        match self {
            Self::ReviewPlanned(review) => Some(review.use_case),
            Self::RatingsRecorded { review, .. } | Self::ReviewClosed { review, .. } => {
                record.reviews.reviews.get(review).map(|review| review.use_case)
            }
        }
    }

    /// What changed, in plain words. The record gives names to what it mentions.
    #[must_use]
    pub fn in_words(&self, _record: &Record) -> String {
        match self {
            Self::ReviewPlanned(review) => {
                format!("{} planned on `{}`: {}", review.id, review.requirement, review.sample)
            }
            Self::RatingsRecorded { review, rater, items } => {
                format!("{rater} scored {} items of {review}", items.len())
            }
            Self::ReviewClosed { review, rated } => {
                format!("{review} closed, {}: {}", rated.status, rated.because)
            }
        }
    }
}

impl Record {
    /// What closed reviews of a version found, newest first, as far as they were planned under the
    /// standard in its present version.
    #[must_use]
    pub fn reviewed(
        &self,
        use_case: UseCaseId,
        version: &str,
        standard: &ValidationStandard,
    ) -> Vec<Finding> {
        self.closed_reviews(use_case, version, standard).map(|(_, finding)| finding).collect()
    }

    /// Closed reviews with what they found, newest first.
    fn closed_reviews<'a>(
        &'a self,
        use_case: UseCaseId,
        version: &'a str,
        standard: &ValidationStandard,
    ) -> impl Iterator<Item = (&'a ClosedReview, Finding)> {
        let label = standard.label();
        let of_version = move |it: &&Review| {
            it.use_case == use_case && it.version == version && it.standard == label
        };
        let reviews = self.reviews.reviews.values().rev().filter(of_version);
        reviews.filter_map(|review| {
            let closed = review.closed.as_ref()?;
            let because = format!("{}: {}", review.id, closed.rated.because);
            let (requirement, status) = (review.requirement.clone(), closed.rated.status);
            Some((closed, Finding { requirement, status, because }))
        })
    }

    /// Until when the reviews hold on which the verdict of `evidence` rests: each as many days as a
    /// met standard stays met, counted from its closing. Without reviewed requirements, for ever.
    #[must_use]
    pub fn reviewed_until(&self, evidence: &Evidence, standard: &ValidationStandard) -> Timestamp {
        let found: Vec<_> =
            self.closed_reviews(evidence.use_case, &evidence.version, standard).collect();
        let asked = standard.requirements.iter();
        let asked = asked.filter(|it| matches!(it.proof, Proof::Reviewed(_)));
        let asked = asked.filter(|it| evidence.rests_on(&it.id));
        let until = asked.map(|asked| {
            // What closed later was not judged.
            let mut judged = found.iter().filter(|(closed, _)| closed.at <= evidence.recorded_at);
            let newest = judged.find(|(_, finding)| finding.requirement == asked.id);
            newest.map_or(Timestamp::MIN, |(closed, _)| days_after(closed.at, standard.valid_days))
        });
        until.min().unwrap_or(Timestamp::MAX)
    }
}

impl Deciding<'_> {
    pub(crate) fn reviews(&self, act: &ReviewsAct) -> Decided {
        match act {
            ReviewsAct::PlanReview { .. } => self.plan_review(act),
            ReviewsAct::RecordRatings { review, rater, items } => {
                self.record_ratings(*review, rater, items)
            }
            ReviewsAct::CloseReview { review } => {
                let review = self.open_review(*review)?;
                not_an_owner(self.use_case(review.use_case)?, &self.person()?.id)?;
                let rated = review.rubric.judge(&review.ratings);
                Ok(vec![changed(ReviewsChange::ReviewClosed { review: review.id, rated })])
            }
            ReviewsAct::Assess { use_case, version } => self.assess(*use_case, version),
        }
    }

    fn plan_review(&self, act: &ReviewsAct) -> Decided {
        let ReviewsAct::PlanReview { use_case, version, requirement, sample, raters } = act else {
            return Ok(Vec::new());
        };
        let use_case = self.use_case(*use_case)?;
        let standard = self.standard_of(use_case)?;
        self.runs(use_case, version)?;
        not_an_owner(use_case, &self.person()?.id)?;
        say_something("the sample", sample)?;
        let asked = standard.requirements.iter().find(|it| it.id == *requirement);
        let Some(Proof::Reviewed(rubric)) = asked.map(|it| &it.proof) else {
            return Err(Refusal::Part(crate::PartRefusal::NotReviewable(requirement.clone())));
        };
        if raters.len() < usize::try_from(rubric.raters).unwrap_or(usize::MAX) {
            return Err(Refusal::Part(crate::PartRefusal::TooFewRaters { needed: rubric.raters }));
        }
        for rater in raters {
            self.employed(rater)?;
            not_an_owner(use_case, rater)?;
        }
        let same = |it: &&Review| {
            it.use_case == use_case.id
                && it.version == *version
                && it.requirement == *requirement
                && it.closed.is_none()
        };
        if let Some(open) = self.record.reviews.reviews.values().find(same) {
            return Err(Refusal::Part(crate::PartRefusal::ReviewOpen(open.id)));
        }
        let reviews = &self.record.reviews.reviews;
        let review = Review {
            id: ReviewId(next_number(reviews, |id: ReviewId| id.0)),
            use_case: use_case.id,
            version: version.clone(),
            requirement: requirement.clone(),
            standard: standard.label(),
            rubric: rubric.clone(),
            sample: sample.clone(),
            raters: raters.clone(),
            planned_by: self.person()?.id.clone(),
            planned_at: self.command.at,
            ratings: BTreeMap::new(),
            closed: None,
        };
        Ok(vec![changed(ReviewsChange::ReviewPlanned(Box::new(review)))])
    }

    fn record_ratings(&self, id: ReviewId, rater: &PersonId, items: &RatedItems) -> Decided {
        let review = self.open_review(id)?;
        if self.person()?.id != *rater || !review.raters.contains(rater) {
            return Err(Refusal::Part(crate::PartRefusal::NotARater {
                person: self.person()?.id.clone(),
                review: id,
            }));
        }
        // Who became an owner since the review was planned scores no more.
        not_an_owner(self.use_case(review.use_case)?, rater)?;
        if items.is_empty() {
            return Err(Refusal::Empty("the list of items"));
        }
        let before = review.ratings.get(rater);
        for (item, scores) in items {
            say_something("the name of an item", item)?;
            if item.chars().count() > LONGEST_ITEM {
                let because =
                    format!("an item's name is a pseudonym of at most {LONGEST_ITEM} characters");
                return Err(unsound("the rating", because));
            }
            if before.is_some_and(|before| before.contains_key(item)) {
                return Err(unsound("the rating", format!("{rater} scored `{item}` already")));
            }
            if let Some(fault) = review.rubric.fault_of(scores) {
                return Err(unsound("the rating", format!("item `{item}`: {fault}")));
            }
        }
        let (rater, items) = (rater.clone(), items.clone());
        Ok(vec![changed(ReviewsChange::RatingsRecorded { review: id, rater, items })])
    }

    fn assess(&self, id: UseCaseId, version: &str) -> Decided {
        let use_case = self.use_case(id)?;
        let standard = self.standard_of(use_case)?;
        self.runs(use_case, version)?;
        if let Some(computed) = standard.computed() {
            return Err(Refusal::Part(crate::PartRefusal::NeedsPredictions(computed.id.clone())));
        }
        let assessor = self.person()?.id.clone();
        not_an_owner(use_case, &assessor)?;
        self.has_not_voted(id, &assessor)?;
        let attested: Vec<_> = self.record.attested(id, version, self.command.at).collect();
        let reviewed = self.record.reviewed(id, version, standard);
        let findings = standard.judge(&[], &attested, &reviewed);
        let closed = self.record.closed_reviews(id, version, standard);
        Ok(vec![Change::EvidenceRecorded(Arc::new(Evidence {
            id: EvidenceId(next_number(&self.record.evidence, |id: EvidenceId| id.0)),
            use_case: id,
            version: version.to_owned(),
            assessor,
            recorded_at: self.command.at,
            span: "attestations and reviews".to_owned(),
            mode: None,
            n: closed.map(|(closed, _)| closed.rated.items).sum(),
            report_digest: String::new(),
            document: String::new(),
            standard: standard.label(),
            status: ValidationStandard::verdict(&findings),
            findings,
        }))])
    }

    fn open_review(&self, id: ReviewId) -> Result<&Review, Refusal> {
        let review = find(&self.record.reviews.reviews, &id, "review")?;
        if review.closed.is_some() {
            Err(Refusal::Part(crate::PartRefusal::ReviewClosed(id)))
        } else {
            Ok(review)
        }
    }
}

/// Nobody judges what they own.
pub(crate) fn not_an_owner(use_case: &UseCase, person: &PersonId) -> Result<(), Refusal> {
    if use_case.owners.as_ref().is_some_and(|owners| owners.include(person)) {
        return Err(Refusal::Part(crate::PartRefusal::JudgesOwn {
            person: person.clone(),
            use_case: use_case.id,
        }));
    }
    Ok(())
}

fn changed(change: ReviewsChange) -> Change {
    Change::Reviews(change)
}

/// Folds a change into the record.
pub(crate) fn apply(
    record: &mut Record,
    event: &Event,
    change: &ReviewsChange,
) -> Result<(), Fault> {
    let reviews = &mut record.reviews.reviews;
    match change {
        ReviewsChange::ReviewPlanned(review) => {
            reviews.insert(review.id, (**review).clone());
        }
        ReviewsChange::RatingsRecorded { review, rater, items } => {
            let review = reviews.get_mut(review).ok_or_else(|| unknown(review))?;
            let rated = review.ratings.entry(rater.clone()).or_default();
            rated.extend(items.iter().map(|(item, scores)| (item.clone(), scores.clone())));
        }
        ReviewsChange::ReviewClosed { review, rated } => {
            let review = reviews.get_mut(review).ok_or_else(|| unknown(review))?;
            review.closed = Some(ClosedReview { at: event.at, rated: rated.clone() });
        }
    }
    Ok(())
}

/// What waits about reviews: items to score, reviews to close.
pub(crate) fn tasks(record: &Record, _now: Timestamp, tasks: &mut Vec<Task>) {
    for review in record.reviews.reviews.values().filter(|review| review.closed.is_none()) {
        let Some(use_case) = record.use_cases.get(&review.use_case) else { continue };
        if matches!(use_case.stage, Stage::Retired { .. }) {
            continue;
        }
        let (id, needed) = (review.id, review.rubric.min_items);
        let task = |who: &PersonId, what: String| Task {
            who: Waiting::Person(who.clone()),
            what,
            use_case: Some(use_case.id),
            case: None,
            decision: None,
            due: None,
            overdue: false,
        };
        if review.rubric.judge(&review.ratings).status != Status::NotEnoughData {
            tasks.push(task(&review.planned_by, format!("Close {id}: enough items are scored")));
            continue;
        }
        for rater in review.raters.iter().filter(|rater| record.works_here(rater)) {
            let scored = review.ratings.get(rater).map_or(0, |items| items.len() as u64);
            if scored < needed {
                tasks.push(task(rater, format!("Score items for {id}: {scored} of {needed}")));
            }
        }
    }
}

/// What a use case lacks in this part before it may go live, stay so or be resumed; each says what
/// to do. Reviews are part of the standard, which is judged as evidence.
pub(crate) fn missing(_record: &Record, _use_case: &UseCase, _now: Timestamp) -> Vec<String> {
    Vec::new()
}

/// Refuses a standard whose rubrics cannot be used.
pub(crate) fn sound_standard(standard: &ValidationStandard) -> Result<(), Refusal> {
    if standard.prohibited.as_ref().is_some_and(|reason| reason.trim().is_empty()) {
        return Err(Refusal::Empty("the reason of the prohibition"));
    }
    if let Some(twice) = repeated(standard.requirements.iter().map(|it| &it.id)) {
        return Err(unsound("the standard", format!("two requirements are called `{twice}`")));
    }
    for requirement in &standard.requirements {
        if let Proof::Reviewed(rubric) = &requirement.proof
            && let Some(fault) = rubric.fault()
        {
            return Err(unsound("the standard", format!("`{}`: {fault}", requirement.id)));
        }
    }
    Ok(())
}
