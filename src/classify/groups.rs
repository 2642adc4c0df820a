//! Blocks that belong together because a heading announces them, or because the same shape comes again and again:
//! pointers to other articles, paid pointers, vendors, the publisher's notice.
//!
//! A group that a heading opens reaches until the shape ends or another cue begins; the element around the heading is an
//! outer bound. Without a heading, two pointers of unmistakable shape in a row are a group.

use super::cues::Cue;
use super::items::{self, part};
use super::scan::{Mark, Scan};
use super::shapes;
use crate::site::CueScope;
use crate::types::{BlockTag, Reason, Role};

/// Finds the groups: a mark for each block that belongs to one.
pub(super) fn find(scan: &Scan<'_>, headline: Option<usize>) -> Vec<Option<Mark>> {
    let mut groups = Groups::new(scan, headline);
    let mut i = 0;
    while i < scan.len() {
        i = groups.step(i).max(i + 1);
    }
    groups.marks
}

struct Groups<'a> {
    scan: &'a Scan<'a>,
    headline: Option<usize>,
    /// The names of the authors, as far as they are known.
    authors: Vec<&'a str>,
    marks: Vec<Option<Mark>>,
    /// Before each block: pairs of long paragraphs in a row.
    pairs: Vec<usize>,
    /// Before each block: characters.
    chars: Vec<usize>,
}

/// Blocks before a heading in its element that are looked at to tell whether it opens the element.
const BEFORE: usize = 32;

/// Blocks after a paragraph about the author of which none may be the article's.
const AFTER_BIO: usize = 12;
/// Blocks after a heading that are looked at to tell whether it announces events.
const EVENTS: usize = 24;
/// Blocks of an element that may be a box around a wording.
const BOX: usize = 8;

/// Where a group must end, and whether everything before that belongs to it.
#[derive(Debug, Clone, Copy)]
struct Bound {
    limit: usize,
    /// The heading opens its element, and no article stands in that.
    closed: bool,
}

/// The names that the metadata or a byline below the headline give.
fn authors<'a>(scan: &Scan<'a>, headline: Option<usize>) -> Vec<&'a str> {
    let declared = scan.page.meta.authors.iter().map(|author| author.value.name.trim());
    let from = headline.map_or(scan.len(), |h| h + 1);
    let lines = scan.blocks.iter().skip(from).take(8).map(|block| block.text.as_str()).filter(|text| text.len() <= 120);
    let shown = lines.filter_map(|text| ["Von ", "By ", "Text: "].iter().find_map(|word| text.strip_prefix(word)));
    let names = shown.flat_map(|text| text.split([',', '|', '·', '(']).flat_map(|part| part.split(" und ")));
    let names = names.flat_map(|part| part.split(" and ")).map(str::trim);
    let own = |name: &str| scan.page.meta.site_names.iter().any(|site| site.value.trim() == name);
    let full = |name: &&str| {
        name.contains(' ') && (5..=60).contains(&name.len()) && name.starts_with(char::is_uppercase) && !own(name)
    };
    declared.take(12).chain(names).filter(full).take(24).collect()
}

impl<'a> Groups<'a> {
    fn new(scan: &'a Scan<'a>, headline: Option<usize>) -> Self {
        let (mut pairs, mut chars) = (vec![0], vec![0]);
        let mut before = false;
        for facts in &scan.facts {
            let long = facts.prose() && facts.chars > 300 && facts.dated.is_none() && facts.cue.is_none();
            pairs.push(pairs.last().copied().unwrap_or(0) + usize::from(long && before));
            chars.push(chars.last().copied().unwrap_or(0) + facts.chars);
            before = long;
        }
        let authors = authors(scan, headline);
        Self { scan, headline, authors, marks: vec![None; scan.len()], pairs, chars }
    }

