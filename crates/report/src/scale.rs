//! From values to pixels, and the round numbers between.

use crate::number::{Format, power_of_ten};

/// How an axis turns values into distances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ScaleKind {
    /// Equal differences are equal distances.
    #[default]
    Linear,
    /// Equal ratios are equal distances; only values above zero have a place.
    Log,
}

/// A map from values between `low` and `high` to pixels between `start` and `end`.
///
/// Both ends are finite and differ, whatever was asked for, so a finite value always has a finite
/// place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    kind: ScaleKind,
    low: f64,
    high: f64,
    start: f64,
    end: f64,
}

/// A round number on an axis and how it is written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tick {
    pub(crate) value: f64,
    pub(crate) label: String,
}

/// Number of ticks aimed at: labels stay apart on the smallest chart.
const TICKS: f64 = 5.0;

/// Ends beyond this are brought to it: sums and ratios of two ends stay finite.
const LARGEST: f64 = 1e150;

impl Scale {
    /// A scale with exactly this domain. An impossible one (not finite, empty, or not positive on a
    /// log scale) becomes the nearest possible.
    pub(crate) fn new(kind: ScaleKind, domain: (f64, f64), pixels: (f64, f64)) -> Scale {
        let (start, end) = pixels;
        let floor = if kind == ScaleKind::Log { 1.0 / LARGEST } else { -LARGEST };
        let (low, high) = match domain {
            (low, high) if low.is_nan() || high.is_nan() => (1.0, 2.0),
            (low, high) => (low.clamp(floor, LARGEST), high.clamp(floor, LARGEST)),
        };
        let (low, high) = if low <= high { (low, high) } else { (high, low) };
        let (low, high) = match kind {
            _ if high > low => (low, high),
            // Half of the value, or one unit around zero, gives a single value an axis to stand on.
            ScaleKind::Linear => {
                let margin = if low == 0.0 { 1.0 } else { low.abs() / 2.0 };
                (low - margin, high + margin)
            }
            ScaleKind::Log => (low / 2.0, high * 2.0),
        };
        Scale { kind, low, high, start, end }
    }

    /// A scale that covers `values` and ends on round numbers (linear) or a little beyond them
    /// (log).
    pub(crate) fn covering(
        kind: ScaleKind,
        values: impl Iterator<Item = f64>,
        pixels: (f64, f64),
    ) -> Scale {
        let usable = |value: &f64| value.is_finite() && (kind == ScaleKind::Linear || *value > 0.0);
        let (low, high) = values
            .filter(usable)
            .fold((f64::NAN, f64::NAN), |(low, high), v| (v.min(low), v.max(high)));
        let tight = Scale::new(kind, (low, high), pixels);
        match kind {
            ScaleKind::Linear => {
                let step = nice_step((tight.high - tight.low) / TICKS);
                let low = (tight.low / step + 1e-9).floor() * step;
                let high = (tight.high / step - 1e-9).ceil() * step;
                Scale::new(kind, (low, high), pixels)
            }
            ScaleKind::Log => {
                let margin = (tight.high / tight.low).powf(0.06);
                Scale::new(kind, (tight.low / margin, tight.high * margin), pixels)
            }
        }
    }

    /// The place of a value; one outside the domain is at the nearer end.
    pub(crate) fn at(&self, value: f64) -> f64 {
        let clamped = if value.is_nan() { self.low } else { value.clamp(self.low, self.high) };
        self.start + (self.end - self.start) * self.share(clamped)
    }

