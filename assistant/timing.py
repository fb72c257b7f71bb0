"""The time a question names or means. Knows nothing of documents or search."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

from assistant.figures import figures

_AS_OF = re.compile(r"\b(?:as of|as at|up to|until|up until|by the end of)\s+(?:the\s+)?$", re.I)
_NEWEST = re.compile(
    r"\b(?:latest|newest|most recent(?:ly)?|last known|current(?:ly)?|now(?:adays)?|today"
    r"|at present|at the moment|so far|still|these days)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Timing:
    """`as_of` is the day a question limits itself to; `newest_first` that it asks for now.

    `question` is the question without the words that name that day, for they are in no document.
    """

    as_of: date | None
    newest_first: bool
    question: str


def read_day(text: str) -> date:
    """A day as ISO 8601 writes it, such as 2025-04-01 or 20250401. Raises ValueError."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text.strip()[:60]!r} is not a date; write it as 2025-04-01") from None


def timing(question: str) -> Timing:
    """What a question says of time: "as of April 2025", "now", "the latest".

    A month or year counts up to its last day. "Before" and "after" are left to the words: what
    happened before a day is often told after it.
    """
    day, rest = None, question
    for figure in figures(question):
        found = _AS_OF.search(question[: figure.start])
        if found is None:
            continue
        if isinstance(figure.value, tuple):
            year, month, number = figure.value
        elif 1000 <= figure.value <= 9999 and figure.value.is_integer() and not figure.unit:
            year, month, number = int(figure.value), 12, 31
        else:
            continue
        if year and 1 <= month <= 12:
            last = calendar.monthrange(year, month)[1]
            day = date(year, month, min(number or last, last))
            rest = question[: found.start()].rstrip(" ,;(") + question[figure.end :].lstrip(" ,;)")
    return Timing(day, bool(_NEWEST.search(question)), rest if rest.strip(" ?.!") else question)
