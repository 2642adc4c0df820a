//! Lines whose parts are known → pointers.
//!
//! `pieces` takes from each line what it holds: a title with its date, a summary with its date and "more". Which piece begins an item is
//! not said by any of them: every order that the group's pieces allow is tried, and so is every level of the elements around them; the cut
//! that gives the most whole items is taken, so that one strange item breaks no group.

use url::Url;

use super::edges::{
    KICKER, bare_end, counts, date_of, dates_in, is_aside, leading, names_place, ordinal, says_by, trailing,
    without_kind, without_mark, without_tail,
};
use super::items::Line;
use super::marks;
use crate::types::{DateValue, Part, TeaserItem, resolve};

/// A link at the start of a line and longer than this is the title of what follows it.
const TITLE_LINK: usize = 12;

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Title,
    Date,
    Summary,
    Caption,
    /// "More", the kind, the author: nothing of the record, but a place in the order, and perhaps a link.
    Rest,
}

/// Kinds that can begin an item, the likeliest first.
const BEGINNINGS: [Kind; 5] = [Kind::Title, Kind::Date, Kind::Rest, Kind::Caption, Kind::Summary];

/// A part of an item.
#[derive(Debug, Clone)]
struct Piece<'a> {
    kind: Kind,
    text: &'a str,
    date: Option<DateValue>,
    href: Option<&'a str>,
    /// An image stands before it: rather at the item's beginning than within.
    image: bool,
    /// It stands in the line of the piece before it, so that no item begins here.
    joined: bool,
    /// How near its line stands to the line before it.
    nearness: u32,
    /// It says what kind or whose the item is, and leads there rather than to the item.
    aside: bool,
}

/// What the titles of a group have in common, which no title alone could show.
#[derive(Debug, Clone, Copy, Default)]
struct Habits {
    /// A date ends them, and nothing sets it apart.
    dated: bool,
    /// Figures count them.
    numbered: bool,
}

