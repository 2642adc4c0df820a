//! Pointers to other articles, paid or not: blocks of one role that stand together → items.
//!
//! An item is told by its parts, never by its markup: a title, `[date] summary more`, a caption. `pieces` cuts blocks where
//! such a part ends within a block; `Builder` puts the parts together.

use url::Url;

use super::assemble;
use super::marks::{self, Dated};
use crate::classify::without_bullet;
use crate::parse::dates::parse_date;
use crate::types::{
    Block, BlockTag, Container, ContainerId, DateValue, Labelled, Link, Part, Reason, Role, TeaserItem, Vendor, resolve,
};

/// Items of a kind on a page, at most.
const MAX_ITEMS: usize = 500;
/// A title, at most, that has a date behind it.
const TITLE_CHARS: usize = 200;
/// A link at the start of a block and longer than this is the title of what follows it.
const TITLE_LINK_CHARS: usize = 12;

/// What the classifier says of the heading over a group.
const GROUP_HEADING: &str = "group_heading";
/// Characters of a line over a title that ends in a colon.
const KICKER_CHARS: usize = 70;
/// Characters of a word before a linked title, such as `Lesen Sie auch:`.
const LABEL_CHARS: usize = 40;

/// What stands around an article and has parts.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Around {
    /// Pointers to other articles.
    pub(super) teasers: Vec<TeaserItem>,
    /// Paid ones.
    pub(super) advertisements: Vec<TeaserItem>,
    /// Vendors.
    pub(super) vendors: Vec<Vendor>,
}

/// Gathers what stands around the article. `section` is the article's: it often ends a group's heading.
pub(super) fn gather(blocks: &[Labelled], containers: &[Container], base: &Url, section: Option<&str>) -> Around {
    let mut around = Around::default();
    let mut before = None;
    for group in blocks.chunk_by(|a, b| a.role == b.role) {
        let Some(role) = group.first().map(|labelled| labelled.role) else { continue };
        if !matches!(role, Role::Teaser | Role::Advertisement | Role::VendorList) {
            continue;
        }
        let mut lines: Vec<Line<'_>> = group.iter().map(Line::of_labelled).collect();
        for (line, labelled) in lines.iter_mut().zip(group) {
            let container = labelled.block.container;
            let depth = before.replace(container).map_or(0, |before| shared_depth(containers, before, container));
            line.nearness = 2 * depth + u32::from(!labelled.block.after_gap);
        }
        // Each heading begins a list of its own shape.
        let lists = || lines.chunk_by(|_, next| !next.heads);
        match role {
            Role::Teaser => lists().for_each(|list| read_list(list, base, section, &mut around.teasers)),
            Role::Advertisement => lists().for_each(|list| read_list(list, base, section, &mut around.advertisements)),
            Role::VendorList => super::vendors::read(&lines, base, &mut around.vendors),
            _ => {}
        }
    }
    around
}

/// How deep the innermost element stands that holds both.
fn shared_depth(containers: &[Container], mut a: ContainerId, mut b: ContainerId) -> u32 {
    let of = |id: ContainerId| containers.get(id as usize).map_or((0, 0), |c| (c.depth, c.parent));
    while a != b {
        let ((a_depth, a_outer), (b_depth, b_outer)) = (of(a), of(b));
        if a_depth >= b_depth && a != a_outer {
            a = a_outer;
        } else if b != b_outer {
            b = b_outer;
        } else {
            break;
        }
    }
    u32::from(of(a).0)
}

/// A block, or a part of one.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Line<'a> {
    pub(super) text: &'a str,
    pub(super) links: &'a [Link],
    pub(super) tag: BlockTag,
    pub(super) link_chars: u32,
    pub(super) bold_chars: u32,
    /// How near it stands to the line before it: twice the depth of the element that holds both, and one more without a gap between.
    pub(super) nearness: u32,
    pub(super) datetime: Option<&'a str>,
    /// An image stands before it.
    pub(super) image: bool,
    /// The classifier calls it the heading of its group.
    pub(super) heads: bool,
    /// What the classifier calls it.
    pub(super) part: Option<Part>,
    /// It is the learned model that calls it so.
    pub(super) learned: bool,
}

