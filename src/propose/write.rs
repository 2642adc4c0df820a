//! A draft as the file of a profile, with comments that say what each line is worth.

use std::fmt::Write as _;

use super::Draft;
use crate::site::CueScope;

/// The profile.
pub(super) fn profile(name: &str, draft: &Draft) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = head(&mut text, name, draft);
    let _ = rules(&mut text, draft);
    let _ = selectors(&mut text, draft);
    let _ = wordings(&mut text, draft);
    text
}

fn head(text: &mut String, name: &str, draft: &Draft) -> std::fmt::Result {
    let (pages, articles) = draft.pages;
    writeln!(
        text,
        "# {name}: a profile to start from, proposed from {pages} pages, {articles} of them articles. The numbers say over how"
    )?;
    writeln!(
        text,
        "# many pages a line holds. `auslese check {name}` reads it; config/sites/_default.toml explains every key.\n"
    )?;
    if let Some((title, times)) = &draft.title {
        writeln!(text, "# {times} of {articles} articles\ntitle = {}", basic(title))?;
    }
    if let Some((language, times)) = &draft.language {
        writeln!(text, "# {times} of {articles} articles\nlanguage = {}", basic(language))?;
    }
    writeln!(text, "home = {}\n\n[sources]\nseeds = [\"/\"]", basic(&draft.home))?;
    if !draft.feeds.is_empty() {
        let named: Vec<String> = draft.feeds.iter().map(|(_, times)| format!("{times} of {pages}")).collect();
        let feeds: Vec<String> = draft.feeds.iter().map(|(feed, _)| basic(feed)).collect();
        writeln!(text, "# named by {} pages\nfeeds = [{}]", named.join(", "), feeds.join(", "))?;
    }
    Ok(())
}

fn rules(text: &mut String, draft: &Draft) -> std::fmt::Result {
    writeln!(
        text,
        "\n[urls]\n# What no rule knows is fetched, and the classifier says whether it is an article. \"drop\", once the rules are complete."
    )?;
    writeln!(text, "otherwise = \"page\"")?;
    for rule in &draft.rules {
        writeln!(text, "\n# {} of {} articles", rule.articles, rule.of)?;
        if rule.others > 0 {
            writeln!(text, "# and {} pages that are none: narrow it, or drop those before it", rule.others)?;
        }
        writeln!(text, "[[rule]]\nkeep = {}\nas = \"article\"", literal(&rule.pattern))?;
    }
    Ok(())
}

fn selectors(text: &mut String, draft: &Draft) -> std::fmt::Result {
    for (role, chosen) in &draft.left_out {
        let (holds, of, selector) = (chosen.holds, chosen.of, basic(&chosen.selector));
        writeln!(
            text,
            "\n# Left out, as it finds more than that or changes what is read; it fits on {holds} of {of} articles:"
        )?;
        writeln!(text, "# [selectors] {role} = [{selector}]")?;
    }
    if draft.selectors.is_empty() {
        return Ok(());
    }
    writeln!(
        text,
        "\n# Elements that hold a part of the article and nothing else. Where a template is of certain years, move its own into a"
    )?;
    writeln!(text, "# [[version]] with `from` and `until`.\n[selectors]")?;
    for (role, chosen) in &draft.selectors {
        let of = chosen.first().map_or(0, |chosen| chosen.of);
        let holds: Vec<String> = chosen.iter().map(|chosen| format!("{}", chosen.holds)).collect();
        let listed: Vec<String> = chosen.iter().map(|chosen| basic(&chosen.selector)).collect();
        writeln!(text, "# {} of {of} articles that have one\n{role} = [{}]", holds.join(" and "), listed.join(", "))?;
    }
    Ok(())
}

fn wordings(text: &mut String, draft: &Draft) -> std::fmt::Result {
    for wording in &draft.wordings {
        let scope = match wording.scope {
            CueScope::Block => "block",
            CueScope::Group => "group",
            CueScope::Rest => "rest",
        };
        let pattern = format!("{}$", super::escaped(&wording.text));
        writeln!(text, "\n# {} of {} articles\n[[cue]]\npattern = {}", wording.pages, wording.of, literal(&pattern))?;
        writeln!(text, "role = \"{}\"\nscope = \"{scope}\"", wording.role)?;
    }
    Ok(())
}

/// A string with escapes.
fn basic(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A string without escapes, as patterns are easiest read; with them where that cannot be.
fn literal(text: &str) -> String {
    if text.contains('\'') || text.chars().any(char::is_control) { basic(text) } else { format!("'{text}'") }
}
