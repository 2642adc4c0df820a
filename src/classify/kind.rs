//! Kinds of pages, finer than the record's: what counts as text differs between a shop's page and a forum's.

use crate::types::PageType;

/// The kinds, in the order of the model's forests.
pub const KINDS: [&str; 7] = ["article", "collection", "documentation", "forum", "listing", "product", "service"];

/// The probability of each of the [`KINDS`].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Kinds(pub [f32; KINDS.len()]);

impl Kinds {
    /// From log-odds (softmax); missing ones count as 0.
    #[must_use]
    pub fn from_odds(odds: &[f32]) -> Self {
        let mut kinds = [0.0; KINDS.len()];
        let top = odds.iter().copied().fold(f32::MIN, f32::max).max(0.0);
        for (at, kind) in kinds.iter_mut().enumerate() {
            *kind = (odds.get(at).copied().unwrap_or_default() - top).exp();
        }
        let sum: f32 = kinds.iter().sum();
        Self(kinds.map(|kind| kind / sum))
    }

    /// How likely the page is an article.
    #[must_use]
    pub fn article(&self) -> f32 {
        self.0[0]
    }

    /// How likely the page is of one of the record's types: lists of pages and of goods are listings, the rest is other.
    #[must_use]
    pub fn of_type(&self, page_type: PageType) -> f32 {
        let [article, collection, documentation, forum, listing, product, service] = self.0;
        match page_type {
            PageType::Article => article,
            PageType::Listing => collection + listing,
            PageType::Other => documentation + forum + product + service,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_sum_to_one() {
        let kinds = Kinds::from_odds(&[3.0, -1.0, 0.0, 0.5, -200.0, 200.0, 1.0]);
        assert!((kinds.0.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert!(kinds.of_type(PageType::Other) > 0.99);
        let all = [PageType::Article, PageType::Listing, PageType::Other];
        assert!((all.map(|t| kinds.of_type(t)).iter().sum::<f32>() - 1.0).abs() < 1e-6);
    }
}
