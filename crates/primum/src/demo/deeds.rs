//! Deeds of a story that take several acts, in one go.

use crate::demo::player::Player;
use crate::demo::script::{Counts, Deed, LaneWord, RequirementWord, Step};
use anyhow::{Context, Result};
use governance::{
    Act, AgentsAct, BodyId, ChangeRequestsAct, Counted, DecisionId, FactId, Facts, IncidentsAct,
    LanesAct, Motion, Owners, PersonId, Proposal, RatedItems, Reported, RequirementId, ReviewId,
    ReviewsAct, Rubric, Scores, UseCaseId, VendorsAct, Verdict,
};
use sha2::{Digest, Sha256};

impl Player {
    /// A deed that takes several acts.
    pub(super) async fn in_one_go(&mut self, step: &Step) -> Result<()> {
        let by = || step.by.clone().context("the step does not say who acts");
        match &step.deed {
            Deed::TakeIn { use_case, proposal, owners, facts, validate } => {
                self.take_in(by()?, *use_case, proposal, owners, facts).await?;
                let office = self.office.clone().filter(|_| *validate);
                match office {
                    Some(office) => {
                        self.act(office, Act::BeginValidation { use_case: *use_case }).await
                    }
                    None => Ok(()),
                }
            }
            Deed::Lanes { use_case, words } => self.lanes(*use_case, words).await,
            Deed::Attest { use_case, version, valid_until, words } => {
                for word in words {
                    self.attest(*use_case, version, *valid_until, word).await?;
                }
                Ok(())
            }
            Deed::Review { use_case, version, requirement, sample, raters, .. } => {
                let plan = ReviewsAct::PlanReview {
                    use_case: *use_case,
                    version: version.clone(),
                    requirement: requirement.clone(),
                    sample: sample.clone(),
                    raters: raters.iter().cloned().collect(),
                };
                self.act(by()?, Act::Reviews(plan)).await?;
                let (review, rubric) = self.planned(*use_case, requirement)?;
                for (place, rater) in raters.iter().enumerate() {
                    let items = scores(&step.deed, &rubric, place + 1 == raters.len());
                    let rated = ReviewsAct::RecordRatings { review, rater: rater.clone(), items };
                    self.act(rater.clone(), Act::Reviews(rated)).await?;
                }
                self.act(by()?, Act::Reviews(ReviewsAct::CloseReview { review })).await
            }
            Deed::Decide { body, motion, aside, votes, carried_by } => {
                let decision = self.put(by()?, body, motion).await?;
                for (person, reason) in aside {
                    let reason = reason.clone();
                    self.act(person.clone(), Act::Recuse { decision, reason }).await?;
                }
                self.votes(decision, votes).await?;
                self.act(carried_by.clone(), Act::CarryDecision { decision }).await
            }
            Deed::Reports { use_case, periods } => self.report(by()?, *use_case, periods).await,
            _ => Ok(()),
        }
    }

    /// Adopts every built-in pack that has no deed of its own.
    pub(super) async fn adopt_packs(&mut self, by: PersonId) -> Result<()> {
        let terms = VendorsAct::AdoptContractTerms(packs::builtin::contract_terms()?);
        let matrix = ChangeRequestsAct::AdoptChangeMatrix(packs::builtin::change_matrix()?);
        let clocks = IncidentsAct::AdoptClockRules(packs::builtin::clocks()?);
        let agents = AgentsAct::AdoptAgentPolicy(packs::builtin::agent_policy()?);
        self.act(by.clone(), Act::Vendors(terms)).await?;
        self.act(by.clone(), Act::ChangeRequests(matrix)).await?;
        self.act(by.clone(), Act::Incidents(clocks)).await?;
        self.act(by, Act::Agents(agents)).await
    }

