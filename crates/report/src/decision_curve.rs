//! Net benefit of acting on a model.

use crate::number::Format;
use crate::plot::{self, Area, Key, LINE};
use crate::scale::{Scale, ScaleKind};
use crate::svg::{Anchor, Point, Svg, WIDTH, not_enough_data};
use crate::{Chart, Heading};

/// A decision curve: net benefit of the model, of treating all and of treating none, by threshold
/// probability.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DecisionCurve {
    /// The finding.
    pub heading: Heading,
    /// What the model is called in the key.
    pub model_name: String,
    /// (threshold probability, net benefit per patient) of the model, thresholds ascending.
    pub model: Vec<(f64, f64)>,
    /// The same for treating everybody. Treating nobody is zero by definition.
    pub treat_all: Vec<(f64, f64)>,
    /// The thresholds that make clinical sense, shaded: (lower, upper).
    pub relevant: Option<(f64, f64)>,
}

impl DecisionCurve {
    /// Draws the chart.
    #[must_use]
    pub fn draw(&self) -> Chart {
        let finite = |points: &[(f64, f64)]| -> Vec<(f64, f64)> {
            let finite = |(x, y): &(f64, f64)| x.is_finite() && y.is_finite();
            points.iter().copied().filter(finite).collect()
        };
        let (model, treat_all) = (finite(&self.model), finite(&self.treat_all));
        if model.len() < 2 {
            return not_enough_data(&self.heading, "no net benefit to compare");
        }
        let keys = [
            Key { class: "c-line", name: &self.model_name },
            Key { class: "c-line c-second", name: "treat all" },
            Key { class: "c-line c-third", name: "treat none" },
        ];
        let key_height = plot::key_rows(&keys, WIDTH) as f64 * LINE;
        let top = key_height + 28.0;
        let area = Area { left: 48.0, top, right: 350.0, bottom: top + 200.0 };
        let (x, y) = scales(&model, &treat_all, area);

        let mut svg = Svg::default();
        plot::key(&mut svg, (0.0, 12.0), &keys, WIDTH);
        self.draw_relevant(&mut svg, area, &x);
        plot::vertical_axis(&mut svg, area, &y, Format::decimals(3), "Net benefit per patient");
        let below = area.bottom + 16.0;
        let name = "Threshold probability";
        plot::horizontal_axis(&mut svg, area, &x, Format::PERCENT, below, name);
        plot::frame(&mut svg, area);
        let (low, high) = y.domain();
        // Lines leave the plot at its floor: how bad treating all becomes does not matter.
        let place = |(at, benefit): (f64, f64)| -> Point {
            let share = (benefit - low) / (high - low);
            (x.at(at), area.bottom - share * area.height())
        };
        svg.clipped(&self.heading, area.corner(), area.size(), |svg| {
            svg.line("c-line c-third", (area.left, y.at(0.0)), (area.right, y.at(0.0)));
            let all: Vec<Point> = treat_all.iter().copied().map(place).collect();
            svg.polyline("c-line c-second", &all);
            let model: Vec<Point> = model.iter().copied().map(place).collect();
            svg.polyline("c-line", &model);
        });
        svg.finish(&self.heading, area.bottom + 37.0, self.summary())
    }

    fn draw_relevant(&self, svg: &mut Svg, area: Area, x: &Scale) {
        let Some((lower, upper)) = self.relevant else { return };
        let (left, right) = (x.at(lower), x.at(upper));
        svg.rect("c-band", (left, area.top), (right - left, area.height()));
        let middle = (left + right) / 2.0;
        svg.text("c-small", (middle, area.top + 13.0), Anchor::Middle, "relevant range");
    }

    fn summary(&self) -> String {
        let relevant = self.relevant.map_or_else(String::new, |(lower, upper)| {
            format!(" Relevant thresholds: {}.", Format::PERCENT.range(lower, upper))
        });
        format!(
            "Net benefit by threshold probability: {}, treating all, treating none.{relevant}",
            self.model_name
        )
    }
}

/// The floor is a little below zero: what is worse than treating nobody needs no more room.
fn scales(model: &[(f64, f64)], treat_all: &[(f64, f64)], area: Area) -> (Scale, Scale) {
    let thresholds = model.iter().map(|(threshold, _)| *threshold);
    let x = Scale::covering(ScaleKind::Linear, thresholds, area.across());
    let benefits = model.iter().chain(treat_all).map(|(_, benefit)| *benefit);
    let top = benefits.fold(0.0, f64::max);
    let y = Scale::covering(ScaleKind::Linear, [-top / 10.0, top].into_iter(), area.upwards());
    (x, y)
}
