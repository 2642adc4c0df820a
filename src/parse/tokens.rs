//! HTML text → tokens, for html5ever's tree builder: the tokenizer of the HTML standard
//! (<https://html.spec.whatwg.org/multipage/parsing.html#tokenization>) for a text that is there as a whole.
//!
//! html5ever's own tokenizer reads from a stream, a character at a time, and takes half the time of a page. This one jumps from
//! mark to mark, and hands on parts of the page's buffer. The tests hold its trees to those of html5ever's. Comments, which no one
//! reads here, are left out, and attributes beyond a bound, so that no tag costs more than its length.

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, Doctype, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer};
use html5ever::{Attribute, LocalName, QualName, ns};
use memchr::{memchr, memchr_iter, memchr2, memmem};
use std::cell::RefCell;

use super::charref::{Place, resolve};
use super::guard::Guard;

/// Reads a text, which has neither NUL nor carriage returns, and gives its tokens to the tree builder.
pub(super) fn read(text: &StrTendril, guard: &Guard<'_>, attributes: usize) {
    let mut reader = Reader { buffer: text, text, at: 0, names: Names::default(), guard, attributes };
    while reader.at < text.len() && !guard.is_full() {
        reader.step();
    }
}

struct Reader<'a> {
    buffer: &'a StrTendril,
    text: &'a str,
    /// The next byte.
    at: usize,
    names: Names<'a>,
    guard: &'a Guard<'a>,
    /// Attributes of a tag, at most.
    attributes: usize,
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\x0c' | b' ')
}

