//! Legal holds, and the erasure that they stop.

use crate::apply::{Fault, unknown};
use crate::decide::{Decided, Deciding, find, next_number, say_something};
use crate::{
    Attachment, Change, Event, HoldId, Incident, Instant, Map, PersonId, Record, Refusal, Stage,
    Subject, Task, UseCase, UseCaseId,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use strum::{IntoStaticStr, VariantNames};

/// What can be asked for about legal holds, and the erasure that they stop.
#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, IntoStaticStr, VariantNames,
)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
#[strum(serialize_all = "snake_case")]
pub enum HoldsAct {
    /// Places a legal hold: no document of what it is about is erased until it is released.
    PlaceHold {
        /// What it is about.
        about: HoldScope,
        /// Why.
        reason: String,
    },
    /// Releases a legal hold.
    ReleaseHold {
        /// The hold.
        hold: HoldId,
        /// Why.
        reason: String,
    },
    /// Erases a stored document that nothing needs any more and that is under no hold. The record
    /// keeps its hash, and when, by whom and why it was erased.
    EraseDocument {
        /// The document's hash, as its evidence names it.
        document: String,
        /// Why.
        reason: String,
    },
}

/// What changed about legal holds, and the erasure that they stop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum HoldsChange {
    /// A legal hold was placed.
    HoldPlaced {
        /// Its id.
        hold: HoldId,
        /// What it is about.
        about: HoldScope,
        /// Why.
        reason: String,
    },
    /// A legal hold was released.
    HoldReleased {
        /// The hold.
        hold: HoldId,
        /// Why.
        reason: String,
    },
    /// A document was erased: the ledger deletes its bytes together with this event.
    DocumentErased {
        /// Its hash.
        document: String,
        /// Why.
        reason: String,
    },
}

/// What a legal hold is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum HoldScope {
    /// Every document of the record.
    All,
    /// The documents of one use case.
    UseCase {
        /// The use case.
        use_case: UseCaseId,
    },
}

/// The part of the record about legal holds, and the erasure that they stop.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Holds {
    /// Every hold, released ones too.
    pub all: Map<HoldId, Hold>,
    /// What was erased, by hash.
    pub erased: Map<String, Erasure>,
}

/// A legal hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hold {
    /// Its id.
    pub id: HoldId,
    /// What it is about.
    pub about: HoldScope,
    /// Why.
    pub reason: String,
    /// Who placed it.
    pub by: PersonId,
    /// When.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
    /// The place of the event that placed it.
    pub seq: u64,
    /// How it ended, if it did.
    pub released: Option<Release>,
}

/// The end of a legal hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Release {
    /// Who released it.
    pub by: PersonId,
    /// When.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
    /// The place of the event.
    pub seq: u64,
    /// Why.
    pub reason: String,
}

/// What is left of an erased document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Erasure {
    /// Its hash.
    pub document: String,
    /// The use cases that it belonged to.
    pub use_cases: BTreeSet<UseCaseId>,
    /// Who erased it.
    pub by: PersonId,
    /// When.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
    /// The place of the event.
    pub seq: u64,
    /// Why.
    pub reason: String,
}

impl HoldScope {
    /// Whether it covers a document of these use cases.
    fn covers(&self, use_cases: &BTreeSet<UseCaseId>) -> bool {
        match self {
            Self::All => true,
            Self::UseCase { use_case } => use_cases.contains(use_case),
        }
    }
}

impl Hold {
    /// Whether it stood over a document when that was erased: what invariant H1 rules out.
    pub(crate) fn stood_over(&self, erasure: &Erasure) -> bool {
        let ended = self.released.as_ref().is_some_and(|release| release.seq < erasure.seq);
        self.about.covers(&erasure.use_cases) && self.seq < erasure.seq && !ended
    }
}

impl HoldsAct {
    /// What the act is about, as far as rights depend on it.
    #[must_use]
    pub fn subject(&self) -> Subject {
        match self {
            Self::PlaceHold { .. } | Self::ReleaseHold { .. } => Subject::Record,
            Self::EraseDocument { document, .. } => Subject::Document(document.clone()),
        }
    }
}

