//! What recurs on pages of the site is not the article, however much it reads like one: a notice in prose, an author's
//! biography, the same call for donations under every text.
//!
//! Before the article's head is looked for, such paragraphs are taken out of its way; at the end they are taken out of the
//! text. A frame that recurs with good reason (byline, kicker, dateline, credit) stays, and so does what the profile says.

use super::article;
use super::scan::{Mark, Scan};
use super::sketch::{Seen, Sketch};
use super::surround;
use crate::types::{Reason, Role};

/// A paragraph that is shorter may be a phrase that articles share.
const LONG: usize = 40;

/// Which blocks of a page recur on others.
pub(super) struct SiteWide {
    /// For each block; empty where nothing is known of the site.
    seen: Vec<Option<Seen>>,
}

impl SiteWide {
    /// From the fingerprint of each block, where something is known of the site.
    pub(super) fn of(sketch: Option<&Sketch>, prints: &[Option<u64>]) -> Self {
        let Some(sketch) = sketch else { return Self { seen: Vec::new() } };
        Self { seen: prints.iter().map(|print| sketch.recurs((*print)?)).collect() }
    }

    fn at(&self, i: usize) -> Option<Seen> {
        self.seen.get(i).copied().flatten()
    }

    /// Takes paragraphs that recur out of the way of the article's head.
    pub(super) fn mark(&self, scan: &Scan<'_>, marks: &mut [Option<Mark>]) {
        for i in 0..self.seen.len() {
            let Some(seen) = self.at(i) else { continue };
            if marks.get(i).is_some_and(Option::is_none)
                && scan.facts.get(i).is_some_and(|facts| facts.chars >= LONG)
                && scan.paragraph(i)
                && !article::byline(scan, i)
            {
                marks[i] = Some(elsewhere(scan, i, None, seen));
            }
        }
    }

    /// Takes what recurs out of the text, with the headings that announced it.
    pub(super) fn overrule(&self, scan: &Scan<'_>, verdicts: &mut [Mark]) {
        let mut after = false;
        for i in (0..self.seen.len().min(verdicts.len())).rev() {
            let Some(seen) = self.at(i) else {
                after &= !verdicts[i].role.is_text();
                continue;
            };
            let own = verdicts[i].reasons.iter().any(|reason| matches!(reason, Reason::Recurs { .. }));
            let profiled = verdicts[i].reasons.iter().any(|reason| matches!(reason, Reason::Profile(_)));
            let long = scan.facts.get(i).is_some_and(|facts| facts.chars >= LONG);
            let goes = match verdicts[i].role {
                Role::Body | Role::Lead | Role::Quote | Role::ListItem => long,
                // A heading over what was taken out; articles share other headings with good reason.
                Role::Subheading => after,
                _ => false,
            };
            if goes && !profiled {
                let before = i.checked_sub(1).and_then(|j| verdicts.get(j)).map(|mark| mark.role);
                verdicts[i] = elsewhere(scan, i, before, seen);
            }
            after = own || (goes && !profiled) || (after && !verdicts[i].role.is_text());
        }
    }
}

/// What a block is that recurs: by its surroundings, else the publisher's own words.
fn elsewhere(scan: &Scan<'_>, i: usize, before: Option<Role>, seen: Seen) -> Mark {
    let mut mark = surround::role(scan, i, before.filter(|role| !role.is_article()), true);
    if mark.role == Role::Other {
        mark.role = Role::Notice;
    }
    mark.score = 0.9;
    mark.reasons.insert(0, Reason::Recurs { on: seen.on, of: seen.of });
    mark
}
