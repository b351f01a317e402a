//! The files that the demo carries.

use anyhow::{Context, Result};
use std::path::Path;

/// The prediction logs: real encounters on simulated dates (see `demo/log/README.md`).
const PREDICTIONS: [(&str, &[u8]); 2] = [
    ("readmit-local.parquet", include_bytes!("../../../../demo/log/readmit-local.parquet")),
    ("vendor-lace.parquet", include_bytes!("../../../../demo/log/vendor-lace.parquet")),
];

/// Names each text file of the demo once.
macro_rules! texts {
    ($($name:literal)*) => {
        &[$(($name, concat!("demo/", $name), include_str!(concat!("../../../../demo/", $name)))),*]
    };
}

/// The texts, by the names that stories call them.
const TEXTS: &[(&str, &str, &str)] = texts! {
    "story.toml"
    "hospital.toml"
    "hospital-begins.toml"
    "hospital-admits.toml"
    "hospital-writes.toml"
    "hospital-money.toml"
    "hospital-runs.toml"
    "hospital-january.toml"
    "hospital-people.toml"
    "hospital-committee.toml"
    "hospital-board.toml"
    "people.toml"
    "ai-committee.toml"
    "plan-local.toml"
    "plan-vendor.toml"
};

/// A text's path and what it says.
pub fn text(name: &str) -> Result<(&'static str, &'static str)> {
    let found = TEXTS.iter().find(|(known, ..)| *known == name);
    let (_, path, text) = found.with_context(|| format!("the demo has no file `{name}`"))?;
    Ok((path, text))
}

/// Writes the prediction logs where monitoring plans look for them.
pub fn write_predictions(dir: &Path) -> Result<()> {
    let cannot = || format!("cannot write the prediction logs to `{}`", dir.display());
    std::fs::create_dir_all(dir).with_context(cannot)?;
    for (name, bytes) in PREDICTIONS {
        std::fs::write(dir.join(name), bytes).with_context(cannot)?;
    }
    Ok(())
}
