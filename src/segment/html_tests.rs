//! Blocks of HTML. Towns and people are invented.

use super::*;

fn blocks(html: &str) -> Vec<(String, BlockTag)> {
    segment(&Dom::parse(html), &Template::default()).blocks.into_iter().map(|b| (b.text, b.tag)).collect()
}

fn texts(html: &str) -> Vec<String> {
    blocks(html).into_iter().map(|(text, _)| text).collect()
}

#[test]
fn breaks_end_lines_and_cells_end_blocks() {
    let html = "<body>Oben<table><tr><td><font>Erster<br><br>Zweiter <b>fett</b></font><td>Dritter</table>Unten";
    assert_eq!(texts(html), ["Oben", "Erster", "Zweiter fett", "Dritter", "Unten"]);
}

#[test]
fn noscript_is_read_where_a_script_builds_the_page() {
    let thread =
        format!("<noscript><h1>Brunnen</h1><p>{}</p></noscript>", "Der Brunnen im Hof läuft wieder. ".repeat(40));
    let found = texts(&format!("<div>Wird geladen</div>{thread}"));
    assert_eq!(found.iter().map(|t| t.len() > 1000).collect::<Vec<_>>(), [false, false, true]);
    let page = format!("<p>{}</p>{thread}", "Im Hof steht ein Brunnen, und er läuft. ".repeat(40));
    assert_eq!(texts(&page).len(), 1);
}

#[test]
fn a_kicker_in_a_heading_is_a_block() {
    assert_eq!(texts("<h1><span>Seestadt</span>Rathaus im Netz</h1>"), ["Seestadt", "Rathaus im Netz"]);
    assert_eq!(texts("<h1><span>Seestadt</span> <span>Rathaus im Netz</span></h1>"), ["Seestadt", "Rathaus im Netz"]);
    assert_eq!(texts("<h2>Rathaus <span>im</span> Netz</h2>"), ["Rathaus im Netz"]);
}

#[test]
fn inline_elements_side_by_side_do_not_run_together() {
    assert_eq!(texts("<p><span>12.5.2024</span><span>Seestadt</span></p>"), ["12.5.2024 Seestadt"]);
    assert_eq!(texts("<p>Wort<b>teil</b>, dann&shy;mehr</p>"), ["Wortteil, dannmehr"]);
}

#[test]
fn elements_of_the_pages_own_making_are_boxes_outside_of_paragraphs() {
    let html = "<x-card><a href=/1><x-title>Eins</x-title></a><x-date>zwei</x-date></x-card><p>a <x-y>b</x-y> c</p>";
    assert_eq!(texts(html), ["Eins", "zwei", "a b c"]);
}

#[test]
fn links_are_counted_across_blocks() {
    let dom = Dom::parse("<a href='/x'><h3>Titel hier</h3><p>Text dazu</p></a><p>a <a href=y rel=NoFollow>b c</a></p>");
    let segments = segment(&dom, &Template::default());
    let links: Vec<_> = segments.blocks.iter().map(|b| (b.link_chars, b.links[0].href.as_str())).collect();
    assert_eq!(links, [(10, "/x"), (9, "/x"), (4, "y")]);
    assert_eq!(segments.blocks[2].links[0], Link { href: "y".into(), text: "b c".into(), rel: "nofollow".into() });
}

#[test]
fn a_selector_of_the_profile_names_blocks() {
    let template =
        Template { selectors: vec![(Role::Lead, scraper::Selector::parse(".x p").unwrap())], ..Template::default() };
    let segments = segment(&Dom::parse("<div class=x><p>eins</p></div><p>zwei</p>"), &template);
    assert_eq!(segments.blocks[0].profile_role, Some(Role::Lead));
    assert_eq!(segments.blocks[1].profile_role, None);
}

#[test]
fn tags_and_gaps_are_kept() {
    let dom = Dom::parse(
        "<blockquote><p>Zitat</p></blockquote><ul><li><p>Punkt</li></ul>eins<br>zwei<br><br>drei<p></p>vier",
    );
    let segments = segment(&dom, &Template::default());
    let tags: Vec<_> = segments.blocks.iter().map(|b| (b.tag, b.after_gap)).collect();
    use BlockTag as T;
    assert_eq!(
        tags,
        [(T::Quote, true), (T::Li, true), (T::Div, true), (T::Div, false), (T::Div, true), (T::Div, true)]
    );
}

#[test]
fn inline_elements_of_a_link_are_parts_of_a_card() {
    let card = "<ul><li><a href=/1><small>Acker</small> <b>Der Regen kam</b> <span>Zu spät für <i>alle</i> Felder.</span> <time datetime=2024-05-29>29. Mai 2024</time></a></ul>";
    assert_eq!(texts(card), ["Acker", "Der Regen kam", "Zu spät für alle Felder.", "29. Mai 2024"]);
    let segments = segment(&Dom::parse(card), &Template::default());
    assert!(segments.blocks.iter().all(|block| block.links[0].href == "/1" && block.link_chars > 0));
    assert_eq!(segments.blocks[3].datetime.as_deref(), Some("2024-05-29"));
    for one in [
        "<p>Er las <a href=/1>in <b>der Zeitung</b> und <i>im Buch von gestern</i></a></p>",
        "<a href=/1><i></i><span>Der Regen kam zu spät für alle</span></a>",
    ] {
        assert_eq!(texts(one).len(), 1, "{one}");
    }
}

#[test]
fn an_image_links_the_text_of_its_own_element() {
    let dom = Dom::parse(
        "<table><tr><td><a href=/1>Eins</a><br>Ort<br><a href=/1><img></a></td></tr><tr><td>Zwei<br><a href=/2><img></a></td></tr>\
         <tr><td><p>Zweieinhalb</p><div><a href=/25><img></a></div></td></tr><tr><td><a href=/3><img></a></td><td>Drei</td></tr></table>",
    );
    let segments = segment(&dom, &Template::default());
    let links: Vec<Vec<&str>> =
        segments.blocks.iter().map(|b| b.links.iter().map(|link| link.href.as_str()).collect()).collect();
    assert_eq!(links, [vec!["/1"], vec!["/1"], vec!["/2"], vec!["/25"], vec!["/3"]]);
}
