"""Composes pages in the shape of trade news, with the gold of every item around the article: pointers, paid pointers, vendors.

usage: trade.py --sets DIR --out DIR [--pages N] [--seed S] [--markups dev|held|all]

Writes for each page DIR/t00000.html and t00000.gold.json in the form of fixtures/sites (`auslese eval DIR` measures it), with a part for each
block beside its role, and DIR/set, the same as a set for parts.py. Text comes from the sets, as in compose.py: composed pages are
for measuring and training on the spot, never for the repository. A page's markups are drawn from families; those in HELD are kept apart, so that a figure
on them says what happens on markup that nothing was made for.
"""
import argparse
import gzip
import html
import json
import random
import re
from pathlib import Path
from urllib.parse import urljoin

from compose import TEXT_ROLES, Composer, read_sources
from layout import Layout, briefed, day, shortened
from surroundings import Surroundings
from wording import DE, HELD_TRADE, TRADE_DE, TRADE_EN

FAMILIES = ["flat-br", "flat-p", "p-br", "div", "div", "li", "tr", "tr-cells", "nested-table", "one-block", "columns", "headings", "section", "custom",
            "dl", "a-wrap", "tr-split", "grid", "article", "spans", "card", "run-in", "tiles"]
HELD = {"dl", "a-wrap", "tr-split", "grid", "spans"}
VENDOR_FAMILIES = ["flat-br", "flat-p", "p-br", "div", "li", "tr", "tr-cells", "nested-table", "dl", "a-wrap", "tr-split", "grid", "spans", "one-line", "one-line"]


