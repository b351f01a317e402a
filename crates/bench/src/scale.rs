//! A large record: loading it from zero and from a snapshot, and the views over all of it, at
//! three sizes.

use crate::measure::{Finding, Rounds, grouped};
use crate::replay::{Storing, read_bytes};
use crate::years::{EVENTS_PER_USE_CASE, Years};
use crate::{Sizes, say};
use anyhow::{Result, ensure};
use governance::{Record, work};
use jiff::Timestamp;
use std::hint::black_box;
use std::path::Path;

/// The largest size must load from zero, load from a snapshot, and be viewed, within so many
/// seconds.
const LIMITS: [f64; 3] = [5.0, 1.0, 0.01];

/// Measures a hundredth, a tenth and all of the events asked for.
pub async fn run(sizes: &Sizes, dir: &Path) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for share in [100, 10, 1] {
        let events = (sizes.events / share).max(EVENTS_PER_USE_CASE);
        let limits = (share == 1 && events >= 1_000_000).then_some(LIMITS);
        findings.extend(at_size(sizes, events, limits, &dir.join(format!("{events}"))).await?);
    }
    Ok(findings)
}

async fn at_size(
    sizes: &Sizes,
    wanted: u64,
    limits: Option<[f64; 3]>,
    folder: &Path,
) -> Result<Vec<Finding>> {
    let use_cases = u32::try_from(wanted / EVENTS_PER_USE_CASE)?;
    say(&format!("living through {} events", grouped(wanted as f64)));
    let mut storing = Storing::create(folder).await?;
    let mut years = Years::begin(use_cases)?;
    loop {
        storing.append(&std::mem::take(&mut years.hospital.events)).await?;
        if years.hospital.record.next_seq >= wanted {
            break;
        }
        years.live_month(wanted)?;
    }
    let mix: Vec<_> = years.mix.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    say(&format!("the mix: {}", mix.join(", ")));
    let now = years.hospital.now;
    let events = years.hospital.record.next_seq;
    let reader = storing.finish(&years.hospital.record).await?;
    drop(years);
    let database = format!("sqlite://{}?mode=ro", folder.join("record.db").display());
    let of = format!("{} use cases", grouped(f64::from(use_cases)));
    let mut findings = Vec::new();
    for (place, (name, use_snapshot)) in
        [("load from zero", false), ("load from a snapshot", true)].into_iter().enumerate()
    {
        let ours = || async {
            let folded = registrar::replay(&reader, use_snapshot).await?;
            ensure!(folded.record.next_seq == events, "{} events", folded.record.next_seq);
            ensure!((folded.from_snapshot == events) == use_snapshot, "{:?}", folded.unused);
            Ok(folded)
        };
        let peer = || read_bytes(&database, use_snapshot, events);
        let rounds = Rounds::alternate(sizes.rounds, ours, peer).await?;
        let peer = if use_snapshot { "reading the snapshot" } else { "reading the bodies" };
        let limit = limits.and_then(|limits| limits.get(place).copied());
        let peer = format!("{peer} from SQLite");
        findings.push(
            rounds.finding(format!("{name}, {of}"), (events, "events"), peer, None).within(limit),
        );
    }
    // What a server works with after a start, where some of it is not yet read.
    let record = &registrar::replay(&reader, true).await?.record;
    reader.close().await;
    let limit = limits.map(|[_, _, view]| view);
    type View = fn(&Record, Timestamp) -> usize;
    let views: [(&str, View); 2] = [("work view", work_view), ("list of use cases", list)];
    for (name, view) in views {
        let ours = || async {
            black_box(view(record, now));
            Ok(())
        };
        let peer = || async {
            black_box(record.use_cases.values().filter(|it| it.stage.live().is_some()).count());
            Ok(())
        };
        let rounds = Rounds::alternate(sizes.rounds, ours, peer).await?;
        let shown = format!("{name}, {} lines, {of}", grouped(view(record, now) as f64));
        let peer = "a walk over the use cases that counts those that are live";
        let count = (u64::from(use_cases), "use cases");
        findings.push(rounds.finding(shown, count, peer, None).within(limit));
    }
    Ok(findings)
}

/// Everything that waits, for everybody.
fn work_view(record: &Record, now: Timestamp) -> usize {
    work(record, now).len()
}

/// Each use case with how many of its fields hold, and its open cases.
fn list(record: &Record, now: Timestamp) -> usize {
    let lines = record.use_cases.values().map(|use_case| {
        let met = record.fields_met(use_case, now);
        (use_case.id, met, record.open_cases(use_case.id).count())
    });
    black_box(lines.collect::<Vec<_>>()).len()
}
