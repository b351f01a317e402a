//! A small hospital, and a harness that checks on every command what must hold on every command.

use governance::*;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use statistics::{Cohort, Estimate, Measure};
use std::collections::BTreeSet;
use std::str::FromStr;

/// What a command came to.
pub type Answer = Result<Vec<Event>, Refusal>;

/// A record with a clock.
#[derive(Clone)]
pub struct Hospital {
    pub record: Record,
    pub events: Vec<Event>,
    /// The commands that were accepted, for those who want to play them again.
    pub accepted: Vec<Command>,
    pub now: Timestamp,
    next_command: u32,
    /// How command ids begin.
    ids: &'static str,
}

/// An id from text that is known to be one.
pub fn id<T: FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("an id")
}

/// A value from JSON that is known to fit.
pub fn of<T: DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json).expect("it fits the type")
}

pub const UC: UseCaseId = UseCaseId(1);
pub const SYS: SystemId = SystemId(1);

impl Hospital {
    /// A record without events, on 1 January 2024.
    pub fn empty() -> Self {
        let now = "2024-01-01T00:00:00Z".parse().expect("a time");
        Self {
            record: Record::default(),
            events: Vec::new(),
            accepted: Vec::new(),
            now,
            next_command: 1,
            ids: "command-",
        }
    }

    /// Gives a command under an id that is not used yet.
    pub fn give(&mut self, actor: &str, act: Act) -> Answer {
        let command_id = format!("{}{}", self.ids, self.next_command);
        self.next_command += 1;
        self.give_as(&command_id, actor, act)
    }

    /// Gives a command and checks what must hold whatever it comes to.
    pub fn give_as(&mut self, command_id: &str, actor: &str, act: Act) -> Answer {
        let command = self.command(command_id, actor, act);
        let known = self.record.commands.get(&governance::Mark::of_command(&command.id)).is_some();
        let events = decide(&self.record, &command)?;
        for event in &events {
            apply(&mut self.record, event).expect("what was decided fits");
            assert_eq!(
                (&event.actor, &event.authority, event.at, &event.command),
                (&command.actor, &command.authority, command.at, &command.id),
                "A1: actor, authority and time are those of the command",
            );
            let stored = serde_json::to_string(event).expect("an event is plain data");
            let back: Event = serde_json::from_str(&stored).expect("an event reads back");
            assert_eq!(back, *event, "{stored}");
        }
        self.record.settle();
        self.events.extend(events.iter().cloned());
        // G1 to G4 and H1, each named in what is violated.
        assert_eq!(violations(&self.record), [], "after {command:?}");
        assert!(!known || events.is_empty(), "R2: a repeat had an effect: {command:?}");
        if !events.is_empty() {
            let again = decide(&self.record, &command);
            assert_eq!(again, Ok(Vec::new()), "R2: a retry had an effect");
        }
        self.accepted.push(command);
        Ok(events)
    }

    pub fn command(&self, command_id: &str, actor: &str, act: Act) -> Command {
        Command {
            id: id(command_id),
            at: self.now,
            actor: actor_of(actor),
            authority: Authority {
                policies: vec!["stub".into()],
                policy_set: "00".into(),
                facts: [("role".into(), actor.into())].into(),
            },
            act,
        }
    }

    /// Gives a command that is known to be accepted.
    pub fn must(mut self, actor: &str, act: Act) -> Self {
        let name = act.name();
        match self.give(actor, act) {
            Ok(_) => self,
            Err(refusal) => panic!("{name} by {actor}: {refusal}"),
        }
    }

    pub fn wait(mut self, days: u32) -> Self {
        self.now = days_after(self.now, days);
        self
    }

    pub fn at(mut self, time: &str) -> Self {
        self.now = time.parse().expect("a time");
        self
    }

    /// Command ids begin like this from now on.
    pub fn naming(mut self, ids: &'static str) -> Self {
        self.ids = ids;
        self
    }

