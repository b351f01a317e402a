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

/// Writes down each measure once: variant, name in JSON and on the command line, title, direction,
/// the values that it can have, whether it depends on the threshold, whether it has an interval.
macro_rules! measures {
    ($($(#[$doc:meta])* $variant:ident $name:literal $title:literal
        $better:ident $range:ident $scope:ident $interval:ident;)*) => {
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

            /// The smallest and the largest value that it can have; infinite where there is none.
            #[must_use]
            pub fn range(self) -> (f64, f64) {
                match self { $(Self::$variant => range::$range),* }
            }

            /// True when it depends on the threshold at which a row is flagged.
            #[must_use]
            pub fn has_threshold(self) -> bool {
                match self { $(Self::$variant => scope::$scope),* }
            }

            /// True when its estimates come with an interval. P values have none, nor has what
            /// chance alone pushes away from 0: no sound interval of closed form is known for it.
            #[must_use]
            pub fn has_interval(self) -> bool {
                match self { $(Self::$variant => interval::$interval),* }
            }
        }
    };
}

/// The values that a measure can have.
mod range {
    const NONE: f64 = f64::INFINITY;
    pub(super) const SHARE: (f64, f64) = (0.0, 1.0);
    pub(super) const HUNDRED: (f64, f64) = (0.0, 100.0);
    pub(super) const POSITIVE: (f64, f64) = (0.0, NONE);
    pub(super) const FROM_ONE: (f64, f64) = (1.0, NONE);
    pub(super) const QUARTER: (f64, f64) = (0.0, 0.25);
    pub(super) const AT_MOST_ONE: (f64, f64) = (-NONE, 1.0);
    pub(super) const AT_MOST_HUNDRED: (f64, f64) = (-NONE, 100.0);
    pub(super) const SIGNED_SHARE: (f64, f64) = (-1.0, 1.0);
    pub(super) const ANY: (f64, f64) = (-NONE, NONE);
}

/// Whether a measure depends on the threshold.
mod scope {
    pub(super) const WHOLE: bool = false;
    pub(super) const AT: bool = true;
}

/// Whether an estimate has an interval.
mod interval {
    pub(super) const WITH: bool = true;
    pub(super) const POINT: bool = false;
}

