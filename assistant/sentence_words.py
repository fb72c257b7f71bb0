"""What a sentence says, by its words alone: stems, pairs, names, numbers, opposites, denials.

Adversarial questions keep the words of a text and change one: another name, another year, "last"
for "first", a "not". These signals look for the one that was changed. Knows nothing of models.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from index.fields import stems
from index.words import FUNCTION_WORDS, names

Column = npt.NDArray[np.floating[Any]]
Pair = tuple[str, str]

_MISSING = (
    *("names_missing", "numbers_missing", "numbers_swapped"),
    *("opposites_missing", "opposites_swapped", "negation_unmet", "negation_added"),
    *("names_missing_passage", "names_missing_everywhere", "words_missing_passage"),
    *("words_missing_everywhere", "numbers_missing_passage", "opposites_missing_passage"),
)
_NONE = frozenset[str]()

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_NUMBER = re.compile(r"\d[\d,.]*\d|\d")
_NEGATION = re.compile(
    r"\b(not|no|never|neither|nor|without|none|cannot|unable|fail\w*|refus\w*|den(y|ie[ds]))\b"
    r"|n['’]t\b",
    re.IGNORECASE,
)
_MOST_BETWEEN = 3
_OPPOSITES = [
    group.split()
    for group in (
        "first last final initial earliest latest early late second third",
        "most least more less fewer fewest many few",
        "highest lowest high low higher lower tallest shortest",
        "largest smallest large small larger smaller biggest greatest big great",
        "before after prior following previously subsequently",
        "increase decrease increased decreased rise fall rose fell grow shrink gain lose lost won",
        "best worst better worse good bad",
        "north south northern southern",
        "east west eastern western",
        "always never sometimes",
        "only all every any none",
        "inside outside internal external",
        "old new older newer oldest newest young younger youngest",
        "long short longer shorter longest shortest",
        "true false legal illegal possible impossible",
        "positive negative",
        "same different similar",
        "strong weak strongest weakest",
        "begin end began ended start stop started stopped",
        "allow prevent ban permit banned allowed prohibited",
        "support oppose supported opposed for against encourage discourage",
        "above below over under upper lower",
        "male female men women man woman",
        "public private",
        "rich poor",
        "fast slow faster slower fastest slowest",
    )
]
_GROUP = {word: number for number, group in enumerate(_OPPOSITES) for word in group}


@dataclass(frozen=True, slots=True)
class Wording:
    """A text read once: all stems, those of its content words in order, and what hangs on them.

    `pairs` are content words with at most one other between them; `opposites` the words of each
    group of opposites that occur.
    """

    stems: frozenset[str]
    content: tuple[str, ...]
    pairs: frozenset[Pair]
    followers: frozenset[Pair]
    numbers: frozenset[str]
    opposites: dict[int, frozenset[str]]
    negates: bool
    words: int


Passage = tuple[Wording, Sequence[Wording]]
"""A title and the sentences under it."""


# Sentences come back question after question; reading one costs more than all else done with it.
@lru_cache(maxsize=50_000)
def wording(text: str) -> Wording:
    """Read a sentence, a title or a question."""
    written = [found[0] for found in WORD.finditer(text)]
    content = tuple(stem(word) for word in written if word.casefold() not in FUNCTION_WORDS)
    followers = frozenset(pairwise(content))
    groups: dict[int, set[str]] = {}
    for word in written:
        if (number := _GROUP.get(word.casefold())) is not None:
            groups.setdefault(number, set()).add(word.casefold())
    return Wording(
        frozenset(stems(text)),
        content,
        followers | frozenset(zip(content, content[2:], strict=False)),
        followers,
        frozenset(_NUMBER.findall(text)),
        {number: frozenset(group) for number, group in groups.items()},
        bool(_NEGATION.search(text)),
        len(written),
    )


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The stem of one word; several pieces in one where the analyzer cuts it up."""
    return "".join(stems(word)) or word.casefold()


