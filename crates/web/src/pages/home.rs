//! Home: is anything wrong, what waits for me, how well the five fields are covered.

use super::parts::{Chip, FieldView, TaskView, stage_chip, tier_class};
use super::{Answered, Gate, Page, Section, Standing, render};
use crate::form::Me;
use crate::state::{Moment, Shared};
use crate::words;
use askama::Template;
use axum::extract::{Extension, Query, State};
use axum::http::StatusCode;
use governance::{FieldKind, Record, Stage, UseCase, work};
use report::{Coverage, CoverageRow, Heading};
use serde::Deserialize;

/// The day that a page is asked to look back to.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct AsOf {
    #[serde(default)]
    pub as_of: Option<String>,
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    page: Page,
    lede: String,
    tiles: Vec<Tile>,
    mine: Vec<TaskView>,
    others: Vec<TaskView>,
    coverage: Option<report::Chart>,
    use_cases: Vec<Row>,
    as_of: String,
}

struct Tile {
    class: &'static str,
    count: usize,
    what: &'static str,
    which: String,
}

struct Row {
    id: String,
    title: String,
    tier: Option<(String, String)>,
    chip: Chip,
    met: usize,
    fields: Vec<FieldView>,
    gate: Gate,
    owner: String,
}

pub(crate) async fn show(
    State(web): State<Shared>,
    Extension(me): Me,
    Query(query): Query<AsOf>,
) -> Answered {
    let at = web.moment(query.as_of.as_deref()).await?;
    let Moment { record, now, .. } = &at;
    let tasks = work(record, *now);
    let (mine, others): (Vec<_>, Vec<_>) =
        tasks.iter().partition(|task| record.waits_for(task, &me.person));
    let view = |task: &&governance::Task| TaskView::new(task, record, *now);
    let table = if at.as_of.is_some() {
        std::sync::Arc::new(gate::PermitTable::compile(record))
    } else {
        web.permits()
    };
    let rows = record.use_cases.values().map(|use_case| {
        let standing = record.standing(use_case, *now);
        let owner = use_case.owners.as_ref().map_or(&use_case.submitter, |owners| &owners.business);
        Row {
            id: use_case.id.to_string(),
            title: use_case.proposal.title.clone(),
            tier: use_case.stage.tier().map(|it| (tier_class(it.tier), it.tier.to_string())),
            chip: stage_chip(use_case, &standing),
            met: standing.met(),
            fields: Standing::new(&standing).fields,
            gate: Gate::new(&table, record, use_case, *now),
            owner: words::person(owner, record),
        }
    });
    let page = HomePage {
        page: Page::new(&web, &me, &at, Section::Home, "Home")?,
        lede: lede(record, mine.len()),
        tiles: tiles(&at),
        mine: mine.iter().map(view).collect(),
        others: others.iter().map(view).collect(),
        coverage: coverage(&at),
        use_cases: rows.collect(),
        as_of: query.as_of.unwrap_or_default(),
    };
    render(&page, StatusCode::OK)
}

fn lede(record: &Record, mine: usize) -> String {
    let open = record.cases.values().filter(|case| case.is_open()).count();
    let wrong = match open {
        0 => "No case is open.".to_owned(),
        1 => "One case is open.".to_owned(),
        _ => format!("{open} cases are open."),
    };
    let waits = match mine {
        0 => "Nothing waits for you.".to_owned(),
        1 => "One thing waits for you.".to_owned(),
        _ => format!("{mine} things wait for you."),
    };
    format!("{wrong} {waits}")
}

fn tiles(at: &Moment) -> Vec<Tile> {
    let record = &at.record;
    let tile = |class, what, ids: Vec<String>| {
        let class = if ids.is_empty() { "" } else { class };
        Tile { class, count: ids.len(), what, which: ids.join(", ") }
    };
    let of = |wanted: fn(&Stage, bool) -> bool| -> Vec<String> {
        let wanted = |use_case: &&UseCase| {
            let lapsed = record.standing(use_case, at.now).out_of_policy_since.is_some();
            wanted(&use_case.stage, lapsed)
        };
        record.use_cases.values().filter(wanted).map(|use_case| use_case.id.to_string()).collect()
    };
    let cases = record.cases.values().filter(|case| case.is_open());
    vec![
        tile(
            "is-live",
            "live and in policy",
            of(|stage, lapsed| matches!(stage, Stage::Live(_)) && !lapsed),
        ),
        tile(
            "is-watch",
            "live, out of policy",
            of(|stage, lapsed| matches!(stage, Stage::Live(_)) && lapsed),
        ),
        tile("is-held", "suspended", of(|stage, _| matches!(stage, Stage::Suspended { .. }))),
        tile("is-held", "open cases", cases.map(|case| case.id.to_string()).collect()),
    ]
}

/// How many of the material use cases have each field. Material is what runs, piloted or live.
fn coverage(at: &Moment) -> Option<report::Chart> {
    const FIELDS: [FieldKind; 5] = [
        FieldKind::Owner,
        FieldKind::Tier,
        FieldKind::Validation,
        FieldKind::Monitoring,
        FieldKind::DecisionPath,
    ];
    let material: Vec<&UseCase> =
        at.record.use_cases.values().filter(|it| it.stage.deployment().is_some()).collect();
    if material.is_empty() {
        return None;
    }
    let standings: Vec<_> = material.iter().map(|it| at.record.standing(it, at.now)).collect();
    let rows: Vec<CoverageRow> = FIELDS
        .iter()
        .map(|kind| {
            let fields = standings.iter().flat_map(|standing| &standing.fields);
            let met = fields.filter(|field| field.kind == *kind && field.is_met()).count();
            CoverageRow {
                label: kind.title().to_owned(),
                met: met as u64,
                total: standings.len() as u64,
            }
        })
        .collect();
    let whole = standings.iter().filter(|standing| standing.met() == FIELDS.len()).count();
    let title = format!("{whole} of {} use cases in use have all five", standings.len());
    Some(Coverage { heading: Heading { id: "coverage".to_owned(), title }, rows }.draw())
}
