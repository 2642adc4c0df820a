//! Bytes → text: which character set a page is in, whatever it says.
//!
//! The order of the WHATWG standards (byte order mark, HTTP header, `<meta>`, detection) with two corrections that archives
//! need: a page that says UTF-8 and is not gets detected, and one that says a single-byte set but is UTF-8 throughout is
//! UTF-8. Labels are read as the Encoding Standard says, so that `iso-8859-1` is windows-1252.
//! Not for: deciding whether the bytes are text at all (see [`super::kind`]).

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How far into a page `<meta charset>` is looked for. The standard says 1,024 bytes; old pages put comments and scripts
/// before it.
const META_WINDOW: usize = 4096;
/// How much of a page the detector reads, from shortly before the first byte that is not ASCII.
const DETECT_WINDOW: usize = 512 * 1024;
/// How many valid sequences of UTF-8 must stand against one broken one for the page to be damaged UTF-8 and not another set.
const VALID_PER_BROKEN: usize = 10;

/// A decoded body.
#[derive(Debug)]
pub(super) struct Decoded<'a> {
    /// The text, without byte order mark, NULs and stray controls.
    pub(super) text: Cow<'a, str>,
    /// The set it was decoded with.
    pub(super) encoding: &'static Encoding,
    /// What was odd.
    pub(super) warnings: Vec<String>,
}

/// Decodes a body. `label` is the `charset` of its content type, `tld` the last label of its host (`de`), which helps the
/// detector.
pub(super) fn decode<'a>(body: &'a [u8], label: Option<&str>, tld: Option<&str>) -> Decoded<'a> {
    let mut warnings = Vec::new();
    let mut valid = std::str::from_utf8(body).ok();
    let (encoding, body) = match Encoding::for_bom(body) {
        Some((encoding, length)) => {
            let body = body.get(length..).unwrap_or_default();
            valid = valid.and_then(|_| std::str::from_utf8(body).ok());
            (encoding, body)
        }
        None => (choose(body, valid.is_some(), label, tld, &mut warnings), body),
    };
    if let Some(text) = valid.filter(|_| encoding == UTF_8) {
        return Decoded { text: clean(Cow::Borrowed(text)), encoding, warnings };
    }
    let (text, broken) = encoding.decode_without_bom_handling(body);
    if broken {
        warnings.push(format!("charset: some bytes are not valid {}", encoding.name()));
    }
    Decoded { text: clean(text), encoding, warnings }
}

/// The set of a body without byte order mark, given whether it is valid UTF-8.
fn choose(
    body: &[u8],
    valid: bool,
    label: Option<&str>,
    tld: Option<&str>,
    warnings: &mut Vec<String>,
) -> &'static Encoding {
    if let Some(encoding) = utf16_without_mark(body) {
        return encoding;
    }
    let said = label.and_then(from_label).or_else(|| meta_label(body).and_then(|label| from_label(&label)));
    let utf8 = Utf8Evidence::of(body, valid);
    match said {
        Some(said) if said == UTF_8 => {
            if utf8.is_utf8() {
                return UTF_8;
            }
            let found = detect(body, tld);
            warnings.push(format!("charset: says UTF-8 but is not, taken as {}", found.name()));
            found
        }
        Some(said) if utf8.proves_utf8() => {
            warnings.push(format!("charset: says {} but is UTF-8", said.name()));
            UTF_8
        }
        Some(said) => said,
        None if utf8.is_utf8() => UTF_8,
        None => detect(body, tld),
    }
}

/// The set of a label. UTF-16 in an ASCII-compatible place cannot be true, and the standard reads it as UTF-8.
fn from_label(label: &str) -> Option<&'static Encoding> {
    let encoding = Encoding::for_label(label.trim().trim_matches(['"', '\'']).as_bytes())?;
    Some(if encoding == UTF_16LE || encoding == UTF_16BE { UTF_8 } else { encoding })
}

/// What speaks for UTF-8.
#[derive(Debug, Clone, Copy)]
struct Utf8Evidence {
    /// Valid sequences of more than one byte; of a body that has no broken one, the first two are counted.
    valid: usize,
    /// Sequences that are not valid; one cut off at the end of the body does not count.
    broken: usize,
}

impl Utf8Evidence {
    fn of(body: &[u8], valid: bool) -> Self {
        let starts = |bytes: &[u8]| bytes.iter().filter(|byte| **byte >= 0xC0).count();
        // Then two are as good as any number.
        if valid {
            return Self { valid: body.iter().filter(|byte| **byte >= 0xC0).take(2).count(), broken: 0 };
        }
        let (mut valid, mut broken) = (0, 0);
        let chunks = &mut body.utf8_chunks();
        let mut rest = body.len();
        for chunk in chunks {
            let text = chunk.valid();
            if !text.is_ascii() {
                valid += starts(text.as_bytes());
            }
            rest = rest.saturating_sub(text.len() + chunk.invalid().len());
            if !chunk.invalid().is_empty() && rest > 0 {
                broken += 1;
            }
        }
        Self { valid, broken }
    }

