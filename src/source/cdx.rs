//! The answers of a CDX server: which captures of a site an archive has, in the forms of the Internet Archive and of pywb.

use std::collections::HashSet;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value;

/// A capture as the index tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CdxCapture {
    /// What all captures of a page share.
    pub key: String,
    /// When, as 14 digits (`20150301080000`).
    pub at: String,
    /// The address captured.
    pub url: String,
    /// The type, `warc/revisit` for a payload that was captured before.
    pub mime: String,
    /// The status; `-` for some revisits.
    pub status: String,
    /// What captures of the same payload share.
    pub digest: String,
}

/// One answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CdxPage {
    /// In the order of the index: by key, then by time.
    pub captures: Vec<CdxCapture>,
    /// Where the next answer begins; none at the end, and where the server knows no such thing.
    pub resume: Option<String>,
    /// Rows that are none.
    pub odd: u64,
}

/// Which captures of a page are taken, of those that are good, the same payload counted once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Choice {
    /// The earliest; a later one where that holds no article.
    #[default]
    Earliest,
    /// The latest; an earlier one where that holds no article.
    Latest,
    /// Every one, for the versions of the article.
    All,
}

impl Choice {
    /// The captures of one page in the order in which they are tried: by time, for the latest backwards.
    #[must_use]
    pub fn in_order<'a>(self, captures: impl IntoIterator<Item = &'a CdxCapture>) -> Vec<&'a CdxCapture> {
        let mut good: Vec<&CdxCapture> = captures.into_iter().filter(|capture| capture.is_good()).collect();
        good.sort_by(|a, b| a.at.cmp(&b.at));
        if self == Self::Latest {
            good.reverse();
        }
        let mut digests = HashSet::new();
        good.retain(|capture| capture.digest.is_empty() || digests.insert(capture.digest.as_str()));
        good
    }

    /// Those that are fetched whatever comes of them.
    #[must_use]
    pub fn of<'a>(self, captures: impl IntoIterator<Item = &'a CdxCapture>) -> Vec<&'a CdxCapture> {
        let mut chosen = self.in_order(captures);
        if self != Self::All {
            chosen.truncate(1);
        }
        chosen
    }
}

impl CdxPage {
    /// Reads an answer: the Internet Archive's array of rows, or an object a line.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn read(body: &[u8]) -> Result<Self, String> {
        match body.trim_ascii_start() {
            [] => Ok(Self::default()),
            [b'[', ..] => Self::read_rows(body),
            [b'{', ..] => Ok(Self::read_lines(body)),
            _ => Err("it is neither the Internet Archive's nor pywb's form of an index".to_owned()),
        }
    }

    fn read_rows(body: &[u8]) -> Result<Self, String> {
        let rows: Vec<Vec<Option<String>>> = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        let mut page = Self::default();
        let mut rows = rows.into_iter();
        let Some(names) = rows.next() else { return Ok(page) };
        let place = |name: &str| names.iter().position(|known| known.as_deref() == Some(name));
        let places = ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest"].map(place);
        while let Some(row) = rows.next() {
            // An empty row, and then where to go on.
            if row.is_empty() {
                page.resume = rows.next().and_then(|row| row.into_iter().next().flatten());
                break;
            }
            let cell = |at: Option<usize>| at.and_then(|at| row.get(at)?.clone());
            page.take(places.map(cell));
        }
        Ok(page)
    }

    fn read_lines(body: &[u8]) -> Self {
        let mut page = Self::default();
        for line in body.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
            let row: Value = serde_json::from_slice(line).unwrap_or_default();
            let cell = |name: &str| row.get(name).and_then(Value::as_str).map(str::to_owned);
            page.take(["urlkey", "timestamp", "url", "mime", "status", "digest"].map(cell));
        }
        page
    }

    fn take(&mut self, cells: [Option<String>; 6]) {
        let [Some(key), Some(at), Some(url), mime, status, digest] = cells else {
            self.odd += 1;
            return;
        };
        // Digits that are no time make the address of no capture: what stands there would be taken for the archive's own page.
        if at.len() != 14 || !at.bytes().all(|byte| byte.is_ascii_digit()) || time_of(&at).is_none() {
            self.odd += 1;
            return;
        }
        let [mime, status, digest] = [mime, status, digest].map(Option::unwrap_or_default);
        self.captures.push(CdxCapture { key, at, url, mime, status, digest });
    }
}

