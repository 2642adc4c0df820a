//! Everything that is known about a page → [`Record`].

use jiff::Timestamp;
use url::Url;

use super::hashes::{Fingerprints, normalise};
use super::metadata::{self, Facts, Sources};
use super::text::{self, ArticleText};
use super::{identity, is_web, items, media, rights, title};
use crate::classify::Classified;
use crate::parse::{Content, Page};
use crate::site::{DEFAULT_SITE, Site};
use crate::types::{
    BlockRecord, Fetched, HttpInfo, Labelled, Origin, PageType, Record, RecordType, RobotsDirectives, SCHEMA_VERSION,
    SourceInfo, SourceKind, WarcRef, resolve,
};

/// What a record is made of.
pub(super) struct Parts<'a> {
    pub(super) page: &'a Page,
    pub(super) fetched: &'a Fetched,
    pub(super) site: &'a Site,
    pub(super) classified: &'a Classified,
    pub(super) robots: &'a RobotsDirectives,
}

/// The addresses of an article.
struct Addresses {
    /// What the page says.
    declared: Option<Url>,
    /// Where it stands.
    url: Url,
    aliases: Vec<String>,
}

/// Makes the record.
pub(super) fn assemble(parts: &Parts<'_>, template: Option<&str>, model: &str) -> Record {
    let Parts { page, fetched, site, classified, robots } = parts;
    let blocks = classified.blocks.as_slice();
    let base = page.base();
    let article = text::gather(blocks, &classified.text);
    let addresses = addresses(parts, &base);
    let known: Vec<&str> = page.meta.headlines.iter().map(|headline| headline.value.as_str()).collect();
    let title = title::read(blocks, &known, &addresses.url);
    let facts = metadata::resolve(&Sources {
        page,
        blocks,
        article: &article,
        title: &title,
        url: &addresses.url,
        fetched_at: fetched.fetched_at,
    });
    let headline = facts.headline.clone();
    let kicker = title.kicker.or_else(|| facts.kicker.clone()).filter(|kicker| !begins_with(&headline, kicker));
    let around = items::gather(blocks, &parts.classified.containers, &base, facts.section.as_deref());
    let prints = Fingerprints::of(&article.text);
    let (published, modified) = (facts.published.as_ref(), facts.modified.as_ref());
    let mut record = Record {
        schema_version: SCHEMA_VERSION.to_owned(),
        record_type: RecordType::Article,
        changed: Vec::new(),
        run_id: None,
        id: identity::article_id(&site.identity(&addresses.url)),
        version_id: String::new(),
        source_domain: domain(&addresses.url),
        url: addresses.url.into(),
        requested_url: fetched.requested.to_string(),
        canonical_url: addresses.declared.map(Into::into),
        aliases: addresses.aliases,
        site_name: site.title().map(str::to_owned).or(facts.site_name.clone()),
        profile: site.name().to_owned(),
        template: template.map(str::to_owned),
        source: source(fetched),
        headline,
        kicker,
        subtitle: title.subtitle,
        authors: facts.authors.clone(),
        date_published: published.map(|date| date.value.iso.clone()),
        date_published_raw: published.map(|date| date.value.raw.clone()),
        date_published_precision: published.map(|date| date.value.precision),
        date_published_source: published.map(|date| date.source),
        date_modified: modified.map(|date| date.value.iso.clone()),
        date_modified_raw: modified.map(|date| date.value.raw.clone()),
        date_modified_precision: modified.map(|date| date.value.precision),
        date_modified_source: modified.map(|date| date.source),
        fetched_at: seconds(fetched.fetched_at),
        word_count: prints.word_count,
        language: language(&facts, site),
        blocks: blocks.iter().map(block).collect(),
        section: facts.section.clone(),
        keywords: facts.keywords.clone(),
        images: media::images(blocks, &page.meta, &base, matches!(page.content, Content::Text(_))),
        links: media::links(blocks, &base),
        teasers: around.teasers,
        advertisements: around.advertisements,
        vendors: around.vendors,
        is_accessible_for_free: page.meta.is_accessible_for_free,
        license: facts.license.clone(),
        rights: rights::rights(&page.meta, fetched, robots),
        content_hash: prints.content_hash,
        simhash: prints.simhash,
        duplicate_of: None,
        http: http(page, fetched),
        warc: warc(fetched),
        discovered_via: fetched.via,
        extractor_version: env!("CARGO_PKG_VERSION").to_owned(),
        model: model.to_owned(),
        page_type: classified.page_type,
        confidence: rounded(classified.confidence),
        warnings: warnings(page, classified.page_type, &article),
        lead: article.lead,
        text: article.text,
    };
    record.version_id = version_of(&record, &prints.normalised);
    record
}

