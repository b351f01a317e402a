//! A case, like a pull request: what happened, what was agreed beforehand, who may decide, and the
//! decision.

use super::motion::{MotionForm, lines};
use super::parts::{Chip, LineView, May};
use super::{Answered, Gate, Page, Section, id, known, render};
use crate::charts::{Figure, Watched};
use crate::form::{Checked, Me};
use crate::problem::Problem;
use crate::session::SignedIn;
use crate::state::Shared;
use crate::words;
use askama::Template;
use axum::extract::{Extension, Path, Query, State};
use axum::http::StatusCode;
use governance::{Act, Case, CaseId, Cause, CommandId, Question, Record, UseCase};
use jiff::Timestamp;
use serde::Deserialize;
use statistics::Measure;

#[derive(Template)]
#[template(path = "cases.html")]
struct CasesPage {
    page: Page,
    lede: String,
    cases: Vec<Row>,
}

struct Row {
    id: String,
    title: String,
    use_case: String,
    use_case_id: String,
    chip: Chip,
    opened: String,
    due: String,
    owner: String,
}

#[derive(Template)]
#[template(path = "case.html")]
struct CasePage {
    page: Page,
    id: String,
    title: String,
    use_case: String,
    use_case_id: String,
    meta: String,
    chip: Chip,
    clock: Option<Callout>,
    gate: Gate,
    facts: Vec<(String, String)>,
    signals: Vec<String>,
    escalations: Vec<String>,
    figures: Vec<Figure>,
    done: Option<Done>,
    open_motion: Option<String>,
    forms: Option<Forms>,
    history: Vec<LineView>,
    problem: Option<String>,
}

struct Callout {
    class: &'static str,
    title: String,
    text: String,
}

/// A closed case: what was decided and where it is in the record.
struct Done {
    decision: String,
    motion: String,
    when: String,
    by: String,
    events: Vec<LineView>,
}

struct Forms {
    stop: May,
    stop_command: String,
    go_on: May,
    motion_command: String,
    body: String,
    stops: StopForm,
    motion: MotionForm,
    people: Vec<(String, String)>,
}

/// The chair's form, as it was filled in.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct StopForm {
    #[serde(default)]
    reason: String,
    /// One a line.
    #[serde(default)]
    alternatives: String,
    #[serde(default)]
    residual_risk: String,
}

/// A case in a few words.
pub(crate) fn title(case: &Case, record: &Record) -> String {
    match &case.cause {
        Cause::Signal { watch } => {
            let use_case = record.use_cases.get(&case.use_case);
            let plan =
                use_case.and_then(|it| it.stage.live().map(|live| &live.plan).or(it.plan.as_ref()));
            let watch_title = plan
                .and_then(|plan| plan.watches.iter().find(|known| known.id == *watch))
                .map_or_else(|| watch.to_string(), |watch| watch.title.clone());
            format!("Alarm on “{watch_title}”")
        }
        Cause::UnknownVersion { version, .. } => {
            format!("Version {version} is not on record and asked to act")
        }
        Cause::OverdueCondition { decision, condition } => {
            format!("Condition {condition} of {decision} is overdue")
        }
        Cause::FailedAudit { decision } => {
            format!("{decision}, an approval by rule, failed its audit")
        }
        Cause::Incident { incident } => format!("{incident} did harm, or may have"),
    }
}

fn chip(case: &Case, now: Timestamp) -> Chip {
    if !case.is_open() {
        return Chip { class: "is-retired", word: "Closed" };
    }
    if case.answer_by <= now {
        return Chip { class: "is-held", word: "Open, overdue" };
    }
    Chip { class: "is-review", word: "Open" }
}

pub(crate) async fn list(State(web): State<Shared>, Extension(me): Me) -> Answered {
    let at = web.moment(None).await?;
    let record = &at.record;
    let mut cases: Vec<&Case> = record.cases.values().collect();
    cases.sort_by_key(|case| (!case.is_open(), std::cmp::Reverse(case.id)));
    let rows = cases.into_iter().map(|case| Row {
        id: case.id.to_string(),
        title: title(case, record),
        use_case: words::use_case(case.use_case, record),
        use_case_id: case.use_case.to_string(),
        chip: chip(case, at.now),
        opened: words::date(case.opened_at),
        due: words::last_day(record, case.use_case, case.answer_by),
        owner: words::person(&case.owner, record),
    });
    let page = Page::new(&web, &me, &at, Section::Cases, "Cases")?;
    let lede = match page.open_cases {
        0 => "No case is open.".to_owned(),
        open => format!("{} to decide.", words::plural(open, "open case", "open cases")),
    };
    render(&CasesPage { page, lede, cases: rows.collect() }, StatusCode::OK)
}

/// What was filled in before a refusal, with the refusal.
#[derive(Default)]
struct Filled {
    stop: StopForm,
    motion: MotionForm,
    problem: Option<String>,
}

