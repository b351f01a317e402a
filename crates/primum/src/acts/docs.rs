//! docs/acts.md, made from the schemas and the built-in decision rights.

use super::option;
use anyhow::Result;
use governance::{ActShape, Catalogue};
use std::collections::BTreeMap;
use std::fmt::Write;

/// What stands above the acts.
const HEAD: &str = include_str!("head.md");

/// The text of docs/acts.md.
pub fn document() -> Result<String> {
    let catalogue = Catalogue::new();
    let permits = permits(&packs::builtin::rights()?.policies);
    let mut text = HEAD.to_owned();
    for group in catalogue.groups.iter().filter(|group| !group.acts.is_empty()) {
        write!(text, "\n# {}\n", group.title)?;
        for act in &group.acts {
            section(&mut text, &catalogue, act, permits.get(&act.name))?;
        }
    }
    Ok(text)
}

fn section(
    text: &mut String,
    catalogue: &Catalogue,
    act: &ActShape,
    permits: Option<&Vec<String>>,
) -> Result<()> {
    write!(text, "\n## {}\n\n{}\n\n", act.name, act.does)?;
    match permits {
        Some(permits) => {
            writeln!(text, "Who may:")?;
            for permit in permits {
                writeln!(text, "- {permit}")?;
            }
        }
        None => writeln!(text, "No built-in rule permits it to anybody.")?,
    }
    if act.fields.is_empty() {
        writeln!(text, "\nIt has no fields.")?;
    } else {
        writeln!(text, "\nFields:")?;
    }
    for field in &act.fields {
        let must = if field.required { "" } else { " May be left out." };
        let kind = catalogue.kind_in_words(&field.schema);
        let name = &field.name;
        let flag = option(field);
        writeln!(text, "- `{name}` (`--{flag}`): {} It is {kind}.{must}", field.about)?;
    }
    let example = serde_json::to_string_pretty(&catalogue.example(act))?;
    write!(text, "\n```json\n{example}\n```\n")?;
    Ok(())
}

/// The reasons of the policies that permit each action, each with its id.
///
/// The built-in text is read as it is laid out: annotations, then the head with its actions.
fn permits(policies: &str) -> BTreeMap<String, Vec<String>> {
    let mut of: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for policy in policies.split("@id(\"").skip(1) {
        let id = policy.split('"').next().unwrap_or_default();
        let reason = policy.split("@reason(\"").nth(1).and_then(|rest| rest.split("\")").next());
        let Some((_, head)) = policy.split_once("\npermit") else { continue };
        let head = head.split("\n)").next().unwrap_or(head);
        for action in head.split("Action::\"").skip(1) {
            let action = action.split('"').next().unwrap_or_default();
            let reason = reason.unwrap_or_default();
            of.entry(action.to_owned()).or_default().push(format!("{reason} (`{id}`)"));
        }
    }
    of
}
