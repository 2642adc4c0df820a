//! A page's blocks, their roles and why, as one HTML page that needs nothing else.
//!
//! `blocks` writes the page's blocks, `record` what came of them; `style.css` and `script.js` stand in the page itself.
//! Its content security policy forbids everything but these two, by their hashes, so that nothing a page says could load
//! or run anything even if it were not escaped, which it is ([`html`]).

mod blocks;

mod record;

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::Rows;
use super::html::{Html, attribute};
use crate::classify::{Classified, Explanation};
use crate::types::{PageType, Record, Role};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// A page that was extracted, with what led to each label.
#[derive(Debug, Clone, Copy)]
pub struct Inspection<'a> {
    /// What came of it.
    pub record: &'a Record,
    /// Its blocks.
    pub classified: &'a Classified,
    /// Why each has its role.
    pub explanation: &'a Explanation,
    /// Table rows, as [`super::Rows`].
    pub rows: Rows<'a>,
}

/// Renders the page: UTF-8, complete, self-contained.
#[must_use]
pub fn page(inspection: &Inspection<'_>) -> String {
    let record = inspection.record;
    let title = record.headline.as_deref().unwrap_or(&record.url);
    let mut out = Html::default();
    out.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.raw(&format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n", policy()));
    out.raw("<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"color-scheme\" content=\"light dark\">\n");
    out.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    out.element("title", "", &format!("{title} – auslese inspect"));
    out.raw("\n<style>").raw(STYLE).raw("</style>\n</head>\n<body>\n");
    out.raw("<a class=\"skip\" href=\"#blocks\">Skip to the blocks</a>\n");
    head(&mut out, inspection, title);
    bar(&mut out, inspection);
    out.raw("<div class=\"columns\">\n");
    blocks::write(&mut out, inspection);
    record::write(&mut out, inspection);
    out.raw("</div>\n");
    help(&mut out);
    out.raw("<script>").raw(SCRIPT).raw("</script>\n</body>\n</html>\n");
    out.finish()
}

/// The policy: this style, this script, and nothing else from anywhere.
fn policy() -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

/// Title, address and the figures of the page.
fn head(out: &mut Html, inspection: &Inspection<'_>, title: &str) {
    let Inspection { record, classified, .. } = inspection;
    out.raw("<header class=\"head\">\n<p class=\"mark\">auslese <b>inspect</b></p>\n");
    out.element("h1", " dir=\"auto\"", title);
    out.raw("<p class=\"address\">").link(&record.url, &record.url).raw("</p>\n<dl class=\"facts\">\n");
    let kind = match classified.page_type {
        PageType::Article => "article",
        PageType::Listing => "listing",
        PageType::Other => "other",
    };
    let article = classified.blocks.iter().filter(|block| block.role.is_article()).count();
    let facts = [
        ("Page type", kind.to_owned(), Some(classified.page_type_probability)),
        ("Confidence", format!("{:.2}", record.confidence), Some(classified.confidence)),
        ("Words", record.word_count.to_string(), None),
        ("Blocks", format!("{} ({article} of the article)", classified.blocks.len()), None),
        ("Profile", profile(record), None),
        ("Model", record.model.clone(), None),
    ];
    for (name, value, share) in facts {
        out.raw("<div>").element("dt", "", name).raw("<dd>").text(&value);
        if let Some(share) = share {
            out.raw(" ").meter(share, &format!("{:.0}%", share * 100.0));
        }
        out.raw("</dd></div>\n");
    }
    out.raw("</dl>\n");
    if !record.warnings.is_empty() {
        out.raw("<ul class=\"warnings\">");
        for warning in &record.warnings {
            out.element("li", " dir=\"auto\"", warning);
        }
        out.raw("</ul>\n");
    }
    out.raw("</header>\n");
}

fn profile(record: &Record) -> String {
    match &record.template {
        Some(template) => format!("{}, {template}", record.profile),
        None => record.profile.clone(),
    }
}

/// What stays in sight: the page as a ribbon, the roles to show or hide, and what else there is to do.
fn bar(out: &mut Html, inspection: &Inspection<'_>) {
    out.raw("<nav class=\"bar\" aria-label=\"Show and hide\">\n");
    ribbon(out, inspection);
    out.raw("<div class=\"controls\">\n");
    let blocks = &inspection.classified.blocks;
    let mut counts: Vec<(Role, usize)> = Role::ALL
        .into_iter()
        .map(|role| (role, blocks.iter().filter(|block| block.role == role).count()))
        .filter(|(_, count)| *count > 0)
        .collect();
    // The figures 1 to 9 show and hide the most frequent roles; the order on the page stays that of the documentation.
    let mut frequent = counts.clone();
    frequent.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    frequent.truncate(9);
    counts.sort_by_key(|(role, _)| *role);
    for (label, article) in [("Article", true), ("Around it", false)] {
        let _ = write!(
            out,
            "<div class=\"roles\" role=\"group\" aria-label=\"{label}\"><span class=\"legend\">{label}</span>"
        );
        for (role, count) in counts.iter().filter(|(role, _)| role.is_article() == article) {
            let key = frequent.iter().position(|(other, _)| other == role).map(|at| at + 1);
            let keys = key.map(|key| format!(" data-key=\"{key}\" aria-keyshortcuts=\"{key}\"")).unwrap_or_default();
            let shown = key.map(|key| format!("<kbd>{key}</kbd>")).unwrap_or_default();
            let name = words(*role);
            let _ = write!(
                out,
                "<button type=\"button\" class=\"chip\" data-toggle=\"{role}\" data-role=\"{role}\" aria-pressed=\"true\"{keys}>\
                 <i class=\"swatch\" aria-hidden=\"true\"></i>{name} <span class=\"count\">{count}</span>{shown}</button>"
            );
        }
        out.raw("</div>\n");
    }
    out.raw(
        "<div class=\"actions\" role=\"group\" aria-label=\"Views\">\
         <button type=\"button\" id=\"show-all\" aria-keyshortcuts=\"0\">All <kbd>0</kbd></button>\
         <button type=\"button\" id=\"only-article\" aria-keyshortcuts=\"a\">Article only <kbd>a</kbd></button>\
         <button type=\"button\" id=\"only-doubt\" aria-pressed=\"false\" aria-keyshortcuts=\"d\">Doubtful <kbd>d</kbd></button>\
         <button type=\"button\" id=\"only-overruled\" aria-pressed=\"false\" aria-keyshortcuts=\"o\">Overruled <kbd>o</kbd></button>\
         <label class=\"find\">Find <input id=\"find\" type=\"search\" autocomplete=\"off\" spellcheck=\"false\" aria-keyshortcuts=\"/\"></label>\
         <button type=\"button\" id=\"theme\" aria-keyshortcuts=\"t\">Light or dark <kbd>t</kbd></button>\
         <button type=\"button\" id=\"open-help\" aria-keyshortcuts=\"?\">Keys <kbd>?</kbd></button>\
         <output id=\"shown\" aria-live=\"polite\"></output></div>\n</div>\n</nav>\n",
    );
}

/// The page at a glance: a stripe a run of blocks, as wide as their text; the article stands taller.
fn ribbon(out: &mut Html, inspection: &Inspection<'_>) {
    let mut runs: Vec<(usize, Role, usize)> = Vec::new();
    for (at, block) in inspection.classified.blocks.iter().enumerate() {
        let width = block.block.text.chars().count().clamp(12, 1200);
        match runs.last_mut() {
            Some((_, role, sum)) if *role == block.role => *sum += width,
            _ => runs.push((at, block.role, width)),
        }
    }
    let whole: usize = runs.iter().map(|(_, _, width)| width).sum();
    let _ = write!(
        out,
        "<svg class=\"ribbon\" viewBox=\"0 0 {} 20\" preserveAspectRatio=\"none\" aria-hidden=\"true\" focusable=\"false\">",
        whole.max(1)
    );
    let mut x = 0;
    for (at, role, width) in runs {
        // What is narrower than a hair is not drawn: a page may have a million blocks.
        if width * 4000 > whole {
            let (y, height) = if role.is_article() { (0, 20) } else { (9, 11) };
            let _ = write!(
                out,
                "<a href=\"#b{at}\" tabindex=\"-1\"><rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" data-role=\"{role}\"><title>{}</title></rect></a>",
                words(role)
            );
        }
        x += width;
    }
    out.raw("</svg>\n");
}

/// The keys, as a dialog.
fn help(out: &mut Html) {
    const KEYS: [(&str, &str); 13] = [
        ("j, k", "next, previous block"),
        ("Enter", "why it has its role"),
        ("e", "all reasons open or shut"),
        ("1 – 9", "show or hide one of the nine most frequent roles"),
        ("s", "show only the role of the block in focus"),
        ("a", "article only, or everything"),
        ("d", "only doubtful blocks (score below 0.7)"),
        ("o", "only blocks where one verdict overruled another"),
        ("0", "everything again"),
        ("/", "find text"),
        ("v", "the record as JSON, open or shut"),
        ("t", "light or dark"),
        ("?, Esc", "these keys, and away with them"),
    ];
    out.raw(
        "<dialog id=\"help\" aria-labelledby=\"help-title\">\n<h2 id=\"help-title\">Keys</h2>\n<dl class=\"keys\">",
    );
    for (keys, meaning) in KEYS {
        out.raw("<div><dt>");
        for (at, key) in keys.split(", ").enumerate() {
            out.raw(if at > 0 { " " } else { "" }).element("kbd", "", key);
        }
        out.raw("</dt>").element("dd", "", meaning).raw("</div>");
    }
    out.raw(
        "</dl>\n<p>Blocks of the article have a solid bar, those around it a dashed one. Under each block stands what \
         decided its role; open it for every verdict on it and what the learned model saw.</p>\n\
         <form method=\"dialog\"><button>Close</button></form>\n</dialog>\n",
    );
}

/// A role's name as words.
fn words(role: Role) -> String {
    role.as_str().replace('_', " ")
}

/// A badge with a role's colour and name.
fn badge(out: &mut Html, role: Role) {
    out.raw("<span class=\"badge\"");
    attribute(out, "data-role", role.as_str());
    out.raw("><i class=\"swatch\" aria-hidden=\"true\"></i>").text(&words(role)).raw("</span>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_a_colour() {
        for role in Role::ALL {
            assert!(STYLE.contains(&format!("[data-role=\"{role}\"]")), "{role} has no colour in style.css");
        }
    }

    #[test]
    fn style_and_script_cannot_end_their_elements_or_load() {
        for text in [STYLE, SCRIPT] {
            let lower = text.to_ascii_lowercase();
            for part in ["</style", "</script", "<!--", "http:", "https:", "@import", "url(", "fetch(", "innerhtml"] {
                assert!(!lower.contains(part), "{part}");
            }
        }
    }
}
