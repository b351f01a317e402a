//! What is denied or refused, and that nothing of it is kept.

use crate::house::*;
use governance::{Act, RightsPack};
use jiff::{SignedDuration, Timestamp};
use ledger::{LedgerError, document_hash};
use registrar::{SubmitError, replay};

/// A row: what is asked, by whom, when, and how the refusal begins.
type Row<'a> = (&'a str, Act, Timestamp, &'a str);

/// Submits each row and checks that it is refused and that record, disk and documents stay as they
/// are.
async fn check(house: &House, rows: Vec<Row<'_>>) {
    let (hash, size) = (house.hash(), house.record().next_seq);
    for (number, (by, act, at, expected)) in rows.into_iter().enumerate() {
        let name = format!("{} by {by}", act.name());
        let mut submission = submission(&format!("row-{number}"), at, by, act);
        let document = name.clone().into_bytes();
        submission.documents = vec![document.clone()];
        let id = submission.id.clone();
        let error = house.registrar().submit(submission).await.expect_err(&name);
        assert!(error.to_string().starts_with(expected), "{name}: {error}");
        assert_eq!((house.hash(), house.record().next_seq), (hash.clone(), size), "{name}");
        assert!(
            house.record().commands.get(&governance::Mark::of_command(&id)).is_none(),
            "{name}"
        );
        let reader = house.registrar().reader();
        assert_eq!(reader.size().await.expect("it is readable"), size, "{name}");
        let document = reader.document(document_hash(&document)).await;
        assert!(matches!(document, Err(LedgerError::NoSuchDocument { .. })), "{name}");
    }
    let on_disk = replay(house.registrar().reader(), false).await.expect("it folds");
    assert_eq!(on_disk.record, *house.record());
}

#[tokio::test]
async fn nothing_of_a_denied_or_refused_command_is_kept() {
    let mut house = House::furnished().await;
    house.must("author", propose()).await;
    let now = house.now;
    let yesterday = now - SignedDuration::from_hours(24);
    let departure = |who: &str| Act::NoteDeparture { person: id(who) };
    check(
        &house,
        vec![
            ("idle", add_person("zoe"), now, "`idle` may not add person (the record): no rule"),
            (
                "ghost",
                add_person("zoe"),
                now,
                "`ghost` may not add person (the record): the decision",
            ),
            ("@monitor", add_person("zoe"), now, "`primum:monitor` may not add person"),
            ("office", Act::Tick, now, "`office` may not tick"),
            ("@installer", found(), now, "this record was founded already"),
            ("office", add_person("idle"), now, "the record already has a person `idle`"),
            ("office", departure("ghost"), now, "the record has no person `ghost`"),
            ("office", add_person("zoe"), yesterday, "the command's time lies before"),
            ("@scheduler", Act::Tick, yesterday, "the command's time lies before"),
        ],
    )
    .await;
    house.must("office", add_person("zoe")).await;
}

#[tokio::test]
async fn before_the_founding_only_the_installer_is_heard() {
    let mut house = House::empty().await;
    let now = house.now;
    let nameless = match found() {
        Act::Found(mut founding) => {
            founding.hospital = " ".into();
            Act::Found(founding)
        }
        other => other,
    };
    let faulty = RightsPack { version: "1".into(), schema: "entity".into(), policies: "?".into() };
    check(
        &house,
        vec![
            ("office", add_person("zoe"), now, "this record was not founded yet"),
            ("@scheduler", Act::Tick, now, "this record was not founded yet"),
            ("office", found(), now, "`office` may not found"),
            ("@installer", nameless, now, "the hospital's name must not be empty"),
            ("@installer", found_with(faulty), now, "the rights schema does not parse"),
        ],
    )
    .await;
    // The rights of a founding that failed are forgotten: those of the one that stands are in
    // force.
    let mut pack = packs::builtin::rights().expect("it is built in");
    pack.policies.push_str("\n// With a remark of our own.\n");
    house.must("@installer", found_with(pack.clone())).await;
    house.must("office", add_person("zoe")).await;
    let rights = rights::Rights::new(&pack).expect("it is sound");
    for event in crate::durable::stored(house.registrar()).await {
        assert_eq!(event.authority.policy_set, rights.hash());
    }
}

#[tokio::test]
async fn a_denial_names_the_rule_in_plain_words() {
    let mut house = House::founded().await;
    let denied = house.give("idle", add_person("zoe")).await.expect_err("it may not");
    let SubmitError::Denied(denial) = denied else { panic!("{denied:?}") };
    assert!(!denial.is_alarm());
    let named: Vec<_> = denial.policies.iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(named, ["P1-office-keeps-the-record"]);
}

#[tokio::test]
async fn a_clock_with_nothing_due_stores_nothing() {
    let mut house = House::furnished().await;
    house.goes_live("v1", plan("log.csv")).await;
    let (size, now) = (house.record().next_seq, house.now);
    for minutes in [0, 1, 60] {
        let ticked = house.registrar().tick(now + SignedDuration::from_mins(minutes)).await;
        let ticked = ticked.expect("the scheduler may");
        assert_eq!((ticked.events.len(), ticked.first_seq, ticked.repeated), (0, None, false));
    }
    assert_eq!(house.record().next_seq, size);

    let report = Act::ReportUnknownVersion {
        use_case: governance::UseCaseId(1),
        version: "v9".into(),
        site: id("main"),
        workflow: id("discharge"),
    };
    house.must("@gate", report).await;
    let opened = house.now;
    // The plan's ladder has rungs at 0 and 3 days; each is climbed once.
    for (hours, climbed) in [(1, 1), (2, 0), (71, 0), (72, 1), (9000, 0)] {
        let at = opened + SignedDuration::from_hours(hours);
        for (again, expected) in [(false, climbed), (true, 0)] {
            let ticked = house.registrar().tick(at).await.expect("the scheduler may");
            assert_eq!(ticked.events.len(), expected, "{hours} hours, again: {again}");
            assert_eq!(ticked.repeated, again && climbed > 0, "{hours} hours");
        }
    }
    assert_eq!(house.record().next_seq, size + 3);
}
