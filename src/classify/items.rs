//! One entry of a list of pointers or vendors, read from consecutive blocks, whatever element each stands in.
//!
//! A pointer is a title, a date, a summary, a "more" and sometimes a caption, each in a block of its own or several in one.
//! `Strong` entries are told by their shape alone; the others only below a heading that announces them.

use super::cues::Cue;
use super::scan::Scan;
use super::shapes;

/// What a block is within its group. The names stand in [`crate::types::Reason::Shape`], for whoever builds items from roles.
pub(super) mod part {
    pub(in crate::classify) const HEADING: &str = "group_heading";
    pub(in crate::classify) const WHOLE: &str = "item";
    pub(in crate::classify) const TITLE: &str = "item_title";
    pub(in crate::classify) const DATE: &str = "item_date";
    pub(in crate::classify) const SUMMARY: &str = "item_summary";
    pub(in crate::classify) const MORE: &str = "item_more";
    pub(in crate::classify) const CAPTION: &str = "item_caption";
    pub(in crate::classify) const VENDOR_NAME: &str = "vendor_name";
    pub(in crate::classify) const VENDOR_PLACE: &str = "vendor_place";
    pub(in crate::classify) const VENDOR_AGAIN: &str = "vendor_name_again";
    pub(in crate::classify) const NOTICE: &str = "notice_text";
}

