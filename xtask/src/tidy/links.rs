//! Links inside Markdown files lead somewhere.

use super::{Fault, Tree};

/// Every relative link names a file or folder of the project, and every anchor a heading.
pub fn resolve(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (path, text) in tree.ending(".md") {
        for (index, line) in prose(text) {
            for target in targets(&line) {
                if let Some(message) = broken(tree, path, &target) {
                    faults.push(Fault::line(path, index, message));
                }
            }
        }
    }
    faults
}

/// The lines outside fenced code, with the text of code spans left out.
fn prose(text: &str) -> impl Iterator<Item = (usize, String)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            return None;
        }
        (!fenced).then(|| (index, line.split('`').step_by(2).collect()))
    })
}

/// Where the links of a line lead: `[text](target "title")` and `[name]: target`.
fn targets(line: &str) -> Vec<String> {
    let inline = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let definition = line
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("]:"))
        .map(|(_, target)| target.trim());
    inline
        .chain(definition)
        .filter_map(|target| target.split_whitespace().next())
        .map(|target| target.trim_matches(['<', '>']).to_owned())
        .collect()
}

/// What is wrong with a target; `None` for a good one and for one outside the project.
fn broken(tree: &Tree, path: &str, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let Some(full) = (if file.is_empty() { Some(path.to_owned()) } else { joined(path, file) })
    else {
        return Some(format!("`{target}` leads out of the project"));
    };
    if !tree.exists(&full) {
        return Some(format!("`{target}` leads to `{full}`, which does not exist"));
    }
    let text = tree.text(&full).filter(|_| full.ends_with(".md"))?;
    let known = anchor.is_empty() || headings(text).any(|heading| heading == anchor);
    (!known).then(|| format!("`{target}`: `{full}` has no heading `{anchor}`"))
}

/// `file` as seen from the folder of `path`; `None` when it leaves the project.
fn joined(path: &str, file: &str) -> Option<String> {
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    if file.starts_with('/') {
        parts.clear();
    }
    for part in file.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// The anchors that forges make from headings: lower case, hyphens for spaces, no punctuation.
fn headings(text: &str) -> impl Iterator<Item = String> {
    text.lines().filter(|line| line.starts_with('#')).map(|line| {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = title.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;

    fn links(text: &str, expected: &[&str]) {
        let files = [("docs/a.md", text), ("docs/b.md", "# Bad input, twice\n"), ("src/c.rs", "")];
        check(resolve, &files, expected);
    }

    #[test]
    fn good_links_and_links_elsewhere_pass() {
        links(
            "[b](b.md), [`c`](../src/c.rs \"code\"), [s](../src/), [w](https://a.example/x)",
            &[],
        );
        links("# Here\n[h](#here) [t](b.md#bad-input-twice) [m](mailto:a@b.example)", &[]);
        links("[b]: b.md\n[w]: https://a.example", &[]);
        links("```\n[x](none.md)\n```\nand `[x](none.md)` in code", &[]);
    }

    #[test]
    fn broken_links_are_named_with_their_line() {
        links(
            "ok\n[b](b.md) [x](x.md)",
            &["docs/a.md:2: `x.md` leads to `docs/x.md`, which does not exist"],
        );
        links("[x]: x.md", &["docs/a.md:1: `x.md` leads to `docs/x.md`, which does not exist"]);
        links("[x](../../x)", &["docs/a.md:1: `../../x` leads out of the project"]);
        links("[x](b.md#no)", &["docs/a.md:1: `b.md#no`: `docs/b.md` has no heading `no`"]);
    }
}
