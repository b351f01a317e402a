//! The rows of a tally on the scale of log odds, few enough to fit curves to quickly.

use crate::math::{self, Sum};
use crate::{Bin, Histogram, Score};

/// Scores are kept this many billionths (1e-6) from 0 and 1 before their logit is taken.
const CLIP: u32 = 1_000;
/// A stretch of neighbouring scores ends before it is 1/64 wide in log odds: twice the inverse
/// hyperbolic tangent of this.
const HALF_STRETCH: f64 = 1.0 / 128.0;
/// A variance below this within a stretch is rounding.
const NO_VARIANCE: f64 = 1e-15;

/// So many rows at one place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Node {
    pub(crate) logit: f64,
    pub(crate) rows: f64,
}

/// Where the rows of a histogram lie in log odds of the score.
///
/// Rows of neighbouring scores, less than 1/64 apart, are replaced by two nodes with the same
/// number, mean, variance and third moment (Gauss's quadrature for their distribution). The sum of
/// a smooth function over the nodes differs from that over the rows by less than h⁴/384 of its
/// fourth derivative, h = 1/64: 2e-10 of it. So a fit takes as long for a million scores as for
/// a thousand. Two scores to a stretch, or one, are kept as they are.
pub(crate) struct LogOdds {
    /// Ascending, or nearly so.
    pub(crate) nodes: Vec<Node>,
    /// Rows whose outcome happened.
    pub(crate) events: f64,
    /// Sum of the logits of the rows whose outcome happened, over each of them.
    pub(crate) event_logits: f64,
}

/// The score in billionths, kept away from 0 and 1.
fn clipped(score: Score) -> u32 {
    score.billionths().clamp(CLIP, Score::SCALE - CLIP)
}

/// The logit of a score, kept away from 0 and 1.
pub(crate) fn logit_of(score: Score) -> f64 {
    logit(f64::from(clipped(score)))
}

/// From billionths, of which both odds are whole numbers: nothing cancels near 1.
fn logit(billionths: f64) -> f64 {
    math::ln(billionths / (f64::from(Score::SCALE) - billionths))
}

/// Gives each bin, ascending, with its logit, at the price of one division for most.
///
/// From a score p to the next ones q, logit q − logit p = 2 artanh s, with
/// s = (q − p)/(2p(1 − q) + q − p); four terms of the series are exact to rounding for s up to
/// 1/128. True is passed on with the first bin of each stretch.
pub(crate) fn each_logit(histogram: &Histogram, mut see: impl FnMut(&Bin, f64, bool)) {
    let scale = f64::from(Score::SCALE);
    let (mut first, mut first_logit) = (0.0, 0.0);
    for bin in histogram.bins() {
        let score = clipped(histogram.score_of(bin));
        let q = f64::from(score);
        let away = q - first;
        let s = away / (2.0 * first * ((scale - q) / scale) + away);
        // Not "greater": at the start there is no stretch, and s is 1.
        if s < HALF_STRETCH {
            let s2 = s * s;
            let series = 1.0 + s2 * (1.0 / 3.0 + s2 * (0.2 + s2 / 7.0));
            see(bin, first_logit + 2.0 * s * series, false);
        } else {
            (first, first_logit) = (q, logit(q));
            see(bin, first_logit, true);
        }
    }
}

/// The rows of one stretch, with moments about its first score.
#[derive(Default)]
struct Stretch {
    first: f64,
    rows: f64,
    one: f64,
    two: f64,
    three: f64,
    events: f64,
    event_one: f64,
}

impl Stretch {
    fn add(&mut self, bin: &Bin, logit: f64) {
        let (rows, events) = ((bin.without + bin.with) as f64, bin.with as f64);
        let away = logit - self.first;
        let (once, twice) = (rows * away, rows * away * away);
        self.rows += rows;
        self.one += once;
        self.two += twice;
        self.three += twice * away;
        self.events += events;
        self.event_one += events * away;
    }

