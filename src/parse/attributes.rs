//! Cuts tags with too many attributes before the tokenizer sees them, because it compares each attribute with each.
//!
//! Done only for pages in which something long was met (see [`super::dom`]), as it reads the whole text once.

use std::borrow::Cow;

use memchr::{memchr, memmem};

/// The text, each tag cut after `limit` attributes; borrowed where no tag has more.
pub(super) fn bound_attributes(text: &str, limit: usize) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut cuts: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr(b'<', rest)) {
        let start = at + found;
        let rest = bytes.get(start + 1..).unwrap_or_default();
        if rest.starts_with(b"!--") {
            match memmem::find(rest.get(3..).unwrap_or_default(), b"-->") {
                Some(end) => at = start + 4 + end + 3,
                None => break,
            }
            continue;
        }
        let name_at = usize::from(rest.first() == Some(&b'/'));
        if !rest.get(name_at).is_some_and(u8::is_ascii_alphabetic) {
            at = start + 1;
            continue;
        }
        let tag = scan_tag(bytes, start + 1 + name_at, limit);
        if let Some(cut) = tag.cut {
            cuts.push((cut, tag.end));
        }
        at = tag.end.max(start + 1);
        if let Some(close) = raw_text_end(rest)
            && let Some(end) = bytes.get(at..).and_then(|rest| find_ignoring_case(rest, close))
        {
            at += end;
        }
    }
    if cuts.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut from = 0;
    for (start, end) in cuts {
        kept.push_str(text.get(from..start).unwrap_or_default());
        from = end;
    }
    kept.push_str(text.get(from..).unwrap_or_default());
    Cow::Owned(kept)
}

/// A tag as far as it matters here.
struct Tag {
    /// Where the first attribute too many begins.
    cut: Option<usize>,
    /// The place of its `>`, or the end of the text.
    end: usize,
}

/// Reads a tag from its name on, as the standard's tokenizer does.
fn scan_tag(bytes: &[u8], from: usize, limit: usize) -> Tag {
    let byte = |at: usize| bytes.get(at).copied();
    let skip = |mut at: usize, test: fn(u8) -> bool| {
        while byte(at).is_some_and(test) {
            at += 1;
        }
        at
    };
    let mut at = skip(from, |b| !b.is_ascii_whitespace() && b != b'/' && b != b'>');
    let (mut count, mut cut) = (0, None);
    loop {
        at = skip(at, |b| b.is_ascii_whitespace() || b == b'/');
        match byte(at) {
            None => return Tag { cut, end: bytes.len() },
            Some(b'>') => return Tag { cut, end: at },
            Some(_) => {}
        }
        if count == limit {
            cut = Some(at);
        }
        count += 1;
        at = skip(at + 1, |b| !b.is_ascii_whitespace() && !matches!(b, b'/' | b'>' | b'='));
        let equals = skip(at, |b| b.is_ascii_whitespace());
        if byte(equals) != Some(b'=') {
            continue;
        }
        let value = skip(equals + 1, |b| b.is_ascii_whitespace());
        at = match byte(value) {
            Some(quote @ (b'"' | b'\'')) => {
                let rest = bytes.get(value + 1..).unwrap_or_default();
                memchr(quote, rest).map_or(bytes.len(), |end| value + 1 + end + 1)
            }
            _ => skip(value, |b| !b.is_ascii_whitespace() && b != b'>'),
        };
    }
}

/// The end tag that closes an element whose content is no markup.
fn raw_text_end(tag: &[u8]) -> Option<&'static [u8]> {
    const RAW: &[(&[u8], &[u8])] = &[
        (b"script", b"</script"),
        (b"style", b"</style"),
        (b"textarea", b"</textarea"),
        (b"title", b"</title"),
        (b"xmp", b"</xmp"),
        (b"iframe", b"</iframe"),
    ];
    RAW.iter()
        .find(|(name, _)| {
            tag.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
                && tag.get(name.len()).is_none_or(|next| !next.is_ascii_alphanumeric() && *next != b'-')
        })
        .map(|(_, close)| *close)
}

fn find_ignoring_case(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    memmem::find_iter(haystack, b"</")
        .find(|at| haystack.get(*at..at + needle.len()).is_some_and(|found| found.eq_ignore_ascii_case(needle)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_cut_after_the_limit_and_nothing_else_is_touched() {
        let page = "<p a b c>x<!-- <p a b c d> --><p a=1 b='>' c=\">\" d=4 e>y</p><script>a<p a b c d e</script>z";
        assert_eq!(
            bound_attributes(page, 3),
            "<p a b c>x<!-- <p a b c d> --><p a=1 b='>' c=\">\" >y</p><script>a<p a b c d e</script>z"
        );
        assert!(matches!(bound_attributes(page, 5), Cow::Borrowed(_)));
    }

    #[test]
    fn an_open_end_is_no_trouble() {
        for page in
            ["<", "<p a", "<p a='", "<p a b c d", "<!--", "<script", "<p a=", "</p a b c d e", "<p a=ü b=ö c d=\"ä"]
        {
            let _ = bound_attributes(page, 2);
        }
    }
}
