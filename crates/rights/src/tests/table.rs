//! Who may do what: at least one allowed and one denied case for each act.

use super::hospital::{self, Hospital, UC1, now, person};
use super::vendors;
use crate::{Denial, Rights};
use governance::{
    Act, Actor, AgentsAct, Authority, BodyAmendment, BodyId, CaseId, Choice, DecisionId,
    DecisionRightsAct, Delegated, DelegationId, DraftId, ExceptionId, ExceptionsAct, HoldId,
    HoldScope, HoldsAct, IntakeAct, MeetingId, MeetingsAct, OrganisationAct, Outcome,
    PersonAmendment, PersonId, Question, Record, SeatTerm, Service, Site, Subject, SystemId, Unit,
};
use std::collections::{BTreeMap, BTreeSet};

fn rights() -> Rights {
    Rights::new(&packs::builtin::rights().unwrap()).unwrap()
}

/// One act of each kind, about what is in the hospital.
fn acts() -> BTreeMap<&'static str, Act> {
    let (use_case, case, decision) = (UC1, CaseId(1), DecisionId(2));
    let reason = || "because".to_owned();
    let acts = [
        Act::Found(hospital::founding()),
        Act::AddPerson(hospital::people().remove(0)),
        Act::NoteDeparture { person: "clerk".parse().unwrap() },
        Act::CharterBody(hospital::body(0)),
        Act::AdoptTierPolicy(hospital::tiers()),
        Act::AdoptStandard(hospital::standard()),
        hospital::register_system("acme"),
        Act::RegisterVersion { system: SystemId(1), version: hospital::version() },
        Act::ProposeUseCase(hospital::proposal(1)),
        Act::AssignOwners { use_case, owners: hospital::owners("sponsor") },
        Act::StateFacts { use_case, facts: hospital::facts() },
        Act::BeginValidation { use_case },
        Act::BeginPilot { use_case, deployment: hospital::deployment() },
        hospital::record_evidence(),
        hospital::attest(),
        Act::AdoptPlan { use_case, plan: Box::new(hospital::plan()) },
        Act::OpenMotion {
            body: "ai-committee".parse().unwrap(),
            motion: hospital::motion(Question::Case { case }, Outcome::Go),
        },
        Act::Recuse { decision, reason: reason() },
        Act::CastVote { decision, choice: Choice::Approve, reason: reason() },
        Act::CarryDecision { decision },
        Act::StopOnCase {
            case,
            reason: reason(),
            alternatives: vec!["go on".to_owned()],
            residual_risk: "none".to_owned(),
        },
        Act::Suspend { use_case, reason: reason() },
        Act::MeetCondition { decision: DecisionId(1), condition: 1, proof: "done".to_owned() },
        hospital::record_observation(),
        Act::ReportUnknownVersion {
            use_case,
            version: "9".to_owned(),
            site: "main".parse().unwrap(),
            workflow: "discharge".parse().unwrap(),
        },
        Act::Tick,
    ];
    let acts = acts.into_iter().chain(of_the_hospital()).chain(of_bodies());
    let acts = acts.chain(hospital::incident_acts());
    let acts = acts.chain(vendors::acts());
    let acts = acts.chain(intake_and_exceptions()).chain(judged_and_held(decision));
    acts.map(|act| (act.name(), act)).collect()
}

