//! The permit table: one entry for each use case, compiled from the record.

use crate::{Answer, Code, Reason, Request, Verdict};
use governance::{Deployment, Mode, Record, Stage, Tier, UseCase, UseCaseId, WorkflowId};
use jiff::Timestamp;
use std::collections::{BTreeSet, HashMap};

/// Who may act, compiled from one state of the record.
#[derive(Debug)]
pub struct PermitTable {
    entries: HashMap<UseCaseId, Entry>,
    as_of_event: u64,
}

#[derive(Debug)]
struct Entry {
    workflow: WorkflowId,
    versions: BTreeSet<String>,
    tier: Option<Tier>,
    /// The version that runs silently beside the live one, to be validated.
    candidate: Option<String>,
    state: State,
}

#[derive(Debug)]
enum State {
    /// It may act as deployed, until it has been out of policy for too long.
    Open {
        deployment: Deployment,
        reason: Reason,
        obligations: Vec<String>,
        closes: Option<Closes>,
    },
    /// It may not act.
    Shut(Reason),
}

/// When the gate closes by itself, if nothing is mended, and why.
#[derive(Debug)]
struct Closes {
    at: Timestamp,
    because: String,
}

impl PermitTable {
    /// Compiles the table from a record.
    #[must_use]
    pub fn compile(record: &Record) -> Self {
        let entries = record.use_cases.values().map(|it| (it.id, Entry::compile(record, it)));
        Self { entries: entries.collect(), as_of_event: record.next_seq }
    }

    /// The number of events that the table rests on.
    #[must_use]
    pub fn as_of_event(&self) -> u64 {
        self.as_of_event
    }

    /// Answers a request at `now`. Anything that is not permitted is denied.
    #[must_use]
    pub fn check(&self, request: &Request, now: Timestamp) -> Answer {
        let Some(entry) = self.entries.get(&request.use_case) else {
            let text = format!("the record has no use case {}", request.use_case);
            return self.deny(None, vec![Reason { code: Code::UnknownUseCase, text }]);
        };
        match entry.judge(request, now) {
            Ok((reason, mode, obligations)) => Answer {
                verdict: Verdict::Permit,
                reasons: vec![reason.clone()],
                obligations: obligations.to_vec(),
                mode: Some(mode),
                tier: entry.tier,
                as_of_event: self.as_of_event,
            },
            Err(reasons) => self.deny(entry.tier, reasons),
        }
    }

    fn deny(&self, tier: Option<Tier>, reasons: Vec<Reason>) -> Answer {
        Answer {
            verdict: Verdict::Deny,
            reasons,
            obligations: Vec::new(),
            mode: None,
            tier,
            as_of_event: self.as_of_event,
        }
    }
}

impl Answer {
    /// True when the version that asked is not on record, so that a case must be opened.
    #[must_use]
    pub fn is_unknown_version(&self) -> bool {
        self.reasons.iter().any(|reason| reason.code == Code::UnknownVersion)
    }
}

impl Entry {
    fn compile(record: &Record, use_case: &UseCase) -> Self {
        let system = record.systems.get(&use_case.proposal.system);
        Self {
            workflow: use_case.proposal.workflow.clone(),
            versions: system.map(|it| it.versions.keys().cloned().collect()).unwrap_or_default(),
            tier: use_case.stage.tier().map(|tier| tier.tier),
            candidate: record.candidate(use_case).map(|(_, it)| it.deployment.version.clone()),
            state: State::compile(record, use_case),
        }
    }

