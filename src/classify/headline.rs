//! Which block is the headline: it agrees with what the page says about itself, is a big heading, stands before the text.

use std::collections::HashSet;

use rustc_hash::FxHashSet;

use super::scan::{Scan, letters};
use super::shapes::without_bullet;
use super::tree::Around;
use super::words::hashes;
use crate::segment::hints;
use crate::types::{BlockTag, Role};

/// Blocks looked at from the top: a headline further down is none.
const FURTHEST: usize = 3000;
/// Words of a text that are compared.
const WORDS: usize = 60;

/// The headline, where the page has one.
pub(super) fn find(scan: &Scan<'_>) -> Option<usize> {
    if let Some(named) = scan.blocks.iter().position(|b| b.profile_role == Some(Role::Headline)) {
        return Some(named);
    }
    let mut titles = Titles::of(scan);
    let first = (0..scan.len()).find(|&i| scan.paragraph(i) && scan.facts[i].chars >= 60);
    let mut best: Option<(f32, usize)> = None;
    for i in 0..scan.len().min(FURTHEST) {
        let Some(score) = score(scan, i, &mut titles, first) else { continue };
        if best.is_none_or(|(most, _)| score > most) {
            best = Some((score, i));
        }
    }
    let best = best.filter(|(score, _)| *score >= 2.0).map(|(_, i)| i)?;
    Some(past_kicker(scan, best))
}

/// Whether two blocks together are what the page declares its headline to be: `Kicker: Headline`.
pub(super) fn is_kicker_of(scan: &Scan<'_>, kicker: usize, headline: usize) -> bool {
    let (Some(kicker), Some(headline)) = (scan.blocks.get(kicker), scan.blocks.get(headline)) else { return false };
    if kicker.text.len() > 120 || headline.text.len() > 400 {
        return false;
    }
    let declared = scan.page.meta.headlines.iter().take(40).filter_map(|said| said.value.split_once(':'));
    let mut declared = declared.filter(|(_, rest)| rest.starts_with(' '));
    let (kicker, headline) = (letters(&kicker.text), letters(&headline.text));
    !kicker.is_empty()
        && headline.len() > 3
        && declared.any(|(before, after)| letters(before) == kicker && letters(after) == headline)
}

/// The headline after a kicker that was taken for it.
fn past_kicker(scan: &Scan<'_>, best: usize) -> usize {
    (best + 1..best + 3).find(|&next| is_kicker_of(scan, best, next)).unwrap_or(best)
}

/// Whether a heading is a link to the site's own front page: its name.
fn leads_home(scan: &Scan<'_>, i: usize) -> bool {
    let Some([link]) = scan.blocks.get(i).map(|block| block.links.as_slice()) else { return false };
    if !may_lead_home(link.href.trim()) {
        return false;
    }
    let home = scan.page.url.join(link.href.trim()).ok();
    home.is_some_and(|url| {
        url.path() == "/"
            && url.query().is_none()
            && url.host_str() == scan.page.url.host_str()
            && scan.page.url.path() != "/"
    })
}

/// Whether an address can be that of a folder or of a whole host; most are not, and joining one to the page's is dear.
fn may_lead_home(href: &str) -> bool {
    let path = href.split('#').next().unwrap_or(href);
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let is_below = path.starts_with('/') && path.len() > 1 && path.bytes().all(|byte| byte == b'/' || is_name(byte));
    if is_below && !path.contains("//") {
        return false;
    }
    path.is_empty() || path.ends_with(['/', '.']) || path.contains([':', '%', '\\', '?']) || path.contains("//")
}

fn score(scan: &Scan<'_>, i: usize, titles: &mut Titles, first: Option<usize>) -> Option<f32> {
    let (facts, block) = (&scan.facts[i], &scan.blocks[i]);
    let heading = block.tag == BlockTag::Heading;
    if scan.has_cue(i) || facts.chars > 300 || facts.chars < 2 || facts.dated.is_some() || facts.date_only || facts.more
    {
        return None;
    }
    if !(facts.title || heading) || facts.label || block.profile_role.is_some() {
        return None;
    }
    // An entry of a list, as text browsers show it.
    if scan.plain && without_bullet(&block.text).len() < block.text.len() {
        return None;
    }
    let agrees = titles.agreement(&block.text);
    let mut score = 6.0 * agrees;
    score += match block.level {
        Some(1) => 3.0,
        Some(2) => 1.5,
        Some(_) => 0.7,
        None => 0.0,
    };
    let around = scan.tree.around(block.container);
    let bits = scan.hints(i);
    if around.has(Around::NAV) || around.has(Around::FOOTER) || around.has(Around::ASIDE) {
        score -= 2.0;
    }
    if bits & (hints::BREADCRUMB | hints::NAV | hints::RELATED | hints::FOOTER | hints::COMMENT) != 0 {
        score -= 1.0;
    }
    if facts.linked {
        score -= if agrees > 0.8 { 0.5 } else { 2.5 };
        score -= if leads_home(scan, i) { 4.0 } else { 0.0 };
    }
    score += if facts.bold { 0.5 } else { 0.0 };
    score += before(scan, i);
    score += after(scan, i);
    score += match first {
        Some(first) if i < first => 1.0 - 0.05 * ((first - i) as f32).min(20.0),
        Some(_) => -2.0,
        None => 0.0,
    };
    if scan.plain {
        score += plain(scan, i);
    }
    Some(score)
}

