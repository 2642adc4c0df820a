//! Articles whose texts are near one another, by an index: as in the SQLite state.

use std::collections::BTreeSet;

use super::kept;
use super::link::{Fault, Sql};
use crate::frontier::Article;
use crate::frontier::sqlite::{EXACT, GIVEN, LOOKED_AT, number_of, rows_of_near};
use crate::revisit::{NEAR, distance, near_keys};

fn columns(articles: &[&Article]) -> (Vec<i64>, Vec<i64>, Vec<i64>) {
    let mut rows: Vec<(i64, i64, i64)> =
        articles.iter().flat_map(|article| rows_of_near(article).unwrap_or_default()).collect();
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

/// The articles of the same or nearly the same text, the nearest first.
pub(super) fn find(sql: &mut Sql<'_>, simhash: Option<u64>, content_hash: &str) -> Result<Vec<Article>, Fault> {
    let text = number_of(content_hash);
    let mut keys: Vec<i64> = text.iter().map(|text| EXACT | (text & 0xffff_ffff)).collect();
    keys.extend(simhash.iter().flat_map(|hash| near_keys(*hash)));
    let rows = sql.rows(
        "SELECT n.key, n.print, n.article FROM unnest($1::int8[]) k(key)
             CROSS JOIN LATERAL (SELECT * FROM near WHERE key = k.key LIMIT $2) n",
        &[&keys, &LOOKED_AT],
    )?;
    let mut found: BTreeSet<(u32, i64)> = BTreeSet::new();
    for row in rows {
        let (key, print, article): (i64, i64, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        if key & EXACT != 0 {
            if Some(print) == text {
                found.insert((0, article));
            }
        } else if let Some(simhash) = simhash {
            let apart = distance(simhash, print.cast_unsigned());
            if apart <= NEAR {
                found.insert((apart, article));
            }
        }
    }
    let mut articles: Vec<Article> = Vec::new();
    for (_, number) in found.into_iter().take(GIVEN) {
        let first = number.cast_unsigned() << 1;
        // Hexadecimal digits compare as bytes, whatever the collation of the database says of letters.
        let (from, to) = (format!("{first:016x}"), format!("{:016x}g", first | 1));
        for row in sql.rows(kept::ARTICLES_BETWEEN, &[&from, &to])? {
            let article = kept::article_row(&row)?;
            if !articles.iter().any(|known| known.id == article.id) {
                articles.push(article);
            }
        }
    }
    Ok(articles)
}
