"""Whether a sentence brings the kind of thing asked for. Knows it by spelling alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from assistant.asked import KINDS, Asked
from assistant.sentence_words import WORD, Column
from assistant.told import Told
from index.words import names

_NUMBER = re.compile(r"\d[\d,.]*\d|\d")
_NUMBER_WORD = re.compile(
    r"\b(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?"
    r"|thousands?|millions?|billions?|first|second|third|half|twice|several)\b",
    re.IGNORECASE,
)
_DAY = re.compile(
    r"\b(1\d{3}|20\d\d)s?\b|centur(y|ies)\b|\b(January|February|March|April|May|June|July|August"
    r"|September|October|November|December)\b"
)
_PLACE = re.compile(r"\b(in|at|near|from|to|of) (the )?[A-Z]")
_REASON = re.compile(
    r"\b(because|due to|since|so that|in order to|as a result|caus\w+|reason\w*|led to|therefore"
    r"|thus|allow\w*|by \w+ing)\b",
    re.IGNORECASE,
)
_IS = re.compile(r"\b(is|are|was|were|refers? to|means?|called|known as)\b", re.IGNORECASE)


@lru_cache(maxsize=50_000)
def _brings(text: str) -> _Brings:
    """What kinds of thing a sentence names."""
    return _Brings(
        tuple(tuple(word.casefold() for word in name.split()) for name in names(text)),
        frozenset(_NUMBER.findall(text)),
        *(bool(sign.search(text)) for sign in (_NUMBER_WORD, _DAY, _PLACE, _REASON, _IS)),
    )


@dataclass(frozen=True, slots=True)
class _Brings:
    names: tuple[tuple[str, ...], ...]
    numbers: frozenset[str]
    number_word: bool
    day: bool
    place: bool
    reason: bool
    thing: bool


def kind_signals(asked: Asked, told: Sequence[Told]) -> dict[str, Column]:
    """Whether a sentence brings the kind asked for, among what the question did not say itself."""
    given = asked.sought.wording.numbers
    said = {word.casefold() for word in WORD.findall(asked.text)}
    rows = []
    for passage in told:
        known = said.union(word.casefold() for word in WORD.findall(passage.title))
        for held in map(_brings, passage.texts):
            number = bool(held.numbers - given)
            name = any(word not in known for found in held.names for word in found)
            day = held.day and number
            rows.append(
                (
                    2.0 * number + (held.number_word and not number) - 1,
                    2.0 * (day or held.day) + (number and not day) - 1,
                    2.0 * name - 1,
                    1.0 * name + (name and held.place) - 1,
                    2.0 * held.reason - 1,
                    2.0 * held.thing - 1,
                )
            )
    table = np.array(rows, dtype=float)
    table[:, [kind != asked.kind for kind in KINDS]] = 0.0
    return {f"is_{kind}": table[:, i] for i, kind in enumerate(KINDS)}
