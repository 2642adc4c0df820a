//! An article as Markdown: CommonMark 0.31, tables as GitHub writes them.

use std::fmt::Write as _;

use super::Rows;
use super::document::{Document, Part, image_words};
use crate::types::Record;

/// Renders a record's article as Markdown: title, a line of authors, dates and site, the text with its headings, lists,
/// quotations, tables and images, and the addresses it points to. Ends without a line feed; blocks are parted by an empty line.
///
/// Whatever the page says is escaped, so that no text of it becomes markup.
#[must_use]
pub fn markdown(record: &Record, rows: Rows<'_>) -> String {
    let document = Document::of(record, rows);
    let mut blocks: Vec<String> = Vec::new();
    blocks.extend(document.kicker.map(|kicker| format!("*{}*", inline(kicker))));
    blocks.extend(document.headline.map(|headline| format!("# {}", inline(headline))));
    blocks.extend(document.subtitle.map(|subtitle| format!("**{}**", inline(subtitle))));
    let mut line: Vec<String> = document.line.iter().map(|part| inline(part)).collect();
    if let (Some(url), Some(site)) = (document.url, line.last_mut()) {
        *site = format!("[{site}]({})", target(url));
    }
    blocks.push(line.join(" · "));
    blocks.extend(document.parts.iter().map(block).filter(|block| !block.is_empty()));
    let links: Vec<String> = document
        .links
        .iter()
        .map(|link| match link.text.as_deref().filter(|text| !text.is_empty()) {
            Some(text) => format!("- [{}]({})", inline(text), target(&link.url)),
            None => format!("- <{}>", link.url.replace(['<', '>', ' '], "")),
        })
        .collect();
    if !links.is_empty() {
        blocks.push("## Links".to_owned());
        blocks.push(links.join("\n"));
    }
    blocks.join("\n\n")
}

fn block(part: &Part<'_>) -> String {
    match part {
        Part::Lead(text) => format!("**{}**", inline(text)),
        Part::Paragraph(text) => paragraph(text),
        Part::Heading(text, depth) => format!("{} {}", "#".repeat(usize::from(*depth)), inline(text)),
        Part::List(items) => items.iter().map(|item| format!("- {}", paragraph(item))).collect::<Vec<_>>().join("\n"),
        Part::Quote(texts) => {
            texts.iter().map(|text| format!("> {}", paragraph(text))).collect::<Vec<_>>().join("\n>\n")
        }
        Part::Code(text) => code(text),
        Part::Table(rows) => table(rows),
        Part::Image(image) => {
            let words = image_words(image);
            let alt = inline(image.caption.as_deref().unwrap_or_default());
            let shown = image.url.as_deref().map(|url| format!("![{alt}]({})", target(url)));
            let said = (!words.is_empty()).then(|| format!("*{}*", inline(&words)));
            // A line break of Markdown: the words stand below the image.
            shown.into_iter().chain(said).collect::<Vec<_>>().join("\\\n")
        }
        Part::Caption(text) => format!("*{}*", inline(text)),
    }
}

/// Text within a line: every character that could be markup is escaped.
fn inline(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut before = ' ';
    let mut chars = text.trim().chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().unwrap_or(' ');
        let escape = match c {
            '\\' | '`' | '*' | '[' | ']' | '<' | '~' => true,
            // Within a word an underscore is only itself.
            '_' => !(before.is_alphanumeric() && next.is_alphanumeric()),
            '&' => next.is_ascii_alphanumeric() || next == '#',
            _ => false,
        };
        if escape {
            out.push('\\');
        }
        out.push(if c.is_whitespace() { ' ' } else { c });
        before = c;
    }
    out
}

/// Text that begins a line: also what would begin a heading, list, quotation or rule there is escaped.
fn paragraph(text: &str) -> String {
    let text = inline(text);
    let mut chars = text.chars();
    match chars.next() {
        Some('#' | '>' | '-' | '+' | '=' | '|') => format!("\\{text}"),
        Some(first) if first.is_ascii_digit() => {
            let figures = text.bytes().take_while(u8::is_ascii_digit).count();
            match text.split_at_checked(figures) {
                Some((number, rest)) if figures <= 9 && rest.starts_with(['.', ')']) => format!("{number}\\{rest}"),
                _ => text,
            }
        }
        _ => text,
    }
}

/// Preformatted text, in a fence longer than any in it.
fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat((longest + 1).max(3));
    format!("{fence}\n{text}\n{fence}")
}

/// A table; its first row is the head, which this form of table must have.
fn table(rows: &[Vec<&str>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    if columns < 2 {
        // Cells whose rows are not known.
        return rows.iter().flatten().map(|cell| format!("- {}", paragraph(cell))).collect::<Vec<_>>().join("\n");
    }
    let mut out = String::new();
    for (at, row) in rows.iter().enumerate() {
        out.push('|');
        for column in 0..columns {
            let cell = row.get(column).map(|cell| inline(cell).replace('|', "\\|")).unwrap_or_default();
            // Writing to a string cannot fail.
            let _ = write!(out, " {cell} |");
        }
        if at == 0 {
            let _ = write!(out, "\n|{}", " --- |".repeat(columns));
        }
        if at + 1 < rows.len() {
            out.push('\n');
        }
    }
    out
}

/// An address as the target of a link.
fn target(url: &str) -> String {
    let url = url.replace('<', "%3C").replace('>', "%3E").replace([' ', '\n'], "%20");
    if url.contains(['(', ')']) { format!("<{url}>") } else { url }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_never_becomes_markup() {
        assert_eq!(inline("a*b_c d_ [x](y) <b> `q` AT&T &amp; \\"), r"a\*b_c d\_ \[x\](y) \<b> \`q\` AT\&T \&amp; \\");
        assert_eq!(inline(" zwei\nZeilen "), "zwei Zeilen");
        assert_eq!(paragraph("# kein Titel"), "\\# kein Titel");
        assert_eq!(paragraph("27. Oktober"), "27\\. Oktober");
        assert_eq!(paragraph("27 Orte"), "27 Orte");
        assert_eq!(paragraph("---"), "\\---");
    }

    #[test]
    fn fences_hold_fences() {
        assert_eq!(code("a"), "```\na\n```");
        assert_eq!(code("```\na\n```"), "````\n```\na\n```\n````");
    }

    #[test]
    fn tables_have_a_head_and_even_rows() {
        let rows = vec![vec!["Ort", "Jahr"], vec!["Seefurt | See"], vec!["Ulmau", "2014"]];
        assert_eq!(table(&rows), "| Ort | Jahr |\n| --- | --- |\n| Seefurt \\| See |  |\n| Ulmau | 2014 |");
        assert_eq!(table(&[vec!["Ort"], vec!["Jahr"]]), "- Ort\n- Jahr");
    }

    #[test]
    fn addresses_end_where_they_end() {
        assert_eq!(target("https://a.example/x_(y)"), "<https://a.example/x_(y)>");
        assert_eq!(target("https://a.example/x y"), "https://a.example/x%20y");
    }
}
