//! A decision: the motion, the votes, who stepped aside, what the quorum needs, conditions and
//! dissent.

use super::parts::{Chip, LineView, May};
use super::{Answered, Page, Section, id, known, render};
use crate::form::{Checked, Me};
use crate::problem::Problem;
use crate::session::SignedIn;
use crate::state::Shared;
use crate::words;
use askama::Template;
use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use governance::{
    Act, Body, Choice, CommandId, Decision, DecisionId, EndReason, Outcome, Question, Record, Right,
};
use jiff::Timestamp;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "decisions.html")]
struct DecisionsPage {
    page: Page,
    decisions: Vec<Row>,
}

struct Row {
    id: String,
    motion: String,
    body: String,
    chip: Chip,
    when: String,
    tally: String,
}

#[derive(Template)]
#[template(path = "decision.html")]
struct DecisionPage {
    page: Page,
    id: String,
    motion: String,
    /// Id and name, when it is about a use case.
    use_case: Option<(String, String)>,
    case: Option<String>,
    meta: String,
    chip: Chip,
    result: Option<Closing>,
    reason: String,
    alternatives: Vec<String>,
    evidence: Vec<String>,
    residual_risk: String,
    ai_help: String,
    conditions: Vec<ConditionRow>,
    seats: Vec<SeatRow>,
    rule: Vec<String>,
    tally: String,
    forms: Option<Forms>,
    history: Vec<LineView>,
    problem: Option<String>,
}

/// How a decision ended.
struct Closing {
    title: String,
    text: String,
}

struct ConditionRow {
    what: String,
    owner: String,
    due: String,
    proof: Option<String>,
    overdue: bool,
}

struct SeatRow {
    seat: String,
    expertise: String,
    holder: String,
    did: String,
    reason: String,
    dissent: bool,
}

struct Forms {
    vote: May,
    vote_command: String,
    recuse: May,
    recuse_command: String,
    carry: May,
    carry_command: String,
    reason: String,
}

fn chip(decision: &Decision) -> Chip {
    if decision.is_open() {
        return Chip { class: "is-review", word: "Open for votes" };
    }
    match decision.ended.as_ref().map(|ended| ended.reason) {
        Some(EndReason::Lost) => return Chip { class: "is-retired", word: "Motion lost" },
        Some(EndReason::Withdrawn) => return Chip { class: "is-retired", word: "Withdrawn" },
        Some(EndReason::Overtaken) => return Chip { class: "is-retired", word: "Overtaken" },
        None => {}
    }
    match decision.motion.outcome {
        Outcome::Go => Chip { class: "is-live", word: "Go" },
        Outcome::GoWithConditions => Chip { class: "is-live", word: "Go with conditions" },
        Outcome::ReReview => Chip { class: "is-watch", word: "Re-review" },
        Outcome::NoGo => Chip { class: "is-held", word: "No-go" },
        Outcome::Defer => Chip { class: "is-retired", word: "Deferred" },
    }
}

fn body_name(decision: &Decision, record: &Record) -> String {
    let body = record.bodies.get(&decision.body);
    body.map_or_else(|| decision.body.to_string(), |body| body.name.clone())
}

fn tally(decision: &Decision, record: &Record) -> String {
    let seats = record.bodies.get(&decision.body).map_or(0, |body| body.seats.len());
    let counted = decision.carried.as_ref().map(|it| it.tally);
    let counted = counted.or_else(|| decision.ended.as_ref().map(|it| it.tally));
    let tally = counted.unwrap_or_else(|| decision.tally(seats));
    format!(
        "{} for, {} against, {} abstained, {} stepped aside; {} seats",
        tally.approvals,
        tally.rejections,
        tally.abstentions,
        decision.recusals.len(),
        tally.seats
    )
}

pub(crate) async fn list(State(web): State<Shared>, Extension(me): Me) -> Answered {
    let at = web.moment(None).await?;
    let record = &at.record;
    let rows = record.decisions.values().rev().map(|decision| Row {
        id: decision.id.to_string(),
        motion: words::motion(decision, record),
        body: body_name(decision, record),
        chip: chip(decision),
        when: match decision.ended_at() {
            Some(at) => words::date(at),
            None => format!("put {}", words::date(decision.opened_at)),
        },
        tally: tally(decision, record),
    });
    let decisions = rows.collect();
    let page = Page::new(&web, &me, &at, Section::Decisions, "Decisions")?;
    render(&DecisionsPage { page, decisions }, StatusCode::OK)
}

