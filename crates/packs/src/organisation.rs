//! Bodies and people.

use crate::PackError;
use crate::fault::Check;
use crate::shape::Shape;
use governance::{Body, Person, SeatId, TierRule};
use serde::Deserialize;

/// Where a body stands in an act.
pub(crate) const BODY: Shape = Shape::Act("charter_body");
/// Where people stand in acts.
pub(crate) const PEOPLE: Shape = Shape::People;

/// Reads the charter of a body and checks that it can decide: its seats exist and are unique, no
/// rule asks for more members than there are seats, and each rule has a majority that can be
/// reached.
///
/// # Errors
/// Everything that is wrong with it.
pub fn body(file: &str, text: &str) -> Result<Body, PackError> {
    let (mut check, body): (_, Body) = Check::parse(file, text, BODY)?;
    check.says_something("the name", &body.name);
    check.says_something("the charter", &body.charter);
    check.unique("id", "the seat", body.seats.iter().map(|seat| &seat.id));
    check.unique("tier", "the rule for", body.rules.iter().map(|rule| rule.tier));
    check.unique("holder", "the holder", body.seats.iter().filter_map(|seat| seat.holder.as_ref()));
    let known = |seat: &SeatId| body.seats.iter().any(|known| known.id == *seat);
    if !known(&body.chair) {
        let line = check.line_of("chair", body.chair.as_str(), 0);
        check.note(line, format!("the chair `{}` is no seat", body.chair), "name one of the seats");
    }
    if body.rules.is_empty() {
        check.note(None, "the body may decide nothing", "add a rule for each tier it decides on");
    }
    for rule in &body.rules {
        let line = check.line_of("tier", &rule.tier.to_string(), 0);
        for seat in rule.required_seats.iter().filter(|seat| !known(seat)) {
            let what = format!("{} requires `{seat}`, which is no seat", rule.tier);
            check.note(line, what, "name one of the seats");
        }
        for (what, remedy) in unreachable_by(rule, body.seats.len()) {
            check.note(line, format!("{}: {what}", rule.tier), remedy);
        }
    }
    check.finish(body)
}

/// What a rule asks for that the body cannot give.
fn unreachable_by(rule: &TierRule, seats: usize) -> Vec<(String, &'static str)> {
    let mut faults = Vec::new();
    let many = |count: u32| usize::try_from(count).is_ok_and(|count| count > seats);
    if rule.quorum == 0 || many(rule.quorum) {
        let what = format!("the quorum is {} of {seats} seats", rule.quorum);
        faults.push((what, "ask for at least one and at most all seats"));
    }
    if many(rule.clinician_approvals) {
        let what = format!("{} clinicians of {seats} seats", rule.clinician_approvals);
        faults.push((what, "ask for at most as many as there are seats"));
    }
    if rule.majority == 0 || rule.majority > rule.majority_of {
        let what = format!("the majority is {} of {}", rule.majority, rule.majority_of);
        faults.push((what, "give a share above none and at most all, such as 1 of 2 or 2 of 3"));
    }
    faults
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct People {
    people: Vec<Person>,
}

/// Reads a list of people, each a `[[people]]`, and checks that each is there once and has a title.
///
/// # Errors
/// Everything that is wrong with it.
pub fn people(file: &str, text: &str) -> Result<Vec<Person>, PackError> {
    let (mut check, People { people }): (_, People) = Check::parse(file, text, PEOPLE)?;
    check.unique("id", "the person", people.iter().map(|person| &person.id));
    for person in people.iter().filter(|person| person.title.trim().is_empty()) {
        let what = format!("`{}` has no title", person.id);
        check.about(&person.id, what, "say which position the person holds");
    }
    check.finish(people)
}