/// The time that 14 digits say.
pub(super) fn time_of(digits: &str) -> Option<Timestamp> {
    Some(DateTime::strptime("%Y%m%d%H%M%S", digits).ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

impl CdxCapture {
    /// Whether it may be a page: answered with 200, HTML. A payload captured before counts as what it was then.
    fn is_good(&self) -> bool {
        let status = matches!(self.status.as_str(), "200" | "-" | "");
        let mime = self.mime.to_ascii_lowercase();
        status && matches!(mime.as_str(), "text/html" | "application/xhtml+xml" | "warc/revisit")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: &str = r#"[["urlkey","timestamp","original","mimetype","statuscode","digest","length"],
        ["test,amt)/a","20010203040506","http://amt.test/a","text/html","200","AAA","100"],
        ["test,amt)/a","20020203040506","http://www.amt.test/a","text/html","200","AAA","100"],
        ["test,amt)/a","20030203040506","http://amt.test/a","warc/revisit","-","BBB","100"],
        ["test,amt)/b","20010203040506","http://amt.test/b","text/html","404","CCC","100"],
        ["test,amt)/b","20020203040506","http://amt.test/b","text/html","200","DDD","100"],
        ["test,amt)/c.png","20020203040506","http://amt.test/c.png","image/png","200","EEE","100"],
        [],["test%2Camt%29%2Fd+20020203040506"]]"#;

    fn at(page: &CdxPage, choice: Choice) -> Vec<String> {
        let groups = page.captures.chunk_by(|a, b| a.key == b.key);
        groups.flat_map(|group| choice.of(group)).map(|capture| format!("{} {}", capture.at, capture.url)).collect()
    }

    #[test]
    fn rows_of_the_internet_archive() {
        let page = CdxPage::read(ROWS.as_bytes()).unwrap();
        assert_eq!(page.captures.len(), 6);
        assert_eq!(page.resume.as_deref(), Some("test%2Camt%29%2Fd+20020203040506"));
        assert_eq!(
            at(&page, Choice::Earliest),
            ["20010203040506 http://amt.test/a", "20020203040506 http://amt.test/b"]
        );
        assert_eq!(at(&page, Choice::Latest), ["20030203040506 http://amt.test/a", "20020203040506 http://amt.test/b"]);
        let all = [
            "20010203040506 http://amt.test/a",
            "20030203040506 http://amt.test/a",
            "20020203040506 http://amt.test/b",
        ];
        assert_eq!(at(&page, Choice::All), all);
    }

    #[test]
    fn lines_of_pywb() {
        let line = r#"{"urlkey": "test,amt)/a", "timestamp": "20010203040506", "url": "http://amt.test/a", "mime": "text/html", "status": "200", "digest": "AAA"}"#;
        let page =
            CdxPage::read(format!("{line}\nkaputt\n{line}\n").replacen("kaputt", "{\"x\": 1}", 1).as_bytes()).unwrap();
        assert_eq!((page.captures.len(), page.odd, page.resume.as_deref()), (2, 1, None));
        assert_eq!(at(&page, Choice::Earliest), ["20010203040506 http://amt.test/a"]);
    }

    #[test]
    fn what_is_no_index_is_told() {
        assert_eq!(CdxPage::read(b" \n").unwrap(), CdxPage::default());
        assert_eq!(CdxPage::read(b"[]").unwrap(), CdxPage::default());
        for wrong in ["<html>", "[[1]]", "[", "test,amt)/ 2001"] {
            assert!(CdxPage::read(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
