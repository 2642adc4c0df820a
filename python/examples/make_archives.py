"""Writes archives of invented news pages, so that the examples have something to work on.

    make_archives.py FOLDER [ARCHIVES [PAGES]]
"""

import io
import sys
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

PLACES = ["Altenquast", "Seefurt", "Brackenau", "Rabensund", "Bad Ulmenrode"]
THINGS = ["die Fähre", "das Stadtarchiv", "der Wochenmarkt", "die Kläranlage", "das Freibad", "der Bahnhof"]
PAGE = """<!DOCTYPE html><html lang="de"><head><meta charset="utf-8"><title>{place}: {thing} öffnet wieder | Anzeiger</title>
<meta property="article:published_time" content="2024-{month:02}-{day:02}T08:00:00+01:00"></head><body>
<nav><a href="/">Start</a> <a href="/rat">Rat</a> <a href="/sport">Sport</a> <a href="/abo">Abonnement</a></nav>
<article><h1>{place}: {thing} öffnet wieder</h1><p>Von Jule Kranich</p>
<p>In {place} öffnet {thing} nach {weeks} Wochen wieder. Das hat der Rat am Dienstagabend ohne Gegenstimme beschlossen.</p>
<p>Die Arbeiten haben {cost} Euro gekostet und damit etwas weniger als geplant, sagte die Leiterin des Bauamts. Bis zum
Herbst soll nun auch der Zugang ohne Stufen fertig sein.</p>
<p>Wer sich ein Bild machen will, ist am Samstag ab zehn Uhr eingeladen. Der Eintritt ist an diesem Tag frei.</p></article>
<aside><h2>Auch interessant</h2><a href="/1">Neue Linie 7 fährt bis zum Hafen</a> <a href="/2">Rat berät über Gebühren</a></aside>
<footer><a href="/impressum">Impressum</a> <a href="/datenschutz">Datenschutz</a></footer></body></html>"""


def page(number):
    place, thing = PLACES[number % len(PLACES)], THINGS[number // 5 % len(THINGS)]
    values = {"month": number % 12 + 1, "day": number % 28 + 1, "weeks": number % 9 + 2, "cost": 1000 * (number + 17)}
    return PAGE.format(place=place, thing=thing, **values).encode()


def main():
    folder = Path(sys.argv[1])
    archives, pages = (int(number) for number in sys.argv[2:4] or ("4", "50"))
    folder.mkdir(parents=True, exist_ok=True)
    for archive in range(archives):
        with open(folder / f"anzeiger-{archive:02}.warc.gz", "wb") as stream:
            writer = WARCWriter(stream, gzip=True)
            for number in range(archive * pages, (archive + 1) * pages):
                headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1")
                url = f"https://anzeiger.test/meldung/{number}"
                writer.write_record(
                    writer.create_warc_record(url, "response", payload=io.BytesIO(page(number)), http_headers=headers)
                )


main()