pub(crate) async fn show(
    State(web): State<Shared>,
    Extension(me): Me,
    Path(text): Path<String>,
) -> Answered {
    page(&web, &me, id(&text)?, String::new(), None, StatusCode::OK).await
}

async fn page(
    web: &Shared,
    me: &SignedIn,
    id: DecisionId,
    reason: String,
    problem: Option<String>,
    status: StatusCode,
) -> Answered {
    let at = web.moment(None).await?;
    let record = &at.record;
    let decision = known(record.decisions.get(&id), id)?;
    let body = known(record.bodies.get(&decision.body), &decision.body)?;
    let lines = web.history.up_to(web.app.registrar.reader(), record).await?;
    let mine = lines.iter().filter(|line| line.decision == Some(id));
    let motion = &decision.motion;
    let case = match motion.question {
        Question::Case { case } => Some(case.to_string()),
        Question::Approve { .. }
        | Question::Resume { .. }
        | Question::Exception { .. }
        | Question::Pack { .. } => None,
    };
    let shown = DecisionPage {
        page: Page::new(web, me, &at, Section::Decisions, id.to_string())?,
        id: id.to_string(),
        motion: words::motion(decision, record),
        use_case: decision.use_case.map(|id| (id.to_string(), words::use_case(id, record))),
        case,
        meta: format!(
            "{} · tier {} · put {} by {}",
            body.name,
            decision.tier,
            words::instant(decision.opened_at),
            words::person(&decision.opened_by, record)
        ),
        chip: chip(decision),
        result: result(decision, record),
        reason: motion.reason.clone(),
        alternatives: motion.alternatives.clone(),
        evidence: motion.evidence.iter().map(ToString::to_string).collect(),
        residual_risk: motion.residual_risk.clone(),
        ai_help: motion.ai_help.clone(),
        conditions: conditions(decision, record, at.now),
        seats: body.seats.iter().map(|seat| seat_row(seat, body, decision, record)).collect(),
        rule: rule(body, decision),
        tally: tally(decision, record),
        forms: forms(web, me, record, decision, reason)?,
        history: mine.rev().map(LineView::from).collect(),
        problem,
    };
    render(&shown, status)
}

fn result(decision: &Decision, record: &Record) -> Option<Closing> {
    if let Some(ended) = &decision.ended {
        let why = match ended.reason {
            EndReason::Lost => "the votes it needs are not there",
            EndReason::Overtaken => "another decision settled what it was about",
            EndReason::Withdrawn => "it was taken back",
        };
        let (by, at) = (words::person(&ended.by, record), words::instant(ended.at));
        return Some(Closing {
            title: format!("The motion came to nothing: {why}"),
            text: format!("Ended by {by} on {at}. A new motion may be put."),
        });
    }
    let carried = decision.carried.as_ref()?;
    let right = match carried.right {
        Right::Vote => "by vote",
        Right::ChairStops => "by the chair alone: stopping is delegated to the chair",
        Right::Rule => "by rule: what can do little harm needs no vote",
        Right::Delegation(_) => "by delegation",
    };
    Some(Closing {
        title: format!("{}, {right}", words::outcome(decision.motion.outcome)),
        text: format!(
            "Declared by {} on {}. It stands until {}.",
            words::person(&carried.by, record),
            words::instant(carried.at),
            words::last_day(record, decision.use_case, carried.expires)
        ),
    })
}

fn conditions(decision: &Decision, record: &Record, now: Timestamp) -> Vec<ConditionRow> {
    let row = |condition: &governance::Condition| ConditionRow {
        what: condition.what.clone(),
        owner: words::person(&condition.owner, record),
        due: words::last_day(record, decision.use_case, condition.due),
        proof: condition.proof.clone(),
        overdue: condition.proof.is_none() && condition.due <= now,
    };
    decision.motion.conditions.iter().map(row).collect()
}

