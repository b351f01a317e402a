//! The hazard log.

use crate::hospital::*;
use crate::judged::*;
use governance::*;
use governance::dcb::{Likelihood, Severity};

/// An act at random, with somebody whose act it may be; none when there is nothing to act on.
pub fn any(hospital: &Hospital, pick: [usize; 4]) -> Option<(&'static str, Act)> {
    let hazards = &hospital.record.hazards.hazards;
    let severity = Severity::ALL[pick[1] % 5];
    let likelihood = Likelihood::ALL[pick[2] % 5];
    let newest = hazards.last_key_value().map_or(1, |(id, _)| id.0);
    let hazard = if pick[3] < 9 { newest } else { 1 };
    Some(match pick[0] {
        0 | 1 => ("idle", log_hazard(UC, severity, likelihood)),
        2 | 3 => ("idle", add_control(hazard, days_after(hospital.now, 1 + pick[1] as u32))),
        4 | 5 => ("nurse", verify(hazard, pick[1] % 3)),
        6 | 7 => ("chair", rate(hazard, severity, likelihood)),
        8 | 9 => ("chair", settle("accept_hazard", hazard)),
        10 => ("chair", settle("close_hazard", hazard)),
        _ => {
            let more = serde_json::json!({ "to": "the maker", "reason": "It is theirs" });
            ("chair", on_hazard("transfer_hazard", hazard, more))
        }
    })
}

struct Naive {
    use_case: u32,
    initial: u8,
    remains: Option<u8>,
    verified: Vec<bool>,
    accepted: bool,
    closed: bool,
}

/// The rules of this part a second time.
#[derive(Default)]
pub struct Model {
    ids: Vec<String>,
    left: Vec<String>,
    owners: Vec<(u32, Vec<String>)>,
    hazards: Vec<Naive>,
}

/// The matrix as a person reads it: rows from very low to very high.
fn cell(severity: Severity, likelihood: Likelihood) -> u8 {
    const ROWS: [&str; 5] = ["11223", "12234", "22334", "23345", "34455"];
    let row = Likelihood::ALL.iter().position(|it| *it == likelihood).expect("a row");
    let column = Severity::ALL.iter().position(|it| *it == severity).expect("a column");
    ROWS[row].as_bytes()[column] - b'0'
}

impl Model {
    fn open(&self, id: HazardId) -> Option<&Naive> {
        self.hazards.get(id.0 as usize - 1).filter(|it| !it.closed)
    }

    fn owns(&self, who: &str, hazard: &Naive) -> bool {
        let mut newest = self.owners.iter().rev();
        let of = newest.find(|(use_case, _)| *use_case == hazard.use_case);
        of.is_some_and(|(_, owners)| owners.iter().any(|it| it == who))
    }

    /// Whether the core must accept the command; none when the model does not know.
    pub fn expects(&self, command: &Command) -> Option<bool> {
        let who = command.actor.person()?.to_string();
        if self.ids.contains(&command.id.to_string()) {
            return None;
        }
        let Act::Hazards(act) = &command.act else { return None };
        let open = |id: &HazardId| self.open(*id);
        let now = |it: &Naive| it.remains.unwrap_or(it.initial);
        Some(match act {
            HazardsAct::LogHazard { .. } => return None,
            HazardsAct::AddControl { hazard, owner, .. } => {
                open(hazard).is_some() && !self.left.contains(&owner.to_string())
            }
            HazardsAct::VerifyControl { hazard, control, .. } => {
                let waits = |it: &Naive| *control > 0 && it.verified.get(*control - 1) == Some(&false);
                who == "nurse" && open(hazard).is_some_and(waits)
            }
            HazardsAct::RateResidual { hazard, .. } => open(hazard)
                .is_some_and(|it| it.verified.contains(&true) && !self.owns(&who, it)),
            HazardsAct::AcceptHazard { hazard, .. } => open(hazard)
                .is_some_and(|it| now(it) == 3 && !it.accepted && !self.owns(&who, it)),
            HazardsAct::TransferHazard { hazard, .. } => open(hazard).is_some(),
            HazardsAct::CloseHazard { hazard, .. } => open(hazard).is_some_and(|it| {
                (now(it) < 3 || (now(it) == 3 && it.accepted)) && !self.owns(&who, it)
            }),
        })
    }

    /// Plays a command that the core accepted.
    pub fn play(&mut self, command: &Command) {
        self.ids.push(command.id.to_string());
        match &command.act {
            Act::NoteDeparture { person } => self.left.push(person.to_string()),
            Act::AssignOwners { use_case, owners } => {
                self.owners.push((use_case.0, owners.all().map(|(_, it)| it.to_string()).into()));
            }
            Act::Hazards(act) => self.effect(act),
            _ => {}
        }
    }

    fn effect(&mut self, act: &HazardsAct) {
        if let HazardsAct::LogHazard { use_case, severity, likelihood, .. } = act {
            self.hazards.push(Naive {
                use_case: use_case.0,
                initial: cell(*severity, *likelihood),
                remains: None,
                verified: Vec::new(),
                accepted: false,
                closed: false,
            });
            return;
        }
        let mut on = |id: &HazardId, change: &dyn Fn(&mut Naive)| {
            change(&mut self.hazards[id.0 as usize - 1]);
        };
        match act {
            HazardsAct::LogHazard { .. } | HazardsAct::TransferHazard { .. } => {}
            HazardsAct::AddControl { hazard, .. } => on(hazard, &|it| it.verified.push(false)),
            HazardsAct::VerifyControl { hazard, control, .. } => {
                on(hazard, &|it| it.verified[control - 1] = true);
            }
            HazardsAct::RateResidual { hazard, severity, likelihood, .. } => on(hazard, &|it| {
                it.remains = Some(cell(*severity, *likelihood));
                it.accepted = false;
            }),
            HazardsAct::AcceptHazard { hazard, .. } => on(hazard, &|it| it.accepted = true),
            HazardsAct::CloseHazard { hazard, .. } => on(hazard, &|it| it.closed = true),
        }
    }

    /// What stands, in words.
    pub fn picture(&self) -> String {
        let lines = self.hazards.iter().map(|it| {
            let remains = it.remains.unwrap_or(it.initial);
            format!("{remains} {:?} {} {}", it.verified, it.accepted, it.closed)
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// What stands in the record, in the words of [`Model::picture`].
pub fn picture(record: &Record) -> String {
    let lines = record.hazards.hazards.values().map(|it| {
        let verified: Vec<_> = it.controls.iter().map(|on| on.verified.is_some()).collect();
        let remains = it.now().rating();
        format!("{remains} {verified:?} {} {}", it.accepted.is_some(), it.closed.is_some())
    });
    lines.collect::<Vec<_>>().join("\n")
}