    async fn take_in(
        &mut self,
        by: PersonId,
        use_case: UseCaseId,
        proposal: &Proposal,
        owners: &Owners,
        stated: &Facts,
    ) -> Result<()> {
        let office = self.office.clone().context("the story names no office")?;
        let policy = self.registrar.record().tier_policy.clone();
        let questions = policy.context("no tier policy is in force yet")?.facts;
        let mut facts = stated.clone();
        for question in questions {
            if let Some(benign) = question.levels.first() {
                facts.entry(question.id).or_insert_with(|| benign.clone());
            }
        }
        self.act(by, Act::ProposeUseCase(proposal.clone())).await?;
        let owners = owners.clone();
        self.act(office.clone(), Act::AssignOwners { use_case, owners }).await?;
        self.act(office, Act::StateFacts { use_case, facts }).await
    }

    async fn lanes(&mut self, use_case: UseCaseId, words: &[LaneWord]) -> Result<()> {
        for word in words {
            let sign = LanesAct::SignLane {
                use_case,
                lane: word.lane.clone(),
                verdict: Verdict::Signed,
                reason: word.reason.clone(),
                valid_until: None,
            };
            self.act(word.by.clone(), Act::Lanes(sign)).await?;
        }
        Ok(())
    }

    async fn attest(
        &mut self,
        use_case: UseCaseId,
        version: &str,
        valid_until: jiff::Timestamp,
        word: &RequirementWord,
    ) -> Result<()> {
        let documents: Vec<_> = word.document.iter().map(|text| text.as_bytes().to_vec()).collect();
        let act = Act::Attest {
            use_case,
            version: version.to_owned(),
            requirement: word.requirement.clone(),
            statement: word.statement.clone(),
            document: documents.first().map(|bytes| hex::encode(Sha256::digest(bytes))),
            valid_until,
        };
        self.act_with(word.by.clone(), act, documents).await
    }

    /// The review that was planned just now.
    fn planned(
        &self,
        use_case: UseCaseId,
        requirement: &RequirementId,
    ) -> Result<(ReviewId, Rubric)> {
        let record = self.registrar.record();
        let mut reviews = record.reviews.reviews.values();
        let review = reviews.find(|it| {
            it.use_case == use_case && it.requirement == *requirement && it.planned_at == self.now
        });
        let review = review.context("no review was planned")?;
        Ok((review.id, review.rubric.clone()))
    }

    /// Puts a motion; gives its decision.
    async fn put(&mut self, by: PersonId, body: &BodyId, motion: &Motion) -> Result<DecisionId> {
        let (body, motion) = (body.clone(), motion.clone());
        let question = motion.question;
        self.act(by, Act::OpenMotion { body, motion }).await?;
        let record = self.registrar.record();
        let mut decisions = record.decisions.values();
        let put =
            |it: &&governance::Decision| it.motion.question == question && it.opened_at == self.now;
        Ok(decisions.find(put).context("no motion was put")?.id)
    }

    async fn report(
        &mut self,
        by: PersonId,
        use_case: UseCaseId,
        periods: &[Counts],
    ) -> Result<()> {
        for period in periods {
            let counts = period.counts.iter();
            let counted = counts.map(|(watch, (numerator, denominator))| Counted {
                watch: watch.clone(),
                numerator: *numerator,
                denominator: *denominator,
            });
            let measures = counted.collect();
            let reported = Reported { use_case, month: period.month, measures };
            self.act(by.clone(), Act::ReportObservation(reported)).await?;
        }
        Ok(())
    }
}

/// What a rater scores: the best answer and the next one in turn where that is no error, and the
/// worst one for the items in which the story has an error found.
fn scores(review: &Deed, rubric: &Rubric, is_last: bool) -> RatedItems {
    let Deed::Review { items, errors, doubts, .. } = review else { return RatedItems::new() };
    let found = if is_last { errors + doubts } else { *errors };
    let of_item = |item: u32| -> Scores {
        let score = |criterion: &governance::Criterion| -> (FactId, u8) {
            let best = u8::try_from(criterion.scale.len()).unwrap_or(u8::MAX);
            let next = best.saturating_sub(1);
            let wrong = item < found && criterion.errors > 0;
            let lower = item % 2 == 1 && next > criterion.errors && best > 2;
            let score = if wrong {
                1
            } else if lower {
                next
            } else {
                best
            };
            (criterion.id.clone(), score)
        };
        rubric.criteria.iter().map(score).collect()
    };
    (0..*items).map(|item| (format!("item-{:03}", item + 1), of_item(item))).collect()
}