impl<'a> Line<'a> {
    fn of_labelled(labelled: &'a Labelled) -> Self {
        let block: &Block = &labelled.block;
        let part = labelled.reasons.iter().find_map(|reason| match reason {
            Reason::Part(part) => Some(*part),
            Reason::Shape(name) => part_of_shape(name),
            _ => None,
        });
        Self {
            learned: labelled.reasons.iter().any(|reason| matches!(reason, Reason::Part(_))),
            heads: labelled.reasons.contains(&Reason::Shape(GROUP_HEADING)) || part.is_some_and(Part::is_heading),
            part,
            text: &block.text,
            links: &block.links,
            tag: block.tag,
            link_chars: block.link_chars,
            bold_chars: block.bold_chars,
            nearness: 0,
            datetime: block.datetime.as_deref(),
            image: !block.images.is_empty(),
        }
    }

    fn is_linked(&self) -> bool {
        let chars = self.text.chars().count() as u32;
        chars > 0 && self.link_chars * 10 >= chars * 6
    }

    #[cfg(test)]
    pub(super) fn of_text(text: &'a str) -> Self {
        Self { text, ..Self::default() }
    }
}

/// The part that a shape found by rules stands for.
fn part_of_shape(name: &str) -> Option<Part> {
    Some(match name {
        "item" => Part::Whole,
        "item_title" => Part::Title,
        "item_date" => Part::Date,
        "item_summary" => Part::Summary,
        "item_more" => Part::More,
        "item_caption" => Part::Caption,
        _ => return None,
    })
}

/// A part of an item.
#[derive(Debug, Clone)]
struct Piece<'a> {
    text: &'a str,
    date: Option<DateValue>,
    /// "More" ended it.
    more: bool,
    href: Option<&'a str>,
    /// Linked as a whole, or a heading.
    titled: bool,
    tag: BlockTag,
}

/// Reads the items of one group: by their parts where the classifier knows them, else by their shape.
fn read_list(lines: &[Line<'_>], base: &Url, section: Option<&str>, to: &mut Vec<TeaserItem>) {
    let items = lines.get(usize::from(lines.first().is_some_and(|line| line.heads))..).unwrap_or_default();
    let learned = items.iter().filter(|line| line.learned).count();
    if items.iter().all(|line| line.part.is_some()) && learned > 0 {
        assemble::read(items, base, to);
        to.truncate(MAX_ITEMS);
    } else if learned * 2 >= items.len() && learned > 0 {
        // What else is among them has the part that it looks like.
        let items: Vec<Line<'_>> =
            items.iter().map(|line| Line { part: line.part.or_else(|| Some(looks_like(line))), ..*line }).collect();
        assemble::read(&items, base, to);
        to.truncate(MAX_ITEMS);
    } else {
        read(lines, base, section, to);
    }
}

/// The part that a line looks like.
fn looks_like(line: &Line<'_>) -> Part {
    let dated = || marks::leading_date(line.text);
    if marks::MORE_WORD.is_match(line.text) {
        return Part::More;
    }
    match dated() {
        Some(dated) if dated.rest.is_empty() => Part::Date,
        Some(_) if !line.is_linked() => Part::Summary,
        _ if is_sentence(line.text) => Part::Summary,
        _ if line.is_linked() || line.tag == BlockTag::Heading => Part::Title,
        _ if line.text.ends_with('.') => Part::Summary,
        _ => Part::Extra,
    }
}

/// Reads the items of one group by their shape.
fn read(lines: &[Line<'_>], base: &Url, section: Option<&str>, to: &mut Vec<TeaserItem>) {
    let pieces = pieces(lines, section);
    let from = to.len();
    let mut builder = Builder {
        base,
        dated: pieces.iter().any(|piece| piece.date.is_some() && (!piece.text.is_empty() || piece.more)),
        linked: pieces.iter().any(|piece| piece.titled),
        pending: None,
        item: TeaserItem::default(),
        href: None,
        kicker: None,
        closed: true,
        to,
    };
    for (at, piece) in pieces.iter().enumerate() {
        let next = pieces.get(at + 1);
        // The date may stand behind the summary, before its "more".
        let dated_later = || {
            let date = pieces.get(at + 2).is_some_and(|date| date.date.is_some() && date.text.is_empty() && date.more);
            date && next.is_some_and(|next| next.date.is_none() && !next.text.is_empty())
        };
        let before_summary = next.is_some_and(|next| next.date.is_some() && !next.text.is_empty()) || dated_later();
        builder.take(piece, before_summary);
    }
    builder.close();
    drop_headings(to, from);
    to.truncate(MAX_ITEMS);
}

/// Where items lead somewhere, a bare title that leads nowhere is the heading over them.
fn drop_headings(to: &mut Vec<TeaserItem>, from: usize) {
    if to.iter().skip(from).all(|item| item.url.is_none()) {
        return;
    }
    let mut at = 0;
    to.retain(|item| {
        at += 1;
        let bare = item.url.is_none() && item.date.is_none() && item.summary.is_none() && item.caption.is_none();
        at <= from || !bare
    });
}

/// Cuts a group's lines into pieces, its headings left out.
fn pieces<'a>(lines: &[Line<'a>], section: Option<&str>) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    let linked = lines.iter().any(Line::is_linked);
    for (at, line) in lines.iter().enumerate() {
        if line.heads && !marks::GROUP.is_match(line.text) {
            continue;
        }
        // Where titles are links, one that is none is no title.
        let may_be_title = || {
            let next = lines.get(at + 1).and_then(|next| marks::leading_date(next.text));
            next.is_some_and(|dated| !dated.rest.is_empty()) && !(linked && line.heads && line.links.is_empty())
        };
        let text = without_label(without_heading(line.text, section, may_be_title), line.links);
        if text.is_empty() || marks::AD_MARK.is_match(text) {
            continue;
        }
        cut(Line { text, ..*line }, &mut pieces);
    }
    pieces
}

