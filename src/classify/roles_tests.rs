//! Whole pages, invented, in several markups: the same roles must come out.

use url::Url;

use crate::classify::Classifier;
use crate::parse::{Input, InputFormat, ParseLimits, parse_bytes};
use crate::segment::segment;
use crate::site::{Cue, CueScope, Template};
use crate::types::{PageType, Role};

fn roles_with(body: &str, format: InputFormat, template: &Template) -> (Vec<(Role, String)>, PageType) {
    let url = Url::parse("https://www.stadtblatt.test/meldung_12_Rathaus.html").unwrap();
    let input = Input { url: &url, content_type: None, path: None, body: body.as_bytes(), format };
    let page = parse_bytes(&input, &ParseLimits::default()).unwrap();
    let classified = Classifier::embedded().classify(&page, segment(&page, template), template);
    let blocks = classified.blocks.into_iter().map(|b| (b.role, b.block.text)).collect();
    (blocks, classified.page_type)
}

fn text(body: &str) -> Vec<(Role, String)> {
    roles_with(body, InputFormat::Text, &Template::default()).0
}

fn html(body: &str) -> Vec<(Role, String)> {
    roles_with(&format!("<meta charset=utf-8>{body}"), InputFormat::Html, &Template::default()).0
}

fn role(blocks: &[(Role, String)], start: &str) -> Role {
    blocks
        .iter()
        .find(|(_, text)| text.starts_with(start))
        .unwrap_or_else(|| panic!("no block {start:?} in {blocks:#?}"))
        .0
}

fn all(blocks: &[(Role, String)], wanted: Role) -> Vec<&str> {
    blocks.iter().filter(|(role, _)| *role == wanted).map(|(_, text)| text.as_str()).collect()
}

const LEAD: &str = "Die Stadt Moorhude legt ihre Bauakten offen. Wer bauen will, sieht nun im Netz, wie weit sein Antrag gediehen ist.";
const FIRST: &str = "Seit Montag steht das Fenster in die Bauakte allen offen, die in Moorhude einen Antrag gestellt haben. Zwei Jahre lang hatte die Verwaltung daran gearbeitet, dreimal musste sie den Start verschieben. Nun zeigt eine Leiste an, welches Amt gerade prüft und was noch fehlt.";
const SECOND: &str = "Bürgermeisterin Jette Brakelmann spricht von einem Versuch. „Wir wollen sehen, ob die Leute weniger anrufen“, sagt sie. Im Bauamt sind drei Stellen frei, und das Telefon klingelt den ganzen Tag. (jbr)";
const NOTICE: &str = "Wegen des Umzugs unserer Druckerei kommt das nächste Heft erst in der zweiten Woche des Monats zu Ihnen. Wir bitten um Nachsicht und danken allen, die uns seit Jahren die Treue halten.";

/// An old page as plain text.
fn old_page() -> String {
    format!(
        "Moorhude / Tangast:\nEin Fenster in die Bauakte\n\n\n[3.6.2019] {LEAD}\n\n{FIRST}\nWas die Ämter sagen\n{SECOND}\n\n\
         https://www.moorhude.test\nhttp://bau.moorhude.test\n\nStichwörter: Bauwesen, Moorhude, Akten\n\n\
         Bildquelle: Stadt Moorhude\n\nDruckversion    PDF     Link mailen\n\n Anzeige\n\n\
         Weitere Meldungen und Beiträge aus dem Bereich Bauwesen\n\
         Tangast: Kran meldet Wind Bericht\n[2.6.2019] Der Hafenkran von Tangast misst den Wind jetzt selbst. Bei Sturm schaltet er sich ab. mehr...\n\
         Der Kran steht seit 1962 am Kai.\n\
         Lütjenmoor: Schule ohne Kreide\n[1.6.2019] Die Schule in Lütjenmoor hat ihre Tafeln verkauft. mehr...\n\
         Weitere FirmennewsAnzeige\n\nAktenwolke: Umzug in drei Tagen\n[31.5.2019] Die Firma Aktenwolke packt ganze Keller in Kisten und liefert sie als Daten zurück. mehr...\n\
         Suchen...\n\nAktuelle Information des Verlags\n\n{NOTICE}\n\nStadtblatt, Ausgabe 6/2019\nAboverwaltung\nAbbonement kuendigen\n\
         Ausgewählte Anbieter aus dem Bereich Bauwesen:\nAktenwolke GmbH\n26999 Tangast\nAktenwolke GmbH\nPlanwerk\n27998 Moorhude\nPlanwerk\nAktuelle Meldungen\n"
    )
}

