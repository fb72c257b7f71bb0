"""Which words of a conversation a follow-up leaves out. Knows nothing of documents or models.

Each word said before is weighed by where it was said and what the question looks like (term
classification, as in Voskarides et al. 2020); see tests/benchmarks/conversations.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.answers import Turn
from index.fields import stem_of, terms
from index.words import content_words, names

Row = npt.NDArray[np.float64]

PERSON = re.compile(r"\b(he|him|his|she|her|hers)\b", re.IGNORECASE)
THING = re.compile(r"\b(it|its|they|them|their|theirs)\b", re.IGNORECASE)
POINTING = re.compile(
    r"\b(that|this|those|these|there|then|same|ones?|such|other|others|another|else|first|second"
    r"|both|former|latter)\b",
    re.IGNORECASE,
)
CONTINUING = re.compile(
    r"^\s*(and|but|so|also|or|what about|how about|why|since when|how come|when|where|interesting"
    r"|ok|okay|really|no|yes|oh|wow|thanks?|great)\b",
    re.IGNORECASE,
)

_SIGNALS = (
    *("first", "last", "before_last", "share", "asked_once"),
    *("name", "head", "after_of", "generic", "short", "number"),
)
_LOOKS = ("person", "thing", "pointing", "continuing", "words", "bare", "new_words", "own_names")
_CROSSED = ("first", "last", "name", "head")
NAMES = (
    *_SIGNALS,
    *_LOOKS,
    *(f"{signal}*{look}" for signal in _CROSSED for look in _LOOKS),
)
_GENERIC = frozenset(
    """able actually anything available believe best better bring call called cause change
    common compare compared consider considered cost describe did difference differences different
    effect effects example examples exactly explain famous find get give go going good great happen
    happened hear heard help helps important include interesting involved keep kind kinds know
    known learn like likely long look lot made main major make makes many mean means much need
    needed new number one ones part people popular possible problem problems put question really
    reason say see show similar start started still take tell thing things think time too top try
    type types use used useful using want way ways well work working works worth years""".split()
)
_CONTRACTED = re.compile(r"^(?:I|you|we|they|he|she|it|that|what|there|who|let)['’]|n['’]t$", re.I)
_BESIDE = 0.5
_RUN = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_AFTER_OF = re.compile(r"\b(?:of|about|for|in|on|with|to|at|between|from|by)\s+(?:the\s+|an?\s+)?$")


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A word said before that the question does not have, and its signals in the order of NAMES."""

    word: str
    row: Row


def candidates(question: str, history: Sequence[Turn]) -> list[Candidate]:
    """The words of earlier questions, in the order first said."""
    own = terms(question)
    asked = [turn.question for turn in history]
    stems = [terms(text) for text in asked]
    named = {word for text in asked for name in names(text) for word in name.split()}
    looks = _looks(question, own, stems)
    found: list[Candidate] = []
    seen: set[str] = set()
    for word in (word for text in asked for word in content_words(text)):
        stem = stem_of(word)
        if not stem or stem in own or stem in seen or _CONTRACTED.search(word):
            continue
        seen.add(stem)
        held = [stem in one for one in stems]
        values = {
            "first": held[0],
            "last": held[-1],
            "before_last": len(held) > 1 and held[-2],
            "share": sum(held) / len(held),
            "asked_once": sum(held) == 1,
            "name": word in named,
            "head": any(_is_head(word, one) for one in asked[-2:]),
            "after_of": any(_after_of(word, one) for one in asked[-2:]),
            "generic": word.casefold() in _GENERIC,
            "short": len(word) < 4,
            "number": word[0].isdigit(),
        }
        row = [float(values[name]) for name in _SIGNALS]
        crossed = [float(values[signal]) * look for signal in _CROSSED for look in looks]
        found.append(Candidate(word, np.array([*row, *looks, *crossed])))
    return found


def missing_words(question: str, history: Sequence[Turn]) -> list[str]:
    """The words said before that the question most likely leaves out, in the order first said.

    A word beside one that is put back, as "truck" in "food truck", needs half as much.
    """
    bias, weights, threshold = shipped_followups()
    held = candidates(question, history)
    odds = {one.word: float(1 / (1 + np.exp(-(one.row @ weights + bias)))) for one in held}
    chosen = {word for word, likely in odds.items() if likely >= threshold}
    text = " . ".join(turn.question for turn in history)
    for first, second in zip(_RUN.findall(text), _RUN.findall(text)[1:], strict=False):
        for one, other in ((first, second), (second, first)):
            beside = f"{first} {second}" in text
            if beside and one in chosen and odds.get(other, 0.0) >= _BESIDE * threshold:
                chosen.add(other)
    return [one.word for one in held if one.word in chosen]


@cache
def shipped_followups() -> tuple[float, Row, float]:
    """Bias, weights and threshold that come with the package. Raises ValueError if not of NAMES."""
    held = json.loads(Path(__file__).with_name("followups.json").read_text("utf-8"))
    if set(held["weights"]) != set(NAMES):
        raise ValueError("followups.json was learned from other signals; run conversations.py")
    weights = np.array([held["weights"][name] for name in NAMES])
    return float(held["bias"]), weights, float(held["threshold"])


def _looks(
    question: str, own: frozenset[str], stems: Sequence[frozenset[str]]
) -> tuple[float, ...]:
    words = content_words(question)
    said = frozenset().union(*stems)
    return (
        float(bool(PERSON.search(question))),
        float(bool(THING.search(question))),
        float(bool(POINTING.search(question))),
        float(bool(CONTINUING.search(question))),
        float(np.log1p(len(words))),
        float(len([word for word in words if word.casefold() not in _GENERIC]) < 2),
        float(np.log1p(len(own - said))),
        float(bool(names(question))),
    )


def _is_head(word: str, question: str) -> bool:
    words = [w for w in content_words(question) if w.casefold() not in _GENERIC]
    return bool(words) and words[-1] == word


def _after_of(word: str, question: str) -> bool:
    place = question.find(word)
    return place > 0 and bool(_AFTER_OF.search(question[:place]))
