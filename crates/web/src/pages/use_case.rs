//! A use case: its five fields, why its tier is what it is, evidence, monitoring, decisions,
//! history.

use super::home::AsOf;
use super::motion::MotionForm;
use super::parts::{Chip, LineView, May, stage_chip, tier_class};
use super::{Answered, Gate, Page, Section, Standing, id, known, render};
use crate::charts::{Figure, Watched};
use crate::form::{Checked, Me};
use crate::problem::Problem;
use crate::session::SignedIn;
use crate::state::{Moment, Shared};
use crate::words;
use askama::Template;
use axum::extract::{Extension, Path, Query, State};
use axum::http::StatusCode;
use governance::{Act, BodyId, Question, Record, Stage, Status, UseCase, UseCaseId};
use serde::Deserialize;
use statistics::Measure;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "use_case.html")]
struct UseCasePage {
    page: Page,
    id: String,
    title: String,
    intended_use: String,
    chip: Chip,
    tier: Option<TierView>,
    out_of_policy: Option<String>,
    standing: Standing,
    gate: Gate,
    facts: Vec<(String, String)>,
    evidence: Vec<EvidenceRow>,
    attestations: Vec<String>,
    figures: Vec<Figure>,
    has_plan: bool,
    cases: Vec<(String, String, bool)>,
    decisions: Vec<(String, String, String)>,
    history: Vec<LineView>,
    forms: Option<Forms>,
    problem: Option<String>,
    as_of: String,
}

struct TierView {
    class: String,
    tier: String,
    policy: String,
    binding: Vec<Floor>,
    facts: Vec<FactRow>,
    lowered_by: Vec<String>,
    unknown: Vec<String>,
}

struct Floor {
    id: String,
    reason: String,
    facts: String,
}

struct FactRow {
    question: String,
    answer: String,
    unknown: bool,
}

struct EvidenceRow {
    id: String,
    what: String,
    standard: String,
    class: &'static str,
    status: String,
    findings: Vec<FindingRow>,
}

/// How a requirement came out.
pub(crate) struct FindingRow {
    pub title: String,
    pub class: &'static str,
    pub status: String,
    pub because: String,
}

struct Forms {
    suspend: May,
    suspend_command: String,
    resume: Option<Resume>,
    reason: String,
}

struct Resume {
    may: May,
    command: String,
    form: MotionForm,
}

/// The class of a verdict's mark.
pub(crate) fn check_class(status: Status) -> &'static str {
    match status {
        Status::Met => "is-met",
        Status::Failed => "is-failed",
        Status::NotEnoughData => "is-unknown",
    }
}

/// A use case's findings with the titles of their requirements.
pub(crate) fn findings(evidence: &governance::Evidence, record: &Record) -> Vec<FindingRow> {
    let title = |id: &governance::RequirementId| {
        let standard = super::evidence::standard_of(record, evidence);
        let mut known = standard.into_iter().flat_map(|standard| &standard.requirements);
        known.find(|it| it.id == *id).map_or_else(|| id.to_string(), |it| it.title.clone())
    };
    let row = |finding: &governance::Finding| FindingRow {
        title: title(&finding.requirement),
        class: check_class(finding.status),
        status: words::capital(&finding.status.to_string()),
        because: words::capital(&finding.because),
    };
    evidence.findings.iter().map(row).collect()
}

pub(crate) async fn show(
    State(web): State<Shared>,
    Extension(me): Me,
    Path(text): Path<String>,
    Query(query): Query<AsOf>,
) -> Answered {
    let at = web.moment(query.as_of.as_deref()).await?;
    let shown = Shown { web: &web, me: &me, at: &at, as_of: query.as_of.unwrap_or_default() };
    shown.page(id(&text)?, Filled::default(), StatusCode::OK).await
}

/// What was filled in before a refusal, with the refusal.
#[derive(Default)]
struct Filled {
    reason: String,
    motion: MotionForm,
    problem: Option<String>,
}

struct Shown<'a> {
    web: &'a Shared,
    me: &'a SignedIn,
    at: &'a Moment,
    as_of: String,
}

