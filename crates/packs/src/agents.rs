//! Agent policies.

use crate::PackError;
use crate::fault::Check;
use crate::shape::Shape;
use governance::AgentPolicy;

/// Where it stands in an act.
pub(crate) const SHAPE: Shape = Shape::Act("adopt_agent_policy");

/// Reads an agent policy and checks that it can be used: each action is there once and says what it
/// is, and permissions and drills last at least a day.
///
/// # Errors
/// Everything that is wrong with it.
pub fn agent_policy(file: &str, text: &str) -> Result<AgentPolicy, PackError> {
    let (mut check, policy): (_, AgentPolicy) = Check::parse(file, text, SHAPE)?;
    check.says_something("the version", &policy.version);
    check.says_something("the title", &policy.title);
    check.says_something("the source", &policy.source);
    check.unique("action", "the action", policy.actions.iter().map(|rule| &rule.action));
    if policy.actions.is_empty() {
        check.note(None, "it lists no action", "add at least one [[actions]]");
    }
    for rule in policy.actions.iter().filter(|rule| rule.title.trim().is_empty()) {
        let line = check.line_of("action", rule.action.as_str(), 0);
        check.note(line, format!("the action `{}` has no title", rule.action), "say what it is");
    }
    let spans = [
        ("permission_days", policy.permission_days),
        ("drill_days", policy.drill_days),
        ("drill_limit_seconds", policy.drill_limit_seconds),
    ];
    for (key, _) in spans.into_iter().filter(|(_, span)| *span == 0) {
        let line = check.line_of(key, "0", 0);
        check.note(line, format!("`{key}` is 0"), "give it at least 1");
    }
    check.finish(policy)
}
