//! The record beside the blocks: to be read, and as JSON.

use super::Inspection;
use crate::render::document::{Document, Part, image_words};
use crate::render::html::Html;
use crate::types::{MetaSource, Record, TeaserItem};

pub(super) fn write(out: &mut Html, inspection: &Inspection<'_>) {
    let record = inspection.record;
    out.raw("<aside class=\"record\" aria-labelledby=\"record-title\" tabindex=\"0\">\n<h2 id=\"record-title\">Record</h2>\n");
    out.raw("<article>\n");
    article(out, &Document::of(record, inspection.rows));
    out.raw("</article>\n<h3>Fields</h3>\n");
    fields(out, record);
    items(out, "Teasers", &record.teasers);
    items(out, "Advertisements", &record.advertisements);
    vendors(out, record);
    out.raw("<details id=\"json\"><summary>JSON <kbd>v</kbd></summary>\n");
    // A record of ours always has a form as JSON; were it not so, the page still shows the rest.
    let json = serde_json::to_string_pretty(record).unwrap_or_default();
    out.element("pre", " tabindex=\"0\" aria-label=\"The record as JSON\"", &json).raw("</details>\n</aside>\n");
}

fn article(out: &mut Html, document: &Document<'_>) {
    said(out, "p", "kicker", document.kicker.unwrap_or_default());
    said(out, "h3", "headline", document.headline.unwrap_or_default());
    said(out, "p", "subtitle", document.subtitle.unwrap_or_default());
    said(out, "p", "byline", &document.line.join(" · "));
    for part in &document.parts {
        match part {
            Part::Lead(text) => said(out, "p", "lead", text),
            Part::Paragraph(text) => said(out, "p", "body", text),
            Part::Heading(text, _) => said(out, "h4", "sub", text),
            Part::Caption(text) => said(out, "p", "caption", text),
            Part::Code(text) => said(out, "pre", "code", text),
            Part::Image(image) => {
                let words = image_words(image);
                let url = image.url.as_deref().unwrap_or_default();
                said(out, "p", "caption image", if words.is_empty() { url } else { &words });
            }
            Part::List(texts) => texts.iter().for_each(|text| said(out, "p", "item", text)),
            Part::Quote(texts) => texts.iter().for_each(|text| said(out, "blockquote", "quote", text)),
            Part::Table(rows) => rows.iter().for_each(|row| said(out, "p", "row", &row.join(" | "))),
        }
    }
}

/// A part of the article, where there is one.
fn said(out: &mut Html, name: &str, class: &str, text: &str) {
    if !text.is_empty() {
        out.element(name, &format!(" class=\"{class}\" dir=\"auto\""), text).raw("\n");
    }
}

/// What is known besides the text, with the source of each date.
fn fields(out: &mut Html, record: &Record) {
    let dated = |date: &Option<String>, raw: &Option<String>, source: Option<MetaSource>| {
        let date = date.as_ref()?;
        let raw = raw.as_ref().filter(|raw| *raw != date).map(|raw| format!(", written “{raw}”")).unwrap_or_default();
        let name = source.and_then(|source| serde_json::to_value(source).ok());
        let source = name.as_ref().and_then(|name| name.as_str()).unwrap_or("unknown").replace('_', " ");
        Some(format!("{date} (from {source}{raw})"))
    };
    let authors: Vec<String> = record.authors.iter().map(|author| author.name.clone()).collect();
    let joined = |values: &[String]| (!values.is_empty()).then(|| values.join(", "));
    let fields = [
        ("Published", dated(&record.date_published, &record.date_published_raw, record.date_published_source)),
        ("Modified", dated(&record.date_modified, &record.date_modified_raw, record.date_modified_source)),
        ("Authors", joined(&authors)),
        ("Section", record.section.clone()),
        ("Keywords", joined(&record.keywords)),
        ("Language", record.language.clone()),
        ("Site", record.site_name.clone()),
        ("Canonical", record.canonical_url.clone()),
        ("Free to read", record.is_accessible_for_free.map(|free| if free { "yes" } else { "no" }.to_owned())),
        ("Licence", record.license.clone()),
        ("Robots", record.rights.robots.clone()),
        ("Charset", record.http.charset.clone()),
        ("Id", Some(record.id.clone())),
    ];
    out.raw("<dl class=\"fields\">\n");
    for (name, value) in fields {
        out.raw("<div>").element("dt", "", name);
        match value.filter(|value| !value.is_empty()) {
            Some(value) => out.element("dd", " dir=\"auto\"", &value),
            None => out.raw("<dd class=\"none\">none</dd>"),
        };
        out.raw("</div>\n");
    }
    out.raw("</dl>\n");
    let links: Vec<(&str, &str)> =
        record.links.iter().map(|link| (link.url.as_str(), link.text.as_deref().unwrap_or(&link.url))).collect();
    if !links.is_empty() {
        out.raw(&format!("<details><summary>Links ({})</summary><ul>\n", links.len()));
        for (url, text) in links {
            out.raw("<li>").link(url, text).raw("</li>\n");
        }
        out.raw("</ul></details>\n");
    }
}

fn items(out: &mut Html, name: &str, items: &[TeaserItem]) {
    if items.is_empty() {
        return;
    }
    out.raw(&format!("<details><summary>{name} ({})</summary><ul class=\"items\">\n", items.len()));
    for item in items {
        out.raw("<li>");
        let title = item.title.as_deref().or(item.url.as_deref()).unwrap_or("without a title");
        match item.url.as_deref() {
            Some(url) => out.link(url, title),
            None => out.element("span", " dir=\"auto\"", title),
        };
        let rest: Vec<&str> =
            [&item.date, &item.summary, &item.caption].into_iter().filter_map(|part| part.as_deref()).collect();
        if !rest.is_empty() {
            out.element("p", " dir=\"auto\"", &rest.join(" · "));
        }
        out.raw("</li>\n");
    }
    out.raw("</ul></details>\n");
}

fn vendors(out: &mut Html, record: &Record) {
    if record.vendors.is_empty() {
        return;
    }
    out.raw(&format!("<details><summary>Vendors ({})</summary><ul class=\"items\">\n", record.vendors.len()));
    for vendor in &record.vendors {
        out.raw("<li>");
        match vendor.url.as_deref() {
            Some(url) => out.link(url, &vendor.name),
            None => out.element("span", " dir=\"auto\"", &vendor.name),
        };
        let place: Vec<&str> =
            [&vendor.postal_code, &vendor.city].into_iter().filter_map(|part| part.as_deref()).collect();
        out.raw(" ").text(&place.join(" ")).raw("</li>\n");
    }
    out.raw("</ul></details>\n");
}
