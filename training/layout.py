"""How the pointers of one group are written: which parts an item has, in which order, and what stands in one line with what."""
import re

from wording import MONTHS_DE, MONTHS_EN

# What may stand within an item and is none of its fields.
EXTRAS = ["kind", "author", "reading", "hits", "comments", "in"]


def day(r, german):
    """A date as it is shown, and as the record gives it."""
    y, m, d = r.randint(1999, 2026), r.randint(1, 12), r.randint(1, 28)
    de, en = MONTHS_DE[m - 1], MONTHS_EN[m - 1]
    week = r.choice(["Mo", "Di", "Mi", "Do", "Fr", "Montag", "Dienstag", "Freitag"] if german else ["Mon", "Tue", "Friday", "Monday"])
    hour = f"{r.randint(6, 22):02}:{r.randint(0, 59):02}"
    if german:
        forms = [f"{d}.{m}.{y}", f"{d:02}.{m:02}.{y}", f"{d}. {de} {y}", f"{d:02}.{m:02}.{y % 100:02}", f"{week}, {d:02}.{m:02}.{y}", f"{d}. {de[:3]} {y}", f"{d}. {de[:3]}. {y}",
                 f"{d:02}.{m:02}.{y} {hour}", f"{week}, {d:02}.{m:02}.{y} - {hour}", f"{d}. {de} {y}", f"am {d:02}.{m:02}.{y}", f"vom {d}. {de} {y}", f"{d:02}.{m:02}.{y}, {hour} Uhr"]
    else:
        forms = [f"{en} {d}, {y}", f"{d} {en} {y}", f"{en[:3]} {d}, {y}", f"{d} {en[:3]} {y}", f"{week}, {d} {en} {y}", f"{en[:3]}. {d}, {y}", f"{en} {d}, {y} {hour}"]
    return r.choice(forms[:2] if german and r.random() < 0.5 else [*forms, f"{y}-{m:02}-{d:02}"]), f"{y}-{m:02}-{d:02}"


