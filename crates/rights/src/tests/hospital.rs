//! A small hospital whose record was made by the core, with one live use case, an open case and an
//! open decision.

use governance::{
    Act, Actor, AiType, Assessment, Authority, Body, Command, Delegated, Deployment, Facts,
    Founding, IncidentId, IncidentsAct, LanesAct, MeetingsAct, Mode, MonitoringPlan, Motion,
    Observed, Outcome, Owners, Person, Proposal, Question, Reading, Record, RightsPack, Service,
    Tier, TierDuties, TierPolicy, ValidationStandard, Verdict, Version, apply, decide,
};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

pub const PEOPLE: &str = r#"
[[people]]
id = "office"
title = "Governance office"
roles = ["governance-office"]
trained_until = "2030-01-01T00:00:00Z"
[[people]]
id = "safety"
title = "Patient-safety officer"
roles = ["patient-safety-officer"]
trained_until = "2020-01-01T00:00:00Z"
[[people]]
id = "legal"
title = "Compliance"
roles = ["compliance-officer"]
trained_until = "2020-01-01T00:00:00Z"
[[people]]
id = "peer"
title = "Peer review"
roles = ["peer-review"]
trained_until = "2020-01-01T00:00:00Z"
[[people]]
id = "liaison"
title = "Vendor liaison"
roles = ["vendor-liaison"]
trained_until = "2030-01-01T00:00:00Z"
[[people]]
id = "scientist"
title = "Data scientist, with a seat"
roles = ["data-scientist"]
trained_until = "2030-01-01T00:00:00Z"
[[people]]
id = "sponsor"
title = "Executive sponsor"
trained_until = "2030-01-01T00:00:00Z"
[[people]]
id = "ward"
title = "Business owner, with a seat"
trained_until = "2030-01-01T00:00:00Z"
[[people]]
id = "tech"
title = "Technical owner"
trained_until = "2030-01-01T00:00:00Z"
[[people]]
id = "author"
title = "Who proposed the use case, with a seat"
roles = ["privacy-officer"]
trained_until = "2030-01-01T00:00:00Z"
[[people]]
id = "chair"
title = "Chair of the AI committee"
clinician = true
trained_until = "2030-01-01T00:00:00Z"
[[people]]
id = "nurse"
title = "Member of the AI committee"
clinician = true
trained_until = "2030-01-01T00:00:00Z"
[[people]]
id = "lapsed"
title = "Member whose training lapsed"
trained_until = "2024-06-30T00:00:00Z"
[[people]]
id = "invested"
title = "Member with an interest in the vendor"
interests = ["acme"]
trained_until = "2030-01-01T00:00:00Z"
[[people]]
id = "gone"
title = "Member of everything, until leaving"
roles = ["governance-office", "patient-safety-officer", "data-scientist", "vendor-liaison"]
trained_until = "2030-01-01T00:00:00Z"
[[people]]
id = "ethics"
title = "Chair of another body"
trained_until = "2030-01-01T00:00:00Z"
[[people]]
id = "pretender"
title = "Whose roles are spelled like seats"
roles = ["ai-committee", "seat:ai-committee", "chair:ai-committee", "chair"]
trained_until = "2030-01-01T00:00:00Z"
[[people]]
id = "privacy"
title = "Privacy officer"
roles = ["privacy-officer"]
trained_until = "2030-01-01T00:00:00Z"
[[people]]
id = "quiet"
title = "Privacy officer whose training lapsed"
roles = ["privacy-officer"]
trained_until = "2024-06-30T00:00:00Z"
[[people]]
id = "deputy"
title = "Stands in for the chair"
trained_until = "2030-01-01T00:00:00Z"
[[people]]
id = "delegate"
title = "Approves low tiers for the AI committee"
trained_until = "2030-01-01T00:00:00Z"
[[people]]
id = "counsel"
title = "Legal counsel"
roles = ["legal-counsel"]
trained_until = "2030-01-01T00:00:00Z"
[[people]]
id = "clerk"
title = "Nothing in particular"
trained_until = "2030-01-01T00:00:00Z"
"#;

