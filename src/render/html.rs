//! HTML that cannot be broken out of: everything but [`Html::raw`] is escaped.

use std::fmt;

/// HTML being written.
#[derive(Debug, Default)]
pub(super) struct Html {
    out: String,
}

impl Html {
    /// Appends markup of ours.
    pub(super) fn raw(&mut self, markup: &str) -> &mut Self {
        self.out.push_str(markup);
        self
    }

    /// Appends text of anyone's.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        escape(text, &mut self.out);
        self
    }

    /// Appends an element with text of anyone's; `attributes` are ours, with a space before each.
    pub(super) fn element(&mut self, name: &str, attributes: &str, text: &str) -> &mut Self {
        for part in ["<", name, attributes, ">"] {
            self.out.push_str(part);
        }
        self.text(text);
        for part in ["</", name, ">"] {
            self.out.push_str(part);
        }
        self
    }

    /// Appends a link, where the address is one of the web; only its text otherwise.
    pub(super) fn link(&mut self, url: &str, text: &str) -> &mut Self {
        let web = url.starts_with("https://") || url.starts_with("http://");
        if !web {
            return self.element("span", " dir=\"auto\"", text);
        }
        self.raw("<a rel=\"noreferrer noopener nofollow\" dir=\"auto\"");
        attribute(self, "href", url);
        self.raw(">").text(text).raw("</a>")
    }

    /// Appends a gauge from 0 to 1 with its value in words.
    pub(super) fn meter(&mut self, share: f32, words: &str) -> &mut Self {
        let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
        self.raw(&format!("<meter min=\"0\" max=\"1\" value=\"{share:.3}\" aria-label=\"{words}\"></meter>"));
        self.element("span", " class=\"share\" aria-hidden=\"true\"", words)
    }

    pub(super) fn finish(self) -> String {
        self.out
    }
}

impl fmt::Write for Html {
    /// Markup of ours, for `write!`.
    fn write_str(&mut self, markup: &str) -> fmt::Result {
        self.out.push_str(markup);
        Ok(())
    }
}

/// Appends an attribute with a value of anyone's.
pub(super) fn attribute(out: &mut Html, name: &str, value: &str) {
    out.raw(" ").raw(name).raw("=\"").text(value).raw("\"");
}

/// Escapes text for element content and quoted attributes. Controls, which HTML forbids, become visible.
fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out() {
        let mut out = Html::default();
        out.element("b", "", "</b><script>alert('x')</script>\0&");
        out.link("javascript:alert(1)", "klick");
        out.link("https://a.example/\"onclick=x", "<i>");
        assert_eq!(
            out.finish(),
            "<b>&lt;/b&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;\u{fffd}&amp;</b><span dir=\"auto\">klick</span>\
             <a rel=\"noreferrer noopener nofollow\" dir=\"auto\" href=\"https://a.example/&quot;onclick=x\">&lt;i&gt;</a>"
        );
    }
}