    /// Valid, or so nearly valid that the faults are damage.
    fn is_utf8(self) -> bool {
        self.broken == 0 || self.valid >= self.broken.saturating_mul(VALID_PER_BROKEN)
    }

    /// Valid, with sequences that no other set gives by chance.
    fn proves_utf8(self) -> bool {
        self.broken == 0 && self.valid >= 2
    }
}

/// UTF-16 shows in ASCII characters: every other byte is NUL.
fn utf16_without_mark(body: &[u8]) -> Option<&'static Encoding> {
    let head = body.get(..body.len().min(META_WINDOW))?;
    let pairs = head.len() / 2;
    if pairs < 4 || memchr::memchr(0, head).is_none() {
        return None;
    }
    let (mut first, mut second) = (0_usize, 0_usize);
    for pair in head.chunks_exact(2) {
        first += usize::from(pair.first() == Some(&0));
        second += usize::from(pair.get(1) == Some(&0));
    }
    let many = |nuls: usize| nuls * 10 >= pairs * 4;
    let few = |nuls: usize| nuls * 20 <= pairs;
    match (first, second) {
        (first, second) if few(first) && many(second) => Some(UTF_16LE),
        (first, second) if many(first) && few(second) => Some(UTF_16BE),
        _ => None,
    }
}

/// The label of `<meta charset=…>`, of `<meta http-equiv=content-type content="…charset=…">`, or of an XML declaration.
fn meta_label(body: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(body.get(..body.len().min(META_WINDOW))?).to_ascii_lowercase();
    if let Some(rest) = head.trim_start().strip_prefix("<?xml")
        && let Some((declaration, _)) = rest.split_once('>')
        && let Some((_, value)) = declaration.split_once("encoding")
        && let Some(label) = value_of(value)
    {
        return Some(label);
    }
    let mut rest = head.as_str();
    while let Some(at) = rest.find('<') {
        rest = rest.get(at..)?;
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.split_once("-->")?.1;
            continue;
        }
        let (tag, after) = rest.split_once('>')?;
        rest = after;
        if !tag.starts_with("<meta") {
            continue;
        }
        let mut attributes = tag;
        while let Some((_, value)) = attributes.split_once("charset") {
            if let Some(label) = value_of(value) {
                return Some(label);
            }
            attributes = value;
        }
    }
    None
}

/// The value after `=`, quoted or not.
fn value_of(text: &str) -> Option<String> {
    let text = text.trim_start().strip_prefix('=')?.trim_start().trim_start_matches(['"', '\'']);
    let end = text
        .find(|c: char| c.is_ascii_whitespace() || matches!(c, '"' | '\'' | ';' | '/' | '>' | '?'))
        .unwrap_or(text.len());
    text.get(..end).filter(|label| !label.is_empty()).map(str::to_owned)
}

/// Guesses the set of bytes that are not UTF-8.
fn detect(body: &[u8], tld: Option<&str>) -> &'static Encoding {
    let first = body.iter().position(|byte| !byte.is_ascii()).unwrap_or(0);
    let start = first.saturating_sub(64);
    let window = body.get(start..body.len().min(start + DETECT_WINDOW)).unwrap_or_default();
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(window, true);
    let tld =
        tld.map(str::to_ascii_lowercase).filter(|tld| tld.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
    let found = detector.guess(tld.as_deref().map(str::as_bytes), Utf8Detection::Deny);
    if found == UTF_8 { WINDOWS_1252 } else { found }
}

