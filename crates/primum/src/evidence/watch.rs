//! What is shown while files are read: on a terminal only, and gone with the answer.

use evidence::{EvidenceError, Fetched, Phase, Progress, Source, Step};
use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressState, ProgressStyle};
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How often the sign of life moves.
const TICK: Duration = Duration::from_millis(120);

/// Shows how far some work over a log has come, until it is done.
pub async fn watched<T>(
    log: &Fetched,
    work: impl AsyncFnOnce(&Source) -> Result<T, EvidenceError>,
) -> Result<T, EvidenceError> {
    let watch = Watch::of(log.source().paths());
    let source = log.source().clone().with_progress(watch.progress.clone());
    log.named(work(&source).await)
}

/// Shows what is done, where nobody can say how far it has come, until what is given is dropped.
pub fn shown(what: &'static str) -> Watch {
    let watch = Watch { bar: ProgressBar::new_spinner(), progress: Progress::default() };
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
        watch.bar.set_style(style);
    }
    watch.bar.set_message(what);
    watch.bar.enable_steady_tick(TICK);
    watch
}

/// What is shown until it is dropped.
pub struct Watch {
    bar: ProgressBar,
    progress: Progress,
}

impl Watch {
    fn of(files: &[PathBuf]) -> Self {
        let bar = ProgressBar::new_spinner();
        if bar.is_hidden() {
            return Self { bar, progress: Progress::default() };
        }
        let progress = Progress::watched();
        let facts = files.iter().filter_map(|it| it.metadata().ok());
        let bytes: u64 = facts.filter(|it| it.is_file()).map(|it| it.len()).sum();
        let pace = Arc::new(Mutex::new(Pace::default()));
        let shown = {
            let progress = progress.clone();
            move |state: &ProgressState, line: &mut dyn Write| {
                let step = progress.step();
                let mut pace = pace.lock().unwrap_or_else(PoisonError::into_inner);
                let seconds = pace.seconds(step.phase, state.elapsed());
                // A line that cannot be shown is no reason to stop.
                let _ = line.write_str(&told(step, bytes, seconds));
            }
        };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {step}") {
            bar.set_style(style.with_key("step", shown));
        }
        bar.enable_steady_tick(TICK);
        Self { bar, progress }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// When the present phase began.
#[derive(Default)]
struct Pace {
    phase: Phase,
    began: Duration,
}

impl Pace {
    /// How long the phase has been going on.
    fn seconds(&mut self, phase: Phase, now: Duration) -> f64 {
        if self.phase != phase {
            *self = Self { phase, began: now };
        }
        now.saturating_sub(self.began).as_secs_f64()
    }
}

/// One line: what is done, how many rows of how many, how fast, and for how long.
fn told(step: Step, bytes: u64, seconds: f64) -> String {
    let all_read = step.of.is_some_and(|of| step.rows >= of);
    let mut line = match step.phase {
        Phase::Rows if all_read => "Adding up".to_owned(),
        Phase::Opening => "Opening files".to_owned(),
        Phase::Events => "Reading events".to_owned(),
        Phase::Rows => "Reading".to_owned(),
        Phase::Gathering => "Gathering predictions by encounter".to_owned(),
        Phase::Fault => "Looking for the first bad row".to_owned(),
        Phase::Digests => "Digests of files".to_owned(),
        Phase::Measures => "Computing measures and intervals".to_owned(),
    };
    match (step.rows, step.of) {
        (rows, Some(of)) if of > rows => {
            let share = 100.0 * rows as f64 / of as f64;
            let (rows, of) = (HumanCount(rows), HumanCount(of));
            line += &format!("  {rows} of {of} rows ({share:.0} %)");
        }
        (0, _) if bytes > 0 && step.phase != Phase::Measures => {
            line += &format!("  {}", HumanBytes(bytes))
        }
        (0, _) => {}
        (rows, _) => line += &format!("  {} rows", HumanCount(rows)),
    }
    if step.rows > 0 && seconds >= 1.0 && !all_read {
        line += &format!("  {} rows/s", HumanCount((step.rows as f64 / seconds) as u64));
    }
    line + &format!("  {seconds:.0} s")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_many_rows_of_how_many_and_how_fast() {
        let check = |phase, (rows, of), seconds, wanted: &str| {
            assert_eq!(told(Step { phase, rows, of }, 35_000_000, seconds), wanted);
        };
        check(Phase::Opening, (0, None), 0.1, "Opening files  33.38 MiB  0 s");
        let half = (1_500_000, Some(3_000_000));
        let said = "Reading  1,500,000 of 3,000,000 rows (50 %)  750,000 rows/s  2 s";
        check(Phase::Rows, half, 2.0, said);
        check(Phase::Rows, (9, Some(9)), 2.0, "Adding up  9 rows  2 s");
        check(Phase::Events, (8_192, None), 0.5, "Reading events  8,192 rows  0 s");
        check(Phase::Measures, (0, None), 3.2, "Computing measures and intervals  3 s");
        let bad = "Looking for the first bad row  4,000 of 9,000 rows (44 %)  2,000 rows/s  2 s";
        check(Phase::Fault, (4_000, Some(9_000)), 2.0, bad);
    }

    #[test]
    fn the_pace_is_that_of_a_phase() {
        let mut pace = Pace::default();
        let at = Duration::from_secs;
        assert_eq!(pace.seconds(Phase::Opening, at(1)), 1.0);
        assert_eq!(pace.seconds(Phase::Rows, at(4)), 0.0);
        assert_eq!(pace.seconds(Phase::Rows, at(7)), 3.0);
    }
}
