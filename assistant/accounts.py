"""Sentences of passages about what a question asks, and the days and amounts they give for it.

By words and figures alone; knows nothing of which of them agree.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta

from assistant.citing import Quote
from assistant.figures import Figure, figures, is_year
from assistant.polarity import is_uncertain
from assistant.referents import named
from assistant.wording import aliases, name_words
from index.documents import Hit, Passage
from index.fields import terms
from index.words import FUNCTION_WORDS, content_words

_GENERIC = (
    "date day days time year years month months week weeks number come comes came happen happened "
    "set"
)
_SAID_BEFORE = re.compile(
    r"\b(?:report(?:ed|s)?|recalled|wrote|said|article|told|posts?)\s+(?:\w+\s+){0,2}?(?:on|of)\s*$",
    re.IGNORECASE,
)
_SAID_AFTER = re.compile(r"^,?\s+(?:the\s+)?(?:[A-Z][\w.]*\s+){1,4}(?:said|says|wrote|reported)\b")
_ABOUT = 0.4
_NEARLY_BEST = 0.5
_OPENING = 4
_SAYS = re.compile(r"\b(?:said|wrote|told|reported|denied|rejected|posted|announced)\b")
_UNITS = {
    "money": frozenset({"dollar", "euro", "pound", "yen"}),
    "span": frozenset({"year", "month", "week", "day", "hour", "minute", "second", "decade"}),
    "number": frozenset({""}),
}
_OF_ANOTHER = re.compile(
    r"\b(?:before|after|until|till)\s+(?:the\s+)?$"
    r"|\b(?!(?:afternoon|day|evening|eve|morning|night)\b)\w+\s+of\s+$",
    re.IGNORECASE,
)
"""What stands before a day on which something else happened: "before May 6", "an article of May 6".
"""
_DAYS_OF = {"day": 1.0, "week": 7.0, "month": 365.25 / 12, "year": 365.25, "decade": 3652.5}
_ROUGHLY = 0.2
"""Share of a time ago by which it may be meant longer or shorter."""
_ONE = re.compile(r"\ban?\s+(?:full\s+|whole\s+)?(year|month|week|day|decade)\b", re.IGNORECASE)
_NOT_ONE = re.compile(r"(?:\b(?:half|once|twice|times)|\d)\s+$", re.IGNORECASE)
"""What stands before "a week" that is a rate or a half."""
_AGO = re.compile(r"\s+(?:ago|before|earlier|previously|prior)\b", re.IGNORECASE)
_LATER = re.compile(r"\s+(?:after|later)\b", re.IGNORECASE)
_HOW_MANY = re.compile(r"\b(?:how many|number of)\s+((?:[\w-]+\s*){1,3})", re.IGNORECASE)
_COUNTED = re.compile(
    r"\s+(?:of\s+(?:the|its|his|her|our|their)\s+)?(?:([a-z-]+)\s+)??"
    r"([a-z]+s|children|crew|men|people|police|staff|women)\b"
)
_MANY = 1000


@dataclass(frozen=True, slots=True)
class Account:
    """A sentence of a passage, and the share it has of the question's words, `wanted`."""

    passage: Passage
    span: tuple[int, int]
    text: str
    share: float
    copies: int
    wanted: frozenset[str]

    @property
    def quote(self) -> Quote:
        """The sentence as a quote."""
        start = self.passage.start
        return Quote(
            self.passage.document_id, start + self.span[0], start + self.span[1], self.text
        )


def accounts(question: str, hits: Sequence[Hit]) -> list[Account]:
    """Sentences with the question's words, the most first; names alone make nothing the same."""
    people = frozenset().union(*(terms(one.name) for one in named(question)))
    every = terms(" ".join(content_words(question)))
    # Typed in small letters, a name is known by how the passages write it.
    written = frozenset(w for hit in hits for w in name_words(hit.passage.text))
    people |= frozenset().union(
        *(terms(w) for w in content_words(question) if w.casefold() in written)
    )
    wanted = every - people - terms(_GENERIC)
    wanted = frozenset(s for s in wanted if not s.endswith("day") and not s.isdigit()) or every
    if not wanted:
        return []
    known = aliases([hit.passage.text for hit in hits])
    asked = [{w for w in name_words("x " + one.name)} for one in named(question)]
    asked = [words | {o for w in words for o in known.get(w, ())} for words in asked if words]
    found = []
    for hit in hits:
        for first, last in hit.passage.sentences:
            text = hit.passage.text[first:last]
            have = {*name_words(text)}
            if not all(words & have for words in asked):
                continue
            share = len(wanted & terms(text)) / len(wanted)
            if share:
                found.append(
                    Account(hit.passage, (first, last), text, share, len(hit.duplicates), wanted)
                )
    best = max((one.share for one in found), default=0.0)
    near = [one for one in found if one.share >= max(_NEARLY_BEST * best, 1e-9) and best >= _ABOUT]
    return sorted(near, key=lambda one: -one.share)


