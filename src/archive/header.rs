//! The header of a WARC record: a version, named fields, an empty line.

use std::io::{self, BufRead, Read};

use jiff::Timestamp;
use url::Url;

/// Bytes of a header, at most.
const MAX_HEADER: usize = 64 << 10;

/// What a record is (ISO 28500, section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordKind {
    /// An answer of a server, with its HTTP head.
    Response,
    /// A page without an HTTP head.
    Resource,
    /// Another form of a page: the plain text of a WET file.
    Conversion,
    /// An answer whose payload was archived before.
    Revisit,
    /// A request, a description of the crawl, and whatever else gives no page.
    Other,
}

/// The header of a record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    fields: Vec<(String, String)>,
}

impl Header {
    /// The first value of a field; the case of the name means nothing.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// What the record is.
    #[must_use]
    pub fn kind(&self) -> RecordKind {
        let kind = self.get("WARC-Type").unwrap_or_default().to_ascii_lowercase();
        match kind.as_str() {
            "response" => RecordKind::Response,
            "resource" => RecordKind::Resource,
            "conversion" => RecordKind::Conversion,
            "revisit" => RecordKind::Revisit,
            _ => RecordKind::Other,
        }
    }

    /// Bytes of the block.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        self.get("Content-Length")?.parse().ok()
    }

    /// When the page was captured.
    #[must_use]
    pub fn date(&self) -> Option<Timestamp> {
        self.get("WARC-Date")?.parse().ok()
    }

    /// The address as written; WARC 1.0 as some wrote it puts it into angle brackets.
    #[must_use]
    pub fn target(&self) -> Option<&str> {
        self.get("WARC-Target-URI").map(|uri| uri.trim_start_matches('<').trim_end_matches('>'))
    }

    /// The address.
    #[must_use]
    pub fn target_url(&self) -> Option<Url> {
        Url::parse(self.target()?).ok()
    }

    /// Reads a header. `Ok(None)` at the end of the data; `Ok(Some(Err))` says what is wrong with it.
    pub(super) fn read(reader: &mut dyn BufRead) -> io::Result<Option<Result<Self, &'static str>>> {
        let mut lines = Lines { reader: reader.take(MAX_HEADER as u64) };
        let Some(first) = lines.after_blanks()? else { return Ok(None) };
        if !first.starts_with(b"WARC/") {
            return Ok(Some(Err("it does not begin with WARC/")));
        }
        let mut fields: Vec<(String, String)> = Vec::new();
        loop {
            let Some(line) = lines.next()? else {
                let cut = lines.reader.limit() == 0;
                return if cut { Ok(Some(Err("it does not end"))) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
            };
            if line.is_empty() {
                return Ok(Some(Ok(Self { fields })));
            }
            let text = String::from_utf8_lossy(&line);
            match (text.starts_with([' ', '\t']), text.split_once(':'), fields.last_mut()) {
                (true, _, Some((_, value))) => {
                    value.push(' ');
                    value.push_str(text.trim());
                }
                (false, Some((name, value)), _) => fields.push((name.trim().to_owned(), value.trim().to_owned())),
                _ => return Ok(Some(Err("a line of it is no field"))),
            }
        }
    }
}

struct Lines<'a> {
    reader: io::Take<&'a mut dyn BufRead>,
}

impl Lines<'_> {
    /// The next line without its end; none where the data end before it does.
    fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        self.reader.read_until(b'\n', &mut line)?;
        if line.pop() != Some(b'\n') {
            return Ok(None);
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(Some(line))
    }

    /// The next line that is not empty. A text that ends before its line does is given as it is.
    fn after_blanks(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            let mut line = Vec::new();
            if self.reader.read_until(b'\n', &mut line)? == 0 {
                return Ok(None);
            }
            if line.iter().any(|byte| !byte.is_ascii_whitespace()) {
                return Ok(Some(line));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> io::Result<Option<Result<Header, &'static str>>> {
        Header::read(&mut text.as_bytes())
    }

    #[test]
    fn fields_are_found_whatever_their_case_and_folding() {
        let text = "\r\nWARC/1.0\r\nwarc-type: response\r\nWARC-Target-URI: <http://a.test/x>\r\nX: one\r\n  two\r\n\
                    Content-Length: 12\r\nWARC-Date: 2014-10-27T10:11:12.345Z\r\n\r\n";
        let header = read(text).unwrap().unwrap().unwrap();
        assert_eq!((header.kind(), header.length()), (RecordKind::Response, Some(12)));
        assert_eq!(header.target(), Some("http://a.test/x"));
        assert_eq!(header.get("x"), Some("one two"));
        assert_eq!(header.date().unwrap().to_string(), "2014-10-27T10:11:12.345Z");
    }

    #[test]
    fn what_is_no_header_is_told() {
        assert!(read("\r\n\r\n").unwrap().is_none());
        assert!(read("<html>\n\n").unwrap().unwrap().is_err());
        assert!(read("WARC/1.0\r\nno field\r\n\r\n").unwrap().unwrap().is_err());
        assert_eq!(read("WARC/1.0\r\nA: b\r\n").unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        let endless = format!("WARC/1.0\r\n{}", "a: b\r\n".repeat(20_000));
        assert!(read(&endless).unwrap().unwrap().is_err());
    }
}