class Trade(Surroundings, Composer):
    """Builds one page of trade news."""

    def __init__(self, r, source, others, plain, url, markups):
        super().__init__(r, source, others, plain)
        self.url = url
        self.trade = TRADE_DE if self.words is DE else TRADE_EN
        if markups == "held":
            self.trade = self.trade | (HELD_TRADE["de"] if self.words is DE else HELD_TRADE["en"])
        pick = {"dev": lambda f: f not in HELD, "held": lambda f: f in HELD, "all": lambda f: True}[markups]
        self.families = [f for f in FAMILIES if pick(f)]
        self.vendor_families = [f for f in VENDOR_FAMILIES if pick(f)]
        self.gold = {"teasers": [], "advertisements": [], "vendors": []}
        self.number = r.randint(100, 90000)
        self.section = r.choice(self.words["nav"])
        self.path = r.choice(["/meldung_{}", "/news/{}.html", "artikel.php?id={}", "/artikel/{}/", "https://www.composed.test/beitrag/{}", "../archiv/{}.htm", "/k/{}-text"])

    def part(self, part, role, pieces, markup="{}", mark=None):
        """A block that is a part of an item: pieces of a line, each with its link or without; a mark of paid content may stand in its line."""
        text = re.sub(r"\s+", " ", " ".join(t for t, _ in pieces)).strip()
        if not text:
            return
        glued = mark and not self.plain
        if mark:
            self.blocks.append({"role": role, "text": mark, "part": "head_ad"})
            if self.plain:
                self.out.append(mark + "\n")
        shown = " ".join(f'<a href="{html.escape(h)}">{html.escape(t, quote=False)}</a>' if h and not self.plain else html.escape(t, quote=False) for t, h in pieces)
        if glued:
            shown = self.r.choice(["<span>{}</span> ", "<small>{}</small>", "<i>{}</i> ", "{}: ", "<em>{}</em> "]).format(mark) + shown
        self.blocks.append({"role": role, "text": text, "part": part})
        self.out.append(text + "\n" if self.plain else markup.replace("{}", shown) + self.r.choice(["", "\n", "\n  "]))

    def href(self):
        self.number += self.r.randint(1, 7)
        return self.path.format(self.number)

    def item(self, layout, n=0):
        r, w, other = self.r, self.words, self.other()
        german = w is DE
        text, iso = day(r, german)
        summary = briefed(r, other.sentences, layout.brief) if layout.summary and r.random() < 0.96 else None
        title = shortened(r, other.title, layout.short)
        kicker = (self.place() if layout.kicker != "line" else f"{r.choice(w['district'])} {self.word()}") if layout.kicker != "none" and r.random() < 0.93 and ":" not in title else None
        suffix = "Bericht" if german and layout.dated not in ("title-end", "title-start") and layout.behind == "none" and r.random() < 0.06 else None
        dated = layout.dated != "none" and (summary or layout.dated not in ("lead", "summary-end")) and r.random() < 0.97
        if dated and layout.dated == "title-end" and re.search(r"\d$", title):
            dated = False
        caption = r.choice(other.sentences)[:r.choice([40, 60, 130])].strip() if layout.caption != "none" and r.random() < 0.5 else None
        minutes, hits = r.randint(2, 9), r.randint(12, 9999)
        make = {"kind": r.choice(["Bericht", "Interview", "News"] if german else ["Report", "Interview", "News"]),
                "author": r.choice([f"{r.choice(w['by'][:2])} {self.person()}", self.person(), "".join(r.choices("abdegkmprs", k=3))]),
                "reading": r.choice([f"Lesezeit: {minutes} Min.", f"{minutes} Min. Lesezeit", f"{minutes} Min."] if german else [f"{minutes} min read", f"{minutes} min"]),
                "hits": f"{hits} Zugriffe" if german else f"{hits} views", "comments": f"{hits % 30} Kommentare" if german else f"{hits % 30} comments",
                "in": f"In “{r.choice(w['nav'])}”" if r.random() < 0.5 else f"in {r.choice(w['nav'])}"}
        behind = {"by": f"{'von' if german else 'by'} {self.person()}", "hits": make["hits"]}.get(layout.behind)
        tail = {"code": f"[{''.join(r.choices('abdegkmprs', k=r.choice([2, 3])))}]", "page": f"Seite {r.randint(6, 90)}" if german else f"p. {r.randint(6, 90)}"}.get(layout.tail)
        firm = f"{self.word()} {r.choice(self.trade['firms'])}"
        brand = r.choice([firm, firm, f"{'Ein Beitrag von' if german else 'Presented by'} {firm}", self.word()]) if layout.brand != "none" else None
        href = self.href()
        return {"title_text": title, "address": urljoin(self.url, href), "title": f"{kicker}: {title}" if kicker else title, "kicker": kicker, "suffix": suffix, "href": href, "day": text if dated else None,
                "date": iso if dated else None, "summary": summary, "caption": caption, "extras": [make[name] for name in layout.extras], "behind": behind,
                "tail": tail if summary and summary.endswith((".", "!", "?")) else None, "number": f"{n + 1}." if layout.numbered else None,
                "label": r.choice(w["nav"]) if layout.label != "none" else None, "brand": brand,
                "credit": r.choice(w["credit"]).format(self.person()) if layout.credit and r.random() < 0.8 else None}

    def teasers(self, role="teaser"):
        """A group of pointers with its heading, if it has one."""
        r, m, w = self.r, self.m, self.trade
        family = r.choice(self.families)
        layout = Layout(r, self.words, self.trade, role, family)
        per_item = role == "advertisement" and r.random() < 0.3
        # Paid pointers in the midst of others, marked one by one.
        strewn = role == "teaser" and r.random() < 0.12
        first = strewn or r.random() < 0.75
        glued = first and layout.linked in ("title", "both") and layout.kicker in ("none", "inline") and not (layout.numbered or layout.label != "none" or layout.brand == "before") and \
            family not in ("a-wrap", "one-block", "card", "run-in", "tiles") and layout.dated not in ("title-start", "before") and layout.caption != "first" and r.random() < 0.4
        headed = r.random() < (0.78 if role == "teaser" else 1.0 if not per_item else 0.5)
        outer = r.choice(["div", "div", "section", "aside", "td", ""])
        self.raw({"td": "<table><tr><td>", "": ""}.get(outer, f"<{outer}{m.name('teaser-list')}>"))
        if headed:
            self.group_heading(role)
        self.gap()
        kind = "teasers" if role == "teaser" else "advertisements"
        self.open_group(family)
        count = r.randint(3, 16) if role == "teaser" else r.randint(1, 5)
        columns = r.choice([2, 3])
        for n in range(count):
            item = self.item(layout, n)
            lines = layout.lines(item)
            paid = strewn and n > 0 and r.random() < 0.25
            mark = r.choice(self.words["ad"])
            if (per_item or paid) and glued:
                lines = [(*line, mark) if line[0] in ("title", "whole") else line for line in lines]
            elif per_item or paid:
                lines.insert(0 if first else len(lines), ("mark", [(mark, None)]))
            whole = item["href"] if layout.linked == "title" else None
            self.gold["advertisements" if paid else kind].append({"title": item["title"], "url": urljoin(self.url, item["href"]) if not self.plain and layout.linked != "none" else None,
                                                                 "date": item["date"], "summary": item["summary"], "caption": item["caption"]})
            self.write_item("advertisement" if paid else role, lines, family, n, count, columns, whole)
        self.close_group(family)
        self.raw({"td": "</td></tr></table>", "": ""}.get(outer, f"</{outer}>"))
        self.gap()

    def odd_heading(self, role):
        """A heading in words of the magazine's own."""
        r = self.r
        odd = r.choice([" ".join(self.other().title.split(" ")[:r.choice([2, 3])]).strip(" ,:–-"), f"Aus {self.word()} und {self.word()}", f"Frisch aus der {self.word()}", f"{self.section} kompakt",
                        f"Kurz {self.word().lower()}", f"Jenseits von {self.word()}", f"Weiter in diesem Heft", f"{self.word()} aktuell"])
        if role == "teaser":
            return odd
        if role == "advertisement":
            mark = r.choice(["Anzeige", "Anzeigen", "ANZEIGE", "ANZEIGEN", "Werbung"])
            return r.choice([f"{odd} ({mark})", f"{odd} – {mark}", f"{odd} - {mark} -", f"Neues aus der Industrie ({mark})", f"Firmenberichte - {mark} -", " ".join(mark.upper()), f"- {mark} -", "Promotion",
                             "Partnerinhalte", f"{self.section}-Markt ({mark})"])
        return r.choice(["Händler und Hersteller in Ihrer Nähe", "Marktpartner", f"Fachfirmen {self.section}", f"Marktplatz {self.section}", f"Anbieterguide {self.section}", "Partner der Branche",
                         "Anbieter zu diesem Thema", "Passende Lieferanten aus dem Einkaufsführer", f"Wer liefert {self.word()}?", odd])

    def group_heading(self, role):
        r, w = self.r, self.trade
        pool = {"teaser": "more", "advertisement": "paid", "vendor_list": "vendors"}[role]
        text = r.choice(w[pool]).format(self.section) if r.random() < 0.75 or self.words is not DE else self.odd_heading(role)
        part = {"teaser": "head_teaser", "advertisement": "head_ad", "vendor_list": "head_vendor"}[role]
        if r.random() < 0.08 and role != "advertisement":
            return self.raw(f'<img src="/h{r.randint(1, 9)}.gif" alt="{html.escape(text)}"><br>')
        markup = r.choice(["<h2>{}</h2>", "<h3>{}</h3>", "<b>{}</b><br>", self.m.tag("div", "{}", "title"), "<p><b>{}</b></p>", "<p>{}</p>", "<div><strong>{}</strong></div>",
                           '<font size="2" color="#336699"><b>{}</b></font><br>', '<table><tr><td bgcolor="#ccc">{}</td></tr></table>', "<h5>{}</h5>", "<span>{}</span><br>"])
        if role == "advertisement" and r.random() < 0.25:
            mark = r.choice(self.words["ad"])
            if r.random() < 0.5:
                self.part(part, role, [(mark, None)], r.choice(["<div>{}</div>", "<small>{}</small><br>", "<p>{}</p>"]))
                self.part(part, role, [(text, None)], markup)
            else:
                self.part(part, role, [(text, None)], markup)
                self.part(part, role, [(mark, None)], r.choice(["<div>{}</div>", "<small>{}</small><br>", "<p>{}</p>"]))
            return
        self.part(part, role, [(text, None)], markup)

    def open_group(self, family):
        self.raw({"li": f"<ul{self.m.name('list')}>", "tr": "<table>", "tr-cells": "<table>", "columns": "<table>", "tr-split": "<table>", "dl": "<dl>", "grid": "<table><tr>",
                  "flat-br": "<div>", "div": f"<div{self.m.name('items')}>"}.get(family, ""))
        self.tags = {"title": self.r.choice(["h3", "h4", "h2", "b", "strong", "div", "p", "span", "div", "h5"]), "summary": self.r.choice(["p", "div", "p", "span"]),
                     "date": self.r.choice(["div", "p", "span", "time", "small", "em"]), "rest": self.r.choice(["div", "p", "span"])}
        self.image = self.r.random() < 0.3
        self.bullet = self.r.choice(["•", "»", "-", "■"]) if self.r.random() < 0.2 and not self.plain else ""
        self.between = self.r.choice(["<br>", "<br><br>", "<hr>", "<br>&nbsp;<br>"])
        self.item_tag = self.r.choice(["div", "div", "section"]) if family != "article" else "article"
        self.inner = self.r.choice(["", "div", "div2"])
        self.own = self.r.choice(["x", "app", "news"])

    def close_group(self, family):
        self.raw({"li": "</ul>", "tr": "</table>", "tr-cells": "</table>", "columns": "</table>", "tr-split": "</table>", "dl": "</dl>", "grid": "</tr></table>",
                  "flat-br": "</div>", "div": "</div>"}.get(family, ""))

    def inline_line(self, part):
        """Markup of a line that a `<br>` ends."""
        tag = self.tags.get(part, "")
        return f"<{tag}>{{}}</{tag}><br>" if tag in ("b", "strong", "span", "small", "em", "time") else ("<b>{}</b><br>" if part == "title" and tag[:1] == "h" else "{}<br>")

    def block_line(self, part):
        tag = self.tags.get(part, self.tags["rest"])
        if tag in ("b", "strong", "span", "small", "em", "time"):
            return f"<div><{tag}>{{}}</{tag}></div>"
        return self.m.tag(tag, "{}", {"title": "headline", "summary": "text", "date": "date", "caption": "caption", "more": "more"}.get(part, "info"))

    def write_item(self, role, lines, family, n, count, columns, whole):
        write = lambda line, markup: self.part("head_ad" if line[0] == "mark" else line[0], role, line[1], markup, *line[2:])
        image = lambda: self.raw(f'<img src="/t{self.r.randint(1, 999)}.jpg" alt="">') if self.image else None
        inner = {"div": ("<div>", "</div>"), "div2": ("<div><div>", "</div></div>")}.get(self.inner, ("", ""))
        if family == "flat-br":
            image()
            for line in lines:
                write(line, self.inline_line(line[0]))
            self.raw(self.between if n + 1 < count else "")
        elif family == "p-br":
            self.raw("<p>")
            for line in lines:
                write(line, self.inline_line(line[0]))
            self.raw("</p>")
        elif family in ("flat-p", "headings"):
            for line in lines:
                markup = "<h4>{}</h4>" if family == "headings" and line[0] == "title" else "<p>{}</p>" if family == "flat-p" else self.block_line(line[0])
                write(line, markup)
        elif family in ("div", "section", "article"):
            self.raw(f"<{self.item_tag}{self.m.name('teaser')}>")
            image()
            self.raw(inner[0])
            for line in lines:
                write(line, self.block_line(line[0]))
            self.raw(inner[1] + f"</{self.item_tag}>")
        elif family == "custom":
            self.raw(f"<{self.own}-item>")
            image()
            for line in lines:
                write(line, f"<{self.own}-{line[0]}>{{}}</{self.own}-{line[0]}>")
            self.raw(f"</{self.own}-item>")
        elif family == "spans":
            self.raw(f"<div{self.m.name('item')}>")
            for line in lines:
                write(line, f'<span{self.m.name(line[0])}>{{}}</span><br>')
            self.raw("</div>")
        elif family == "a-wrap" and whole:
            self.raw(f'<a href="{html.escape(whole)}"{self.m.name("card")}>')
            image()
            for part, pieces in lines:
                self.part("head_ad" if part == "mark" else part, role, [(t, None) for t, _ in pieces], self.block_line(part))
            self.raw("</a>")
        elif family == "a-wrap":
            self.raw("<div>")
            for line in lines:
                write(line, self.block_line(line[0]))
            self.raw("</div>")
        elif family in ("card", "run-in", "tiles"):
            self.inline_item(role, lines, family, whole)
        elif family == "li":
            self.raw(f"<li{self.m.name('item')}>")
            image()
            block = self.tags["rest"] == "div"
            for line in lines:
                write(line, self.block_line(line[0]) if block else self.inline_line(line[0]))
            self.raw("</li>")
        elif family == "dl":
            opened = None
            for line in lines:
                want = "dt" if line[0] == "title" or (line[0] == "date" and opened is None) else "dd"
                if want != opened:
                    self.raw((f"</{opened}>" if opened else "") + f"<{want}>")
                    opened = want
                write(line, "{}<br>")
            self.raw(f"</{opened}>")
        elif family in ("tr", "nested-table", "grid"):
            if family == "tr" and self.bullet and role != "vendor_list":
                self.raw("<tr>")
                self.part("extra", role, [(self.bullet, None)], "<td>{}</td>")
            self.raw({"tr": "<td>" if self.bullet and role != "vendor_list" else "<tr><td>", "nested-table": "<table width=100%><tr>" + ("<td><img src=/x.gif></td>" if self.image else "") + "<td>", "grid": "<td valign=top>"}[family])
            for line in lines:
                write(line, self.inline_line(line[0]))
            self.raw({"tr": "</td></tr>", "nested-table": "</td></tr></table>", "grid": "</td>" + ("</tr><tr>" if (n + 1) % columns == 0 else "")}[family])
        elif family == "tr-cells":
            self.raw("<tr>")
            for line in lines:
                write(line, "<td>{}</td>")
            self.raw("</tr>")
        elif family == "tr-split":
            for line in lines:
                write(line, "<tr><td>{}</td></tr>")
        elif family == "columns":
            first = 1 if lines[0][0] in ("date", "caption") else 0
            self.raw("<tr><td>" if first else "<tr>")
            for line in lines[:first]:
                write(line, "{}")
            self.raw(("</td>" if first else "") + "<td>")
            for line in lines[first:]:
                write(line, self.inline_line(line[0]))
            self.raw("</td></tr>")
        elif family == "one-block":
            separate = [line for line in lines if line[0] in ("caption", "mark", "more", "extra")]
            joined = [line for line in lines if line not in separate]
            has = [part for part, _ in joined]
            part = "whole" if "summary" in has or "whole" in has else "title"
            pieces = [piece for _, line in joined for piece in line]
            tag = self.r.choice(["p", "div", "li"]) if n == 0 else self.one
            self.one = tag
            for line in separate:
                if line[0] == "mark":
                    write(line, "<div>{}</div>")
            self.part(part, role, pieces, f"<{tag}>{{}}</{tag}>")
            for line in separate:
                if line[0] != "mark":
                    write(line, "<div>{}</div>")
        self.gap(0.3)

    def inline_item(self, role, lines, family, whole):
        """An item whose parts are told apart by style alone: in a link, in a line, in boxes side by side."""
        r, outer = self.r, self.item_tag if self.item_tag != "section" else "li"
        if family == "run-in":
            alone = [line for line in lines if line[0] in ("caption", "mark", "more")]
            joined = [line for line in lines if line not in alone]
            for line in alone:
                if line[0] == "mark":
                    self.part("head_ad", role, line[1], "<p>{}</p>")
            start, out = len(self.blocks), len(self.out)
            for line in joined:
                self.part(line[0], role, line[1], "<b>{}</b> " if line[0] == "title" else "{} ")
            if not self.plain:
                blocks, parts = self.blocks[start:], {block["part"] for block in self.blocks[start:]}
                self.blocks[start:] = [{"role": role, "text": " ".join(block["text"] for block in blocks), "part": "whole" if parts & {"summary", "whole"} else "title"}]
                self.out[out:] = ["<p>" + "".join(self.out[out:]) + "</p>"]
            for line in alone:
                if line[0] != "mark":
                    self.part(line[0], role, line[1], "<p>{}</p>")
            return
        card = family == "card" and whole and sum(len(text) for _, pieces, *_ in lines for text, _ in pieces) >= 40 and len(lines) > 1
        self.raw(f"<{outer}{self.m.name('item')}>")
        inner = {"title": "<b>{}</b>", "date": "<time>{}</time>", "summary": "<span>{}</span>", "mark": "<i>{}</i>", "caption": "<em>{}</em>"}
        if card:
            self.raw(f'<a href="{html.escape(whole)}">')
        for part, pieces, *mark in lines:
            pieces = [(text, None) for text, _ in pieces] if card else pieces
            markup = inner.get(part, "<small>{}</small>") if card else self.block_line(part)
            self.part("head_ad" if part == "mark" else part, role, pieces, markup, *mark)
        self.raw(("</a>" if card else "") + f"</{outer}>")

    def vendors(self):
        """A list of vendors with their addresses in one of many forms."""
        r, w = self.r, self.trade
        outer = r.choice(["div", "div", "aside", "section", "td", ""])
        self.raw({"td": "<table><tr><td>", "": ""}.get(outer, f"<{outer}{self.m.name('anbieter')}>"))
        headed = r.random() < 0.85
        if headed:
            self.group_heading("vendor_list")
        self.gap()
        family = r.choice(self.vendor_families)
        address = r.choice(["place", "place", "place", "street,place", "street+place", "place+phone", "name-only", "code,city"] if headed else
                           ["place", "street,place", "street+place", "place+phone", "code,city"])
        prefix = r.choice(["", "", "", "D-", "D-", "DE-", "D "])
        if w is TRADE_EN and headed and r.random() < 0.5:
            address = "british"
        again, linked = r.random() < 0.35, r.choice(["name", "name", "again", "button", "web", "none"])
        extras = r.sample(["phone", "web", "mail", "button", "about"], r.choice([0, 0, 0, 1, 1, 2]))
        order = "place-first" if r.random() < 0.05 and family != "one-line" else "name-first"
        sep = r.choice([", ", " – ", " | ", " · ", " (", " "])
        button = r.choice(w["button"]) + r.choice(["", "", " →", " »"])
        self.tailed = r.random() < 0.3
        self.open_group("div" if family == "one-line" else family)
        count = r.randint(2, 9)
        for n in range(count):
            self.vendor(family, address, prefix, again, linked, extras, order, sep, button, n, count)
        self.close_group("div" if family == "one-line" else family)
        if r.random() < 0.12:
            self.button()
        self.raw({"td": "</td></tr></table>", "": ""}.get(outer, f"</{outer}>"))
        self.gap()

    def vendor(self, family, address, prefix, again, linked, extras, order, sep, button, n, count):
        r = self.r
        name = r.choice([f"{self.word()} {r.choice(self.trade['firms'])}", f"{self.word()}{r.choice(['soft', 'data', 'com', 'net', '-IT', ''])} {r.choice(['GmbH', 'AG', 'GmbH & Co. KG', 'SE', 'eG', 'Ltd.'])}",
                         f"{r.choice(self.trade['firms'])} {self.word()}", self.word() + r.choice(["soft", "data", "werk", "com", ""]),
                         f"{self.word()} {r.choice(['&', 'und'])} {self.word()} {r.choice(['Consulting', 'Beratung', 'Partner', 'GmbH'])}", f"{self.word()[:3].upper()} {self.word()}"])
        code = f"{r.randint(1001, 99999):05}"
        city = r.choice([self.word(), self.word(), self.word(), f"Bad {self.word()}", f"{self.word()} am {self.word()}", f"{self.word()} ({self.word()})", f"{self.word()}-{self.word()}", f"St. {self.word()}"])
        street = r.choice([f"{self.word()}straße {r.randint(1, 199)}", f"{self.word()}str. {r.randint(1, 199)}", f"Am {self.word()} {r.randint(1, 60)}{r.choice(['', 'a', ' b'])}",
                           f"{self.word()}weg {r.randint(1, 50)}-{r.randint(51, 60)}", f"{self.word()}-{self.word()}-Platz {r.randint(1, 20)}", f"Postfach {r.randint(10, 99)} {r.randint(10, 99)} {r.randint(10, 99)}"])
        href = self.href()
        site = f"www.{re.sub('[^a-z]', '', name.lower())[:14]}.test"
        target = {"name": href, "again": href, "button": href, "web": f"https://{site}/"}.get(linked)
        if address == "british":
            return self.british(name, street, family, target, linked, n, count)
        place = f"{prefix}{code} {city}"
        lines = [("vname", [(name, target if linked == "name" else None)])]
        where = {"place": [place], "street,place": [street, place], "street+place": [f"{street}{', ' if sep == ' (' else sep if sep.strip() else ', '}{place}"],
                 "place+phone": [f"{place}{r.choice([', Tel. ', ' | Tel.: '])}{self.phone()}"], "name-only": [], "code,city": [f"{prefix.strip()}{code}", city]}[address]
        if family == "one-line" and address == "code,city":
            where = [place]
        if family == "one-line":
            inner = [*where, *([r.choice([f"Tel. {self.phone()}", site])] if self.tailed and where and sep not in (" ", " (") else [])]
            joined = (sep.join([name, *inner]) + (")" if sep == " (" and inner else "")) if inner else name
            if linked == "name" and inner:
                rest = joined[len(name):].strip()
                lines = [("vname", [(name, target), (rest, None)])] if joined[len(name):len(name) + 1] == " " else [("vname", [(joined, target)])]
            else:
                lines = [("vname", [(joined, target if linked == "name" else None)])]
        else:
            lines += [("vrest", [(line, None)]) for line in where]
            if again and where:
                lines.append(("vrest", [(name, target if linked == "again" else None)]))
            elif linked == "again":
                target = None
        if linked == "again" and (family == "one-line" or not again or not where):
            target = None
        for extra in extras:
            if extra == "button" and linked != "button":
                continue
            text = {"phone": f"{r.choice(['Tel.:', 'Telefon', 'Tel.', 'Fon:'])} {self.phone()}", "web": site, "mail": f"info@{site[4:]}", "button": button,
                    "about": r.choice(self.trade["about"])}[extra]
            lines.append(("vrest", [(text, target if (extra == "web" and linked == "web") or extra == "button" else f"mailto:{text}" if extra == "mail" and r.random() < 0.5 else None)]))
        if linked == "button" and "button" not in extras:
            lines.append(("vrest", [(button, target)]))
        if linked == "web" and "web" not in extras:
            lines.append(("vrest", [(site, target)]))
        if order == "place-first" and where:
            lines = lines[1:1 + len(where)] + lines[:1] + lines[1 + len(where):]
        self.gold["vendors"].append({"name": name, "postal_code": code if where else None, "city": city if where else None,
                                      "url": urljoin(self.url, target) if target and not self.plain else None})
        if family == "one-line":
            for part, pieces in lines:
                self.part(part, "vendor_list", pieces, self.block_line("rest") if self.inner else "{}<br>")
            return
        self.write_vendor(lines, family, n, count)

    def british(self, name, street, family, target, linked, n, count):
        """A vendor with a British address."""
        r, city = self.r, self.word()
        code = f"{''.join(r.choices('ABCEHLMNPS', k=r.randint(1, 2)))}{r.randint(1, 29)} {r.randint(0, 9)}{''.join(r.choices('ABDEFGHLNQTXZ', k=2))}"
        lines = [("vname", [(name, target if linked == "name" else None)])]
        lines += r.choice([[], [("vrest", [(street, None)])]]) + r.choice([[("vrest", [(city, None)]), ("vrest", [(code, None)])], [("vrest", [(f"{city} {code}", None)])]])
        target = target if linked == "name" else None
        self.gold["vendors"].append({"name": name, "postal_code": code, "city": city, "url": urljoin(self.url, target) if target and not self.plain else None})
        if r.random() < 0.3:
            lines.append(("vrest", [(f"Tel. {self.phone()}", None)]))
        self.write_vendor(lines, "div" if family == "one-line" else family, n, count)

    def write_vendor(self, lines, family, n, count):
        lines = [("title" if part == "vname" else "rest", pieces, part) for part, pieces in lines]
        start = len(self.blocks)
        columns = 3
        self.write_item("vendor_list", [(part, pieces) for part, pieces, _ in lines], family, n, count, columns, None)
        for block, (_, _, part) in zip(self.blocks[start:], lines):
            block["part"] = part

    def phone(self):
        r = self.r
        return r.choice([f"0{r.randint(10, 9999)} {r.randint(1000, 99999)}-{r.randint(0, 99)}", f"0{r.randint(10, 9999)}/{r.randint(1000, 999999)}", f"+49 {r.randint(10, 999)} {r.randint(1000, 999999)}"])

    def ticker(self):
        start = len(self.blocks)
        super().ticker()
        self.titles(start)

    def related(self):
        start = len(self.blocks)
        super().related()
        self.titles(start)

    def titles(self, start):
        """Names the parts of a list of linked titles that compose.py wrote; such pages are for training, as their items have no gold."""
        for n, block in enumerate(self.blocks[start:]):
            block["part"] = "head_teaser" if n == 0 and len(self.blocks) > start + 1 else "title"

    def article(self):
        """Date and lead, caption, paragraphs, the author's code, links, keywords, image credit."""
        r, m, w = self.r, self.m, self.words
        if r.random() < 0.4:
            return super().article()
        paragraphs = [p for p in self.source.paragraphs if len(p) > 90][:r.randint(4, 14)]
        lead = paragraphs[0]
        text, _ = day(r, w is DE)
        self.add("lead", (f"[{text}] " if r.random() < 0.7 else "") + lead, r.choice(["<p><b>{}</b></p>", "<b>{}</b><br><br>", m.tag("div", "{}", "lead"), "<p><strong>{}</strong></p>", "<h3>{}</h3>"]))
        if r.random() < 0.5:
            self.caption()
        run = []
        for n, paragraph in enumerate(paragraphs[1:]):
            if n and r.random() < 0.15:
                self.flush(run)
                self.add("subheading", self.other().title[:60], r.choice(["<b>{}</b><br>", "<p><b>{}</b></p>", "<h3>{}</h3>", "<h4>{}</h4>"]))
            run.append(("body", paragraph))
        if run and r.random() < 0.7:
            run[-1] = ("body", f"{run[-1][1]} ({''.join(r.choices('abcdefghiklmnoprstuw', k=r.choice([2, 2, 3])))})")
        self.flush(run)
        self.gap()

    def compose(self):
        r, m = self.r, self.m
        groups = [lambda: self.teasers("teaser")]
        groups += [lambda: self.teasers("advertisement")] if r.random() < 0.6 else []
        groups += [self.vendors] if r.random() < 0.65 else []
        groups += [lambda: self.teasers("teaser")] if r.random() < 0.2 else []
        noise = [self.navigation, self.misc, self.notice, self.newsletter, self.services, self.ad, self.comments, self.consent, lambda: self.small("tools", self.words["tools"], 1, 4),
                 self.events, self.archive, self.row, self.login, self.voices, self.turn, self.button, self.letter, self.events, self.archive]
        if self.with_lists:
            noise += [self.ticker, self.related]
        r.shuffle(groups)
        before = groups[:r.choice([0, 0, 0, 1, 1, 2])]
        after = groups[len(before):]
        frame = r.choice(["table", "div", "div", "none"])
        self.raw({"table": '<table width="100%"><tr><td valign=top>', "div": f"<div{m.name('page')}><div{m.name('left')}>", "none": ""}[frame])
        for part in r.sample(noise, r.randint(0, 3)):
            part()
        for group in before:
            self.wrapped("box", group)
        self.raw({"table": "</td><td valign=top>", "div": f"</div><div{m.name('main')}>", "none": ""}[frame])
        self.headline()
        if r.random() < 0.3:
            self.byline()
        self.wrapped("content", self.article)
        self.after()
        moved = r.random() < 0.5
        self.raw({"table": "</td><td valign=top>", "div": f"</div><div{m.name('right')}>", "none": ""}[frame] if moved else "")
        for group in after:
            if r.random() < 0.4:
                r.choice(noise)()
            self.wrapped("box", group)
        for part in r.sample(noise, r.randint(0, 2)):
            part()
        self.raw({"table": "</td></tr></table>", "div": "</div></div>", "none": ""}[frame])
        self.footer()
        return self.page()


