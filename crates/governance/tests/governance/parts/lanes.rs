//! Sign-off lanes, which run in parallel before a body decides. Who may sign, and what a lane keeps
//! from going live, is part of the reference model, which knows stages, tiers and conflicts.

use crate::hospital::*;
use governance::*;

/// An act at random, with somebody whose act it may be; none when there is nothing to act on.
pub fn any(_hospital: &Hospital, pick: [usize; 4]) -> Option<(&'static str, Act)> {
    let verdict = [Verdict::Signed, Verdict::Signed, Verdict::Objected, Verdict::NotNeeded];
    let act = LanesAct::SignLane {
        use_case: if pick[0] == 11 { UseCaseId(2) } else { UC },
        lane: id(if pick[1] == 11 { "legal" } else { "privacy" }),
        verdict: verdict[pick[2] % 4],
        reason: "looked at it".into(),
        valid_until: None,
    };
    (pick[3] < 5).then_some((["engineer", "idle", "owner"][pick[3] % 3], Act::Lanes(act)))
}

/// The rules of this part a second time: how many words there are.
#[derive(Default)]
pub struct Model {
    words: Vec<String>,
}

impl Model {
    /// Whether the core must accept the command; none when the model does not know.
    pub fn expects(&self, _command: &Command) -> Option<bool> {
        None
    }

    /// Plays a command that the core accepted.
    pub fn play(&mut self, command: &Command) {
        if let Act::Lanes(LanesAct::SignLane { use_case, verdict, .. }) = &command.act {
            let who = command.actor.person().expect("people sign");
            self.words.push(format!("{use_case} {who} {verdict:?}"));
        }
        self.words.sort();
    }

    /// What stands, in words.
    pub fn picture(&self) -> String {
        self.words.join("\n")
    }
}

/// What stands in the record, in the words of [`Model::picture`].
pub fn picture(record: &Record) -> String {
    let words = record.lanes.signatures.iter().flat_map(|(use_case, lanes)| {
        let words = lanes.values().flatten();
        words.map(move |word| format!("{use_case} {} {:?}", word.by, word.verdict))
    });
    let mut words: Vec<_> = words.collect();
    words.sort();
    words.join("\n")
}
