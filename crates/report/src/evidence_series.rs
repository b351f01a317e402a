//! Evidence of a detector against its alarm limit.

use crate::marks::{self, Look};
use crate::number::Format;
use crate::periods::{self, Annotation, Periods};
use crate::plot::{self, Area, LINE};
use crate::scale::{Scale, ScaleKind};
use crate::svg::{Anchor, Point, Svg, WIDTH, not_enough_data};
use crate::{Chart, Heading, Reference};

/// The evidence at the end of one period.
#[derive(Debug, Clone, PartialEq)]
pub struct EvidencePeriod {
    /// Its name: "2008-03".
    pub label: String,
    /// The detector's evidence, zero or more. Infinite is drawn at the upper edge; not a number
    /// has no point, and the line goes on to the next.
    pub evidence: f64,
}

/// Evidence on a logarithmic axis, with the limit at which the detector raises an alarm.
#[derive(Debug, Clone, PartialEq)]
pub struct EvidenceSeries {
    /// The finding.
    pub heading: Heading,
    /// Periods in order of time.
    pub periods: Vec<EvidencePeriod>,
    /// The alarm limit, above zero: "alarm at 1,000".
    pub limit: Reference,
    /// The false-alarm budget in words: "At most one false alarm in 1,000 months on average".
    pub budget: String,
    /// What happened when.
    pub annotations: Vec<Annotation>,
}

/// Evidence below this is drawn at it: it says no more than "none".
const FLOOR: f64 = 0.1;

/// Evidence above this is drawn at it.
const CEILING: f64 = 1e100;

impl EvidenceSeries {
    /// Draws the chart.
    #[must_use]
    pub fn draw(&self) -> Chart {
        // A period without a number stays in its place and has no point.
        let place = |value: f64| (!value.is_nan()).then(|| value.clamp(FLOOR, CEILING));
        let values: Vec<Option<f64>> = self.periods.iter().map(|p| place(p.evidence)).collect();
        if values.iter().flatten().next().is_none() {
            return not_enough_data(&self.heading, "no period with evidence");
        }
        let area = Area { left: 50.0, top: 28.0, right: 350.0, bottom: 180.0 };
        let lanes = Periods::new(area, values.len()).annotation_height(&self.annotations);
        let area = Area { top: area.top + lanes, bottom: area.bottom + lanes, ..area };
        let periods = Periods::new(area, values.len());
        let covered = values.iter().flatten().copied().chain([1.0, self.limit.value]);
        let scale = Scale::covering(ScaleKind::Log, covered, area.upwards());

        let mut svg = Svg::default();
        svg.text("c-name", (0.0, 14.0), Anchor::Start, "Evidence of change (log scale)");
        plot::vertical_axis(&mut svg, area, &scale, Format::decimals(1), "");
        plot::frame(&mut svg, area);
        periods.labels(&mut svg, self.labels());
        periods.annotations(&mut svg, &self.annotations);
        let y = scale.at(self.limit.value);
        svg.line("c-limit", (area.left, y), (area.right, y));
        svg.text("c-small c-halo", (area.left + 4.0, y - 4.0), Anchor::Start, &self.limit.label);
        let points = values.iter().enumerate();
        let points = points.filter_map(|(i, v)| v.map(|v| (periods.at(i), v)));
        let line: Vec<Point> = points.clone().map(|(x, v)| (x, scale.at(v))).collect();
        svg.polyline("c-line", &line);
        for (x, value) in points {
            let look = Look { flagged: value >= self.limit.value, radius: 3.0, ..Look::default() };
            marks::point(&mut svg, (x, scale.at(value)), look);
        }
        let lines = plot::flow(self.budget.split_whitespace(), " ", WIDTH);
        let mut below = area.bottom + 36.0;
        for line in &lines {
            svg.text("c-small", (0.0, below), Anchor::Start, line);
            below += LINE;
        }
        svg.finish(&self.heading, below - 8.0, self.summary())
    }

    fn labels(&self) -> impl Iterator<Item = &str> {
        self.periods.iter().map(|period| period.label.as_str())
    }

    fn summary(&self) -> String {
        let first = self.periods.iter().find(|period| period.evidence >= self.limit.value);
        let crossed = match first {
            Some(period) => format!("The limit is first reached in {}.", period.label),
            None => "The limit is not reached.".to_owned(),
        };
        let marked = periods::marked(&self.annotations, self.labels());
        format!(
            "Evidence of change, {}. Limit: {}. {crossed}{marked} {}.",
            periods::span(self.labels()),
            self.limit.label,
            self.budget.trim_end_matches('.'),
        )
    }
}
