//! A small hospital on a real ledger, built through the registrar: one live use case with evidence,
//! three observed months, and an open case; one use case that was only proposed.

use evidence::{Report, Request, Source};
use governance::{
    Act, Actor, Choice, Founding, Motion, Observed, Outcome, Question, Reading, Service,
};
use jiff::{SignedDuration, Timestamp};
use ledger::{CreateOptions, Ledger};
use registrar::{Acknowledged, Registrar, Submission, SubmitError};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use statistics::{Cohort, Estimate, Measure};
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use tempfile::TempDir;
use web::{App, Demo};

pub const CHAIR_KEY: &str = "the chair's own key";
pub const API_TOKEN: &str = "the program's own token";

/// A hospital with its folder, its clock and its writer.
pub struct Hospital {
    pub registrar: Registrar,
    pub clock: Arc<AtomicI64>,
    pub folder: TempDir,
    sent: AtomicU64,
}

fn from<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("the fixture is well-formed")
}

/// The access key of a person who has one.
pub fn key(who: &str) -> String {
    format!("the {who}'s own key")
}

fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

impl Hospital {
    /// The whole hospital. `token` says whether programs need one.
    pub async fn build(token: bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let dir = folder.path().join("record");
        let options = CreateOptions { origin: "test.example/record".to_owned(), seed: [7; 32] };
        let mut ledger = Ledger::create(&dir, &options).await.expect("a ledger");
        for who in ["chair", "office", "owner", "nurse", "reviewer", "safety"] {
            ledger.meta_set(&format!("access.{who}"), &hash(&key(who))).await.expect("a key");
        }
        if token {
            ledger.meta_set("gate.token", &hash(API_TOKEN)).await.expect("a token");
        }
        let salts = Box::new(|seq: u64| Ok(Sha256::digest(seq.to_le_bytes()).into()));
        let opened = Registrar::open(ledger, salts).await.expect("an empty record opens");
        let start: Timestamp = "2024-01-02T09:00:00Z".parse().expect("an instant");
        let clock = Arc::new(AtomicI64::new(start.as_millisecond()));
        let registrar = opened.registrar;
        let hospital = Self { registrar, clock, folder, sent: AtomicU64::new(0) };
        hospital.found().await;
        hospital.propose().await;
        hospital.validate().await;
        hospital.approve().await;
        hospital.observe().await;
        hospital
    }

