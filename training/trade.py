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
from wording import DE, HELD_TRADE, MONTHS_DE, MONTHS_EN, TRADE_DE, TRADE_EN

FAMILIES = ["flat-br", "flat-p", "p-br", "div", "div", "li", "tr", "tr-cells", "nested-table", "one-block", "columns", "headings", "section", "custom",
            "dl", "a-wrap", "tr-split", "grid", "article", "spans"]
HELD = {"dl", "a-wrap", "tr-split", "grid", "spans"}
VENDOR_FAMILIES = ["flat-br", "flat-p", "p-br", "div", "li", "tr", "tr-cells", "nested-table", "dl", "a-wrap", "tr-split", "grid", "spans", "one-line", "one-line"]


def day(r, german):
    """A date as it is shown, and as the record gives it."""
    y, m, d = r.randint(2001, 2026), r.randint(1, 12), r.randint(1, 28)
    de, en = MONTHS_DE[m - 1], MONTHS_EN[m - 1]
    week = r.choice(["Mo", "Di", "Mi", "Do", "Fr", "Montag", "Dienstag", "Freitag"] if german else ["Mon", "Tue", "Friday", "Monday"])
    forms = [f"{d}.{m}.{y}", f"{d:02}.{m:02}.{y}", f"{d}. {de} {y}", f"{d:02}.{m:02}.{y % 100:02}", f"{week}, {d:02}.{m:02}.{y}", f"{d}. {de[:3]} {y}"] \
        if german else [f"{en} {d}, {y}", f"{d} {en} {y}", f"{en[:3]} {d}, {y}", f"{d} {en[:3]} {y}", f"{week}, {d} {en} {y}"]
    return r.choice(forms[:2] if german and r.random() < 0.6 else [*forms, f"{y}-{m:02}-{d:02}"]), f"{y}-{m:02}-{d:02}"


class Layout:
    """How the pointers of one group are written: which parts they have, in which order, and what stands in one line."""

    def __init__(self, r, words, trade):
        self.r = r
        self.dated = r.choice(["lead", "lead", "lead", "before", "after-title", "after-summary", "title-end", "title-start", "summary-end", "none", "none"])
        self.summary = r.random() < (0.9 if self.dated in ("lead", "summary-end", "after-summary") else 0.65) or self.dated in ("lead", "summary-end")
        self.kicker = r.choice(["inline", "inline", "inline", "none", "none", "line", "line-colon"])
        self.more = r.choice(["none", "inline", "inline", "line"]) if self.summary else r.choice(["none", "none", "none", "line"])
        self.word = r.choice(words["more"] + trade["further"])
        self.linked = r.choice(["title", "title", "title", "both", "more"]) if self.more != "none" else "title"
        self.stamp = r.choice(["[{}]", "[{}]", "{}", "({})"] if self.dated in ("lead", "before", "after-title", "after-summary") else ["({})", "[{}]", "| {}", "– {}"])
        self.sep = r.choice([" ", " ", " – ", ": ", " | "]) if self.stamp == "{}" and self.dated == "lead" else " "
        self.caption = r.choice(["none", "none", "none", "last", "first"]) if self.summary else "none"
        self.extra = r.choice(["none"] * 8 + ["kind", "author", "reading"])
        self.joined = r.random() < 0.08 and self.summary
        self.after_day = r.choice(["", ":", " –"])

    def lines(self, item):
        """The lines of an item: (part, [(text, href)])."""
        href = item["href"]
        title = (item["title_text"], href if self.linked in ("title", "both") else None)
        head = [title]
        lines = []
        if item["kicker"]:
            if self.kicker == "inline":
                head = [(f"{item['kicker']}: {item['title_text']}", title[1])]
            else:
                lines.append(("title", [(item["kicker"] + (":" if self.kicker == "line-colon" else ""), None)]))
        if item["suffix"]:
            head.append((item["suffix"], None))
        stamp = self.stamp.format(item["day"]) if item["day"] else ""
        if self.dated == "title-end" and stamp:
            head.append((stamp, None))
        if self.dated == "title-start" and stamp:
            head.insert(0, (item["day"] + self.after_day, None))
        lines.append(("title", head))
        body = []
        if item["summary"]:
            if self.dated == "lead" and stamp:
                body.append((stamp + (self.sep.rstrip() if self.sep.strip() else ""), None))
            body.append((item["summary"], None))
            if self.dated == "summary-end" and stamp:
                body.append((stamp, None))
            if self.more == "inline":
                body.append((self.word, href))
        if self.dated == "before" and stamp:
            lines.insert(0, ("date", [(stamp, None)]))
        if self.dated == "after-title" and stamp:
            lines.append(("date", [(stamp, None)]))
        if self.extra != "none" and not self.joined:
            lines.append(("extra", [(item["extra"], None)]))
        if body:
            if self.joined and lines[-1][0] == "title":
                lines[-1] = ("whole", lines[-1][1] + body)
            else:
                lines.append(("summary", body))
        if self.dated == "after-summary" and stamp:
            lines.append(("date", [(stamp, None)]))
        if self.more == "line":
            lines.append(("more", [(self.word, href)]))
        if item["caption"]:
            line = ("caption", [(item["caption"], None)])
            lines.insert(0, line) if self.caption == "first" else lines.append(line)
        return lines


