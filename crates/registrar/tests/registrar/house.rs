//! A hospital in a throw-away folder, with the built-in decision rights and a writer of its own.

use governance::*;
use jiff::Timestamp;
use ledger::{CreateOptions, Ledger};
use registrar::{Acknowledged, Opened, Registrar, Salts, Submission, SubmitError};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::str::FromStr;
use tempfile::TempDir;

/// An id from text that is known to be one.
pub fn id<T: FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("an id")
}

/// A value from JSON that is known to fit.
pub fn of<T: DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json).expect("it fits the type")
}

pub fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

/// `@scheduler` is a service, `chair` a person.
pub fn actor(name: &str) -> Actor {
    match name.strip_prefix('@') {
        Some(service) => Actor::Service(of(json!(service))),
        None => Actor::Person(id(name)),
    }
}

/// Salts that differ from event to event and are the same in every run.
pub fn salts() -> Salts {
    Box::new(|seq| Ok([u8::try_from(seq % 251).expect("a remainder"); 32]))
}

/// A folder that outlives the writers on it.
pub struct Home(TempDir);

impl Home {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    pub fn path(&self) -> PathBuf {
        self.0.path().join("record")
    }

    pub async fn ledger(&self) -> Ledger {
        if self.path().exists() {
            return Ledger::open(&self.path()).await.expect("it opens");
        }
        let origin = "records.example.org/test".to_owned();
        Ledger::create(&self.path(), &CreateOptions { origin, seed: [7; 32] })
            .await
            .expect("it is made")
    }

    pub async fn open(self) -> House {
        let opened = Registrar::open(self.ledger().await, salts()).await.expect("it folds");
        House::of(self, opened)
    }
}

/// A hospital with a clock.
pub struct House {
    pub home: Home,
    pub opened: Opened,
    pub now: Timestamp,
    given: u32,
}

impl House {
    pub fn of(home: Home, opened: Opened) -> Self {
        let record = opened.registrar.record();
        let now = record.last_at.unwrap_or_else(|| time("2024-01-01T00:00:00Z"));
        let given = u32::try_from(record.next_seq).expect("few");
        Self { home, opened, now, given }
    }

    pub async fn empty() -> Self {
        Home::new().open().await
    }

    pub async fn founded() -> Self {
        let mut house = Self::empty().await;
        house.must("@installer", found()).await;
        house
    }

    pub fn registrar(&self) -> &Registrar {
        &self.opened.registrar
    }

    pub fn record(&self) -> std::sync::Arc<Record> {
        self.registrar().record()
    }

    pub fn hash(&self) -> String {
        self.record().state_hash().expect("the record is plain data")
    }

    /// The next command, under an id of its own, an hour later.
    pub fn next(&mut self, by: &str, act: Act) -> Submission {
        self.given += 1;
        self.now += jiff::SignedDuration::from_hours(1);
        submission(&format!("c-{}", self.given), self.now, by, act)
    }

    pub async fn give(&mut self, by: &str, act: Act) -> Result<Acknowledged, SubmitError> {
        let submission = self.next(by, act);
        self.registrar().submit(submission).await
    }

    /// Gives a command that is known to be accepted.
    pub async fn must(&mut self, by: &str, act: Act) -> Acknowledged {
        let name = act.name();
        self.give(by, act).await.unwrap_or_else(|error| panic!("{name} by {by}: {error}"))
    }

    /// Drops the handle and waits until the folder is free.
    pub async fn close(self) -> Home {
        let Self { home, opened: Opened { registrar, writer }, .. } = self;
        drop(registrar);
        writer.await.expect("the writer ends well");
        home
    }

    pub async fn reopened(self) -> Self {
        self.close().await.open().await
    }
}

/// From nothing to a live use case.
impl House {
    /// With a committee, packs, an AI system and its version `v1`.
    pub async fn furnished() -> Self {
        let mut house = Self::founded().await;
        let mut tiers = packs::builtin::tier_policy().expect("it is built in");
        tiers.lanes.clear();
        for act in [
            Act::CharterBody(committee()),
            Act::AdoptTierPolicy(tiers),
            Act::AdoptStandard(standard()),
            register_system(),
            register_version("v1"),
        ] {
            house.must("office", act).await;
        }
        house
    }

    /// One more use case of `SYS-1`, of T2, that goes live at `main` with a version and a plan.
    pub async fn goes_live(&mut self, version: &str, plan: MonitoringPlan) -> UseCaseId {
        let record = self.record();
        let number = |count: usize| u32::try_from(count).expect("few") + 1;
        let use_case = UseCaseId(number(record.use_cases.len()));
        let decision = DecisionId(number(record.decisions.len()));
        let deployment =
            Deployment { version: version.into(), site: id("main"), mode: Mode::Silent };
        let steps = [
            ("author", propose()),
            ("office", Act::AssignOwners { use_case, owners: owners() }),
            ("office", Act::StateFacts { use_case, facts: facts() }),
            ("office", Act::BeginValidation { use_case }),
            ("ward", Act::BeginPilot { use_case, deployment }),
            ("ward", attest(use_case, version)),
            ("tech", record_evidence(use_case, version)),
            ("tech", Act::AdoptPlan { use_case, plan: Box::new(plan) }),
            ("office", open_motion(Question::Approve { use_case }, Outcome::Go)),
        ];
        for (by, act) in steps {
            self.must(by, act).await;
        }
        self.carries(decision).await;
        use_case
    }

