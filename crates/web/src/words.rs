//! Events, people and times in plain words: the same on pages and in the terminal, free of markup.

pub use report::sheet::capital;

use governance::{
    Actor, CaseId, Change, Choice, Decision, EndReason, Escalated, Event, Month, Outcome, PersonId,
    Question, Record, Right, Service, Signal, TierRule, UseCaseId, VoteTally,
};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// An instant as `31 Mar 2024, 14:05 UTC`.
#[must_use]
pub fn instant(at: Timestamp) -> String {
    let civil = Offset::UTC.to_datetime(at);
    format!("{}, {:02}:{:02} UTC", day(civil.date()), civil.hour(), civil.minute())
}

/// The day of an instant in UTC, as `31 Mar 2024`.
#[must_use]
pub fn date(at: Timestamp) -> String {
    day(Offset::UTC.to_datetime(at).date())
}

/// The last day that counts before an end, as it is counted where the use case runs.
pub fn last_day(record: &Record, use_case: impl Into<Option<UseCaseId>>, end: Timestamp) -> String {
    day(record.zone_of(use_case.into()).last_day(end))
}

/// A day as `31 Mar 2024`.
#[must_use]
pub fn day(date: Date) -> String {
    format!("{} {} {}", date.day(), month_name(date), date.year())
}

/// A month as `Mar 2024`.
#[must_use]
pub fn month(month: Month) -> String {
    let first = Offset::UTC.to_datetime(month.start()).date();
    format!("{} {}", month_name(first), first.year())
}

fn month_name(date: Date) -> &'static str {
    let index = usize::from(date.month().unsigned_abs()).saturating_sub(1);
    MONTHS.get(index).copied().unwrap_or("?")
}

/// How long until or since an instant, in whole days: `in 3 days`, `today`, `6 days ago`.
#[must_use]
pub fn days_from(now: Timestamp, at: Timestamp) -> String {
    let days = at.duration_since(now).as_hours().div_euclid(24);
    match days {
        0 => "today".to_owned(),
        1 => "in 1 day".to_owned(),
        2.. => format!("in {days} days"),
        -1 => "1 day ago".to_owned(),
        _ => format!("{} days ago", days.unsigned_abs()),
    }
}

/// `one signal`, `3 signals`.
#[must_use]
pub fn plural(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

/// The majority that a decision takes.
#[must_use]
pub fn majority(rule: &TierRule) -> String {
    let (needed, of) = (rule.majority, rule.majority_of);
    if needed * 2 == of {
        "more than half of the votes for".to_owned()
    } else {
        format!("at least {needed} of {of} of the votes for")
    }
}

/// What a person does here; the handle when the record does not know the person.
#[must_use]
pub fn person(id: &PersonId, record: &Record) -> String {
    record.people.get(id).map_or_else(|| id.to_string(), |person| person.title.clone())
}

/// Who acted: a person's work, or the part of Primum.
#[must_use]
pub fn actor(actor: &Actor, record: &Record) -> String {
    match actor {
        Actor::Person(id) => person(id, record),
        Actor::Service(Service::Installer) => "Primum, when it was set up".to_owned(),
        Actor::Service(Service::Scheduler) => "Primum, by the clock".to_owned(),
        Actor::Service(Service::Monitor) => "Primum, by monitoring".to_owned(),
        Actor::Service(Service::Gate) => "Primum, at the gate".to_owned(),
    }
}

/// A use case as `Readmission score (UC-1)`.
#[must_use]
pub fn use_case(id: UseCaseId, record: &Record) -> String {
    match record.use_cases.get(&id) {
        Some(found) => format!("{} ({id})", found.proposal.title),
        None => id.to_string(),
    }
}

/// What a motion asks a body to decide, as `Go: may Readmission score (UC-1) be used in care?`.
#[must_use]
pub fn motion(decision: &Decision, record: &Record) -> String {
    format!("{}: {}", outcome(decision.motion.outcome), question(&decision.motion.question, record))
}

/// The question that a decision answers.
#[must_use]
pub fn question(question: &Question, record: &Record) -> String {
    match question {
        Question::Approve { use_case: id } => {
            format!("may {} be used in care?", use_case(*id, record))
        }
        Question::Resume { use_case: id } => format!("may {} act again?", use_case(*id, record)),
        Question::Case { case } => {
            let about = record.cases.get(case).map(|case| use_case(case.use_case, record));
            format!("may {} go on after {case}?", about.unwrap_or_else(|| "it".to_owned()))
        }
        Question::Exception { exception: id } => {
            let known = record.exceptions.all.get(id);
            let what = known.map(|it| format!("{} run {}", use_case(it.use_case, record), it.what));
            format!("may {} for a time ({id})?", what.unwrap_or_else(|| "it be so".to_owned()))
        }
        Question::Pack { digest } => format!("may the decision rights {digest:.12} be adopted?"),
    }
}

/// An outcome with a capital letter.
#[must_use]
pub fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Go => "Go",
        Outcome::GoWithConditions => "Go with conditions",
        Outcome::ReReview => "Re-review",
        Outcome::NoGo => "No-go",
        Outcome::Defer => "Defer",
    }
}

