//! Path patterns of robots.txt and tdmrep.json: `*` for any octets, `$` at the end for the end, percent-encoding
//! brought to one form on both sides ([RFC 9309, sections 2.2.2 and 2.2.3](https://www.rfc-editor.org/rfc/rfc9309#section-2.2.2)).
//!
//! Matching is linear in pattern and path: each literal piece is sought once, from the end of the one before it.

use memchr::memmem;
use url::Url;

/// A pattern, ready to be matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PathPattern {
    /// What the path must begin with.
    head: Vec<u8>,
    /// The pieces after each `*`, empty ones left out.
    pieces: Vec<Vec<u8>>,
    /// Whether the path must end where the pattern does.
    end: Anchor,
    /// Octets of the pattern, which decide among rules.
    len: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Anchor {
    /// No `$`: any tail.
    Open,
    /// `$` after a literal.
    Literal,
    /// `*$`: any tail, said aloud.
    Star,
}

impl PathPattern {
    /// Compiles a pattern as written; none for an empty one, which matches nothing.
    pub(super) fn compile(pattern: &[u8]) -> Option<Self> {
        let (body, dollar) = match pattern {
            [] => return None,
            [body @ .., b'$'] => (body, true),
            body => (body, false),
        };
        let mut parts = body.split(|&b| b == b'*');
        let head = normalize(parts.next().unwrap_or_default());
        let parts: Vec<&[u8]> = parts.collect();
        let stars = parts.len();
        let end = match (dollar, parts.last()) {
            (false, _) => Anchor::Open,
            (true, Some([])) => Anchor::Star,
            (true, _) => Anchor::Literal,
        };
        let pieces: Vec<_> = parts.into_iter().filter(|p| !p.is_empty()).map(normalize).collect();
        let literal = |part: &[u8]| part.len() - 2 * escaped_dollars(part);
        let len = literal(&head) + pieces.iter().map(|p| literal(p)).sum::<usize>() + stars + usize::from(dollar);
        Some(Self { head, pieces, end, len })
    }

    /// Octets of the pattern in its normal form.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Whether it matches a path (with query) that [`normalize`] made.
    pub(super) fn matches(&self, path: &[u8]) -> bool {
        let Some(mut rest) = path.strip_prefix(self.head.as_slice()) else { return false };
        let (last, middle) = match (self.end, self.pieces.split_last()) {
            (Anchor::Literal, None) => return rest.is_empty(),
            (Anchor::Literal, Some((last, middle))) => (Some(last), middle),
            (Anchor::Open | Anchor::Star, _) => (None, self.pieces.as_slice()),
        };
        for piece in middle {
            let Some(at) = memmem::find(rest, piece) else { return false };
            rest = rest.get(at + piece.len()..).unwrap_or_default();
        }
        last.is_none_or(|last| rest.ends_with(last))
    }
}

/// Path and query of an address in the form that patterns are matched against.
pub(super) fn path_of(url: &Url) -> Vec<u8> {
    normalize(url[url::Position::BeforePath..url::Position::AfterQuery].as_bytes())
}

/// Brings octets to one form: escapes of unreserved characters decoded, all others in upper case; whatever is not allowed
/// raw in an address escaped, non-ASCII too. `*` and `$` are escaped, since raw they are special in patterns; `'` is
/// decoded, since the URL Standard escapes it in queries where RFC 3986 does not ask for it.
pub(super) fn normalize(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let [first, tail @ ..] = rest {
        rest = tail;
        let (byte, escaped) = match (first, tail) {
            (b'%', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    rest = after;
                    (high << 4 | low, true)
                }
                _ => (b'%', true),
            },
            (b'%', _) => (b'%', true),
            (byte, _) => (*byte, false),
        };
        let stays = byte == b'\'' || is_unreserved(byte) || (!escaped && is_reserved(byte));
        if stays {
            out.push(byte);
        } else {
            out.extend([b'%', upper_hex(byte >> 4), upper_hex(byte & 15)]);
        }
    }
    out
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// RFC 3986 reserved, but for the two that patterns use.
fn is_reserved(byte: u8) -> bool {
    matches!(
        byte,
        b':' | b'/' | b'?' | b'#' | b'[' | b']' | b'@' | b'!' | b'&' | b'\'' | b'(' | b')' | b'+' | b',' | b';' | b'='
    )
}

/// `$`s inside a piece, each of which takes three octets in the normal form but one as written.
fn escaped_dollars(part: &[u8]) -> usize {
    memmem::find_iter(part, b"%24").count()
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|d| u8::try_from(d).ok())
}

