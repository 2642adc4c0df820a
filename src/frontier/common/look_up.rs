//! Articles by their addresses, and by texts that are near one another.
//!
//! `near` holds a row for each of the ten keys of a simhash (see `revisit::near`) and one for the exact text. An article that repeats
//! another is not entered under its simhash, so that what is alike by the thousand fills no key. Articles are named by the first 63 bits
//! of their id.

use std::collections::BTreeSet;

use url::Url;

use super::Address;
use crate::frontier::Article;
use crate::revisit::{NEAR, distance, near_keys};

/// Keys of exact texts are above those of simhashes.
const EXACT: i64 = 1 << 40;
/// Articles of one key that are looked at.
const LOOKED_AT: i64 = 256;
/// Near articles given.
const GIVEN: usize = 16;

/// The first 63 bits of hexadecimal digits.
fn number_of(hex: &str) -> Option<i64> {
    let head = u64::from_str_radix(hex.get(..16)?, 16).ok()?;
    i64::try_from(head >> 1).ok()
}

const fn exact_key(text: i64) -> i64 {
    EXACT | (text & 0xffff_ffff)
}

/// The rows of an article: key, fingerprint, article.
pub(in crate::frontier) fn rows_of_near(article: &Article) -> Vec<(i64, i64, i64)> {
    let (Some(id), Some(text)) = (number_of(&article.id), number_of(&article.content_hash)) else { return Vec::new() };
    let mut rows = vec![(exact_key(text), text, id)];
    if let Some(simhash) = article.simhash {
        rows.extend(near_keys(simhash).map(|key| (key, simhash.cast_signed(), id)));
    }
    rows
}

/// What a store is asked for, and what follows from its answers.
pub(in crate::frontier) trait LookUp {
    type Fault;

    /// The article that the row of an address names.
    fn article_of_row(&mut self, address: &Address<'_>) -> Result<Option<String>, Self::Fault>;

    /// The article that has this other address.
    fn alias_of(&mut self, url: &str) -> Result<Option<String>, Self::Fault>;

    /// The article of this id.
    fn article(&mut self, id: &str) -> Result<Option<Article>, Self::Fault>;

    /// The articles whose ids are from the first on and below the second, compared by bytes.
    fn articles_between(&mut self, from: &str, to: &str) -> Result<Vec<Article>, Self::Fault>;

    /// Rows of `near` of these keys, so many of each at most.
    fn near_rows(&mut self, keys: &[i64], of_each: i64) -> Result<Vec<(i64, i64, i64)>, Self::Fault>;

    /// The article that has the address: its own, or another one of it.
    fn owner(&mut self, url: &Url) -> Result<Option<Article>, Self::Fault> {
        let mut id = None;
        if let Some(address) = Address::of(url) {
            id = self.article_of_row(&address)?;
        }
        if id.is_none() {
            id = self.alias_of(url.as_str())?;
        }
        id.map_or(Ok(None), |id| self.article(&id))
    }

    /// The articles of the same or nearly the same text, the nearest first. The cost depends on how many are near, not on how many there
    /// are.
    fn near(&mut self, simhash: Option<u64>, content_hash: &str) -> Result<Vec<Article>, Self::Fault> {
        let text = number_of(content_hash);
        let mut keys: Vec<i64> = text.map(exact_key).into_iter().collect();
        keys.extend(simhash.iter().flat_map(|hash| near_keys(*hash)));
        let mut found: BTreeSet<(u32, i64)> = BTreeSet::new();
        for (key, print, article) in self.near_rows(&keys, LOOKED_AT)? {
            if key & EXACT != 0 {
                if Some(print) == text {
                    found.insert((0, article));
                }
            } else if let Some(apart) = simhash.map(|hash| distance(hash, print.cast_unsigned()))
                && apart <= NEAR
            {
                found.insert((apart, article));
            }
        }
        let mut articles: Vec<Article> = Vec::new();
        for (_, number) in found.into_iter().take(GIVEN) {
            let first = number.cast_unsigned() << 1;
            // Behind every hexadecimal digit, by its byte.
            let (from, to) = (format!("{first:016x}"), format!("{:016x}g", first | 1));
            for article in self.articles_between(&from, &to)? {
                if !articles.iter().any(|known| known.id == article.id) {
                    articles.push(article);
                }
            }
        }
        Ok(articles)
    }
}