/// Whether a character is a control that no text holds. Line feeds, tabs, form feeds and carriage returns are white space.
const fn is_stray(c: char) -> bool {
    matches!(c, '\0'..='\x08' | '\x0b' | '\x0e'..='\x1f' | '\x7f' | '\u{80}'..='\u{9f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Drops controls. Those of U+0080 to U+009F are windows-1252 characters that an earlier conversion took for ISO-8859-1.
fn clean(text: Cow<'_, str>) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    // In pieces without a branch within, which the processor takes many bytes of at once.
    let is_control = |b: u8| (b < 32) & !((b == 9) | (b == 10) | (b == 12) | (b == 13)) | (b == 127);
    let ascii_stray =
        bytes.chunks(256).any(|piece| piece.iter().fold(0, |stray, b| stray | u8::from(is_control(*b))) != 0);
    let other_stray = || {
        memchr::memchr2_iter(0xC2, 0xEF, bytes).any(|at| match (bytes.get(at), bytes.get(at + 1), bytes.get(at + 2)) {
            (Some(0xC2), Some(next), _) => *next < 0xA0,
            (_, Some(0xBB | 0xBF), Some(0xBE | 0xBF)) => true,
            _ => false,
        })
    };
    if !ascii_stray && !other_stray() {
        return text;
    }
    let keep = |c: char| -> Option<char> {
        match c {
            c if !is_stray(c) => Some(c),
            '\u{80}'..='\u{9f}' => windows_1252(c as u8),
            _ => None,
        }
    };
    Cow::Owned(text.chars().filter_map(keep).collect())
}

/// The windows-1252 character of a byte from 0x80 to 0x9F.
fn windows_1252(byte: u8) -> Option<char> {
    let bytes = [byte];
    let (text, _) = WINDOWS_1252.decode_without_bom_handling(&bytes);
    text.chars().next().filter(|c| !is_stray(*c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(body: &[u8], label: Option<&str>) -> (String, &'static str, usize) {
        let decoded = decode(body, label, Some("de"));
        (decoded.text.into_owned(), decoded.encoding.name(), decoded.warnings.len())
    }

    #[test]
    fn iso_8859_1_is_windows_1252() {
        let (text, name, warnings) = text_of(b"<p>Gr\xfc\xdfe aus Tanndorf \x96 f\xfcr 5 \x80</p>", Some("iso-8859-1"));
        assert_eq!(text, "<p>Grüße aus Tanndorf – für 5 €</p>");
        assert_eq!((name, warnings), ("windows-1252", 0));
    }

    #[test]
    fn the_byte_order_mark_beats_the_header() {
        let (text, name, _) = text_of("\u{feff}Grüße".as_bytes(), Some("iso-8859-1"));
        assert_eq!((text.as_str(), name), ("Grüße", "UTF-8"));
        let utf16: Vec<u8> = "\u{feff}Grüße".encode_utf16().flat_map(u16::to_be_bytes).collect();
        let (text, name, _) = text_of(&utf16, None);
        assert_eq!((text.as_str(), name), ("Grüße", "UTF-16BE"));
    }

    #[test]
    fn a_meta_element_says_the_set() {
        for page in [
            &b"<html><head><meta charset=windows-1251><title>\xcf\xf0\xe8</title>"[..],
            b"<meta http-equiv=\"Content-Type\" content=\"text/html; charset=windows-1251\"><p>\xcf\xf0\xe8",
            b"<!-- charset=utf-8 --><META CONTENT='text/html;charset=WINDOWS-1251' HTTP-EQUIV=content-type>\xcf\xf0\xe8",
            b"<?xml version='1.0' encoding='windows-1251'?><html>\xcf\xf0\xe8",
        ] {
            let (text, name, warnings) = text_of(page, None);
            assert!(text.contains("При"), "{text}");
            assert_eq!((name, warnings), ("windows-1251", 0));
        }
    }

    #[test]
    fn a_page_that_says_utf_8_and_is_not_is_detected_with_a_warning() {
        let body = "Die Stadt Tanndorf erhöht die Gebühren für Parkplätze, sagte Bürgermeisterin Änne Grün."
            .chars()
            .map(|c| c as u8)
            .collect::<Vec<_>>();
        let (text, name, warnings) = text_of(&body, Some("utf-8"));
        assert!(text.contains("Bürgermeisterin Änne Grün"));
        assert_eq!((name, warnings), ("windows-1252", 1));
    }

    #[test]
    fn a_page_that_says_iso_8859_1_and_is_utf_8_is_utf_8_with_a_warning() {
        let (text, name, warnings) = text_of("Grüße aus Tännsdorf".as_bytes(), Some("ISO-8859-1"));
        assert_eq!(text, "Grüße aus Tännsdorf");
        assert_eq!((name, warnings), ("UTF-8", 1));
    }

    #[test]
    fn utf_8_with_a_broken_place_stays_utf_8() {
        let mut body =
            "Grüße aus Tännsdorf über Möhrenfeld, schön für Änne Grün und Jörg Äpfel, ".repeat(3).into_bytes();
        body.extend(b"kaputt: \xff hier");
        let (text, name, warnings) = text_of(&body, None);
        assert!(text.contains("kaputt: \u{fffd} hier"));
        assert_eq!((name, warnings), ("UTF-8", 1));
    }

    #[test]
    fn utf_16_without_mark_is_seen() {
        let body: Vec<u8> = "<html><body>Grüße".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let (text, name, _) = text_of(&body, None);
        assert_eq!((text.as_str(), name), ("<html><body>Grüße", "UTF-16LE"));
    }

    #[test]
    fn controls_are_dropped_and_misread_windows_1252_is_mended() {
        let (text, _, _) = text_of("a\0b\u{1}c\u{96}d\u{fffe}e\u{feff}f\tg\n".as_bytes(), None);
        assert_eq!(text, "abc–def\tg\n");
    }

    #[test]
    fn an_unknown_label_is_as_good_as_none() {
        let (text, name, _) = text_of("Grüße".as_bytes(), Some("x-nonsense"));
        assert_eq!((text.as_str(), name), ("Grüße", "UTF-8"));
        assert_eq!(text_of(b"", None).1, "UTF-8");
        assert_eq!(text_of(b"<meta charset", None).0, "<meta charset");
    }
}