pub(crate) async fn show(
    State(web): State<Shared>,
    Extension(me): Me,
    Path(text): Path<String>,
    Query(_): Query<super::home::AsOf>,
) -> Answered {
    page(&web, &me, id(&text)?, Filled::default(), StatusCode::OK).await
}

async fn page(
    web: &Shared,
    me: &SignedIn,
    id: CaseId,
    filled: Filled,
    status: StatusCode,
) -> Answered {
    let at = web.moment(None).await?;
    let record = &at.record;
    let case = known(record.cases.get(&id), id)?;
    let use_case = known(record.use_cases.get(&case.use_case), case.use_case)?;
    let lines = web.history.up_to(web.app.registrar.reader(), record).await?;
    let decided = case.closed.as_ref().map(|closed| closed.decision);
    let mine = lines
        .iter()
        .filter(|it| it.case == Some(id) || (decided.is_some() && it.decision == decided));
    let mine: Vec<LineView> = mine.map(LineView::from).collect();
    let note = use_case.plan.as_ref().map(|plan| plan.note().to_owned()).unwrap_or_default();
    let is_signal = matches!(case.cause, Cause::Signal { .. });
    let watched = Watched::new(record, use_case).filter(|_| is_signal);
    let figures = watched.map(|watched| {
        let mut figures = vec![watched.series("oe", Measure::ObservedExpected, &note)];
        figures.extend(watched.detectors(&note).into_iter().take(1));
        figures
    });
    let problem = filled.problem.clone();
    let mut signals: Vec<String> = case.signals.iter().map(words::signal).collect();
    signals.reverse();
    let shown = CasePage {
        page: Page::new(web, me, &at, Section::Cases, id.to_string())?,
        id: id.to_string(),
        title: title(case, record),
        use_case: words::use_case(case.use_case, record),
        use_case_id: case.use_case.to_string(),
        meta: format!(
            "opened {} · answer due by {}",
            words::instant(case.opened_at),
            words::last_day(record, case.use_case, case.answer_by)
        ),
        chip: chip(case, at.now),
        clock: clock(case, record, at.now),
        gate: Gate::new(&web.permits(), record, use_case, at.now),
        facts: facts(case, use_case, record),
        signals,
        escalations: escalations(case, record),
        figures: figures.unwrap_or_default(),
        done: done(case, record, &mine),
        open_motion: open_motion(record, id),
        forms: forms(web, me, record, case, use_case, filled)?,
        history: mine.into_iter().rev().collect(),
        problem,
    };
    render(&shown, status)
}

fn clock(case: &Case, record: &Record, now: Timestamp) -> Option<Callout> {
    if !case.is_open() {
        return None;
    }
    let told = case.escalations.last().map(|it| super::monitoring::teller(it.tell));
    let told = told.map_or_else(
        || format!("It waits for {}.", words::person(&case.owner, record)),
        |told| format!("The {told} was told last."),
    );
    let overdue = case.answer_by <= now;
    let when = words::days_from(now, case.answer_by);
    let verb = if overdue { "was due" } else { "is due" };
    Some(Callout {
        class: if overdue { "is-stop" } else { "is-attention" },
        title: format!("A decision {verb} {when}"),
        text: format!("Agreed beforehand: {}. {told}", case.action.trim_end_matches('.')),
    })
}

fn facts(case: &Case, use_case: &UseCase, record: &Record) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    let mut add = |name: &str, value: String| facts.push((name.to_owned(), value));
    match &case.cause {
        Cause::Signal { watch } => {
            add("Measure", watch.to_string());
            let plan = use_case.stage.live().map(|live| &live.plan).or(use_case.plan.as_ref());
            let watch = plan.and_then(|plan| plan.watches.iter().find(|it| it.id == *watch));
            if let Some(governance::Alarm::Calibration { months_between_false_alarms, .. }) =
                watch.map(|watch| &watch.alarm)
            {
                add("False alarms", crate::charts::budget(*months_between_false_alarms));
            }
        }
        Cause::UnknownVersion { version, site, workflow } => {
            add("Version", version.clone());
            add("Asked at", format!("{site}, in {workflow}"));
        }
        Cause::OverdueCondition { decision, condition } => {
            add("Condition", format!("{condition} of {decision}"));
        }
        Cause::FailedAudit { decision } => add("Approved by rule", decision.to_string()),
        Cause::Incident { incident } => add("Incident", incident.to_string()),
    }
    add("Agreed action", case.action.clone());
    add("Owner", format!("{} ({})", words::person(&case.owner, record), case.owner));
    add("Answer by", words::last_day(record, case.use_case, case.answer_by));
    let ladder = case.ladder.iter().map(|rung| {
        let who = super::monitoring::teller(rung.tell);
        format!("{who} after {}", words::plural(rung.after_days as usize, "day", "days"))
    });
    add("Escalates to", ladder.collect::<Vec<_>>().join(", "));
    if let Some(body) = use_case.stage.live().and_then(|live| record.bodies.get(&live.path.body)) {
        let chair = body.chair_holder().map(|chair| words::person(chair, record));
        let chair = chair.unwrap_or_else(|| "nobody, for the seat is vacant".to_owned());
        add("Who may stop it", format!("The chair of {}, alone: {chair}", body.name));
        add("Who may let it go on", format!("{}, by a motion and votes", body.name));
    }
    facts
}