/// A line without the heading of a group, which may be glued to the first title.
fn without_heading<'a>(text: &'a str, section: Option<&str>, may_be_title: impl FnOnce() -> bool) -> &'a str {
    let Some(found) = marks::GROUP.find(text) else { return text };
    let rest = text.get(found.end()..).unwrap_or_default().trim_start();
    if let Some(glued) = section.and_then(|section| rest.strip_prefix(section))
        && !glued.is_empty()
    {
        return glued.trim_start();
    }
    // A title may begin like a heading, but only a title stands before a dated summary.
    if may_be_title() { text } else { "" }
}

/// A line without the word that announces the title linked in it: `Lesen Sie auch: Archiv geöffnet`.
fn without_label<'a>(text: &'a str, links: &[Link]) -> &'a str {
    let Some(at) = links.first().filter(|link| !link.text.is_empty()).and_then(|link| text.find(link.text.as_str()))
    else {
        return text;
    };
    let label = text.get(..at).unwrap_or_default().trim_end();
    let announces = label.ends_with([':', '|', '»', '>', '→']) && label.chars().count() <= LABEL_CHARS;
    if announces { text.get(at..).unwrap_or(text) } else { text }
}

/// Cuts a line where a part of an item ends within it.
fn cut<'a>(line: Line<'a>, to: &mut Vec<Piece<'a>>) {
    let mut text = without_bullet(line.text.trim());
    // A linked title and its summary in one block.
    if let Some(first) = line.links.first()
        && first.text.chars().count() >= TITLE_LINK_CHARS
        && let Some(rest) = text.strip_prefix(first.text.as_str()).map(str::trim_start)
        && rest.chars().count() > 2
        && !marks::MORE_WORD.is_match(rest)
    {
        to.push(piece(&first.text, line, Some(&first.href), true));
        // The kind of article, said behind its title.
        text = match rest.strip_prefix("Bericht") {
            Some(after) if after.is_empty() || after.starts_with([' ', '[']) => after.trim_start(),
            _ => rest,
        };
    }
    if text.chars().count() <= TITLE_CHARS
        && let Some((title, date)) =
            marks::trailing_date(text).filter(|(title, _)| marks::leading_date(title).is_none())
    {
        let mut titled = piece(title, line, None, false);
        titled.titled = true;
        to.push(titled);
        to.push(Piece { text: "", date: Some(date), more: false, href: None, titled: false, tag: line.tag });
        return;
    }
    while !text.is_empty() {
        let dated = marks::leading_date(text);
        let start = dated.as_ref().map_or(0, |dated| text.len() - dated.rest.len());
        let body = text.get(start..).unwrap_or_default();
        let bracket = body.contains('[').then(|| marks::BRACKETED_WITHIN.find(body)).flatten();
        let within = bracket.map(|found| found.start()).filter(|&at| at > 0);
        let dots = body.contains("...") || body.contains('…');
        let more = dots.then(|| marks::MORE.find(body)).flatten().map(|found| (found.start(), found.end()));
        let (end, next) = match (within, more) {
            (Some(at), Some((_, more_end))) if at < more_end => (at, at),
            (_, Some((start, end))) => (start, end),
            (Some(at), None) => (at, at),
            (None, None) => (body.len(), body.len()),
        };
        let part = body.get(..end).unwrap_or(body).trim();
        let mut piece = piece(part, line, None, false);
        piece.more |= next > end;
        piece.date = dated.map(|dated: Dated<'_>| dated.date);
        if !piece.text.is_empty() || piece.date.is_some() || piece.more {
            to.push(piece);
        }
        text = body.get(next..).unwrap_or_default().trim_start();
    }
}

