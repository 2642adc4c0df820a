"""Composes pages whose every block has a known role: real articles' text in random markup, with everything that stands around articles.

usage: compose.py --sets DIR --out DIR [--pages N] [--seed S]

Writes DIR/gold.jsonl (`id`, `page`, `site`, `format`, `text`, `blocks` [{role, text}]) and DIR/pages/*.gz. Titles and sentences come from the
gold of wcxb-dev (articles) and fundus-dev; a page takes all of its text from articles of one fold of sites (the folds of train.py), so that
pages held out stay unseen. Markup, class names (none, hashed, telling), order, wording, dates and shapes are drawn anew for each page.
"""
import argparse
import gzip
import html
import json
import random
import re
import zlib
from pathlib import Path

from pieces import Pieces
from train import FOLDS, site_of
from wording import DE, EN, MONTHS_DE, MONTHS_EN, SYLLABLES

TEXT_ROLES = {"lead", "body", "subheading", "list_item", "quote", "table"}


class Source:
    """An article to take text from."""

    def __init__(self, gold):
        self.site = site_of(gold["url"] or gold["id"])
        self.fold = zlib.crc32(self.site.encode()) % FOLDS
        self.title = (gold.get("title") or "").strip()
        self.paragraphs = [p.strip() for p in re.split(r"\n+", gold["text"]) if p.strip()]
        self.prose = [p for p in self.paragraphs if len(p) > 120]
        lower = " ".join(self.prose).lower()
        self.german = lower.count(" der ") + lower.count(" und ") > lower.count(" the ") + lower.count(" and ")
        self.sentences = [s for p in self.prose for s in re.split(r"(?<=[.!?])\s+(?=[A-ZÄÖÜ„\"“])", p) if 30 < len(s) < 300]


def read_sources(sets):
    sources = []
    for name in ("wcxb-dev", "fundus-dev"):
        for line in open(sets / name / "gold.jsonl", encoding="utf-8"):
            gold = json.loads(line)
            if gold.get("type") == "article" and gold.get("text"):
                source = Source(gold)
                if len(source.prose) >= 3 and len(source.sentences) >= 8 and 10 < len(source.title) < 140:
                    sources.append(source)
    return sources


def date(r, words):
    y, m, d = r.randint(2001, 2026), r.randint(1, 12), r.randint(1, 28)
    de, en = MONTHS_DE[m - 1], MONTHS_EN[m - 1]
    forms = [f"{d}.{m}.{y}", f"{d:02}.{m:02}.{y}", f"{d}. {de} {y}", f"{d:02}.{m:02}.{y % 100:02}"] if words is DE else \
        [f"{en} {d}, {y}", f"{d} {en} {y}", f"{m}/{d}/{y}", f"{en[:3]} {d}, {y}"]
    return r.choice([*forms, f"{y}-{m:02}-{d:02}"])


class Markup:
    """One page's way of writing HTML."""

    def __init__(self, r, plain):
        self.r, self.plain = r, plain
        self.naming = r.choice(["none", "none", "hashed", "hashed", "telling", "telling", "misleading"])
        self.paragraph = r.choice(["p", "p", "p", "br", "brbr", "div", "td", "font", "span"])
        self.item = r.choice(["div", "p", "br", "brbr", "li", "td", "tr", "article", "dl"])
        self.title = r.choice(["h1", "h1", "h2", "b", "font", "div", "p", "h3"])
        self.sub = r.choice(["h2", "h3", "b", "p-b", "plain", "h4", "strong-br"])
        self.frame = r.choice(["div", "div", "table", "section", "nested", "body"])
        self.upper = r.random() < 0.1

    def name(self, telling):
        kind = self.naming
        if kind == "none":
            return ""
        if kind == "hashed":
            return f' class="{"".join(self.r.choices("abcdefghijkmnpqrstuvwxyz0123456789", k=self.r.randint(5, 8)))}"'
        if kind == "misleading" and self.r.random() < 0.6:
            telling = self.r.choice(["teaser", "intro", "content", "box", "module", "text", "article", "wrapper", "item", "excerpt", "meta"])
        return f' class="{telling}{self.r.choice(["", "", "-box", "__inner", "_1", " clearfix"])}"'

    def tag(self, tag, inner, telling=""):
        return f"<{tag}{self.name(telling) if telling else ''}>{inner}</{tag}>"


