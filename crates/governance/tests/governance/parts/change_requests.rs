//! Change requests: what an update of a live use case takes.

use crate::hospital::*;
use governance::*;
use statistics::Measure;

/// An act at random, with somebody whose act it may be; none when there is nothing to act on.
pub fn any(hospital: &Hospital, pick: [usize; 4]) -> Option<(&'static str, Act)> {
    let record = &hospital.record;
    if record.change_requests.matrix.is_none() && pick[0] > 0 {
        return Some(("office", changing(ChangeRequestsAct::AdoptChangeMatrix(change_matrix()))));
    }
    if !record.systems[&SYS].versions.contains_key("v2") {
        return Some(("office", register_version("v2", "2024-03-01T00:00:00Z")));
    }
    let newest = record.change_requests.requests.values().next_back();
    let open = newest.filter(|request| request.is_open());
    // Half of the time the next step of what is open, else anything.
    if let Some(request) = open.filter(|_| pick[0] < 8) {
        return Some(next(request, pick));
    }
    let change = ChangeRequestId(u32::try_from(1 + pick[3] / 4).ok()?);
    let note = "so".to_owned();
    Some(match pick[1] {
        0 => ("tech", changing(ChangeRequestsAct::DraftEnvelope { use_case: UC, envelope: envelope() })),
        1..=6 => {
            let kinds = [
                ChangeKind::Prompt,
                ChangeKind::VendorRelease,
                ChangeKind::IntendedUse,
                ChangeKind::Threshold,
                ChangeKind::EhrUpgrade,
                ChangeKind::Site,
            ];
            let kind = kinds[pick[2] % 6];
            let version = ["v2", "v2", "v1", "v7"][pick[3] % 4];
            let version = (pick[2] % 6 < 3).then_some(version).filter(|_| pick[2] != 8);
            ("tech", request_change(kind, version, 0.15))
        }
        7 => ("owner", changing(ChangeRequestsAct::RunCandidate { change })),
        8 => ("owner", changing(ChangeRequestsAct::NoteChange { change, note })),
        9 => ("owner", changing(ChangeRequestsAct::WithdrawChange { change, reason: note })),
        _ => ("tech", changing(ChangeRequestsAct::RollBack { use_case: UC, reason: note })),
    })
}

/// The next step of an open request, or now and then its end.
fn next(request: &ChangeRequest, pick: [usize; 4]) -> (&'static str, Act) {
    let (change, note) = (request.id, "so".to_owned());
    let unchecked = request.checks.iter().find(|(_, finding)| finding.is_none());
    if let Some((use_case, _)) = unchecked.filter(|_| pick[2] > 1) {
        let (use_case, finding) = (*use_case, note);
        return ("tech", changing(ChangeRequestsAct::NoteCheck { use_case, change, finding }));
    }
    let version = request.version.clone().unwrap_or_else(|| "v1".to_owned());
    let act = match request.route {
        _ if pick[2] == 0 => ChangeRequestsAct::WithdrawChange { change, reason: note },
        Route::Note => ChangeRequestsAct::NoteChange { change, note },
        _ if request.version.is_some() && request.candidate.is_none() => {
            ChangeRequestsAct::RunCandidate { change }
        }
        _ if pick[1] < 3 => return ("owner", attest_on(&version)),
        _ if pick[1] < 6 => return ("assessor", evidence_on(&version, 0.7)),
        Route::Approval if pick[1] < 9 => return ("chair", open_motion(approve(Outcome::Go))),
        _ => ChangeRequestsAct::CloseChange { change, note },
    };
    ("owner", changing(act))
}

fn attest_on(version: &str) -> Act {
    let Act::Attest { use_case, requirement, statement, valid_until, .. } = attest() else {
        return attest();
    };
    Act::Attest { use_case, version: version.into(), requirement, statement, valid_until, document: None }
}

pub fn evidence_on(version: &str, auroc: f64) -> Act {
    Act::RecordEvidence {
        use_case: UC,
        version: version.into(),
        span: "since".into(),
        report_digest: "ab".into(),
        document: "cd".into(),
        n: 1000,
        estimates: vec![estimate(Measure::Auroc, auroc, None)],
    }
}

/// The rules of this part a second time. What a body decides is in the model of the whole.
#[derive(Default)]
pub struct Model {
    commands: Vec<String>,
    adopted: bool,
    requests: Vec<Request>,
}

