"""Pieces of composed pages: what may stand within an article and around it, beyond plain paragraphs and lists of teasers.

Each method of Pieces adds blocks with their roles to the page at hand (compose.py). Prose that is not the article's comes from other articles:
so nothing but place and shape tells it from the article's own.
"""
import html
import json
import re

UNITS = {True: ["{} g {}", "{} EL {}", "{} Stück {}", "{} Prozent {}", "{} Meter {}"], False: ["{} cups {}", "{} tbsp {}", "{} g {}", "{} per cent {}", "{} feet {}"]}


class Pieces:
    """A mixin: needs what Composer has (`r`, `m`, `words`, `source`, `other`, `add`, `raw`, `lines`, `link`, `gap`)."""

    def prose(self, low, high):
        """Some sentences of another article."""
        other = self.other()
        first = self.r.randrange(max(1, len(other.sentences) - high))
        return " ".join(other.sentences[first:first + self.r.randint(low, high)])

    def wrapped(self, telling, part):
        """A part in as many nested elements as pages have."""
        depth = self.r.choice([0, 1, 1, 2, 3, 5])
        for _ in range(depth):
            self.raw(f"<div{self.m.name(telling) if self.r.random() < 0.5 else ''}>")
        part()
        self.raw("</div>" * depth)

    def inline(self, text):
        """Markup of a paragraph with a link or a bold beginning here and there; `{}` where there is nothing of that."""
        r = self.r
        words = text.split(" ")
        if self.plain or len(words) < 12 or r.random() > 0.2:
            return None
        safe = [html.escape(word, quote=False) for word in words]
        if r.random() < 0.3:
            n = r.randint(1, 4)
            return f"<{(tag := r.choice(['b', 'strong', 'em']))}>{' '.join(safe[:n])}</{tag}> {' '.join(safe[n:])}"
        at, n = r.randrange(len(words) - 5), r.randint(1, 5)
        return " ".join([*safe[:at], self.link(" ".join(safe[at:at + n])), *safe[at + n:]])

    # Within the article.

    def interview(self, paragraphs):
        """Questions in bold, answers below them."""
        bold = self.r.choice(["<p><b>{}</b></p>", "<p><strong>{}</strong></p>", "<h3>{}</h3>", "<p><i>{}</i></p>", "<b>{}</b><br>"])
        for text in paragraphs:
            if self.r.random() < 0.6:
                self.add("body", re.sub(r"[.!]$", "?", self.r.choice(self.other().sentences)), bold)
            self.add("body", text, "<p>{}</p>")

    def live_blog(self, paragraphs):
        """Entries with the time over each."""
        r, m = self.r, self.m
        stamp = r.choice(["{}:{:02} Uhr", "{}:{:02}", "{}.{:02} Uhr"]) if self.source.german else r.choice(["{}:{:02} am", "{}:{:02}", "{}.{:02}pm"])
        head = r.choice(["<h3>{}</h3>", "<p><b>{}</b></p>", "<h2>{}</h2>"])
        for text in paragraphs:
            self.raw(f"<{(outer := r.choice(['div', 'section', 'li', 'article']))}{m.name('entry')}>")
            self.add("dateline", stamp.format(r.randint(1, 12), r.randint(0, 59)), r.choice(["<time>{}</time><br>", "<span>{}</span><br>", "<div>{}</div>"]))
            if r.random() < 0.6:
                self.add("subheading", r.choice(self.source.sentences)[:70].rstrip(".,"), head)
            self.add("body", text, "<p>{}</p>")
            self.raw(f"</{outer}>")

    def questions(self, paragraphs):
        """A heading that asks, and its answer."""
        r = self.r
        folded = r.random() < 0.3
        for text in paragraphs:
            self.raw("<details open>" if folded else "")
            ask = re.sub(r"[.!]$", "?", r.choice(self.other().sentences)[:120])
            self.add("subheading", ask, "<summary>{}</summary>" if folded else r.choice(["<h3>{}</h3>", "<h4>{}</h4>", "<p><b>{}</b></p>"]))
            self.add("body", text, "<p>{}</p>")
            self.raw("</details>" if folded else "")

    def items(self):
        """A list that belongs to the article: ingredients, figures, addresses, whole sentences."""
        r = self.r
        kind = r.choice(["amounts", "addresses", "sentences", "short"])
        nouns = [w for w in re.findall(r"\b[A-ZÄÖÜa-zäöü][a-zäöüß]{4,}\b", " ".join(self.source.sentences[:40]))] or ["Rat"]
        make = {"amounts": lambda: r.choice(UNITS[self.source.german]).format(r.randint(1, 900), r.choice(nouns)),
                "addresses": lambda: f"{self.word()} {r.choice(['Straße', 'Road', 'Platz', 'Weg'])} {r.randint(1, 99)}, {r.randint(10000, 99999)} {self.word()}",
                "sentences": lambda: r.choice(self.source.sentences),
                "short": lambda: " ".join(r.sample(nouns, min(len(nouns), r.randint(1, 5))))}[kind]
        ordered = r.choice(["ul", "ul", "ol"])
        way = r.choice(["li", "li", "li", "br", "div", "td"])
        self.raw(f"<{ordered}>" if way == "li" else "")
        self.lines("list_item", [make() for _ in range(r.randint(2, 9))], way, "list")
        self.raw(f"</{ordered}>" if way == "li" else "")

    def table(self):
        """A table with data."""
        r = self.r
        self.raw("<table>")
        for _ in range(r.randint(2, 7)):
            self.raw("<tr>")
            self.add("table", f"{self.word()} {r.choice(['', self.word()])}", "<td>{}</td>")
            for _ in range(r.randint(1, 1)):
                self.add("table", f"{r.randint(1, 9999)}{r.choice(['', ' %', ' Euro', ',5', ' km'])}", "<td>{}</td>")
            self.raw("</tr>")
        self.raw("</table>")

    # Around it.

    def second_article(self):
        """The next article, whole, below this one."""
        r, m, other = self.r, self.m, self.other()
        outer = r.choice(["article", "div", "section"])
        self.raw(f"<{outer}{m.name('article')}>")
        self.add("teaser", other.title, m.tag(r.choice([m.title if m.title not in ("b", "font") else "h2", "h1", "h2"]), "{}", "headline"))
        if r.random() < 0.5:
            self.add("teaser", f"{r.choice(self.words['by'])} {self.person()}", "<p>{}</p>")
        self.lines("teaser", other.paragraphs[:r.randint(2, 12)], m.paragraph, "text")
        self.raw(f"</{outer}>")

    def biography(self):
        """Who wrote it, in prose."""
        r, w = self.r, self.words
        name = self.person()
        self.raw(f"<div{self.m.name('author-box')}>")
        if r.random() < 0.6:
            self.add("byline", name, r.choice(["<h4>{}</h4>", "<b>{}</b><br>", "<p>{}</p>"]))
        self.add("byline", " ".join([r.choice(w["bio"]).format(name), *(r.sample(w["bio_more"], r.randint(0, 2)))]), r.choice(["<p>{}</p>", "<div>{}</div>", "<p><i>{}</i></p>"]))
        if r.random() < 0.3:
            self.add("byline", r.choice(w["bio_link"]).format(name), "<p>" + self.link() + "</p>")
        self.raw("</div>")

    def foreign_prose(self):
        """A box with prose of other articles: a preview, a notice, a column's description."""
        r, m = self.r, self.m
        role = r.choice(["notice", "teaser", "advertisement", "other"])
        self.raw(f"<{(outer := r.choice(['div', 'aside', 'section', 'td']))}{m.name('box')}>")
        if r.random() < 0.8:
            pool = {"advertisement": "sponsored", "notice": "notice"}.get(role, "more_news")
            self.add(role, r.choice([r.choice(self.words[pool]), self.other().title]), r.choice(["<h3>{}</h3>", "<h2>{}</h2>", "<b>{}</b><br>", "<div>{}</div>"]))
        self.lines(role, [self.prose(1, 4) for _ in range(r.randint(1, 3))], r.choice(["p", "div", "brbr"]), "box")
        if r.random() < 0.5:
            self.add(role, r.choice(self.words["more"]), f"<p>{self.link()}</p>")
        self.raw(f"</{outer}>")

    def consent_dialog(self):
        """The whole dialog that asks for consent, as some pages carry it in their markup."""
        w = self.words
        self.raw(f"<{(outer := self.r.choice(['div', 'dialog', 'section', 'form']))}{self.m.name('dialog')}>")
        for text in self.r.sample(w["dialog"], self.r.randint(2, len(w["dialog"]))):
            self.add("consent", text, self.r.choice(["<p>{}</p>", "<div>{}</div>", "<li>{}</li>", "<h3>{}</h3>"]))
        self.raw(f"</{outer}>")

    def services(self):
        """What else stands in a sidebar: weather, vacancies, a poll, games."""
        r = self.r
        self.add("other", r.choice(self.words["services"]), self.m.tag(r.choice(["h3", "h4", "div"]), "{}", "widget"))
        for _ in range(r.randint(1, 6)):
            text = r.choice([f"{self.word()} {r.randint(-9, 34)}°", f"{r.randint(1, 99)} %", f"{self.word()} {r.choice(['GmbH', 'AG', 'Ltd.'])}, {self.word()}",
                             re.sub(r"[.!]$", "?", r.choice(self.other().sentences)), self.other().title])
            self.add("other", text, r.choice(["<div>{}</div>", "<li>{}</li>", "<p>{}</p>", f"<p>{self.link()}</p>"]))

    def publisher(self):
        """What the publisher says of himself at the page's foot."""
        self.lines("legal", self.r.sample(self.words["publisher"], self.r.randint(1, 2)), self.r.choice(["p", "div"]), "footer")

    # What the page says of itself.

    def declared(self):
        """Elements for <head>."""
        r, source = self.r, self.source
        out = []
        lead = next((b["text"] for b in self.blocks if b["role"] in ("lead", "body")), "")
        describe = html.escape(re.sub(r"^\[.*?\] ", "", lead)[:r.choice([120, 160, 300])])
        if r.random() < 0.6:
            out.append(f'<meta name="description" content="{describe}">')
        if r.random() < 0.5:
            out.append(f'<meta property="og:title" content="{html.escape(source.title)}"><meta property="og:type" content="{r.choice(["article", "article", "website"])}">')
            out.append(f'<meta property="og:description" content="{describe}">')
        if r.random() < 0.4:
            said = {"@context": "https://schema.org", "@type": r.choice(["NewsArticle", "Article", "BlogPosting"]), "headline": source.title, "description": lead[:200]}
            if r.random() < 0.2:
                said["articleBody"] = " ".join(b["text"] for b in self.blocks if b["role"] in ("lead", "body"))
            out.append(f'<script type="application/ld+json">{json.dumps(said, ensure_ascii=False).replace("</", "<|")}</script>')
        return "".join(out)