fn escalations(case: &Case, record: &Record) -> Vec<String> {
    let told = case.escalations.iter().map(|it| {
        let post = super::monitoring::teller(it.tell);
        let person = it.person.as_ref().map(|id| words::person(id, record));
        let person = person.unwrap_or_else(|| "the post is vacant".to_owned());
        format!("{}: the {post} was told ({person})", words::instant(it.at))
    });
    told.collect()
}

fn done(case: &Case, record: &Record, lines: &[LineView]) -> Option<Done> {
    let closed = case.closed.as_ref()?;
    let decision = record.decisions.get(&closed.decision)?;
    let carried = decision.carried.as_ref()?;
    let last = ["Decided", "Case closed", "Suspended"];
    Some(Done {
        decision: decision.id.to_string(),
        motion: words::motion(decision, record),
        when: words::instant(closed.at),
        by: words::person(&carried.by, record),
        events: lines.iter().filter(|line| last.contains(&line.title.as_str())).cloned().collect(),
    })
}

fn open_motion(record: &Record, case: CaseId) -> Option<String> {
    let open = record.open_motion(&Question::Case { case })?;
    Some(open.id.to_string())
}

fn forms(
    web: &Shared,
    me: &SignedIn,
    record: &Record,
    case: &Case,
    use_case: &UseCase,
    filled: Filled,
) -> Result<Option<Forms>, Problem> {
    let Some(live) = use_case.stage.live().filter(|_| case.is_open()) else { return Ok(None) };
    let body = known(record.bodies.get(&live.path.body), &live.path.body)?;
    let text = "as tried out".to_owned();
    let stop = Act::StopOnCase {
        case: case.id,
        reason: text.clone(),
        alternatives: vec![text.clone()],
        residual_risk: text.clone(),
    };
    let tried = MotionForm {
        outcome: "go".to_owned(),
        reason: text.clone(),
        alternatives: text.clone(),
        residual_risk: text,
        ..MotionForm::default()
    };
    let motion = tried.motion(Question::Case { case: case.id }, Default::default())?;
    let go_on = Act::OpenMotion { body: body.id.clone(), motion };
    let people = record.people.values().filter(|person| person.left_at.is_none());
    Ok(Some(Forms {
        stop: web.could(record, me, &stop).into(),
        stop_command: web.command_id()?,
        go_on: web.could(record, me, &go_on).into(),
        motion_command: web.command_id()?,
        body: body.name.clone(),
        stops: filled.stop,
        motion: filled.motion,
        people: people.map(|it| (it.id.to_string(), it.title.clone())).collect(),
    }))
}

pub(crate) async fn stop(
    State(web): State<Shared>,
    Extension(me): Me,
    Path(text): Path<String>,
    sent: Checked<StopForm>,
) -> Answered {
    let case: CaseId = id(&text)?;
    let act = Act::StopOnCase {
        case,
        reason: sent.form.reason.trim().to_owned(),
        alternatives: lines(&sent.form.alternatives),
        residual_risk: sent.form.residual_risk.trim().to_owned(),
    };
    let filled = Filled { stop: sent.form, ..Filled::default() };
    submit(&web, &me, case, sent.command, act, filled).await
}

pub(crate) async fn motion(
    State(web): State<Shared>,
    Extension(me): Me,
    Path(text): Path<String>,
    sent: Checked<MotionForm>,
) -> Answered {
    let case: CaseId = id(&text)?;
    let record = web.record();
    let use_case = known(record.cases.get(&case), case)?.use_case;
    let live = record.use_cases.get(&use_case).and_then(|it| it.stage.live());
    let body = known(live, format!("body that decides on {use_case}"))?.path.body.clone();
    let motion = sent.form.motion(Question::Case { case }, Default::default())?;
    let filled = Filled { motion: sent.form, ..Filled::default() };
    submit(&web, &me, case, sent.command, Act::OpenMotion { body, motion }, filled).await
}

async fn submit(
    web: &Shared,
    me: &SignedIn,
    case: CaseId,
    command: CommandId,
    act: Act,
    filled: Filled,
) -> Answered {
    let again =
        |said, status| page(web, me, case, Filled { problem: Some(said), ..filled }, status);
    super::submit(web, me, (command, act), format!("/cases/{case}"), again).await
}