impl Habits {
    fn of(lines: &[Line<'_>]) -> Self {
        let titles = || lines.iter().filter(|line| line.part == Some(Part::Title)).map(|line| without_mark(line.text));
        let counted = titles().filter_map(ordinal).fold(0, |count, (n, _)| count + usize::from(n == count + 1));
        let ends_in_figure = |text: &str| text.ends_with(|c: char| c.is_ascii_digit());
        // Dates are dear to look for.
        let dated = || titles().filter(|text| ends_in_figure(text) && bare_end(text).is_some()).count();
        let likely = titles().filter(|text| ends_in_figure(text)).count() >= 2;
        Self { dated: likely && dated() >= 2, numbered: counted >= 2 && counted * 2 >= titles().count() }
    }
}

/// Reads the pointers of a list whose every line has a part.
pub(super) fn read(lines: &[Line<'_>], base: &Url, to: &mut Vec<TeaserItem>) {
    let mut found = Vec::new();
    let habits = Habits::of(lines);
    for line in lines {
        pieces(line, habits, &mut found);
    }
    caption_names(&mut found);
    let parted = segment(&found);
    let several = |item: &&&[Piece<'_>]| item.iter().filter(|piece| is_summary(piece)).count() > 1;
    // Where items have a line of summary each, a second one is a caption.
    let single = parted.iter().filter(several).count() * 2 < parted.len();
    let parted = without_end(parted);
    let mut items: Vec<TeaserItem> = parted.into_iter().map(|item| build(item, single, base)).collect();
    join_lone(&mut items);
    items.retain(|item| item.title.is_some() || item.summary.is_some());
    items.dedup();
    to.append(&mut items);
}

/// Names alone are authors' where most items have one; a few of them say who is on a picture.
fn caption_names(pieces: &mut [Piece<'_>]) {
    let name = |piece: &Piece<'_>| {
        let words = || piece.text.split(' ');
        let capital = |word: &str| {
            word.len() > 1
                && word.starts_with(char::is_uppercase)
                && word.chars().all(|c| c.is_alphabetic() || c == '-')
        };
        piece.aside
            && piece.date.is_none()
            && piece.href.is_none()
            && (2..=3).contains(&words().count())
            && words().all(capital)
    };
    // What stands nearer to the next item than to the last is that one's.
    let behind =
        |at: usize, pieces: &[Piece<'_>]| pieces.get(at + 1).is_none_or(|next| next.nearness <= pieces[at].nearness);
    let names: Vec<usize> = (1..pieces.len()).filter(|&at| name(&pieces[at])).collect();
    if names.len() * 3 <= pieces.iter().filter(|piece| piece.kind == Kind::Title).count() {
        for at in names {
            if behind(at, pieces) && pieces[at - 1].kind == Kind::Summary {
                (pieces[at].kind, pieces[at].aside) = (Kind::Caption, false);
            }
        }
    }
}

/// The items without a line alone behind them that stands farther from them than they do from each other: the next group's heading.
fn without_end<'p, 'a>(mut parted: Vec<&'p [Piece<'a>]>) -> Vec<&'p [Piece<'a>]> {
    let step = |item: &&&[Piece<'_>]| item.first().map(|piece| piece.nearness);
    let nearest = parted.iter().skip(1).rev().skip(1).filter_map(|item| step(&item)).min();
    if let (Some(nearest), Some([last])) = (nearest, parted.last())
        && last.kind == Kind::Title
        && last.href.is_none()
        && last.nearness < nearest
    {
        parted.pop();
    }
    parted
}

/// A line alone among items that have more is the heading over them, or belongs to the item before it: its summary, or its caption.
fn join_lone(items: &mut Vec<TeaserItem>) {
    let bare = |item: &TeaserItem| item.date.is_none() && item.summary.is_none() && item.url.is_none();
    if items.iter().filter(|item| bare(item)).count() * 2 > items.len() {
        return;
    }
    let mut kept: Vec<TeaserItem> = Vec::with_capacity(items.len());
    for item in items.drain(..) {
        let lone = item.title.as_ref().filter(|_| bare(&item));
        // So does one without a title that leads nowhere, where the item before it has a summary.
        let untitled = item.title.is_none() && item.url.is_none() && item.date.is_none();
        if let (true, Some(last)) =
            (untitled, kept.last_mut().filter(|last| last.summary.is_some() && last.caption.is_none()))
        {
            last.caption = item.caption.or(item.summary);
            continue;
        }
        match (kept.last_mut(), lone) {
            (None, Some(_)) => {}
            (Some(last), Some(line)) if last.summary.is_none() && line.ends_with('.') => {
                last.summary = Some(line.clone())
            }
            (Some(last), Some(line)) if last.caption.is_none() => last.caption = Some(line.clone()),
            _ => kept.push(item),
        }
    }
    *items = kept;
}

/// What a line holds.
fn pieces<'a>(line: &Line<'a>, habits: Habits, to: &mut Vec<Piece<'a>>) {
    let text = without_announcement(without_mark(line.text), line);
    let href = line.links.iter().find(|link| !link.href.is_empty()).map(|link| link.href.as_str());
    let piece = |kind, text| Piece {
        kind,
        text,
        date: None,
        href,
        image: line.image,
        joined: false,
        nearness: line.nearness,
        aside: false,
    };
    let from = to.len();
    match line.part {
        Some(Part::Title | Part::Extra) if text.ends_with(':') && marks::GROUP.is_match(text) => {
            to.push(Piece { aside: true, ..piece(Kind::Rest, "") });
        }
        Some(Part::Title | Part::Summary) if is_aside(text) => to.push(Piece { aside: true, ..piece(Kind::Rest, "") }),
        Some(Part::Title) => title(piece(Kind::Title, text), line, habits, to),
        Some(Part::Date) => {
            let date = date_of(text).or_else(|| line.datetime.and_then(date_of));
            to.push(Piece { date, ..piece(Kind::Date, "") });
        }
        Some(Part::Summary) => summary(piece(Kind::Summary, text), line, to),
        Some(Part::Caption) => to.push(piece(Kind::Caption, text)),
        Some(Part::Whole) => whole(piece(Kind::Title, text), line, habits, to),
        Some(Part::Extra) => {
            let date = date_of(text);
            let place = date.is_none() && line.links.is_empty() && names_place(text);
            let kind = if place || text.ends_with(':') { Kind::Title } else { Kind::Rest };
            to.push(Piece { date, aside: !place, ..piece(kind, text) });
        }
        _ => to.push(piece(Kind::Rest, "")),
    }
    to.iter_mut().skip(from + 1).for_each(|piece| (piece.image, piece.joined) = (false, true));
}

/// A line without the words that announce the title linked in it: `Lesen Sie auch: Archiv geöffnet`.
fn without_announcement<'a>(text: &'a str, line: &Line<'_>) -> &'a str {
    let link = line.links.first().filter(|link| !link.text.is_empty() && link.text.len() < text.len());
    let at = link
        .filter(|_| text.contains(':'))
        .and_then(|link| text.find(link.text.as_str()))
        .filter(|at| (4..=40).contains(at));
    match at.and_then(|at| text.split_at_checked(at)) {
        Some((label, title)) if label.trim_end().ends_with(':') && marks::GROUP.is_match(label.trim_end()) => title,
        _ => text,
    }
}

/// A title, perhaps with a date before or behind it.
fn title<'a>(mut piece: Piece<'a>, line: &Line<'a>, habits: Habits, to: &mut Vec<Piece<'a>>) {
    if let Some((_, title)) = ordinal(piece.text).filter(|_| habits.numbered) {
        piece.text = title;
    }
    let linked = line.links.first().map(|link| link.text.as_str()).filter(|link| link.chars().count() >= TITLE_LINK);
    let mut date = None;
    if let Some((dated, rest)) = leading(piece.text).filter(|(_, rest)| !rest.is_empty()) {
        (piece.text, date) = (rest, Some(dated));
    } else if let Some((text, dated)) = trailing(piece.text) {
        (piece.text, date) = (text, Some(dated));
    } else if let Some((text, dated)) = bare_end(piece.text).filter(|_| habits.dated) {
        (piece.text, date) = (text, Some(dated));
    } else if let Some((text, rest)) = linked.and_then(|link| Some((link, piece.text.strip_prefix(link)?))) {
        // Behind its link a title has its date alone.
        let dated = dates_in(rest).into_iter().next().filter(|(range, _)| rest.len() < range.len() + 12);
        if let Some((_, dated)) = dated {
            (piece.text, date) = (piece.text.get(..text.len()).unwrap_or(piece.text), Some(dated));
        } else if says_by(rest) || counts(rest) {
            piece.text = piece.text.get(..text.len()).unwrap_or(piece.text);
        }
    }
    if let Some(found) = marks::MORE_AT_END.find(piece.text).filter(|found| found.start() > 0) {
        piece.text = piece.text.get(..found.start()).unwrap_or(piece.text).trim_end();
    }
    piece.text = piece.text.trim_end_matches(['|', '–', '—', '-', '·']).trim_end();
    piece.text = without_kind(piece.text);
    piece.date = date.or_else(|| line.datetime.and_then(date_of));
    to.push(piece);
}

/// A summary, perhaps with a date before or behind it and "more" at its end.
fn summary<'a>(mut piece: Piece<'a>, line: &Line<'a>, to: &mut Vec<Piece<'a>>) {
    if let Some((date, rest)) = leading(piece.text) {
        (piece.text, piece.date) = (rest, Some(date));
    }
    piece.text = without_more(piece.text, line);
    if piece.date.is_none()
        && let Some((text, date)) = trailing(piece.text)
    {
        (piece.text, piece.date) = (without_more(text, line), Some(date));
    }
    piece.text = without_tail(piece.text.trim_start_matches(['|', '–', '—', '·', ':']).trim_start());
    to.push(piece);
}