    /// Both members vote for a motion and the chair declares it carried.
    pub async fn carries(&mut self, decision: DecisionId) {
        for by in ["chair", "nurse"] {
            self.must(by, vote(decision)).await;
        }
        self.must("chair", Act::CarryDecision { decision }).await;
    }
}

pub fn submission(command: &str, at: Timestamp, by: &str, act: Act) -> Submission {
    Submission { id: id(command), at, actor: actor(by), act, documents: Vec::new() }
}

pub fn found() -> Act {
    found_with(packs::builtin::rights().expect("it is built in"))
}

pub fn found_with(rights: RightsPack) -> Act {
    let names = ["office", "chair", "nurse", "author", "sponsor", "ward", "tech", "idle"];
    Act::Found(Founding {
        hospital: "Example General".into(),
        rights,
        people: names.map(person).into(),
    })
}

pub fn person(handle: &str) -> Person {
    let office = (handle == "office").then(|| "governance-office".to_owned());
    Person {
        id: id(handle),
        title: handle.into(),
        roles: office.into_iter().collect(),
        clinician: ["chair", "nurse"].contains(&handle),
        trained_until: time("2100-01-01T00:00:00Z"),
        interests: std::collections::BTreeSet::new(),
        employment: None,
        trained_on: std::collections::BTreeMap::new(),
        left_at: None,
    }
}

pub fn add_person(handle: &str) -> Act {
    Act::AddPerson(person(handle))
}

pub fn committee() -> Body {
    let seat = |name: &str| json!({ "id": name, "expertise": name, "holder": name });
    of(json!({
        "id": "committee", "name": "AI committee", "charter": "Decides on clinical AI.",
        "seats": [seat("chair"), seat("nurse")],
        "chair": "chair",
        "rules": [{ "tier": "T2", "quorum": 2, "majority": 1, "majority_of": 2 }],
    }))
}

/// Asks for a word only.
pub fn standard() -> ValidationStandard {
    of(json!({
        "id": "a-word", "version": "1", "title": "One word", "source": "made up for tests",
        "tier": "T2", "ai_type": "predictive", "valid_days": 3650,
        "requirements": [{ "id": "word", "title": "A word", "rationale": "for tests",
                           "proof": "attested", "statement": "It is so." }],
    }))
}

pub fn register_system() -> Act {
    let (name, vendor) = ("Readmission score".into(), id("acme-health"));
    Act::RegisterSystem { name, vendor, ai_type: AiType::Predictive }
}

pub fn register_version(label: &str) -> Act {
    let released = time("2023-12-01T00:00:00Z");
    let version = Version {
        label: label.into(),
        released,
        description: "A version".into(),
        ..Version::default()
    };
    Act::RegisterVersion { system: SystemId(1), version }
}

pub fn propose() -> Act {
    Act::ProposeUseCase(Proposal {
        title: "Readmission".into(),
        intended_use: "Plan discharges".into(),
        workflow: id("discharge"),
        population: "Adults".into(),
        system: SystemId(1),
    })
}

fn owners() -> Owners {
    Owners { sponsor: id("sponsor"), business: id("ward"), technical: id("tech") }
}

/// Facts that the built-in policy puts in T2.
fn facts() -> Facts {
    let policy = packs::builtin::tier_policy().expect("it is built in");
    let least = policy.facts.iter().map(|asked| (asked.id.clone(), asked.levels[0].clone()));
    let mut facts: Facts = least.collect();
    facts.insert(id("significance"), "inform".into());
    facts
}

fn attest(use_case: UseCaseId, version: &str) -> Act {
    Act::Attest {
        use_case,
        version: version.into(),
        document: None,
        requirement: id("word"),
        statement: "It is so.".into(),
        valid_until: time("2100-01-01T00:00:00Z"),
    }
}

pub fn record_evidence(use_case: UseCaseId, version: &str) -> Act {
    Act::RecordEvidence {
        use_case,
        version: version.into(),
        span: "January".into(),
        report_digest: "ab".into(),
        document: "cd".into(),
        n: 1000,
        estimates: Vec::new(),
    }
}

pub fn open_motion(question: Question, outcome: Outcome) -> Act {
    let motion = Motion {
        question,
        outcome,
        reason: "It helps".into(),
        alternatives: vec!["Go on without it".into()],
        evidence: std::collections::BTreeSet::new(),
        residual_risk: "Some alarms are false".into(),
        conditions: Vec::new(),
        ai_help: "none".into(),
        exhibits: Vec::new(),
        next_look: None,
    };
    Act::OpenMotion { body: id("committee"), motion }
}

pub fn vote(decision: DecisionId) -> Act {
    Act::CastVote { decision, choice: Choice::Approve, reason: "so".into() }
}

/// Watches calibration, for all and for one cohort; the ladder has rungs at 0 and 3 days.
pub fn plan(file: &str) -> MonitoringPlan {
    of(json!({
        "feed": { "file": file, "outcome": "y", "score": "p", "id": "id", "time": "t",
                  "matured": "m", "version": "v", "site": "s" },
        "maturity_days": 30, "by": ["sex"], "threshold": 0.3,
        "watches": [
            { "id": "calibration", "title": "Calibration", "answer_within_days": 10,
              "action": "Suspend or recalibrate",
              "alarm": { "kind": "calibration", "months_between_false_alarms": 24.0,
                         "tolerance": 0.0, "cohorts": [{ "sex": "F" }] } },
        ],
        "ladder": [{ "after_days": 0, "tell": "owner" }, { "after_days": 3, "tell": "chair" }],
    }))
}