    /// The next command takes the id of an earlier one, from 1.
    pub fn reusing(mut self, command: u32) -> Self {
        self.next_command = command;
        self
    }

    pub fn hash(&self) -> String {
        self.record.state_hash().expect("the record is plain data")
    }

    pub fn use_case(&self) -> &UseCase {
        &self.record.use_cases[&UC]
    }

    pub fn standing(&self) -> Standing {
        self.record.standing(self.use_case(), self.now)
    }

    /// The use case's stage, its decisions and its cases, in a few words.
    pub fn summary(&self) -> String {
        let stage = self.record.use_cases.get(&UC).map_or("none", |it| it.stage.name());
        let open = self.record.cases.values().filter(|case| case.is_open());
        let open: Vec<_> = open.map(|case| case.id.to_string()).collect();
        format!("{stage}; open cases: [{}]", open.join(" "))
    }
}

/// `@scheduler` is a service, `chair` a person.
fn actor_of(name: &str) -> Actor {
    match name.strip_prefix('@') {
        Some(service) => Actor::Service(of(json!(service))),
        None => Actor::Person(id(name)),
    }
}

/// The hospital at each step towards a live use case.
impl Hospital {
    pub fn founded() -> Self {
        Self::empty().must("@installer", found())
    }

    /// With a committee, a tier policy, standards, an AI system and a version.
    pub fn furnished() -> Self {
        Self::founded()
            .must("office", Act::CharterBody(committee()))
            .must("office", Act::AdoptTierPolicy(tier_policy()))
            .must("office", Act::AdoptStandard(standard(Tier::T2)))
            .must("office", Act::AdoptStandard(standard(Tier::T3)))
            .must("office", register_system())
            .must("office", register_version("v1", "2023-12-01T00:00:00Z"))
    }

    pub fn proposed() -> Self {
        Self::furnished().must("office", propose())
    }

    pub fn triaged() -> Self {
        Self::proposed().must("office", assign_owners()).must("office", state_facts(TIER_3))
    }

    pub fn validating() -> Self {
        Self::triaged().must("office", Act::BeginValidation { use_case: UC })
    }

    pub fn piloting() -> Self {
        Self::validating()
            .must("engineer", sign_lane(Verdict::Signed))
            .must("tech", begin_pilot("v1", Mode::Silent))
            .wait(40)
    }

    /// With evidence that meets the standard.
    pub fn proved() -> Self {
        Self::piloting().must("owner", attest()).must("assessor", record_evidence(0.7))
    }

    /// With everything but the approval: 10 February 2024.
    pub fn ready() -> Self {
        Self::proved().must("tech", adopt_plan(plan()))
    }

    /// A T1 use case with everything but the approval.
    pub fn harmless() -> Self {
        Self::furnished()
            .must("office", Act::AdoptStandard(standard(Tier::T1)))
            .must("idle", propose())
            .must("office", assign_owners())
            .must("office", state_facts(TIER_1))
            .must("office", Act::BeginValidation { use_case: UC })
            .must("tech", begin_pilot("v1", Mode::Silent))
            .wait(40)
            .must("owner", attest())
            .must("assessor", record_evidence(0.7))
            .must("tech", adopt_plan(plan()))
    }

    /// Live, with `EX-1` allowed by `DEC-2` for twenty days: a contract without a clause.
    pub fn excepted() -> Self {
        let live = Self::live();
        let until = days_after(live.now, 20);
        let clause = Excepted::Clause { clause: "change-notice".into() };
        live.must("owner", Act::Exceptions(except(clause, until)))
            .must("chair", open_motion(on_exception(1, Outcome::Go)))
            .carried(2)
    }

    /// With a motion to approve, `DEC-1`.
    pub fn moved() -> Self {
        Self::ready().must("chair", open_motion(approve(Outcome::Go)))
    }

    /// Live since 10 February 2024 under `DEC-1`.
    pub fn live() -> Self {
        Self::moved().carried(1)
    }