const BODIES: [&str; 2] = [
    r#"
id = "ai-committee"
name = "AI committee"
charter = "Decides on AI."
chair = "chair"
[[seats]]
id = "chair"
expertise = "medicine"
holder = "chair"
[[seats]]
id = "nursing"
expertise = "nursing"
holder = "nurse"
[[seats]]
id = "a"
expertise = "data"
holder = "scientist"
[[seats]]
id = "b"
expertise = "wards"
holder = "ward"
[[seats]]
id = "c"
expertise = "quality"
holder = "author"
[[seats]]
id = "d"
expertise = "law"
holder = "lapsed"
[[seats]]
id = "e"
expertise = "purchase"
holder = "invested"
[[seats]]
id = "f"
expertise = "everything"
holder = "gone"
[[rules]]
tier = "T2"
quorum = 2
majority = 1
majority_of = 2
"#,
    r#"
id = "ethics-board"
name = "Ethics board"
charter = "Decides on ethics."
chair = "chair"
[[seats]]
id = "chair"
expertise = "ethics"
holder = "ethics"
[[rules]]
tier = "T1"
quorum = 1
majority = 1
majority_of = 2
"#,
];

const STANDARD: &str = r#"
id = "word-only"
version = "1"
title = "One word"
source = "this test"
tier = "T2"
ai_type = "predictive"
valid_days = 365
[[requirements]]
id = "word"
title = "A word"
rationale = "For the test"
proof = "attested"
statement = "It is so."
"#;

const PLAN: &str = r#"
maturity_days = 30
by = []
threshold = 0.2
[feed]
file = "log.csv"
outcome = "y"
score = "p"
id = "id"
time = "t"
matured = "m"
version = "v"
site = "s"
[[watches]]
id = "calibration"
title = "Calibration"
answer_within_days = 7
action = "Look at it"
alarm = { kind = "calibration", months_between_false_alarms = 24, tolerance = 0.1 }
[[ladder]]
after_days = 0
tell = "owner"
"#;

/// When every question of the tests is asked.
pub fn now() -> Timestamp {
    "2024-07-01T12:00:00.000500Z".parse().unwrap()
}

pub fn person(id: &str) -> Actor {
    Actor::Person(id.parse().unwrap())
}

pub fn plan() -> MonitoringPlan {
    packs::plan("plan.toml", PLAN).unwrap()
}

pub fn standard() -> ValidationStandard {
    packs::standard("standard.toml", STANDARD).unwrap()
}

pub fn people() -> Vec<Person> {
    packs::people("people.toml", PEOPLE).unwrap()
}

pub fn body(place: usize) -> Body {
    packs::body("body.toml", BODIES[place]).unwrap()
}

pub fn tiers() -> TierPolicy {
    let duties = |tier| TierDuties {
        tier,
        gate_closes_after_days: 30,
        approval_valid_days: 365,
        monitor_every_months: 1,
        obligations: Vec::new(),
        decision: None,
    };
    let mut policy = packs::builtin::tier_policy().unwrap();
    policy.duties = Tier::ALL.map(duties).into();
    policy.lanes.retain(|lane| lane.id.as_str() == "privacy");
    policy
}

/// Facts that give T2.
pub fn facts() -> Facts {
    let mut facts: Facts =
        tiers().facts.iter().map(|asked| (asked.id.clone(), asked.levels[0].clone())).collect();
    facts.insert("significance".parse().unwrap(), "inform".to_owned());
    facts
}

pub fn owners(sponsor: &str) -> Owners {
    Owners {
        sponsor: sponsor.parse().unwrap(),
        business: "ward".parse().unwrap(),
        technical: "tech".parse().unwrap(),
    }
}

pub fn version() -> Version {
    Version {
        label: "1".to_owned(),
        released: now(),
        description: "first".to_owned(),
        ..Version::default()
    }
}

pub fn proposal(system: u32) -> Proposal {
    Proposal {
        title: "Readmission score".to_owned(),
        intended_use: "Plan the discharge".to_owned(),
        workflow: "discharge".parse().unwrap(),
        population: "adults".to_owned(),
        system: governance::SystemId(system),
    }
}

pub fn deployment() -> Deployment {
    Deployment { version: "1".to_owned(), site: "main".parse().unwrap(), mode: Mode::Silent }
}

