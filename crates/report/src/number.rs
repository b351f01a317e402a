//! How numbers are written: the same rules in every chart, and for the tables beside them.

/// How the numbers of a measure are written.
///
/// Digits are fixed per measure, never chosen per value; thousands are set apart by commas; the
/// minus sign is a real one; zero has no sign.
///
/// ```
/// use report::Format;
/// assert_eq!(Format::PERCENT.text(0.1234), "12.3%");
/// assert_eq!(Format::decimals(2).text(-0.001), "0.00");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    percent: bool,
    decimals: usize,
}

impl Format {
    /// A share written as a percentage with one decimal.
    pub const PERCENT: Format = Format { percent: true, decimals: 1 };

    /// A number with a fixed count of decimals.
    #[must_use]
    pub const fn decimals(decimals: usize) -> Format {
        Format { percent: false, decimals }
    }

    /// The number in words of this format; an em dash for one that is not finite.
    #[must_use]
    pub fn text(self, value: f64) -> String {
        if !value.is_finite() {
            return "—".to_owned();
        }
        let unit = if self.percent { "%" } else { "" };
        format!("{}{unit}", fixed(value * self.factor(), self.decimals))
    }

    /// Two ends of an interval: "0.64 to 0.78", "12.3 to 15.1%".
    #[must_use]
    pub fn range(self, lower: f64, upper: f64) -> String {
        let lower = self.text(lower);
        format!("{} to {}", lower.trim_end_matches('%'), self.text(upper))
    }

    /// A tick label: as many decimals as the step between ticks needs.
    pub(crate) fn tick(self, value: f64, step: f64) -> String {
        let step = step * self.factor();
        // 1e-9 absorbs the rounding of a step such as 0.1 * 100.
        let decimals =
            if step > 0.0 { (-(step.log10() + 1e-9).floor()).max(0.0) as usize } else { 0 };
        let unit = if self.percent { "%" } else { "" };
        format!("{}{unit}", fixed(value * self.factor(), decimals))
    }

    fn factor(self) -> f64 {
        if self.percent { 100.0 } else { 1.0 }
    }
}

/// A count with thousands set apart: "12,345".
#[must_use]
pub fn count(count: u64) -> String {
    group_thousands(&count.to_string())
}

/// A number with a fixed count of decimals, a real minus sign and no negative zero.
fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, format!(".{fraction}")),
        None => (text.as_str(), String::new()),
    };
    let zero = text.chars().all(|c| c == '0' || c == '.');
    let sign = if value < 0.0 && !zero { "−" } else { "" };
    format!("{sign}{}{fraction}", group_thousands(whole))
}

/// A power of ten: in full where that is short, else with a raised exponent.
pub(crate) fn power_of_ten(exponent: i32) -> String {
    match exponent {
        0..=4 => fixed(10f64.powi(exponent), 0),
        -3..=-1 => fixed(10f64.powi(exponent), exponent.unsigned_abs() as usize),
        _ => format!("10{}", exponent.to_string().chars().map(raised).collect::<String>()),
    }
}

fn raised(c: char) -> char {
    match c {
        '0' => '⁰',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '4' => '⁴',
        '5' => '⁵',
        '6' => '⁶',
        '7' => '⁷',
        '8' => '⁸',
        '9' => '⁹',
        _ => '⁻',
    }
}

fn group_thousands(digits: &str) -> String {
    let length = digits.len();
    let mut grouped = String::with_capacity(length + length / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (length - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_fixed_rules() {
        let check = |format: Format, value: f64, expected: &str| {
            assert_eq!(format.text(value), expected, "{value} as {format:?}");
        };
        check(Format::PERCENT, 0.0, "0.0%");
        check(Format::PERCENT, 1.0, "100.0%");
        check(Format::PERCENT, -0.0251, "−2.5%");
        check(Format::decimals(2), -0.004, "0.00");
        check(Format::decimals(0), 1_234_567.0, "1,234,567");
        check(Format::decimals(1), 999.96, "1,000.0");
        check(Format::decimals(2), f64::NAN, "—");
        check(Format::decimals(2), f64::INFINITY, "—");
        assert_eq!(Format::PERCENT.range(0.123, 0.2), "12.3 to 20.0%");
        assert_eq!(Format::decimals(2).range(-0.1, 0.1), "−0.10 to 0.10");
    }

    #[test]
    fn ticks_have_the_decimals_of_their_step() {
        let check = |format: Format, value, step, expected: &str| {
            assert_eq!(format.tick(value, step), expected);
        };
        check(Format::PERCENT, 0.15, 0.05, "15%");
        check(Format::PERCENT, 0.025, 0.005, "2.5%");
        check(Format::decimals(2), 0.5, 0.1, "0.5");
        check(Format::decimals(2), 1000.0, 500.0, "1,000");
    }

    #[test]
    fn powers_of_ten_are_short() {
        let texts = [-12, -2, 0, 3, 4, 5, 300].map(power_of_ten);
        assert_eq!(texts, ["10⁻¹²", "0.01", "1", "1,000", "10,000", "10⁵", "10³⁰⁰"]);
    }

    #[test]
    fn counts_have_commas() {
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
    }
}
