"""The time a question names or means. Knows nothing of documents or search."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

from assistant.figures import Figure, figures, is_year

_PART = r"(?P<part>early|mid|late|(?:the\s+)?end\s+of)[\s-]+"
_QUARTER = r"(?:Q(?P<sign>[1-4])|(?:the\s+)?(?P<word>first|second|third|fourth)\s+quarter),?\s+"
_AS_OF = re.compile(
    r"\b(?:as\s+of|as\s+at|by\s+the\s+end\s+of|(?P<to>(?:up\s+)?until|up\s+to))\s+"
    rf"(?:{_PART}|{_QUARTER}(?:of\s+)?)?(?:the\s+)?$",
    re.IGNORECASE,
)
_QUARTERS = {"first": 1, "second": 2, "third": 3, "fourth": 4}
_LEADS = re.compile(r"(?:^\W*(?:(?:and|but|so)\s+)?|[,;:(]\s*)$", re.IGNORECASE)
_WHAT_CAME = re.compile(
    r"^\W*(?:\w+\s+)?(?:what|which|who|how\s+(?:much|many))\b.*\b(?:announced|decided|done|found"
    r"|happened|heard|known|paid|published|reported|said|told)\s*$",
    re.IGNORECASE,
)
"""Of what comes at a point of time, and lasts to none: "What was known until then?"."""

_YEARS = range(1500, 2101)
_GOES_ON = re.compile(r"[-–/]\w|\s+of\b")
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

    A month, quarter or year counts up to its last day. "Before" and "after" limit no documents, for
    what happened before a day is often told after it: see bounds. "Until" is left to the words
    where it can be the end of what is asked about: "Was he chairman until May 2024?".
    """
    day, rest = None, question
    for figure in figures(question):
        found = _AS_OF.search(question[: figure.start])
        if found and _limits(question, found, figure) and (named := _day(question, found, figure)):
            day = named
            before = question[: found.start()].rstrip(" ,;(")
            after = question[figure.end :].lstrip(" ,;)")
            rest = f"{before} {after}" if before and after[:1] not in "?!.:" else before + after
    return Timing(day, bool(_NEWEST.search(question)), rest if rest.strip(" ?.!") else question)


def _limits(question: str, found: re.Match[str], figure: Figure) -> bool:
    """Whether the words before a time say of when to answer, and not until when something was."""
    before = question[: found.start()]
    if not found["to"] or _LEADS.search(before):
        return True
    return bool(_WHAT_CAME.search(before)) and not question[figure.end :].strip(" ?.!")


def _day(question: str, found: re.Match[str], figure: Figure) -> date | None:
    """The last day of the time that is named; None where no year is, or none can be told."""
    part = (found["part"] or "").casefold()
    if isinstance(figure.value, tuple):
        year, month, number = figure.value
        number = number or {"early": 10, "mid": 15}.get(part, 0)
    elif (
        is_year(figure, question)
        and figure.value in _YEARS
        and not _GOES_ON.match(question, figure.end)
    ):
        year, number = int(figure.value), 0
        quarter = int(found["sign"] or _QUARTERS.get((found["word"] or "").casefold(), 4))
        # How long a year is early is anybody's guess.
        month = {"early": 0, "mid": 6}.get(part, 3 * quarter)
    else:
        return None
    if not year or not 1 <= month <= 12:
        return None
    last = calendar.monthrange(year, month)[1]
    return date(year, month, min(number or last, last))
