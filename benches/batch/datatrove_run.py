"""A pipeline of datatrove over an archive, by one extractor, and the CPU time that it took with all its processes.

    datatrove_run.py pack SET ARCHIVE                  the pages of a set (gold.jsonl) as an archive
    datatrove_run.py EXTRACTOR ARCHIVE OUTPUT          none, auslese, auslese-sandbox, trafilatura, trafilatura-defaults
"""

import gzip
import io
import json
import os
import resource
import sys
from pathlib import Path

from auslese_datatrove import Auslese
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.extractors import Trafilatura
from datatrove.pipeline.extractors.base import BaseExtractor
from datatrove.pipeline.readers import WarcReader
from datatrove.pipeline.writers import JsonlWriter


class Sandboxed(Auslese):
    """In the process of its own that datatrove gives its extractors, the text alone."""

    run = BaseExtractor.run


EXTRACTORS = {
    "none": lambda: [],
    "auslese": lambda: [Auslese()],
    "auslese-sandbox": lambda: [Sandboxed()],
    # As datatrove has it: precision before recall, no comments, paragraphs that recur left out.
    "trafilatura": lambda: [Trafilatura(timeout=30)],
    # Trafilatura's own defaults otherwise.
    "trafilatura-defaults": lambda: [Trafilatura(favour_precision=False, deduplicate=False, timeout=30)],
}


def pack(folder, archive):
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    with open(archive, "wb") as stream, open(Path(folder, "gold.jsonl"), encoding="utf-8") as gold:
        writer = WARCWriter(stream, gzip=True)
        for row in map(json.loads, gold):
            body = Path(folder, row["page"]).read_bytes()
            body = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
            headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
            warc = {"WARC-Record-ID": f"<urn:set:{row['id']}>", "WARC-Identified-Payload-Type": "text/html"}
            url = row.get("url") or "https://example.org/"
            payload = io.BytesIO(body)
            writer.write_record(writer.create_warc_record(url, "response", payload, http_headers=headers, warc_headers_dict=warc))


def cpu_seconds():
    parts = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in parts)


def main():
    if sys.argv[1] == "pack":
        return pack(*sys.argv[2:])
    extractor, archive, output = sys.argv[1:]
    folder, name = os.path.split(archive)
    steps = [WarcReader(folder, glob_pattern=name), *EXTRACTORS[extractor](), JsonlWriter(output, compression=None)]
    before = cpu_seconds()
    LocalPipelineExecutor(steps, tasks=1, workers=1, logging_dir=f"{output}/logs").run()
    seconds = cpu_seconds() - before
    with open(Path(output, "00000.jsonl"), encoding="utf-8") as lines, open(f"{output}.jsonl", "w", encoding="utf-8") as out:
        for row in map(json.loads, lines):
            out.write(json.dumps({"id": row["id"].removeprefix("<urn:set:").removesuffix(">"), "text": row["text"]}) + "\n")
    print(json.dumps({"cpu_seconds": seconds}))


if __name__ == "__main__":
    main()