    /// The reasons to deny, all of them; or the reason to permit with its obligations.
    fn judge(
        &self,
        request: &Request,
        now: Timestamp,
    ) -> Result<(&Reason, Mode, &[String]), Vec<Reason>> {
        let mut reasons = Vec::new();
        let mut object = |code, text| reasons.push(Reason { code, text });
        let version = &request.version;
        if !self.versions.contains(version) {
            object(Code::UnknownVersion, format!("version `{version}` is not on record"));
        }
        if self.workflow != request.workflow {
            let text = format!("it is for `{}`, not `{}`", self.workflow, request.workflow);
            object(Code::OtherWorkflow, text);
        }
        match &self.state {
            State::Shut(reason) => object(reason.code, reason.text.clone()),
            State::Open { deployment, reason, obligations, closes } => {
                let runs = &deployment.version;
                if self.versions.contains(version) && version != runs {
                    let candidate = self.candidate.as_ref().filter(|of| *of == version);
                    let text = match candidate {
                        Some(_) => format!(
                            "version {runs} runs; `{version}` is a candidate, which acts for nobody"
                        ),
                        None => format!("version {runs} runs, not `{version}`"),
                    };
                    object(Code::OtherVersion, text);
                }
                if deployment.site != request.site {
                    let text = format!("it runs at `{}`, not `{}`", deployment.site, request.site);
                    object(Code::OtherSite, text);
                }
                if let Some(closed) = closes.as_ref().filter(|closes| closes.at <= now) {
                    object(Code::OutOfPolicy, closed.because.clone());
                }
                if reasons.is_empty() {
                    return Ok((reason, deployment.mode, obligations));
                }
            }
        }
        Err(reasons)
    }
}

impl State {
    fn compile(record: &Record, use_case: &UseCase) -> Self {
        let id = use_case.id;
        match &use_case.stage {
            Stage::Live(live) => {
                let decision = live.path.decision;
                let text = format!("{id} is live under {decision}");
                Self::Open {
                    deployment: live.deployment.clone(),
                    reason: Reason { code: Code::Approved, text },
                    obligations: obligations(record, use_case),
                    closes: closes(record, use_case),
                }
            }
            Stage::Piloting { deployment, .. } => {
                let text = format!("{id} runs in {} mode to gather evidence", deployment.mode);
                let mut obligations = obligations(record, use_case);
                if deployment.mode == Mode::Silent {
                    obligations
                        .insert(0, "Show the output to nobody who cares for patients".into());
                }
                Self::Open {
                    deployment: deployment.clone(),
                    reason: Reason { code: Code::Pilot, text },
                    obligations,
                    closes: None,
                }
            }
            Stage::Suspended { suspension, .. } => Self::Shut(Reason {
                code: Code::Suspended,
                text: format!(
                    "{id} has been suspended since {}: {}",
                    suspension.at,
                    clause(&suspension.reason)
                ),
            }),
            Stage::Retired { retirement } => Self::Shut(Reason {
                code: Code::Retired,
                text: format!(
                    "{id} is over by {}: {}",
                    retirement.decision,
                    clause(&retirement.reason)
                ),
            }),
            stage => Self::Shut(Reason {
                code: Code::NotLive,
                text: format!("{id} is {stage}; nothing may act for it yet"),
            }),
        }
    }
}

/// A reason as the end of a sentence whose full stop whoever shows it sets.
fn clause(reason: &str) -> &str {
    reason.trim_end().trim_end_matches('.')
}

fn obligations(record: &Record, use_case: &UseCase) -> Vec<String> {
    let tier = use_case.stage.tier().map(|tier| tier.tier);
    let policy = record.tier_policy.as_ref();
    let duties = tier.and_then(|tier| policy?.duties_of(tier));
    duties.map(|duties| duties.obligations.clone()).unwrap_or_default()
}

/// When the gate will close, unless an event changes the record first: the standing at the end of
/// time holds every lapse that is to come. An exception that raises the tier is over by then, and
/// counts at the lapse, or now where that has come: the shorter grace closes the gate.
fn closes(record: &Record, use_case: &UseCase) -> Option<Closes> {
    let standing = record.standing(use_case, Timestamp::MAX);
    let since = standing.out_of_policy_since?;
    let seen_at = record.last_at.map_or(since, |last| last.max(since));
    let raised = record.outline(use_case, seen_at).gate_closes_at;
    let at = standing.gate_closes_at.into_iter().chain(raised).min()?;
    let lapsed = standing
        .fields
        .iter()
        .find(|field| field.state == governance::FieldState::Lapsed { since })?;
    let because = format!(
        "{} has been out of policy since {since}: {}: {}",
        use_case.id,
        lapsed.kind.title().to_lowercase(),
        lapsed.because
    );
    Some(Closes { at, because })
}