/// About reviews, hazards, agents, decision rights and holds.
fn judged_and_held(decision: DecisionId) -> Vec<Act> {
    let reason = || "so".to_owned();
    vec![
        from_json(
            r#"{"act":"plan_review","use_case":"UC-1","version":"1","requirement":"word",
            "sample":"s","raters":["nurse"]}"#,
        ),
        from_json(r#"{"act":"assess","use_case":"UC-1","version":"1"}"#),
        from_json(r#"{"act":"record_ratings","review":"REV-1","rater":"nurse","items":{}}"#),
        from_json(r#"{"act":"close_review","review":"REV-1"}"#),
        from_json(
            r#"{"act":"report_observation","use_case":"UC-1","month":"2024-03",
            "measures":[]}"#,
        ),
        hospital::log_hazard(),
        hospital::add_control(),
        from_json(r#"{"act":"verify_control","hazard":"HAZ-1","control":1,"proof":"p"}"#),
        from_json(
            r#"{"act":"rate_residual","hazard":"HAZ-1","severity":"minor",
            "likelihood":"low","reason":"r"}"#,
        ),
        from_json(r#"{"act":"accept_hazard","hazard":"HAZ-1","reason":"r"}"#),
        from_json(r#"{"act":"transfer_hazard","hazard":"HAZ-1","to":"acme","reason":"r"}"#),
        from_json(r#"{"act":"close_hazard","hazard":"HAZ-1","reason":"r"}"#),
        Act::Agents(AgentsAct::AdoptAgentPolicy(packs::builtin::agent_policy().unwrap())),
        from_json(
            r#"{"act":"authorise_action","use_case":"UC-1","action":"read-record",
            "authorisation":"agent_identity","log":"summary","human":"none","stop":"none",
            "expires":"2025-01-01T00:00:00Z"}"#,
        ),
        from_json(
            r#"{"act":"revoke_action","use_case":"UC-1","action":"read-record",
            "reason":"r"}"#,
        ),
        from_json(
            r#"{"act":"record_drill","use_case":"UC-1","stop_at":"2024-06-01T00:00:00Z",
            "limit_seconds":9,"witnessed_by":"nurse"}"#,
        ),
        Act::DecisionRights(DecisionRightsAct::AdoptRights {
            pack: packs::builtin::rights().unwrap(),
            effective_from: None,
            decision,
        }),
        Act::Holds(HoldsAct::PlaceHold { about: HoldScope::All, reason: reason() }),
        Act::Holds(HoldsAct::ReleaseHold { hold: HoldId(1), reason: reason() }),
        Act::Holds(HoldsAct::EraseDocument { document: "h".to_owned(), reason: reason() }),
    ]
}

/// About sites, people and lanes.
fn of_the_hospital() -> Vec<Act> {
    use OrganisationAct as Of;
    let site = Site {
        id: "main".parse().unwrap(),
        name: "Main".to_owned(),
        time_zone: "UTC".to_owned(),
        jurisdiction: "US-TX".to_owned(),
        closed_at: None,
    };
    let (unit, name) = ("ward-4".parse().unwrap(), "Ward 4".to_owned());
    let unit = Unit { id: unit, site: site.id.clone(), name };
    let clerk: PersonId = "clerk".parse().unwrap();
    let (vendor, valid_until) = ("acme".parse().unwrap(), "2025-01-01T00:00:00Z".parse().unwrap());
    let acts = [
        Of::CloseSite { site: site.id.clone() },
        Of::AddSite(site),
        Of::AddUnit(unit),
        Of::AmendPerson { person: clerk.clone(), amendment: PersonAmendment::default() },
        Of::RecordTraining { person: clerk.clone(), system: SystemId(1), valid_until },
        Of::WithdrawInterest {
            person: "invested".parse().unwrap(),
            vendor,
            reason: "sold".to_owned(),
        },
        Of::DeclareInterest {
            person: clerk,
            vendor: "acme".parse().unwrap(),
            interest: "shares".to_owned(),
        },
    ];
    acts.into_iter().map(Act::Organisation).chain([hospital::sign_lane()]).collect()
}

/// About bodies and their meetings.
fn of_bodies() -> Vec<Act> {
    use MeetingsAct as Of;
    let body: BodyId = "ai-committee".parse().unwrap();
    let seat = || "nursing".parse().unwrap();
    let (meeting, decision) = (MeetingId(1), DecisionId(2));
    let (agenda, present) = (BTreeSet::new(), BTreeSet::new());
    let until = "2025-01-01T00:00:00Z".parse().unwrap();
    let acts = [
        Of::AmendBody { body: body.clone(), amendment: BodyAmendment::default() },
        Of::FillSeat {
            body: body.clone(),
            seat: seat(),
            holder: "clerk".parse().unwrap(),
            term: SeatTerm::default(),
        },
        Of::VacateSeat { body: body.clone(), seat: seat(), reason: "so".to_owned() },
        Of::Delegate { body, to: "clerk".parse().unwrap(), what: Delegated::Preside, until },
        Of::RevokeDelegation { delegation: DelegationId(1) },
        Of::DecideAlone { decision },
        hospital::schedule_meeting(),
        Of::AmendAgenda { meeting, agenda, at: None },
        Of::OpenMeeting { meeting, present: present.clone() },
        Of::RecordAttendance { meeting, present },
        Of::CloseMeeting { meeting, minutes: "m".to_owned() },
        Of::OpenBallot { decision, closes_at: until },
        Of::WithdrawMotion { decision, reason: "so".to_owned() },
    ];
    acts.into_iter().map(Act::Meetings).collect()
}

/// The acts of intake and about exceptions.
fn intake_and_exceptions() -> Vec<Act> {
    let (use_case, draft, exception) = (UC1, DraftId(1), ExceptionId(1));
    let (answers, reason) = (hospital::answers(), || "because".to_owned());
    let expires = "2024-12-01T00:00:00Z".parse().unwrap();
    let intake = [
        IntakeAct::BeginDraft { answers: answers.clone() },
        IntakeAct::SaveDraft { draft, answers },
        IntakeAct::DiscardDraft { draft },
        IntakeAct::SubmitIntake { draft, not_duplicate: None },
        IntakeAct::ImportInventory { rows: Vec::new(), create_systems: false },
        IntakeAct::FastLane { use_case },
        IntakeAct::RecordAudit { use_case, finding: reason(), upheld: true },
    ];
    let exceptions = [
        hospital::request_exception(),
        ExceptionsAct::RenewException { exception, reason: reason(), expires },
        ExceptionsAct::EndException { exception, reason: reason() },
    ];
    let exceptions = exceptions.into_iter().map(Act::Exceptions);
    intake.into_iter().map(Act::Intake).chain(exceptions).collect()
}

/// The names of all acts, as their type knows them.
fn names() -> Vec<String> {
    let names = Act::groups().into_iter().flat_map(|group| group.names);
    names.map(|name| (*name).to_owned()).collect()
}

/// Who asks for what, and the answer.
fn table() -> Vec<(&'static str, &'static str, &'static str)> {
    TABLE.iter().chain(vendors::TABLE).copied().collect()
}

fn from_json(json: &str) -> Act {
    serde_json::from_str(json).unwrap()
}

fn actor(name: &str) -> Actor {
    match name.strip_prefix("primum:") {
        None => person(name),
        Some("installer") => Actor::Service(Service::Installer),
        Some("scheduler") => Actor::Service(Service::Scheduler),
        Some("monitor") => Actor::Service(Service::Monitor),
        Some("gate") => Actor::Service(Service::Gate),
        Some(other) => panic!("no service {other}"),
    }
}

/// The answer in a word: the policies that allowed it, `no` and those that forbid it, `no` alone,
/// or `alarm`.
fn verdict(answer: &Result<Authority, Denial>) -> String {
    match answer {
        Ok(authority) => short(authority.policies.iter().map(String::as_str)),
        Err(denial) if denial.is_alarm() => "alarm".to_owned(),
        Err(denial) => {
            let rules = denial.policies.iter().map(|rule| rule.id.as_str());
            format!("no {}", short(rules.filter(|id| id.starts_with('F')))).trim().to_owned()
        }
    }
}

/// Policy ids up to their first hyphen.
fn short<'a>(ids: impl Iterator<Item = &'a str>) -> String {
    ids.map(|id| id.split('-').next().unwrap()).collect::<Vec<_>>().join(" ")
}

