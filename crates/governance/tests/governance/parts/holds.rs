//! Legal holds, and the erasure that they stop.

use crate::hospital::*;
use governance::*;

/// An act at random, with somebody whose act it may be; none when there is nothing to act on.
pub fn any(_hospital: &Hospital, pick: [usize; 4]) -> Option<(&'static str, Act)> {
    let use_case = UseCaseId(1 + u32::from(pick[1] == 0));
    let reason = "so".to_owned();
    Some(match pick[0] {
        // Rarely, for a hold of everything stops every erasure.
        0 | 1 => {
            let about = if pick[2] == 0 { HoldScope::All } else { HoldScope::UseCase { use_case } };
            ("lawyer", Act::Holds(HoldsAct::PlaceHold { about, reason }))
        }
        2..=5 => {
            let hold = HoldId(1 + u32::try_from(pick[3]).expect("small") / 2);
            ("lawyer", Act::Holds(HoldsAct::ReleaseHold { hold, reason }))
        }
        _ => {
            let document = ["cd".to_owned(), format!("document of {use_case}")][pick[3] % 2].clone();
            ("office", Act::Holds(HoldsAct::EraseDocument { document, reason }))
        }
    })
}

/// The rules of this part a second time.
#[derive(Default)]
pub struct Model {
    people: Vec<String>,
    left: Vec<String>,
    use_cases: u32,
    /// Use cases that a motion to end them was put about, by decision.
    motions: Vec<Option<u32>>,
    /// Document and use case of each piece of evidence.
    evidence: Vec<(String, u32)>,
    /// What each hold is about (0 is everything) and whether it stands.
    holds: Vec<(u32, bool)>,
    erased: Vec<String>,
}

impl Model {
    fn stands_over(&self, document: &str) -> bool {
        self.holds.iter().any(|(about, stands)| {
            *stands && (*about == 0 || self.evidence.contains(&(document.to_owned(), *about)))
        })
    }

    /// Whether the core must accept the command; none when the model does not know. Which use
    /// cases are over is told by the model of the rest, so that of an erasure only a refusal is
    /// known beforehand.
    pub fn expects(&self, command: &Command) -> Option<bool> {
        // Of a command id that is used again the model of the rest knows.
        if !command.id.as_str().starts_with("random-") {
            return None;
        }
        let who = command.actor.person().map(ToString::to_string)?;
        if !self.people.contains(&who) || self.left.contains(&who) {
            return None;
        }
        let Act::Holds(act) = &command.act else { return None };
        match act {
            HoldsAct::PlaceHold { about: HoldScope::All, .. } => Some(true),
            HoldsAct::PlaceHold { about: HoldScope::UseCase { use_case }, .. } => {
                Some(use_case.0 <= self.use_cases)
            }
            HoldsAct::ReleaseHold { hold, .. } => {
                Some(self.holds.get(hold.0 as usize - 1).is_some_and(|(_, stands)| *stands))
            }
            HoldsAct::EraseDocument { document, .. } => {
                let known = self.evidence.iter().any(|(it, _)| it == document);
                let gone = self.erased.contains(document);
                (!known || gone || self.stands_over(document)).then_some(false)
            }
        }
    }

    /// Plays a command that the core accepted.
    pub fn play(&mut self, command: &Command) {
        match &command.act {
            Act::Found(founding) => {
                self.people.extend(founding.people.iter().map(|it| it.id.to_string()));
            }
            Act::AddPerson(person) => self.people.push(person.id.to_string()),
            Act::NoteDeparture { person } => self.left.push(person.to_string()),
            Act::ProposeUseCase(_) | Act::Intake(IntakeAct::SubmitIntake { .. }) => {
                self.use_cases += 1;
            }
            Act::Intake(IntakeAct::ImportInventory { rows, .. }) => {
                self.use_cases += u32::try_from(rows.len()).expect("small");
            }
            Act::OpenMotion { motion, .. } => self.motions.push(match motion.question {
                Question::Approve { use_case } if motion.outcome == Outcome::NoGo => {
                    Some(use_case.0)
                }
                _ => None,
            }),
            Act::StopOnCase { .. } | Act::Intake(IntakeAct::FastLane { .. }) => {
                self.motions.push(None);
            }
            Act::RecordEvidence { use_case, document, .. } => {
                self.evidence.push((document.clone(), use_case.0));
            }
            Act::Holds(HoldsAct::PlaceHold { about, .. }) => {
                self.holds.push(match about {
                    HoldScope::All => (0, true),
                    HoldScope::UseCase { use_case } => (use_case.0, true),
                });
            }
            Act::Holds(HoldsAct::ReleaseHold { hold, .. }) => {
                self.holds[hold.0 as usize - 1].1 = false;
            }
            Act::Holds(HoldsAct::EraseDocument { document, .. }) => {
                // H1 a second time, and at least somebody asked to end what needed it.
                assert!(!self.stands_over(document), "{document} was erased under a hold");
                for (_, use_case) in self.evidence.iter().filter(|(it, _)| it == document) {
                    assert!(self.motions.contains(&Some(*use_case)), "UC-{use_case} goes on");
                }
                self.erased.push(document.clone());
            }
            _ => {}
        }
    }

    /// What stands, in words.
    pub fn picture(&self) -> String {
        let mut erased = self.erased.clone();
        erased.sort();
        format!("{:?} {erased:?}", self.holds)
    }
}

/// What stands in the record, in the words of [`Model::picture`].
pub fn picture(record: &Record) -> String {
    let holds: Vec<_> = record
        .holds
        .all
        .values()
        .map(|hold| match hold.about {
            HoldScope::All => (0, hold.released.is_none()),
            HoldScope::UseCase { use_case } => (use_case.0, hold.released.is_none()),
        })
        .collect();
    let erased: Vec<_> = record.holds.erased.keys().collect();
    format!("{holds:?} {erased:?}")
}
