//! A measure over time.

use crate::marks::{self, Look};
use crate::periods::{self, Annotation, Periods};
use crate::plot::{self, Area};
use crate::scale::Scale;
use crate::svg::{Anchor, Point, Svg, not_enough_data};
use crate::{Axis, Chart, Heading, Interval};

/// A measure in one period.
#[derive(Debug, Clone, PartialEq)]
pub struct Period {
    /// Its name: "2008-03".
    pub label: String,
    /// The estimate with its interval; `None` where there were too few data.
    pub value: Option<Interval>,
    /// Whether outcomes are still coming in: drawn hollow.
    pub provisional: bool,
    /// Whether it is a finding that needs attention.
    pub flagged: bool,
}

/// A measure from period to period, with intervals.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeSeries {
    /// The finding.
    pub heading: Heading,
    /// The measure.
    pub axis: Axis,
    /// Periods in order of time.
    pub periods: Vec<Period>,
    /// What happened when.
    pub annotations: Vec<Annotation>,
}

impl TimeSeries {
    /// Draws the chart.
    #[must_use]
    pub fn draw(&self) -> Chart {
        let value = |period: &Period| period.value.filter(|value| value.is_finite());
        let values: Vec<Option<Interval>> = self.periods.iter().map(value).collect();
        if values.iter().flatten().next().is_none() {
            return not_enough_data(&self.heading, "no period with an estimate");
        }
        let area = Area { left: 44.0, top: 28.0, right: 350.0, bottom: 200.0 };
        let lanes = Periods::new(area, values.len()).annotation_height(&self.annotations);
        let area = Area { top: area.top + lanes, bottom: area.bottom + lanes, ..area };
        let periods = Periods::new(area, values.len());
        let all = values.iter().flatten().flat_map(|value| value.values());
        let scale = self.axis.scale(all, area.upwards());

        let mut svg = Svg::default();
        self.draw_axis(&mut svg, area, &scale, lanes);
        periods.labels(&mut svg, self.labels());
        periods.annotations(&mut svg, &self.annotations);
        for run in runs(&values) {
            let line: Vec<Point> =
                run.iter().map(|(i, value)| (periods.at(*i), scale.at(value.estimate))).collect();
            svg.polyline("c-line c-thin", &line);
        }
        for (index, (period, value)) in self.periods.iter().zip(&values).enumerate() {
            let at = periods.at(index);
            match value {
                Some(value) => {
                    let Period { provisional, flagged, .. } = *period;
                    let look = Look { provisional, flagged, radius: 3.5 };
                    marks::estimate(&mut svg, &scale, *value, look, |y, side| (at + side, y));
                }
                None => svg.text("c-small", (at, area.bottom - 5.0), Anchor::Middle, "×"),
            }
        }
        self.finish(svg, area, &values)
    }

    fn draw_axis(&self, svg: &mut Svg, area: Area, scale: &Scale, lanes: f64) {
        if let Some((low, high)) = self.axis.tolerance {
            let (top, bottom) = (scale.at(high), scale.at(low));
            svg.rect("c-band", (area.left, top), (area.width(), bottom - top));
        }
        // The name stays at the very top, above the annotations.
        plot::vertical_axis(svg, area, scale, self.axis.format, "");
        svg.text("c-name", (0.0, area.top - lanes - 14.0), Anchor::Start, &self.axis.label);
        plot::frame(svg, area);
        if let Some(reference) = self.axis.reference.as_ref().filter(|r| scale.contains(r.value)) {
            let y = scale.at(reference.value);
            svg.line("c-reference", (area.left, y), (area.right, y));
            let at = (area.left + 4.0, y - 4.0);
            svg.text("c-small c-halo", at, Anchor::Start, &reference.label);
        }
    }

    fn finish(&self, mut svg: Svg, area: Area, values: &[Option<Interval>]) -> Chart {
        let mut legend = Vec::new();
        if self.periods.iter().any(|period| period.provisional) {
            legend.push("○ provisional");
        }
        if self.periods.iter().any(|period| period.flagged) {
            legend.push("◆ needs attention");
        }
        if values.iter().any(Option::is_none) {
            legend.push("× not enough data");
        }
        if !legend.is_empty() {
            let at = (area.left, area.bottom + 34.0);
            svg.text("c-small", at, Anchor::Start, &legend.join("   "));
        }
        let height = area.bottom + if legend.is_empty() { 24.0 } else { 41.0 };
        svg.finish(&self.heading, height, self.summary(values))
    }

    fn labels(&self) -> impl Iterator<Item = &str> {
        self.periods.iter().map(|period| period.label.as_str())
    }

    fn summary(&self, values: &[Option<Interval>]) -> String {
        let Axis { label, format, .. } = &self.axis;
        let known = self.labels().zip(values).filter_map(|(l, value)| value.map(|v| (l, v)));
        let latest = known.last().map_or_else(String::new, |(period, value)| {
            let range = format.range(value.lower, value.upper);
            format!(" Latest, {period}: {} ({range}).", format.text(value.estimate))
        });
        let marked = periods::marked(&self.annotations, self.labels());
        format!("{label}, {}.{latest}{marked}", periods::span(self.labels()))
    }
}

/// Stretches of periods without a gap, each with the index of its periods: a line never bridges
/// missing data.
fn runs(values: &[Option<Interval>]) -> Vec<Vec<(usize, Interval)>> {
    let mut runs = vec![Vec::new()];
    for (index, value) in values.iter().enumerate() {
        match (value, runs.last_mut()) {
            (Some(value), Some(run)) => run.push((index, *value)),
            _ => runs.push(Vec::new()),
        }
    }
    runs.retain(|run| run.len() > 1);
    runs
}