    /// Everybody without a conflict votes for it and the chair declares it carried.
    pub fn carried(mut self, decision: u32) -> Self {
        for member in ["chair", "nurse", "ethicist", "engineer"] {
            self = self.must(member, vote(decision, Choice::Approve));
        }
        self.must("chair", Act::CarryDecision { decision: DecisionId(decision) })
    }

    /// Live until a month whose flag rate opened `CASE-1`: 5 April 2024.
    pub fn slipped() -> Self {
        Self::live().at("2024-04-05T00:00:00Z").must("@monitor", observe("2024-02", 0.9))
    }
}

/// The hospital with a body that decides in other ways.
impl Hospital {
    /// A use case of low tier, with a motion to decline it that `idle` may decide alone: `DEC-1`.
    pub fn delegated() -> Self {
        let until = "2025-01-01T00:00:00Z".parse().expect("a time");
        let what = Delegated::Approve { up_to: Tier::T2 };
        Self::proposed()
            .must("office", assign_owners())
            .must("office", state_facts(TIER_2))
            .must("chair", delegate("idle", what, until))
            .must("chair", open_motion(approve(Outcome::NoGo)))
    }

    /// A meeting, `MTG-1`, on `DEC-1`, with three members present.
    pub fn meeting() -> Self {
        let (agenda, meeting) = ([DecisionId(1)].into(), MeetingId(1));
        let hospital = Self::moved();
        let (body, at) = (id("committee"), days_after(hospital.now, 1));
        let present = people(&["chair", "nurse", "ethicist"]);
        hospital
            .must("chair", Act::Meetings(MeetingsAct::ScheduleMeeting { body, at, agenda }))
            .wait(1)
            .must("chair", Act::Meetings(MeetingsAct::OpenMeeting { meeting, present }))
    }
}

pub fn people(handles: &[&str]) -> BTreeSet<PersonId> {
    handles.iter().map(|handle| id(handle)).collect()
}

pub fn delegate(to: &str, what: Delegated, until: Timestamp) -> Act {
    Act::Meetings(MeetingsAct::Delegate { body: id("committee"), to: id(to), what, until })
}

pub fn found() -> Act {
    let people = ["office", "sponsor", "owner", "tech", "assessor", "chair", "nurse", "ethicist"]
        .into_iter()
        .chain(["engineer", "lawyer", "idle"])
        .map(person);
    Act::Found(Founding {
        hospital: "Example General".into(),
        rights: RightsPack { version: "1".into(), schema: String::new(), policies: String::new() },
        people: people.collect(),
    })
}

/// `chair` and `nurse` are clinicians; `lawyer` has an interest in the vendor.
pub fn person(handle: &str) -> Person {
    Person {
        id: id(handle),
        title: handle.into(),
        roles: BTreeSet::new(),
        clinician: ["chair", "nurse"].contains(&handle),
        trained_until: Timestamp::MAX,
        interests: (handle == "lawyer").then(|| id("acme-health")).into_iter().collect(),
        employment: None,
        trained_on: std::collections::BTreeMap::new(),
        left_at: None,
    }
}

/// Five seats, named after who holds them, and a rule for each tier.
pub fn committee() -> Body {
    let seat = |name: &str| json!({ "id": name, "expertise": name, "holder": name });
    let seats = ["chair", "nurse", "ethicist", "engineer", "lawyer"].map(seat);
    of(json!({
        "id": "committee", "name": "AI committee", "charter": "Decides on clinical AI.",
        "seats": seats,
        "chair": "chair",
        "rules": [
            { "tier": "T1", "quorum": 1, "majority": 1, "majority_of": 2 },
            { "tier": "T2", "quorum": 3, "majority": 1, "majority_of": 2 },
            { "tier": "T3", "quorum": 3, "required_seats": ["nurse"],
              "clinician_approvals": 1, "majority": 2, "majority_of": 3 },
            { "tier": "T4", "quorum": 4, "required_seats": ["nurse", "ethicist"],
              "clinician_approvals": 2, "majority": 3, "majority_of": 4 },
        ],
    }))
}

