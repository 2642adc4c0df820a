//! A web archive with a CDX server: what it is asked for, and what its answers are in truth.
//!
//! An index page gives the captures of a site and leads to the next one; a capture is fetched as it was (`id_`), and becomes the
//! page that it was: the original address, the day of capture, the original header fields. So everything behind it works as with a
//! page from the web.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use jiff::Timestamp;
use jiff::civil::Date;
use url::Url;

use super::cdx::{CdxCapture, CdxPage, Choice, time_of};
use super::window::Window;
use super::{Discovery, Format, Refused, priority};
use crate::site::{Site, UrlKind};
use crate::types::{Candidate, Fetched, HostKey, Origin, SkipReason, Via};

/// Rows of an index that are asked for at once, where the server can go on behind them.
const ROWS: u32 = 5_000;
/// How the captures of one page are asked for.
const EXACT: &str = "exact";
/// What archives put before the names of the fields that the page had.
const ORIGINAL: &str = "x-archive-orig-";
/// Fields that say how a body was packed on its way; those of the archive hold.
const PACKING: [&str; 3] = ["content-encoding", "transfer-encoding", "content-length"];

/// A web archive.
#[derive(Debug, Clone)]
pub struct WebArchive {
    cdx: Url,
    /// Before the time of a capture in its address.
    replay: String,
    host: HostKey,
    /// Whether the server gives keys to go on behind what it gave.
    resumes: bool,
    choice: Choice,
    window: Window,
}

/// Why an address is none of a web archive.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0}: not the address of a CDX server; they look like https://web.archive.org/cdx/search/cdx, or with pywb like http://localhost:8080/collection/cdx"
)]
pub struct NotAnArchive(String);

impl WebArchive {
    /// The Internet Archive's Wayback Machine.
    pub const INTERNET_ARCHIVE: &'static str = "https://web.archive.org/cdx/search/cdx";

    /// The archive whose CDX server is at this address. The Internet Archive's form of it ends in `/cdx/search/cdx`, pywb's in the
    /// name of the collection and `/cdx`.
    ///
    /// # Errors
    /// When it looks like neither.
    pub fn new(cdx: &Url, choice: Choice, window: Window) -> Result<Self, NotAnArchive> {
        let wrong = || NotAnArchive(cdx.to_string());
        let host = HostKey::of(cdx).ok_or_else(wrong)?;
        let path = cdx.path().trim_end_matches('/');
        let (path, resumes) = match path.strip_suffix("/cdx/search/cdx") {
            Some(before) => (format!("{before}/web/"), true),
            None => (format!("{}/", path.strip_suffix("/cdx").ok_or_else(wrong)?), false),
        };
        let replay = format!("{}{path}", &cdx[..url::Position::BeforePath]);
        Ok(Self { cdx: cdx.clone(), replay, host, resumes, choice, window })
    }

    /// The server that is asked.
    #[must_use]
    pub fn host(&self) -> &HostKey {
        &self.host
    }

    /// The questions that begin the index of a site, one a host.
    #[must_use]
    pub fn questions(&self, site: &Site) -> Vec<Url> {
        let origin = site.home().map(|home| home[url::Position::BeforeHost..url::Position::BeforePath].to_owned());
        let hosts = site.hosts().map(|host| host.trim_start_matches("*.").to_owned());
        let mut hosts: Vec<String> = origin.into_iter().chain(hosts).collect();
        let bare = |host: &String| host.strip_prefix("www.").unwrap_or(host).to_owned();
        let mut seen = std::collections::HashSet::new();
        hosts.retain(|host| seen.insert(bare(host)));
        hosts.iter().map(|host| self.question(host)).collect()
    }

    fn question(&self, host: &str) -> Url {
        let mut url = self.cdx.clone();
        let mut query = url.query_pairs_mut();
        query.append_pair("url", &format!("{host}/")).append_pair("matchType", "prefix").append_pair("output", "json");
        if let Some(from) = self.window.from {
            // What was published then may have been captured at any time since.
            query.append_pair("from", &from.strftime("%Y%m%d").to_string());
        }
        if self.resumes {
            query.append_pair("limit", &ROWS.to_string()).append_pair("showResumeKey", "true");
        }
        drop(query);
        url
    }

