//! Which measures belong together.

use statistics::{Better, Measure};

/// What a measure is about. The order is that of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// What the data are, such as the rate of the outcome.
    Data,
    /// How well scores tell rows with the outcome from those without.
    Discrimination,
    /// How far scores can be read as probabilities.
    Calibration,
    /// How near predictions come to what happened, and all else without a threshold.
    Accuracy,
    /// What acting from a threshold on finds and misses.
    Threshold,
    /// Whether acting does more good than harm.
    Utility,
    /// How far groups lie apart.
    Groups,
}

/// Words in the names of measures of one family.
const WORDS: &[(Family, &[&str])] = &[
    (Family::Groups, &["gap", "ratio", "heterogeneity"]),
    (Family::Utility, &["benefit", "interventions"]),
    (Family::Discrimination, &["auroc", "auc", "auprc", "average", "concordance"]),
    (
        Family::Calibration,
        &["calibration", "observed", "ici", "e50", "e90", "emax", "ece", "spiegelhalter"],
    ),
];

impl Family {
    /// The family of a measure, by its name and by what is known of it.
    #[must_use]
    pub fn of(measure: Measure) -> Self {
        if measure == Measure::BrierUncertainty {
            return Self::Accuracy;
        }
        let has = |words: &[&str]| measure.name().split('_').any(|word| words.contains(&word));
        let named = WORDS.iter().find(|(_, words)| has(words)).map(|(family, _)| *family);
        named.unwrap_or_else(|| match (measure.has_threshold(), measure.better()) {
            (true, _) => Self::Threshold,
            (false, Better::Neither) => Self::Data,
            (false, _) => Self::Accuracy,
        })
    }

    /// Its name, for a heading.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Data => "The data",
            Self::Discrimination => "Discrimination",
            Self::Calibration => "Calibration",
            Self::Accuracy => "Accuracy",
            Self::Threshold => "At the threshold",
            Self::Utility => "Utility",
            Self::Groups => "Between groups",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_measure_has_its_place() {
        let check = |family: Family, names: &[&str]| {
            for name in names {
                let measure: Measure = name.parse().unwrap();
                assert_eq!(Family::of(measure), family, "{name}");
            }
        };
        check(Family::Data, &["outcome_rate", "mean_score"]);
        check(Family::Discrimination, &["auroc"]);
        check(
            Family::Calibration,
            &["observed_expected", "calibration_intercept", "calibration_slope"],
        );
        check(Family::Accuracy, &["brier", "scaled_brier"]);
        check(Family::Threshold, &["sensitivity", "specificity", "ppv", "npv", "flag_rate"]);
        check(Family::Utility, &["net_benefit", "net_benefit_treat_all"]);
        check(
            Family::Groups,
            &["sensitivity_gap", "flag_rate_ratio", "observed_expected_heterogeneity"],
        );
    }
}
