//! The index of articles whose texts are near one another, and the looking up of articles.

use rusqlite::{Connection, params};

use crate::frontier::Article;
use crate::frontier::common::{Address, LookUp, rows_of_near};

use super::history;
use super::rows::{Fault, find};

/// Enters an article.
pub(super) fn enter(conn: &Connection, article: &Article) -> Result<(), Fault> {
    let mut insert =
        conn.prepare_cached("INSERT INTO near (key, print, article) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?;
    for (key, print, id) in rows_of_near(article) {
        insert.execute(params![key, print, id])?;
    }
    Ok(())
}

/// Takes an article out, as it was entered.
pub(super) fn leave(conn: &Connection, article: &Article) -> Result<(), Fault> {
    let mut delete = conn.prepare_cached("DELETE FROM near WHERE key = ?1 AND print = ?2 AND article = ?3")?;
    for (key, print, id) in rows_of_near(article) {
        delete.execute(params![key, print, id])?;
    }
    Ok(())
}

impl LookUp for &Connection {
    type Fault = Fault;

    fn article_of_row(&mut self, address: &Address<'_>) -> Result<Option<String>, Fault> {
        Ok(find(self, address)?.and_then(|known| known.article))
    }

    fn alias_of(&mut self, url: &str) -> Result<Option<String>, Fault> {
        history::alias_of(self, url)
    }

    fn article(&mut self, id: &str) -> Result<Option<Article>, Fault> {
        history::article(self, id)
    }

    fn articles_between(&mut self, from: &str, to: &str) -> Result<Vec<Article>, Fault> {
        history::articles_between(self, from, to)
    }

    fn near_rows(&mut self, keys: &[i64], of_each: i64) -> Result<Vec<(i64, i64, i64)>, Fault> {
        let mut select = self.prepare_cached("SELECT key, print, article FROM near WHERE key = ?1 LIMIT ?2")?;
        let mut found = Vec::new();
        for key in keys {
            let mut rows = select.query(params![key, of_each])?;
            while let Some(row) = rows.next()? {
                found.push((row.get(0)?, row.get(1)?, row.get(2)?));
            }
        }
        Ok(found)
    }
}
