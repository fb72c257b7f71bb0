"""The years, quarters and months that a text names. Knows nothing of documents or search."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.figures import Figure, figures

_QUARTER = re.compile(
    r"(?<![A-Za-z])Q(?P<sign>[1-4])(?!\w)|\b(?P<word>first|second|third|fourth)[\s-]quarter\b",
    re.IGNORECASE,
)
_WORDS = ("first", "second", "third", "fourth")
_YEARS = range(1900, 2101)


@dataclass(frozen=True, slots=True)
class Periods:
    """Years, quarters (1 to 4) and months (year, month) that are named; mostly none."""

    years: frozenset[int]
    quarters: frozenset[int]
    months: frozenset[tuple[int, int]]

    def __bool__(self) -> bool:
        """Whether any is named."""
        return bool(self.years or self.quarters)

    def holds(self, other: Periods) -> bool:
        """Whether all that `other` names is named here."""
        return (
            self.years >= other.years
            and self.quarters >= other.quarters
            and self.months >= other.months
        )

    def excludes(self, other: Periods) -> bool:
        """Whether both name years and none is the same, or quarters, or months."""
        return (
            _apart(self.years, other.years)
            or _apart(self.quarters, other.quarters)
            or _apart(self.months, other.months)
        )


def _apart(mine: frozenset[object], theirs: frozenset[object]) -> bool:
    return bool(mine and theirs) and not mine & theirs


def periods(text: str) -> Periods:
    """The periods that a text names."""
    days = [figure.value for figure in figures(text) if isinstance(figure.value, tuple)]
    found = [
        _WORDS.index(m["word"].lower()) + 1 if m["word"] else int(m["sign"])
        for m in _QUARTER.finditer(text)
    ]
    return Periods(
        frozenset(y for y, *_ in days if y) | {y for f in figures(text) if (y := _year(f))},
        frozenset(found),
        frozenset((y, m) for y, m, _ in days if y and m),
    )


def _year(figure: Figure) -> int:
    """The year that a bare number is, or 0."""
    number = figure.value
    if isinstance(number, tuple) or figure.unit or number not in _YEARS:
        return 0
    return int(number)
