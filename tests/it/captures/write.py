"""Writes captures as an archive that pywb serves: a WARC file by warcio, and its index.

    write.py CAPTURES.jsonl OUT_FOLDER       rows of {"at": "2014-03-04T05:06:07Z", "url", "body", "status"}
"""

import io
import json
import subprocess
import sys
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

rows, out = Path(sys.argv[1]), Path(sys.argv[2])
archive = out / "captures.warc.gz"
with archive.open("wb") as stream:
    writer = WARCWriter(stream, gzip=True)
    for line in rows.read_text("utf-8").splitlines():
        row = json.loads(line)
        headers = StatusAndHeaders(row["status"], [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1")
        body = io.BytesIO(row["body"].encode("utf-8"))
        record = writer.create_warc_record(
            row["url"], "response", payload=body, http_headers=headers, warc_headers_dict={"WARC-Date": row["at"]}
        )
        writer.write_record(record)
index = Path(sys.executable).with_name("cdx-indexer")
subprocess.run([sys.executable, index, "-j", "-s", "-d", out, "-o", out / "captures.cdxj", archive], check=True)