class Composer(Pieces):
    """Builds one page: `out` gathers HTML, `blocks` the blocks in order with their roles."""

    def __init__(self, r, source, others, plain):
        self.r, self.source, self.others = r, source, others
        self.words = DE if source.german else EN
        self.m = Markup(r, plain)
        self.out, self.blocks, self.plain = [], [], plain

    def add(self, role, text, markup):
        """A block: its text as seen, and the HTML that shows it (`{}` stands for the text)."""
        text = re.sub(r"\s+", " ", text).strip()
        if not text:
            return
        self.blocks.append({"role": role, "text": text})
        self.out.append(text + "\n" if self.plain else markup.replace("{}", html.escape(text, quote=False)) + self.r.choice(["", "\n", "\n  "]))

    def gap(self, chance=1.0):
        if self.plain and self.r.random() < chance:
            self.out.append("\n")

    def raw(self, text):
        if not self.plain:
            self.out.append(text)

    def link(self, inner="{}"):
        return f'<a href="{self.r.choice(["/", "/artikel/", "/news/", "?id=", "https://www.example.org/", "meldung_"])}{self.r.randint(1, 99999)}{self.r.choice(["", ".html", "/"])}">{inner}</a>'

    def lines(self, role, texts, way, telling, inner="{}"):
        """Several texts as blocks of one group."""
        m = self.m
        if way in ("br", "brbr", "td", "span"):
            self.raw({"td": "<table><tr><td>", "span": "<div>"}.get(way, f"<div{m.name(telling)}>"))
            for n, text in enumerate(texts):
                if n:
                    self.raw("<br>" * (1 if way == "br" else 2) + "\n")
                shown = inner if role != "body" else self.inline(text) or inner
                self.add(role, text, f"<span>{shown}</span>" if way == "span" else shown)
            self.raw("</td></tr></table>" if way == "td" else "</div>")
        else:
            for text in texts:
                tag = {"font": "p"}.get(way, way)
                shown = inner if role != "body" else self.inline(text) or inner
                self.add(role, text, m.tag(tag, f"<font size=2>{shown}</font>" if way == "font" else shown, telling))

    def other(self):
        return self.r.choice(self.others)

    def headline(self):
        r, m = self.r, self.m
        if r.random() < 0.4:
            self.add("kicker", self.place() + r.choice([":", ""]), m.tag(r.choice(["div", "p", "span", "h4", "b"]), "{}", "kicker") + ("" if r.random() < 0.5 else "<br>"))
            if not self.plain and "<span" in self.out[-1]:
                self.out.append("<br>")
        tag = m.title
        markup = {"b": "<b>{}</b><br>", "font": '<font size="5"><b>{}</b></font><br>'}.get(tag, m.tag(tag, "{}", "headline"))
        self.raw("<br>" if tag in ("b", "font") else "")
        self.add("headline", self.source.title, markup)
        if r.random() < 0.15:
            self.add("subtitle", r.choice(self.source.sentences)[:90].rstrip("."), m.tag(r.choice(["h2", "h3", "p"]), "{}", "subline"))
        self.gap()

    def byline(self):
        r, m, w = self.r, self.m, self.words
        if r.random() < 0.35:
            self.add("byline", f"{r.choice(w['by'])} {self.person()}", m.tag(r.choice(["p", "div", "span"]), r.choice(["{}", self.link()]), "author") + "<br>")
        if r.random() < 0.35:
            self.add("dateline", r.choice(w["stamp"]).format(date(r, w)), m.tag(r.choice(["p", "div", "time", "small"]), "{}", "date") + "<br>")
        if r.random() < 0.2:
            self.small("tools", w["tools"], 1, 4)
        if r.random() < 0.2:
            self.small("social", w["social"], 2, 5)

    def small(self, role, pool, low, high):
        r = self.r
        texts = r.sample(pool, min(len(pool), r.randint(low, high)))
        if r.random() < 0.4:
            self.add(role, " ".join(texts), "<div>{}</div>")
        else:
            self.lines(role, texts, r.choice(["li", "div", "br", "p"]), role, self.link())
        self.gap()

    def article(self):
        r, m, w = self.r, self.m, self.words
        paragraphs = self.source.paragraphs[:r.randint(3, 40)]
        lead = None
        if r.random() < 0.6 and len(paragraphs[0]) > 60:
            lead, paragraphs = paragraphs[0], paragraphs[1:]
        if r.random() < 0.3:
            self.caption()
        if lead:
            stamp = f"[{date(r, w)}] " if r.random() < 0.35 else ""
            markup = r.choice(["<p><b>{}</b></p>", m.tag("div", "{}", "teaser"), m.tag("p", "{}", "intro"), "<b>{}</b><br><br>", "<h2>{}</h2>", m.tag("p", "<strong>{}</strong>", "excerpt"), "<i>{}</i><br>"])
            self.add("lead", stamp + lead, markup)
            self.gap()
        self.raw(f"<div{m.name('content')}>" if r.random() < 0.7 else "<div>")
        form = r.random()
        if form < 0.15 and not self.plain and len(paragraphs) > 3:
            way = r.choice([self.interview, self.live_blog, self.questions])
            long = [text for text in paragraphs if len(text) > 90]
            way(long)
            paragraphs = []
        run = []
        for n, text in enumerate(paragraphs):
            short = len(text) < 90 and not text.endswith((".", "!", "?", ":", "“", '"'))
            if short and 0 < n < len(paragraphs) - 1:
                self.flush(run)
                self.add("subheading", text, {"b": "<br><b>{}</b><br>", "p-b": "<p><b>{}</b></p>", "plain": "<p>{}</p>", "strong-br": "<strong>{}</strong><br>"}.get(m.sub, m.tag(m.sub, "{}")))
                continue
            run.append(("body", text))
            if r.random() < 0.12 and n > 0:
                self.flush(run)
                r.choice([self.caption, self.related, self.ad, self.newsletter, self.consent, self.caption, self.related, self.items, self.items, self.table,
                          self.foreign_prose, self.biography])()
        if r.random() < 0.35:
            role, text = run[-1] if run else ("body", "")
            if text.endswith("."):
                run[-1] = (role, f"{text} ({''.join(r.choices('abcdefghijklmnoprstuvwz', k=r.choice([2, 2, 3])))})")
        self.flush(run)
        self.raw("</div>")
        self.gap()

    def flush(self, run):
        if run:
            self.lines("body", [text for _, text in run], self.m.paragraph, "text")
            run.clear()
            self.gap(0.3)

    def caption(self):
        r = self.r
        text = r.choice(self.source.sentences)[:r.randint(60, 160)]
        self.raw(f'<img src="/bild{r.randint(1, 999)}.jpg" alt="">')
        self.add("caption", text, r.choice(["<figcaption>{}</figcaption>", "<div><small>{}</small></div>", "<p><i>{}</i></p>", "<br><font size=1>{}</font><br>", "<div>{}</div>"]))
        if r.random() < 0.5:
            self.credit()
        self.gap()

    def credit(self):
        self.add("credit", self.r.choice(self.words["credit"]).format(self.person()), self.r.choice(["<div>{}</div>", "<p>{}</p>", "<small>{}</small><br>"]))

    def related(self):
        r, w = self.r, self.words
        if r.random() < 0.5:
            self.add("teaser", f"{r.choice(w['inline_related'])} {self.other().title}", r.choice(["<p>{}</p>", "<div><b>{}</b></div>"]).replace("{}", r.choice(["{}", self.link()])))
            return
        self.add("teaser", r.choice(w["related"]), self.m.tag(r.choice(["h3", "h4", "div", "p", "b"]), "{}", "related") + "<br>")
        self.lines("teaser", [self.other().title for _ in range(r.randint(1, 4))], r.choice(["li", "p", "div", "br"]), "related", self.link())

    def ad(self):
        self.add("advertisement", self.r.choice(self.words["ad"]), self.m.tag(self.r.choice(["div", "p", "span", "small"]), "{}", "ad") + "<br>")
        self.gap()

    def newsletter(self):
        r, w = self.r, self.words
        self.raw(f"<div{self.m.name('newsletter')}>")
        for text in r.sample(w["newsletter"], r.randint(1, 4)):
            self.add("subscription", text, r.choice(["<p>{}</p>", "<div>{}</div>", "<h4>{}</h4>"]))
        self.raw("</div>")
        self.gap()

    def consent(self):
        self.raw(f"<div{self.m.name('embed')}>")
        for text in self.r.sample(self.words["consent"], self.r.randint(1, 3)):
            self.add("consent", text, self.r.choice(["<p>{}</p>", "<div>{}</div>", "<label>{}</label>"]))
        self.raw("</div>")

    def after(self):
        r, m, w = self.r, self.m, self.words
        if r.random() < 0.3:
            self.lines("links", [f"https://www.{self.word().lower()}.{r.choice(['de', 'org', 'com'])}" for _ in range(r.randint(1, 4))], r.choice(["br", "li", "p"]), "links", self.link())
            self.gap()
        if r.random() < 0.35:
            tags = [r.choice(self.other().title.split()).strip(",:.") for _ in range(r.randint(2, 7))]
            self.add("keywords", r.choice(w["tags"]) + " " + ", ".join(tags), m.tag(r.choice(["p", "div"]), "{}", "tags"))
            self.gap()
        if r.random() < 0.3:
            self.credit()
            self.gap()
        if r.random() < 0.2:
            self.biography()
        if r.random() < 0.4:
            self.small("tools", w["tools"], 1, 4)
        if r.random() < 0.15:
            r.choice([self.newsletter, self.foreign_prose, self.consent])()

    def teasers(self, role):
        r, m, w = self.r, self.m, self.words
        if r.random() < 0.7:
            heading = r.choice(w["sponsored"] if role == "advertisement" else w["more_news"])
            self.add(role, heading, r.choice([m.tag("h2", "{}", "teasers"), m.tag("h3", "{}"), "<b>{}</b><br>", m.tag("div", "{}", "title"), "<p>{}</p>"]))
        parts = r.choice([("t", "ds"), ("t", "dsm"), ("t", "d", "s"), ("t", "s"), ("t", "sm"), ("d", "t", "s"), ("t",), ("k", "t", "s"), ("td",), ("t", "ds", "c"), ("t", "dsm", "c")])
        stamp = r.choice(["[{}]", "{}", "{} -", "({})", "{}:"])
        more = r.choice(w["more"])
        sentences = r.choice([(1, 1), (1, 2), (2, 3), (2, 4)])
        linked = r.random() < 0.8
        way = m.item
        self.raw({"td": "<table><tr>", "tr": "<table>", "li": "<ul>", "dl": "<dl>"}.get(way, f"<div{m.name('teaser-list')}>"))
        for _ in range(r.randint(2, 18) if role == "teaser" else r.randint(1, 5)):
            other = self.other()
            title = f"{self.place()}: {other.title}" if r.random() < 0.5 else other.title
            if r.random() < 0.1:
                title += r.choice([" Bericht", " (Video)", " Interview"])
            day = stamp.format(date(r, w))
            first = r.randrange(max(1, len(other.sentences) - sentences[1]))
            summary = " ".join(other.sentences[first:first + r.randint(*sentences)])
            self.raw({"td": "<td>", "tr": "<tr><td>", "li": f"<li{m.name('item')}>", "dl": "<dt>", "article": f"<article{m.name('teaser')}>", "div": f"<div{m.name('teaser')}>"}.get(way, "<br>" if way.startswith("br") else ""))
            if r.random() < 0.2:
                self.raw(f'<img src="/t{r.randint(1, 999)}.jpg">')
            for n, part in enumerate(parts):
                if part == "c" and r.random() < 0.4:
                    continue
                text = {"t": title, "d": day, "s": summary, "k": self.place(), "ds": f"{day} {summary}", "dsm": f"{day} {summary} {more}",
                        "sm": f"{summary} {more}", "td": f"{day} {title}", "c": r.choice(other.sentences)[:120]}[part]
                markup = self.link() if linked and "t" in part else "{}"
                if part in ("dsm", "sm") and not self.plain:
                    cut = text[:-len(more)].strip()
                    self.blocks.append({"role": role, "text": re.sub(r"\s+", " ", text)})
                    self.out.append(self.wrap(f"{html.escape(cut, quote=False)} {self.link(more)}", way, n))
                    continue
                self.add(role, text, self.wrap(markup, way, n))
            self.raw({"td": "</td>", "tr": "</td></tr>", "li": "</li>", "dl": "</dd>", "article": "</article>", "div": "</div>"}.get(way, "<br>"))
            self.gap(0.1)
        self.raw({"td": "</tr></table>", "tr": "</table>", "li": "</ul>", "dl": "</dl>"}.get(way, "</div>"))
        self.gap()

    def wrap(self, inner, way, n):
        if way in ("br", "brbr", "td", "tr"):
            return (f"<b>{inner}</b>" if n == 0 else inner) + "<br>"
        if way == "dl":
            return inner + ("</dt><dd>" if n == 0 else "<br>")
        if way == "p":
            return f"<p>{inner}</p>"
        return f"<h3>{inner}</h3>" if n == 0 and self.m.sub in ("h3", "h4") else f"<div>{inner}</div>"

    def vendors(self):
        r, w = self.r, self.words
        self.add("vendor_list", r.choice(w["vendors"]), r.choice(["<h3>{}</h3>", "<b>{}</b><br>", "<div>{}</div>"]))
        for _ in range(r.randint(2, 6)):
            name = f"{self.word()} {r.choice(['GmbH', 'AG', 'Software', 'Systems', 'Ltd.', 'GmbH & Co. KG', 'Inc.'])}"
            way = r.choice(["<div>{}</div>", "<p>{}</p>", "{}<br>", "<tr><td>{}</td></tr>"])
            self.add("vendor_list", name, way.replace("{}", self.link()) if "tr" not in way else f"<div>{self.link()}</div>")
            self.add("vendor_list", f"{r.randint(1000, 99999):05} {self.word()}", "<div>{}</div>")
            if r.random() < 0.5:
                self.add("vendor_list", name, f"<div>{self.link()}</div>")
        self.gap()

    def notice(self):
        r, w = self.r, self.words
        self.add("notice", r.choice(w["notice"]), r.choice(["<h3>{}</h3>", "<b>{}</b><br>", "<div>{}</div>"]))
        self.gap()
        self.lines("notice", r.sample(w["notice_prose"], r.randint(1, 3)), r.choice(["p", "div", "brbr"]), "box")
        self.gap()

    def comments(self):
        r, w = self.r, self.words
        if r.random() < 0.75:
            self.add("comment", r.choice(w["comments"]).format(r.randint(2, 80)), r.choice(["<h3>{}</h3>", "<div>{}</div>", "<p><b>{}</b></p>"]))
        for _ in range(r.randint(1, r.choice([3, 8, 20]))):
            self.raw(f"<div{self.m.name('comment')}>")
            self.add("comment", r.choice([self.person(), self.word().lower() + str(r.randint(1, 99))]), "<b>{}</b><br>")
            if r.random() < 0.7:
                self.add("comment", r.choice(w["stamp"]).format(date(r, w)), "<small>{}</small><br>")
            other = self.other()
            first = r.randrange(len(other.sentences))
            for _ in range(r.choice([1, 1, 1, 2, 3])):
                self.add("comment", " ".join(other.sentences[first:first + r.randint(1, 4)]), r.choice(["<p>{}</p>", "<div>{}</div>"]))
                first = r.randrange(len(other.sentences))
            if r.random() < 0.5:
                self.add("comment", r.choice(w["reply"]), f"<div>{self.link()}</div>")
            self.raw("</div>")

    def navigation(self):
        r = self.r
        way = r.choice(["li", "td", "bar", "br", "div"])
        texts = r.sample(self.words["nav"], r.randint(4, 12))
        if way == "bar":
            self.add("navigation", " | ".join(texts), self.link())
        else:
            self.lines("navigation", texts, way, "nav", self.link())
        self.gap()

    def footer(self):
        r = self.r
        if r.random() < 0.5:
            self.navigation()
        self.lines("legal", [t.format(self.word(), r.randint(2001, 2026)) for t in r.sample(self.words["legal"], r.randint(1, 3))], r.choice(["p", "div", "br"]), "footer")

    def misc(self):
        r, w = self.r, self.words
        role = r.choice(["search", "subscription", "events", "pagination", "breadcrumb", "paywall"])
        if role == "events":
            self.lines(role, [f"{date(r, w)} {self.other().title[:60]}" for _ in range(r.randint(2, 5))], "li", "events", self.link())
        else:
            self.lines(role, r.sample(w[role], r.randint(1, min(3, len(w[role])))), r.choice(["div", "p", "br"]), role)
        self.gap()

    def ticker(self):
        r = self.r
        self.add("teaser", r.choice(self.words["ticker"]), "<h4>{}</h4>")
        self.lines("teaser", [f"{r.choice([f'{r.randint(0, 23)}:{r.randint(10, 59)} ', ''])}{self.other().title}" for _ in range(r.randint(3, 10))], r.choice(["li", "div", "br", "p"]), "ticker", self.link())

    def word(self):
        return "".join(self.r.choices(SYLLABLES, k=self.r.choice([2, 2, 3]))).capitalize()

    def place(self):
        r = self.r
        return r.choice([self.word(), self.word(), f"{self.word()} / {self.word()}", f"{r.choice(self.words['district'])} {self.word()}", r.choice(self.words["nav"])])

    def person(self):
        return f"{self.r.choice(self.words['first_names'])} {self.word()}"

    def compose(self):
        r, m = self.r, self.m
        side = [self.foreign_prose, self.services, self.consent_dialog, self.ticker, self.newsletter, self.misc, self.vendors, self.notice, lambda: self.teasers("advertisement"), self.ad]
        self.raw({"table": '<table width="100%"><tr><td valign=top>', "nested": "<div><div><div>", "section": "<header>", "body": ""}.get(m.frame, f"<div{m.name('header')}>"))
        for part in r.sample([self.navigation, self.misc, self.ad, self.navigation], r.randint(0, 3)):
            part()
        for part in r.sample(side, r.choice([0, 0, 0, 1, 2])):
            self.wrapped("top", part)
        self.raw({"table": "</td><td valign=top>", "nested": "</div></div><div>", "section": "</header><section>", "body": ""}.get(m.frame, "</div>"))
        outer = r.choice(["<div>", "<article>", "<main>", f"<div{m.name('main')}>", ""])
        self.raw(outer)
        order, header = r.random(), r.random() < 0.3
        self.raw(f"<header{m.name('article-header')}>" if header else "")
        self.headline()
        if order < 0.8:
            self.byline()
        self.raw("</header>" if header and r.random() < 0.5 else "")
        self.wrapped("content", self.article)
        self.after()
        together = r.random() < 0.5
        if not together and outer:
            self.raw("</" + re.match(r"<(\w+)", outer).group(1) + ">")
        if m.frame == "table" and r.random() < 0.5:
            self.raw("</td><td>")
        if r.random() < 0.85:
            self.teasers("teaser")
        if r.random() < 0.12 and not self.plain:
            self.second_article()
        for part in r.sample([*side, self.comments, self.comments, lambda: self.teasers("teaser"), self.related], r.randint(0, 5)):
            self.wrapped("side", part)
        if together and outer:
            self.raw("</" + re.match(r"<(\w+)", outer).group(1) + ">")
        self.raw({"table": "</td></tr></table>", "nested": "</div></div>", "section": "</section>"}.get(m.frame, ""))
        if r.random() < 0.8:
            self.footer()
        if r.random() < 0.2:
            self.publisher()
        return self.page()

    def page(self):
        body = "".join(self.out)
        if self.plain:
            return body
        title = self.source.title + self.r.choice(["", f" - {self.word()}", f" | {self.word()}"])
        return f"<html><head><meta charset=utf-8><title>{html.escape(title)}</title>{self.declared()}</head><body>{body}</body></html>"


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--sets", type=Path, required=True)
    args.add_argument("--out", type=Path, required=True)
    args.add_argument("--pages", type=int, default=1500)
    args.add_argument("--seed", type=int, default=1)
    args = args.parse_args()
    (args.out / "pages").mkdir(parents=True, exist_ok=True)
    r = random.Random(args.seed)
    sources = read_sources(args.sets)
    german = [s for s in sources if s.german]
    print(f"{len(sources)} articles to take text from, {len(german)} German")
    with open(args.out / "gold.jsonl", "w", encoding="utf-8") as gold:
        for n in range(args.pages):
            # German articles are few in the sets and what the first users crawl.
            source = r.choice(german if r.random() < 0.4 else sources)
            others = [s for s in sources if s.fold == source.fold and s.german == source.german and s is not source] or sources
            plain = r.random() < 0.15
            composer = Composer(r, source, others, plain)
            page = composer.compose()
            name = f"pages/c{n:05}.{'txt' if plain else 'html'}.gz"
            with gzip.GzipFile(args.out / name, "wb", mtime=0) as f:
                f.write(page.encode())
            text = "\n".join(b["text"] for b in composer.blocks if b["role"] in TEXT_ROLES)
            row = {"id": f"c{n:05}", "page": name, "url": f"http://www.composed.test/artikel/{n}.html", "site": f"http://{source.site}/",
                   "format": "text" if plain else "html", "type": "article", "text": text, "blocks": composer.blocks}
            gold.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