    /// Reads what starts at a block; returns the block after it.
    fn step(&mut self, i: usize) -> usize {
        if self.scan.blocks.get(i).is_some_and(|b| b.profile_role.is_some()) {
            return i + 1;
        }
        if let Some((role, scope, reason)) = self.scan.profile_cue(i) {
            return match scope {
                CueScope::Block | CueScope::Rest => i + 1,
                CueScope::Group => self.open(i, role, reason),
            };
        }
        match self.scan.cue(i) {
            Some(cue @ (Cue::TeaserHeading | Cue::AdHeading | Cue::VendorHeading | Cue::Notice | Cue::Ticker)) => {
                let role = if cue == Cue::Ticker { Role::Teaser } else { cue.role() };
                self.open(i, role, Reason::Cue(cue.name()))
            }
            Some(Cue::KeywordsLabel) => self.open(i, Role::Keywords, Reason::Cue(Cue::KeywordsLabel.name())),
            Some(Cue::Subscription) => self.open_box(i, Role::Subscription),
            Some(Cue::Consent) => self.open_box(i, Role::Consent),
            Some(Cue::Comments) => self.open_box(i, Role::Comment),
            Some(Cue::Paywall) => self.open_box(i, Role::Paywall),
            Some(Cue::AdMark) => self.open_box(i, Role::Advertisement),
            Some(Cue::Social) => self.open_box(i, Role::Social),
            Some(Cue::Events) if self.dates_follow(i) => self.open_box(i, Role::Events),
            Some(Cue::Bio) => self.open_box(i, Role::Other),
            None if self.is_about_author(i) => {
                self.mark(i, Role::Other, 0.85, Reason::Shape("about_author"));
                i + 1
            }
            _ => self.unannounced(i),
        }
    }

    fn mark(&mut self, i: usize, role: Role, score: f32, reason: Reason) {
        if let Some(mark) = self.marks.get_mut(i) {
            *mark = Some(Mark::new(role, score, reason));
        }
    }

