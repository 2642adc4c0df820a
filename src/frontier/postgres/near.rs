//! The index of articles whose texts are near one another, and the looking up of articles.

use super::kept;
use super::link::{Fault, Sql};
use super::rows::hash_of;
use crate::frontier::Article;
use crate::frontier::common::{Address, LookUp, rows_of_near};

fn columns(articles: &[&Article]) -> (Vec<i64>, Vec<i64>, Vec<i64>) {
    let mut rows: Vec<(i64, i64, i64)> = articles.iter().flat_map(|article| rows_of_near(article)).collect();
    rows.sort_unstable();
    rows.dedup();
    let mut columns = (Vec::new(), Vec::new(), Vec::new());
    for (key, print, article) in rows {
        columns.0.push(key);
        columns.1.push(print);
        columns.2.push(article);
    }
    columns
}

/// Enters articles.
pub(super) fn enter(sql: &mut Sql<'_>, articles: &[&Article]) -> Result<(), Fault> {
    let (keys, prints, numbers) = columns(articles);
    if !keys.is_empty() {
        sql.run(
            "INSERT INTO near SELECT * FROM unnest($1::int8[], $2::int8[], $3::int8[]) ON CONFLICT DO NOTHING",
            &[&keys, &prints, &numbers],
        )?;
    }
    Ok(())
}

/// Takes an article out, as it was entered.
pub(super) fn leave(sql: &mut Sql<'_>, article: &Article) -> Result<(), Fault> {
    let (keys, prints, numbers) = columns(&[article]);
    if !keys.is_empty() {
        sql.run(
            "DELETE FROM near n USING unnest($1::int8[], $2::int8[], $3::int8[]) x(key, print, article)
             WHERE n.key = x.key AND n.print = x.print AND n.article = x.article",
            &[&keys, &prints, &numbers],
        )?;
    }
    Ok(())
}

impl LookUp for Sql<'_> {
    type Fault = Fault;

    fn article_of_row(&mut self, address: &Address<'_>) -> Result<Option<String>, Fault> {
        let (hash, more) = hash_of(address);
        let row = self.maybe("SELECT article FROM urls WHERE hash = $1 AND more = $2", &[&hash, &more])?;
        Ok(row.map(|row| row.try_get::<_, Option<String>>(0)).transpose()?.flatten())
    }

    fn alias_of(&mut self, url: &str) -> Result<Option<String>, Fault> {
        kept::alias_of(self, url)
    }

    fn article(&mut self, id: &str) -> Result<Option<Article>, Fault> {
        kept::article(self, id)
    }

    fn articles_between(&mut self, from: &str, to: &str) -> Result<Vec<Article>, Fault> {
        kept::articles_between(self, from, to)
    }

    fn near_rows(&mut self, keys: &[i64], of_each: i64) -> Result<Vec<(i64, i64, i64)>, Fault> {
        let rows = self.rows(
            "SELECT n.key, n.print, n.article FROM unnest($1::int8[]) k(key)
                 CROSS JOIN LATERAL (SELECT * FROM near WHERE key = k.key LIMIT $2) n",
            &[&keys, &of_each],
        )?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))).collect()
    }
}
