//! When the article was published and last changed: the most trusted statement of each kind, never one for the other.

use jiff::Timestamp;
use url::Url;

use super::{beside, is_profiled};
use crate::parse::dates::{DateOrder, find_dates_in};
use crate::types::{DateValue, Labelled, Meta, MetaSource, Precision, Role, Sourced};

/// Sources in the order of trust.
const ORDER: [MetaSource; 9] = [
    MetaSource::Profile,
    MetaSource::JsonLd,
    MetaSource::OpenGraph,
    MetaSource::Microdata,
    MetaSource::DublinCore,
    MetaSource::MetaTag,
    MetaSource::VisibleText,
    MetaSource::TimeElement,
    MetaSource::Markup,
];
/// Sources in the head of a page, which the reader doesn't see.
const DECLARED: [MetaSource; 5] =
    [MetaSource::JsonLd, MetaSource::OpenGraph, MetaSource::Microdata, MetaSource::DublinCore, MetaSource::MetaTag];
/// How far a clock may go wrong before a date in the future is not believed: two days, in seconds.
const FUTURE: i64 = 2 * 24 * 60 * 60;

/// Blocks after the article's last paragraph among which its date may stand.
const AFTER_END: usize = 3;
/// Bytes of a block that may be a date line.
const DATE_LINE: usize = 300;
/// Dates of `<time>` and class names whose place is looked for.
const PLACED: usize = 24;

/// Characters beside the date in a line that is about a date.
const REST: usize = 60;
/// Bytes of the words that announce a date.
const LABEL: usize = 60;

/// What is known of the page.
pub(super) struct Evidence<'a> {
    pub(super) meta: &'a Meta,
    pub(super) blocks: &'a [Labelled],
    /// A date set before the lead in brackets: the newsroom's own word.
    pub(super) before_lead: Option<&'a DateValue>,
    pub(super) url: &'a Url,
    pub(super) fetched_at: Timestamp,
}

/// The date of publication.
pub(super) fn published(evidence: &Evidence<'_>) -> Option<Sourced<DateValue>> {
    let mut dates = dateline(evidence);
    let profiled = dates.iter().any(|date| date.source == MetaSource::Profile);
    if let Some(date) = evidence.before_lead.filter(|_| !profiled) {
        return Some(Sourced::new(date.clone(), MetaSource::VisibleText));
    }
    dates.extend(in_place(&evidence.meta.published, evidence));
    let beside = || beside(evidence).into_iter().find(|date| !is_future(&date.value, evidence.fetched_at));
    let Some(said) = best(&dates, evidence.fetched_at) else {
        let of_url = of_url(evidence.url);
        return match &of_url {
            Some(date) if date.value.precision >= Precision::Day => of_url,
            _ => beside().or_else(|| announced(evidence)).or(of_url),
        };
    };
    // Some systems declare the day on which they last built the page, so that it was "published" when it was last changed
    // or later. Then an earlier day that the reader sees by the headline is the true one.
    let changed = declared_change(evidence).filter(|_| DECLARED.contains(&said.source));
    let Some(changed) = changed.filter(|changed| day_of(&changed.value) <= day_of(&said.value)) else {
        return Some(said);
    };
    let seen = beside().or_else(|| announced(evidence)).filter(|seen| is_before(&seen.value, &said, evidence));
    // Published after it was changed: another statement that is not so late is the true one.
    let sooner = || {
        let late = day_of(&changed.value) < day_of(&said.value);
        let fits =
            |date: &&Sourced<DateValue>| date.source == said.source && day_of(&date.value) <= day_of(&changed.value);
        dates.iter().filter(|_| late).find(fits).cloned()
    };
    seen.or_else(sooner).or(Some(said))
}

/// Whether a day lies at least two days before another.
fn is_days_before(one: &DateValue, other: &DateValue) -> bool {
    let day = |date: &DateValue| day_of(date).parse::<jiff::civil::Date>().ok();
    let (Some(one), Some(other)) = (day(one), day(other)) else { return false };
    one.tomorrow().and_then(|next| next.tomorrow()).is_ok_and(|next| next <= other)
}