impl HoldsChange {
    /// The use case that the change is about, if it is about one.
    #[must_use]
    pub fn use_case(&self, record: &Record) -> Option<UseCaseId> {
        let about = match self {
            Self::HoldPlaced { about, .. } => *about,
            Self::HoldReleased { hold, .. } => record.holds.all.get(hold)?.about,
            Self::DocumentErased { document, .. } => {
                return record.use_cases_of_document(document).first().copied();
            }
        };
        match about {
            HoldScope::All => None,
            HoldScope::UseCase { use_case } => Some(use_case),
        }
    }

    /// What changed, in plain words. The record gives names to what it mentions.
    #[must_use]
    pub fn in_words(&self, _record: &Record) -> String {
        match self {
            Self::HoldPlaced { hold, about: HoldScope::All, reason } => {
                format!("placed the legal hold {hold} on the whole record: {reason}")
            }
            Self::HoldPlaced { hold, about: HoldScope::UseCase { use_case }, reason } => {
                format!("placed the legal hold {hold} on {use_case}: {reason}")
            }
            Self::HoldReleased { hold, reason } => {
                format!("released the legal hold {hold}: {reason}")
            }
            Self::DocumentErased { document, reason } => {
                format!("erased the document {document}: {reason}")
            }
        }
    }
}

impl Record {
    /// The use cases that a document belongs to: those whose evidence, attestations or incidents
    /// name it, and those that it was attached to.
    #[must_use]
    pub fn use_cases_of_document(&self, document: &str) -> BTreeSet<UseCaseId> {
        let evidence = self.evidence.values().filter(|evidence| evidence.document == document);
        let words = self.attestations.iter();
        let words = words.filter(|word| word.document.as_deref() == Some(document));
        let incidents = self.incidents.incidents.values();
        let incidents = incidents.filter(|it| it.analyses.iter().any(|hash| hash == document));
        let attached = self.attachments(document).flat_map(|it| it.about.use_cases(self));
        evidence
            .map(|evidence| evidence.use_case)
            .chain(words.map(|word| word.use_case))
            .chain(incidents.filter_map(|incident| incident.use_case()))
            .chain(attached)
            .collect()
    }

    /// What a document was attached to, by its hash.
    fn attachments(&self, document: &str) -> impl Iterator<Item = &Attachment> {
        let attached = self.vendors.documents.values().map(|it| &it.attachment);
        attached.filter(move |it| it.hash == document)
    }

    /// True when something on record names a document.
    #[must_use]
    pub fn has_document(&self, document: &str) -> bool {
        let mut incidents = self.incidents.incidents.values();
        self.attachments(document).next().is_some()
            || incidents.any(|it| it.analyses.iter().any(|hash| hash == document))
            || !self.use_cases_of_document(document).is_empty()
    }

    /// A legal hold that stands over a document now.
    #[must_use]
    pub fn hold_over(&self, document: &str) -> Option<&Hold> {
        let use_cases = self.use_cases_of_document(document);
        let mut standing = self.holds.all.values().filter(|hold| hold.released.is_none());
        standing.find(|hold| hold.about.covers(&use_cases))
    }
}

