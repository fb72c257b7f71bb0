"""Web pages, by trafilatura: main text, title, site, date, address. Knows no other format."""

from __future__ import annotations

import re
from datetime import date

from index.errors import UnreadableDocument
from index.formats.cleaning import clean, one_line
from index.formats.decoding import decode_html
from index.formats.draft import Draft, check_length

_PARAGRAPH = re.compile(r"\n(?![-*•|\n])")


def read_html(raw: bytes) -> list[Draft]:
    """The article of a page without its menus, adverts and comments; of other pages all text."""
    return [page(decode_html(raw))]


def page(html: str) -> Draft:
    """An HTML text as a Draft; its text is "" where the page shows none."""
    import trafilatura
    from trafilatura.metadata import Document as Metadata

    check_length(len(html) // 4)
    # A date found anywhere in the running text is a guess; a wrong one is worse than none.
    dates = {"extensive_search": False, "original_date": True}
    found = trafilatura.bare_extraction(
        html,
        with_metadata=True,
        include_comments=False,
        date_extraction_params=dates,
    )
    text = ""
    metadata = Metadata()
    if isinstance(found, Metadata):
        metadata, text = found, found.text or ""
    if not text.strip():
        # No article to be made out: a list, a table, a form.
        text = trafilatura.html2txt(html)
    return Draft(
        clean(_PARAGRAPH.sub("\n\n", text)),
        title=one_line(metadata.title or ""),
        source=one_line(metadata.sitename or metadata.author or "") or None,
        published=_day(metadata.date),
        url=metadata.url or None,
    )


def _day(written: str | None) -> date | None:
    try:
        return date.fromisoformat(written) if written else None
    except ValueError as error:
        raise UnreadableDocument(f"the page's date {written!r} is not a date") from error
