//! A line in a table cell.

use crate::number::Format;
use crate::scale::{Scale, ScaleKind};
use crate::svg::{Anchor, Point, Svg};
use crate::{Chart, Heading};

/// Values in order of time, 90 by 24 units, with a dot on the last.
#[derive(Debug, Clone, PartialEq)]
pub struct Sparkline {
    /// The finding: "O/E has risen for six months".
    pub heading: Heading,
    /// Values; those that are not finite are left out.
    pub values: Vec<f64>,
    /// The value that means "as expected", drawn as a dashed line.
    pub reference: Option<f64>,
    /// How values are written in the summary.
    pub format: Format,
}

impl Sparkline {
    /// Draws the chart.
    #[must_use]
    pub fn draw(&self) -> Chart {
        let (width, height) = (90.0, 24.0);
        let mut svg = Svg::default();
        let values: Vec<f64> = self.values.iter().copied().filter(|v| v.is_finite()).collect();
        let (Some(first), Some(last)) = (values.first(), values.last()) else {
            svg.text("c-small", (0.0, 16.0), Anchor::Start, "no data yet");
            let summary = "Not enough data: no value yet.".to_owned();
            return svg.finish_sized(&self.heading, (width, height), "chart spark", summary);
        };
        let y = Scale::covering(
            ScaleKind::Linear,
            values.iter().copied().chain(self.reference),
            (height - 4.0, 4.0),
        );
        let x = Scale::new(ScaleKind::Linear, (0.0, (values.len() - 1) as f64), (3.0, width - 5.0));
        if let Some(reference) = self.reference.filter(|value| y.contains(*value)) {
            svg.line("c-reference", (0.0, y.at(reference)), (width, y.at(reference)));
        }
        let line: Vec<Point> =
            values.iter().enumerate().map(|(i, v)| (x.at(i as f64), y.at(*v))).collect();
        svg.polyline("c-line c-thin", &line);
        if let Some(at) = line.last() {
            svg.circle("c-point", *at, 2.5);
        }
        let (first, last) = (self.format.text(*first), self.format.text(*last));
        let summary = format!("{} values from {first} to {last}.", values.len());
        svg.finish_sized(&self.heading, (width, height), "chart spark", summary)
    }
}
