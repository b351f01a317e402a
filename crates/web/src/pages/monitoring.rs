//! Monitoring of a use case: month by month, by cohort, and the evidence of its detectors.

use super::{Answered, Page, Section, id, known, render};
use crate::charts::{self, Figure, Watched, budget};
use crate::form::Me;
use crate::state::Shared;
use crate::words;
use askama::Template;
use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use governance::{Alarm, Escalation, Record, UseCaseId, Watch};
use statistics::Measure;

#[derive(Template)]
#[template(path = "monitoring.html")]
struct MonitoringPage {
    page: Page,
    id: String,
    title: String,
    lede: String,
    watches: Vec<WatchRow>,
    ladder: Vec<String>,
    figures: Vec<Figure>,
    readings: Vec<ReadingRow>,
    due: Option<String>,
    note: String,
}

struct WatchRow {
    title: String,
    alarm: String,
    answer_within: u32,
    action: String,
}

struct ReadingRow {
    whom: String,
    finding: String,
    alarm: bool,
}

pub(crate) async fn show(
    State(web): State<Shared>,
    Extension(me): Me,
    Path(text): Path<String>,
) -> Answered {
    let at = web.moment(None).await?;
    let record = &at.record;
    let id: UseCaseId = id(&text)?;
    let use_case = known(record.use_cases.get(&id), id)?;
    let watched = known(Watched::new(record, use_case), format!("monitoring plan of {id}"))?;
    let title = format!("Monitoring of {}", use_case.proposal.title);
    let last = watched.months.last();
    let readings = last.into_iter().flat_map(|month| &month.readings).map(|reading| ReadingRow {
        whom: reading.cohort.as_ref().map_or_else(|| "Everyone".to_owned(), report::sheet::cohort),
        finding: words::capital(&reading.finding),
        alarm: reading.evidence >= reading.limit,
    });
    let page = MonitoringPage {
        page: Page::new(&web, &me, &at, Section::Home, &title)?,
        id: id.to_string(),
        lede: lede(&watched),
        title,
        watches: watched.plan.watches.iter().map(watch_row).collect(),
        ladder: watched.plan.ladder.iter().map(rung).collect(),
        figures: figures(&watched),
        readings: readings.collect(),
        due: due(record, use_case),
        note: watched.plan.note().to_owned(),
    };
    render(&page, StatusCode::OK)
}

fn lede(watched: &Watched<'_>) -> String {
    match (watched.months.first(), watched.months.last()) {
        (Some(first), Some(last)) => format!(
            "{} observed, {} to {}.",
            words::plural(watched.months.len(), "month", "months"),
            words::month(first.month),
            words::month(last.month)
        ),
        _ => "No month has been observed yet.".to_owned(),
    }
}

fn due(record: &Record, use_case: &governance::UseCase) -> Option<String> {
    let governance::Stage::Live(live) = &use_case.stage else { return None };
    let month = record.next_month(use_case)?;
    let ripe = live.plan.matures(month);
    Some(format!(
        "{} is next. Its outcomes are all known on {}.",
        words::month(month),
        words::date(ripe)
    ))
}

fn figures(watched: &Watched<'_>) -> Vec<Figure> {
    let note = watched.plan.note();
    let mut figures = vec![watched.series("oe", Measure::ObservedExpected, note)];
    figures.extend(watched.detectors(note));
    figures.push(watched.series("flag-rate", Measure::FlagRate, note));
    if let Some(last) = watched.months.last() {
        let note = format!("{}. {note}", words::month(last.month));
        let measure = Measure::ObservedExpected;
        figures.push(charts::forest("cohorts", measure, &last.estimates, None, &note));
    }
    figures
}

fn watch_row(watch: &Watch) -> WatchRow {
    let alarm = match &watch.alarm {
        Alarm::Calibration { months_between_false_alarms, tolerance, cohorts } => format!(
            "{} A difference of up to {} is tolerated. {}",
            budget(*months_between_false_alarms),
            report::Format::PERCENT.text(*tolerance),
            match cohorts.len() {
                0 => "Everyone together.".to_owned(),
                count =>
                    format!("Everyone together and {}.", words::plural(count, "cohort", "cohorts")),
            }
        ),
        Alarm::Bound(bound) => format!("{}: {}.", bound.measure.title(), bound.in_words()),
        Alarm::Share(share) => format!("{}.", words::capital(&share.in_words())),
    };
    WatchRow {
        title: watch.title.clone(),
        alarm: words::capital(&alarm),
        answer_within: watch.answer_within_days,
        action: watch.action.clone(),
    }
}

fn rung(rung: &governance::Rung) -> String {
    format!(
        "After {} the {} is told",
        words::plural(rung.after_days as usize, "day", "days"),
        teller(rung.tell)
    )
}

/// Whom a rung tells.
pub(crate) fn teller(tell: Escalation) -> &'static str {
    match tell {
        Escalation::Owner => "owner",
        Escalation::Chair => "chair",
        Escalation::Parent => "chair of the body above",
        Escalation::Sponsor => "executive sponsor",
    }
}
