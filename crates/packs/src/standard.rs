//! Validation standards.

use crate::PackError;
use crate::fault::Check;
use crate::shape::Shape;
use governance::{Bound, End, Proof, ValidationStandard};

/// Where it stands in an act.
pub(crate) const SHAPE: Shape = Shape::Act("adopt_standard");

/// Days that a met standard can be valid at most: ten years. More is a slip of the hand.
const LONGEST_DAYS: u32 = 3660;

/// Reads a validation standard and checks that each requirement can be judged: ids are unique,
/// every bound bounds something and can be satisfied, every requirement says why.
///
/// # Errors
/// Everything that is wrong with it.
pub fn standard(file: &str, text: &str) -> Result<ValidationStandard, PackError> {
    let (mut check, standard): (_, ValidationStandard) = Check::parse(file, text, SHAPE)?;
    check.says_something("the version", &standard.version);
    check.says_something("the title", &standard.title);
    check.says_something("the source", &standard.source);
    if !(1..=LONGEST_DAYS).contains(&standard.valid_days) {
        let what = format!("a met standard is valid for {} days", standard.valid_days);
        let line = check.line_of("valid_days", &standard.valid_days.to_string(), 0);
        check.note(line, what, "give it at least a day and at most ten years, 3660");
    }
    if let Some(reason) = &standard.prohibited {
        check.says_something("the reason of the prohibition", reason);
    }
    if standard.requirements.is_empty() && standard.prohibited.is_none() {
        check.note(None, "nothing has to be proved", "add at least one [[requirements]]");
    }
    let ids = standard.requirements.iter().map(|requirement| &requirement.id);
    check.unique("id", "the requirement", ids);
    for requirement in &standard.requirements {
        let id = &requirement.id;
        if requirement.title.trim().is_empty() || requirement.rationale.trim().is_empty() {
            let what = format!("the requirement `{id}` lacks a title or a rationale");
            check.about(id, what, "say what has to be proved, and why so much");
        }
        match &requirement.proof {
            Proof::Computed(bound) => {
                for (what, remedy) in faults(bound) {
                    check.about(id, format!("the requirement `{id}`: {what}"), remedy);
                }
            }
            Proof::Attested { statement, .. } if statement.trim().is_empty() => {
                let what = format!("the requirement `{id}` has no statement");
                check.about(id, what, "write what the signer attests");
            }
            Proof::Attested { signer_role, max_valid_days, .. } => {
                if signer_role.as_ref().is_some_and(|role| role.trim().is_empty()) {
                    let what = format!("the requirement `{id}` names no role");
                    check.about(id, what, "name one, or leave `signer_role` out");
                }
                if *max_valid_days == Some(0) {
                    let what = format!("the requirement `{id}`: a word would hold for 0 days");
                    check.about(id, what, "give `max_valid_days` at least 1, or leave it out");
                }
            }
            Proof::Reviewed(rubric) => {
                if let Some(fault) = rubric.fault() {
                    check.about(id, format!("the requirement `{id}`: {fault}"), "mend the rubric");
                }
                let silent = |text: &String| text.trim().is_empty();
                for asked in &rubric.criteria {
                    if silent(&asked.question) || asked.scale.iter().any(silent) {
                        let what = format!("`{}` has no question or an empty answer", asked.id);
                        check.about(&asked.id, what, "say what raters are asked, and each answer");
                    }
                }
            }
        }
    }
    check.finish(standard)
}

/// What is wrong with a bound, and what to do about it.
pub(crate) fn faults(bound: &Bound) -> Vec<(String, &'static str)> {
    let mut faults = Vec::new();
    let limits = [bound.at_least, bound.at_most];
    if limits.iter().flatten().any(|limit| !limit.is_finite()) {
        faults.push(("a bound is no finite number".to_owned(), "write a plain number"));
    }
    let (lowest, highest) = bound.measure.range();
    let limits = limits.into_iter().flatten().filter(|limit| limit.is_finite());
    for limit in limits.filter(|limit| !(lowest..=highest).contains(limit)) {
        let measure = bound.measure.name();
        let range = match (lowest.is_finite(), highest.is_finite()) {
            (true, true) => format!("from {lowest} to {highest}"),
            (true, false) => format!("at least {lowest}"),
            _ => format!("at most {highest}"),
        };
        faults.push((
            format!("the bound {limit} on `{measure}`, which is {range}"),
            "give a number that the measure can have",
        ));
    }
    match (bound.at_least, bound.at_most) {
        (None, None) => faults.push((
            "it has neither `at_least` nor `at_most`, so everything satisfies it".to_owned(),
            "give it one of them",
        )),
        (Some(least), Some(most)) if least > most => faults.push((
            format!("nothing is at least {least} and at most {most}"),
            "swap the two or widen them",
        )),
        _ => {}
    }
    let lax = match bound.end {
        End::Lower => bound.at_least.is_none(),
        End::Upper => bound.at_most.is_none(),
        End::Point | End::Interval | End::Overlap => false,
    };
    if lax {
        faults.push((
            "it bounds the end of the interval that is easier to satisfy".to_owned(),
            "bound the lower end from below and the upper end from above, or name the interval",
        ));
    }
    if bound.each.as_ref().is_some_and(|attribute| attribute.trim().is_empty()) {
        faults.push(("`each` names no attribute".to_owned(), "name one, or leave `each` out"));
    }
    if bound.min_n == 0 || bound.min_events > bound.min_n {
        faults.push((
            format!("min_n {} and min_events {} do not fit", bound.min_n, bound.min_events),
            "ask for at least one prediction, and for no more events than predictions",
        ));
    }
    faults
}
