//! Reviews, reports, hazards and agents: what stands, what is refused, and what clocks do.

use crate::hospital::*;
use governance::dcb::{Likelihood, Severity};
use governance::*;
use insta::assert_snapshot;
use jiff::Timestamp;
use serde_json::{Value, json};

pub const UC2: UseCaseId = UseCaseId(2);

/// An act of a group from JSON.
pub fn act(json: Value) -> Act {
    of(json)
}

fn review_requirement() -> Value {
    json!({ "id": "sample", "title": "Its output is right", "rationale": "use",
            "proof": "reviewed", "raters": 2, "min_items": 3, "errors_at_most": 0.6,
            "agreement_at_least": 0.5,
            "criteria": [{ "id": "right", "question": "Is it?", "scale": ["no", "yes"],
                           "errors": 1 }] })
}

fn standard_of(ai_type: &str, first: Value) -> ValidationStandard {
    of(json!({
        "id": format!("{ai_type}-t3"), "version": "1", "title": "Made up", "source": "tests",
        "tier": "T3", "ai_type": ai_type, "valid_days": 200,
        "requirements": [
            first,
            { "id": "fit", "title": "It fits", "rationale": "use", "proof": "attested",
              "statement": "It was tried" },
            review_requirement(),
        ],
    }))
}

fn signed() -> Value {
    json!({ "id": "signed", "title": "Signed", "rationale": "use", "proof": "attested",
            "statement": "So it is", "signer_role": "compliance", "max_valid_days": 100,
            "document": "required" })
}

pub fn agent_policy() -> AgentPolicy {
    let row = |action: &str, authorisation: &str, human: &str, stop: &str| {
        json!({ "action": action, "title": action, "authorisation": authorisation,
                "log": "granular", "human": human, "stop": stop })
    };
    of(json!({
        "id": "agents", "version": "1", "title": "Agents", "source": "tests",
        "permission_days": 300, "drill_from": "T3", "drill_days": 365,
        "drill_limit_seconds": 60, "override_watch": "override-rate",
        "actions": [row("read", "agent_identity", "none", "none"),
                    row("order", "per_action_approval", "required", "required")],
    }))
}

pub fn reported_plan() -> MonitoringPlan {
    of(json!({
        "reported": { "by": { "person": "owner" }, "every_months": 1 }, "maturity_days": 30,
        "watches": [{ "id": "override-rate", "title": "Overrides", "answer_within_days": 14,
                      "action": "Look at it",
                      "alarm": { "kind": "share", "at_least": 0.05, "at_most": 0.5,
                                 "min_n": 50 } }],
        "ladder": [
            { "after_days": 0, "tell": "owner" },
            { "after_days": 3, "tell": "chair" },
            { "after_days": 7, "tell": "sponsor" },
        ],
    }))
}

/// An agent (`UC-1`, computed, attested and reviewed) and a coverage tool (`UC-2`, attested and
/// reviewed), both in a silent run: 10 February 2024.
pub fn house() -> Hospital {
    let discrimination = json!({ "id": "discrimination", "title": "T", "rationale": "use",
        "proof": "computed", "measure": "auroc", "end": "lower", "at_least": 0.6, "min_n": 100,
        "min_events": 10 });
    let system =
        |ai_type| Act::RegisterSystem { name: "System".into(), vendor: id("acme-health"), ai_type };
    let version = |system| Act::RegisterVersion {
        system,
        version: Version {
            label: "v1".into(),
            released: "2023-12-01T00:00:00Z".parse().expect("a time"),
            description: "A version".into(),
            kind: None,
            hash: None,
            released_notes: None,
            pccp: None,
        },
    };
    let Act::ProposeUseCase(mut second) = propose() else { panic!() };
    second.system = SystemId(2);
    second.title = "Coverage".into();
    let mut hospital = Hospital::founded()
        .must("office", Act::CharterBody(committee()))
        .must("office", Act::AdoptTierPolicy(tier_policy()))
        .must("office", Act::AdoptStandard(standard_of("agent", discrimination)))
        .must("office", Act::AdoptStandard(standard_of("coverage", signed())))
        .must("office", system(AiType::Agent))
        .must("office", system(AiType::Coverage))
        .must("office", version(SYS))
        .must("office", version(SystemId(2)))
        .must("office", propose())
        .must("office", Act::ProposeUseCase(second));
    for use_case in [UC, UC2] {
        let deployment = Deployment { version: "v1".into(), site: id("main"), mode: Mode::Silent };
        let owners = owners("sponsor", "owner", "tech");
        hospital = hospital
            .must("office", Act::AssignOwners { use_case, owners })
            .must("office", Act::StateFacts { use_case, facts: facts(TIER_3) })
            .must("office", Act::BeginValidation { use_case })
            .must("engineer", sign_lane_of(use_case, Verdict::Signed))
            .must("tech", Act::BeginPilot { use_case, deployment });
    }
    hospital.wait(40).must("office", Act::Agents(AgentsAct::AdoptAgentPolicy(agent_policy())))
}

