//! Character references as the HTML standard's tokenizer resolves them.

use html5ever::data::{C1_REPLACEMENTS, NAMED_ENTITIES};

/// Where a text stands: in attributes `&copy=` is no reference, for the sake of old addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Text,
    Attribute,
}

/// The longest name that needs no semicolon at its end.
const BARE: usize = 6;

/// The text with its character references resolved
/// (<https://html.spec.whatwg.org/multipage/parsing.html#character-reference-state>).
pub(super) fn resolve(text: &str, place: Place) -> String {
    let mut resolved = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'&', rest.as_bytes()) {
        resolved.push_str(rest.get(..at).unwrap_or_default());
        rest = rest.get(at + 1..).unwrap_or_default();
        let length = match rest.as_bytes().first() {
            Some(b'#') => numeric(rest, &mut resolved),
            Some(b) if b.is_ascii_alphanumeric() => named(rest, place, &mut resolved),
            _ => None,
        };
        match length {
            Some(length) => rest = rest.get(length..).unwrap_or_default(),
            None => resolved.push('&'),
        }
    }
    resolved.push_str(rest);
    resolved
}

/// A reference by number, from its `#` on; returns its length.
fn numeric(rest: &str, to: &mut String) -> Option<usize> {
    let bytes = rest.as_bytes();
    let (radix, start) = if matches!(bytes.get(1), Some(b'x' | b'X')) { (16, 2) } else { (10, 1) };
    let digits = bytes.get(start..)?;
    let digit = |byte: &u8| char::from(*byte).to_digit(radix);
    let count = digits.iter().take_while(|byte| digit(byte).is_some()).count();
    if count == 0 {
        return None;
    }
    let number =
        digits.iter().map_while(digit).fold(0_u32, |number, digit| number.saturating_mul(radix).saturating_add(digit));
    let replaced = match number {
        0x80..=0x9f => C1_REPLACEMENTS.get(number as usize - 0x80).copied().flatten(),
        _ => None,
    };
    to.push(replaced.or_else(|| char::from_u32(number).filter(|c| *c != '\0')).unwrap_or('\u{fffd}'));
    let end = start + count;
    Some(end + usize::from(bytes.get(end) == Some(&b';')))
}

/// A reference by name; returns its length.
fn named(rest: &str, place: Place, to: &mut String) -> Option<usize> {
    // No name is longer than this.
    let run = rest.bytes().take(40).take_while(u8::is_ascii_alphanumeric).count();
    let next = rest.as_bytes().get(run);
    if next == Some(&b';') {
        let name = rest.get(..=run)?;
        if push(name, to) {
            return Some(run + 1);
        }
    }
    if place == Place::Attribute {
        // A shorter name would be followed by a letter or a digit.
        let ends = !matches!(next, Some(b'=')) && !next.is_some_and(u8::is_ascii_alphanumeric);
        return (ends && push(rest.get(..run)?, to)).then_some(run);
    }
    (1..=run.min(BARE)).rev().find(|length| rest.get(..*length).is_some_and(|name| push(name, to)))
}

/// Appends what a name stands for.
fn push(name: &str, to: &mut String) -> bool {
    let quick = match name {
        "nbsp;" => '\u{a0}',
        "amp;" => '&',
        "quot;" => '"',
        "lt;" => '<',
        "gt;" => '>',
        _ => match NAMED_ENTITIES.get(name) {
            // The table holds beginnings of names, too, without characters.
            Some(&(first, second)) if first != 0 => {
                to.extend(char::from_u32(first));
                to.extend(char::from_u32(second).filter(|_| second != 0));
                return true;
            }
            _ => return false,
        },
    };
    to.push(quick);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_without_semicolon_are_short() {
        let longest = NAMED_ENTITIES.entries().filter(|(name, to)| to.0 != 0 && !name.ends_with(';'));
        assert_eq!(longest.map(|(name, _)| name.len()).max(), Some(BARE));
        let longest = NAMED_ENTITIES.entries().filter(|(_, to)| to.0 != 0).map(|(name, _)| name.len()).max();
        assert!(longest < Some(40));
    }

    #[test]
    fn references_in_text_and_in_attributes() {
        let text = |text| resolve(text, Place::Text);
        assert_eq!(
            text("M&ouml;hren &amp R&#252;ben &#x2013 &#150; &notit; &notin; &x; &#; &"),
            "Möhren & Rüben – – ¬it; ∉ &x; &#; &"
        );
        assert_eq!(text("&#0;&#xD800;&#99999999999;"), "\u{fffd}\u{fffd}\u{fffd}");
        assert_eq!(resolve("?a=1&copy=2&copy;&copy&lt x&copyx", Place::Attribute), "?a=1&copy=2©©< x&copyx");
    }
}