#[test]
fn an_old_page_as_plain_text() {
    let blocks = text(&old_page());
    assert_eq!(all(&blocks, Role::Kicker), ["Moorhude / Tangast:"]);
    assert_eq!(all(&blocks, Role::Headline), ["Ein Fenster in die Bauakte"]);
    assert!(role(&blocks, "[3.6.2019]") == Role::Lead);
    assert_eq!(all(&blocks, Role::Body), [FIRST, SECOND]);
    assert_eq!(all(&blocks, Role::Subheading), ["Was die Ämter sagen"]);
    assert_eq!(all(&blocks, Role::Links), ["https://www.moorhude.test", "http://bau.moorhude.test"]);
    assert_eq!(role(&blocks, "Stichwörter"), Role::Keywords);
    assert_eq!(role(&blocks, "Bildquelle"), Role::Credit);
    assert_eq!(role(&blocks, "Druckversion"), Role::Tools);
    assert_eq!(all(&blocks, Role::Teaser).len(), 6);
    assert_eq!(role(&blocks, "Der Kran steht"), Role::Teaser);
    assert_eq!(
        all(&blocks, Role::Advertisement),
        [
            "Anzeige",
            "Weitere FirmennewsAnzeige",
            "Aktenwolke: Umzug in drei Tagen",
            "[31.5.2019] Die Firma Aktenwolke packt ganze Keller in Kisten und liefert sie als Daten zurück. mehr..."
        ]
    );
    assert_eq!(role(&blocks, "Suchen"), Role::Search);
    assert_eq!(all(&blocks, Role::Notice), ["Aktuelle Information des Verlags", NOTICE]);
    assert_eq!(all(&blocks, Role::Subscription).len(), 3);
    assert_eq!(all(&blocks, Role::VendorList).len(), 7);
    assert_eq!(role(&blocks, "Aktuelle Meldungen"), Role::Navigation);
}

/// Pointers without a heading, right after the article.
fn new_page(headline: &str) -> String {
    let teasers: String = ["Tangast", "Lütjenmoor", "Hasenwerder", "Kreis Ostmoor"]
        .iter()
        .map(|place| format!("{place}: Neues Portal im Test\n[07.02.2025] In {place} läuft ein Portal im Test. Es soll den Gang ins Amt ersparen. mehr...\n"))
        .collect();
    format!("{headline}\n{FIRST} Die Stadt Moorhude zahlt.\nhttp://www.moorhude.test\n{teasers}")
}

#[test]
fn pointers_without_a_heading_are_no_article() {
    let blocks = text(&new_page("MoorhudeFenster in die Bauakte"));
    assert_eq!(all(&blocks, Role::Kicker), ["Moorhude"]);
    assert_eq!(all(&blocks, Role::Headline), ["Fenster in die Bauakte"]);
    assert_eq!(all(&blocks, Role::Body).len(), 1);
    assert_eq!(all(&blocks, Role::Links).len(), 1);
    assert_eq!(all(&blocks, Role::Teaser).len(), 8);
}

#[test]
fn names_in_camel_case_are_not_cut() {
    for headline in
        ["YouTube sperrt Kanal der Stadt", "OpenData hilft der Stadt Moorhude", "Stadt kauft LoRaWAN für alle"]
    {
        let page =
            format!("{headline}\n{FIRST} Von OpenData ist viel die Rede, von LoRaWAN und YouTube auch. {SECOND}\n");
        assert_eq!(all(&text(&page), Role::Headline), [headline]);
    }
}

