//! Decision rights, adopted by decision.

use crate::hospital::*;
use governance::*;
use jiff::Timestamp;

pub fn pack(version: usize) -> RightsPack {
    let policies = format!("// number {version}");
    RightsPack { version: format!("2.{version}"), schema: String::new(), policies }
}

pub fn adopt(version: usize, from: Option<Timestamp>, decision: DecisionId) -> Act {
    let pack = pack(version);
    Act::DecisionRights(DecisionRightsAct::AdoptRights { pack, effective_from: from, decision })
}

/// An act at random, with somebody whose act it may be; none when there is nothing to act on.
///
/// It goes for what is next: a motion on a pack, the votes on it, the outcome, the adoption.
pub fn any(hospital: &Hospital, pick: [usize; 4]) -> Option<(&'static str, Act)> {
    let record = &hospital.record;
    let of_pack = |it: &&Decision| matches!(it.motion.question, Question::Pack { .. });
    let newest = record.decisions.values().rev().find(of_pack);
    let version = pick[1] % 3;
    let carried = newest.filter(|decision| decision.carried.is_some());
    if let Some(open) = newest.filter(|decision| decision.is_open()) {
        let members = ["chair", "nurse", "ethicist", "engineer"];
        let next = members.into_iter().find(|who| !open.votes.contains_key(&id(who)));
        return Some(match next {
            Some(who) => (who, vote(open.id.0, Choice::Approve)),
            None => ("chair", carry(open.id.0)),
        });
    }
    if let Some(decision) = carried.filter(|_| pick[0] < 8) {
        let from = match pick[2] % 4 {
            0 => Some(days_after(hospital.now, u32::try_from(pick[3]).expect("small"))),
            1 if pick[3] == 0 => Some(Timestamp::MIN),
            _ => None,
        };
        return Some(("office", adopt(version, from, decision.id)));
    }
    let outcome = if pick[2] == 0 { Outcome::NoGo } else { Outcome::Go };
    let digest = pack(version).digest();
    Some(("chair", open_motion(motion(Question::Pack { digest }, outcome))))
}

/// The rules of this part a second time.
#[derive(Default)]
pub struct Model {
    /// Of each decision: the pack that it is about, and whether a go on it was carried and when.
    decisions: Vec<(Option<String>, bool, Option<Timestamp>)>,
    used: Vec<u32>,
    /// From when, and which version.
    adopted: Vec<(Timestamp, String)>,
}

impl Model {
    /// Whether the core must accept the command; none when the model does not know.
    pub fn expects(&self, command: &Command) -> Option<bool> {
        // Of a command id that is used again the model of the rest knows.
        if !command.id.as_str().starts_with("random-") {
            return None;
        }
        let Act::DecisionRights(act) = &command.act else { return None };
        let DecisionRightsAct::AdoptRights { pack, effective_from, decision } = act;
        let (about, go, carried) = &self.decisions[decision.0 as usize - 1];
        let fits = about.as_deref() == Some(&pack.version) && *go;
        let stands = carried.is_some_and(|at| command.at < days_after(at, 365));
        let fresh = !self.used.contains(&decision.0);
        let late = effective_from.is_some_and(|from| from < command.at);
        let from = effective_from.unwrap_or(command.at);
        let same = self.in_force(from) == pack.version;
        // Who asks is the business of others, so only a refusal is certain.
        (!(fits && stands && fresh) || late || same).then_some(false)
    }

    /// Plays a command that the core accepted.
    pub fn play(&mut self, command: &Command) {
        match &command.act {
            Act::OpenMotion { motion, .. } => {
                let about = match motion.question {
                    Question::Pack { digest } => {
                        let known = (0..3).find(|it| pack(*it).digest() == digest);
                        Some(pack(known.expect("a pack of the test")).version)
                    }
                    _ => None,
                };
                self.decisions.push((about, motion.outcome == Outcome::Go, None));
            }
            Act::StopOnCase { .. } | Act::Intake(IntakeAct::FastLane { .. }) => {
                self.decisions.push((None, false, None));
            }
            // Only approvals are cast on packs here, so that whatever is declared was carried.
            Act::CarryDecision { decision } => {
                self.decisions[decision.0 as usize - 1].2 = Some(command.at);
            }
            Act::DecisionRights(act) => {
                let DecisionRightsAct::AdoptRights { pack, effective_from, decision } = act;
                assert_eq!(self.expects(command), None, "adopted against the rules");
                self.used.push(decision.0);
                let from = effective_from.unwrap_or(command.at);
                self.adopted.push((from, pack.version.clone()));
            }
            _ => {}
        }
    }

    /// What stands, in words.
    pub fn picture(&self) -> String {
        let at = |probe: &str| self.in_force(probe.parse().expect("a time"));
        PROBES.map(at).join(" ")
    }

    /// The version in force at a time: of those in effect the last, and at first the founding one.
    fn in_force(&self, at: Timestamp) -> &str {
        let mut newest: Option<&(Timestamp, String)> = None;
        for adopted in &self.adopted {
            if adopted.0 <= at && newest.is_none_or(|newest| adopted.0 >= newest.0) {
                newest = Some(adopted);
            }
        }
        newest.map_or("1", |(_, version)| version.as_str())
    }
}

/// When it is asked which pack is in force.
const PROBES: [&str; 4] =
    ["2024-01-01T00:00:00Z", "2024-03-01T00:00:00Z", "2024-06-01T00:00:00Z", "2030-01-01T00:00:00Z"];

/// What stands in the record, in the words of [`Model::picture`].
pub fn picture(record: &Record) -> String {
    let at = |probe: &str| record.rights_at(probe.parse().expect("a time"));
    let versions = PROBES.map(|probe| at(probe).map_or("1", |pack| pack.version.as_str()));
    versions.join(" ")
}
