//! Which prediction log is asked, and what its columns are: from a mapping file, from a schema that
//! is known, and from options, which go on top.

use super::watch::shown;
use crate::ambient;
use crate::output::{Usage, start_of};
use anyhow::Result;
use clap::Args;
use evidence::{Events, Fetched, Mapping, Request, Seismometer, is_remote, is_seismometer};
use jiff::Timestamp;
use std::path::PathBuf;

/// The threshold when nobody names one.
const USUAL_THRESHOLD: f64 = 0.5;
/// The name of an outcome that comes from events.
const HAPPENED: &str = "outcome";

/// Options of every verb that reads a prediction log with outcomes.
#[derive(Debug, Args)]
pub struct Asked {
    /// Prediction logs (Parquet, CSV, NDJSON, Arrow), folders of them, or addresses such as
    /// s3://bucket/log; or one folder with a configuration of seismometer. Predictions of MEDS
    /// evaluation are known by their columns
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// How the log is read, a file in TOML; what is asked here goes on top
    #[arg(long, value_name = "FILE")]
    pub map: Option<PathBuf>,
    /// Column of the outcome, 0 or 1
    #[arg(long, value_name = "COLUMN")]
    pub outcome: Option<String>,
    /// Column of the score, 0 to 1
    #[arg(long, value_name = "COLUMN")]
    pub score: Option<String>,
    /// Scores at or above which a prediction is acted on; the first is the operating one. When left
    /// out, those of the mapping, else 0.5
    #[arg(long, value_delimiter = ',', value_name = "P,…")]
    pub threshold: Vec<f64>,
    /// Coverage of the intervals
    #[arg(long, default_value_t = 0.95)]
    pub level: f64,
    /// Column of the time of prediction
    #[arg(long, value_name = "COLUMN")]
    pub time: Option<String>,
    /// Column of the time at which the outcome is known
    #[arg(long, value_name = "COLUMN")]
    pub matured: Option<String>,
    /// Leave out outcomes that were not known then, such as 2022-07-01 or 2022-07-01T12:00:00Z; now
    /// when left out, which the digest remembers
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
    /// Column of the version
    #[arg(long, value_name = "COLUMN")]
    pub version: Option<String>,
    /// Versions that may appear; needs --version
    #[arg(long, value_delimiter = ',', value_name = "VERSION,…")]
    pub known_versions: Vec<String>,
    /// First day, such as 2022-07-01; needs --time
    #[arg(long)]
    pub from: Option<String>,
    /// The day after the last one; needs --time
    #[arg(long)]
    pub until: Option<String>,
    /// Only rows with this value, such as split=deploy
    #[arg(long = "only", value_name = "COLUMN=VALUE")]
    pub only: Vec<String>,
    /// Column of the encounter
    #[arg(long, value_name = "COLUMN")]
    pub encounter: Option<String>,
    /// Column of the time of the event that is predicted; empty where there is none
    #[arg(long, value_name = "COLUMN", conflicts_with = "events")]
    pub event_time: Option<String>,
    /// Files or folders of events, from which outcomes come; needs --time, --key and --event-at
    #[arg(long, value_name = "FILE", conflicts_with = "outcome")]
    pub events: Vec<PathBuf>,
    /// Columns that a prediction and its events share
    #[arg(long, value_delimiter = ',', value_name = "COLUMN,…")]
    pub key: Vec<String>,
    /// Column of the events with their time
    #[arg(long, value_name = "COLUMN")]
    pub event_at: Option<String>,
    /// Count events this long after a prediction, such as 12h or 30d; without end when left out
    #[arg(long, value_name = "TIME")]
    pub horizon: Option<String>,
}

/// A log, and what is asked of it.
pub struct Log {
    /// Its files.
    pub fetched: Fetched,
    /// What is asked.
    pub request: Request,
    /// The column of the patient, where that is known.
    pub patient: Option<String>,
}

