//! Whether bytes are text at all, and whether the text is HTML or plain.

/// What a body is to be read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InputFormat {
    /// HTML or plain text, by content type, file name and look.
    #[default]
    Auto,
    /// HTML, whatever it looks like.
    Html,
    /// Plain text, whatever it looks like.
    Text,
}

/// How much of a body is looked at.
const WINDOW: usize = 8192;

/// Beginnings of files that are not text, with the name of what they are. The second group could also begin a text, so
/// that controls must follow.
const MAGIC: &[(&[u8], &str)] = &[
    (b"\x89PNG", "PNG image"),
    (b"\xff\xd8\xff", "JPEG image"),
    (b"GIF87a", "GIF image"),
    (b"GIF89a", "GIF image"),
    (b"%PDF-", "PDF document"),
    (b"PK\x03\x04", "ZIP archive"),
    (b"PK\x05\x06", "ZIP archive"),
    (b"\x1f\x8b", "gzip data"),
    (b"\xfd7zXZ", "xz data"),
    (b"\x28\xb5\x2f\xfd", "zstd data"),
    (b"7z\xbc\xaf", "7z archive"),
    (b"Rar!\x1a", "RAR archive"),
    (b"\x7fELF", "program"),
    (b"\xd0\xcf\x11\xe0", "Office document"),
    (b"\0asm", "program"),
    (b"OggS\0", "Ogg media"),
    (b"{\\rtf", "RTF document"),
    (b"%!PS-", "PostScript document"),
    (b"wOFF\0", "font"),
    (b"wOF2\0", "font"),
    (b"SQLite format 3\0", "SQLite database"),
];
const WEAK_MAGIC: &[(&[u8], &str)] = &[
    (b"RIFF", "RIFF media"),
    (b"ID3", "MP3 audio"),
    (b"BZh", "bzip2 data"),
    (b"MZ", "program"),
    (b"II*\0", "TIFF image"),
    (b"MM\0*", "TIFF image"),
    (b"BM", "BMP image"),
    (b"\0\0\x01\0", "icon"),
];

/// What a body is, where it is not text: by its first bytes, or because more than 3% of its first 8 KiB are controls.
/// UTF-16 is text, although every other byte may be NUL.
pub(super) fn binary(body: &[u8]) -> Option<&'static str> {
    let head = body.get(..body.len().min(WINDOW)).unwrap_or_default();
    if let Some((_, name)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Some(name);
    }
    if head.get(4..8) == Some(b"ftyp") {
        return Some("MP4 or image container");
    }
    if encoding_rs::Encoding::for_bom(head).is_some() {
        return None;
    }
    let start = head.get(..head.len().min(256)).unwrap_or_default();
    if let Some((_, name)) = WEAK_MAGIC.iter().find(|(magic, _)| head.starts_with(magic))
        && start.iter().any(|byte| is_control(*byte))
    {
        return Some(name);
    }
    if looks_like_utf16(head) {
        return None;
    }
    // In pieces whose count fits a byte, which the processor takes many bytes of at once.
    let count = |piece: &[u8]| piece.iter().fold(0_u8, |sum, byte| sum + u8::from(is_control(*byte)));
    let controls: usize = head.chunks(255).map(|piece| usize::from(count(piece))).sum();
    (controls >= 2 && controls * 100 > head.len() * 3).then_some("binary data")
}

const fn is_control(byte: u8) -> bool {
    // All but tab, line feed, form feed, carriage return and escape; without a branch.
    (byte < 32) & !((byte == 9) | (byte == 10) | (byte == 12) | (byte == 13) | (byte == 27)) | (byte == 127)
}

/// NULs in every other place and hardly anywhere else.
fn looks_like_utf16(head: &[u8]) -> bool {
    // As nearly always, and quick to tell.
    if memchr::memchr(0, head).is_none() {
        return false;
    }
    let pairs = head.len() / 2;
    let nuls = |at: usize| head.chunks_exact(2).filter(|pair| pair.get(at) == Some(&0)).count();
    let (first, second) = (nuls(0), nuls(1));
    let (low, high) = (first.min(second), first.max(second));
    let others = head.iter().filter(|byte| **byte != 0 && is_control(**byte)).count();
    pairs >= 4 && high * 10 >= pairs * 4 && low * 20 <= pairs && others * 100 <= head.len()
}

/// Decides between HTML and plain text: what was asked for, the content type, the file's extension, the look.
pub(super) fn is_html(format: InputFormat, content_type: Option<&str>, path: &str, text: &str) -> bool {
    match format {
        InputFormat::Html => return true,
        InputFormat::Text => return false,
        InputFormat::Auto => {}
    }
    if begins_as_html(text) {
        return true;
    }
    let media = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match media.as_str() {
        "text/html" | "application/xhtml+xml" => return true,
        "text/plain" | "text/markdown" => return false,
        _ => {}
    }
    match extension(path).as_deref() {
        Some("html" | "htm" | "xhtml" | "shtml" | "xht" | "mhtml") => true,
        Some("txt" | "text" | "wet" | "md" | "asc") => false,
        _ => holds_markup(text),
    }
}

