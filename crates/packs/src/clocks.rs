//! Clock rules: which legal clocks an incident starts.

use crate::PackError;
use crate::fault::Check;
use crate::shape::Shape;
use governance::ClockRules;

/// Where it stands in an act.
pub(crate) const SHAPE: Shape = Shape::Act("adopt_clock_rules");

/// Reads clock rules and checks that they mean something: the time zone exists, rules stand on
/// questions that are asked and on answers that exist, every length ends, no id is used twice.
///
/// # Errors
/// Everything that is wrong with them.
pub fn clocks(file: &str, text: &str) -> Result<ClockRules, PackError> {
    let (mut check, rules): (_, ClockRules) = Check::parse(file, text, SHAPE)?;
    for fault in rules.faults() {
        match fault.id {
            Some(id) => check.about(id, fault.what, fault.remedy),
            None => check.note(None, fault.what, fault.remedy),
        }
    }
    check.finish(rules)
}