impl<'a> Reader<'a> {
    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn rest(&self, at: usize) -> &'a [u8] {
        self.text.as_bytes().get(at..).unwrap_or_default()
    }

    fn slice(&self, from: usize, to: usize) -> &'a str {
        self.text.get(from..to).unwrap_or_default()
    }

    /// The first byte that passes a test, or the end.
    fn find(&self, from: usize, test: impl Fn(u8) -> bool) -> usize {
        self.rest(from).iter().position(|byte| test(*byte)).map_or(self.text.len(), |found| from + found)
    }

    /// A part of the buffer, without a copy.
    fn part(&self, from: usize, to: usize) -> StrTendril {
        match (u32::try_from(from), u32::try_from(to - from)) {
            (Ok(from), Ok(length)) => self.buffer.try_subtendril(from, length).unwrap_or_default(),
            _ => StrTendril::from_slice(self.slice(from, to)),
        }
    }

    /// A part of the text with its character references resolved.
    fn value(&self, from: usize, to: usize, place: Place) -> StrTendril {
        let text = self.slice(from, to);
        if memchr(b'&', text.as_bytes()).is_none() {
            return self.part(from, to);
        }
        StrTendril::from_slice(&resolve(text, place))
    }

    fn emit(&self, text: StrTendril) {
        if !text.is_empty() {
            self.guard.text(text);
        }
    }

    /// Reads the text up to the next mark, or what stands there.
    fn step(&mut self) {
        let from = self.at;
        let to = memchr(b'<', self.rest(from)).map_or(self.text.len(), |found| from + found);
        if to > from {
            self.emit(self.value(from, to, Place::Text));
            self.at = to;
            return;
        }
        match self.byte(from + 1) {
            Some(b'/') => match self.byte(from + 2) {
                Some(b) if b.is_ascii_alphabetic() => self.tag(TagKind::EndTag, from + 2),
                Some(_) => self.at = self.beyond(from + 2, b'>'),
                None => self.literal(2),
            },
            Some(b'!') => self.declaration(from + 2),
            Some(b'?') => self.at = self.beyond(from + 1, b'>'),
            Some(b) if b.is_ascii_alphabetic() => self.tag(TagKind::StartTag, from + 1),
            Some(_) | None => self.literal(1),
        }
    }

    /// Takes bytes for what they are.
    fn literal(&mut self, length: usize) {
        self.emit(self.part(self.at, self.at + length));
        self.at += length;
    }

    /// The byte after the next one of a kind, or the end.
    fn beyond(&self, from: usize, byte: u8) -> usize {
        memchr(byte, self.rest(from)).map_or(self.text.len(), |found| from + found + 1)
    }

    /// What begins with `<!`, from there on.
    fn declaration(&mut self, from: usize) {
        let rest = self.rest(from);
        if rest.starts_with(b"--") {
            self.at = from + 2 + comment_length(self.rest(from + 2));
        } else if rest.get(..7).is_some_and(|word| word.eq_ignore_ascii_case(b"doctype")) {
            self.at = self.beyond(from, b'>');
            if let Some(doctype) = doctype(self.slice(from - 2, self.at)) {
                self.guard.doctype(doctype);
            }
        } else if rest.starts_with(b"[CDATA[") && self.guard.is_foreign() {
            let start = from + 7;
            let end = memmem::find(self.rest(start), b"]]>").map(|found| start + found);
            self.emit(self.part(start, end.unwrap_or(self.text.len())));
            self.at = end.map_or(self.text.len(), |end| end + 3);
        } else {
            self.at = self.beyond(from, b'>');
        }
    }

    /// Reads a tag from its name on. One that has no end is none.
    fn tag(&mut self, kind: TagKind, from: usize) {
        let mut at = self.find(from, |byte| is_space(byte) || matches!(byte, b'/' | b'>'));
        let name = self.names.of(self.slice(from, at));
        let mut tag = Tag { kind, name, self_closing: false, attrs: Vec::new(), had_duplicate_attributes: false };
        loop {
            at = self.find(at, |byte| !is_space(byte));
            match self.byte(at) {
                None => {
                    self.at = self.text.len();
                    return;
                }
                Some(b'>') => break,
                Some(b'/') => {
                    at += 1;
                    if self.byte(at) == Some(b'>') {
                        tag.self_closing = true;
                        break;
                    }
                }
                Some(_) => match self.attribute(at, &mut tag) {
                    Some(after) => at = after,
                    None => {
                        self.at = self.text.len();
                        return;
                    }
                },
            }
        }
        self.at = at + 1;
        match kind {
            TagKind::EndTag => self.guard.end_tag(tag),
            TagKind::StartTag => {
                let name = tag.name.clone();
                match self.guard.start(tag) {
                    TokenSinkResult::RawData(kind) => self.raw(kind, &name),
                    TokenSinkResult::Plaintext => {
                        self.emit(self.part(self.at, self.text.len()));
                        self.at = self.text.len();
                    }
                    TokenSinkResult::Continue | TokenSinkResult::Script(_) | TokenSinkResult::EncodingIndicator(_) => {}
                }
            }
        }
    }

    /// Reads an attribute; returns the byte after it, or none where the text ends in it.
    fn attribute(&mut self, from: usize, tag: &mut Tag) -> Option<usize> {
        // The first character is the name's, whatever it is.
        let named = self.find(from + 1, |byte| is_space(byte) || matches!(byte, b'/' | b'>' | b'='));
        let equals = self.find(named, |byte| !is_space(byte));
        let (mut value, mut after) = ((named, named), equals);
        if self.byte(equals) == Some(b'=') {
            let start = self.find(equals + 1, |byte| !is_space(byte));
            (value, after) = match self.byte(start)? {
                quote @ (b'"' | b'\'') => {
                    let end = start + 1 + memchr(quote, self.rest(start + 1))?;
                    ((start + 1, end), end + 1)
                }
                b'>' => ((start, start), start),
                _ => {
                    let end = self.find(start, |byte| is_space(byte) || byte == b'>');
                    ((start, end), end)
                }
            };
        }
        if tag.kind == TagKind::StartTag && tag.attrs.len() < self.attributes {
            let name = self.names.of(self.slice(from, named));
            if tag.attrs.iter().any(|known| known.name.local == name) {
                tag.had_duplicate_attributes = true;
            } else {
                let value = self.value(value.0, value.1, Place::Attribute);
                if tag.attrs.capacity() == 0 {
                    tag.attrs.reserve(4);
                }
                tag.attrs.push(Attribute { name: QualName::new(None, ns!(), name), value });
            }
        }
        Some(after)
    }

    /// Reads the content of an element that has no markup, up to its end tag.
    fn raw(&mut self, kind: RawKind, name: &str) {
        let from = self.at;
        let end = match kind {
            RawKind::ScriptData => script_end(self.rest(from), name),
            _ => memmem::find_iter(self.rest(from), b"</").find(|at| is_end_tag(self.rest(from + at), name)),
        };
        let to = end.map_or(self.text.len(), |end| from + end);
        match kind {
            RawKind::Rcdata => self.emit(self.value(from, to, Place::Text)),
            _ => self.emit(self.part(from, to)),
        }
        self.at = to;
        if end.is_some() {
            self.tag(TagKind::EndTag, to + 2);
        }
    }
}

/// Whether an end tag of that name begins here.
fn is_end_tag(rest: &[u8], name: &str) -> bool {
    let end = 2 + name.len();
    rest.starts_with(b"</")
        && rest.get(2..end).is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
        && rest.get(end).is_some_and(|byte| is_space(*byte) || matches!(byte, b'/' | b'>'))
}

/// The length of a comment from after its `<!--` on, with its end.
fn comment_length(rest: &[u8]) -> usize {
    if rest.starts_with(b">") {
        return 1;
    }
    if rest.starts_with(b"->") {
        return 2;
    }
    let closes = |at: &usize| {
        let before = rest.get(..*at).unwrap_or_default();
        before.ends_with(b"--") || before.ends_with(b"--!")
    };
    memchr_iter(b'>', rest).find(closes).map_or(rest.len(), |at| at + 1)
}

/// How far a script is within a comment: there a second `<script>` needs an end tag of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Escape {
    None,
    Once,
    Twice,
}

