//! Rules for the crates as their manifests and `ARCHITECTURE.md` describe them.

use super::{Fault, Tree};

/// The licence is in the project, in full.
pub fn license(tree: &Tree) -> Vec<Fault> {
    let begins = ["Apache License", "Version 2.0, January 2004"];
    let ends = "END OF TERMS AND CONDITIONS";
    match tree.text("LICENSE") {
        Some(text) if begins.iter().all(|part| text.contains(part)) && text.contains(ends) => {
            Vec::new()
        }
        Some(_) => vec![Fault::file("LICENSE", "this is not the full text of Apache-2.0")],
        None => vec![Fault::file("LICENSE", "it is missing; it holds the text of Apache-2.0")],
    }
}

/// Name and manifest of each crate below `crates/`.
fn rooms(tree: &Tree) -> impl Iterator<Item = (&str, &str, &str)> {
    tree.texts().filter_map(|(path, text)| {
        let name = path.strip_prefix("crates/")?.strip_suffix("/Cargo.toml")?;
        Some((name, path, text))
    })
}

/// `ARCHITECTURE.md` names every crate, in backticks.
pub fn rooms_named(tree: &Tree) -> Vec<Fault> {
    let page = "ARCHITECTURE.md";
    let Some(text) = tree.text(page) else {
        return vec![Fault::file(page, "it is missing; it says what each crate is for")];
    };
    rooms(tree)
        .filter(|(name, ..)| !text.contains(&format!("`{name}`")))
        .map(|(name, ..)| Fault::file(page, format!("it does not name the crate `{name}`")))
        .collect()
}

/// The lines of a table of a manifest, with their index in the file.
fn table<'a>(text: &'a str, header: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
    text.lines()
        .enumerate()
        .skip_while(move |(_, line)| line.trim() != header)
        .skip(1)
        .take_while(|(_, line)| !line.starts_with('['))
}

/// The name before `=` or `.` on a line that begins an entry of a table.
fn entry(line: &str) -> Option<&str> {
    let name = line.split(['=', '.']).next()?.trim_end();
    let named = line.starts_with(|c: char| c.is_ascii_alphanumeric()) && name != line;
    named.then_some(name)
}

/// A room depends only on rooms below it, in the order in which the root manifest lists them.
pub fn arrows(tree: &Tree) -> Vec<Fault> {
    let root = tree.text("Cargo.toml").unwrap_or_default();
    let order: Vec<&str> = table(root, "[workspace.dependencies]")
        .filter(|(_, line)| line.contains("path = \"crates/"))
        .filter_map(|(_, line)| entry(line))
        .collect();
    let height = |name: &str| order.iter().position(|room| *room == name);
    let mut faults = Vec::new();
    for (name, path, text) in rooms(tree) {
        for (index, line) in table(text, "[dependencies]") {
            let Some(below) = entry(line) else { continue };
            if height(name).zip(height(below)).is_some_and(|(from, to)| to <= from) {
                let message = format!("`{name}` stands below `{below}` and must not depend on it");
                faults.push(Fault::line(path, index, message));
            }
        }
    }
    faults
}

/// Crates take lints and versions of dependencies from the root manifest.
pub fn inherited(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (path, text) in tree.ending("/Cargo.toml") {
        if !table(text, "[lints]").any(|(_, line)| line == "workspace = true") {
            faults.push(Fault::file(path, "it lacks `[lints]` with `workspace = true`"));
        }
        for header in ["[dependencies]", "[dev-dependencies]", "[build-dependencies]"] {
            for (index, line) in table(text, header) {
                if let Some(name) = entry(line)
                    && !line.contains("workspace = true")
                {
                    let message = format!("`{name}` belongs into the root manifest, with a reason");
                    faults.push(Fault::line(path, index, message));
                }
            }
        }
    }
    faults
}

/// Above each dependency, or the group it stands in, a comment says what it is for.
pub fn purposes(tree: &Tree) -> Vec<Fault> {
    let path = "Cargo.toml";
    let mut faults = Vec::new();
    let mut explained = false;
    for (index, line) in table(tree.text(path).unwrap_or_default(), "[workspace.dependencies]") {
        if line.trim().is_empty() {
            explained = false;
        } else if line.starts_with('#') {
            explained = true;
        } else if let Some(name) = entry(line)
            && !explained
        {
            let message = format!("say in a comment above `{name}` what it is for");
            faults.push(Fault::line(path, index, message));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;

    const ROOT: &str = "\
[workspace.dependencies]
# Rooms.
web = { path = \"crates/web\" }
core = { path = \"crates/core\" }
";

    #[test]
    fn the_licence_must_be_whole() {
        let whole = "Apache License\nVersion 2.0, January 2004\nEND OF TERMS AND CONDITIONS\n";
        check(license, &[("LICENSE", whole)], &[]);
        check(
            license,
            &[("LICENSE", "MIT")],
            &["LICENSE: this is not the full text of Apache-2.0"],
        );
        check(license, &[], &["LICENSE: it is missing; it holds the text of Apache-2.0"]);
    }

    #[test]
    fn each_crate_is_named_in_the_architecture() {
        let crates = ("crates/core/Cargo.toml", "");
        check(rooms_named, &[crates, ("ARCHITECTURE.md", "| `core` | rules |")], &[]);
        check(
            rooms_named,
            &[crates, ("ARCHITECTURE.md", "the core")],
            &["ARCHITECTURE.md: it does not name the crate `core`"],
        );
    }

    #[test]
    fn arrows_point_down() {
        let web = ("crates/web/Cargo.toml", "[dependencies]\ncore.workspace = true\n");
        let core = ("crates/core/Cargo.toml", "[dependencies]\nweb = { workspace = true }\n");
        check(arrows, &[("Cargo.toml", ROOT), web], &[]);
        check(
            arrows,
            &[("Cargo.toml", ROOT), core],
            &["crates/core/Cargo.toml:2: `core` stands below `web` and must not depend on it"],
        );
        let test = ("crates/core/Cargo.toml", "[dev-dependencies]\nweb.workspace = true\n");
        check(arrows, &[("Cargo.toml", ROOT), test], &[]);
    }

    #[test]
    fn crates_inherit_lints_and_versions() {
        let good = "[lints]\nworkspace = true\n\n[dependencies]\na.workspace = true\n";
        check(inherited, &[("crates/core/Cargo.toml", good)], &[]);
        check(
            inherited,
            &[("xtask/Cargo.toml", "[dependencies]\na = \"1\"\n")],
            &[
                "xtask/Cargo.toml: it lacks `[lints]` with `workspace = true`",
                "xtask/Cargo.toml:2: `a` belongs into the root manifest, with a reason",
            ],
        );
    }

    #[test]
    fn each_group_of_dependencies_says_what_it_is_for() {
        let more = format!(
            "{ROOT}\n# Errors.\na = \"1\"\nb = {{ version = \"1\", features = [\n  \"x\",\n] }}\n"
        );
        check(purposes, &[("Cargo.toml", &more)], &[]);
        let bare = format!("{ROOT}\na = \"1\"\n\n[profile.dev]\ndebug = false\n");
        check(
            purposes,
            &[("Cargo.toml", &bare)],
            &["Cargo.toml:6: say in a comment above `a` what it is for"],
        );
    }
}