impl Shown<'_> {
    async fn page(&self, id: UseCaseId, filled: Filled, status: StatusCode) -> Answered {
        let Moment { record, now, .. } = self.at;
        let use_case = known(record.use_cases.get(&id), id)?;
        let standing = record.standing(use_case, *now);
        let table = if self.at.as_of.is_some() {
            Arc::new(gate::PermitTable::compile(record))
        } else {
            self.web.permits()
        };
        let newest = self.web.record();
        let lines = self.web.history.up_to(self.web.app.registrar.reader(), &newest).await?;
        let mine = lines.iter().filter(|it| it.use_case == Some(id) && it.seq < record.next_seq);
        let watched = Watched::new(record, use_case);
        let problem = filled.problem.clone();
        let page = UseCasePage {
            page: Page::new(self.web, self.me, self.at, Section::Home, &use_case.proposal.title)?,
            id: id.to_string(),
            title: use_case.proposal.title.clone(),
            intended_use: use_case.proposal.intended_use.clone(),
            chip: stage_chip(use_case, &standing),
            tier: tier_view(record, use_case),
            out_of_policy: out_of_policy(&standing),
            standing: Standing::new(&standing),
            gate: Gate::new(&table, record, use_case, *now),
            facts: facts(record, use_case),
            evidence: evidence(record, id),
            attestations: attestations(record, id),
            has_plan: watched.is_some(),
            figures: watched.map(|it| figures(&it)).unwrap_or_default(),
            cases: cases(record, id),
            decisions: decisions(record, id),
            history: mine.rev().map(LineView::from).collect(),
            forms: self.forms(record, use_case, filled)?,
            problem,
            as_of: self.as_of.clone(),
        };
        render(&page, status)
    }

    /// Stopping, and asking a body to let it act again; not on a page that looks back.
    fn forms(
        &self,
        record: &Record,
        use_case: &UseCase,
        filled: Filled,
    ) -> Result<Option<Forms>, Problem> {
        if self.at.as_of.is_some() || use_case.stage.live().is_none() {
            return Ok(None);
        }
        let try_out = "as tried out".to_owned();
        let suspend = Act::Suspend { use_case: use_case.id, reason: try_out.clone() };
        let resume = match (&use_case.stage, body_of(use_case)) {
            (Stage::Suspended { .. }, Some(body)) => {
                let question = Question::Resume { use_case: use_case.id };
                let form = MotionForm {
                    outcome: "go".to_owned(),
                    reason: try_out.clone(),
                    alternatives: try_out.clone(),
                    residual_risk: try_out,
                    ..MotionForm::default()
                };
                let motion = form.motion(question, std::collections::BTreeSet::new())?;
                let act = Act::OpenMotion { body, motion };
                Some(Resume {
                    may: self.web.could(record, self.me, &act).into(),
                    command: self.web.command_id()?,
                    form: filled.motion,
                })
            }
            _ => None,
        };
        Ok(Some(Forms {
            suspend: self.web.could(record, self.me, &suspend).into(),
            suspend_command: self.web.command_id()?,
            resume,
            reason: filled.reason,
        }))
    }
}

/// The body that decided on a use case that is, or was, live.
fn body_of(use_case: &UseCase) -> Option<BodyId> {
    use_case.stage.live().map(|live| live.path.body.clone())
}

#[derive(Deserialize)]
pub(crate) struct SuspendForm {
    #[serde(default)]
    reason: String,
}

pub(crate) async fn suspend(
    State(web): State<Shared>,
    Extension(me): Me,
    Path(text): Path<String>,
    sent: Checked<SuspendForm>,
) -> Answered {
    let use_case: UseCaseId = id(&text)?;
    let act = Act::Suspend { use_case, reason: sent.form.reason.clone() };
    let filled = Filled { reason: sent.form.reason, ..Filled::default() };
    submit(&web, &me, use_case, sent.command, act, filled).await
}

pub(crate) async fn motion(
    State(web): State<Shared>,
    Extension(me): Me,
    Path(text): Path<String>,
    sent: Checked<MotionForm>,
) -> Answered {
    let use_case: UseCaseId = id(&text)?;
    let record = web.record();
    let body = record.use_cases.get(&use_case).and_then(body_of);
    let body = known(body, "body that decides on it")?;
    let question = Question::Resume { use_case };
    let motion = sent.form.motion(question, std::collections::BTreeSet::new())?;
    let filled = Filled { motion: sent.form, ..Filled::default() };
    submit(&web, &me, use_case, sent.command, Act::OpenMotion { body, motion }, filled).await
}

async fn submit(
    web: &Shared,
    me: &SignedIn,
    use_case: UseCaseId,
    command: governance::CommandId,
    act: Act,
    filled: Filled,
) -> Answered {
    let again = async |said, status| {
        let at = web.moment(None).await?;
        let filled = Filled { problem: Some(said), ..filled };
        let shown = Shown { web, me, at: &at, as_of: String::new() };
        shown.page(use_case, filled, status).await
    };
    super::submit(web, me, (command, act), format!("/use-cases/{use_case}"), again).await
}

fn out_of_policy(standing: &governance::Standing) -> Option<String> {
    let since = words::date(standing.out_of_policy_since?);
    let closes = standing.gate_closes_at.map(words::instant);
    Some(format!(
        "Out of policy since {since}. If nothing is mended, the gate closes on {}.",
        closes.unwrap_or_else(|| "no date".to_owned())
    ))
}

