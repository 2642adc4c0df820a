//! What the text of one block shows, without its neighbours.

use std::sync::LazyLock;

use memchr::memmem::Finder;
use rustc_hash::FxHashSet;

use crate::parse::WordList;

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
    pub(super) fn of(text: &str, lower: &mut String) -> Self {
        let mut stats = Self::default();
        lower.clear();
        for word in text.split_ascii_whitespace() {
            stats.add_word(word, lower);
        }
        stats.chars += stats.words.saturating_sub(1);
        let last = text.trim_end_matches(['"', '”', '“', '«', '»', '\'', '’', ')', ']']).chars().next_back();
        stats.ends_sentence = matches!(last, Some('.' | '!' | '?' | '…' | '。' | '！' | '？' | '।'));
        stats.ends_question = matches!(last, Some('?' | '？'));
        stats.ends_colon = matches!(last, Some(':' | '：'));
        let first = text.chars().find(|c| c.is_alphanumeric());
        stats.starts_lower = first.is_some_and(char::is_lowercase);
        stats.starts_digit = first.is_some_and(|c| c.is_ascii_digit());
        stats.has_address = ADDRESS.iter().any(|start| start.find(lower.as_bytes()).is_some());
        stats.wordings = wordings(lower);
        stats
    }

    fn add_word(&mut self, word: &str, lower: &mut String) {
        self.words += 1;
        if !lower.is_empty() {
            lower.push(' ');
        }
        if word.is_ascii() {
            return self.add_ascii_word(word, lower);
        }
        let start = lower.len();
        let mut last = ' ';
        for (at, c) in word.chars().enumerate() {
            self.chars += 1;
            if c.is_ascii() {
                self.add_ascii(c, at);
                lower.push(c.to_ascii_lowercase());
            } else {
                self.add_other(c, at);
                lower.extend(c.to_lowercase());
            }
            last = c;
        }
        if matches!(last, '.' | '!' | '?' | '…') {
            self.sentences += 1;
        }
        let plain = lower[start..].trim_matches(|c: char| !c.is_alphanumeric());
        if plain.len() <= 6 && STOPWORDS.contains(plain) {
            self.stopwords += 1;
        }
    }

    /// The same for a word of ASCII alone, as most are.
    fn add_ascii_word(&mut self, text: &str, lower: &mut String) {
        let word = text.as_bytes();
        self.chars += word.len() as u32;
        for part in word.chunks(255) {
            let lanes = part.iter().fold(0_u64, |sum, byte| sum + LANES[usize::from(*byte)]);
            let lane = |at: u32| (lanes >> (8 * at) & 0xff) as u32;
            self.letters += lane(0);
            self.upper += lane(1);
            self.digits += lane(2);
            self.commas += lane(3);
            self.quotes += lane(4);
            self.separators += lane(5);
            self.has_mail |= lane(6) > 0 && word.iter().skip(1).any(|byte| *byte == b'@');
        }
        self.capitalised += u32::from(word.first().is_some_and(u8::is_ascii_uppercase));
        self.sentences += u32::from(matches!(word.last(), Some(b'.' | b'!' | b'?')));
        let edges = |byte: &&u8| !byte.is_ascii_alphanumeric();
        let before = word.iter().take_while(edges).count();
        let after = word.iter().skip(before).rev().take_while(edges).count();
        let start = lower.len();
        lower.push_str(text);
        if let Some(added) = lower.get_mut(start..) {
            added.make_ascii_lowercase();
        }
        let plain = lower.get(start + before..lower.len() - after).unwrap_or_default();
        self.stopwords += u32::from(plain.len() <= 6 && STOPWORDS.contains(plain));
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
        } else if c.is_alphabetic() {
            self.letters += 1;
            if c.is_uppercase() {
                self.upper += 1;
                self.capitalised += u32::from(at == 0);
            }
        }
    }
}

/// What an ASCII character counts as, a byte each: letter, capital, digit, comma, quotation mark, separator, at sign.
const LANES: [u64; 256] = {
    let mut lanes = [0; 256];
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

static STOPWORDS: LazyLock<FxHashSet<&'static str>> = LazyLock::new(|| {
    [
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
    ]
    .iter()
    .flat_map(|line| line.split_ascii_whitespace())
    .collect()
});

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
fn wordings(lower: &str) -> u32 {
    let bytes = lower.as_bytes();
    let find = |part: &[u8]| WORDS.bits(part) as u32;
    if bytes.len() <= 400 { find(bytes) } else { find(&bytes[..150]) | find(&bytes[bytes.len() - 150..]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stats(text: &str) -> TextStats {
        TextStats::of(text, &mut String::new())
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
    fn wordings_are_found() {
        assert_ne!(stats("Lesen Sie auch: Rathaus").wordings & 1, 0);
        assert_eq!(stats("Der Rat tagt am Montag").wordings & 1, 0);
    }
}
