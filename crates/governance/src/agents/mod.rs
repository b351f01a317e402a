//! The agent register: what an agent may do, and how it is stopped.

mod register;

pub use register::{
    ActionAuthorised, ActionRule, AgentPolicy, Authorisation, Drill, HumanInLoop, LogDetail,
    Permission, Registered, StopSwitch,
};

use crate::apply::{Fault, unknown};
use crate::decide::{Decided, Deciding, is_new, say_something, unsound};
use crate::work::Holders;
use crate::{
    AiType, Change, Event, Excepted, FactId, Instant, Map, MonitoringPlan, PersonId, Question,
    Record, Refusal, Stage, Subject, Task, UseCase, UseCaseId, Waiting, days_after,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantNames};

/// Days before the end of a permission or drill from which on its renewal waits.
const NOTICE_DAYS: u32 = 30;

/// What can be asked for about the agent register.
#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, IntoStaticStr, VariantNames,
)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
#[strum(serialize_all = "snake_case")]
pub enum AgentsAct {
    /// Adopts an agent policy: which actions agents may be authorised to, and what each takes.
    AdoptAgentPolicy(AgentPolicy),
    /// Authorises an agent to an action, no laxer than the agent policy asks, until a date.
    AuthoriseAction(ActionAuthorised),
    /// Takes a permission back at once.
    RevokeAction {
        /// The use case.
        use_case: UseCaseId,
        /// The action.
        action: FactId,
        /// Why.
        reason: String,
    },
    /// Records a stop drill: when the agent was told to stop, and when it acted last.
    RecordDrill {
        /// The use case.
        use_case: UseCaseId,
        /// When it was told to stop.
        #[schemars(with = "Instant")]
        stop_at: Timestamp,
        /// When it acted last, before or after the stop; none when it had not acted at all.
        #[serde(default)]
        #[schemars(with = "Option<Instant>")]
        last_action_at: Option<Timestamp>,
        /// The time it was given, in seconds. It fails when it acted later than that.
        limit_seconds: u32,
        /// Who saw it: somebody else than the person who records it.
        witnessed_by: PersonId,
    },
}

/// What changed about the agent register.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum AgentsChange {
    /// An agent policy was adopted.
    AgentPolicyAdopted(AgentPolicy),
    /// An agent was authorised to an action.
    ActionAuthorised(Permission),
    /// A permission was taken back.
    ActionRevoked {
        /// The use case.
        use_case: UseCaseId,
        /// The action.
        action: FactId,
        /// Why.
        reason: String,
    },
    /// A stop drill was recorded.
    DrillRecorded {
        /// The use case.
        use_case: UseCaseId,
        /// The drill.
        drill: Drill,
    },
}

/// The part of the record about the agent register.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Agents {
    /// The agent policy in force.
    pub policy: Option<AgentPolicy>,
    /// Permissions and drills, by use case.
    pub registered: Map<UseCaseId, Registered>,
}

impl AgentsAct {
    /// What the act is about, as far as rights depend on it.
    #[must_use]
    pub fn subject(&self) -> Subject {
        match self {
            Self::AdoptAgentPolicy(_) => Subject::Record,
            Self::AuthoriseAction(asked) => Subject::UseCase(asked.use_case),
            Self::RevokeAction { use_case, .. } | Self::RecordDrill { use_case, .. } => {
                Subject::UseCase(*use_case)
            }
        }
    }
}

impl AgentsChange {
    /// The use case that the change is about, if it is about one.
    #[must_use]
    pub fn use_case(&self, _record: &Record) -> Option<UseCaseId> {
        match self {
            Self::AgentPolicyAdopted(_) => None,
            Self::ActionAuthorised(permission) => Some(permission.given.use_case),
            Self::ActionRevoked { use_case, .. } | Self::DrillRecorded { use_case, .. } => {
                Some(*use_case)
            }
        }
    }

