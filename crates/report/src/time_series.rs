//! A measure over time.

use crate::marks::{self, Look};
use crate::periods::{self, Annotation, Periods};
use crate::plot::{self, Area, LINE};
use crate::scale::Scale;
use crate::svg::{Anchor, Point, Svg, WIDTH, not_enough_data};
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
        }
    }

    fn finish(&self, mut svg: Svg, area: Area, values: &[Option<Interval>]) -> Chart {
        let legend = self.legend(values);
        let lines = plot::flow(legend.iter().map(String::as_str), " · ", WIDTH);
        let mut below = area.bottom + 36.0;
        for line in &lines {
            svg.text("c-small", (0.0, below), Anchor::Start, line);
            below += LINE;
        }
        svg.finish(&self.heading, below - 8.0, self.summary(values))
    }

    /// What the marks that occur mean. Lines are named here and not beside them, where the points
    /// are.
    fn legend(&self, values: &[Option<Interval>]) -> Vec<String> {
        let Axis { reference, tolerance, format, .. } = &self.axis;
        let mut legend = Vec::new();
        legend.extend(reference.as_ref().map(|reference| format!("╌ {}", reference.label)));
        legend.extend(
            tolerance.map(|(low, high)| format!("▒ {} tolerated", format.range(low, high))),
        );
        let states = [
            (self.periods.iter().any(|period| period.provisional), "○ provisional"),
            (self.periods.iter().any(|period| period.flagged), "◆ needs attention"),
            (values.iter().any(Option::is_none), "× not enough data"),
        ];
        let occurring = states.into_iter().filter(|(occurs, _)| *occurs);
        legend.extend(occurring.map(|(_, text)| text.to_owned()));
        legend
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
