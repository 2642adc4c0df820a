//! Wordings around the articles that recur from page to page: they tell a role wherever they stand.

use std::collections::{BTreeMap, BTreeSet};

use super::Sample;
use crate::site::CueScope;
use crate::types::Role;

/// Wordings that are proposed at most.
const MAX_WORDINGS: usize = 12;
/// Letters of a wording at least and at most.
const LETTERS: std::ops::RangeInclusive<usize> = 4..=70;
/// Roles that a wording is worth naming for. Menus are told by their links.
const ROLES: [Role; 9] = [
    Role::Tools,
    Role::Teaser,
    Role::Advertisement,
    Role::VendorList,
    Role::Comment,
    Role::Social,
    Role::Subscription,
    Role::Consent,
    Role::Notice,
];

/// A wording that tells a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    /// As it stands in the pages.
    pub text: String,
    /// What it tells.
    pub role: Role,
    /// How far.
    pub scope: CueScope,
    /// Articles that it stands on, of all.
    pub pages: usize,
    /// All articles.
    pub of: usize,
}

/// What is known of a text.
#[derive(Default)]
struct Seen {
    pages: usize,
    roles: BTreeMap<Role, usize>,
    /// How often more of its role followed.
    leads: usize,
    /// How often none of its role stood before it.
    begins: usize,
}

/// The wordings that stand on at least a third of the articles, and on two.
pub(super) fn find(articles: &[&Sample]) -> Vec<Wording> {
    let mut seen: BTreeMap<&str, Seen> = BTreeMap::new();
    let mut in_articles: BTreeSet<&str> = BTreeSet::new();
    for sample in articles {
        let blocks = &sample.record().blocks;
        let mut here = BTreeSet::new();
        for (at, block) in blocks.iter().enumerate() {
            let text = block.text.trim();
            if is_text(block.role) {
                in_articles.insert(text);
            }
            let letters = text.chars().filter(|c| c.is_alphabetic()).count();
            if !LETTERS.contains(&letters) || text.chars().any(|c| c.is_ascii_digit()) || !here.insert(text) {
                continue;
            }
            let known = seen.entry(text).or_default();
            known.pages += 1;
            *known.roles.entry(block.role).or_default() += 1;
            let before = at.checked_sub(1).and_then(|before| blocks.get(before));
            known.begins += usize::from(before.is_none_or(|before| before.role != block.role));
            known.leads += usize::from(blocks.get(at + 1).is_some_and(|next| next.role == block.role));
        }
    }
    let of = articles.len();
    let wanted = |(text, seen): (&&str, &Seen)| {
        let (role, times) = seen.roles.iter().max_by_key(|(_, times)| **times)?;
        let agreed = *times * 10 >= seen.pages * 9;
        let recurs = seen.pages >= 2 && seen.pages * 3 >= of;
        if !agreed || !recurs || !ROLES.contains(role) || in_articles.contains(text) {
            return None;
        }
        let is_heading = matches!(role, Role::Teaser | Role::Advertisement | Role::VendorList | Role::Notice);
        if is_heading && seen.begins * 2 <= seen.pages {
            // One of the list, not what stands over it.
            return None;
        }
        let scope =
            if seen.begins * 2 > seen.pages && seen.leads * 2 > seen.pages { CueScope::Group } else { CueScope::Block };
        Some(Wording { text: (*text).to_owned(), role: *role, scope, pages: seen.pages, of })
    };
    let mut wordings: Vec<Wording> = seen.iter().filter_map(wanted).collect();
    wordings.sort_by(|one, other| other.pages.cmp(&one.pages).then_with(|| one.text.cmp(&other.text)));
    wordings.truncate(MAX_WORDINGS);
    wordings
}

/// Whether blocks of that role are part of the article.
fn is_text(role: Role) -> bool {
    matches!(
        role,
        Role::Headline | Role::Lead | Role::Body | Role::Subheading | Role::ListItem | Role::Quote | Role::Table
    )
}