def tidy(source):
    """The source without what no page shows: soft hyphens, and the marks of lists."""
    clean = lambda text: re.sub(r"^[-–•*]+\s+", "", text.replace("\u00ad", "")).strip()
    source.title, source.paragraphs = clean(source.title), [clean(text) for text in source.paragraphs]
    source.sentences = [clean(text) for text in source.sentences]
    return source


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--sets", type=Path, required=True)
    args.add_argument("--out", type=Path, required=True)
    args.add_argument("--pages", type=int, default=400)
    args.add_argument("--seed", type=int, default=1)
    args.add_argument("--markups", choices=["dev", "held", "all"], default="dev")
    args.add_argument("--lists", action="store_true", help="lists of linked titles as well, whose items have no gold: for training")
    args = args.parse_args()
    (args.out / "set" / "pages").mkdir(parents=True, exist_ok=True)
    r = random.Random(args.seed)
    sources = [tidy(source) for source in read_sources(args.sets)]
    german = [s for s in sources if s.german]
    with open(args.out / "set" / "gold.jsonl", "w", encoding="utf-8") as rows:
        for n in range(args.pages):
            source = r.choice(german if r.random() < 0.75 else sources)
            others = [s for s in sources if s.fold == source.fold and s.german == source.german and s is not source] or sources
            plain = r.random() < 0.09
            url = f"http://www.composed.test/artikel/{n}.html"
            composer = Trade(r, source, others, plain, url, args.markups)
            composer.with_lists = args.lists
            page = composer.compose()
            name, ending = f"t{n:05}", "txt" if plain else "html"
            (args.out / f"{name}.{ending}").write_text(page, encoding="utf-8")
            with gzip.GzipFile(args.out / "set" / "pages" / f"{name}.{ending}.gz", "wb", mtime=0) as f:
                f.write(page.encode())
            text = "\n".join(b["text"] for b in composer.blocks if b["role"] in TEXT_ROLES)
            gold = {"url": url, "page_type": "article", "headline": source.title, **composer.gold, "blocks": composer.blocks}
            (args.out / f"{name}.gold.json").write_text(json.dumps(gold, ensure_ascii=False, indent=1), encoding="utf-8")
            row = {"id": name, "page": f"pages/{name}.{ending}.gz", "site": f"http://{source.site}/", "format": "text" if plain else "html", "type": "article", "text": text, **gold}
            rows.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