    /// The question for the captures of one page.
    #[must_use]
    pub fn captures_of(&self, original: &Url) -> Url {
        let mut url = self.cdx.clone();
        let mut query = url.query_pairs_mut();
        query.append_pair("url", original.as_str()).append_pair("matchType", EXACT).append_pair("output", "json");
        if let Some(from) = self.window.from {
            query.append_pair("from", &from.strftime("%Y%m%d").to_string());
        }
        if self.resumes {
            query.append_pair("limit", &ROWS.to_string());
        }
        drop(query);
        url
    }

    /// The question for the captures of one page, as a candidate: it is asked before any capture.
    #[must_use]
    pub fn question_for(&self, original: &Url, now: Timestamp) -> Candidate {
        candidate(self.captures_of(original), priority(Via::Cdx, UrlKind::Listing, 0, None, now))
    }

    /// Whether an address asks for the captures of one page.
    #[must_use]
    pub fn asks_for_one(&self, url: &Url) -> bool {
        self.is_index(url) && url.query_pairs().any(|(name, value)| name == "matchType" && value == EXACT)
    }

    /// Which captures are wanted.
    #[must_use]
    pub fn choice(&self) -> Choice {
        self.choice
    }

    /// Whether an address asks for the index.
    #[must_use]
    pub fn is_index(&self, url: &Url) -> bool {
        url.origin() == self.cdx.origin() && url.path() == self.cdx.path()
    }

    /// The time and the original address of a capture; none where an address is that of none.
    #[must_use]
    pub fn capture(&self, url: &Url) -> Option<(Timestamp, Url)> {
        let (time, original) = url.as_str().strip_prefix(&self.replay)?.split_once('/')?;
        let digits = time.strip_suffix("id_")?;
        let time = time_of(digits)?;
        Some((time, Url::parse(original).ok()?))
    }

    /// The address of a capture; none where it would be another's, as an original address may have steps upwards in its path.
    fn capture_url(&self, at: &str, original: &str) -> Option<Url> {
        let original = original.split('#').next().unwrap_or_default();
        let url = Url::parse(&format!("{}{at}id_/{original}", self.replay)).ok()?;
        self.capture(&url).is_some().then_some(url)
    }

    /// Makes what the archive answered into the page that it holds; anything else stays as it is.
    pub fn restore(&self, fetched: &mut Fetched) {
        let Some((captured, original)) = self.capture(&fetched.final_url) else { return };
        let archive = std::mem::replace(&mut fetched.final_url, original.clone());
        fetched.requested = original;
        fetched.hops.clear();
        fetched.fetched_at = captured;
        fetched.origin = Origin::Wayback { url: archive };
        fetched.via = Via::Cdx;
        let content_type = fetched.header("content-type").map(str::to_owned);
        let headers = std::mem::take(&mut fetched.headers);
        let kept = headers.into_iter().filter_map(|(name, value)| {
            let name = name.strip_prefix(ORIGINAL)?.to_owned();
            (!PACKING.contains(&name.as_str())).then_some((name, value))
        });
        fetched.headers = kept.collect();
        if let Some(content_type) = content_type.filter(|_| fetched.header("content-type").is_none()) {
            fetched.headers.push(("content-type".to_owned(), content_type));
        }
    }

    /// The captures that an index page names, as addresses to fetch, the earliest first by their priority, and the next page. Where one
    /// page was asked for, all captures of it, in the order in which they are to be tried.
    ///
    /// # Errors
    /// Says why it cannot be read.
    pub fn read_index(&self, fetched: &Fetched, site: &Site, now: Timestamp) -> Result<Discovery, String> {
        let page = CdxPage::read(&fetched.body)?;
        let mut found = Discovery {
            format: Format::Other,
            candidates: Vec::new(),
            kinds: Vec::new(),
            refused: Vec::new(),
            repeated: 0,
            omitted: page.odd,
            warnings: Vec::new(),
        };
        let is_one = self.asks_for_one(&fetched.final_url);
        for captures in pages_of(&page, site, now, &mut found) {
            let chosen = if is_one { self.choice.in_order(captures) } else { self.choice.of(captures) };
            for capture in chosen {
                let Some(url) = self.capture_url(&capture.at, &capture.url) else { continue };
                found.push(candidate(url, in_time(&capture.at)), UrlKind::Article);
            }
        }
        if let Some(key) = page.resume.filter(|_| !is_one) {
            let mut next = fetched.final_url.clone();
            let kept: Vec<(String, String)> =
                next.query_pairs().filter(|(name, _)| name != "resumeKey").map(|(n, v)| (n.into(), v.into())).collect();
            next.query_pairs_mut().clear().extend_pairs(kept);
            // The key comes with its signs escaped already.
            let query = format!("{}&resumeKey={key}", next.query().unwrap_or_default());
            next.set_query(Some(&query));
            found.push(candidate(next, priority(Via::Cdx, UrlKind::Listing, 0, None, now)), UrlKind::Listing);
        }
        Ok(found)
    }
}