pub fn motion(question: Question, outcome: Outcome) -> Motion {
    let conditions = vec![governance::Condition {
        what: "Train the ward".to_owned(),
        owner: "nurse".parse().unwrap(),
        due: "2024-12-01T00:00:00Z".parse().unwrap(),
        proof: None,
    }];
    Motion {
        question,
        outcome,
        reason: "it helps".to_owned(),
        alternatives: vec!["do nothing".to_owned()],
        evidence: BTreeSet::new(),
        residual_risk: "small".to_owned(),
        conditions: if outcome == Outcome::GoWithConditions { conditions } else { Vec::new() },
        ai_help: "none".to_owned(),
        exhibits: Vec::new(),
        next_look: None,
    }
}

pub fn founding() -> Founding {
    let rights =
        RightsPack { version: "1".to_owned(), schema: String::new(), policies: String::new() };
    Founding { hospital: "Test".to_owned(), rights, people: people() }
}

/// The record, and a clock that goes on by a minute with every act.
pub struct Hospital {
    pub record: Record,
    at: Timestamp,
    given: u32,
}

impl Hospital {
    /// `UC-1` is live under `DEC-1`, with a condition; `CASE-1` is open and `DEC-2` is to decide
    /// it. `UC-2` is proposed. `DRAFT-1`
    /// is the clerk's, and `EX-1` waits.
    pub fn new() -> Self {
        let at = "2024-01-01T00:00:00Z".parse().unwrap();
        let mut hospital = Self { record: Record::default(), at, given: 0 };
        hospital.organise();
        hospital.go_live();
        hospital.slip();
        hospital.changes();
        hospital.judge();
        hospital
    }

    /// Does an act without asking who may: rights are what is being tested.
    pub fn does(&mut self, actor: &Actor, act: Act) {
        self.given += 1;
        self.at += jiff::SignedDuration::from_mins(1);
        let authority =
            Authority { policies: Vec::new(), policy_set: String::new(), facts: BTreeMap::new() };
        let command = Command {
            id: format!("command-{}", self.given).parse().unwrap(),
            at: self.at,
            actor: actor.clone(),
            authority,
            act,
        };
        for event in decide(&self.record, &command).unwrap() {
            apply(&mut self.record, &event).unwrap();
        }
    }

    fn organise(&mut self) {
        let office = person("office");
        self.does(&Actor::Service(Service::Installer), Act::Found(founding()));
        self.does(&office, Act::CharterBody(body(0)));
        self.does(&office, Act::CharterBody(body(1)));
        self.does(&office, Act::NoteDeparture { person: "gone".parse().unwrap() });
        self.does(&office, Act::AdoptTierPolicy(tiers()));
        self.does(&office, Act::AdoptStandard(standard()));
        for vendor in ["acme", "in-house"] {
            self.does(&office, register_system(vendor));
        }
        let system = governance::SystemId(1);
        self.does(&office, Act::RegisterVersion { system, version: version() });
    }

    fn go_live(&mut self) {
        let (office, use_case) = (person("office"), UC1);
        self.does(&person("author"), Act::ProposeUseCase(proposal(1)));
        self.does(&person("clerk"), Act::ProposeUseCase(proposal(2)));
        self.does(&office, Act::AssignOwners { use_case, owners: owners("sponsor") });
        self.does(&office, Act::StateFacts { use_case, facts: facts() });
        self.does(&office, Act::BeginValidation { use_case });
        self.does(&person("ward"), Act::BeginPilot { use_case, deployment: deployment() });
        self.does(&person("privacy"), sign_lane());
        self.does(&person("ward"), attest());
        self.does(&person("scientist"), record_evidence());
        self.does(&person("tech"), Act::AdoptPlan { use_case, plan: Box::new(plan()) });
        let approve = motion(Question::Approve { use_case }, Outcome::GoWithConditions);
        self.decides(1, approve, &["chair", "nurse"]);
        self.does(&person("chair"), Act::CarryDecision { decision: governance::DecisionId(1) });
    }

