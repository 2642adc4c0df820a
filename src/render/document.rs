//! A record's article as parts in reading order: what a heading, a list, a table or an image with its caption is.

use super::Rows;
use crate::types::{BlockRecord, ImageRecord, LinkRecord, PageType, Record, Role};

/// An article to be read.
pub(super) struct Document<'a> {
    pub(super) kicker: Option<&'a str>,
    pub(super) headline: Option<&'a str>,
    pub(super) subtitle: Option<&'a str>,
    /// Authors, dates, site: what stands under a headline.
    pub(super) line: Vec<String>,
    /// The address of the article, where it has one on the web.
    pub(super) url: Option<&'a str>,
    pub(super) parts: Vec<Part<'a>>,
    pub(super) links: &'a [LinkRecord],
}

/// A part of the article.
#[derive(Debug, PartialEq)]
pub(super) enum Part<'a> {
    Lead(&'a str),
    Paragraph(&'a str),
    /// A heading, with its depth below the headline: 2 to 6.
    Heading(&'a str, u8),
    List(Vec<&'a str>),
    /// Paragraphs of a quotation.
    Quote(Vec<&'a str>),
    Code(&'a str),
    /// Rows of cells.
    Table(Vec<Vec<&'a str>>),
    Image(&'a ImageRecord),
    /// A caption or credit of an image that the record does not know.
    Caption(&'a str),
}

impl<'a> Document<'a> {
    pub(super) fn of(record: &'a Record, rows: Rows<'_>) -> Self {
        let web = record.url.starts_with("http://") || record.url.starts_with("https://");
        Self {
            kicker: record.kicker.as_deref(),
            headline: record.headline.as_deref(),
            subtitle: record.subtitle.as_deref(),
            line: line(record),
            url: web.then_some(record.url.as_str()),
            parts: parts(record, rows),
            links: &record.links,
        }
    }
}

/// Who and when and where.
fn line(record: &Record) -> Vec<String> {
    let mut line = Vec::new();
    if !record.authors.is_empty() {
        line.push(record.authors.iter().map(|author| author.name.as_str()).collect::<Vec<_>>().join(", "));
    }
    line.extend(record.date_published.as_deref().map(readable_date));
    let changed = record.date_modified.as_deref().filter(|date| Some(*date) != record.date_published.as_deref());
    line.extend(changed.map(|date| format!("updated {}", readable_date(date))));
    line.push(record.site_name.clone().unwrap_or_else(|| record.source_domain.clone()));
    line.retain(|part| !part.is_empty());
    line
}

/// `2014-10-27T09:30:00+01:00` → `2014-10-27 09:30`; anything shorter stays.
fn readable_date(iso: &str) -> String {
    match iso.split_once('T') {
        Some((day, time)) => match time.get(..5) {
            Some(minutes) if minutes != "00:00" => format!("{day} {minutes}"),
            _ => day.to_owned(),
        },
        None => iso.to_owned(),
    }
}

fn parts<'a>(record: &'a Record, rows: Rows<'_>) -> Vec<Part<'a>> {
    let top = record.blocks.iter().filter(|b| b.role == Role::Subheading).filter_map(|b| b.level).min().unwrap_or(2);
    let mut images = Images { all: &record.images, shown: vec![false; record.images.len()] };
    let mut parts: Vec<Part<'a>> = Vec::new();
    let mut lines = Lines { rest: &record.text, article: record.page_type == PageType::Article };
    let mut row = None;
    for (at, block) in record.blocks.iter().enumerate() {
        let Some(text) = lines.of(block) else {
            if matches!(block.role, Role::Caption | Role::Credit) {
                parts.extend(images.described_by(block));
            }
            continue;
        };
        match (block.role, parts.last_mut()) {
            (Role::Lead, _) => parts.push(Part::Lead(text)),
            (Role::Subheading, _) => {
                let depth = block.level.unwrap_or(top).saturating_sub(top).saturating_add(2).clamp(2, 6);
                parts.push(Part::Heading(text, depth));
            }
            (Role::ListItem, Some(Part::List(items))) => items.push(text),
            (Role::ListItem, _) => parts.push(Part::List(vec![text])),
            (Role::Quote, Some(Part::Quote(paragraphs))) => paragraphs.push(text),
            (Role::Quote, _) => parts.push(Part::Quote(vec![text])),
            (Role::Code, _) => parts.push(Part::Code(text)),
            (Role::Table, last) => {
                let own = rows.get(at).copied().flatten();
                match last {
                    Some(Part::Table(cells)) if own.is_some() && own == row => {
                        if let Some(cells) = cells.last_mut() {
                            cells.push(text);
                        }
                    }
                    Some(Part::Table(cells)) => cells.push(vec![text]),
                    _ => parts.push(Part::Table(vec![vec![text]])),
                }
                row = own;
            }
            _ => parts.push(Part::Paragraph(text)),
        }
    }
    images.place_others(&mut parts);
    parts
}

/// The record's text, handed out block by block: it lacks what is set into the blocks but belongs elsewhere, such as the
/// date before the lead. Of a page that is no article any block may be in it.
struct Lines<'a> {
    rest: &'a str,
    article: bool,
}

impl<'a> Lines<'a> {
    /// What stands in the record's text of a block, if anything does.
    fn of(&mut self, block: &BlockRecord) -> Option<&'a str> {
        let own = block.role.is_text();
        if (self.article && !own) || self.rest.is_empty() {
            return None;
        }
        let whole =
            self.rest.strip_prefix(block.text.as_str()).filter(|rest| rest.is_empty() || rest.starts_with('\n'));
        let length = match whole {
            Some(_) => block.text.len(),
            None if !own => return None,
            None => {
                let line = self.rest.split('\n').next().unwrap_or_default();
                if line.is_empty() || !block.text.contains(line) {
                    return None;
                }
                line.len()
            }
        };
        let (own, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest.strip_prefix('\n').unwrap_or(rest);
        Some(own)
    }
}

/// The images, each shown once.
struct Images<'a> {
    all: &'a [ImageRecord],
    shown: Vec<bool>,
}

impl<'a> Images<'a> {
    /// The image whose caption or credit the block is; the block's own words where no image has them.
    fn described_by(&mut self, block: &'a BlockRecord) -> Option<Part<'a>> {
        let says = |said: &Option<String>| {
            said.as_deref()
                .is_some_and(|said| !said.is_empty() && (block.text.contains(said) || said.contains(&block.text)))
        };
        let Some(at) = self.all.iter().position(|image| says(&image.caption) || says(&image.credit)) else {
            return Some(Part::Caption(&block.text));
        };
        let first = !std::mem::replace(self.shown.get_mut(at)?, true);
        self.all.get(at).filter(|_| first).map(Part::Image)
    }

    /// Images without a caption block stand behind the lead, where most pages have their first.
    fn place_others(self, parts: &mut Vec<Part<'a>>) {
        let after_lead = parts.iter().rposition(|part| matches!(part, Part::Lead(_))).map_or(0, |at| at + 1);
        let others = self.all.iter().zip(self.shown).filter(|(image, shown)| !shown && image.url.is_some());
        let others: Vec<Part<'a>> = others.map(|(image, _)| Part::Image(image)).collect();
        parts.splice(after_lead..after_lead, others);
    }
}

/// What a reader sees of an image's words: its caption, then its credit where that is not in the caption already.
pub(super) fn image_words(image: &ImageRecord) -> String {
    let mut words = image.caption.clone().unwrap_or_default();
    if let Some(credit) = image.credit.as_deref().filter(|credit| !credit.is_empty() && !words.contains(credit)) {
        if words.is_empty() {
            words.push_str(credit);
        } else {
            words.push_str(&format!(" ({credit})"));
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_short() {
        assert_eq!(readable_date("2014-10-27"), "2014-10-27");
        assert_eq!(readable_date("2014-10-27T09:30:00+01:00"), "2014-10-27 09:30");
        assert_eq!(readable_date("2014-10-27T00:00:00Z"), "2014-10-27");
    }

    #[test]
    fn lines_follow_the_text() {
        let block = |role, text: &str| BlockRecord { role, text: text.to_owned(), level: None, score: 1.0 };
        let mut lines = Lines { rest: "Der Rat tagt.\nlet a;\nlet b;\nEs bleibt dabei.", article: true };
        let given = [
            (Role::Lead, "[27.10.2014] Der Rat tagt.", Some("Der Rat tagt.")),
            (Role::Teaser, "Der Rat tagt.", None),
            (Role::Code, "let a;\nlet b;", Some("let a;\nlet b;")),
            (Role::Body, "(ba)", None),
            (Role::Body, "Es bleibt dabei. (ba)", Some("Es bleibt dabei.")),
            (Role::Body, "Noch mehr.", None),
        ];
        for (role, text, own) in given {
            assert_eq!(lines.of(&block(role, text)), own, "{text}");
        }
        let mut lines = Lines { rest: "Der Rat tagt.\nmehr", article: false };
        let given = [
            (Role::Navigation, "Rat", None),
            (Role::Teaser, "Der Rat tagt.", Some("Der Rat tagt.")),
            (Role::Teaser, "mehr", Some("mehr")),
        ];
        for (role, text, own) in given {
            assert_eq!(lines.of(&block(role, text)), own, "{text}");
        }
    }
}
