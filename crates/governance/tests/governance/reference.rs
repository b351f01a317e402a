//! The rules of the record written a second time, as slowly and plainly as can be: lists, and a
//! table of quorums.
//!
//! It takes the commands that the core accepted and says what must have come of them; of some it
//! says beforehand whether the core must accept them. It knows the fixture: one committee, one
//! plan, one ladder.

use crate::parts::meetings::Model as Bodies;
use governance::{
    Act, ChangeKind, ChangeRequestsAct, Choice, Command, Direction, Excepted, ExceptionsAct, Facts,
    IncidentsAct, IntakeAct, LanesAct, MeetingsAct, Mode, Motion, OrganisationAct, Outcome, Person,
    Question, Record, ReviewsAct, Verdict, days_after,
};
use jiff::Timestamp;

#[derive(Default)]
pub struct Reference {
    commands: Vec<String>,
    people: Vec<String>,
    left: Vec<String>,
    versions: Vec<String>,
    /// Id and version of each tier policy and standard that was adopted.
    packs: Vec<String>,
    use_cases: Vec<UseCase>,
    motions: Vec<Vote>,
    cases: Vec<Case>,
    /// The use case of each incident, and the letter of the harm that it was last said to do.
    incidents: Vec<(Option<usize>, Option<String>)>,
    changes: Vec<Update>,
    exceptions: Vec<Exception>,
    drafts: Vec<Facts>,
    /// The time of the last command that changed something.
    last: Timestamp,
    /// Seats, meetings, ballots, delegations.
    bodies: Bodies,
    /// Clinicians now.
    clinicians: Vec<String>,
    /// Those with an interest in the maker of the AI system.
    interested: Vec<String>,
}

/// A change of a use case, as far as what runs depends on it.
struct Update {
    use_case: usize,
    version: Option<String>,
    /// A body must approve it.
    body: bool,
    by: String,
    open: bool,
}

struct Exception {
    use_case: usize,
    what: Excepted,
    owner: String,
    /// Until when, as long as nobody decided.
    asked: Option<Timestamp>,
    asked_by: String,
    terms: Vec<(Timestamp, Timestamp)>,
    ended: Option<Timestamp>,
}

impl Exception {
    fn in_force(&self, now: Timestamp) -> bool {
        let during = |(from, until): &(Timestamp, Timestamp)| *from <= now && now < *until;
        self.terms.iter().any(during) && self.ended.is_none_or(|ended| now < ended)
    }
}

struct UseCase {
    stage: &'static str,
    tier: usize,
    /// Whether children may be among the patients.
    children: bool,
    /// The newest word on the privacy lane: whether it objects, and whose it is.
    lane: Option<(bool, String)>,
    submitter: String,
    owners: Vec<String>,
    assessors: Vec<String>,
    attested: Vec<String>,
    /// Version, whether the numbers were high enough, and whether the rest was attested.
    evidence: Vec<(String, bool, bool)>,
    version: String,
    /// What ran before the last change of version.
    before: Option<String>,
    planned: bool,
    months: usize,
}

struct Vote {
    motion: Motion,
    use_case: usize,
    tier: usize,
    opened_by: String,
    votes: Vec<Cast>,
    aside: Vec<String>,
    over: bool,
    carried: bool,
    proved: Vec<usize>,
}

struct Cast {
    who: String,
    choice: Choice,
    seat: String,
    clinician: bool,
}

struct Case {
    use_case: usize,
    cause: String,
    opened: Timestamp,
    told: usize,
    open: bool,
    /// Decisions and conditions that opened it again.
    again: Vec<(usize, usize)>,
}

