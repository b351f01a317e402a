//! Exceptions: what is allowed for a time against the rule.

use crate::hospital::*;
use governance::*;

/// An act at random, with somebody whose act it may be; none when there is nothing to act on.
pub fn any(hospital: &Hospital, pick: [usize; 4]) -> Option<(&'static str, Act)> {
    let record = &hospital.record;
    let days = |days: usize| days_after(hospital.now, u32::try_from(days).expect("small"));
    let newest = record.exceptions.all.last_key_value().map(|(id, _)| *id);
    let exception = newest.unwrap_or(ExceptionId(1));
    let reason = "The clause is being negotiated".to_owned();
    let waits = newest.and_then(|id| record.exceptions.all.get(&id)?.asked.as_ref()).is_some();
    Some(match pick[0] {
        _ if waits && pick[1] > 1 => {
            let outcome = if pick[2] == 0 { Outcome::NoGo } else { Outcome::Go };
            ("chair", open_motion(motion(Question::Exception { exception }, outcome)))
        }
        0..=4 => {
            let tier = Tier::ALL[pick[2] % 4];
            let computed = record.use_cases.get(&UC).and_then(|it| it.stage.tier());
            let raises = computed.is_none_or(|computed| tier > computed.tier);
            let direction = if raises { Direction::Raise } else { Direction::Lower };
            let what = match pick[1] % 7 {
                0 => Excepted::Clause { clause: "change-notice".into() },
                1 => {
                    let requirement = id(["fit", "ghost", "discrimination"][pick[2] % 3]);
                    Excepted::Requirement { requirement }
                }
                2 => Excepted::Lane { lane: ["privacy", "ghost"][pick[2] % 2].into() },
                3 => Excepted::Drill,
                _ => Excepted::Tier { to: tier, direction },
            };
            ("owner", Act::Exceptions(except(what, days(pick[3] * 10))))
        }
        5..=8 => {
            let expires = days(pick[3] * 30);
            ("owner", Act::Exceptions(ExceptionsAct::RenewException { exception, reason, expires }))
        }
        _ => ("owner", Act::Exceptions(ExceptionsAct::EndException { exception, reason })),
    })
}

/// The rules of this part a second time are in [`crate::reference`]: what comes of an exception
/// rests on votes.
#[derive(Default)]
pub struct Model {}

impl Model {
    /// Whether the core must accept the command; none when the model does not know.
    pub fn expects(&self, _command: &Command) -> Option<bool> {
        None
    }

    /// Plays a command that the core accepted.
    pub fn play(&mut self, _command: &Command) {}

    /// What stands, in words.
    pub fn picture(&self) -> String {
        String::new()
    }
}

/// What stands in the record, in the words of [`Model::picture`].
pub fn picture(_record: &Record) -> String {
    String::new()
}
