//! Sites made by the thousand pages, for benches and tests: the same seed gives the same bytes.

use std::fmt::Write as _;

use super::{Route, Site};

/// A site to be made: a front page, lists of 50 articles each, articles that point to one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Generated {
    /// Articles.
    pub articles: usize,
    /// Bytes of an article's page, about.
    pub page_bytes: usize,
    /// What makes one site differ from another.
    pub seed: u64,
}

/// Articles of a list.
const PER_LIST: usize = 50;

const SUBJECTS: [&str; 16] = [
    "Die Verwaltung von Birkenau",
    "Der Stadtrat",
    "Das neue Portal",
    "Die Leiterin des Bauamts",
    "Ein kleines Team",
    "Der Landkreis Ehrenfels",
    "Die Projektgruppe",
    "Das Rechenzentrum in Altmühl",
    "Der Dienstleister",
    "Die Kämmerin",
    "Eine Bürgerin",
    "Das Ordnungsamt",
    "Der Bürgermeister",
    "Die Fachstelle",
    "Das Archiv",
    "Der Zweckverband",
];
const VERBS: [&str; 12] = [
    "prüft seit dem Frühjahr",
    "beschreibt in einem Bericht",
    "hat im vergangenen Jahr erneuert",
    "plant für die kommenden Monate",
    "stellte am Dienstag vor",
    "lobt ausdrücklich",
    "sucht noch immer",
    "betreibt gemeinsam mit den Nachbarn",
    "vergleicht jede Woche",
    "ersetzt nach und nach",
    "finanziert aus eigenen Mitteln",
    "öffnet für alle Ortsteile",
];
const OBJECTS: [&str; 14] = [
    "die Annahme von Anträgen",
    "das Verzeichnis der Grundstücke",
    "den Empfang im Rathaus",
    "die Karte der Baustellen",
    "die Ausgabe der Ausweise",
    "den Kalender der Sitzungen",
    "das Netz der Messstellen",
    "die Sammlung alter Pläne",
    "die Abrechnung der Parkplätze",
    "den Verleih von Rädern",
    "die Beratung für Betriebe",
    "das Formular für die Anmeldung",
    "die Sprechstunde am Telefon",
    "den Umgang mit vertraulichen Akten",
];
const TAILS: [&str; 10] = [
    ", obwohl die Kosten höher liegen als gedacht",
    ", weil die alten Geräte nicht mehr gewartet werden",
    " und will damit den Weg zum Amt ersparen",
    ", wie ein Sprecher auf Anfrage sagte",
    "; im Herbst soll darüber entschieden werden",
    ", ohne dass dafür neue Stellen nötig wären",
    " und rechnet mit einem Jahr bis zum Abschluss",
    ", nachdem zwei Versuche gescheitert waren",
    ", und die ersten Erfahrungen sind gut",
    ", sofern der Rat dem Entwurf zustimmt",
];
const PLACES: [&str; 8] =
    ["Birkenau", "Ehrenfels", "Altmühl", "Grünbach", "Sonnwald", "Tiefensee", "Hohenried", "Lautertal"];

/// A small generator (xorshift64*): enough to vary texts, and the same everywhere.
#[derive(Debug)]
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(drawn).unwrap_or(0) % sides.max(1)
    }

    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        let at = self.roll(words.len());
        words.get(at).copied().unwrap_or_default()
    }

    fn sentence(&mut self, to: &mut String) {
        to.push_str(self.pick(&SUBJECTS));
        to.push(' ');
        to.push_str(self.pick(&VERBS));
        to.push(' ');
        to.push_str(self.pick(&OBJECTS));
        to.push_str(self.pick(&TAILS));
        to.push_str(". ");
    }

    fn paragraph(&mut self, to: &mut String) {
        for _ in 0..3 + self.roll(4) {
            self.sentence(to);
        }
    }
}

impl Generated {
    /// The path of an article.
    #[must_use]
    pub fn article_path(number: usize) -> String {
        format!("/meldungen/{number}-bericht.html")
    }

