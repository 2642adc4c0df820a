//! Parts → groups: which blocks stand together, and whether they are pointers, paid pointers or vendors.

use super::Odds;
use super::features::PartFeatures;
use crate::classify::article;
use crate::classify::cues::Cue;
use crate::classify::items::part;
use crate::classify::scan::{Mark, Scan};
use crate::site::CueScope;
use crate::types::{BlockTag, Part, Reason, Role};

/// From this probability on a block is a part of a group: where nothing speaks against it, where the body model takes it for text, and
/// where a wording or a box says that it is something else.
const FREE: f32 = 0.5;
const TEXT: f32 = 0.7;
const TAKEN: f32 = 0.9;
/// From this probability on the mark of paid content is a group's or an item's.
const MARK: f32 = 0.2;
/// From this score on a heading's wording and shapes say that vendors follow.
const ANNOUNCED: f32 = 0.8;
/// A part that stands alone must be this sure.
const ALONE: f32 = 0.97;
/// Blocks between two parts of one group, at most.
const GAP: usize = 2;
/// Blocks after the headline among which a byline is the article's.
const HEAD: usize = 6;
/// Bytes of a menu's words, at most.
const MENU: usize = 30;
/// Blocks of an item, at most.
const ITEM: usize = 24;

/// Marks the groups of a page.
pub(super) fn mark(
    scan: &Scan<'_>,
    (headline, features): (Option<usize>, &PartFeatures<'_>),
    odds: &[Odds],
    marks: &mut [Option<Mark>],
) {
    let mut parts: Vec<Part> = (0..scan.len())
        .map(|i| if headline == Some(i) { Part::None } else { choose(scan, headline, i, &odds[i], &marks[i]) })
        .collect();
    fill(scan, headline, (&mut parts, odds), marks);
    drop_lone(&mut parts, odds);
    for i in 0..parts.len() {
        // In words that hint at nothing paid, a heading is one of pointers.
        let hints =
            features.looks[i].wording.hints_at_firms() || scan.cue(i).is_some() || scan.profile_cue(i).is_some();
        if parts[i] == Part::AdHeading && !hints && odds[i][Part::AdHeading as usize] < TAKEN {
            parts[i] = Part::TeaserHeading;
        }
        if headline.is_some_and(|h| i < h || i > h + 1)
            && let Some(heading) = heading_by_place(scan, features, &parts, i).filter(|_| marks[i].is_none())
        {
            parts[i] = heading;
        }
    }
    of_one_item(scan, features, &mut parts);
    between(scan, &mut parts, marks);
    drop_idle(&mut parts);
    agree(scan, features, &mut parts);
    let mut state = State::default();
    for from in starts(&parts) {
        let end = end_of(&parts, from);
        state.run(scan, &parts, from, end);
        for i in from..end {
            let part = parts[i];
            if part == Part::None {
                continue;
            }
            let role = state.role(scan, &parts, i);
            let score = (1.0 - odds[i][0]).max(0.5);
            let mut mark = Mark::new(role, score, Reason::Part(part));
            if let Some(before) = marks[i].take().filter(|before| before.role == role) {
                mark.score = mark.score.max(before.score);
                mark.reasons.extend(before.reasons.into_iter().filter(|reason| !matches!(reason, Reason::Shape(_))));
            }
            marks[i] = Some(mark);
        }
    }
}

/// What a block is, as far as that is sure enough.
fn choose(scan: &Scan<'_>, headline: Option<usize>, i: usize, odds: &Odds, mark: &Option<Mark>) -> Part {
    let after = headline.is_some_and(|h| i > h && i <= h + HEAD);
    if is_menu(scan, i) {
        return Part::None;
    }
    if scan.blocks[i].profile_role.is_some() || after && article::byline(scan, i) {
        return Part::None;
    }
    if let Some((role, scope, _)) = scan.profile_cue(i) {
        return match (role, scope) {
            (Role::Teaser, CueScope::Group) => Part::TeaserHeading,
            (Role::Advertisement, CueScope::Group) => Part::AdHeading,
            (Role::VendorList, CueScope::Group) => Part::VendorHeading,
            _ => Part::None,
        };
    }
    if let Some(heading) = scan.cue(i).and_then(heading_of) {
        return heading;
    }
    // A mark alone may stand over a group or over a banner.
    if scan.cue(i) == Some(Cue::AdMark) {
        let boxed = mark.as_ref().is_some_and(|mark| mark.role == Role::Advertisement) && odds[0] < FREE;
        if odds[Part::AdHeading as usize] >= MARK || boxed {
            return Part::AdHeading;
        }
    }
    // An address alone may be a vendor's, but leads to no article.
    let vendors = odds[Part::VendorName as usize] + odds[Part::VendorRest as usize];
    if scan.facts[i].address && vendors < FREE && odds[Part::More as usize] < TAKEN {
        return Part::None;
    }
    let grouped = |role: Role| matches!(role, Role::Teaser | Role::Advertisement | Role::VendorList);
    let least = match mark {
        Some(mark) if grouped(mark.role) => 0.3,
        // An announcement does not end where vendors begin.
        Some(mark) if mark.role == Role::Notice && vendors >= TEXT => TEXT,
        Some(_) => TAKEN,
        None if scan.cue(i).is_some_and(|cue| !matches!(cue, Cue::More | Cue::Updated) && !grouped(cue.role())) => {
            TAKEN
        }
        None if scan.p(i) >= 0.5 => TEXT,
        None => FREE,
    };
    if 1.0 - odds[0] < least {
        return Part::None;
    }
    // An author's code below the article's last paragraph.
    let code =
        || scan.blocks[i].text.starts_with(['(', '[']) && scan.facts[i].chars <= 6 && scan.facts[i].dated.is_none();
    if i > 0 && scan.p(i - 1) >= 0.5 && scan.facts[i - 1].prose() && code() {
        return Part::None;
    }
    let part = likeliest(scan, i, odds);
    // A name alone may be an author's, but below a known heading its place says that it is a caption.
    let by_place = || mark.as_ref().is_some_and(|mark| mark.reasons.contains(&Reason::Shape(part::CAPTION)));
    if part == Part::Extra && by_place() {
        return Part::Caption;
    }
    // Below a heading that announces vendors, what has their shape is theirs.
    let vendors = mark.as_ref().is_some_and(|mark| mark.role == Role::VendorList && mark.score >= ANNOUNCED);
    if vendors && !part.is_vendor() && !part.is_heading() { in_other(scan, i, part) } else { part }
}

/// The likeliest part of a block that is one.
fn likeliest(scan: &Scan<'_>, i: usize, odds: &Odds) -> Part {
    let best = (1..odds.len()).max_by(|&a, &b| odds[a].total_cmp(&odds[b])).unwrap_or(0);
    match Part::ALL.get(best).copied().unwrap_or(Part::None) {
        // Its element says what it is.
        Part::Title | Part::Whole | Part::TeaserHeading
            if scan.blocks[i].tag == BlockTag::Caption && !scan.facts[i].linked =>
        {
            Part::Caption
        }
        part => part,
    }
}

/// Blocks to either side of which one must be a part for a block in doubt to be one.
const BESIDE: usize = 2;
/// From this probability on a block between parts is one.
const BETWEEN: f32 = 0.25;

/// What the model doubts, between parts of a group: whole articles have no parts among their paragraphs.
fn fill(scan: &Scan<'_>, headline: Option<usize>, (parts, odds): (&mut [Part], &[Odds]), marks: &[Option<Mark>]) {
    let known = |parts: &[Part], range: std::ops::Range<usize>| {
        parts.get(range).is_some_and(|parts| parts.iter().any(|part| *part != Part::None))
    };
    for i in 1..parts.len() {
        let doubt = parts[i] == Part::None && 1.0 - odds[i][0] >= BETWEEN && headline != Some(i);
        let vendor = parts.get(i + 1) == Some(&Part::VendorRest);
        let free = || {
            let grouped = |role| matches!(role, Role::Teaser | Role::Advertisement | Role::VendorList);
            marks[i].as_ref().is_none_or(|mark| grouped(mark.role) || vendor && mark.role == Role::Notice)
                && scan.cue(i).is_none_or(|cue| cue == Cue::More)
                && scan.blocks[i].profile_role.is_none()
                && !scan.facts[i].address
        };
        if doubt
            && free()
            && (vendor || known(parts, i.saturating_sub(BESIDE)..i))
            && known(parts, i + 1..(i + 1 + BESIDE).min(parts.len()))
        {
            let part = likeliest(scan, i, &odds[i]);
            if !part.is_heading() {
                parts[i] = part;
            }
        }
    }
}

/// Whether a line leads to several places in a few words each.
fn is_menu(scan: &Scan<'_>, i: usize) -> bool {
    let (facts, links) = (&scan.facts[i], scan.blocks[i].links.as_slice());
    let Some((first, rest)) = links.split_first().filter(|(_, rest)| rest.len() >= 2) else { return false };
    facts.link_density >= 0.5
        && facts.dated.is_none()
        && links.iter().all(|link| link.text.len() <= MENU)
        && rest.iter().all(|link| link.href != first.href)
}

/// A few words right before the first item of a run are its heading, in whatever words; what says "paid" is one before any item.
fn heading_by_place(scan: &Scan<'_>, features: &PartFeatures<'_>, parts: &[Part], i: usize) -> Option<Part> {
    let (facts, next) = (&scan.facts[i], *parts.get(i + 1)?);
    let line = facts.words <= 10
        && facts.chars <= 80
        && !facts.linked
        && !facts.sentence
        && facts.dated.is_none()
        && facts.cue.is_none();
    if !line
        || facts.place
        || !is_item(next)
        || scan.p(i) >= 0.5 && !(features.looks[i].wording.any() && facts.words <= 8)
        || scan.blocks[i].profile_role.is_some()
    {
        return None;
    }
    let starts = i.checked_sub(1).is_none_or(|before| parts[before] == Part::None || parts[before].is_vendor());
    let first = parts[i] == Part::None && i.checked_sub(1).is_none_or(|before| parts[before] == Part::None);
    let paid = features.looks[i].wording.is_paid() && !next.is_vendor();
    match parts[i] {
        Part::None | Part::TeaserHeading | Part::Extra if paid => Some(Part::AdHeading),
        Part::Title | Part::VendorHeading if paid && starts && !facts.linked => Some(Part::AdHeading),
        _ if first && next == Part::VendorName => Some(Part::VendorHeading),
        _ if first && matches!(next, Part::Title | Part::Date | Part::Whole) => Some(Part::TeaserHeading),
        // A rubric may stand over the first title.
        _ if first && next == Part::Extra && parts.get(i + 2) == Some(&Part::Title) => Some(Part::TeaserHeading),
        _ => None,
    }
}

/// What a known wording announces, whatever the model thinks.
const fn heading_of(cue: Cue) -> Option<Part> {
    match cue {
        Cue::TeaserHeading | Cue::Ticker => Some(Part::TeaserHeading),
        Cue::AdHeading => Some(Part::AdHeading),
        Cue::VendorHeading => Some(Part::VendorHeading),
        _ => None,
    }
}

/// What the model takes for a heading, or for a whole item, beside what shows that it is neither. Two blocks in a row that lead to the same
/// place are of one item; and within a run nothing but a known wording announces a summary.
fn of_one_item(scan: &Scan<'_>, features: &PartFeatures<'_>, parts: &mut [Part]) {
    for i in 1..parts.len() {
        let (before, own) = (features.looks[i - 1].target, features.looks[i].target);
        let same = own != 0 && own == before;
        let within = i > 1 && parts[i - 2] != Part::None && scan.cue(i - 1).is_none();
        match (parts[i - 1], parts[i]) {
            (Part::TeaserHeading, part) if same && is_item(part) => {
                parts[i - 1] = Part::Title;
            }
            (Part::TeaserHeading, Part::Summary) if within => parts[i - 1] = Part::Title,
            (Part::Title, Part::Whole) if same => parts[i] = Part::Summary,
            (Part::Title, Part::Title) if same && ends_in_stop(scan, i) && !ends_in_stop(scan, i - 1) => {
                parts[i] = Part::Summary;
            }
            _ => {}
        }
    }
}

fn ends_in_stop(scan: &Scan<'_>, i: usize) -> bool {
    scan.blocks[i].text.ends_with('.')
}

/// What stands between parts and is told by them: a linked line behind a place with its colon, before a date or summary, is the title; a
/// short link behind a vendor's address leads to him.
fn between(scan: &Scan<'_>, parts: &mut [Part], marks: &[Option<Mark>]) {
    for i in 1..parts.len() {
        let facts = &scan.facts[i];
        if parts[i] != Part::None || marks[i].is_some() || !facts.linked || facts.cue.is_some() {
            continue;
        }
        let next = parts.get(i + 1).copied().unwrap_or(Part::None);
        let label = parts[i - 1] == Part::Title && scan.facts[i - 1].label;
        if label && matches!(next, Part::Summary | Part::Date) {
            parts[i] = Part::Title;
        } else if parts[i - 1] == Part::VendorRest
            && facts.words <= 3
            && facts.chars <= BUTTON
            && in_one_box(scan, i - 1, i)
        {
            parts[i] = Part::VendorRest;
        }
    }
}

/// Characters of a link that leads to a vendor without naming it.
const BUTTON: usize = 24;

/// Whether two blocks stand in one box of a few blocks.
fn in_one_box(scan: &Scan<'_>, a: usize, b: usize) -> bool {
    let home = |i: usize| scan.blocks[i].container;
    let around = |i: usize| scan.tree.ancestors(home(i)).nth(1);
    home(a) == home(b)
        || around(a).is_some_and(|outer| Some(outer) == around(b) || outer == home(b))
        || around(b) == Some(home(a))
}

/// Drops parts with nothing of a group near them.
fn drop_lone(parts: &mut [Part], odds: &[Odds]) {
    for from in starts(parts) {
        let end = end_of(parts, from);
        let items = parts[from..end].iter().filter(|part| is_item(**part)).count();
        let sure = parts[from..end]
            .iter()
            .zip(&odds[from..end])
            .all(|(part, odds)| *part == Part::None || odds[0] <= 1.0 - ALONE);
        if items < 2 && !sure {
            parts[from..end].fill(Part::None);
        }
    }
}

/// Drops headings that stand by no item: what such a line is, others know.
fn drop_idle(parts: &mut [Part]) {
    let item = |part: Option<&Part>| part.is_some_and(|part| is_item(*part));
    for i in (0..parts.len()).rev() {
        if parts[i].is_heading() {
            let before = i.checked_sub(1).and_then(|before| parts.get(before));
            let heads = (i + 1..i + 2 + GAP).any(|next| parts.get(next).is_some_and(|part| *part != Part::None));
            if !(heads || parts[i] == Part::AdHeading && item(before)) {
                parts[i] = Part::None;
            }
        }
    }
}

/// Blocks of a stretch of pointers or vendors that may be strays in the other, and of the other.
const STRAY: usize = 2;
const HOME: usize = 4;

/// One or two blocks of vendors within pointers are pointers' own, and the other way round.
fn agree(scan: &Scan<'_>, features: &PartFeatures<'_>, parts: &mut [Part]) {
    let stretches: Vec<(usize, usize)> = {
        let mut found: Vec<(usize, usize)> = Vec::new();
        for i in 0..parts.len() {
            let like = |a: Part, b: Part| {
                (a == Part::None) == (b == Part::None)
                    && a.is_heading() == b.is_heading()
                    && a.is_vendor() == b.is_vendor()
            };
            match found.last_mut() {
                Some((_, end)) if *end == i && like(parts[i - 1], parts[i]) => *end = i + 1,
                _ => found.push((i, i + 1)),
            }
        }
        found
    };
    for at in 0..stretches.len() {
        let (from, end) = stretches[at];
        let part = parts[from];
        if !is_item(part) || end - from > STRAY {
            continue;
        }
        let beside = |other: Option<&(usize, usize)>| {
            other.is_some_and(|(from, end)| {
                let other = parts[*from];
                end - from >= HOME && is_item(other) && other.is_vendor() != part.is_vendor()
            })
        };
        let before = at.checked_sub(1).and_then(|before| stretches.get(before));
        let announced =
            before.is_some_and(|(from, _)| parts[*from].is_heading() && parts[*from].is_vendor() != part.is_vendor());
        // A postal code behind vendors is one of theirs, however few they are.
        let follows = before.is_some_and(|(from, _)| parts[*from].is_vendor() && !parts[*from].is_heading());
        let vendor = !part.is_vendor() && follows && (from..end).all(|i| features.looks[i].postal);
        if vendor || announced || beside(before) || beside(stretches.get(at + 1)) {
            for (i, part) in parts.iter_mut().enumerate().take(end).skip(from) {
                *part = in_other(scan, i, *part);
            }
        }
    }
}

/// What a block is among vendors that looked like a pointer's part, and the other way round.
fn in_other(scan: &Scan<'_>, i: usize, part: Part) -> Part {
    match part {
        Part::VendorName if scan.facts[i].sentence => Part::Summary,
        Part::VendorName => Part::Title,
        Part::VendorRest => Part::Extra,
        Part::Title | Part::Whole => Part::VendorName,
        _ => Part::VendorRest,
    }
}

/// The first blocks of the runs of parts.
fn starts(parts: &[Part]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut last: Option<usize> = None;
    for (i, part) in parts.iter().enumerate() {
        if *part != Part::None {
            if last.is_none_or(|last| i - last > GAP + 1) {
                found.push(i);
            }
            last = Some(i);
        }
    }
    found
}

/// The block after a run's last part.
fn end_of(parts: &[Part], from: usize) -> usize {
    let mut end = from + 1;
    for (i, part) in parts.iter().enumerate().skip(from + 1) {
        if i - end > GAP {
            break;
        }
        if *part != Part::None {
            end = i + 1;
        }
    }
    end
}

/// Whether a block is a part of an item, not a heading over some.
fn is_item(part: Part) -> bool {
    part != Part::None && !part.is_heading()
}

/// What the last heading said.
#[derive(Debug, Default)]
struct State {
    /// The role of pointers from here on, and the block where that ends.
    paid: Option<usize>,
    /// Marks stand in the items, not over the group: before or behind each.
    marks: Option<Place>,
    run: (usize, usize),
}

/// Where an item's own mark stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Before,
    Behind,
}

