//! The rules of the linter, each with its id, its grade and what to do.

use serde::Serialize;
use std::fmt;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// The card breaks its schema, contradicts itself or says what cannot be.
    Error,
    /// A question to the vendor before anybody relies on the card.
    Warning,
    /// Worth knowing.
    Note,
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        })
    }
}

/// One rule of the linter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Its id. It stays the same.
    pub id: &'static str,
    /// How much a finding weighs.
    pub grade: Grade,
    /// What it looks for.
    pub looks_for: &'static str,
    /// What to do about a finding.
    pub remedy: &'static str,
}

macro_rules! rules {
    ($($name:ident $id:literal $grade:ident $looks_for:literal $remedy:literal;)*) => {
        $(pub(super) const $name: Rule =
            Rule { id: $id, grade: Grade::$grade, looks_for: $looks_for, remedy: $remedy };)*

        /// Every rule, in the order of the ids.
        pub const RULES: &[Rule] = &[$($name),*];
    };
}

rules! {
    S01_MISSING "S01" Error "an element that the schema wants is missing"
        "ask for a card that has it";
    S02_ORDER "S02" Error "an element stands where the schema does not want it"
        "ask for a card that follows the schema; it was read as if it did";
    S03_EMPTY "S03" Error "an element that must say something is empty"
        "ask what belongs here";
    S04_SIGNATURE "S04" Note "the card has a signature"
        "have it verified elsewhere; nothing here was verified";
    S05_OLD_SCHEMA "S05" Note "the card follows version 0.1 of the schema, without single results"
        "ask for a card of version 0.2";
    P01_PLACEHOLDER "P01" Error "a placeholder instead of an answer"
        "ask for the answer";
    P02_NOT_APPLICABLE "P02" Warning "not applicable or none, without a reason"
        "ask why it does not apply";
    L01_NO_INTERVAL "L01" Warning "a performance without an interval"
        "ask for the interval, or for the counts behind it";
    L02_NO_COUNT "L02" Warning "a performance without the number of cases"
        "ask how many cases were tested, and how many had the finding";
    L03_NO_GROUPS "L03" Warning "no performance by age, sex, race or ethnicity"
        "ask for the performance in each group, with intervals";
    L04_SIGNIFICANCE "L04" Warning "no significance instead of a performance in each group"
        "ask for the estimates: no significant difference is not the same as no difference";
    L05_UNTESTED_EQUAL "L05" Error "no difference is claimed where data are said to be unavailable"
        "ask in which groups it was tested, and have the claim taken back for the others";
    L06_CONTRADICTION "L06" Error "a characteristic is given and said to be unavailable"
        "ask which of the two is right";
    L07_NO_BIAS_UNTESTED "L07" Warning "no known bias, without a test in groups of patients"
        "ask what was done to find out";
    L08_ELSEWHERE "L08" Warning "fairness points to another section"
        "ask for the data of the fairness test itself";
    L09_SAME_STUDY "L09" Warning "results and data as on the card of another product"
        "ask which product the study was about";
    L10_OTHER_NUMBER "L10" Error "a number in words that is not the one of the results"
        "ask which of the two is right";
    L11_UNDEFINED "L11" Warning "a score that the card does not define"
        "ask how it is computed, from what, and what is good";
    L12_RISK_LEVEL "L12" Warning "a low risk for a use that is urgent"
        "have the clinical risk assessed here";
    L13_LOCAL_DATA "L13" Note "nothing on validation or monitoring with local data"
        "ask how it is validated with data of this site";
    L14_HOW_OFTEN "L14" Note "nothing on how often it is monitored or updated"
        "ask how often";
    L15_CONTACT "L15" Warning "no way to reach the developer"
        "ask for an address, a page or a number";
    L16_OTHER_PEOPLE "L16" Warning "a test with other people than those that it is for"
        "ask for a test with the people and in the setting that it is for";
    L17_IMPOSSIBLE "L17" Error "a value that cannot be"
        "ask for the right value";
    L18_NO_VALUE "L18" Error "a value that cannot be read"
        "ask for a value of kind single, estimate_ci or mean_sd";
    L19_NO_RISKS "L19" Warning "risks only by pointing elsewhere, or none"
        "ask for the known risks and limitations on the card";
    L20_NO_MITIGATION "L20" Warning "nothing was done against bias"
        "ask what is done to find and lessen bias";
    L21_NO_YEAR "L21" Warning "no year of release"
        "ask when this version was released";
    L22_NO_TEST_DATE "L22" Warning "a performance without the time that the data are from"
        "ask from when the test data are";
    L23_NO_PEOPLE "L23" Warning "a performance without a word on who was tested"
        "ask for the patients: age, sex, race or ethnicity, setting";
    L24_ADDRESS "L24" Warning "a link that leads nowhere"
        "ask for the full address, beginning with https://";
    L25_OTHER_CLEARANCE "L25" Warning "a study of another clearance than the product's"
        "ask which product the study was about";
    L26_PRAISE "L26" Warning "a performance in words without a number"
        "ask for the number behind the words";
    L27_NO_NUMBER "L27" Warning "results without a number"
        "ask for the results as numbers";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_in_the_order_of_the_groups() {
        let ids: std::collections::BTreeSet<_> = RULES.iter().map(|rule| rule.id).collect();
        assert_eq!(ids.len(), RULES.len());
        for rule in RULES {
            assert!(!rule.looks_for.is_empty() && !rule.remedy.is_empty(), "{}", rule.id);
        }
    }
}