    fn slip(&mut self) {
        // January's outcomes are known by now.
        self.at = "2024-03-10T00:00:00Z".parse().unwrap();
        self.does(&Actor::Service(Service::Monitor), record_observation());
        let body: governance::BodyId = "ai-committee".parse().unwrap();
        for (to, what) in [
            ("deputy", Delegated::Preside),
            ("delegate", Delegated::Approve { up_to: Tier::T2 }),
            ("ward", Delegated::Approve { up_to: Tier::T2 }),
            ("pretender", Delegated::Preside),
        ] {
            let (to, until) = (to.parse().unwrap(), "2025-01-01T00:00:00Z".parse().unwrap());
            let act = MeetingsAct::Delegate { body: body.clone(), to, what, until };
            self.does(&person("chair"), Act::Meetings(act));
        }
        let delegation = governance::DelegationId(4);
        self.does(&person("chair"), Act::Meetings(MeetingsAct::RevokeDelegation { delegation }));
        self.does(&person("chair"), Act::Meetings(schedule_meeting()));
        let keep = motion(Question::Case { case: governance::CaseId(1) }, Outcome::Go);
        self.decides(2, keep, &[]);
        self.does(&person("clerk"), Act::Incidents(report_incident()));
        self.does(&person("safety"), Act::Incidents(plan_action()));
        let draft = governance::IntakeAct::BeginDraft { answers: answers() };
        self.does(&person("clerk"), Act::Intake(draft));
        self.does(&person("ward"), Act::Exceptions(request_exception()));
    }

    /// `CR-1` asks for another threshold.
    fn changes(&mut self) {
        let asked = [super::vendors::matrix(), super::vendors::request()];
        for act in asked {
            self.does(&person("office"), Act::ChangeRequests(act));
        }
    }

    /// A hazard with a control of the nurse, a review that the nurse scores, and reports by data
    /// scientists.
    fn judge(&mut self) {
        self.does(&person("clerk"), log_hazard());
        self.does(&person("ward"), add_control());
        let review = serde_json::from_str(REVIEW).unwrap();
        self.record.reviews.reviews.insert(governance::ReviewId(1), review);
        let mut use_case = self.record.use_cases[&UC1].clone();
        let governance::Stage::Live(live) = &mut use_case.stage else { panic!() };
        let by = governance::Reporter::Role("data-scientist".to_owned());
        live.plan.source =
            governance::Source::Reported(governance::Reporting { by, every_months: 1 });
        self.record.use_cases.insert(UC1, use_case);
    }

    pub fn decides(&mut self, number: u32, motion: Motion, voters: &[&str]) {
        let body = "ai-committee".parse().unwrap();
        self.does(&person("office"), Act::OpenMotion { body, motion });
        for voter in voters {
            let decision = governance::DecisionId(number);
            let choice = governance::Choice::Approve;
            let reason = "yes".to_owned();
            self.does(&person(voter), Act::CastVote { decision, choice, reason });
        }
    }
}

pub const UC1: governance::UseCaseId = governance::UseCaseId(1);

const REVIEW: &str = r#"{
    "id": "REV-1", "use_case": "UC-1", "version": "1", "requirement": "word",
    "standard": "word-only 1", "sample": "s", "raters": ["nurse"], "planned_by": "scientist",
    "planned_at": "2024-03-11T00:00:00Z", "ratings": {}, "closed": null,
    "rubric": { "raters": 1, "min_items": 2, "errors_at_most": 0.5, "criteria": [
        { "id": "right", "question": "Is it?", "scale": ["no", "yes"], "errors": 1 }] } }"#;

pub fn log_hazard() -> Act {
    let json = r#"{"act":"log_hazard","use_case":"UC-1","hazard":"h","cause":"c","effect":"e",
        "severity":"minor","likelihood":"low"}"#;
    serde_json::from_str(json).unwrap()
}

pub fn add_control() -> Act {
    let json = r#"{"act":"add_control","hazard":"HAZ-1","control":"c","owner":"nurse",
        "due":"2025-01-01T00:00:00Z"}"#;
    serde_json::from_str(json).unwrap()
}

pub fn register_system(vendor: &str) -> Act {
    Act::RegisterSystem {
        name: format!("Score of {vendor}"),
        vendor: vendor.parse().unwrap(),
        ai_type: AiType::Predictive,
    }
}