fn check(record: &Record, table: &[(&str, &str, &str)]) {
    let (rights, acts) = (rights(), acts());
    for (who, act, expected) in table {
        let answer = rights.authorise(record, &actor(who), &acts[act], now());
        assert_eq!(verdict(&answer), *expected, "{who}: {act}: {answer:?}");
    }
}

/// Who asks for what, and the answer.
const TABLE: &[(&str, &str, &str)] = &[
    ("primum:installer", "found", "P18"),
    ("primum:scheduler", "found", "no"),
    ("office", "found", "alarm"),
    ("office", "add_person", "P1"),
    ("clerk", "add_person", "no"),
    ("gone", "add_person", "no F2"),
    ("primum:installer", "add_person", "alarm"),
    ("office", "note_departure", "P1"),
    ("chair", "note_departure", "no"),
    ("office", "charter_body", "P1"),
    ("chair", "charter_body", "no"),
    ("office", "adopt_tier_policy", "P1"),
    ("scientist", "adopt_tier_policy", "no"),
    ("office", "adopt_standard", "P1"),
    ("scientist", "adopt_standard", "no"),
    ("office", "register_system", "P1"),
    ("liaison", "register_system", "P3"),
    ("clerk", "register_system", "no"),
    ("gone", "register_system", "no F2"),
    ("office", "register_version", "P1"),
    ("liaison", "register_version", "P3"),
    ("tech", "register_version", "no"),
    ("clerk", "propose_use_case", "P4"),
    ("lapsed", "propose_use_case", "no"),
    ("gone", "propose_use_case", "no F2"),
    ("nobody", "propose_use_case", "alarm"),
    ("office", "assign_owners", "P2"),
    ("ward", "assign_owners", "no"),
    ("office", "state_facts", "P2"),
    ("ward", "state_facts", "no"),
    ("office", "begin_validation", "P2"),
    ("ward", "begin_validation", "no"),
    ("ward", "begin_pilot", "P5"),
    ("tech", "begin_pilot", "no"),
    ("office", "begin_pilot", "no"),
    ("tech", "record_evidence", "P6"),
    ("scientist", "record_evidence", "P6"),
    ("ward", "record_evidence", "no"),
    ("gone", "record_evidence", "no F2"),
    ("ward", "attest", "P7"),
    ("sponsor", "attest", "P7"),
    ("scientist", "attest", "no"),
    ("tech", "adopt_plan", "P6"),
    ("chair", "adopt_plan", "no"),
    ("office", "open_motion", "P9"),
    ("chair", "open_motion", "P10"),
    ("ethics", "open_motion", "no"),
    ("nurse", "open_motion", "no"),
    ("nurse", "recuse", "P12"),
    ("lapsed", "recuse", "P12"),
    ("ward", "recuse", "P12"),
    ("ethics", "recuse", "no"),
    ("nurse", "cast_vote", "P11"),
    ("chair", "cast_vote", "P11"),
    ("lapsed", "cast_vote", "no"),
    ("ethics", "cast_vote", "no"),
    ("pretender", "cast_vote", "no"),
    ("ward", "cast_vote", "no F1"),
    ("author", "cast_vote", "no F1"),
    ("scientist", "cast_vote", "no F1"),
    ("invested", "cast_vote", "no F1"),
    ("gone", "cast_vote", "no F2"),
    ("primum:scheduler", "cast_vote", "alarm"),
    ("chair", "carry_decision", "P13"),
    ("nurse", "carry_decision", "no"),
    ("ethics", "carry_decision", "no"),
    ("pretender", "carry_decision", "no"),
    ("chair", "stop_on_case", "P15"),
    ("nurse", "stop_on_case", "no"),
    ("ethics", "stop_on_case", "no"),
    ("ward", "stop_on_case", "no F1"),
    ("safety", "suspend", "P16"),
    ("ward", "suspend", "P17"),
    ("sponsor", "suspend", "P17"),
    ("chair", "suspend", "P17"),
    ("ethics", "suspend", "P17"),
    ("nurse", "suspend", "no"),
    ("pretender", "suspend", "no"),
    ("gone", "suspend", "no F2"),
    ("nurse", "meet_condition", "P8"),
    ("ward", "meet_condition", "no"),
    ("primum:monitor", "record_observation", "P20"),
    ("primum:gate", "record_observation", "no"),
    ("scientist", "record_observation", "alarm"),
    ("primum:gate", "report_unknown_version", "P21"),
    ("primum:monitor", "report_unknown_version", "no"),
    ("primum:scheduler", "tick", "P19"),
    ("primum:gate", "tick", "no"),
    ("office", "tick", "alarm"),
    ("office", "add_site", "O1"),
    ("clerk", "add_site", "no"),
    ("office", "add_unit", "O1"),
    ("clerk", "add_unit", "no"),
    ("office", "close_site", "O1"),
    ("chair", "close_site", "no"),
    ("office", "amend_person", "O1"),
    ("clerk", "amend_person", "no"),
    ("office", "record_training", "O1"),
    ("clerk", "record_training", "no"),
    ("office", "withdraw_interest", "O1"),
    ("invested", "withdraw_interest", "no"),
    ("clerk", "declare_interest", "O2"),
    ("office", "declare_interest", "no"),
    ("office", "amend_body", "M1"),
    ("chair", "amend_body", "no"),
    ("office", "fill_seat", "M1"),
    ("chair", "fill_seat", "no"),
    ("office", "vacate_seat", "M1"),
    ("nurse", "vacate_seat", "no"),
    ("chair", "delegate", "M2"),
    ("deputy", "delegate", "no"),
    ("office", "delegate", "no"),
    ("ethics", "delegate", "no"),
    ("chair", "revoke_delegation", "M2"),
    ("deputy", "revoke_delegation", "no"),
    ("chair", "schedule_meeting", "M3"),
    ("deputy", "schedule_meeting", "M3"),
    ("office", "schedule_meeting", "M4"),
    ("ethics", "schedule_meeting", "no"),
    ("pretender", "schedule_meeting", "no"),
    ("office", "amend_agenda", "M4"),
    ("nurse", "amend_agenda", "no"),
    ("deputy", "open_meeting", "M3"),
    ("office", "open_meeting", "no"),
    ("office", "record_attendance", "M4"),
    ("nurse", "record_attendance", "no"),
    ("chair", "close_meeting", "M3"),
    ("nurse", "close_meeting", "no"),
    ("chair", "open_ballot", "M5"),
    ("office", "open_ballot", "no"),
    ("chair", "withdraw_motion", "M5"),
    ("office", "withdraw_motion", "M6"),
    ("nurse", "withdraw_motion", "no"),
    ("deputy", "open_motion", "M7"),
    ("deputy", "carry_decision", "M7"),
    ("deputy", "stop_on_case", "no"),
    ("pretender", "open_motion", "no"),
    ("delegate", "decide_alone", "M8"),
    ("ward", "decide_alone", "no F1"),
    ("chair", "decide_alone", "no"),
    ("deputy", "decide_alone", "no"),
    ("privacy", "sign_lane", "L1"),
    ("quiet", "sign_lane", "no"),
    ("author", "sign_lane", "no F1"),
    ("chair", "sign_lane", "no"),
    ("office", "sign_lane", "no"),
    ("legal", "adopt_clock_rules", "I3"),
    ("office", "adopt_clock_rules", "I6"),
    ("safety", "adopt_clock_rules", "no"),
    ("clerk", "report_incident", "I1"),
    ("lapsed", "report_incident", "I1"),
    ("gone", "report_incident", "no F2"),
    ("safety", "assess_incident", "I2"),
    ("legal", "assess_incident", "I3"),
    ("ward", "assess_incident", "no"),
    ("safety", "add_timeline", "I2"),
    ("clerk", "add_timeline", "no"),
    ("safety", "record_cause", "I2"),
    ("legal", "record_cause", "no"),
    ("peer", "record_analysis", "I5"),
    ("safety", "record_analysis", "no"),
    ("safety", "plan_action", "I2"),
    ("ward", "plan_action", "no"),
    ("ward", "complete_action", "I4"),
    ("safety", "complete_action", "no"),
    ("safety", "check_effectiveness", "I2"),
    ("ward", "check_effectiveness", "no"),
    ("legal", "meet_clock", "I3"),
    ("safety", "meet_clock", "no"),
    ("legal", "stop_clock", "I3"),
    ("safety", "stop_clock", "no"),
    ("safety", "close_incident", "I2"),
    ("ward", "close_incident", "no"),
    ("legal", "reopen_incident", "I3"),
    ("clerk", "reopen_incident", "no"),
    ("clerk", "begin_draft", "N1"),
    ("lapsed", "begin_draft", "no"),
    ("clerk", "save_draft", "N2"),
    ("office", "save_draft", "N3"),
    ("ward", "save_draft", "no"),
    ("clerk", "discard_draft", "N2"),
    ("office", "discard_draft", "N3"),
    ("chair", "discard_draft", "no"),
    ("clerk", "submit_intake", "N2"),
    ("office", "submit_intake", "no"),
    ("gone", "submit_intake", "no F2"),
    ("office", "import_inventory", "N4"),
    ("clerk", "import_inventory", "no"),
    ("office", "fast_lane", "N5"),
    ("ward", "fast_lane", "N5"),
    ("chair", "fast_lane", "no"),
    ("office", "record_audit", "N6"),
    ("ward", "record_audit", "no"),
    ("ward", "request_exception", "E1"),
    ("office", "request_exception", "E1"),
    ("clerk", "request_exception", "no"),
    ("ward", "renew_exception", "E2"),
    ("office", "renew_exception", "no"),
    ("ward", "end_exception", "E3"),
    ("safety", "end_exception", "E3"),
    ("office", "end_exception", "E3"),
    ("chair", "end_exception", "no"),
    ("safety", "attest", "no"),
    ("scientist", "plan_review", "S3"),
    ("tech", "plan_review", "no"),
    ("clerk", "plan_review", "no"),
    ("scientist", "assess", "S3"),
    ("tech", "assess", "no"),
    ("nurse", "record_ratings", "S4"),
    ("chair", "record_ratings", "no"),
    ("scientist", "close_review", "S5"),
    ("office", "close_review", "S5"),
    ("nurse", "close_review", "no"),
    ("scientist", "report_observation", "S6"),
    ("ward", "report_observation", "no"),
    ("clerk", "log_hazard", "H1"),
    ("gone", "log_hazard", "no F2"),
    ("ward", "add_control", "H2"),
    ("safety", "add_control", "H3"),
    ("clerk", "add_control", "no"),
    ("nurse", "verify_control", "H4"),
    ("ward", "verify_control", "no"),
    ("safety", "rate_residual", "H3"),
    ("ward", "rate_residual", "no"),
    ("safety", "accept_hazard", "H3"),
    ("ward", "accept_hazard", "no"),
    ("ward", "transfer_hazard", "H2"),
    ("clerk", "transfer_hazard", "no"),
    ("safety", "close_hazard", "H3"),
    ("ward", "close_hazard", "no"),
    ("office", "adopt_agent_policy", "A1"),
    ("tech", "adopt_agent_policy", "no"),
    ("office", "authorise_action", "A2"),
    ("tech", "authorise_action", "no"),
    ("safety", "revoke_action", "A3"),
    ("ward", "revoke_action", "A3"),
    ("chair", "revoke_action", "A3"),
    ("clerk", "revoke_action", "no"),
    ("tech", "record_drill", "A4"),
    ("safety", "record_drill", "A4"),
    ("ward", "record_drill", "no"),
    ("office", "adopt_rights", "P22"),
    ("chair", "adopt_rights", "no"),
    ("gone", "adopt_rights", "no F2"),
    ("counsel", "place_hold", "P23"),
    ("office", "place_hold", "P24"),
    ("clerk", "place_hold", "no"),
    ("counsel", "release_hold", "P23"),
    ("office", "release_hold", "no"),
    ("office", "erase_document", "P24"),
    ("counsel", "erase_document", "no"),
];