class Layout:
    """The layout of one group."""

    def __init__(self, r, words, trade, role="teaser", family=""):
        self.r = r
        self.dated = r.choice(["lead", "lead", "lead", "before", "after-title", "after-title", "after-summary", "title-end", "title-start", "summary-end", "none", "none"])
        self.summary = r.random() < (0.9 if self.dated in ("lead", "summary-end", "after-summary") else 0.65) or self.dated in ("lead", "summary-end")
        self.kicker = r.choice(["inline", "inline", "inline", "inline", "none", "none", "none", "line", "line-colon", "line-colon"])
        self.more = r.choice(["none", "none", "inline", "inline", "line"]) if self.summary else r.choice(["none", "none", "none", "line"])
        self.word = r.choice(words["more"] + trade["further"])
        self.linked = r.choice(["title", "title", "title", "both", "more"]) if self.more != "none" else r.choice(["title"] * 12 + ["none", "address"])
        self.stamp = r.choice(["[{}]", "[{}]", "{}", "({})"] if self.dated in ("lead", "before", "after-title", "after-summary") else
                              ["({})", "[{}]", "| {}", "– {}", "{}", "{}"] if self.dated == "title-end" else ["({})", "[{}]", "| {}", "– {}"])
        self.sep = r.choice([" ", " ", " – ", ": ", " | "]) if self.stamp == "{}" and self.dated == "lead" else " "
        self.caption = r.choice(["none", "none", "none", "last", "first"]) if self.summary else "none"
        self.joined = r.random() < 0.08 and self.summary
        self.after_day = r.choice(["", ":", " –"])
        # Titles of trade news are short, and so are the lines below them.
        self.short = r.choice(["no", "no", "some", "yes"])
        self.brief = r.choice(["no", "no", "cut", "yes", "yes"])
        alone = family not in ("one-block", "run-in") and not self.joined
        self.label = r.choice(["none"] * 7 + ["line", "line", "linked"]) if alone and self.kicker in ("none", "inline") else "none"
        self.date_at = r.choice([0, 1])
        self.extras = r.sample(EXTRAS, r.choice([0] * 7 + [1, 1, 2])) if alone else []
        self.at = r.choice(["title", "summary", "end", "end"])
        # The date and what else there is in one line.
        self.stamped = r.choice(["none", "none", " ", " · ", " | ", ", "]) if self.extras and self.dated in ("before", "after-title", "after-summary") else "none"
        self.tail = r.choice(["none"] * 11 + ["code", "page"]) if self.dated != "summary-end" and self.more != "inline" else "none"
        self.behind = r.choice(["none"] * 14 + ["by", "hits"]) if self.linked in ("title", "both") and self.dated not in ("title-end", "title-start") and alone else "none"
        self.numbered = r.random() < 0.05 and self.kicker in ("none", "inline")
        self.credit = alone and r.random() < 0.04
        self.brand = r.choice(["none", "none", "none", "before", "after"]) if role == "advertisement" and alone else "none"

    def lines(self, item):
        """The lines of an item: (part, [(text, href)])."""
        r, href = self.r, item["href"]
        title = (item["title_text"], href if self.linked in ("title", "both") else None)
        head = [title]
        lines = []
        if item["kicker"]:
            if self.kicker == "inline":
                head = [(f"{item['kicker']}: {item['title_text']}", title[1])]
            else:
                lines.append(("title", [(item["kicker"] + (":" if self.kicker == "line-colon" else ""), None)]))
        if item["number"]:
            head.insert(0, (item["number"], None))
        if item["suffix"]:
            head.append((item["suffix"], None))
        if item["behind"]:
            head.append((item["behind"], None))
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
            if item["tail"]:
                body.append((item["tail"], None))
            if self.dated == "summary-end" and stamp:
                body.append((stamp, None))
            if self.more == "inline":
                body.append((self.word, href))
        extras = list(item["extras"])
        if self.stamped != "none" and stamp and extras:
            one = extras.pop(0)
            # A name would begin a line before its date, a figure follows it.
            stamp = f"{one}{self.stamped}{stamp}" if self.extras[0] == "author" and self.stamped != " " else f"{stamp}{self.stamped}{one}"
        if self.dated == "after-title" and stamp:
            lines.append(("date", [(stamp, None)]))
        extra = [("extra", [(text, None)]) for text in extras]
        if self.at == "title":
            lines += extra
        if body:
            if self.joined and lines[-1][0] == "title":
                lines[-1] = ("whole", lines[-1][1] + body)
            else:
                lines.append(("summary", body))
        if self.at == "summary":
            lines += extra
        if self.dated == "after-summary" and stamp:
            lines.append(("date", [(stamp, None)]))
        if self.more == "line":
            lines.append(("more", [(self.word, href)]))
        if self.linked == "address":
            lines.append(("more", [(item["address"], href)]))
        if self.at == "end":
            lines += extra
        if item["label"]:
            lines.insert(0, ("extra", [(item["label"], f"/thema/{r.randint(1, 99)}" if self.label == "linked" else None)]))
        if self.dated == "before" and stamp:
            lines.insert(self.date_at if item["label"] else 0, ("date", [(stamp, None)]))
        if item["brand"]:
            line = ("extra", [(item["brand"], None)])
            lines.insert(0, line) if self.brand == "before" else lines.append(line)
        if item["caption"]:
            line = ("caption", [(item["caption"], None)])
            # Above the title, but perhaps below the date.
            lines.insert(self.date_at if lines[0][0] == "date" else 0, line) if self.caption == "first" else lines.append(line)
        if item["credit"]:
            lines.insert(0, ("extra", [(item["credit"], None)]))
        return lines


def shortened(r, title, how):
    """The title, or its first words where titles are short."""
    title = re.sub(r"\s+", " ", title).strip().rstrip(".")
    if how == "no" or how == "some" and r.random() < 0.5:
        return title
    part = re.split(r"\s[–|-]\s|: |, ", title)[-1 if r.random() < 0.5 else 0]
    words = part.split(" ")[:r.choice([1, 2, 3, 3, 4, 4, 5, 6, 7])]
    text = " ".join(words).strip(" ,:;„“\"'«»()").rstrip(".")
    return text[:1].upper() + text[1:] if len(text) >= 6 and re.search(r"\w{4}", text) else title


def briefed(r, sentences, how):
    """A summary: some sentences, one short one, or one that is cut off."""
    if how == "yes" and r.random() < 0.9:
        for _ in range(6):
            text = r.choice(sentences)
            if len(text) > 100:
                text = re.split(r", |; | – | und | and | weil | but ", text)[0]
            text = text.strip(" ,;:–")
            if 25 <= len(text) <= 110:
                return text if text.endswith((".", "!", "?")) else text + "."
    first = r.randrange(max(1, len(sentences) - 3))
    text = " ".join(sentences[first:first + r.choice([1, 1, 2, 2, 3])])
    if how == "cut" and len(text) > 80:
        return text[:r.randint(60, min(len(text), 200))].rsplit(" ", 1)[0].rstrip(" ,.;:–-") + r.choice([" …", "...", "…", " [...]"])
    return text if text.endswith((".", "!", "?", "“", '"')) else text + "."
