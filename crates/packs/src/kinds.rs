//! The kinds of packs, in one table.

use crate::builtin::{self, File};
use crate::{PackError, RatingRubric};
use governance::{
    AgentPolicy, Body, ChangeMatrix, ClockRules, ContractTerms, MonitoringPlan, Person, RightsPack,
    TierPolicy, ValidationStandard,
};

/// A kind of pack.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// Its name, such as `tiers`.
    pub name: &'static str,
    /// What it is, in a sentence.
    pub is: &'static str,
    /// How it is recognised, in words.
    pub recognised_by: &'static str,
    /// The keys that are counted to recognise it.
    pub keys: &'static [&'static str],
    /// Its built-in files.
    pub files: &'static [File],
    /// The act that adopts it; for a rubric, which is used and not adopted, the command.
    pub act: &'static str,
    read: fn(&str, &str) -> Result<Pack, PackError>,
}

/// A pack that was read and is sound.
#[derive(Debug, Clone, PartialEq)]
pub enum Pack {
    /// A tier policy.
    Tiers(TierPolicy),
    /// A validation standard.
    Standard(ValidationStandard),
    /// Decision rights.
    Rights(RightsPack),
    /// A body.
    Body(Body),
    /// A monitoring plan.
    Plan(MonitoringPlan),
    /// People.
    People(Vec<Person>),
    /// Contract terms.
    Contracts(ContractTerms),
    /// A change matrix.
    Changes(ChangeMatrix),
    /// Clock rules.
    Clocks(ClockRules),
    /// An agent policy.
    Agents(AgentPolicy),
    /// A rubric.
    Rubric(RatingRubric),
}

/// All kinds. A file is of the kind that has most of its keys.
pub const KINDS: [Kind; 11] = [
    Kind {
        name: "tiers",
        is: "A tier policy: the questions asked about a use case, the floors that set its tier, \
             and what each tier brings",
        recognised_by: "[[floors]] and [[duties]]",
        keys: &["facts", "floors", "duties", "lanes", "laws", "factors", "fast_lane", "renewals"],
        files: &[builtin::TIERS],
        act: "adopt_tier_policy",
        read: |file, text| crate::tier_policy(file, text).map(Pack::Tiers),
    },
    Kind {
        name: "standard",
        is: "A validation standard: what one kind of AI system has to prove at one tier",
        recognised_by: "`ai_type` and [[requirements]]",
        keys: &["ai_type", "tier", "requirements", "prohibited", "valid_days"],
        files: &builtin::STANDARDS,
        act: "adopt_standard",
        read: |file, text| crate::standard(file, text).map(Pack::Standard),
    },
    Kind {
        name: "rights",
        is: "Decision rights: who may do what",
        recognised_by: "a folder with rights.toml, rights.cedarschema and rights.cedar",
        keys: &[],
        files: &[builtin::RIGHTS, builtin::RIGHTS_SCHEMA, builtin::RIGHTS_POLICIES],
        act: "adopt_rights",
        // A header alone, beside the built-in schema and policies.
        read: |file, text| {
            let (schema, policies) = (builtin::RIGHTS_SCHEMA.text, builtin::RIGHTS_POLICIES.text);
            crate::rights(file, text, schema, policies).map(Pack::Rights)
        },
    },
    Kind {
        name: "body",
        is: "A body that decides: its charter, its seats, and what a decision takes at each tier",
        recognised_by: "[[seats]] and `chair`",
        keys: &["seats", "chair", "charter", "purpose", "parent", "rules"],
        files: &builtin::BODIES,
        act: "charter_body",
        read: |file, text| crate::body(file, text).map(Pack::Body),
    },
    Kind {
        name: "plan",
        is: "A monitoring plan: what of a live use case is watched, and who is told when it slips",
        recognised_by: "[[watches]] and [[ladder]]",
        keys: &["watches", "ladder", "feed", "reported", "maturity_days", "threshold", "by"],
        files: &builtin::PLANS,
        act: "adopt_plan",
        read: |file, text| crate::plan(file, text).map(Pack::Plan),
    },
    Kind {
        name: "people",
        is: "People of the hospital, with their roles and their training",
        recognised_by: "[[people]]",
        keys: &["people"],
        files: &builtin::PEOPLE,
        act: "add_person",
        read: |file, text| crate::people(file, text).map(Pack::People),
    },
    Kind {
        name: "contracts",
        is: "Contract terms: the clauses that contracts with vendors are checked for",
        recognised_by: "[[clauses]]",
        keys: &["clauses"],
        files: &[builtin::CONTRACTS],
        act: "adopt_contract_terms",
        read: |file, text| crate::contract_terms(file, text).map(Pack::Contracts),
    },
    Kind {
        name: "changes",
        is: "A change matrix: what each kind of change of a live use case takes at each tier",
        recognised_by: "[[rules]] and neither [[seats]] nor [[harms]]",
        keys: &["rules"],
        files: &[builtin::CHANGES],
        act: "adopt_change_matrix",
        read: |file, text| crate::change_matrix(file, text).map(Pack::Changes),
    },
    Kind {
        name: "clocks",
        is: "Clock rules: the harm scale, what is asked about an incident, and the legal clocks \
             that start",
        recognised_by: "[[harms]] and `jurisdictions`",
        keys: &["harms", "jurisdictions", "time_zone", "facts", "rules"],
        files: &[builtin::CLOCKS],
        act: "adopt_clock_rules",
        read: |file, text| crate::clocks(file, text).map(Pack::Clocks),
    },
    Kind {
        name: "agents",
        is: "An agent policy: what each action of an AI agent takes at least",
        recognised_by: "[[actions]]",
        keys: &[
            "actions",
            "permission_days",
            "drill_from",
            "drill_days",
            "drill_limit_seconds",
            "override_watch",
        ],
        files: &[builtin::AGENTS],
        act: "adopt_agent_policy",
        read: |file, text| crate::agent_policy(file, text).map(Pack::Agents),
    },
    Kind {
        name: "rubric",
        is: "A rubric: what people are asked about an output, on which scale, and what counts as \
             a defect",
        recognised_by: "[[criteria]]",
        keys: &["criteria"],
        files: &builtin::RUBRICS,
        act: "primum evidence ratings",
        read: |file, text| crate::rubric(file, text).map(Pack::Rubric),
    },
];