    /// Makes the site.
    #[must_use]
    pub fn site(&self) -> Site {
        let lists = self.articles.div_ceil(PER_LIST);
        let mut front = String::from("<!doctype html><html lang=de><title>Anzeiger</title><h1>Anzeiger</h1><ul>");
        for list in 1..=lists {
            let _ = write!(front, "<li><a href=\"/liste/{list}/\">Meldungen, Seite {list}</a>");
        }
        let mut site = Site::new("").route("/", Route::ok("text/html; charset=utf-8", front));
        for list in 1..=lists {
            site =
                site.route(&format!("/liste/{list}/"), Route::ok("text/html; charset=utf-8", self.list(list, lists)));
        }
        for number in 0..self.articles {
            let page = self.article(number);
            site = site.route(&Self::article_path(number), Route::ok("text/html; charset=utf-8", page));
        }
        site
    }

    fn list(&self, list: usize, lists: usize) -> String {
        let mut page =
            format!("<!doctype html><html lang=de><title>Meldungen, Seite {list}</title><h1>Meldungen</h1><ul>");
        for number in (list - 1) * PER_LIST..(list * PER_LIST).min(self.articles) {
            let mut dice = self.dice(number);
            let (path, place, object) = (Self::article_path(number), dice.pick(&PLACES), dice.pick(&OBJECTS));
            let _ = write!(page, "<li><a href=\"{path}\">{place}: Neues über {object} ({number})</a>");
        }
        page.push_str("</ul>");
        if list < lists {
            let _ = write!(page, "<a rel=next href=\"/liste/{}/\">Weiter</a>", list + 1);
        }
        page
    }

