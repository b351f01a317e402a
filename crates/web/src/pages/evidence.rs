//! An evidence report: the verdict, the numbers with their intervals, and how to compute it again.

use super::use_case::{FindingRow, check_class, findings};
use super::{Answered, Page, Section, id, known, render};
use crate::form::Me;
use crate::numbers::Numbers;
use crate::problem::Problem;
use crate::state::Shared;
use crate::words;
use askama::Template;
use axum::extract::{Extension, Path, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use evidence::Report;
use governance::{EvidenceId, Mode, Record, ValidationStandard};
use report::count;

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
    /// What a silent run means for the numbers; empty for evidence of anything else.
    silent: &'static str,
    findings: Vec<FindingRow>,
    numbers: Numbers,
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
        silent: match evidence.mode {
            Some(Mode::Silent) => {
                "Nobody who cares for patients saw these predictions, so acting on them changed no \
                 outcome. How the work would change with it, no silent run can show."
            }
            _ => "",
        },
        findings: findings(evidence, record),
        numbers: Numbers::of(&report, standard_of(record, evidence), &note),
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
