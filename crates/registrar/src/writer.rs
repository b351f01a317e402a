//! The single task that owns the record and appends.

use crate::snapshot::freeze;
use crate::{Acknowledged, Submission, SubmitError};
use governance::{
    Act, Change, Command, ContentHash, DecisionRightsChange, Event, HoldsChange, Record, Refusal,
    RightsPack, apply, decide, violations_since,
};
use jiff::{SignedDuration, Timestamp};
use ledger::{Batch, Ledger, NewEntry};
use rights::Rights;
use serde_json::Value;
use std::fmt;
use std::sync::Arc;
use thiserror::Error;
use tokio::sync::{mpsc, oneshot, watch};

/// Salts could not be drawn.
#[derive(Debug, Error)]
#[error("no entropy could be drawn: {0}; nothing was kept")]
pub struct EntropyError(pub String);

/// Draws the salt of the event at a place in the record: 32 bytes that nobody can guess.
pub type Salts = Box<dyn FnMut(u64) -> Result<[u8; 32], EntropyError> + Send>;

/// Folding this many events again at a start is quick enough not to save a snapshot.
const EVENTS_WITHOUT_SNAPSHOT: u64 = 64;

/// How much earlier than the last event a command may have read the clock. Many submit at once, so
/// that one overtakes another on its way to the writer; a clock that went back by more is a fault.
const OVERTAKEN: SignedDuration = SignedDuration::from_secs(10);

pub(crate) struct Job {
    pub submission: Submission,
    pub answer: oneshot::Sender<Result<Acknowledged, SubmitError>>,
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("submission", &self.submission.id).finish_non_exhaustive()
    }
}

pub(crate) struct Writer {
    ledger: Ledger,
    record: Arc<Record>,
    salts: Salts,
    publish: watch::Sender<Arc<Record>>,
    /// The rights asked last, with the pack that they were parsed from.
    rights: Option<(RightsPack, Rights)>,
    /// Events in the snapshot that the record was read from; none were without one.
    saved: u64,
}

impl Writer {
    pub fn new(
        ledger: Ledger,
        record: Arc<Record>,
        salts: Salts,
        publish: watch::Sender<Arc<Record>>,
        saved: u64,
    ) -> Self {
        Self { ledger, record, salts, publish, rights: None, saved }
    }