    /// What changed, in plain words. The record gives names to what it mentions.
    #[must_use]
    pub fn in_words(&self, _record: &Record) -> String {
        match self {
            Self::AgentPolicyAdopted(policy) => {
                format!("Agent policy {} {} adopted", policy.id, policy.version)
            }
            Self::ActionAuthorised(permission) => format!(
                "The agent may do `{}` until {}",
                permission.given.action, permission.given.expires
            ),
            Self::ActionRevoked { action, reason, .. } => {
                format!("The agent may not do `{action}` any more: {reason}")
            }
            Self::DrillRecorded { drill, .. } => format!(
                "Stop drill {}: stopped after {} s, {} s allowed",
                if drill.passed() { "passed" } else { "failed" },
                drill.seconds(),
                drill.limit_seconds
            ),
        }
    }
}

impl Record {
    /// True when the AI system of a use case acts through tools.
    #[must_use]
    pub fn is_agent(&self, use_case: &UseCase) -> bool {
        let system = self.systems.get(&use_case.proposal.system);
        system.is_some_and(|system| system.ai_type == AiType::Agent)
    }

    /// What an agent may do at `now`, with the permission for each action.
    pub fn permitted(
        &self,
        use_case: UseCaseId,
        now: Timestamp,
    ) -> impl Iterator<Item = &Permission> {
        let of = self.agents.registered.get(&use_case);
        let permissions = of.into_iter().flat_map(|of| of.permissions.values());
        permissions.filter(move |permission| permission.in_force(now))
    }

    /// By when an agent that acts at `now` must pass its next stop drill; none where none is
    /// demanded.
    #[must_use]
    pub fn drill_due(&self, use_case: &UseCase, now: Timestamp) -> Option<Timestamp> {
        let Stage::Live(live) = &use_case.stage else { return None };
        let policy = self.agents.policy.as_ref().filter(|_| self.is_agent(use_case))?;
        let due = self.drilled_until(use_case, policy, now).unwrap_or(live.since);
        (due != Timestamp::MAX).then_some(due)
    }

    /// Until when the stop drill counts that an agent's tier demands: the end of time where none
    /// is demanded, none where it is and no drill of the running version passed.
    fn drilled_until(
        &self,
        use_case: &UseCase,
        policy: &AgentPolicy,
        now: Timestamp,
    ) -> Option<Timestamp> {
        if self.duty_tier(use_case, now).is_some_and(|tier| tier < policy.drill_from) {
            return Some(Timestamp::MAX);
        }
        let version = &use_case.stage.deployment()?.version;
        self.agents.registered.get(&use_case.id)?.drilled_until(version, policy)
    }
}

