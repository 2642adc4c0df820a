//! What the text of one block shows, without its neighbours.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::parse::WordList;
use crate::parse::letters::{each_lower, is_alphabetic, is_alphanumeric};

/// Counts over the text of a block.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct TextStats {
    pub chars: u32,
    pub words: u32,
    pub letters: u32,
    pub upper: u32,
    pub digits: u32,
    pub commas: u32,
    /// Sentence ends within or at the end of the text.
    pub sentences: u32,
    pub stopwords: u32,
    /// Characters of scripts written without spaces.
    pub dense: u32,
    pub quotes: u32,
    pub capitalised: u32,
    pub ends_sentence: bool,
    pub ends_colon: bool,
    pub ends_question: bool,
    pub starts_lower: bool,
    pub starts_digit: bool,
    pub has_mail: bool,
    pub has_address: bool,
    pub separators: u32,
    /// A bit a kind of wording, see [`WORDINGS`].
    pub wordings: u32,
}

impl TextStats {
    /// Counts over a text. One pass.
    pub(super) fn of(text: &str, lower: &mut Vec<u8>) -> Self {
        let mut stats = Self::default();
        let (mut rest, mut spaced) = (text, !text.ends_with(' '));
        while !rest.is_empty() {
            rest = stats.add_word_of(rest, &mut spaced);
        }
        stats.chars += stats.words.saturating_sub(1);
        let last = text.trim_end_matches(['"', '”', '“', '«', '»', '\'', '’', ')', ']']).chars().next_back();
        stats.ends_sentence = matches!(last, Some('.' | '!' | '?' | '…' | '。' | '！' | '？' | '।'));
        stats.ends_question = matches!(last, Some('?' | '？'));
        stats.ends_colon = matches!(last, Some(':' | '：'));
        let first = text.chars().find(|c| is_alphanumeric(*c));
        stats.starts_lower = first.is_some_and(char::is_lowercase);
        stats.starts_digit = first.is_some_and(|c| c.is_ascii_digit());
        put_lower(text, spaced, lower);
        stats.has_address = ADDRESS.iter().any(|start| start.find(lower).is_some());
        stats.wordings = wordings(lower);
        stats
    }

