"""Whether a sentence turns round a word of what it rests on: before and after, rose and fell.

The embedding model takes such words for near in meaning. By lists of words: knows nothing of
passages or models.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from index.fields import terms
from index.words import FUNCTION_WORDS

_WORD = re.compile(r"\w+(?:[.,’']\w+)*")
_MORE = re.compile(r"\bmore than\b", re.IGNORECASE)
_LESS = re.compile(r"\b(?:less|fewer) than\b", re.IGNORECASE)
_FOLLOWING = (
    ("before", "after"),
    ("since", "until till"),
    ("all every each", "some few"),
    ("inside", "outside"),
)
"""Opposite where what follows them is the same."""
_OPENING = frozenset(" ".join(map(" ".join, _FOLLOWING)).split())
_AMOUNTS = (("over above", "under below"),)
"""Opposite before the same number; elsewhere they have other senses."""
_DOERS = (
    ("buy buys bought buying", "sell sells sold selling"),
    ("win wins won winning", "lose loses lost losing"),
)
"""Opposite only where the same one does it: what one sells another buys."""
_AROUND = (
    ("convict convicts convicted", "acquit acquits acquitted"),
    (
        "rise rises rose risen rising increase increases increased grow grows grew grown",
        "fall falls fell fallen falling decrease decreases decreased decline declines declined "
        "drop drops dropped",
    ),
    ("open opens opened opening", "close closes closed closing"),
    ("accept accepts accepted", "reject rejects rejected"),
    ("approve approves approved back backs backed", "oppose opposes opposed"),
    ("higher highest", "lower lowest"),
    ("larger largest bigger biggest", "smaller smallest"),
)
"""Opposite where what stands around them is the same."""
_NEAR = 2

Near = Callable[[Sequence[str], int], frozenset[str]]


def turned(claim: str, evidence: Sequence[str]) -> bool:
    """Whether a word of the claim is the opposite of the evidence's in the same place."""
    mine = _words(claim)
    theirs = [_words(text) for text in evidence]
    for one, other, near in _both_ways():
        said = _company([mine], one, near)
        if not said or any(word in other for word in mine):
            continue
        opposite = len(said & _company(theirs, other, near))
        if opposite > len(said & _company(theirs, one, near)):
            return True
    return False


def _both_ways() -> Iterator[tuple[list[str], list[str], Near]]:
    kinds = ((_FOLLOWING, _after), (_AMOUNTS, _number), (_DOERS, _ahead), (_AROUND, _around))
    for pairs, near in kinds:
        for left, right in pairs:
            yield left.split(), right.split(), near
            yield right.split(), left.split(), near


def _words(text: str) -> list[str]:
    """Words as written, for "Rose" is a name; but one such as "After" may open a sentence."""
    words = _WORD.findall(_LESS.sub("under", _MORE.sub("over", text)))
    return [word.casefold() if word.casefold() in _OPENING else word for word in words]


def _company(texts: Sequence[Sequence[str]], sought: Sequence[str], near: Near) -> frozenset[str]:
    return frozenset(
        word
        for words in texts
        for place, found in enumerate(words)
        if found in sought
        for word in near(words, place)
    )


def _after(words: Sequence[str], place: int) -> frozenset[str]:
    return _first_stems(words[place + 1 :])


def _ahead(words: Sequence[str], place: int) -> frozenset[str]:
    return _first_stems(words[:place][::-1])


def _around(words: Sequence[str], place: int) -> frozenset[str]:
    return _after(words, place) | _ahead(words, place)


def _number(words: Sequence[str], place: int) -> frozenset[str]:
    after = words[place + 1 : place + 2]
    return frozenset(after) if after and after[0][0].isdigit() else frozenset()


def _first_stems(words: Sequence[str]) -> frozenset[str]:
    telling = (word for word in words if word.casefold() not in FUNCTION_WORDS)
    return frozenset().union(*map(terms, islice(telling, _NEAR)))
