//! The lines of a robots.txt: cut, cleaned, told apart.

/// Bytes that are read of a file: the least that RFC 9309 (section 2.5) asks for, and our most.
const MAX_FILE: usize = 500 * 1024;
/// Bytes that are read of a line, as in Google's parser: longer ones are cut.
const MAX_LINE: usize = 16_663;

/// A line that means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// From 1.
    pub(super) number: u32,
    pub(super) key: Key,
    /// Without white space around it and comment after it.
    pub(super) value: &'a [u8],
}

/// What a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    UserAgent,
    Allow,
    Disallow,
    CrawlDelay,
    Sitemap,
}

/// The lines of a file that mean something. Ends of lines are LF, CR or CRLF; a byte order mark, whole or torn, is
/// skipped; of a file beyond the limit, the line that the limit cuts is left out, since half an `Allow` allows too much.
pub(super) fn lines(file: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let file = match file.get(..MAX_FILE) {
        Some(head) if file.len() > MAX_FILE => {
            let end = head.iter().rposition(|b| matches!(b, b'\n' | b'\r')).unwrap_or(0);
            head.get(..end).unwrap_or_default()
        }
        _ => file,
    };
    (1..).zip(split_lines(skip_bom(file))).filter_map(|(number, line)| {
        let (key, value) = split_key(line.get(..MAX_LINE).unwrap_or(line))?;
        Some(Line { number, key, value })
    })
}

fn skip_bom(file: &[u8]) -> &[u8] {
    let torn = file.iter().zip([0xEF, 0xBB, 0xBF]).take_while(|(a, b)| *a == b).count();
    file.get(torn..).unwrap_or_default()
}

fn split_lines(file: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(file);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = text.iter().position(|b| matches!(b, b'\n' | b'\r')) else {
            rest = None;
            return Some(text);
        };
        let (line, tail) = text.split_at(end);
        rest = Some(tail.strip_prefix(b"\r\n").or_else(|| tail.get(1..)).unwrap_or_default());
        Some(line)
    })
}

/// Cuts a line into key and value. Without a colon, white space separates where there are exactly two words.
fn split_key(line: &[u8]) -> Option<(Key, &[u8])> {
    let line = match line.iter().position(|&b| b == b'#') {
        Some(comment) => line.get(..comment).unwrap_or_default(),
        None => line,
    };
    let line = line.trim_ascii();
    let colon = line.iter().position(|&b| b == b':');
    let at = colon.or_else(|| line.iter().position(u8::is_ascii_whitespace))?;
    let (key, value) = line.split_at(at);
    let value = value.get(1..).unwrap_or_default().trim_ascii();
    if colon.is_none() && value.iter().any(u8::is_ascii_whitespace) {
        return None;
    }
    Some((key_of(key.trim_ascii())?, value))
}

/// The key of a name. The misspellings are those that Google's parser knows; each makes us obey a rule that strict reading
/// would miss, none makes us skip one.
fn key_of(name: &[u8]) -> Option<Key> {
    let mut buffer = [0; 16];
    let lower = buffer.get_mut(..name.len())?;
    lower.copy_from_slice(name);
    lower.make_ascii_lowercase();
    Some(match &*lower {
        b"user-agent" | b"useragent" | b"user agent" => Key::UserAgent,
        b"allow" => Key::Allow,
        b"disallow" | b"dissallow" | b"dissalow" | b"disalow" | b"diasllow" | b"disallaw" => Key::Disallow,
        b"crawl-delay" | b"crawldelay" | b"crawl delay" => Key::CrawlDelay,
        b"sitemap" | b"site-map" => Key::Sitemap,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &[u8]) -> Vec<(u32, Key, String)> {
        lines(file).map(|l| (l.number, l.key, String::from_utf8_lossy(l.value).into_owned())).collect()
    }

    #[test]
    fn every_line_end_counts_once() {
        let file = b"User-agent: a\rDisallow: /1\r\n\r\nDisallow: /2\n\rAllow: /3";
        let numbers: Vec<_> = read(file).into_iter().map(|(n, _, v)| (n, v)).collect();
        let expected = [(1, "a"), (2, "/1"), (4, "/2"), (6, "/3")];
        assert_eq!(numbers, expected.map(|(n, v)| (n, v.to_owned())));
    }

    #[test]
    fn byte_order_marks() {
        for bom in [&b"\xEF\xBB\xBF"[..], b"\xEF\xBB", b"\xEF", b""] {
            assert_eq!(read(&[bom, b"User-agent: a"].concat()).len(), 1, "{bom:?}");
        }
        assert_eq!(read(b"\xEF\x11\xBFUser-agent: a").len(), 0);
        assert_eq!(read(b"Allow: /\n\xEF\xBB\xBFUser-agent: a").len(), 1, "only at the beginning");
    }

    #[test]
    fn keys_and_values() {
        let one = |line: &str| read(line.as_bytes()).pop().map(|(_, k, v)| (k, v));
        let expect = |line, key, value: &str| assert_eq!(one(line), Some((key, value.to_owned())), "{line}");
        expect("  DISALLOW \t:  /a b  # why", Key::Disallow, "/a b");
        expect("disallow:/a#b", Key::Disallow, "/a");
        expect("Disallow:", Key::Disallow, "");
        expect("Disalow: /a", Key::Disallow, "/a");
        expect("disallow /a", Key::Disallow, "/a");
        expect("user-agent\tbot", Key::UserAgent, "bot");
        expect("Sitemap: https://example.org/s.xml", Key::Sitemap, "https://example.org/s.xml");
        for nothing in ["", "#", "disallow", "disallow /a b", "noindex: /", "Host: example.org", ": /", "<html>"] {
            assert_eq!(one(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn long_files_and_lines_are_cut() {
        let mut file = b"User-agent: a\n".to_vec();
        file.resize(MAX_FILE - 6, b'\n');
        file.extend(b"Allow: /only/this/one\nDisallow: /\n");
        assert_eq!(read(&file).len(), 1, "a rule that the limit cuts is left out, and all after it");

        let line = [b"Disallow: /".as_slice(), &vec![b'x'; 20_000]].concat();
        assert_eq!(read(&line)[0].2.len(), MAX_LINE - "Disallow: ".len());
    }
}