/// Whether a day that is shown lies before the one that was declared: by more than a difference of time zones, or as another
/// statement of the page has it.
fn is_before(seen: &DateValue, said: &Sourced<DateValue>, evidence: &Evidence<'_>) -> bool {
    let borne_out = || {
        let mut others = evidence.meta.published.iter().filter(|other| other.source == said.source);
        day_of(seen) < day_of(&said.value) && others.any(|other| day_of(&other.value) == day_of(seen))
    };
    is_days_before(seen, &said.value) || borne_out()
}

/// Dates in the lines by the headline, if the date is most of the line or the line says what it is.
fn beside(evidence: &Evidence<'_>) -> Vec<Sourced<DateValue>> {
    let order = order(evidence.meta);
    let mut dates = Vec::new();
    for line in beside::lines(evidence.blocks) {
        let text = line.text();
        let Some((range, date)) = find_dates_in(text, order).into_iter().next() else { continue };
        let before = text.get(..range.start).unwrap_or_default();
        let announced = is_announced(before) || (before.is_empty() && is_announced(line.before));
        let rest = text.chars().count().saturating_sub(range.len());
        let alone = rest <= REST && matches!(line.place, beside::Place::Between | beside::Place::Near);
        if date.precision >= Precision::Day
            && !is_change(before)
            && !(before.is_empty() && is_change_label(line.before))
            && (announced || alone)
        {
            dates.push(Sourced::new(date, MetaSource::VisibleText));
        }
    }
    dates
}

/// The first date of the page that a word announces, wherever it stands: the last resort before the address.
fn announced(evidence: &Evidence<'_>) -> Option<Sourced<DateValue>> {
    let order = order(evidence.meta);
    let mut before = "";
    for labelled in evidence.blocks {
        let text = labelled.block.text.as_str();
        let above = std::mem::replace(&mut before, text);
        let elsewhere = matches!(labelled.role, Role::Advertisement | Role::Comment | Role::Events);
        if elsewhere || text.len() > DATE_LINE || !text.bytes().any(|byte| byte.is_ascii_digit()) {
            continue;
        }
        let found = find_dates_in(text, order).into_iter().next().filter(|(_, date)| date.precision >= Precision::Day);
        let Some((range, date)) = found else { continue };
        let words = text.get(..range.start).unwrap_or_default();
        let alone = words.trim().is_empty();
        // A box that tells of the article may look like an item, but leads nowhere, and its labels are lines of their own.
        let of_item = labelled.role == Role::Teaser && !(alone && labelled.block.links.is_empty());
        let label = if alone { above } else { words };
        if !of_item && is_announced(label) && !is_future(&date, evidence.fetched_at) {
            return Some(Sourced::new(date, MetaSource::VisibleText));
        }
    }
    None
}

/// Whether the words before a date say that it is the day of publication: they begin or end with the word for it.
fn is_announced(before: &str) -> bool {
    const WORDS: [&str; 12] = [
        "published",
        "posted",
        "publish date",
        "publication date",
        "date published",
        "veröffentlicht",
        "erschienen",
        "publié",
        "publicado",
        "pubblicato",
        "gepubliceerd",
        "publicerad",
    ];
    let before = before.trim();
    if before.is_empty() || before.len() > LABEL {
        return false;
    }
    let before = before.to_lowercase();
    let label = before.trim_end_matches([':', ' ', '–', '-', '|', '·']);
    let label = ["on", "at", "am", "le", "el", "il", "op"]
        .iter()
        .find_map(|word| label.strip_suffix(word)?.strip_suffix(' '))
        .unwrap_or(label);
    !is_change(&before) && WORDS.iter().any(|word| before.starts_with(word) || label.ends_with(word))
}

/// Whether the words before a date say that it is the day of a change.
fn is_change(before: &str) -> bool {
    const WORDS: [&str; 11] = [
        "aktualisiert",
        "updated",
        "geändert",
        "modified",
        "reviewed",
        "stand:",
        "revised",
        "mis à jour",
        "actualizado",
        "aggiornato",
        "bijgewerkt",
    ];
    let before = before.to_lowercase();
    WORDS.iter().any(|word| before.contains(word))
}

/// Whether a line does nothing but announce the day of a change in the next one; `Reviewed by Ida Voss` names a person.
fn is_change_label(line: &str) -> bool {
    line.len() < REST && is_change(line) && !line.contains(" by ") && !line.contains(" von ")
}

