//! The HTTP message in a record: its head, and its body as it was before it was cut into chunks and compressed.

use crate::fetch::{DecodeError, Encoding, Overflow, decode, parse_encodings};

/// Bytes of a head, at most.
const MAX_HEAD: usize = 512 << 10;
/// Fields of a head, at most.
const MAX_FIELDS: usize = 1_000;

/// A response as it is in the archive.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Message<'a> {
    pub(super) status: u16,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    /// The body, as it is in the archive.
    pub(super) body: &'a [u8],
}

impl<'a> Message<'a> {
    /// Reads a response; none where it is none.
    pub(super) fn parse(block: &'a [u8]) -> Option<Self> {
        let window = &block[..block.len().min(MAX_HEAD)];
        let mut lines = Lines(window);
        let first = lines.next()?;
        let status = status_of(first)?;
        let mut headers: Vec<(String, String)> = Vec::new();
        // A head that ends with the block is one of a response without a body.
        while let Some(line) = lines.next().filter(|line| !line.is_empty()) {
            let text = text_of(line);
            if text.starts_with([' ', '\t']) {
                if let Some((_, value)) = headers.last_mut() {
                    value.push(' ');
                    value.push_str(text.trim());
                }
            } else if let Some((name, value)) = text.split_once(':')
                && headers.len() < MAX_FIELDS
            {
                headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
            }
        }
        let head = window.len() - lines.0.len();
        Some(Self { status, headers, body: &block[head..] })
    }
}

/// A body as a reader of the page gets it. `limit` bounds it, in bytes; `is_cut` says that the archive holds its beginning only.
pub(super) fn body_of(
    headers: &[(String, String)],
    body: &[u8],
    limit: u64,
    mut is_cut: bool,
) -> Result<(Vec<u8>, bool), DecodeError> {
    let values = |name: &'static str| headers.iter().filter(move |(n, _)| n == name).map(|(_, v)| v.as_str());
    let chunked = values("transfer-encoding").any(|value| value.to_ascii_lowercase().contains("chunked"));
    let wire = match chunked.then(|| dechunk(body)).flatten() {
        Some((wire, whole)) => {
            is_cut |= !whole;
            wire
        }
        // Many archives keep the field and the body without chunks.
        None => body.to_vec(),
    };
    let chain = match parse_encodings(values("content-encoding")) {
        Ok(chain) => chain,
        Err(_) if looks_plain(&wire) => Vec::new(),
        Err(error) => return Err(error),
    };
    // As with chunks: the field is there, the encoding is undone.
    let undone = match chain.last() {
        Some(Encoding::Gzip) => !wire.starts_with(&[0x1f, 0x8b]) && looks_plain(&wire),
        Some(_) => looks_plain(&wire),
        None => true,
    };
    let overflow = if is_cut { Overflow::Cut } else { Overflow::Fail };
    let chain: &[Encoding] = if undone { &[] } else { &chain };
    decode(wire, chain, limit, overflow).map(|body| (body, is_cut))
}

/// Whether bytes begin as a page does, and not as compressed data.
fn looks_plain(body: &[u8]) -> bool {
    let start = body.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(0);
    let head = &body[start..body.len().min(start + 64)];
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    head.starts_with(b"<") && head.iter().all(|byte| *byte >= 0x20 || byte.is_ascii_whitespace())
}

/// Puts chunks together; none where there are none. The flag says whether the last chunk was there.
fn dechunk(body: &[u8]) -> Option<(Vec<u8>, bool)> {
    let mut out = Vec::with_capacity(body.len());
    let mut lines = Lines(body);
    let mut first = true;
    loop {
        let line = lines.next();
        let size = line.and_then(|line| {
            let digits = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
            if digits.is_empty() || digits.len() > 15 {
                return None;
            }
            usize::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
        });
        match size {
            None if first => return None,
            None => return Some((out, false)),
            Some(0) => return Some((out, true)),
            Some(size) if size > lines.0.len() => {
                out.extend_from_slice(lines.0);
                return Some((out, false));
            }
            Some(size) => {
                let (chunk, rest) = lines.0.split_at(size);
                out.extend_from_slice(chunk);
                lines.0 = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n")).unwrap_or(rest);
            }
        }
        first = false;
    }
}

