//! Pages that say 200 and are not what was asked for: block pages, captchas, consent and login walls, "not found".
//!
//! No word decides alone, for articles are written about captchas and cookies, too. What stands in for a page has hardly any text of its
//! own: only pages of few words are looked at, and then the title or a heading must say it, or the markup of a service that stops
//! visitors must be there. The bounds are in words that are shown; what they cost in false alarms on pages of others is measured by
//! `bench_sets::stand_ins_are_no_articles`.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder};
use regex::Regex;

use super::Extraction;
use crate::types::{BlockRecord, Fetched, RetryReason, Role};

/// What came in place of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StandIn {
    /// The server, or a service before it, stops visitors like us.
    Blocked,
    /// A person is to prove that they are one.
    Captcha,
    /// Consent to cookies and the like comes first.
    ConsentWall,
    /// Only who signs in sees the page.
    LoginWall,
    /// There is no such page.
    NotFound,
}

impl StandIn {
    /// The reason for which the page is tried again.
    #[must_use]
    pub const fn reason(self) -> RetryReason {
        match self {
            StandIn::Blocked => RetryReason::BlockPage,
            StandIn::Captcha => RetryReason::Captcha,
            StandIn::ConsentWall => RetryReason::ConsentWall,
            StandIn::LoginWall => RetryReason::LoginWall,
            StandIn::NotFound => RetryReason::SoftNotFound,
        }
    }
}

/// A page whose article has more words than this is no stand-in, whatever it says.
const ARTICLE_WORDS: u64 = 120;
/// A page that stops visitors shows no more words than this; one that says "not found" may show menus and lists beside it.
const PAGE_WORDS: usize = 250;
/// Consent walls list what they ask for at length.
const CONSENT_WORDS: usize = 900;
/// In a page of so few words a whole block is as good as a heading.
const TINY: usize = 90;
/// A longer title is one of an article.
const TITLE_WORDS: usize = 14;

static NOT_FOUND: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(
        r"(?x)
        ^\W*(?:http\s*|error\s*|fehler\s*|status\s*)*(?:code\s*)?\b(?:404|410)\b\W*(?:$|[-–—|:·]|error|fehler|seite|page|not|nicht|file|datei)
        | \b(?:seite|artikel|beitrag|inhalt|dokument|datei|meldung|url|adresse|page|article|content|document|file|post|story|item|link)
          \b[^.!?]{0,40}\b(?:nicht\ (?:mehr\ )?(?:gefunden|verfügbar|vorhanden|auffindbar|erreichbar)|existiert\ (?:leider\ )?nicht
          |not\ (?:be\ )?(?:found|available)|no\ longer\ (?:exists?|available)|(?:does\ not|doesn.?t)\ exist|(?:can.?t|cannot|could\ not|couldn.?t)\ be\ found
          |(?:has|have)\ been\ (?:removed|deleted)|wurde\ (?:gelöscht|entfernt))
        | ^\W*(?:nicht\ gefunden|not\ found|nothing\ found|nichts\ gefunden|seitenfehler|page\ unavailable)\b\W*(?:$|[-–—|:·])
        | ^(?:oops|ups|hoppla)\b.{0,60}(?:seite|page)
        | \b(?:haben|konnten|können)\b[^.!?]{0,40}\b(?:seite|inhalt|artikel)\b[^.!?]{0,20}\bnicht\b[^.!?]{0,12}\bfinden\b
        | \b(?:can.?t|cannot|couldn.?t|could\ not)\ find\b[^.!?]{0,30}\b(?:page|article|content)\b",
    )
});

static BLOCKED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(
        r"(?x)
        ^\W*(?:403\W*)?(?:access\ (?:to\ this\ page\ (?:has\ been\ )?)?denied|zugriff\ (?:verweigert|gesperrt|nicht\ (?:erlaubt|gestattet))|forbidden|verboten
          |just\ a\ moment|einen\ (?:kleinen\ )?moment|attention\ required|request\ (?:blocked|rejected|unsuccessful)|you\ (?:have\ been|are|were)\ blocked
          |sie\ wurden\ (?:gesperrt|blockiert)|pardon\ our\ interruption|too\ many\ requests|zu\ viele\ anfragen|ddos[-\ ]?(?:protection|schutz)
          |security\ (?:check|verification)|sicherheits(?:über)?prüfung|bot[-\ ]?(?:schutz|protection|detection)|blocked$|gesperrt$)
        | \b(?:checking\ (?:if\ the\ site\ connection\ is\ secure|your\ browser)|(?:ihr|dein)\ browser\ wird\ (?:geprüft|überprüft))
        | \b(?:your|ihre?)\ (?:ip[-\ ]?(?:address|adresse)?|request|anfrage)\b[^.!?]{0,40}\b(?:blocked|gesperrt|blockiert)
        | \b(?:ungewöhnliche[rn]?\ (?:datenverkehr|aktivität)|unusual\ (?:traffic|activity))\b
        | \b(?:enable|aktivieren\ sie)\b[^.!?]{0,20}\bjavascript\b[^.!?]{0,40}\b(?:cookies|continue|fortzufahren|weiter)",
    )
});

