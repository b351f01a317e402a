//! Packs that may not be used, and a policy that fails while it is applied.

use super::hospital::{Hospital, now, person};
use crate::pack::{Checked, rekey};
use crate::{Rights, RightsError};
use cedar_policy::Schema;
use governance::RightsPack;
use governance::Subject;

const PERMIT_ALL: &str = r#"
@id("permit-all")
@reason("Everybody may do everything.")
permit (principal, action, resource);
"#;

fn built_in(policies: &str) -> RightsPack {
    RightsPack { policies: policies.to_owned(), ..packs::builtin::rights().unwrap() }
}

#[test]
fn a_faulty_pack_is_refused_with_all_its_faults() {
    let with = |scope: &str, when: &str| {
        format!("@id(\"x\") @reason(\"y\") permit ({scope}) {when};\n{PERMIT_ALL}")
    };
    let anybody = "principal is Primum::Person, action, resource";
    let table = [
        ("permit (principal, action, resource)".to_owned(), &["do not parse"][..]),
        ("permit (principal, action, resource);".to_owned(), &["no @id"]),
        (
            "@id(\"x\") permit (principal, action, resource); permit (principal, action, resource);"
                .to_owned(),
            &["`x` has no @reason", "no @id"],
        ),
        (format!("{PERMIT_ALL}{PERMIT_ALL}"), &["`permit-all` is the @id of two policies"]),
        (with("principal == ?principal, action, resource", ""), &["slot"]),
        (with(anybody, "when { principal.suspended }"), &["suspended"]),
        (with("principal == Primum::Service::\"janitor\", action, resource", ""), &["janitor"]),
        (with("principal, action == Primum::Action::\"cats_vote\", resource", ""), &["cats_vote"]),
        // More than one step from principal and resource: what is not loaded may not be read.
        (
            with(
                "principal is Primum::Person, action == Primum::Action::\"suspend\", resource",
                "when { resource.submitter.employed }",
            ),
            &["level"],
        ),
    ];
    for (policies, expected) in table {
        let error = Rights::new(&built_in(&policies)).unwrap_err().to_string();
        for part in expected {
            assert!(error.contains(part), "{part} not in: {error}");
        }
    }
}

#[test]
fn every_fault_is_told_with_its_line() {
    let policies = "// A remark; with a semicolon.
@id(\"a\") @reason(\"One; two.\")
permit (principal is Primum::Person, action == Primum::Action::\"suspend\", resource)
when { principal.suspended };

@id(\"b\")
permit (principal is Primum::Person, action == Primum::Action::\"suspend\", resource);

permit (principal is Primum::Person, action == Primum::Action::\"suspend\", resource);
";
    let lines = |pack: &RightsPack| {
        let error = Rights::new(pack).unwrap_err();
        let told = error.faults().iter().map(|it| (it.line.unwrap_or_default(), it.what.clone()));
        told.collect::<Vec<_>>()
    };
    let told = lines(&built_in(policies));
    let words = ["suspended", "`b` has no @reason", "has no @id"];
    assert_eq!(told.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [4, 6, 9], "{told:?}");
    for ((_, what), word) in told.iter().zip(words) {
        assert!(what.contains(word), "{what}");
    }
    let broken = lines(&built_in(&format!("{PERMIT_ALL}\npermit (principal action);\n")));
    assert_eq!(broken.first().map(|it| it.0), Some(6), "{broken:?}");
    let schema = "namespace Primum {\n  entity Person { employed: };\n}".to_owned();
    let broken = lines(&RightsPack { schema, ..built_in(PERMIT_ALL) });
    assert_eq!(broken.first().map(|it| it.0), Some(2), "{broken:?}");
}

#[test]
fn a_schema_that_does_not_parse_is_refused() {
    for schema in ["namespace Primum {", "entity Person { employed: Boole };"] {
        let pack = RightsPack { schema: schema.to_owned(), ..built_in(PERMIT_ALL) };
        let error = Rights::new(&pack).unwrap_err();
        assert!(matches!(error, RightsError::Schema(_)), "{error}");
    }
}

/// A `forbid` that fails is skipped by Cedar, which then allows. Such a policy is refused when it
/// is loaded; should one get this far all the same, the answer is no, with an alarm.
#[test]
fn a_forbid_that_fails_does_not_open_the_door() {
    let forbid = format!(
        "{PERMIT_ALL}
         @id(\"forbid-suspended\") @reason(\"Nobody acts who is suspended.\")
         forbid (principal, action, resource) when {{ principal.suspended }};"
    );
    assert!(Rights::new(&built_in(&forbid)).is_err(), "strict validation refuses it");

    let hospital = Hospital::new();
    let unchecked = |policies: &str| {
        let schema = packs::builtin::rights().unwrap().schema;
        let (schema, _) = Schema::from_cedarschema_str(&schema).unwrap();
        let (policies, faults) = rekey(policies).unwrap();
        assert_eq!(faults, []);
        Rights::of(Checked {
            schema,
            shapes: serde_json::Value::Null,
            policies,
            hash: String::new(),
        })
        .unwrap()
    };
    let ask = |rights: &Rights| {
        let subject = Subject::Record;
        rights.could(&hospital.record, &person("clerk"), "add_person", &subject, now())
    };
    assert!(ask(&unchecked(PERMIT_ALL)).is_ok(), "without the forbid it is allowed");
    let denial = ask(&unchecked(&forbid)).unwrap_err();
    assert!(denial.is_alarm());
    assert!(denial.errors[0].contains("forbid-suspended"), "{:?}", denial.errors);
}

/// The hazard itself, shown on Cedar: the same policies and entities answer allow, with an error.
#[test]
fn cedar_alone_would_allow_it() {
    use cedar_policy::{Authorizer, Context, Decision, Entities, PolicySet, Request};
    let policies: PolicySet = "permit (principal, action, resource); \
         forbid (principal, action, resource) when { principal.suspended };"
        .parse()
        .unwrap();
    let uid = |text: &str| text.parse().unwrap();
    let (who, what, which) = (uid("U::\"a\""), uid("Action::\"b\""), uid("R::\"c\""));
    let request = Request::new(who, what, which, Context::empty(), None).unwrap();
    let entities =
        Entities::from_entities([cedar_policy::Entity::with_uid(uid("U::\"a\""))], None).unwrap();
    let response = Authorizer::new().is_authorized(&request, &policies, &entities);
    assert_eq!(response.decision(), Decision::Allow);
    assert_eq!(response.diagnostics().errors().count(), 1);
}

#[test]
fn the_hash_covers_schema_and_policies() {
    let hash = |pack: &RightsPack| Rights::new(pack).unwrap().hash().to_owned();
    let pack = packs::builtin::rights().unwrap();
    let schema = RightsPack { schema: format!("{}\n// more", pack.schema), ..pack.clone() };
    let policies = RightsPack { policies: format!("{}\n// more", pack.policies), ..pack.clone() };
    assert_eq!(hash(&pack), hash(&pack.clone()));
    assert_ne!(hash(&pack), hash(&schema));
    assert_ne!(hash(&pack), hash(&policies));
    assert_ne!(hash(&schema), hash(&policies));
}
