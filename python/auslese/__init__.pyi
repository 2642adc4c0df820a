from collections.abc import Iterable
from typing import Any, Literal, overload

__all__ = ["ExtractError", "__version__", "extract", "extract_many", "extract_text", "schema"]

__version__: str

class ExtractError(ValueError):
    """The page can give no record: it is empty, or no text. ``reason`` is the name it is counted by."""

    reason: str

def extract(html: bytes | str, url: str | None = None, profile: str | None = None) -> dict[str, Any]:
    """The record of a page.

    ``html`` is the page as it was fetched (bytes, whose charset is found out) or decoded (str); plain text is told by
    its look. ``url`` is its address: links are made absolute with it, and it chooses the site's profile. ``profile`` names
    one whatever the address (``"_default"`` for none).

    Raises ``ExtractError`` where the page is empty or no text, ``ValueError`` for an address that is none or a profile
    that is not there. A page that merely holds no article gives a record whose text is empty.
    """

def extract_text(html: bytes | str, url: str | None = None, profile: str | None = None) -> str:
    """The article's text alone: lead, then body, a line a block. Empty where the page holds no article.

    Takes and raises what ``extract`` does.
    """

@overload
def extract_many(
    pages: Iterable[bytes | str | tuple[bytes | str, str | None]],
    profile: str | None = None,
    threads: int | None = None,
    errors: Literal["raise"] = "raise",
) -> list[dict[str, Any]]: ...
@overload
def extract_many(
    pages: Iterable[bytes | str | tuple[bytes | str, str | None]],
    profile: str | None = None,
    threads: int | None = None,
    *,
    errors: Literal["none"],
) -> list[dict[str, Any] | None]:
    """The records of many pages, in their order, on ``threads`` threads (all cores where not said).

    A page is its html or a pair of html and address. Where one gives no record, ``errors="raise"`` raises what ``extract``
    would, and ``errors="none"`` puts ``None`` in its place.
    """

def schema() -> dict[str, Any]:
    """The JSON Schema of a record."""
