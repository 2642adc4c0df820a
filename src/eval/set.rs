//! The figures of a set of pages.

use std::collections::BTreeMap;

use super::metadata::{MetadataScore, PageFacts};
use super::text::{TextScore, f1, squeeze};

/// Resamples of the bootstrap.
const RESAMPLES: usize = 1000;
/// Where the bootstrap begins: fixed, so that the same pages give the same interval.
const SEED: u64 = 0x9e37_79b9_7f4a_7c15;

/// What one page contributes.
#[derive(Debug, Clone, Default)]
pub struct PageFigures {
    /// The page's name in gold.
    pub id: String,
    /// Its address.
    pub url: String,
    /// Its type in gold.
    pub kind: String,
    /// Whether the text is empty.
    pub empty: bool,
    /// Agreement with the gold text, where there is one.
    pub text: Option<TextScore>,
    /// Decisive segments: found, wrongly kept, missed.
    pub segments: [u32; 3],
    /// Title, date and authors against gold, and how sure the record is of itself.
    pub facts: PageFacts,
}

impl PageFigures {
    /// Counts segments that must and must not be in a text.
    pub fn count_segments<'a>(
        &mut self,
        text: &str,
        with: impl Iterator<Item = &'a str>,
        without: impl Iterator<Item = &'a str>,
    ) {
        let flat = squeeze(text);
        let [found, kept, missed] = &mut self.segments;
        for segment in with {
            *(if flat.contains(&squeeze(segment)) { &mut *found } else { &mut *missed }) += 1;
        }
        *kept += without.filter(|segment| flat.contains(&squeeze(segment))).count() as u32;
    }
}

/// A figure with its 95% interval.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Figure {
    /// The figure over all pages.
    pub value: f64,
    /// The bounds of the interval.
    pub interval: [f64; 2],
}

/// The figures of a set.
#[derive(Debug, Clone, Default)]
pub struct SetScore {
    /// Pages.
    pub pages: usize,
    /// Pages without text.
    pub empty: usize,
    /// Bag-of-words F1; none where gold has no texts.
    pub word_f1: Option<Figure>,
    /// Precision, recall and median F1 of it.
    pub word_details: [f64; 3],
    /// Shingle F1.
    pub shingle_f1: Option<Figure>,
    /// Precision and recall of it.
    pub shingle_details: [f64; 2],
    /// Share of pages whose words are exactly gold's.
    pub exact: Option<f64>,
    /// Segment F1; none where gold has no segments.
    pub segment_f1: Option<Figure>,
    /// Precision and recall of it.
    pub segment_details: [f64; 2],
    /// Bag-of-words F1 by page type, with the number of pages.
    pub by_type: BTreeMap<String, (f64, usize)>,
    /// Title, date and authors.
    pub metadata: MetadataScore,
}

impl SetScore {
    /// Sums up pages.
    #[must_use]
    pub fn of(pages: &[PageFigures]) -> Self {
        let all: Vec<&PageFigures> = pages.iter().collect();
        let sums = Sums::of(&all);
        let texts = all.iter().filter_map(|page| page.text.as_ref());
        let mut f1s: Vec<f64> = texts.map(|text| text.word[0]).collect();
        f1s.sort_by(f64::total_cmp);
        let mut by_type: BTreeMap<String, (f64, usize)> = BTreeMap::new();
        for page in &all {
            if let Some(text) = &page.text {
                let (sum, count) = by_type.entry(page.kind.clone()).or_default();
                (*sum, *count) = (*sum + text.word[0], *count + 1);
            }
        }
        by_type.values_mut().for_each(|(sum, count)| *sum /= (*count).max(1) as f64);
        let intervals = intervals(&all);
        let figure = |at: usize| Figure { value: sums.figures()[at], interval: intervals[at] };
        let has_text = sums.texts > 0.0;
        let has_segments = sums.segments[0] + sums.segments[2] > 0.0;
        Self {
            pages: pages.len(),
            empty: pages.iter().filter(|page| page.empty).count(),
            word_f1: has_text.then(|| figure(0)),
            word_details: [sums.mean(1), sums.mean(2), median(&f1s)],
            shingle_f1: has_text.then(|| figure(1)),
            shingle_details: [sums.mean(3), sums.mean(4)],
            exact: has_text.then(|| sums.mean(5)),
            segment_f1: has_segments.then(|| figure(2)),
            segment_details: sums.segment_pr(),
            by_type,
            metadata: MetadataScore::of(pages),
        }
    }

