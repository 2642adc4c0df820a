//! What the names of columns, shapes and stages mean, in words. A name without an entry is shown as it is.

use crate::classify::Stage;
use crate::types::Reason;

/// How a column's number is to be read.
#[derive(Clone, Copy)]
enum Unit {
    /// A logarithm of a count: `ln(1 + n)`.
    Count,
    /// 0 to 1.
    Share,
    /// 0 or 1.
    Flag,
    Number,
}

/// Names of columns by their beginning, the longest match counting; `#` stands for the level or place behind it.
const COLUMNS: &[(&str, Unit, &str)] = &[
    ("chars", Unit::Count, "characters"),
    ("chars_at", Unit::Count, "characters of the block at #"),
    ("words", Unit::Count, "words"),
    ("link_density", Unit::Share, "share of link text"),
    ("link_density_at", Unit::Share, "share of link text in the block at #"),
    ("bold", Unit::Share, "share of bold text"),
    ("italic", Unit::Share, "share of italic text"),
    ("ends_sentence", Unit::Flag, "ends like a sentence"),
    ("ends_sentence_at", Unit::Flag, "the block at # ends like a sentence"),
    ("ends_colon", Unit::Flag, "ends in a colon"),
    ("ends_question", Unit::Flag, "ends in a question mark"),
    ("sentences", Unit::Count, "sentences"),
    ("commas", Unit::Number, "commas in 100 characters"),
    ("digits", Unit::Share, "share of digits"),
    ("upper", Unit::Share, "share of capitals"),
    ("stopwords", Unit::Share, "share of small words"),
    ("stopwords_at", Unit::Share, "share of small words in the block at #"),
    ("word_length", Unit::Number, "letters a word"),
    ("starts_lower", Unit::Flag, "starts in lower case"),
    ("starts_digit", Unit::Flag, "starts with a digit"),
    ("dense", Unit::Share, "share of a script without spaces"),
    ("quotes", Unit::Number, "quotation marks in 100 characters"),
    ("capitalised", Unit::Share, "share of capitalised words"),
    ("has_mail", Unit::Flag, "holds a mail address"),
    ("has_address", Unit::Flag, "holds a web address"),
    ("separators", Unit::Count, "separators such as | and ·"),
    ("links", Unit::Count, "links"),
    ("images", Unit::Count, "images"),
    ("only_link", Unit::Flag, "is nothing but a link"),
    ("has_time", Unit::Flag, "holds a time element"),
    ("date_ahead", Unit::Flag, "begins with a date"),
    ("tag", Unit::Number, "kind of element"),
    ("tag_at", Unit::Number, "kind of element of the block at #"),
    ("level", Unit::Number, "level of the heading"),
    ("level_at", Unit::Number, "heading level of the block at #"),
    ("after_br", Unit::Flag, "after a line break"),
    ("after_gap", Unit::Flag, "after a gap"),
    ("position", Unit::Share, "place on the page, in blocks"),
    ("position_chars", Unit::Share, "place on the page, in characters"),
    ("index", Unit::Count, "blocks before it"),
    ("index_from_end", Unit::Count, "blocks after it"),
    ("repeats_text", Unit::Count, "times its text stands on the page"),
    ("same_look", Unit::Count, "blocks that look the same"),
    ("same_look_chars", Unit::Share, "share of the page that looks the same"),
    ("heading_distance", Unit::Count, "blocks since the last heading"),
    ("heading_wording", Unit::Number, "wordings in the last heading"),
    ("heading_level", Unit::Number, "level of the last heading"),
    ("wording", Unit::Flag, "wording of #"),
    ("hint", Unit::Number, "names around it say #"),
    ("in_", Unit::Number, "stands in #"),
    ("depth", Unit::Number, "depth in the tree"),
    ("up_chars", Unit::Count, "characters of the container # up"),
    ("up_link_density", Unit::Share, "share of link text in the container # up"),
    ("up_blocks", Unit::Count, "blocks of the container # up"),
    ("up_prose_share", Unit::Share, "share of prose in the container # up"),
    ("up_prose_of_page", Unit::Share, "share of the page's prose in the container # up"),
    ("up_siblings", Unit::Count, "look-alikes of the container # up"),
    ("in_best", Unit::Flag, "stands in the container with most prose"),
    ("best_distance", Unit::Number, "steps to the container with most prose"),
    ("best_prose", Unit::Share, "share of prose in that container"),
    ("best_start", Unit::Number, "blocks since that container began"),
    ("title_likeness", Unit::Share, "likeness to the page's title"),
    ("title_distance", Unit::Number, "blocks from the page's title"),
    ("description_share", Unit::Share, "share of words in the page's description"),
    ("body_share", Unit::Share, "share of words in the text that metadata give"),
    ("after_title", Unit::Flag, "after the page's title"),
    ("h1_distance", Unit::Number, "blocks from the first heading"),
    ("page_", Unit::Number, "of the page: #"),
    ("s_own", Unit::Share, "first stage: this block"),
    ("s_at", Unit::Share, "first stage: the block at #"),
    ("s_window", Unit::Share, "first stage: mean of # blocks either side"),
    ("s_up_mean", Unit::Share, "first stage: mean of the container # up"),
    ("s_up_sum", Unit::Count, "first stage: text of the container # up"),
    ("s_up_of_page", Unit::Share, "first stage: share of the page's text in the container # up"),
    ("s_before", Unit::Share, "first stage: mean of the ten blocks before"),
    ("s_after", Unit::Share, "first stage: mean of the ten blocks after"),
    ("s_best_a", Unit::Flag, "first stage: in the best subtree"),
    ("s_best_a_steps", Unit::Number, "first stage: steps to the best subtree"),
    ("s_best_b", Unit::Flag, "first stage: in the best strict subtree"),
    ("s_best_b_steps", Unit::Number, "first stage: steps to the best strict subtree"),
    ("s_in_run", Unit::Flag, "first stage: in the best run of blocks"),
    ("s_run_start", Unit::Number, "first stage: from the start of the best run"),
    ("s_run_end", Unit::Number, "first stage: from the end of the best run"),
    ("s_look_mean", Unit::Share, "first stage: mean of its look-alikes"),
    ("s_look_count", Unit::Count, "look-alikes on the page"),
    ("s_siblings_mean", Unit::Share, "first stage: mean of look-alike siblings"),
    ("s_siblings_count", Unit::Count, "look-alike siblings"),
    ("s_page_sum", Unit::Count, "first stage: text of the page"),
    ("s_page_share", Unit::Share, "first stage: mean of the page"),
    ("s_page_max", Unit::Share, "first stage: the page's surest block"),
    ("s_page_likely", Unit::Count, "first stage: likely blocks"),
    ("s_sum_before", Unit::Share, "first stage: share of the text before it"),
    ("s_heading", Unit::Share, "first stage: the last heading"),
    ("s_last_likely", Unit::Count, "blocks since the last likely one"),
    ("s_next_likely", Unit::Count, "blocks to the next likely one"),
    ("s_run_share", Unit::Share, "first stage: share of the text in the best run"),
    ("s_tag_mean", Unit::Share, "first stage: mean of its kind of element"),
];