measures! {
    /// Chance that a row with the outcome scores higher than one without; ties count half. 0 to 1.
    Auroc "auroc" "discrimination (AUROC)" Higher SHARE WHOLE WITH;
    /// AUROC where at most a tenth of the rows without the outcome are flagged, standardised: one
    /// half is chance, 1 is perfect.
    PartialAuroc "partial_auroc"
        "standardised partial AUROC (false positive rate up to 0.1)" Higher SHARE WHOLE WITH;
    /// Mean precision over the rows with the outcome, each at its own score. 0 to 1; chance gives
    /// the outcome rate.
    AveragePrecision "average_precision" "average precision" Higher SHARE WHOLE WITH;
    /// Mean squared difference of score and outcome. 0 to 1.
    Brier "brier" "Brier score" Lower SHARE WHOLE WITH;
    /// Share of the outcome's variance that the scores explain: 1 - Brier / (rate (1 - rate)).
    ScaledBrier "scaled_brier" "scaled Brier score" Higher AT_MOST_ONE WHOLE WITH;
    /// The part of the Brier score that the best rising change of the scores would take away.
    BrierMiscalibration "brier_miscalibration" "Brier score: miscalibration" Lower SIGNED_SHARE
        WHOLE POINT;
    /// What the scores, recalibrated, take off the Brier score of the outcome rate. 0 to 1/4.
    BrierDiscrimination "brier_discrimination" "Brier score: discrimination" Higher QUARTER
        WHOLE POINT;
    /// The Brier score of the outcome rate itself: rate (1 - rate). 0 to 1/4.
    BrierUncertainty "brier_uncertainty" "Brier score: uncertainty" Neither QUARTER WHOLE WITH;
    /// Outcomes that happened for each that the scores predict. Above 0.
    ObservedExpected "observed_expected" "observed / expected outcomes" Near1 POSITIVE WHOLE WITH;
    /// Calibration in the large: the logit shift that makes the mean prediction right.
    CalibrationIntercept "calibration_intercept" "calibration intercept" Near0 ANY WHOLE WITH;
    /// The factor on the logit of the score that fits best; below 1, the scores are too extreme.
    CalibrationSlope "calibration_slope" "calibration slope" Near1 ANY WHOLE WITH;
    /// Integrated calibration index: mean distance of score and smooth curve over rows. 0 to 1.
    Ici "ici" "integrated calibration index (ICI)" Lower SHARE WHOLE POINT;
    /// Median distance of score and smooth curve over rows. 0 to 1.
    E50 "e50" "median calibration error (E50)" Lower SHARE WHOLE POINT;
    /// 90th percentile of the distance of score and smooth curve over rows. 0 to 1.
    E90 "e90" "90th percentile of calibration error (E90)" Lower SHARE WHOLE POINT;
    /// Largest distance of score and smooth curve of a row. 0 to 1.
    Emax "emax" "largest calibration error (Emax)" Lower SHARE WHOLE POINT;
    /// Expected calibration error over ten groups of equal size, squared and de-biased: about 0,
    /// and often below, when scores are right.
    DebiasedEce "debiased_ece" "squared calibration error, de-biased (ECE)" Near0 SIGNED_SHARE
        WHOLE POINT;
    /// P value of Spiegelhalter's test that all scores are right. 0 to 1.
    SpiegelhalterP "spiegelhalter_p" "p value that all scores are right (Spiegelhalter)" Neither
        SHARE WHOLE POINT;
    /// Share of rows whose outcome happened. 0 to 1.
    OutcomeRate "outcome_rate" "outcome rate" Neither SHARE WHOLE WITH;
    /// Mean score. 0 to 1.
    MeanScore "mean_score" "mean score" Neither SHARE WHOLE WITH;
    /// Share of the rows with the outcome that are flagged. 0 to 1.
    Sensitivity "sensitivity" "sensitivity" Higher SHARE AT WITH;
    /// Share of the rows without the outcome that are not flagged. 0 to 1.
    Specificity "specificity" "specificity" Higher SHARE AT WITH;
    /// Share of the flagged rows whose outcome happened. 0 to 1.
    Ppv "ppv" "positive predictive value" Higher SHARE AT WITH;
    /// Share of the rows not flagged whose outcome did not happen. 0 to 1.
    Npv "npv" "negative predictive value" Higher SHARE AT WITH;
    /// Share of rows flagged. 0 to 1.
    FlagRate "flag_rate" "flag rate" Neither SHARE AT WITH;
    /// Rows flagged of each hundred. 0 to 100.
    FlagsPer100 "flags_per_100" "flags per 100 predictions" Neither HUNDRED AT WITH;
    /// Flagged rows that are looked at for each whose outcome happened: 1 / positive predictive
    /// value. At least 1.
    NumberNeededToEvaluate "number_needed_to_evaluate" "number needed to evaluate" Lower FROM_ONE
        AT WITH;
    /// Net benefit of acting on flags, in true positives per row.
    NetBenefit "net_benefit" "net benefit" Higher AT_MOST_ONE AT WITH;
    /// Net benefit of acting on every row, to compare with.
    NetBenefitTreatAll "net_benefit_treat_all" "net benefit of treating all" Neither AT_MOST_ONE
        AT WITH;
    /// Net benefit over the outcome rate: 1 is that of a perfect score.
    StandardisedNetBenefit "standardised_net_benefit" "standardised net benefit" Higher AT_MOST_ONE
        AT WITH;
    /// Interventions that acting on flags saves for each hundred rows, against acting on every row,
    /// without one outcome more going untreated.
    NetInterventionsAvoided "net_interventions_avoided" "net interventions avoided per 100" Higher
        AT_MOST_HUNDRED AT WITH;
    /// Largest minus smallest sensitivity of the groups.
    SensitivityGap "sensitivity_gap" "largest gap in sensitivity" Lower SHARE AT WITH;
    /// Largest minus smallest specificity of the groups, which is that of false positive rates.
    SpecificityGap "specificity_gap" "largest gap in specificity" Lower SHARE AT WITH;
    /// Largest minus smallest positive predictive value of the groups.
    PpvGap "ppv_gap" "largest gap in positive predictive value" Lower SHARE AT WITH;
    /// Largest minus smallest negative predictive value of the groups.
    NpvGap "npv_gap" "largest gap in negative predictive value" Lower SHARE AT WITH;
    /// Largest minus smallest flag rate of the groups.
    FlagRateGap "flag_rate_gap" "largest gap in flag rate" Lower SHARE AT WITH;
    /// The larger of the gaps in sensitivity and in false positive rate.
    EqualisedOddsGap "equalised_odds_gap" "equalised odds: largest gap in hits or false alarms"
        Lower SHARE AT WITH;
    /// Largest minus smallest AUROC of the groups.
    AurocGap "auroc_gap" "largest gap in discrimination (AUROC)" Lower SHARE WHOLE WITH;
    /// Smallest sensitivity of the groups over the largest. 0 to 1.
    SensitivityRatio "sensitivity_ratio" "smallest / largest sensitivity" Near1 SHARE AT WITH;
    /// Smallest false positive rate of the groups over the largest. 0 to 1.
    FalsePositiveRateRatio "false_positive_rate_ratio" "smallest / largest false positive rate"
        Near1 SHARE AT WITH;
    /// Smallest positive predictive value of the groups over the largest. 0 to 1.
    PpvRatio "ppv_ratio" "smallest / largest positive predictive value" Near1 SHARE AT WITH;
    /// Smallest negative predictive value of the groups over the largest. 0 to 1.
    NpvRatio "npv_ratio" "smallest / largest negative predictive value" Near1 SHARE AT WITH;
    /// Smallest flag rate of the groups over the largest. 0 to 1.
    FlagRateRatio "flag_rate_ratio" "smallest / largest flag rate" Near1 SHARE AT WITH;
    /// Smallest observed / expected of the groups over the largest. 0 to 1.
    ObservedExpectedRatio "observed_expected_ratio" "smallest / largest observed / expected" Near1
        SHARE WHOLE WITH;
    /// P value of Pearson's test that sensitivity is the same in all groups. 0 to 1.
    SensitivityHeterogeneity "sensitivity_heterogeneity"
        "p value of equal sensitivity in all groups" Neither SHARE AT POINT;
    /// P value of Pearson's test that specificity is the same in all groups. 0 to 1.
    SpecificityHeterogeneity "specificity_heterogeneity"
        "p value of equal specificity in all groups" Neither SHARE AT POINT;
    /// P value of Pearson's test that the positive predictive value is the same in all groups.
    PpvHeterogeneity "ppv_heterogeneity"
        "p value of equal positive predictive value in all groups" Neither SHARE AT POINT;
    /// P value of Pearson's test that the negative predictive value is the same in all groups.
    NpvHeterogeneity "npv_heterogeneity"
        "p value of equal negative predictive value in all groups" Neither SHARE AT POINT;
    /// P value of Pearson's test that the flag rate is the same in all groups. 0 to 1.
    FlagRateHeterogeneity "flag_rate_heterogeneity" "p value of equal flag rate in all groups"
        Neither SHARE AT POINT;
    /// P value of Cochran's test that AUROC is the same in all groups. 0 to 1.
    AurocHeterogeneity "auroc_heterogeneity" "p value of equal discrimination in all groups"
        Neither SHARE WHOLE POINT;
    /// P value of Cochran's test that observed / expected is the same in all groups. 0 to 1.
    ObservedExpectedHeterogeneity "observed_expected_heterogeneity"
        "p value of equal observed / expected in all groups" Neither SHARE WHOLE POINT;
    /// Sensitivity of a group, drawn towards that of all. 0 to 1.
    SensitivityShrunk "sensitivity_shrunk" "sensitivity, drawn towards that of all groups" Higher
        SHARE AT POINT;
    /// Specificity of a group, drawn towards that of all. 0 to 1.
    SpecificityShrunk "specificity_shrunk" "specificity, drawn towards that of all groups" Higher
        SHARE AT POINT;
    /// Positive predictive value of a group, drawn towards that of all. 0 to 1.
    PpvShrunk "ppv_shrunk" "positive predictive value, drawn towards that of all groups" Higher
        SHARE AT POINT;
    /// Negative predictive value of a group, drawn towards that of all. 0 to 1.
    NpvShrunk "npv_shrunk" "negative predictive value, drawn towards that of all groups" Higher
        SHARE AT POINT;
    /// Flag rate of a group, drawn towards that of all. 0 to 1.
    FlagRateShrunk "flag_rate_shrunk" "flag rate, drawn towards that of all groups" Neither
        SHARE AT POINT;
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