/// Actions that are no acts: rights to read.
const READS: [&str; 1] = ["read_privileged"];

#[test]
fn each_may_what_the_rules_say() {
    check(&Hospital::new().record, &table());
}

#[test]
fn every_act_has_an_action_an_allowed_and_a_denied_case() {
    let pack = packs::builtin::rights().unwrap();
    let (schema, _) = cedar_policy::Schema::from_cedarschema_str(&pack.schema).unwrap();
    let actions: BTreeSet<String> =
        schema.actions().map(|action| action.id().unescaped().to_owned()).collect();
    let names = names();
    let reads = READS.iter().map(|read| (*read).to_owned());
    let known = names.iter().cloned().chain(reads).collect();
    assert_eq!(actions, known, "acts of the core are Cedar's actions");
    assert_eq!(
        acts().keys().copied().collect::<BTreeSet<_>>(),
        names.iter().map(String::as_str).collect()
    );
    for name in &names {
        let table = table();
        let verdicts = table.iter().filter(|(_, act, _)| act == name).map(|(.., verdict)| *verdict);
        let (allowed, denied): (Vec<&str>, Vec<&str>) =
            verdicts.partition(|verdict| !verdict.starts_with("no") && *verdict != "alarm");
        assert!(!allowed.is_empty(), "nobody is allowed to {name} in the table");
        assert!(!denied.is_empty(), "nobody is denied to {name} in the table");
    }
}

