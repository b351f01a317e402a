//! What an event says, as a title and as a sentence.

use super::{actor, capital, choice, last_day, month, motion, person, plural, question, use_case};
use governance::{
    CaseId, Change, Choice, EndReason, Escalated, Event, Record, Right, Signal, UseCaseId,
    VoteTally,
};

/// The use case that a change is about, if it is about one.
#[must_use]
pub fn use_case_of(change: &Change, record: &Record) -> Option<UseCaseId> {
    let of_decision = |id| record.decisions.get(id).and_then(|decision| decision.use_case);
    let of_case = |id| record.cases.get(id).map(|case| case.use_case);
    match change {
        Change::UseCaseProposed { use_case, .. }
        | Change::OwnersAssigned { use_case, .. }
        | Change::FactsStated { use_case, .. }
        | Change::ValidationBegun { use_case, .. }
        | Change::PilotBegun { use_case, .. }
        | Change::PlanAdopted { use_case, .. }
        | Change::WentLive { use_case, .. }
        | Change::SentBack { use_case, .. }
        | Change::Suspended { use_case, .. }
        | Change::Resumed { use_case, .. }
        | Change::Retired { use_case, .. } => Some(*use_case),
        Change::EvidenceRecorded(evidence) => Some(evidence.use_case),
        Change::Attested(word) => Some(word.use_case),
        Change::MotionOpened(decision) => decision.use_case,
        Change::Recused { decision, .. }
        | Change::VoteCast { decision, .. }
        | Change::DecisionCarried { decision, .. }
        | Change::MotionEnded { decision, .. }
        | Change::ConditionMet { decision, .. } => of_decision(decision),
        Change::Observed(observation) => Some(observation.use_case),
        Change::CaseOpened(case) => Some(case.use_case),
        Change::SignalRaised { case, .. }
        | Change::CaseEscalated { case, .. }
        | Change::CaseClosed { case, .. } => of_case(case),
        Change::Founded(_)
        | Change::PersonAdded(_)
        | Change::PersonLeft { .. }
        | Change::BodyChartered(_)
        | Change::TierPolicyAdopted(_)
        | Change::StandardAdopted(_)
        | Change::SystemRegistered(_)
        | Change::VersionRegistered { .. } => None,
        other => other.told(record).and_then(|(use_case, _)| use_case),
    }
}

/// A change in two or three words, for lists.
#[must_use]
pub fn title(change: &Change) -> String {
    match change {
        Change::Founded(_) => "Record founded",
        Change::PersonAdded(_) => "Person added",
        Change::PersonLeft { .. } => "Person left",
        Change::BodyChartered(_) => "Body chartered",
        Change::TierPolicyAdopted(_) => "Tier policy adopted",
        Change::StandardAdopted(_) => "Standard adopted",
        Change::SystemRegistered(_) => "AI system registered",
        Change::VersionRegistered { .. } => "Version registered",
        Change::UseCaseProposed { .. } => "Proposed",
        Change::OwnersAssigned { .. } => "Owners named",
        Change::FactsStated { .. } => "Facts stated",
        Change::ValidationBegun { .. } => "Validation begun",
        Change::PilotBegun { .. } => "Pilot begun",
        Change::EvidenceRecorded(_) => "Evidence recorded",
        Change::Attested(_) => "Attested",
        Change::PlanAdopted { .. } => "Monitoring plan adopted",
        Change::MotionOpened(_) => "Motion put",
        Change::Recused { .. } => "Stepped aside",
        Change::VoteCast { .. } => "Vote cast",
        Change::DecisionCarried { .. } => "Decided",
        Change::MotionEnded { ended, .. } => match ended.reason {
            EndReason::Lost => "Motion lost",
            EndReason::Overtaken => "Motion overtaken",
            EndReason::Withdrawn => "Motion withdrawn",
        },
        Change::WentLive { .. } => "Went live",
        Change::SentBack { .. } => "Sent back",
        Change::Suspended { .. } => "Suspended",
        Change::Resumed { .. } => "Resumed",
        Change::Retired { .. } => "Retired",
        Change::ConditionMet { .. } => "Condition met",
        Change::Observed(_) => "Month observed",
        Change::SignalRaised { .. } => "Signal raised",
        Change::CaseOpened(_) => "Case opened",
        Change::CaseEscalated { .. } => "Case escalated",
        Change::CaseClosed { .. } => "Case closed",
        other => return capital(&other.kind().replace('_', " ")),
    }
    .to_owned()
}