/// A line like `Seestadt:` before it makes a headline.
fn before(scan: &Scan<'_>, i: usize) -> f32 {
    let Some(before) = i.checked_sub(1).and_then(|j| scan.facts.get(j)) else { return 0.0 };
    if before.label && before.cue.is_none() { 1.5 } else { 0.0 }
}

/// A date and then prose, or prose, after it makes a headline.
fn after(scan: &Scan<'_>, i: usize) -> f32 {
    let Some(next) = scan.facts.get(i + 1) else { return -1.0 };
    if next.bracketed && !next.more {
        return 2.5;
    }
    let near = (i + 1..(i + 7).min(scan.len())).any(|j| scan.paragraph(j) && !scan.facts[j].more);
    if near { 1.0 } else { 0.0 }
}

/// In plain text the first lines hold the headline.
fn plain(scan: &Scan<'_>, i: usize) -> f32 {
    let topic = is_topic(scan);
    if (i == 0 && !topic) || (i == 1 && (topic || scan.facts.first().is_some_and(|f| f.label))) {
        return 2.0;
    }
    if scan.blocks.get(i).is_some_and(|b| b.after_gap) { 0.5 } else { 0.0 }
}

/// Whether plain text begins with a place or topic on a line of its own, which the text then speaks of, and a title.
pub(super) fn is_topic(scan: &Scan<'_>) -> bool {
    let [first, second, ..] = scan.facts.as_slice() else { return false };
    let short = first.title && first.words <= 3 && second.title && second.words > first.words;
    let Some(topic) = scan.blocks.first().filter(|_| scan.plain && short).map(|block| block.text.as_str()) else {
        return false;
    };
    scan.blocks.iter().skip(2).take(6).any(|block| block.text.contains(topic))
}

/// What the page says its title is, in several words each.
struct Titles {
    exact: HashSet<String>,
    /// The first letters of those.
    initials: Vec<char>,
    /// Hashes of the words of each title.
    words: Vec<FxHashSet<u64>>,
    /// Hashes of all of them.
    known: FxHashSet<u64>,
    /// Room for the words of the text at hand.
    own: Vec<u64>,
}

impl Titles {
    fn of(scan: &Scan<'_>) -> Self {
        let meta = &scan.page.meta;
        let mut texts: Vec<&str> = meta.headlines.iter().map(|h| h.value.as_str()).collect();
        if let Some(title) = meta.title.as_deref() {
            texts.push(title);
            for separator in [" - ", " | ", " – ", " — ", " :: ", " » ", " › ", " · ", ": ", " > "] {
                texts.extend(title.split(separator).filter(|part| part.chars().count() >= 8));
            }
        }
        texts.truncate(40);
        let host = letters(scan.page.url.host_str().unwrap_or_default());
        let site: HashSet<String> = meta.site_names.iter().map(|s| letters(&s.value)).collect();
        // The site's own name stands in the title too, and often in the page's first heading.
        let names_site = |text: &String| site.contains(text) || (text.len() >= 4 && host.contains(text.as_str()));
        let exact: HashSet<String> =
            texts.iter().map(|text| letters(text)).filter(|text| !text.is_empty() && !names_site(text)).collect();
        let mut own = Vec::new();
        let sets = texts.iter().map(|text| {
            hashes(text, WORDS, &mut own);
            own.iter().copied().collect()
        });
        let words: Vec<FxHashSet<u64>> = sets.filter(|words: &FxHashSet<u64>| words.len() >= 2).collect();
        Self {
            initials: exact.iter().filter_map(|text| text.chars().next()).collect(),
            known: words.iter().flatten().copied().collect(),
            own,
            exact,
            words,
        }
    }

    /// How far a text agrees with the best of the titles, 0 to 1.
    fn agreement(&mut self, text: &str) -> f32 {
        // Most of a page shares neither a first letter nor a word with any title, and is told by that.
        let initial = text.chars().find(|c| c.is_alphanumeric()).and_then(|c| c.to_lowercase().next());
        if initial.is_some_and(|initial| self.initials.contains(&initial)) && self.exact.contains(&letters(text)) {
            return 1.0;
        }
        let own = &mut self.own;
        hashes(text, WORDS, own);
        if own.iter().all(|word| !self.known.contains(word)) {
            return 0.0;
        }
        own.sort_unstable();
        own.dedup();
        let shares = self.words.iter().map(|title| {
            let both = own.iter().filter(|word| title.contains(word)).count() as f32;
            both / (own.len() + title.len()) as f32 * 2.0
        });
        let best = shares.fold(0.0, f32::max);
        if best >= 0.6 { best } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_to_lead_nowhere_near_home_is_another_page() {
        let home: url::Url = "https://www.seefurt.test/a/b.html".parse().unwrap();
        for href in [
            "/",
            "",
            "../",
            "/./",
            "//www.seefurt.test/",
            "/a/../",
            "/%2e/",
            "/?x",
            "/#top",
            "https://www.seefurt.test",
        ] {
            assert!(may_lead_home(href), "{href}");
        }
        for href in ["/thema/1/", "/thema", "/a-b_c/", "seite.html", "/x/#top"] {
            assert!(!may_lead_home(href), "{href}");
            assert_ne!(home.join(href).unwrap().path(), "/", "{href}");
        }
    }
}
