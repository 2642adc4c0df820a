//! Known wordings, German and English, that tell what a block is, whatever its markup.
//!
//! A cue looks at a whole block or at its start, in lower case, and only at blocks of bounded length: prose that mentions
//! a cue's word is no cue. The cues of a site's profile come before these (see [`super::roles`]).

use std::sync::LazyLock;

use regex::RegexSet;

use crate::types::Role;

/// What a wording says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cue {
    /// A line of keywords.
    Keywords,
    /// The label of a list of keywords that follows.
    KeywordsLabel,
    /// Who made an image.
    Credit,
    /// An agency line.
    Agency,
    /// Print, mail and the like.
    Tools,
    /// "Advertisement".
    AdMark,
    /// The heading of paid pointers.
    AdHeading,
    /// The heading of pointers to other articles.
    TeaserHeading,
    /// A pointer to another article in one line.
    TeaserInline,
    /// "more".
    More,
    /// A search box.
    Search,
    /// The heading of a publisher's announcement.
    Notice,
    /// The cover of an issue.
    Cover,
    /// A subscription or newsletter.
    Subscription,
    /// The heading of a list of vendors.
    VendorHeading,
    /// A news ticker's heading.
    Ticker,
    /// Cookies and embeds.
    Consent,
    /// Share and follow.
    Social,
    /// Readers' comments.
    Comments,
    /// Pages of a list.
    Pagination,
    /// The trail of sections.
    Breadcrumb,
    /// Imprint, copyright, terms.
    Legal,
    /// Reading on costs money.
    Paywall,
    /// Dates of events.
    Events,
    /// About the author.
    Bio,
    /// Signing in.
    Login,
    /// A date with a word before it.
    Updated,
}

impl Cue {
    /// The role of a block with that wording.
    pub(super) const fn role(self) -> Role {
        match self {
            Cue::Keywords | Cue::KeywordsLabel => Role::Keywords,
            Cue::Credit | Cue::Agency => Role::Credit,
            Cue::Tools => Role::Tools,
            Cue::AdMark | Cue::AdHeading => Role::Advertisement,
            Cue::TeaserHeading | Cue::TeaserInline | Cue::More | Cue::Ticker => Role::Teaser,
            Cue::Search => Role::Search,
            Cue::Notice => Role::Notice,
            Cue::Cover | Cue::Subscription => Role::Subscription,
            Cue::VendorHeading => Role::VendorList,
            Cue::Consent => Role::Consent,
            Cue::Social => Role::Social,
            Cue::Comments => Role::Comment,
            Cue::Pagination => Role::Pagination,
            Cue::Breadcrumb => Role::Breadcrumb,
            Cue::Legal => Role::Legal,
            Cue::Paywall => Role::Paywall,
            Cue::Events => Role::Events,
            Cue::Bio | Cue::Login => Role::Other,
            Cue::Updated => Role::Dateline,
        }
    }

    /// The name in [`crate::types::Reason::Cue`].
    pub(super) const fn name(self) -> &'static str {
        match self {
            Cue::Keywords => "keywords",
            Cue::KeywordsLabel => "keywords_label",
            Cue::Credit => "credit",
            Cue::Agency => "agency",
            Cue::Tools => "tools",
            Cue::AdMark => "ad_mark",
            Cue::AdHeading => "ad_heading",
            Cue::TeaserHeading => "teaser_heading",
            Cue::TeaserInline => "teaser_inline",
            Cue::More => "more",
            Cue::Search => "search",
            Cue::Notice => "notice",
            Cue::Cover => "cover",
            Cue::Subscription => "subscription",
            Cue::VendorHeading => "vendor_heading",
            Cue::Ticker => "ticker",
            Cue::Consent => "consent",
            Cue::Social => "social",
            Cue::Comments => "comments",
            Cue::Pagination => "pagination",
            Cue::Breadcrumb => "breadcrumb",
            Cue::Legal => "legal",
            Cue::Paywall => "paywall",
            Cue::Events => "events",
            Cue::Bio => "bio",
            Cue::Login => "login",
            Cue::Updated => "updated",
        }
    }
}