/// Where the end tag of a script begins.
fn script_end(rest: &[u8], name: &str) -> Option<usize> {
    let (mut at, mut escape) = (0, Escape::None);
    loop {
        let left = rest.get(at..)?;
        at += match escape {
            Escape::None => memchr(b'<', left)?,
            Escape::Once | Escape::Twice => memchr2(b'<', b'-', left)?,
        };
        let here = rest.get(at..)?;
        if here.starts_with(b"-") {
            if here.starts_with(b"-->") {
                escape = Escape::None;
                at += 2;
            }
            at += 1;
            continue;
        }
        if escape != Escape::Twice && is_end_tag(here, name) {
            return Some(at);
        }
        match escape {
            Escape::None if here.starts_with(b"<!--") => {
                escape = Escape::Once;
                // The hyphens may belong to its end, too.
                at += 2;
                continue;
            }
            Escape::Once if names_script(here.get(1..)?) => escape = Escape::Twice,
            Escape::Twice if here.get(1) == Some(&b'/') && names_script(here.get(2..)?) => escape = Escape::Once,
            _ => {}
        }
        at += 1;
    }
}

/// Whether a tag's name, from here on, is `script`.
fn names_script(rest: &[u8]) -> bool {
    rest.get(..6).is_some_and(|name| name.eq_ignore_ascii_case(b"script"))
        && rest.get(6).is_some_and(|byte| is_space(*byte) || matches!(byte, b'/' | b'>'))
}

/// Takes the one token of a document type.
#[derive(Default)]
struct DoctypeSink(RefCell<Option<Doctype>>);

impl TokenSink for DoctypeSink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        if let Token::DoctypeToken(doctype) = token {
            self.0.replace(Some(doctype));
        }
        TokenSinkResult::Continue
    }
}

/// A document type, read by html5ever: it comes once a page, and its states are many.
fn doctype(text: &str) -> Option<Doctype> {
    // A page that is full of them is none.
    const LONGEST: usize = 4096;
    let end = (0..=text.len().min(LONGEST)).rev().find(|at| text.is_char_boundary(*at))?;
    let tokenizer = Tokenizer::new(DoctypeSink::default(), Default::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(text.get(..end)?));
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.0.into_inner()
}

/// Names met before, by their spelling: a page has few, and interning one is dear.
struct Names<'a> {
    known: [Option<(&'a str, LocalName)>; SLOTS],
}

/// Places for names.
const SLOTS: usize = 128;

impl Default for Names<'_> {
    fn default() -> Self {
        Self { known: [const { None }; SLOTS] }
    }
}

impl<'a> Names<'a> {
    /// The name in lower case.
    fn of(&mut self, spelling: &'a str) -> LocalName {
        let bytes = spelling.as_bytes();
        let (first, last) = (bytes.first().copied().unwrap_or(0), bytes.last().copied().unwrap_or(0));
        let middle = bytes.get(bytes.len() / 2).copied().unwrap_or(0);
        let place = usize::from(first) * 7 + usize::from(middle) * 5 + usize::from(last) * 3 + bytes.len() * 11;
        let slot = &mut self.known[place % SLOTS];
        if let Some((known, name)) = slot
            && *known == spelling
        {
            return name.clone();
        }
        let name = if bytes.iter().any(u8::is_ascii_uppercase) {
            LocalName::from(spelling.to_ascii_lowercase())
        } else {
            LocalName::from(spelling)
        };
        *slot = Some((spelling, name.clone()));
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_end_where_browsers_end_them() {
        let end = |text: &str| script_end(text.as_bytes(), "script").map(|at| text[at..].to_owned());
        assert_eq!(end("a</script >b").as_deref(), Some("</script >b"));
        assert_eq!(end("a</scripts></SCRIPT>b").as_deref(), Some("</SCRIPT>b"));
        assert_eq!(end("<!-- </script>b").as_deref(), Some("</script>b"));
        assert_eq!(end("<!-- <script> </script> --></script>b").as_deref(), Some("</script>b"));
        assert_eq!(end("<!-- <script> --></script>b").as_deref(), Some("</script>b"));
        assert_eq!(end("<!-- <script> </script> </script>b").as_deref(), Some("</script>b"));
        assert_eq!(end("<!--><script></script>b").as_deref(), Some("</script>b"));
        assert_eq!(end("<!-- <script> </script>"), None);
        assert_eq!(end("a</script"), None);
    }

    #[test]
    fn comments_end_where_browsers_end_them() {
        let rest = |text: &str| text[comment_length(text.as_bytes())..].to_owned();
        for comment in [">b", "->b", "-->b", " a -->b", "a--!>b", "a-- ->-->b", "<!-->b", "a--->b"] {
            assert_eq!(rest(comment), "b", "{comment}");
        }
        assert_eq!(rest("a -> b"), "");
    }
}