#[test]
fn only_peer_review_reads_what_is_privileged() {
    let (rights, record) = (rights(), Hospital::new().record);
    for (who, may) in [("peer", "I5"), ("safety", "no"), ("legal", "no"), ("office", "no")] {
        let answer = rights.could(&record, &actor(who), "read_privileged", &Subject::Record, now());
        assert_eq!(verdict(&answer), may, "{who}");
    }
}

#[test]
fn nobody_erases_what_is_under_a_hold() {
    let mut hospital = Hospital::new();
    let hold = |about| Act::Holds(HoldsAct::PlaceHold { about, reason: "a suit".to_owned() });
    hospital.does(&person("counsel"), hold(HoldScope::UseCase { use_case: UC1 }));
    check(&hospital.record, &[("office", "erase_document", "no F4")]);
    let release = HoldsAct::ReleaseHold { hold: HoldId(1), reason: "settled".to_owned() };
    hospital.does(&person("counsel"), Act::Holds(release));
    check(&hospital.record, &[("office", "erase_document", "P24")]);
    hospital.does(&person("counsel"), hold(HoldScope::All));
    check(&hospital.record, &[("office", "erase_document", "no F4")]);
}

/// A document that belongs to no use case is on record all the same, and can be erased.
#[test]
fn what_belongs_to_no_use_case_is_erased_too() {
    let mut hospital = Hospital::new();
    let document = "5".repeat(64);
    let attachment = governance::Attachment {
        title: "Minutes".to_owned(),
        hash: document.clone(),
        media_type: "text/plain".to_owned(),
        about: governance::About::Body("ai-committee".parse().unwrap()),
    };
    let attach = governance::VendorsAct::AttachDocument(attachment);
    hospital.does(&person("office"), Act::Vendors(attach));
    let subject = Subject::Document(document);
    let answer =
        rights().could(&hospital.record, &actor("office"), "erase_document", &subject, now());
    assert_eq!(verdict(&answer), "P24");
}

