//! The events in plain words, in memory: each stored event is read once and told in one line.

use crate::problem::Problem;
use crate::words;
use governance::{CaseId, Change, DecisionId, Event, Record, UseCaseId};
use jiff::Timestamp;
use ledger::Reader;
use std::sync::Arc;
use tokio::sync::Mutex;

/// Events read at a time.
const PAGE: u64 = 1_024;

/// One event in one line.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub seq: u64,
    pub at: Timestamp,
    pub title: String,
    pub sentence: String,
    pub actor: String,
    pub use_case: Option<UseCaseId>,
    pub case: Option<CaseId>,
    pub decision: Option<DecisionId>,
    pub leaf: String,
}

/// All lines up to the newest that was asked for.
#[derive(Debug, Default)]
pub(crate) struct History {
    lines: Mutex<Arc<Vec<Line>>>,
}

impl History {
    /// The lines of all events that are folded into `record`, oldest first.
    pub async fn up_to(&self, reader: &Reader, record: &Record) -> Result<Arc<Vec<Line>>, Problem> {
        let mut known = self.lines.lock().await;
        let mut next = known.len() as u64;
        while next < record.next_seq {
            let page = next..record.next_seq.min(next.saturating_add(PAGE));
            let entries = reader.entries(page.clone()).await?;
            let lines = Arc::make_mut(&mut known);
            for entry in &entries {
                let event: Event = serde_json::from_slice(&entry.body).map_err(Problem::fault)?;
                lines.push(line(&event, record, entry.leaf_hash.to_string()));
            }
            if entries.is_empty() {
                break;
            }
            next = lines.len() as u64;
        }
        Ok(Arc::clone(&known))
    }
}

fn line(event: &Event, record: &Record, leaf: String) -> Line {
    Line {
        seq: event.seq,
        at: event.at,
        title: words::title(&event.change),
        sentence: words::sentence(event, record),
        actor: words::actor(&event.actor, record),
        use_case: words::use_case_of(&event.change, record),
        case: case_of(&event.change),
        decision: decision_of(&event.change),
        leaf,
    }
}

fn case_of(change: &Change) -> Option<CaseId> {
    match change {
        Change::CaseOpened(case) => Some(case.id),
        Change::SignalRaised { case, .. }
        | Change::CaseEscalated { case, .. }
        | Change::CaseClosed { case, .. } => Some(*case),
        _ => None,
    }
}

fn decision_of(change: &Change) -> Option<DecisionId> {
    match change {
        Change::MotionOpened(decision) => Some(decision.id),
        Change::Recused { decision, .. }
        | Change::VoteCast { decision, .. }
        | Change::DecisionCarried { decision, .. }
        | Change::MotionEnded { decision, .. }
        | Change::SentBack { decision, .. }
        | Change::ConditionMet { decision, .. } => Some(*decision),
        Change::Suspended { suspension, .. } => suspension.decision,
        Change::WentLive { live, .. } => Some(live.path.decision),
        Change::Resumed { path, .. } => Some(path.decision),
        Change::Retired { retirement, .. } => Some(retirement.decision),
        Change::CaseClosed { closed, .. } => Some(closed.decision),
        _ => None,
    }
}
