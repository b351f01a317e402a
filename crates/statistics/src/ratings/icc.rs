//! Intraclass correlations.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Forms of the intraclass correlation. McGraw and Wong, Psychol Methods 1996;1:30; Shrout and
/// Fleiss, Psychol Bull 1979;86:420.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IccForm {
    /// Raters differ from item to item; one rating: ICC(1,1).
    OneWay,
    /// The same raters for all items, agreement in value; one rating: ICC(A,1).
    Agreement,
    /// The same raters for all items, agreement but for a rater's bias; one rating: ICC(C,1).
    Consistency,
    /// As [`IccForm::OneWay`], of the mean of all raters.
    OneWayMean,
    /// As [`IccForm::Agreement`], of the mean of all raters.
    AgreementMean,
    /// As [`IccForm::Consistency`], of the mean of all raters.
    ConsistencyMean,
}

impl fmt::Display for IccForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OneWay => "1,1",
            Self::Agreement => "A,1",
            Self::Consistency => "C,1",
            Self::OneWayMean => "1,k",
            Self::AgreementMean => "A,k",
            Self::ConsistencyMean => "C,k",
        })
    }
}

/// From the mean squares of items (rows), raters (columns), within items, and the rest.
pub(super) fn icc(items: &[Vec<f64>], form: IccForm) -> Option<f64> {
    let (n, k) = (items.len() as f64, items.first()?.len() as f64);
    if n < 2.0 || k < 2.0 {
        return None;
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let of_items: Vec<f64> = items.iter().map(|item| mean(item)).collect();
    let grand = mean(&of_items);
    let squares = |values: &[f64], centre: f64| {
        values.iter().map(|it| (it - centre) * (it - centre)).sum::<f64>()
    };
    let mut of_raters = vec![0.0; items.first()?.len()];
    for item in items {
        of_raters.iter_mut().zip(item).for_each(|(sum, value)| *sum += value / n);
    }
    let rows = squares(&of_items, grand) * k;
    let columns = squares(&of_raters, grand) * n;
    let within: f64 = items.iter().zip(&of_items).map(|(item, mean)| squares(item, *mean)).sum();
    let (rows, columns, rest, within) = (
        rows / (n - 1.0),
        columns / (k - 1.0),
        (within - columns) / ((n - 1.0) * (k - 1.0)),
        within / (n * (k - 1.0)),
    );
    Some(match form {
        IccForm::OneWay => (rows - within) / (rows + (k - 1.0) * within),
        IccForm::Agreement => (rows - rest) / (rows + (k - 1.0) * rest + k * (columns - rest) / n),
        IccForm::Consistency => (rows - rest) / (rows + (k - 1.0) * rest),
        IccForm::OneWayMean => (rows - within) / rows,
        IccForm::AgreementMean => (rows - rest) / (rows + (columns - rest) / n),
        IccForm::ConsistencyMean => (rows - rest) / rows,
    })
}