    /// Counts the first word of a text, and gives what follows the white space after it. Notes where that is not a single space.
    fn add_word_of<'t>(&mut self, text: &'t str, spaced: &mut bool) -> &'t str {
        // As far as a word of ASCII goes, all is counted at once, a byte of the sum for each kind.
        let (mut lanes, mut length) = (0_u64, 0);
        for byte in text.bytes().take(255) {
            let lane = LANES[usize::from(byte)];
            if lane == END {
                break;
            }
            lanes += lane;
            length += 1;
        }
        match text.as_bytes().get(length) {
            Some(b' ') | None if length > 0 => self.add_ascii_word(&text.as_bytes()[..length], lanes),
            Some(byte) if length == 0 && byte.is_ascii_whitespace() => *spaced = false,
            // A longer one, one with other characters, or one before another white space.
            _ => {
                let word = text.split(|c: char| c.is_ascii_whitespace()).next().unwrap_or(text);
                length = word.len();
                *spaced &= matches!(text.as_bytes().get(length), Some(b' ') | None);
                self.add_word(word);
            }
        }
        text.get(length + 1..).unwrap_or_default()
    }

    fn add_word(&mut self, word: &str) {
        self.words += 1;
        let mut last = ' ';
        for (at, c) in word.chars().enumerate() {
            self.chars += 1;
            if c.is_ascii() {
                self.add_ascii(c, at);
            } else {
                self.add_other(c, at);
            }
            last = c;
        }
        if matches!(last, '.' | '!' | '?' | '…') {
            self.sentences += 1;
        }
        let plain = word.trim_matches(|c: char| !is_alphanumeric(c));
        // No character is none in lower case.
        if plain.chars().count() <= LONGEST {
            let mut lower = String::with_capacity(3 * LONGEST);
            plain.chars().for_each(|c| each_lower(c, |c| lower.push(c)));
            let lower = lower.trim_matches(|c: char| !is_alphanumeric(c));
            self.stopwords += u32::from(is_stopword(lower.as_bytes()));
        }
    }

    /// The same for a word of ASCII alone, as most are, and what its bytes count as.
    fn add_ascii_word(&mut self, word: &[u8], lanes: u64) {
        let lane = |at: u32| (lanes >> (8 * at) & 0xff) as u32;
        self.words += 1;
        self.chars += word.len() as u32;
        self.letters += lane(0);
        self.upper += lane(1);
        self.digits += lane(2);
        self.commas += lane(3);
        self.quotes += lane(4);
        self.separators += lane(5);
        self.has_mail |= lane(6) > 0 && word.iter().skip(1).any(|byte| *byte == b'@');
        self.capitalised += u32::from(word.first().is_some_and(u8::is_ascii_uppercase));
        self.sentences += u32::from(matches!(word.last(), Some(b'.' | b'!' | b'?')));
        if word.len() > LONGEST + 8 {
            return;
        }
        let edges = |byte: &&u8| !byte.is_ascii_alphanumeric();
        let before = word.iter().take_while(edges).count();
        let after = word.iter().skip(before).rev().take_while(edges).count();
        let plain = word.get(before..word.len() - after).unwrap_or_default();
        self.stopwords += u32::from(is_stopword(plain));
    }

    fn add_ascii(&mut self, c: char, at: usize) {
        match c {
            'a'..='z' => self.letters += 1,
            'A'..='Z' => {
                self.letters += 1;
                self.upper += 1;
                self.capitalised += u32::from(at == 0);
            }
            '0'..='9' => self.digits += 1,
            ',' | ';' => self.commas += 1,
            '@' => self.has_mail |= at > 0,
            '"' => self.quotes += 1,
            '|' | '>' | '/' | '*' => self.separators += 1,
            _ => {}
        }
    }

    fn add_other(&mut self, c: char, at: usize) {
        match c {
            '„' | '“' | '”' | '«' | '»' => self.quotes += 1,
            '·' | '•' | '›' | '–' => self.separators += 1,
            '。' | '！' | '？' | '।' => self.sentences += 1,
            '，' | '、' => self.commas += 1,
            _ => {}
        }
        if is_dense(c) {
            self.dense += 1;
            self.letters += 1;
        } else if is_alphabetic(c) {
            self.letters += 1;
            if c.is_uppercase() {
                self.upper += 1;
                self.capitalised += u32::from(at == 0);
            }
        }
    }
}

/// Puts the words of a text into a buffer: in lower case, a space between them. A text is spaced that has its words so already.
fn put_lower(text: &str, spaced: bool, lower: &mut Vec<u8>) {
    lower.clear();
    if spaced {
        lower.extend_from_slice(text.as_bytes());
        lower.make_ascii_lowercase();
        if lower_latin(lower) {
            return;
        }
        lower.clear();
    }
    for word in text.split_ascii_whitespace() {
        if !lower.is_empty() {
            lower.push(b' ');
        }
        word.chars().for_each(|c| each_lower(c, |c| lower.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes())));
    }
}

/// Makes the capitals of Latin-1 small (U+00C0 to U+00DE but U+00D7), in place. False where a text has characters beyond, but for dashes,
/// quotation marks and the like (U+2000 to U+203F).
fn lower_latin(text: &mut [u8]) -> bool {
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| !byte.is_ascii()) {
        match &mut rest[at..] {
            [0xc3, next, ..] => *next += if *next < 0x9f && *next != 0x97 { 0x20 } else { 0 },
            [0xc2, _, ..] | [0xe2, 0x80, ..] => {}
            _ => return false,
        }
        let length = if rest[at] == 0xe2 { 3 } else { 2 };
        rest = rest.get_mut(at + length..).unwrap_or_default();
    }
    true
}

/// What is no part of a word of ASCII.
const END: u64 = u64::MAX;

