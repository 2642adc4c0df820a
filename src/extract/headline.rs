//! The headline: what stands over the article, checked against what the metadata call it.
//!
//! Metadata carry the site's name ("Neues Rathaus | Tanndorfer Bote"), a kicker or a title for search engines; the page may
//! hold several headings. So the heading that the metadata bear out is the headline.

use rustc_hash::FxHashSet;

use super::hashes::normalise;
use super::title::Title;
use crate::types::{Meta, MetaSource};

/// Sources of titles in the order of trust.
const ORDER: [MetaSource; 6] = [
    MetaSource::Profile,
    MetaSource::JsonLd,
    MetaSource::OpenGraph,
    MetaSource::Microdata,
    MetaSource::DublinCore,
    MetaSource::MetaTag,
];
/// Characters of a headline; what is longer is a summary that a site put in its place.
const LONGEST: usize = 220;
/// Characters of a kicker.
const KICKER: usize = 60;
/// The share of words that two titles must have in common to mean one article.
const AGREEMENT: f32 = 0.5;

/// Chooses. `title` is what the blocks give, `own` the site's names, normalised, and the name in its host.
pub(super) fn choose(title: &Title, meta: &Meta, own: &[String]) -> Option<String> {
    if title.profiled && title.headline.is_some() {
        return title.headline.clone();
    }
    let visible = title.headline.as_deref();
    let headlines = |source: MetaSource| meta.headlines.iter().filter(move |headline| headline.source == source);
    let mut said: Vec<&str> = ORDER.iter().flat_map(|source| headlines(*source)).map(|h| h.value.as_str()).collect();
    said.extend(meta.title.as_deref());
    let said: Vec<&str> = said
        .into_iter()
        .map(|title| strip_site(title, own))
        .filter(|title| !is_own(title, own) && title.chars().count() <= LONGEST)
        .collect();
    // Kicker and headline of one heading declared as one, or of two and declared so twice: `Kicker: Headline` is what the page
    // calls itself.
    if let (Some(kicker), Some(headline)) = (title.kicker.as_deref(), visible) {
        let whole = [normalise(kicker), normalise(headline)].join(" ");
        let is_whole = |said: &str| said.contains(": ") && normalise(strip_site(said, own)) == whole;
        let by = |source| headlines(source).any(|said| is_whole(&said.value));
        // Not by `<title>` alone, in which much runs together.
        let declared = ORDER.iter().any(|source| by(*source));
        if let Some(said) = said.iter().find(|said| is_whole(said))
            && (title.within && declared || (by(MetaSource::JsonLd) && by(MetaSource::OpenGraph)))
        {
            return Some((*said).to_owned());
        }
    }
    // A heading over the headline is the site's name where only `<title>` has it: `Name: Headline`.
    let visible = visible.filter(|text| !stands_before_declared(text, meta));
    let headings: Vec<&str> = headlines(MetaSource::Markup).map(|h| h.value.as_str()).collect();
    let supported = |text: &&str| said.iter().any(|said| agreement(said, text) >= AGREEMENT);
    let visible = visible.filter(|text| !is_own(text, own));
    // A heading that is word for word what the page declares, where the one over the text is not.
    let declared: Vec<String> = headlines(MetaSource::JsonLd).map(|said| normalise(&said.value)).collect();
    let exact = |text: &&str| said.iter().any(|said| normalise(said) == normalise(text));
    let exactly = headings.iter().copied().find(|text| declared.contains(&normalise(text)) && !is_own(text, own));
    let shown = exactly
        .filter(|_| !visible.as_ref().is_some_and(exact))
        .or(visible.filter(supported))
        .or_else(|| headings.iter().copied().find(supported))
        .or_else(|| if said.is_empty() { visible.or_else(|| headings.first().copied()) } else { None });
    // Where nothing but `<title>` declares one, and that stands nowhere on the page, what stands over the text is the headline.
    let only_title = !meta.headlines.iter().any(|said| said.source != MetaSource::Markup);
    // One word alone is the site's name.
    let one_word = said.iter().all(|said| !said.contains(' '));
    let shown = shown.or(visible.filter(|_| only_title && (title.borne_out || one_word)));
    let Some(shown) = shown else { return said.first().map(|said| (*said).to_owned()) };
    // A heading into which a kicker was glued: the metadata know where the headline begins. And a kicker that was taken for
    // the heading: the metadata go on after it.
    let whole = normalise(shown);
    let inner = said.iter().copied().find(|said| {
        let text = normalise(said);
        let after_colon = shown.split_once(':').is_some_and(|(_, rest)| normalise(rest) == text);
        let ends_it = text.len() < whole.len() && text.split(' ').count() > 2 && whole.ends_with(&text) && !after_colon;
        let goes_on = said.get(shown.len()..).is_some_and(|rest| rest.starts_with(':')) && text.starts_with(&whole);
        // Date or section behind a mark: `Headline / May 2024`.
        let begins_it = || {
            let rest = shown.strip_prefix(said).map(str::trim_start).unwrap_or_default();
            text.split(' ').count() > 2 && rest.starts_with(['/', '|', '·', '•'])
        };
        ends_it || goes_on || begins_it()
    });
    let chosen = strip_site(inner.unwrap_or(shown), own);
    Some(chosen.trim_start_matches([':', ' ']).to_owned())
}

