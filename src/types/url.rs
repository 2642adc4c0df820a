//! Addresses in one canonical form, so that one page is one address.
//!
//! Built on the parser of the WHATWG URL Standard (crate `url`), which gives lower-case scheme and host, IDNA, no default port,
//! no dot segments, `/` for an empty path. On top of it come RFC 3986 section 6.2.2 (percent-encoding in one spelling) and what
//! crawlers need: no fragment, no credentials, no index file, no tracking parameter, no session id.
//!
//! Kept as they are, for they may make another page: duplicate slashes, a slash at the end, the case of the path, `www.`,
//! `http` against `https`, `+` against `%20`, the order of parameters (unless the profile says that it means nothing),
//! parameters without a value.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use url::Url;

/// Links longer than this, in bytes as written, are none: no page of text has them, and `data:` addresses of megabytes do.
pub const MAX_HREF: usize = 8_192;

/// How addresses of a site are brought to one form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CanonicalRules {
    /// Query parameters that never change the page, beside the built-in tracking parameters and session ids;
    /// `*` at the end stands for any tail. The case of letters means nothing.
    pub strip_params: Vec<String>,
    /// Whether the order of query parameters means nothing, so that they may be sorted.
    pub sort_query: bool,
}

/// Parameters of advertising and statistics, in lower case; `*` at the end stands for any tail.
const TRACKING: &[&str] = &[
    // Campaigns: Google Analytics, Matomo and Piwik, AT Internet, Webtrekk, Adobe.
    "utm_*",
    "mtm_*",
    "matomo_*",
    "pk_campaign",
    "pk_kwd",
    "pk_keyword",
    "pk_source",
    "pk_medium",
    "pk_content",
    "pk_cid",
    "piwik_campaign",
    "piwik_kwd",
    "piwik_keyword",
    "at_campaign",
    "at_medium",
    "at_custom*",
    "xtor",
    "wt_mc",
    "wt_zmc",
    "wt.mc_id",
    "s_cid",
    "ns_campaign",
    "ns_mchannel",
    "ns_source",
    "ns_linkname",
    "ns_fee",
    "icid",
    "cmpid",
    // Click ids.
    "gclid",
    "gclsrc",
    "dclid",
    "gbraid",
    "wbraid",
    "fbclid",
    "msclkid",
    "yclid",
    "ysclid",
    "twclid",
    "ttclid",
    "li_fat_id",
    "igshid",
    "igsh",
    "epik",
    "srsltid",
    "_openstat",
    "wickedid",
    "rb_clickid",
    // Mail and marketing tools.
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "_hsenc",
    "_hsmi",
    "__hssc",
    "__hstc",
    "__hsfp",
    "hsctatracking",
    "vero_id",
    "vero_conv",
    "oly_anon_id",
    "oly_enc_id",
    "nr_email_referer",
    "ck_subscriber_id",
    // Linkers between domains and embeds.
    "_ga",
    "_gl",
    "_gac",
    "ref_src",
    "ref_url",
    "__twitter_impression",
    "fb_action_ids",
    "fb_action_types",
    "fb_source",
    "fb_ref",
];

/// Parameters that hold a session, whatever their value; `*` as above.
const SESSION: &[&str] = &["phpsessid", "jsessionid", "aspsessionid*", "cfid", "cftoken"];

/// Parameters that hold a session only where the value looks like a hash; elsewhere they may name a section or a speaker.
const SESSION_IF_HASH: &[&str] =
    &["sid", "s", "session", "sessid", "session_id", "sessionid", "oscsid", "zenid", "xtcsid", "fe_typo_user", "sess"];

/// Values of `ref` that only say where a reader came from. Any other `ref` may be a branch, a reference number or a page.
const REFERRERS: &[&str] = &[
    "bluesky",
    "email",
    "facebook",
    "fb",
    "feed",
    "flipboard",
    "google",
    "home",
    "homepage",
    "instagram",
    "linkedin",
    "mail",
    "mastodon",
    "newsletter",
    "nl",
    "pocket",
    "push",
    "reddit",
    "rss",
    "share",
    "sharing",
    "social",
    "startseite",
    "telegram",
    "tw",
    "twitter",
    "whatsapp",
    "x",
    "xing",
];

