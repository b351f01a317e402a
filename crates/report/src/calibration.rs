//! Predicted against observed risk.

use crate::marks::{self, Look};
use crate::number::{Format, count};
use crate::plot::{self, Area};
use crate::scale::{Scale, ScaleKind};
use crate::svg::{Anchor, Svg, not_enough_data};
use crate::{Chart, Heading, Interval, Reference};

/// Patients with similar predictions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CalibrationGroup {
    /// Mean predicted risk, 0 to 1.
    pub predicted: f64,
    /// Observed share with the outcome and its interval, 0 to 1.
    pub observed: Interval,
}

/// How many predictions fell between two values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HistogramBin {
    /// Lower edge, 0 to 1.
    pub lower: f64,
    /// Upper edge, 0 to 1.
    pub upper: f64,
    /// Predictions in the bin that had the outcome.
    pub events: u64,
    /// Predictions in the bin that did not have it.
    pub non_events: u64,
}

/// A calibration plot: groups of predictions with the observed share, the line of perfect
/// calibration, and below it the predictions themselves, with the outcome upwards and without it
/// downwards, on one scale.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Calibration {
    /// The finding.
    pub heading: Heading,
    /// Groups in order of predicted risk.
    pub groups: Vec<CalibrationGroup>,
    /// Histogram of all predictions; may be empty.
    pub histogram: Vec<HistogramBin>,
    /// The operating threshold.
    pub threshold: Option<Reference>,
    /// Lines of text to print in the plot: "O/E 1.02 (0.98 to 1.06)", intercept, slope.
    pub notes: Vec<String>,
}

const AREA: Area = Area { left: 40.0, top: 24.0, right: 350.0, bottom: 274.0 };
const STRIP: Area = Area { left: 40.0, top: 280.0, right: 350.0, bottom: 336.0 };

impl Calibration {
    /// Draws the chart.
    #[must_use]
    pub fn draw(&self) -> Chart {
        let groups: Vec<CalibrationGroup> = self
            .groups
            .iter()
            .copied()
            .filter(|group| group.predicted.is_finite() && group.observed.is_finite())
            .collect();
        if groups.is_empty() {
            return not_enough_data(&self.heading, "no group of predictions to compare");
        }
        let (x, y) = scales(&groups, self.threshold.as_ref());
        let mut svg = Svg::default();
        plot::vertical_axis(&mut svg, AREA, &y, Format::PERCENT, "Observed");
        let whole = Area { bottom: STRIP.bottom, ..AREA };
        let labels = STRIP.bottom + 15.0;
        plot::horizontal_axis(&mut svg, whole, &x, Format::PERCENT, labels, "Predicted risk");
        self.draw_strip(&mut svg, &x);
        plot::frame(&mut svg, AREA);
        let (low, high) = x.domain();
        svg.line("c-reference", (x.at(low), y.at(low)), (x.at(high), y.at(high)));
        self.draw_threshold(&mut svg, &x);
        let line: Vec<_> =
            groups.iter().map(|g| (x.at(g.predicted), y.at(g.observed.estimate))).collect();
        svg.polyline("c-line c-thin", &line);
        for group in &groups {
            let at = x.at(group.predicted);
            let look = Look { radius: 3.5, ..Look::default() };
            marks::estimate(&mut svg, &y, group.observed, look, |along, side| (at + side, along));
        }
        let corner = (AREA.left + 8.0, AREA.top + 14.0);
        plot::notes(&mut svg, corner, Anchor::Start, &self.notes);
        svg.finish(&self.heading, STRIP.bottom + 36.0, self.summary(&groups))
    }

    fn draw_threshold(&self, svg: &mut Svg, x: &Scale) {
        let Some(threshold) = self.threshold.as_ref().filter(|t| x.contains(t.value)) else {
            return;
        };
        let at = x.at(threshold.value);
        svg.line("c-threshold", (at, AREA.top), (at, STRIP.bottom));
        let (place, anchor) = match at > (AREA.left + AREA.right) / 2.0 {
            true => (at - 4.0, Anchor::End),
            false => (at + 4.0, Anchor::Start),
        };
        svg.text("c-label c-halo", (place, AREA.bottom - 6.0), anchor, &threshold.label);
    }

    /// The histogram: bars up for the outcome, down for its absence.
    fn draw_strip(&self, svg: &mut Svg, x: &Scale) {
        let most = |side: fn(&HistogramBin) -> u64| self.histogram.iter().map(side).max();
        let up = most(|bin| bin.events).unwrap_or(0) as f64;
        let down = most(|bin| bin.non_events).unwrap_or(0) as f64;
        if up + down <= 0.0 {
            return;
        }
        let middle = STRIP.top + STRIP.height() * up / (up + down);
        let pixels = |n: u64| STRIP.height() * n as f64 / (up + down);
        let (_, high) = x.domain();
        for bin in self.histogram.iter().filter(|bin| bin.lower < high) {
            let (left, right) = (x.at(bin.lower), x.at(bin.upper));
            let width = (right - left - 0.6).max(0.4);
            let (events, others) = (pixels(bin.events), pixels(bin.non_events));
            svg.rect("c-events", (left, middle - events), (width, events));
            svg.rect("c-others", (left, middle), (width, others));
        }
        svg.line("c-axis", (STRIP.left, middle), (STRIP.right, middle));
        let beyond = self.histogram.iter().filter(|bin| bin.lower >= high);
        let beyond: u64 = beyond.map(|bin| bin.events + bin.non_events).sum();
        let mut lines = vec!["▲ with the outcome".to_owned(), "▼ without it".to_owned()];
        if beyond > 0 {
            lines.push(format!("{} further right", count(beyond)));
        }
        let mut y = STRIP.top + 20.0;
        for line in &lines {
            svg.text("c-small c-halo", (STRIP.right - 2.0, y), Anchor::End, line);
            y += plot::LINE;
        }
    }

    fn summary(&self, groups: &[CalibrationGroup]) -> String {
        let format = Format::PERCENT;
        let ends = match (groups.first(), groups.last()) {
            (Some(low), Some(high)) => format!(
                "In the lowest group {} were predicted and {} observed, in the highest {} and {}.",
                format.text(low.predicted),
                format.text(low.observed.estimate),
                format.text(high.predicted),
                format.text(high.observed.estimate),
            ),
            _ => String::new(),
        };
        let notes: String = self.notes.iter().map(|note| format!(" {note}.")).collect();
        format!(
            "Observed against predicted risk in {} groups of predictions. {ends}{notes}",
            groups.len()
        )
    }
}

/// One domain for both axes, so that the line of perfect calibration runs from corner to corner. It
/// covers the groups and the threshold; lone predictions further right are counted, not drawn.
fn scales(groups: &[CalibrationGroup], threshold: Option<&Reference>) -> (Scale, Scale) {
    let values = groups
        .iter()
        .flat_map(|group| [0.0, group.predicted, group.observed.upper])
        .chain(threshold.map(|threshold| threshold.value))
        .map(|value| value.clamp(0.0, 1.0));
    let x = Scale::covering(ScaleKind::Linear, values, AREA.across());
    let y = Scale::new(ScaleKind::Linear, x.domain(), AREA.upwards());
    (x, y)
}
