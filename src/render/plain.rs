//! An article as plain text: one line a paragraph, an empty line between them, no markup. Lines are not cut: whoever shows
//! them knows how wide the place is (`fold -s`, an editor, a terminal).

use super::Rows;
use super::document::{Document, Part, image_words};
use crate::types::Record;

/// Renders a record's article as plain text. Ends without a line feed.
#[must_use]
pub fn text(record: &Record, rows: Rows<'_>) -> String {
    let document = Document::of(record, rows);
    let mut blocks: Vec<String> = Vec::new();
    let title: Vec<&str> =
        [document.kicker, document.headline, document.subtitle].into_iter().flatten().map(str::trim).collect();
    if !title.is_empty() {
        blocks.push(title.join("\n"));
    }
    let mut line = document.line.join(" · ");
    if let Some(url) = document.url {
        line.push('\n');
        line.push_str(url);
    }
    blocks.push(line);
    blocks.extend(document.parts.iter().map(block).filter(|block| !block.is_empty()));
    let links: Vec<String> = document
        .links
        .iter()
        .map(|link| match link.text.as_deref().filter(|text| !text.is_empty()) {
            Some(text) => format!("{text}: {}", link.url),
            None => link.url.clone(),
        })
        .collect();
    if !links.is_empty() {
        blocks.push(links.join("\n"));
    }
    blocks.join("\n\n")
}

fn block(part: &Part<'_>) -> String {
    match part {
        Part::Lead(text) | Part::Paragraph(text) | Part::Heading(text, _) => (*text).to_owned(),
        Part::List(items) => items.iter().map(|item| format!("- {item}")).collect::<Vec<_>>().join("\n"),
        Part::Quote(texts) => texts.iter().map(|text| format!("> {text}")).collect::<Vec<_>>().join("\n>\n"),
        Part::Code(text) => text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n"),
        Part::Table(rows) => table(rows),
        Part::Image(image) => {
            let words = image_words(image);
            if words.is_empty() { String::new() } else { format!("[{words}]") }
        }
        Part::Caption(text) => format!("[{text}]"),
    }
}

/// Columns as wide as their longest cell, two spaces apart.
fn table(rows: &[Vec<&str>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let line = |row: &Vec<&str>| {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}")).collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other() {
        assert_eq!(
            table(&[vec!["Ort", "Jahr"], vec!["Seefürt", "2014"], vec!["x"]]),
            "Ort      Jahr\nSeefürt  2014\nx"
        );
    }
}
