//! A folder of the seismometer package, read as it is: configuration, predictions and events.
//!
//! What the configuration says follows the documentation of seismometer 0.5; keys that have no
//! bearing on the numbers are passed over.

use crate::reading::{Column, Ranges, Reading};
use crate::{Decides, Events, EvidenceError, Request, Source};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_saphyr::Spanned;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A log of the seismometer package, ready to be asked.
#[derive(Debug, Clone)]
pub struct Seismometer {
    /// Predictions and events.
    pub source: Source,
    /// The request that the configuration makes: the primary output against the primary target, by
    /// its cohorts.
    pub request: Request,
    /// The column with the patient or other entity.
    pub entity: String,
    /// What of the configuration was not followed, and why.
    pub warnings: Vec<String>,
}

/// The name of the file with which everything begins.
const CONFIG: &str = "config.yml";

/// True when a folder has a configuration of the seismometer package.
#[must_use]
pub fn is_seismometer(folder: &Path) -> bool {
    folder.join(CONFIG).is_file() && read::<Config>(&folder.join(CONFIG)).is_ok()
}

impl Seismometer {
    /// Reads the configuration of a folder. Predictions and events are looked for in the folder
    /// that it names, and beside it.
    ///
    /// # Errors
    /// [`EvidenceError::Mapping`] with the line, when the configuration is no YAML, lacks what is
    /// needed, or asks for what this crate does not do; [`EvidenceError::File`] when a file cannot
    /// be read.
    pub fn open(folder: &Path) -> Result<Self, EvidenceError> {
        let config: Config = read(&folder.join(CONFIG))?;
        let info = config.other_info;
        let usage_path = folder.join(&info.usage_config);
        let usage: Usage = read(&usage_path)?;
        let found = |name: &str| -> PathBuf {
            let data = folder.join(&info.data_dir).join(name);
            if data.exists() { data } else { folder.join(name) }
        };
        let mut request =
            request_of(&usage.data_usage).map_err(|(line, why)| EvidenceError::Mapping {
                file: usage_path.display().to_string(),
                place: format!("line {line}"),
                why,
            })?;
        let metadata = found(&info.metadata_path);
        let mut warnings = warnings_of(&usage.data_usage);
        if metadata.is_file() {
            request.thresholds = thresholds_of(&metadata)?;
        } else {
            warnings.push(format!(
                "there is no {}, which would name the thresholds",
                info.metadata_path
            ));
        }
        let mut source = Source::file(found(&info.prediction_path));
        if request.events.is_some() {
            source = source.with_events([found(&info.event_path)]);
        }
        Ok(Self { source, request, entity: usage.data_usage.entity_id, warnings })
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, EvidenceError> {
    let text = std::fs::read_to_string(path).map_err(|error| EvidenceError::file(path, error))?;
    serde_saphyr::from_str(&text).map_err(|error| {
        let line = error.location().map_or(1, |location| location.line());
        EvidenceError::Mapping {
            file: path.display().to_string(),
            place: format!("line {line}"),
            // The first line says what is wrong; the others show the text around it.
            why: error.without_snippet().to_string().lines().next().unwrap_or_default().to_owned(),
        }
    })
}

fn thresholds_of(path: &Path) -> Result<Vec<f64>, EvidenceError> {
    let text = std::fs::read_to_string(path).map_err(|error| EvidenceError::file(path, error))?;
    let metadata: Metadata =
        serde_json::from_str(&text).map_err(|error| EvidenceError::Mapping {
            file: path.display().to_string(),
            place: format!("line {}", error.line()),
            why: error.to_string(),
        })?;
    Ok(metadata.thresholds)
}

#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    thresholds: Vec<f64>,
}

#[derive(Deserialize)]
struct Config {
    other_info: Info,
}

#[derive(Deserialize)]
struct Info {
    usage_config: String,
    #[serde(default)]
    data_dir: String,
    #[serde(default = "usual_predictions")]
    prediction_path: String,
    #[serde(default = "usual_events")]
    event_path: String,
    #[serde(default = "usual_metadata")]
    metadata_path: String,
}

fn usual_predictions() -> String {
    "predictions.parquet".into()
}

fn usual_events() -> String {
    "events.parquet".into()
}

fn usual_metadata() -> String {
    "metadata.json".into()
}

#[derive(Deserialize)]
struct Usage {
    data_usage: DataUsage,
}

#[derive(Deserialize)]
struct DataUsage {
    #[serde(default = "usual_entity")]
    entity_id: String,
    context_id: Option<String>,
    #[serde(default = "usual_output")]
    primary_output: String,
    primary_target: Spanned<String>,
    #[serde(default = "usual_time")]
    predict_time: String,
    #[serde(default)]
    cohorts: Vec<Spanned<CohortOf>>,
    #[serde(default)]
    event_table: EventTable,
    #[serde(default)]
    events: Vec<Spanned<EventOf>>,
    #[serde(default)]
    load_time_filters: Vec<Spanned<Filter>>,
    #[serde(default = "usual_count")]
    censor_min_count: u64,
}

fn usual_entity() -> String {
    "Id".into()
}

fn usual_output() -> String {
    "Score".into()
}

fn usual_time() -> String {
    "Time".into()
}

fn usual_count() -> u64 {
    statistics::SMALLEST_CELL
}

#[derive(Deserialize)]
struct CohortOf {
    source: String,
    display_name: Option<String>,
    #[serde(default)]
    splits: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(default)]
struct EventTable {
    r#type: String,
    time: String,
    value: String,
}

impl Default for EventTable {
    fn default() -> Self {
        Self { r#type: "Type".into(), time: "EventTime".into(), value: "Value".into() }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
struct EventOf {
    source: OneOrMany,
    display_name: Option<String>,
    window_hr: Option<f64>,
    #[serde(default)]
    offset_hr: f64,
    merge_strategy: Option<String>,
}

#[derive(Deserialize)]
struct Filter {
    source: String,
    action: String,
    values: Option<Vec<String>>,
}

/// The line of a fault, and what is wrong there.
type Fault = (u64, String);

fn request_of(usage: &DataUsage) -> Result<Request, Fault> {
    let target = usage.primary_target.value.clone();
    let mut request = Request::new(target.clone(), usage.primary_output.clone());
    request.time = Some(usage.predict_time.clone());
    request.encounter.clone_from(&usage.context_id);
    for cohort in &usage.cohorts {
        let CohortOf { source, display_name, splits } = &cohort.value;
        let name = display_name.clone().unwrap_or_else(|| source.clone());
        if request.by.contains(&name) {
            return Err((
                cohort.referenced.line(),
                format!("there are two cohorts named `{name}`"),
            ));
        }
        let reading = if splits.is_empty() {
            Reading::AsIs
        } else {
            Reading::Ranges(Ranges { edges: splits.clone(), unit: None })
        };
        if name != *source || reading != Reading::AsIs {
            request.columns.insert(name.clone(), Column { from: source.clone(), reading });
        }
        request.by.push(name);
        request.check_columns().map_err(|error| (cohort.referenced.line(), error.to_string()))?;
    }
    // Of events of one name the first counts.
    let event = usage.events.iter().find(|event| event.value.name() == Some(target.as_str()));
    if let Some(event) = event {
        let events = events_of(usage, &event.value);
        let events = events.map_err(|why| (event.referenced.line(), why))?;
        events.check().map_err(|error| (event.referenced.line(), error.to_string()))?;
        request.events = Some(events);
    }
    for filter in &usage.load_time_filters {
        let Filter { source, action, values } = &filter.value;
        match (action.as_str(), values.as_deref()) {
            ("include", Some([value])) => {
                request.equals.insert(source.clone(), value.clone());
            }
            _ => {
                let why = format!(
                    "the filter on `{source}` is more than one value to include: leave the other \
                     rows out of the file, and the filter out of the configuration"
                );
                return Err((filter.referenced.line(), why));
            }
        }
    }
    request.check().map_err(|error| (usage.primary_target.referenced.line(), error.to_string()))?;
    Ok(request)
}

impl EventOf {
    fn name(&self) -> Option<&str> {
        match (&self.display_name, &self.source) {
            (Some(name), _) | (None, OneOrMany::One(name)) => Some(name),
            (None, OneOrMany::Many(_)) => None,
        }
    }
}

fn events_of(usage: &DataUsage, event: &EventOf) -> Result<Events, String> {
    if let Some(strategy) = event.merge_strategy.as_deref().filter(|it| *it != "forward") {
        return Err(format!(
            "the merge strategy `{strategy}` is not followed: `forward`, the first event after the \
             prediction, is"
        ));
    }
    let sources: BTreeSet<String> = match &event.source {
        OneOrMany::One(source) => [source.clone()].into(),
        OneOrMany::Many(sources) => sources.iter().cloned().collect(),
    };
    let key = [Some(&usage.entity_id), usage.context_id.as_ref()];
    Ok(Events {
        key: key.into_iter().flatten().cloned().collect(),
        event_key: None,
        time: usage.event_table.time.clone(),
        only: BTreeMap::from([(usage.event_table.r#type.clone(), sources)]),
        value: Some(usage.event_table.value.clone()),
        id: None,
        horizon_hours: event.window_hr,
        offset_hours: event.offset_hr,
        at_once: true,
        decides: Decides::First,
    })
}

fn warnings_of(usage: &DataUsage) -> Vec<String> {
    let mut warnings = Vec::new();
    if usage.censor_min_count != usual_count() {
        warnings.push(format!(
            "groups of fewer than {} rows are not shown, whatever `censor_min_count` says ({})",
            usual_count(),
            usage.censor_min_count
        ));
    }
    warnings
}
