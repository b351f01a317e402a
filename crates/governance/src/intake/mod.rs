//! Intake: drafts of the questionnaire, duplicates, the inventory as a table, and the fast lane.

mod act;
mod decide;
mod duplicates;
pub mod inventory;

pub use act::{Answers, IntakeAct, IntakeChange};
pub(crate) use decide::apply;
pub use duplicates::{Duplicate, Likeness, duplicates};

use crate::work::Holders;
use crate::{
    DecisionId, DraftId, Instant, Map, PersonId, Record, Task, UseCase, UseCaseId, Waiting,
    days_after,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Days in which what was drawn for an audit is looked at.
const AUDIT_DAYS: u32 = 30;

/// The part of the record about drafts of intake questionnaires, and the fast lane.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Intake {
    /// Drafts that were not submitted yet.
    pub drafts: Map<DraftId, Draft>,
    /// The number of the newest draft. Ids are not used twice.
    pub newest: u32,
    /// Why a use case is none that was there before, for those that look like one.
    pub not_duplicates: Map<UseCaseId, String>,
    /// Approvals by rule that were drawn for an audit.
    pub audits: Map<DecisionId, Audit>,
}

/// A questionnaire that somebody is filling in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Draft {
    /// Its id.
    pub id: DraftId,
    /// Who began it; it shows only to this person and the governance office.
    pub author: PersonId,
    /// What is filled in so far.
    pub answers: Answers,
    /// When it was saved last.
    #[schemars(with = "Instant")]
    pub saved_at: Timestamp,
}

/// An audit of an approval by rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Audit {
    /// The use case.
    pub use_case: UseCaseId,
    /// When it was drawn.
    #[schemars(with = "Instant")]
    pub drawn_at: Timestamp,
    /// What was found; none while it waits.
    pub found: Option<AuditFinding>,
}

/// What an audit found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditFinding {
    /// Who audited.
    pub by: PersonId,
    /// When.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
    /// What was found, in words.
    pub finding: String,
    /// True when facts, tier and evidence are what they were said to be.
    pub upheld: bool,
}

/// Whether a use case is drawn for an audit when it is approved by rule: a share of `percent`, by a
/// hash that nobody who fills in a questionnaire can choose.
#[must_use]
pub fn drawn_for_audit(use_case: UseCaseId, policy: &str, percent: u8) -> bool {
    let hash = Sha256::digest(format!("{use_case} under {policy}"));
    let number = hash.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte));
    number % 100 < u64::from(percent)
}

/// What waits: audits, for the governance office.
pub(crate) fn tasks(record: &Record, now: Timestamp, tasks: &mut Vec<Task>) {
    let waiting = record.intake.audits.iter().filter(|(_, audit)| audit.found.is_none());
    for (decision, audit) in waiting {
        let due = days_after(audit.drawn_at, AUDIT_DAYS);
        let Some(who) = auditor(record, audit.use_case) else { continue };
        tasks.push(Task {
            who,
            what: format!("Audit {}, which was approved by rule", audit.use_case),
            use_case: Some(audit.use_case),
            case: None,
            decision: Some(*decision),
            due: Some(due),
            overdue: due <= now,
        });
    }
    drafts(record, tasks);
}

/// A draft waits for its author; the office finishes or drops what somebody left behind. What it
/// says shows to nobody else.
fn drafts(record: &Record, tasks: &mut Vec<Task>) {
    for draft in record.intake.drafts.values() {
        let author = Waiting::Person(draft.author.clone());
        let (who, of) = if record.works_here(&draft.author) {
            (vec![author], String::new())
        } else {
            let of = format!(" of {}, who has left", draft.author);
            (Holders::office(record).or(|| Some(author)), of)
        };
        tasks.extend(who.into_iter().map(|who| Task {
            who,
            what: format!("Finish or drop the draft {}{of}", draft.id),
            use_case: None,
            case: None,
            decision: None,
            due: None,
            overdue: false,
        }));
    }
}

/// The first of the governance office who works here and neither owns nor submitted it, or else the
/// body that decides on it.
fn auditor(record: &Record, use_case: UseCaseId) -> Option<Waiting> {
    let use_case = record.use_cases.get(&use_case)?;
    let apart = |id: &crate::PersonId| {
        use_case.submitter != *id && use_case.owners.as_ref().is_none_or(|it| !it.include(id))
    };
    let of_office = |person: &&crate::Person| {
        let here = person.roles.contains("governance-office") && person.left_at.is_none();
        here && apart(&person.id)
    };
    let person = record.people.values().find(of_office);
    let person = person.map(|person| Waiting::Person(person.id.clone()));
    let body = || record.deciding_body(use_case).map(|body| Waiting::Body(body.id.clone()));
    person.or_else(body)
}

/// What a use case lacks in this part: nothing.
pub(crate) fn missing(_record: &Record, _use_case: &UseCase, _now: Timestamp) -> Vec<String> {
    Vec::new()
}
