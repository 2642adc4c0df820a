//! Which generation of its site's pages a page is of.
//!
//! The day says it: that of the capture, else that of the publication. A page that shows much more of what only another generation has
//! (its selectors, its cues) is taken by that, and the record says so: days of a relaunch are guesses, and archives keep old pages long.

use std::collections::BTreeSet;

use super::captured_on;
use crate::parse::{Content, Page};
use crate::segment::segment;
use crate::site::{Site, Template};
use crate::types::{Fetched, Segments};

/// Another generation must show so much more of its own, as a share.
const MARGIN: f64 = 0.3;

/// A page, cut by the template that fits it.
pub(super) struct Fitted<'a> {
    pub(super) template: &'a Template,
    pub(super) segments: Segments,
    /// That it is not the one of its day.
    pub(super) warning: Option<String>,
}

/// How much a page shows of what only one generation has.
#[derive(Debug, Clone, Copy, Default)]
struct Fit {
    found: usize,
    all: usize,
}

impl Fit {
    fn share(self) -> f64 {
        if self.all == 0 { 0.0 } else { self.found as f64 / self.all as f64 }
    }

    /// One sign may be chance, unless there is no other.
    fn is_better_than(self, other: Self) -> bool {
        self.share() >= other.share() + MARGIN && (self.found > 1 || self.found == self.all)
    }
}

/// Chooses the template of a page and cuts it by that.
pub(super) fn fit<'a>(page: &Page, fetched: &Fetched, site: &'a Site) -> Fitted<'a> {
    let captured = captured_on(fetched);
    let by_day = site.template_for(captured.as_deref());
    let segments = segment(page, by_day);
    let has_own = |template: &&Template| template.own_selectors + template.own_cues > 0;
    if site.templates().filter(has_own).count() == 0 || site.templates().count() < 2 {
        return Fitted { template: by_day, segments, warning: None };
    }
    let fits: Vec<(&Template, Fit)> =
        site.templates().zip(site.templates().map(|template| fit_of(page, &segments, template))).collect();
    let fit_to = |template: &Template| {
        fits.iter().find(|(known, _)| known.name == template.name).map(|(_, fit)| *fit).unwrap_or_default()
    };
    // Where the day of the capture is not known, that of the publication counts, unless the page shows nothing of that generation.
    let published = page.meta.published.first().map(|date| date.value.iso.as_str());
    let by_publication = site.template_for(published.filter(|_| captured.is_none()));
    let expected = match fit_to(by_publication) {
        Fit { found: 0, .. } => by_day,
        _ if captured.is_none() => by_publication,
        _ => by_day,
    };
    let best = fits.iter().max_by(|one, other| one.1.share().total_cmp(&other.1.share()));
    let template = match best {
        Some((better, fit)) if better.name != expected.name && fit.is_better_than(fit_to(expected)) => *better,
        _ => expected,
    };
    let warning = match (&expected.name, &template.name) {
        (Some(day), Some(fits)) if day != fits => {
            let date = captured.as_deref().or(published).unwrap_or_default();
            Some(format!("laid out like `{fits}`, not like `{day}` of its day ({date})"))
        }
        _ => None,
    };
    let segments = if std::ptr::eq(template, by_day) { segments } else { segment(page, template) };
    Fitted { template, segments, warning }
}

