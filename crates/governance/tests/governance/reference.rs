//! The rules of the record written a second time, as slowly and plainly as can be: lists, and a
//! table of quorums.
//!
//! It takes the commands that the core accepted and says what must have come of them; of some it
//! says beforehand whether the core must accept them. It knows the fixture: one committee, one
//! plan, one ladder.

use governance::{
    Act, Choice, Command, Mode, Motion, Outcome, Person, Question, Record, days_after,
};
use jiff::Timestamp;

#[derive(Default)]
pub struct Reference {
    commands: Vec<String>,
    people: Vec<String>,
    left: Vec<String>,
    versions: Vec<String>,
    use_cases: Vec<UseCase>,
    motions: Vec<Vote>,
    cases: Vec<Case>,
}

struct UseCase {
    stage: &'static str,
    tier: usize,
    submitter: String,
    owners: Vec<String>,
    assessors: Vec<String>,
    attested: Vec<String>,
    /// Version, and whether the standard was met.
    evidence: Vec<(String, bool)>,
    version: String,
    planned: bool,
    months: usize,
}

struct Vote {
    motion: Motion,
    use_case: usize,
    tier: usize,
    votes: Vec<(String, Choice)>,
    aside: Vec<String>,
    over: bool,
    carried: bool,
    proved: Vec<usize>,
}

struct Case {
    use_case: usize,
    cause: String,
    opened: Timestamp,
    told: usize,
    open: bool,
}

/// What is about decision rights is about no use case.
const NO_USE_CASE: usize = usize::MAX;

const MEMBERS: [&str; 5] = ["chair", "nurse", "ethicist", "engineer", "lawyer"];

/// What carries in a tier.
struct Rule {
    seats: usize,
    must_vote: &'static [&'static str],
    clinicians: usize,
    share: (usize, usize),
}

const RULES: [Rule; 4] = [
    Rule { seats: 1, must_vote: &[], clinicians: 0, share: (1, 2) },
    Rule { seats: 3, must_vote: &[], clinicians: 0, share: (1, 2) },
    Rule { seats: 3, must_vote: &["nurse"], clinicians: 1, share: (2, 3) },
    Rule { seats: 4, must_vote: &["nurse", "ethicist"], clinicians: 2, share: (3, 4) },
];

impl Reference {
    /// Whether the core must accept the command; none when the model does not know.
    pub fn expects(&self, command: &Command) -> Option<bool> {
        if self.commands.contains(&command.id.to_string()) {
            return None;
        }
        let who = command.actor.person().map(ToString::to_string).unwrap_or_default();
        if !who.is_empty() && (!self.people.contains(&who) || self.left.contains(&who)) {
            return Some(false);
        }
        let member = MEMBERS.contains(&who.as_str());
        match &command.act {
            Act::CastVote { decision, .. } => Some(
                member
                    && self.open(decision.0).is_some_and(|it| {
                        !self.in_conflict(it.use_case, &who) && it.untouched_by(&who)
                    }),
            ),
            Act::Recuse { decision, .. } => {
                Some(member && self.open(decision.0).is_some_and(|it| it.untouched_by(&who)))
            }
            // Who loses is over. What is carried must also be possible, which is checked when it is
            // played.
            Act::CarryDecision { decision } => {
                let may = member
                    && self.open(decision.0).is_some_and(|it| {
                        let aside = it.aside.contains(&who);
                        !self.in_conflict(it.use_case, &who) && !aside && it.is_quorate()
                    });
                match self.open(decision.0) {
                    Some(it) if may && it.carries() => None,
                    _ => Some(may),
                }
            }
            Act::StopOnCase { case, .. } => {
                let case = (case.0 as usize).checked_sub(1).and_then(|place| self.cases.get(place));
                Some(case.is_some_and(|case| {
                    let stage = self.use_cases[case.use_case].stage;
                    case.open
                        && who == "chair"
                        && ["piloting", "live", "suspended"].contains(&stage)
                        && !self.in_conflict(case.use_case, &who)
                }))
            }
            Act::Suspend { use_case, .. } => {
                let stage = self.use_cases.get(place(use_case.0)).map(|it| it.stage);
                Some(matches!(stage, Some("piloting" | "live")) && !who.is_empty())
            }
            Act::Tick => Some(true),
            _ => None,
        }
    }

    fn open(&self, decision: u32) -> Option<&Vote> {
        let place = (decision as usize).checked_sub(1)?;
        self.motions.get(place).filter(|it| !it.over)
    }