/// A piece of a line: what "more" adds is cut off, and the link found that leads on.
fn piece<'a>(text: &'a str, line: Line<'a>, href: Option<&'a str>, titled: bool) -> Piece<'a> {
    let mut text = text;
    let mut more = false;
    if let Some(found) = marks::MORE_AT_END.find(text) {
        text = text.get(..found.start()).unwrap_or(text);
        more = true;
    } else if let Some(last) = line.links.last().filter(|last| marks::MORE_WORD.is_match(&last.text))
        && let Some(cut) = text.strip_suffix(last.text.as_str())
    {
        text = cut.trim_end();
        more = true;
    } else if marks::MORE_WORD.is_match(text) && !line.links.is_empty() {
        (text, more) = ("", true);
    }
    let within = |link: &&Link| !link.text.is_empty() && text.contains(link.text.as_str());
    let href = href.or_else(|| line.links.iter().find(within).or(line.links.last()).map(|link| link.href.as_str()));
    let whole = line.text.chars().count() as u32;
    let titled = titled || line.tag == BlockTag::Heading || (whole > 0 && line.link_chars * 10 >= whole * 6 && !more);
    let mut date = (text.is_empty() && !more).then_some(line.datetime).flatten().and_then(parse_date);
    if let Some(date) = &mut date {
        date.iso.truncate(10);
    }
    Piece { text, date, more, href, titled, tag: line.tag }
}

/// Puts pieces together, in order.
struct Builder<'a, 't> {
    base: &'a Url,
    /// The group has dated summaries, so that an undated line is a title or a caption.
    dated: bool,
    /// The group has linked titles or headings.
    linked: bool,
    /// A date that stood before its title.
    pending: Option<DateValue>,
    item: TeaserItem,
    href: Option<&'a str>,
    /// A line such as `Seefurt:` before a title.
    kicker: Option<&'a str>,
    /// "More" was said, so that only a caption can follow.
    closed: bool,
    to: &'t mut Vec<TeaserItem>,
}

