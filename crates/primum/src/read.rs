//! Commands that only read: each answers from (record, time), so each also answers "as of" a day.

use crate::incident::IncidentRead;
use crate::objects::{ListRead, ShowRead};
use crate::output::{Answer, Table, day, due, due_day, instant};
use crate::waiting::WorkRead;
use crate::{tiers, use_cases};
use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use gate::{PermitTable, Request, Verdict};
use governance::{
    Case, CaseId, Cause, Decision, DecisionId, EndReason, EvidenceId, Mode, Record, SiteId,
    UseCase, UseCaseId, WorkflowId, Zone,
};
use jiff::Timestamp;

/// What only reads the record.
#[derive(Debug, Clone, Subcommand)]
pub enum Read {
    /// Use cases: what is governed
    #[command(subcommand)]
    UseCase(UseCaseRead),
    /// Risk tiers
    #[command(subcommand)]
    Tier(TierRead),
    /// Cases: what slipped and waits for a decision
    #[command(subcommand)]
    Case(CaseRead),
    /// Decisions of bodies
    #[command(subcommand)]
    Decision(DecisionRead),
    /// Recorded evidence
    #[command(subcommand)]
    Evidence(EvidenceRead),
    /// Incidents: export and worksheets
    #[command(subcommand)]
    Incident(IncidentRead),
    /// What waits, the most urgent first
    Work(WorkRead),
    /// The runtime gate
    #[command(subcommand)]
    Gate(GateRead),
    /// List the objects of a kind
    List(ListRead),
    /// Show any object by its id
    Show(ShowRead),
}

/// `primum use-case …`
#[derive(Debug, Clone, Subcommand)]
pub enum UseCaseRead {
    /// List them
    List,
    /// Show one: its five fields, the gate, and what is open about it
    Show {
        /// The use case
        id: UseCaseId,
    },
}

/// `primum tier …`
#[derive(Debug, Clone, Subcommand)]
pub enum TierRead {
    /// Say why a use case has its tier, and what one fact would lower it
    Explain {
        /// The use case
        id: UseCaseId,
    },
    /// Say what other schemes make of a use case: IMDRF, FDA, EU AI Act, HTI-1, laws of states
    Labels {
        /// The use case
        id: UseCaseId,
    },
    /// Say what other answers would change: tier, duties and labels
    WhatIf {
        /// The use case
        id: UseCaseId,
        /// Answers, such as autonomy=recommends; `unknown` takes an answer away
        #[arg(required = true, value_name = "FACT=ANSWER")]
        answers: Vec<String>,
    },
    /// Say what another tier policy would make of every use case; it is not adopted
    Preview {
        /// The policy, a TOML file
        file: std::path::PathBuf,
    },
}

/// `primum case …`
#[derive(Debug, Clone, Subcommand)]
pub enum CaseRead {
    /// List them, open ones first
    List,
    /// Show one with its signals and escalations
    Show {
        /// The case
        id: CaseId,
    },
}

/// The verbs of `primum decision …` that only read.
#[derive(Debug, Clone, Subcommand)]
pub enum DecisionRead {
    /// List them
    List,
    /// Show one with its votes
    Show {
        /// The decision
        id: DecisionId,
    },
    /// How long bodies and sign-off lanes take: the median, and what nine in ten stay within
    Times {
        /// Only what was put to them from this day on
        #[arg(long, value_name = "DAY")]
        since: Option<String>,
    },
}

/// The verbs of `primum evidence …` that only read.
#[derive(Debug, Clone, Subcommand)]
pub enum EvidenceRead {
    /// Show what became of each requirement of the standard
    Show {
        /// The evidence, such as EV-1
        id: EvidenceId,
    },
}

/// `primum gate …`
#[derive(Debug, Clone, Subcommand)]
pub enum GateRead {
    /// May this version act here, now, and with what obligations?
    ///
    /// A version that is not on record is denied, and opens a case.
    Check(GateCheck),
}

/// Options of `primum gate check`.
#[derive(Debug, Clone, Args)]
pub struct GateCheck {
    /// The use case
    use_case: UseCaseId,
    /// The version that wants to act
    #[arg(long)]
    version: String,
    /// Where
    #[arg(long)]
    site: SiteId,
    /// In which step of work
    #[arg(long)]
    workflow: WorkflowId,
    /// Only answer: open no case for a version that is not on record
    #[arg(long)]
    dry_run: bool,
}

