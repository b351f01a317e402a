//! Whom a task waits for, and what a record asks for before it can be used.

use crate::hospital::*;
use governance::*;
use insta::assert_snapshot;

/// The hospital with people in the roles that the built-in rights name.
fn with_roles(hospital: Hospital) -> Hospital {
    let roles = [("office", "governance-office"), ("idle", "vendor-liaison")];
    roles.into_iter().fold(hospital, |hospital, (person, role)| {
        let roles = Some([role.to_owned()].into());
        let amendment = PersonAmendment { roles, ..Default::default() };
        let act = OrganisationAct::AmendPerson { person: id(person), amendment };
        hospital.must("office", Act::Organisation(act))
    })
}

fn waits(hospital: &Hospital) -> String {
    let line = |task: &Task| match &task.who {
        Waiting::Person(person) => format!("{person}: {}", task.what),
        Waiting::Body(body) => format!("chair of {body}: {}", task.what),
    };
    work(&hospital.record, hospital.now).iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_next_step_waits_for_who_may_take_it() {
    let steps = [
        with_roles(Hospital::proposed()),
        with_roles(Hospital::triaged()),
        with_roles(Hospital::validating()),
        with_roles(Hospital::piloting()),
        with_roles(Hospital::ready()),
        with_roles(Hospital::triaged()).must("office", Act::NoteDeparture { person: id("office") }),
    ];
    assert_snapshot!(steps.map(|it| waits(&it)).join("\n\n"), @r"
    office: State its facts, so that its tier is known

    office: Begin validation

    office: Give somebody the role `privacy-officer`: Privacy waits
    owner: Start the silent run

    tech: Adopt a monitoring plan
    owner: Prove what the standard still asks: discrimination, fit

    office: Have it approved: it lacks nothing

    owner: Begin validation
    ");
}

#[test]
fn what_lapsed_waits_for_who_may_mend_it() {
    let left = |who| Hospital::slipped().must("office", Act::NoteDeparture { person: id(who) });
    let late = Hospital::live().wait(400);
    let lapsed = [with_roles(left("owner")), with_roles(late)];
    assert_snapshot!(lapsed.map(|it| waits(&it)).join("\n\n"), @r"
    office: Mend Owner: its clinical or business owner, owner, has left
    sponsor: Decide CASE-1: Retrain the nurses
    chair of committee: Decide CASE-1: Retrain the nurses

    tech: Mend Validation: EV-1 has run out
    tech: Mend Monitoring: no data for two months since 2024-02
    office: Mend Decision path: DEC-1 has lapsed
    ");
}

#[test]
fn contracts_wait_for_the_liaison_and_seats_for_the_office() {
    let vacant = Hospital::live().must("office", Act::NoteDeparture { person: id("nurse") });
    assert_snapshot!(waits(&with_roles(vacant)), @"office: Have the seat nurse of AI committee filled");
    let terms = Act::Vendors(VendorsAct::AdoptContractTerms(contract_terms()));
    let asked = with_roles(Hospital::live()).must("office", terms);
    assert_snapshot!(waits(&asked), @"idle: Agree with the vendor on what is missing: notice of changes; exit");
}

#[test]
fn a_new_record_lists_what_to_set_up_until_it_is_done() {
    assert_eq!(waits(&Hospital::empty()), "");
    let alone = Act::Found(Founding {
        hospital: "Example General".into(),
        rights: RightsPack { version: "1".into(), schema: String::new(), policies: String::new() },
        people: vec![Person { roles: ["governance-office".to_owned()].into(), ..person("office") }],
    });
    let alone = Hospital::empty().must("@installer", alone);
    assert_snapshot!(waits(&alone), @r"
    office: Add people: office is the only one on record
    office: Adopt a tier policy: without one no use case has a tier
    office: Charter a body that may decide on T1, T2, T3 and T4
    office: Adopt validation standards, one for each tier and kind of AI
    ");
    let mut part = committee();
    part.rules.retain(|rule| rule.tier <= Tier::T2);
    let part = with_roles(Hospital::founded())
        .must("office", Act::CharterBody(part))
        .must("office", Act::AdoptTierPolicy(tier_policy()));
    assert_snapshot!(waits(&part), @r"
    office: Charter a body that may decide on T3 and T4
    office: Adopt validation standards, one for each tier and kind of AI
    ");
    assert_eq!(waits(&with_roles(Hospital::furnished())), "");
    // No standard fits what was proposed.
    let unfit = with_roles(Hospital::proposed())
        .must("office", assign_owners())
        .must("office", state_facts(TIER_1));
    assert_snapshot!(waits(&unfit), @r"
    office: Begin validation
    office: Adopt a validation standard for predictive AI of T1: it needs one
    ");
    let fit = unfit.must("office", Act::AdoptStandard(standard(Tier::T1)));
    assert_snapshot!(waits(&fit), @"office: Begin validation");
}

#[test]
fn a_draft_waits_for_its_author() {
    let answers = Answers { title: "A secret".into(), ..Default::default() };
    let begin = Act::Intake(IntakeAct::BeginDraft { answers });
    let begun = with_roles(Hospital::furnished()).must("tech", begin);
    assert_snapshot!(waits(&begun), @"tech: Finish or drop the draft DRAFT-1");
    let left = begun.clone().must("office", Act::NoteDeparture { person: id("tech") });
    assert_snapshot!(waits(&left), @"office: Finish or drop the draft DRAFT-1 of tech, who has left");
    let discard = IntakeAct::DiscardDraft { draft: DraftId(1) };
    assert_eq!(waits(&begun.must("tech", Act::Intake(discard))), "");
}

#[test]
fn what_was_stopped_waits_for_its_body() {
    let stopped = with_roles(Hospital::live()).must("tech", suspend());
    assert_snapshot!(waits(&stopped), @"chair of committee: Decide what becomes of it: resume or retire");
    let moved = stopped.must("chair", open_motion(crate::hospital::resume(Outcome::Go)));
    assert!(!waits(&moved).contains("what becomes of it"), "{}", waits(&moved));
    let again = moved.carried(2);
    assert_eq!(waits(&again), "");
}