impl<'a> Builder<'a, '_> {
    fn take(&mut self, piece: &Piece<'a>, before_summary: bool) {
        let label = piece.text.ends_with(':') && piece.text.chars().count() <= KICKER_CHARS;
        if label && piece.date.is_none() && !piece.more {
            self.close();
            self.kicker = Some(piece.text);
            return;
        }
        match &piece.date {
            Some(date) if piece.text.is_empty() && !piece.more => self.date(date),
            Some(date) if piece.text.is_empty() && self.item.summary.is_some() && self.item.date.is_none() => {
                self.item.date = Some(date.iso.clone());
                self.end(piece);
            }
            // A date and a linked title: `7.6.2024 Archiv geöffnet`.
            Some(date) if piece.titled && !self.awaits_summary() => {
                self.title(piece);
                self.item.date = Some(date.iso.clone());
            }
            Some(date) => {
                if self.item.title.is_none() || self.item.summary.is_some() {
                    self.close();
                }
                self.item.date.get_or_insert_with(|| date.iso.clone());
                self.summary(piece);
            }
            None if piece.text.is_empty() => self.end(piece),
            None if before_summary => self.title(piece),
            None if self.dated => self.beside_dated(piece),
            None => self.undated(piece),
        }
    }

    /// Whether the item at hand has a title, but neither date nor summary.
    fn awaits_summary(&self) -> bool {
        self.item.title.is_some() && self.item.date.is_none() && self.item.summary.is_none()
    }

    /// A date alone: of the item at hand, or of the one that follows.
    fn date(&mut self, date: &DateValue) {
        if self.item.title.is_some() && self.item.date.is_none() {
            self.item.date = Some(date.iso.clone());
        } else {
            self.pending = Some(date.clone());
        }
    }

    /// A line without date in a group that has dates, not before a dated one: a caption, mostly.
    fn beside_dated(&mut self, piece: &Piece<'a>) {
        if self.item == TeaserItem::default() {
            self.title(piece);
        } else if self.item.summary.is_none() {
            self.summary(piece);
        } else if piece.titled && self.is_elsewhere(piece) {
            self.title(piece);
        } else {
            let caption = self.item.caption.get_or_insert_default();
            if !caption.is_empty() {
                caption.push(' ');
            }
            caption.push_str(piece.text);
        }
    }

    /// A line of a group without dates.
    fn undated(&mut self, piece: &Piece<'a>) {
        let open = self.item.title.is_some() && !self.closed;
        // Where titles are links, a sentence without one behind "more" belongs to the picture.
        let ended = self.closed && self.linked && !piece.titled && self.item.summary.is_some();
        if (piece.tag == BlockTag::Caption && open)
            || (ended && self.item.caption.is_none() && piece.text.ends_with('.'))
        {
            self.item.caption = Some(piece.text.to_owned());
        } else if open && piece.tag == BlockTag::Heading && self.item.summary.is_none() && !self.is_elsewhere(piece) {
            // The line over a heading that leads to the same page is its kicker.
            if let Some(kicker) = self.item.title.take() {
                self.item.title = Some(format!("{}: {}", kicker.trim_end_matches(':'), piece.text));
            }
        } else if piece.titled && (!open || self.is_elsewhere(piece) || self.item.summary.is_some()) {
            self.title(piece);
        } else if open && self.item.summary.is_none() {
            self.summary(piece);
        } else if open && (self.linked || is_sentence(piece.text)) {
            let summary = self.item.summary.get_or_insert_default();
            summary.push(' ');
            summary.push_str(piece.text);
            self.end(piece);
        } else {
            self.title(piece);
        }
    }

    fn title(&mut self, piece: &Piece<'a>) {
        self.close();
        let title = piece.text.strip_suffix(" Bericht").unwrap_or(piece.text).trim_end();
        self.item.title = Some(match self.kicker.take() {
            Some(kicker) => format!("{kicker} {title}"),
            None => title.to_owned(),
        });
        self.item.date = self.pending.take().map(|date| date.iso);
        self.href = piece.href;
        self.closed = piece.more;
    }

    fn summary(&mut self, piece: &Piece<'a>) {
        if !piece.text.is_empty() {
            self.item.summary = Some(piece.text.to_owned());
        }
        self.end(piece);
    }

    fn end(&mut self, piece: &Piece<'a>) {
        self.href = self.href.or(piece.href);
        self.closed |= piece.more;
    }

    /// Whether a piece leads to another page than the item at hand, as far as links say.
    fn is_elsewhere(&self, piece: &Piece<'a>) -> bool {
        piece.href.is_none() || self.href.is_none() || piece.href != self.href
    }

    fn close(&mut self) {
        let mut item = std::mem::take(&mut self.item);
        let href = self.href.take();
        self.closed = false;
        if item.title.is_none() && item.summary.is_none() {
            return;
        }
        item.url = href.and_then(|href| resolve(self.base, href)).filter(super::is_web).map(Into::into);
        if self.to.last() != Some(&item) && self.to.len() < MAX_ITEMS {
            self.to.push(item);
        }
    }
}

/// Whether a text reads as a sentence rather than a title.
fn is_sentence(text: &str) -> bool {
    text.ends_with(['.', '!', '?', '…']) && text.chars().count() > 60
}

#[cfg(test)]
#[path = "items_tests.rs"]
mod tests;
