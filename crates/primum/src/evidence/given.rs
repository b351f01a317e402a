//! Which column holds what came true, and which what was said beforehand.

use clap::Args;
use std::path::PathBuf;

/// Options of every verb that sets predictions beside what came true, of the same kind.
#[derive(Debug, Args)]
pub struct Given {
    /// Files of predictions or folders of them, one row for each prediction
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Column of what came true
    #[arg(long, value_name = "COLUMN")]
    pub observed: String,
    /// Column of what the model said
    #[arg(long, value_name = "COLUMN")]
    pub predicted: String,
    /// Coverage of the intervals of the measures
    #[arg(long, default_value_t = 0.95)]
    pub level: f64,
}
