//! How the addresses of a site's articles look: patterns that hold over the pages given.

use std::collections::BTreeMap;

use url::Url;

use super::Sample;
use crate::types::resolve;

/// Patterns that are proposed at most.
const MAX_RULES: usize = 6;
/// Feeds that are proposed at most.
const MAX_FEEDS: usize = 3;

/// A pattern of addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressRule {
    /// A regular expression on path and query.
    pub pattern: String,
    /// Articles that it matches, of all.
    pub articles: usize,
    /// All articles with an address on the site.
    pub of: usize,
    /// Pages that it matches and that are none.
    pub others: usize,
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.host_str().is_some()
}

/// The front page of the host that most articles are from.
pub(super) fn home(articles: &[&Sample]) -> Option<Url> {
    let origins = articles.iter().filter_map(|sample| {
        let url = &sample.extraction.page.url;
        is_web(url).then(|| url[..url::Position::BeforePath].to_owned())
    });
    super::most_said(origins).and_then(|(origin, _)| Url::parse(&format!("{origin}/")).ok())
}

fn is_on(url: &Url, home: &Url) -> bool {
    let bare = |url: &Url| url.host_str().map(|host| host.strip_prefix("www.").unwrap_or(host).to_owned());
    is_web(url) && bare(url) == bare(home)
}

/// The feeds that the pages name, those of comments left out.
pub(super) fn feeds(samples: &[Sample], home: &Url) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for sample in samples {
        let page = &sample.extraction.page;
        for feed in page.meta.feeds.iter().filter_map(|written| resolve(&page.base(), written)) {
            let path = feed[url::Position::BeforePath..].to_owned();
            if is_on(&feed, home) && !path.to_lowercase().contains("comment") {
                *counts.entry(path).or_default() += 1;
            }
        }
    }
    let mut feeds: Vec<(String, usize)> = counts.into_iter().filter(|(_, pages)| pages * 2 >= samples.len()).collect();
    feeds.sort_by_key(|(_, pages)| std::cmp::Reverse(*pages));
    feeds.truncate(MAX_FEEDS);
    feeds
}

/// The patterns that articles' addresses follow, those of most articles first.
pub(super) fn rules(samples: &[Sample], home: &Url) -> Vec<AddressRule> {
    let of_site = |article: bool| {
        let wanted = samples.iter().filter(move |sample| sample.is_article == article);
        wanted.map(|sample| &sample.extraction.page.url).filter(|url| is_on(url, home) && url.path() != "/")
    };
    let articles: Vec<&Url> = of_site(true).collect();
    let others: Vec<&Url> = of_site(false).collect();
    let mut groups: BTreeMap<Vec<String>, Vec<&Url>> = BTreeMap::new();
    for url in &articles {
        groups.entry(skeleton(url)).or_default().push(url);
    }
    let mut rules: Vec<AddressRule> = Vec::new();
    for pattern in merged(groups).into_iter().map(|urls| pattern_of(&urls)) {
        let Ok(regex) = regex::Regex::new(&pattern) else { continue };
        let matches = |urls: &[&Url]| urls.iter().filter(|url| regex.is_match(target(url))).count();
        let rule = AddressRule { articles: matches(&articles), of: articles.len(), others: matches(&others), pattern };
        if !rules.iter().any(|known| known.pattern == rule.pattern) {
            rules.push(rule);
        }
    }
    rules.sort_by_key(|rule| (rule.others, std::cmp::Reverse(rule.articles)));
    rules.truncate(MAX_RULES);
    rules
}

fn target(url: &Url) -> &str {
    &url[url::Position::BeforePath..url::Position::AfterQuery]
}

fn segments(url: &Url) -> Vec<&str> {
    url.path().trim_matches('/').split('/').collect()
}

