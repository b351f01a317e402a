//! From bytes to the elements of a card, each with its place.

use super::schema::{CARD, Element, Holds, SIGNATURE, Schema};
use super::words::shown;
use super::{Card, CardError, CardFault, Text};
use roxmltree::{Document, Error, Node, ParsingOptions};
use std::collections::BTreeMap;

/// The most elements, texts and comments.
const MOST_NODES: u32 = 20_000;
/// The most elements inside one another. A card has five, an XML signature some more.
const DEEPEST: usize = 16;
/// The most signs that an attribute could begin with, and declarations of namespaces: the time to
/// read attributes grows with the square of their number.
const MOST_EQUALS: usize = 10_000;
const MOST_NAMESPACES: usize = 64;

/// One element of a card.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    /// Names from below the root; one that may come often has its number, from 1.
    pub(super) path: String,
    pub(super) line: u32,
    /// None for an element that holds elements.
    pub(super) text: Option<String>,
    pub(super) may_be_empty: bool,
}

/// A fault of a card against the schema with which it can still be read.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Lapse {
    /// What must be there is not; the line is that of the element around it.
    Missing { path: String, line: u32 },
    /// It comes after something that it should come before.
    OutOfOrder { path: String, line: u32, after: &'static str },
}

/// What was read.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) schema: Schema,
    pub(super) parts: Vec<Part>,
    /// Where each path is among them.
    index: BTreeMap<String, usize>,
    pub(super) lapses: Vec<Lapse>,
    pub(super) signature: Option<u32>,
}

impl Parts {
    pub(super) fn text(&self, path: &str) -> Option<Text> {
        let part = self.part(path)?;
        Some(Text { path: part.path.clone(), line: part.line, text: part.text.clone()? })
    }

    /// The texts of an element that may come often.
    pub(super) fn texts(&self, path: &str) -> Vec<Text> {
        (1..).map_while(|number| self.text(&format!("{path}[{number}]"))).collect()
    }

    pub(super) fn line(&self, path: &str) -> Option<u32> {
        self.part(path).map(|part| part.line)
    }

    fn part(&self, path: &str) -> Option<&Part> {
        self.parts.get(*self.index.get(path)?)
    }
}

