//! Pages of one part again and again, each the worst case of something.

/// A page of a shape, its part so many times over; the number is what the timed run takes.
pub(super) type Shape = (&'static str, usize, fn(usize) -> String);

pub(super) const SHAPES: &[Shape] = &[
    ("nested div", 100_000, |n| format!("{}Grund{}", "<div>".repeat(n), "</div>".repeat(n))),
    ("nested div with texts", 50_000, |n| "<div>Wort ".repeat(n)),
    ("nested bold", 100_000, |n| format!("{}Grund", "<b>".repeat(n))),
    ("bold and paragraphs", 10_000, |n| "<b><p>Wort ".repeat(n)),
    ("nested tables", 20_000, |n| "<table><tr><td>Wort ".repeat(n)),
    ("nested lists", 50_000, |n| "<ul><li>Wort ".repeat(n)),
    ("nested links", 20_000, |n| "<a href=x>Wort ".repeat(n)),
    ("nested inline", 50_000, |n| "<span><i><font>Wort ".repeat(n)),
    ("spans", 500_000, |n| "<span>a</span>".repeat(n)),
    ("cells", 200_000, |n| format!("<table><tr>{}</tr></table>", "<td>1 234</td>".repeat(n))),
    ("breaks", 200_000, |n| "Wort<br>".repeat(n)),
    ("same paragraphs", 50_000, |n| "<p>Die Fähre kommt um neun, der Wind kommt später.</p>\n".repeat(n)),
    ("headings", 50_000, |n| "<h2>Fähre</h2>".repeat(n)),
    ("teasers", 20_000, |n| {
        "<p><a href=/x>Hafen: Fähre</a><br>[1.2.2020] Sie kommt. <a href=/x>mehr...</a></p>".repeat(n)
    }),
    ("vendors", 20_000, |n| "<p>Hafen GmbH</p><p>99111 Rabensund</p><p>Hafen GmbH</p>".repeat(n)),
    ("one line", 2_000_000, |n| format!("<p>{}</p>", "Wasser ".repeat(n / 7))),
    ("one word", 2_000_000, |n| format!("<p>{}</p>", "a".repeat(n))),
    ("digits", 500_000, |n| format!("<p>{}</p>", "1.".repeat(n))),
    ("brackets", 500_000, |n| format!("<p>{}</p>", "[1.2.".repeat(n / 5))),
    ("attribute", 1_000_000, |n| format!("<p title='{}'>Wort</p>", "x".repeat(n))),
    ("class names", 200_000, |n| format!("<p class='{}'>Wort</p>", "a ".repeat(n))),
    ("comments", 200_000, |n| "<!-- x -->".repeat(n)),
    ("entities", 200_000, |n| format!("<p>{}</p>", "&auml;".repeat(n))),
    ("images", 50_000, |n| "<img src=/a.jpg alt=a>".repeat(n)),
    ("json-ld", 1_000_000, |n| {
        let items = r#"{"@type":"Article","headline":"Fähre"},"#.repeat(n / 40);
        format!(r#"<script type="application/ld+json">{{"@graph":[{items}{{}}]}}</script><p>Wort</p>"#)
    }),
    ("meta tags", 50_000, |n| "<meta name=author content='A. Fähr'>".repeat(n)),
    ("unclosed tags", 200_000, |n| "<p <".repeat(n)),
    ("end tags", 200_000, |n| "</p></b></table>".repeat(n)),
];
