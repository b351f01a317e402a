//! Estimates by cohort.

use crate::marks::{self, Look};
use crate::number::count;
use crate::plot::{self, Area};
use crate::scale::Scale;
use crate::svg::{Anchor, Svg, WIDTH, fit, not_enough_data};
use crate::{Axis, Chart, Heading, Interval};

/// What is known about a cohort.
#[derive(Debug, Clone, PartialEq)]
pub enum CohortValue {
    /// An estimate.
    Estimate {
        /// The estimate with its interval.
        interval: Interval,
        /// Predictions in the cohort.
        n: u64,
        /// Of these, with the outcome.
        events: u64,
        /// Whether it is a finding that needs attention.
        flagged: bool,
    },
    /// Too few to show without naming people: nothing about them is drawn.
    Suppressed {
        /// The smallest n that is shown.
        minimum: u64,
    },
    /// Enough to show, too few to judge.
    NotEnough {
        /// Predictions in the cohort.
        n: u64,
        /// Of these, with the outcome.
        events: u64,
        /// What is missing, in a few words: "about 300 more".
        missing: String,
    },
}

/// A row of a forest plot.
#[derive(Debug, Clone, PartialEq)]
pub enum ForestRow {
    /// The name of the attribute that the rows below differ by.
    Group(String),
    /// A cohort.
    Cohort {
        /// Its name: "Female", "80 and over".
        label: String,
        /// What is known about it.
        value: CohortValue,
    },
}

/// A forest plot: one estimate with its interval per cohort on one axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Forest {
    /// The finding.
    pub heading: Heading,
    /// The measure.
    pub axis: Axis,
    /// Rows from top to bottom.
    pub rows: Vec<ForestRow>,
}

const LEFT: f64 = 126.0;
const RIGHT: f64 = 264.0;
const TOP: f64 = 24.0;
const GROUP_HEIGHT: f64 = 26.0;
const COHORT_HEIGHT: f64 = 34.0;

impl Forest {
    /// Draws the chart.
    #[must_use]
    pub fn draw(&self) -> Chart {
        let values = || self.rows.iter().filter_map(ForestRow::estimate);
        if !self.rows.iter().any(|row| matches!(row, ForestRow::Cohort { .. })) {
            return not_enough_data(&self.heading, "no cohort to compare");
        }
        let height: f64 = self.rows.iter().map(ForestRow::height).sum();
        let area = Area { left: LEFT, top: TOP, right: RIGHT, bottom: TOP + height + 4.0 };
        let scale = self.axis.scale(values().flat_map(|(i, _)| i.values()), area.across());
        let largest = values().map(|(_, n)| n).max().unwrap_or(1);

        let mut svg = Svg::default();
        svg.text("c-small", (0.0, 12.0), Anchor::Start, "n · events");
        svg.text("c-small", (WIDTH, 12.0), Anchor::End, "estimate");
        self.draw_axis(&mut svg, area, &scale);
        let mut y = area.top;
        for row in &self.rows {
            match row {
                ForestRow::Group(name) => {
                    svg.text("c-name", (0.0, y + 19.0), Anchor::Start, name);
                }
                ForestRow::Cohort { label, value } => {
                    svg.text("c-label", (0.0, y + 14.0), Anchor::Start, &fit(label, LEFT - 8.0));
                    self.draw_value(&mut svg, &scale, y, value, largest);
                }
            }
            y += row.height();
        }
        svg.finish(&self.heading, area.bottom + 37.0, self.summary())
    }

    fn draw_axis(&self, svg: &mut Svg, area: Area, scale: &Scale) {
        if let Some((low, high)) = self.axis.tolerance {
            let (left, right) = (scale.at(low), scale.at(high));
            svg.rect("c-band", (left, area.top), (right - left, area.height()));
        }
        let (below, format) = (area.bottom + 16.0, self.axis.format);
        plot::horizontal_axis(svg, area, scale, format, below, &self.axis.label);
        svg.line("c-axis", (area.left, area.bottom), (area.right, area.bottom));
        if let Some(reference) = self.axis.reference.as_ref().filter(|r| scale.contains(r.value)) {
            let x = scale.at(reference.value);
            svg.line("c-reference", (x, area.top), (x, area.bottom));
            svg.text("c-small", (x, 12.0), Anchor::Middle, &reference.label);
        }
    }