#[test]
fn a_caption_glued_to_the_first_paragraph_is_cut_off() {
    let page = format!(
        "Moorhude:\nEin Fenster in die Bauakte\n[3.6.2019] {LEAD}\n\nEine Leiste zeigt an, welches Amt gerade prüft.{FIRST}\n{SECOND}\nStichwörter: Bauwesen\n"
    );
    let blocks = text(&page);
    assert_eq!(all(&blocks, Role::Caption), ["Eine Leiste zeigt an, welches Amt gerade prüft."]);
    assert_eq!(all(&blocks, Role::Body), [FIRST, SECOND]);
}

/// The old page in several markups: title, date, summary and "more" in one block or in several.
fn markups() -> Vec<String> {
    let article = |wrap: &dyn Fn(&str) -> String| [FIRST, SECOND].map(wrap).concat();
    let teaser = |open: &str, between: &str, close: &str| {
        [("Tangast: Kran meldet Wind", "[2.6.2019]"), ("Lütjenmoor: Schule ohne Kreide", "[1.6.2019]")]
            .map(|(title, date)| {
                format!("{open}<a href='/meldung_1'>{title}</a>{between}{date} Dort ist vieles neu, und alle reden davon. <a href='/meldung_1'>mehr...</a>{close}")
            })
            .concat()
    };
    let heading = "Weitere Meldungen und Beiträge aus dem Bereich Bauwesen";
    vec![
        format!(
            "<table><tr><td><a href=/>Start</a><br><a href=/t>Termine</a></td><td><font color=red>Moorhude:</font><br><font size=5><b>Ein Fenster in die Bauakte</b></font><br><br><b>[3.6.2019] {LEAD}</b><br><br>{}<font size=1>Stichwörter: Bauwesen, Akten</font><br><b>{heading}</b><br><table>{}</table></td></tr></table>",
            article(&|p| format!("{p}<br><br>")),
            teaser("<tr><td><b>", "</b><br>", "</td></tr>")
        ),
        format!(
            "<div class=a1><div class=b2>Moorhude:</div><div class=b3>Ein Fenster in die Bauakte</div><div class=b4>[3.6.2019] {LEAD}</div>{}<div class=b6>Stichwörter: Bauwesen, Akten</div><div class=b7>{heading}</div>{}</div>",
            article(&|p| format!("<div class=b5>{p}</div>")),
            teaser("<div class=c1><div>", "</div><div>", "</div></div>")
        ),
        format!(
            "<article><h4>Moorhude:</h4><h1>Ein Fenster in die Bauakte</h1><p class=teaser>[3.6.2019] {LEAD}</p>{}<p>Stichwörter: Bauwesen, Akten</p></article><h3>{heading}</h3><ul>{}</ul>",
            article(&|p| format!("<p>{p}</p>")),
            teaser("<li>", " ", "</li>")
        ),
        format!(
            "<p>Moorhude:<h2>Ein Fenster in die Bauakte</h2><p>[3.6.2019]<p><b>{LEAD}</b>{}<p>Stichwörter: Bauwesen, Akten<p>{heading}<dl>{}</dl>",
            article(&|p| format!("<p>{p}")),
            teaser("<dt>", "<dd>", "")
        ),
    ]
}

#[test]
fn the_same_roles_in_any_markup() {
    for page in markups() {
        let blocks = html(&page);
        assert_eq!(all(&blocks, Role::Kicker), ["Moorhude:"], "{page}");
        assert_eq!(all(&blocks, Role::Headline), ["Ein Fenster in die Bauakte"], "{page}");
        assert_eq!(all(&blocks, Role::Lead).len(), 1, "{page}");
        assert_eq!(all(&blocks, Role::Body), [FIRST, SECOND], "{page}");
        assert_eq!(all(&blocks, Role::Keywords).len(), 1, "{page}");
        let teasers = all(&blocks, Role::Teaser).join(" ");
        for part in
            ["Weitere Meldungen", "Kran meldet Wind", "Schule ohne Kreide", "[1.6.2019]", "alle reden davon. mehr..."]
        {
            assert!(teasers.contains(part), "{part} in {teasers}");
        }
    }
}

