//! An evidence report: the verdict, the numbers with their intervals, and how to compute it again.

use super::use_case::{FindingRow, check_class, findings};
use super::{Answered, Page, Section, id, known, render};
use crate::charts::{self, Figure};
use crate::form::Me;
use crate::problem::Problem;
use crate::state::Shared;
use crate::words;
use askama::Template;
use axum::extract::{Extension, Path, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use evidence::Report;
use governance::{EvidenceId, Record, ValidationStandard};
use report::{Format, count};
use statistics::{Estimate, Measure};

#[derive(Template)]
#[template(path = "evidence.html")]
struct EvidencePage {
    page: Page,
    id: String,
    use_case: String,
    use_case_title: String,
    meta: String,
    standard: String,
    class: &'static str,
    status: String,
    findings: Vec<FindingRow>,
    figures: Vec<Figure>,
    forests: Vec<Figure>,
    overall: Vec<EstimateRow>,
    gaps: Vec<EstimateRow>,
    cohorts: Vec<EstimateRow>,
    suppressed: usize,
    notes: Vec<String>,
    source: Vec<String>,
    digest: String,
    tallies_digest: String,
}

struct EstimateRow {
    cohort: String,
    measure: String,
    estimate: String,
    range: String,
    n: String,
    events: String,
    method: String,
}

async fn load(web: &Shared, evidence: &governance::Evidence) -> Result<Vec<u8>, Problem> {
    let mut hash = [0; 32];
    hex::decode_to_slice(&evidence.document, &mut hash).map_err(Problem::fault)?;
    Ok(web.app.registrar.reader().document(hash).await?)
}

pub(crate) async fn show(
    State(web): State<Shared>,
    Extension(me): Me,
    Path(text): Path<String>,
) -> Answered {
    let at = web.moment(None).await?;
    let record = &at.record;
    let id: EvidenceId = id(&text)?;
    let evidence = known(record.evidence.get(&id), id)?;
    let report: Report =
        serde_json::from_slice(&load(&web, evidence).await?).map_err(Problem::fault)?;
    let whole = |it: &&Estimate| it.period.is_none();
    let (of_cohorts, of_all): (Vec<_>, Vec<_>) =
        report.estimates.iter().filter(whole).partition(|it| it.cohort.is_some());
    let (gaps, cohorts): (Vec<_>, Vec<_>) =
        of_cohorts.into_iter().partition(|it| is_gap(it.measure));
    let note = format!("n {} · {}", count(report.rows.used), evidence.span);
    let page = EvidencePage {
        page: Page::new(&web, &me, &at, Section::Home, format!("Evidence {id}"))?,
        id: id.to_string(),
        use_case: evidence.use_case.to_string(),
        use_case_title: words::use_case(evidence.use_case, record),
        meta: format!(
            "Version {} · {} · {} predictions used of {} read · recorded {} by {}",
            evidence.version,
            evidence.span,
            count(report.rows.used),
            count(report.rows.read),
            words::date(evidence.recorded_at),
            words::person(&evidence.assessor, record)
        ),
        standard: evidence.standard.clone(),
        class: check_class(evidence.status),
        status: words::capital(&evidence.status.to_string()),
        findings: findings(evidence, record),
        figures: figures(&report, &note),
        forests: forests(&report, standard_of(record, evidence), &note),
        overall: of_all.into_iter().map(row).collect(),
        gaps: gaps.into_iter().map(row).collect(),
        cohorts: cohorts.into_iter().map(row).collect(),
        suppressed: report.suppressed.iter().filter(|key| key.period.is_none()).count(),
        notes: report.notes.clone(),
        source: report
            .source
            .iter()
            .map(|file| format!("{}  {}  {} bytes", file.sha256, file.name, count(file.bytes)))
            .collect(),
        digest: report.digest.clone(),
        tallies_digest: report.tallies_digest.clone(),
    };
    render(&page, StatusCode::OK)
}

/// The stored report, byte for byte.
pub(crate) async fn download(State(web): State<Shared>, Path(text): Path<String>) -> Answered {
    let record = web.record();
    let id: EvidenceId = id(&text)?;
    let bytes = load(&web, known(record.evidence.get(&id), id)?).await?;
    let name = format!("attachment; filename=\"{id}.json\"");
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, bytes).into_response())
}

pub(crate) fn standard_of<'a>(
    record: &'a Record,
    evidence: &governance::Evidence,
) -> Option<&'a ValidationStandard> {
    record.standards.values().find(|standard| standard.label() == evidence.standard)
}

/// What the numbers show of everyone.
fn figures(report: &Report, note: &str) -> Vec<Figure> {
    vec![
        charts::calibration(report, note),
        charts::roc(report, note),
        charts::decision_curve(report, note),
    ]
}

/// What they show of each cohort; long, and so apart from the others.
fn forests(report: &Report, standard: Option<&ValidationStandard>, note: &str) -> Vec<Figure> {
    if report.request.by.is_empty() {
        return Vec::new();
    }
    let whole: Vec<Estimate> =
        report.estimates.iter().filter(|it| it.period.is_none()).cloned().collect();
    let forest = |id, measure| charts::forest(id, measure, &whole, standard, note);
    vec![forest("cohorts-oe", Measure::ObservedExpected), forest("cohorts-auroc", Measure::Auroc)]
}

fn is_gap(measure: Measure) -> bool {
    matches!(
        measure,
        Measure::SensitivityGap
            | Measure::SpecificityGap
            | Measure::PpvGap
            | Measure::FlagRateGap
            | Measure::FlagRateRatio
            | Measure::ObservedExpectedHeterogeneity
    )
}

fn row(it: &Estimate) -> EstimateRow {
    let threshold = it.threshold.map(|at| format!(" at {}", Format::PERCENT.text(at)));
    EstimateRow {
        cohort: it.cohort.as_ref().map_or_else(
            || "Everyone".to_owned(),
            |at| format!("{}: {}", charts::label(&at.attribute), charts::label(&at.level)),
        ),
        measure: format!("{}{}", words::capital(it.measure.title()), threshold.unwrap_or_default()),
        estimate: charts::point(it),
        range: charts::range(it),
        n: charts::number(it.n),
        events: charts::number(it.events),
        method: it.method.clone(),
    }
}