def counted(kind: str, question: str, text: str) -> frozenset[str]:
    """What the numbers of an answer count, by the text of the first that was chosen.

    Of money in no known currency its coin: the word after the first number of thousands and more,
    as in "2.4 million crowns", or after the first. Asked how many, the noun asked for and that
    after the first number. Else, or where there is none, nothing.
    """
    if kind not in ("money", "number"):
        return frozenset()
    held = [figure for figure in figures(text) if not figure.is_day]
    if kind == "money" and any(figure.unit in _UNITS[kind] for figure in held):
        return frozenset()
    nouns = [(figure.value, noun) for figure in held if (noun := _noun(text, figure))]
    if kind == "money":
        many = [noun for value, noun in nouns if isinstance(value, float) and value >= _MANY]
        return frozenset([*many, *(noun for _, noun in nouns)][:1])
    asked = _HOW_MANY.search(question)
    return terms(asked[1] if asked else "") | terms(" ".join(noun for _, noun in nouns[:1]))


def _noun(text: str, figure: Figure) -> str:
    """The noun of several just after a number without a unit; or ""."""
    found = None if figure.unit else _COUNTED.match(text, figure.end)
    return found[2] if found and not FUNCTION_WORDS & {*found.groups()} else ""


def told_figures(
    kind: str,
    text: str,
    published: date | None,
    nouns: Collection[str] = (),
    *,
    tried: bool = False,
) -> list[Figure]:
    """Figures of a kind that `asked_figure` names: "day", "span", "money" or "number".

    Days are those on which something happened, not those on which it was reported, nor those of
    something else that it was before or after; "two weeks earlier" is one, too. Of what is only
    sought or planned no day counts, unless it is asked what was `tried`. Money is in a known
    currency, or counts one of `nouns`; a number counts one of them, or it is not said what it
    counts.
    """
    if kind == "day":
        if is_uncertain(text) and not tried:
            return []
        held = [figure for figure in figures(text) if figure.is_day]
        happened = [
            figure
            for figure in held
            if not _is_reporting(text, published, figure)
            and not _OF_ANOTHER.search(text[: figure.start])
        ]
        return happened + _days_before(text, published)
    held = [figure for figure in figures(text) if not figure.is_day]
    if kind == "money" and nouns:
        return [f for f in held if f.unit in _UNITS[kind] or _noun(text, f) in nouns]
    found = [f for f in held if f.unit in _UNITS[kind] and not is_year(f, text)]
    if kind == "number" and nouns:
        return [f for f in found if not (noun := _noun(text, f)) or terms(noun) & {*nouns}]
    return found


def lasting(text: str) -> bool:
    """Whether it says how long something took: "two years", "a year", not "two years ago"."""
    ends = [end for _, end, *_ in _spans(text)]
    return any(not _AGO.match(text, end) and not _LATER.match(text, end) for end in ends)


def _spans(text: str) -> list[tuple[int, int, float, str]]:
    """Spans of time: start and end in the text, how many, of which unit."""
    found = [
        (figure.start, figure.end, figure.value, figure.unit)
        for figure in figures(text)
        if isinstance(figure.value, float) and figure.unit in _UNITS["span"]
    ]
    ones = [one for one in _ONE.finditer(text) if not _NOT_ONE.search(text[: one.start()])]
    return found + [(*one.span(), 1.0, one[1].casefold()) for one in ones]


def _days_before(text: str, published: date | None) -> list[Figure]:
    """Days told by how long ago they were, no closer than that says.

    Counted from the day named behind it ("two weeks before May 6, 2025"), else from the last one
    named before it, else from that of publication.
    """
    named = [(figure.start, figure.value) for figure in figures(text) if figure.is_day]
    found = []
    for start, end, count, unit in _spans(text):
        behind = [value for place, value in named if place > start]
        ahead = [value for place, value in named if place < start]
        since = next((day for value in (*behind[:1], *ahead[::-1]) if (day := _day(value))), None)
        since = since or published
        ago = _AGO.match(text, end)
        if since is None or unit not in _DAYS_OF or not ago:
            continue
        length = count * _DAYS_OF[unit]
        slack = 0.0 if unit == "day" else _ROUGHLY * length
        try:
            first, last = (since - timedelta(days=round(length + d)) for d in (slack, -slack))
        except OverflowError:
            continue
        if first.year == last.year:
            month = first.month if first.month == last.month else 0
            number = first.day if first == last else 0
            found.append(Figure(start, ago.end(), (first.year, month, number)))
    return found


def _day(value: float | tuple[int, int, int]) -> date | None:
    """The day, if it is named in full."""
    if isinstance(value, tuple) and all(value):
        with suppress(ValueError):
            return date(*value)
    return None


def days(one: Account) -> list[Figure]:
    """Days a sentence gives for what happened, not those on which it was reported."""
    return told_figures("day", one.text, one.passage.published)


def _is_reporting(text: str, published: date | None, figure: Figure) -> bool:
    same_day = published is not None and figure.value == (
        published.year,
        published.month,
        published.day,
    )
    if same_day and figure.start < _OPENING:
        return bool(_SAYS.search(text))
    said = _SAID_BEFORE.search(text[: figure.start]) or _SAID_AFTER.search(text[figure.end :])
    return same_day and bool(said)


def amounts(one: Account, question: str) -> list[Figure]:
    """Amounts of the unit asked for: of money, or of the span of time the question names."""
    unit = next(
        (f for f in ("year", "month", "week", "day", "hour") if f in question.casefold()), ""
    )
    money = {"dollar", "euro", "pound", "yen"}
    return [
        figure
        for figure in figures(one.text)
        if not figure.is_day and (figure.unit == unit if unit else figure.unit in money)
    ]