pub fn tier_policy() -> TierPolicy {
    let duties = Tier::ALL.map(|tier| {
        json!({ "tier": tier, "gate_closes_after_days": 40 - 10 * u32::from(tier.number()),
                "approval_valid_days": 365, "obligations": [] })
    });
    of(json!({
        "id": "tiers", "version": "1", "title": "Tiers", "source": "made up for tests",
        "facts": [
            { "id": "reach", "question": "?", "levels": ["administrative", "money", "care"] },
            { "id": "autonomy", "question": "?", "levels": ["informs", "recommends", "acts"] },
            { "id": "time", "question": "?", "levels": ["days", "hours", "minutes"] },
            { "id": "patients", "question": "?", "levels": ["adults", "children"] },
        ],
        "floors": [
            { "id": "money", "tier": "T2", "when": { "reach": "money" }, "reason": "costs" },
            { "id": "advice", "tier": "T3", "reason": "advises on care",
              "when": { "reach": "care", "autonomy": "recommends" } },
            { "id": "children", "tier": "T3", "reason": "children",
              "when": { "reach": "care", "patients": "children" } },
            { "id": "acts", "tier": "T4", "reason": "acts on patients",
              "when": { "reach": "care", "autonomy": "acts" } },
            { "id": "rush", "tier": "T4", "reason": "no time to catch an error",
              "when": { "reach": "care", "time": "minutes" } },
        ],
        "duties": duties,
        "lanes": [
            { "id": "privacy", "title": "Privacy", "role": "privacy-officer", "from": "T3",
              "when": { "patients": "children" }, "answer_within_days": 20 },
        ],
        "fast_lane": { "tiers": ["T1"], "audit_percent": 100 },
    }))
}

pub type Stated = [(&'static str, &'static str)];

pub const TIER_3: &Stated =
    &[("reach", "care"), ("autonomy", "recommends"), ("time", "days"), ("patients", "adults")];
pub const TIER_1: &Stated = &[("reach", "administrative"), ("patients", "adults")];
pub const TIER_2: &Stated = &[("reach", "money"), ("autonomy", "acts")];

pub fn facts(stated: &Stated) -> Facts {
    stated.iter().map(|(fact, answer)| (id(fact), (*answer).to_owned())).collect()
}

/// Discrimination, computed; fit into the work, attested. Holds for 200 days.
pub fn standard(tier: Tier) -> ValidationStandard {
    of(json!({
        "id": format!("predictive-t{}", tier.number()), "version": "1", "title": "Predictive",
        "source": "made up for tests", "tier": tier, "ai_type": "predictive", "valid_days": 200,
        "requirements": [
            { "id": "discrimination", "title": "It tells patients apart", "rationale": "use",
              "proof": "computed", "measure": "auroc", "end": "lower", "at_least": 0.6,
              "min_n": 100, "min_events": 10 },
            { "id": "fit", "title": "It fits the work", "rationale": "use",
              "proof": "attested", "statement": "It was tried by those who will use it" },
        ],
    }))
}

/// Watches the flag rate and the calibration; the ladder has rungs at 0, 3 and 7 days.
pub fn plan() -> MonitoringPlan {
    of(json!({
        "feed": { "file": "log.parquet", "outcome": "y", "score": "p", "id": "id", "time": "t",
                  "matured": "m", "version": "v", "site": "s" },
        "maturity_days": 30, "by": ["race"], "threshold": 0.15,
        "watches": [
            { "id": "flags", "title": "Flag rate", "answer_within_days": 14,
              "action": "Retrain the nurses",
              "alarm": { "kind": "bound", "measure": "flag_rate", "end": "lower",
                         "at_most": 0.5, "min_n": 50, "min_events": 0 } },
            { "id": "calibration", "title": "Calibration", "answer_within_days": 10,
              "action": "Suspend or recalibrate",
              "alarm": { "kind": "calibration", "months_between_false_alarms": 120.0,
                         "tolerance": 0.1 } },
        ],
        "ladder": [
            { "after_days": 0, "tell": "owner" },
            { "after_days": 3, "tell": "chair" },
            { "after_days": 7, "tell": "sponsor" },
        ],
    }))
}