/// The date of the last change: as the page declares it, else as a line by the headline says.
pub(super) fn modified(evidence: &Evidence<'_>, published: Option<&Sourced<DateValue>>) -> Option<Sourced<DateValue>> {
    declared_change(evidence).or_else(|| {
        let shown = updated(evidence)?;
        // Never before it was published.
        published.is_none_or(|published| day_of(&published.value) <= day_of(&shown.value)).then_some(shown)
    })
}

fn declared_change(evidence: &Evidence<'_>) -> Option<Sourced<DateValue>> {
    best(&in_place(&evidence.meta.modified, evidence), evidence.fetched_at)
}

/// The date that a line by the headline or a date line announces as that of a change.
fn updated(evidence: &Evidence<'_>) -> Option<Sourced<DateValue>> {
    let order = order(evidence.meta);
    let datelines = evidence.blocks.iter().filter(|labelled| labelled.role == Role::Dateline).take(6);
    let datelines = datelines.map(|labelled| (labelled.block.text.as_str(), ""));
    let beside = beside::lines(evidence.blocks).into_iter();
    let beside = beside.filter(|line| line.text().len() <= 2 * LABEL).map(|line| (line.text(), line.before));
    datelines.chain(beside).find_map(|(text, above)| {
        let mut end = 0;
        find_dates_in(text, order).into_iter().find_map(|(range, date)| {
            let before = text.get(std::mem::replace(&mut end, range.end)..range.start).unwrap_or_default();
            let told = is_change(before) || (before.is_empty() && is_change_label(above));
            let fits = told && date.precision >= Precision::Day && !is_future(&date, evidence.fetched_at);
            fits.then(|| Sourced::new(date, MetaSource::VisibleText))
        })
    })
}

/// The dates without those of `<time>` and telling class names that stand at something else than the article: a teaser, a
/// comment, an event, or far below its end.
fn in_place(dates: &[Sourced<DateValue>], evidence: &Evidence<'_>) -> Vec<Sourced<DateValue>> {
    let text = evidence.blocks.iter().rposition(|labelled| labelled.role.is_text());
    let end = text.map_or(evidence.blocks.len(), |at| at + AFTER_END);
    let order = order(evidence.meta);
    let mut looked_at = 0;
    let stands = |date: &&Sourced<DateValue>| {
        if !matches!(date.source, MetaSource::TimeElement | MetaSource::Markup) {
            return true;
        }
        looked_at += 1;
        looked_at <= PLACED && stands_at_article(&date.value, evidence.blocks, end, order)
    };
    dates.iter().filter(stands).cloned().collect()
}

/// The order of day and month in the page's language.
fn order(meta: &Meta) -> DateOrder {
    meta.languages.first().map_or(DateOrder::Unknown, |tag| DateOrder::of_language(&tag.value))
}

fn day_of(date: &DateValue) -> &str {
    date.iso.get(..10).unwrap_or(&date.iso)
}

/// Whether a date stands in a block that may be about the article. One that the reader does not see stands nowhere.
fn stands_at_article(date: &DateValue, blocks: &[Labelled], end: usize, order: DateOrder) -> bool {
    let raw = date.raw.trim();
    let headline = blocks.iter().position(|labelled| labelled.role == Role::Headline).unwrap_or(blocks.len());
    let first = blocks.iter().skip(headline).position(|labelled| labelled.role.is_text()).map_or(0, |at| at + headline);
    blocks.iter().enumerate().any(|(at, labelled)| {
        let block = &labelled.block;
        let between = at > headline && at < first;
        let elsewhere = !between
            && matches!(
                labelled.role,
                Role::Teaser
                    | Role::Advertisement
                    | Role::VendorList
                    | Role::Comment
                    | Role::Events
                    | Role::Navigation
                    | Role::Pagination
                    | Role::Search
                    | Role::Subscription
                    | Role::Legal
            );
        let framed = matches!(labelled.role, Role::Dateline | Role::Byline);
        let holds = || {
            let short = block.text.len() <= DATE_LINE;
            // A block may hold two times, of which it keeps the first.
            let same_day = || find_dates_in(&block.text, order).iter().any(|(_, other)| day_of(other) == day_of(date));
            block.datetime.as_deref().is_some_and(|datetime| datetime.contains(raw))
                || (short && (block.text.contains(raw) || (block.datetime.is_some() && same_day())))
        };
        !elsewhere && (at <= end || framed) && holds()
    })
}

