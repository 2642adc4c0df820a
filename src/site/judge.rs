//! Whether an address is wanted, and as what.

use std::borrow::Cow;

use jiff::Timestamp;
use url::Url;

use super::profile::Otherwise;
use super::traps;
use super::{Site, UrlKind};
use crate::types::SkipReason;

/// Extensions that never hold an article. Scripts that answer with pages (`php`, `aspx`, `cgi`) are not among them.
const STATIC_FILES: &[&str] = &[
    "7z",
    "aac",
    "apk",
    "avi",
    "avif",
    "bin",
    "bmp",
    "bz2",
    "css",
    "csv",
    "dmg",
    "doc",
    "docm",
    "docx",
    "dot",
    "dotx",
    "eot",
    "eps",
    "epub",
    "exe",
    "flac",
    "flv",
    "gif",
    "gz",
    "heic",
    "ico",
    "ics",
    "iso",
    "jar",
    "jpe",
    "jpeg",
    "jpg",
    "js",
    "key",
    "kml",
    "kmz",
    "less",
    "m3u",
    "m3u8",
    "m4a",
    "m4v",
    "map",
    "mid",
    "mjs",
    "mkv",
    "mobi",
    "mov",
    "mp2",
    "mp3",
    "mp4",
    "mpeg",
    "mpg",
    "msi",
    "odp",
    "ods",
    "odt",
    "ogg",
    "ogv",
    "opus",
    "otf",
    "pdf",
    "pkg",
    "png",
    "pps",
    "ppsx",
    "ppt",
    "pptx",
    "ps",
    "psd",
    "qt",
    "ra",
    "ram",
    "rar",
    "rm",
    "rpm",
    "rtf",
    "scss",
    "sh",
    "sig",
    "svg",
    "svgz",
    "swf",
    "tar",
    "tgz",
    "tif",
    "tiff",
    "torrent",
    "ttf",
    "vcard",
    "vcf",
    "wasm",
    "wav",
    "weba",
    "webm",
    "webmanifest",
    "webp",
    "wma",
    "wmv",
    "woff",
    "woff2",
    "xls",
    "xlsm",
    "xlsx",
    "xpi",
    "xsl",
    "xz",
    "z",
    "zip",
    "zst",
];

impl Site {
    /// What an address leads to, or why it is not wanted. `depth` is that of the address, 0 for seeds; `now` bounds calendars.
    ///
    /// In this order: scheme, length, the profile's own sources (which may stand anywhere), the site's hosts, depth, traps,
    /// names of sitemaps, static file types, then the profile's rules, of which the first that matches decides.
    ///
    /// # Errors
    /// The reason why the address is not wanted.
    pub fn judge(&self, url: &Url, depth: u16, now: Timestamp) -> Result<UrlKind, SkipReason> {
        self.judge_place(url)?;
        let compiled = &*self.compiled;
        if let Some(source) = self.scope.sources.iter().find(|source| source.url == *url) {
            return Ok(source.kind);
        }
        if !self.contains(url) {
            return Err(SkipReason::OffSite);
        }
        if compiled.limits.depth.is_some_and(|limit| depth > limit) {
            return Err(SkipReason::TooDeep);
        }
        traps::check(url, &compiled.bounds, now)?;
        if is_sitemap_name(url.path()) {
            return Ok(UrlKind::Sitemap);
        }
        if self.is_static_file(url.path()) {
            return Err(SkipReason::FileType);
        }
        let target = path_and_query(url);
        match compiled.rules.iter().find(|rule| rule.pattern.is_match(&target)) {
            Some(rule) => rule.keep.ok_or(SkipReason::Dropped),
            None if compiled.otherwise == Otherwise::Page => Ok(UrlKind::Page),
            None => Err(SkipReason::NotKept),
        }
    }

    /// Whether a sitemap or feed that robots.txt or a sitemap index names may be fetched: the profile's rules are about
    /// pages and do not bind it, its scheme, length and host do.
    ///
    /// # Errors
    /// The reason why the address is not wanted.
    pub fn judge_source(&self, url: &Url) -> Result<(), SkipReason> {
        self.judge_place(url)?;
        let known = self.scope.sources.iter().any(|source| source.url == *url);
        if known || self.contains(url) { Ok(()) } else { Err(SkipReason::OffSite) }
    }

    fn judge_place(&self, url: &Url) -> Result<(), SkipReason> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(SkipReason::Scheme);
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(SkipReason::InvalidUrl);
        }
        if url.as_str().len() > self.compiled.bounds.max_length {
            return Err(SkipReason::UrlTooLong);
        }
        Ok(())
    }

    fn is_static_file(&self, path: &str) -> bool {
        let Some((stem, extension)) = path.rsplit('/').next().and_then(|name| name.rsplit_once('.')) else {
            return false;
        };
        // The longest extension of the lists; a title such as `Dr.+Muster` is none.
        if stem.is_empty() || extension.len() > 11 {
            return false;
        }
        let extension = extension.to_ascii_lowercase();
        let listed = |list: &[String]| list.contains(&extension);
        let refused =
            STATIC_FILES.binary_search(&extension.as_str()).is_ok() || listed(&self.compiled.refuse_extensions);
        refused && !listed(&self.compiled.allow_extensions)
    }
}

/// `/path?query`, which is what rules match.
pub(super) fn path_and_query(url: &Url) -> Cow<'_, str> {
    match url.query() {
        Some(query) => Cow::Owned(format!("{}?{query}", url.path())),
        None => Cow::Borrowed(url.path()),
    }
}

/// `sitemap.xml`, `sitemap_index.xml.gz`, `post-sitemap2.xml`, `sitemap-news.txt`: sitemaps.org leaves the name free, but nearly
/// everybody keeps to it, and none of these is ever an article.
fn is_sitemap_name(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.strip_suffix(".xml").or_else(|| name.strip_suffix(".txt")).is_some_and(|stem| stem.contains("sitemap"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn static_files_are_sorted_and_short() {
        assert!(STATIC_FILES.is_sorted());
        assert!(STATIC_FILES.iter().all(|ext| ext.len() <= 11));
    }

    #[test]
    fn names_of_sitemaps() {
        for path in ["/sitemap.xml", "/a/Sitemap_Index.xml.gz", "/post-sitemap2.xml", "/sitemap.txt"] {
            assert!(is_sitemap_name(path), "{path}");
        }
        for path in ["/sitemap", "/sitemap/", "/sitemap.html", "/map.xml", "/sitemap.xml/page"] {
            assert!(!is_sitemap_name(path), "{path}");
        }
    }
}