    fn dice(&self, number: usize) -> Dice {
        let mut dice = Dice(self.seed ^ (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        dice.roll(2);
        dice
    }

    /// The page of an article: head, menu, kicker, headline, date, lead, paragraphs with subheadings, teasers, footer.
    ///
    /// Of the bytes about a seventh is text that is shown, and a seventh script and style, in about ten elements a kilobyte: what
    /// news pages of 35 to 60 KB have at the median in the public benchmarks.
    #[must_use]
    pub fn article(&self, number: usize) -> String {
        let mut dice = self.dice(number);
        let (place, object) = (dice.pick(&PLACES), dice.pick(&OBJECTS));
        let title = format!("Neues über {object} ({number})");
        let date = (1 + dice.roll(28), 1 + dice.roll(12), 2010 + dice.roll(15));
        let mut page = String::with_capacity(self.page_bytes + 2_000);
        self.head(&mut page, &title, date);
        self.menu(&mut page);
        let (day, month, year) = date;
        let _ = write!(
            page,
            "<main class=\"layout__main layout__main--article\"><article class=\"post post-{number} type-post hentry\">\
             <p class=\"post__kicker\">{place}:</p><h1 class=\"post__title entry-title\">{title}</h1>\
             <p class=\"post__date\">[{day}.{month}.{year}] </p><p class=\"post__lead\"><strong>"
        );
        dice.paragraph(&mut page);
        page.push_str("</strong></p><div class=\"post__content entry-content\">");
        let room = page.len() + self.page_bytes / 11;
        let mut count = 0;
        while page.len() < room {
            count += 1;
            if count % 4 == 0 {
                let _ = write!(page, "<h2 class=\"post__heading\">Was {} betrifft</h2>", dice.pick(&OBJECTS));
            }
            page.push_str("<p>");
            dice.paragraph(&mut page);
            page.push_str("</p>\n");
        }
        page.push_str("</div><p class=\"post__tags\">Stichwörter: Verwaltung, Portale</p></article></main>");
        page.push_str("<aside class=\"layout__aside\"><h3>Weitere Meldungen</h3>");
        while page.len() + 900 < self.page_bytes {
            self.teaser(&mut page, &mut dice);
        }
        page.push_str("</aside><footer class=\"footer\"><a href=\"/\">Anzeiger</a></footer></body></html>");
        page
    }

    /// Metadata, JSON-LD, and script and style of about a seventh of the page.
    fn head(&self, page: &mut String, title: &str, (day, month, year): (usize, usize, usize)) {
        let _ = write!(
            page,
            "<!doctype html><html lang=de><head><meta charset=utf-8><title>{title} | Anzeiger</title>\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta property=\"og:type\" content=\"article\"><meta property=\"og:title\" content=\"{title}\">\
             <meta property=\"article:published_time\" content=\"{year}-{month:02}-{day:02}T08:00:00+01:00\">\
             <script type=\"application/ld+json\">{{\"@context\":\"https://schema.org\",\"@type\":\"NewsArticle\",\
             \"headline\":\"{title}\",\"datePublished\":\"{year}-{month:02}-{day:02}T08:00:00+01:00\",\
             \"author\":[{{\"@type\":\"Person\",\"name\":\"Ute Hollmann\"}}]}}</script><style>"
        );
        let until = page.len() + self.page_bytes / 14;
        for rule in 0.. {
            if page.len() >= until {
                break;
            }
            let _ = writeln!(page, ".c-{rule}{{margin:0 {rule}px;padding:.{rule}em;color:#3a3a3a;display:flex}}");
        }
        page.push_str("</style><script>");
        let until = page.len() + self.page_bytes / 14;
        for item in 0.. {
            if page.len() >= until {
                break;
            }
            let _ =
                writeln!(page, "window.q=window.q||[];if(q.length<{item}){{q.push({{id:{item},slot:'s{item}'}});}}");
        }
        page.push_str("</script></head><body class=\"page page--single\">");
    }

    fn menu(&self, page: &mut String) {
        page.push_str(
            "<header class=\"header\"><nav class=\"header__nav\" aria-label=\"Hauptmenü\"><ul class=\"menu\">",
        );
        for section in 1..=self.page_bytes / 1_000 {
            let _ = writeln!(
                page,
                "<li id=\"menu-item-{section}\" class=\"menu__item menu-item menu-item-type-taxonomy menu-item-{section}\">\
                 <a class=\"menu__link\" href=\"/thema/{section}/\" rel=nofollow><span>Thema {section}</span></a></li>"
            );
        }
        page.push_str("</ul></nav></header>");
    }

    fn teaser(&self, page: &mut String, dice: &mut Dice) {
        let path = Self::article_path(dice.roll(self.articles));
        let image = dice.roll(9_000);
        let _ = write!(
            page,
            "<div class=\"teaser teaser--horizontal grid__item\"><div class=\"teaser__media\"><a class=\"teaser__link\" href=\"{path}\">\
             <img class=\"teaser__image lazyload\" loading=lazy width=320 height=180 alt=\"\" src=\"/bilder/{image}-320x180.jpg\" \
             srcset=\"/bilder/{image}-320x180.jpg 320w, /bilder/{image}-640x360.jpg 640w, /bilder/{image}-1280x720.jpg 1280w\" \
             sizes=\"(max-width: 640px) 100vw, 320px\"></a></div><div class=\"teaser__body\">\
             <h4 class=\"teaser__title\"><a class=\"teaser__link\" href=\"{path}\">{}: {}</a></h4>\
             <p class=\"teaser__text\">",
            dice.pick(&PLACES),
            dice.pick(&OBJECTS)
        );
        dice.sentence(page);
        let _ = writeln!(page, "<a class=\"teaser__more\" href=\"{path}\">mehr...</a></p></div></div>");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_site_of_the_size_asked_for() {
        let make = |seed| Generated { articles: 60, page_bytes: 8_000, seed }.site();
        let (one, two, other) = (make(1), make(1), make(2));
        assert_eq!(one.routes.len(), 1 + 2 + 60);
        for (path, route) in &one.routes {
            assert_eq!(route.body, two.routes[path].body);
        }
        let path = Generated::article_path(7);
        assert_ne!(one.routes[&path].body, other.routes[&path].body);
        let size = one.routes[&path].body.len();
        assert!((7_000..9_500).contains(&size), "{size}");
    }
}
