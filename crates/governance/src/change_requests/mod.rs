//! Change requests: what an update of a live use case takes.
//!
//! A request is routed by kind and tier. What it takes beyond a note is shown on the version that
//! is to run: a candidate, which runs silently beside the live one and acts for nobody until the
//! request is settled.

mod apply;
mod decide;
mod matrix;
mod settle;
mod words;
mod work;

use crate::map::Map;
use crate::{
    ChangeRequestId, DecisionId, Deployment, EvidenceId, Instant, PersonId, Record, RequirementId,
    SiteId, Subject, Tier, UseCase, UseCaseId, Validation, Version,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use strum::{IntoStaticStr, VariantNames};

pub(crate) use apply::{apply, went_live};
pub use matrix::{
    ApprovedEnvelope, ChangeKind, ChangeMatrix, ChangeRule, Envelope, Limits, Modification, Route,
};
pub(crate) use work::{missing, tasks};

/// What can be asked for about change requests: what an update of a live use case takes.
#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, IntoStaticStr, VariantNames,
)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
#[strum(serialize_all = "snake_case")]
pub enum ChangeRequestsAct {
    /// Adopts the matrix that says what each kind of change takes in each tier.
    AdoptChangeMatrix(ChangeMatrix),
    /// Describes changes that may come about more lightly later. It takes effect with the next
    /// approval of the use case.
    DraftEnvelope {
        /// The use case.
        use_case: UseCaseId,
        /// What may change, how it is tested, what it could do.
        envelope: Envelope,
    },
    /// Asks for a change of a live use case. The matrix in force says what it takes.
    RequestChange {
        /// The use case.
        use_case: UseCaseId,
        /// The kind of change.
        kind: ChangeKind,
        /// The version that is to run then; a vendor release and a retraining need one.
        #[serde(default)]
        version: Option<String>,
        /// The site that is added; needed for an added site.
        #[serde(default)]
        site: Option<SiteId>,
        /// What changes and why.
        description: String,
        /// What the envelope limits, by name, such as `threshold`.
        #[serde(default)]
        values: BTreeMap<String, f64>,
    },
    /// Starts the silent run of the version that a change request is about, beside the live one.
    RunCandidate {
        /// The change request.
        change: ChangeRequestId,
    },
    /// Notes what a check of a use case after an upgrade of the electronic health record found.
    NoteCheck {
        /// The use case that was checked.
        use_case: UseCaseId,
        /// The change request that asks for the check.
        change: ChangeRequestId,
        /// What was looked at and found.
        finding: String,
    },
    /// Closes a change request that takes no more than a note. A version that it names runs from
    /// then on.
    NoteChange {
        /// The change request.
        change: ChangeRequestId,
        /// What was done.
        note: String,
    },
    /// Closes a change request whose re-validation is done. A version that it names runs from then
    /// on.
    CloseChange {
        /// The change request.
        change: ChangeRequestId,
        /// What was done.
        note: String,
    },
    /// Takes a change request back. A candidate stops running.
    WithdrawChange {
        /// The change request.
        change: ChangeRequestId,
        /// Why.
        reason: String,
    },
    /// Puts the version back that ran before the last change, in an emergency. Its validation must
    /// not have run out.
    RollBack {
        /// The use case.
        use_case: UseCaseId,
        /// Why.
        reason: String,
    },
}

