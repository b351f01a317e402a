//! Rubrics on the command line: a file, or the name of a built-in one.

use anyhow::{Context, Result};
use evidence::RatedCriterion;

/// Reads a rubric for ratings to be checked against.
pub fn read(name: &str) -> Result<Vec<RatedCriterion>> {
    let rubric = match packs::builtin::rubric(name) {
        Some(file) => packs::rubric(file.path, file.text)?,
        None => {
            let text = std::fs::read_to_string(name).with_context(|| {
                let known = packs::builtin::RUBRICS.map(|file| file.stem()).join(", ");
                format!(
                    "`{name}` is neither a file that can be read nor a rubric of Primum's ({known})"
                )
            })?;
            packs::rubric(name, &text)?
        }
    };
    let of = |it: packs::RatedQuestion| RatedCriterion {
        levels: it.levels(),
        defects: it.defects(),
        critical: it.critical_defects(),
        id: it.id.to_string(),
        question: it.question,
        most_defects: it.defects_at_most,
        most_critical: it.critical_at_most,
    };
    Ok(rubric.criteria.into_iter().map(of).collect())
}