pub fn estimate(measure: Measure, value: f64, cohort: Option<Cohort>) -> Estimate {
    Estimate {
        measure,
        cohort,
        period: None,
        threshold: None,
        estimate: Some(value),
        lower: Some(value - 0.05),
        upper: Some(value + 0.05),
        level: 0.95,
        n: Some(1000),
        events: Some(100),
        method: "made up".into(),
        status: statistics::Status::Estimated,
    }
}

pub fn register_system() -> Act {
    let (name, vendor) = ("Readmission score".into(), id("acme-health"));
    Act::RegisterSystem { name, vendor, ai_type: AiType::Predictive }
}

pub fn register_version(label: &str, released: &str) -> Act {
    let released = released.parse().expect("a time");
    let version = Version {
        label: label.into(),
        released,
        description: "A version".into(),
        ..Version::default()
    };
    Act::RegisterVersion { system: SYS, version }
}

pub fn propose() -> Act {
    Act::ProposeUseCase(Proposal {
        title: "Readmission".into(),
        intended_use: "Plan discharges".into(),
        workflow: id("discharge"),
        population: "Adults".into(),
        system: SYS,
    })
}

pub fn owners(sponsor: &str, business: &str, technical: &str) -> Owners {
    Owners { sponsor: id(sponsor), business: id(business), technical: id(technical) }
}

pub fn assign_owners() -> Act {
    Act::AssignOwners { use_case: UC, owners: owners("sponsor", "owner", "tech") }
}

pub fn state_facts(stated: &Stated) -> Act {
    Act::StateFacts { use_case: UC, facts: facts(stated) }
}

pub fn begin_pilot(version: &str, mode: Mode) -> Act {
    let deployment = Deployment { version: version.into(), site: id("main"), mode };
    Act::BeginPilot { use_case: UC, deployment }
}

pub fn sign_lane(verdict: Verdict) -> Act {
    sign_lane_of(UC, verdict)
}

pub fn sign_lane_of(use_case: UseCaseId, verdict: Verdict) -> Act {
    let (lane, reason) = (id("privacy"), "No identities leave the hospital".into());
    let act = LanesAct::SignLane { use_case, lane, verdict, reason, valid_until: None };
    Act::Lanes(act)
}

pub fn attest() -> Act {
    attest_until(Timestamp::MAX)
}

pub fn attest_until(valid_until: Timestamp) -> Act {
    Act::Attest {
        use_case: UC,
        version: "v1".into(),
        requirement: id("fit"),
        statement: "Tried on two wards".into(),
        document: None,
        valid_until,
    }
}

pub fn record_evidence(auroc: f64) -> Act {
    Act::RecordEvidence {
        use_case: UC,
        version: "v1".into(),
        span: "January".into(),
        report_digest: "ab".into(),
        document: "cd".into(),
        n: 1000,
        estimates: vec![estimate(Measure::Auroc, auroc, None)],
    }
}

pub fn adopt_plan(plan: MonitoringPlan) -> Act {
    Act::AdoptPlan { use_case: UC, plan: Box::new(plan) }
}

pub fn motion(question: Question, outcome: Outcome) -> Motion {
    Motion {
        question,
        outcome,
        reason: "It helps".into(),
        alternatives: vec!["Go on without it".into()],
        evidence: BTreeSet::new(),
        residual_risk: "Some alarms are false".into(),
        conditions: Vec::new(),
        ai_help: "none".into(),
        exhibits: Vec::new(),
        next_look: None,
    }
}

pub fn approve(outcome: Outcome) -> Motion {
    motion(Question::Approve { use_case: UC }, outcome)
}

pub fn on_case(outcome: Outcome) -> Motion {
    motion(Question::Case { case: CaseId(1) }, outcome)
}

