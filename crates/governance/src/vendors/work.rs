//! What waits about contracts.

use crate::work::Holders;
use crate::{Excepted, Record, Stage, Task, UseCase, days_after};
use jiff::Timestamp;

/// So many days before a contract runs out it is work to renew it.
const RENEW_DAYS: u32 = 90;

/// What waits about vendors, their contracts and disclosures, and documents kept by hash.
pub(crate) fn tasks(record: &Record, now: Timestamp, tasks: &mut Vec<Task>) {
    let keepers = Holders::of_contracts(record);
    for use_case in record.use_cases.values() {
        if matches!(use_case.stage, Stage::Proposed | Stage::Retired { .. }) {
            continue;
        }
        runs_out(record, &keepers, use_case, now, tasks);
        let gaps = record.contract_gaps(use_case, now);
        if gaps.is_empty() {
            continue;
        }
        let titles: Vec<_> = gaps.iter().map(|gap| gap.title.to_lowercase()).collect();
        let what = format!("Agree with the vendor on what is missing: {}", titles.join("; "));
        tasks.extend(task(record, &keepers, use_case, what, None, now));
    }
}

/// The last contract on an AI system that a use case relies on runs out, or did.
fn runs_out(
    record: &Record,
    keepers: &Holders,
    use_case: &UseCase,
    now: Timestamp,
    tasks: &mut Vec<Task>,
) {
    let on = record.contracts_on(use_case.proposal.system);
    let Some(last) = on.max_by_key(|contract| contract.agreement.until) else { return };
    let until = last.agreement.until;
    if until <= days_after(now, RENEW_DAYS) {
        let tense = if until <= now { "has run out" } else { "runs out" };
        let what = format!("Renew {} with {}: it {tense}", last.id, last.agreement.vendor);
        tasks.extend(task(record, keepers, use_case, what, Some(until), now));
    }
}

/// A task for each who keeps contracts, or else for the business owner.
fn task(
    record: &Record,
    keepers: &Holders,
    use_case: &UseCase,
    what: String,
    due: Option<Timestamp>,
    now: Timestamp,
) -> impl Iterator<Item = Task> {
    let owners = use_case.owners.as_ref();
    let owner = owners.map_or(&use_case.submitter, |owners| &owners.business);
    let who = keepers.or(|| record.answers(use_case, owner));
    let overdue = due.is_some_and(|due| due <= now);
    let about = Some(use_case.id);
    who.into_iter().map(move |who| Task {
        who,
        what: what.clone(),
        use_case: about,
        case: None,
        decision: None,
        due,
        overdue,
    })
}

/// What a use case lacks in this part before it may go live, stay so or be resumed; each says what
/// to do.
pub(crate) fn missing(record: &Record, use_case: &UseCase, now: Timestamp) -> Vec<String> {
    let excepted = |gap: &super::ContractGap| {
        let what = Excepted::Clause { clause: gap.clause.to_string() };
        record.excepted(use_case.id, &what, now).is_some()
    };
    let gaps = record.contract_gaps(use_case, now).into_iter();
    let gaps = gaps.filter(|gap| gap.blocks && !excepted(gap));
    let lack = |gap: super::ContractGap| {
        format!(
            "its contract lacks a clause, {}: {}; agree on it with the \
             vendor, or have a body except it for a time",
            gap.title.to_lowercase(),
            gap.because
        )
    };
    gaps.map(lack).collect()
}