/// What is about decision rights is about no use case.
const NO_USE_CASE: usize = usize::MAX;
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
    #[expect(clippy::too_many_lines, reason = "one arm for each act, to be read as a list")]
    pub fn expects(&self, command: &Command) -> Option<bool> {
        if self.commands.contains(&command.id.to_string()) {
            return None;
        }
        let who = command.actor.person().map(ToString::to_string).unwrap_or_default();
        if !who.is_empty() && (!self.people.contains(&who) || self.left.contains(&who)) {
            return Some(false);
        }
        let now = command.at;
        let seat = self.bodies.seat_of(&who, now);
        let member = seat.is_some();
        match &command.act {
            Act::CastVote { decision, .. } => Some(
                member
                    && self.open(decision.0).is_some_and(|it| {
                        !self.barred(it, &who)
                            && it.untouched_by(&who)
                            && !it.votes.iter().any(|cast| Some(&cast.seat) == seat.as_ref())
                            && self.bodies.may_vote(decision.0, &who, now)
                    }),
            ),
            Act::Recuse { decision, .. } => {
                Some(member && self.open(decision.0).is_some_and(|it| it.untouched_by(&who)))
            }
            Act::Exceptions(_) if who.is_empty() => Some(false),
            Act::Exceptions(act) => self.expects_exception(act, &who, command.at),
            // Who loses is over. What is carried must also be possible, which is checked when it is
            // played.
            Act::CarryDecision { decision } => {
                let may = (member || self.bodies.presides(&who, now))
                    && self.open(decision.0).is_some_and(|it| {
                        let aside = it.aside.contains(&who);
                        let waits =
                            |member: &str| it.untouched_by(member) && !self.barred(it, member);
                        let seats = RULES[it.tier - 1].seats;
                        !self.barred(it, &who)
                            && !aside
                            && (self.rose_since(it, now) || it.is_quorate())
                            && (self.rose_since(it, now)
                                || self.bodies.may_declare(decision.0, seats, now, waits))
                    });
                match self.open(decision.0) {
                    Some(it) if may && !self.rose_since(it, now) && it.carries() => None,
                    _ => Some(may),
                }
            }
            Act::StopOnCase { case, .. } => {
                let case = (case.0 as usize).checked_sub(1).and_then(|place| self.cases.get(place));
                Some(case.is_some_and(|case| {
                    let stage = self.use_cases[case.use_case].stage;
                    case.open
                        && seat.as_deref() == Some("chair")
                        && ["piloting", "live", "suspended"].contains(&stage)
                        && !self.in_conflict(case.use_case, &who)
                }))
            }
            Act::Suspend { use_case, .. } => {
                let stage = self.use_cases.get(place(use_case.0)).map(|it| it.stage);
                Some(matches!(stage, Some("piloting" | "live")) && !who.is_empty())
            }
            Act::Tick => Some(true),
            Act::Lanes(LanesAct::SignLane { use_case, lane, .. }) => {
                let of = self.use_cases.get(place(use_case.0));
                Some(of.is_some_and(|of| {
                    let begun = ["validating", "piloting", "live", "suspended"];
                    lane.as_str() == "privacy"
                        && !who.is_empty()
                        && begun.contains(&of.stage)
                        && of.has_a_lane()
                        && !self.in_conflict(place(use_case.0), &who)
                }))
            }
            Act::Meetings(MeetingsAct::WithdrawMotion { decision, .. }) => {
                let chairs = seat.as_deref() == Some("chair") || self.bodies.presides(&who, now);
                Some(
                    self.open(decision.0).is_some_and(|it| {
                        it.opened_by == who || (chairs && !self.barred(it, &who))
                    }),
                )
            }
            Act::Meetings(MeetingsAct::DecideAlone { decision }) => {
                let it = self.open(decision.0);
                let may = it.is_some_and(|it| {
                    matches!(it.motion.question, Question::Approve { .. })
                        && self.bodies.approves(&who, it.tier, now)
                        && !self.barred(it, &who)
                        && !it.aside.contains(&who)
                        && it.votes.is_empty()
                        && !self.bodies.is_before_it(decision.0)
                });
                // What it takes to go live is checked when it is played.
                let harmless =
                    |it: &Vote| [Outcome::NoGo, Outcome::Defer].contains(&it.motion.outcome);
                if may && !it.is_some_and(harmless) { None } else { Some(may) }
            }
            _ => None,
        }
    }

    /// A motion is overtaken once the tier is above the one whose rule it was put under.
    fn rose_since(&self, motion: &Vote, now: Timestamp) -> bool {
        if motion.use_case == NO_USE_CASE {
            return false;
        }
        let stage = self.use_cases[motion.use_case].stage;
        let excepts = matches!(motion.motion.question, Question::Exception { .. });
        let tiered = excepts || !["proposed", "retired"].contains(&stage);
        tiered && self.tier_of(&motion.motion.question, now) > motion.tier
    }

    fn open(&self, decision: u32) -> Option<&Vote> {
        let place = (decision as usize).checked_sub(1)?;
        self.motions.get(place).filter(|it| !it.over)
    }

    fn in_conflict(&self, use_case: usize, who: &str) -> bool {
        let Some(of) = self.use_cases.get(use_case) else { return false };
        let mut theirs = of.owners.iter().chain(&of.assessors).chain([&of.submitter]);
        self.interested.iter().any(|it| it == who) || theirs.any(|it| it == who)
    }

    /// True for who may not take part in a motion: for its use case, or having asked for what it
    /// is about.
    fn barred(&self, motion: &Vote, who: &str) -> bool {
        let asked = match motion.motion.question {
            Question::Exception { exception } => {
                let it = &self.exceptions[place(exception.0)];
                it.owner == who || (it.asked.is_some() && it.asked_by == who)
            }
            Question::Approve { use_case } => {
                let of_it = |it: &&Update| it.open && it.body && it.use_case == place(use_case.0);
                self.changes.iter().find(of_it).is_some_and(|it| it.by == who)
            }
            _ => false,
        };
        asked || self.in_conflict(motion.use_case, who)
    }

    /// Plays a command that the core accepted.
    pub fn play(&mut self, command: &Command) {
        if self.commands.contains(&command.id.to_string()) {
            return;
        }
        let effect = self.effect(command);
        if effect {
            self.last = command.at;
            self.commands.push(command.id.to_string());
        }
    }

    /// Notes that a command had an effect, whichever part it was on.
    pub fn remember(&mut self, command: &Command) {
        self.last = command.at;
        let id = command.id.to_string();
        if !self.commands.contains(&id) {
            self.commands.push(id);
        }
    }

    /// Plays a new command; false when it changes nothing and so is not remembered.
    #[expect(clippy::too_many_lines, reason = "one arm for each act, to be read as a list")]
    fn effect(&mut self, command: &Command) -> bool {
        let who = command.actor.person().map(ToString::to_string).unwrap_or_default();
        let seat = self.bodies.seat_of(&who, command.at);
        self.bodies.play(command);
        match &command.act {
            Act::Found(founding) => founding.people.iter().for_each(|it| self.add_person(it)),
            Act::AddPerson(person) => self.add_person(person),
            Act::NoteDeparture { person } => self.left.push(person.to_string()),
            Act::RegisterVersion { version, .. } => self.versions.push(version.label.clone()),
            Act::ProposeUseCase(_) => self.use_cases.push(UseCase::proposed_by(who)),
            Act::AssignOwners { use_case, owners } => {
                self.of(use_case.0).owners =
                    owners.all().map(|(_, owner)| owner.to_string()).into();
            }
            Act::StateFacts { use_case, facts } => {
                let tier = tier_of_facts(facts);
                let adults = facts.iter().any(|(_, answer)| answer == "adults");
                let of = self.of(use_case.0);
                of.tier = tier;
                of.children = !adults;
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
                // The second use case has a standard without numbers.
                let attested = of.attested.contains(version);
                of.evidence.push((version.clone(), high || use_case.0 == 2, attested));
                of.assessors.push(who);
            }
            Act::Attest { use_case, version, .. } => {
                self.of(use_case.0).attested.push(version.clone());
            }
            Act::AdoptPlan { use_case, .. } => self.of(use_case.0).planned = true,
            Act::OpenMotion { motion, .. } => self.open_motion(motion, who, command.at),
            Act::Recuse { decision, .. } => self.motions[place(decision.0)].aside.push(who),
            Act::CastVote { decision, choice, .. } => {
                let clinician = self.clinicians.contains(&who);
                let seat = seat.expect("only members vote");
                let cast = Cast { who, choice: *choice, seat, clinician };
                self.motions[place(decision.0)].votes.push(cast);
            }
            Act::CarryDecision { decision } => self.carry(place(decision.0), command.at),
            Act::StopOnCase { case, .. } => self.stop_on_case(place(case.0), who, command.at),
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
                // The second use case may be of another AI system.
                assert!(use_case.0 == 2 || !self.versions.contains(version));
                return self.open_case(place(use_case.0), version.clone(), command.at, true);
            }
            Act::ReportObservation(reported) => {
                let use_case = place(reported.use_case.0);
                self.use_cases[use_case].months += 1;
                if reported.measures.iter().any(|it| it.numerator == 0) {
                    self.open_case(use_case, "override-rate".into(), command.at, true);
                }
            }
            // What was reviewed is for the model of reviews to know; here it counts as met.
            Act::Reviews(ReviewsAct::Assess { use_case, version }) => {
                self.of(use_case.0).evidence.push((version.clone(), true, true));
                self.of(use_case.0).assessors.push(who);
            }
            Act::Tick => return self.tick(command.at),
            Act::AdoptTierPolicy(policy) => self.adopts(policy.label()),
            Act::AdoptStandard(standard) => {
                self.adopts(format!("{} {}", standard.id, standard.version));
            }
            Act::CharterBody(_) | Act::RegisterSystem { .. } => {}
            Act::Incidents(IncidentsAct::ReportIncident(report)) => {
                self.incidents.push((report.use_case.map(|it| place(it.0)), None));
            }
            Act::Incidents(IncidentsAct::AssessIncident { incident, assessment }) => {
                let harm = assessment.harm.as_ref().map_or("i".to_owned(), ToString::to_string);
                let (use_case, before) = &mut self.incidents[place(incident.0)];
                let worse = before.as_ref().is_some_and(|before| *before < harm);
                *before = Some(harm.clone());
                let acted = |it: &usize| ["live", "suspended"].contains(&self.use_cases[*it].stage);
                if let Some(use_case) = use_case.filter(acted)
                    && *harm > *"d"
                    && !self.open_case(use_case, incident.to_string(), command.at, false)
                    && worse
                {
                    let (cause, opened) = (incident.to_string(), command.at);
                    self.cases.push(Case {
                        use_case,
                        cause,
                        opened,
                        told: 0,
                        open: true,
                        again: Vec::new(),
                    });
                }
            }
            Act::ChangeRequests(act) => self.change(act, who),
            Act::Exceptions(act) => self.play_exception(act, who, command.at),
            Act::Intake(act) => self.play_intake(act, who, command.at),
            Act::Lanes(LanesAct::SignLane { use_case, verdict, .. }) => {
                self.of(use_case.0).lane = Some((*verdict == Verdict::Objected, who));
            }
            Act::Meetings(MeetingsAct::WithdrawMotion { decision, .. }) => {
                self.motions[place(decision.0)].over = true;
            }
            Act::Meetings(MeetingsAct::DecideAlone { decision }) => {
                let decision = place(decision.0);
                self.motions[decision].over = true;
                if !self.rose_since(&self.motions[decision], command.at) {
                    self.settle(decision, command.at);
                }
            }
            Act::Organisation(act) => self.organise(act),
            // The models of the parts play these.
            _ => {}
        }
        true
    }

    /// No pack is adopted twice: none here goes back to a former one.
    fn adopts(&mut self, label: String) {
        assert!(!self.packs.contains(&label), "{label} was adopted already");
        self.packs.push(label);
    }

    fn of(&mut self, use_case: u32) -> &mut UseCase {
        &mut self.use_cases[place(use_case)]
    }

    fn add_person(&mut self, person: &Person) {
        self.people.push(handle(person));
        if person.clinician {
            self.clinicians.push(handle(person));
        }
        if person.interests.iter().any(|vendor| vendor.as_str() == "acme-health") {
            self.interested.push(handle(person));
        }
    }

    fn organise(&mut self, act: &OrganisationAct) {
        match act {
            OrganisationAct::AmendPerson { person, amendment } => {
                let handle = person.to_string();
                match amendment.clinician {
                    Some(true) => self.clinicians.push(handle),
                    Some(false) => self.clinicians.retain(|it| *it != handle),
                    None => {}
                }
            }
            OrganisationAct::DeclareInterest { person, vendor, .. }
                if vendor.as_str() == "acme-health" =>
            {
                let handle = person.to_string();
                let of_a_use_case = |it: &&mut Vote| !it.over && it.use_case != NO_USE_CASE;
                for motion in self.motions.iter_mut().filter(of_a_use_case) {
                    if motion.votes.iter().any(|cast| cast.who == handle) {
                        motion.votes.retain(|cast| cast.who != handle);
                        motion.aside.push(handle.clone());
                    }
                }
                self.interested.push(handle);
            }
            OrganisationAct::WithdrawInterest { person, vendor, .. }
                if vendor.as_str() == "acme-health" =>
            {
                self.interested.retain(|it| *it != person.as_str());
            }
            _ => {}
        }
    }

    fn open_motion(&mut self, motion: &Motion, opened_by: String, now: Timestamp) {
        let use_case = self.subject(&motion.question);
        let same = |it: &Vote| !it.over && it.motion.question == motion.question;
        assert!(!self.motions.iter().any(same), "one motion at a time");
        let tier = self.tier_of(&motion.question, now);
        self.motions.push(Vote {
            motion: motion.clone(),
            use_case,
            tier,
            opened_by,
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
            Question::Exception { exception } => self.exceptions[place(exception.0)].use_case,
            Question::Pack { .. } => NO_USE_CASE,
        }
    }

    /// The tier whose rule decides on a question now.
    fn tier_of(&self, question: &Question, now: Timestamp) -> usize {
        let use_case = self.subject(question);
        // What is about all of them is decided as the worst.
        if use_case == NO_USE_CASE {
            return 4;
        }
        let of = &self.use_cases[use_case];
        let computed = of.tier_to_decide();
        if let Question::Exception { exception } = question {
            let what = &self.exceptions[place(exception.0)].what;
            let lowers = matches!(what, Excepted::Tier { direction: Direction::Lower, .. });
            return if lowers { (computed + 1).min(4) } else { computed };
        }
        if ["proposed", "retired"].contains(&of.stage) {
            return computed;
        }
        let (mut raised, mut lowered) = (0, 0);
        for it in self.exceptions.iter().filter(|it| it.use_case == use_case && it.in_force(now)) {
            match it.what {
                Excepted::Tier { to, direction: Direction::Raise } => {
                    raised = raised.max(usize::from(to.number()));
                }
                Excepted::Tier { to, direction: Direction::Lower } => {
                    let to = usize::from(to.number());
                    if to < computed {
                        lowered = lowered.max(to);
                    }
                }
                _ => {}
            }
        }
        if raised > computed {
            raised
        } else if lowered > 0 {
            lowered
        } else {
            computed
        }
    }

    /// Whether a body excepts a use case from this now.
    fn excepted(&self, use_case: usize, from: &str, now: Timestamp) -> bool {
        let mut of =
            self.exceptions.iter().filter(|it| it.use_case == use_case && it.in_force(now));
        of.any(|it| match &it.what {
            Excepted::Lane { lane } => lane == from,
            Excepted::Requirement { requirement } => requirement.as_str() == from,
            _ => false,
        })
    }

    /// Whether what runs met the standard, but for what a body excepted.
    fn is_proved(&self, use_case: usize, version: &str, now: Timestamp) -> bool {
        let of = self.use_cases[use_case].evidence.iter().rev();
        let newest = of.clone().find(|(of, ..)| of == version);
        newest.is_some_and(|(_, high, attested)| {
            (*high || self.excepted(use_case, "discrimination", now))
                && (*attested || self.excepted(use_case, "fit", now))
        })
    }

    /// Whether the lane that applies lets it go live. An objection stands, whatever is excepted.
    fn is_signed(&self, use_case: usize, now: Timestamp) -> bool {
        let of = &self.use_cases[use_case];
        let signed = match &of.lane {
            Some((true, _)) => return !of.has_a_lane(),
            Some((false, who)) => !of.owners.contains(who),
            None => false,
        };
        !of.has_a_lane() || signed || self.excepted(use_case, "privacy", now)
    }

    /// Renewals: two at most, of what was allowed, has not ended and has nothing waiting.
    fn expects_exception(&self, act: &ExceptionsAct, who: &str, now: Timestamp) -> Option<bool> {
        match act {
            ExceptionsAct::RequestException { .. } => None,
            ExceptionsAct::RenewException { exception, expires, .. } => {
                let known = (exception.0 as usize).checked_sub(1);
                let it = known.and_then(|place| self.exceptions.get(place));
                Some(it.is_some_and(|it| {
                    let last = it.terms.last().map(|(_, until)| *until);
                    it.asked.is_none()
                        && it.ended.is_none()
                        && (1..=2).contains(&it.terms.len())
                        && last < Some(*expires)
                        && now < *expires
                }))
            }
            ExceptionsAct::EndException { exception, .. } => {
                let known = (exception.0 as usize).checked_sub(1);
                let it = known.and_then(|place| self.exceptions.get(place));
                Some(it.is_some_and(|it| {
                    let raises =
                        matches!(it.what, Excepted::Tier { direction: Direction::Raise, .. });
                    let stays = raises && it.in_force(now) && self.in_conflict(it.use_case, who);
                    it.ended.is_none() && !stays
                }))
            }
        }
    }

    fn play_exception(&mut self, act: &ExceptionsAct, who: String, now: Timestamp) {
        match act {
            ExceptionsAct::RequestException { use_case, what, owner, expires, .. } => {
                let use_case = place(use_case.0);
                if let Excepted::Tier { to, direction } = what {
                    let tier = self.use_cases[use_case].tier;
                    let raises = usize::from(to.number()) > tier;
                    assert_eq!(raises, *direction == Direction::Raise);
                }
                let (what, asked) = (what.clone(), Some(*expires));
                self.exceptions.push(Exception {
                    use_case,
                    what,
                    owner: owner.to_string(),
                    asked,
                    asked_by: who,
                    terms: Vec::new(),
                    ended: None,
                });
            }
            ExceptionsAct::RenewException { exception, expires, .. } => {
                let it = &mut self.exceptions[place(exception.0)];
                (it.asked, it.asked_by) = (Some(*expires), who);
            }
            ExceptionsAct::EndException { exception, .. } => {
                let it = &mut self.exceptions[place(exception.0)];
                it.asked = None;
                it.ended = Some(now);
                let question = Question::Exception { exception: *exception };
                for motion in self.motions.iter_mut().filter(|it| it.motion.question == question) {
                    motion.over = true;
                }
            }
        }
    }

    fn play_intake(&mut self, act: &IntakeAct, who: String, now: Timestamp) {
        match act {
            IntakeAct::BeginDraft { answers } => self.drafts.push(answers.facts.clone()),
            IntakeAct::SaveDraft { draft, answers } => {
                self.drafts[place(draft.0)] = answers.facts.clone();
            }
            IntakeAct::DiscardDraft { .. } => {}
            IntakeAct::SubmitIntake { draft, .. } => {
                let tier = tier_of_facts(&self.drafts[place(draft.0)]);
                let mut proposed = UseCase::proposed_by(who);
                (proposed.tier, proposed.stage) = (tier, "triaged");
                self.use_cases.push(proposed);
            }
            IntakeAct::ImportInventory { rows, .. } => {
                for row in rows {
                    let mut proposed = UseCase::proposed_by(who.clone());
                    if let Some(reach) = row.cells.get("reach") {
                        let answer = |fact: &str| (fact == "reach").then_some(reach.as_str());
                        (proposed.tier, proposed.stage) = (tier_by_hand(answer), "triaged");
                    }
                    self.use_cases.push(proposed);
                }
            }
            IntakeAct::FastLane { use_case } => {
                let question = Question::Approve { use_case: *use_case };
                let use_case = place(use_case.0);
                let of = &mut self.use_cases[use_case];
                assert!(of.tier == 1 && of.planned && of.owners.len() == 3);
                of.step(&["piloting", "live"], "live");
                self.motions.push(Vote {
                    motion: crate::hospital::motion(question, Outcome::Go),
                    use_case,
                    tier: 1,
                    opened_by: who,
                    votes: Vec::new(),
                    aside: Vec::new(),
                    over: true,
                    carried: true,
                    proved: Vec::new(),
                });
            }
            IntakeAct::RecordAudit { use_case, upheld, .. } => {
                if !upheld {
                    let cause = format!("audit {}", self.cases.len());
                    self.open_case(place(use_case.0), cause, now, true);
                }
            }
        }
    }

    fn stop_on_case(&mut self, case: usize, who: String, now: Timestamp) {
        let use_case = self.cases[case].use_case;
        self.cases[case].open = false;
        let on_it = Question::Case { case: governance::CaseId(case as u32 + 1) };
        for motion in self.motions.iter_mut().filter(|it| it.motion.question == on_it) {
            motion.over = true;
        }
        if self.use_cases[use_case].stage != "suspended" {
            self.stop(use_case);
        }
        let question = Question::Case { case: governance::CaseId(case as u32 + 1) };
        let tier = self.tier_of(&question, now);
        self.motions.push(Vote {
            motion: crate::hospital::motion(question, Outcome::NoGo),
            use_case,
            tier,
            opened_by: who.clone(),
            votes: vec![Cast {
                clinician: self.clinicians.contains(&who),
                who,
                choice: Choice::Approve,
                seat: "chair".into(),
            }],
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

    fn carry(&mut self, decision: usize, now: Timestamp) {
        let rose = self.rose_since(&self.motions[decision], now);
        let vote = &mut self.motions[decision];
        vote.over = true;
        if rose {
            return;
        }
        assert!(vote.is_quorate(), "declared without a quorum");
        if vote.carries() {
            self.settle(decision, now);
        }
    }

    /// What a carried motion changes.
    fn settle(&mut self, decision: usize, now: Timestamp) {
        let vote = &mut self.motions[decision];
        vote.carried = true;
        let (question, outcome) = (vote.motion.question, vote.motion.outcome);
        let go = [Outcome::Go, Outcome::GoWithConditions].contains(&outcome);
        let use_case = vote.use_case;
        if use_case == NO_USE_CASE {
            return;
        }
        let signed = self.is_signed(use_case, now);
        let of = &mut self.use_cases[use_case];
        let approve = matches!(question, Question::Approve { .. });
        let mut waits = self.changes.iter_mut();
        let waits = waits.find(|it| it.use_case == use_case && it.body && it.open);
        let decides = approve && of.stage == "live" && (go || outcome == Outcome::NoGo);
        let waits = waits.filter(|_| decides);
        let change = waits.is_some();
        if let Some(change) = waits {
            change.open = false;
            if let Some(version) = change.version.clone().filter(|_| go) {
                of.runs(version);
            }
        }
        match question {
            Question::Approve { .. } if change && !go => {}
            Question::Approve { .. } if go => {
                assert!(of.planned && of.owners.len() == 3, "live without a plan or owners");
                assert!(!of.owners.iter().any(|owner| self.left.contains(owner)));
                assert!(signed, "live with a lane that waits");
                of.step(&["piloting", "live"], "live");
                let version = of.version.clone();
                assert!(self.is_proved(use_case, &version, now), "live without evidence");
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
            Question::Resume { .. } if go && !signed => panic!("a lane waits"),
            Question::Resume { .. } if go => of.step(&["suspended"], "live"),
            Question::Resume { .. } => {}
            Question::Exception { exception } => {
                let it = &mut self.exceptions[place(exception.0)];
                let until = it.asked.take().expect("something was asked");
                if go {
                    it.terms.push((now, until));
                } else if it.terms.is_empty() {
                    it.ended = Some(now);
                }
            }
            Question::Pack { .. } => {
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

    /// The fixture's matrix: what a body must approve, and what then runs.
    fn change(&mut self, act: &ChangeRequestsAct, by: String) {
        match act {
            ChangeRequestsAct::RequestChange { use_case, kind, version, .. } => {
                let use_case = place(use_case.0);
                let highest = self.use_cases[use_case].tier == 4;
                let body = *kind == ChangeKind::IntendedUse
                    || (*kind == ChangeKind::VendorRelease && highest);
                assert_eq!(self.use_cases[use_case].stage, "live");
                let version = version.clone();
                self.changes.push(Update { use_case, version, body, by, open: true });
            }
            ChangeRequestsAct::NoteChange { change, .. }
            | ChangeRequestsAct::CloseChange { change, .. } => {
                let change = &mut self.changes[place(change.0)];
                assert!(change.open && !change.body, "what a body must approve");
                change.open = false;
                if let Some(version) = change.version.clone() {
                    self.use_cases[change.use_case].runs(version);
                }
            }
            ChangeRequestsAct::WithdrawChange { change, .. } => {
                self.changes[place(change.0)].open = false;
            }
            ChangeRequestsAct::RollBack { use_case, .. } => {
                let of = &mut self.use_cases[place(use_case.0)];
                of.version = of.before.take().expect("something to go back to");
                for motion in &mut self.motions {
                    let approve = matches!(motion.motion.question, Question::Approve { .. });
                    motion.over |= motion.use_case == place(use_case.0) && approve;
                }
            }
            _ => {}
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
        let mut again = Vec::new();
        for (decision, vote) in self.motions.iter().enumerate().filter(|(_, vote)| vote.carried) {
            for (place, condition) in vote.motion.conditions.iter().enumerate() {
                if condition.due > now || vote.proved.contains(&(place + 1)) {
                    continue;
                }
                if let Question::Case { case } = vote.motion.question {
                    again.push((case.0 as usize - 1, (decision, place)));
                } else if vote.use_case != NO_USE_CASE {
                    overdue.push((vote.use_case, format!("condition {decision} {place}")));
                }
            }
        }
        for (case, condition) in again {
            let case = &mut self.cases[case];
            if !case.again.contains(&condition) {
                case.again.push(condition);
                (case.open, case.opened, case.told) = (true, now, 0);
                changed = true;
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
        self.cases.push(Case { use_case, cause, opened, told: 0, open: true, again: Vec::new() });
        true
    }

    /// What must be the same in the record, in words.
    pub fn picture(&self) -> String {
        let use_cases = self.use_cases.iter().map(|it| {
            let runs = if ["live", "suspended"].contains(&it.stage) { &it.version } else { "" };
            format!("{} {} {runs}", it.stage, it.months)
        });
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
        let exceptions = self.exceptions.iter().map(|it| {
            let (asked, in_force) = (it.asked.is_some(), it.in_force(self.last));
            format!("asked {asked}, in force {in_force}, ended {}", it.ended.is_some())
        });
        use_cases.chain(motions).chain(cases).chain(exceptions).collect::<Vec<_>>().join("\n")
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
            children: true,
            lane: None,
            submitter,
            owners: Vec::new(),
            assessors: Vec::new(),
            attested: Vec::new(),
            evidence: Vec::new(),
            version: String::new(),
            before: None,
            planned: false,
            months: 0,
        }
    }

    fn runs(&mut self, version: String) {
        if self.version != version {
            self.before = Some(std::mem::replace(&mut self.version, version));
        }
    }

    /// Whether the privacy lane applies: from T3 on, or when children may be among the patients.
    fn has_a_lane(&self) -> bool {
        self.tier >= 3 || self.children
    }

    fn step(&mut self, from: &[&str], to: &'static str) {
        assert!(from.contains(&self.stage), "from {} to {to}", self.stage);
        self.stage = to;
    }
}

impl Vote {
    fn untouched_by(&self, who: &str) -> bool {
        !self.aside.iter().any(|it| it == who) && !self.votes.iter().any(|cast| cast.who == who)
    }

    fn is_quorate(&self) -> bool {
        let Rule { seats, must_vote, .. } = RULES[self.tier - 1];
        let voted = |seat: &str| self.votes.iter().any(|cast| cast.seat == seat);
        self.votes.len() >= seats && must_vote.iter().all(|seat| voted(seat))
    }

    fn carries(&self) -> bool {
        let Rule { clinicians, share: (part, whole), .. } = RULES[self.tier - 1];
        let approvals = self.votes.iter().filter(|cast| cast.choice == Choice::Approve);
        let (yes, no) = (count(&self.votes, Choice::Approve), count(&self.votes, Choice::Reject));
        let enough =
            if whole == 2 { yes > no } else { yes > 0 && yes * whole >= (yes + no) * part };
        self.is_quorate() && approvals.filter(|cast| cast.clinician).count() >= clinicians && enough
    }
}

fn count(votes: &[Cast], choice: Choice) -> usize {
    votes.iter().filter(|cast| cast.choice == choice).count()
}

fn handle(person: &Person) -> String {
    person.id.to_string()
}

fn place(number: u32) -> usize {
    number as usize - 1
}

fn tier_of_facts(facts: &Facts) -> usize {
    tier_by_hand(|fact| {
        facts.iter().find(|(id, _)| id.as_str() == fact).map(|(_, answer)| &**answer)
    })
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
    let use_cases = record.use_cases.iter().map(|(id, it)| {
        let runs = it.stage.live().map_or("", |live| live.deployment.version.as_str());
        format!("{} {} {runs}", it.stage, months(id))
    });
    let motions = record.decisions.values().map(|it| {
        let approvals = it.votes.values().filter(|vote| vote.choice == Choice::Approve).count();
        let (aside, over, carried) = (it.recusals.len(), !it.is_open(), it.carried.is_some());
        format!("{approvals} for, {aside} aside, over {over}, carried {carried}")
    });
    let cases = record.cases.values().map(|it| {
        format!("of {} told {} open {}", it.use_case.0, it.escalations.len(), it.is_open())
    });
    let now = record.last_at.unwrap_or_default();
    let exceptions = record.exceptions.all.values().map(|it| {
        let (asked, in_force) = (it.asked.is_some(), it.in_force(now));
        format!("asked {asked}, in force {in_force}, ended {}", it.ended.is_some())
    });
    use_cases.chain(motions).chain(cases).chain(exceptions).collect::<Vec<_>>().join("\n")
}
