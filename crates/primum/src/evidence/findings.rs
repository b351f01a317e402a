//! Numbers with their intervals, as a person reads them.

use statistics::{Finding, Status};

/// The number, or why there is none.
pub(super) fn value<W>(finding: &Finding<W>) -> String {
    match finding.status {
        Status::Estimated => plain(finding.estimate),
        Status::NotEnoughData { more_needed: Some(more) } => {
            format!("not enough data, about {more} more rows needed")
        }
        Status::NotEnoughData { more_needed: None } => "not enough data".to_owned(),
        Status::Suppressed => "not shown, too few rows".to_owned(),
    }
}

/// Its interval.
pub(super) fn interval<W>(finding: &Finding<W>) -> String {
    match (finding.lower, finding.upper) {
        (Some(lower), Some(upper)) => format!("{} to {}", number(lower), number(upper)),
        _ => "-".to_owned(),
    }
}

/// The rows that it rests on.
pub(super) fn rows<W>(finding: &Finding<W>) -> String {
    finding.n.map_or_else(|| "-".to_owned(), |n| n.to_string())
}

/// A number, or a dash.
pub(super) fn plain(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), number)
}

/// A p value: how small it is below a ten-thousandth says no more.
pub(super) fn p_value<W>(finding: &Finding<W>) -> String {
    match finding.p_value {
        Some(p) if p < 0.0001 => "<0.0001".to_owned(),
        Some(p) => format!("{p:.4}"),
        None => "-".to_owned(),
    }
}

/// Four decimals, and none where there are many digits before the point.
fn number(value: f64) -> String {
    let digits = if value.abs() >= 10_000.0 { 0 } else { 4 };
    format!("{value:.digits$}")
}

/// What the last line says of the rows.
pub(super) fn digest(rows: &evidence::RowsRead, level: f64) -> String {
    format!(
        "{} rows; intervals of {:.0} %.\nDigest of the rows: {}",
        rows.n,
        level * 100.0,
        rows.digest
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_are_told_without_decimals() {
        assert_eq!(number(0.123_456), "0.1235");
        assert_eq!(number(-123_456.7), "-123457");
        assert_eq!(plain(None), "-");
    }
}
