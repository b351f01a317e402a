//! Change matrices: what a change of a live use case takes.

use crate::PackError;
use crate::fault::Check;
use crate::shape::Shape;
use governance::ChangeMatrix;

/// Where it stands in an act.
pub(crate) const SHAPE: Shape = Shape::Act("adopt_change_matrix");

/// Reads a change matrix and checks that it is complete: every kind of change has one rule for
/// every tier, each with a route that its requirements fit, time and a reason.
///
/// # Errors
/// Everything that is wrong with it.
pub fn change_matrix(file: &str, text: &str) -> Result<ChangeMatrix, PackError> {
    let (mut check, matrix): (_, ChangeMatrix) = Check::parse(file, text, SHAPE)?;
    check.says_something("the id", &matrix.id);
    check.says_something("the version", &matrix.version);
    check.says_something("the title", &matrix.title);
    check.says_something("the source", &matrix.source);
    for (kind, what, remedy) in matrix.faults() {
        let handle: &'static str = kind.into();
        let line = check.line_of("kind", handle, 0);
        check.note(line, what, remedy);
    }
    check.finish(matrix)
}
