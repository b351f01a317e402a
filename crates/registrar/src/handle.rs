//! The handle that everybody but the writer holds.

use crate::fold::replay;
use crate::writer::{Job, Writer};
use crate::{Acknowledged, ReplayError, Salts, Submission, SubmitError};
use governance::{Act, Actor, Record, Service};
use jiff::Timestamp;
use ledger::{Ledger, Reader};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

/// Commands that may wait for the writer.
const QUEUE: usize = 256;

/// A handle on the one writer. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Registrar {
    jobs: mpsc::Sender<Job>,
    snapshots: watch::Receiver<Arc<Record>>,
    reader: Reader,
    unused: Option<Arc<str>>,
}

/// A handle and the writer behind it.
#[derive(Debug)]
pub struct Opened {
    /// The handle.
    pub registrar: Registrar,
    /// Ends when the last handle is dropped: then the state is saved and the folder is free.
    pub writer: JoinHandle<()>,
}

impl Registrar {
    /// Folds what the ledger holds and starts the writer.
    ///
    /// # Errors
    /// When stored bytes cannot be read or do not fold.
    pub async fn open(ledger: Ledger, salts: Salts) -> Result<Opened, ReplayError> {
        let reader = ledger.reader().clone();
        let folded = replay(&reader, true).await?;
        let record = Arc::new(folded.record);
        let (publish, snapshots) = watch::channel(Arc::clone(&record));
        let (jobs, queue) = mpsc::channel(QUEUE);
        let writer = Writer::new(ledger, record, salts, publish, folded.from_snapshot);
        let writer = tokio::spawn(writer.run(queue));
        let unused = folded.unused.map(Arc::from);
        Ok(Opened { registrar: Self { jobs, snapshots, reader, unused }, writer })
    }

    /// The newest state of the record.
    #[must_use]
    pub fn record(&self) -> Arc<Record> {
        Arc::clone(&self.snapshots.borrow())
    }

    /// The stored events, documents and checkpoints.
    #[must_use]
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Why the newest snapshot was not used at the start, when there was one that could not be. The
    /// record is whole all the same: every event was folded.
    #[must_use]
    pub fn unused_snapshot(&self) -> Option<&str> {
        self.unused.as_deref()
    }

    /// Whether the writer still takes commands. It stops by itself only when a write failed.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.jobs.is_closed()
    }

    /// Submits a command. When it returns well, its events are durable.
    ///
    /// # Errors
    /// When the actor may not do it, the rules do not allow it, or it cannot be kept. Nothing was
    /// changed then.
    pub async fn submit(&self, submission: Submission) -> Result<Acknowledged, SubmitError> {
        let (answer, answered) = oneshot::channel();
        let job = Job { submission, answer };
        self.jobs.send(job).await.map_err(|_| SubmitError::Stopped)?;
        answered.await.map_err(|_| SubmitError::Stopped)?
    }

    /// Fires what clocks made due by `now`. Does nothing, and stores nothing, when nothing is due.
    ///
    /// # Errors
    /// As [`Registrar::submit`].
    pub async fn tick(&self, now: Timestamp) -> Result<Acknowledged, SubmitError> {
        // No person's command may have an id that begins like this.
        let id = format!("primum-tick-{}", now.as_millisecond());
        self.submit(Submission {
            id: id.parse().map_err(|_| SubmitError::Internal(format!("`{id}` is no id")))?,
            at: now,
            actor: Actor::Service(Service::Scheduler),
            act: Act::Tick,
            documents: Vec::new(),
        })
        .await
    }
}