@dataclass(frozen=True, slots=True)
class Sought:
    """What of a question's wording a sentence may keep or change."""

    wording: Wording
    pairs: tuple[Pair, ...]
    names: frozenset[str]

    @classmethod
    def of(cls, question: str) -> Sought:
        """Read a question: neighbouring content words and the names it gives."""
        written = [found[0] for found in WORD.finditer(question)]
        places = [i for i, word in enumerate(written) if word.casefold() not in FUNCTION_WORDS]
        pairs = tuple(
            (stem(written[i]), stem(written[j]))
            for i, j in pairwise(places)
            if j - i <= _MOST_BETWEEN
        )
        named = {
            stem(word)
            for name in names(question)
            for word in name.split()
            if word.casefold() not in FUNCTION_WORDS
        }
        return cls(wording(question), pairs, frozenset(named))


def pair_signals(sought: Sought, told: Sequence[Passage]) -> dict[str, Column]:
    """Question pairs that sentences keep together, tear apart, or hold with one word exchanged."""
    rows = []
    asked = set(sought.wording.content)
    count = max(1, len(sought.pairs))
    for title, sentences in told:
        named = set(title.content)
        anywhere = title.followers.union(*(said.pairs for said in sentences))
        found = sum(_together(one, other, anywhere) for one, other in sought.pairs)
        for said in sentences:
            held = named.union(said.content)
            kept = lost = swapped = 0
            for one, other in sought.pairs:
                if _together(one, other, said.pairs) or (one, other) in title.followers:
                    kept += 1
                elif one in held and other in held:
                    lost += 1
                elif other in held and one not in held:
                    swapped += any(b == other and a not in asked for a, b in said.followers)
                elif one in held:
                    swapped += any(a == one and b not in asked for a, b in said.followers)
            rows.append((kept / count, lost / count, swapped / count, found / count))
    return _columns(("pairs_kept", "pairs_lost", "pairs_swapped", "pairs_passage"), rows)


def missing_signals(
    sought: Sought, told: Sequence[Passage], rarity: Mapping[str, float]
) -> dict[str, Column]:
    """Names, words, numbers and opposites of the question that are not there, or are others.

    `rarity` is the weight of each of the question's words.
    """
    asked = set(sought.wording.content)
    numbers = sought.wording.numbers
    opposites = sought.wording.opposites
    negated = sought.wording.negates
    everywhere = set[str]().union(*(said.content for _, part in told for said in part))
    rows = []
    for title, sentences in told:
        named = sought.names.difference(title.content)
        passage = set(title.content).union(*(said.content for said in sentences))
        of_passage = (
            len(named - passage),
            len(named - everywhere),
            len(asked - passage),
            sum(
                share
                for word, share in rarity.items()
                if word not in everywhere and word not in title.content
            ),
            len(numbers.difference(*(said.numbers for said in sentences))),
            sum(
                not any(said.opposites.get(group, _NONE) & wanted for said in sentences)
                for group, wanted in opposites.items()
            ),
        )
        for said in sentences:
            held = [said.opposites.get(group, _NONE) for group in opposites]
            absent = [
                not mine & wanted for mine, wanted in zip(held, opposites.values(), strict=True)
            ]
            rows.append(
                (
                    len(named.difference(said.content)),
                    len(numbers - said.numbers),
                    bool(numbers - said.numbers) and bool(said.numbers - numbers),
                    sum(absent),
                    sum(bool(mine) and lacks for mine, lacks in zip(held, absent, strict=True)),
                    negated and not said.negates,
                    said.negates and not negated,
                    *of_passage,
                )
            )
    return _columns(_MISSING, rows)


def _columns(names: Sequence[str], rows: Sequence[Sequence[float]]) -> dict[str, Column]:
    return dict(zip(names, np.array(rows, dtype=float).T, strict=True))


def _together(one: str, other: str, pairs: frozenset[Pair]) -> bool:
    return (one, other) in pairs or (other, one) in pairs