impl State {
    /// Begins a run.
    fn run(&mut self, scan: &Scan<'_>, parts: &[Part], from: usize, end: usize) {
        self.paid = None;
        self.run = (from, end);
        let own = |i: usize| parts[i] == Part::AdHeading && scan.cue(i) == Some(Cue::AdMark);
        let between = (from + 1..end).filter(|&i| own(i) && !parts[i - 1].is_heading()).count();
        let last = (from..end).rev().find(|&i| parts[i] != Part::None);
        // One mark behind a group that a heading calls paid is a banner's.
        let headed = (from..end).any(|i| parts[i] == Part::AdHeading && !own(i));
        self.marks = match last {
            _ if between == 0 => None,
            Some(last) if own(last) && !(headed && between == 1) => Some(Place::Behind),
            // One over a heading, or at the end, is no item's.
            _ if (from..end - 1).filter(|&i| own(i) && is_item(parts[i + 1])).count() >= 2 => Some(Place::Before),
            _ => None,
        };
    }

    fn role(&mut self, scan: &Scan<'_>, parts: &[Part], i: usize) -> Role {
        let part = parts[i];
        match part {
            Part::AdHeading => {
                self.paid = Some(self.reach(scan, parts, i));
                return Role::Advertisement;
            }
            Part::TeaserHeading => {
                self.paid = None;
                return Role::Teaser;
            }
            part if part.is_vendor() => {
                self.paid = None;
                return Role::VendorList;
            }
            _ => {}
        }
        let behind = || {
            let item = |j: usize| {
                j > i && parts[j] == Part::Title && parts.get(j - 1).is_some_and(|part| *part != Part::Title)
            };
            (i + 1..self.run.1)
                .take(ITEM)
                .take_while(|&j| !item(j) && !parts[j].is_heading() || parts[j] == Part::AdHeading)
                .any(|j| parts[j] == Part::AdHeading)
        };
        let paid = match self.marks {
            Some(Place::Behind) => behind(),
            _ => self.paid.is_some_and(|end| i < end),
        };
        if paid { Role::Advertisement } else { Role::Teaser }
    }

    /// How far what a heading or a mark announces can reach: to the end of the element around both, or of the item.
    fn reach(&self, scan: &Scan<'_>, parts: &[Part], i: usize) -> usize {
        let container = scan.blocks.get(i).and_then(|block| scan.tree.beyond(block.container, i));
        let end = container.map_or(self.run.1, |container| scan.tree.span(container).1);
        let holds_item = (i + 1..end.min(self.run.1))
            .take(2 * ITEM)
            .any(|j| matches!(parts[j], Part::Title | Part::Whole | Part::Summary));
        let end = if holds_item && !scan.plain { end } else { self.run.1 };
        if self.marks != Some(Place::Before) {
            return end;
        }
        let next = (i + 1..self.run.1)
            .take(2 * ITEM)
            .filter(|&j| parts[j] == Part::Title && parts[j - 1] != Part::Title)
            .nth(1);
        next.map_or(end, |next| end.min(next))
    }
}