impl Deciding<'_> {
    pub(crate) fn agents(&self, act: &AgentsAct) -> Decided {
        let change = match act {
            AgentsAct::AdoptAgentPolicy(policy) => self.adopt_agent_policy(policy)?,
            AgentsAct::AuthoriseAction(asked) => self.authorise_action(asked)?,
            AgentsAct::RevokeAction { use_case, action, reason } => {
                say_something("the reason", reason)?;
                self.agent(*use_case)?;
                let registered = self.record.agents.registered.get(use_case);
                if !registered.is_some_and(|it| it.permissions.contains_key(action)) {
                    return Err(Refusal::Part(crate::PartRefusal::NotAuthorised(action.clone())));
                }
                let (use_case, action) = (*use_case, action.clone());
                AgentsChange::ActionRevoked { use_case, action, reason: reason.clone() }
            }
            AgentsAct::RecordDrill { .. } => self.record_drill(act)?,
        };
        Ok(vec![Change::Agents(change)])
    }

    fn adopt_agent_policy(&self, policy: &AgentPolicy) -> Result<AgentsChange, Refusal> {
        if let Some(fault) = policy.fault() {
            return Err(unsound("the agent policy", fault));
        }
        let label = |it: &AgentPolicy| format!("{} {}", it.id, it.version);
        is_new("the agent policy", self.record.agents.policy.as_ref(), policy, label)?;
        Ok(AgentsChange::AgentPolicyAdopted(policy.clone()))
    }

    fn authorise_action(&self, asked: &ActionAuthorised) -> Result<AgentsChange, Refusal> {
        let use_case = self.agent(asked.use_case)?;
        if matches!(use_case.stage, Stage::Retired { .. }) {
            return Err(Refusal::Over(use_case.id));
        }
        let policy = self.agent_policy()?;
        let action = || asked.action.clone();
        let rule = policy
            .rule(&asked.action)
            .ok_or_else(|| Refusal::Part(crate::PartRefusal::NoSuchAction(action())))?;
        let laxer = rule.laxer(asked).join(", ");
        if !laxer.is_empty() {
            return Err(Refusal::Part(crate::PartRefusal::LaxerThanPolicy {
                action: action(),
                laxer,
            }));
        }
        if asked.expires <= self.command.at {
            return Err(Refusal::NotInFuture("the end of the permission"));
        }
        let days = policy.permission_days;
        if asked.expires > days_after(self.command.at, days) {
            return Err(Refusal::Part(crate::PartRefusal::PermissionTooLong { days }));
        }
        // What a body votes on, or approved, stays as it was.
        self.not_being_decided(use_case.id)?;
        let resuming = Question::Resume { use_case: use_case.id };
        if let Some(decision) = self.record.open_motion(&resuming) {
            return Err(Refusal::BeingDecided { use_case: use_case.id, decision: decision.id });
        }
        if matches!(use_case.stage, Stage::Live(_)) {
            let registered = self.record.agents.registered.get(&use_case.id);
            let before = registered.and_then(|it| it.permissions.get(&asked.action));
            if !before.is_some_and(|before| before.covers(asked)) {
                return Err(Refusal::Part(crate::PartRefusal::WidensLiveAgent(action())));
            }
        }
        let by = self.person()?.id.clone();
        let permission = Permission { given: asked.clone(), by, at: self.command.at };
        Ok(AgentsChange::ActionAuthorised(permission))
    }

    fn record_drill(&self, act: &AgentsAct) -> Result<AgentsChange, Refusal> {
        let AgentsAct::RecordDrill {
            use_case,
            stop_at,
            last_action_at,
            limit_seconds,
            witnessed_by,
        } = act
        else {
            return Err(Refusal::Empty("the drill"));
        };
        let use_case = self.agent(*use_case)?;
        let policy = self.agent_policy()?;
        let deployment = use_case.stage.deployment().ok_or(Refusal::NotRunning(use_case.id))?;
        let times = [Some(*stop_at), *last_action_at];
        if times.into_iter().flatten().any(|at| at > self.command.at) {
            return Err(unsound("the drill", "it lies in the future; record it once it is over"));
        }
        if *limit_seconds == 0 || *limit_seconds > policy.drill_limit_seconds {
            let most = policy.drill_limit_seconds;
            return Err(unsound("the drill", format!("its limit must be 1 to {most} seconds")));
        }
        self.employed(witnessed_by)?;
        let recorded_by = self.person()?.id.clone();
        if recorded_by == *witnessed_by {
            return Err(Refusal::Part(crate::PartRefusal::WitnessRecords(recorded_by)));
        }
        let drill = Drill {
            version: deployment.version.clone(),
            stop_at: *stop_at,
            last_action_at: *last_action_at,
            limit_seconds: *limit_seconds,
            witnessed_by: witnessed_by.clone(),
            recorded_by,
        };
        Ok(AgentsChange::DrillRecorded { use_case: use_case.id, drill })
    }

    fn agent(&self, id: UseCaseId) -> Result<&UseCase, Refusal> {
        let use_case = self.use_case(id)?;
        if self.record.is_agent(use_case) {
            Ok(use_case)
        } else {
            Err(Refusal::Part(crate::PartRefusal::NoAgent(id)))
        }
    }

    fn agent_policy(&self) -> Result<&AgentPolicy, Refusal> {
        self.record.agents.policy.as_ref().ok_or(Refusal::Part(crate::PartRefusal::NoAgentPolicy))
    }
}