pub fn plan_review(use_case: UseCaseId, raters: &[&str]) -> Act {
    act(json!({ "act": "plan_review", "use_case": use_case, "version": "v1",
                "requirement": "sample", "sample": "Drawn at random", "raters": raters }))
}

pub fn ratings(review: u32, rater: &str, items: &[(&str, u8)]) -> Act {
    let items: serde_json::Map<String, Value> =
        items.iter().map(|(item, score)| ((*item).into(), json!({ "right": score }))).collect();
    act(json!({ "act": "record_ratings", "review": format!("REV-{review}"), "rater": rater,
                "items": items }))
}

pub fn close_review(review: u32) -> Act {
    act(json!({ "act": "close_review", "review": format!("REV-{review}") }))
}

pub fn assess(use_case: UseCaseId) -> Act {
    act(json!({ "act": "assess", "use_case": use_case, "version": "v1" }))
}

pub fn sign(until: &str, document: Option<&str>) -> Act {
    Act::Attest {
        use_case: UC2,
        version: "v1".into(),
        requirement: id("signed"),
        statement: "So it is".into(),
        document: document.map(ToOwned::to_owned),
        valid_until: until.parse().expect("a time"),
    }
}

fn fit(use_case: UseCaseId) -> Act {
    Act::Attest {
        use_case,
        version: "v1".into(),
        requirement: id("fit"),
        statement: "Tried".into(),
        document: None,
        valid_until: Timestamp::MAX,
    }
}

pub fn log_hazard(use_case: UseCaseId, severity: Severity, likelihood: Likelihood) -> Act {
    Act::Hazards(HazardsAct::LogHazard {
        use_case,
        hazard: "A wrong dose".into(),
        cause: "A wrong weight".into(),
        effect: "Harm".into(),
        severity,
        likelihood,
    })
}

pub fn on_hazard(name: &str, hazard: u32, more: Value) -> Act {
    let mut json = json!({ "act": name, "hazard": format!("HAZ-{hazard}") });
    let (Value::Object(all), Value::Object(more)) = (&mut json, more) else { panic!() };
    all.extend(more);
    act(json)
}

pub fn add_control(hazard: u32, due: Timestamp) -> Act {
    on_hazard(
        "add_control",
        hazard,
        json!({ "control": "Ask twice", "owner": "nurse",
                                             "due": due }),
    )
}

pub fn verify(hazard: u32, control: usize) -> Act {
    on_hazard("verify_control", hazard, json!({ "control": control, "proof": "Tried" }))
}

pub fn rate(hazard: u32, severity: Severity, likelihood: Likelihood) -> Act {
    on_hazard(
        "rate_residual",
        hazard,
        json!({ "severity": severity, "likelihood": likelihood,
                                               "reason": "It is asked twice" }),
    )
}

pub fn settle(name: &str, hazard: u32) -> Act {
    on_hazard(name, hazard, json!({ "reason": "Nothing more can be done" }))
}