static CAPTCHA: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(
        r"(?x)
        ^\W*(?:captcha|human\ verification|robot\ check|are\ you\ (?:a\ )?(?:human|robot)|(?:sind|bist)\ (?:sie|du)\ ein\ (?:mensch|roboter))
        | \b(?:verify|verifying|confirm|prove)\b[^.!?]{0,25}\b(?:you\ are|you.re)\b[^.!?]{0,12}\b(?:human|robot|bot)
        | \b(?:bestätigen|beweisen|zeigen)\ sie\b[^.!?]{0,25}\b(?:mensch|roboter|bot)\b
        | \b(?:not\ a|kein)\ (?:robot|roboter|bot)\b",
    )
});

static CONSENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(
        r"(?x)
        ^\W*(?:(?:ihre|deine|your)\ )?(?:zustimmung|einwilligung|consent|privacy\ (?:settings|choices)|datenschutz-?einstellungen|cookie-?(?:einstellungen|settings|hinweis|zustimmung)
          |(?:we|wir)\ (?:value|schätzen|respect)|before\ you\ continue|bevor\ (?:sie|du|es)\ (?:fort|weiter))
        | \b(?:mit|with)\ (?:werbung|advertising|ads)\ (?:und\ (?:cookies|tracking)\ )?(?:weiterlesen|lesen|nutzen|continue|weitersurfen)
        | \b(?:werbefrei|ohne\ werbung|pur[-\ ]abo)\b[^.!?]{0,60}\b(?:tracking|weiterlesen|lesen)",
    )
});

static CONSENT_BODY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(
        r"\b(?:cookies?|tracking|einwillig\w+|zustimm\w+|consent|drittanbieter|third part(?:y|ies)|partners?|personenbezogen\w*|personal data)\b",
    )
});

static LOGIN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(
        r"(?x)
        ^\W*(?:bitte\ )?(?:melden\ sie\ sich\ an|anmelden|anmeldung|einloggen|log[-\ ]?in|sign[-\ ]in|(?:please\ )?(?:log|sign)\ in)\b
        | \b(?:log|sign)\ in\ (?:to|or)\b
        | \b(?:anmelden|einloggen|registrieren)\b[^.!?]{0,40}\b(?:weiterzulesen|weiterlesen|um\ (?:diesen|den)\b|fortzufahren|zu\ lesen)",
    )
});

/// An address that is itself one for signing in.
static LOGIN_PATH: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(r"(?:log-?in|sign-?in|sign-?up|anmeld|regist|account|konto|/user|/auth|passwor|/member)")
});

/// Markup of services that stop visitors, and of what they ask of them.
const MARKERS: [(&str, Mark); 22] = [
    ("_cf_chl_opt", Mark::Challenge),
    ("cf-error-details", Mark::Challenge),
    ("cf-browser-verification", Mark::Challenge),
    ("_incapsula_resource", Mark::Challenge),
    ("incapsula incident id", Mark::Challenge),
    ("captcha-delivery.com", Mark::Captcha),
    ("px-captcha", Mark::Captcha),
    ("awswafcookiedomainlist", Mark::Challenge),
    ("awswafintegration", Mark::Challenge),
    ("distil_r_captcha", Mark::Captcha),
    ("sucuri website firewall", Mark::Challenge),
    ("ddos-guard.net", Mark::Challenge),
    ("anubis_challenge", Mark::Challenge),
    ("errors.edgesuite.net", Mark::Challenge),
    ("g-recaptcha", Mark::Widget),
    ("h-captcha", Mark::Widget),
    ("cf-turnstile", Mark::Widget),
    ("frc-captcha", Mark::Widget),
    ("altcha-widget", Mark::Widget),
    ("type=\"password\"", Mark::Password),
    ("type='password'", Mark::Password),
    ("type=password", Mark::Password),
];

/// What a piece of markup means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// A page that checks the visitor, and nothing else.
    Challenge,
    /// The same by a captcha.
    Captcha,
    /// A captcha, which may as well guard a form for comments.
    Widget,
    /// A field for a password.
    Password,
}

static MARKS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let words = MARKERS.iter().map(|(word, _)| word);
    AhoCorasickBuilder::new().ascii_case_insensitive(true).build(words).ok()
});

fn compiled(pattern: &str) -> Option<Regex> {
    // Every pattern is compiled by a test: none is missing.
    Regex::new(&format!("(?i){pattern}")).ok()
}

fn says(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(text))
}

