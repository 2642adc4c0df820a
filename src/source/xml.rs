//! XML as feeds and sitemaps have it: read to the end where anybody can, with the first fault named by line and column.
//!
//! Entities of a document type are not read, so that none can be external and none can grow; the predefined ones and those
//! of HTML are.

use std::borrow::Cow;

use encoding_rs::{Encoding, WINDOWS_1252};
use quick_xml::Reader;
use quick_xml::escape::{resolve_html5_entity, unescape_with};
use quick_xml::events::{BytesRef, BytesStart, Event};

/// Elements within each other, at most.
const MAX_DEPTH: usize = 512;
/// Characters of a fault that are told.
const MAX_PROBLEM: usize = 200;

/// A step through a document. Names are without the prefix of the root element, other prefixes stay (`news:title`).
#[derive(Debug)]
pub(super) enum Step {
    /// An element begins.
    Open { name: String, attributes: Vec<(String, String)> },
    /// Text, entities resolved; an element's text may come in several pieces.
    Text(String),
    /// An element ends.
    Close(String),
}

impl Step {
    /// The value of an attribute of an element that begins.
    pub(super) fn attribute<'a>(attributes: &'a [(String, String)], name: &str) -> Option<&'a str> {
        attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.trim())
    }
}

/// What is wrong with a document, and where; line and column count from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Break {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) problem: String,
}

impl std::fmt::Display for Break {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.problem)
    }
}

/// Walks through a document.
pub(super) struct Walk<'a> {
    text: &'a str,
    reader: Reader<&'a [u8]>,
    /// The elements open, outermost first.
    open: Vec<String>,
    /// Closings still owed for elements whose end tag is missing.
    owed: Vec<Step>,
    prefix: Option<String>,
    fault: Option<Break>,
    ended: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        // Faults of nesting are noted here, and reading goes on.
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        config.allow_dangling_amp = true;
        config.expand_empty_elements = true;
        Self { text, reader, open: Vec::new(), owed: Vec::new(), prefix: None, fault: None, ended: false }
    }

    /// The first fault so far.
    pub(super) fn fault(&self) -> Option<&Break> {
        self.fault.as_ref()
    }

    /// Where reading stands, in bytes.
    fn position(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }

    fn note(&mut self, position: usize, mut problem: String) {
        if self.fault.is_none() {
            let (line, column) = line_and_column(self.text, position);
            // It may name elements, whose names can be as long as the document.
            if let Some((end, _)) = problem.char_indices().nth(MAX_PROBLEM) {
                problem.truncate(end);
                problem.push('…');
            }
            self.fault = Some(Break { line, column, problem });
        }
    }

    /// The name without the root's prefix.
    fn name(&self, name: &str) -> String {
        let bare = self.prefix.as_deref().and_then(|prefix| name.strip_prefix(prefix)?.strip_prefix(':'));
        bare.unwrap_or(name).to_owned()
    }

    /// The next step; none at the end.
    pub(super) fn next(&mut self) -> Option<Step> {
        if let Some(step) = self.owed.pop() {
            return Some(step);
        }
        while !self.ended {
            let before = self.position();
            let step = match self.reader.read_event() {
                Ok(Event::Start(start)) => self.opened(&start, before),
                Ok(Event::End(end)) => {
                    let name = self.name(end.name().as_ref());
                    self.closed(name, before)
                }
                Ok(Event::Text(text)) => Some(Step::Text(text.xml10_content().into_owned())),
                Ok(Event::CData(text)) => Some(Step::Text(text.xml10_content().into_owned())),
                Ok(Event::GeneralRef(entity)) => Some(Step::Text(resolved(&entity))),
                Ok(Event::Eof) => {
                    self.ended = true;
                    if let Some(name) = self.open.last() {
                        let problem = format!("the document ends within <{name}>");
                        self.note(before, problem);
                    }
                    None
                }
                Ok(_) => None,
                Err(error) => {
                    // What stands at the end of a document may be debris; what stands before it has been read.
                    self.ended = true;
                    let at = usize::try_from(self.reader.error_position()).unwrap_or(before);
                    self.note(at, error.to_string());
                    None
                }
            };
            if step.is_some() {
                return step;
            }
        }
        None
    }

    fn opened(&mut self, start: &BytesStart<'_>, at: usize) -> Option<Step> {
        let written = start.name();
        let written = written.as_ref();
        if self.open.is_empty() && self.prefix.is_none() {
            // RDF's own prefix is not that of the items in it.
            let prefix = written.split_once(':').filter(|(_, name)| *name != "RDF").map(|(prefix, _)| prefix);
            self.prefix = Some(prefix.unwrap_or_default().to_owned());
        }
        if self.open.len() >= MAX_DEPTH {
            self.ended = true;
            self.note(at, format!("elements are nested deeper than {MAX_DEPTH}"));
            return None;
        }
        let name = self.name(written);
        self.open.push(name.clone());
        let mut attributes = Vec::new();
        for attribute in start.html_attributes().with_checks(false).flatten() {
            let key = attribute.key.as_ref().to_owned();
            attributes.push((key, unescaped(&attribute.value).into_owned()));
        }
        Some(Step::Open { name, attributes })
    }

    /// An end tag: closes the nearest element of that name, and those within it that were left open.
    fn closed(&mut self, name: String, at: usize) -> Option<Step> {
        let Some(depth) = self.open.iter().rposition(|open| *open == name) else {
            self.note(at, format!("</{name}> closes nothing"));
            return None;
        };
        if depth + 1 < self.open.len() {
            let within = self.open.last().cloned().unwrap_or_default();
            self.note(at, format!("</{name}> stands where <{within}> is open"));
        }
        // Handed out from the end: the innermost first.
        self.owed = self.open.drain(depth..).map(Step::Close).collect();
        self.owed.pop()
    }
}

