//! The inventory as a table: out of the record and back into one. How the table is written down,
//! such as in CSV, is known to others.

use crate::{
    AiSystem, AiType, Change, FactId, Facts, Owners, PersonId, Proposal, Record, SystemId,
    TierPolicy, UseCase, UseCaseId, VendorId, Version,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The columns, before those of the tier policy's facts. `id`, `stage` and `tier` are told, and not
/// taken in: ids are given anew, a tier is computed and a stage is earned.
pub const COLUMNS: [&str; 14] = [
    "id",
    "title",
    "intended_use",
    "workflow",
    "population",
    "system",
    "vendor",
    "ai_type",
    "version",
    "stage",
    "tier",
    "sponsor",
    "business",
    "technical",
];

/// The column of a fact: its id, or `fact.` and its id where a column of another thing has that
/// name.
fn column_of(fact: &FactId) -> String {
    let taken = COLUMNS.contains(&fact.as_str());
    if taken { format!("fact.{fact}") } else { fact.to_string() }
}

/// A row of an inventory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Its line in the file it came from, so that a fault can be found there.
    pub line: u64,
    /// What stands in it, by column: `title`, `intended_use`, `workflow`, `population`, `system`
    /// and
    /// `vendor` (a name and a handle), `ai_type`, `version`, `sponsor`, `business` and `technical`
    /// (handles of people, all three or none), and one column for each fact of the tier policy.
    pub cells: BTreeMap<String, String>,
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowFault {
    /// The line in the file.
    pub line: u64,
    /// The column.
    pub column: String,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

/// Everything that is wrong with the rows. Never empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowFaults(pub Vec<RowFault>);

impl fmt::Display for RowFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, fault) in self.0.iter().enumerate() {
            let RowFault { line, column, what, remedy } = fault;
            let newline = if place > 0 { "\n" } else { "" };
            write!(f, "{newline}line {line}, column `{column}`: {what}; {remedy}")?;
        }
        Ok(())
    }
}

/// The inventory: the names of the columns, and a row of cells for each use case.
#[must_use]
pub fn export(record: &Record) -> (Vec<String>, Vec<Vec<String>>) {
    let facts = record.tier_policy.as_ref().map_or(&[][..], |policy| &policy.facts);
    let mut columns: Vec<_> = COLUMNS.iter().map(ToString::to_string).collect();
    columns.extend(facts.iter().map(|question| column_of(&question.id)));
    let rows = record.use_cases.values().map(|use_case| {
        let mut row = cells(record, use_case);
        let answer = |fact| use_case.facts.get(fact).cloned().unwrap_or_default();
        row.extend(facts.iter().map(|question| answer(&question.id)));
        row
    });
    (columns, rows.collect())
}

fn cells(record: &Record, use_case: &UseCase) -> Vec<String> {
    let proposal = &use_case.proposal;
    let system = record.systems.get(&proposal.system);
    let of_system = |of: fn(&AiSystem) -> String| system.map(of).unwrap_or_default();
    let owner = |of: fn(&Owners) -> &PersonId| {
        use_case.owners.as_ref().map(|owners| of(owners).to_string()).unwrap_or_default()
    };
    let newest = || {
        let versions = system?.versions.values();
        versions.max_by_key(|version| version.released).map(|version| version.label.clone())
    };
    let runs = use_case.stage.deployment().map(|deployment| deployment.version.clone());
    vec![
        use_case.id.to_string(),
        proposal.title.clone(),
        proposal.intended_use.clone(),
        proposal.workflow.to_string(),
        proposal.population.clone(),
        of_system(|system| system.name.clone()),
        of_system(|system| system.vendor.to_string()),
        of_system(|system| system.ai_type.to_string()),
        runs.or_else(newest).unwrap_or_default(),
        use_case.stage.name().to_owned(),
        use_case.stage.tier().map(|tier| tier.tier.to_string()).unwrap_or_default(),
        owner(|owners| &owners.sponsor),
        owner(|owners| &owners.business),
        owner(|owners| &owners.technical),
    ]
}