struct Request {
    kind: ChangeKind,
    candidate: bool,
    checked: usize,
    settled: &'static str,
}

impl Model {
    /// Whether the core must accept the command; none when the model does not know.
    pub fn expects(&self, command: &Command) -> Option<bool> {
        let Act::ChangeRequests(act) = &command.act else { return None };
        if self.commands.contains(&command.id.to_string()) {
            return None;
        }
        let open = |change: &ChangeRequestId| {
            let request = self.requests.get(change.0 as usize - 1);
            request.filter(|request| request.settled == "open")
        };
        let possible = match act {
            ChangeRequestsAct::AdoptChangeMatrix(_) => return Some(!self.adopted),
            ChangeRequestsAct::DraftEnvelope { .. } | ChangeRequestsAct::RollBack { .. } => true,
            ChangeRequestsAct::RequestChange { .. } => self.adopted,
            ChangeRequestsAct::RunCandidate { change } => {
                open(change).is_some_and(|request| !request.candidate)
            }
            ChangeRequestsAct::NoteCheck { change, .. } => {
                open(change).is_some_and(|request| request.kind == ChangeKind::EhrUpgrade)
            }
            ChangeRequestsAct::NoteChange { change, .. }
            | ChangeRequestsAct::CloseChange { change, .. }
            | ChangeRequestsAct::WithdrawChange { change, .. } => open(change).is_some(),
        };
        (!possible).then_some(false)
    }

    /// Plays a command that the core accepted.
    pub fn play(&mut self, command: &Command) {
        self.commands.push(command.id.to_string());
        let Act::ChangeRequests(act) = &command.act else { return };
        match act {
            ChangeRequestsAct::AdoptChangeMatrix(_) => self.adopted = true,
            ChangeRequestsAct::DraftEnvelope { .. } | ChangeRequestsAct::RollBack { .. } => {}
            ChangeRequestsAct::RequestChange { kind, .. } => self.requests.push(Request {
                kind: *kind,
                candidate: false,
                checked: 0,
                settled: "open",
            }),
            ChangeRequestsAct::RunCandidate { change } => self.of(*change).candidate = true,
            ChangeRequestsAct::NoteCheck { change, .. } => self.of(*change).checked += 1,
            ChangeRequestsAct::NoteChange { change, .. } => {
                let request = self.of(*change);
                let heavy = [ChangeKind::IntendedUse, ChangeKind::Retraining];
                assert!(!heavy.contains(&request.kind), "noted what takes more");
                assert!(request.kind != ChangeKind::EhrUpgrade || request.checked > 0);
                request.settled = "noted";
            }
            ChangeRequestsAct::CloseChange { change, .. } => {
                let request = self.of(*change);
                let light = [ChangeKind::Prompt, ChangeKind::EhrUpgrade, ChangeKind::Site];
                assert!(!light.contains(&request.kind), "re-validated what takes a note");
                assert!(request.candidate || request.kind != ChangeKind::VendorRelease);
                request.settled = "validated";
            }
            ChangeRequestsAct::WithdrawChange { change, .. } => {
                self.of(*change).settled = "withdrawn";
            }
        }
    }

    fn of(&mut self, change: ChangeRequestId) -> &mut Request {
        &mut self.requests[change.0 as usize - 1]
    }

    /// What stands, in words.
    pub fn picture(&self) -> String {
        let line = |it: &Request| {
            format!("{} {} {} {}", it.kind, it.candidate, it.checked, it.settled)
        };
        self.requests.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

/// What stands in the record, in the words of [`Model::picture`].
pub fn picture(record: &Record) -> String {
    let line = |it: &ChangeRequest| {
        let settled = match it.settled.as_ref().map(|settled| settled.how) {
            // What a body decided is not for this model.
            None | Some(Settling::Approved | Settling::Declined) => "open",
            Some(Settling::Noted) => "noted",
            Some(Settling::Validated) => "validated",
            Some(Settling::Withdrawn) => "withdrawn",
        };
        let checked = it.checks.values().flatten().count();
        format!("{} {} {checked} {settled}", it.kind, it.candidate.is_some())
    };
    record.change_requests.requests.values().map(line).collect::<Vec<_>>().join("\n")
}
