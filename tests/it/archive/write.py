"""Writes archives from the pages of a fixture site, with warcio: what the reader is held against.

    write.py SITE_FOLDER OUT_FOLDER
"""

import gzip
import io
import sys
import tomllib
import zipfile
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

site, out = Path(sys.argv[1]), Path(sys.argv[2])
manifest = tomllib.loads((site / "site.toml").read_text("utf-8"))
routes = [r for r in manifest["route"] if r.get("content_type", "").startswith("text/html") and "file" in r][::4]


def chunked(body):
    pieces = [body[at : at + 1000] for at in range(0, len(body), 1000)] + [b""]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)


def pages():
    for number, route in enumerate(routes):
        body = (site / route["file"]).read_bytes()
        headers = [("Content-Type", route["content_type"]), ("Server", "invented")]
        if number % 3 == 1:
            body = gzip.compress(body)
            headers.append(("Content-Encoding", "gzip"))
        if number % 2 == 1:
            body = chunked(body)
            headers.append(("Transfer-Encoding", "chunked"))
        yield number, manifest["origin"] + route["path"], headers, body


def response(writer, url, date, headers, body, status="200 OK"):
    return writer.create_warc_record(
        url,
        "response",
        payload=io.BytesIO(body),
        http_headers=StatusAndHeaders(status, headers, protocol="HTTP/1.1"),
        warc_headers_dict={"WARC-Date": date},
    )


def write(path, version, compressed):
    with open(path, "wb") as stream:
        writer = WARCWriter(stream, gzip=compressed, warc_version=version)
        writer.write_record(writer.create_warcinfo_record(path.name, {"software": "a test"}))
        first = None
        for number, url, headers, body in pages():
            date = f"2015-03-{number % 28 + 1:02}T08:00:00Z"
            record = response(writer, url, date, headers, body)
            request = writer.create_warc_record(
                url, "request", http_headers=StatusAndHeaders("GET / HTTP/1.1", [("Host", "a.test")], is_http_request=True)
            )
            writer.write_request_response_pair(request, record)
            first = first or (url, date, headers, record.rec_headers.get_header("WARC-Payload-Digest"))
        origin = manifest["origin"]
        writer.write_record(response(writer, origin + "/weg", "2015-04-01T00:00:00Z", [], b"fort", "404 Not Found"))
        image = [("Content-Type", "image/png")]
        writer.write_record(response(writer, origin + "/a.png", "2015-04-01T00:00:00Z", image, b"\x89PNG\r\n"))
        text = [("Content-Type", "text/plain")]
        writer.write_record(response(writer, origin + "/robots.txt", "2015-04-01T00:00:00Z", text, b"User-agent: *\n"))
        writer.write_record(
            writer.create_warc_record("dns:a.test", "resource", io.BytesIO(b"1"), warc_content_type="text/dns")
        )
        writer.write_record(revisit(writer, *first))


def revisit(writer, url, date, headers, digest):
    return writer.create_revisit_record(
        url,
        digest,
        url,
        date,
        http_headers=StatusAndHeaders("200 OK", headers, protocol="HTTP/1.1"),
        warc_headers_dict={"WARC-Date": "2016-01-01T00:00:00Z"},
    )


write(out / "plain.warc", "1.0", False)
write(out / "members.warc.gz", "1.1", True)
(out / "one.warc.gz").write_bytes(gzip.compress((out / "plain.warc").read_bytes()))

number, url, headers, body = next(pages())
with open(out / "first.warc.gz", "wb") as stream:
    writer = WARCWriter(stream, gzip=True)
    record = response(writer, url, "2015-03-01T08:00:00Z", headers, body)
    writer.write_record(record)
with open(out / "again.warc.gz", "wb") as stream:
    writer = WARCWriter(stream, gzip=True)
    digest = record.rec_headers.get_header("WARC-Payload-Digest")
    writer.write_record(revisit(writer, url, "2015-03-01T08:00:00Z", headers, digest))

with open(out / "text.warc.wet.gz", "wb") as stream:
    writer = WARCWriter(stream, gzip=True)
    for number in range(3):
        text = f"Rathaus Nummer {number} wird saniert\n" + "Die Stadt Altenquast erneuert das Dach ihres Rathauses. " * 9
        writer.write_record(
            writer.create_warc_record(
                f"http://wet.test/{number}",
                "conversion",
                io.BytesIO(text.encode()),
                warc_content_type="text/plain",
                warc_headers_dict={"WARC-Date": "2020-02-02T02:02:02Z"},
            )
        )

for name, packing in [("stored.wacz", zipfile.ZIP_STORED), ("packed.wacz", zipfile.ZIP_DEFLATED)]:
    with zipfile.ZipFile(out / name, "w", packing) as wacz:
        wacz.writestr("datapackage.json", '{"profile": "data-package"}')
        wacz.write(out / "members.warc.gz", "archive/data.warc.gz")
        wacz.writestr("indexes/index.cdx", "")