/// A vote as a verb.
#[must_use]
pub fn choice(choice: Choice) -> &'static str {
    match choice {
        Choice::Approve => "for",
        Choice::Reject => "against",
        Choice::Abstain => "abstained",
    }
}

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
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn times_read_like_dates_on_a_letter() {
        let at: Timestamp = "2024-03-31T14:05:59Z".parse().unwrap();
        assert_eq!(instant(at), "31 Mar 2024, 14:05 UTC");
        assert_eq!(date(at), "31 Mar 2024");
        assert_eq!(month("2024-12".parse().unwrap()), "Dec 2024");
    }

    #[test]
    fn distances_are_in_whole_days() {
        let now: Timestamp = "2024-03-31T12:00:00Z".parse().unwrap();
        let check = |at: &str, words: &str| assert_eq!(days_from(now, at.parse().unwrap()), words);
        check("2024-03-31T18:00:00Z", "today");
        check("2024-04-01T12:00:00Z", "in 1 day");
        check("2024-04-10T12:00:00Z", "in 10 days");
        check("2024-03-30T12:00:00Z", "1 day ago");
        check("2024-03-24T12:00:00Z", "7 days ago");
    }

    /// A value from JSON that is known to fit.
    fn of<T: serde::de::DeserializeOwned>(json: serde_json::Value) -> T {
        serde_json::from_value(json).unwrap()
    }

    /// What an event of 10 March 2024 says in a record with one case and one decision.
    fn said(change: serde_json::Value) -> String {
        let mut record = Record::default();
        let case: governance::Case = of(json!({
            "id": "CASE-1", "use_case": "UC-1", "cause": { "kind": "signal", "watch": "flags" },
            "opened_at": "2024-03-07T00:00:00Z", "owner": "ward-lead",
            "answer_by": "2024-03-21T00:00:00Z", "action": "look", "ladder": [], "signals": [],
            "escalations": [], "closed": null,
        }));
        record.cases.insert(case.id, case);
        let decision: Decision = of(json!({
            "id": "DEC-1", "body": "committee", "use_case": "UC-1", "tier": "T3",
            "rule": { "tier": "T3", "quorum": 3, "majority": 1, "majority_of": 2 },
            "chair": "chair",
            "motion": {
                "question": { "kind": "approve", "use_case": "UC-1" }, "outcome": "go",
                "reason": "", "alternatives": [], "residual_risk": "", "ai_help": "none",
            },
            "opened_by": "chair", "opened_at": "2024-03-07T00:00:00Z", "votes": {},
            "recusals": {}, "carried": null, "ended": null,
        }));
        record.decisions.insert(decision.id, decision);
        let event: Event = of(json!({
            "seq": 9, "at": "2024-03-10T00:00:00Z", "actor": { "person": "chair" },
            "command": "command-1", "act": "",
            "authority": { "policies": [], "policy_set": "", "facts": {} },
            "change": change,
        }));
        sentence(&event, &record)
    }

    #[test]
    fn an_escalation_says_who_was_told_and_how_long_the_case_has_waited() {
        let told = |person: Option<&str>, at: &str| {
            said(json!({
                "case_escalated": {
                    "case": "CASE-1",
                    "escalated": { "tell": "owner", "person": person, "at": at },
                },
            }))
        };
        let check = |person, at, words: &str| assert_eq!(told(person, at), words);
        let owner = Some("ward-lead");
        check(owner, "2024-03-07T23:00:00Z", "Ward-lead was told about CASE-1.");
        let one = "Ward-lead was told about CASE-1, which has had no decision for 1 day.";
        check(owner, "2024-03-08T00:00:00Z", one);
        let vacant = "Nobody, for the post is vacant, was told about CASE-1, \
                      which has had no decision for 3 days.";
        check(None, "2024-03-10T00:00:00Z", vacant);
    }

    #[test]
    fn a_case_is_answered_by_the_last_day_that_counts() {
        let opened = |answer_by: &str| {
            said(json!({ "case_opened": {
                "id": "CASE-2", "use_case": "UC-1", "cause": { "kind": "signal", "watch": "flags" },
                "opened_at": "2024-03-07T00:00:00Z", "owner": "ward-lead", "answer_by": answer_by,
                "action": "look", "ladder": [], "signals": [], "escalations": [], "closed": null,
            } }))
        };
        let midnight = opened("2024-03-21T00:00:00Z");
        assert_eq!(midnight, "CASE-2 was opened on UC-1; ward-lead must answer by 20 Mar 2024.");
        assert!(opened("2024-03-21T00:00:01Z").ends_with("by 21 Mar 2024."));
    }

    #[test]
    fn going_live_and_staying_live_are_told_apart() {
        let live_since = |since: &str| {
            said(json!({
                "went_live": { "use_case": "UC-1",
                "live": {
                    "owners": { "sponsor": "a", "business": "b", "technical": "c" },
                    "tier": { "tier": "T3", "policy": "tiers 1", "binding": [],
                              "held_up_by_unknown": [], "lowered_by": [] },
                    "validation": { "evidence": "EV-1", "version": "1.0",
                                    "valid_until": "2025-03-10T00:00:00Z" },
                    "plan": {
                        "feed": { "file": "log.parquet", "outcome": "y", "score": "p", "id": "id",
                                  "time": "t", "matured": "m", "version": "v", "site": "s" },
                        "maturity_days": 30, "by": [], "threshold": 0.15, "watches": [],
                        "ladder": [],
                    },
                    "path": { "body": "committee", "decision": "DEC-1",
                              "expires": "2025-03-10T00:00:00Z" },
                    "deployment": { "version": "1.0", "site": "main", "mode": "live" },
                    "since": since,
                    "acting_since": since,
                } },
            }))
        };
        assert_eq!(
            live_since("2024-03-10T00:00:00Z"),
            "UC-1 went live at main with version 1.0, under DEC-1."
        );
        assert_eq!(
            live_since("2023-03-10T00:00:00Z"),
            "UC-1 stays live at main with version 1.0, renewed under DEC-1."
        );
    }

    #[test]
    fn the_end_of_a_motion_says_why() {
        let ended = |reason: &str| {
            said(json!({
                "motion_ended": { "decision": "DEC-1",
                "ended": {
                    "by": "chair", "at": "2024-03-10T00:00:00Z", "reason": reason,
                    "tally": { "approvals": 1, "rejections": 2, "abstentions": 0,
                               "clinician_approvals": 1, "seats": 5 },
                }, },
            }))
        };
        assert_eq!(
            ended("lost"),
            "The motion was lost (1 for, 2 against, 0 abstained): \
             DEC-1, may UC-1 be used in care?"
        );
        assert_eq!(
            ended("overtaken"),
            "Another decision settled what was asked: DEC-1, may UC-1 be used in care?"
        );
    }
}