impl Deciding<'_> {
    pub(crate) fn holds(&self, act: &HoldsAct) -> Decided {
        let change = match act {
            HoldsAct::PlaceHold { about, reason } => self.place_hold(*about, reason)?,
            HoldsAct::ReleaseHold { hold, reason } => self.release_hold(*hold, reason)?,
            HoldsAct::EraseDocument { document, reason } => {
                self.erase_document(document, reason)?
            }
        };
        Ok(vec![Change::Holds(change)])
    }

    /// Refuses what was erased: to name it again would promise what nobody can show.
    pub(crate) fn not_erased(&self, document: &str) -> Result<(), Refusal> {
        if self.record.holds.erased.contains_key(document) {
            return Err(Refusal::Part(crate::PartRefusal::DocumentErased(document.to_owned())));
        }
        Ok(())
    }

    fn place_hold(&self, about: HoldScope, reason: &str) -> Result<HoldsChange, Refusal> {
        self.person()?;
        say_something("the reason", reason)?;
        if let HoldScope::UseCase { use_case } = about {
            self.use_case(use_case)?;
        }
        let hold = HoldId(next_number(&self.record.holds.all, |id: HoldId| id.0));
        Ok(HoldsChange::HoldPlaced { hold, about, reason: reason.to_owned() })
    }

    fn release_hold(&self, id: HoldId, reason: &str) -> Result<HoldsChange, Refusal> {
        self.person()?;
        say_something("the reason", reason)?;
        if find(&self.record.holds.all, &id, "legal hold")?.released.is_some() {
            return Err(Refusal::Part(crate::PartRefusal::HoldReleased(id)));
        }
        Ok(HoldsChange::HoldReleased { hold: id, reason: reason.to_owned() })
    }

    /// Invariant H1, and more: only what nothing needs any more is erased.
    fn erase_document(&self, document: &str, reason: &str) -> Result<HoldsChange, Refusal> {
        self.person()?;
        say_something("the reason", reason)?;
        let kept = |because: String| {
            Refusal::Part(crate::PartRefusal::DocumentNeeded { document: document.into(), because })
        };
        self.not_erased(document)?;
        if !self.record.has_document(document) {
            return Err(Refusal::Unknown { what: "document", id: document.to_owned() });
        }
        if let Some(hold) = self.record.hold_over(document) {
            return Err(Refusal::Part(crate::PartRefusal::UnderHold {
                document: document.to_owned(),
                hold: hold.id,
            }));
        }
        let of_it = |it: &&Incident| it.analyses.iter().any(|hash| hash == document);
        let mut incidents = self.record.incidents.incidents.values().filter(of_it);
        if let Some(open) = incidents.find(|it| it.keeps_documents(self.command.at)) {
            return Err(kept(format!("{} is open, or must be kept by law", open.id)));
        }
        let use_cases = self.record.use_cases_of_document(document);
        let needed = use_cases.iter().find(|id| {
            let use_case = self.record.use_cases.get(id);
            use_case.is_none_or(|it| !matches!(it.stage, Stage::Retired { .. }))
        });
        if let Some(needed) = needed {
            return Err(kept(format!("{needed} rests on it and is not over")));
        }
        Ok(HoldsChange::DocumentErased { document: document.into(), reason: reason.to_owned() })
    }
}

/// Folds a change into the record.
pub(crate) fn apply(record: &mut Record, event: &Event, change: &HoldsChange) -> Result<(), Fault> {
    let by = event.actor.person().ok_or_else(|| unknown(&event.actor))?.clone();
    let (at, seq) = (event.at, event.seq);
    match change {
        HoldsChange::HoldPlaced { hold, about, reason } => {
            let (id, about, reason) = (*hold, *about, reason.clone());
            record.holds.all.insert(id, Hold { id, about, reason, by, at, seq, released: None });
        }
        HoldsChange::HoldReleased { hold, reason } => {
            let hold = record.holds.all.get_mut(hold).ok_or_else(|| unknown(hold))?;
            hold.released = Some(Release { by, at, seq, reason: reason.clone() });
        }
        HoldsChange::DocumentErased { document, reason } => {
            let use_cases = record.use_cases_of_document(document);
            let (document, reason) = (document.clone(), reason.clone());
            let erasure = Erasure { document: document.clone(), use_cases, by, at, seq, reason };
            record.holds.erased.insert(document, erasure);
        }
    }
    Ok(())
}

/// What waits about legal holds: nothing, they stand until somebody releases them.
pub(crate) fn tasks(_record: &Record, _now: Timestamp, _tasks: &mut Vec<Task>) {}

/// What a use case lacks in this part: nothing.
pub(crate) fn missing(_record: &Record, _use_case: &UseCase, _now: Timestamp) -> Vec<String> {
    Vec::new()
}
