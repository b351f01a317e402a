//! Change matrices: what a change of a live use case takes.

use crate::PackError;
use crate::fault::Check;
use governance::ChangeMatrix;

/// Reads a change matrix and checks that it is complete: every kind of change has one rule for
/// every tier, each with a route that its requirements fit, time and a reason.
///
/// # Errors
/// Everything that is wrong with it.
pub fn change_matrix(file: &str, text: &str) -> Result<ChangeMatrix, PackError> {
    let (mut check, matrix): (_, ChangeMatrix) = Check::parse(file, text)?;
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