fn upper_hex(nibble: u8) -> u8 {
    match nibble {
        0..=9 => b'0' + nibble,
        _ => b'A' + (nibble - 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        PathPattern::compile(pattern.as_bytes()).unwrap().matches(&normalize(path.as_bytes()))
    }

    #[test]
    fn prefixes_stars_and_ends() {
        for (pattern, yes, no) in [
            ("/", &["/", "/a"][..], &[][..]),
            (
                "/hafen",
                &["/hafen", "/hafen.html", "/hafen/nord", "/hafenbau?x=1"],
                &["/Hafen", "/der/hafen", "/?hafen"],
            ),
            ("/hafen*", &["/hafen", "/hafen/nord"], &["/Hafen"]),
            ("/hafen/", &["/hafen/", "/hafen/?id=1", "/hafen/nord"], &["/hafen", "/hafen.html"]),
            ("/*.php", &["/a.php", "/b/c.php?d", "/index.php/x"], &["/", "/windows.PHP"]),
            ("/*.php$", &["/a.php", "/b/c.php"], &["/a.php?d", "/a.php/", "/a.php5"]),
            ("/hafen*.php", &["/hafen.php", "/hafenbau/x.php?y"], &["/Hafen.php"]),
            ("/hafen$", &["/hafen"], &["/hafen/", "/hafen?"]),
            ("/$", &["/"], &["/a"]),
            ("/a$b", &["/a$b", "/a$bc", "/a%24b"], &["/a"]),
            ("/a%24", &["/a$", "/a$b"], &["/a"]),
            ("/a%2A", &["/a*", "/a%2a"], &["/ab"]),
            ("/a*b*c$", &["/abc", "/a-b-c", "/abcbc"], &["/ab", "/abcd"]),
            ("/a*bc$", &["/abcbc"], &["/ab"]),
            ("/a*a$", &["/aa", "/aba"], &["/a"]),
            ("/a*$", &["/a", "/abc"], &["/b"]),
            ("*", &["/", "/x"], &[]),
            ("*x", &["/x", "/yx/z"], &["/y"]),
            ("**/x**", &["/x", "/y/xz"], &["/y"]),
            ("x", &[], &["/x", "/"]),
            ("$", &[], &["/", "/x"]),
            ("/a?b=c", &["/a?b=c", "/a?b=c&d"], &["/a", "/a?d&b=c"]),
        ] {
            for path in yes {
                assert!(matches(pattern, path), "{pattern} should match {path}");
            }
            for path in no {
                assert!(!matches(pattern, path), "{pattern} should not match {path}");
            }
        }
        assert_eq!(PathPattern::compile(b""), None);
    }

    #[test]
    fn escapes_have_one_form() {
        for (a, b) in [
            ("/fähre", "/f%C3%A4hre"),
            ("/fähre", "/f%c3%a4hre"),
            ("/%62%61%7A", "/baz"),
            ("/a b", "/a%20b"),
            ("/a|b\"c", "/a%7Cb%22c"),
            ("/it's", "/it%27s"),
            ("/100%", "/100%25"),
            ("/%zz", "/%25zz"),
        ] {
            assert!(matches(a, b), "{a} should match {b}");
            assert!(matches(b, a), "{b} should match {a}");
        }
        assert!(!matches("/a%2Fb", "/a/b"), "an escaped reserved character is not the raw one");
        assert!(!matches("/a/b", "/a%2Fb"));
    }

    #[test]
    fn length_counts_octets_as_written_but_for_escapes() {
        let len = |pattern: &str| PathPattern::compile(pattern.as_bytes()).unwrap().len();
        assert_eq!(len("/page"), 5);
        assert_eq!(len("/*.html"), 7);
        assert_eq!(len("/a$"), 3);
        assert_eq!(len("/a*$"), 4);
        assert_eq!(len("/a$b"), 4);
        assert_eq!(len("/ä"), 7);
        assert_eq!(len("/%C3%A4"), 7);
        assert_eq!(len("/%62"), 2);
        assert_eq!(len("**"), 2);
    }

    #[test]
    fn url_and_pattern_agree_on_every_ascii_character() {
        for byte in 0x21..0x7f_u8 {
            let c = char::from(byte);
            if matches!(c, '*' | '$' | '#' | '\\' | '.') {
                continue;
            }
            for place in [format!("/p/x{c}y"), format!("/p?x{c}y")] {
                let url: Url = format!("http://example.org{place}").parse().unwrap();
                let pattern = PathPattern::compile(place.as_bytes()).unwrap();
                assert!(pattern.matches(&path_of(&url)), "{place} against {url}");
            }
        }
    }

    #[test]
    fn hostile_patterns_cost_linear_time() {
        let pattern = "*a".repeat(8_000);
        let path = format!("/{}", "a".repeat(7_999));
        assert!(!matches(&pattern, &path), "one a is missing");
        assert!(matches(&pattern, &format!("{path}a")));
    }
}