pub(super) fn parts(bytes: &[u8]) -> Result<Parts, CardError> {
    let text = checked_text(bytes)?;
    let options = ParsingOptions { nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    let document =
        Document::parse_with_options(text, options).map_err(|error| malformed(text, &error))?;
    refuse_doctype(&document)?;
    refuse_other_encoding(text)?;
    refuse_depth(&document)?;
    let root = document.root_element();
    let schema = schema_of(root)?;
    let newlines = text.match_indices('\n').map(|(at, _)| at).collect();
    let (parts, lapses) = (Vec::new(), Vec::new());
    let mut reader = Reader { schema, newlines, parts, lapses, signature: None };
    reader.elements(root, "", CARD)?;
    let Reader { parts, lapses, signature, .. } = reader;
    let index = parts.iter().enumerate().map(|(at, part)| (part.path.clone(), at)).collect();
    Ok(Parts { schema, parts, index, lapses, signature })
}

/// The bytes as text, when there are not too many of anything.
fn checked_text(bytes: &[u8]) -> Result<&str, CardError> {
    let start = |fault| CardError { line: 1, column: 1, path: None, fault };
    if bytes.len() > Card::MOST_BYTES {
        let fault = CardFault::TooLarge { most: Card::MOST_BYTES };
        return Err(start(fault));
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let (line, column) = place(&String::from_utf8_lossy(good));
            return Err(CardError { line, column, path: None, fault: CardFault::NotUtf8 });
        }
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (sign, most, what) in
        [("=", MOST_EQUALS, "attributes"), ("xmlns", MOST_NAMESPACES, "namespaces")]
    {
        if let Some((at, _)) = text.match_indices(sign).nth(most) {
            let (line, column) = place(text.get(..at).unwrap_or_default());
            let fault = CardFault::TooMany { what };
            return Err(CardError { line, column, path: None, fault });
        }
    }
    Ok(text)
}

/// Line and column, from 1, after so much text.
fn place(before: &str) -> (u32, u32) {
    let lines = before.matches('\n').count() + 1;
    let last = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (u32::try_from(lines).unwrap_or(u32::MAX), u32::try_from(last).unwrap_or(u32::MAX))
}

fn malformed(text: &str, error: &Error) -> CardError {
    let located = |at: usize, fault| {
        let (line, column) = place(text.get(..at).unwrap_or(text));
        CardError { line, column, path: None, fault }
    };
    match error {
        Error::DtdDetected => located(doctype(text).unwrap_or(0), CardFault::Doctype),
        Error::UnknownEntityReference(name, at) => {
            let fault = CardFault::Entity { name: shown(name, 40) };
            CardError { line: at.row, column: at.col, path: None, fault }
        }
        Error::NodesLimitReached => located(0, CardFault::TooMany { what: "elements" }),
        Error::NoRootNode | Error::UnclosedRootNode | Error::UnexpectedEndOfStream => {
            let what = match text.trim().is_empty() {
                true => "it is empty".to_owned(),
                false => "it ends before its elements are closed".to_owned(),
            };
            located(text.len(), CardFault::Malformed { what })
        }
        _ => {
            let at = error.pos();
            let said = error.to_string();
            let what = shown(&said.replace(&format!(" at {at}"), ""), 160);
            CardError {
                line: at.row,
                column: at.col,
                path: None,
                fault: CardFault::Malformed { what },
            }
        }
    }
}

fn at(node: Node<'_, '_>, path: &str, fault: CardFault) -> CardError {
    let found = node.document().text_pos_at(node.range().start);
    let path = Some(path.to_owned()).filter(|path| !path.is_empty());
    CardError { line: found.row, column: found.col, path, fault }
}

/// The parser lets a document type without entities pass; no card has one.
fn refuse_doctype(document: &Document<'_>) -> Result<(), CardError> {
    let text = document.input_text();
    let before_root = text.get(..document.root_element().range().start).unwrap_or_default();
    let Some(found) = doctype(before_root) else { return Ok(()) };
    let (line, column) = place(text.get(..found).unwrap_or_default());
    Err(CardError { line, column, path: None, fault: CardFault::Doctype })
}

/// Where a document type begins that stands in no comment.
fn doctype(text: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let rest = text.get(from..)?;
        let found = rest.find("<!DOCTYPE")?;
        match rest.find("<!--").filter(|comment| *comment < found) {
            Some(comment) => {
                let inside = from + comment + "<!--".len();
                from = inside + text.get(inside..)?.find("-->")?;
            }
            None => return Some(from + found),
        }
    }
}

/// A file that says it is in another encoding was read by its writer in other words.
fn refuse_other_encoding(text: &str) -> Result<(), CardError> {
    let declaration = text.strip_prefix("<?xml").and_then(|rest| rest.split("?>").next());
    let named = declaration.and_then(|it| it.split("encoding").nth(1)).unwrap_or_default();
    let name = named.split(['"', '\'']).nth(1).unwrap_or("UTF-8");
    if ["utf-8", "utf8", "us-ascii", "ascii"].iter().any(|it| it.eq_ignore_ascii_case(name)) {
        return Ok(());
    }
    let (line, column) = place(text.split(name).next().unwrap_or_default());
    let fault = CardFault::Encoding { name: shown(name, 40) };
    Err(CardError { line, column, path: None, fault })
}

fn refuse_depth(document: &Document<'_>) -> Result<(), CardError> {
    let mut depths = Vec::new();
    for node in document.descendants() {
        // Parents come before their children, and ids count up in the same order.
        let above = node.parent().and_then(|it| depths.get(it.id().get_usize()).copied());
        let depth: usize = above.map_or(0, |above| above + 1);
        if depth > DEEPEST {
            return Err(at(node, "", CardFault::TooDeep { most: DEEPEST }));
        }
        depths.push(depth);
    }
    Ok(())
}

fn schema_of(root: Node<'_, '_>) -> Result<Schema, CardError> {
    let name = root.tag_name();
    if name.name() != "AppliedModelCard" {
        let fault = CardFault::OtherRoot { name: shown(name.name(), 40) };
        return Err(at(root, "", fault));
    }
    let namespace = name.namespace().unwrap_or_default();
    Schema::of(namespace)
        .ok_or_else(|| at(root, "", CardFault::OtherNamespace { namespace: shown(namespace, 80) }))
}

struct Reader {
    schema: Schema,
    /// Where each line ends. The parser would count lines anew for each element.
    newlines: Vec<usize>,
    parts: Vec<Part>,
    lapses: Vec<Lapse>,
    signature: Option<u32>,
}

