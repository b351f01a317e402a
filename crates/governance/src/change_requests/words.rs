//! What changed about change requests, in plain words.

use super::{ChangeRequestsChange, Settling};
use crate::{ChangeRequestId, Record, UseCaseId};

impl ChangeRequestsChange {
    /// The use case that the change is about, if it is about one.
    #[must_use]
    pub fn use_case(&self, record: &Record) -> Option<UseCaseId> {
        let of = |id: &ChangeRequestId| Some(record.change_requests.requests.get(id)?.use_case);
        match self {
            Self::ChangeMatrixAdopted(_) => None,
            Self::ChangeRequested(request) => Some(request.use_case),
            Self::CandidateBegun { change, .. } | Self::ChangeSettled { change, .. } => of(change),
            Self::EnvelopeDrafted { use_case, .. }
            | Self::CheckNoted { use_case, .. }
            | Self::Revalidated { use_case, .. }
            | Self::RolledBack { use_case, .. } => Some(*use_case),
        }
    }

    /// What changed, in plain words. The record gives names to what it mentions.
    #[must_use]
    pub fn in_words(&self, _record: &Record) -> String {
        match self {
            Self::ChangeMatrixAdopted(matrix) => {
                format!("Adopted the change matrix {} {}", matrix.id, matrix.version)
            }
            Self::EnvelopeDrafted { .. } => {
                "Drafted an envelope of changes, for the next approval".to_owned()
            }
            Self::ChangeRequested(request) => format!(
                "Requested {}, {}: it takes {}; {}",
                request.id,
                request.kind.with_article(),
                request.route,
                request.because
            ),
            Self::CandidateBegun { change, deployment } => {
                format!("Began the silent run of version {} for {change}", deployment.version)
            }
            Self::CheckNoted { change, finding, .. } => {
                format!("Checked it for {change}: {finding}")
            }
            Self::ChangeSettled { change, settled } => {
                let how = match settled.how {
                    Settling::Noted => "Noted",
                    Settling::Validated => "Closed as validated",
                    Settling::Approved => "Approved",
                    Settling::Declined => "Declined",
                    Settling::Withdrawn => "Withdrew",
                };
                format!("{how} {change}: {}", settled.note)
            }
            Self::Revalidated { deployment, validation, .. } => {
                format!("Version {} runs, validated by {}", deployment.version, validation.evidence)
            }
            Self::RolledBack { deployment, reason, .. } => {
                format!("Put version {} back: {reason}", deployment.version)
            }
        }
    }
}
