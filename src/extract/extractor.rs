//! Extraction of pages that come from anywhere: which site's profile holds, and for which address.

use url::Url;

use super::{Extraction, Unfit, assemble_with, explain};
use crate::classify::{Classifier, Explanation, Sketch};
use crate::parse::{InputFormat, Page, ParseLimits, parse_as};
use crate::site::{Site, Sites};
use crate::types::{Fetched, resolve};

/// Turns pages of any site into records. Shared by threads.
#[derive(Debug)]
pub struct Extractor {
    sites: Sites,
    /// The profile to use whatever the address.
    site: Option<Site>,
    format: InputFormat,
    /// What recurs on the pages of the site they are from.
    sketch: Option<Sketch>,
}

impl Extractor {
    /// `site` is the profile to use whatever the address; without it the address chooses.
    #[must_use]
    pub fn new(sites: Sites, site: Option<Site>, format: InputFormat) -> Self {
        Self { sites, site, format, sketch: None }
    }

    /// Judges pages knowing what recurs on others of their site.
    #[must_use]
    pub fn with_sketch(self, sketch: Option<Sketch>) -> Self {
        Self { sketch, ..self }
    }

    /// The record of a page. A page without an address of the web takes the one that it says it has.
    ///
    /// # Errors
    /// [`Unfit`] where the body is empty or not text.
    pub fn extract(&self, fetched: &Fetched) -> Result<Extraction, Unfit> {
        let (page, site) = self.prepare(fetched)?;
        Ok(assemble_with(page, fetched, &site, Classifier::embedded(), self.sketch.as_ref()))
    }

    /// The same, and why each block has its role. For people; several times the cost.
    ///
    /// # Errors
    /// As [`Extractor::extract`].
    pub fn explain(&self, fetched: &Fetched) -> Result<(Extraction, Explanation), Unfit> {
        let (page, site) = self.prepare(fetched)?;
        Ok(explain(page, fetched, &site, Classifier::embedded(), self.sketch.as_ref()))
    }

    /// The parsed page, and the profile for it.
    fn prepare(&self, fetched: &Fetched) -> Result<(Page, Site), Unfit> {
        let mut page = parse_as(fetched, self.format, &ParseLimits::default())?;
        if !is_web(&page.url) {
            let declared = page.meta.canonical.iter().find_map(|said| resolve(&page.url, &said.value));
            if let Some(url) = declared.filter(is_web) {
                page.url = url;
            }
        }
        let site = match &self.site {
            Some(site) if is_web(&page.url) && site.home().is_none() => site.at(&page.url),
            Some(site) => site.clone(),
            None if is_web(&page.url) => self.sites.for_url(&page.url),
            None => self.sites.default_site().clone(),
        };
        Ok((page, site))
    }
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::types::{Origin, Via};

    fn saved(address: &str, body: &str) -> Fetched {
        let url: Url = address.parse().unwrap();
        Fetched {
            requested: url.clone(),
            final_url: url,
            hops: Vec::new(),
            status: 200,
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
            fetched_at: Timestamp::UNIX_EPOCH,
            origin: Origin::File { path: "seite.html".to_owned() },
            via: Via::File,
        }
    }

    #[test]
    fn a_saved_page_is_taken_for_the_address_that_it_names() {
        let page = "<html><head><link rel=canonical href='https://www.kommune21.de/meldung_1.html'></head>\
            <body><h1>Fähre</h1><p>Die Fähre über die Elsche fährt wieder, sagt die Stadt am Montag.</p></body></html>";
        let extractor = Extractor::new(Sites::embedded().unwrap(), None, InputFormat::Auto);
        let record = extractor.extract(&saved("file:///seite.html", page)).unwrap().record;
        assert_eq!(
            (record.profile.as_str(), record.url.as_str()),
            ("kommune21.de", "https://www.kommune21.de/meldung_1.html")
        );
        let record = extractor.extract(&saved("https://seefurt.test/a", page)).unwrap().record;
        assert_eq!(record.profile, "_default");
    }
}
