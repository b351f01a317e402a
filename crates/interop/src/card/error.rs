//! Why a file is not read as a card.

use super::Schema;
use thiserror::Error;

/// A file that is no card, with the place of the fault. Nothing of it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}, column {column}{}: {fault}", inside(path.as_deref()))]
pub struct CardError {
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) path: Option<String>,
    pub(super) fault: CardFault,
}

fn inside(path: Option<&str>) -> String {
    path.map_or_else(String::new, |path| format!(", in {path}"))
}

impl CardError {
    /// The line of the fault, from 1.
    #[must_use]
    pub fn line(&self) -> u32 {
        self.line
    }

    /// The column of the fault in characters, from 1.
    #[must_use]
    pub fn column(&self) -> u32 {
        self.column
    }

    /// What is wrong.
    #[must_use]
    pub fn fault(&self) -> &CardFault {
        &self.fault
    }
}

/// What is wrong with a file that is not read as a card.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CardFault {
    /// It has more bytes than a card may have.
    #[error("the file has more than {most} bytes; is it a card?")]
    #[non_exhaustive]
    TooLarge {
        /// How many it may have.
        most: usize,
    },
    /// It is no UTF-8.
    #[error("the text is not UTF-8; save the card as UTF-8")]
    NotUtf8,
    /// It says that it is in another encoding.
    #[error("the card says that it is in `{name}`; save it as UTF-8, and let it say so")]
    #[non_exhaustive]
    Encoding {
        /// The encoding that it names.
        name: String,
    },
    /// It has more of something than a card has.
    #[error("there are too many {what} for a card; is it a card?")]
    #[non_exhaustive]
    TooMany {
        /// Of what.
        what: &'static str,
    },
    /// Elements are inside one another further than a card needs.
    #[error("elements are inside one another more than {most} deep; is it a card?")]
    #[non_exhaustive]
    TooDeep {
        /// How deep they may be.
        most: usize,
    },
    /// It has a document type, which could define entities and point to other files.
    #[error("a document type (DTD) is not read, for it can point to other files; take it out")]
    Doctype,
    /// It refers to an entity that XML itself does not define.
    #[error("the entity `&{name};` is not known; write the character itself, or its number")]
    #[non_exhaustive]
    Entity {
        /// The name of the entity.
        name: String,
    },
    /// It is no well-formed XML.
    #[error("this is no well-formed XML: {what}; mend it, or ask for the card again")]
    #[non_exhaustive]
    Malformed {
        /// What the parser says.
        what: String,
    },
    /// Its root is something else.
    #[error("the root is `{name}`, not `AppliedModelCard`; is it a card?")]
    #[non_exhaustive]
    OtherRoot {
        /// The name of the root.
        name: String,
    },
    /// Its namespace is none of the two that are known.
    #[error(
        "the namespace `{namespace}` is not known; known are {} and {}",
        Schema::V01.namespace(),
        Schema::V02.namespace()
    )]
    #[non_exhaustive]
    OtherNamespace {
        /// The namespace.
        namespace: String,
    },
    /// It has an element that the schema does not know here.
    #[error(
        "the schema {schema} has no element `{name}` of namespace `{namespace}` here; \
         it has {known}"
    )]
    #[non_exhaustive]
    UnknownElement {
        /// The name of the element.
        name: String,
        /// Its namespace.
        namespace: String,
        /// The schema of the card.
        schema: Schema,
        /// What may stand here.
        known: String,
    },
    /// It has an element twice of which there is one.
    #[error("this element stands here twice; only one of them can be meant")]
    Twice,
    /// There is text between elements.
    #[error("the text `{text}` stands between elements; it belongs into one of them")]
    #[non_exhaustive]
    StrayText {
        /// How it begins.
        text: String,
    },
    /// There is an element where only text may be.
    #[error("the element `{name}` stands in a text; write text as Markdown, and `<` as `&lt;`")]
    #[non_exhaustive]
    Markup {
        /// The name of the element.
        name: String,
    },
}