/// A text without the "more" at its end: a known wording, or a short link that ends it after a sentence.
fn without_more<'a>(text: &'a str, line: &Line<'_>) -> &'a str {
    let mut text = text.trim_end();
    if let Some(link) = line.links.last()
        && !link.text.is_empty()
        && link.text.chars().count() <= 30
        && let Some(before) = text.strip_suffix(link.text.as_str())
    {
        let before = before.trim_end_matches(['[', '(', ' ', '»', '›', '→', '>', '|']);
        if before.ends_with(['.', '!', '?', '…', '“', '”', '"', '»', ')', ':']) || marks::MORE_WORD.is_match(&link.text)
        {
            text = before;
        }
    }
    let ends = marks::MORE.find(text).filter(|found| {
        text.get(found.end()..).is_some_and(|rest| rest.trim_matches([']', ')', '»', '›', ' ']).is_empty())
    });
    let end = ends.or_else(|| marks::MORE_AT_END.find(text)).map_or(text.len(), |found| found.start());
    text.get(..end).unwrap_or(text).trim_end()
}

/// Where the bold beginning of a line ends: as far as it can be told, since only the number of its bold letters is known.
fn bold_end(text: &str, line: &Line<'_>) -> Option<usize> {
    let bold = line.bold_chars as usize;
    let (at, _) = text.char_indices().nth(bold).filter(|_| bold >= 6 && text.len() == line.text.len())?;
    let rest = text.get(at..)?;
    let begins =
        rest.trim_start().starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit() || "„“\"»([".contains(c));
    ((rest.starts_with(' ') || text.get(..at)?.ends_with(' ')) && begins).then_some(at)
}