/// At T3 and above a go takes two clinicians, whatever the body's own rule asks for; what is lost
/// is declared all the same.
#[test]
fn two_clinicians_carry_a_go_at_t3() {
    let vote = |hospital: &mut Hospital, who: &str, choice| {
        let reason = "so".to_owned();
        hospital.does(&person(who), Act::CastVote { decision: DecisionId(2), choice, reason });
    };
    let at_t3 = || {
        let mut hospital = Hospital::new();
        hospital.record.decisions.get_mut(&DecisionId(2)).unwrap().tier = governance::Tier::T3;
        let body = hospital.record.bodies.get_mut(&"ai-committee".parse().unwrap()).unwrap();
        body.rules[0].tier = governance::Tier::T3;
        vote(&mut hospital, "chair", Choice::Approve);
        hospital
    };
    let mut one = at_t3();
    // No quorum yet: the rules of the body decide, and the core refuses.
    check(&one.record, &[("chair", "carry_decision", "P13")]);
    vote(&mut one, "lapsed", Choice::Approve);
    check(&one.record, &[("chair", "carry_decision", "no F3")]);
    vote(&mut one, "nurse", Choice::Approve);
    check(&one.record, &[("chair", "carry_decision", "P13")]);
    let mut lost = at_t3();
    vote(&mut lost, "lapsed", Choice::Reject);
    check(&lost.record, &[("chair", "carry_decision", "P13")]);
}