/// A wording: what it says, the most characters a block with it may have, and its pattern over lower-case text.
type Wording = (Cue, usize, &'static str);

/// The first that matches counts. Repetitions are unbounded on purpose: the length of the block is the bound.
const WORDINGS: &[Wording] = &[
    (
        Cue::VendorHeading,
        140,
        r"^(ausgewählte (anbieter|firmen|unternehmen|dienstleister)\b.*|it-guide|it-guide plus[^.!?]*|anbieter(verzeichnis| aus dem bereich.*)|firmenverzeichnis|branchen(buch|verzeichnis|guide)|lieferantenverzeichnis|(selected|featured) vendors.*|vendor (directory|guide))\s*:?$",
    ),
    (
        Cue::AdHeading,
        100,
        r"^((weitere|aktuelle|neue|mehr)\s+)?(firmennews|firmenmeldungen|unternehmensnews|unternehmensmeldungen|unternehmensbeiträge|partnerbeiträge|partnerinhalte|sponsored (posts|articles|stories)|advertorials|gesponserte (beiträge|inhalte|artikel)|partner content|from our (partners|sponsors)|paid (partner )?content from.*)\s*[-–|:(\[]*\s*(anzeigen?|werbung|advertisement|sponsored)?[)\]:]*$",
    ),
    (
        Cue::AdHeading,
        80,
        r"^(weitere|aktuelle|neue|more|latest)\s+.*(news|meldungen|beiträge|artikel|stories|articles)\s*[-–|:(\[]*\s*(anzeigen?|werbung|advertisement|sponsored)[)\]:]*$",
    ),
    (
        Cue::AdHeading,
        90,
        r"^[^.!?]{3,}\s*[-–—|(\[]+\s*(anzeigen?|werbung|advertisements?|advertorials?|sponsored|gesponsert)[-–—|)\]\s]*$",
    ),
    (
        Cue::AdMark,
        40,
        r"^[-–—*\s\[(]*(anzeigen?|a n z e i g e n?|w e r b u n g|werbung|advertisement|advertisements|advertorial|sponsored( content| post| by.*)?|gesponsert|ad|promotion|paid content|bezahlter inhalt|bezahlte partnerschaft|werbeanzeige)[-–—*:\s\])]*$",
    ),
    (
        Cue::Ticker,
        60,
        r"^(aktuelle (meldungen|nachrichten)|newsticker|ticker|kurzmeldungen|kurz gemeldet|schlagzeilen|eilmeldungen?|breaking news|latest headlines)\s*:?$",
    ),
    (
        Cue::TeaserHeading,
        140,
        r"^(weitere|aktuelle|neueste|neue|ähnliche|verwandte|passende|empfohlene|andere|mehr|beliebte|meistgelesene|die (meistgelesenen|beliebtesten|neuesten)|weiterführende|verwandte)\s+(meldungen|beiträge|artikel|nachrichten|themen|news|berichte|storys|stories|texte|inhalte|links)\b[^.!?]*$",
    ),
    (
        Cue::TeaserHeading,
        120,
        r"^(mehr zum thema|mehr zu diesem thema|zum thema|lesen sie (auch|dazu|hier|mehr)( zum thema)?|lesen sie dazu auch|auch (interessant|lesenswert|spannend)|das könnte (sie|dich|euch) (auch |ebenfalls )?interessieren|könnte (sie|dich) auch interessieren|passend zum thema|meistgelesen|am meisten gelesen|(unsere )?(lese)?empfehlungen( der redaktion)?|related( articles| stories| posts| content| news| topics| reading| coverage| links)?|you (may|might) also (like|be interested in|enjoy)|recommended( for you| articles| stories| reading)?|read (also|next|this next)|(more (from|on|in|about|like)|most (read|popular|viewed|shared|commented))\b[^.!?]*|more (stories|news|articles|posts|headlines)|popular (posts|articles|stories|now)|trending( now)?|latest (news|articles|posts|stories)|top stories|recent (posts|articles|news|stories)|also read|what to read next|up next|editor'?s'? (picks|choice)|in other news|keep reading)\s*[:…]?$",
    ),
    (
        Cue::TeaserHeading,
        80,
        r"^(mehr |weiteres |neues )?aus (dem|der) (gleichen|selben) \S+:?$|^(mehr|weiteres|neues) aus (dem|der|den|diesem|dieser|unserem|unserer|ihrem|ihrer)( \S+){1,3}:?$|^mehr aus \S+:?$",
    ),
    (
        Cue::TeaserInline,
        300,
        r"^[>»→➤\s-]*(lesen sie (auch|dazu|hier|mehr)|lesen sie dazu auch|mehr zum thema|auch interessant|lesetipp|read (also|more|next)|also read|see also|siehe auch|related( story| article| reading| coverage)?|more on this( story)?|mehr dazu|dazu auch|watch( now| live)?|listen( now)?|(sehen|hören) sie auch)\s*[:»>|–—]\s*\S",
    ),
    (
        Cue::More,
        40,
        r"^[\[(»›>→\s]*(mehr|mehr (lesen|erfahren|anzeigen|dazu)|weiter( lesen)?|weiterlesen|read (more|on)|more|continue reading|zum (artikel|beitrag)|full story|learn more|show more|(alle|view all|see (all|more))( anzeigen)?)\s*(\.{2,3}|…|»|>+|→|›)*[\])]*$",
    ),
    (
        Cue::Search,
        60,
        r"^(suchen?|suchen? nach|suchbegriff( eingeben)?|search( this site| for| here)?|site search|volltextsuche)\s*(\.{3}|…|:)?$",
    ),
    (
        Cue::Notice,
        120,
        r"^(aktuelle[rs]? (information|hinweis|mitteilung)(en)? (des verlag(e?s)?|der redaktion|des herausgebers|in eigener sache)\b[^.]*|in eigener sache|(hinweis|mitteilung|information(en)?) (des verlage?s|der redaktion|des herausgebers)|a (note|message) (from|to) (the|our) (publisher|editors?|readers)|(notice|announcement) (from|of|by) the publisher|publisher'?s (note|notice))\s*[:.!]?$",
    ),
    (Cue::Cover, 80, r"^[^.!?]+?,?\s*\b(ausgabe|heft|nr\.?|issue|edition|no\.)\s*\d+\s*[/|-]\s*\d{2,4}$"),
    (
        Cue::Paywall,
        300,
        r"^(weiterlesen mit |jetzt (weiterlesen|freischalten|registrieren und)|sie haben noch keinen? (account|zugang|abo)|dieser (artikel|beitrag|inhalt) ist (nur |exklusiv )?(für (abonnent|registrierte|mitglieder)|kostenpflichtig)|lesen sie (den (ganzen|vollständigen|kompletten) (artikel|beitrag)|weiter mit)|(this|the full) (article|story|content) is (for|available|only|exclusive).*(subscribers|members)|to (continue|keep) reading|already a (subscriber|member)|bereits (abonnent|registriert|kunde|mitglied)|you('ve| have) reached your|subscribe to (read|continue|unlock)|log in to (read|continue)|sign in to (read|continue)|unlock this (article|story)|exklusiv für abonnent)",
    ),
    (
        Cue::Subscription,
        120,
        r"^((der|unser|ihr|the|our) [^.!?]*newsletter|abo-?(verwaltung|service|shop)|abonn?ement|ab+on+ement( (kuendigen|kündigen|bestellen|verwalten))|abo (kündigen|kuendigen|bestellen|verwalten)|((zum|unser|kostenloser) )?newsletter( (abonnieren|bestellen|anmelden|anmeldung|sign-?up))?|newsletter-?anmeldung|newsletter\s*[„“»].*|(jetzt )?(kostenlos |kostenfrei )?(den )?(newsletter )?abonnieren|subscribe( now| today| here| from [^.]*| for [^.]*)?|subscribe to [^.]*|sign up( now| today| here| for [^.]*)?|get (our|the) [^.]*newsletter[^.]*|probeabo.*|(jetzt )?probe lesen|heft bestellen|einzelheft( bestellen)?|zum (abo|e-?paper)|join our (newsletter|mailing list)[^.]*)\s*[.!:…]*$",
    ),
    (
        Cue::Subscription,
        400,
        r"^(melden sie sich [^.]*newsletter|abonnieren sie (unser|den |hier|jetzt|kostenlos)|subscribe to our |sign up (for|to) (our|the|my) |get (the latest|our|all) [^.]*(your inbox|newsletter)|mit unserem [^.]*newsletter|bleiben sie auf dem laufenden|nichts verpassen|möchten sie (unseren|den) [^.]*newsletter)",
    ),
    (
        Cue::Consent,
        600,
        r"^(empfohlener (redaktioneller|externer) inhalt|externe[rn]? inhalte?\b|an dieser stelle (finden|befindet|steht|ist|wird) .*(inhalt|content|extern|drittanbieter)|mit (ihrer|deiner) zustimmung|ich bin damit einverstanden, dass (mir|externe)|zur anzeige (dieses|des) .*(inhalts|videos|elements|zustimm)|wir (verwenden|nutzen|setzen|benötigen) .*(cookies|ihre (zustimmung|einwilligung))|(um|damit) .*(cookies|zustimm|einwillig)\w*.*(inhalt|cookies|anzeig|laden|dienst)|diese (web|internet)?seite (verwendet|nutzt|benutzt|setzt) .*cookies|we (and our partners )?use cookies|(this|our) (web)?site uses cookies|by (continuing|clicking|using) .*(cookies|terms|privacy)|view this (post|content|embed) on|to view this (content|video|post)|this (content|video|post|media) is (provided|hosted|supplied|embedded) by|to (show|display|load|see) (it|this|the) .*(permission|consent|agree|accept|cookies)|für (die|diese) (nutzung|anzeige|darstellung) .*(zustimm|einwillig))",
    ),
    (
        Cue::Consent,
        60,
        r"^(cookies?|cookie[- ](einstellungen|settings|policy|preferences|richtlinie|hinweis)|(alle )?(cookies )?(akzeptieren|ablehnen|zulassen)|(accept|reject|allow)( all)?( cookies)?|(allow|accept|agree) and (continue|close|load)|(zustimmen|akzeptieren) und (weiter|laden|anzeigen)|(externen )?inhalte? (laden|anzeigen)|datenschutz-?einstellungen|privatsphäre-?einstellungen|manage (preferences|cookies|consent))$",
    ),
    (
        Cue::Updated,
        100,
        r"^(stand|aktualisiert( am)?|(zuletzt|letzte) (aktualisiert|geändert|aktualisierung|änderung)( am)?|veröffentlicht( am)?|erschienen( am)?|erstellt( am)?|datum|published( on| at)?|(last )?(updated|modified)( on| at)?|posted( on)?|first published( on)?|date)\s*:?\s+(am |um |den |\w+day,? |\w+tag,? (den )?)*(\d|jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])",
    ),
    (
        Cue::Keywords,
        600,
        r"^(stichw(ö|oe)rter|stichworte|schlagw(ö|oe)rter|schlagworte|tags?|themen|keywords|key words|topics|filed under|abgelegt unter|kategorien?|rubrik(en)?|categor(y|ies)|posted in|tagged( with| as)?|verschlagwortet mit)\s*:\s*\S",
    ),
    (
        Cue::KeywordsLabel,
        40,
        r"^(stichw(ö|oe)rter|stichworte|schlagw(ö|oe)rter|schlagworte|tags|themen|keywords|topics|filed under|tagged( with| as)?)\s*:?$",
    ),
    (
        Cue::Agency,
        120,
        r"^[(\[]?(mit (agenturmaterial|material (der|von) [^.]*|informationen (der|von) [^.]*)|(quelle|source)\s*:\s*(dpa|afp|ap|reuters|sid|kna|epd|apa)\b.*|(dpa|afp|sid|kna|epd|reuters)([/, -]+\w{2,8})*)[)\].]*$",
    ),
    (
        Cue::Legal,
        240,
        r"^(©|\(c\)|copyright)\s*.*((19|20)\d\d|rechte|rights|gmbh|verlag|urheberrecht|vorbehalten|impressum)|(alle rechte vorbehalten|all rights reserved)\.?$",
    ),
    (
        Cue::Legal,
        240,
        r"^(die|alle|sämtliche) (inhalte|texte|bilder|beiträge)\b.*urheberrechtlich geschützt|^(nachdruck|vervielfältigung|jede verwertung)\b.*(genehmigung|zustimmung|gestattet|untersagt|verboten|unzulässig)",
    ),
    (
        Cue::Legal,
        200,
        r"^((impressum|datenschutz(erklärung|hinweise?|bestimmungen)?|agb|nutzungsbedingungen|mediadaten|barrierefreiheit(serklärung)?|privacy( policy)?|terms( (of (use|service)|and conditions|& conditions))?|imprint|disclaimer|haftungsausschluss|widerruf(sbelehrung)?|kontakt|contact( us)?|about( us)?|über uns|team|sitemap|inserieren|mediakit|advertise( with us)?|cookies|hilfe|help)(\s*[|·•,/–-]\s*|\s+|$)){2,}$",
    ),
    (
        Cue::Legal,
        40,
        r"^(impressum|datenschutz(erklärung|hinweise?)?|agb|nutzungsbedingungen|privacy policy|terms of (use|service)|imprint|disclaimer|haftungsausschluss)$",
    ),
    (
        Cue::Credit,
        180,
        r"^[(\[]?\s*(bildquellen?|bildnachweise?|bildrechte|fotonachweis|fotos?|bild(er)?|photos?( by| credits?| courtesy( of)?)?|image( credits?| source| courtesy( of)?)?|picture( credit)?|titelbild|grafik|quellen?|source|abb(ildung)?\.?|illustration|(foto|image) ?credits?|fotografie?|©|\(c\))\s*[:/©]\s*\S",
    ),
    (Cue::Credit, 100, r"^[(\[]?\s*(©|\(c\)\s|photo(graph)? by )\s*\S"),
    (
        Cue::Social,
        160,
        r"^(auf |bei |on |via |per |über |und |and |this |diesen |the |to )*((teilen|share|folgen sie uns|folge uns|follow( us)?|facebook|twitter|linkedin|xing|whatsapp|pinterest|reddit|telegram|instagram|youtube|tiktok|mastodon|bluesky|flipboard|tweet|(artikel|beitrag) teilen|link kopieren|copy link|x\.com)( (article|post|story|page|artikel|beitrag))?[\s|,/·•:&+!-]*(auf |bei |on |via |per |über |und |and |e-?mail|x\b|drucken|print|threads|messenger|rss|feed)*[\s|,/·•:&+-]*)+$",
    ),
    (
        Cue::Social,
        110,
        r"^(folgen sie uns|folge uns|folgt uns|follow us)( auch| jetzt| now)? (auf|bei|on)\b[^!?]{0,80}$",
    ),
    (
        Cue::Tools,
        140,
        r"^((artikel|seite|beitrag|this page|zur|als|per|diesen artikel)\s+)?((druckversion|drucken|druckansicht|print( (version|article|this( page| article)?))?|pdf|pdf-version|link (mailen|versenden)|mailen|senden|versenden|fehler melden|korrektur melden|weiterempfehlen|empfehlen|e-?mail|merken|merkliste|vorlesen|anhören|listen|save|bookmark|schriftgröße|font size|text size|a\+|a-|a|kommentieren|teilen|share|lesezeichen|nach oben|top)(\s*[|/·•,&+–-]\s*|\s+|$))+$",
    ),
    (
        Cue::Comments,
        160,
        r"^(\d+ (leser)?(kommentare?|comments?|antworten|replies|responses?)( (zu|on|to) .*)?|(leser)?kommentare|comments|leserbriefe|(kommentare|comments) \(\d+\)|kommentar (schreiben|verfassen|hinterlassen)|schreiben sie (einen|den ersten) kommentar|schreiben? sie uns ihre meinung|schreibe(n sie)? (einen|den ersten) kommentar|leave (a|your) (reply|comment).*|post a comment|add (a |your )?comment|join the (conversation|discussion)|be the first to comment.*|keine kommentare|no comments( yet)?|antwort(en)? abbrechen|cancel reply|\S+( \S+){0,4} (schrieb|schreibt|meint|meinte|kommentierte|wrote|says|said)( am| um| on| at)? [^!?]{0,24}\d{4}[^!?]{0,20}:|\S+( \S+){0,3} (sagt|says):\s[^!?]{0,20}\d{4}[^!?]{0,20}|ihre e-mail-adresse wird nicht veröffentlicht.*|deine e-mail-adresse wird nicht veröffentlicht.*|your email address will not be published.*|diskutieren sie mit|jetzt kommentieren)\s*[.!:]?$",
    ),
    (
        Cue::Breadcrumb,
        220,
        r"^((sie (sind|befinden sich) hier|you are here|aktuelle seite)\s*:|(home|start(seite)?|homepage)\s*[>»›/|→:]+\s*\S)",
    ),
    (
        Cue::Pagination,
        80,
        r"^(«|‹|<|←|\s)*(seite|page|vorherige[rs]?|nächste[rs]?|previous|prev|next|zurück|older|newer|ältere|neuere)(\s+(seite|beiträge|artikel|page|posts?|article|entries))?(\s*\d+)?(\s*(von|of|/)\s*\d+)?(\s*[|·,/1-9-]\s*\d*)*\s*(»|›|>|→|…|\.{3})*$|^([«‹<←]\s*)?\d{1,4}([\s|·,]+(\d{1,4}|…|\.{3})){2,}.{0,20}$",
    ),
    (
        Cue::Events,
        60,
        r"^((kommende|nächste|aktuelle|upcoming) )?(termine|veranstaltungen|(messen|seminare|tagungen)( und (messen|seminare|tagungen|kongresse|termine))?|veranstaltungskalender|events|terminkalender|veranstaltungstermine)( (in|im|aus|near|in your)( \S+){1,4})?\s*:?$",
    ),
    (
        Cue::Bio,
        100,
        r"^(über (den autor|die autorin|die autoren|die autorinnen)|about the authors?|(der|die) autor(in)?)\b[^.]*$",
    ),
    (
        Cue::Login,
        60,
        r"^(benutzeranmeldung|user login|benutzername \*? ?passwort|neues (benutzerkonto erstellen|passwort anfordern)|create new account|request new password|(anmelden|log in) (oder|or) (registrieren|register)[^.]*|anmelden|einloggen|login|log ?in|registrieren|sign in|register|mein konto|my account|logout|passwort vergessen|forgot (your )?password|benutzername|passwort|password|e-mail-adresse|angemeldet bleiben|remember me)\s*[:*|/?]*$",
    ),
];

/// Blocks of more characters are told by the few wordings that may stand before a longer text; most never get that far.
const SHORT: usize = 180;

/// Wordings compiled together, with their places in [`WORDINGS`].
struct Patterns {
    set: RegexSet,
    places: Vec<usize>,
}

impl Patterns {
    fn of(wanted: impl Fn(&Wording) -> bool) -> Option<Self> {
        let places: Vec<usize> = (0..WORDINGS.len()).filter(|&at| WORDINGS.get(at).is_some_and(&wanted)).collect();
        let patterns = places.iter().filter_map(|&at| WORDINGS.get(at)).map(|w| ascii_edges(w.2));
        RegexSet::new(patterns).ok().map(|set| Self { set, places })
    }

    /// The first wording that a lower-case text of so many characters has.
    fn first(&self, lower: &str, chars: usize) -> Option<usize> {
        // Hardly any has one, and to be told which is dear.
        if !self.set.is_match(lower) {
            return None;
        }
        let places = self.set.matches(lower).into_iter().filter_map(|at| self.places.get(at).copied());
        places.filter(|&at| WORDINGS.get(at).is_some_and(|w| chars <= w.1)).min()
    }
}

/// Whether a wording stands at the end of a text, or anywhere before it. The others are given up within a few characters, unless they
/// are looked for together with these.
fn is_last(wording: &Wording) -> bool {
    matches!(wording.0, Cue::Cover) || wording.2.contains("{3,}") || wording.2.contains("|(alle rechte vorbehalten")
}

/// Whether a lower-case text ends as one of those wordings may.
fn may_be_last(lower: &str) -> bool {
    const PAID: [&str; 8] =
        ["anzeige", "anzeigen", "werbung", "advertisement", "advertisements", "advertorial", "sponsored", "gesponsert"];
    let bare = lower.strip_suffix('.').unwrap_or(lower);
    let marked = || {
        let inner = bare.trim_end_matches(['-', '–', '—', '|', ')', ']', ' ']);
        PAID.iter().any(|word| inner.ends_with(word))
    };
    bare.ends_with(|c: char| c.is_numeric())
        || bare.ends_with(['e', 'n', 'g', 't', 's', 'd', 'l', ')', ']', '-', '–']) && marked()
        || bare.ends_with("vorbehalten")
        || bare.ends_with("reserved")
        || lower.starts_with(['©', '(', 'c'])
}

/// The pattern with word edges between ASCII characters: a Unicode edge (`\b`) keeps the regex engine from its fast automaton on
/// every text with an umlaut, at thirty times the cost of a page.
fn ascii_edges(pattern: &str) -> String {
    pattern.replace(r"\b", r"(?-u:\b)")
}

static ALL: LazyLock<Option<Patterns>> = LazyLock::new(|| Patterns::of(|w| !is_last(w)));
static LONG: LazyLock<Option<Patterns>> = LazyLock::new(|| Patterns::of(|w| !is_last(w) && w.1 > SHORT));
static LAST: LazyLock<Option<Patterns>> = LazyLock::new(|| Patterns::of(is_last));
static LONGEST: LazyLock<usize> = LazyLock::new(|| WORDINGS.iter().map(|w| w.1).max().unwrap_or(0));

/// What the wording of a block of `chars` characters says.
pub(super) fn find(text: &str, chars: usize) -> Option<Cue> {
    if chars > *LONGEST {
        return None;
    }
    let patterns = if chars <= SHORT { ALL.as_ref() } else { LONG.as_ref() }?;
    let lower = lower(text.trim());
    let found = patterns.first(&lower, chars);
    let last = LAST.as_ref().filter(|_| may_be_last(&lower)).and_then(|last| last.first(&lower, chars));
    WORDINGS.get(found.into_iter().chain(last).min()?).map(|w| w.0)
}

/// The text in lower case, with a plain apostrophe.
fn lower(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let changes = |c: char| !c.is_ascii() && (c == '\u{2019}' || c.to_lowercase().next() != Some(c));
    if lower.is_ascii() || !lower.chars().any(changes) {
        return lower;
    }
    lower.to_lowercase().replace('\u{2019}', "'")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cue(text: &str) -> Option<Cue> {
        find(text, text.chars().count())
    }

    /// Whether every alternative of a pattern begins at the start of the text, so that it is given up early.
    fn is_anchored(pattern: &str) -> bool {
        let (mut depth, mut before, mut in_class) = (0, '|', false);
        for c in pattern.chars() {
            if before == '|' && depth == 0 && c != '^' {
                return false;
            }
            match c {
                _ if before == '\\' => {}
                '[' => in_class = true,
                ']' => in_class = false,
                '(' if !in_class => depth += 1,
                ')' if !in_class => depth -= 1,
                _ => {}
            }
            before = if before == '\\' || in_class { ' ' } else { c };
        }
        true
    }

    #[test]
    fn wordings_that_may_stand_anywhere_are_apart() {
        for wording in WORDINGS.iter().filter(|wording| !is_last(wording)) {
            assert!(is_anchored(wording.2), "{}", wording.2);
        }
        assert!(WORDINGS.iter().any(is_last) && !is_anchored("^a|b") && is_anchored("^(a|b)[|]\\|$|^c"));
    }

    #[test]
    fn every_pattern_compiles() {
        assert!(ALL.is_some() && LONG.is_some() && LAST.is_some());
    }

    #[test]
    fn wordings_are_found() {
        let cases = [
            ("Stichwörter: Panorama, Seestadt", Cue::Keywords),
            ("Tags:", Cue::KeywordsLabel),
            ("Bildquelle: Erna Muster/Bildhaus", Cue::Credit),
            ("Foto: E. Muster", Cue::Credit),
            ("© Stadt Seestadt", Cue::Credit),
            ("© 2024 Musterverlag GmbH", Cue::Legal),
            ("Druckversion PDF Link mailen", Cue::Tools),
            ("Print", Cue::Tools),
            ("Anzeige", Cue::AdMark),
            ("– Werbung –", Cue::AdMark),
            ("A N Z E I G E N", Cue::AdMark),
            ("Neues aus der Industrie (Anzeigen)", Cue::AdHeading),
            ("Firmenberichte - ANZEIGEN -", Cue::AdHeading),
            ("Setzer_63 sagt: 9. März 2016 um 09:14", Cue::Comments),
            ("Weitere FirmennewsAnzeige", Cue::AdHeading),
            ("Weitere Firmennews Anzeige", Cue::AdHeading),
            ("Weitere Firmennews", Cue::AdHeading),
            ("Weitere Meldungen und Beiträge aus dem Bereich Panorama", Cue::TeaserHeading),
            ("Weitere Artikel", Cue::TeaserHeading),
            ("Mehr zum Thema", Cue::TeaserHeading),
            ("Das könnte Sie auch interessieren:", Cue::TeaserHeading),
            ("Most read in politics", Cue::TeaserHeading),
            ("More from Seatown", Cue::TeaserHeading),
            ("Lesen Sie auch: Rathaus im Netz", Cue::TeaserInline),
            ("WATCH | The ferry leaves for good:", Cue::TeaserInline),
            ("mehr...", Cue::More),
            ("mehr…", Cue::More),
            ("weiterlesen »", Cue::More),
            ("Read more", Cue::More),
            ("Suchen...", Cue::Search),
            ("Aktuelle Information des Verlags", Cue::Notice),
            ("In eigener Sache", Cue::Notice),
            ("Stadtblatt, Ausgabe 6/2021", Cue::Cover),
            ("Aboverwaltung", Cue::Subscription),
            ("Abbonement kuendigen", Cue::Subscription),
            ("Newsletter abonnieren", Cue::Subscription),
            ("Newsletter „Der Morgen“", Cue::Subscription),
            ("Benutzername * Passwort *", Cue::Login),
            ("Anmelden oder Registrieren um Kommentare zu schreiben", Cue::Login),
            ("Ausgewählte Anbieter aus dem Bereich Panorama:", Cue::VendorHeading),
            ("IT-Guide Plus", Cue::VendorHeading),
            ("IT-Guide PlusMuster Software", Cue::VendorHeading),
            ("Aktuelle Meldungen", Cue::Ticker),
            ("Empfohlener redaktioneller Inhalt", Cue::Consent),
            ("Alle akzeptieren", Cue::Consent),
            ("Teilen auf Facebook", Cue::Social),
            ("Folgen Sie uns auf Rundblick und Zwitscher", Cue::Social),
            ("Mehr aus der Nordheide", Cue::TeaserHeading),
            ("Die Inhalte dieser Website sind urheberrechtlich geschützt.", Cue::Legal),
            ("© Stadtblatt – Alle Inhalte sind urheberrechtlich geschützt.", Cue::Legal),
            ("Termine in der Region", Cue::Events),
            ("Sigrid M. schrieb am 22. Mai 2021:", Cue::Comments),
            ("Drucken Senden Fehler melden", Cue::Tools),
            ("3 Kommentare", Cue::Comments),
            ("Leave a reply", Cue::Comments),
            ("Seite 2 von 9", Cue::Pagination),
            ("Home > Politik > Seestadt", Cue::Breadcrumb),
            ("Sie sind hier: Start", Cue::Breadcrumb),
            ("Impressum", Cue::Legal),
            ("Alle Rechte vorbehalten.", Cue::Legal),
            ("Dieser Artikel ist nur für Abonnenten lesbar.", Cue::Paywall),
            ("Veranstaltungen", Cue::Events),
            ("Über die Autorin", Cue::Bio),
            ("Anmelden", Cue::Login),
            ("Stand: 12.05.2024, 10:00 Uhr", Cue::Updated),
            ("Mit Agenturmaterial", Cue::Agency),
        ];
        for (text, want) in cases {
            assert_eq!(cue(text), Some(want), "{text}");
        }
    }

    #[test]
    fn prose_with_a_cue_word_is_no_cue() {
        let prose = [
            "Die Anzeige gegen Unbekannt wurde am Montag zurückgezogen.",
            "Mehr Themen als je zuvor standen auf der Tagesordnung des Rats.",
            "Werbung wird in der Stadt künftig stärker geregelt, so der Plan.",
            "Kommentar",
            "Suchen lassen sich die Akten nun auch im Netz.",
            "Foto und Ton wurden getrennt aufgenommen.",
            "Mehr aus weniger machen",
            "Die Behörde schrieb am 22. Mai 2021, dass sie prüfe.",
            "Weitere Meldungen gingen bis zum Abend ein. Die Feuerwehr rückte zwölfmal aus.",
            "Das Abonnement des Stadtblatts kostet vom Januar an zwei Euro mehr.",
            "Die Stadt legt eine Strategie vor",
            "Watch the ferry leave: it is the last one.",
        ];
        for text in prose {
            assert_eq!(cue(text), None, "{text}");
        }
    }
}