/// What addresses of one kind have in common: folders as they are (numbers as such), and how the last segment begins.
fn skeleton(url: &Url) -> Vec<String> {
    let segments = segments(url);
    let last = segments.len().saturating_sub(1);
    let of = |(at, segment): (usize, &&str)| {
        let letters = segment.len() - segment.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
        let rest = segment.get(letters..).unwrap_or_default();
        match rest.strip_prefix(['_', '-']).unwrap_or(rest).chars().next() {
            _ if segment.bytes().all(|byte| byte.is_ascii_digit()) => {
                format!("\\d{}", if segment.len() == 4 { "4" } else { "" })
            }
            Some(first) if first.is_ascii_digit() => segment.get(..letters).unwrap_or_default().to_owned(),
            _ if at < last => (*segment).to_owned(),
            _ => "*".to_owned(),
        }
    };
    let mut skeleton: Vec<String> = segments.iter().enumerate().map(of).collect();
    skeleton.extend(url.query_pairs().map(|(name, _)| format!("?{name}")));
    skeleton
}

/// Groups of few addresses that differ in one folder only are one kind: sections, years.
fn merged(groups: BTreeMap<Vec<String>, Vec<&Url>>) -> Vec<Vec<&Url>> {
    let mut done: Vec<Vec<&Url>> = Vec::new();
    let mut rest: BTreeMap<(usize, String), Vec<&Url>> = BTreeMap::new();
    for (skeleton, urls) in groups {
        if urls.len() >= 3 || skeleton.len() == 1 {
            done.push(urls);
        } else {
            let last = skeleton.last().cloned().unwrap_or_default();
            rest.entry((skeleton.len(), last)).or_default().extend(urls);
        }
    }
    done.extend(rest.into_values());
    done
}

/// A pattern that all the addresses follow; they have as many segments each.
fn pattern_of(urls: &[&Url]) -> String {
    let columns = urls.first().map_or(0, |url| segments(url).len());
    let mut pattern = "^".to_owned();
    for column in 0..columns {
        let values: Vec<&str> = urls.iter().filter_map(|url| segments(url).get(column).copied()).collect();
        pattern.push('/');
        // Of one address alone the folders are taken as they are.
        let is_folder = urls.len() == 1
            && column + 1 < columns
            && values.iter().all(|value| !value.starts_with(|c: char| c.is_ascii_digit()));
        match values.first().filter(|_| is_folder) {
            Some(folder) => pattern.push_str(&super::escaped(folder)),
            None => pattern.push_str(&segment_pattern(&values)),
        }
    }
    let queries: Vec<Vec<String>> =
        urls.iter().map(|url| url.query_pairs().map(|(name, _)| name.into_owned()).collect()).collect();
    match queries.first() {
        Some(names) if !names.is_empty() && queries.iter().all(|other| other == names) => {
            for (at, name) in names.iter().enumerate() {
                let sign = if at == 0 { r"\?" } else { "&" };
                pattern.push_str(&format!("{sign}{}=[^&]+", super::escaped(name)));
            }
        }
        _ if urls.iter().any(|url| url.path().ends_with('/')) => pattern.push_str("/?"),
        _ => {}
    }
    pattern.push('$');
    pattern
}