pub fn authorise(use_case: UseCaseId, action: &str, human: &str, expires: Timestamp) -> Act {
    act(json!({ "act": "authorise_action", "use_case": use_case, "action": action,
                "authorisation": "per_action_approval", "log": "granular", "human": human,
                "stop": "required", "expires": expires }))
}

pub fn revoke(action: &str) -> Act {
    act(json!({ "act": "revoke_action", "use_case": UC, "action": action, "reason": "Harm" }))
}

/// A drill that ended `seconds` after the stop, an hour before now.
pub fn drill(hospital: &Hospital, seconds: i64, limit: u32, witness: &str) -> Act {
    let stop = hospital.now - jiff::SignedDuration::from_hours(1);
    let last = stop + jiff::SignedDuration::from_secs(seconds);
    act(json!({ "act": "record_drill", "use_case": UC, "stop_at": stop, "last_action_at": last,
                "limit_seconds": limit, "witnessed_by": witness }))
}

pub fn report(month: &str, numerator: u64, denominator: u64) -> Act {
    act(json!({ "act": "report_observation", "use_case": UC, "month": month,
                "measures": [{ "watch": "override-rate", "numerator": numerator,
                               "denominator": denominator }] }))
}

fn drilled(hospital: Hospital) -> Hospital {
    let drill = drill(&hospital, 20, 30, "nurse");
    hospital.must("tech", drill)
}

fn reviewed(hospital: Hospital, use_case: UseCaseId) -> Hospital {
    hospital
        .must("assessor", plan_review(use_case, &["idle", "lawyer"]))
        .must("idle", ratings(1, "idle", &[("a", 2), ("b", 2), ("c", 2)]))
        .must("lawyer", ratings(1, "lawyer", &[("a", 2), ("b", 2), ("c", 2)]))
        .must("assessor", close_review(1))
}

/// The agent with all it takes but the approval and a stop drill.
pub fn agent_without_drill() -> Hospital {
    let hospital = reviewed(house(), UC);
    let expires = days_after(hospital.now, 200);
    hospital
        .must("owner", fit(UC))
        .must("assessor", record_evidence(0.7))
        .must("tech", adopt_plan(reported_plan()))
        .must("office", authorise(UC, "order", "required", expires))
}

/// The agent with all it takes but the approval.
fn agent_ready() -> Hospital {
    drilled(agent_without_drill())
}

/// The agent, live since 10 February 2024.
pub fn agent_live() -> Hospital {
    agent_ready().must("chair", open_motion(approve(Outcome::Go))).carried(1)
}

fn hazardous(severity: Severity, likelihood: Likelihood) -> Hospital {
    house().must("office", log_hazard(UC, severity, likelihood))
}

fn with_control(severity: Severity, likelihood: Likelihood) -> Hospital {
    let hospital = hazardous(severity, likelihood);
    let due = days_after(hospital.now, 30);
    hospital.must("owner", add_control(1, due))
}

/// A review of `UC-2` is planned, and one of its two raters scored.
pub fn planned() -> Hospital {
    house()
        .must("assessor", plan_review(UC2, &["idle", "lawyer"]))
        .must("idle", ratings(1, "idle", &[("a", 2), ("b", 2), ("c", 2)]))
}

/// A hazard has two controls, of which one is verified.
pub fn controlled() -> Hospital {
    let hospital = with_control(Severity::Considerable, Likelihood::Medium);
    let due = days_after(hospital.now, 60);
    hospital.must("owner", add_control(1, due)).must("nurse", verify(1, 1))
}

