//! The one place of the benchmarks that reads a clock.

use anyhow::Result;
use std::time::{Duration, Instant};

/// Runs something to its end and gives the time that it took, without the time to throw away
/// what came of it.
pub async fn time<T>(what: impl Future<Output = Result<T>>) -> Result<Duration> {
    let (taken, made) = timed(what).await;
    made.map(|_| taken)
}

/// Runs something to its end; the time that it took, and what came of it.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
pub async fn timed<T>(what: impl Future<Output = T>) -> (Duration, T) {
    let start = Instant::now();
    let made = what.await;
    (start.elapsed(), made)
}