/// Folds a change into the record.
pub(crate) fn apply(
    record: &mut Record,
    _event: &Event,
    change: &AgentsChange,
) -> Result<(), Fault> {
    let registered = &mut record.agents.registered;
    match change {
        AgentsChange::AgentPolicyAdopted(policy) => record.agents.policy = Some(policy.clone()),
        AgentsChange::ActionAuthorised(permission) => {
            registered.update(permission.given.use_case, |of| {
                of.permissions.insert(permission.given.action.clone(), permission.clone());
            });
        }
        AgentsChange::ActionRevoked { use_case, action, .. } => {
            let of = registered.get_mut(use_case).ok_or_else(|| unknown(use_case))?;
            of.permissions.remove(action);
        }
        AgentsChange::DrillRecorded { use_case, drill } => {
            registered.update(*use_case, |of| of.drills.push(drill.clone()));
        }
    }
    Ok(())
}

/// What waits about live agents: permissions to renew, drills to hold.
pub(crate) fn tasks(record: &Record, now: Timestamp, tasks: &mut Vec<Task>) {
    if record.agents.policy.is_none() {
        return;
    }
    let office = Holders::office(record);
    for use_case in record.use_cases.values() {
        let Stage::Live(live) = &use_case.stage else { continue };
        if !record.is_agent(use_case) {
            continue;
        }
        let Some(who) = record.answers(use_case, &live.owners.technical) else { continue };
        let mut task = |who: Vec<Waiting>, what: String, due: Timestamp| {
            if due <= days_after(now, NOTICE_DAYS) {
                tasks.extend(who.into_iter().map(|who| Task {
                    who,
                    what: what.clone(),
                    use_case: Some(use_case.id),
                    case: None,
                    decision: None,
                    due: Some(due),
                    overdue: due <= now,
                }));
            }
        };
        let registered = record.agents.registered.get(&use_case.id);
        for permission in registered.iter().flat_map(|it| it.permissions.values()) {
            let what = format!("Renew or revoke the permission for `{}`", permission.given.action);
            task(office.or(|| Some(who.clone())), what, permission.given.expires);
        }
        if let Some(due) = record.drill_due(use_case, now) {
            task(vec![who], "Hold a stop drill with a witness, and pass it".to_owned(), due);
        }
    }
}

/// What a use case lacks in this part before it may go live, stay so or be resumed; each says what
/// to do.
pub(crate) fn missing(record: &Record, use_case: &UseCase, now: Timestamp) -> Vec<String> {
    if !record.is_agent(use_case) {
        return Vec::new();
    }
    let Some(policy) = &record.agents.policy else {
        return vec!["no agent policy is in force; adopt one".to_owned()];
    };
    let mut missing = Vec::new();
    let permitted: Vec<_> = record.permitted(use_case.id, now).collect();
    if permitted.is_empty() {
        missing.push("its agent is authorised to no action; authorise what it does".to_owned());
    }
    // The policy may have become stricter since.
    for permission in &permitted {
        let action = &permission.given.action;
        let laxer = policy.rule(action).map(|rule| rule.laxer(&permission.given));
        if laxer.is_none_or(|laxer| !laxer.is_empty()) {
            missing.push(format!(
                "its permission for `{action}` is laxer than the agent policy; authorise it anew"
            ));
        }
    }
    let late = record.drilled_until(use_case, policy, now).is_none_or(|until| until <= now);
    if late && record.excepted(use_case.id, &Excepted::Drill, now).is_none() {
        let days = policy.drill_days;
        missing.push(format!("it passed no stop drill within {days} days; hold one"));
    }
    let watches =
        |plan: &MonitoringPlan| plan.watches.iter().any(|watch| watch.id == policy.override_watch);
    let human = permitted.iter().any(|it| it.given.human == HumanInLoop::Required);
    if human && !use_case.plan.as_ref().is_some_and(watches) {
        missing.push(format!(
            "a person must take part in what its agent does, but its plan has no watch `{}` on \
             how often they override it; add it",
            policy.override_watch
        ));
    }
    missing
}