impl Log {
    fn mapped(fetched: Fetched, mapping: &Mapping) -> Self {
        let patient = mapping.patient().map(ToOwned::to_owned);
        Self { fetched, request: mapping.request().clone(), patient }
    }
}

impl Asked {
    /// The log with the request on it.
    pub async fn log(&self) -> Result<Log> {
        let fetched = reached(&self.files, &self.events).await?;
        let mut log = self.base(fetched)?;
        let request = &mut log.request;
        if let Some(outcome) = &self.outcome {
            if request.events.is_some() {
                return usage(format!(
                    "outcomes come from events, so that `{outcome}` is no column: leave --outcome \
                     out"
                ));
            }
            request.outcome.clone_from(outcome);
        }
        if let Some(score) = &self.score {
            request.score.clone_from(score);
        }
        put(&mut request.time, self.time.as_ref());
        put(&mut request.matured, self.matured.as_ref());
        put(&mut request.version, self.version.as_ref());
        put(&mut request.encounter, self.encounter.as_ref());
        put(&mut request.event_time, self.event_time.as_ref());
        request.level = self.level;
        if !self.threshold.is_empty() {
            request.thresholds.clone_from(&self.threshold);
        } else if request.thresholds.is_empty() {
            request.thresholds = vec![USUAL_THRESHOLD];
        }
        request.events = self.events(request.events.take())?;
        if request.events.is_some() && log.fetched.source().events().is_empty() {
            return usage("outcomes come from files of events: add --events FILE");
        }
        self.select(request)?;
        Ok(log)
    }

    /// Which rows count.
    fn select(&self, request: &mut Request) -> Result<()> {
        let bounds = self.from.is_some() || self.until.is_some();
        need(bounds, "--from and --until", request.time.as_ref(), TIME)?;
        need(request.events.is_some(), "--events", request.time.as_ref(), TIME)?;
        let known = !self.known_versions.is_empty();
        need(known, "--known-versions", request.version.as_ref(), ("the version", "--version"))?;
        request.from = self.from.as_deref().map(start_of).transpose()?;
        request.until = self.until.as_deref().map(start_of).transpose()?;
        request.as_of = self.as_of.as_deref().map(instant).transpose()?;
        let events_end = request.events.as_ref().is_some_and(|it| it.horizon_hours.is_some());
        if request.as_of.is_none() && (request.matured.is_some() || events_end) {
            request.as_of = Some(ambient::now());
        }
        request.latest = request.time.is_some().then(ambient::now);
        if known {
            request.known_versions = Some(self.known_versions.iter().cloned().collect());
        }
        for only in &self.only {
            let (column, value) = only.split_once('=').ok_or_else(|| {
                Usage(format!("`{only}` is no filter; write it like split=deploy"))
            })?;
            request.equals.insert(column.to_owned(), value.to_owned());
        }
        Ok(())
    }

    /// What is known of the log before any option but those that name it.
    fn base(&self, fetched: Fetched) -> Result<Log> {
        if let Some(map) = &self.map {
            return Ok(Log::mapped(fetched, &Mapping::read(map)?));
        }
        if let [folder] = fetched.source().paths()
            && is_seismometer(folder)
        {
            let known = fetched.named(Seismometer::open(folder))?;
            return self.seismometer(fetched, known);
        }
        let happened = || (!self.events.is_empty()).then(|| HAPPENED.to_owned());
        let outcome = self.outcome.clone().or_else(happened);
        if let (Some(outcome), Some(score)) = (&outcome, &self.score) {
            let request = Request::new(outcome, score);
            return Ok(Log { fetched, request, patient: None });
        }
        let columns = fetched.named(fetched.source().columns())?;
        if let Some(known) = Mapping::of_columns(&columns) {
            return Ok(Log::mapped(fetched, &known));
        }
        let lacking = [(outcome.is_none(), "--outcome COLUMN"), (self.score.is_none(), SCORE)];
        let lacking: Vec<&str> =
            lacking.into_iter().filter(|(lacks, _)| *lacks).map(|(_, flag)| flag).collect();
        usage(format!(
            "it is not known how this log is read: add {}, or --map FILE; its columns are {}",
            lacking.join(" and "),
            columns.join(", ")
        ))
    }

