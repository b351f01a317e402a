//! Events, people and times in plain words: the same on pages and in the terminal, free of markup.

mod events;
mod times;

pub use events::{sentence, signal, title, use_case_of};
pub use report::sheet::capital;
pub use times::{date, day, days_from, instant, last_day, month};

use governance::{
    Actor, Choice, Decision, Outcome, PersonId, Question, Record, Service, TierRule, UseCaseId,
};

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
