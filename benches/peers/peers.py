"""Extractors in Python on the pages of a set, one process a system, on one thread.

    peers.py run SYSTEM FOLDER

Reads what `auslese-peers decode` wrote; prints and counts as `auslese-peers run` does.
"""

import json
import sys
import time
from pathlib import Path


def extractor(system):
    if system == "trafilatura":
        import trafilatura

        return lambda html, url: trafilatura.extract(html, url=url) or ""
    if system == "resiliparse":
        from resiliparse.extract.html2text import extract_plain_text
        from resiliparse.parse.html import HTMLTree

        return lambda html, url: extract_plain_text(HTMLTree.parse(html), main_content=True, alt_texts=False)
    if system == "boilerpy3":
        from boilerpy3 import extractors

        article = extractors.ArticleExtractor(raise_on_failure=False)
        return lambda html, url: article.get_content(html)
    sys.exit(f"{system} is not known")


def main():
    _, verb, system, folder = sys.argv
    assert verb == "run", "usage: peers.py run SYSTEM FOLDER"
    extract = extractor(system)
    pages = size = failed = 0
    seconds = 0.0
    for line in Path(folder, "pages.tsv").read_text(encoding="utf-8").splitlines():
        name, url = line.split("\t")
        html = Path(folder, name + ".html").read_bytes().decode("utf-8")
        before = time.thread_time()
        try:
            text = extract(html, url)
        except Exception:  # the system's answer to this page, not ours
            text, failed = "", failed + 1
        seconds += time.thread_time() - before
        pages += 1
        size += len(html.encode("utf-8", "surrogatepass"))
        print(json.dumps({"id": name, "text": text}))
    print(json.dumps({"pages": pages, "bytes": size, "cpu_seconds": seconds, "panics": failed}), file=sys.stderr)


main()