    /// A figure by the name that `--require` takes: `wordF1`, `shF1`, `exact`, `segF`, `title`, `date`, `authors`, or a
    /// page type.
    #[must_use]
    pub fn figure(&self, name: &str) -> Option<f64> {
        match name {
            "wordF1" => self.word_f1.map(|figure| figure.value),
            "shF1" => self.shingle_f1.map(|figure| figure.value),
            "segF" => self.segment_f1.map(|figure| figure.value),
            "exact" => self.exact,
            "title" | "date" | "authors" => self.metadata.figure(name),
            kind => self.by_type.get(kind).map(|(figure, _)| *figure),
        }
    }
}

/// Sums over pages, from which every figure follows.
#[derive(Debug, Default)]
struct Sums {
    texts: f64,
    /// Word F1, P, R, shingle P, R, exact.
    text: [f64; 6],
    segments: [f64; 3],
}

impl Sums {
    fn of(pages: &[&PageFigures]) -> Self {
        let mut sums = Self::default();
        for page in pages {
            sums.add(page);
        }
        sums
    }

    fn add(&mut self, page: &PageFigures) {
        if let Some(text) = &page.text {
            self.texts += 1.0;
            let [f1, precision, recall] = text.word;
            let [shingle_precision, shingle_recall] = text.shingle;
            let exact = f64::from(u8::from(text.exact));
            let figures = [f1, precision, recall, shingle_precision, shingle_recall, exact];
            self.text.iter_mut().zip(figures).for_each(|(sum, figure)| *sum += figure);
        }
        self.segments.iter_mut().zip(page.segments).for_each(|(sum, count)| *sum += f64::from(count));
    }

    fn mean(&self, at: usize) -> f64 {
        if self.texts > 0.0 { self.text[at] / self.texts } else { 0.0 }
    }

    fn segment_pr(&self) -> [f64; 2] {
        let [found, kept, missed] = self.segments;
        [found / (found + kept).max(1.0), if found + missed > 0.0 { found / (found + missed) } else { 0.0 }]
    }

    /// Word F1, shingle F1, segment F1.
    fn figures(&self) -> [f64; 3] {
        let [precision, recall] = self.segment_pr();
        [self.mean(0), f1(self.mean(3), self.mean(4)), f1(precision, recall)]
    }
}

/// The 95% intervals of the three figures, by resampling pages.
fn intervals(pages: &[&PageFigures]) -> [[f64; 2]; 3] {
    if pages.is_empty() {
        return [[0.0; 2]; 3];
    }
    let mut state = SEED;
    let mut runs: [Vec<f64>; 3] = Default::default();
    for _ in 0..RESAMPLES {
        let mut sums = Sums::default();
        for _ in 0..pages.len() {
            let at = (next(&mut state) % pages.len() as u64) as usize;
            sums.add(pages[at]);
        }
        runs.iter_mut().zip(sums.figures()).for_each(|(run, figure)| run.push(figure));
    }
    runs.map(|mut run| {
        run.sort_by(f64::total_cmp);
        let at = |share: f64| run[((RESAMPLES - 1) as f64 * share).round() as usize];
        [at(0.025), at(0.975)]
    })
}

/// The 95% interval of a mean, by resampling; both bounds 0 where there is nothing.
pub(super) fn interval(values: &[f64]) -> [f64; 2] {
    if values.is_empty() {
        return [0.0; 2];
    }
    let mut state = SEED;
    let mut draw = || values[(next(&mut state) % values.len() as u64) as usize];
    let mut means: Vec<f64> =
        (0..RESAMPLES).map(|_| (0..values.len()).map(|_| draw()).sum::<f64>() / values.len() as f64).collect();
    means.sort_by(f64::total_cmp);
    [0.025, 0.975].map(|share| means[((RESAMPLES - 1) as f64 * share).round() as usize])
}

/// splitmix64.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        n if n % 2 == 1 => sorted[middle],
        _ => (sorted[middle - 1] + sorted[middle]) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str, gold: &str) -> PageFigures {
        let mut page =
            PageFigures { kind: "article".to_owned(), text: Some(TextScore::of(text, gold)), ..PageFigures::default() };
        page.count_segments(text, ["b  c"].into_iter(), ["x"].into_iter());
        page
    }

    #[test]
    fn sums_and_intervals() {
        let pages = [page("a b c", "a b c"), page("x", "y"), page("a b\nc x", "a b c")];
        let score = SetScore::of(&pages);
        let word = score.word_f1.unwrap();
        // 1, 0, and 2 * 0.75 * 1 / 1.75.
        assert!((word.value - (1.0 + 6.0 / 7.0) / 3.0).abs() < 1e-12);
        assert!(word.interval[0] < word.value && word.value < word.interval[1]);
        assert_eq!(score.segment_details, [0.5, 2.0 / 3.0]);
        assert_eq!(score.figure("article"), Some(word.value));
        assert_eq!(SetScore::of(&pages).word_f1, score.word_f1);
        assert_eq!(SetScore::of(&[]).word_f1, None);
    }
}
