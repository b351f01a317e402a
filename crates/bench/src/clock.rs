//! The one place of the benchmarks that reads a clock.

use anyhow::Result;
use std::time::{Duration, Instant};

/// Runs something to its end and gives the time that it took.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
pub async fn time(what: impl Future<Output = Result<()>>) -> Result<Duration> {
    let start = Instant::now();
    what.await?;
    Ok(start.elapsed())
}
