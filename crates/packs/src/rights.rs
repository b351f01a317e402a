//! Decision rights: a header in TOML, a schema and policies in Cedar.

use crate::PackError;
use crate::fault::Check;
use crate::shape::Shape;
use governance::RightsPack;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    version: String,
    title: String,
    source: String,
}

/// Where it stands in an act.
pub(crate) const SHAPE: Shape = Shape::Other;

/// Puts a rights pack together from its header (`rights.toml`), schema and policies.
///
/// The Cedar texts are only checked for being there: what they mean is checked by the crate that
/// asks them.
///
/// # Errors
/// Everything that is wrong with the header, and an empty schema or policy text.
pub fn rights(
    file: &str,
    header: &str,
    schema: &str,
    policies: &str,
) -> Result<RightsPack, PackError> {
    let (mut check, Header { version, title, source }): (_, Header) =
        Check::parse(file, header, SHAPE)?;
    check.says_something("the version", &version);
    check.says_something("the title", &title);
    check.says_something("the source", &source);
    check.says_something("the schema", schema);
    check.says_something("the text of the policies", policies);
    let pack = RightsPack { version, schema: schema.to_owned(), policies: policies.to_owned() };
    check.finish(pack)
}