/// What rows change in the record.
///
/// # Errors
/// Everything that is wrong with any of them. Then nothing is taken in.
pub(crate) fn import(
    record: &Record,
    rows: &[Row],
    create_systems: bool,
    at: Timestamp,
) -> Result<Vec<Change>, RowFaults> {
    let last = record.systems.last_key_value().map_or(0, |(id, _)| id.0);
    let mut import = Import {
        record,
        create_systems,
        at,
        systems: record.systems.values().map(|it| (key(it), it.clone())).collect(),
        last_system: last,
        last_use_case: record.use_cases.last_key_value().map_or(0, |(id, _)| id.0),
        known: record.use_cases.values().map(|it| same(&it.proposal)).collect(),
        changes: Vec::new(),
        faults: Vec::new(),
    };
    if rows.is_empty() {
        import.fault(1, "title", "there are no rows", "give at least one");
    }
    for row in rows {
        import.row(row);
    }
    if import.faults.is_empty() { Ok(import.changes) } else { Err(RowFaults(import.faults)) }
}

/// By what an AI system is known in a table.
fn key(system: &AiSystem) -> (String, String) {
    (system.name.clone(), system.vendor.to_string())
}

/// By what a use case is known in a table.
fn same(proposal: &Proposal) -> (SystemId, String, String) {
    (proposal.system, proposal.workflow.to_string(), proposal.title.clone())
}

struct Import<'a> {
    record: &'a Record,
    create_systems: bool,
    at: Timestamp,
    /// Those on record and those that earlier rows brought.
    systems: BTreeMap<(String, String), AiSystem>,
    last_system: u32,
    last_use_case: u32,
    known: BTreeSet<(SystemId, String, String)>,
    changes: Vec<Change>,
    faults: Vec<RowFault>,
}