impl Kind {
    /// The kind with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.name == name)
    }

    /// The kind of a text, by its top-level keys; none when no kind, or more than one, has most of
    /// them. A text that does not parse has a kind too, so that its fault can be told.
    #[must_use]
    pub fn of(text: &str) -> Option<&'static Self> {
        let keys = top_level(text);
        let count = |kind: &Self| kind.keys.iter().filter(|key| keys.contains(*key)).count();
        let most = KINDS.iter().map(count).max().filter(|most| *most > 0)?;
        let best: Vec<_> = KINDS.iter().filter(|kind| count(kind) == most).collect();
        match best[..] {
            [only] => Some(only),
            // `rules` are in other kinds too; alone they are a change matrix.
            _ => best.into_iter().find(|kind| most == kind.keys.len()),
        }
    }

    /// Reads a text as a pack of this kind. For rights it is the header.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(&self, file: &str, text: &str) -> Result<Pack, PackError> {
        (self.read)(file, text)
    }

    /// A line for each kind: what it is and how it is recognised.
    #[must_use]
    pub fn all_in_words() -> String {
        let lines = KINDS.iter().map(|kind| {
            format!("  {}: {}. Recognised by {}.", kind.name, kind.is, kind.recognised_by)
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// The keys and the headers of the first level, by their lines.
fn top_level(text: &str) -> Vec<&str> {
    let mut keys = Vec::new();
    let mut in_table = false;
    for line in text.lines() {
        if let Some(header) = line.strip_prefix('[') {
            in_table = true;
            let header = header.trim_start_matches('[');
            keys.extend(header.split([']', '.']).next().map(str::trim));
        } else if !in_table {
            keys.extend(line.split_once('=').map(|(key, _)| key.trim()));
        }
    }
    keys
}

impl Pack {
    /// Its handle; none where a kind has none.
    #[must_use]
    pub fn id(&self) -> Option<String> {
        match self {
            Self::Tiers(it) => Some(it.id.to_string()),
            Self::Standard(it) => Some(it.id.to_string()),
            Self::Body(it) => Some(it.id.to_string()),
            Self::Contracts(it) => Some(it.id.clone()),
            Self::Changes(it) => Some(it.id.clone()),
            Self::Clocks(it) => Some(it.id.clone()),
            Self::Agents(it) => Some(it.id.to_string()),
            Self::Rubric(it) => Some(it.id.to_string()),
            Self::Rights(_) | Self::Plan(_) | Self::People(_) => None,
        }
    }

    /// Its version; none where a kind has none.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        match self {
            Self::Tiers(it) => Some(&it.version),
            Self::Standard(it) => Some(&it.version),
            Self::Rights(it) => Some(&it.version),
            Self::Contracts(it) => Some(&it.version),
            Self::Changes(it) => Some(&it.version),
            Self::Clocks(it) => Some(&it.version),
            Self::Agents(it) => Some(&it.version),
            Self::Rubric(it) => Some(&it.version),
            Self::Body(_) | Self::Plan(_) | Self::People(_) => None,
        }
    }

    /// How many there are of what it is made of: `12 floors`.
    #[must_use]
    pub fn counts(&self) -> Vec<String> {
        let counts = match self {
            Self::Tiers(it) => vec![
                (it.facts.len(), "question"),
                (it.floors.len(), "floor"),
                (it.laws.len(), "law"),
                (it.lanes.len(), "lane"),
            ],
            Self::Standard(it) => vec![(it.requirements.len(), "requirement")],
            Self::Rights(it) => vec![(it.policies.lines().count(), "line")],
            Self::Body(it) => vec![(it.seats.len(), "seat"), (it.rules.len(), "rule")],
            Self::Plan(it) => vec![(it.watches.len(), "watch"), (it.ladder.len(), "rung")],
            Self::People(people) => vec![(people.len(), "person")],
            Self::Contracts(it) => vec![(it.clauses.len(), "clause")],
            Self::Changes(it) => vec![(it.rules.len(), "rule")],
            Self::Clocks(it) => vec![
                (it.harms.len(), "harm"),
                (it.facts.len(), "question"),
                (it.rules.len(), "rule"),
            ],
            Self::Agents(it) => vec![(it.actions.len(), "action")],
            Self::Rubric(it) => vec![(it.criteria.len(), "criterion")],
        };
        counts.into_iter().map(|(count, what)| counted(count, what)).collect()
    }
}

fn counted(count: usize, what: &str) -> String {
    match (count, what) {
        (1, _) => format!("1 {what}"),
        (_, "watch") => format!("{count} watches"),
        (_, "person") => format!("{count} people"),
        (_, "criterion") => format!("{count} criteria"),
        _ => format!("{count} {what}s"),
    }
}