/// The canonical form of an address; see the head of this module for what that is. Idempotent. Addresses that are neither
/// `http` nor `https` are returned as they are.
///
/// Fragments are removed, those that begin with `!` too: the scheme that gave them a meaning was retired in 2015, and no
/// server ever sees them. `index.html`, `index.htm`, `index.php`, `default.htm`, `default.asp` and `default.aspx` are
/// removed at the end of a path; the ones that run a program only where no query is left, for `index.php?id=7` may be another
/// page than `/?id=7`.
///
/// ```
/// use auslese::types::{CanonicalRules, canonicalize};
/// let url = "HTTP://Example.ORG:80/a/../b%2dc/index.html?utm_source=x&id=7#top".parse().unwrap();
/// assert_eq!(canonicalize(&url, &CanonicalRules::default()).as_str(), "http://example.org/b-c/?id=7");
/// ```
#[must_use]
pub fn canonicalize(url: &Url, rules: &CanonicalRules) -> Url {
    if !matches!(url.scheme(), "http" | "https") {
        return url.clone();
    }
    let mut canonical = without_credentials(url.clone());
    canonical.set_fragment(None);
    if let Some(host) = url.host_str().filter(|host| host.ends_with('.')).map(|host| host.trim_end_matches('.'))
        && !host.is_empty()
    {
        let _ = canonical.set_host(Some(host));
    }
    let query = url.query().and_then(|query| canonical_query(query, rules));
    if query.as_deref() != url.query() {
        canonical.set_query(query.as_deref());
    }
    let path = canonical_path(url.path());
    if path != url.path() {
        // Read again by the parser: what was decoded or cut may have left dot segments.
        canonical.set_path(&path);
    }
    let end = index_file(canonical.path(), query.is_some());
    if end > 0 {
        let shorter = canonical.path().get(..canonical.path().len() - end).unwrap_or("/").to_owned();
        canonical.set_path(&shorter);
    }
    canonical
}

/// An address as written in a page, made absolute, as browsers do: white space and control characters around it and line breaks
/// and tabs within are dropped. None where it is none (`javascript:`, `data:`, more than [`MAX_HREF`] bytes, not an address);
/// other schemes (`mailto:`, `tel:`, `ftp:`) are returned, for whoever judges to name them. User names and passwords are dropped:
/// they are neither sent nor logged nor stored.
#[must_use]
pub fn resolve(base: &Url, href: &str) -> Option<Url> {
    let href = href.trim_matches(|c: char| c.is_whitespace() || c.is_control());
    if href.len() > MAX_HREF {
        return None;
    }
    let url = without_credentials(base.join(href).ok()?);
    let none =
        matches!(url.scheme(), "javascript" | "vbscript" | "data" | "blob" | "about" | "livescript" | "view-source");
    (!none).then_some(url)
}

/// An address without user name and password.
#[must_use]
pub fn without_credentials(mut url: Url) -> Url {
    if !url.username().is_empty() || url.password().is_some() {
        // Fails only for addresses that cannot have any.
        let _ = url.set_username("").and_then(|()| url.set_password(None));
    }
    url
}

/// The path in one spelling, without session ids in path parameters (`;jsessionid=…`).
fn canonical_path(path: &str) -> Cow<'_, str> {
    let path = normalize_percent(path, is_path_byte);
    if path.contains(';') { Cow::Owned(without_path_sessions(&path)) } else { path }
}

fn without_path_sessions(path: &str) -> String {
    let is_session = |parameter: &str| {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let name = decoded_lower(name);
        listed(SESSION, &name) || (SESSION_IF_HASH.contains(&name.as_str()) && looks_like_hash(value))
    };
    let segments = path.split('/').map(|segment| {
        let mut parts = segment.split(';');
        let mut kept = parts.next().unwrap_or_default().to_owned();
        for parameter in parts.filter(|parameter| !is_session(parameter)) {
            kept.push(';');
            kept.push_str(parameter);
        }
        kept
    });
    segments.collect::<Vec<_>>().join("/")
}

/// The bytes at the end of a path that name a default index file; 0 where there is none.
fn index_file(path: &str, has_query: bool) -> usize {
    let name = path.rsplit('/').next().unwrap_or_default();
    let is_document = ["index.html", "index.htm", "default.htm"].iter().any(|index| name.eq_ignore_ascii_case(index));
    let is_program = ["index.php", "default.asp", "default.aspx"].iter().any(|index| name.eq_ignore_ascii_case(index));
    if is_document || (is_program && !has_query) { name.len() } else { 0 }
}

