//! Words that are evidence of a part, wherever in a line they stand: unlike a cue, none of them decides alone.

use std::sync::LazyLock;

use regex::{Regex, RegexSet};

use super::features::Sink;
use crate::classify::shapes::{matches, pattern};

/// What the words of a short line hint at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Wording(u16);

const NAMES: [&str; 9] = ["further", "news", "paid", "firms", "supply", "notice", "events", "talk", "letters"];

/// In the order of [`NAMES`], over lower-case text. The edges of words are written out: `\b` keeps the regex engine from its fast automaton
/// on every text with an umlaut.
const PATTERNS: [&str; 9] = [
    r"(?:^|[^a-zäöüß0-9])(weitere[rs]?|mehr|auch|ähnliche|verwandte|passend|zuletzt|neueste|aktuelle[sn]?|neues|ältere|archiv|lesenswert|weiterlesen|related|more|also|further|latest|recent|previous|elsewhere|recommended|popular|trending|next)(?:$|[^a-zäöüß0-9])",
    r"(meldung|beitr[aä]g|artikel|nachricht|bericht|news|thema|themen|lesen|interess|ausgabe|rubrik|ressort|bereich|schlagzeilen|stor(y|ies)|articles?|posts?|headlines|reports?|reading|stories)",
    r"(anzeige|werbung|sponsor|gesponsert|advert|promot|partner|bezahlt|brought to you|(?:^|[^a-zäöüß0-9])(paid|ads?|pr)(?:$|[^a-zäöüß0-9]))",
    r"(firmen|unternehm|hersteller|industrie|wirtschaft|produkt|markt|compan|industry|business|products?|market)",
    r"(anbieter|dienstleister|lieferant|bezugsquell|branchenbuch|branchenführer|branchenverzeichnis|guide|verzeichnis|adressen|einkaufsführer|liefert|lösungen|vendor|supplier|provider|directory|who sells|index|sources)",
    r"(hinweis|mitteilung|verlag|redaktion|in eigener sache|information|leserinnen|notice|publisher|editor)",
    r"(termin|veranstaltung|kalender|messe|kongress|seminar|event|dates|diary|conference|calendar)",
    r"(kommentar|diskuss|meinung|antwort|comment|discuss|repl|respon)",
    r"(newsletter|abo(?:$|[^a-zäöüß0-9])|abonn|heft|e-paper|subscri|sign up|issue|stichw|schlagw|keywords|tags)",
];

static WORDS: LazyLock<Option<RegexSet>> = LazyLock::new(|| RegexSet::new(PATTERNS).ok());

impl Wording {
    pub(super) fn of(text: &str) -> Self {
        let lower = text.to_lowercase();
        // Most lines have none, and to be told which is dear.
        let found = WORDS.as_ref().filter(|set| set.is_match(&lower)).map(|set| set.matches(&lower));
        Self(found.into_iter().flatten().fold(0, |bits, at| bits | 1 << at))
    }

    pub(super) fn any(self) -> bool {
        self.0 != 0
    }

    /// Words that say that something is paid for.
    pub(super) fn is_paid(self) -> bool {
        self.0 & 1 << 2 != 0
    }

    /// Words that say so, or speak of firms and their products.
    pub(super) fn hints_at_firms(self) -> bool {
        self.0 & (1 << 2 | 1 << 3) != 0
    }

    pub(super) fn push(self, to: &mut impl Sink) {
        for (at, name) in NAMES.iter().enumerate() {
            to.put(name, f32::from(self.0 >> at & 1));
        }
    }
}

pattern!(POSTAL = r"(?:^|[^\p{L}0-9])(?:(?:DE?|AT?|CH)[\s-]{1,3})?[0-9]{4,5}\s+\p{Lu}\p{L}+");
pattern!(
    STREET = r"^\p{Lu}[\p{L}.' -]+[ .][0-9]{1,4}(?:\s?-\s?[0-9]{1,4})?\s?[a-z]?\s?[,|·–(-]|^(?i:postfach|p\.?\s?o\.? box)\s[0-9]"
);
pattern!(
    CONTACT = r"(?i)^(?:tel|telefon|fon|phone|fax|telefax|mobil|e-?mail|mail|web|internet|ansprechpartner|kontakt)(?-u:\b).{0,3}[\s:]|^\S+@\S+\.\S+$|^(?:www\.|https?://)\S+$|^\+?[0-9\s/()-]{8,24}$"
);
pattern!(
    FIRM = r"(?:^|\s)(?:GmbH|AG|KG|eG|SE|UG|mbH|OHG|GbR|Ltd\.?|Inc\.?|LLC|plc|S\.A\.|Co\.|e\.\s?K\.|e\.\s?V\.|Group|Software|Systems?|Systemhaus|Solutions|Consulting|Technologies|Rechenzentrum|Verlag|Institut)(?:$|[\s,|·(–-])"
);

/// Whether a postal code with its city stands somewhere in a line.
pub(super) fn has_postal(text: &str) -> bool {
    text.bytes().filter(u8::is_ascii_digit).count() >= 4 && matches(&POSTAL, text)
}

/// Whether a line begins with a street and goes on.
pub(super) fn begins_with_street(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit()) && matches(&STREET, text)
}

/// Whether a line is a telephone number, an address of mail or of the web.
pub(super) fn is_contact(text: &str) -> bool {
    matches(&CONTACT, text)
}

/// Whether a line has a word that firms end their names with.
pub(super) fn names_firm(text: &str) -> bool {
    matches(&FIRM, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_compile_and_match() {
        assert!(WORDS.is_some());
        assert!(
            has_postal("Pultwerk GmbH, D-99871 Nebelfurt")
                && has_postal("99871 Nebelfurt")
                && !has_postal("Rund 99871 euro")
        );
        assert!(
            begins_with_street("Alte Seilerei 4, 99871 Nebelfurt")
                && !begins_with_street("Pultwerk GmbH, 99871 Nebelfurt")
        );
        assert!(is_contact("Tel.: 0123 4567-8") && is_contact("www.pultwerk.test") && is_contact("info@pultwerk.test"));
        assert!(names_firm("Pultwerk GmbH & Co. KG") && !names_firm("Rat tagt"));
        assert!(Wording::of("Firmen informieren (Anzeige)").any() && !Wording::of("Nebelfurt").any());
    }
}
