"""Extracts the pages of an archive to JSON lines, as one would write it with the packages of others; one thread.

    peers.py warcio-trafilatura|fastwarc-resiliparse ARCHIVE OUTPUT [PAGES]

What it says on stdout: pages, seconds of wall time, seconds of CPU time, MB of memory at most.
"""

import json
import resource
import sys
import time


def warcio_trafilatura(path):
    import trafilatura
    from warcio.archiveiterator import ArchiveIterator

    with open(path, "rb") as stream:
        for record in ArchiveIterator(stream):
            if record.rec_type != "response":
                continue
            url = record.rec_headers.get_header("WARC-Target-URI")
            html = record.content_stream().read()
            # Text and metadata, as JSON: what a record of ours holds in part.
            found = trafilatura.extract(html, url=url, output_format="json", with_metadata=True)
            yield found or json.dumps({"url": url, "text": ""})


def fastwarc_resiliparse(path):
    from fastwarc.warc import ArchiveIterator, WarcRecordType
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.encoding import bytes_to_str, detect_encoding

    with open(path, "rb") as stream:
        for record in ArchiveIterator(stream, record_types=WarcRecordType.response, parse_http=True):
            body = record.reader.read()
            html = bytes_to_str(body, detect_encoding(body))
            text = extract_plain_text(html, main_content=True)
            yield json.dumps({"url": record.headers["WARC-Target-URI"], "text": text}, ensure_ascii=False)


def main():
    system, path, output = sys.argv[1:4]
    most = int(sys.argv[4]) if len(sys.argv) > 4 else None
    lines = {"warcio-trafilatura": warcio_trafilatura, "fastwarc-resiliparse": fastwarc_resiliparse}[system](path)
    began, pages = time.perf_counter(), 0
    with open(output, "w", encoding="utf-8") as to:
        for line in lines:
            to.write(line + "\n")
            pages += 1
            if pages == most:
                break
    wall = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(pages, f"{wall:.2f}", f"{used.ru_utime + used.ru_stime:.2f}", f"{used.ru_maxrss / 1024:.0f}")


main()