    fn in_conflict(&self, use_case: usize, who: &str) -> bool {
        let Some(of) = self.use_cases.get(use_case) else { return false };
        let mut theirs = of.owners.iter().chain(&of.assessors).chain([&of.submitter]);
        who == "lawyer" || theirs.any(|it| it == who)
    }

    /// Plays a command that the core accepted.
    pub fn play(&mut self, command: &Command) {
        if self.commands.contains(&command.id.to_string()) {
            return;
        }
        let effect = self.effect(command);
        if effect {
            self.commands.push(command.id.to_string());
        }
    }

    /// Plays a new command; false when it changes nothing and so is not remembered.
    fn effect(&mut self, command: &Command) -> bool {
        let who = command.actor.person().map(ToString::to_string).unwrap_or_default();
        match &command.act {
            Act::Found(founding) => self.people.extend(founding.people.iter().map(handle)),
            Act::AddPerson(person) => self.people.push(handle(person)),
            Act::NoteDeparture { person } => self.left.push(person.to_string()),
            Act::RegisterVersion { version, .. } => self.versions.push(version.label.clone()),
            Act::ProposeUseCase(_) => self.use_cases.push(UseCase::proposed_by(who)),
            Act::AssignOwners { use_case, owners } => {
                self.of(use_case.0).owners =
                    owners.all().map(|(_, owner)| owner.to_string()).into();
            }
            Act::StateFacts { use_case, facts } => {
                let tier = tier_by_hand(|fact| {
                    facts.iter().find(|(id, _)| id.as_str() == fact).map(|(_, answer)| &**answer)
                });
                let of = self.of(use_case.0);
                of.tier = tier;
                of.step(&["proposed", "triaged", "validating"], "triaged");
            }
            Act::BeginValidation { use_case } => {
                self.of(use_case.0).step(&["triaged"], "validating");
            }
            Act::BeginPilot { use_case, deployment } => {
                assert!(self.versions.contains(&deployment.version));
                assert_eq!(deployment.mode, Mode::Silent, "it acts without a decision");
                let of = self.of(use_case.0);
                of.version.clone_from(&deployment.version);
                of.step(&["validating", "piloting"], "piloting");
            }
            Act::RecordEvidence { use_case, version, estimates, .. } => {
                let of = self.of(use_case.0);
                let high = estimates.iter().all(|it| it.lower >= Some(0.6));
                let met = high && of.attested.contains(version);
                of.evidence.push((version.clone(), met));
                of.assessors.push(who);
            }
            Act::Attest { use_case, version, .. } => {
                self.of(use_case.0).attested.push(version.clone());
            }
            Act::AdoptPlan { use_case, .. } => self.of(use_case.0).planned = true,
            Act::OpenMotion { motion, .. } => self.open_motion(motion),
            Act::Recuse { decision, .. } => self.motions[place(decision.0)].aside.push(who),
            Act::CastVote { decision, choice, .. } => {
                self.motions[place(decision.0)].votes.push((who, *choice));
            }
            Act::CarryDecision { decision } => self.carry(place(decision.0)),
            Act::StopOnCase { case, .. } => self.stop_on_case(place(case.0)),
            Act::Suspend { use_case, .. } => self.stop(place(use_case.0)),
            Act::MeetCondition { decision, condition, .. } => {
                self.motions[place(decision.0)].proved.push(*condition);
            }
            Act::RecordObservation(observed) => {
                let use_case = place(observed.use_case.0);
                self.use_cases[use_case].months += 1;
                if observed.estimates.iter().any(|it| it.lower > Some(0.5)) {
                    self.open_case(use_case, "flags".into(), command.at, true);
                }
            }
            Act::ReportUnknownVersion { use_case, version, .. } => {
                assert!(!self.versions.contains(version));
                return self.open_case(place(use_case.0), version.clone(), command.at, true);
            }
            Act::Tick => return self.tick(command.at),
            Act::CharterBody(_)
            | Act::AdoptTierPolicy(_)
            | Act::AdoptStandard(_)
            | Act::RegisterSystem { .. } => {}
            // The models of the parts play these.
            _ => {}
        }
        true
    }

    fn of(&mut self, use_case: u32) -> &mut UseCase {
        &mut self.use_cases[place(use_case)]
    }

    fn open_motion(&mut self, motion: &Motion) {
        let use_case = self.subject(&motion.question);
        let same = |it: &Vote| !it.over && it.motion.question == motion.question;
        assert!(!self.motions.iter().any(same), "one motion at a time");
        let tier = self.use_cases.get(use_case).map_or(4, UseCase::tier_to_decide);
        self.motions.push(Vote {
            motion: motion.clone(),
            use_case,
            tier,
            votes: Vec::new(),
            aside: Vec::new(),
            over: false,
            carried: false,
            proved: Vec::new(),
        });
    }