    /// Whether the value lies on the axis.
    pub(crate) fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// The ends of the domain.
    pub(crate) fn domain(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// Round numbers within the domain.
    pub(crate) fn ticks(&self, format: Format) -> Vec<Tick> {
        if self.kind == ScaleKind::Log {
            let decades = (self.high / self.low).log10();
            if decades > 2.0 || !decades.is_finite() {
                return self.decade_ticks();
            }
            let ticks = self.one_two_five_ticks(format);
            if ticks.len() >= 3 {
                return ticks;
            }
        }
        let step = nice_step((self.high - self.low) / TICKS);
        self.multiples(step).map(|value| Tick { value, label: format.tick(value, step) }).collect()
    }

    fn share(&self, value: f64) -> f64 {
        match self.kind {
            ScaleKind::Linear => (value - self.low) / (self.high - self.low),
            ScaleKind::Log => (value.ln() - self.low.ln()) / (self.high.ln() - self.low.ln()),
        }
    }

    /// Multiples of `step`, each from its own whole number so that errors do not add up.
    fn multiples(&self, step: f64) -> impl Iterator<Item = f64> + use<> {
        let first = (self.low / step - 1e-9).ceil();
        let last = (self.high / step + 1e-9).floor();
        // The count is bounded because steps vanish beside very large values.
        let whole = (0..20).map(move |index| first + f64::from(index));
        // Adding zero turns a negative zero into zero.
        whole.take_while(move |whole| *whole <= last).map(move |whole| whole * step + 0.0)
    }

    fn decade_ticks(&self) -> Vec<Tick> {
        let (first, last) = (self.low.log10().ceil() as i32, self.high.log10().floor() as i32);
        let stride = ((last - first) as usize / TICKS as usize + 1).max(1);
        (first..=last)
            // Counting from zero keeps the tick at 1, which most log axes are about.
            .filter(|exponent| (exponent.unsigned_abs() as usize).is_multiple_of(stride))
            .map(|exponent| Tick { value: 10f64.powi(exponent), label: power_of_ten(exponent) })
            .collect()
    }

    fn one_two_five_ticks(&self, format: Format) -> Vec<Tick> {
        let first = self.low.log10().floor() as i32;
        let last = self.high.log10().ceil() as i32;
        (first..=last)
            .flat_map(|exponent| [1.0, 2.0, 5.0].map(|digit| (digit, 10f64.powi(exponent))))
            .map(|(digit, unit)| (digit * unit, unit))
            .filter(|(value, _)| self.contains(*value))
            .map(|(value, unit)| Tick { value, label: format.tick(value, unit) })
            .collect()
    }
}

/// The smallest of 1, 2, 5, 10 … times a power of ten that is at least `rough`.
fn nice_step(rough: f64) -> f64 {
    if !(rough.is_finite() && rough > 0.0) {
        return 1.0;
    }
    let unit = 10f64.powf(rough.log10().floor());
    let digit = [1.0, 2.0, 5.0].into_iter().find(|digit| rough <= digit * unit * (1.0 + 1e-9));
    digit.unwrap_or(10.0) * unit
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(scale: &Scale, format: Format) -> String {
        scale.ticks(format).into_iter().map(|tick| tick.label).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn ticks_are_round() {
        let check = |kind, values: &[f64], format, expected: &str| {
            let scale = Scale::covering(kind, values.iter().copied(), (0.0, 100.0));
            assert_eq!(labels(&scale, format), expected, "{values:?}");
        };
        let two = Format::decimals(2);
        check(ScaleKind::Linear, &[0.0, 1.0], two, "0.0 0.2 0.4 0.6 0.8 1.0");
        check(ScaleKind::Linear, &[0.0, 0.43], Format::PERCENT, "0% 10% 20% 30% 40% 50%");
        check(ScaleKind::Linear, &[-0.013, 0.04], two, "−0.02 0.00 0.02 0.04");
        check(ScaleKind::Linear, &[3.0], two, "1 2 3 4 5");
        check(ScaleKind::Linear, &[], two, "1.0 1.2 1.4 1.6 1.8 2.0");
        check(ScaleKind::Linear, &[f64::NAN, 0.0, 12_345.0], two, "0 5,000 10,000 15,000");
        check(ScaleKind::Log, &[0.5, 2.0], two, "0.5 1 2");
        check(ScaleKind::Log, &[0.85, 1.2], two, "0.9 1.0 1.1 1.2");
        check(ScaleKind::Log, &[0.5, 3e9], two, "1 1,000 10⁶ 10⁹");
        check(ScaleKind::Log, &[0.0, 1.0, 1e300], two, "1 10³² 10⁶⁴ 10⁹⁶ 10¹²⁸");
    }

    #[test]
    fn every_finite_value_has_a_place_on_the_axis() {
        let domains = [(0.0, 1.0), (2.0, 2.0), (5.0, -5.0), (f64::NAN, 1.0), (0.0, 0.0)];
        for kind in [ScaleKind::Linear, ScaleKind::Log] {
            for domain in domains {
                let scale = Scale::new(kind, domain, (10.0, 20.0));
                for value in [f64::MIN, -1.0, 0.0, 1e-300, 1.5, f64::MAX, f64::INFINITY] {
                    let place = scale.at(value);
                    assert!((10.0..=20.0).contains(&place), "{kind:?} {domain:?} {value}: {place}");
                }
            }
        }
    }

    #[test]
    fn ticks_end_where_steps_vanish_beside_values() {
        let scale = Scale::new(ScaleKind::Linear, (1e17, 1e17 + 16.0), (0.0, 100.0));
        assert!(scale.ticks(Format::decimals(0)).len() <= 20);
    }

    #[test]
    fn equal_ratios_are_equal_distances_on_a_log_scale() {
        let scale = Scale::new(ScaleKind::Log, (0.25, 4.0), (0.0, 100.0));
        let places = [0.25, 0.5, 1.0, 2.0, 4.0].map(|value| scale.at(value).round());
        assert_eq!(places, [0.0, 25.0, 50.0, 75.0, 100.0]);
    }
}