    pub fn app(&self, demo: bool) -> App {
        let clock = Arc::clone(&self.clock);
        let drawn = AtomicU64::new(0);
        let people =
            ["chair", "nurse", "owner", "office"].map(|id| id.parse().expect("a handle")).to_vec();
        App {
            registrar: self.registrar.clone(),
            clock: Arc::new(move || {
                Timestamp::from_millisecond(clock.load(Ordering::SeqCst)).expect("an instant")
            }),
            entropy: Arc::new(move || {
                let count = drawn.fetch_add(1, Ordering::SeqCst);
                Ok(Sha256::digest(format!("entropy {count}")).into())
            }),
            demo: demo.then(|| Demo { note: "All dates are simulated.".to_owned(), people }),
            behind_tls: false,
        }
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.clock.load(Ordering::SeqCst)).expect("an instant")
    }

    pub fn pass(&self, span: SignedDuration) {
        self.clock.fetch_add(i64::try_from(span.as_millis()).expect("short"), Ordering::SeqCst);
    }

    pub async fn submit(&self, actor: Actor, act: Act) -> Result<Acknowledged, SubmitError> {
        self.submit_with(actor, act, Vec::new()).await
    }

    async fn submit_with(
        &self,
        actor: Actor,
        act: Act,
        documents: Vec<Vec<u8>>,
    ) -> Result<Acknowledged, SubmitError> {
        self.pass(SignedDuration::from_mins(10));
        let sent = self.sent.fetch_add(1, Ordering::SeqCst);
        let id = format!("fixture-{sent}").parse().expect("an id");
        self.registrar.submit(Submission { id, at: self.now(), actor, act, documents }).await
    }

    async fn by(&self, person: &str, act: Act) {
        let name = act.name();
        let actor = Actor::Person(person.parse().expect("a handle"));
        self.submit(actor, act).await.unwrap_or_else(|error| panic!("{name}: {error}"));
    }

    async fn found(&self) {
        let person = |id: &str, title: &str, roles: &[&str]| {
            json!({"id": id, "title": title, "roles": roles, "clinician": true,
                "trained_until": "2030-01-01T00:00:00Z"})
        };
        let people = json!([
            person("office", "Head of AI governance", &["governance-office"]),
            person("chair", "Chief quality officer", &[]),
            person("nurse", "Chief nursing officer", &[]),
            person("doctor", "Chief of medicine", &[]),
            person("owner", "Director of transitions", &[]),
            person("scientist", "Lead data scientist", &["data-scientist"]),
            person("sponsor", "Chief medical information officer", &[]),
            person("reviewer", "Head of peer review", &["peer-review"]),
            person("safety", "Patient safety officer", &["patient-safety-officer"]),
        ]);
        let rights = packs::builtin::rights().expect("built in");
        let founding =
            Founding { hospital: "Lakeside <Health>".to_owned(), rights, people: from(people) };
        let installer = Actor::Service(Service::Installer);
        self.submit(installer, Act::Found(founding)).await.expect("founded");
        let duties = |tier: &str| {
            json!({"tier": tier, "gate_closes_after_days": 30, "approval_valid_days": 365,
                "obligations": ["Show the AI label"]})
        };
        let all_duties = ["T1", "T2", "T3", "T4"].map(duties);
        let policy = json!({"id": "tiers", "version": "1", "title": "Test tiers", "source": "test",
            "facts": [{"id": "autonomy", "question": "What does it do?",
                "levels": ["shows", "recommends"]}],
            "floors": [{"id": "recommends", "tier": "T2", "when": {"autonomy": "recommends"},
                "reason": "It recommends."}],
            "duties": all_duties});
        self.by("office", Act::AdoptTierPolicy(from(policy))).await;
        let standard = json!({"id": "test-t2", "version": "1", "title": "Test standard",
            "source": "test", "tier": "T2", "ai_type": "predictive", "valid_days": 365,
            "requirements": [{"id": "discrimination", "title": "It ranks", "rationale": "r",
                "proof": "computed", "measure": "auroc", "end": "lower", "at_least": 0.5,
                "min_n": 50, "min_events": 10}]});
        self.by("office", Act::AdoptStandard(from(standard))).await;
        let seat = |id: &str| json!({"id": id, "expertise": "care", "holder": id});
        let body = json!({"id": "committee", "name": "AI committee", "charter": "Decides.",
            "seats": [seat("chair"), seat("nurse"), seat("doctor")], "chair": "chair",
            "rules": [{"tier": "T2", "quorum": 2, "majority": 1, "majority_of": 2}]});
        self.by("office", Act::CharterBody(from(body))).await;
    }

    async fn propose(&self) {
        self.by(
            "office",
            from(json!({"act": "register_system", "name": "Readmission model",
                "vendor": "in-house", "ai_type": "predictive"})),
        )
        .await;
        let version =
            json!({"label": "1.0", "released": "2024-01-01T00:00:00Z", "description": "d"});
        self.by(
            "office",
            from(json!({"act": "register_version", "system": "SYS-1", "version": version})),
        )
        .await;
        for title in ["Readmission score", "Second idea"] {
            let proposal = json!({"title": title, "intended_use": "Ranks <patients>.",
                "workflow": "discharge", "population": "adults", "system": "SYS-1"});
            self.by("owner", Act::ProposeUseCase(from(proposal))).await;
        }
        let owners = json!({"sponsor": "sponsor", "business": "owner", "technical": "scientist"});
        let acts = [
            json!({"act": "assign_owners", "use_case": "UC-1", "owners": owners}),
            json!({"act": "state_facts", "use_case": "UC-1", "facts": {"autonomy": "recommends"}}),
            json!({"act": "begin_validation", "use_case": "UC-1"}),
        ];
        for act in acts {
            self.by("office", from(act)).await;
        }
    }

    async fn report(&self) -> Report {
        let mut text = "id,outcome,score,sex\n".to_owned();
        for i in 0..600_u32 {
            let score = f64::from(i % 50) / 100.0 + 0.01;
            let outcome = u8::from((i * 7919) % 100 < i % 50 + 3);
            let sex = ["Female", "Male", "Male"][(i % 3) as usize];
            writeln!(text, "{i},{outcome},{score},{sex}").expect("a line");
        }
        let file = self.folder.path().join("predictions.csv");
        std::fs::write(&file, text).expect("a file");
        let mut request = Request::new("outcome", "score");
        request.by = vec!["sex".to_owned()];
        request.thresholds = vec![0.15];
        request.notes = vec!["The rows are made up.".to_owned()];
        evidence::run(&Source::file(file), &request).await.expect("a report")
    }

    async fn validate(&self) {
        let deployment = json!({"version": "1.0", "site": "main", "mode": "silent"});
        let pilot = json!({"act": "begin_pilot", "use_case": "UC-1", "deployment": deployment});
        self.by("owner", from(pilot)).await;
        let report = self.report().await;
        let document = serde_json::to_vec(&report).expect("JSON");
        let act = Act::RecordEvidence {
            use_case: governance::UseCaseId(1),
            version: "1.0".to_owned(),
            span: "silent run".to_owned(),
            report_digest: report.digest.clone(),
            document: hex::encode(Sha256::digest(&document)),
            n: report.rows.used,
            estimates: report.estimates,
        };
        let actor = Actor::Person("scientist".parse().expect("a handle"));
        self.submit_with(actor, act, vec![document]).await.expect("evidence");
        let plan = json!({"feed": {"file": "predictions.csv", "outcome": "outcome",
                "score": "score", "id": "id", "time": "time", "matured": "matured",
                "version": "version", "site": "site", "note": "Made up."},
            "maturity_days": 0, "by": ["sex"], "threshold": 0.15,
            "watches": [{"id": "calibration", "title": "Calibration",
                "alarm": {"kind": "calibration", "months_between_false_alarms": 60.0,
                    "tolerance": 0.05, "cohorts": []},
                "answer_within_days": 14, "action": "Stop it or let the committee decide"}],
            "ladder": [{"after_days": 7, "tell": "chair"}, {"after_days": 14, "tell": "sponsor"}]});
        self.by("scientist", from(json!({"act": "adopt_plan", "use_case": "UC-1", "plan": plan})))
            .await;
    }

    async fn approve(&self) {
        let motion = Motion {
            question: Question::Approve { use_case: governance::UseCaseId(1) },
            outcome: Outcome::Go,
            reason: "It meets the standard".to_owned(),
            alternatives: vec!["Keep doing without".to_owned()],
            evidence: [governance::EvidenceId(1)].into(),
            residual_risk: "Drift".to_owned(),
            conditions: Vec::new(),
            ai_help: "none".to_owned(),
            exhibits: Vec::new(),
            next_look: None,
        };
        let body = "committee".parse().expect("a handle");
        self.by("office", Act::OpenMotion { body, motion }).await;
        let decision = governance::DecisionId(1);
        for (person, choice) in [("chair", Choice::Approve), ("nurse", Choice::Approve)] {
            let reason = "It ranks well".to_owned();
            self.by(person, Act::CastVote { decision, choice, reason }).await;
        }
        self.by("chair", Act::CarryDecision { decision }).await;
    }

    async fn observe(&self) {
        let report = self.report().await;
        for (month, at, evidence) in [
            ("2024-01", "2024-02-02T00:00:00Z", 1.5),
            ("2024-02", "2024-03-02T00:00:00Z", 12.0),
            ("2024-03", "2024-04-02T00:00:00Z", 75.0),
        ] {
            let at: Timestamp = at.parse().expect("an instant");
            self.clock.store(at.as_millisecond(), Ordering::SeqCst);
            let kept = [Measure::ObservedExpected, Measure::FlagRate, Measure::OutcomeRate];
            let of_month =
                |it: &Estimate| Estimate { period: Some(month.to_owned()), ..it.clone() };
            let estimates = report.estimates.iter().filter(|it| kept.contains(&it.measure));
            let observed = Observed {
                use_case: governance::UseCaseId(1),
                month: month.parse().expect("a month"),
                tallies_digest: hash(month),
                estimates: estimates.map(of_month).collect(),
                readings: vec![Reading {
                    watch: "calibration".parse().expect("a handle"),
                    cohort: None::<Cohort>,
                    evidence,
                    limit: 60.0,
                    finding: format!("more outcomes than predicted: evidence {evidence}"),
                }],
            };
            let monitor = Actor::Service(Service::Monitor);
            self.submit(monitor, Act::RecordObservation(Box::new(observed))).await.expect("seen");
        }
        assert!(self.registrar.record().cases.contains_key(&governance::CaseId(1)));
    }
}
