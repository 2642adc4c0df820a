//! Which role was taken for which, and what of the items around an article was found.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use serde_json::Value;

use super::text::f1;
use crate::types::{BlockRecord, Role};

/// Roles of blocks against gold, and items against gold. Blocks are matched by their text, in order.
#[derive(Debug, Clone, Default)]
pub struct RoleScore {
    /// (gold, got) → blocks; none where only the other side has the block.
    pub confusion: BTreeMap<(Option<Role>, Option<Role>), u64>,
    /// By kind of item: teasers, advertisements, vendors.
    pub items: BTreeMap<&'static str, ItemScore>,
    /// By field: right, all.
    pub fields: BTreeMap<&'static str, (u64, u64)>,
}

/// Items found, in excess, missed. An item is found when all its fields are right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ItemScore {
    /// Right.
    pub found: u64,
    /// Not in gold.
    pub excess: u64,
    /// Only in gold.
    pub missed: u64,
}

impl ItemScore {
    /// Precision, recall, F1; all 1 where there is nothing to find and nothing was.
    #[must_use]
    pub fn figures(&self) -> [f64; 3] {
        if self.found + self.excess + self.missed == 0 {
            return [1.0; 3];
        }
        let share = |of: u64| if of > 0 { self.found as f64 / of as f64 } else { 0.0 };
        let (precision, recall) = (share(self.found + self.excess), share(self.found + self.missed));
        [precision, recall, f1(precision, recall)]
    }
}

impl RoleScore {
    /// Adds the blocks of a page.
    pub fn add_blocks(&mut self, gold: &[(Role, String)], got: &[BlockRecord]) {
        let mut wanted: FxHashMap<&str, Vec<Role>> = FxHashMap::default();
        for (role, text) in gold.iter().rev() {
            wanted.entry(text.as_str()).or_default().push(*role);
        }
        for block in got {
            let role = wanted.get_mut(block.text.as_str()).and_then(Vec::pop);
            *self.confusion.entry((role, Some(block.role))).or_default() += 1;
        }
        for role in wanted.into_values().flatten() {
            *self.confusion.entry((Some(role), None)).or_default() += 1;
        }
    }

    /// Adds the items of a kind.
    pub fn add_items(&mut self, kind: &'static str, gold: &[Value], got: &[Value]) {
        let score = self.items.entry(kind).or_default();
        let mut left: Vec<&Value> = gold.iter().collect();
        for item in got {
            match left.iter().position(|wanted| fields_equal(wanted, item)) {
                Some(at) => {
                    left.swap_remove(at);
                    score.found += 1;
                }
                None => score.excess += 1,
            }
        }
        score.missed += left.len() as u64;
    }

    /// Adds a field of a record.
    pub fn add_field(&mut self, name: &'static str, right: bool) {
        let (sum, all) = self.fields.entry(name).or_default();
        (*sum, *all) = (*sum + u64::from(right), *all + 1);
    }

    /// Precision, recall and F1 of a role.
    #[must_use]
    pub fn role(&self, role: Role) -> ItemScore {
        let mut score = ItemScore::default();
        for (&(gold, got), &count) in &self.confusion {
            match (gold == Some(role), got == Some(role)) {
                (true, true) => score.found += count,
                (true, false) => score.missed += count,
                (false, true) => score.excess += count,
                (false, false) => {}
            }
        }
        score
    }

    /// The share of gold's blocks that got their role.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        let (right, all) = self
            .confusion
            .iter()
            .filter(|((gold, _), _)| gold.is_some())
            .fold((0, 0), |(right, all), ((gold, got), count)| {
                (if gold == got { right + count } else { right }, all + count)
            });
        if all > 0 { right as f64 / all as f64 } else { 0.0 }
    }
}

/// Whether every field that gold names has gold's value; what gold leaves out does not count.
#[must_use]
pub fn fields_equal(gold: &Value, got: &Value) -> bool {
    match gold {
        Value::Object(fields) => {
            fields.iter().all(|(name, value)| got.get(name).is_some_and(|got| fields_equal(value, got)))
        }
        other => other == got,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn roles_are_counted_by_text_in_order() {
        let block = |role, text: &str| BlockRecord { role, text: text.to_owned(), level: None, score: 1.0 };
        let gold = [(Role::Body, "a".to_owned()), (Role::Teaser, "a".to_owned()), (Role::Legal, "c".to_owned())];
        let mut score = RoleScore::default();
        score.add_blocks(&gold, &[block(Role::Body, "a"), block(Role::Body, "a"), block(Role::Other, "d")]);
        assert_eq!(score.role(Role::Body), ItemScore { found: 1, excess: 1, missed: 0 });
        assert_eq!(score.confusion[&(Some(Role::Legal), None)], 1);
        assert_eq!(score.confusion[&(None, Some(Role::Other))], 1);
        assert!((score.accuracy() - 1.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn items_are_right_as_a_whole() {
        let mut score = RoleScore::default();
        let gold = [json!({"title": "A", "date": "2024-05-03"}), json!({"title": "B", "date": null})];
        let got = [json!({"title": "A", "date": "2024-05-03", "url": null}), json!({"title": "B", "date": "2024"})];
        score.add_items("teasers", &gold, &got);
        assert_eq!(score.items["teasers"], ItemScore { found: 1, excess: 1, missed: 1 });
        assert_eq!(score.items["teasers"].figures(), [0.5; 3]);
    }
}
