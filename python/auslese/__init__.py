"""Separates news articles from what surrounds them, and labels every block of the page.

>>> import auslese
>>> record = auslese.extract(html, url="https://example.org/article")
>>> record["headline"], record["text"], record["authors"]

A record is what ``auslese extract`` writes as a line of JSONL; ``auslese.schema()`` describes it.
"""

from ._auslese import ExtractError, __version__, extract, extract_many, extract_text, schema

__all__ = ["ExtractError", "__version__", "extract", "extract_many", "extract_text", "schema"]