/// Title and summary in one line: parted by the title's link, its bold letters, the date, or the first mark that ends a title.
fn whole<'a>(piece: Piece<'a>, line: &Line<'a>, habits: Habits, to: &mut Vec<Piece<'a>>) {
    let (mut text, mut date) = (piece.text, None);
    if let Some((dated, rest)) = leading(text) {
        (text, date) = (rest, Some(dated));
    }
    let linked = line.links.first().map(|link| link.text.as_str()).filter(|link| link.chars().count() >= TITLE_LINK);
    let after_link = linked.and_then(|link| text.find(link).filter(|at| *at <= 80).map(|at| at + link.len()));
    let bracket = marks::BRACKETED_WITHIN.find(text).map(|found| found.start());
    let stop = || text.find(". ").or_else(|| text.find("? ")).or_else(|| text.find("! ")).map(|at| at + 1);
    let dash = || text.find(" – ").or_else(|| text.find(" | "));
    let end = after_link
        .filter(|end| *end + 2 < text.len())
        .or_else(|| bold_end(text, line))
        .or(bracket)
        .or_else(dash)
        .or_else(stop)
        .unwrap_or(text.len());
    let (head, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    let rest = rest.trim_start();
    let rest =
        rest.strip_prefix("Bericht").filter(|after| after.is_empty() || after.starts_with([' ', '['])).unwrap_or(rest);
    title(Piece { text: head.trim_end(), ..piece.clone() }, line, habits, to);
    if let Some(last) = to.last_mut() {
        last.date = last.date.take().or(date);
    }
    if !rest.trim().is_empty() {
        summary(
            Piece { kind: Kind::Summary, text: rest.trim_start_matches(['|', '–', '—', '-', ':', ' ']), ..piece },
            line,
            to,
        );
    }
}

/// Whether titles have kickers over them: one of three, at least, where there are three.
fn have_kickers(pieces: &[Piece<'_>]) -> bool {
    let over =
        |pair: &&[Piece<'_>]| matches!(pair, [line, title] if title.kind == Kind::Title && is_kicker(line, title));
    let titles = pieces.iter().filter(|piece| piece.kind == Kind::Title).count();
    // In a list of nothing but titles, each is one.
    let more = pieces.iter().any(|piece| piece.kind != Kind::Title || piece.href.is_some());
    more && pieces.windows(2).filter(over).count() * 3 >= titles
}

/// Levels of the elements around a group at which it is cut, from the outermost.
const LEVELS: usize = 3;
/// What it is worth that items end where elements do.
const EDGE: f32 = 0.35;

/// Cuts pieces into items, by the order that gives the most whole ones.
fn segment<'p, 'a>(pieces: &'p [Piece<'a>]) -> Vec<&'p [Piece<'a>]> {
    let kickers = have_kickers(pieces);
    let steps = || pieces.iter().skip(1).filter(|piece| !piece.joined).map(|piece| piece.nearness);
    let (far, near) = (steps().min().unwrap_or(0), steps().max().unwrap_or(0));
    // Alike all over, nearness says nothing.
    let edge = |piece: &Piece<'_>| match near.checked_sub(far) {
        Some(range) if range > 0 => EDGE * (1.0 - 2.0 * (piece.nearness.saturating_sub(far)) as f32 / range as f32),
        _ => 0.0,
    };
    let all: f32 = pieces.iter().skip(1).filter(|piece| !piece.joined).map(&edge).sum();
    let mut best: Option<(f32, Vec<&[Piece<'a>]>)> = None;
    let mut weigh = |items: Vec<&'p [Piece<'a>]>| {
        let edges: f32 = items.iter().skip(1).filter_map(|item| item.first()).map(&edge).sum();
        // Within an item an edge counts as much against it.
        let score = items.iter().map(|item| worth(item, kickers)).sum::<f32>() + 2.0 * edges - all;
        if best.as_ref().is_none_or(|(most, _)| score > most + 0.01) {
            best = Some((score, items));
        }
    };
    for first in BEGINNINGS {
        if pieces.iter().any(|piece| piece.kind == first) {
            weigh(cut(pieces, first, kickers));
        }
    }
    let mut level = far;
    for _ in 0..LEVELS {
        if level >= near {
            break;
        }
        weigh(cut_at(pieces, level));
        level = steps().filter(|step| *step > level).min().unwrap_or(near);
    }
    best.map(|(_, items)| items).unwrap_or_default()
}

/// Cuts wherever lines stand no nearer than this.
fn cut_at<'p, 'a>(pieces: &'p [Piece<'a>], level: u32) -> Vec<&'p [Piece<'a>]> {
    pieces.chunk_by(|_, next| next.joined || next.nearness > level).collect()
}

