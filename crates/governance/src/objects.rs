//! The kinds of objects in a record: what the command line, the JSON API and its document list and
//! show. A kind is one line of the table at the end.

use crate::catalogue::{ALIKE, likeness};
use crate::{
    AiSystem, Audit, Ballot, Body, Case, ChangeRequest, Contract, Decision, Delegation, Disclosure,
    Document, Draft, Erasure, Evidence, Exception, Hazard, Hold, Incident, LaneId, Meeting, Month,
    Observation, Person, Record, Registered, Review, Signature, Site, Unit, UseCase,
    UseCaseChanges, ValidationStandard, Vendor,
};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Objects of one kind, each with its id, in the order of their ids.
pub type Objects<'a> = Box<dyn Iterator<Item = (String, &'a dyn Object)> + 'a>;

/// An object of the record, whatever its kind.
pub trait Object {
    /// The object as the record keeps it, in JSON.
    fn json(&self) -> Value;
}

impl<T: Serialize> Object for T {
    fn json(&self) -> Value {
        // Whatever the record holds was read from JSON or will be hashed as JSON.
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// A column of a list: its heading, and where in the object it stands (a JSON pointer).
pub type Column = (&'static str, &'static str);

/// A kind of objects.
#[derive(Debug, Clone, Copy)]
pub struct ObjectKind {
    /// Its name in commands and addresses, such as `use-cases`.
    pub name: &'static str,
    /// What they are, in plain words.
    pub title: &'static str,
    /// What their ids begin with, such as `UC`; none for handles, which people choose.
    pub prefix: Option<&'static str>,
    /// What a list shows beside the id.
    pub columns: &'static [Column],
    /// The objects in a record.
    pub of: for<'a> fn(&'a Record) -> Objects<'a>,
    /// The JSON Schema of one.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
}

impl ObjectKind {
    /// The kind with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.name == name)
    }

    /// The kind that somebody means by a word: its name in any case, in the singular too, with
    /// blanks or underscores for hyphens.
    #[must_use]
    pub fn meant(word: &str) -> Option<&'static Self> {
        let word = word.to_lowercase().replace([' ', '_'], "-");
        KINDS.iter().find(|kind| kind.name == word || kind.singular() == word)
    }

    /// The kind whose name is most like a word that means none; none when none is like it.
    #[must_use]
    pub fn nearest(word: &str) -> Option<&'static Self> {
        let word = word.to_lowercase().replace([' ', '-'], "_");
        let like = |kind: &Self| {
            let names = [kind.name.to_owned(), kind.singular()];
            names
                .map(|name| likeness(&word, &name.replace('-', "_")))
                .into_iter()
                .fold(0.0, f64::max)
        };
        let best =
            KINDS.iter().map(|kind| (like(kind), kind)).max_by(|(a, _), (b, _)| a.total_cmp(b));
        best.filter(|(likeness, _)| *likeness >= ALIKE).map(|(_, kind)| kind)
    }

    /// The name of one, such as `use-case`.
    #[must_use]
    pub fn singular(&self) -> String {
        match (self.name, self.name.strip_suffix("ies"), self.name.strip_suffix('s')) {
            ("people", ..) => "person".to_owned(),
            (_, Some(stem), _) => format!("{stem}y"),
            (_, None, Some(stem)) => stem.to_owned(),
            (name, None, None) => name.to_owned(),
        }
    }

    /// An id as the record writes it: a known prefix in capitals, everything else as it is.
    #[must_use]
    pub fn written(id: &str) -> String {
        let capitals = id.to_uppercase();
        let prefix = capitals.split_once('-').map(|(prefix, _)| prefix);
        let known = prefix.is_some_and(|prefix| KINDS.iter().any(|it| it.prefix == Some(prefix)));
        let number = capitals.rsplit('-').next().is_some_and(|it| it.parse::<u32>().is_ok());
        if known && number { capitals } else { id.to_owned() }
    }

    /// The kinds that an id may belong to: one by its prefix, or all whose ids are handles.
    pub fn of_id(id: &str) -> impl Iterator<Item = &'static Self> {
        let prefix = id.split_once('-').map(|(prefix, _)| prefix);
        let known = prefix.filter(|prefix| KINDS.iter().any(|kind| kind.prefix == Some(prefix)));
        KINDS.iter().filter(move |kind| kind.prefix == known)
    }

    /// The object with an id.
    #[must_use]
    pub fn find(&self, record: &Record, id: &str) -> Option<Value> {
        (self.of)(record).find(|(known, _)| known == id).map(|(_, object)| object.json())
    }

    /// At most `limit` objects after the one with the id `after`, or from the first. None when
    /// there is no object `after`.
    #[must_use]
    pub fn page(
        &self,
        record: &Record,
        after: Option<&str>,
        limit: usize,
    ) -> Option<Vec<(String, Value)>> {
        let mut all = (self.of)(record);
        if let Some(after) = after {
            all.find(|(id, _)| id == after)?;
        }
        Some(all.take(limit).map(|(id, object)| (id, object.json())).collect())
    }
}

