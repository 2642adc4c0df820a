//! Lines whose parts are known → pointers.
//!
//! `pieces` takes from each line what it holds: a title with its date, a summary with its date and "more". Which piece begins an item is
//! not said by any of them: every order that the group's first pieces allow is tried, and the one that gives the most whole items is
//! taken, so that one strange item breaks no group.

use std::ops::Range;

use url::Url;

use super::items::Line;
use super::marks;
use crate::classify::without_bullet;
use crate::parse::dates::{DateOrder, find_dates, find_dates_in};
use crate::types::{DateValue, Part, TeaserItem, resolve};

/// A line over a title, at most, in characters.
const KICKER: usize = 60;
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
}

/// Reads the pointers of a list whose every line has a part.
pub(super) fn read(lines: &[Line<'_>], base: &Url, to: &mut Vec<TeaserItem>) {
    let mut found = Vec::new();
    for line in lines {
        pieces(line, &mut found);
    }
    let mut items: Vec<TeaserItem> = segment(&found).into_iter().map(|item| build(item, base)).collect();
    items.retain(|item| item.title.is_some() || item.summary.is_some());
    join_lone(&mut items);
    items.dedup();
    to.append(&mut items);
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
fn pieces<'a>(line: &Line<'a>, to: &mut Vec<Piece<'a>>) {
    let text = without_mark(line.text);
    let href = line.links.iter().find(|link| !link.href.is_empty()).map(|link| link.href.as_str());
    let piece = |kind, text| Piece { kind, text, date: None, href, image: line.image, joined: false };
    let from = to.len();
    match line.part {
        Some(Part::Title) => title(piece(Kind::Title, text), line, to),
        Some(Part::Date) => {
            let date = date_of(text).or_else(|| line.datetime.and_then(date_of));
            to.push(Piece { date, ..piece(Kind::Date, "") });
        }
        Some(Part::Summary) => summary(piece(Kind::Summary, text), line, to),
        Some(Part::Caption) => to.push(piece(Kind::Caption, text)),
        Some(Part::Whole) => whole(piece(Kind::Title, text), line, to),
        Some(Part::Extra) => {
            let date = date_of(text);
            to.push(Piece { date, ..piece(if text.ends_with(':') { Kind::Title } else { Kind::Rest }, text) });
        }
        _ => to.push(piece(Kind::Rest, "")),
    }
    to.iter_mut().skip(from + 1).for_each(|piece| (piece.image, piece.joined) = (false, true));
}

/// A line without the mark of a list before it.
fn without_mark(text: &str) -> &str {
    without_bullet(text.trim()).trim_start_matches(['»', '›', '→', '■', '▪', '●', '>', '·', '•']).trim_start()
}

/// The first date in a text, as a day.
fn date_of(text: &str) -> Option<DateValue> {
    dates_in(text).into_iter().next().map(|(_, date)| date)
}

/// The dates in a text, as days. Figures parted by dashes are read as day, month, year, as where they are written so.
fn dates_in(text: &str) -> Vec<(Range<usize>, DateValue)> {
    let mut found = find_dates(text);
    if found.is_empty() && !text.contains('/') {
        found = find_dates_in(text, DateOrder::DayFirst);
    }
    found.iter_mut().for_each(|(_, date)| date.iso.truncate(10));
    found
}

/// Characters before a date, at most, that belong to it: a bracket, a weekday.
const BEFORE_DATE: usize = 14;

/// What may stand between a date and the text beside it.
const SEAMS: [char; 14] = ['[', ']', '(', ')', '|', '–', '—', '-', '·', '•', ':', ',', '/', ' '];

/// The date that a line begins with, and what follows it.
fn leading(text: &str) -> Option<(DateValue, &str)> {
    let head = text.get(..text.char_indices().nth(60).map_or(text.len(), |(at, _)| at))?;
    let (range, date) = dates_in(head).into_iter().next()?;
    let before = text.get(..range.start)?.trim_matches(SEAMS);
    let weekday = before.trim_end_matches(['.', ',']);
    let own = before.is_empty() || before.chars().count() <= BEFORE_DATE && is_weekday(weekday);
    let rest = text.get(range.end..)?;
    // "3. Juni 2024 kam der Rat zusammen" is a sentence, but no title or summary begins in lower case.
    let rest = rest.trim_start_matches([' ', ',']).strip_prefix("Uhr").unwrap_or(rest).trim_start_matches(SEAMS);
    (own && !rest.starts_with(char::is_lowercase)).then_some((date, rest))
}

/// The text before a date that ends a line, and the date.
fn trailing(text: &str) -> Option<(&str, DateValue)> {
    let from = text.char_indices().rev().nth(39).map_or(0, |(at, _)| at);
    let (range, date) = dates_in(text.get(from..)?).into_iter().last()?;
    let after = text.get(from + range.end..)?.trim_matches(SEAMS);
    let before = text.get(..from + range.start)?;
    let bare = before.trim_end();
    // A date in running text has words around it; this one stands apart.
    let apart =
        bare.ends_with(['[', '(', '|', '–', '—', '·', '•', ',', '-']) || bare.ends_with(['.', '!', '?', '…', '“', '"']);
    let weekday =
        bare.rsplit(SEAMS).find(|word| !word.is_empty()).filter(|word| is_weekday(word.trim_end_matches('.')));
    let end = bare.len()
        - weekday.filter(|_| !apart).map_or(0, |word| word.len() + bare.len() - bare.trim_end_matches(SEAMS).len());
    let known = after.is_empty() || after == "Uhr";
    let text = bare.get(..end)?.trim_end_matches(SEAMS);
    (known && (apart || weekday.is_some()) && text.chars().count() >= 4).then_some((text, date))
}

fn is_weekday(word: &str) -> bool {
    const STARTS: [&str; 11] = ["mo", "di", "mi", "do", "fr", "sa", "so", "tu", "we", "th", "su"];
    let lower = word.to_lowercase();
    STARTS.iter().any(|start| lower.starts_with(start))
        && (lower.len() <= 3
            || lower.ends_with("tag")
            || lower.ends_with("day")
            || lower == "mittwoch"
            || lower == "sonnabend")
}

/// A title, perhaps with a date before or behind it.
fn title<'a>(mut piece: Piece<'a>, line: &Line<'a>, to: &mut Vec<Piece<'a>>) {
    let linked = line.links.first().map(|link| link.text.as_str()).filter(|link| link.chars().count() >= TITLE_LINK);
    let mut date = None;
    if let Some((dated, rest)) = leading(piece.text).filter(|(_, rest)| !rest.is_empty()) {
        (piece.text, date) = (rest, Some(dated));
    } else if let Some((text, dated)) = trailing(piece.text) {
        (piece.text, date) = (text, Some(dated));
    } else if let Some((text, rest)) = linked.and_then(|link| Some((link, piece.text.strip_prefix(link)?))) {
        // Behind its link a title has its date alone.
        let dated = dates_in(rest).into_iter().next().filter(|(range, _)| rest.len() < range.len() + 12);
        if let Some((_, dated)) = dated {
            (piece.text, date) = (piece.text.get(..text.len()).unwrap_or(piece.text), Some(dated));
        }
    }
    if let Some(found) = marks::MORE_AT_END.find(piece.text).filter(|found| found.start() > 0) {
        piece.text = piece.text.get(..found.start()).unwrap_or(piece.text).trim_end();
    }
    piece.text = piece.text.trim_end_matches(['|', '–', '—', '-', '·']).trim_end();
    piece.text = piece.text.strip_suffix(" Bericht").unwrap_or(piece.text).trim_end();
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
    piece.text = piece.text.trim_start_matches(['|', '–', '—', '·', ':']).trim_start();
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

/// Title and summary in one line: parted by the title's link, the date, or the first mark that ends a title.
fn whole<'a>(piece: Piece<'a>, line: &Line<'a>, to: &mut Vec<Piece<'a>>) {
    let (mut text, mut date) = (piece.text, None);
    if let Some((dated, rest)) = leading(text) {
        (text, date) = (rest, Some(dated));
    }
    let linked = line.links.first().map(|link| link.text.as_str()).filter(|link| link.chars().count() >= TITLE_LINK);
    let after_link = linked.and_then(|link| text.find(link).filter(|at| *at <= 80).map(|at| at + link.len()));
    let bracket = marks::BRACKETED_WITHIN.find(text).map(|found| found.start());
    let stop = || text.find(". ").or_else(|| text.find("? ")).or_else(|| text.find("! ")).map(|at| at + 1);
    let dash = || text.find(" – ").or_else(|| text.find(" | "));
    let end =
        after_link.filter(|end| *end + 2 < text.len()).or(bracket).or_else(dash).or_else(stop).unwrap_or(text.len());
    let (head, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    let rest = rest.trim_start();
    let rest =
        rest.strip_prefix("Bericht").filter(|after| after.is_empty() || after.starts_with([' ', '['])).unwrap_or(rest);
    title(Piece { text: head.trim_end(), ..piece.clone() }, line, to);
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

/// Cuts pieces into items, by the order that gives the most whole ones.
fn segment<'p, 'a>(pieces: &'p [Piece<'a>]) -> Vec<&'p [Piece<'a>]> {
    let kickers = have_kickers(pieces);
    let mut best: Option<(f32, Vec<&[Piece<'a>]>)> = None;
    for first in BEGINNINGS {
        if !pieces.iter().any(|piece| piece.kind == first) {
            continue;
        }
        let items = cut(pieces, first, kickers);
        let score: f32 = items.iter().map(|item| worth(item)).sum();
        if best.as_ref().is_none_or(|(most, _)| score > most + 0.01) {
            best = Some((score, items));
        }
    }
    best.map(|(_, items)| items).unwrap_or_default()
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
fn worth(item: &[Piece<'_>]) -> f32 {
    let count = |kind: Kind| item.iter().filter(|piece| piece.kind == kind).count();
    let dates = item.iter().filter(|piece| piece.date.is_some()).count();
    let mut links = item.iter().filter_map(|piece| piece.href);
    let one_target = links.next().is_none_or(|first| links.all(|link| link == first));
    let titled = count(Kind::Title) >= 1;
    // An item that goes on, as far as it goes, is better than two halves.
    let mut worth = if titled { 1.0 } else { -1.0 };
    worth += if one_target { 0.3 } else { -1.5 };
    worth -= 0.7
        * (count(Kind::Summary).saturating_sub(1) + dates.saturating_sub(1) + count(Kind::Caption).saturating_sub(1))
            as f32;
    worth
}

fn build(item: &[Piece<'_>], base: &Url) -> TeaserItem {
    let titles: Vec<&Piece<'_>> =
        item.iter().filter(|piece| piece.kind == Kind::Title && !piece.text.is_empty()).collect();
    let href = titles.last().and_then(|title| title.href).or_else(|| item.iter().find_map(|piece| piece.href));
    let joined = |kind: Kind| {
        let texts: Vec<&str> =
            item.iter().filter(|piece| piece.kind == kind && !piece.text.is_empty()).map(|piece| piece.text).collect();
        (!texts.is_empty()).then(|| texts.join(" "))
    };
    // Behind a dated summary, a line without a date is a caption.
    let texts: Vec<&Piece<'_>> =
        item.iter().filter(|piece| piece.kind == Kind::Summary && !piece.text.is_empty()).collect();
    let (summary, caption) = match texts.as_slice() {
        [first, rest @ ..] if !rest.is_empty() && item.iter().any(|piece| piece.date.is_some()) => {
            let rest: Vec<&str> = rest.iter().map(|piece| piece.text).collect();
            (Some(first.text.to_owned()), Some(rest.join(" ")))
        }
        _ => (joined(Kind::Summary), None),
    };
    // What leads somewhere and ends no sentence is a title.
    let untitled = titles.is_empty() && href.is_some() && caption.is_none();
    let (own, summary) = match summary {
        Some(text) if untitled && !text.ends_with(['.', '!', '?', '…', '“', '"']) => (Some(text), None),
        summary => (None, summary),
    };
    TeaserItem {
        title: match titles.as_slice() {
            [] => own,
            [title] => Some(title.text.to_owned()),
            [kicker, rest @ ..] => {
                let rest: Vec<&str> = rest.iter().map(|title| title.text).collect();
                Some(format!("{}: {}", kicker.text.trim_end_matches(':'), rest.join(" ")))
            }
        },
        url: href.and_then(|href| resolve(base, href)).filter(super::is_web).map(Into::into),
        date: item.iter().find_map(|piece| piece.date.as_ref()).map(|date| date.iso.clone()),
        summary,
        caption: joined(Kind::Caption).or(caption),
    }
}

#[cfg(test)]
#[path = "assemble_tests.rs"]
mod tests;
