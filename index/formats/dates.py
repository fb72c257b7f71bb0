"""Written dates -> a day and how exactly it is known. Knows nothing of files."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime

from index.documents import Precision
from index.errors import UnreadableDocument

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_YEAR = re.compile(r"[12]\d{3}")
_PDF = re.compile(r"(?:D:)?(\d{4})(\d{2})(\d{2})")
_DATE_FORMS = ("%Y-%m-%d", "%Y/%m/%d", "%d %B %Y", "%B %d, %Y", "%d %b %Y", "%b %d, %Y", "%Y%m%d")
_MONTH_FORMS = ("%B %Y", "%b %Y")


def read_date(value: object, where: str) -> tuple[date, Precision]:
    """A day and its precision; raises UnreadableDocument for what is no date.

    A month or a year alone counts as its last day: known by then at the latest, so an as-of answer
    never shows it too early.
    """
    if isinstance(value, datetime):
        return value.date(), "day"
    if isinstance(value, date):
        return value, "day"
    text = str(value).strip()
    if month := _MONTH.fullmatch(text):
        return _month_end(int(month[1]), int(month[2])), "month"
    if _YEAR.fullmatch(text):
        return date(int(text), 12, 31), "year"
    try:
        return datetime.fromisoformat(text).date(), "day"
    except ValueError:
        pass
    for form in _DATE_FORMS:
        try:
            return datetime.strptime(text, form).date(), "day"
        except ValueError:
            continue
    for form in _MONTH_FORMS:
        try:
            day = datetime.strptime(text, form)
        except ValueError:
            continue
        return _month_end(day.year, day.month), "month"
    raise UnreadableDocument(f"{where}: {text[:40]!r} is not a date; write it as YYYY-MM-DD")


def pdf_date(written: str) -> date | None:
    """The day of a PDF date, D:20220729060321-04'00'; None for what is not one."""
    found = _PDF.match(written)
    if found is None:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def _month_end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])
