//! What can be measured, and what each measure is called.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// Which way a measure is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
    /// The closer to 0, the better.
    Near0,
    /// The closer to 1, the better.
    Near1,
    /// Neither: it describes.
    Neither,
}

/// A name that is no measure.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{name}` is not a measure; the measures are {}", names())]
pub struct UnknownMeasure {
    name: String,
}

/// Writes down each measure once: variant, name in JSON and on the command line, title, direction.
macro_rules! measures {
    ($($(#[$doc:meta])* $variant:ident $name:literal $title:literal $better:ident;)*) => {
        /// What an estimate measures. [`crate::estimates`] and [`crate::fairness_gaps`] say how.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(Serialize, Deserialize, JsonSchema)]
        pub enum Measure {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        impl Measure {
            /// Every measure, in the order of a report.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name in JSON and on the command line.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// The name in plain words, for a page.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),* }
            }

            /// Which way it is good.
            #[must_use]
            pub fn better(self) -> Better {
                match self { $(Self::$variant => Better::$better),* }
            }
        }
    };
}

measures! {
    /// Chance that a row with the outcome scores higher than one without; ties count half. 0 to 1.
    Auroc "auroc" "discrimination (AUROC)" Higher;
    /// Mean squared difference of score and outcome. 0 to 1.
    Brier "brier" "Brier score" Lower;
    /// Share of the outcome's variance that the scores explain: 1 - Brier / (rate (1 - rate)).
    ScaledBrier "scaled_brier" "scaled Brier score" Higher;
    /// Outcomes that happened for each that the scores predict. Above 0.
    ObservedExpected "observed_expected" "observed / expected outcomes" Near1;
    /// Calibration in the large: the logit shift that makes the mean prediction right.
    CalibrationIntercept "calibration_intercept" "calibration intercept" Near0;
    /// The factor on the logit of the score that fits best; below 1, the scores are too extreme.
    CalibrationSlope "calibration_slope" "calibration slope" Near1;
    /// Share of rows whose outcome happened. 0 to 1.
    OutcomeRate "outcome_rate" "outcome rate" Neither;
    /// Mean score. 0 to 1.
    MeanScore "mean_score" "mean score" Neither;
    /// Share of the rows with the outcome that are flagged. 0 to 1.
    Sensitivity "sensitivity" "sensitivity" Higher;
    /// Share of the rows without the outcome that are not flagged. 0 to 1.
    Specificity "specificity" "specificity" Higher;
    /// Share of the flagged rows whose outcome happened. 0 to 1.
    Ppv "ppv" "positive predictive value" Higher;
    /// Share of the rows not flagged whose outcome did not happen. 0 to 1.
    Npv "npv" "negative predictive value" Higher;
    /// Share of rows flagged. 0 to 1.
    FlagRate "flag_rate" "flag rate" Neither;
    /// Net benefit of acting on flags, in true positives per row.
    NetBenefit "net_benefit" "net benefit" Higher;
    /// Net benefit of acting on every row, to compare with.
    NetBenefitTreatAll "net_benefit_treat_all" "net benefit of treating all" Neither;
    /// Largest minus smallest sensitivity of the groups.
    SensitivityGap "sensitivity_gap" "largest gap in sensitivity" Lower;
    /// Largest minus smallest specificity of the groups.
    SpecificityGap "specificity_gap" "largest gap in specificity" Lower;
    /// Largest minus smallest positive predictive value of the groups.
    PpvGap "ppv_gap" "largest gap in positive predictive value" Lower;
    /// Largest minus smallest flag rate of the groups.
    FlagRateGap "flag_rate_gap" "largest gap in flag rate" Lower;
    /// Smallest flag rate of the groups over the largest. 0 to 1.
    FlagRateRatio "flag_rate_ratio" "smallest / largest flag rate" Near1;
    /// P value of Cochran's test that observed / expected is the same in all groups. 0 to 1.
    ObservedExpectedHeterogeneity "observed_expected_heterogeneity"
        "p value of equal observed / expected in all groups" Neither;
}

impl Measure {
    /// The smallest and the largest value that it can have; infinite where there is none.
    #[must_use]
    pub fn range(self) -> (f64, f64) {
        match self {
            Self::Auroc
            | Self::Brier
            | Self::OutcomeRate
            | Self::MeanScore
            | Self::Sensitivity
            | Self::Specificity
            | Self::Ppv
            | Self::Npv
            | Self::FlagRate
            | Self::SensitivityGap
            | Self::SpecificityGap
            | Self::PpvGap
            | Self::FlagRateGap
            | Self::FlagRateRatio
            | Self::ObservedExpectedHeterogeneity => (0.0, 1.0),
            Self::ScaledBrier | Self::NetBenefit | Self::NetBenefitTreatAll => {
                (f64::NEG_INFINITY, 1.0)
            }
            Self::ObservedExpected => (0.0, f64::INFINITY),
            Self::CalibrationIntercept | Self::CalibrationSlope => {
                (f64::NEG_INFINITY, f64::INFINITY)
            }
        }
    }

    /// True when it depends on the threshold at which a row is flagged.
    #[must_use]
    pub fn has_threshold(self) -> bool {
        match self {
            Self::Auroc
            | Self::Brier
            | Self::ScaledBrier
            | Self::ObservedExpected
            | Self::CalibrationIntercept
            | Self::CalibrationSlope
            | Self::OutcomeRate
            | Self::MeanScore
            | Self::ObservedExpectedHeterogeneity => false,
            Self::Sensitivity
            | Self::Specificity
            | Self::Ppv
            | Self::Npv
            | Self::FlagRate
            | Self::NetBenefit
            | Self::NetBenefitTreatAll
            | Self::SensitivityGap
            | Self::SpecificityGap
            | Self::PpvGap
            | Self::FlagRateGap
            | Self::FlagRateRatio => true,
        }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Measure {
    type Err = UnknownMeasure;

    fn from_str(name: &str) -> Result<Self, UnknownMeasure> {
        let known = Self::ALL.iter().find(|measure| measure.name() == name);
        known.copied().ok_or_else(|| UnknownMeasure { name: name.to_owned() })
    }
}

fn names() -> String {
    Measure::ALL.iter().map(|measure| measure.name()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_back_the_same_everywhere() {
        for &measure in Measure::ALL {
            let json = serde_json::to_string(&measure).unwrap();
            assert_eq!(json, format!("\"{measure}\""));
            assert_eq!(measure.to_string().parse(), Ok(measure));
        }
        let error = "auc".parse::<Measure>().unwrap_err().to_string();
        assert!(error.starts_with("`auc` is not a measure; the measures are auroc, "), "{error}");
    }
}