/// The kinds of wordings, as `classify/features/text.rs` orders them.
const WORDINGS: [&str; 14] = [
    "pointers to other articles",
    "“more” links",
    "advertising",
    "legal notes",
    "consent",
    "newsletters and subscriptions",
    "comments",
    "social media",
    "author and agency lines",
    "tags and topics",
    "dates of publication",
    "image credits",
    "tools and menus",
    "paywalls",
];

/// A column in words, and its value as read.
pub(super) fn column(name: &str, value: f32) -> (String, String) {
    let found = COLUMNS.iter().filter(|(start, _, _)| matches(name, start)).max_by_key(|(start, _, _)| start.len());
    let Some((start, unit, words)) = found else { return (name.replace('_', " "), number(value)) };
    let behind = name.get(start.len()..).unwrap_or_default().trim_start_matches('_');
    let behind = match (*start, behind.parse::<usize>()) {
        ("wording", Ok(kind)) => WORDINGS.get(kind).copied().unwrap_or(behind).to_owned(),
        _ => behind.replace('_', " "),
    };
    let value = match unit {
        // -1 stands where there is nothing to count.
        _ if value == -1.0 => "none".to_owned(),
        Unit::Count => format!("{:.0}", value.exp_m1()),
        Unit::Share => format!("{value:.2}"),
        Unit::Flag => if value > 0.0 { "yes" } else { "no" }.to_owned(),
        Unit::Number => number(value),
    };
    let own = words.contains("the container # up") && behind == "0";
    let words = if own { words.replace("the container # up", "its container") } else { words.replace('#', &behind) };
    (words, value)
}

/// Whether a column's name is an entry, or the entry with a level, place or kind behind it.
fn matches(name: &str, start: &str) -> bool {
    name.strip_prefix(start).is_some_and(|behind| {
        let place = behind.trim_start_matches(['_', '+', '-']);
        let open = start.ends_with('_') || matches!(start, "hint" | "wording");
        behind.is_empty() || open || (!place.is_empty() && place.bytes().all(|b| b.is_ascii_digit()))
    })
}

fn number(value: f32) -> String {
    if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}

/// A stage of the decision in words.
pub(super) fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Groups => "Groups",
        Stage::Parts => "Parts of items",
        Stage::Split => "Split",
        Stage::Profile => "Profile",
        Stage::Site => "Other pages of the site",
        Stage::Head => "Head of the article",
        Stage::Captions => "Captions",
        Stage::Cues => "Wordings",
        Stage::Model => "Model and place",
        Stage::Smoothing => "Between paragraphs",
        Stage::Pointers => "List of links",
    }
}

/// A reason in words: what kind of thing decided, and which.
pub(super) fn reason(reason: &Reason) -> (&'static str, String) {
    match reason {
        Reason::Profile(name) => ("profile", name.clone()),
        Reason::Cue(name) => ("wording", name.replace('_', " ")),
        Reason::Shape(name) => ("shape", name.replace('_', " ")),
        Reason::Recurs { on, of } => ("site", format!("recurs on {on} of {of} pages")),
        Reason::Model(p) => ("model", format!("{:.0}% article text", p * 100.0)),
        Reason::Part(part) => ("part", part.name().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::features;

    #[test]
    fn columns_are_read_out() {
        for (name, value, words, read) in [
            ("chars", 4.615_121, "characters", "100"),
            ("chars_at-1", -1.0, "characters of the block at -1", "none"),
            ("s_window_8", 0.5, "first stage: mean of 8 blocks either side", "0.50"),
            ("wording_4", 1.0, "wording of consent", "yes"),
            ("in_article", 1.0, "stands in article", "1"),
            ("in_best", 0.0, "stands in the container with most prose", "no"),
            ("up_prose_share_2", 0.25, "share of prose in the container 2 up", "0.25"),
            ("up_blocks_0", 0.0, "blocks of its container", "0"),
            ("something_new", 1.5, "something new", "1.50"),
        ] {
            assert_eq!(column(name, value), (words.to_owned(), read.to_owned()), "{name}");
        }
    }

    #[test]
    fn most_columns_have_words() {
        let names = features::names();
        let bare = names.iter().filter(|name| column(name, 1.0).0 == name.replace('_', " ")).count();
        assert!(bare * 10 < names.len(), "{bare} of {} columns without words", names.len());
    }
}