/// What a page shows of a generation's own: roles whose selectors find something, and cues.
fn fit_of(page: &Page, segments: &Segments, template: &Template) -> Fit {
    let own = template.own_selectors();
    let roles: BTreeSet<_> = own.iter().map(|(role, _)| *role).collect();
    let mut shown = BTreeSet::new();
    if let Content::Html(dom) = &page.content
        && !own.is_empty()
    {
        let found = dom.select(own.iter().map(|(_, selector)| selector));
        shown.extend(own.iter().zip(found).filter(|(_, found)| !found.is_empty()).map(|((role, _), _)| *role));
    }
    let cues = template.own_cues();
    let said = |pattern: &regex::Regex| segments.blocks.iter().any(|block| pattern.is_match(&block.text));
    let heard = cues.iter().filter(|cue| said(&cue.pattern)).count();
    Fit { found: shown.len() + heard, all: roles.len() + cues.len() }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use crate::classify::Classifier;
    use crate::extract::extract;
    use crate::site::Sites;
    use crate::types::{Fetched, Origin, Record, Via};

    const PROFILE: &str = r#"
home = "http://amt.test/"
[[version]]
name = "tables"
until = "2012-01-01"
[[version.cue]]
pattern = 'Weitere Meldungen aus dem Amt'
role = "teaser"
scope = "group"
[[version.cue]]
pattern = 'Druckversion'
role = "tools"
[[version]]
name = "blog"
from = "2012-01-01"
[version.selectors]
headline = ["h1.entry-title"]
body = [".entry-content p"]
"#;
    const TABLES: &str = "<html><body><table><tr><td><b>Neuer Steg am See</b><br><br>Der Steg am See ist fertig, sagt die Stadt am \
        Montag. Er misst vierzig Meter und trägt auch den Wagen der Feuerwehr.<br><br>Die Kosten liegen bei zwei Millionen und \
        damit unter dem Plan des Rates.<br><br>Druckversion<br><br>Weitere Meldungen aus dem Amt<br></td></tr></table></body></html>";
    const BLOG: &str = "<html><body><h1 class=entry-title>Neuer Steg am See</h1><div class=entry-content><p>Der Steg am See ist \
        fertig, sagt die Stadt am Montag. Er misst vierzig Meter und trägt auch den Wagen der Feuerwehr.</p><p>Die Kosten \
        liegen bei zwei Millionen und damit unter dem Plan des Rates.</p></div></body></html>";
    const PLAIN: &str = "<html><body><h1>Neuer Steg am See</h1><p>Der Steg am See ist fertig, sagt die Stadt am Montag. Er misst \
        vierzig Meter und trägt auch den Wagen der Feuerwehr.</p></body></html>";

    fn record(page: &str, day: Option<&str>) -> Record {
        let url: Url = "http://amt.test/a.html".parse().unwrap();
        let sites = Sites::load([("amt.test.toml", PROFILE)]).unwrap();
        let fetched = Fetched {
            requested: url.clone(),
            final_url: url.clone(),
            hops: Vec::new(),
            status: 200,
            headers: Vec::new(),
            body: page.as_bytes().to_vec(),
            fetched_at: format!("{}T12:00:00Z", day.unwrap_or("2024-01-01")).parse().unwrap(),
            origin: match day {
                Some(_) => Origin::Warc { path: "a.warc".to_owned(), offset: 0 },
                None => Origin::File { path: "a.html".to_owned() },
            },
            via: Via::File,
        };
        extract(&fetched, &sites.for_url(&url), Classifier::embedded()).unwrap().record
    }

    fn chosen(page: &str, day: Option<&str>) -> (Option<String>, bool) {
        let record = record(page, day);
        (record.template, record.warnings.iter().any(|warning| warning.contains("laid out like")))
    }

    #[test]
    fn the_day_chooses_and_a_page_of_another_generation_says_so() {
        let named = |name: &str, warned| (Some(name.to_owned()), warned);
        assert_eq!(chosen(TABLES, Some("2009-05-01")), named("tables", false));
        assert_eq!(chosen(BLOG, Some("2015-05-01")), named("blog", false));
        // The relaunch came later, or earlier, than the profile says.
        assert_eq!(chosen(TABLES, Some("2013-05-01")), named("tables", true));
        assert_eq!(chosen(BLOG, Some("2011-05-01")), named("blog", true));
        let warning = record(TABLES, Some("2013-05-01")).warnings;
        assert!(
            warning.contains(&"laid out like `tables`, not like `blog` of its day (2013-05-01)".to_owned()),
            "{warning:?}"
        );
        // What shows nothing of either stays with its day.
        assert_eq!(chosen(PLAIN, Some("2013-05-01")), named("blog", false));
        assert_eq!(chosen(PLAIN, Some("2011-05-01")), named("tables", false));
    }

    #[test]
    fn a_saved_page_is_told_by_its_looks_and_its_publication() {
        assert_eq!(chosen(TABLES, None), (Some("tables".to_owned()), false));
        assert_eq!(chosen(BLOG, None), (Some("blog".to_owned()), false));
        assert_eq!(chosen(PLAIN, None), (None, false));
        // Published before the relaunch, moved to the new system since.
        let moved =
            BLOG.replace("<body>", "<head><meta property='article:published_time' content='2009-03-04'></head><body>");
        assert_eq!(chosen(&moved, None), (Some("blog".to_owned()), false));
        let old = TABLES
            .replace("<body>", "<head><meta property='article:published_time' content='2009-03-04'></head><body>");
        assert_eq!(chosen(&old, None), (Some("tables".to_owned()), false));
    }
}