/// A pointer to another article.
#[derive(Debug, Clone, Default)]
pub(super) struct Item {
    /// Its blocks and their parts, in order.
    pub parts: Vec<(usize, &'static str)>,
    /// Told by its shape alone.
    pub strong: bool,
    /// Ends in "more".
    pub more: bool,
    /// Its date is in square brackets.
    pub bracketed: bool,
    /// Its title links somewhere.
    pub linked: bool,
}

impl Item {
    /// The block after it.
    pub(super) fn end(&self) -> usize {
        self.parts.last().map_or(0, |(i, _)| i + 1)
    }
}

/// Words that stand beside a title and say what kind of text it is.
const KINDS: &[&str] = &["bericht", "interview", "kommentar", "report", "analyse", "video", "reportage", "meldung"];

/// Reads a pointer that starts at block `i`, before `limit`. `loose`: a heading has announced pointers.
pub(super) fn pointer(scan: &Scan<'_>, i: usize, limit: usize, loose: bool) -> Option<Item> {
    let facts = scan.facts.get(i).filter(|_| i < limit)?;
    if stops(scan, i) || scan.cue(i) == Some(Cue::More) {
        return None;
    }
    let mut item = Item::default();
    if facts.inner_date && facts.chars <= 1200 && (facts.more || loose || facts.link_density > 0.0) {
        item.parts.push((i, part::WHOLE));
        item.more = facts.more;
        item.bracketed = true;
        item.strong = facts.more || facts.link_density > 0.0;
    } else if facts.date_only {
        item.parts.push((i, part::DATE));
        item.bracketed = facts.bracketed;
        let title = title_at(scan, i + 1, limit, loose)?;
        read_title(scan, &mut item, i + 1, title);
        read_text(scan, &mut item, limit, loose);
        item.strong = item.more || item.linked;
    } else if facts.dated.is_some() {
        item.bracketed = facts.bracketed;
        if facts.linked && !facts.summary() {
            read_title(scan, &mut item, i, i);
            read_text(scan, &mut item, limit, loose);
            item.strong = item.bracketed || item.more;
        } else if facts.more || (loose && facts.chars <= 900) {
            item.parts.push((i, part::SUMMARY));
            item.more = facts.more;
            item.strong = facts.more;
        }
    } else {
        let title = title_at(scan, i, limit, loose)?;
        read_title(scan, &mut item, i, title);
        let dated = read_text(scan, &mut item, limit, loose);
        item.strong = (dated && (item.bracketed || item.more || item.linked)) || item.more;
        if !item.strong && !(loose && (item.linked || dated)) {
            return None;
        }
    }
    if item.parts.is_empty() {
        return None;
    }
    read_more(scan, &mut item, limit);
    Some(item)
}

/// Where the title that begins at `i` ends: at once, or after a line like `Seestadt:`.
fn title_at(scan: &Scan<'_>, i: usize, limit: usize, loose: bool) -> Option<usize> {
    let fits = |j: usize| {
        j < limit
            && !stops(scan, j)
            && scan.facts.get(j).is_some_and(|f| {
                f.title
                    || (f.chars <= 250 && f.linked && f.cue.is_none() && f.dated.is_none() && !f.address)
                    || (loose && f.chars <= 200 && f.bold && f.cue.is_none() && f.dated.is_none())
            })
    };
    let facts = scan.facts.get(i)?;
    if facts.label && facts.cue.is_none() {
        return fits(i + 1).then_some(i + 1);
    }
    fits(i).then_some(i)
}

fn read_title(scan: &Scan<'_>, item: &mut Item, from: usize, to: usize) {
    for i in from..=to {
        item.parts.push((i, part::TITLE));
        item.linked |= scan.facts.get(i).is_some_and(|f| f.linked || (f.ends_dated && f.link_density >= 0.3));
    }
    // A word like "Bericht" may stand in an element of its own.
    let next = to + 1;
    if let (Some(block), true) = (scan.blocks.get(next), scan.facts.get(next + 1).is_some_and(|f| f.dated.is_some()))
        && KINDS.contains(&block.text.to_lowercase().as_str())
    {
        item.parts.push((next, part::TITLE));
    }
}

/// Reads date and summary after the title; says whether there was a date.
fn read_text(scan: &Scan<'_>, item: &mut Item, limit: usize, loose: bool) -> bool {
    let mut next = item.end();
    let mut dated = item.parts.iter().any(|(i, p)| *p == part::DATE || scan.facts[*i].ends_dated);
    if let Some(facts) = scan.facts.get(next).filter(|_| next < limit && !stops(scan, next)) {
        if facts.date_only && !dated {
            item.parts.push((next, part::DATE));
            item.bracketed |= facts.bracketed;
            dated = true;
            next += 1;
        } else if facts.dated.is_some() {
            item.parts.push((next, part::SUMMARY));
            item.bracketed |= facts.bracketed;
            item.more |= facts.more;
            return true;
        }
    }
    let Some(facts) = scan.facts.get(next).filter(|_| next < limit && !stops(scan, next)) else { return dated };
    let followed = next + 1 < limit && scan.cue(next + 1) == Some(Cue::More);
    let text = facts.summary() && facts.cue.is_none() && facts.chars <= 1200 && !facts.linked;
    if text && (dated || facts.more || followed || (loose && item.linked && facts.chars <= 600)) {
        item.parts.push((next, part::SUMMARY));
        item.more |= facts.more;
    }
    dated
}

fn read_more(scan: &Scan<'_>, item: &mut Item, limit: usize) {
    let next = item.end();
    if next < limit && scan.cue(next) == Some(Cue::More) && scan.profile_cue(next).is_none() {
        item.parts.push((next, part::MORE));
        item.more = true;
        item.strong |= item.bracketed || item.parts.len() > 2;
    }
}

/// The captions that follow a pointer: sentences on lines of their own before the next pointer, or before a cue.
pub(super) fn captions(scan: &Scan<'_>, from: usize, limit: usize, closed: bool) -> usize {
    for count in 1..=2 {
        let at = from + count - 1;
        let Some(facts) = scan.facts.get(at).filter(|_| at < limit && !stops(scan, at)) else { return 0 };
        let line = facts.cue.is_none()
            && facts.dated.is_none()
            && facts.chars <= 300
            && facts.sentences <= 2
            && !(facts.address || facts.place || facts.label || facts.linked)
            && !(scan.plain && scan.blocks.get(at).is_some_and(|b| b.after_gap));
        if !line || pointer(scan, at, limit, false).is_some_and(|item| item.strong) {
            return 0;
        }
        let next = from + count;
        let more_follow = pointer(scan, next, limit, false).is_some_and(|item| item.strong);
        let ends = facts.summary()
            && count == 1
            && beside(scan, at)
            && (next >= limit && closed || next < scan.len() && stops(scan, next) || next == scan.len());
        if more_follow || ends {
            return count;
        }
    }
    0
}

/// Whether a block stands in the element of the one before it, or in one side by side with that.
fn beside(scan: &Scan<'_>, i: usize) -> bool {
    let (Some(before), Some(block)) = (i.checked_sub(1).and_then(|j| scan.blocks.get(j)), scan.blocks.get(i)) else {
        return false;
    };
    let parent = |id| scan.tree.ancestors(id).nth(1).unwrap_or(id);
    let (a, b) = (before.container, block.container);
    a == b || parent(a) == parent(b) || parent(a) == b || a == parent(b)
}

/// Whether a block begins something else than a pointer.
pub(super) fn stops(scan: &Scan<'_>, i: usize) -> bool {
    if scan.blocks.get(i).is_some_and(|b| b.profile_role.is_some()) || scan.profile_cue(i).is_some() {
        return true;
    }
    match scan.cue(i) {
        None | Some(Cue::More | Cue::Updated | Cue::Credit | Cue::TeaserInline | Cue::Bio | Cue::Agency) => false,
        Some(_) => true,
    }
}

/// A vendor: its name, postal code and city, often its name again. `loose`: a heading has announced vendors.
pub(super) fn vendor(scan: &Scan<'_>, i: usize, limit: usize, loose: bool) -> Option<Vec<(usize, &'static str)>> {
    let name = |j: usize| {
        j < limit
            && !stops(scan, j)
            && scan.facts.get(j).is_some_and(|f| f.chars <= 100 && !f.place && !f.address && f.dated.is_none())
    };
    let place = |j: usize| j < limit && scan.facts.get(j).is_some_and(|f| f.place);
    let again = |j: usize| name(j) && scan.same_text(i, j);
    if !name(i) {
        return None;
    }
    let mut parts = vec![(i, part::VENDOR_NAME)];
    let mut next = i + 1;
    let street = |j: usize| loose && scan.blocks.get(j).is_some_and(|block| shapes::is_street(&block.text));
    if place(next + 1) && (again(next) || street(next)) {
        parts.push((next, part::VENDOR_AGAIN));
        next += 1;
    }
    if !place(next) {
        return None;
    }
    parts.push((next, part::VENDOR_PLACE));
    // Its address or a button in the same element.
    let button =
        |f: &shapes::Facts| f.linked && f.chars <= 30 && scan.blocks[next + 1].container == scan.blocks[i].container;
    let address = next + 1 < limit && loose && scan.facts.get(next + 1).is_some_and(|f| f.address || button(f));
    if again(next + 1) || address {
        parts.push((next + 1, part::VENDOR_AGAIN));
    }
    (loose || parts.len() > 2).then_some(parts)
}