impl Read {
    /// Answers from a record at a time.
    ///
    /// # Errors
    /// When the record has no such thing.
    pub fn answer(&self, record: &Record, now: Timestamp) -> Result<Answer> {
        match self {
            Self::UseCase(UseCaseRead::List) => use_cases::list(record, now),
            Self::UseCase(UseCaseRead::Show { id }) => {
                use_cases::show(record, find_use_case(record, *id)?, now)
            }
            Self::Tier(TierRead::Explain { id }) => tier(find_use_case(record, *id)?),
            Self::Tier(TierRead::Labels { id }) => {
                tiers::labels(record, find_use_case(record, *id)?, now)
            }
            Self::Tier(TierRead::WhatIf { id, answers }) => {
                tiers::what_if(record, find_use_case(record, *id)?, answers, now)
            }
            Self::Tier(TierRead::Preview { file }) => tiers::preview(record, file),
            Self::Case(CaseRead::List) => cases(record, now),
            Self::Case(CaseRead::Show { id }) => {
                case(record, record.cases.get(id).with_context(|| missing("case", id))?, now)
            }
            Self::Decision(DecisionRead::List) => decisions(record),
            Self::Decision(DecisionRead::Show { id }) => {
                let found = record.decisions.get(id);
                decision(record, found.with_context(|| missing("decision", id))?, now)
            }
            Self::Decision(DecisionRead::Times { since }) => {
                let since = since.as_deref().map(crate::output::start_of).transpose()?;
                crate::times::times(record, since.unwrap_or(Timestamp::MIN))
            }
            Self::Evidence(EvidenceRead::Show { id }) => findings(record, *id),
            Self::Incident(read) => crate::incident::answer(read, record),
            Self::Work(work) => work.answer(record, now),
            Self::Gate(GateRead::Check(asked)) => gate_check(record, &asked.request(), now),
            Self::List(list) => list.answer(record, now),
            Self::Show(show) => show.answer(record),
        }
    }
}

impl Read {
    /// What the gate was asked, when it denied because the version is not on record: a case must be
    /// opened then. Not when it was only to answer.
    pub fn unknown_version(&self, record: &Record, now: Timestamp) -> Option<Request> {
        let Self::Gate(GateRead::Check(asked)) = self else { return None };
        if asked.dry_run {
            return None;
        }
        let request = asked.request();
        PermitTable::compile(record).check(&request, now).is_unknown_version().then_some(request)
    }
}

impl GateCheck {
    fn request(&self) -> Request {
        Request {
            use_case: self.use_case,
            version: self.version.clone(),
            site: self.site.clone(),
            workflow: self.workflow.clone(),
        }
    }
}

fn missing(what: &str, id: impl std::fmt::Display) -> String {
    format!("the record has no {what} {id}")
}

fn find_use_case(record: &Record, id: UseCaseId) -> Result<&UseCase> {
    record.use_cases.get(&id).with_context(|| missing("use case", id))
}

fn tier(use_case: &UseCase) -> Result<Answer> {
    let tier = use_case.stage.tier().with_context(|| {
        format!("{} has no tier: its facts are not stated, or it is over", use_case.id)
    })?;
    let mut text = format!("{} is {} by {}.\n", use_case.id, tier.tier, tier.policy);
    for floor in &tier.binding {
        let facts: Vec<_> =
            floor.facts.iter().map(|(fact, answer)| format!("{fact} = {answer}")).collect();
        text.push_str(&format!("\n{}: {}\n  {}\n", floor.floor, floor.reason, facts.join(", ")));
    }
    for lowering in &tier.lowered_by {
        text.push_str(&format!(
            "\nIt would be {} if {} were {}.",
            lowering.tier, lowering.fact, lowering.to
        ));
    }
    for fact in &tier.held_up_by_unknown {
        text.push_str(&format!("\nUnknown, counts as worst: {fact}."));
    }
    Answer::new(tier, text)
}

fn cases(record: &Record, now: Timestamp) -> Result<Answer> {
    let mut table = Table::new(["id", "use case", "opened", "answer by", "state", "action"]);
    let mut all: Vec<&Case> = record.cases.values().collect();
    all.sort_by_key(|case| (!case.is_open(), case.id));
    for case in &all {
        let zone = record.zone_of(Some(case.use_case));
        let state = match &case.closed {
            Some(closed) => format!("closed by {}", closed.decision),
            None if case.answer_by <= now => "overdue".to_owned(),
            None => "open".to_owned(),
        };
        table.row([
            case.id.to_string(),
            case.use_case.to_string(),
            day(case.opened_at, &zone),
            due_day(case.answer_by, &zone),
            state,
            case.action.clone(),
        ]);
    }
    Answer::new(&all, table.to_string())
}

/// Why a case was opened.
fn cause(cause: &Cause) -> String {
    match cause {
        Cause::Signal { watch, .. } => {
            format!("The watch `{watch}` of its monitoring plan alarmed.")
        }
        Cause::UnknownVersion { version, site, workflow } => format!(
            "Version `{version}` is not on record and asked to act in {workflow} at {site}."
        ),
        Cause::OverdueCondition { decision, condition } => {
            format!("Condition {condition} of {decision} was not met in time.")
        }
        Cause::FailedAudit { decision } => {
            format!("{decision} approved it by rule, and the audit of that failed.")
        }
        Cause::Incident { incident } => format!("{incident} did harm, or may have."),
    }
}