/// What changed about change requests: what an update of a live use case takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ChangeRequestsChange {
    /// A matrix was adopted.
    ChangeMatrixAdopted(ChangeMatrix),
    /// An envelope was drafted.
    EnvelopeDrafted {
        /// The use case.
        use_case: UseCaseId,
        /// The envelope.
        envelope: Envelope,
    },
    /// A change was asked for.
    ChangeRequested(Box<ChangeRequest>),
    /// A candidate began to run silently.
    CandidateBegun {
        /// The change request.
        change: ChangeRequestId,
        /// Where and how.
        deployment: Deployment,
    },
    /// A check was noted.
    CheckNoted {
        /// The change request.
        change: ChangeRequestId,
        /// The use case that was checked.
        use_case: UseCaseId,
        /// What was found.
        finding: String,
    },
    /// A change request was settled.
    ChangeSettled {
        /// The change request.
        change: ChangeRequestId,
        /// How.
        settled: Settled,
    },
    /// A live use case was validated anew; another version may run from then on.
    Revalidated {
        /// The use case.
        use_case: UseCaseId,
        /// What runs.
        deployment: Deployment,
        /// What it proved.
        validation: Validation,
    },
    /// The version that ran before the last change was put back.
    RolledBack {
        /// The use case.
        use_case: UseCaseId,
        /// What runs again.
        deployment: Deployment,
        /// What it proved.
        validation: Validation,
        /// Why.
        reason: String,
    },
}

/// A request to change a live use case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChangeRequest {
    /// Its id.
    pub id: ChangeRequestId,
    /// The use case.
    pub use_case: UseCaseId,
    /// The kind of change.
    pub kind: ChangeKind,
    /// The version that is to run then.
    pub version: Option<String>,
    /// The site that is added.
    pub site: Option<SiteId>,
    /// What changes and why.
    pub description: String,
    /// What the envelope limits.
    pub values: BTreeMap<String, f64>,
    /// Who asked.
    pub requested_by: PersonId,
    /// When.
    #[schemars(with = "Instant")]
    pub requested_at: Timestamp,
    /// Who sees to it: the technical owner at that time.
    pub owner: PersonId,
    /// By when it must be settled.
    #[schemars(with = "Instant")]
    pub due: Timestamp,
    /// The tier of the use case at that time.
    pub tier: Tier,
    /// What it takes.
    pub route: Route,
    /// The requirements to show met again; empty when it is all of them, or none.
    pub requirements: BTreeSet<RequirementId>,
    /// Why it takes that, in plain words.
    pub because: String,
    /// The live use cases of the vendor, this one too, which an upgrade of the electronic health
    /// record may have changed, each with what its check found.
    pub checks: BTreeMap<UseCaseId, Option<String>>,
    /// The silent run of the version, beside the live one.
    pub candidate: Option<Candidate>,
    /// How it was settled; none while it is open.
    pub settled: Option<Settled>,
}

/// A version that runs silently beside the live one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Candidate {
    /// Where and how it runs.
    pub deployment: Deployment,
    /// Since when.
    #[schemars(with = "Instant")]
    pub since: Timestamp,
}

/// How a change request was settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Settled {
    /// How.
    pub how: Settling,
    /// By whom.
    pub by: PersonId,
    /// When.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
    /// What was done, or why not.
    pub note: String,
    /// The evidence that it rests on.
    pub evidence: Option<EvidenceId>,
    /// The decision that it rests on.
    pub decision: Option<DecisionId>,
}

/// The ways to settle a change request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Settling {
    /// It took a note.
    Noted,
    /// Its re-validation is done.
    Validated,
    /// A body approved it.
    Approved,
    /// A body declined it.
    Declined,
    /// It was taken back.
    Withdrawn,
}

/// The part of the record about change requests: what an update of a live use case takes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ChangeRequests {
    /// The matrix in force.
    pub matrix: Option<ChangeMatrix>,
    /// The requests, settled ones too.
    pub requests: Map<ChangeRequestId, ChangeRequest>,
    /// What stands about each use case that had to do with change.
    pub of: Map<UseCaseId, UseCaseChanges>,
}

/// What stands about the changes of a use case.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UseCaseChanges {
    /// Its open requests.
    pub open: BTreeSet<ChangeRequestId>,
    /// The envelope that takes effect with the next approval.
    pub drafted: Option<Envelope>,
    /// The envelope in force.
    pub envelope: Option<ApprovedEnvelope>,
    /// What ran before the last change of version.
    pub before: Option<Before>,
    /// The versions that a body declined or that were rolled back: they make nothing stale.
    pub declined: BTreeSet<String>,
    /// When it last changed.
    #[schemars(with = "Option<Instant>")]
    pub changed_at: Option<Timestamp>,
}

