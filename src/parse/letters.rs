//! Letters and digits, told quickly: the tables of the standard library are searched only for scripts that few pages are written in.

/// Letters and digits of ASCII, in lower case; 0 for all else.
const SMALL: [u8; 128] = {
    let mut small = [0; 128];
    let mut byte = 0_u8;
    while byte < 128 {
        if byte.is_ascii_alphanumeric() {
            small[byte as usize] = byte.to_ascii_lowercase();
        }
        byte += 1;
    }
    small
};

/// Whether a character takes no room and has no meaning for the words: soft hyphen, zero-width space and the like.
pub(crate) const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}')
}

/// What a character is in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    /// A letter or a digit of ASCII, in lower case.
    Ascii(u8),
    /// Another letter or digit.
    Other(char),
    /// None: it ends a word.
    Break,
}

impl Sign {
    /// Of one look for most characters, which are letters of ASCII.
    #[inline]
    pub(crate) fn of(c: char) -> Self {
        match SMALL.get(c as usize) {
            Some(0) => Self::Break,
            Some(small) => Self::Ascii(*small),
            None if is_alphanumeric(c) => Self::Other(c),
            None => Self::Break,
        }
    }
}

/// As [`char::is_alphanumeric`].
#[inline]
pub(crate) fn is_alphanumeric(c: char) -> bool {
    match c {
        '\0'..='\u{7f}' => c.is_ascii_alphanumeric(),
        'À'..='\u{24f}' => c != '×' && c != '÷',
        // Dashes, quotation marks and the like.
        '\u{2000}'..='\u{206f}' => false,
        _ => c.is_alphanumeric(),
    }
}

/// As [`char::is_alphabetic`].
#[inline]
pub(crate) fn is_alphabetic(c: char) -> bool {
    match c {
        '\0'..='\u{7f}' => c.is_ascii_alphabetic(),
        'À'..='\u{24f}' => c != '×' && c != '÷',
        '\u{2000}'..='\u{206f}' => false,
        _ => c.is_alphabetic(),
    }
}

/// The lower case of a character, where that is one character and found without a search.
#[inline]
pub(crate) fn quick_lower(c: char) -> Option<char> {
    match c {
        '\0'..='\u{7f}' => Some(c.to_ascii_lowercase()),
        'À'..='Þ' if c != '×' => char::from_u32(c as u32 + 0x20),
        '\u{80}'..='ÿ' | '\u{2000}'..='\u{206f}' => Some(c),
        _ => None,
    }
}

/// Hands out the lower case of a character, one character after the other where it has several.
#[inline]
pub(crate) fn each_lower(c: char, mut each: impl FnMut(char)) {
    match quick_lower(c) {
        Some(lower) => each(lower),
        None => c.to_lowercase().for_each(each),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_is_what_the_standard_library_says() {
        for c in '\0'..=char::MAX {
            assert_eq!(is_alphanumeric(c), c.is_alphanumeric(), "{c:?}");
            assert_eq!(is_alphabetic(c), c.is_alphabetic(), "{c:?}");
            match Sign::of(c) {
                Sign::Ascii(small) => assert!(c.is_ascii_alphanumeric() && char::from(small) == c.to_ascii_lowercase()),
                Sign::Other(own) => assert!(own == c && !c.is_ascii() && c.is_alphanumeric(), "{c:?}"),
                Sign::Break => assert!(!c.is_alphanumeric(), "{c:?}"),
            }
            let (mut lower, mut known) = (String::new(), c.to_lowercase());
            each_lower(c, |c| lower.push(c));
            assert!(known.by_ref().eq(lower.chars()), "{c:?}");
        }
    }
}