/// An entity or character reference as text; an unknown one as it is written.
fn resolved(entity: &BytesRef<'_>) -> String {
    if let Ok(Some(character)) = entity.resolve_char_ref() {
        return character.to_string();
    }
    let name = entity.xml10_content();
    resolve_html5_entity(&name).map_or_else(|| format!("&{name};"), str::to_owned)
}

/// A value with its entities resolved; as it is where they are broken (`?a=1&b=2`).
pub(super) fn unescaped(text: &str) -> Cow<'_, str> {
    unescape_with(text, resolve_html5_entity).unwrap_or(Cow::Borrowed(text))
}

/// Line and column of an offset, from 1; the column in bytes.
fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
    let column = 1 + before.iter().rev().take_while(|byte| **byte != b'\n').count();
    (line, column)
}

/// The text of a document. UTF-8 where it is that, whatever is declared; else by byte order mark, XML declaration, header; else
/// windows-1252, which any bytes are.
pub(super) fn decode<'a>(bytes: &'a [u8], content_type: Option<&str>) -> Cow<'a, str> {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(bytes.get(length..).unwrap_or_default()).0;
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let declared = declared_encoding(bytes).or_else(|| charset_of(content_type?)).unwrap_or(WINDOWS_1252);
    declared.decode_without_bom_handling(bytes).0
}

fn declared_encoding(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(bytes.get(..bytes.len().min(200))?).into_owned();
    let declaration = head.trim_start().strip_prefix("<?xml")?.split("?>").next()?;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let label = value.get(1..)?.split(quote).next()?;
    // A document that is not UTF-8 but says so is what the fallback is for.
    Encoding::for_label(label.as_bytes()).filter(|encoding| *encoding != encoding_rs::UTF_8)
}

fn charset_of(content_type: &str) -> Option<&'static Encoding> {
    let parameter = content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"').to_owned())
    })?;
    Encoding::for_label(parameter.as_bytes()).filter(|encoding| *encoding != encoding_rs::UTF_8)
}