/// The captures of an index by page, in the order in which pages come up; addresses of one identity are one page.
fn pages_of<'a>(page: &'a CdxPage, site: &Site, now: Timestamp, found: &mut Discovery) -> Vec<Vec<&'a CdxCapture>> {
    let mut pages: Vec<Vec<&CdxCapture>> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for captures in page.captures.chunk_by(|a, b| a.key == b.key) {
        let Some(first) = captures.first() else { continue };
        let is_of_site = |capture: &&CdxCapture| Url::parse(&capture.url).is_ok_and(|url| site.contains(&url));
        let refuse = |reason| Refused { address: first.url.chars().take(2_048).collect(), reason };
        let Some(original) = Url::parse(&first.url).ok().filter(|url| site.contains(url)) else {
            found.refused.push(refuse(SkipReason::OffSite));
            continue;
        };
        let canonical = site.canonical(&original);
        match site.judge(&canonical, 0, now) {
            Ok(UrlKind::Article | UrlKind::Page) => {}
            Ok(UrlKind::Listing | UrlKind::Feed | UrlKind::Sitemap) => {
                found.refused.push(refuse(SkipReason::Listing));
                continue;
            }
            Err(reason) => {
                found.refused.push(refuse(reason));
                continue;
            }
        }
        // A key says nothing of the other addresses that stand under it.
        let captures: Vec<&CdxCapture> = captures.iter().filter(is_of_site).collect();
        match places.entry(site.identity_of_canonical(&canonical)) {
            Entry::Occupied(place) => {
                found.repeated += 1;
                if let Some(page) = pages.get_mut(*place.get()) {
                    page.extend(captures);
                }
            }
            Entry::Vacant(place) => {
                place.insert(pages.len());
                pages.push(captures);
            }
        }
    }
    pages
}

/// The priority of a capture: behind every question, the earlier the earlier. So the versions of an article come in order, also where
/// its address has changed.
fn in_time(at: &str) -> i32 {
    let day = at.get(..8).and_then(|day| Date::strptime("%Y%m%d", day).ok());
    let first = Date::constant(1990, 1, 1);
    day.and_then(|day| (day - first).get_days().checked_neg()).unwrap_or(0)
}

impl Discovery {
    fn push(&mut self, candidate: Candidate, kind: UrlKind) {
        self.candidates.push(candidate);
        self.kinds.push(kind);
    }
}