/// The query in one spelling, without what does not change the page; none where nothing is left.
fn canonical_query(query: &str, rules: &CanonicalRules) -> Option<String> {
    let mut kept: Vec<Cow<'_, str>> = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let pair = normalize_percent(pair, is_query_byte);
        let (name, value) = pair.split_once('=').unwrap_or((&pair, ""));
        if !is_stripped(name, value, rules) {
            kept.push(pair);
        }
    }
    if rules.sort_query {
        // By name only, and stable: of one name the order may still mean something.
        kept.sort_by(|a, b| parameter_name(a).cmp(parameter_name(b)));
    }
    (!kept.is_empty()).then(|| kept.join("&"))
}

fn parameter_name(pair: &str) -> &str {
    pair.split_once('=').map_or(pair, |(name, _)| name)
}

fn is_stripped(name: &str, value: &str, rules: &CanonicalRules) -> bool {
    let name = decoded_lower(name);
    listed(TRACKING, &name)
        || listed(SESSION, &name)
        || (SESSION_IF_HASH.contains(&name.as_str()) && looks_like_hash(value))
        || (name == "ref" && REFERRERS.contains(&value.to_ascii_lowercase().as_str()))
        || rules.strip_params.iter().any(|pattern| matches_name(&pattern.to_lowercase(), &name))
}

/// A parameter's name for comparing: percent-encoding removed, lower case.
fn decoded_lower(name: &str) -> String {
    percent_encoding::percent_decode_str(name).decode_utf8_lossy().to_lowercase()
}

fn listed(patterns: &[&str], name: &str) -> bool {
    patterns.iter().any(|pattern| matches_name(pattern, name))
}

fn matches_name(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(front) => name.starts_with(front),
        None => name == pattern,
    }
}

/// What session ids look like and words do not: sixteen or more hexadecimal digits, or twenty or more letters and digits,
/// mixed. Hyphens within are those of a UUID, else it is the title of something.
fn looks_like_hash(value: &str) -> bool {
    let is_uuid = value.len() == 36 && value.bytes().filter(|byte| *byte == b'-').count() == 4;
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let all = |allowed: fn(&u8) -> bool| value.bytes().all(|byte| allowed(&byte) || (is_uuid && byte == b'-'));
    let hex = value.len() >= 16 && all(u8::is_ascii_hexdigit);
    let mixed = value.len() >= 20 && all(u8::is_ascii_alphanumeric);
    digits >= 3 && (hex || mixed)
}

/// Percent-encoding in one spelling (RFC 3986, 6.2.2.1 and 6.2.2.2): unreserved characters as they are, upper-case digits, and
/// everything that may not stand in an address encoded, a `%` that begins no code too (left alone it could begin one afterwards).
fn normalize_percent(text: &str, may_stand: impl Fn(u8) -> bool) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    if bytes.iter().all(|byte| *byte != b'%' && may_stand(*byte)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        let code = if byte == b'%' { bytes.get(at..at + 2).and_then(hex_pair) } else { None };
        match code {
            Some(code) => {
                at += 2;
                if is_unreserved(code) {
                    out.push(char::from(code));
                } else {
                    push_encoded(&mut out, code);
                }
            }
            None if may_stand(byte) => out.push(char::from(byte)),
            None => push_encoded(&mut out, byte),
        }
    }
    Cow::Owned(out)
}

fn hex_pair(digits: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    match digits {
        &[high, low] => Some(digit(high)? * 16 + digit(low)?),
        _ => None,
    }
}

fn push_encoded(out: &mut String, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.push('%');
    out.push(char::from(DIGITS[usize::from(byte >> 4)]));
    out.push(char::from(DIGITS[usize::from(byte & 15)]));
}

/// RFC 3986, 2.3.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// RFC 3986, 3.3, and the slash.
fn is_path_byte(byte: u8) -> bool {
    is_unreserved(byte) || matches!(byte, b'!' | b'$' | b'&'..=b',' | b'/' | b':' | b';' | b'=' | b'@')
}

/// RFC 3986, 3.4, without the apostrophe, which the WHATWG parser encodes in queries.
fn is_query_byte(byte: u8) -> bool {
    byte != b'\'' && (is_path_byte(byte) || byte == b'?')
}