/// Whether `<title>` is a text and what else the metadata declare the headline to be, in this order.
fn stands_before_declared(text: &str, meta: &Meta) -> bool {
    let Some(title) = meta.title.as_deref().filter(|title| title.len() > text.len()) else { return false };
    let rest = title.get(text.len()..).filter(|_| title.starts_with(text)).map(normalise).unwrap_or_default();
    let declared = |headline: &&crate::types::Sourced<String>| headline.source != MetaSource::Markup;
    !rest.is_empty() && meta.headlines.iter().filter(declared).any(|headline| normalise(&headline.value) == rest)
}

/// The kicker that the metadata set before the headline that is shown: `Kicker: Headline`. The site's name is none.
pub(super) fn kicker(headline: &str, meta: &Meta, own: &[String]) -> Option<String> {
    let shown = normalise(headline);
    let declared = meta.headlines.iter().filter(|said| ORDER.contains(&said.source)).map(|said| said.value.as_str());
    declared.take(20).find_map(|said| {
        let (kicker, rest) = said.split_once(": ")?;
        let fits = !kicker.is_empty() && kicker.chars().count() <= KICKER && !is_site(kicker, own);
        (fits && !shown.is_empty() && normalise(strip_site(rest, own)) == shown).then(|| kicker.trim().to_owned())
    })
}

fn is_own(text: &str, own: &[String]) -> bool {
    let text = normalise(text);
    text.is_empty() || own.contains(&text)
}

/// How many of the words of the shorter title stand in the other.
fn agreement(one: &str, other: &str) -> f32 {
    let (one, other) = (normalise(one), normalise(other));
    let one: FxHashSet<&str> = one.split_whitespace().collect();
    let other: FxHashSet<&str> = other.split_whitespace().collect();
    let (short, long) = if one.len() <= other.len() { (&one, &other) } else { (&other, &one) };
    if short.is_empty() {
        return 0.0;
    }
    let common = short.iter().filter(|word| long.contains(*word)).count();
    // A single common word in a long title is chance.
    if common < 2 && long.len() > 3 {
        return 0.0;
    }
    common as f32 / short.len() as f32
}

/// Takes the site's name off a title's end or start, where a separator parts it.
pub(super) fn strip_site<'a>(title: &'a str, own: &[String]) -> &'a str {
    const SEPARATORS: [&str; 10] = [" | ", " - ", " – ", " — ", " :: ", " » ", " « ", " · ", " • ", "| "];
    let mut title = title.trim();
    for _ in 0..3 {
        let tail = SEPARATORS.iter().filter_map(|mark| Some((title.rfind(mark)?, mark.len()))).max();
        let head = SEPARATORS.iter().filter_map(|mark| Some((title.find(mark)?, mark.len()))).min();
        let last = tail.and_then(|(at, length)| Some((title.get(..at)?, title.get(at + length..)?)));
        let first = head.and_then(|(at, length)| Some((title.get(at + length..)?, title.get(..at)?)));
        match [last, first].into_iter().flatten().find(|(rest, name)| !rest.trim().is_empty() && is_site(name, own)) {
            Some((rest, _)) => title = rest.trim(),
            None => break,
        }
    }
    title
}