fn about_standards() -> Vec<Row> {
    let planned = || house().must("assessor", plan_review(UC2, &["idle", "lawyer"]));
    let end = "2024-03-01T00:00:00Z";
    let hash = "ab".repeat(32);
    let mut banned = standard_of("agent", signed());
    (banned.version, banned.prohibited) = ("2".into(), Some("It may not act alone".into()));
    let mut empty = standard_of("agent", review_requirement());
    empty.version = "3".into();
    vec![
        (
            "what is prohibited",
            house()
                .must("chair", suspend())
                .must("office", state_facts(TIER_3))
                .must("office", Act::AdoptStandard(banned)),
            "office",
            Act::BeginValidation { use_case: UC },
        ),
        ("two requirements of one name", house(), "office", Act::AdoptStandard(empty)),
        ("a signer without the role", house(), "owner", sign(end, Some(&hash))),
        ("a review of what is attested", house(), "assessor", {
            let Act::Reviews(ReviewsAct::PlanReview { use_case, version, sample, raters, .. }) =
                plan_review(UC2, &["idle", "lawyer"])
            else {
                panic!()
            };
            let requirement = id("fit");
            Act::Reviews(ReviewsAct::PlanReview { use_case, version, requirement, sample, raters })
        }),
        ("one rater of two", house(), "assessor", plan_review(UC2, &["idle"])),
        ("an owner as rater", house(), "assessor", plan_review(UC2, &["idle", "owner"])),
        ("an owner who plans", house(), "owner", plan_review(UC2, &["idle", "lawyer"])),
        ("a review beside another", planned(), "assessor", plan_review(UC2, &["idle", "nurse"])),
        ("ratings of another", planned(), "nurse", ratings(1, "idle", &[("a", 1)])),
        ("ratings by no rater", planned(), "nurse", ratings(1, "nurse", &[("a", 1)])),
        ("a score off the scale", planned(), "idle", ratings(1, "idle", &[("a", 3)])),
        (
            "an item twice",
            planned().must("idle", ratings(1, "idle", &[("a", 1)])),
            "idle",
            ratings(1, "idle", &[("a", 2)]),
        ),
        (
            "a closed review",
            planned().must("assessor", close_review(1)),
            "idle",
            ratings(1, "idle", &[("a", 1)]),
        ),
        ("assessing numbers", house(), "assessor", assess(UC)),
        ("assessing what one owns", house(), "tech", assess(UC2)),
        ("a plan of shares that reads a log", house(), "tech", {
            let mut wrong = plan();
            wrong.watches = reported_plan().watches;
            adopt_plan(wrong)
        }),
        ("a plan too slow for its tier", house(), "tech", {
            let mut slow = reported_plan();
            slow.source = of(json!({ "reported": { "by": { "role": "quality" },
                                                   "every_months": 3 } }));
            adopt_plan(slow)
        }),
        ("reports where there is a log", Hospital::live(), "owner", report("2024-02", 1, 10)),
        ("a log where there are reports", agent_live(), "@monitor", observe("2024-02", 0.1)),
        ("a report of somebody else", agent_live().wait(60), "nurse", report("2024-02", 9, 99)),
        ("a report too early", agent_live(), "owner", report("2024-02", 9, 99)),
        ("a report out of order", agent_live().wait(60), "owner", report("2024-03", 9, 99)),
        ("more than there were", agent_live().wait(60), "owner", report("2024-02", 9, 8)),
    ]
}

fn with_role() -> Hospital {
    let mut signer = person("signer");
    signer.roles = ["compliance".to_owned()].into();
    house().must("office", Act::AddPerson(signer))
}

