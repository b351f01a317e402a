//! Clock rules: which law gives how long, once what is known. They are data, adopted by an act.

use crate::calendar::{Calendar, Length, local_day, zone};
use crate::{FactId, Site};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The clock rules of a hospital: what is asked about an incident, and which legal clocks follow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClockRules {
    /// The pack's handle.
    pub id: String,
    /// The pack's version. Each clock that starts keeps it.
    pub version: String,
    /// What it is.
    pub title: String,
    /// Where its content comes from.
    pub source: String,
    /// Where the hospital is, such as `America/New_York`: the days of a clock are counted there,
    /// unless the incident or its site names another time zone.
    pub time_zone: String,
    /// Whose laws bind the hospital, such as `US` and `US-TX`; the law of the place of its site
    /// binds an incident too. Rules of others start no clock.
    pub jurisdictions: BTreeSet<String>,
    /// The harm scale, from the least to the worst.
    pub harms: Vec<Harm>,
    /// What is asked about an incident.
    pub facts: Vec<IncidentQuestion>,
    /// The rules.
    pub rules: Vec<ClockRule>,
}

/// A step of the harm scale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Harm {
    /// Its handle, such as `e`.
    pub id: FactId,
    /// What it means.
    pub title: String,
    /// Answers to questions that this harm gives by itself.
    #[serde(default)]
    pub implies: BTreeMap<FactId, String>,
    /// Opens a case when the use case is live, or was until it was suspended; the case must be
    /// answered within so many days.
    #[serde(default)]
    pub case_within_days: Option<u32>,
    /// True once the wording was checked against its source.
    #[serde(default)]
    pub verified: bool,
}

/// A question about an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentQuestion {
    /// Its handle.
    pub id: FactId,
    /// The question in plain words.
    pub question: String,
    /// The answers there are. Unknown is what is not answered.
    pub answers: Vec<String>,
}

/// From when a clock counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClockStart {
    /// When somebody here became aware of the facts.
    Aware,
    /// When a breach was discovered; counted like becoming aware.
    Discovery,
    /// When it happened; when that is not known, when it was noticed.
    Event,
    /// When the patient was first served; when that is not known, when it happened.
    FirstService,
}

/// What a clock demands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Demand {
    /// Something must be sent before it is due.
    #[default]
    Report,
    /// Something must be kept until it is due.
    Keep,
}

/// A legal clock: what starts it, how long it runs, and what it demands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClockRule {
    /// Its handle.
    pub id: FactId,
    /// What must be done, in plain words.
    pub title: String,
    /// Facts with the answers at which it applies. All must hold; a fact that is not known holds.
    pub when: BTreeMap<FactId, BTreeSet<String>>,
    /// Applies to breaches that concern at least so many people. A number not known holds.
    #[serde(default)]
    pub people_at_least: Option<u64>,
    /// Applies to breaches that concern fewer people than that. A number not known holds.
    #[serde(default)]
    pub people_below: Option<u64>,
    /// From when it counts.
    pub starts: ClockStart,
    /// How long it runs.
    pub length: Length,
    /// Days that are no work days.
    #[serde(default)]
    pub calendar: Calendar,
    /// What it demands.
    #[serde(default)]
    pub demand: Demand,
    /// Who must be told.
    pub to: String,
    /// The form, if there is one.
    #[serde(default)]
    pub form: String,
    /// The law.
    pub source: String,
    /// True once read in a primary source. Otherwise ask counsel before relying on it.
    #[serde(default)]
    pub verified: bool,
    /// The first day on which it applies, such as `2025-01-01`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub from: Option<Date>,
    /// The first day on which it applies no more.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub until: Option<Date>,
    /// Whose law it is.
    pub jurisdiction: String,
}

/// What is wrong with clock rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockFault {
    /// The entry, when it is about one.
    pub id: Option<FactId>,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub remedy: &'static str,
}

/// The member states of the European Union, by their ISO 3166 codes.
const EU_MEMBERS: [&str; 27] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT",
    "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
];

/// What is known about an incident, as far as clock rules read it.
pub(crate) struct Known<'a> {
    pub(crate) facts: &'a BTreeMap<FactId, String>,
    pub(crate) people: Option<u64>,
}

impl ClockRule {
    /// Why it applies to what is known: each fact it names with its answer, or `unknown`. None when
    /// it does not apply.
    pub(crate) fn because(&self, known: &Known<'_>) -> Option<BTreeMap<String, String>> {
        let mut because = BTreeMap::new();
        for (fact, answers) in &self.when {
            let answer = known.facts.get(fact);
            if answer.is_some_and(|answer| !answers.contains(answer)) {
                return None;
            }
            because.insert(fact.to_string(), answer.map_or("unknown", String::as_str).to_owned());
        }
        if self.people_at_least.is_some() || self.people_below.is_some() {
            let too_few = |people| self.people_at_least.is_some_and(|least| people < least);
            let too_many = |people| self.people_below.is_some_and(|most| people >= most);
            if known.people.is_some_and(|people| too_few(people) || too_many(people)) {
                return None;
            }
            let people = known.people.map_or("unknown".to_owned(), |people| people.to_string());
            because.insert("people".to_owned(), people);
        }
        Some(because)
    }

    /// True when it is in force where the hospital or the site is, on the local day of `start`.
    pub(crate) fn binds(
        &self,
        rules: &ClockRules,
        site: Option<&Site>,
        start: Timestamp,
        zone: &TimeZone,
    ) -> bool {
        let day = local_day(start, zone);
        // A law of the country binds each part of it, and one of the Union each member.
        let of_site = site.map(|site| site.jurisdiction.as_str()).is_some_and(|place| {
            let country = place.split('-').next().unwrap_or_default();
            let union = self.jurisdiction == "EU" && EU_MEMBERS.contains(&country);
            self.jurisdiction == place || self.jurisdiction == country || union
        });
        (of_site || rules.jurisdictions.contains(&self.jurisdiction))
            && self.from.is_none_or(|from| from <= day)
            && self.until.is_none_or(|until| day < until)
    }
}