class Trade(Composer):
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

    def part(self, part, role, pieces, markup="{}"):
        """A block that is a part of an item: pieces of a line, each with its link or without."""
        text = re.sub(r"\s+", " ", " ".join(t for t, _ in pieces)).strip()
        if not text:
            return
        shown = " ".join(f'<a href="{html.escape(h)}">{html.escape(t, quote=False)}</a>' if h and not self.plain else html.escape(t, quote=False) for t, h in pieces)
        self.blocks.append({"role": role, "text": text, "part": part})
        self.out.append(text + "\n" if self.plain else markup.replace("{}", shown) + self.r.choice(["", "\n", "\n  "]))

    def href(self):
        self.number += self.r.randint(1, 7)
        return self.path.format(self.number)

    def item(self, layout):
        r, w, other = self.r, self.words, self.other()
        text, iso = day(r, w is DE)
        first = r.randrange(max(1, len(other.sentences) - 3))
        summary = " ".join(other.sentences[first:first + r.choice([1, 1, 2, 2, 3])]) if layout.summary and r.random() < 0.96 else None
        if summary and not summary.endswith((".", "!", "?", "“", '"')):
            summary += "."
        title = re.sub(r"\s+", " ", other.title).strip().rstrip(".")
        kicker = self.place() if layout.kicker != "none" and r.random() < 0.93 and ":" not in title else None
        suffix = "Bericht" if w is DE and layout.dated not in ("title-end", "title-start") and r.random() < 0.06 else None
        dated = layout.dated != "none" and (summary or layout.dated not in ("lead", "summary-end")) and r.random() < 0.97
        caption = r.choice(other.sentences)[:130].strip() if layout.caption != "none" and r.random() < 0.5 else None
        extra = {"kind": r.choice(["Bericht", "Interview", "News"] if w is DE else ["Report", "Interview", "News"]), "author": f"{r.choice(w['by'][:2])} {self.person()}",
                 "reading": f"Lesezeit: {r.randint(2, 9)} Min." if w is DE else f"{r.randint(2, 9)} min read"}.get(layout.extra)
        return {"title_text": title, "title": f"{kicker}: {title}" if kicker else title, "kicker": kicker, "suffix": suffix, "href": self.href(), "day": text if dated else None,
                "date": iso if dated else None, "summary": summary, "caption": caption, "extra": extra}

    def teasers(self, role="teaser"):
        """A group of pointers with its heading, if it has one."""
        r, m, w = self.r, self.m, self.trade
        layout = Layout(r, self.words, self.trade)
        family = r.choice(self.families)
        per_item = role == "advertisement" and r.random() < 0.2
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
            item = self.item(layout)
            lines = layout.lines(item)
            if per_item:
                lines.insert(r.choice([0, 0, len(lines)]), ("mark", [(r.choice(self.words["ad"]), None)]))
            self.gold[kind].append({"title": item["title"], "url": urljoin(self.url, item["href"]) if not self.plain else None, "date": item["date"],
                                     "summary": item["summary"], "caption": item["caption"]})
            self.write_item(role, lines, family, n, count, columns, item["href"] if layout.linked == "title" else None)
        self.close_group(family)
        self.raw({"td": "</td></tr></table>", "": ""}.get(outer, f"</{outer}>"))
        self.gap()

    def group_heading(self, role):
        r, w = self.r, self.trade
        pool = {"teaser": "more", "advertisement": "paid", "vendor_list": "vendors"}[role]
        text = r.choice(w[pool]).format(self.section)
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
        write = lambda line, markup: self.part("head_ad" if line[0] == "mark" else line[0], role, line[1], markup)
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
            self.raw({"tr": "<tr><td>", "nested-table": "<table width=100%><tr>" + ("<td><img src=/x.gif></td>" if self.image else "") + "<td>", "grid": "<td valign=top>"}[family])
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
            separate = [line for line in lines if line[0] in ("caption", "mark", "more")]
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
        address = r.choice(["place", "place", "place", "street,place", "street+place", "place+phone", "name-only"] if headed else ["place", "street,place", "street+place"])
        prefix = r.choice(["", "", "", "D-", "D-", "DE-", "D "])
        if w is TRADE_EN and headed and r.random() < 0.5:
            address = "british"
        again, linked = r.random() < 0.35, r.choice(["name", "name", "again", "button", "web", "none"])
        extras = r.sample(["phone", "web", "mail", "button", "about"], r.choice([0, 0, 0, 1, 1, 2]))
        order = "place-first" if r.random() < 0.05 and family != "one-line" else "name-first"
        sep = r.choice([", ", " – ", " | ", " · ", " (", " "])
        button = r.choice(w["button"])
        self.open_group("div" if family == "one-line" else family)
        count = r.randint(2, 9)
        for n in range(count):
            self.vendor(family, address, prefix, again, linked, extras, order, sep, button, n, count)
        self.close_group("div" if family == "one-line" else family)
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
                 "place+phone": [f"{place}{r.choice([', Tel. ', ' | Tel.: '])}{self.phone()}"], "name-only": []}[address]
        if family == "one-line":
            inner = [*where]
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
                 self.events, self.archive, self.row]
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

    def archive(self):
        """Links to months and topics, with how much is there: no pointers to articles."""
        r = self.r
        self.add("navigation", r.choice(self.trade["archive"]), r.choice(["<h3>{}</h3>", "<b>{}</b><br>", "<div>{}</div>"]))
        months = MONTHS_DE if self.words is DE else MONTHS_EN
        make = r.choice([lambda: f"{r.choice(months)} {r.randint(2001, 2026)}", lambda: r.choice(self.words["nav"]), lambda: f"{r.choice(self.words['nav'])} ({r.randint(1, 400)})"])
        self.lines("navigation", [make() for _ in range(r.randint(3, 9))], r.choice(["li", "br", "div", "p"]), "archive", self.link())
        self.gap()

    def row(self):
        """Short links side by side in one block."""
        r, w = self.r, self.words
        texts = r.sample(r.choice([w["tools"], w["nav"], w["social"]]), r.randint(2, 4))
        self.part("none", "tools", [(text, self.href()) for text in texts], r.choice(["<div>{}</div>", "<p>{}</p>", "<font size=1>{}</font><br>"]))

    def events(self):
        """Dates of events: dated titles that are no pointers to articles."""
        r = self.r
        self.add("events", r.choice(self.trade["events"]), r.choice(["<h3>{}</h3>", "<b>{}</b><br>", "<div>{}</div>"]))
        for _ in range(r.randint(2, 5)):
            text, _ = day(r, self.words is DE)
            self.add("events", f"{text}{r.choice([' ', ', ', ': '])}{self.other().title[:50]}, {self.word()}", r.choice(["<p>{}</p>", "<li>{}</li>", "<div>" + self.link() + "</div>"]))
        self.gap()


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
            plain = r.random() < 0.05
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