#[test]
fn related_links_within_the_text_are_pointers() {
    let page = format!(
        "<h1>Ein Fenster in die Bauakte</h1><p>{FIRST}</p><p><b>Lesen Sie auch:</b> <a href=/x>Kran meldet Wind</a></p><p>{SECOND}</p><p>{FIRST}</p>"
    );
    let blocks = html(&page);
    assert_eq!(role(&blocks, "Lesen Sie auch"), Role::Teaser);
    assert_eq!(all(&blocks, Role::Body).len(), 3);
}

#[test]
fn the_next_article_is_not_this_one() {
    let page = format!(
        "<div><article><h1>Ein Fenster in die Bauakte</h1><p>{FIRST}</p><p>{SECOND}</p></article></div>\
         <div><article><h1>Kran meldet Wind</h1><p>Seit Montag meldet der Kran am Hafen von Tangast jeden Windstoß an die Werft, die ihn baute.</p>\
         <p>Die Stadt will die Zahlen im Herbst allen zeigen, sagte der Hafenmeister bei einem Rundgang.</p></article></div>"
    );
    let blocks = html(&page);
    assert_eq!(all(&blocks, Role::Body), [FIRST, SECOND]);
    // A heading of the first level over a part of the article ends nothing.
    let page = format!(
        "<article><h1>Ein Fenster in die Bauakte</h1><p>{FIRST}</p><p>{SECOND}</p><h1>Was kommt</h1><p>{FIRST} Das ist neu.</p></article>"
    );
    assert_eq!(all(&html(&page), Role::Body).len(), 3);
}

#[test]
fn a_line_between_headline_and_byline_sums_the_article_up() {
    let page = format!(
        "<h1>Ein Fenster in die Bauakte</h1><h2>In Moorhude sehen nun alle im Netz, wie weit ihr Bauantrag im Rathaus gediehen ist</h2>\
         <p>Von Jette Moor</p><p>{FIRST}</p><p>{SECOND}</p>"
    );
    assert_eq!(role(&html(&page), "In Moorhude sehen"), Role::Lead);
}

#[test]
fn whole_sentences_below_the_headline_with_buttons_before_the_byline_are_the_lead() {
    let lead = "Moorhude. In einem Keller des Rathauses tauchen nach vierzig Jahren die Pläne der alten Werft auf. Was sie verraten, stellt das Bild der Stadt auf den Kopf.";
    let page = format!(
        "<div><h2>Archäologie</h2><h1>Pläne der Werft gefunden</h1></div><div><p>{lead}</p></div><ul><li>merken</li><li>Seite empfehlen</li></ul>\
         <div>Von Jette Moor</div><div><p>{FIRST}</p><p>{SECOND}</p></div>"
    );
    assert_eq!(role(&html(&page), "Moorhude. In einem"), Role::Lead);
}

#[test]
fn what_stands_between_headline_and_text_is_no_paragraph() {
    let page = format!(
        "<b>Zähler melden sich per Funk</b><br>Moorhude liest neuntausend Geräte im Vorbeifahren ab<br>Von Jette Moor<br><br>{FIRST}<br><br>{SECOND}<br><br>\
         Mehr im Internet:<br><a href='http://www.moorhude.test/funk'>http://www.moorhude.test/funk</a><br>"
    );
    let blocks = html(&page);
    assert_eq!(role(&blocks, "Moorhude liest"), Role::Subtitle);
    assert_eq!(role(&blocks, "Mehr im Internet"), Role::Links);
    let page = format!(
        "<h1>Ein Fenster in die Bauakte</h1><p>21.01.2016 Jette Moor Ressort: Bauen</p><p><b>{LEAD}</b></p><p>{FIRST}</p><p>{SECOND}</p>"
    );
    assert_eq!(role(&html(&page), "21.01.2016"), Role::Dateline);
}