    /// Serves jobs until every handle is dropped, then saves the state.
    pub async fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        while let Some(job) = queue.recv().await {
            let outcome = self.serve(job.submission).await;
            let broken =
                matches!(&outcome, Err(SubmitError::Storage(ledger::LedgerError::Poisoned { .. })));
            // A client that went away misses its answer; the events stand all the same.
            let _ = job.answer.send(outcome);
            if broken {
                return;
            }
            // The checkpoint may wait while commands do: they are durable without it.
            if queue.is_empty() && self.ledger.publish().await.is_err() {
                return;
            }
        }
        if self.record.next_seq >= self.saved + EVENTS_WITHOUT_SNAPSHOT
            && let Ok(snapshot) = freeze(&self.record)
        {
            // A snapshot only saves time; without it the next start folds from the one before.
            let _ = self.ledger.snapshot_save(&snapshot).await;
        }
        let _ = self.ledger.close().await;
    }

    async fn serve(&mut self, submission: Submission) -> Result<Acknowledged, SubmitError> {
        // The actor of a command on record was authorised then, and is not asked for rights again;
        // any other is.
        let Submission { id, actor, act, .. } = &submission;
        if self.record.gave(id, actor)
            && let Some(effect) = self.record.repeats(id, actor, act)?
        {
            let first_seq = Some(effect.first_seq);
            return Ok(Acknowledged { events: Vec::new(), first_seq, repeated: true });
        }
        let events = self.decide(&submission)?;
        let Some(first) = events.first() else {
            return Ok(Acknowledged { events, first_seq: None, repeated: false });
        };
        let first_seq = Some(first.seq);
        let next = self.after(&events)?;
        let batch = self.batch(&events, submission.documents)?;
        self.ledger.append(&batch).await?;
        self.record = Arc::new(next);
        self.publish.send_replace(Arc::clone(&self.record));
        Ok(Acknowledged { events, first_seq, repeated: false })
    }

    /// Rights first, then rules.
    fn decide(&mut self, submission: &Submission) -> Result<Vec<Event>, SubmitError> {
        let Submission { id, at, actor, act, .. } = submission;
        let at = self.in_order(*at);
        let pack = match (self.record.rights_at(at), act) {
            (Some(pack), _) => pack,
            (None, Act::Found(founding)) => &founding.rights,
            (None, _) => return Err(Refusal::NotFounded.into()),
        };
        if self.rights.as_ref().is_none_or(|(parsed, _)| parsed != pack) {
            self.rights = Some((pack.clone(), Rights::new(pack)?));
        }
        let (_, rights) = self.rights.as_ref().ok_or(SubmitError::Stopped)?;
        let authority = rights.authorise(&self.record, actor, act, at)?;
        let command =
            Command { id: id.clone(), at, actor: actor.clone(), authority, act: act.clone() };
        let events = decide(&self.record, &command)?;
        for event in &events {
            if let Change::DecisionRights(DecisionRightsChange::RightsAdopted(adopted)) =
                &event.change
            {
                // Nobody could put right a pack that nobody can change.
                Rights::new(&adopted.pack)?.can_be_changed(&self.record, adopted)?;
            }
        }
        Ok(events)
    }

    /// The time of a command that was overtaken is the time of the last event, for time never goes
    /// back in the record.
    fn in_order(&self, at: Timestamp) -> Timestamp {
        let last = self.record.last_at.unwrap_or(at);
        if at < last && last.duration_since(at) <= OVERTAKEN { last } else { at }
    }

    /// The record after the events, with its promises checked before anything is kept.
    fn after(&self, events: &[Event]) -> Result<Record, SubmitError> {
        let mut next = (*self.record).clone();
        for event in events {
            apply(&mut next, event).map_err(|error| SubmitError::Internal(error.to_string()))?;
        }
        next.settle();
        match violations_since(&self.record, &next).into_iter().next() {
            None => Ok(next),
            Some(broken) => {
                Err(SubmitError::Invariant { invariant: broken.invariant, what: broken.what })
            }
        }
    }

    fn batch(&mut self, events: &[Event], documents: Vec<Vec<u8>>) -> Result<Batch, SubmitError> {
        let entries = events.iter().map(|event| {
            let salt = (self.salts)(event.seq)?;
            entry(event, salt).map_err(|error| SubmitError::Internal(error.to_string()))
        });
        let entries = entries.collect::<Result<_, SubmitError>>()?;
        let erased = events.iter().filter_map(erased).collect::<Result<_, _>>()?;
        Ok(Batch { expected_seq: self.record.next_seq, entries, documents, erased })
    }
}

/// The document that an event erases, if it erases one.
fn erased(event: &Event) -> Option<Result<[u8; 32], SubmitError>> {
    let Change::Holds(HoldsChange::DocumentErased { document, .. }) = &event.change else {
        return None;
    };
    // Evidence whose document was never stored under a SHA-256 has nothing to erase.
    let unknown = || Refusal::Unknown { what: "stored document", id: document.clone() };
    let hash = document.parse::<ContentHash>().map_err(|_| unknown().into());
    Some(hash.map(|hash| hash.0))
}

fn entry(event: &Event, salt: [u8; 32]) -> Result<NewEntry, serde_json::Error> {
    let change = serde_json::to_value(&event.change)?;
    // Inside the one entry, or one entry deeper for a change of a part with changes of its own.
    let inner = |value: &Value| value.as_object().and_then(|map| map.values().next()).cloned();
    let use_case = inner(&change).and_then(|change| {
        change.get("use_case").cloned().or_else(|| inner(&change)?.get("use_case").cloned())
    });
    Ok(NewEntry {
        stream: use_case.as_ref().and_then(Value::as_str).unwrap_or("hospital").to_owned(),
        kind: event.change.kind().to_owned(),
        recorded_at_ms: event.at.as_millisecond(),
        actor: event.actor.to_string(),
        command_id: event.command.to_string(),
        body: serde_json::to_vec(event)?,
        salt,
    })
}