/// Whether a part of a title is the site's name: the same letters, or a name of which the host is made.
fn is_site(part: &str, own: &[String]) -> bool {
    let squash =
        |text: &str| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    let part = squash(part);
    part.len() > 1
        && own.iter().map(|name| squash(name)).any(|name| {
            part == name
                || (part.len() > 3
                    && name.len() > 3
                    && (name.contains(&part) || (part.contains(&name) && part.len() < name.len() * 2)))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Sourced;

    fn meta(headlines: &[(&str, MetaSource)], title: &str) -> Meta {
        Meta {
            headlines: headlines.iter().map(|(text, source)| Sourced::new((*text).to_owned(), *source)).collect(),
            title: Some(title.to_owned()).filter(|title| !title.is_empty()),
            ..Meta::default()
        }
    }

    fn of(visible: Option<&str>, meta: &Meta, own: &[String]) -> Option<String> {
        choose(&Title { headline: visible.map(str::to_owned), ..Title::default() }, meta, own)
    }

    fn own() -> Vec<String> {
        vec!["tanndorfer bote".to_owned(), "tanndorferbote".to_owned()]
    }

    #[test]
    fn a_title_of_one_word_is_the_sites_name() {
        let meta = Meta { title: Some("Moorbote".to_owned()), ..Meta::default() };
        assert_eq!(of(Some("Zähler melden sich per Funk"), &meta, &[]).as_deref(), Some("Zähler melden sich per Funk"));
        assert_eq!(of(None, &meta, &[]).as_deref(), Some("Moorbote"));
    }

    #[test]
    fn the_site_leaves_the_title_and_nothing_else_does() {
        assert_eq!(strip_site("Neues Rathaus | Politik | Tanndorfer Bote", &own()), "Neues Rathaus | Politik");
        assert_eq!(strip_site("Tanndorfer Bote - Neues Rathaus", &own()), "Neues Rathaus");
        assert_eq!(strip_site("Rathaus - ein Neubau", &own()), "Rathaus - ein Neubau");
        assert_eq!(strip_site("Tanndorfer Bote", &own()), "Tanndorfer Bote");
        assert_eq!(strip_site("", &own()), "");
    }

    #[test]
    fn the_heading_that_the_metadata_bear_out_is_the_headline() {
        let said = meta(&[("Kicker: Neues Rathaus in Tanndorf", MetaSource::OpenGraph)], "");
        assert_eq!(of(Some("Neues Rathaus in Tanndorf"), &said, &own()).as_deref(), Some("Neues Rathaus in Tanndorf"));
        let said = meta(
            &[("Tanndorfer Bote", MetaSource::Markup), ("Neues Rathaus in Tanndorf!", MetaSource::Markup)],
            "Neues Rathaus in Tanndorf | Tanndorfer Bote",
        );
        assert_eq!(of(None, &said, &own()).as_deref(), Some("Neues Rathaus in Tanndorf!"));
        assert_eq!(of(Some("Newsletter bestellen"), &said, &own()).as_deref(), Some("Neues Rathaus in Tanndorf!"));
    }

    #[test]
    fn what_is_glued_to_a_heading_goes() {
        let said = meta(&[("Neues Rathaus in Tanndorf", MetaSource::JsonLd)], "");
        assert_eq!(
            of(Some("Stadtumbau Neues Rathaus in Tanndorf"), &said, &own()).as_deref(),
            Some("Neues Rathaus in Tanndorf")
        );
        let said = meta(&[("Neues Rathaus: Tanndorf baut um", MetaSource::JsonLd)], "");
        assert_eq!(of(Some("Neues Rathaus"), &said, &own()).as_deref(), Some("Neues Rathaus: Tanndorf baut um"));
        let said = meta(&[("Tanndorf baut um", MetaSource::JsonLd)], "");
        let whole = "Rathaus: Tanndorf baut um";
        assert_eq!(of(Some(whole), &said, &own()).as_deref(), Some(whole));
        let dated = "Neues Rathaus in Tanndorf / Mai 2024";
        let said = meta(&[("Neues Rathaus in Tanndorf", MetaSource::JsonLd)], "");
        assert_eq!(of(Some(dated), &said, &own()).as_deref(), Some("Neues Rathaus in Tanndorf"));
        let cut = meta(&[("Neues Rathaus in Tanndorf, alle", MetaSource::MetaTag)], "");
        let whole = "Neues Rathaus in Tanndorf, alle sind froh";
        assert_eq!(of(Some(whole), &cut, &own()).as_deref(), Some(whole));
    }

    #[test]
    fn a_summary_in_the_place_of_a_headline_is_none() {
        let summary = "Der Rat hat getagt. ".repeat(20);
        let said = meta(&[(&summary, MetaSource::JsonLd)], "Neues Rathaus | Tanndorfer Bote");
        assert_eq!(of(None, &said, &own()).as_deref(), Some("Neues Rathaus"));
    }

    #[test]
    fn a_heading_of_kicker_and_headline_is_one_where_the_page_declares_it_so() {
        let of = |within: bool, said: &str| {
            let title = Title {
                kicker: Some("Umbau".to_owned()),
                headline: Some(": Ein Haus für alle".to_owned()),
                within,
                ..Title::default()
            };
            choose(&title, &meta(&[(said, MetaSource::OpenGraph)], ""), &own()).unwrap()
        };
        assert_eq!(of(true, "Umbau: Ein Haus für alle"), "Umbau: Ein Haus für alle");
        assert_eq!(of(true, "Ein Haus für alle"), "Ein Haus für alle");
        assert_eq!(of(false, "Umbau: Ein Haus für alle"), "Ein Haus für alle");
        let title = Title {
            kicker: Some("Umbau".to_owned()),
            headline: Some(": Ein Haus für alle".to_owned()),
            within: true,
            ..Title::default()
        };
        let only_title = choose(&title, &meta(&[], "Umbau: Ein Haus für alle | Tanndorfer Bote"), &own());
        assert_eq!(only_title.as_deref(), Some("Ein Haus für alle"));
        let title = Title {
            kicker: Some("Umbau".to_owned()),
            headline: Some("Ein Haus für alle".to_owned()),
            ..Title::default()
        };
        let whole = "Umbau: Ein Haus für alle";
        let graph = "Umbau: Ein Haus für alle - Tanndorfer Bote";
        let twice = meta(&[(whole, MetaSource::JsonLd), (graph, MetaSource::OpenGraph)], "");
        assert_eq!(choose(&title, &twice, &own()).as_deref(), Some(whole));
    }

    #[test]
    fn a_heading_that_is_declared_word_for_word_is_the_headline() {
        let of = |visible: &str| {
            let said = [
                ("Ein Haus für alle", MetaSource::JsonLd),
                ("Das Haus steht allen offen", MetaSource::OpenGraph),
                ("Ein Haus für alle", MetaSource::Markup),
            ];
            of(Some(visible), &meta(&said, ""), &own()).unwrap()
        };
        assert_eq!(of("Ein neues Haus für alle"), "Ein Haus für alle");
        assert_eq!(of("Das Haus steht allen offen"), "Das Haus steht allen offen");
    }

    #[test]
    fn a_name_before_the_declared_headline_is_none() {
        let said = meta(&[("Neues Rathaus", MetaSource::OpenGraph)], "Notizen vom Rand: Neues Rathaus");
        assert_eq!(of(Some("Notizen vom Rand"), &said, &own()).as_deref(), Some("Neues Rathaus"));
    }

    #[test]
    fn metadata_may_know_the_kicker() {
        let of = |said: &str| kicker("Ein Haus für alle", &meta(&[(said, MetaSource::JsonLd)], ""), &own());
        assert_eq!(of("Neues Rathaus: Ein Haus für alle").as_deref(), Some("Neues Rathaus"));
        assert_eq!(of("Tanndorfer Bote: Ein Haus für alle"), None);
        assert_eq!(of("Ein Haus für alle: Tanndorf baut um"), None);
    }

    #[test]
    fn the_profile_has_the_last_word() {
        let title = Title { headline: Some("Umbau".to_owned()), profiled: true, ..Title::default() };
        let said = meta(&[("Neues Rathaus in Tanndorf", MetaSource::JsonLd)], "");
        assert_eq!(choose(&title, &said, &own()).as_deref(), Some("Umbau"));
    }

    #[test]
    fn with_one_side_only_that_side_counts() {
        assert_eq!(of(Some("Nur hier"), &Meta::default(), &own()).as_deref(), Some("Nur hier"));
        assert_eq!(of(None, &meta(&[], "Nur da | Tanndorfer Bote"), &own()).as_deref(), Some("Nur da"));
        assert_eq!(of(None, &Meta::default(), &own()), None);
    }
}