/// Decision rights are decided like the rest, only that nobody owns them.
#[test]
fn a_body_decides_on_decision_rights() {
    let mut hospital = Hospital::new();
    let body = hospital.record.bodies.get_mut(&"ai-committee".parse().unwrap()).unwrap();
    body.rules[0].tier = governance::Tier::T4;
    let digest = packs::builtin::rights().unwrap().digest();
    hospital.decides(3, hospital::motion(Question::Pack { digest }, Outcome::Go), &["ward"]);
    let (rights, subject) = (rights(), Subject::Decision(DecisionId(3)));
    let table = [
        ("ward", "cast_vote", "P11"),
        ("invested", "cast_vote", "P11"),
        ("ethics", "cast_vote", "no"),
        ("chair", "carry_decision", "P13"),
        ("nurse", "carry_decision", "no"),
        ("nurse", "recuse", "P12"),
    ];
    for (who, act, expected) in table {
        let answer = rights.could(&hospital.record, &person(who), act, &subject, now());
        assert_eq!(verdict(&answer), expected, "{who} {act}");
    }
}

#[test]
fn a_chair_who_owns_the_use_case_suspends_it_but_does_not_decide_on_it() {
    let mut hospital = Hospital::new();
    let owners = hospital::owners("chair");
    hospital.does(&person("office"), Act::AssignOwners { use_case: UC1, owners });
    check(
        &hospital.record,
        &[
            ("chair", "suspend", "P17"),
            ("chair", "stop_on_case", "no F1"),
            ("chair", "carry_decision", "no F1"),
            ("nurse", "carry_decision", "P14"),
            ("lapsed", "carry_decision", "no"),
            ("ethics", "carry_decision", "no"),
        ],
    );
}

#[test]
fn a_member_carries_when_the_chair_stepped_aside_or_left() {
    let mut aside = Hospital::new();
    let reason = "My ward would gain".to_owned();
    aside.does(&person("chair"), Act::Recuse { decision: DecisionId(2), reason });
    check(
        &aside.record,
        &[("nurse", "carry_decision", "P14"), ("ward", "carry_decision", "no F1")],
    );
    let mut left = Hospital::new();
    left.does(&person("office"), Act::NoteDeparture { person: "chair".parse().unwrap() });
    check(&left.record, &[("nurse", "carry_decision", "P14"), ("chair", "suspend", "no F2")]);
}

/// What the policies forbid is what the core calls a conflict, for everybody with a seat.
#[test]
fn rights_and_core_agree_on_conflicts() {
    let (hospital, rights, acts) = (Hospital::new(), rights(), acts());
    let use_case = &hospital.record.use_cases[&UC1];
    for id in hospital.record.people.keys() {
        let answer =
            rights.authorise(&hospital.record, &person(id.as_str()), &acts["cast_vote"], now());
        let forbidden = answer.is_err_and(|denial| {
            denial.policies.iter().any(|rule| rule.id == "F1-separation-of-duties")
        });
        assert_eq!(forbidden, hospital.record.conflict(id, use_case).is_some(), "{id}");
    }
}