/// The version is the article's words and what is said of them, without the date of modification, which many builders of sites renew
/// with every page they render.
fn version_of(record: &Record, text: &str) -> String {
    let words = |part: &Option<String>| normalise(part.as_deref().unwrap_or_default());
    let names: Vec<&str> = record.authors.iter().map(|author| author.name.as_str()).collect();
    identity::version_id_of(&[
        words(&record.headline),
        words(&record.kicker),
        text.to_owned(),
        words(&record.subtitle),
        normalise(&names.join("; ")),
        record.date_published.clone().unwrap_or_default(),
        words(&record.lead),
        words(&record.section),
        normalise(&record.keywords.join("; ")),
        record.license.clone().unwrap_or_default(),
        format!("{:?} {:?}", record.is_accessible_for_free, record.rights),
    ])
}

/// The addresses: the page's own word counts where it names a page of the same site, and not merely its home page.
fn addresses(parts: &Parts<'_>, base: &Url) -> Addresses {
    let Parts { page, fetched, site, .. } = parts;
    let answered = &fetched.final_url;
    let declared = page.meta.canonical.iter().find_map(|said| resolve(base, &said.value)).filter(is_web);
    let credible = declared.as_ref().filter(|url| {
        let known = is_web(answered);
        let elsewhere = known && url.host_str() != answered.host_str() && !site.contains(url);
        let home = url.path() == "/" && url.query().is_none() && !(known && answered.path() == "/");
        !elsewhere && !home
    });
    let url = site.canonical(credible.unwrap_or(answered));
    let mut aliases: Vec<String> = Vec::new();
    let others = fetched.hops.iter().chain([&fetched.requested, answered]);
    for other in others.filter(|other| is_web(other)).map(|other| site.canonical(other)) {
        if other != url && !aliases.iter().any(|known| known == other.as_str()) {
            aliases.push(other.into());
        }
    }
    Addresses { declared, url, aliases }
}

/// Whether the headline holds the kicker already.
fn begins_with(headline: &Option<String>, kicker: &str) -> bool {
    let (headline, kicker) = (normalise(headline.as_deref().unwrap_or_default()), normalise(kicker));
    headline.strip_prefix(&kicker).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

pub(super) fn domain(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    host.strip_prefix("www.").unwrap_or(host).to_owned()
}

/// The language: as found, else the profile's.
fn language(facts: &Facts, site: &Site) -> Option<String> {
    facts.language.clone().or_else(|| site.language().filter(|_| site.name() != DEFAULT_SITE).map(str::to_owned))
}

fn block(labelled: &Labelled) -> BlockRecord {
    BlockRecord {
        role: labelled.role,
        text: labelled.block.text.clone(),
        level: labelled.block.level,
        score: rounded(labelled.score),
    }
}

fn source(fetched: &Fetched) -> SourceInfo {
    let captured = || Some(seconds(fetched.fetched_at));
    match &fetched.origin {
        Origin::Http => SourceInfo { kind: SourceKind::Http, path: None, offset: None, captured_at: None },
        Origin::File { path } => {
            SourceInfo { kind: SourceKind::File, path: Some(path.clone()), offset: None, captured_at: None }
        }
        Origin::Warc { path, offset } => SourceInfo {
            kind: SourceKind::Warc,
            path: Some(path.clone()),
            offset: Some(*offset),
            captured_at: captured(),
        },
        Origin::Wayback { url } => {
            SourceInfo { kind: SourceKind::Wayback, path: Some(url.to_string()), offset: None, captured_at: captured() }
        }
    }
}

fn http(page: &Page, fetched: &Fetched) -> HttpInfo {
    let header = |name: &str| fetched.header(name).map(str::to_owned);
    let is_file = matches!(fetched.origin, Origin::File { .. });
    HttpInfo {
        status: (!is_file).then_some(fetched.status),
        etag: header("etag"),
        last_modified: header("last-modified"),
        content_type: header("content-type"),
        charset: Some(page.charset.to_owned()),
    }
}

fn warc(fetched: &Fetched) -> Option<WarcRef> {
    match &fetched.origin {
        Origin::Warc { path, offset } => {
            let file = path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned();
            Some(WarcRef { file, offset: *offset })
        }
        Origin::Http | Origin::File { .. } | Origin::Wayback { .. } => None,
    }
}

fn warnings(page: &Page, page_type: PageType, article: &ArticleText) -> Vec<String> {
    let mut warnings = page.warnings.clone();
    if article.text.is_empty() {
        warnings.push("no article text found".to_owned());
    } else if page_type == PageType::Listing {
        warnings.push("the page looks like a list of articles".to_owned());
    }
    warnings
}

/// To the second: what a server or a file system says beyond is noise.
pub(super) fn seconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Three digits are all that a score means.
fn rounded(score: f32) -> f64 {
    if score.is_finite() { (f64::from(score) * 1000.0).round() / 1000.0 } else { 0.0 }
}
