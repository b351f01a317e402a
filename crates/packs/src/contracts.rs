//! Contract terms: the clauses that contracts are checked for.

use crate::PackError;
use crate::fault::Check;
use crate::shape::Shape;
use governance::ContractTerms;

/// Where it stands in an act.
pub(crate) const SHAPE: Shape = Shape::Act("adopt_contract_terms");

/// Reads contract terms and checks that each clause can be asked for and judged.
///
/// # Errors
/// Everything that is wrong with them.
pub fn contract_terms(file: &str, text: &str) -> Result<ContractTerms, PackError> {
    let (mut check, terms): (_, ContractTerms) = Check::parse(file, text, SHAPE)?;
    check.says_something("the id", &terms.id);
    check.says_something("the version", &terms.version);
    check.says_something("the title", &terms.title);
    check.says_something("the source", &terms.source);
    for (clause, what, remedy) in terms.faults() {
        match clause {
            Some(clause) => check.about(&clause, what, remedy),
            None => check.note(None, what, remedy),
        }
    }
    check.finish(terms)
}