/// Writes down each kind once: name, prefix, title, type, a map of the record, columns.
macro_rules! kinds {
    ($($name:literal $prefix:expr, $title:literal, $type:ty, $($map:ident).+,
        [$($head:literal $at:literal),*];)*) => {
        /// Every kind of objects.
        pub const KINDS: &[ObjectKind] = &[$(ObjectKind {
            name: $name,
            title: $title,
            prefix: $prefix,
            columns: &[$(($head, $at)),*],
            of: |record| {
                let all = record.$($map).+.iter();
                Box::new(all.map(|(id, object)| (id.to_string(), object as &dyn Object)))
            },
            schema: <$type>::json_schema_of,
        }),*];
    };
}

/// A schema as a plain function, so that it fits into a constant.
trait JsonSchemaOf: JsonSchema {
    fn json_schema_of(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Self>()
    }
}
impl<T: JsonSchema> JsonSchemaOf for T {}

kinds! {
    "people" None, "People, those who left too", Person, people,
        ["position" "/title", "roles" "/roles", "trained until" "/trained_until"];
    "bodies" None, "Bodies that decide", Body, bodies,
        ["name" "/name", "chair" "/chair"];
    "systems" Some("SYS"), "AI systems: products and models", AiSystem, systems,
        ["name" "/name", "vendor" "/vendor", "kind" "/ai_type"];
    "standards" None, "Validation standards in force", ValidationStandard, standards,
        ["title" "/title", "version" "/version", "tier" "/tier", "for" "/ai_type"];
    "use-cases" Some("UC"), "Use cases: what is governed", UseCase, use_cases,
        ["title" "/proposal/title", "system" "/proposal/system", "stage" "/stage/stage"];
    "evidence" Some("EV"), "Evidence computed from local predictions", Evidence, evidence,
        ["use case" "/use_case", "version" "/version", "span" "/span", "verdict" "/status"];
    "decisions" Some("DEC"), "Decisions of bodies, open motions too", Decision, decisions,
        ["use case" "/use_case", "body" "/body", "outcome" "/motion/outcome"];
    "cases" Some("CASE"), "Cases: what slipped and waits for a decision", Case, cases,
        ["use case" "/use_case", "opened" "/opened_at", "answer by" "/answer_by",
            "action" "/action"];
    "sites" None, "Sites of the hospital", Site, organisation.sites,
        ["name" "/name", "time zone" "/time_zone", "jurisdiction" "/jurisdiction"];
    "units" None, "Units of the sites", Unit, organisation.units,
        ["site" "/site", "name" "/name"];
    "meetings" Some("MTG"), "Meetings of bodies", Meeting, meetings.meetings,
        ["body" "/body", "at" "/at", "opened" "/opened_at", "closed" "/closed_at"];
    "ballots" None, "Written ballots, the newest on each decision", Ballot, meetings.ballots,
        ["opened" "/opened_at", "closes" "/closes_at"];
    "delegations" Some("DEL"), "Rights given to others for a time", Delegation,
        meetings.delegations,
        ["body" "/body", "to" "/to", "until" "/until", "revoked" "/revoked_at"];
    "lanes" None, "Words on sign-off lanes, by use case and lane",
        BTreeMap<LaneId, Vec<Signature>>, lanes.signatures, [];
    "drafts" Some("DRAFT"), "Drafts of intake questionnaires", Draft, intake.drafts,
        ["author" "/author", "saved" "/saved_at"];
    "audits" None, "Approvals by rule that were drawn for an audit", Audit, intake.audits,
        ["use case" "/use_case", "drawn" "/drawn_at", "found" "/found/finding"];
    "exceptions" Some("EX"), "Exceptions: what is allowed for a time against the rule", Exception,
        exceptions.all,
        ["use case" "/use_case", "owner" "/owner", "reason" "/reason"];
    "vendors" None, "Vendors", Vendor, vendors.vendors,
        ["name" "/name", "contact" "/contact"];
    "contracts" Some("CON"), "Contracts with vendors", Contract, vendors.contracts,
        ["vendor" "/agreement/vendor", "until" "/agreement/until"];
    "disclosures" None, "What vendors disclose, by AI system and source attribute",
        BTreeMap<String, Disclosure>, vendors.disclosures, [];
    "documents" Some("DOC"), "Documents, kept by their hash", Document, vendors.documents,
        ["title" "/attachment/title", "kind" "/attachment/media_type", "by" "/by", "at" "/at"];
    "change-requests" Some("CR"), "Change requests", ChangeRequest, change_requests.requests,
        ["use case" "/use_case", "kind" "/kind", "version" "/version", "due" "/due",
            "route" "/route"];
    "envelopes" None, "Changes that may come without a new approval, by use case",
        UseCaseChanges, change_requests.of, [];
    "incidents" Some("INC"), "Incidents", Incident, incidents.incidents,
        ["reported" "/reported_at", "harm" "/assessment/harm",
            "what" "/report/what"];
    "hazards" Some("HAZ"), "The hazard log", Hazard, hazards.hazards,
        ["use case" "/use_case", "hazard" "/hazard", "logged" "/logged_at"];
    "agents" None, "What agents may do, by use case", Registered, agents.registered, [];
    "holds" Some("HOLD"), "Legal holds", Hold, holds.all,
        ["reason" "/reason", "since" "/at", "by" "/by"];
    "observations" None, "What monitoring showed, by use case and month",
        BTreeMap<Month, Observation>, observations, [];
    "erasures" None, "Documents that were erased, by their hash", Erasure, holds.erased,
        ["by" "/by", "at" "/at", "why" "/reason"];
    "reviews" Some("REV"), "Reviews of output by raters", Review, reviews.reviews,
        ["use case" "/use_case", "version" "/version", "requirement" "/requirement",
            "planned" "/planned_at"];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_its_kind() {
        let kinds = |id| ObjectKind::of_id(id).map(|kind| kind.name).collect::<Vec<_>>();
        assert_eq!(kinds("UC-1"), ["use-cases"]);
        assert_eq!(kinds("CASE-1"), ["cases"]);
        assert!(kinds("committee-chair").contains(&"people"));
        assert!(!kinds("committee-chair").contains(&"cases"));
    }

    #[test]
    fn a_kind_is_found_by_one_of_it_and_in_any_case() {
        for kind in KINDS {
            for word in [kind.name.to_owned(), kind.singular(), kind.name.to_uppercase()] {
                assert_eq!(ObjectKind::meant(&word).map(|it| it.name), Some(kind.name), "{word}");
            }
        }
        for (word, name) in [
            ("Use-Case", "use-cases"),
            ("use case", "use-cases"),
            ("change_request", "change-requests"),
            ("body", "bodies"),
            ("Person", "people"),
            ("agent", "agents"),
        ] {
            assert_eq!(ObjectKind::meant(word).map(|it| it.name), Some(name), "{word}");
        }
        assert!(ObjectKind::meant("unicorn").is_none());
        for (word, name) in [
            ("exeptions", Some("exceptions")),
            ("usecase", Some("use-cases")),
            ("incidence", Some("incidents")),
            ("zebra", None),
        ] {
            assert_eq!(ObjectKind::nearest(word).map(|it| it.name), name, "{word}");
        }
        for (id, written) in [
            ("uc-1", "UC-1"),
            ("Case-12", "CASE-12"),
            ("UC-1", "UC-1"),
            ("main", "main"),
            ("case-manager", "case-manager"),
            ("ward-1", "ward-1"),
        ] {
            assert_eq!(ObjectKind::written(id), written);
        }
    }

    #[test]
    fn names_and_prefixes_are_unique() {
        let mut names: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), KINDS.len());
        let mut prefixes: Vec<_> = KINDS.iter().filter_map(|kind| kind.prefix).collect();
        let count = prefixes.len();
        prefixes.sort_unstable();
        prefixes.dedup();
        assert_eq!(prefixes.len(), count);
    }

    #[test]
    fn every_column_is_there_in_the_schema() {
        let catalogue = crate::Catalogue::new();
        for (kind, (_, schema)) in KINDS.iter().zip(&catalogue.objects) {
            for (head, place) in kind.columns {
                let mut schema = catalogue.resolve(schema);
                // A column may lead into a variant; what is flattened or tagged is not followed.
                for part in place.split('/').skip(1) {
                    let Some(properties) = schema.get("properties") else { break };
                    let next = properties.get(part);
                    let next = next.unwrap_or_else(|| panic!("{}: {head} at {place}", kind.name));
                    schema = catalogue.not_null(next).0;
                }
            }
        }
    }
}
