//! What a use case has to prove, requirement by requirement, at a point in time.

use crate::{
    Attestation, Excepted, ExceptionId, Finding, Proof, Record, RequirementId, Stage, Status, Task,
    UseCase,
};
use RequirementState::Met;
use jiff::Timestamp;
use serde::Serialize;

/// A requirement of a use case's standard, and how it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RequirementStatus {
    /// The requirement.
    pub requirement: RequirementId,
    /// The requirement in plain words.
    pub title: String,
    /// How it stands.
    pub state: RequirementState,
    /// The finding, or what is missing, in plain words.
    pub because: String,
}

/// How a requirement stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RequirementState {
    /// Proved for the version that runs.
    Met,
    /// Not proved yet, or not any more.
    Missing,
    /// Disproved for the version that runs.
    Failed,
    /// Not proved, and a body excepted it for a time.
    Excepted {
        /// The exception.
        exception: ExceptionId,
    },
    /// Proved for a version that a newer one has overtaken.
    Stale {
        /// The newer version.
        since_version: String,
    },
}

impl Record {
    /// Every requirement that a use case has to meet now, in the order of its standard. Empty
    /// before its tier is known, and where no standard is in force.
    #[must_use]
    pub fn requirements(&self, use_case: &UseCase, now: Timestamp) -> Vec<RequirementStatus> {
        let Some(standard) = self.standard_of(use_case, now) else { return Vec::new() };
        let version = use_case.stage.deployment().map(|deployment| deployment.version.as_str());
        let newer = self.newer_version(use_case);
        let evidence = version.and_then(|version| self.latest_evidence(use_case.id, version));
        // Evidence judged against another version of the standard says nothing about this one.
        let evidence = evidence.filter(|evidence| evidence.standard == standard.label());
        let words: Vec<&Attestation> =
            version.map(|it| self.attested(use_case.id, it, now).collect()).unwrap_or_default();
        let reviewed =
            version.map(|it| self.reviewed(use_case.id, it, standard)).unwrap_or_default();
        let mut judged = standard.judge(&[], &words, &reviewed);
        for finding in &mut judged {
            let asked = standard.requirements.iter().find(|it| it.id == finding.requirement);
            if asked.is_some_and(|asked| matches!(asked.proof, Proof::Computed(_))) {
                let computed = evidence.iter().flat_map(|evidence| &evidence.findings);
                let computed = computed.clone().find(|it| it.requirement == finding.requirement);
                finding.because = "no evidence on the version that runs yet".to_owned();
                if let Some(computed) = computed {
                    finding.clone_from(computed);
                }
            }
        }
        let asked = standard.requirements.iter().zip(judged);
        asked
            .map(|(asked, finding)| RequirementStatus {
                requirement: asked.id.clone(),
                title: asked.title.clone(),
                state: self.state_of(use_case, &finding, newer.as_ref(), now),
                because: finding.because,
            })
            .collect()
    }

    fn state_of(
        &self,
        use_case: &UseCase,
        finding: &Finding,
        newer: Option<&String>,
        now: Timestamp,
    ) -> RequirementState {
        let what = Excepted::Requirement { requirement: finding.requirement.clone() };
        let excepted = || self.excepted(use_case.id, &what, now);
        match (finding.status, newer) {
            (Status::Met, Some(newer)) => RequirementState::Stale { since_version: newer.clone() },
            (Status::Met, None) => Met,
            (status, _) => match excepted() {
                Some(exception) => RequirementState::Excepted { exception: exception.id },
                None if status == Status::Failed => RequirementState::Failed,
                None => RequirementState::Missing,
            },
        }
    }

    /// The newest version that came out since a use case went live and was not validated.
    fn newer_version(&self, use_case: &UseCase) -> Option<String> {
        let newer = self.newer_versions(use_case);
        newer.max_by_key(|version| version.released).map(|version| version.label.clone())
    }
}

/// What a use case on its way still has to prove, in one task.
pub(crate) fn tasks(record: &Record, now: Timestamp, tasks: &mut Vec<Task>) {
    for use_case in record.use_cases.values() {
        let Stage::Piloting { deployment, .. } = &use_case.stage else { continue };
        if record.met_evidence(use_case.id, &deployment.version, now).is_some() {
            continue;
        }
        let open: Vec<_> = record
            .requirements(use_case, now)
            .into_iter()
            .filter(|it| !matches!(it.state, Met | RequirementState::Excepted { .. }))
            .map(|it| it.requirement.to_string())
            .collect();
        let owners = use_case.owners.as_ref();
        // Owners give their word; evidence is recorded by the technical one.
        let (owner, what) = if open.is_empty() {
            let what = "Record evidence or have it assessed: every requirement is proved";
            (owners.map(|it| &it.technical), what.to_owned())
        } else {
            let what = format!("Prove what the standard still asks: {}", open.join(", "));
            (owners.map(|it| &it.business), what)
        };
        let owner = owner.unwrap_or(&use_case.submitter);
        let Some(who) = record.answers(use_case, owner) else { continue };
        tasks.push(Task {
            who,
            what,
            use_case: Some(use_case.id),
            case: None,
            decision: None,
            due: None,
            overdue: false,
        });
    }
}