fn seat_row(seat: &governance::Seat, body: &Body, decision: &Decision, record: &Record) -> SeatRow {
    let chair = if seat.id == body.chair { ", chair" } else { "" };
    let holder = seat.holder.as_ref();
    let vote = holder.and_then(|id| decision.votes.get(id));
    let aside = holder.and_then(|id| decision.recusals.get(id));
    let (did, reason) = match (vote, aside) {
        (Some(vote), _) => (words::capital(words::choice(vote.choice)), vote.reason.clone()),
        (None, Some(why)) => ("Stepped aside".to_owned(), why.clone()),
        (None, None) if decision.is_open() => ("Not yet".to_owned(), String::new()),
        (None, None) => ("—".to_owned(), String::new()),
    };
    SeatRow {
        seat: format!("{}{chair}", seat.id),
        expertise: seat.expertise.clone(),
        holder: holder.map_or_else(|| "vacant".to_owned(), |id| words::person(id, record)),
        did,
        reason,
        dissent: vote.is_some_and(|vote| vote.choice == Choice::Reject),
    }
}

fn rule(body: &Body, decision: &Decision) -> Vec<String> {
    let Some(rule) = body.rule(decision.tier) else { return Vec::new() };
    let mut needs = vec![format!("{} seats take part", rule.quorum), words::majority(rule)];
    if rule.clinician_approvals > 0 {
        let approve = words::plural(rule.clinician_approvals as usize, "clinician", "clinicians");
        needs.push(format!("{approve} in favour"));
    }
    needs.extend(rule.required_seats.iter().map(|seat| format!("the seat {seat} votes")));
    needs
}

fn forms(
    web: &Shared,
    me: &SignedIn,
    record: &Record,
    decision: &Decision,
    reason: String,
) -> Result<Option<Forms>, Problem> {
    if !decision.is_open() {
        return Ok(None);
    }
    let (id, text) = (decision.id, "as tried out".to_owned());
    let vote = Act::CastVote { decision: id, choice: Choice::Approve, reason: text.clone() };
    let recuse = Act::Recuse { decision: id, reason: text };
    let carry = Act::CarryDecision { decision: id };
    Ok(Some(Forms {
        vote: web.could(record, me, &vote).into(),
        vote_command: web.command_id()?,
        recuse: web.could(record, me, &recuse).into(),
        recuse_command: web.command_id()?,
        carry: web.could(record, me, &carry).into(),
        carry_command: web.command_id()?,
        reason,
    }))
}

#[derive(Deserialize)]
pub(crate) struct VoteForm {
    choice: Choice,
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize)]
pub(crate) struct ReasonForm {
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize)]
pub(crate) struct NoFields {}

pub(crate) async fn vote(
    State(web): State<Shared>,
    Extension(me): Me,
    Path(text): Path<String>,
    sent: Checked<VoteForm>,
) -> Answered {
    let decision = id(&text)?;
    let VoteForm { choice, reason } = sent.form;
    let reason = reason.trim().to_owned();
    let act = Act::CastVote { decision, choice, reason: reason.clone() };
    submit(&web, &me, decision, sent.command, act, reason).await
}

pub(crate) async fn recuse(
    State(web): State<Shared>,
    Extension(me): Me,
    Path(text): Path<String>,
    sent: Checked<ReasonForm>,
) -> Answered {
    let decision = id(&text)?;
    let reason = sent.form.reason.trim().to_owned();
    let act = Act::Recuse { decision, reason: reason.clone() };
    submit(&web, &me, decision, sent.command, act, reason).await
}

pub(crate) async fn carry(
    State(web): State<Shared>,
    Extension(me): Me,
    Path(text): Path<String>,
    sent: Checked<NoFields>,
) -> Answered {
    let decision = id(&text)?;
    let act = Act::CarryDecision { decision };
    submit(&web, &me, decision, sent.command, act, String::new()).await
}

async fn submit(
    web: &Shared,
    me: &SignedIn,
    decision: DecisionId,
    command: CommandId,
    act: Act,
    reason: String,
) -> Answered {
    let again = |said, status| page(web, me, decision, reason, Some(said), status);
    super::submit(web, me, (command, act), format!("/decisions/{decision}"), again).await
}