#[test]
fn a_name_with_a_post_is_a_byline() {
    let page = format!(
        "<h1>Ein Fenster in die Bauakte</h1><p>Von Jette Moor, freie Reporterin</p><p>{FIRST}</p><p>{SECOND}</p>"
    );
    assert_eq!(role(&html(&page), "Von Jette Moor"), Role::Byline);
}

#[test]
fn a_lead_is_text_whatever_its_class() {
    let lead = "Wer in Moorhude bauen will, sieht nun im Netz, wie weit sein Antrag gediehen ist.";
    let page = format!(
        "<meta name=description content='{lead}'><header><h1>Ein Fenster in die Bauakte</h1><div class='teaser excerpt'>{lead}</div></header><p>{FIRST}</p><p>{SECOND}</p>"
    );
    assert_eq!(role(&html(&page), "Wer in Moorhude"), Role::Lead);
}

#[test]
fn a_list_of_pointers_is_no_article() {
    let items: String = (1..9)
        .map(|n| format!("<li><a href='/meldung_{n}_x.html'>Tangast: Meldung der Woche</a><br>[{n}.6.2019] Dort ist vieles neu, und alle reden davon. <a href='/meldung_{n}_x.html'>mehr...</a></li>"))
        .collect();
    let page = format!("<h1>Bauwesen</h1><ul>{items}</ul>");
    let (blocks, page_type) = roles_with(&page, InputFormat::Html, &Template::default());
    assert_eq!(page_type, PageType::Listing);
    assert!(all(&blocks, Role::Body).is_empty() && all(&blocks, Role::Lead).is_empty(), "{blocks:#?}");
}

#[test]
fn the_profile_comes_first() {
    let cue = |pattern: &str, role, scope| Cue {
        name: pattern.to_owned(),
        pattern: regex::Regex::new(pattern).unwrap(),
        role,
        scope,
    };
    let template = Template {
        cues: vec![
            cue("^Was die Ämter", Role::Quote, CueScope::Block),
            cue("^Aus dem Archiv", Role::Teaser, CueScope::Group),
        ],
        ..Template::default()
    };
    let page = old_page().replace("Weitere Meldungen und Beiträge aus dem Bereich Bauwesen", "Aus dem Archiv");
    let (blocks, _) = roles_with(&page, InputFormat::Text, &template);
    assert_eq!(role(&blocks, "Was die Ämter"), Role::Quote);
    assert_eq!(role(&blocks, "Aus dem Archiv"), Role::Teaser);
    assert_eq!(role(&blocks, "Tangast: Kran"), Role::Teaser);
}

#[test]
fn cost_grows_with_the_page_only() {
    // Nineteen thousand lines that each begin a group: a pass over the rest of the page for each would take minutes.
    for line in [
        "Weitere Artikel",
        "Anzeige",
        "Newsletter",
        "Aktuelle Information des Verlags",
        "IT-Guide Plus",
        "3 Kommentare",
        "Von Jette Moor",
        "[1.2.2003]",
    ] {
        let page = format!("Titel der Seite\n{FIRST}\n{}", format!("{line}\n").repeat(19_000));
        assert!(text(&page).len() >= 19_000);
        let page = format!("<h1>Titel der Seite</h1><p>{FIRST}</p>{}", format!("<div><p>{line}</p>").repeat(5_000));
        assert!(!html(&page).is_empty());
    }
}

#[test]
fn nothing_comes_of_nothing() {
    for page in ["x", "[", "(ab)", ":", "mehr..."] {
        let (blocks, page_type) = roles_with(page, InputFormat::Text, &Template::default());
        assert!(blocks.len() <= 1);
        assert_ne!(page_type, PageType::Article);
    }
}