/// Cuts before every piece of a kind, and before a piece whose kind the item at hand has already.
fn cut<'p, 'a>(pieces: &'p [Piece<'a>], first: Kind, kickers: bool) -> Vec<&'p [Piece<'a>]> {
    let mut items = Vec::new();
    let mut from = 0;
    for (at, piece) in pieces.iter().enumerate().skip(1) {
        let item = &pieces[from..at];
        let has = |kind: Kind| item.iter().any(|piece| piece.kind == kind);
        // Marks and kinds stand together, and a kicker stands over its title.
        let goes_on = piece.joined
            || piece.kind == Kind::Rest && item.last().is_some_and(|last| last.kind == Kind::Rest)
            || piece.kind == Kind::Title
                && item.last().is_some_and(|last| is_kicker(last, piece) && (kickers || last.text.ends_with(':')));
        let again = match piece.kind {
            Kind::Title => has(Kind::Title),
            Kind::Date => item.iter().any(|piece| piece.date.is_some()) && piece.date.is_some(),
            _ => false,
        };
        if !goes_on && (piece.kind == first || again) {
            items.push(item);
            from = at;
        }
    }
    if let Some(item) = pieces.get(from..).filter(|item| !item.is_empty()) {
        items.push(item);
    }
    items
}

/// Whether a line is the kicker of the title that follows it.
fn is_kicker(line: &Piece<'_>, title: &Piece<'_>) -> bool {
    let over = line.kind == Kind::Title && line.date.is_none() && line.text.chars().count() <= KICKER;
    over && (line.text.ends_with(':') || line.href.is_none() || line.href == title.href)
}