/// Lines with either end; what is left.
struct Lines<'a>(&'a [u8]);

impl<'a> Lines<'a> {
    fn next(&mut self) -> Option<&'a [u8]> {
        if self.0.is_empty() {
            return None;
        }
        let (line, rest) = match memchr::memchr(b'\n', self.0) {
            Some(at) => (&self.0[..at], &self.0[at + 1..]),
            None => (self.0, &self.0[self.0.len()..]),
        };
        self.0 = rest;
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    }
}

/// The status of `HTTP/1.1 200 OK`, also of `HTTP/2 200` and Shoutcast's `ICY 200 OK`.
fn status_of(line: &[u8]) -> Option<u16> {
    let text = str::from_utf8(line.get(..line.len().min(64))?).ok()?;
    let mut parts = text.split_ascii_whitespace();
    let protocol = parts.next()?;
    if !protocol.starts_with("HTTP/") && protocol != "HTTP" {
        return None;
    }
    parts.next()?.parse().ok().filter(|status| (100..1000).contains(status))
}

/// UTF-8, or else Latin-1.
fn text_of(line: &[u8]) -> String {
    match str::from_utf8(line) {
        Ok(text) => text.to_owned(),
        Err(_) => line.iter().copied().map(char::from).collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        writer.write_all(data).unwrap();
        writer.finish().unwrap()
    }

    fn body(headers: &[(&str, &str)], wire: &[u8]) -> Vec<u8> {
        let headers: Vec<_> = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        body_of(&headers, wire, 1 << 20, false).unwrap().0
    }

    #[test]
    fn a_message_is_read_whatever_its_line_ends() {
        for end in ["\r\n", "\n"] {
            let text =
                format!("HTTP/1.1 200 OK{end}Content-Type: text/html{end}X: a{end} b{end}{end}<p>Körper\r\n\r\n");
            let message = Message::parse(text.as_bytes()).unwrap();
            assert_eq!((message.status, message.headers[1].1.as_str()), (200, "a b"));
            assert_eq!(message.body, "<p>Körper\r\n\r\n".as_bytes());
        }
        assert_eq!(Message::parse(b"HTTP/2 404\r\n\r\n").unwrap().status, 404);
        for wrong in ["", "<html>", "GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 abc\r\n\r\n"] {
            assert_eq!(Message::parse(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn chunks_and_encodings_are_undone_also_where_they_are_undone_already() {
        let page = b"<html><p>Die Stadt Altenquast hat gew\xc3\xa4hlt.</p></html>".as_slice();
        let chunked = [("transfer-encoding", "chunked")];
        let both = [("transfer-encoding", "chunked"), ("content-encoding", "gzip")];
        let chunks = |data: &[u8]| {
            let (a, b) = data.split_at(7);
            [b"7;x=y\r\n", a, b"\r\n", format!("{:X}\r\n", b.len()).as_bytes(), b, b"\r\n0\r\n\r\n"].concat()
        };
        assert_eq!(body(&chunked, &chunks(page)), page);
        assert_eq!(body(&chunked, page), page);
        assert_eq!(body(&both, &chunks(&gzip(page))), page);
        assert_eq!(body(&both, &gzip(page)), page);
        assert_eq!(body(&both, page), page);
        assert_eq!(body(&[("content-encoding", "br")], page), page);
    }

    #[test]
    fn what_is_cut_is_kept_as_far_as_it_goes() {
        let headers = [("content-encoding".to_owned(), "gzip".to_owned())];
        let page = b"<p>Ein Satz nach dem anderen.</p>".repeat(900);
        let wire = gzip(&page);
        let half = &wire[..wire.len() / 2];
        assert!(body_of(&headers, half, 1 << 20, false).is_err());
        let (kept, is_cut) = body_of(&headers, half, 1 << 20, true).unwrap();
        assert!(is_cut && page.starts_with(&kept));
        assert!(body_of(&headers, &gzip(&vec![b' '; 2 << 20]), 1 << 20, false).is_err(), "bounded");
        let (kept, is_cut) =
            body_of(&[("transfer-encoding".to_owned(), "chunked".to_owned())], b"20\r\n<p>Nur", 99, false).unwrap();
        assert_eq!((kept.as_slice(), is_cut), (b"<p>Nur".as_slice(), true));
    }
}
