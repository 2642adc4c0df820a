"""pandas, Polars and DuckDB: pages in a column, records beside them.

    frames.py ARCHIVE
"""

import sys

import duckdb
import pandas
import polars
from warcio.archiveiterator import ArchiveIterator

import auslese


def pages(archive):
    with open(archive, "rb") as stream:
        for record in ArchiveIterator(stream):
            if record.rec_type == "response":
                yield record.rec_headers.get_header("WARC-Target-URI"), record.content_stream().read()


def with_pandas(rows):
    frame = pandas.DataFrame(rows, columns=["url", "html"])
    records = pandas.DataFrame(auslese.extract_many(zip(frame.html, frame.url)))
    return records[["headline", "date_published", "text", "confidence"]]


def with_polars(rows):
    frame = polars.DataFrame(rows, schema={"url": polars.String, "html": polars.Binary}, orient="row")
    texts = polars.col("html").map_elements(auslese.extract_text, return_dtype=polars.String)
    return frame.lazy().select("url", text=texts).filter(polars.col("text") != "").collect()


def with_duckdb(rows):
    frame = pandas.DataFrame(rows, columns=["url", "html"])  # DuckDB finds it by its name
    con = duckdb.connect()
    con.create_function("article_text", lambda html: auslese.extract_text(html), ["BLOB"], "VARCHAR")
    return con.sql("select url, article_text(html) as text from frame where length(text) > 100").fetchall()


def main():
    rows = list(pages(sys.argv[1]))
    by_pandas, by_polars, by_duckdb = with_pandas(rows), with_polars(rows), with_duckdb(rows)
    print(by_pandas.head(3).to_string(max_colwidth=40))
    assert len(rows) == len(by_pandas) == len(by_polars) == len(by_duckdb) > 0
    assert list(by_pandas.text) == by_polars["text"].to_list() == [text for _, text in by_duckdb]


if __name__ == "__main__":
    main()