pub fn schedule_meeting() -> MeetingsAct {
    let at = "2024-08-01T00:00:00Z".parse().unwrap();
    let body = "ai-committee".parse().unwrap();
    MeetingsAct::ScheduleMeeting { body, at, agenda: BTreeSet::new() }
}

pub fn sign_lane() -> Act {
    Act::Lanes(LanesAct::SignLane {
        use_case: UC1,
        lane: "privacy".parse().unwrap(),
        verdict: Verdict::Signed,
        reason: "nothing leaves the hospital".to_owned(),
        valid_until: None,
    })
}

/// What the draft of the clerk says.
pub fn answers() -> governance::Answers {
    governance::Answers { title: "Bed forecast".to_owned(), ..governance::Answers::default() }
}

/// `EX-1`, which the ward owns.
pub fn request_exception() -> governance::ExceptionsAct {
    governance::ExceptionsAct::RequestException {
        use_case: UC1,
        what: governance::Excepted::Clause { clause: "change-notice".to_owned() },
        reason: "The vendor needs time".to_owned(),
        compensating_control: "A nurse watches it".to_owned(),
        owner: "ward".parse().unwrap(),
        expires: "2024-10-01T00:00:00Z".parse().unwrap(),
    }
}

pub fn attest() -> Act {
    Act::Attest {
        use_case: UC1,
        version: "1".to_owned(),
        requirement: "word".parse().unwrap(),
        statement: "It is so.".to_owned(),
        document: None,
        valid_until: "2025-01-01T00:00:00Z".parse().unwrap(),
    }
}

pub fn record_evidence() -> Act {
    Act::RecordEvidence {
        use_case: UC1,
        version: "1".to_owned(),
        span: "all of it".to_owned(),
        report_digest: "d".to_owned(),
        document: "h".to_owned(),
        n: 1000,
        estimates: Vec::new(),
    }
}

pub fn record_observation() -> Act {
    let reading = Reading {
        watch: "calibration".parse().unwrap(),
        cohort: None,
        evidence: 100.0,
        limit: 24.0,
        finding: "drifted".to_owned(),
    };
    Act::RecordObservation(Box::new(Observed {
        use_case: UC1,
        month: "2024-01".parse().unwrap(),
        tallies_digest: "d".to_owned(),
        estimates: Vec::new(),
        readings: vec![reading],
    }))
}

/// The acts on an incident, one of each kind.
pub fn incident_acts() -> Vec<Act> {
    let (incident, reason) = (IncidentId(1), || "because".to_owned());
    let acts = [
        IncidentsAct::AdoptClockRules(packs::builtin::clocks().unwrap()),
        report_incident(),
        IncidentsAct::AssessIncident { incident, assessment: Assessment::default() },
        IncidentsAct::AddTimeline { incident, at: now(), what: reason() },
        IncidentsAct::RecordCause { incident, analysis: reason() },
        IncidentsAct::RecordAnalysis { incident, document: "00".repeat(32) },
        plan_action(),
        IncidentsAct::CompleteAction { incident, action: 1, proof: reason() },
        IncidentsAct::CheckEffectiveness {
            incident,
            action: 1,
            effective: true,
            finding: reason(),
        },
        IncidentsAct::MeetClock {
            incident,
            clock: 1,
            how: reason(),
            at: now(),
            reference: reason(),
        },
        IncidentsAct::StopClock { incident, clock: 1, reason: reason() },
        IncidentsAct::CloseIncident { incident },
        IncidentsAct::ReopenIncident { incident, reason: reason() },
    ];
    acts.into_iter().map(Act::Incidents).collect()
}

fn report_incident() -> IncidentsAct {
    serde_json::from_str(r#"{"act": "report_incident", "what": "It was wrong"}"#).unwrap()
}

/// Given to the business owner.
fn plan_action() -> IncidentsAct {
    IncidentsAct::PlanAction {
        incident: IncidentId(1),
        what: "Change the threshold".to_owned(),
        owner: "ward".parse().unwrap(),
        due: "2029-01-01T00:00:00Z".parse().unwrap(),
        check: "Count alarms".to_owned(),
        check_at: "2029-02-01T00:00:00Z".parse().unwrap(),
        instead_of: None,
    }
}