    fn subject(&self, question: &Question) -> usize {
        match question {
            Question::Approve { use_case } | Question::Resume { use_case } => place(use_case.0),
            Question::Case { case } => self.cases[place(case.0)].use_case,
            Question::Exception { .. } | Question::Pack { .. } => NO_USE_CASE,
        }
    }

    fn stop_on_case(&mut self, case: usize) {
        let use_case = self.cases[case].use_case;
        self.cases[case].open = false;
        let on_it = Question::Case { case: governance::CaseId(case as u32 + 1) };
        for motion in self.motions.iter_mut().filter(|it| it.motion.question == on_it) {
            motion.over = true;
        }
        if self.use_cases[use_case].stage != "suspended" {
            self.stop(use_case);
        }
        let tier = self.use_cases[use_case].tier_to_decide();
        let question = Question::Case { case: governance::CaseId(case as u32 + 1) };
        self.motions.push(Vote {
            motion: crate::hospital::motion(question, Outcome::NoGo),
            use_case,
            tier,
            votes: vec![("chair".into(), Choice::Approve)],
            aside: Vec::new(),
            over: true,
            carried: true,
            proved: Vec::new(),
        });
    }

    /// Stops what runs. After a silent run it starts over, and there is nothing to approve.
    fn stop(&mut self, use_case: usize) {
        let of = &mut self.use_cases[use_case];
        if of.stage == "live" {
            of.stage = "suspended";
            return;
        }
        of.step(&["piloting"], "validating");
        for motion in self.motions.iter_mut().filter(|it| it.use_case == use_case) {
            motion.over |= matches!(motion.motion.question, Question::Approve { .. });
        }
    }

    fn carry(&mut self, decision: usize) {
        let vote = &mut self.motions[decision];
        assert!(vote.is_quorate(), "declared without a quorum");
        vote.over = true;
        if !vote.carries() {
            return;
        }
        vote.carried = true;
        let (question, outcome) = (vote.motion.question, vote.motion.outcome);
        let go = [Outcome::Go, Outcome::GoWithConditions].contains(&outcome);
        let use_case = vote.use_case;
        let Some(of) = self.use_cases.get_mut(use_case) else { return };
        match question {
            Question::Approve { .. } if go => {
                assert!(of.planned && of.owners.len() == 3, "live without a plan or owners");
                assert!(!of.owners.iter().any(|owner| self.left.contains(owner)));
                let newest = of.evidence.iter().rev().find(|(version, _)| *version == of.version);
                assert!(newest.is_some_and(|(_, met)| *met), "live without evidence");
                of.step(&["piloting", "live"], "live");
            }
            Question::Approve { .. } if outcome == Outcome::NoGo => {
                of.stage = "retired";
                for motion in &mut self.motions {
                    motion.over |= motion.use_case == use_case
                        && matches!(motion.motion.question, Question::Resume { .. });
                }
            }
            Question::Approve { .. } if outcome == Outcome::ReReview => {
                of.step(&["piloting"], "validating");
            }
            Question::Approve { .. } => {}
            Question::Resume { .. } if go => of.step(&["suspended"], "live"),
            Question::Resume { .. } => {}
            Question::Exception { .. } | Question::Pack { .. } => {
                panic!("what is about no use case changes none")
            }
            Question::Case { case } => {
                let case = &mut self.cases[place(case.0)];
                assert!(case.open);
                case.open = false;
                if !go && ["piloting", "live"].contains(&of.stage) {
                    self.stop(use_case);
                }
            }
        }
    }

    fn tick(&mut self, now: Timestamp) -> bool {
        let mut changed = false;
        for case in self.cases.iter_mut().filter(|case| case.open) {
            let due =
                [0, 3, 7].iter().filter(|days| days_after(case.opened, **days) <= now).count();
            changed |= due != case.told;
            case.told = due;
        }
        let mut overdue = Vec::new();
        for (decision, vote) in self.motions.iter().enumerate().filter(|(_, vote)| vote.carried) {
            for (place, condition) in vote.motion.conditions.iter().enumerate() {
                if condition.due <= now && !vote.proved.contains(&(place + 1)) {
                    overdue.push((vote.use_case, format!("condition {decision} {place}")));
                }
            }
        }
        for (use_case, cause) in overdue {
            changed |= self.open_case(use_case, cause, now, false);
        }
        changed
    }

