//! Drafts of intake questionnaires, and the fast lane.

use crate::hospital::*;
use governance::inventory::Row;
use governance::*;

/// An act at random, with somebody whose act it may be; none when there is nothing to act on.
pub fn any(hospital: &Hospital, pick: [usize; 4]) -> Option<(&'static str, Act)> {
    let drafts = &hospital.record.intake.drafts;
    let draft = drafts.last_key_value().map_or(DraftId(1), |(id, _)| *id);
    let title = ["Sepsis alert", "Bed forecast", "Letter of discharge"][pick[3] % 3];
    let answers = Answers {
        system: (pick[2] > 3).then_some(SYS),
        workflow: (pick[2] > 2).then(|| id(["ward", "triage", "rounds"][pick[1] % 3])),
        facts: facts([TIER_1, TIER_2, TIER_3][pick[1] % 3]),
        ..answers(title)
    };
    let author = |draft| {
        let author = drafts.get(&draft).map(|it: &Draft| it.author.as_str());
        ["idle", "tech", "engineer"].into_iter().find(|it| Some(*it) == author).unwrap_or("idle")
    };
    let (who, act) = match pick[0] {
        0 | 1 => (["idle", "tech"][pick[1] % 2], IntakeAct::BeginDraft { answers }),
        2 => ("office", IntakeAct::SaveDraft { draft, answers }),
        3 => (author(draft), IntakeAct::DiscardDraft { draft }),
        4 | 5 => {
            let not_duplicate = (pick[1] > 5).then(|| "It is for another ward".to_owned());
            (author(draft), IntakeAct::SubmitIntake { draft, not_duplicate })
        }
        6 => {
            let number = hospital.record.use_cases.len();
            let reach = (pick[1] > 3).then_some("money");
            let mut row = row(&format!("Imported {number}"), reach);
            // What runs there is no version of another AI system.
            row.cells.insert("system".into(), "Readmission score".into());
            row.cells.remove("version");
            let rows = vec![row];
            ("office", IntakeAct::ImportInventory { rows, create_systems: pick[2] > 2 })
        }
        7 | 8 => ("owner", IntakeAct::FastLane { use_case: UC }),
        _ => {
            let finding = "The facts are as stated".to_owned();
            ("office", IntakeAct::RecordAudit { use_case: UC, finding, upheld: pick[1] > 4 })
        }
    };
    Some((who, Act::Intake(act)))
}

/// A questionnaire that says everything but the facts.
pub fn answers(title: &str) -> Answers {
    Answers {
        title: title.into(),
        intended_use: "To plan the day".into(),
        workflow: Some(id("ward")),
        population: "Adults".into(),
        system: Some(SYS),
        facts: Facts::new(),
    }
}

/// A row of an inventory.
pub fn row(title: &str, reach: Option<&str>) -> Row {
    let cells = [
        ("title", title),
        ("intended_use", "To plan the day"),
        ("workflow", "rounds"),
        ("population", "Adults"),
        ("system", "Planner"),
        ("vendor", "acme-health"),
        ("ai_type", "predictive"),
        ("version", "p1"),
    ];
    let reach = reach.map(|reach| ("reach", reach));
    let cells = cells.into_iter().chain(reach);
    Row { line: 2, cells: cells.map(|(name, cell)| (name.into(), cell.into())).collect() }
}

/// The rules of this part a second time: drafts in a list, and who waits for an audit.
#[derive(Default)]
pub struct Model {
    /// Author and title, or none once it is submitted or thrown away.
    drafts: Vec<Option<(String, String)>>,
    audits: usize,
}

impl Model {
    fn draft(&self, draft: DraftId) -> Option<&(String, String)> {
        self.drafts.get(draft.0 as usize - 1)?.as_ref()
    }

    /// Whether the core must accept the command; none when the model does not know.
    pub fn expects(&self, command: &Command) -> Option<bool> {
        let Act::Intake(act) = &command.act else { return None };
        let who = command.actor.person()?.to_string();
        match act {
            IntakeAct::SaveDraft { draft, .. } | IntakeAct::DiscardDraft { draft } => {
                if self.draft(*draft).is_none() { Some(false) } else { None }
            }
            IntakeAct::SubmitIntake { draft, .. } => match self.draft(*draft) {
                Some((author, _)) if *author == who => None,
                _ => Some(false),
            },
            IntakeAct::RecordAudit { .. } if self.audits == 0 => Some(false),
            _ => None,
        }
    }

    /// Plays a command that the core accepted.
    pub fn play(&mut self, command: &Command) {
        let Act::Intake(act) = &command.act else { return };
        let who = command.actor.person().map(ToString::to_string).unwrap_or_default();
        match act {
            IntakeAct::BeginDraft { answers } => {
                self.drafts.push(Some((who, answers.title.clone())));
            }
            IntakeAct::SaveDraft { draft, answers } => {
                let kept = self.drafts[draft.0 as usize - 1].as_mut().expect("it is there");
                kept.1.clone_from(&answers.title);
            }
            IntakeAct::DiscardDraft { draft } | IntakeAct::SubmitIntake { draft, .. } => {
                self.drafts[draft.0 as usize - 1] = None;
            }
            // The fixture draws everything.
            IntakeAct::FastLane { .. } => self.audits += 1,
            IntakeAct::RecordAudit { .. } => self.audits -= 1,
            IntakeAct::ImportInventory { .. } => {}
        }
    }

    /// What stands, in words.
    pub fn picture(&self) -> String {
        let drafts = self.drafts.iter().flatten();
        let drafts: Vec<_> = drafts.map(|(who, title)| format!("{title} of {who}")).collect();
        format!("{drafts:?}, {} to audit", self.audits)
    }
}

/// What stands in the record, in the words of [`Model::picture`].
pub fn picture(record: &Record) -> String {
    let drafts = record.intake.drafts.values();
    let drafts: Vec<_> =
        drafts.map(|it| format!("{} of {}", it.answers.title, it.author)).collect();
    let audits = record.intake.audits.values().filter(|it| it.found.is_none()).count();
    format!("{drafts:?}, {audits} to audit")
}