impl Reader {
    fn line(&self, node: Node<'_, '_>) -> u32 {
        let start = node.range().start;
        let before = self.newlines.partition_point(|newline| *newline < start);
        u32::try_from(before + 1).unwrap_or(u32::MAX)
    }

    /// Reads what an element that holds elements holds. As deep as the schema is.
    fn elements(
        &mut self,
        node: Node<'_, '_>,
        path: &str,
        known: &'static [Element],
    ) -> Result<(), CardError> {
        let known: Vec<&Element> = known.iter().filter(|it| it.is_in(self.schema)).collect();
        let mut counts = vec![0_usize; known.len()];
        let mut last = 0;
        for child in node.children() {
            if child.is_text() {
                refuse_stray_text(child, path)?;
            }
            if !child.is_element() {
                continue;
            }
            let index = self.known(child, path, &known)?;
            let (Some(element), Some(count)) = (known.get(index), counts.get_mut(index)) else {
                continue;
            };
            *count += 1;
            let at_path = join(path, element, *count);
            if *count > 1 && !element.many {
                return Err(at(child, &at_path, CardFault::Twice));
            }
            if index < last {
                let after = known.get(last).map_or("", |it| it.name);
                let line = self.line(child);
                self.lapses.push(Lapse::OutOfOrder { path: at_path.clone(), line, after });
            }
            last = last.max(index);
            self.element(child, &at_path, element)?;
        }
        for (element, count) in known.iter().zip(&counts) {
            if element.must && *count == 0 {
                let path = join(path, element, 1);
                self.lapses.push(Lapse::Missing { path, line: self.line(node) });
            }
        }
        Ok(())
    }

    /// Which of the elements that may stand here it is.
    fn known(
        &self,
        child: Node<'_, '_>,
        path: &str,
        known: &[&Element],
    ) -> Result<usize, CardError> {
        let (name, namespace) = (child.tag_name().name(), child.tag_name().namespace());
        let found = known.iter().position(|element| {
            let wanted = match element.holds {
                Holds::Signature => SIGNATURE,
                _ => self.schema.namespace(),
            };
            element.name == name && namespace == Some(wanted)
        });
        found.ok_or_else(|| {
            let fault = CardFault::UnknownElement {
                name: shown(name, 40),
                namespace: shown(namespace.unwrap_or("none"), 80),
                schema: self.schema,
                known: known.iter().map(|it| it.name).collect::<Vec<_>>().join(", "),
            };
            at(child, path, fault)
        })
    }

    fn element(
        &mut self,
        node: Node<'_, '_>,
        path: &str,
        element: &Element,
    ) -> Result<(), CardError> {
        let text = match element.holds {
            Holds::Signature => {
                self.signature = Some(self.line(node));
                return Ok(());
            }
            Holds::Elements(_) => None,
            Holds::Text | Holds::TextOrNothing => Some(text_of(node, path)?),
        };
        let may_be_empty = matches!(element.holds, Holds::TextOrNothing);
        self.parts.push(Part { path: path.to_owned(), line: self.line(node), text, may_be_empty });
        match element.holds {
            Holds::Elements(known) => self.elements(node, path, known),
            _ => Ok(()),
        }
    }
}

fn join(path: &str, element: &Element, number: usize) -> String {
    let slash = if path.is_empty() { "" } else { "/" };
    let number = if element.many { format!("[{number}]") } else { String::new() };
    format!("{path}{slash}{}{number}", element.name)
}

fn refuse_stray_text(node: Node<'_, '_>, path: &str) -> Result<(), CardError> {
    let text = node.text().unwrap_or_default().trim();
    if text.is_empty() {
        return Ok(());
    }
    Err(at(node, path, CardFault::StrayText { text: shown(text, 40) }))
}

/// All text of an element that holds text; comments and instructions between are left out.
fn text_of(node: Node<'_, '_>, path: &str) -> Result<String, CardError> {
    let mut text = String::new();
    for child in node.children() {
        if child.is_element() {
            let name = shown(child.tag_name().name(), 40);
            return Err(at(child, path, CardFault::Markup { name }));
        }
        if child.is_text() {
            text.push_str(child.text().unwrap_or_default());
        }
    }
    // Editors leave spaces of no width behind.
    let blank = |c: char| c.is_whitespace() || c == '\u{200b}' || c == '\u{feff}';
    Ok(text.trim_matches(blank).to_owned())
}