    fn mark_parts(&mut self, parts: &[(usize, &'static str)], role: Role, score: f32) {
        for &(i, part) in parts {
            self.mark(i, role, score, Reason::Shape(part));
        }
    }

    /// How far a group opened by block `i` can reach.
    fn bound(&self, i: usize) -> Bound {
        let all = Bound { limit: self.scan.len(), closed: false };
        let Some(block) = self.scan.blocks.get(i).filter(|_| !self.scan.plain) else { return all };
        let Some(container) = self.scan.tree.beyond(block.container, i) else { return all };
        let (from, limit) = self.scan.tree.span(container);
        let holds_headline = self.headline.is_some_and(|h| h >= from && h < limit);
        let opens = i - from <= BEFORE
            && (from..i).all(|j| self.marks.get(j).is_some_and(Option::is_some) || self.scan.has_cue(j));
        Bound { limit, closed: opens && !holds_headline && !self.holds_article(i + 1, limit) }
    }

    /// Whether two long paragraphs in a row stand in a range, so that more than a box begins there.
    fn holds_article(&self, from: usize, to: usize) -> bool {
        let at = |i: usize| self.pairs.get(i.min(self.scan.len())).copied().unwrap_or(0);
        at(to) > at(from + 1)
    }

    /// A heading with what it announces.
    fn open(&mut self, i: usize, role: Role, reason: Reason) -> usize {
        if role == Role::Notice && self.headline.is_some_and(|h| i < h && h < i + 4) {
            // "In eigener Sache" over a headline is its kicker.
            return i + 1;
        }
        let bound = self.bound(i);
        let end = match role {
            Role::VendorList => self.vendors(i + 1, bound),
            Role::Notice => self.notice(i + 1, bound),
            Role::Keywords => self.keywords(i + 1, bound),
            Role::Teaser | Role::Advertisement => self.pointers(i + 1, bound, role),
            _ => self.box_of(i + 1, bound, role),
        };
        let heading = if role == Role::Teaser && end == i + 1 && self.scan.cue(i) == Some(Cue::Ticker) {
            Role::Navigation
        } else {
            role
        };
        self.mark(i, heading, 0.95, reason);
        if let Some(Some(mark)) = self.marks.get_mut(i) {
            mark.reasons.push(Reason::Shape(part::HEADING));
        }
        end
    }

    /// Pointers below a heading.
    fn pointers(&mut self, from: usize, bound: Bound, role: Role) -> usize {
        let scan = self.scan;
        let mut next = from;
        // An advertisement's mark may stand in an element of its own beside the heading.
        while role == Role::Advertisement && next < bound.limit && scan.cue(next) == Some(Cue::AdMark) {
            self.mark(next, role, 0.95, Reason::Cue(Cue::AdMark.name()));
            next += 1;
        }
        let (mut end, mut count) = (next, 0);
        while next < scan.len() {
            // The heading may share an element with the first pointer only; the shape then leads on.
            let further = || items::pointer(scan, next, scan.len(), false).filter(|item| item.strong && count <= 1);
            if let Some(item) = items::pointer(scan, next, bound.limit, true).or_else(further) {
                self.mark_parts(&item.parts, role, 0.95);
                count += 1;
                end = item.end();
                let captions = items::captions(scan, end, bound.limit, bound.closed);
                for i in end..end + captions {
                    self.mark(i, role, 0.9, Reason::Shape(part::CAPTION));
                }
                end += captions;
            } else if next >= bound.limit
                || items::stops(scan, next)
                || !(bound.closed || self.title_of_list(next, bound.limit))
            {
                break;
            } else {
                let part = if scan.facts[next].title { part::TITLE } else { part::SUMMARY };
                self.mark(next, role, 0.8, Reason::Shape(part));
                end = next + 1;
            }
            next = end;
        }
        end
    }

    /// A line of a list of bare titles: plain text has no links to tell it by.
    fn title_of_list(&self, i: usize, limit: usize) -> bool {
        let title = |j: usize| self.scan.facts.get(j).is_some_and(|f| f.title && f.words >= 2);
        let list = |j: usize| self.scan.blocks.get(j).is_some_and(|b| b.tag == BlockTag::Li || self.scan.plain);
        list(i) && title(i) && (i + 1 >= limit || title(i + 1) || items::stops(self.scan, i + 1))
    }

    /// Two or more pointers in a row without a heading, or one that nothing else can be.
    fn unannounced(&mut self, i: usize) -> usize {
        let scan = self.scan;
        if let Some(parts) = items::vendor(scan, i, scan.len(), false) {
            let bound = Bound { limit: scan.len(), closed: false };
            return self.vendors(parts.first().map_or(i, |p| p.0), bound);
        }
        let mut run: Vec<(items::Item, usize)> = Vec::new();
        let mut next = i;
        while let Some(item) = items::pointer(scan, next, scan.len(), false).filter(|item| item.strong) {
            // The article's own headline, date and lead look like a pointer, but for the "more".
            let own = self.headline.is_some_and(|h| item.parts.iter().any(|(j, _)| *j == h));
            if own && !item.more {
                break;
            }
            let end = item.end();
            let captions = if scan.plain || item.bracketed { items::captions(scan, end, scan.len(), false) } else { 0 };
            run.push((item, captions));
            next = end + captions;
        }
        let sure = |item: &items::Item| item.bracketed && item.more;
        if run.len() < 2 && !run.iter().any(|(item, _)| sure(item)) {
            return i + 1;
        }
        if let Some(heading) = i.checked_sub(1).filter(|&at| self.is_heading_of_run(at, i)) {
            self.mark(heading, Role::Teaser, 0.8, Reason::Shape(part::HEADING));
        }
        for (item, captions) in &run {
            self.mark_parts(&item.parts, Role::Teaser, 0.9);
            for j in item.end()..item.end() + captions {
                self.mark(j, Role::Teaser, 0.85, Reason::Shape(part::CAPTION));
            }
        }
        next
    }

    /// Whether the line before pointers that nothing announced is their heading: a few words that no other group has taken.
    fn is_heading_of_run(&self, at: usize, first: usize) -> bool {
        let (scan, facts) = (self.scan, &self.scan.facts[at]);
        let free = self.marks[at].is_none() && self.headline.is_some_and(|h| at > h + 1) && !items::stops(scan, at);
        let words = facts.title && !facts.linked && facts.words <= 8 && facts.chars <= 70 && scan.cue(at).is_none();
        let apart =
            scan.blocks[at].container != scan.blocks[first].container || scan.blocks[at].tag == BlockTag::Heading;
        free && words && if scan.plain { scan.blocks[at].after_gap } else { apart }
    }

    fn vendors(&mut self, from: usize, bound: Bound) -> usize {
        let mut next = from;
        // The heading may hold the first name too: its place and the name again follow.
        if self.scan.facts.get(next).is_some_and(|f| f.place) {
            self.mark(next, Role::VendorList, 0.95, Reason::Shape(part::VENDOR_PLACE));
            next += 1;
            let heading = from.checked_sub(1).and_then(|i| self.scan.blocks.get(i));
            let again = self.scan.blocks.get(next).zip(heading);
            if again.is_some_and(|(name, heading)| heading.text.ends_with(name.text.as_str())) {
                self.mark(next, Role::VendorList, 0.95, Reason::Shape(part::VENDOR_AGAIN));
                next += 1;
            }
        }
        while next < self.scan.len() {
            if let Some(parts) = items::vendor(self.scan, next, self.scan.len(), true) {
                self.mark_parts(&parts, Role::VendorList, 0.95);
                next = parts.last().map_or(next, |p| p.0) + 1;
            } else if next < bound.limit && !items::stops(self.scan, next) && (bound.closed || self.vendor_line(next)) {
                self.mark(next, Role::VendorList, 0.8, Reason::Shape(part::VENDOR_NAME));
                next += 1;
            } else {
                break;
            }
        }
        next
    }

    /// Name, postal code and city in one block.
    fn vendor_line(&self, i: usize) -> bool {
        let Some(block) = self.scan.blocks.get(i).filter(|_| self.scan.facts[i].chars <= 140) else { return false };
        let mut words = block.text.split([' ', ',', '|', '(', '\u{b7}']);
        words.any(|word| word.len() == 5 && word.bytes().all(|b| b.is_ascii_digit()))
    }

    /// Paragraphs below the heading of a notice.
    fn notice(&mut self, from: usize, bound: Bound) -> usize {
        let scan = self.scan;
        let mut next = from;
        while next < bound.limit && !items::stops(scan, next) {
            let pointer = items::pointer(scan, next, bound.limit, false).is_some_and(|item| item.strong);
            if pointer || items::vendor(scan, next, bound.limit, false).is_some() || self.headline == Some(next) {
                break;
            }
            self.mark(next, Role::Notice, if bound.closed { 0.95 } else { 0.85 }, Reason::Shape(part::NOTICE));
            next += 1;
        }
        next
    }

    /// Linked words below a label.
    fn keywords(&mut self, from: usize, bound: Bound) -> usize {
        let mut next = from;
        while next < bound.limit && !items::stops(self.scan, next) {
            let facts = &self.scan.facts[next];
            // The keywords may stand beside their label, all in one block.
            let list =
                next == from && facts.chars <= 400 && !facts.sentence && self.scan.blocks[next].text.contains(',');
            if list {
                self.mark(next, Role::Keywords, 0.9, Reason::Shape("keyword"));
                return next + 1;
            }
            if facts.chars > 80 || facts.sentence || !(facts.linked || bound.closed) {
                break;
            }
            self.mark(next, Role::Keywords, 0.9, Reason::Shape("keyword"));
            next += 1;
        }
        next
    }

    /// A box that a wording opens: the rest of its element, where that is no more than a box.
    fn open_box(&mut self, i: usize, role: Role) -> usize {
        let mut bound = self.bound(i);
        if !bound.closed
            && let Some((from, limit)) = self.box_around(i, role)
        {
            for j in from..i {
                self.mark(j, role, 0.75, Reason::Shape("box"));
            }
            bound = Bound { limit, closed: true };
        }
        let end =
            if bound.closed && self.small(i, bound.limit, role) { self.box_of(i + 1, bound, role) } else { i + 1 };
        let reason = self.scan.cue(i).map_or(Reason::Shape(part::HEADING), |cue| Reason::Cue(cue.name()));
        self.mark(i, role, 0.9, reason);
        end
    }

    /// Whether a paragraph introduces the author: it begins with the name, stands below the text, and no paragraph follows.
    fn is_about_author(&self, i: usize) -> bool {
        let (scan, Some(h)) = (self.scan, self.headline) else { return false };
        let (facts, block) = (&scan.facts[i], &scan.blocks[i]);
        let named =
            || self.authors.iter().any(|name| block.text.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')));
        let paragraph = |j: usize| scan.paragraph(j) && scan.facts[j].chars >= 120;
        i > h + 4
            && facts.prose()
            && facts.chars <= 500
            && named()
            && (h + 1..i).any(paragraph)
            && !(i + 1..(i + AFTER_BIO).min(scan.len())).any(paragraph)
    }

    /// Whether what follows a heading in its element are events: most of it says when.
    fn dates_follow(&self, i: usize) -> bool {
        let limit = self.bound(i).limit.min(i + 1 + EVENTS);
        let dated = (i + 1..limit).filter(|&j| shapes::says_when(&self.scan.blocks[j].text)).count();
        dated >= 2 && dated * 2 >= limit.saturating_sub(i + 1)
    }

    /// Whether a tool is one more way to share.
    fn shares(&self, i: usize) -> bool {
        const WAYS: [&str; 6] = ["e-mail", "email", "mail", "per e-mail", "link kopieren", "copy link"];
        self.scan.blocks.get(i).is_some_and(|block| WAYS.contains(&block.text.to_lowercase().as_str()))
    }

    /// A small element in which a line or two without a stop stand before the wording that tells what the box is.
    fn box_around(&self, i: usize, role: Role) -> Option<(usize, usize)> {
        let scan = self.scan;
        if scan.plain || !matches!(role, Role::Subscription | Role::Consent | Role::Paywall) {
            return None;
        }
        let home = scan.blocks.get(i)?.container;
        let (from, limit) = scan.tree.ancestors(home).map(|c| scan.tree.span(c)).find(|(from, _)| *from < i)?;
        let free = |j: usize| {
            let (facts, block) = (&scan.facts[j], &scan.blocks[j]);
            let line = facts.chars <= 120 && !facts.prose() && !facts.linked && facts.cue.is_none();
            line && self.marks[j].is_none() && self.headline != Some(j) && block.profile_role.is_none()
        };
        let chars = |from: usize, to: usize| self.chars[to.min(scan.len())] - self.chars[from];
        let small = limit - from <= BOX && i - from <= 2 && chars(i + 1, limit) <= 400 && chars(from, i + 1) <= 600;
        let holds_headline = self.headline.is_some_and(|h| h >= from && h < limit);
        (small && !holds_headline && (from..i).all(free)).then_some((from, limit))
    }

    fn small(&self, from: usize, to: usize, role: Role) -> bool {
        let at = |i: usize| self.chars.get(i.min(self.scan.len())).copied().unwrap_or(0);
        let text = at(to).saturating_sub(at(from + 1));
        // Comments go on as long as they like; any other box is short.
        role == Role::Comment || text <= if role == Role::Social { 150 } else { 1000 }
    }

    fn box_of(&mut self, from: usize, bound: Bound, role: Role) -> usize {
        let mut next = from;
        while next < bound.limit && bound.closed {
            let own = self.scan.cue(next).is_some_and(|cue| {
                !matches!(
                    cue,
                    Cue::More | Cue::Login | Cue::Legal | Cue::Updated | Cue::Credit | Cue::Social | Cue::Tools
                ) && cue.role() != role
            });
            if own || self.scan.blocks[next].profile_role.is_some() || self.scan.profile_cue(next).is_some() {
                break;
            }
            let known = self.scan.cue(next).filter(|cue| matches!(cue, Cue::Tools | Cue::Social | Cue::Legal));
            // "E-mail" among the networks is one more way to share.
            let known = known.filter(|cue| role != Role::Social || *cue != Cue::Tools || !self.shares(next));
            let role = known.map_or(role, Cue::role);
            self.mark(next, role, 0.8, Reason::Shape("box"));
            next += 1;
        }
        next
    }
}
