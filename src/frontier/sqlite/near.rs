//! Articles whose texts are near one another, by an index.
//!
//! `near` holds a row for each of the ten keys of a simhash (see `revisit::near`) and one for the exact text. An article that repeats
//! another is not entered under its simhash, so that what is alike by the thousand fills no key. Articles are named by the first 63 bits
//! of their id.

use std::collections::BTreeSet;

use rusqlite::{Connection, params};

use crate::frontier::Article;
use crate::revisit::{NEAR, distance, near_keys};

use super::history;
use super::rows::Fault;

/// Keys of exact texts are above those of simhashes.
pub(in crate::frontier) const EXACT: i64 = 1 << 40;
/// Articles of one key that are looked at.
pub(in crate::frontier) const LOOKED_AT: i64 = 256;
/// Near articles given.
pub(in crate::frontier) const GIVEN: usize = 16;

/// The first 63 bits of hexadecimal digits.
pub(in crate::frontier) fn number_of(hex: &str) -> Option<i64> {
    let head = u64::from_str_radix(hex.get(..16)?, 16).ok()?;
    i64::try_from(head >> 1).ok()
}

pub(in crate::frontier) fn rows_of_near(article: &Article) -> Option<Vec<(i64, i64, i64)>> {
    let id = number_of(&article.id)?;
    let text = number_of(&article.content_hash)?;
    let mut rows = vec![(EXACT | (text & 0xffff_ffff), text, id)];
    if let Some(simhash) = article.simhash {
        rows.extend(near_keys(simhash).map(|key| (key, simhash.cast_signed(), id)));
    }
    Some(rows)
}

/// Enters an article.
pub(super) fn enter(conn: &Connection, article: &Article) -> Result<(), Fault> {
    let mut insert =
        conn.prepare_cached("INSERT INTO near (key, print, article) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?;
    for (key, print, id) in rows_of_near(article).unwrap_or_default() {
        insert.execute(params![key, print, id])?;
    }
    Ok(())
}

/// Takes an article out, as it was entered.
pub(super) fn leave(conn: &Connection, article: &Article) -> Result<(), Fault> {
    let mut delete = conn.prepare_cached("DELETE FROM near WHERE key = ?1 AND print = ?2 AND article = ?3")?;
    for (key, print, id) in rows_of_near(article).unwrap_or_default() {
        delete.execute(params![key, print, id])?;
    }
    Ok(())
}

/// The articles of the same or nearly the same text, the nearest first. The cost depends on how many are near, not on how many there are.
pub(super) fn find(conn: &Connection, simhash: Option<u64>, content_hash: &str) -> Result<Vec<Article>, Fault> {
    let mut found: BTreeSet<(u32, i64)> = BTreeSet::new();
    let mut rows = conn.prepare_cached("SELECT print, article FROM near WHERE key = ?1 LIMIT ?2")?;
    if let Some(text) = number_of(content_hash) {
        let mut rows = rows.query(params![EXACT | (text & 0xffff_ffff), LOOKED_AT])?;
        while let Some(row) = rows.next()? {
            if row.get::<_, i64>(0)? == text {
                found.insert((0, row.get(1)?));
            }
        }
    }
    for (key, simhash) in simhash.iter().flat_map(|hash| near_keys(*hash).map(|key| (key, *hash))) {
        let mut rows = rows.query(params![key, LOOKED_AT])?;
        while let Some(row) = rows.next()? {
            let apart = distance(simhash, row.get::<_, i64>(0)?.cast_unsigned());
            if apart <= NEAR {
                found.insert((apart, row.get(1)?));
            }
        }
    }
    let mut articles: Vec<Article> = Vec::new();
    for (_, number) in found.into_iter().take(GIVEN) {
        for article in history::articles_between(conn, number)? {
            if !articles.iter().any(|known| known.id == article.id) {
                articles.push(article);
            }
        }
    }
    Ok(articles)
}
