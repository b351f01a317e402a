//! Checks of the gate in process, against a bare look-up of the same key.

use crate::hospital::{Hospital, SITE, VERSION, WORKFLOW, now};
use crate::measure::{Finding, Rounds};
use crate::random::Random;
use crate::{Sizes, say};
use anyhow::{Result, ensure};
use gate::{PermitTable, Request, Verdict};
use governance::UseCaseId;
use std::collections::HashMap;
use std::hint::black_box;

/// Measures permitted checks of use cases drawn at random.
pub async fn run(sizes: &Sizes) -> Result<Vec<Finding>> {
    say(&format!("building a record of {} use cases", sizes.use_cases));
    let hospital = Hospital::with_use_cases(sizes.use_cases)?;
    let table = PermitTable::compile(&hospital.record);
    let bare: HashMap<UseCaseId, Verdict> =
        hospital.record.use_cases.keys().map(|&id| (id, Verdict::Permit)).collect();
    let requests = questions(sizes)?;
    let now = now()?;
    let asked = || requests.iter().cycle().take(sizes.checks);
    let ours = || async {
        let permits =
            asked().filter(|it| black_box(table.check(it, now)).verdict == Verdict::Permit);
        let permits = permits.count();
        ensure!(permits == sizes.checks, "{permits} of {} checks permit", sizes.checks);
        Ok(())
    };
    let peer = || async {
        let found = asked().filter(|it| black_box(bare.get(&it.use_case)).is_some()).count();
        ensure!(found == sizes.checks, "{found} of {} keys were found", sizes.checks);
        Ok(())
    };
    let rounds = Rounds::alternate(sizes.rounds, ours, peer).await?;
    let peer = "look-up of the same key in a HashMap, no answer made";
    let count = (sizes.checks as u64, "checks");
    Ok(vec![rounds.finding("gate, in process on one core", count, peer, None)])
}

/// Questions about use cases drawn at random; the gate permits all of them.
pub fn questions(sizes: &Sizes) -> Result<Vec<Request>> {
    let mut random = Random::of(sizes.seed);
    let question = |_| {
        let number = random.next() % sizes.use_cases + 1;
        Ok(Request {
            use_case: UseCaseId(u32::try_from(number)?),
            version: VERSION.to_owned(),
            site: SITE.parse()?,
            workflow: WORKFLOW.parse()?,
        })
    };
    (0..4096).map(question).collect()
}