fn about_hazards_and_agents() -> Vec<Row> {
    use Likelihood::{Low, Medium, VeryHigh};
    use Severity::{Catastrophic, Considerable, Minor};
    let hash = "ab".repeat(32);
    let soon = days_after(house().now, 100);
    let live = agent_live();
    vec![
        ("a word for too long", with_role(), "signer", sign("2025-03-01T00:00:00Z", Some(&hash))),
        ("a word without its document", with_role(), "signer", sign("2024-03-01T00:00:00Z", None)),
        (
            "a document that is no hash",
            with_role(),
            "signer",
            sign("2024-03-01T00:00:00Z", Some("file")),
        ),
        (
            "a hazard closed",
            hazardous(Minor, Low).must("chair", settle("close_hazard", 1)),
            "owner",
            add_control(1, soon),
        ),
        ("a control that is none", hazardous(Minor, Low), "nurse", verify(1, 1)),
        ("a control of another", with_control(Minor, Low), "idle", verify(1, 1)),
        (
            "what remains without control",
            with_control(Considerable, Medium),
            "chair",
            rate(1, Minor, Low),
        ),
        ("accepting 5", hazardous(Catastrophic, VeryHigh), "chair", settle("accept_hazard", 1)),
        ("accepting 1", hazardous(Minor, Low), "chair", settle("accept_hazard", 1)),
        (
            "accepting one's own",
            hazardous(Considerable, Medium),
            "owner",
            settle("accept_hazard", 1),
        ),
        ("closing 5", hazardous(Catastrophic, VeryHigh), "chair", settle("close_hazard", 1)),
        ("an agent that is none", house(), "office", authorise(UC2, "order", "required", soon)),
        (
            "no agent policy",
            Hospital::founded()
                .must(
                    "office",
                    Act::RegisterSystem {
                        name: "A".into(),
                        vendor: id("acme-health"),
                        ai_type: AiType::Agent,
                    },
                )
                .must("office", propose()),
            "office",
            authorise(UC, "order", "required", soon),
        ),
        ("an action without a row", house(), "office", authorise(UC, "pay", "required", soon)),
        ("a laxer permission", house(), "office", authorise(UC, "order", "optional", soon)),
        (
            "a permission for ever",
            house(),
            "office",
            authorise(UC, "order", "required", Timestamp::MAX),
        ),
        ("more for a live agent", live.clone(), "office", authorise(UC, "read", "none", soon)),
        ("revoking nothing", house(), "office", revoke("order")),
        ("a drill one witnesses oneself", house(), "tech", drill(&house(), 1, 30, "tech")),
        ("a drill without end", house(), "tech", drill(&house(), 1, 4000, "nurse")),
        ("a drill to come", house(), "tech", drill(&house(), 9000, 30, "nurse")),
    ]
}

/// Every row that is refused.
pub fn refused() -> Vec<Row> {
    about_standards().into_iter().chain(about_hazards_and_agents()).collect()
}