    fn draw_value(&self, svg: &mut Svg, scale: &Scale, y: f64, value: &CohortValue, largest: u64) {
        let (upper, middle, lower) = (y + 14.0, y + 16.0, y + 28.0);
        let counts = |n: u64, events: u64| format!("{} · {}", count(n), count(events));
        let nothing = |svg: &mut Svg, first: &str, second: &str| {
            svg.line("c-missing", (LEFT, middle), (RIGHT, middle));
            svg.text("c-small", (WIDTH, upper), Anchor::End, first);
            svg.text("c-small", (WIDTH, lower), Anchor::End, second);
        };
        match value {
            CohortValue::Estimate { interval, n, events, flagged } => {
                svg.text("c-small", (0.0, lower), Anchor::Start, &counts(*n, *events));
                if !interval.is_finite() {
                    return nothing(svg, "not", "estimable");
                }
                // The area of the point follows n, within what can be seen and does not cover the
                // interval.
                let radius = 2.5 + 3.0 * (*n as f64 / largest.max(1) as f64).sqrt();
                let look = Look { flagged: *flagged, provisional: false, radius };
                marks::estimate(svg, scale, *interval, look, |along, side| (along, middle + side));
                let format = self.axis.format;
                let (mark, class) = if *flagged { ("◆ ", " c-flagged-label") } else { ("", "") };
                let text = format!("{mark}{}", format.text(interval.estimate));
                svg.text(&format!("c-strong{class}"), (WIDTH, upper), Anchor::End, &text);
                let range = format.range(interval.lower, interval.upper);
                svg.text("c-small", (WIDTH, lower), Anchor::End, &range);
            }
            CohortValue::Suppressed { minimum } => {
                let few = format!("n < {}", count(*minimum));
                svg.text("c-small", (0.0, lower), Anchor::Start, &few);
                nothing(svg, "not shown", "too few");
            }
            CohortValue::NotEnough { n, events, missing } => {
                svg.text("c-small", (0.0, lower), Anchor::Start, &counts(*n, *events));
                nothing(svg, "not enough", missing);
            }
        }
    }

    fn summary(&self) -> String {
        let mut drawn = 0;
        let mut flagged = Vec::new();
        let mut without = 0;
        for row in &self.rows {
            match row {
                ForestRow::Group(_) => {}
                ForestRow::Cohort { label, value: CohortValue::Estimate { interval, .. } }
                    if row.is_flagged() =>
                {
                    drawn += 1;
                    let format = self.axis.format;
                    let range = format.range(interval.lower, interval.upper);
                    flagged.push(format!("{label} {} ({range})", format.text(interval.estimate)));
                }
                ForestRow::Cohort { value: CohortValue::Estimate { .. }, .. } => drawn += 1,
                ForestRow::Cohort { .. } => without += 1,
            }
        }
        let flagged = match flagged.as_slice() {
            [] if drawn == 0 => String::new(),
            [] => " None of them is flagged.".to_owned(),
            some => format!(" Needs attention: {}.", some.join("; ")),
        };
        format!(
            "{} with intervals in {drawn} cohorts; \
             {without} with too few to show or judge.{flagged}",
            self.axis.label
        )
    }
}

impl ForestRow {
    fn height(&self) -> f64 {
        match self {
            ForestRow::Group(_) => GROUP_HEIGHT,
            ForestRow::Cohort { .. } => COHORT_HEIGHT,
        }
    }

    /// The interval and n of a row that can be drawn.
    fn estimate(&self) -> Option<(Interval, u64)> {
        match self {
            ForestRow::Cohort { value: CohortValue::Estimate { interval, n, .. }, .. } => {
                interval.is_finite().then_some((*interval, *n))
            }
            _ => None,
        }
    }

    fn is_flagged(&self) -> bool {
        let ForestRow::Cohort { value, .. } = self else { return false };
        matches!(value, CohortValue::Estimate { flagged: true, .. })
    }
}
