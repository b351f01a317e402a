//! What requests share: the record's newest state, sessions, the permit table, and what is derived
//! from them.

use crate::App;
use crate::history::History;
use crate::problem::Problem;
use crate::session::{Sessions, SignedIn};
use gate::{Counters, PermitTable};
use governance::{Act, Actor, Command, CommandId, IdError, Record, RightsPack, decide};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use registrar::{Submission, SubmitError, record_at};
use rights::Rights;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio::sync::OnceCell;

/// The key in the ledger's small facts under which the SHA-256 of the API token is kept, in
/// hexadecimal.
pub const API_TOKEN: &str = "gate.token";

/// The state that handlers get.
pub(crate) type Shared = Arc<Web>;

pub(crate) struct Web {
    pub app: App,
    pub sessions: Sessions,
    pub counters: Counters,
    pub history: History,
    table: RwLock<Arc<PermitTable>>,
    rights: Mutex<Option<(RightsPack, Arc<Rights>)>>,
    api_token: OnceCell<Option<String>>,
}

/// A state of the record with the time it is looked at.
#[derive(Debug, Clone)]
pub(crate) struct Moment {
    pub record: Arc<Record>,
    pub now: Timestamp,
    /// The date asked for, when it is not today.
    pub as_of: Option<Date>,
}

impl Web {
    pub fn new(app: App) -> Self {
        let table = PermitTable::compile(&app.registrar.record());
        Self {
            app,
            sessions: Sessions::default(),
            counters: Counters::default(),
            history: History::default(),
            table: RwLock::new(Arc::new(table)),
            rights: Mutex::new(None),
            api_token: OnceCell::new(),
        }
    }

    pub fn now(&self) -> Timestamp {
        (self.app.clock)()
    }

    pub fn record(&self) -> Arc<Record> {
        self.app.registrar.record()
    }

    /// 32 bytes that nobody can guess.
    pub fn draw(&self) -> Result<[u8; 32], Problem> {
        (self.app.entropy)().map_err(Problem::fault)
    }

    /// A fresh id for a form: the browser sends it back, once or more often, with one effect.
    pub fn command_id(&self) -> Result<String, Problem> {
        let bytes = self.draw()?;
        Ok(format!("web-{}", hex::encode(bytes.get(..16).unwrap_or(&bytes))))
    }

    /// The record now, or at the end of the day `as_of`, such as `2024-03-31`.
    pub async fn moment(&self, as_of: Option<&str>) -> Result<Moment, Problem> {
        let now = self.now();
        let Some(text) = as_of.filter(|text| !text.is_empty()) else {
            return Ok(Moment { record: self.record(), now, as_of: None });
        };
        let date: Date = text.parse().map_err(|_| {
            Problem::bad_request(format!("`{text}` is not a date; write it like `2024-03-31`."))
        })?;
        if date > Offset::UTC.to_datetime(now).date() {
            let why = format!("{date} is yet to come; the record ends with today.");
            return Err(Problem::bad_request(why));
        }
        let end = Offset::UTC.to_timestamp(date.at(23, 59, 59, 999_999_999));
        let now = end.map_err(Problem::fault)?.min(now);
        let record = record_at(self.app.registrar.reader(), now).await?;
        Ok(Moment { record: Arc::new(record), now, as_of: Some(date) })
    }

    /// The permit table of the newest state: a suspension is seen by the next check (invariant G6).
    pub fn permits(&self) -> Arc<PermitTable> {
        let record = self.record();
        let known = Arc::clone(&self.table.read().unwrap_or_else(PoisonError::into_inner));
        if known.as_of_event() == record.next_seq {
            return known;
        }
        let table = Arc::new(PermitTable::compile(&record));
        *self.table.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&table);
        table
    }

    /// SHA-256 of the API token, when one was made. Read once: only the process that holds the
    /// record can change it.
    pub async fn api_token(&self) -> Result<Option<String>, Problem> {
        let read = self.app.registrar.reader().meta_get(API_TOKEN);
        Ok(self.api_token.get_or_try_init(|| read).await?.clone())
    }

    /// Hands a command to the registrar. Returns the place of its first event, if it had an effect.
    pub async fn submit(
        &self,
        me: &SignedIn,
        id: CommandId,
        act: Act,
    ) -> Result<Option<u64>, SubmitError> {
        let actor = Actor::Person(me.person.clone());
        let submission = Submission { id, at: self.now(), actor, act, documents: Vec::new() };
        Ok(self.app.registrar.submit(submission).await?.first_seq)
    }

    /// Asks rights and rules whether a person could do an act now, and changes nothing. The answer
    /// only decides which buttons are shown: the registrar asks again.
    pub fn could(&self, record: &Record, me: &SignedIn, act: &Act) -> Result<(), String> {
        let now = self.now();
        let unread = "the decision rights on record cannot be read";
        let pack = record.rights_at(now).ok_or(unread)?;
        let mut parsed = self.rights.lock().map_err(|_| unread)?;
        if parsed.as_ref().is_none_or(|(of, _)| of != pack) {
            let rights = Rights::new(pack).map_err(|_| unread)?;
            *parsed = Some((pack.clone(), Arc::new(rights)));
        }
        let rights = parsed.as_ref().map(|(_, rights)| Arc::clone(rights)).ok_or(unread)?;
        drop(parsed);
        let actor = Actor::Person(me.person.clone());
        let authority =
            rights.authorise(record, &actor, act, now).map_err(|denial| denial.to_string())?;
        let id = "web-could".parse().map_err(|error: IdError| error.to_string())?;
        let command = Command { id, at: now, actor, authority, act: act.clone() };
        decide(record, &command).map(drop).map_err(|refusal| refusal.to_string())
    }
}