#[test]
fn what_is_judged_is_refused_in_words() {
    assert_snapshot!(check(refused()), @r"
    what is prohibited → refused: UC-1 is prohibited, whatever it proves: It may not act alone
    two requirements of one name → refused: the standard is not sound: two requirements are called `sample`
    a signer without the role → refused: `signed` is attested by somebody with the role `compliance`; ask one of them
    a review of what is attested → refused: the standard has no requirement `fit` that raters review; see its requirements
    one rater of two → refused: its rubric takes at least 2 raters; name more
    an owner as rater → refused: `owner` is an owner of UC-2 and cannot judge it; have somebody else do it
    an owner who plans → refused: `owner` is an owner of UC-2 and cannot judge it; have somebody else do it
    a review beside another → refused: REV-1 is open on the same requirement and version; close it first
    ratings of another → refused: `nurse` cannot give these ratings of REV-1; each of its raters gives their own
    ratings by no rater → refused: `nurse` cannot give these ratings of REV-1; each of its raters gives their own
    a score off the scale → refused: the rating is not sound: item `a`: the score 3 of `right` is not 1 to 2
    an item twice → refused: the rating is not sound: idle scored `a` already
    a closed review → refused: REV-1 is closed; plan a new review
    assessing numbers → refused: `discrimination` is computed from predictions; record evidence, which judges all the others too
    assessing what one owns → refused: `tech` is an owner of UC-2 and cannot judge it; have somebody else do it
    a plan of shares that reads a log → refused: the plan is not sound: the watch `override-rate` needs a reported share, but the plan reads a log
    a plan too slow for its tier → refused: the plan is not sound: T3 is looked at every 1 months at least, the plan does every 3
    reports where there is a log → refused: the plan of UC-1 reads a prediction log; nobody reports for it
    a log where there are reports → refused: the plan of UC-1 is reported by people; there is no log to observe
    a report of somebody else → refused: `nurse` is not who reports by the plan; ask who it names
    a report too early → refused: the period that begins with 2024-02 is over on 2024-03-01T00:00:00Z; report it then
    a report out of order → refused: the next month to observe for UC-1 is 2024-02, not 2024-03
    more than there were → refused: the report is not sound: `override-rate` counts more than there were
    a word for too long → refused: a word on `signed` holds 100 days at most; let it end sooner
    a word without its document → refused: `signed` takes a document; give its SHA-256
    a document that is no hash → refused: the document is not sound: write its SHA-256 as 64 hexadecimal digits in lower case
    a hazard closed → refused: HAZ-1 is closed; log what is new as a hazard of its own
    a control that is none → refused: HAZ-1 has no control 1 that is not verified yet; they count from 1
    a control of another → refused: a control is verified by its owner, `nurse`
    what remains without control → refused: HAZ-1 has no verified control; what remains is rated once there is one
    accepting 5 → refused: HAZ-1 is rated 5: only a risk rated 3 is accepted, once; a lower one needs no acceptance and a higher one must be reduced
    accepting 1 → refused: HAZ-1 is rated 1: only a risk rated 3 is accepted, once; a lower one needs no acceptance and a higher one must be reduced
    accepting one's own → refused: `owner` is an owner of UC-1 and cannot judge it; have somebody else do it
    closing 5 → refused: it stays open: HAZ-1 is rated 5: unacceptable; verify a control and rate what remains
    an agent that is none → refused: UC-2 is no agent; only AI systems of the type agent are in the register
    no agent policy → refused: no agent policy is in force; adopt one first
    an action without a row → refused: the agent policy has no action `pay`; adopt a version that says what it takes
    a laxer permission → refused: `order` takes more than that by the agent policy: raise its human in the loop
    a permission for ever → refused: a permission lasts 300 days at most; let it end sooner and renew it
    more for a live agent → refused: `read` would let a live agent do more than was approved; stop it, authorise it, and have the body resume it
    revoking nothing → refused: the agent is not authorised to `order`; there is nothing to revoke
    a drill one witnesses oneself → refused: `tech` cannot witness the drill and record it; ask somebody else
    a drill without end → refused: the drill is not sound: its limit must be 1 to 60 seconds
    a drill to come → refused: the drill is not sound: it lies in the future; record it once it is over
    ");
}

fn lacks(hospital: &Hospital) -> String {
    hospital.record.lacks(hospital.use_case(), hospital.now).join("; ")
}

#[test]
fn a_standard_without_numbers_is_met_by_words_and_reviews() {
    let hash = "ab".repeat(32);
    let mut hospital = reviewed(with_role(), UC2)
        .must("signer", sign("2024-04-01T00:00:00Z", Some(&hash)))
        .must("assessor", assess(UC2));
    assert_eq!(
        hospital.record.met_evidence(UC2, "v1", hospital.now),
        None,
        "the word on fit is missing"
    );
    hospital = hospital.must("owner", fit(UC2)).must("assessor", assess(UC2));
    let evidence = hospital.record.met_evidence(UC2, "v1", hospital.now).expect("all is proved");
    assert_eq!((evidence.n, evidence.is_computed()), (3, false));
    let states = |hospital: &Hospital| {
        let of = &hospital.record.use_cases[&UC2];
        let all = hospital.record.requirements(of, hospital.now).into_iter();
        all.map(|it| format!("{} {:?}", it.requirement, it.state)).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(states(&hospital), "signed Met, fit Met, sample Met");
    let hospital = hospital.wait(60);
    assert_eq!(states(&hospital), "signed Missing, fit Met, sample Met");
}

#[test]
fn a_hazard_is_borne_or_blocks() {
    let table = [
        (Severity::Minor, Likelihood::VeryLow, ""),
        (
            Severity::Considerable,
            Likelihood::Medium,
            "HAZ-1 is rated 3; reduce it, or have the safety officer accept it",
        ),
    ];
    for (severity, likelihood, lack) in table {
        let hospital = agent_ready().must("office", log_hazard(UC, severity, likelihood));
        assert_eq!(lacks(&hospital), lack);
    }
    let hospital =
        agent_ready().must("office", log_hazard(UC, Severity::Catastrophic, Likelihood::Medium));
    assert!(lacks(&hospital).starts_with("HAZ-1 is rated 4"), "{}", lacks(&hospital));
    let due = days_after(hospital.now, 9);
    let hospital = hospital
        .must("owner", add_control(1, due))
        .must("nurse", verify(1, 1))
        .must("chair", rate(1, Severity::Catastrophic, Likelihood::VeryLow));
    assert!(lacks(&hospital).starts_with("HAZ-1 is rated 3"));
    let hospital = hospital.must("chair", settle("accept_hazard", 1));
    assert_eq!(lacks(&hospital), "");
    // The inherent tier is what it was.
    assert_eq!(hospital.use_case().stage.tier().map(|it| it.tier), Some(Tier::T3));
}

/// A drill that failed is undone by a later one, not by an earlier one that is recorded late.
#[test]
fn a_failed_drill_counts_until_a_later_one_passes() {
    let early = drill(&agent_ready(), 20, 30, "nurse");
    let failed = agent_ready().wait(1);
    let late = drill(&failed, 31, 30, "nurse");
    let failed = failed.must("tech", late).must("tech", early);
    let lacks = |hospital: &Hospital| hospital.record.lacks(hospital.use_case(), hospital.now);
    assert_eq!(lacks(&failed), ["it passed no stop drill within 365 days; hold one"]);
    assert!(lacks(&drilled(failed.wait(1))).is_empty());
}

#[test]
fn an_agent_without_a_drill_or_permission_stays_out() {
    let hospital = house();
    assert_eq!(
        lacks(&hospital),
        "its agent is authorised to no action; authorise what it does; it passed no stop drill \
         within 365 days; hold one"
    );
    let late = drill(&agent_ready(), 31, 30, "nurse");
    let failed = agent_ready().must("tech", late);
    assert_eq!(lacks(&failed), "it passed no stop drill within 365 days; hold one");
    let expired = agent_ready().wait(201);
    assert_eq!(lacks(&expired), "its agent is authorised to no action; authorise what it does");
    let aged = agent_live().wait(400);
    let tasks = work(&aged.record, aged.now);
    let drill = tasks.iter().find(|task| task.what.contains("stop drill"));
    assert!(drill.is_some_and(|task| task.overdue), "{tasks:#?}");
    assert!(tasks.iter().any(|task| task.what.contains("Renew or revoke") && task.overdue));
}

#[test]
fn reports_are_watched_both_ways_and_lapse() {
    let answer = |count, of| {
        let mut hospital = agent_live().wait(60);
        in_words(&hospital.give("owner", report("2024-02", count, of)))
    };
    // Hardly an override any more, far too many, and what is usual; too few to tell.
    assert_eq!(answer(0, 200), "observed, case_opened, signal_raised");
    assert_eq!(answer(190, 200), "observed, case_opened, signal_raised");
    assert_eq!(answer(20, 200), "observed");
    assert_eq!(answer(0, 40), "observed");
    let lapsed = |hospital: &Hospital| {
        let standing = hospital.standing();
        let field = &standing.fields[3];
        format!("{:?}: {}", field.state, field.because)
    };
    let hospital = agent_live().at("2024-04-30T00:00:00Z");
    assert_eq!(lapsed(&hospital), "Met: first month, 2024-02, is due later");
    let hospital = hospital.at("2024-05-01T00:00:00Z");
    assert!(lapsed(&hospital).ends_with("no data for two months since 2024-02"));
    let hospital = hospital.must("owner", report("2024-02", 20, 200));
    assert_eq!(lapsed(&hospital), "Met: last month observed: 2024-02");
}
