//! What is known of an article beside its text, as front matter: YAML between two lines of `---`, as static site builders and notebooks of
//! Markdown files read it.

use serde_json::{Value, json};

use crate::types::Record;

/// The front matter of a record, with its fences, ending in a line feed. Fields that are not known are left out. Each value stands in a line
/// as JSON, which YAML is a superset of (YAML 1.2, section 1.3), so that no text of a page can break out of it.
#[must_use]
pub fn front_matter(record: &Record) -> String {
    let authors: Vec<&str> = record.authors.iter().map(|author| author.name.as_str()).collect();
    let source = &record.source;
    let fields = [
        ("id", json!(record.id)),
        ("version_id", json!(record.version_id)),
        ("url", json!(record.url)),
        ("aliases", json!(record.aliases)),
        ("title", json!(record.headline)),
        ("kicker", json!(record.kicker)),
        ("subtitle", json!(record.subtitle)),
        ("authors", json!(authors)),
        ("date", json!(record.date_published)),
        ("updated", json!(record.date_modified)),
        ("site", json!(record.site_name)),
        ("domain", json!(record.source_domain)),
        ("section", json!(record.section)),
        ("keywords", json!(record.keywords)),
        ("language", json!(record.language)),
        ("license", json!(record.license)),
        ("words", json!(record.word_count)),
        ("confidence", json!(record.confidence)),
        ("duplicate_of", json!(record.duplicate_of)),
        ("fetched_at", json!(record.fetched_at)),
        ("source", json!(source.path)),
        ("captured_at", json!(source.captured_at)),
    ];
    let mut text = "---\n".to_owned();
    for (name, value) in fields {
        if !is_unknown(&value) {
            text.push_str(&format!("{name}: {}\n", printable(&value)));
        }
    }
    text.push_str("---\n");
    text
}

fn is_unknown(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty) || value.as_str().is_some_and(str::is_empty)
}

/// A value as JSON, with what JSON leaves as it is and YAML takes for a line's end or refuses written as an escape.
fn printable(value: &Value) -> String {
    let mut text = String::new();
    for c in value.to_string().chars() {
        match c {
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                text.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_breaks_out_of_its_line() {
        let text = printable(&json!("a\n---\nid: \"x\" # \u{2028}\u{85}\u{7f} : {}"));
        assert_eq!(text, r#""a\n---\nid: \"x\" # \u2028\u0085\u007f : {}""#);
        assert!(is_unknown(&json!(null)) && is_unknown(&json!([])) && is_unknown(&json!("")) && !is_unknown(&json!(0)));
    }
}