impl ClockRules {
    /// The step of the harm scale with that handle.
    #[must_use]
    pub fn harm(&self, id: &FactId) -> Option<&Harm> {
        self.harms.iter().find(|harm| harm.id == *id)
    }

    /// The question with that handle.
    #[must_use]
    pub fn question(&self, id: &FactId) -> Option<&IncidentQuestion> {
        self.facts.iter().find(|question| question.id == *id)
    }

    /// Everything that is wrong with them, in the order of the text; empty for rules that can be
    /// adopted.
    #[must_use]
    pub fn faults(&self) -> Vec<ClockFault> {
        let mut faults = Vec::new();
        let whole = [("version", &self.version), ("title", &self.title), ("source", &self.source)];
        for (what, _) in whole.iter().filter(|(_, text)| text.trim().is_empty()) {
            faults.push(fault(None, format!("the {what} is empty"), "say it in plain words"));
        }
        if zone(&self.time_zone).is_none() {
            let what = format!("there is no time zone `{}`", self.time_zone);
            faults.push(fault(None, what, "write it like `America/New_York`"));
        }
        if self.jurisdictions.is_empty() {
            let what = "no jurisdiction is named, so no clock would ever start".to_owned();
            faults.push(fault(None, what, "name those whose laws bind the hospital"));
        }
        let ids = self.harms.iter().map(|it| &it.id).chain(self.facts.iter().map(|it| &it.id));
        let ids = ids.chain(self.rules.iter().map(|it| &it.id));
        if let Some(twice) = crate::decide::repeated(ids) {
            faults.push(fault(Some(twice), format!("`{twice}` is there twice"), "rename one"));
        }
        self.harms.iter().for_each(|harm| self.harm_faults(harm, &mut faults));
        self.facts.iter().for_each(|question| self.question_faults(question, &mut faults));
        self.rules.iter().for_each(|rule| self.rule_faults(rule, &mut faults));
        faults
    }

    fn harm_faults(&self, harm: &Harm, faults: &mut Vec<ClockFault>) {
        if harm.title.trim().is_empty() {
            let what = format!("the harm `{}` has no title", harm.id);
            faults.push(fault(Some(&harm.id), what, "say what it means"));
        }
        if harm.case_within_days == Some(0) {
            let what = format!("the harm `{}` gives no time to answer its case", harm.id);
            faults.push(fault(Some(&harm.id), what, "give at least a day, or leave it out"));
        }
        for (fact, answer) in &harm.implies {
            self.answer_fault(&harm.id, "harm", fact, answer, faults);
        }
    }

    fn question_faults(&self, question: &IncidentQuestion, faults: &mut Vec<ClockFault>) {
        let id = &question.id;
        if question.question.trim().is_empty() {
            let what = format!("the fact `{id}` has no question");
            faults.push(fault(Some(id), what, "ask it in plain words"));
        }
        let odd = |answer: &String| answer == "unknown" || answer.trim().is_empty();
        if question.answers.len() < 2 || question.answers.iter().any(odd) {
            let what = format!("the fact `{id}` needs at least two answers that say something");
            faults.push(fault(Some(id), what, "list them; unknown is what is not answered"));
        }
    }

    fn rule_faults(&self, rule: &ClockRule, faults: &mut Vec<ClockFault>) {
        let id = &rule.id;
        let texts = [("title", &rule.title), ("addressee", &rule.to), ("source", &rule.source)];
        for (what, _) in texts.iter().filter(|(_, text)| text.trim().is_empty()) {
            let what = format!("the rule `{id}` has no {what}");
            faults.push(fault(Some(id), what, "say it in plain words"));
        }
        if rule.when.is_empty() {
            let what = format!("the rule `{id}` names no fact, so it would always apply");
            faults.push(fault(Some(id), what, "name at least one fact"));
        }
        for (fact, answers) in &rule.when {
            if answers.is_empty() {
                let what = format!("the rule `{id}` wants no answer of `{fact}`");
                faults.push(fault(Some(id), what, "list the answers at which it applies"));
            }
            for answer in answers {
                self.answer_fault(id, "rule", fact, answer, faults);
            }
        }
        if let Some(wrong) = rule.length.fault() {
            let what = format!("the length of the rule `{id}` makes no sense: {wrong}");
            faults.push(fault(Some(id), what, "give it a length that ends"));
        }
        if rule.from.zip(rule.until).is_some_and(|(from, until)| until <= from) {
            let what = format!("the rule `{id}` ends before it begins");
            faults.push(fault(Some(id), what, "swap `from` and `until`"));
        }
    }

    fn answer_fault(
        &self,
        id: &FactId,
        kind: &str,
        fact: &FactId,
        answer: &String,
        faults: &mut Vec<ClockFault>,
    ) {
        let what = match self.question(fact) {
            None => format!("the {kind} `{id}` reads `{fact}`, which is not asked"),
            Some(question) if !question.answers.contains(answer) => {
                format!("the {kind} `{id}` wants `{answer}` of `{fact}`, which is no answer to it")
            }
            Some(_) => return,
        };
        faults.push(fault(Some(id), what, "name a fact that is asked and one of its answers"));
    }
}

fn fault(id: Option<&FactId>, what: String, remedy: &'static str) -> ClockFault {
    ClockFault { id: id.cloned(), what, remedy }
}
