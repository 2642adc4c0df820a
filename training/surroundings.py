"""What stands around the groups of a page of trade news and is none of them: archives, events, forms, comments, buttons."""
from layout import day
from wording import DE, MONTHS_DE, MONTHS_EN

LOGIN = {True: ["Benutzeranmeldung", "Benutzername *", "Passwort *", "Benutzername * Passwort *", "Neues Benutzerkonto erstellen", "Neues Passwort anfordern", "Angemeldet bleiben", "Anmelden",
                "Anmelden oder Registrieren um Kommentare zu schreiben", "Login für Abonnenten", "Passwort vergessen?"],
         False: ["User login", "Username *", "Password *", "Create new account", "Request new password", "Remember me", "Log in", "Log in or register to post comments", "Subscriber login"]}
BUTTONS = {True: ["Mehr laden", "Alle Meldungen", "Alle Hefte", "Betrieb eintragen", "Firma eintragen", "Weitere", "Alle anzeigen", "Zur Übersicht", "Suchen nach ...", "Suchbegriff: Los", "nach oben"],
           False: ["Load more", "All news", "All issues", "Add your company", "Show all", "Back to top", "Search for ..."]}
SAYS = {True: ["sagt:", "schrieb am", "meint:", "kommentierte"], False: ["says:", "wrote on", "commented"]}
TURN = {True: ["← Vorheriger Beitrag", "Nächster Beitrag →", "Beitragsnavigation", "« zurück", "Vorheriger Artikel"], False: ["← Previous post", "Next post →", "Post navigation"]}
ISSUE = {True: ["Ausgabe {}/{}", "Heft {}/{}", "Nr. {}/{}", "{}/{}"], False: ["Issue {}/{}", "No. {}/{}"]}


class Surroundings:
    """A mixin: needs what Composer has."""

    def archive(self):
        """Links to months, issues and topics, with how much is there: no pointers to articles."""
        r, german = self.r, self.words is DE
        self.add("navigation", r.choice(self.trade["archive"]), r.choice(["<h3>{}</h3>", "<b>{}</b><br>", "<div>{}</div>"]))
        months = MONTHS_DE if german else MONTHS_EN
        month = lambda: f"{r.choice(months)} {r.randint(2001, 2026)}"
        make = r.choice([month, lambda: f"{month()} ({r.randint(1, 40)})", lambda: r.choice(self.words["nav"]), lambda: f"{r.choice(self.words['nav'])} ({r.randint(1, 400)})",
                         lambda: r.choice(ISSUE[german]).format(r.randint(1, 12), r.randint(1999, 2026))])
        self.lines("navigation", [make() for _ in range(r.randint(3, 9))], r.choice(["li", "br", "div", "p"]), "archive", self.link())
        if r.random() < 0.3:
            self.button()
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
        way = r.choice(["one", "one", "two", "dl", "cells"])
        self.raw({"dl": "<dl>", "cells": "<table>"}.get(way, ""))
        linked = self.link() if r.random() < 0.3 else "{}"
        for _ in range(r.randint(2, 6)):
            text, _ = day(r, self.words is DE)
            what = f"{r.choice([self.word() + r.choice(['messe', 'forum', 'tag', ' Expo']), ' '.join(self.other().title.split(' ')[:4])])}, {self.word()}"
            if r.random() < 0.2:
                text = f"{r.randint(1, 14)}. bis {text}" if self.words is DE else f"{text} to {r.randint(15, 28)}"
            if way == "one":
                self.add("events", f"{text}{r.choice([' ', ', ', ': '])}{what}", r.choice(["<p>{}</p>", "<li>{}</li>", "<div>" + self.link() + "</div>"]))
                continue
            lines = [text, what] if way != "two" or r.random() < 0.7 else [what, text]
            marks = {"dl": ["<dt>{}</dt>", f"<dd>{linked}</dd>"], "cells": ["<tr><td>{}</td>", f"<td>{linked}</td></tr>"], "two": ["<div>{}</div>", f"<div>{linked}</div>"]}[way]
            for line, mark in zip(lines, marks):
                self.add("events", line, mark)
        self.raw({"dl": "</dl>", "cells": "</table>"}.get(way, ""))
        self.gap()

    def login(self):
        r = self.r
        self.raw(f"<form{self.m.name('login')}>")
        for text in r.sample(LOGIN[self.words is DE], r.randint(1, 5)):
            self.add("other", text, r.choice(["<div>{}</div>", "<label>{}</label>", "<p>{}</p>", "<h2>{}</h2>", f"<li>{self.link()}</li>", f"<div>{self.link()}</div>"]))
        self.raw("</form>")
        self.gap()

    def voices(self):
        """Comments whose first line says who says it and when."""
        r, german = self.r, self.words is DE
        heading = r.choice([f"{r.randint(2, 9)} Gedanken zu „{self.source.title[:40]}“", "Leserstimmen", f"{r.randint(2, 30)} Kommentare"]) if german else r.choice([f"{r.randint(2, 9)} thoughts on this", "Responses"])
        self.add("comment", heading, r.choice(["<h3>{}</h3>", "<div>{}</div>", "<p><b>{}</b></p>"]))
        outer = r.choice(["div", "li", "article"])
        for _ in range(r.randint(1, 5)):
            self.raw(f"<{outer}{self.m.name('comment')}>")
            who = r.choice([self.person(), self.word().lower() + str(r.randint(1, 99)), f"{self.word()} {self.word()[:1]}."])
            self.add("comment", f"{who} {r.choice(SAYS[german])} {day(r, german)[0]}{r.choice(['', ' um 09:14', ':'])}", r.choice(["<div>{}</div>", "<b>{}</b><br>", "<footer>{}</footer>"]))
            self.add("comment", self.prose(1, 2), r.choice(["<p>{}</p>", "<div>{}</div>"]))
            self.raw(f"</{outer}>")
        self.gap()

    def turn(self):
        """The articles before and after this one: no pointers."""
        for text in self.r.sample(TURN[self.words is DE], self.r.randint(1, 2)):
            self.add("navigation", text, f"<div>{self.link()}</div>")
        self.gap()

    def button(self):
        self.add("tools", self.r.choice(BUTTONS[self.words is DE]), self.r.choice(["<button>{}</button>", "<p>" + self.link() + "</p>", "<div>" + self.link() + "</div>", "<div>{}</div>"]))

    def letter(self):
        """A box for a newsletter or the magazine, with a name of its own and a sentence."""
        r, german = self.r, self.words is DE
        name = f"{self.word()} {r.choice(['am Freitag', 'kompakt', 'Brief'])}" if german else f"The {self.word()} Letter"
        self.add("subscription", r.choice([name, f"Newsletter „{name}“", r.choice(self.words["subscription"])]), r.choice(["<h3>{}</h3>", "<p><b>{}</b></p>", "<div>{}</div>"]))
        self.add("subscription", r.choice([text for text in self.words["newsletter"] if len(text) > 30]), "<p>{}</p>")
        if r.random() < 0.5:
            self.add("subscription", r.choice(["Eintragen", "Anmelden", "Abonnieren"] if german else ["Sign up", "Subscribe"]), "<button>{}</button>")
        self.gap()