/// What an event says, as one sentence. The record gives names to what it mentions.
#[must_use]
pub fn sentence(event: &Event, record: &Record) -> String {
    let who = capital(&actor(&event.actor, record));
    if let Some((_, what)) = event.change.told(record) {
        return told(&who, &what);
    }
    match &event.change {
        Change::Founded(_)
        | Change::PersonAdded(_)
        | Change::PersonLeft { .. }
        | Change::BodyChartered(_)
        | Change::TierPolicyAdopted(_)
        | Change::StandardAdopted(_)
        | Change::SystemRegistered(_)
        | Change::VersionRegistered { .. } => of_the_hospital(&event.change, &who, record),
        Change::MotionOpened(_)
        | Change::Recused { .. }
        | Change::VoteCast { .. }
        | Change::DecisionCarried { .. }
        | Change::MotionEnded { .. }
        | Change::ConditionMet { .. } => of_a_decision(&event.change, &who, record),
        Change::Observed(_)
        | Change::SignalRaised { .. }
        | Change::CaseOpened(_)
        | Change::CaseEscalated { .. }
        | Change::CaseClosed { .. } => of_monitoring(&event.change, record),
        Change::WentLive { use_case: id, live } if live.since < event.at => format!(
            "{} stays live at {} with version {}, renewed under {}.",
            use_case(*id, record),
            live.deployment.site,
            live.deployment.version,
            live.path.decision
        ),
        change => of_a_use_case(change, &who, record),
    }
}

/// What a part says of its change: what somebody did, or a sentence of its own, which is followed
/// by who acted.
fn told(who: &str, what: &str) -> String {
    let what = what.trim_end_matches('.');
    if what.starts_with(char::is_lowercase) {
        return format!("{who} {what}.");
    }
    format!("{what} ({who}).")
}

fn of_the_hospital(change: &Change, who: &str, record: &Record) -> String {
    match change {
        Change::Founded(founding) => format!("The record of {} was founded.", founding.hospital),
        Change::PersonAdded(added) => format!("{who} added {} ({}).", added.title, added.id),
        Change::PersonLeft { person: left } => {
            format!("{who} noted that {} ({left}) left.", person(left, record))
        }
        Change::BodyChartered(body) => {
            format!(
                "{who} chartered {} with {}.",
                body.name,
                plural(body.seats.len(), "seat", "seats")
            )
        }
        Change::TierPolicyAdopted(policy) => {
            format!("{who} adopted the tier policy {} {}.", policy.title, policy.version)
        }
        Change::StandardAdopted(standard) => {
            let (title, version) = (&standard.title, &standard.version);
            let count = plural(standard.requirements.len(), "requirement", "requirements");
            format!("{who} adopted the standard {title} {version} with {count}.")
        }
        Change::SystemRegistered(system) => {
            format!("{who} registered {} ({}) by {}.", system.name, system.id, system.vendor)
        }
        Change::VersionRegistered { system, version } => {
            format!("{who} registered version {} of {system}.", version.label)
        }
        _ => String::new(),
    }
}

fn of_a_use_case(change: &Change, who: &str, record: &Record) -> String {
    let name = use_case_of(change, record).map(|id| use_case(id, record)).unwrap_or_default();
    match change {
        Change::UseCaseProposed { .. } => format!("{who} proposed {name}."),
        Change::OwnersAssigned { owners, .. } => format!(
            "{who} named the owners of {name}: \
             {} as sponsor, {} for the work, {} for the technology.",
            owners.sponsor, owners.business, owners.technical
        ),
        Change::FactsStated { tier, .. } => {
            format!("{who} stated the facts of {name}; they make it {}.", tier.tier)
        }
        Change::ValidationBegun { standard, .. } => {
            format!("{who} began the validation of {name} against {standard}.")
        }
        Change::PilotBegun { deployment, .. } => format!(
            "{who} began a {} run of version {} of {name} at {}.",
            deployment.mode, deployment.version, deployment.site
        ),
        Change::EvidenceRecorded(evidence) => format!(
            "{who} recorded {} on {name}, from {} predictions: the standard is {}.",
            evidence.id,
            evidence.n,
            verdict(evidence.status)
        ),
        Change::Attested(word) => {
            format!("{who} gave their word on `{}` of {name}.", word.requirement)
        }
        Change::PlanAdopted { plan, .. } => format!(
            "{who} adopted a monitoring plan for {name} that watches {}.",
            plural(plan.watches.len(), "measure", "measures")
        ),
        Change::WentLive { live, .. } => format!(
            "{name} went live at {} with version {}, under {}.",
            live.deployment.site, live.deployment.version, live.path.decision
        ),
        Change::SentBack { decision, .. } => {
            format!("{name} was sent back for more evidence by {decision}.")
        }
        Change::Suspended { suspension, .. } => {
            format!(
                "{name} was stopped by {}: {}",
                person(&suspension.by, record),
                suspension.reason
            )
        }
        Change::Resumed { path, .. } => format!("{name} may act again, under {}.", path.decision),
        Change::Retired { retirement, .. } => {
            format!("{name} is over, by {}: {}", retirement.decision, retirement.reason)
        }
        _ => String::new(),
    }
}

