//! How an estimate is written: the same words in charts, tables, pages and on a terminal.

use crate::{Format, count};
use governance::{Need, Trial};
use statistics::{Better, Cohort, Estimate, Measure, SMALLEST_CELL, Status, attribute_in_words};

/// How the numbers of a measure are written.
#[must_use]
pub fn format_of(measure: Measure) -> Format {
    match measure {
        Measure::Sensitivity
        | Measure::Specificity
        | Measure::Ppv
        | Measure::Npv
        | Measure::FlagRate
        | Measure::OutcomeRate
        | Measure::MeanScore
        | Measure::SensitivityGap
        | Measure::SpecificityGap
        | Measure::PpvGap
        | Measure::NpvGap
        | Measure::EqualisedOddsGap
        | Measure::SensitivityShrunk
        | Measure::SpecificityShrunk
        | Measure::PpvShrunk
        | Measure::NpvShrunk
        | Measure::FlagRateShrunk
        | Measure::FlagRateGap => Format::PERCENT,
        Measure::FlagsPer100
        | Measure::NumberNeededToEvaluate
        | Measure::NetInterventionsAvoided => Format::decimals(1),
        Measure::ObservedExpected
        | Measure::CalibrationIntercept
        | Measure::CalibrationSlope
        | Measure::SensitivityRatio
        | Measure::FalsePositiveRateRatio
        | Measure::PpvRatio
        | Measure::NpvRatio
        | Measure::ObservedExpectedRatio
        | Measure::FlagRateRatio => Format::decimals(2),
        Measure::NetBenefit | Measure::NetBenefitTreatAll => Format::decimals(4),
        _ => Format::decimals(3),
    }
}

/// A text that begins with a capital.
#[must_use]
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A level, or what else has a name, as words: `age_band` becomes `Age band`.
#[must_use]
pub fn label(text: &str) -> String {
    capital(&text.replace('_', " "))
}

/// An attribute as words: `age_band` becomes `Age band`, and `race*sex` becomes `Race × sex`.
#[must_use]
pub fn attribute(name: &str) -> String {
    label(&attribute_in_words(name))
}

/// A cohort as words: `Race: Asian`.
#[must_use]
pub fn cohort(cohort: &Cohort) -> String {
    format!("{}: {}", attribute(&cohort.attribute), label(&cohort.level))
}

/// A measure in few words, for the head of a column.
#[must_use]
pub fn short(measure: Measure) -> &'static str {
    match measure {
        Measure::Auroc => "AUROC",
        Measure::ObservedExpected => "O/E",
        Measure::FlagRate => "flagged",
        Measure::Ppv => "PPV",
        other => other.title(),
    }
}

/// The point estimate in words; what is missing where there is none.
#[must_use]
pub fn point(estimate: &Estimate) -> String {
    match (estimate.estimate, estimate.status) {
        // No test can say that there is no chance at all.
        (Some(value), Status::Estimated) if is_p_value(estimate.measure) && value < LEAST_P => {
            format!("< {LEAST_P}")
        }
        (Some(value), Status::Estimated) => format_of(estimate.measure).text(value),
        (_, Status::Suppressed) => format!("n < {SMALLEST_CELL}"),
        _ => "not enough data".to_owned(),
    }
}

/// The smallest p value that is written as it is.
const LEAST_P: f64 = 0.001;

fn is_p_value(measure: Measure) -> bool {
    measure.name().split('_').any(|word| word == "p" || word == "heterogeneity")
}

/// The interval in words; without one, what is missing, or nothing.
#[must_use]
pub fn range(estimate: &Estimate) -> String {
    match (estimate.lower, estimate.upper) {
        (Some(lower), Some(upper)) => format_of(estimate.measure).range(lower, upper),
        _ => missing(estimate),
    }
}

/// About how many more predictions there must be, where that can be said.
#[must_use]
pub fn missing(estimate: &Estimate) -> String {
    match estimate.status {
        Status::NotEnoughData { more_needed: Some(more) } => {
            format!("about {} more needed", count(more))
        }
        _ => String::new(),
    }
}

/// A count in words; a dash where it is not shown.
#[must_use]
pub fn number(value: Option<u64>) -> String {
    value.map_or_else(|| "—".to_owned(), count)
}

/// What an estimate with its interval says, in a few plain words; empty where the number says
/// enough.
#[must_use]
pub fn says(it: &Estimate) -> String {
    let Some(estimate) = it.estimate else { return String::new() };
    let hundred = Format::decimals(0).text(estimate * 100.0);
    let points = Format::decimals(1).text(estimate * 100.0);
    match it.measure {
        Measure::Ici => return format!("risks are {points} in 100 off on average"),
        Measure::E50 => return format!("half of the risks are at most {points} in 100 off"),
        Measure::E90 => return format!("nine in ten risks are at most {points} in 100 off"),
        Measure::Emax => return format!("the worst risk is {points} in 100 off"),
        _ => {}
    }
    let (Some(lower), Some(upper)) = (it.lower, it.upper) else { return String::new() };
    let side = |of: f64, [below, within, above]: [&str; 3]| {
        let words = if upper < of {
            below
        } else if lower > of {
            above
        } else {
            within
        };
        words.to_owned()
    };
    match it.measure {
        Measure::ObservedExpected => side(
            1.0,
            [
                "fewer outcomes than predicted",
                "about as many outcomes as predicted",
                "more outcomes than predicted",
            ],
        ),
        Measure::CalibrationSlope => side(
            1.0,
            ["scores are too extreme", "scores are spread about right", "scores are too moderate"],
        ),
        Measure::CalibrationIntercept => {
            side(0.0, ["risks are too high on the whole", "", "risks are too low on the whole"])
        }
        Measure::Auroc => {
            side(0.5, ["ranks worse than chance", "may rank no better than chance", ""])
        }
        Measure::Sensitivity => format!("finds {hundred} of 100 with the outcome"),
        Measure::Specificity => format!("leaves {hundred} of 100 without it unflagged"),
        Measure::Ppv => format!("{hundred} of 100 flags are right"),
        Measure::Npv => {
            let missed = Format::decimals(0).text((1.0 - estimate) * 100.0);
            format!("{missed} of 100 without a flag have the outcome")
        }
        Measure::FlagRate => format!("flags {hundred} of 100"),
        Measure::NumberNeededToEvaluate => "flags looked at for each right one".to_owned(),
        Measure::NetInterventionsAvoided => {
            side(0.0, ["acting on everyone does better", "", "spared, against acting on everyone"])
        }
        Measure::NetBenefit => side(
            0.0,
            [
                "worse than acting on nobody",
                "may be no better than acting on nobody",
                "better than acting on nobody",
            ],
        ),
        other => match other.better() {
            Better::Near1 => side(1.0, ["below 1", "", "above 1"]),
            Better::Near0 => side(0.0, ["below 0", "", "above 0"]),
            Better::Higher | Better::Lower | Better::Neither => String::new(),
        },
    }
}

/// What a judged estimate lacks, with the cohort that it is of; none where nothing is lacking, or
/// where it cannot be said.
#[must_use]
pub fn lacking(trial: &Trial) -> Option<String> {
    let Need { rows, events } = trial.need?;
    let whom =
        trial.estimate.cohort.as_ref().map(|it| format!("{}: ", it.level)).unwrap_or_default();
    let takes =
        format!("about {} more rows, {} of them with the outcome", count(rows), count(events));
    Some(match trial.status {
        governance::Status::Failed => {
            format!("{whom}{takes}, would show it if the estimate stays")
        }
        _ => format!("{whom}it takes {takes}"),
    })
}