/// What segments have in common at both ends; what differs between is digits, or anything.
fn segment_pattern(values: &[&str]) -> String {
    let Some(first) = values.first() else { return String::new() };
    let is_number = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if values.iter().all(is_number) {
        let same_length = values.iter().all(|value| value.len() == first.len());
        return if same_length && first.len() <= 4 { format!(r"\d{{{}}}", first.len()) } else { r"\d+".to_owned() };
    }
    if values.len() > 1 && values.iter().all(|value| value == first) {
        return super::escaped(first);
    }
    // `meldung_203_Titel.html`: letters, a number, whatever follows, a type.
    let head = |value: &str| -> Option<(String, usize)> {
        let digits = value.find(|c: char| c.is_ascii_digit())?;
        let after = value.get(digits..)?.find(|c: char| !c.is_ascii_digit()).map_or(value.len(), |at| digits + at);
        let before = value.get(..digits)?;
        before
            .bytes()
            .all(|byte| byte.is_ascii_alphabetic() || b"_-".contains(&byte))
            .then(|| (before.to_owned(), after))
    };
    let heads: Vec<Option<(String, usize)>> = values.iter().map(|value| head(value)).collect();
    let prefix = heads.first().cloned().flatten().map(|(before, _)| before);
    let same =
        prefix.filter(|prefix| heads.iter().all(|head| head.as_ref().is_some_and(|(before, _)| before == prefix)));
    let (begin, rests): (String, Vec<&str>) = match same {
        Some(prefix) => {
            let rest = |(value, head): (&&'_ str, &Option<(String, usize)>)| {
                head.as_ref().map_or(0, |(_, at)| (*at).min(value.len()))
            };
            let cuts: Vec<usize> = values.iter().zip(&heads).map(rest).collect();
            (
                format!(r"{}\d+", super::escaped(&prefix)),
                values.iter().zip(cuts).filter_map(|(value, at)| value.get(at..)).collect(),
            )
        }
        None => (String::new(), values.to_vec()),
    };
    if rests.iter().all(|rest| rests.first() == Some(rest)) {
        let rest = rests.first().copied().unwrap_or_default();
        // The whole of one address alone says nothing of others.
        return if begin.is_empty() { "[^/?]+".to_owned() } else { begin + &super::escaped(rest) };
    }
    let kind =
        rests.first().and_then(|rest| rest.rfind('.').and_then(|dot| rest.get(dot..))).filter(|kind| kind.len() <= 6);
    match kind {
        Some(kind) if rests.iter().all(|rest| rest.ends_with(kind)) => {
            let any = if begin.is_empty() { "[^/?]+" } else { "[^/?]*" };
            format!("{begin}{any}{}", super::escaped(kind))
        }
        _ => format!("{begin}{}", if begin.is_empty() { "[^/?]+" } else { "[^/?]*" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(addresses: &[&str]) -> Vec<String> {
        let urls: Vec<Url> = addresses.iter().map(|path| format!("http://amt.test{path}").parse().unwrap()).collect();
        let mut groups: BTreeMap<Vec<String>, Vec<&Url>> = BTreeMap::new();
        urls.iter().for_each(|url| groups.entry(skeleton(url)).or_default().push(url));
        let patterns: Vec<String> = merged(groups).iter().map(|urls| pattern_of(urls)).collect();
        for url in &urls {
            let holds = |pattern: &String| regex::Regex::new(pattern).unwrap().is_match(target(url));
            assert!(patterns.iter().any(holds), "{url}: {patterns:?}");
        }
        patterns
    }

    #[test]
    fn addresses_of_one_kind_give_one_pattern() {
        assert_eq!(
            patterns(&["/meldung_203_Kein+Aktenwagen.html", "/meldung_7_Neu.html", "/meldung_11.html"]),
            [r"^/meldung_\d+[^/?]*\.html$"]
        );
        assert_eq!(
            patterns(&["/2014/10/27/steg-am-see/", "/2015/01/02/turm/", "/2016/12/30/hafen/"]),
            [r"^/\d{4}/\d{2}/\d{2}/[^/?]+/?$"]
        );
        assert_eq!(patterns(&["/news/a", "/sport/b", "/kultur/c"]), ["^/[^/?]+/[^/?]+$"]);
        assert_eq!(patterns(&["/artikel.php?id=4", "/artikel.php?id=19"]), [r"^/artikel\.php\?id=[^&]+$"]);
        let both =
            patterns(&["/meldung_1", "/meldung_2", "/amt-meldungen/a/", "/amt-meldungen/b/", "/amt-meldungen/c/"]);
        assert_eq!(both, ["^/amt-meldungen/[^/?]+/?$", r"^/meldung_\d+$"]);
        assert_eq!(patterns(&["/einzig"]), ["^/[^/?]+$"]);
        assert_eq!(patterns(&["/druck/205-Titel"]), [r"^/druck/\d+-Titel$"]);
    }
}
