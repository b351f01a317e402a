//! Which ratings are asked, and by which scale.

use super::rubric;
use anyhow::Result;
use clap::Args;
use evidence::RatingsRequest;
use std::path::PathBuf;

/// Options of every verb that reads ratings.
#[derive(Debug, Args)]
pub struct Rated {
    /// Ratings as CSV, one a row
    pub file: PathBuf,
    /// Column of what was rated
    #[arg(long, value_name = "COLUMN")]
    pub item: String,
    /// Column of who rated
    #[arg(long, value_name = "COLUMN")]
    pub rater: String,
    /// Column of the rating, a number; empty where none was given
    #[arg(long, value_name = "COLUMN")]
    pub score: String,
    /// Column of what is looked at apart, such as the criterion
    #[arg(long, value_name = "COLUMN")]
    pub by: Option<String>,
    /// Levels of the scale; all that occur when left out
    #[arg(long, value_delimiter = ',', value_name = "LEVEL,…", allow_negative_numbers = true)]
    pub levels: Vec<f64>,
    /// A rubric, a file or the name of a built-in one such as primum-note: ratings off its scales
    /// are refused, and defects told. --by names the column of its criteria
    #[arg(long, value_name = "RUBRIC", conflicts_with = "levels")]
    pub rubric: Option<String>,
    /// Coverage of the intervals
    #[arg(long, default_value_t = 0.95)]
    pub level: f64,
    /// Seed of the resamples behind the intervals
    #[arg(long, default_value_t = 2026)]
    pub seed: u64,
}

impl Rated {
    /// What is asked of the ratings.
    pub fn request(&self, cohort: Option<&String>) -> Result<RatingsRequest> {
        Ok(RatingsRequest {
            item: self.item.clone(),
            rater: self.rater.clone(),
            score: self.score.clone(),
            by: self.by.clone(),
            levels: (!self.levels.is_empty()).then(|| self.levels.clone()),
            rubric: self.rubric.as_deref().map(rubric::read).transpose()?,
            cohort: cohort.cloned(),
            level: self.level,
            seed: self.seed,
        })
    }
}