/// The extension of a path, lower case, `.gz` and the like taken off first.
fn extension(path: &str) -> Option<String> {
    let name = path.rsplit(['/', '\\']).next()?.to_ascii_lowercase();
    let name = [".gz", ".zst", ".br", ".bz2"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
    name.rsplit_once('.').map(|(_, extension)| extension.to_owned())
}

/// A document type or a root element at the start: no plain text begins so.
fn begins_as_html(text: &str) -> bool {
    let mut rest = text.trim_start();
    for _ in 0..16 {
        let after = if let Some(comment) = rest.strip_prefix("<!--") {
            comment.split_once("-->").map(|(_, after)| after)
        } else if rest.starts_with("<?xml") {
            rest.split_once('>').map(|(_, after)| after)
        } else {
            break;
        };
        let Some(after) = after else { break };
        rest = after.trim_start();
    }
    ["<!doctype html", "<html", "<head", "<body"]
        .iter()
        .any(|mark| rest.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark)))
}

/// Whether text without type and extension is HTML: it begins with a tag, or several common tags stand in its first part.
fn holds_markup(text: &str) -> bool {
    const TAGS: &[&str] = &[
        "p", "br", "div", "table", "td", "a", "span", "title", "meta", "h1", "h2", "h3", "li", "ul", "font", "b", "img",
    ];
    let mut end = text.len().min(WINDOW);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = text.get(..end).unwrap_or_default();
    let tags = memchr::memchr_iter(b'<', head.as_bytes())
        .filter(|at| {
            let after = head.get(at + 1..).unwrap_or_default().trim_start_matches('/');
            let end = after.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(after.len());
            let ends = after.as_bytes().get(end).is_some_and(|byte| matches!(byte, b'>' | b' ' | b'/' | b'\n' | b'\t'));
            ends && after.get(..end).is_some_and(|name| TAGS.iter().any(|tag| name.eq_ignore_ascii_case(tag)))
        })
        .take(3)
        .count();
    tags >= 3 || (tags >= 1 && head.trim_start().starts_with('<'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_pose_as_pages_are_named() {
        assert_eq!(binary(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), Some("PNG image"));
        assert_eq!(binary(b"%PDF-1.4\n%\xe2\xe3"), Some("PDF document"));
        assert_eq!(binary(b"PK\x03\x04\x14\0"), Some("ZIP archive"));
        assert_eq!(binary(b"GIF89a\x01\0"), Some("GIF image"));
        assert_eq!(binary(b"\0\0\0\x20ftypisom"), Some("MP4 or image container"));
        assert_eq!(binary(b"MZ\x90\0\x03"), Some("program"));
        let noise: Vec<u8> = (0..4000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        assert_eq!(binary(&noise), Some("binary data"));
    }

    #[test]
    fn text_is_no_binary() {
        assert_eq!(binary("BM hieß die Firma früher.".as_bytes()), None);
        assert_eq!(binary("MZ ist ein Kürzel.\n".as_bytes()), None);
        assert_eq!(binary(b"<html>a stray \0 NUL in a longer page of text, as old systems leave them"), None);
        let utf16: Vec<u8> = "<html>Text".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(binary(&utf16), None);
        assert_eq!(binary(b""), None);
    }

    #[test]
    fn type_extension_and_look_decide_in_that_order() {
        let auto = InputFormat::Auto;
        assert!(is_html(auto, Some("text/html; charset=utf-8"), "", "Nur Text"));
        assert!(!is_html(auto, Some("text/plain"), "/a.html", "Nur Text"));
        assert!(is_html(auto, Some("text/plain"), "/a.txt", "<!DOCTYPE html><p>Seite"));
        assert!(is_html(auto, None, "/a.html.gz", "Nur Text"));
        assert!(!is_html(auto, None, "C:\\alt\\a.TXT", "5 < 7 und <b> und <p> und <br>"));
        assert!(is_html(auto, None, "/meldung_7", "<p>Eine Meldung</p>"));
        assert!(is_html(auto, None, "", "Eine <br>Meldung<br>ohne <b>Kopf"));
        assert!(!is_html(auto, None, "", "Eine Meldung: 3 < 4 <wirklich>"));
        assert!(is_html(auto, None, "", "\u{20}<!-- x --><?xml version='1.0'?>\n<HTML>"));
        assert!(is_html(InputFormat::Html, Some("text/plain"), "a.txt", ""));
        assert!(!is_html(InputFormat::Text, Some("text/html"), "a.html", "<html>"));
    }
}