    fn seismometer(&self, fetched: Fetched, known: Seismometer) -> Result<Log> {
        if !self.events.is_empty() {
            return usage("the configuration of the folder names the events: leave --events out");
        }
        let Seismometer { source, mut request, entity, warnings } = known;
        // What was not followed is to be read with the numbers, wherever they go.
        request.notes.extend(warnings);
        Ok(Log { fetched: fetched.with(source), request, patient: Some(entity) })
    }

    /// Where outcomes come from, if from events.
    fn events(&self, base: Option<Events>) -> Result<Option<Events>> {
        let horizon = self.horizon.as_deref().map(minutes).transpose()?;
        let horizon = horizon.map(|minutes| f64::from(minutes) / 60.0);
        let told = !self.key.is_empty() || self.event_at.is_some() || horizon.is_some();
        let mut events = match (base, self.events.is_empty()) {
            (Some(events), _) => events,
            (None, true) if told => {
                return usage("--key, --event-at and --horizon are of events: add --events FILE");
            }
            (None, true) => return Ok(None),
            (None, false) => match (&self.event_at, self.key.is_empty()) {
                (Some(at), false) => Events::new(self.key.clone(), at, None),
                (at, no_key) => {
                    let lacking = [(no_key, "--key COLUMN,…"), (at.is_none(), "--event-at COLUMN")];
                    let lacking = lacking.into_iter().filter(|(lacks, _)| *lacks);
                    let lacking: Vec<&str> = lacking.map(|(_, flag)| flag).collect();
                    return usage(format!("--events needs more: add {}", lacking.join(" and ")));
                }
            },
        };
        if !self.key.is_empty() {
            events.key.clone_from(&self.key);
        }
        if let Some(at) = &self.event_at {
            events.time.clone_from(at);
        }
        events.horizon_hours = horizon.or(events.horizon_hours);
        Ok(Some(events))
    }
}

const SCORE: &str = "--score COLUMN";
/// The part that the time plays, and the option that names its column.
pub const TIME: (&str, &str) = ("the time of prediction", "--time");

/// Files as they can be read here: what is in an object store is copied first.
pub async fn reached(files: &[PathBuf], events: &[PathBuf]) -> Result<Fetched> {
    let away = files.iter().chain(events).any(|path| path.to_str().is_some_and(is_remote));
    let _shown = away.then(|| shown("Fetching"));
    Ok(Fetched::of(files, events, &ambient::store_options()).await?)
}

/// Refuses what cannot be answered without a column that nobody named.
pub fn need(
    asked: bool,
    what: &str,
    column: Option<&String>,
    (part, flag): (&str, &str),
) -> Result<()> {
    match asked && column.is_none() {
        true => usage(format!("{what} needs the column of {part}: add {flag} COLUMN")),
        false => Ok(()),
    }
}

/// A command that was used wrongly.
pub fn usage<T>(why: impl Into<String>) -> Result<T> {
    Err(Usage(why.into()).into())
}

/// What is asked goes on top of what is known.
pub fn put(known: &mut Option<String>, asked: Option<&String>) {
    if let Some(asked) = asked {
        *known = Some(asked.clone());
    }
}

/// A day, at its start, or an instant.
fn instant(text: &str) -> Result<Timestamp> {
    text.parse().or_else(|_| start_of(text))
}

/// A span of time in minutes.
pub fn minutes(text: &str) -> Result<u32> {
    let each = [("m", 1), ("h", 60), ("d", 24 * 60)];
    let found = each.into_iter().find_map(|(unit, minutes)| {
        let count: u32 = text.trim().strip_suffix(unit)?.trim().parse().ok()?;
        count.checked_mul(minutes)
    });
    let wrong = || Usage(format!("`{text}` is no span of time; write it like 30m, 8h or 2d"));
    Ok(found.ok_or_else(wrong)?)
}
