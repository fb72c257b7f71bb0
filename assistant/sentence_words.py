"""What a sentence says, by its words alone: stems, pairs, names, numbers, opposites, denials.

Adversarial questions keep the words of a text and change one: another name, another year, "last"
for "first", a "not". These signals look for the one that was changed. Knows nothing of models.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from index.lexical import stems
from index.words import FUNCTION_WORDS, names

Column = npt.NDArray[np.float64] | float
Pair = tuple[str, str]

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


def pair_signals(sought: Sought, title: Wording, told: Sequence[Wording]) -> dict[str, Column]:
    """Question pairs that sentences keep together, tear apart, or hold with one word exchanged."""
    kept, lost, swapped = np.zeros(len(told)), np.zeros(len(told)), np.zeros(len(told))
    asked = set(sought.wording.content)
    for i, said in enumerate(told):
        held = set(said.content) | set(title.content)
        for one, other in sought.pairs:
            if _together(one, other, said.pairs) or (one, other) in title.followers:
                kept[i] += 1
            elif one in held and other in held:
                lost[i] += 1
            elif other in held and one not in held:
                swapped[i] += any(b == other and a not in asked for a, b in said.followers)
            elif one in held:
                swapped[i] += any(a == one and b not in asked for a, b in said.followers)
    anywhere = frozenset[Pair]().union(*(said.pairs for said in told)) | title.followers
    found = sum(_together(one, other, anywhere) for one, other in sought.pairs)
    count = max(1, len(sought.pairs))
    return {
        "pairs_kept": kept / count,
        "pairs_lost": lost / count,
        "pairs_swapped": swapped / count,
        "pairs_passage": found / count,
    }


def missing_signals(
    sought: Sought,
    title: Wording,
    told: Sequence[Wording],
    everywhere: frozenset[str],
    rarity: dict[str, float],
) -> dict[str, Column]:
    """Names, words, numbers and opposites of the question that are not there, or are others."""
    named = sought.names - set(title.content)
    asked = set(sought.wording.content)
    passage = set(title.content).union(*(said.content for said in told))
    numbers = sought.wording.numbers
    opposites = sought.wording.opposites
    absent = np.zeros(len(told))
    exchanged = np.zeros(len(told))
    for i, said in enumerate(told):
        for group, wanted in opposites.items():
            held = said.opposites.get(group, frozenset())
            absent[i] += not held & wanted
            exchanged[i] += bool(held) and not held & wanted
    in_passage = {
        group
        for group, wanted in opposites.items()
        if any(said.opposites.get(group, frozenset()) & wanted for said in told)
    }
    negated = sought.wording.negates
    return {
        "names_missing": np.array([len(named - set(said.content)) for said in told]),
        "names_missing_passage": len(named - passage),
        "names_missing_everywhere": len(named - everywhere),
        "words_missing_passage": len(asked - passage),
        "words_missing_everywhere": sum(
            share
            for word, share in rarity.items()
            if word not in everywhere and word not in title.content
        ),
        "numbers_missing": np.array([len(numbers - said.numbers) for said in told]),
        "numbers_missing_passage": len(numbers - frozenset().union(*(s.numbers for s in told))),
        "numbers_swapped": np.array(
            [bool(numbers - said.numbers) and bool(said.numbers - numbers) for said in told]
        ),
        "opposites_missing": absent,
        "opposites_swapped": exchanged,
        "opposites_missing_passage": len(opposites) - len(in_passage),
        "negation_unmet": np.array([negated and not said.negates for said in told]),
        "negation_added": np.array([said.negates and not negated for said in told]),
    }


def _together(one: str, other: str, pairs: frozenset[Pair]) -> bool:
    return (one, other) in pairs or (other, one) in pairs
