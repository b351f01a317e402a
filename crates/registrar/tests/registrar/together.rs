//! Many at once.

use crate::house::*;
use jiff::SignedDuration;
use std::collections::BTreeSet;

const TASKS: u32 = 8;
const EACH: u32 = 25;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn all_who_submit_at_once_are_served_each_once_in_one_order() {
    let house = House::founded().await;
    let now = house.now;
    let tasks = (0..TASKS).map(|task| {
        let registrar = house.registrar().clone();
        tokio::spawn(async move {
            let mut first = Vec::new();
            for each in 0..EACH {
                let handle = format!("p-{task}-{each}");
                let submission = submission(&handle, now, "office", add_person(&handle));
                // Each sends twice, as a client does that lost the answer.
                let (one, two) = tokio::join!(
                    registrar.submit(submission.clone()),
                    registrar.submit(submission)
                );
                let (one, two) = (one.expect("it is accepted"), two.expect("it is accepted"));
                assert_eq!(one.first_seq, two.first_seq);
                assert!(one.repeated != two.repeated, "{one:?} {two:?}");
                // Who is acknowledged reads what was acknowledged.
                assert!(registrar.record().people.contains_key(&id(&handle)));
                first.extend(one.first_seq);
            }
            first
        })
    });
    let mut first = Vec::new();
    for task in tasks.collect::<Vec<_>>() {
        first.extend(task.await.expect("no task fails"));
    }
    let seqs: BTreeSet<u64> = first.iter().copied().collect();
    assert_eq!(seqs, (1..=u64::from(TASKS * EACH)).collect(), "gap-free, and none twice");
    let events = crate::durable::stored(house.registrar()).await;
    assert!(events.iter().map(|event| event.seq).eq(0..=u64::from(TASKS * EACH)));
    let record = house.record();
    assert_eq!(house.reopened().await.record(), record);
}

#[tokio::test]
async fn readers_hold_what_they_read_and_find_what_is_new() {
    let mut house = House::founded().await;
    let watching = house.registrar().clone();
    let before = watching.record();
    let hash = before.state_hash().expect("plain data");
    house.must("office", add_person("zoe")).await;
    assert_eq!(watching.record().next_seq, before.next_seq + 1);
    assert_eq!(before.state_hash().expect("plain data"), hash);
    assert_eq!(watching.record(), house.record());
}

#[tokio::test]
async fn a_client_that_goes_away_takes_nothing_with_it() {
    let mut house = House::founded().await;
    let impatient = house.next("office", add_person("zoe"));
    let registrar = house.registrar().clone();
    {
        let mut waiting = Box::pin(registrar.submit(impatient.clone()));
        let waker = std::task::Waker::noop();
        let polled = waiting.as_mut().poll(&mut std::task::Context::from_waker(waker));
        assert!(polled.is_pending());
    }
    // It was in the queue, so it is served before what comes after it.
    house.must("office", add_person("yan")).await;
    let again = registrar.submit(impatient).await.expect("a retry is no fault");
    assert!(again.repeated);
    assert_eq!(again.first_seq, Some(1));
}

/// Two requests read the clock one after the other and reach the writer the other way round.
#[tokio::test]
async fn a_command_that_was_overtaken_on_its_way_is_served() {
    let mut house = House::founded().await;
    let slow = house.next("office", add_person("slow"));
    let mut quick = house.next("office", add_person("quick"));
    quick.at = slow.at + SignedDuration::from_millis(800);
    let quick = house.registrar().submit(quick).await.expect("it is accepted");
    let slow = house.registrar().submit(slow).await.expect("it was only overtaken");
    // Time never goes back in the record.
    assert_eq!(slow.events[0].at, quick.events[0].at);
    let last = house.now + SignedDuration::from_millis(800) - SignedDuration::from_hours(1);
    assert_eq!(quick.events[0].at, last);
    // By seconds it may be, by more it is a clock that went back.
    for (behind, served) in [(10_000, true), (10_001, false)] {
        let mut late = house.next("office", add_person(&format!("late-{behind}")));
        late.at = last - SignedDuration::from_millis(behind);
        assert_eq!(house.registrar().submit(late).await.is_ok(), served, "{behind} ms");
    }
}