/// Asks for an exception of `UC-1`.
pub fn except(what: Excepted, expires: jiff::Timestamp) -> ExceptionsAct {
    ExceptionsAct::RequestException {
        use_case: UC,
        what,
        reason: "The clause is being negotiated".into(),
        compensating_control: "The vendor is called every week".into(),
        owner: id("owner"),
        expires,
    }
}

pub fn on_exception(exception: u32, outcome: Outcome) -> Motion {
    motion(Question::Exception { exception: ExceptionId(exception) }, outcome)
}

pub fn fast_lane() -> Act {
    Act::Intake(IntakeAct::FastLane { use_case: UC })
}

pub fn resume(outcome: Outcome) -> Motion {
    motion(Question::Resume { use_case: UC }, outcome)
}

pub fn open_motion(motion: Motion) -> Act {
    Act::OpenMotion { body: id("committee"), motion }
}

pub fn with_condition(mut motion: Motion, owner: &str, due: Timestamp) -> Motion {
    motion.outcome = Outcome::GoWithConditions;
    let what = "Train the ward".into();
    motion.conditions.push(Condition { what, owner: id(owner), due, proof: None });
    motion
}

pub fn vote(decision: u32, choice: Choice) -> Act {
    Act::CastVote { decision: DecisionId(decision), choice, reason: "so".into() }
}

pub fn recuse(decision: u32) -> Act {
    Act::Recuse { decision: DecisionId(decision), reason: "I know the maker".into() }
}

pub fn carry(decision: u32) -> Act {
    Act::CarryDecision { decision: DecisionId(decision) }
}

pub fn suspend() -> Act {
    Act::Suspend { use_case: UC, reason: "It harms".into() }
}

pub fn stop_on_case() -> Act {
    Act::StopOnCase {
        case: CaseId(1),
        reason: "It slipped".into(),
        alternatives: vec!["Watch it longer".into()],
        residual_risk: "Without it, planning is slower".into(),
    }
}

pub fn observed(month: &str, flag_rate: f64) -> Observed {
    Observed {
        use_case: UC,
        month: id(month),
        tallies_digest: "ef".into(),
        estimates: vec![estimate(Measure::FlagRate, flag_rate, None)],
        readings: Vec::new(),
    }
}

pub fn observe(month: &str, flag_rate: f64) -> Act {
    Act::RecordObservation(Box::new(observed(month, flag_rate)))
}

pub fn report_version(version: &str) -> Act {
    let (site, workflow) = (id("main"), id("discharge"));
    Act::ReportUnknownVersion { use_case: UC, version: version.into(), site, workflow }
}

pub fn meet_condition(decision: u32, condition: usize) -> Act {
    let decision = DecisionId(decision);
    Act::MeetCondition { decision, condition, proof: "The list of those trained".into() }
}

/// The names of what changed, such as `case_opened, signal_raised`.
pub fn changes(events: &[Event]) -> String {
    let names: Vec<_> = events.iter().map(|event| event.change.kind()).collect();
    if names.is_empty() { "nothing".into() } else { names.join(", ") }
}

/// What a command came to, in one line.
pub fn in_words(answer: &Answer) -> String {
    match answer {
        Ok(events) => changes(events),
        Err(refusal) => format!("refused: {refusal}"),
    }
}

/// A row of a table: its name, the hospital before, who acts, and the act.
pub type Row = (&'static str, Hospital, &'static str, Act);

/// Plays each row in a hospital of its own and says what came of it.
pub fn check(cases: Vec<Row>) -> String {
    let line = |(name, mut hospital, actor, act): Row| {
        format!("{name} → {}", in_words(&hospital.give(actor, act)))
    };
    cases.into_iter().map(line).collect::<Vec<_>>().join("\n")
}

pub const HASH: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

pub fn vendor(handle: &str) -> Vendor {
    Vendor { id: id(handle), name: "Acme Health".into(), contact: "help@acme.example".into() }
}

