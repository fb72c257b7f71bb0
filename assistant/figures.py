"""Numbers and days of a text in one form, however they are written. Knows nothing of meaning.

"$4.3 billion", "4.3bn" and "4,300,000,000 dollars" are one amount; "March 13, 2025",
"13 March 2025" and "2025-03-13" one day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from index.words import FUNCTION_WORDS

MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september"),
    *("october", "november", "december"),
)
_MONTH = r"(?P<{}>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?" + (
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_DAYS = (
    re.compile(r"\b(?P<year>[12]\d{3})-(?P<number>\d\d)-(?P<day>\d\d)\b"),
    re.compile(
        _MONTH.format("month") + r"\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?\b(?!\d)"
        r"(?:\s*,?\s+(?P<year>[12]\d{3})\b)?",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?P<day>\d{1,2})(?:st|nd|rd|th)?\s+(?:of\s+)?"
        + _MONTH.format("month")
        + r"(?:\s*,?\s+(?P<year>[12]\d{3})\b)?",
        re.IGNORECASE,
    ),
    re.compile(r"\b" + _MONTH.format("month") + r"\s*,?\s+(?P<year>[12]\d{3})\b", re.IGNORECASE),
)
_NUMBER = re.compile(
    r"(?P<before>[$€£¥]\s?)?(?<![\w.])(?P<digits>\d[\d,]*(?:\.\d+)?)"
    r"(?P<scale>(?:[\s-]?(?:thousand|million|billion|trillion|bn|mn|tn)|[kmb])\b)?"
    r"(?:\s?(?P<after>%|percent\b|per\s+cent\b|dollars?\b|euros?\b|pounds?\b|yen\b"
    r"|years?\b|months?\b|weeks?\b|days?\b|hours?\b|minutes?\b|seconds?\b|decades?\b))?",
    re.IGNORECASE,
)
_SCALES = {
    **{"thousand": 1e3, "k": 1e3, "million": 1e6, "mn": 1e6, "m": 1e6},
    **{"billion": 1e9, "bn": 1e9, "b": 1e9, "trillion": 1e12, "tn": 1e12},
}
_UNITS = {"$": "dollar", "€": "euro", "£": "pound", "¥": "yen", "%": "percent", "per": "percent"}
_SMALL = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen twenty".split()
    )
} | {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_TENS = "|".join(word for word, value in _SMALL.items() if value >= 20)
_ONES = "|".join(word for word, value in _SMALL.items() if 0 < value < 10)
_BELOW_100 = rf"(?:(?:{_TENS})[-\s](?:{_ONES})|{'|'.join(sorted(_SMALL, key=len, reverse=True))})"
_WRITTEN = re.compile(
    rf"\b(?P<words>{_BELOW_100}\b(?:[-\s]hundred\b"
    rf"(?:(?:\s+and)?[-\s]+{_BELOW_100}\b(?![-\s]hundred))?)?)"
    r"(?:[-\s](?P<scale>thousand|million|billion|trillion)\b)?"
    r"(?:[-\s](?P<after>years?|months?|weeks?|days?|hours?|minutes?|seconds?|decades?|dollars?"
    r"|euros?|pounds?|percent|per cent)\b)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number or a day found at [start, end) of a text.

    `value` is what is compared: a float for numbers; (year, month, day) for days, with 0 for what
    is not said. `unit` is a currency, "percent", a span of time such as "month", or "".
    """

    start: int
    end: int
    value: float | tuple[int, int, int]
    unit: str = ""

    @property
    def is_day(self) -> bool:
        """Whether this is a day or month rather than a number."""
        return isinstance(self.value, tuple)

    def agrees(self, other: Figure) -> bool:
        """Whether `other` says this: the same number, or a day at least as exact as this one."""
        if isinstance(self.value, tuple) or isinstance(other.value, tuple):
            return self._same_day(other)
        units = {self.unit, other.unit}
        same_unit = len(units) == 1 or "" in units
        return same_unit and abs(self.value - other.value) <= 1e-9 * max(1.0, abs(self.value))

    def _same_day(self, other: Figure) -> bool:
        mine, theirs = self.value, other.value
        if isinstance(mine, tuple) and isinstance(theirs, tuple):
            return all(not a or a == b for a, b in zip(mine, theirs, strict=True))
        if isinstance(theirs, tuple) and isinstance(mine, float):
            # A bare year is borne out by a day of that year.
            return mine == theirs[0]
        return False


@lru_cache(maxsize=4096)
def figures(text: str) -> tuple[Figure, ...]:
    """Every number and day of a text, in text order; a day's digits are not numbers as well.

    The number word "one" counts before a unit or a scale only, for else it is mostly a pronoun.
    """
    found: list[Figure] = []
    taken = [False] * len(text)

    def take(start: int, end: int, value: float | tuple[int, int, int], unit: str = "") -> None:
        if not any(taken[start:end]):
            found.append(Figure(start, end, value, unit))
            taken[start:end] = [True] * (end - start)

    for pattern in _DAYS:
        for match in pattern.finditer(text):
            take(match.start(), match.end(), _day(match))
    for match in _NUMBER.finditer(text):
        digits = match["digits"].rstrip(",").replace(",", "")
        scale = _SCALES.get((match["scale"] or "").strip(" -\u00a0").casefold(), 1.0)
        end = (
            match.end()
            if match["scale"] or match["after"]
            else match.start("digits") + len(match["digits"].rstrip(","))
        )
        take(match.start(), end, round(float(digits) * scale, 6), _unit(match))
    for match in _WRITTEN.finditer(text):
        if match["words"].casefold() != "one" or match["scale"] or match["after"]:
            value = _written(match["words"]) * _SCALES.get((match["scale"] or "").casefold(), 1.0)
            take(match.start(), match.end(), value, _unit(match))
    return tuple(sorted(found, key=lambda figure: figure.start))


def is_year(figure: Figure, text: str) -> bool:
    """Whether a number is written as a year and is of nothing: "2019", not "2019 ships"."""
    following = re.match(r"\s+([a-z]+)", text[figure.end :])
    alone = following is None or following[1] in FUNCTION_WORDS
    return alone and bool(re.fullmatch(r"[12]\d{3}", text[figure.start : figure.end]))


def _written(words: str) -> float:
    """The value of "two hundred and twenty-five"."""
    value = 0
    for word in re.split(r"[-\s]+", words.casefold()):
        value = value * 100 if word == "hundred" else value + _SMALL.get(word, 0)
    return float(value)


def _day(match: re.Match[str]) -> tuple[int, int, int]:
    held = match.groupdict()
    month = int(held["number"]) if held.get("number") else _month(held["month"])
    return int(held.get("year") or 0), month, int(held.get("day") or 0)


def _month(word: str) -> int:
    return next(i for i, name in enumerate(MONTHS, 1) if name.startswith(word.casefold()[:3]))


def _unit(match: re.Match[str]) -> str:
    sign = (match.groupdict().get("before") or "").strip()
    if sign:
        return _UNITS[sign]
    word = (match["after"] or "").casefold().rstrip("s").split()
    return _UNITS.get(word[0], word[0]) if word else ""