fn verdict(status: governance::Status) -> &'static str {
    match status {
        governance::Status::Met => "met",
        governance::Status::Failed => "not met",
        governance::Status::NotEnoughData => "not shown to be met yet",
    }
}

fn of_a_decision(change: &Change, who: &str, record: &Record) -> String {
    let of = |id| match record.decisions.get(id) {
        Some(decision) => format!("{id}, {}", question(&decision.motion.question, record)),
        None => format!("{id}."),
    };
    match change {
        Change::MotionOpened(decision) => {
            let body = record.bodies.get(&decision.body).map(|body| body.name.as_str());
            let to = body.unwrap_or_else(|| decision.body.as_str());
            format!("{who} put {} to {to}. {}", decision.id, motion(decision, record))
        }
        Change::Recused { decision, reason } => {
            format!("{who} stepped aside from {decision}: {reason}")
        }
        Change::VoteCast { decision, vote } => match vote.choice {
            Choice::Abstain => format!("{who} abstained on {}", of(decision)),
            cast => format!("{who} voted {} the motion of {}", choice(cast), of(decision)),
        },
        Change::DecisionCarried { decision, carried } => {
            let moved = record.decisions.get(decision).map(|it| motion(it, record));
            let how = match carried.right {
                Right::Vote => votes(carried.tally),
                Right::ChairStops => "by the chair, who may stop alone".to_owned(),
                Right::Rule => "by the rule of the fast lane".to_owned(),
                Right::Delegation(id) => format!("by {who} alone, under {id}"),
            };
            format!("{decision} was decided ({how}). {}", moved.unwrap_or_default())
        }
        Change::MotionEnded { decision, ended } => match ended.reason {
            EndReason::Lost => {
                format!("The motion was lost ({}): {}", votes(ended.tally), of(decision))
            }
            EndReason::Overtaken => {
                format!("Another decision settled what was asked: {}", of(decision))
            }
            EndReason::Withdrawn => format!("{who} took back the motion of {}", of(decision)),
        },
        Change::ConditionMet { decision, condition, proof } => {
            format!("{who} proved condition {condition} of {decision} met: {proof}")
        }
        _ => String::new(),
    }
}

/// A count, as `4 for, 1 against, 0 abstained`.
fn votes(tally: VoteTally) -> String {
    format!(
        "{} for, {} against, {} abstained",
        tally.approvals, tally.rejections, tally.abstentions
    )
}

/// Who was told about a case, and for how long it had waited then.
fn escalation(case: CaseId, escalated: &Escalated, record: &Record) -> String {
    let told = escalated.person.as_ref().map(|id| person(id, record));
    let told = told.unwrap_or_else(|| "Nobody, for the post is vacant,".to_owned());
    let opened = record.cases.get(&case).map_or(escalated.at, |case| case.opened_at);
    let days = escalated.at.duration_since(opened).as_hours() / 24;
    let waited = match days {
        ..1 => String::new(),
        1 => ", which has had no decision for 1 day".to_owned(),
        _ => format!(", which has had no decision for {days} days"),
    };
    format!("{} was told about {case}{waited}.", capital(&told))
}

fn of_monitoring(change: &Change, record: &Record) -> String {
    let name = use_case_of(change, record).map(|id| use_case(id, record)).unwrap_or_default();
    match change {
        Change::Observed(observation) => {
            format!("{} of {name} was observed.", month(observation.month))
        }
        Change::SignalRaised { case, signal } => format!("{case}: {}.", self::signal(signal)),
        Change::CaseOpened(case) => format!(
            "{} was opened on {name}; {} must answer by {}.",
            case.id,
            person(&case.owner, record),
            last_day(record, case.use_case, case.answer_by)
        ),
        Change::CaseEscalated { case, escalated } => escalation(*case, escalated, record),
        Change::CaseClosed { case, closed } => {
            format!("{case} on {name} was closed by {}.", closed.decision)
        }
        _ => String::new(),
    }
}

/// A signal, as `Mar 2024: more outcomes than predicted …`.
#[must_use]
pub fn signal(signal: &Signal) -> String {
    format!("{}: {}", month(signal.month), signal.finding)
}

#[cfg(test)]
mod tests;