/// What an ASCII character counts as, a byte each: letter, capital, digit, comma, quotation mark, separator, at sign.
const LANES: [u64; 256] = {
    let mut lanes = [END; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        lanes[byte as usize] = match byte {
            b'a'..=b'z' => 1,
            b'A'..=b'Z' => 1 | 1 << 8,
            b'0'..=b'9' => 1 << 16,
            b',' | b';' => 1 << 24,
            b'"' => 1 << 32,
            b'|' | b'>' | b'/' | b'*' => 1 << 40,
            b'@' => 1 << 48,
            b' ' | b'\t' | b'\n' | 0x0c | b'\r' => END,
            _ => 0,
        };
        byte += 1;
    }
    lanes
};

/// How addresses of the web begin.
static ADDRESS: LazyLock<[Finder<'static>; 2]> = LazyLock::new(|| [Finder::new("http"), Finder::new("www.")]);

/// Whether a character belongs to a script written without spaces between words.
const fn is_dense(c: char) -> bool {
    matches!(c as u32, 0x0e00..=0x0eff | 0x1000..=0x109f | 0x1780..=0x17ff | 0x3040..=0x30ff | 0x3400..=0x9fff | 0xac00..=0xd7af)
}

/// The most frequent words of some languages, none of more than [`LONGEST`] bytes.
const STOPWORDS: [&str; 3] = [
    // English
    "the of and to in a is that for it as was with be by on not he his but at are this have from or had an they \
         which one you were her all she there would their we him been has when who will more no if out so said what \
         up its about into than them can only other new some could time these two may then do first any my now such \
         like our over me even most after also did many off before must",
    // German
    "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat \
         dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur bis \
         mehr durch man sein wurde sei hatte kann gegen vom wenn ihre seine wir ich unter ihr soll diese",
    // French, Spanish, Italian, Portuguese, Dutch, Polish, Turkish, Scandinavian
    "le la les des du un une et est que qui dans pour pas sur au par il elle ce se ne plus avec sont ont été aux \
         el los las una por con para como del lo al su más pero sus ha este si porque esta entre \
         di che è il per non sono gli della nel alla dei da le più anche \
         o os as em um uma do da no na com não mais dos foi ao \
         het een van de dat op te zijn voor met niet aan er om ook als dan naar bij uit \
         w na nie się z że do to jest jak od po przez za ale \
         ve bir bu da de için ile çok daha olarak gibi \
         och att som på är av till det den för med har inte i og at er til som ikke",
];

/// Bytes of the longest of them.
const LONGEST: usize = 6;
/// Places of [`STOPS`].
const STOP_PLACES: usize = 1024;

/// The frequent words as numbers, each at the place of its number or the next that was free: a word is told without a comparison of texts.
static STOPS: LazyLock<[u64; STOP_PLACES]> = LazyLock::new(|| {
    let mut places = [0; STOP_PLACES];
    let words = STOPWORDS.iter().flat_map(|line| line.split_ascii_whitespace());
    for key in words.filter_map(|word| stop_key(word.as_bytes())) {
        let mut at = stop_place(key);
        while places[at] != 0 && places[at] != key {
            at = (at + 1) % STOP_PLACES;
        }
        places[at] = key;
    }
    places
});

/// A short word as a number, its capitals of ASCII made small.
fn stop_key(word: &[u8]) -> Option<u64> {
    if word.is_empty() || word.len() > LONGEST {
        return None;
    }
    Some(word.iter().fold(0, |key, byte| key << 8 | u64::from(byte.to_ascii_lowercase())))
}

const fn stop_place(key: u64) -> usize {
    (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 54) as usize % STOP_PLACES
}

fn is_stopword(word: &[u8]) -> bool {
    let Some(key) = stop_key(word) else { return false };
    let stops = &*STOPS;
    let mut at = stop_place(key);
    while stops[at] != 0 {
        if stops[at] == key {
            return true;
        }
        at = (at + 1) % STOP_PLACES;
    }
    false
}

/// The kinds of wordings, one bit each, in the order of the table.
pub(super) const WORDINGS: usize = 14;

static WORDS: LazyLock<WordList> = LazyLock::new(|| {
    const TABLE: [&[&str]; WORDINGS] = [
        // Pointers to other articles.
        &[
            "lesen sie",
            "auch interessant",
            "mehr zum thema",
            "weitere artikel",
            "weitere meldungen",
            "weitere beiträge",
            "das könnte",
            "read also",
            "read more",
            "also read",
            "see also",
            "related",
            "you may also",
            "you might also",
            "recommended",
            "more from",
            "more on",
            "more stories",
            "most read",
            "meistgelesen",
            "empfehlung",
            "mehr aus",
            "trending",
            "popular",
            "à lire",
            "lire aussi",
            "leggi anche",
            "lea también",
            "lees ook",
            "zum artikel",
            "don't miss",
            "up next",
            "editor's pick",
            "latest news",
            "in other news",
        ],
        // More-links.
        &[
            "mehr...",
            "mehr…",
            "mehr ...",
            "weiterlesen",
            "weiter lesen",
            "mehr lesen",
            "[mehr]",
            "read more",
            "continue reading",
            "more »",
            "mehr »",
            "learn more",
            "mehr erfahren",
            "view all",
            "show more",
            "see more",
            "alle anzeigen",
            "lire la suite",
            "leer más",
            "full story",
        ],
        // Advertising.
        &[
            "anzeige",
            "werbung",
            "advertis",
            "sponsor",
            "advertorial",
            "promoted",
            "affiliate",
            "provision",
            "paid post",
            "in partnership with",
            "partner content",
        ],
        // Legal.
        &[
            "©",
            "(c) ",
            "all rights reserved",
            "alle rechte",
            "copyright",
            "impressum",
            "datenschutz",
            "privacy policy",
            "terms of",
            "nutzungsbedingungen",
            "agb",
            "imprint",
            "tous droits",
            "legal notice",
        ],
        // Consent.
        &[
            "cookie",
            "consent",
            "zustimm",
            "einwillig",
            "einverstanden",
            "externe inhalte",
            "externer inhalt",
            "personenbezogene daten",
            "privacy",
            "widerruf",
            "opt out",
            "third-party",
            "third party",
            "redaktionell empfohlen",
            "empfohlener redaktioneller",
            "your data",
            "we use",
            "wir verwenden",
            "dritter",
            "accept all",
        ],
        // Newsletter and subscription.
        &[
            "newsletter",
            "subscribe",
            "abonnier",
            "abo ",
            "abonnement",
            "sign up",
            "anmelden",
            "e-mail-adresse",
            "email address",
            "your email",
            "inbox",
            "subscription",
            "probemonat",
            "kostenlos testen",
            "free trial",
            "whatsapp-kanal",
            "push-",
        ],
        // Comments.
        &[
            "comment",
            "kommentar",
            "leave a reply",
            "reply",
            "antworten",
            "log in to",
            "diskussion",
            "posted by",
            "says:",
            "sagt:",
            "moderat",
            "netiquette",
            "responses to",
            "upvote",
        ],
        // Social.
        &[
            "facebook",
            "twitter",
            "whatsapp",
            "linkedin",
            "instagram",
            "pinterest",
            "reddit",
            "telegram",
            "xing",
            "teilen",
            "share",
            "tweet",
            "follow us",
            "folgen sie",
            "pocket",
            "flipboard",
            "youtube",
            "mastodon",
            "bluesky",
            "tiktok",
        ],
        // Author and agency lines.
        &[
            "written by",
            "about the author",
            "über den autor",
            "zur person",
            "der autor",
            "die autorin",
            "is a freelance",
            "staff writer",
            "reporter",
            "editor at",
            "correspondent",
            "redakteur",
            "geboren",
            "schreibt",
            "author of",
            "contributed to this",
            "reporting by",
            "editing by",
            "mit material",
            "dpa",
            "afp",
            "reuters",
            "associated press",
            "agentur",
        ],
        // Tags and topics.
        &[
            "tags:",
            "tagged",
            "topics",
            "keywords",
            "schlagw",
            "stichw",
            "themen:",
            "filed under",
            "kategorie",
            "categor",
            "posted in",
            "labels:",
            "veröffentlicht in",
            "verschlagwortet",
        ],
        // Dates and times of the publication.
        &[
            "published",
            "updated",
            "veröffentlicht",
            "aktualisiert",
            "stand:",
            "posted on",
            "erstellt am",
            "last modified",
            "uhr",
            "min read",
            "minuten",
            "ago",
            "lesezeit",
            "minutes",
            "lesedauer",
        ],
        // Image credits and captions.
        &[
            "foto:",
            "fotos:",
            "photo:",
            "photo by",
            "photograph",
            "bild:",
            "bildquelle",
            "image:",
            "credit:",
            "getty",
            "shutterstock",
            "imago",
            "picture alliance",
            "quelle:",
            "source:",
            "courtesy of",
            "pixabay",
            "unsplash",
            "istock",
            "adobe stock",
            "abbildung",
            "grafik:",
            "screenshot",
        ],
        // Tools, navigation.
        &[
            "drucken",
            "print",
            "druckversion",
            "per e-mail",
            "merken",
            "vorlesen",
            "zurück",
            "startseite",
            "skip to",
            "zum inhalt",
            "menu",
            "menü",
            "home",
            "search",
            "suche",
            "log in",
            "login",
            "zum seitenanfang",
            "back to top",
            "previous",
            "next",
            "nächste",
            "vorherige",
            "listen to",
            "download",
            "contact",
            "kontakt",
            "sitemap",
            "cart",
            "warenkorb",
            "jump to",
        ],
        // Paywall.
        &[
            "exklusiv für",
            "abonnenten",
            "subscribers",
            "already a",
            "weiterlesen mit",
            "jetzt testen",
            "premium",
            "paywall",
            "unlock",
            "freischalten",
            "create a free account",
            "register to",
            "become a member",
            "support us",
            "donate",
            "unterstützen",
        ],
    ];
    WordList::new(TABLE.iter().enumerate().flat_map(|(bit, row)| row.iter().map(move |word| (*word, 1 << bit))))
});

/// The wordings in a lower-case text. Long paragraphs are looked at in their first and last 150 bytes, where such wordings stand.
fn wordings(bytes: &[u8]) -> u32 {
    let find = |part: &[u8]| WORDS.bits(part) as u32;
    if bytes.len() <= 400 { find(bytes) } else { find(&bytes[..150]) | find(&bytes[bytes.len() - 150..]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stats(text: &str) -> TextStats {
        TextStats::of(text, &mut Vec::new())
    }

    #[test]
    fn counts() {
        let s = stats("Die Stadt Seeburg hat, wie 2020, gebaut. „Gut so!“");
        assert_eq!((s.words, s.digits, s.commas, s.quotes), (9, 4, 2, 2));
        assert!(s.ends_sentence && !s.starts_lower);
        assert_eq!(s.chars, 50);
        assert!(s.stopwords >= 3);
    }

    #[test]
    fn scripts_without_spaces_count_by_characters() {
        assert!(stats("市政府宣布新计划。").dense >= 8);
    }

    #[test]
    fn frequent_words_are_told_in_any_case_and_between_marks() {
        assert_eq!(stats("„Für“ (DIE) Stadt, über-; Über").stopwords, 4);
        assert_eq!(stats("diese Diesel").stopwords, 1);
        assert_eq!(stats("").words, 0);
    }

    #[test]
    fn words_are_put_in_lower_case_with_a_space_between_them() {
        let lower = |text: &str| {
            let mut lower = Vec::new();
            TextStats::of(text, &mut lower);
            String::from_utf8(lower).unwrap()
        };
        let long = "Wort".repeat(100);
        for text in ["Der Ort", " Der  ÄLTESTE\nOrt×÷ß ", "a\t b", "ΟΔΟΣ İ – „Öl“", "Я Ж", "", " ", &long, "x\u{a0}Y"]
        {
            let words: Vec<String> =
                text.split_ascii_whitespace().map(|word| word.chars().flat_map(char::to_lowercase).collect()).collect();
            assert_eq!(lower(text), words.join(" "), "{text:?}");
            assert_eq!(stats(text).words, words.len() as u32, "{text:?}");
        }
        assert_eq!(stats(&long).letters, 400);
    }

    #[test]
    fn wordings_are_found() {
        assert_ne!(stats("Lesen Sie auch: Rathaus").wordings & 1, 0);
        assert_eq!(stats("Der Rat tagt am Montag").wordings & 1, 0);
    }
}
