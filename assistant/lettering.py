"""Text made fit for a page, a terminal or Markdown. Knows nothing of answers or documents."""

from __future__ import annotations

import re
from datetime import date

from index.documents import Precision

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>&~$])")
_MARKER = re.compile(r"\[(?=\d+\])")
_WORD_JOINER = "\u2060"
# Terminal escapes and text-direction tricks; line breaks and tabs stay.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def without_markers(text: str) -> str:
    """A document's own bracketed numbers, such as [3], made unlike our markers to a program.

    An invisible word joiner goes in after the bracket; the quote of the citation stays untouched.
    """
    return _MARKER.sub(f"[{_WORD_JOINER}", text)


def written_date(day: date | None, precision: Precision = "day") -> str:
    """A date in words that no country reads otherwise: 13 March 2025; "undated" for None.

    No more of it than is known: a month alone is March 2025, a year alone 2025.
    """
    if day is None:
        return "undated"
    if precision == "year":
        return str(day.year)
    return f"{day:%B %Y}" if precision == "month" else f"{day.day} {day:%B %Y}"


def without_controls(text: str) -> str:
    """Text that cannot move a terminal's cursor, colour it, or turn the reading direction."""
    return _CONTROL.sub("", text)


def escape_markdown(text: str, *, keep_markers: bool = False) -> str:
    """Text that a Markdown renderer shows as it is, without markup, HTML or links."""
    escaped = _MARKDOWN.sub(r"\\\1", text)
    return re.sub(r"\\\[(\d+)\\\]", r"[\1]", escaped) if keep_markers else escaped


def shortened(text: str, limit: int = 240) -> str:
    """On one line, and cut between words where it is longer than `limit` characters."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[:limit].rsplit(" ", 1)[0] + " …"
