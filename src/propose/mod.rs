//! Pages of a site → a profile to start from: how its addresses look, which elements hold headline, date and text, which wordings recur.
//!
//! The pages are extracted as those of a site without profile. What the records hold is then looked for in the trees (`selectors`), in the
//! addresses (`addresses`) and among the blocks around the articles (`wordings`); what is found is tried out, and kept where no record gets
//! worse by it. `write` puts it into TOML, each line with the number of pages that it holds over.
//!
//! Not for: fetching the pages, or judging a profile against gold (`auslese check`).

mod addresses;
mod selectors;
mod wordings;
mod write;

use std::collections::BTreeMap;

use thiserror::Error;
use url::Url;

use crate::extract::{Extraction, Extractor};
use crate::parse::InputFormat;
use crate::site::{SiteErrors, Sites};
use crate::types::{Fetched, PageType, Record, Role};

pub use addresses::AddressRule;
pub use selectors::Chosen;
pub use wordings::Wording;

/// Why there is no proposal.
#[derive(Debug, Error)]
pub enum ProposeError {
    /// None of the pages can be used.
    #[error("none of the {0} pages holds an article to go by")]
    NoArticle(usize),
    /// Nobody knows where the site is.
    #[error("the pages do not say which site they are from: name its front page")]
    NoHome,
    /// The built-in profiles, or the proposal, cannot be read.
    #[error(transparent)]
    Profile(#[from] SiteErrors),
}

/// A profile to start from.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// Its name: the host without `www.`.
    pub name: String,
    /// The file.
    pub toml: String,
    /// What it holds.
    pub draft: Draft,
}

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// Pages looked at, and how many of them are articles.
    pub pages: (usize, usize),
    /// The front page.
    pub home: String,
    /// The site's name and on how many articles it stands.
    pub title: Option<(String, usize)>,
    /// The articles' language, and of how many.
    pub language: Option<(String, usize)>,
    /// Feeds, and how many pages name them.
    pub feeds: Vec<(String, usize)>,
    /// How articles' addresses look.
    pub rules: Vec<AddressRule>,
    /// Elements by the role that they hold.
    pub selectors: BTreeMap<Role, Vec<Chosen>>,
    /// Selectors that come near: on some pages they find something else, or change what is read.
    pub left_out: Vec<(Role, Chosen)>,
    /// Wordings that tell a role.
    pub wordings: Vec<Wording>,
}

/// A page with its record.
struct Sample {
    extraction: Extraction,
    is_article: bool,
}

impl Sample {
    fn record(&self) -> &Record {
        &self.extraction.record
    }
}

/// Proposes a profile that fits the pages; `home` is the site's front page, where the pages do not tell.
///
/// # Errors
/// [`ProposeError`]; a page that cannot be read is left out.
pub fn propose(pages: &[Fetched], home: Option<&Url>) -> Result<Proposal, ProposeError> {
    let sites = Sites::embedded()?;
    let default = sites.default_site().clone();
    let extractor = Extractor::new(sites, Some(default), InputFormat::Auto);
    let samples: Vec<Sample> = pages.iter().filter_map(|page| extractor.extract(page).ok()).map(sample).collect();
    let articles: Vec<&Sample> = samples.iter().filter(|sample| sample.is_article).collect();
    if articles.is_empty() {
        return Err(ProposeError::NoArticle(pages.len()));
    }
    let home = home.cloned().or_else(|| addresses::home(&articles)).ok_or(ProposeError::NoHome)?;
    let host = home.host_str().unwrap_or_default();
    let name = host.strip_prefix("www.").unwrap_or(host).to_owned();
    let mut draft = Draft {
        pages: (samples.len(), articles.len()),
        home: home.to_string(),
        title: most_said(articles.iter().filter_map(|sample| sample.record().site_name.clone())),
        language: most_said(articles.iter().filter_map(|sample| sample.record().language.clone())),
        feeds: addresses::feeds(&samples, &home),
        rules: addresses::rules(&samples, &home),
        ..Draft::default()
    };
    let trial = Trial { pages, name: &name, home: &home, before: &samples };
    // What is tried stands beside what is kept: a heading may be one only where its kicker is told apart.
    for (role, found) in selectors::find(&articles) {
        let selectors::Found { chosen, nearest } = found;
        if chosen.is_empty() {
            draft.left_out.extend(nearest.map(|nearest| (role, nearest)));
            continue;
        }
        draft.selectors.insert(role, chosen);
        if !trial.keeps(&draft)? {
            let changing = draft.selectors.remove(&role).and_then(|chosen| chosen.into_iter().next());
            draft.left_out.extend(changing.map(|chosen| (role, chosen)));
        }
    }
    for wording in wordings::find(&articles) {
        draft.wordings.push(wording);
        if !trial.keeps(&draft)? {
            draft.wordings.pop();
        }
    }
    let toml = write::profile(&name, &draft);
    Sites::load([(format!("{name}.toml"), &toml)])?;
    Ok(Proposal { name, toml, draft })
}