/// The first date of the most trusted source, or a more precise one of the same day.
fn best(dates: &[Sourced<DateValue>], now: Timestamp) -> Option<Sourced<DateValue>> {
    let credible = |date: &&Sourced<DateValue>| !is_future(&date.value, now);
    let first = ORDER.iter().find_map(|source| dates.iter().filter(credible).find(|date| date.source == *source))?;
    if first.value.precision >= Precision::Time {
        // The same instant as the publisher's clock has it says on which day that was.
        let moment = |date: &DateValue| date.iso.parse::<Timestamp>().ok();
        let at = moment(&first.value).filter(|_| first.value.iso.ends_with('Z'));
        let local = |date: &&Sourced<DateValue>| !date.value.iso.ends_with('Z') && moment(&date.value) == at;
        let found = at.and_then(|_| dates.iter().find(local)).unwrap_or(first);
        return Some(Sourced::new(found.value.clone(), first.source));
    }
    let finer = ORDER.iter().find_map(|source| {
        dates.iter().find(|date| {
            let (fine, coarse) = (&date.value, &first.value);
            date.source == *source && fine.precision > coarse.precision && fine.iso.starts_with(&coarse.iso)
        })
    });
    Some(finer.unwrap_or(first).clone())
}

fn is_future(date: &DateValue, now: Timestamp) -> bool {
    let last = now.as_second().saturating_add(FUTURE);
    let day = Timestamp::from_second(last).map(|last| last.strftime("%Y-%m-%d").to_string());
    day.is_ok_and(|day| date.iso.get(..date.iso.len().min(10)).is_some_and(|date| date > day.as_str()))
}

/// Dates that the reader sees in date lines and bylines.
fn dateline(evidence: &Evidence<'_>) -> Vec<Sourced<DateValue>> {
    let order = order(evidence.meta);
    let lines =
        evidence.blocks.iter().filter(|labelled| matches!(labelled.role, Role::Dateline | Role::Byline)).take(6);
    let mut dates = Vec::new();
    for line in lines {
        let source = if is_profiled(line) { MetaSource::Profile } else { MetaSource::VisibleText };
        for (range, date) in find_dates_in(&line.block.text, order) {
            if !is_change(line.block.text.get(..range.start).unwrap_or_default()) {
                dates.push(Sourced::new(date, source));
            }
        }
    }
    dates
}

/// `/2024/05/13/`, `/2024/may/13/`, `/2024-05-13-titel`, `/20240513/`, `/2024/05/` in an address.
fn of_url(url: &Url) -> Option<Sourced<DateValue>> {
    let parts: Vec<&str> = url.path().split('/').filter(|part| !part.is_empty()).collect();
    let number = |text: &str, digits: usize| {
        (text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.parse::<u16>().ok())
            .flatten()
    };
    let named = |part: &str| crate::parse::dates::month_of(part).map(u16::from);
    let is_year = |year: u16| (1994..2100).contains(&year);
    for (at, part) in parts.iter().enumerate() {
        if let Some(year) = number(part, 4).filter(|year| is_year(*year))
            && let Some(month) = parts
                .get(at + 1)
                .and_then(|part| number(part, 2).or_else(|| named(part)))
                .filter(|month| (1..=12).contains(month))
        {
            let day = parts
                .get(at + 2)
                .and_then(|day| number(day, 2).or_else(|| number(day, 1)))
                .filter(|day| (1..=31).contains(day));
            let (iso, precision) = match day {
                Some(day) => (format!("{year:04}-{month:02}-{day:02}"), Precision::Day),
                None => (format!("{year:04}-{month:02}"), Precision::Month),
            };
            return Some(Sourced::new(DateValue { iso, precision, raw: url.path().to_owned() }, MetaSource::Url));
        }
        let dated = part.get(..10).filter(|start| start.as_bytes().get(4) == Some(&b'-'));
        let dated = dated.or_else(|| part.get(..8).filter(|start| start.len() == part.len()));
        if let Some(mut date) =
            dated.and_then(crate::parse::dates::parse_date).filter(|date| date.precision == Precision::Day)
            && date.iso.get(..4).and_then(|year| year.parse().ok()).is_some_and(is_year)
        {
            date.raw = (*part).to_owned();
            return Some(Sourced::new(date, MetaSource::Url));
        }
    }
    None
}

#[cfg(test)]
#[path = "published_tests.rs"]
mod tests;
