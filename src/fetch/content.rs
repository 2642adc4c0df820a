//! Which bodies are worth reading, by their type and by their first bytes.

use url::Url;

/// Bytes that are looked at.
const HEAD: usize = 1_024;

/// What a response's type says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// HTML, text, XML, JSON feed, or nothing said: read it, and see that it is no binary.
    Text,
    /// A gzip file, which a sitemap may be.
    GzipFile,
    /// Nothing that holds an article or leads to one.
    Other,
}

/// Judges a `Content-Type`. A missing one says nothing, and the body decides.
pub(crate) fn judge(content_type: Option<&str>, url: &Url) -> Content {
    let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_gz = || url.path().to_ascii_lowercase().ends_with(".gz");
    match essence.as_str() {
        ""
        | "text/html"
        | "application/xhtml+xml"
        | "text/plain"
        | "text/xml"
        | "application/xml"
        | "application/json"
        | "application/feed+json"
        | "application/x-ndjson"
        | "text/x-ndjson" => Content::Text,
        "image/svg+xml" => Content::Other,
        xml if xml.ends_with("+xml") => Content::Text,
        "application/gzip" | "application/x-gzip" => Content::GzipFile,
        "application/octet-stream" | "binary/octet-stream" if is_gz() => Content::GzipFile,
        // Said by servers that do not know.
        "*/*" | "unknown/unknown" | "application/unknown" | "text" | "html" => Content::Text,
        _ => Content::Other,
    }
}

/// Whether a body is no text, whatever its type says: known first bytes, or zeros and control characters where text has
/// none. UTF-16 and UTF-32 are text.
pub(crate) fn is_binary(body: &[u8]) -> bool {
    const MAGIC: [&[u8]; 17] = [
        b"%PDF-",
        b"\x89PNG",
        b"\xFF\xD8\xFF",
        b"GIF8",
        b"PK\x03\x04",
        b"\x1f\x8b",
        b"\x7fELF",
        b"RIFF",
        b"ID3",
        b"OggS",
        b"wOFF",
        b"wOF2",
        b"\x28\xB5\x2F\xFD",
        b"BZh",
        b"Rar!",
        b"7z\xBC\xAF",
        b"\xD0\xCF\x11\xE0",
    ];
    if MAGIC.iter().any(|magic| body.starts_with(magic)) {
        return true;
    }
    let head = body.get(..HEAD).unwrap_or(body);
    if head.starts_with(b"\xFF\xFE") || head.starts_with(b"\xFE\xFF") || head.starts_with(b"\0\0\xFE\xFF") {
        return false;
    }
    let zeros = |odd: usize| head.iter().skip(odd).step_by(2).filter(|b| **b == 0).count();
    let half = head.len() / 2;
    let utf16 = half > 1 && (zeros(0) * 5 > half * 4 || zeros(1) * 5 > half * 4) && zeros(0).min(zeros(1)) * 5 < half;
    let control = head.iter().filter(|b| matches!(b, 0..=8 | 0x0e..=0x1a | 0x1c..=0x1f)).count();
    !utf16 && control * 20 > head.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types() {
        let page: Url = "http://example.org/a".parse().unwrap();
        let gz: Url = "http://example.org/sitemap.xml.GZ?x".parse().unwrap();
        for (kind, expected) in [
            ("text/html", Content::Text),
            ("Text/HTML; charset=iso-8859-1", Content::Text),
            ("application/xhtml+xml", Content::Text),
            ("text/plain;x=y", Content::Text),
            ("application/rss+xml", Content::Text),
            ("application/atom+xml; charset=utf-8", Content::Text),
            ("application/feed+json", Content::Text),
            ("", Content::Text),
            ("application/x-gzip", Content::GzipFile),
            ("application/octet-stream", Content::Other),
            ("image/png", Content::Other),
            ("image/svg+xml", Content::Other),
            ("application/pdf", Content::Other),
            ("text/css", Content::Other),
            ("video/mp4", Content::Other),
        ] {
            assert_eq!(judge(Some(kind), &page), expected, "{kind}");
        }
        assert_eq!(judge(None, &page), Content::Text);
        assert_eq!(judge(Some("application/octet-stream"), &gz), Content::GzipFile);
    }

    #[test]
    fn binaries() {
        let utf16: Vec<u8> = "<html><p>Grüße".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for text in [&b""[..], b"<html>", b"Stra\xDFe", b"a\0b and then a lot of ordinary text", &utf16, b"\xFF\xFEx\0"]
        {
            assert!(!is_binary(text), "{text:?}");
        }
        for binary in [&b"%PDF-1.4 text"[..], b"\x89PNG\r\n", b"\0\x01\x02\x03\x04", &[0; 500], &b"ab\0\x01".repeat(50)]
        {
            assert!(is_binary(binary), "{binary:?}");
        }
    }
}
