"""A question made ready to be compared with sentences. Knows nothing of passages or weights."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from assistant.sentence_words import WORD, Sought, wording
from index.embedding import Tokens, Vectors
from index.words import FUNCTION_WORDS

KINDS = ("number", "time", "person", "place", "reason", "thing")
_KIND_OF_QUESTION = {
    "number": r"\bhow (many|much|long|old|far|tall|big|large|high|deep|often|fast|wide)\b"
    r"|\bwhat (percent\w*|number|amount|size|population|proportion|fraction)\b",
    "time": r"\bwhen\b|\b(what|which) (year|date|day|month|century|decade|time|era|period)\b",
    "person": r"\bwho(m|se)?\b",
    "place": r"\bwhere\b|\b(what|which) (country|countries|city|cities|state|place|town|region"
    r"|continent|location|river|island|province)\b",
    "reason": r"\b(why|how)\b",
}
_SHAPE = (
    r"\bwho(m|se)?\b",
    r"\bwhen\b",
    r"\bwhere\b",
    r"\bwhy\b",
    r"\bwhat\b",
    r"\bwhich\b",
    r"\bhow (many|much|long|old|far)\b",
    r"^(what|who) (is|are|was|were)\b",
    r"^how (do|does|did|is|are|was|were|to)\b",
)
_CHOICE = re.compile(
    r"^\W*(?P<first>(?:did|do|does|was|were|is|are|has|have|had|will|would)\b.*?),?\s+or\s"
    r"(?P<second>"
    r"(?:did|do|does|was|were|is|are|has|have|had|will|would|only|by|because|after|before)\b.*)",
    re.IGNORECASE,
)
_CONTEXT = re.compile(r"\s\([^()]*\)\W*$")
SHAPE = 1 + len(_SHAPE)
"""Columns of `Asked.shape`."""


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A question made ready: its tokens and, for each word that counts, tokens and weight.

    `shape` is what tells a question with a short answer from a broad one: how many words count,
    and what it begins with.
    """

    text: str
    tokens: Tokens
    pieces: tuple[tuple[int, ...], ...]
    words: tuple[str, ...]
    weights: Vectors
    kind: str
    shape: tuple[float, ...]
    sought: Sought

    @classmethod
    def of(cls, text: str, tokens: Tokens) -> Asked:
        """Weigh the words: function words count nothing, rare words most."""
        spans = [found.span() for found in WORD.finditer(text)]
        kept: list[tuple[tuple[int, ...], str, float]] = []
        for start, end in spans:
            inside = np.flatnonzero((tokens.starts >= start) & (tokens.starts < end))
            word = text[start:end]
            if not len(inside) or word.casefold() in FUNCTION_WORDS:
                continue
            # A word the vocabulary has no entry of its own for is rare.
            rarity = 1.0 if len(inside) > 1 else float(max(tokens.rarity[inside[0]], 0.3))
            kept.append((tuple(inside.tolist()), word, rarity))
        if not kept:
            everything = tuple(range(len(tokens.starts)))
            kept = [((i,), "", 1.0) for i in everything]
        weights = np.array([weight for *_, weight in kept], dtype=np.float32)
        return cls(
            text,
            tokens,
            tuple(pieces for pieces, *_ in kept),
            tuple(word for _, word, _ in kept),
            weights / max(float(weights.sum()), 1e-9),
            kind_of_question(text),
            shape_of_question(text),
            Sought.of(text),
        )


def as_asked(question: str) -> str:
    """A question as the model is given it: with one question mark, whether or not it was typed."""
    return question.strip().rstrip("?!. ") + "?"


def own_words(question: str) -> str:
    """A question without the words that were put back behind it in brackets, as context."""
    return _CONTEXT.sub("", question)


def first_choice(question: str) -> str:
    """The question of the first of two things put up for choice, "Is it A, or B?"; "" of none."""
    found = _CHOICE.match(question)
    return as_asked(found["first"]) if found else ""


def second_choice(question: str) -> str:
    """What is put up second for choice, as it is written; "" where nothing is."""
    found = _CHOICE.match(question)
    return found["second"] if found else ""


def kind_of_question(text: str) -> str:
    """Which of KINDS a question asks for; "thing" where nothing else is plain."""
    lowered = text.casefold()
    for kind, pattern in _KIND_OF_QUESTION.items():
        if re.search(pattern, lowered):
            return kind
    return "thing"


def shape_of_question(text: str) -> tuple[float, ...]:
    """How many different words count, and which question words it has: SHAPE numbers."""
    lowered = text.casefold()
    count = len(set(wording(text).content))
    return (float(count), *(float(bool(re.search(pattern, lowered))) for pattern in _SHAPE))