/// What ran before the last change of version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Before {
    /// Where and how.
    pub deployment: Deployment,
    /// What it proved.
    pub validation: Validation,
}

/// For how many days after a change a use case is watched as closely as the next tier.
const HEIGHTENED_DAYS: u32 = 56;

impl ChangeRequest {
    /// True until it is settled.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.settled.is_none()
    }
}

impl Record {
    /// The open change requests of a use case.
    pub fn open_changes(&self, use_case: UseCaseId) -> impl Iterator<Item = &ChangeRequest> {
        let open = self.change_requests.of.get(&use_case).map(|of| &of.open);
        open.into_iter().flatten().filter_map(|id| self.change_requests.requests.get(id))
    }

    /// The change of a use case that waits for a new approval; there is one at most.
    #[must_use]
    pub fn change_to_approve(&self, use_case: UseCaseId) -> Option<&ChangeRequest> {
        self.open_changes(use_case).find(|request| request.route == Route::Approval)
    }

    /// The version that runs silently beside the live one, with its request; there is one at most.
    #[must_use]
    pub fn candidate(&self, use_case: &UseCase) -> Option<(&ChangeRequest, &Candidate)> {
        use_case.stage.live()?;
        self.open_changes(use_case.id)
            .find_map(|request| Some((request, request.candidate.as_ref()?)))
    }

    /// What a motion to approve a use case lets act: the candidate of a change that waits for a new
    /// approval, or else what runs.
    pub(crate) fn to_approve<'a>(&'a self, use_case: &'a UseCase) -> Option<&'a Deployment> {
        let candidate = use_case.stage.live().and_then(|_| {
            Some(&self.change_to_approve(use_case.id)?.candidate.as_ref()?.deployment)
        });
        candidate.or_else(|| use_case.stage.deployment())
    }

    /// The versions that are out, newer than the one that runs since a use case went live, and not
    /// declined; a version that is to be released counts from then on.
    pub fn newer_versions<'a>(
        &'a self,
        use_case: &'a UseCase,
    ) -> impl Iterator<Item = &'a Version> {
        let live = use_case.stage.live();
        let versions = self.systems.get(&use_case.proposal.system).map(|system| &system.versions);
        let running = live.and_then(|live| versions?.get(&live.validation.version));
        let of = self.change_requests.of.get(&use_case.id);
        let declined = move |label: &String| of.is_some_and(|of| of.declined.contains(label));
        versions.into_iter().flat_map(|versions| versions.values()).filter(move |version| {
            live.is_some_and(|live| version.released > live.since)
                && running.is_none_or(|running| version.released > running.released)
                && !declined(&version.label)
        })
    }

    /// Until when a use case that changed is watched as closely as the next tier asks; none when
    /// that is over by `now`.
    #[must_use]
    pub fn heightened_until(&self, use_case: UseCaseId, now: Timestamp) -> Option<Timestamp> {
        let changed = self.change_requests.of.get(&use_case)?.changed_at?;
        Some(crate::days_after(changed, HEIGHTENED_DAYS)).filter(|until| *until > now)
    }
}

impl ChangeRequestsAct {
    /// What the act is about, as far as rights depend on it.
    #[must_use]
    pub fn subject(&self) -> Subject {
        match self {
            Self::AdoptChangeMatrix(_) => Subject::Record,
            Self::DraftEnvelope { use_case, .. }
            | Self::RequestChange { use_case, .. }
            | Self::NoteCheck { use_case, .. }
            | Self::RollBack { use_case, .. } => Subject::UseCase(*use_case),
            Self::RunCandidate { change }
            | Self::NoteChange { change, .. }
            | Self::CloseChange { change, .. }
            | Self::WithdrawChange { change, .. } => Subject::Change(*change),
        }
    }
}
