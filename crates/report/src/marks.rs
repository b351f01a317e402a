//! Points and intervals, the same in every chart.

use crate::Interval;
use crate::scale::Scale;
use crate::svg::{Point, Svg};

/// What a point has to say beside its place.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Look {
    /// Not final yet: hollow.
    pub(crate) provisional: bool,
    /// Needs attention: a diamond in the attention colour.
    pub(crate) flagged: bool,
    /// Half the width of the point.
    pub(crate) radius: f64,
}

/// Draws an estimate with its interval along one axis. `place` turns (pixels along the axis, pixels
/// to the side) into a point, so that one function serves upright and lying intervals.
pub(crate) fn estimate(
    svg: &mut Svg,
    scale: &Scale,
    interval: Interval,
    look: Look,
    place: impl Fn(f64, f64) -> Point,
) {
    let state = match look {
        Look { flagged: true, .. } => " c-flagged",
        Look { provisional: true, .. } => " c-provisional",
        Look { .. } => "",
    };
    let ends = [interval.lower, interval.upper].map(|value| scale.at(value));
    let [low, high] = ends;
    let line = format!("c-interval{state}");
    svg.line(&line, place(low, 0.0), place(high, 0.0));
    let inwards = (high - low).signum();
    for (value, end, inwards) in [(interval.lower, low, inwards), (interval.upper, high, -inwards)]
    {
        if scale.contains(value) {
            svg.line(&line, place(end, -3.0), place(end, 3.0));
        } else {
            // The interval goes on beyond the axis.
            let tip = place(end, 0.0);
            let back = end + 6.0 * inwards;
            svg.polygon(&format!("c-beyond{state}"), &[tip, place(back, -4.0), place(back, 4.0)]);
        }
    }
    if scale.contains(interval.estimate) {
        point(svg, place(scale.at(interval.estimate), 0.0), look);
    }
}

/// Draws a point alone.
pub(crate) fn point(svg: &mut Svg, at: Point, look: Look) {
    let hollow = if look.provisional { " c-hollow" } else { "" };
    if look.flagged {
        let (x, y) = at;
        let r = look.radius * 1.5;
        let corners = [(x, y - r), (x + r, y), (x, y + r), (x - r, y)];
        svg.polygon(&format!("c-point c-flagged{hollow}"), &corners);
    } else {
        svg.circle(&format!("c-point{hollow}"), at, look.radius);
    }
}
