//! A use case from proposal to pilot.

use super::{
    Decided, Deciding, find, finite, finite_bound, next_number, repeated, say_something, unsound,
};
use crate::{
    Alarm, Change, Deployment, Facts, Mode, MonitoringPlan, Owners, Proposal, Question, Refusal,
    Stage, Suspension, UseCase, UseCaseId,
};

impl Deciding<'_> {
    pub(crate) fn propose(&self, proposal: &Proposal) -> Decided {
        self.person()?;
        find(&self.record.systems, &proposal.system, "AI system")?;
        say_something("the title", &proposal.title)?;
        say_something("the intended use", &proposal.intended_use)?;
        let id = UseCaseId(next_number(&self.record.use_cases, |id: UseCaseId| id.0));
        Ok(vec![Change::UseCaseProposed { use_case: id, proposal: proposal.clone() }])
    }

    pub(super) fn assign_owners(&self, id: UseCaseId, owners: &Owners) -> Decided {
        self.use_case(id)?;
        for (_, owner) in owners.all() {
            self.employed(owner)?;
            self.has_not_voted(id, owner)?;
        }
        Ok(vec![Change::OwnersAssigned { use_case: id, owners: owners.clone() }])
    }

    pub(super) fn state_facts(&self, id: UseCaseId, facts: &Facts) -> Decided {
        let use_case = self.use_case(id)?;
        let policy = self.record.tier_policy.as_ref().ok_or(Refusal::NoTierPolicy)?;
        let tier = policy.tier(facts)?;
        self.not_being_decided(id)?;
        use_case.stage.clone().triage(tier.clone(), self.command.at)?;
        Ok(vec![Change::FactsStated { use_case: id, facts: facts.clone(), tier }])
    }

    pub(super) fn begin_validation(&self, id: UseCaseId) -> Decided {
        let use_case = self.use_case(id)?;
        let standard = self.record.standard_for(use_case, self.command.at);
        let standard = standard.ok_or_else(|| self.no_standard(use_case))?;
        if let Some(reason) = &standard.prohibited {
            return Err(Refusal::Part(crate::PartRefusal::Prohibited {
                use_case: id,
                reason: reason.clone(),
            }));
        }
        use_case.stage.clone().begin_validation(standard.id.clone())?;
        Ok(vec![Change::ValidationBegun { use_case: id, standard: standard.id.clone() }])
    }

    pub(super) fn begin_pilot(&self, id: UseCaseId, deployment: &Deployment) -> Decided {
        let use_case = self.use_case(id)?;
        let system = find(&self.record.systems, &use_case.proposal.system, "AI system")?;
        if !system.versions.contains_key(&deployment.version) {
            return Err(Refusal::UnknownVersion {
                system: system.id,
                version: deployment.version.clone(),
            });
        }
        if deployment.mode != Mode::Silent {
            return Err(Refusal::PilotInLiveMode);
        }
        self.site_is_open(&deployment.site)?;
        self.not_being_decided(id)?;
        use_case.stage.clone().begin_pilot(deployment.clone(), self.command.at)?;
        Ok(vec![Change::PilotBegun { use_case: id, deployment: deployment.clone() }])
    }

    pub(super) fn adopt_plan(&self, id: UseCaseId, plan: &MonitoringPlan) -> Decided {
        let use_case = self.use_case(id)?;
        if plan.watches.is_empty() {
            return Err(Refusal::Empty("the list of watches"));
        }
        sound_plan(plan)?;
        self.reporter_exists(plan)?;
        if let Some(because) = self.record.too_slow(use_case, plan, self.command.at) {
            return Err(unsound("the plan", because));
        }
        self.not_being_decided(id)?;
        Ok(vec![Change::PlanAdopted { use_case: id, plan: Box::new(plan.clone()) }])
    }

    pub(super) fn suspend(&self, id: UseCaseId, reason: &str) -> Decided {
        let use_case = self.use_case(id)?;
        say_something("the reason", reason)?;
        let suspension = Suspension {
            by: self.person()?.id.clone(),
            at: self.command.at,
            reason: reason.to_owned(),
            decision: None,
        };
        self.stop(use_case, suspension)
    }

    /// What a body votes on stays as it was when the motion was put: its version, its tier
    /// and its plan.
    pub(crate) fn not_being_decided(&self, id: UseCaseId) -> Result<(), Refusal> {
        match self.record.open_motion(&Question::Approve { use_case: id }) {
            None => Ok(()),
            Some(decision) => Err(Refusal::BeingDecided { use_case: id, decision: decision.id }),
        }
    }

    pub(super) fn no_standard(&self, use_case: &UseCase) -> Refusal {
        let system = self.record.systems.get(&use_case.proposal.system);
        match (self.record.duty_tier(use_case, self.command.at), system) {
            (Some(tier), Some(system)) => {
                Refusal::NoStandard { tier, ai_type: system.ai_type.to_string() }
            }
            _ => no_tier(use_case),
        }
    }
}

/// Why a use case has no tier: nobody stated its facts, or it is over.
pub(super) fn no_tier(use_case: &UseCase) -> Refusal {
    match use_case.stage {
        Stage::Retired { .. } => Refusal::Over(use_case.id),
        _ => Refusal::NotTriaged(use_case.id),
    }
}

/// The longest that a plan may wait for outcomes, in days. Waiting without end would be watching
/// nothing.
const LONGEST_MATURITY: u32 = 400;

/// Refuses a plan that waits too long for outcomes, whose watches share a handle, whose ladder goes
/// down, or whose numbers would not read back.
fn sound_plan(plan: &MonitoringPlan) -> Result<(), Refusal> {
    if let Some(twice) = repeated(plan.watches.iter().map(|watch| &watch.id)) {
        return Err(unsound("the plan", format!("two watches are called `{twice}`")));
    }
    if plan.maturity_days > LONGEST_MATURITY {
        let because = format!("outcomes must be known within {LONGEST_MATURITY} days of a month");
        return Err(unsound("the plan", because));
    }
    if !plan.ladder.is_sorted_by_key(|rung| rung.after_days) {
        return Err(unsound("the plan", "the rungs of its ladder are not in order of days"));
    }
    finite("the plan's threshold", [plan.threshold])?;
    if let Some(because) = plan.source_fault() {
        return Err(unsound("the plan", because));
    }
    plan.watches.iter().try_for_each(|watch| match &watch.alarm {
        Alarm::Bound(bound) => finite_bound(bound),
        Alarm::Share(share) => finite("an alarm", share.at_least.into_iter().chain(share.at_most)),
        Alarm::Calibration { months_between_false_alarms, tolerance, .. } => {
            finite("an alarm", [*months_between_false_alarms, *tolerance])
        }
    })
}
