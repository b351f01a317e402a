//! Charts as SVG text, and [`Sheet`], an evidence report as people read it.
//!
//! A chart here is a pure function of plain numbers and words: the same input gives the same bytes.
//! Nothing in this crate computes a statistic; estimates, intervals, limits and findings arrive
//! finished, and the title that states the finding is written by the caller, who knows it.
//!
//! Every chart
//! - carries a `<title>`, a `<desc>` and `role="img"`, with ids that start with [`Heading::id`];
//! - has classes instead of inline styles, so that it lives under `style-src 'self'`; [`STYLE`] is
//!   their stylesheet, for light, dark, print and forced colours;
//! - is 360 units wide with 11 and 12 unit text, which stays legible on a phone;
//! - tells series and states apart by shape or dash as well as by colour;
//! - draws "Not enough data" when it was given nothing to draw, and skips what is not finite.

mod calibration;
mod coverage;
mod decision_curve;
mod evidence_series;
mod forest;
mod marks;
mod number;
mod periods;
mod plot;
mod roc;
mod scale;
pub mod sheet;
mod sparkline;
mod svg;
mod time_series;

pub use calibration::{Calibration, CalibrationGroup, HistogramBin};
pub use coverage::{Coverage, CoverageRow};
pub use decision_curve::DecisionCurve;
pub use evidence_series::{EvidencePeriod, EvidenceSeries};
pub use forest::{CohortValue, Forest, ForestRow};
pub use number::{Format, count};
pub use periods::{Annotation, AnnotationKind};
pub use roc::{Roc, RocMarker};
pub use scale::ScaleKind;
pub use sheet::Sheet;
pub use sparkline::Sparkline;
pub use time_series::{Period, TimeSeries};

/// The stylesheet of all charts: serve it with the pages that show them.
///
/// It reads the custom properties `--surface`, `--text`, `--text-muted` and `--line` of the page,
/// and has its own values where the page defines none.
pub const STYLE: &str = include_str!("chart.css");

/// What every chart is headed by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Heading {
    /// Prefix of the ids inside the SVG; unique on its page. Characters other than ASCII letters,
    /// digits, `-` and `_` become `-`.
    pub id: String,
    /// The finding, as a sentence: "Predicted risk is too low above 20 %".
    pub title: String,
}

/// A drawn chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// The finding, unescaped, to be shown as the figure's caption (the SVG has it as `<title>`).
    pub title: String,
    /// One or two sentences that say what the picture shows, unescaped; also the SVG's `<desc>`.
    pub summary: String,
    /// The `<svg>` element, safe to place into a page as it is.
    pub svg: String,
}

/// An estimate with its interval, in the unit of the axis it is drawn on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The point estimate.
    pub estimate: f64,
    /// Lower end of the interval.
    pub lower: f64,
    /// Upper end of the interval.
    pub upper: f64,
}

impl Interval {
    /// Whether all three numbers can be drawn.
    pub(crate) fn is_finite(self) -> bool {
        self.values().into_iter().all(f64::is_finite)
    }

    /// The three numbers, lower end first.
    pub(crate) fn values(self) -> [f64; 3] {
        [self.lower, self.estimate, self.upper]
    }
}

/// A value on an axis that is drawn as a line, with its name.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// Where the line stands, in the unit of its axis.
    pub value: f64,
    /// What it is: "expected", "threshold 15 %".
    pub label: String,
}

/// The axis that a measure is drawn on.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// The name of the measure, with its unit if it has one: "Observed / expected".
    pub label: String,
    /// How its numbers are written.
    pub format: Format,
    /// Linear, or logarithmic for ratios.
    pub scale: ScaleKind,
    /// The ends of the axis. Without it the axis covers all that is drawn; with it, intervals that
    /// reach further end in an arrow.
    pub range: Option<(f64, f64)>,
    /// A range of values that needs no action, drawn as a band: (lower, upper).
    pub tolerance: Option<(f64, f64)>,
    /// The value that means "no difference" or "as expected".
    pub reference: Option<Reference>,
}

impl Axis {
    /// The scale over `values` and all that belongs to this axis, onto `pixels`.
    pub(crate) fn scale(
        &self,
        values: impl Iterator<Item = f64>,
        pixels: (f64, f64),
    ) -> scale::Scale {
        if let Some(range) = self.range {
            return scale::Scale::new(self.scale, range, pixels);
        }
        let own = self.tolerance.into_iter().flat_map(|(low, high)| [low, high]);
        let own = own.chain(self.reference.iter().map(|reference| reference.value));
        scale::Scale::covering(self.scale, values.chain(own), pixels)
    }
}