    /// The rows as one node or two.
    fn nodes(&self) -> [Option<Node>; 2] {
        let mean = self.one / self.rows;
        let node = |away: f64, rows: f64| Some(Node { logit: self.first + (mean + away), rows });
        let square = self.two / self.rows;
        let variance = square - mean * mean;
        if variance <= NO_VARIANCE {
            return [node(0.0, self.rows), None];
        }
        let third = self.three / self.rows - 3.0 * mean * square + 2.0 * mean * mean * mean;
        let skew = third / variance;
        let root = (skew * skew + 4.0 * variance).sqrt();
        let (below, above) = ((skew - root) / 2.0, (skew + root) / 2.0);
        let share = above / root;
        [node(below, self.rows * share), node(above, self.rows * (1.0 - share))]
    }
}

impl LogOdds {
    pub(crate) fn of(histogram: &Histogram) -> Self {
        let mut nodes = Vec::new();
        let mut event_logits = Sum::default();
        let mut events = 0.0;
        let mut close = |stretch: &Stretch| {
            if stretch.rows > 0.0 {
                nodes.extend(stretch.nodes().into_iter().flatten());
                events += stretch.events;
                event_logits.add(stretch.events * stretch.first);
                event_logits.add(stretch.event_one);
            }
        };
        let mut open = Stretch::default();
        each_logit(histogram, |bin, logit, begins| {
            if begins {
                close(&open);
                open = Stretch { first: logit, ..Stretch::default() };
            }
            open.add(bin, logit);
        });
        close(&open);
        Self { nodes, events, event_logits: event_logits.value() }
    }
}

/// True when a score divides the outcomes (ties with it allowed): then no slope fits best. One
/// score for all rows counts too.
pub(crate) fn separated(histogram: &Histogram) -> bool {
    let with = |bin: &&Bin| bin.with > 0;
    let without = |bin: &&Bin| bin.without > 0;
    let bins = histogram.bins().iter();
    // Bins ascend, so the first and the last of an outcome are its lowest and highest.
    let apart = |lower: Option<&Bin>, upper: Option<&Bin>| match (lower, upper) {
        (Some(lower), Some(upper)) => {
            clipped(histogram.score_of(lower)) <= clipped(histogram.score_of(upper))
        }
        _ => true,
    };
    apart(bins.clone().rfind(without), bins.clone().find(with))
        || apart(bins.clone().rfind(with), bins.clone().find(without))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn histogram(scores: &[(u32, bool)]) -> Histogram {
        let mut rows: Vec<_> =
            scores.iter().map(|&(score, with)| (Score::from_billionths(score), with)).collect();
        rows.sort();
        Histogram::from_rows(rows)
    }

    proptest! {
        #[test]
        fn the_series_is_the_logit(
            scores in vec((prop_oneof![0..=Score::SCALE, 0..3000_u32, Just(Score::SCALE),
                500_000_000..500_400_000_u32], any::<bool>()), 1..200)
        ) {
            let histogram = histogram(&scores);
            let mut worst = 0.0_f64;
            each_logit(&histogram, |bin, logit, _| {
                let right = logit_of(histogram.score_of(bin));
                worst = worst.max((logit - right).abs());
            });
            prop_assert!(worst < 1e-14, "{worst}");
        }

        /// Number, mean, variance and third moment of the rows; the logits of the events.
        #[test]
        fn nodes_have_the_moments_of_the_rows(
            scores in vec((300_000_000..340_000_000_u32, any::<bool>()), 1..300)
        ) {
            let histogram = histogram(&scores);
            let found = LogOdds::of(&histogram);
            let logit = |score: u32| logit_of(Score::from_billionths(score));
            for power in 0..=3 {
                let nodes: f64 =
                    found.nodes.iter().map(|it| it.rows * (it.logit + 0.7).powi(power)).sum();
                let rows: f64 = scores.iter().map(|it| (logit(it.0) + 0.7).powi(power)).sum();
                prop_assert!((nodes - rows).abs() < 1e-10, "{power}: {nodes} {rows}");
            }
            let events: f64 = scores.iter().filter(|it| it.1).map(|it| logit(it.0)).sum();
            prop_assert!((found.event_logits - events).abs() < 1e-10);
            prop_assert!(found.nodes.len() <= 28, "{}", found.nodes.len());
        }
    }
}
