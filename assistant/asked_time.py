"""What a question asks of a day, a month or a year, and which sentences tell of it.

"What happened in April 2024?" names nothing that a sentence could be near to but its time. By word
order and figures; knows nothing of models or documents.
"""

from __future__ import annotations

import re
from calendar import monthrange
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

from assistant.asked import own_words
from assistant.figures import Figure, figures, is_year

_LONGEST = 200
_AT = re.compile(
    r"(?:^|[\s,])(?:on|in|during|(?P<of>of|from))\s+(?:the\s+)?(?:year\s+)?$", re.IGNORECASE
)
_ABOUT = r"(?:\s+(?:to|with|at|in|around|between|about|regarding|concerning|for)\s+(?P<about>.+))?"
_OPENS = r"\W*(?:(?:and|but|so|then)\s+)*"
HAPPENING = (
    r"(?:happen(?:ed|ing)|occurr(?:ed|ing)|t(?:ook|aken)\s+place|go(?:ne|ing)\s+on|went\s+on)"
)
_HAPPENED = re.compile(
    rf"{_OPENS}(?:what|anything|(?:which|what)\s+events?)(?:\s+(?:else|all|exactly))?\s+"
    r"(?:(?:had|has|have|was|were)\s+)?"
    rf"{HAPPENING}{_ABOUT}"
    rf"|{_OPENS}did\s+anything\s+(?:happen|occur|take\s+place){_ABOUT.replace('P<about', 'P<to')}"
    rf"|{_OPENS}what(?:\s+else)?\s+did\s+(?P<doer>.+)\s+do"
    r"|\W*what\s+(?:were|are)\s+the\s+(?:[a-z]+\s+)?events",
    re.IGNORECASE,
)
SAYING = (
    r"(?:say|said|deny|denied|announced?|write|written|tell|told|claim(?:ed)?|report(?:ed)?"
    r"|admit(?:ted)?|argued?)"
)
_SAID = re.compile(rf"{_OPENS}what(?:\s+else)?\s+did\s+(?P<doer>.+)\s+{SAYING}", re.IGNORECASE)
_REPORTED = re.compile(
    rf"{_OPENS}what(?:\s+else)?\s+(?:was|were|is|has\s+been|had\s+been)\s+"
    rf"(?:reported|published|written|in\s+the\s+(?:news|reports|papers)|the\s+news){_ABOUT}",
    re.IGNORECASE,
)
_REPORT = re.compile(
    r"\b(?:report(?:s|ed)?|articles?|accounts?|brief|published|recalled|story)\b"
    r"(?:\s+(?:on|in|of|from|dated))*\s*$",
    re.IGNORECASE,
)
"""Before the day of a report, which is not that of what it tells."""

_WEEKDAYS = ("mon", "tues", "wednes", "thurs", "fri", "satur", "sun")
_NEAR_DAY = re.compile(
    rf"\b(?P<weekday>{'|'.join(_WEEKDAYS)})day\b(?!,?\s+(?:the\s+)?(?:\d|[a-z]+\s+\d))"
    r"|\b(?P<today>today)\b|\b(?P<yesterday>yesterday)\b",
    re.IGNORECASE,
)
"""Days that are counted from that of publication; not a weekday whose date stands beside it."""


@dataclass(frozen=True, slots=True)
class AskedTime:
    """The time asked about, and of whom or what ("" for all).

    `reported` is whether what came out then is meant, and `says` whether what somebody said.
    """

    when: Figure
    about: str
    reported: bool
    says: bool

    def holds(self, day: date | None) -> bool:
        """Whether a day lies in the time asked about."""
        return day is not None and self.when.agrees(_figure(day.year, day.month, day.day))

    @property
    def exact(self) -> bool:
        """Whether a single day is asked about."""
        return isinstance(self.when.value, tuple) and self.when.value[2] > 0

    @property
    def end(self) -> date | None:
        """The last day of the time; None without a year, or if there is no such day."""
        value = self.when.value
        year, month, day = value if isinstance(value, tuple) else (int(value), 0, 0)
        month = month or 12
        with suppress(ValueError, IndexError):
            return date(year, month, day or monthrange(year, month)[1])
        return None

    def told_by(self, sentence: str, published: date | None) -> bool:
        """Whether a sentence tells of the time, counting its weekdays from the day it came out.

        The day of a report that it names is that of what is reported only if reports are asked for.
        """
        if self.reported and self.holds(published):
            return True
        if any(self.when.agrees(day) for day in _days(sentence, published, reported=self.reported)):
            return True
        near = _NEAR_DAY.search(sentence)
        return near is not None and published is not None and self.holds(_meant(near, published))


@lru_cache(4_096)
def asked_time(question: str) -> AskedTime | None:
    """The time in "What happened to the mill in April 2024?"; None for any other question."""
    text = own_words(question)
    if len(text) > _LONGEST:
        return None
    times = [f for f in figures(text) if f.is_day or is_year(f, text)]
    if len(times) != 1 or not (at := _AT.search(text[: times[0].start])):
        return None
    rest = f"{text[: at.start()]} {text[times[0].end :].lstrip(' ,')}".strip().rstrip("?!. ,")
    for form in (_HAPPENED, _REPORTED, _SAID):
        if found := form.fullmatch(rest):
            about = next((a for a in found.groupdict().values() if a), "")
            if about and at["of"]:
                # "What happened to the class of 2024?"
                return None
            return AskedTime(times[0], about, form is not _HAPPENED, form is _SAID)
    return None


def told_days(sentence: str, published: date | None) -> list[tuple[int, int, int]]:
    """The days, months and years that a sentence tells of: not those of reports that it names.

    Each as (year, month, day), with 0 for what is not said; without a year none.
    """
    found = [f.value for f in _days(sentence, published, reported=False)]
    days = [day if isinstance(day, tuple) else (int(day), 0, 0) for day in found]
    near = _NEAR_DAY.search(sentence)
    if near is not None and published is not None:
        meant = _meant(near, published)
        days.append((meant.year, meant.month, meant.day))
    return [day for day in days if day[0]]


def names_time(sentence: str) -> bool:
    """Whether a sentence names any day, month or year, or a weekday."""
    named = any(f.is_day or is_year(f, sentence) for f in figures(sentence))
    return named or bool(_NEAR_DAY.search(sentence))


def _days(sentence: str, published: date | None, *, reported: bool) -> list[Figure]:
    found = []
    for figure in figures(sentence):
        if not figure.is_day and not is_year(figure, sentence):
            continue
        if not reported and _REPORT.search(sentence[: figure.start]):
            continue
        found.append(_in_year(figure, published))
    return found


def _in_year(figure: Figure, published: date | None) -> Figure:
    """A day without a year as the last one before it was told."""
    if published is None or not isinstance(figure.value, tuple) or figure.value[0]:
        return figure
    _, month, day = figure.value
    later = (month, day) > (published.month, published.day)
    return replace(figure, value=(published.year - later, month, day))


def _meant(near: re.Match[str], published: date) -> date:
    """The day that a weekday last was, or today or yesterday, on the day of publication."""
    if near["today"]:
        return published
    if near["yesterday"]:
        return published - timedelta(days=1)
    wanted = _WEEKDAYS.index(near["weekday"].casefold())
    return published - timedelta(days=(published.weekday() - wanted) % 7)


def _figure(year: int, month: int, day: int) -> Figure:
    return Figure(0, 0, (year, month, day))