fn candidate(url: Url, priority: i32) -> Candidate {
    Candidate { url, via: Via::Cdx, priority, depth: 0, lastmod: None, referrer: None, hops: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::Sites;

    fn archive(cdx: &str) -> WebArchive {
        let window = Window { from: Some("2014-01-01".parse().unwrap()), to: None };
        WebArchive::new(&Url::parse(cdx).unwrap(), Choice::Earliest, window).unwrap()
    }

    #[test]
    fn a_site_is_asked_for_host_by_host() {
        let site = Sites::embedded().unwrap().for_url(&Url::parse("http://amt.test/").unwrap());
        let archive = archive(WebArchive::INTERNET_ARCHIVE);
        let questions: Vec<String> = archive.questions(&site).iter().map(ToString::to_string).collect();
        assert_eq!(
            questions,
            [
                "https://web.archive.org/cdx/search/cdx?url=amt.test%2F&matchType=prefix&output=json&from=20140101&limit=5000&showResumeKey=true"
            ]
        );
    }

    #[test]
    fn captures_have_addresses_and_are_known_by_them() {
        for (cdx, expected) in [
            (WebArchive::INTERNET_ARCHIVE, "https://web.archive.org/web/20150301080910id_/http://amt.test/a?b=c"),
            ("http://127.0.0.1:8080/all/cdx", "http://127.0.0.1:8080/all/20150301080910id_/http://amt.test/a?b=c"),
        ] {
            let archive = archive(cdx);
            let url = archive.capture_url("20150301080910", "http://amt.test/a?b=c#d").unwrap();
            assert_eq!(url.as_str(), expected);
            let (at, original) = archive.capture(&url).unwrap();
            assert_eq!((at.to_string().as_str(), original.as_str()), ("2015-03-01T08:09:10Z", "http://amt.test/a?b=c"));
            assert!(archive.capture(&Url::parse(cdx).unwrap()).is_none());
            assert_eq!(archive.capture_url("20150301080910", "http://amt.test/../../../x"), None);
        }
        assert!(WebArchive::new(&Url::parse("http://a.test/x").unwrap(), Choice::Earliest, Window::default()).is_err());
    }

    #[test]
    fn an_index_leads_to_captures_and_to_its_next_page() {
        let site = Sites::embedded().unwrap().for_url(&Url::parse("http://amt.test/").unwrap());
        let archive = archive(WebArchive::INTERNET_ARCHIVE);
        let url = archive.questions(&site).remove(0);
        let body = r#"[["urlkey","timestamp","original","mimetype","statuscode","digest"],
            ["test,amt)/a/b.html","20160203040506","http://www.amt.test/a/b.html","text/html","200","AAC"],
            ["test,amt)/a/b.html","20150203040506","http://www.amt.test/a/b.html","text/html","200","AAA"],
            ["test,amt)/a/b.html","20130203040506","httphtml","text/html","200","AAD"],
            ["test,amt)/a/b.html","20140203040506","http://anderswo.test/a/b.html","text/html","200","AAE"],
            ["test,amt)/c.jpg","20150203040506","http://www.amt.test/c.jpg","text/html","200","AAB"],
            [],["a%2Cb+1"]]"#;
        let mut fetched = Fetched {
            requested: url.clone(),
            final_url: url,
            hops: Vec::new(),
            status: 200,
            headers: Vec::new(),
            body: body.into(),
            fetched_at: Timestamp::UNIX_EPOCH,
            origin: Origin::Http,
            via: Via::Seed,
        };
        let found = archive.read_index(&fetched, &site, Timestamp::UNIX_EPOCH).unwrap();
        let urls: Vec<&str> = found.candidates.iter().map(|candidate| candidate.url.as_str()).collect();
        assert_eq!(urls[0], "https://web.archive.org/web/20150203040506id_/http://www.amt.test/a/b.html");
        assert!(urls[1].ends_with("&showResumeKey=true&resumeKey=a%2Cb+1"), "{}", urls[1]);
        assert_eq!(found.refused[0].reason, SkipReason::FileType);
        // Questions before captures, captures by their time.
        assert!(found.candidates[1].priority > 0 && found.candidates[0].priority < 0);
        assert!(in_time("20150203040506") > in_time("20160203040506"));
        fetched.final_url = archive.captures_of(&"http://www.amt.test/a/b.html".parse().unwrap());
        assert!(archive.asks_for_one(&fetched.final_url) && !archive.asks_for_one(&fetched.requested));
        let all = archive.read_index(&fetched, &site, Timestamp::UNIX_EPOCH).unwrap();
        let urls: Vec<&str> = all.candidates.iter().map(|candidate| candidate.url.as_str()).collect();
        assert!(urls.len() == 2 && urls[0].contains("/20150203") && urls[1].contains("/20160203"), "{urls:?}");
        fetched.final_url = found.candidates[0].url.clone();
        fetched.headers = [
            ("x-archive-orig-etag", "x"),
            ("x-archive-orig-content-encoding", "gzip"),
            ("server", "y"),
            ("content-type", "text/html"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
        archive.restore(&mut fetched);
        assert_eq!(fetched.final_url.as_str(), "http://www.amt.test/a/b.html");
        assert_eq!(fetched.fetched_at.to_string(), "2015-02-03T04:05:06Z");
        assert!(fetched.header("content-encoding").is_none() && fetched.header("server").is_none());
        assert_eq!((fetched.header("etag"), fetched.header("content-type")), (Some("x"), Some("text/html")));
    }
}