fn tier_view(record: &Record, use_case: &UseCase) -> Option<TierView> {
    let result = use_case.stage.tier()?;
    let questions = record.tier_policy.as_ref().map(|policy| policy.facts.as_slice());
    let questions = questions.unwrap_or_default();
    let ask = |fact: &governance::FactId| {
        let known = questions.iter().find(|question| question.id == *fact);
        known.map_or_else(|| fact.to_string(), |question| question.question.clone())
    };
    let binding = result.binding.iter().map(|binding| Floor {
        id: binding.floor.to_string(),
        reason: binding.reason.clone(),
        facts: binding
            .facts
            .iter()
            .map(|(fact, answer)| format!("{fact}: {answer}"))
            .collect::<Vec<_>>()
            .join(", "),
    });
    let facts = questions.iter().map(|question| {
        let answer = use_case.facts.get(&question.id);
        FactRow {
            question: question.question.clone(),
            answer: answer.cloned().unwrap_or_else(|| "unknown: counts as worst".to_owned()),
            unknown: answer.is_none(),
        }
    });
    let lowered = result.lowered_by.iter();
    Some(TierView {
        class: tier_class(result.tier),
        tier: result.tier.to_string(),
        policy: result.policy.clone(),
        binding: binding.collect(),
        facts: facts.collect(),
        lowered_by: lowered
            .map(|it| format!("“{}” were {}: it would be {}", ask(&it.fact), it.to, it.tier))
            .collect(),
        unknown: result.held_up_by_unknown.iter().map(ask).collect(),
    })
}

fn facts(record: &Record, use_case: &UseCase) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    let mut add = |name: &str, value: String| facts.push((name.to_owned(), value));
    if let Some(owners) = &use_case.owners {
        for (role, owner) in owners.all() {
            add(&words::capital(role), format!("{} ({owner})", words::person(owner, record)));
        }
    }
    add("Proposed by", words::person(&use_case.submitter, record));
    if let Some(system) = record.systems.get(&use_case.proposal.system) {
        let kind = system.ai_type;
        add("AI system", format!("{} ({}), {kind}, by {}", system.name, system.id, system.vendor));
    }
    if let Some(at) = use_case.stage.deployment() {
        add("Runs", format!("version {} at {}, {}", at.version, at.site, at.mode));
    }
    add("Step of work", use_case.proposal.workflow.to_string());
    add("Population", use_case.proposal.population.clone());
    if let Some(live) = use_case.stage.live() {
        add("Live since", words::date(live.since));
        let until = |end| words::last_day(record, use_case.id, end);
        add("Validated until", until(live.validation.valid_until));
        add("Approved until", until(live.path.expires));
    }
    facts
}

fn evidence(record: &Record, id: UseCaseId) -> Vec<EvidenceRow> {
    let all = record.evidence.values().rev().filter(|evidence| evidence.use_case == id);
    all.map(|evidence| EvidenceRow {
        id: evidence.id.to_string(),
        what: format!(
            "Version {}, {}, {} predictions",
            evidence.version,
            evidence.span,
            report::count(evidence.n)
        ),
        standard: evidence.standard.clone(),
        class: check_class(evidence.status),
        status: words::capital(&evidence.status.to_string()),
        findings: findings(evidence, record),
    })
    .collect()
}

fn attestations(record: &Record, id: UseCaseId) -> Vec<String> {
    let all = record.attestations.iter().filter(|word| word.use_case == id);
    all.map(|word| {
        format!(
            "{}: {} ({}, {}, until {})",
            word.requirement,
            word.statement,
            words::person(&word.signer, record),
            words::date(word.at),
            words::last_day(record, id, word.valid_until)
        )
    })
    .collect()
}

fn figures(watched: &Watched<'_>) -> Vec<Figure> {
    let note = watched.plan.note();
    if watched.months.is_empty() {
        return Vec::new();
    }
    let mut figures = vec![watched.series("oe", Measure::ObservedExpected, note)];
    figures.extend(watched.detectors(note).into_iter().take(1));
    figures
}

fn cases(record: &Record, id: UseCaseId) -> Vec<(String, String, bool)> {
    let all = record.cases.values().rev().filter(|case| case.use_case == id);
    all.map(|case| {
        let said = super::case::title(case, record);
        (case.id.to_string(), said, case.is_open())
    })
    .collect()
}

fn decisions(record: &Record, id: UseCaseId) -> Vec<(String, String, String)> {
    let all = record.decisions.values().rev().filter(|decision| decision.use_case == Some(id));
    all.map(|decision| {
        let when = match decision.ended_at() {
            Some(at) => format!("ended {}", words::date(at)),
            None => "open for votes".to_owned(),
        };
        (decision.id.to_string(), words::motion(decision, record), when)
    })
    .collect()
}