#[test]
fn the_answer_keeps_its_reasons() {
    let (hospital, rights, acts) = (Hospital::new(), rights(), acts());
    let answer = rights.authorise(&hospital.record, &person("nurse"), &acts["cast_vote"], now());
    let authority = answer.unwrap();
    assert_eq!(authority.policies, ["P11-members-vote"]);
    assert_eq!(authority.policy_set, rights.hash());
    let facts: Vec<_> =
        authority.facts.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    assert_eq!(
        facts,
        [
            "approves = ",
            "assessors = scientist",
            "body = ai-committee",
            "business_owner = ward",
            "chair_stands_aside = false",
            "chairs = ",
            "employed = true",
            "interests = ",
            "owners = sponsor, ward, tech",
            "presides = ",
            "reporters = scientist",
            "roles = ",
            "seats = ai-committee",
            "submitter = author",
            "technical_owner = tech",
            "tier = T2",
            "trained_until = 2030-01-01T00:00:00Z",
            "use_case = UC-1",
            "vendor = acme",
        ]
    );
}

#[test]
fn a_denial_says_the_rule_in_plain_words() {
    let (hospital, rights, acts) = (Hospital::new(), rights(), acts());
    let table = [
        (
            "ward",
            "cast_vote",
            "`ward` may not cast vote (DEC-2): Nobody decides on what they own, proposed, assessed or have an \
             interest in. [F1-separation-of-duties]",
        ),
        (
            "lapsed",
            "cast_vote",
            "`lapsed` may not cast vote (DEC-2): no rule allows it (the training of `lapsed` lapsed on 2024-06-30). \
             Who may: Who holds a seat on the body that decides, with valid training, votes. [P11-members-vote]",
        ),
        (
            "nobody",
            "suspend",
            "`nobody` may not suspend (UC-1): the decision rights could not be applied, so the answer is no (person \
             `nobody` is not on record)",
        ),
    ];
    for (who, act, message) in table {
        let denial = rights.authorise(&hospital.record, &person(who), &acts[act], now());
        assert_eq!(denial.unwrap_err().to_string(), message);
    }
}

#[test]
fn what_is_not_on_record_is_missing_and_no_alarm() {
    let (hospital, rights) = (Hospital::new(), rights());
    let missing = [
        ("suspend", Subject::UseCase(governance::UseCaseId(99)), "use case `UC-99`"),
        ("cast_vote", Subject::Decision(DecisionId(9)), "decision `DEC-9`"),
        ("note_change", Subject::Change(governance::ChangeRequestId(9)), "change request `CR-9`"),
        ("stop_on_case", Subject::Case(CaseId(9)), "case `CASE-9`"),
        (
            "meet_condition",
            Subject::Duty(governance::Duty::Condition { decision: DecisionId(1), condition: 0 }),
            "condition `0 of DEC-1`",
        ),
        (
            "open_motion",
            Subject::Motion {
                body: "nobodies".parse().unwrap(),
                question: Question::Case { case: CaseId(1) },
            },
            "body `nobodies`",
        ),
    ];
    for (act, subject, what) in missing {
        let answer = rights.could(&hospital.record, &person("chair"), act, &subject, now());
        let denial = answer.unwrap_err();
        assert!(!denial.is_alarm(), "{denial}");
        let found = denial.missing.as_ref().map(|it| format!("{} `{}`", it.what, it.id));
        assert_eq!(found.as_deref(), Some(what));
        assert!(denial.message.ends_with(&format!("the record has no {what}; check the id")));
    }
    // A question without the body it needs, and an act that no schema knows, do not pass for lack
    // of an answer.
    for (act, subject) in [("cast_vote", Subject::UseCase(UC1)), ("erase", Subject::Record)] {
        let answer = rights.could(&hospital.record, &person("chair"), act, &subject, now());
        assert!(answer.is_err_and(|denial| denial.is_alarm()), "{act}");
    }
}

/// Cedar counts milliseconds: a right that ends within this one has ended.
#[test]
fn training_ends_on_the_millisecond() {
    let (rights, acts) = (rights(), acts());
    let nurse = "nurse".parse().unwrap();
    for (until, expected) in [
        ("2024-07-01T12:00:00Z", "no"),
        ("2024-07-01T12:00:00.000900Z", "no"),
        ("2024-07-01T12:00:00.001Z", "P4"),
    ] {
        let mut record = Hospital::new().record;
        record.people.get_mut(&nurse).unwrap().trained_until = until.parse().unwrap();
        let answer = rights.authorise(&record, &person("nurse"), &acts["propose_use_case"], now());
        assert_eq!(verdict(&answer), expected, "{until}");
    }
}
