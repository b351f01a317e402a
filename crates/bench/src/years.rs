//! Years of a made-up hospital: use cases that go live and are watched, breaches that are decided
//! on, approvals that are renewed with conditions. Everything goes through the core.

use crate::hospital::{Hospital, act, actor, founding};
use anyhow::{Context, Result};
use governance::{
    Act, Actor, Case, CaseId, Choice, DecisionId, Month, Outcome, Question, Service, SystemId,
    UseCaseId, days_after,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Events that each use case has in the end.
pub const EVENTS_PER_USE_CASE: u64 = 100;

/// Who sits on the committee; all vote.
const MEMBERS: [&str; 3] = ["chair", "nurse", "pharmacist"];

/// A hospital month by month.
#[derive(Debug)]
pub struct Years {
    /// The record, and the events since they were last taken.
    pub hospital: Hospital,
    /// How many events of each kind there are.
    pub mix: BTreeMap<&'static str, u64>,
    use_cases: u32,
    month: Month,
}

impl Years {
    /// All use cases live since the start of 2021.
    pub fn begin(use_cases: u32) -> Result<Self> {
        let mut hospital = Hospital { now: time("2021-01-01T00:00:00Z")?, ..Default::default() };
        let Act::Found(mut founding) = founding()? else { anyhow::bail!("this founds nothing") };
        let someone = founding.people.first().context("there are people")?.clone();
        for handle in MEMBERS {
            let mut member = someone.clone();
            (member.id, member.roles, member.clinician) = (handle.parse()?, [].into(), true);
            founding.people.push(member);
        }
        hospital.give(Actor::Service(Service::Installer), Act::Found(founding))?;
        let office = actor("office")?;
        for act in furnish()? {
            hospital.give(office.clone(), act)?;
        }
        let month = Month::of(hospital.now);
        let mut years = Self { hospital, mix: BTreeMap::new(), use_cases, month };
        for number in 1..=use_cases {
            years.go_live(number)?;
        }
        years.count();
        Ok(years)
    }

    fn count(&mut self) {
        // The caller takes the events away month by month.
        for event in &self.hospital.events {
            *self.mix.entry(event.change.kind()).or_default() += 1;
        }
    }

    fn go_live(&mut self, number: u32) -> Result<()> {
        let use_case = UseCaseId(number);
        let id = use_case.to_string();
        let word = json!({
            "act": "attest", "use_case": id, "version": "1.0", "requirement": "word",
            "statement": "The workflow was walked through with the ward.",
            "valid_until": "2100-01-01T00:00:00Z",
        });
        let steps = [
            (
                "office",
                json!({
                    "act": "propose_use_case", "title": format!("Use case {number}"),
                    "intended_use": "Recommends whom to call after discharge",
                    "workflow": "discharge", "population": "Adult inpatients", "system": "SYS-1",
                }),
            ),
            (
                "office",
                json!({
                    "act": "assign_owners", "use_case": id, "owners":
                    { "sponsor": "sponsor", "business": "business", "technical": "technical" },
                }),
            ),
            ("office", json!({ "act": "state_facts", "use_case": id, "facts": facts()? })),
            ("office", json!({ "act": "begin_validation", "use_case": id })),
            (
                "business",
                json!({
                    "act": "begin_pilot", "use_case": id,
                    "deployment": { "version": "1.0", "site": "main", "mode": "silent" },
                }),
            ),
            ("business", word),
            ("technical", evidence(&id)),
            ("technical", json!({ "act": "adopt_plan", "use_case": id, "plan": plan() })),
        ];
        for (by, step) in steps {
            self.hospital.give(actor(by)?, act(step)?)?;
        }
        self.decide(Question::Approve { use_case }, u32::from(number.is_multiple_of(10)))
    }

    /// A motion with so many conditions, three votes, and the outcome.
    fn decide(&mut self, question: Question, conditions: u32) -> Result<()> {
        let due = days_after(self.hospital.now, 60);
        let condition = json!({
            "what": "Train the night shift", "owner": "business", "due": due,
        });
        let outcome = if conditions > 0 { Outcome::GoWithConditions } else { Outcome::Go };
        let opened = act(json!({
            "act": "open_motion", "body": "committee", "motion": {
                "question": question, "outcome": outcome, "reason": "It helps the ward",
                "alternatives": ["Go on without it"], "evidence": [],
                "residual_risk": "Some calls are not needed",
                "conditions": (0..conditions).map(|_| condition.clone()).collect::<Vec<_>>(),
                "ai_help": "none",
            },
        }))?;
        self.hospital.give(actor("office")?, opened)?;
        let newest = self.hospital.record.decisions.last_key_value();
        let decision = *newest.context("a motion was opened")?.0;
        for member in MEMBERS {
            let (choice, reason) = (Choice::Approve, "The evidence is sound".to_owned());
            let vote = Act::CastVote { decision, choice, reason };
            self.hospital.give(actor(member)?, vote)?;
        }
        self.hospital.give(actor("chair")?, Act::CarryDecision { decision })
    }

    /// One more month: what is due by its maturity is observed, one in fifteen breaches, every
    /// breach is decided on, and each quarter and year has its own duties. Ends early when the
    /// record has `enough` events.
    pub fn live_month(&mut self, enough: u64) -> Result<()> {
        let month = self.month;
        self.hospital.now = month.matures(30).max(self.hospital.now);
        let age = (self.month.start().duration_since(time("2021-01-01T00:00:00Z")?).as_hours()
            / (30 * 24)) as u32;
        for number in 1..=self.use_cases {
            if self.hospital.record.next_seq >= enough {
                break;
            }
            self.observe(UseCaseId(number), number.wrapping_add(age).is_multiple_of(15))?;
            if number.wrapping_add(age).is_multiple_of(3) {
                let id = UseCaseId(number).to_string();
                self.hospital.give(actor("technical")?, act(evidence(&id))?)?;
            }
            if number.wrapping_add(age).is_multiple_of(12) && self.open(number).is_none() {
                let conditions = u32::from(number.is_multiple_of(10));
                self.decide(Question::Approve { use_case: UseCaseId(number) }, conditions)?;
            }
        }
        self.hospital.now += SignedDuration::from_hours(48);
        self.answer_cases(enough)?;
        self.prove_conditions(enough)?;
        self.month = month.next();
        self.count();
        Ok(())
    }

    fn open(&self, number: u32) -> Option<&Case> {
        self.hospital.record.open_cases(UseCaseId(number)).next()
    }

    fn observe(&mut self, use_case: UseCaseId, breach: bool) -> Result<()> {
        let estimate = |measure: &str, value: f64| {
            json!({
                "measure": measure, "cohort": null, "period": self.month, "threshold": null,
                "estimate": value, "lower": value - 0.041_7, "upper": value + 0.041_7,
                "level": 0.95, "n": 1_204, "events": 217, "method": "made up for a benchmark",
                "status": "estimated",
            })
        };
        let observed = act(json!({
            "act": "record_observation", "use_case": use_case, "month": self.month,
            "tallies_digest": "5f".repeat(32),
            "estimates": [estimate("auroc", 0.713_2), estimate("observed_expected", 1.032_1)],
            "readings": [{
                "watch": "calibration", "cohort": null, "limit": 24.0,
                "evidence": if breach { 31.7 } else { 1.3 },
                "finding": "more outcomes happen than it predicts",
            }],
        }))?;
        self.hospital.give(Actor::Service(Service::Monitor), observed)
    }

    fn answer_cases(&mut self, enough: u64) -> Result<()> {
        // What waits a week is brought to the next rung first, all in one command. One case in
        // twenty is left open.
        self.hospital.try_give(Actor::Service(Service::Scheduler), Act::Tick)?;
        let open: Vec<CaseId> = self.hospital.record.all_open_cases().map(|it| it.id).collect();
        for case in open.into_iter().filter(|case| !case.0.is_multiple_of(20)) {
            if self.hospital.record.next_seq >= enough {
                break;
            }
            self.decide(Question::Case { case }, 0)?;
        }
        Ok(())
    }

    fn prove_conditions(&mut self, enough: u64) -> Result<()> {
        let open = self.hospital.record.unproved_decisions();
        let open: Vec<DecisionId> = open.map(|decision| decision.id).collect();
        for decision in open.into_iter().filter(|it| !it.0.is_multiple_of(200)) {
            if self.hospital.record.next_seq >= enough {
                break;
            }
            let proof = "The training list is signed".to_owned();
            let met = Act::MeetCondition { decision, condition: 1, proof };
            self.hospital.give(actor("business")?, met)?;
        }
        Ok(())
    }
}

fn time(text: &str) -> Result<Timestamp> {
    Ok(text.parse()?)
}

fn furnish() -> Result<Vec<Act>> {
    let seat = |name: &str| json!({ "id": name, "expertise": name, "holder": name });
    let mut tiers = packs::builtin::tier_policy()?;
    // No sign-offs: they would add events of one more kind to each approval, and nothing new.
    tiers.lanes.clear();
    let system = SystemId(1);
    let (released, description) = ("2020-12-01T00:00:00Z", "A version");
    Ok(vec![
        act(json!({
            "act": "charter_body", "id": "committee", "name": "AI committee",
            "charter": "Decides on clinical AI.", "seats": MEMBERS.map(seat), "chair": "chair",
            "rules": [{ "tier": "T2", "quorum": 2, "majority": 1, "majority_of": 2 }],
        }))?,
        Act::AdoptTierPolicy(tiers),
        act(json!({
            "act": "adopt_standard", "id": "made-up", "version": "1", "title": "A made-up one",
            "source": "made up for benchmarks", "tier": "T2", "ai_type": "predictive",
            "valid_days": 3650, "requirements": [
                { "id": "word", "title": "A word", "rationale": "for benchmarks",
                  "proof": "attested", "statement": "It is so." },
                { "id": "discrimination", "title": "It tells apart", "rationale": "for benchmarks",
                  "proof": "computed", "measure": "auroc", "end": "lower", "at_least": 0.55,
                  "min_n": 200, "min_events": 100 },
            ],
        }))?,
        act(json!({
            "act": "register_system", "name": "A score", "vendor": "in-house",
            "ai_type": "predictive",
        }))?,
        act(json!({
            "act": "register_version", "system": system,
            "version": { "label": "1.0", "released": released, "description": description },
        }))?,
    ])
}

/// Facts that the built-in policy puts in T2.
fn facts() -> Result<Value> {
    let policy = packs::builtin::tier_policy()?;
    let mut facts = serde_json::Map::new();
    for asked in &policy.facts {
        let level = asked.levels.first().context("a fact has levels")?;
        facts.insert(asked.id.to_string(), level.clone().into());
    }
    facts.insert("significance".to_owned(), "inform".into());
    Ok(facts.into())
}

fn evidence(use_case: &str) -> Value {
    json!({
        "act": "record_evidence", "use_case": use_case, "version": "1.0",
        "span": "the last quarter", "report_digest": "ab".repeat(32), "document": "cd".repeat(32),
        "n": 3_612,
        "estimates": [{
            "measure": "auroc", "cohort": null, "period": null, "threshold": null,
            "estimate": 0.7132, "lower": 0.6891, "upper": 0.7373, "level": 0.95, "n": 3_612,
            "events": 651, "method": "made up for a benchmark", "status": "estimated",
        }],
    })
}

fn plan() -> Value {
    json!({
        "feed": { "file": "log.csv", "outcome": "y", "score": "p", "id": "id", "time": "t",
                  "matured": "m", "version": "v", "site": "s" },
        "maturity_days": 30, "by": ["sex"], "threshold": 0.3,
        "watches": [{
            "id": "calibration", "title": "Calibration", "answer_within_days": 10,
            "action": "Suspend or recalibrate",
            "alarm": { "kind": "calibration", "months_between_false_alarms": 24.0,
                       "tolerance": 0.0, "cohorts": [] },
        }],
        "ladder": [{ "after_days": 0, "tell": "owner" }, { "after_days": 3, "tell": "chair" }],
    })
}