fn case(record: &Record, case: &Case, now: Timestamp) -> Result<Answer> {
    let zone = record.zone_of(Some(case.use_case));
    // What is closed was answered.
    let answer_by = match case.is_open() {
        true => due(case.answer_by, &zone, now),
        false => due_day(case.answer_by, &zone),
    };
    let mut text = format!(
        "{} on {}, opened {}, answer by {}\n{}\nOwner: {}\nPre-agreed action: {}\n",
        case.id,
        case.use_case,
        instant(case.opened_at),
        answer_by,
        cause(&case.cause),
        case.owner,
        case.action
    );
    for signal in &case.signals {
        text.push_str(&format!("\nSignal {} ({}): {}", signal.month, signal.watch, signal.finding));
    }
    for escalated in &case.escalations {
        let whom = escalated.person.as_ref().map_or("nobody", |person| person.as_str());
        text.push_str(&format!("\nTold {whom} on {}", instant(escalated.at)));
    }
    if let Some(closed) = &case.closed {
        text.push_str(&format!("\nClosed by {} on {}", closed.decision, instant(closed.at)));
    }
    Answer::new(case, text)
}

fn decisions(record: &Record) -> Result<Answer> {
    let mut table = Table::new(["id", "use case", "body", "outcome", "state", "expires"]);
    for decision in record.decisions.values() {
        let zone = record.zone_of(decision.use_case);
        let (state, expires) = match &decision.carried {
            Some(carried) => {
                let on = day(carried.at, &zone);
                (format!("carried {on}"), due_day(carried.expires, &zone))
            }
            None => (ended(decision, &zone), "-".to_owned()),
        };
        table.row([
            decision.id.to_string(),
            about(decision.use_case),
            decision.body.to_string(),
            decision.motion.outcome.to_string(),
            state,
            expires,
        ]);
    }
    let all: Vec<_> = record.decisions.values().collect();
    Answer::new(&all, table.to_string())
}

/// What something is about, for a table.
fn about(use_case: Option<UseCaseId>) -> String {
    use_case.map_or_else(|| "-".to_owned(), |id| id.to_string())
}

/// Where a decision stands that was not carried.
fn ended(decision: &Decision, zone: &Zone) -> String {
    match &decision.ended {
        None => "open".to_owned(),
        Some(ended) => match ended.reason {
            EndReason::Lost => format!("lost {}", day(ended.at, zone)),
            EndReason::Overtaken => format!("overtaken {}", day(ended.at, zone)),
            EndReason::Withdrawn => format!("withdrawn {}", day(ended.at, zone)),
        },
    }
}

fn decision(record: &Record, decision: &Decision, now: Timestamp) -> Result<Answer> {
    let zone = record.zone_of(decision.use_case);
    let motion = &decision.motion;
    let mut text = format!(
        "{} of {} on {}: {}\nReason: {}\nResidual risk: {}\n",
        decision.id,
        decision.body,
        decision.use_case.map_or_else(|| "decision rights".to_owned(), |id| id.to_string()),
        motion.outcome,
        motion.reason,
        motion.residual_risk
    );
    let state = match &decision.carried {
        Some(carried) => format!(
            "Carried on {}, holds until the end of {}",
            day(carried.at, &zone),
            due_day(carried.expires, &zone)
        ),
        None => format!("State: {}", ended(decision, &zone)),
    };
    text.push_str(&format!("{state}\n"));
    for (person, vote) in &decision.votes {
        text.push_str(&format!("\n{:?} by {person} ({}): {}", vote.choice, vote.seat, vote.reason));
    }
    for (person, reason) in &decision.recusals {
        text.push_str(&format!("\nRecused: {person}: {reason}"));
    }
    for condition in &motion.conditions {
        let (by, done) = match &condition.proof {
            Some(proof) => (due_day(condition.due, &zone), proof.as_str()),
            None => (due(condition.due, &zone, now), "not yet proved"),
        };
        let (owner, what) = (&condition.owner, &condition.what);
        text.push_str(&format!("\nCondition for {owner} by {by}: {what} ({done})"));
    }
    Answer::new(decision, text)
}

fn findings(record: &Record, id: EvidenceId) -> Result<Answer> {
    let evidence = record.evidence.get(&id).with_context(|| missing("evidence", id))?;
    let mut text = format!(
        "{id} on {} version {}, {}, n {}\n{}Against {}: {}\nDigest {}\n",
        evidence.use_case,
        evidence.version,
        evidence.span,
        evidence.n,
        match evidence.mode {
            Some(Mode::Silent) => "Of a silent run: nobody acted on these predictions.\n",
            _ => "",
        },
        evidence.standard,
        evidence.status,
        evidence.report_digest
    );
    for finding in &evidence.findings {
        text.push_str(&format!(
            "\n{:<16} {}: {}",
            finding.status.to_string(),
            finding.requirement,
            finding.because
        ));
    }
    Answer::new(evidence, text)
}

fn gate_check(record: &Record, request: &Request, now: Timestamp) -> Result<Answer> {
    let answer = PermitTable::compile(record).check(request, now);
    let permitted = answer.verdict == Verdict::Permit;
    let mut text = if permitted { "PERMIT" } else { "DENY" }.to_owned();
    for reason in &answer.reasons {
        text.push_str(&format!("\n  {}", reason.text));
    }
    for obligation in &answer.obligations {
        text.push_str(&format!("\n  must: {obligation}"));
    }
    let shown = Answer::new(&answer, text)?;
    Ok(if permitted { shown } else { shown.denied() })
}