/// A contract on the one AI system, with notice of changes, for some days of 2024.
pub fn agreement(vendor: &str, days: u32) -> Agreement {
    let from = "2024-01-01T00:00:00Z".parse().expect("a time");
    let notice = ClauseHeld { state: ClauseState::Held, within: Some(30) };
    Agreement {
        vendor: id(vendor),
        systems: BTreeSet::from([SYS]),
        from,
        until: days_after(from, days),
        clauses: [(id("change-notice"), notice)].into(),
        document: None,
    }
}

/// Notice of changes blocks from T3 on; exit is demanded of all.
pub fn contract_terms() -> ContractTerms {
    of(json!({
        "id": "terms", "version": "1", "title": "Terms", "source": "made up for tests",
        "clauses": [
            { "id": "change-notice", "title": "Notice of changes", "ask": "Tell us before.",
              "demanded_from": "T2", "blocks_from": "T3",
              "limit": { "unit": "days", "at_least": 30 } },
            { "id": "exit", "title": "Exit", "ask": "Say how we stop.", "demanded_from": "T1" },
        ],
    }))
}

pub fn disclose(system: SystemId, attribute: &str, grade: Grade) -> VendorsAct {
    let (attribute, answer) = (attribute.into(), "Once a year".into());
    VendorsAct::Disclose { system, attribute, answer, grade, source: None }
}

pub fn attach(hash: &str, about: About) -> VendorsAct {
    VendorsAct::AttachDocument(Attachment {
        title: "Release notes".into(),
        hash: hash.into(),
        media_type: "application/pdf".into(),
        about,
    })
}

/// A vendor's release takes more with every tier; the others the same in all.
pub fn change_matrix() -> ChangeMatrix {
    let tiers = ["T1", "T2", "T3", "T4"];
    let rule = |kind: &str, tiers: &[&str], route: &str, requirements: &[&str]| {
        json!({ "kind": kind, "tiers": tiers, "route": route, "requirements": requirements,
                "due_days": 20, "reason": "so" })
    };
    of(json!({
        "id": "changes", "version": "1", "title": "Changes", "source": "made up for tests",
        "rules": [
            rule("vendor_release", &["T1"], "note", &[]),
            rule("vendor_release", &["T2"], "partial", &["discrimination"]),
            rule("vendor_release", &["T3"], "full", &[]),
            rule("vendor_release", &["T4"], "approval", &[]),
            rule("retraining", &tiers, "full", &[]),
            rule("prompt", &tiers, "note", &[]),
            rule("threshold", &tiers, "partial", &["discrimination"]),
            rule("ehr_upgrade", &tiers, "note", &[]),
            rule("population", &tiers, "full", &[]),
            rule("site", &tiers, "note", &[]),
            rule("intended_use", &tiers, "approval", &[]),
            rule("upstream_feed", &tiers, "partial", &["tea"]),
        ],
    }))
}

/// Lets the threshold move from 0.1 to 0.2, and retraining be shown in part.
pub fn envelope() -> Envelope {
    of(json!({
        "modifications": [
            { "kind": "threshold", "description": "The threshold moves",
              "limits": { "threshold": { "at_least": 0.1, "at_most": 0.2 } } },
            { "kind": "retraining", "description": "Trained again on newer data",
              "limits": { "threshold": { "at_least": 0.1, "at_most": 0.2 } },
              "requirements": ["discrimination"] },
        ],
        "protocol": "Tested on the last quarter", "impact": "More or fewer are flagged",
    }))
}

pub fn changing(act: ChangeRequestsAct) -> Act {
    Act::ChangeRequests(act)
}

pub fn request_change(kind: ChangeKind, version: Option<&str>, threshold: f64) -> Act {
    changing(ChangeRequestsAct::RequestChange {
        use_case: UC,
        kind,
        version: version.map(Into::into),
        site: (kind == ChangeKind::Site).then(|| id("annexe")),
        description: "It is better".into(),
        values: [("threshold".to_owned(), threshold)].into(),
    })
}
