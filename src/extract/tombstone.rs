//! The record of an article that is gone.

use jiff::Timestamp;
use url::Url;

use super::record::{domain, seconds};
use crate::site::Site;
use crate::types::{HttpInfo, PageType, Record, RecordType, Rights, SCHEMA_VERSION, SourceInfo, SourceKind, Via};

/// What is known of an article that is gone.
#[derive(Debug, Clone, Copy)]
pub struct Gone<'a> {
    /// Its `id`.
    pub id: &'a str,
    /// Its `url`.
    pub url: &'a Url,
    /// The `version_id` of its last version.
    pub version_id: &'a str,
    /// The `content_hash` of its last version.
    pub content_hash: &'a str,
    /// Its other addresses.
    pub aliases: &'a [String],
    /// The address that was asked for in vain.
    pub requested: &'a Url,
    /// The status that said so.
    pub status: u16,
    /// When.
    pub at: Timestamp,
    /// How the address was found.
    pub via: Via,
    /// The site.
    pub site: &'a Site,
    /// The classifier's model.
    pub model: &'a str,
}

/// The record that says that an article is gone: who it was, the version that stands in the output last, and nothing of its text.
#[must_use]
pub fn tombstone(gone: &Gone<'_>) -> Record {
    Record {
        schema_version: SCHEMA_VERSION.to_owned(),
        record_type: RecordType::Tombstone,
        changed: vec!["record_type".to_owned()],
        run_id: None,
        id: gone.id.to_owned(),
        version_id: gone.version_id.to_owned(),
        url: gone.url.to_string(),
        requested_url: gone.requested.to_string(),
        canonical_url: None,
        aliases: gone.aliases.to_vec(),
        source_domain: domain(gone.url),
        site_name: gone.site.title().map(str::to_owned),
        profile: gone.site.name().to_owned(),
        template: None,
        source: SourceInfo { kind: SourceKind::Http, path: None, offset: None, captured_at: None },
        headline: None,
        kicker: None,
        subtitle: None,
        authors: Vec::new(),
        date_published: None,
        date_published_raw: None,
        date_published_precision: None,
        date_published_source: None,
        date_modified: None,
        date_modified_raw: None,
        date_modified_precision: None,
        date_modified_source: None,
        fetched_at: seconds(gone.at),
        lead: None,
        text: String::new(),
        word_count: 0,
        language: None,
        blocks: Vec::new(),
        section: None,
        keywords: Vec::new(),
        images: Vec::new(),
        links: Vec::new(),
        teasers: Vec::new(),
        advertisements: Vec::new(),
        vendors: Vec::new(),
        is_accessible_for_free: None,
        license: None,
        rights: Rights::default(),
        content_hash: gone.content_hash.to_owned(),
        simhash: None,
        duplicate_of: None,
        http: HttpInfo { status: Some(gone.status), ..HttpInfo::default() },
        warc: None,
        discovered_via: gone.via,
        extractor_version: env!("CARGO_PKG_VERSION").to_owned(),
        model: gone.model.to_owned(),
        page_type: PageType::Other,
        confidence: 0.0,
        warnings: Vec::new(),
    }
}