impl Import<'_> {
    fn fault(&mut self, line: u64, column: &str, what: impl Into<String>, remedy: &str) {
        let (column, remedy) = (column.to_owned(), remedy.to_owned());
        self.faults.push(RowFault { line, column, what: what.into(), remedy });
    }

    fn row(&mut self, row: &Row) {
        let before = self.faults.len();
        self.unknown_columns(row);
        let text = |column: &str| row.cells.get(column).map_or("", |cell| cell.trim());
        for column in ["title", "intended_use", "population"] {
            if text(column).is_empty() {
                self.fault(row.line, column, "it is empty", "say it in plain words");
            }
        }
        let workflow = self.parse(row, "workflow");
        let owners = self.owners(row);
        let facts = self.facts(row);
        let system = self.system(row);
        let (Some(workflow), Some(system)) = (workflow, system) else { return };
        let proposal = Proposal {
            title: text("title").to_owned(),
            intended_use: text("intended_use").to_owned(),
            workflow,
            population: text("population").to_owned(),
            system,
        };
        if !self.known.insert(same(&proposal)) {
            let what = "a use case with this title, AI system and step of work is there already";
            self.fault(row.line, "title", what, "leave the row out, or give it another title");
        }
        if self.faults.len() > before {
            return;
        }
        self.last_use_case = self.last_use_case.saturating_add(1);
        let use_case = UseCaseId(self.last_use_case);
        self.changes.push(Change::UseCaseProposed { use_case, proposal });
        if let Some(owners) = owners {
            self.changes.push(Change::OwnersAssigned { use_case, owners });
        }
        // Without any answer the facts are still to be stated.
        let tier = self.record.tier_policy.as_ref().and_then(|it| it.tier(&facts).ok());
        if let Some(tier) = tier.filter(|_| !facts.is_empty()) {
            self.changes.push(Change::FactsStated { use_case, facts, tier });
        }
    }

    fn policy(&self) -> Option<&TierPolicy> {
        self.record.tier_policy.as_ref()
    }

    fn unknown_columns(&mut self, row: &Row) {
        let asked = |column: &str| {
            let mut facts = self.policy().into_iter().flat_map(|policy| &policy.facts);
            facts.any(|question| column_of(&question.id) == column)
        };
        let known = |column: &&String| COLUMNS.contains(&column.as_str()) || asked(column);
        let unknown: Vec<_> = row.cells.keys().filter(|it| !known(it)).cloned().collect();
        for column in unknown {
            let what = "there is no such column, and the tier policy has no such fact";
            self.fault(row.line, &column, what, "rename it, or leave it out");
        }
    }

    /// A cell that must be an id.
    fn parse<T: std::str::FromStr<Err: fmt::Display>>(
        &mut self,
        row: &Row,
        column: &str,
    ) -> Option<T> {
        let cell = row.cells.get(column).map_or("", |cell| cell.trim());
        match cell.parse() {
            Ok(id) => Some(id),
            Err(error) => {
                let what = error.to_string();
                self.fault(row.line, column, what, "correct it");
                None
            }
        }
    }

    fn owners(&mut self, row: &Row) -> Option<Owners> {
        const ROLES: [&str; 3] = ["sponsor", "business", "technical"];
        let empty = |column: &&str| row.cells.get(*column).is_none_or(|it| it.trim().is_empty());
        if ROLES.iter().all(empty) {
            return None;
        }
        let [sponsor, business, technical] = ROLES.map(|column| {
            let person: PersonId = self.parse(row, column)?;
            if !self.record.works_here(&person) {
                let what = format!("nobody called `{person}` works here");
                self.fault(row.line, column, what, "add the person first, or name another");
            }
            Some(person)
        });
        Some(Owners { sponsor: sponsor?, business: business?, technical: technical? })
    }

    fn facts(&mut self, row: &Row) -> Facts {
        let mut facts = Facts::new();
        let questions = self.policy().map(|policy| policy.facts.clone()).unwrap_or_default();
        for question in questions {
            let id: &FactId = &question.id;
            let column = column_of(id);
            let answer = row.cells.get(&column).map_or("", |cell| cell.trim());
            if answer.is_empty() || answer == "unknown" {
                continue;
            }
            if question.levels.iter().any(|level| level == answer) {
                facts.insert(id.clone(), answer.to_owned());
            } else {
                let remedy = format!("answer one of: {}, or nothing", question.levels.join(", "));
                self.fault(row.line, &column, format!("`{answer}` is no answer"), &remedy);
            }
        }
        facts
    }

    fn system(&mut self, row: &Row) -> Option<SystemId> {
        let cell = |column: &str| row.cells.get(column).map_or("", |it| it.trim()).to_owned();
        let (name, label) = (cell("system"), cell("version"));
        if name.is_empty() {
            self.fault(row.line, "system", "it is empty", "name the AI system");
        }
        let vendor: Option<VendorId> = self.parse(row, "vendor");
        let kind: Option<AiType> = self.kind(row);
        let (vendor, kind) = (vendor.filter(|_| !name.is_empty())?, kind?);
        let known = self.systems.get(&(name.clone(), vendor.to_string()));
        let unknown_version =
            |it: &AiSystem| !label.is_empty() && !it.versions.contains_key(&label);
        let remedy = "register it first, or let the import create AI systems";
        if let Some(it) = known.filter(|it| it.ai_type != kind) {
            let what = format!("{} is {}, not {kind}", it.id, it.ai_type);
            self.fault(row.line, "ai_type", what, "correct it");
            return None;
        }
        let (id, versionless) = match known {
            Some(it) => (it.id, unknown_version(it)),
            None => (SystemId(self.last_system.saturating_add(1)), !label.is_empty()),
        };
        if known.is_none() {
            if !self.create_systems {
                let what = format!("the record has no AI system `{name}` of `{vendor}`");
                self.fault(row.line, "system", what, remedy);
                return None;
            }
            self.last_system = id.0;
            let system = AiSystem {
                id,
                name: name.clone(),
                vendor: vendor.clone(),
                ai_type: kind,
                versions: BTreeMap::new(),
            };
            self.systems.insert(key(&system), system.clone());
            self.changes.push(Change::SystemRegistered(system));
        }
        if versionless {
            if !self.create_systems {
                let what = format!("{id} has no version `{label}`");
                self.fault(row.line, "version", what, remedy);
                return None;
            }
            let description = "Named in an imported inventory; its release date is not known, the \
                               day of the import stands for it.";
            let version = Version {
                label,
                released: self.at,
                description: description.to_owned(),
                ..Version::default()
            };
            if let Some(system) = self.systems.get_mut(&(name, vendor.to_string())) {
                system.versions.insert(version.label.clone(), version.clone());
            }
            self.changes.push(Change::VersionRegistered { system: id, version });
        }
        Some(id)
    }

    fn kind(&mut self, row: &Row) -> Option<AiType> {
        let cell = row.cells.get("ai_type").map_or("", |it| it.trim());
        let kind = serde_json::from_value(serde_json::Value::String(cell.to_owned())).ok();
        if kind.is_none() {
            let kinds = AiType::ALL.map(|kind| kind.to_string()).join(", ");
            let remedy = format!("answer one of: {kinds}");
            self.fault(row.line, "ai_type", format!("`{cell}` is no kind of AI"), &remedy);
        }
        kind
    }
}