/// Three paragraphs, and below them many pointers in the same markup.
#[test]
fn a_short_article_above_many_pointers_stays_one() {
    let towns = ["Tangast", "Lütjenmoor", "Kreis Ostermark", "Hasselried", "Amt Süderbrook", "Bad Grünau"];
    let deeds = [
        (
            "Kran meldet Wind",
            "Der Hafenkran misst den Wind jetzt selbst. Bei Sturm schaltet er sich ab und meldet das der Zentrale.",
        ),
        (
            "Schule ohne Kreide",
            "Die Schule hat ihre Tafeln verkauft. Für den Erlös wurden zwölf Bildschirme und ein Klavier angeschafft.",
        ),
        (
            "Ein Konto genügt",
            "Wer etwas beantragt, braucht nur noch eine Anmeldung. Bisher waren dafür bis zu vier Zugänge nötig.",
        ),
    ];
    let pointers: String = towns
        .iter()
        .flat_map(|town| deeds.map(|(title, text)| (town, title, text)))
        .enumerate()
        .map(|(at, (town, title, text))| {
            format!(
                "<a href=/k/{at}/>{town}: {title}</a><br>\n[{:02}.02.2025] {text} <a href=/k/{at}/>mehr...</a><br>\n<br>\n",
                28 - at
            )
        })
        .collect();
    let second = SECOND.trim_end_matches(" (jbr)");
    let page = format!(
        "<a href=/>Startseite</a> | <a href=/heft>Heft</a> | <a href=/themen>Themen</a><br><br><b>Stadt Moorhude</b><br>\n\
         <b>Ein Fenster in die Bauakte</b><br>\n<br>\n{LEAD}<br>\n<br>\n{FIRST}<br>\n<br>\n<b>Was die Ämter sagen</b><br>\n<br>\n\
         {second} (<a href=/alt>wir berichteten</a>).<br>\n<br>\n<a href=https://www.moorhude.test>https://www.moorhude.test</a><br>\n\
         <br>\n{pointers}<a href=/impressum>Impressum</a> | <a href=/datenschutz>Datenschutz</a> | <a href=/agb>AGB</a>"
    );
    let blocks = html(&page);
    let is = |start: &str| role(&blocks, start);
    assert!([LEAD, FIRST, &second[..40]].iter().all(|text| matches!(is(text), Role::Lead | Role::Body)), "{blocks:#?}");
    assert_eq!(
        [is("Was die Ämter"), is("https://"), is("Tangast: Kran")],
        [Role::Subheading, Role::Links, Role::Teaser]
    );
    assert!(is("Impressum") != Role::Teaser && is("Startseite") != Role::Teaser);
}

/// A mark behind a group that a heading calls paid is a banner's, not the last item's.
#[test]
fn a_paid_heading_goes_before_a_mark_behind_its_group() {
    let item = |at: u32, title: &str, text: &str| {
        format!(
            "<article><h3><a href=/f/{at}>{title}</a></h3><p>[{at}.3.2022] {text} <a href=/f/{at}>mehr...</a></p></article>"
        )
    };
    let (deed, other) =
        ("Die Firma Aktenwolke packt ganze Keller in Kisten.", "Planwerk zeigt, wie das Bauamt auch unterwegs prüft.");
    let page = format!(
        "<h1>Ein Fenster in die Bauakte</h1><p>[3.6.2019] <b>{LEAD}</b></p><p>{FIRST}</p><p>{SECOND}</p><section>\
         <h2>Weitere Meldungen und Beiträge aus dem Bereich Bauwesen</h2>{}{}</section><section>\
         <h2>Weitere Firmennews<small>Anzeige</small></h2>{}{}</section><p>Anzeige</p>",
        item(1, "Tangast: Kran meldet Wind", "Der Hafenkran misst den Wind jetzt selbst."),
        item(2, "Lütjenmoor: Schule ohne Kreide", "Die Schule hat ihre Tafeln verkauft."),
        item(3, "Umzug in drei Tagen", deed),
        item(4, "Mit der Akte auf Reisen", other),
    );
    let blocks = html(&page);
    assert_eq!(role(&blocks, "Tangast: Kran"), Role::Teaser, "{blocks:#?}");
    let paid = ["Weitere Firmennews", "Umzug in", "[3.3.2022]", "Mit der Akte", "[4.3.2022]"];
    assert!(paid.iter().all(|start| role(&blocks, start) == Role::Advertisement), "{blocks:#?}");
}