    /// Opens a case unless there is one of the same cause: an open one, or any at all.
    fn open_case(
        &mut self,
        use_case: usize,
        cause: String,
        opened: Timestamp,
        again: bool,
    ) -> bool {
        let same = |it: &Case| it.use_case == use_case && it.cause == cause && (it.open || !again);
        if self.cases.iter().any(same) {
            return false;
        }
        self.cases.push(Case { use_case, cause, opened, told: 0, open: true });
        true
    }

    /// What must be the same in the record, in words.
    pub fn picture(&self) -> String {
        let use_cases = self.use_cases.iter().map(|it| format!("{} {}", it.stage, it.months));
        let motions = self.motions.iter().map(|it| {
            format!(
                "{} for, {} aside, over {}, carried {}",
                count(&it.votes, Choice::Approve),
                it.aside.len(),
                it.over,
                it.carried
            )
        });
        let cases = self
            .cases
            .iter()
            .map(|it| format!("of {} told {} open {}", it.use_case + 1, it.told, it.open));
        use_cases.chain(motions).chain(cases).collect::<Vec<_>>().join("\n")
    }
}

impl UseCase {
    /// What is over has no tier any more, and unknown counts as worst.
    fn tier_to_decide(&self) -> usize {
        if self.stage == "retired" { 4 } else { self.tier }
    }

    fn proposed_by(submitter: String) -> Self {
        Self {
            stage: "proposed",
            tier: 4,
            submitter,
            owners: Vec::new(),
            assessors: Vec::new(),
            attested: Vec::new(),
            evidence: Vec::new(),
            version: String::new(),
            planned: false,
            months: 0,
        }
    }

    fn step(&mut self, from: &[&str], to: &'static str) {
        assert!(from.contains(&self.stage), "from {} to {to}", self.stage);
        self.stage = to;
    }
}

impl Vote {
    fn untouched_by(&self, who: &str) -> bool {
        !self.aside.iter().any(|it| it == who) && !self.votes.iter().any(|(it, _)| it == who)
    }

    fn is_quorate(&self) -> bool {
        let Rule { seats, must_vote, .. } = RULES[self.tier - 1];
        let voted = |who: &str| self.votes.iter().any(|(it, _)| it == who);
        self.votes.len() >= seats && must_vote.iter().all(|who| voted(who))
    }

    fn carries(&self) -> bool {
        let Rule { clinicians, share: (part, whole), .. } = RULES[self.tier - 1];
        let approved = |who: &str| self.votes.contains(&(who.to_owned(), Choice::Approve));
        let (yes, no) = (count(&self.votes, Choice::Approve), count(&self.votes, Choice::Reject));
        let enough =
            if whole == 2 { yes > no } else { yes > 0 && yes * whole >= (yes + no) * part };
        self.is_quorate()
            && ["chair", "nurse"].iter().filter(|who| approved(who)).count() >= clinicians
            && enough
    }
}

fn count(votes: &[(String, Choice)], choice: Choice) -> usize {
    votes.iter().filter(|(_, it)| *it == choice).count()
}

fn handle(person: &Person) -> String {
    person.id.to_string()
}

fn place(number: u32) -> usize {
    number as usize - 1
}

/// The fixture's tier policy as a person would read it.
fn tier_by_hand<'a>(answer: impl Fn(&str) -> Option<&'a str>) -> usize {
    let worse = |fact: &str, benign: &[&str]| answer(fact).is_none_or(|it| !benign.contains(&it));
    if worse("reach", &["administrative", "money"]) {
        if worse("autonomy", &["informs", "recommends"]) || worse("time", &["days", "hours"]) {
            return 4;
        }
        if worse("autonomy", &["informs"]) || worse("patients", &["adults"]) {
            return 3;
        }
    }
    if worse("reach", &["administrative"]) { 2 } else { 1 }
}

/// The same picture of the record itself.
pub fn picture(record: &Record) -> String {
    let months = |id| record.observations.get(id).map_or(0, governance::Map::len);
    let use_cases = record.use_cases.iter().map(|(id, it)| format!("{} {}", it.stage, months(id)));
    let motions = record.decisions.values().map(|it| {
        let approvals = it.votes.values().filter(|vote| vote.choice == Choice::Approve).count();
        let (aside, over, carried) = (it.recusals.len(), !it.is_open(), it.carried.is_some());
        format!("{approvals} for, {aside} aside, over {over}, carried {carried}")
    });
    let cases = record.cases.values().map(|it| {
        format!("of {} told {} open {}", it.use_case.0, it.escalations.len(), it.is_open())
    });
    use_cases.chain(motions).chain(cases).collect::<Vec<_>>().join("\n")
}
