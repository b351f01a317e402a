//! Sensitivity against false alarms.

use crate::marks::{self, Look};
use crate::number::Format;
use crate::plot::{self, Area};
use crate::scale::{Scale, ScaleKind};
use crate::svg::{Anchor, Point, Svg, not_enough_data};
use crate::{Chart, Heading};

/// A threshold on the curve.
#[derive(Debug, Clone, PartialEq)]
pub struct RocMarker {
    /// 1 − specificity at the threshold, 0 to 1.
    pub false_positive_rate: f64,
    /// Sensitivity at the threshold, 0 to 1.
    pub sensitivity: f64,
    /// What to write beside it: "threshold 15 %".
    pub label: String,
}

/// A ROC curve in a square. The title carries the AUROC and its interval.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Roc {
    /// The finding.
    pub heading: Heading,
    /// (1 − specificity, sensitivity), from (0, 0) to (1, 1).
    pub points: Vec<(f64, f64)>,
    /// Thresholds to mark.
    pub markers: Vec<RocMarker>,
    /// Lines of text to print in the plot: "AUROC 0.68 (0.67 to 0.69)".
    pub notes: Vec<String>,
}

const AREA: Area = Area { left: 44.0, top: 24.0, right: 350.0, bottom: 330.0 };

impl Roc {
    /// Draws the chart.
    #[must_use]
    pub fn draw(&self) -> Chart {
        let x = Scale::new(ScaleKind::Linear, (0.0, 1.0), AREA.across());
        let y = Scale::new(ScaleKind::Linear, (0.0, 1.0), AREA.upwards());
        let finite = |(a, b): &(f64, f64)| a.is_finite() && b.is_finite();
        let place = |(a, b): (f64, f64)| (x.at(a), y.at(b));
        let curve: Vec<Point> = self.points.iter().copied().filter(finite).map(place).collect();
        if curve.len() < 2 {
            return not_enough_data(&self.heading, "no curve without both outcomes");
        }
        let mut svg = Svg::default();
        let format = Format::PERCENT;
        plot::vertical_axis(&mut svg, AREA, &y, format, "Sensitivity");
        let below = AREA.bottom + 16.0;
        plot::horizontal_axis(&mut svg, AREA, &x, format, below, "1 − specificity (false alarms)");
        plot::frame(&mut svg, AREA);
        svg.line("c-reference", place((0.0, 0.0)), place((1.0, 1.0)));
        svg.polyline("c-line", &curve);
        for marker in &self.markers {
            let at = (marker.false_positive_rate, marker.sensitivity);
            if finite(&at) {
                let at = place(at);
                marks::point(&mut svg, at, Look { radius: 4.5, ..Look::default() });
                svg.text("c-label c-halo", (at.0 + 9.0, at.1 + 11.0), Anchor::Start, &marker.label);
            }
        }
        let lines = self.notes.len().saturating_sub(1) as f64;
        let corner = (AREA.right - 8.0, AREA.bottom - 10.0 - lines * plot::LINE);
        plot::notes(&mut svg, corner, Anchor::End, &self.notes);
        svg.finish(&self.heading, AREA.bottom + 37.0, self.summary())
    }

    fn summary(&self) -> String {
        let format = Format::PERCENT;
        let markers: String = self
            .markers
            .iter()
            .map(|marker| {
                format!(
                    " At {}: sensitivity {}, false alarms among those without the outcome {}.",
                    marker.label,
                    format.text(marker.sensitivity),
                    format.text(marker.false_positive_rate),
                )
            })
            .collect();
        let notes: String = self.notes.iter().map(|note| format!(" {note}.")).collect();
        format!("Sensitivity against 1 − specificity over all thresholds.{notes}{markers}")
    }
}