/// What came in place of the page, where something did. Linear in the page; a page with an article costs no more than counting words.
#[must_use]
pub fn stand_in(extraction: &Extraction, fetched: &Fetched) -> Option<StandIn> {
    let record = &extraction.record;
    if record.word_count > ARTICLE_WORDS {
        return None;
    }
    let shown: usize = record.blocks.iter().map(|block| block.text.split_whitespace().count()).sum();
    if shown > CONSENT_WORDS {
        return None;
    }
    let look = Look { heads: heads(extraction), blocks: &record.blocks, shown, marks: marks(&fetched.body) };
    let path = fetched.final_url.path().to_lowercase();
    if look.is_consent() {
        return Some(StandIn::ConsentWall);
    }
    if shown > PAGE_WORDS {
        return None;
    }
    if look.says(&CAPTCHA)
        || look.has(Mark::Captcha)
        || (look.has(Mark::Widget) && shown <= TINY && look.says(&BLOCKED))
    {
        return Some(StandIn::Captcha);
    }
    if look.says(&BLOCKED) || look.has(Mark::Challenge) {
        return Some(StandIn::Blocked);
    }
    if look.says(&NOT_FOUND) {
        return Some(StandIn::NotFound);
    }
    // A page for signing in, asked for by its own address, is what it says it is.
    let is_wall = look.has(Mark::Password) && look.is_headed(&LOGIN) && !says(&LOGIN_PATH, &path);
    is_wall.then_some(StandIn::LoginWall)
}

/// A small page, as it is judged.
struct Look<'a> {
    /// The title and the headings, short ones only.
    heads: Vec<&'a str>,
    blocks: &'a [BlockRecord],
    /// Words that are shown.
    shown: usize,
    marks: Vec<Mark>,
}

impl Look<'_> {
    fn has(&self, mark: Mark) -> bool {
        self.marks.contains(&mark)
    }

    /// Whether the title or a heading says it.
    fn is_headed(&self, pattern: &LazyLock<Option<Regex>>) -> bool {
        self.heads.iter().any(|head| says(pattern, head))
    }

    /// The same; in a tiny page any block may.
    fn says(&self, pattern: &LazyLock<Option<Regex>>) -> bool {
        self.is_headed(pattern) || (self.shown <= TINY && self.blocks.iter().any(|block| says(pattern, &block.text)))
    }

    /// Whether the page asks for consent and shows nothing else.
    fn is_consent(&self) -> bool {
        let asks = self.heads.iter().copied().chain(self.blocks.iter().take(12).map(|block| block.text.as_str()));
        if !asks.into_iter().any(|text| text.split_whitespace().count() <= 40 && says(&CONSENT, text)) {
            return false;
        }
        // Of what is told at length, most speaks of it.
        let long = self.blocks.iter().filter(|block| block.text.split_whitespace().count() >= 12);
        let (about, all) =
            long.fold((0, 0), |(about, all), block| (about + usize::from(says(&CONSENT_BODY, &block.text)), all + 1));
        all > 0 && about * 3 >= all * 2
    }
}

/// The title and the headings that are short enough to say one thing.
fn heads(extraction: &Extraction) -> Vec<&str> {
    let record = &extraction.record;
    let title = extraction.page.meta.title.as_deref();
    let headings = record
        .blocks
        .iter()
        .filter(|block| block.level.is_some_and(|level| level <= 2) || block.role == Role::Headline)
        .map(|block| block.text.as_str());
    title
        .into_iter()
        .chain(record.headline.as_deref())
        .chain(headings)
        .filter(|head| head.split_whitespace().count() <= TITLE_WORDS)
        .collect()
}

fn marks(body: &[u8]) -> Vec<Mark> {
    let Some(marks) = MARKS.as_ref() else { return Vec::new() };
    let mut found: Vec<Mark> = Vec::new();
    for hit in marks.find_iter(body) {
        if let Some((_, mark)) = MARKERS.get(hit.pattern().as_usize())
            && !found.contains(mark)
        {
            found.push(*mark);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        for pattern in [&NOT_FOUND, &BLOCKED, &CAPTCHA, &CONSENT, &CONSENT_BODY, &LOGIN, &LOGIN_PATH] {
            assert!(pattern.is_some());
        }
        assert!(MARKS.is_some());
    }

    #[test]
    fn wordings() {
        for text in [
            "404",
            "Fehler 404 – Seite nicht gefunden",
            "404 Not Found",
            "Diese Seite existiert leider nicht",
            "Der Artikel ist nicht mehr verfügbar",
            "Page not found | Harbour News",
            "Sorry, this page can't be found",
            "Nothing found",
            "Leider konnten wir die gewünschte Seite nicht finden",
        ] {
            assert!(says(&NOT_FOUND, text), "{text}");
        }
        for text in [
            "404 Betriebe haben sich beworben",
            "Vermisster Wanderer gefunden",
            "Archiv: Verschollene Akten nicht gefunden, Suche geht weiter",
            "Der Fundus bleibt verschwunden",
            "410 neue Wohnungen am Fluss",
        ] {
            assert!(!says(&NOT_FOUND, text), "{text}");
        }
        assert!(says(&BLOCKED, "Just a moment...") && says(&BLOCKED, "Zugriff verweigert"));
        assert!(!says(&BLOCKED, "Straße nach Altenquast gesperrt, Umleitung über den Deich"));
        assert!(says(&CAPTCHA, "Bitte bestätigen Sie, dass Sie ein Mensch sind"));
        assert!(says(&LOGIN, "Bitte melden Sie sich an") && !says(&LOGIN, "Anmelderekord an der Musikschule"));
    }
}