fn sample(extraction: Extraction) -> Sample {
    let record = &extraction.record;
    let is_article = record.page_type == PageType::Article && !record.text.is_empty() && record.headline.is_some();
    Sample { extraction, is_article }
}

/// A text as a regular expression, with no more escapes than it needs.
fn escaped(text: &str) -> String {
    let mut pattern = String::new();
    for c in text.chars() {
        if r"\.+*?()|[]{}^$".contains(c) {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

/// What is said most often, and how often.
fn most_said(values: impl Iterator<Item = String>) -> Option<(String, usize)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    values.for_each(|value| *counts.entry(value).or_default() += 1);
    counts.into_iter().max_by(|one, other| one.1.cmp(&other.1).then_with(|| other.0.cmp(&one.0)))
}

/// The pages extracted again by a draft, against what they gave without.
struct Trial<'a> {
    pages: &'a [Fetched],
    name: &'a str,
    home: &'a Url,
    before: &'a [Sample],
}

impl Trial<'_> {
    /// Whether every article is read as it was: headline, text, date and the rest, and every block of its page.
    fn keeps(&self, draft: &Draft) -> Result<bool, ProposeError> {
        let toml = write::profile(self.name, draft);
        let sites = Sites::load([(format!("{}.toml", self.name), &toml)])?;
        let site = sites.for_url(self.home);
        let extractor = Extractor::new(sites, Some(site), InputFormat::Auto);
        let after = self.pages.iter().filter_map(|page| extractor.extract(page).ok());
        let what = |record: &Record| {
            let Record { headline, kicker, lead, text, date_published, authors, blocks, .. } = record.clone();
            let blocks: Vec<(Role, String)> = blocks.into_iter().map(|block| (block.role, block.text)).collect();
            (headline, kicker, lead, text, date_published, authors, blocks)
        };
        Ok(self
            .before
            .iter()
            .zip(after)
            .all(|(before, after)| !before.is_article || what(before.record()) == what(&after.record)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Origin, Via};

    fn fetched(url: &str, body: &str) -> Fetched {
        let url: Url = url.parse().unwrap();
        Fetched {
            requested: url.clone(),
            final_url: url,
            hops: Vec::new(),
            status: 200,
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
            fetched_at: "2024-05-06T07:08:09Z".parse().unwrap(),
            origin: Origin::Http,
            via: Via::Seed,
        }
    }

    fn page(number: usize) -> String {
        format!(
            "<html lang=de><head><title>Steg {number}</title></head><body><div class=\"brot nav-{number}31\"><a href=/>Start</a></div>\
             <div class=inhalt><h1 class=titel>Der Steg Nummer {number} ist fertig</h1><p class=datum>{number}. März 2014</p><p>Der Steg \
             Nummer {number} am See ist fertig, sagt die Stadt am Montag. Er misst vierzig Meter und trägt auch den Wagen der \
             Feuerwehr.</p><p>Die Kosten liegen bei {number} Millionen und damit unter dem Plan des Rates, der lange gezögert \
             hatte.</p></div><div class=mehr><h3>Mehr aus dem Rathaus</h3><p><a href=/a{number}>Der Markt zieht um, Teil \
             {number}</a></p></div></body></html>"
        )
    }

    #[test]
    fn a_proposal_says_what_holds_over_the_pages() {
        let pages: Vec<Fetched> =
            (1..=6).map(|n| fetched(&format!("http://www.amt.test/meldung_{n}_Steg.html"), &page(n))).collect();
        let Proposal { name, toml, draft } = propose(&pages, None).unwrap();
        assert_eq!((name.as_str(), draft.pages, draft.home.as_str()), ("amt.test", (6, 6), "http://www.amt.test/"));
        assert_eq!(draft.rules.len(), 1, "{:?}", draft.rules);
        assert_eq!((draft.rules[0].articles, draft.rules[0].pattern.as_str()), (6, r"^/meldung_\d+_Steg\.html$"));
        let headline = &draft.selectors[&Role::Headline];
        assert_eq!((headline[0].selector.as_str(), headline[0].holds, headline[0].of), ("h1.titel", 6, 6));
        assert_eq!(draft.selectors[&Role::Dateline][0].selector, "p.datum", "{toml}");
        assert!(toml.contains("# 6 of 6") && !toml.contains("31"), "{toml}");
    }

    #[test]
    fn what_is_no_article_gives_no_proposal() {
        let error = propose(&[fetched("http://amt.test/", "<html><body><p>Kurz</p></body></html>")], None).unwrap_err();
        assert!(matches!(error, ProposeError::NoArticle(1)), "{error}");
        let saved = Fetched { final_url: "file:///a.html".parse().unwrap(), ..fetched("http://amt.test/a", &page(1)) };
        assert!(matches!(propose(std::slice::from_ref(&saved), None).unwrap_err(), ProposeError::NoHome));
        assert_eq!(propose(&[saved], Some(&"http://amt.test/".parse().unwrap())).unwrap().name, "amt.test");
    }
}
