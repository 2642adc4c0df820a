//! Roles of what stands around an article, from where it stands: elements, names, links, position.

use super::article;
use super::cues::Cue;
use super::scan::{Mark, Scan};
use super::tree::Around;
use crate::segment::hints;
use crate::types::BlockTag;
use crate::types::Role;

/// What class names say, the most telling first.
const BY_NAME: &[(u64, Role, &str)] = &[
    (hints::BREADCRUMB, Role::Breadcrumb, "named_breadcrumb"),
    (hints::COMMENT, Role::Comment, "named_comment"),
    (hints::CONSENT, Role::Consent, "named_consent"),
    (hints::NEWSLETTER, Role::Subscription, "named_newsletter"),
    (hints::AD, Role::Advertisement, "named_ad"),
    (hints::PAGINATION, Role::Pagination, "named_pagination"),
    (hints::SOCIAL, Role::Social, "named_social"),
];

/// What else they say, after the elements have had their say.
const BY_NAME_LATE: &[(u64, Role, &str)] = &[
    (hints::SEARCH, Role::Search, "named_search"),
    (hints::RELATED, Role::Teaser, "named_related"),
    (hints::TEASER, Role::Teaser, "named_teaser"),
    (hints::EVENTS, Role::Events, "named_events"),
    (hints::NAV, Role::Navigation, "named_nav"),
    (hints::LEGAL, Role::Legal, "named_legal"),
    (hints::LOGIN, Role::Paywall, "named_login"),
];

/// The role of a block that is no article text and that no cue or group names. `before`: the role of the block before it.
pub(super) fn role(scan: &Scan<'_>, i: usize, before: Option<Role>, after_headline: bool) -> Mark {
    let bits = scan.hints(i);
    if let Some((_, role, name)) = BY_NAME.iter().find(|(bit, _, _)| bits & bit != 0) {
        return Mark::shape(*role, 0.75, name);
    }
    let (facts, block) = (&scan.facts[i], &scan.blocks[i]);
    if after_headline && before.is_some_and(Role::is_text) && article::is_code_line(&block.text) {
        return Mark::shape(Role::Byline, 0.8, "author_code");
    }
    let head = |role: Role| matches!(role, Role::Headline | Role::Lead | Role::Subtitle | Role::Dateline);
    if before.is_some_and(head) && !facts.sentence && facts.chars <= 90 && names_author(&block.text) {
        return Mark::shape(Role::Byline, 0.6, "says_by");
    }
    let around = scan.tree.around(block.container);
    if around.has(Around::NAV) {
        return Mark::shape(Role::Navigation, 0.85, "in_nav");
    }
    let late = BY_NAME_LATE.iter().find(|(bit, _, _)| bits & bit != 0);
    if let Some((_, role, name)) = late {
        let paywall = *role == Role::Paywall && !facts.prose();
        return Mark::shape(if paywall { Role::Other } else { *role }, 0.7, name);
    }
    if bits & hints::TAGS != 0 && facts.linked && facts.chars <= 50 && after_headline {
        return Mark::shape(Role::Keywords, 0.7, "named_tags");
    }
    let topic = ["/topic", "/tag/", "/tags/", "/thema/", "/themen/", "/schlagwort", "/stichwort", "/keyword"];
    let tag = block.links.first().is_some_and(|link| link.rel == "tag" || topic.iter().any(|t| link.href.contains(t)));
    if tag && facts.linked && facts.chars <= 40 && after_headline && !around.has(Around::FOOTER) {
        return Mark::shape(Role::Keywords, 0.65, "links_to_topic");
    }
    if facts.address {
        return Mark::shape(Role::Links, 0.6, "addresses");
    }
    if scan.plain && !after_headline && in_bullets(scan, i) {
        return Mark::shape(Role::Navigation, 0.6, "bullets");
    }
    let trail = facts.link_density > 0.3
        && facts.words >= 2
        && [" > ", " » ", " › ", " / "].iter().any(|s| block.text.contains(s));
    if trail && i < 60 {
        return Mark::shape(Role::Breadcrumb, 0.6, "trail");
    }
    if facts.linked {
        // A long linked line leads to an article, a short one to a section.
        let long = facts.words >= 4 && facts.chars >= 25 && !row_of_links(scan, i);
        return if long && !around.has(Around::FOOTER) {
            Mark::shape(Role::Teaser, 0.6, "linked_title")
        } else {
            Mark::shape(Role::Navigation, 0.65, "linked_word")
        };
    }
    if around.has(Around::FOOTER) || bits & hints::FOOTER != 0 {
        let menu = facts.link_density > 0.4;
        return Mark::shape(if menu { Role::Navigation } else { Role::Legal }, 0.6, "in_footer");
    }
    if block.tag == BlockTag::Control {
        return Mark::shape(Role::Tools, 0.5, "control");
    }
    if facts.link_density > 0.5 {
        return Mark::shape(Role::Navigation, 0.6, "links");
    }
    let follows_teaser =
        before == Some(Role::Teaser) && (facts.summary() || facts.date_only || scan.cue(i) == Some(Cue::More));
    if follows_teaser {
        return Mark::shape(Role::Teaser, 0.55, "after_linked_title");
    }
    if around.has(Around::HEADER) && facts.link_density > 0.2 {
        return Mark::shape(Role::Navigation, 0.55, "in_header");
    }
    Mark::shape(Role::Other, 0.5, "no_sign")
}

/// Whether a block is nothing but short links side by side: "Print", "Send", "Top of page".
pub(super) fn row_of_links(scan: &Scan<'_>, i: usize) -> bool {
    let (facts, links) = (&scan.facts[i], &scan.blocks[i].links);
    facts.linked && links.len() >= 2 && !facts.sentence && links.iter().all(|link| link.text.len() <= 30)
}

/// Whether a line begins with a word for "by" and a name of two words.
fn names_author(text: &str) -> bool {
    let name = ["Von ", "By ", "Text: "].iter().find_map(|word| text.strip_prefix(word));
    name.is_some_and(|name| name.split(' ').take(2).filter(|word| word.starts_with(char::is_uppercase)).count() == 2)
}

/// Whether a line of plain text is one of three or more short ones with a bullet: a menu, as text browsers show it.
fn in_bullets(scan: &Scan<'_>, i: usize) -> bool {
    let bullet = |j: usize| {
        scan.facts[j].words <= 4
            && scan
                .blocks
                .get(j)
                .is_some_and(|block| ["* ", "• ", "+ "].iter().any(|mark| block.text.starts_with(mark)))
    };
    let (from, to) = (i.saturating_sub(2), (i + 3).min(scan.len()));
    bullet(i) && (from..to).filter(|&j| bullet(j)).count() >= 3
}
