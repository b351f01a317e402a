//! The files that the demo carries.

use anyhow::{Context, Result, bail};
use std::path::Path;

/// The prediction logs: real encounters on simulated dates (see `demo/log/README.md`).
const PREDICTIONS: [(&str, &[u8]); 2] = [
    ("readmit-local.parquet", include_bytes!("../../../../demo/log/readmit-local.parquet")),
    ("vendor-lace.parquet", include_bytes!("../../../../demo/log/vendor-lace.parquet")),
];

/// The people.
pub const PEOPLE: (&str, &str) = ("demo/people.toml", include_str!("../../../../demo/people.toml"));
/// The body that decides.
pub const BODY: (&str, &str) =
    ("demo/ai-committee.toml", include_str!("../../../../demo/ai-committee.toml"));
/// The story.
pub const STORY: (&str, &str) = ("demo/story.toml", include_str!("../../../../demo/story.toml"));

/// A monitoring plan by its file name.
pub fn plan(name: &str) -> Result<(&'static str, &'static str)> {
    Ok(match name {
        "plan-local.toml" => {
            ("demo/plan-local.toml", include_str!("../../../../demo/plan-local.toml"))
        }
        "plan-vendor.toml" => {
            ("demo/plan-vendor.toml", include_str!("../../../../demo/plan-vendor.toml"))
        }
        _ => bail!("the demo has no plan `{name}`"),
    })
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