/// How whole an item is.
fn worth(item: &[Piece<'_>], kickers: bool) -> f32 {
    let count = |kind: Kind| item.iter().filter(|piece| piece.kind == kind).count();
    let dates = item.iter().filter(|piece| piece.date.is_some()).count();
    let mut links = item.iter().filter(|piece| !piece.aside).filter_map(|piece| piece.href);
    let one_target = links.next().is_none_or(|first| links.all(|link| link == first));
    let titled = count(Kind::Title) >= 1;
    let titles = || item.iter().filter(|piece| piece.kind == Kind::Title);
    // A second title is one too many, but for a kicker's.
    let over =
        |(line, title): &(&Piece<'_>, &Piece<'_>)| is_kicker(line, title) && (kickers || line.text.ends_with(':'));
    let kicker = titles().zip(titles().skip(1)).take(1).filter(over).count();
    let spare = count(Kind::Title).saturating_sub(1 + kicker);
    // An item that goes on, as far as it goes, is better than two halves.
    let mut worth = if titled { 1.0 } else { -1.0 };
    worth += if one_target { 0.3 } else { -1.5 };
    worth -= 0.7
        * (spare
            + count(Kind::Summary).saturating_sub(1)
            + dates.saturating_sub(1)
            + count(Kind::Caption).saturating_sub(1)) as f32;
    worth
}

fn is_summary(piece: &Piece<'_>) -> bool {
    piece.kind == Kind::Summary && !piece.text.is_empty()
}

fn build(item: &[Piece<'_>], single: bool, base: &Url) -> TeaserItem {
    let all = |kind: Kind| item.iter().filter(move |piece| piece.kind == kind && !piece.text.is_empty());
    let mut titles: Vec<&Piece<'_>> = all(Kind::Title).collect();
    // Where nothing else is a title, what leads somewhere is one, and what stands before the summary.
    let led = all(Kind::Caption)
        .find(|piece| piece.href.is_some())
        .or_else(|| all(Kind::Caption).next().filter(|_| all(Kind::Summary).next().is_some()))
        .filter(|_| titles.is_empty());
    titles.extend(led);
    let linked = |aside: bool| item.iter().filter(|piece| piece.aside == aside).find_map(|piece| piece.href);
    let href = titles.last().and_then(|title| title.href).or_else(|| linked(false)).or_else(|| linked(true));
    let joined = |kind: Kind| {
        let texts: Vec<&str> = all(kind)
            .filter(|piece| led.is_none_or(|led| !std::ptr::eq(*piece, led)))
            .map(|piece| piece.text)
            .collect();
        (!texts.is_empty()).then(|| texts.join(" "))
    };
    let texts: Vec<&Piece<'_>> = item.iter().filter(|piece| is_summary(piece)).collect();
    let captioned = item.iter().any(|piece| piece.kind == Kind::Caption);
    let (summary, caption) = match texts.as_slice() {
        // Behind a dated summary, a line without a date is a caption.
        [first, rest @ ..] if !rest.is_empty() && (first.date.is_some() || single && !captioned) => {
            let rest: Vec<&str> = rest.iter().map(|piece| piece.text).collect();
            (Some(first.text.to_owned()), Some(rest.join(" ")))
        }
        _ => (joined(Kind::Summary), None),
    };
    // A caption right behind a title, without a summary, is one.
    let lone = item.windows(2).find_map(|pair| match pair {
        [before, caption] if summary.is_none() && caption.kind == Kind::Caption && before.kind != Kind::Caption => {
            Some(caption.text)
        }
        _ => None,
    });
    let lone = lone.filter(|text| !titles.is_empty() && text.ends_with(['.', '!', '?', '…']));
    let caption = if lone.is_some() { None } else { joined(Kind::Caption).or(caption) };
    let summary = summary.or_else(|| lone.map(|text| without_tail(text).to_owned()));
    // What leads somewhere and ends no sentence is a title.
    let untitled = titles.is_empty() && href.is_some() && caption.is_none();
    let (own, summary) = match summary {
        Some(text) if untitled && !text.ends_with(['.', '!', '?', '…', '“', '"']) => (Some(text), None),
        summary => (None, summary),
    };
    TeaserItem {
        title: match titles.as_slice() {
            [] => own,
            [title] => Some(without_kind(title.text).to_owned()),
            [kicker, rest @ ..] => {
                let rest: Vec<&str> = rest.iter().map(|title| title.text).collect();
                Some(format!("{}: {}", kicker.text.trim_end_matches(':'), rest.join(" ")))
            }
        },
        url: href.and_then(|href| resolve(base, href)).filter(super::is_web).map(Into::into),
        date: item.iter().find_map(|piece| piece.date.as_ref()).map(|date| date.iso.clone()),
        summary,
        caption,
    }
}

#[cfg(test)]
#[path = "assemble_tests.rs"]
mod tests;
