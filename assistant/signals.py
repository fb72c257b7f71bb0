"""A question and passages -> one row of named signals a sentence. Knows nothing of weights.

The signals measure how well a sentence covers what the question says and whether it brings the
kind of thing the question asks for. Words are compared by the model's token outputs, the best
match for each question word (late interaction, as in ColBERT by Khattab and Zaharia 2020).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.documents import Hit
from index.embedding import Tokens, Vectors
from index.lexical import terms
from index.words import FUNCTION_WORDS, names

Rows = npt.NDArray[np.float64]

NAMES = (
    *("match", "match_least", "match_two_least", "match_previous", "match_passage"),
    *("match_passage_least", "match_all", "match_asking"),
    *("cosine", "passage_cosine", "score", "score_behind", "rank"),
    *("words", "words_title", "words_previous", "words_passage"),
    *("numbers_missing", "numbers_missing_passage", "new_words", "length"),
    *("is_number", "is_time", "is_person", "is_place", "is_reason", "is_thing"),
    *("first", "negation_differs"),
)
_RELATIVE = ("match", "cosine", "match_previous", "words", "words_title", "match_two_least")
_RELATIVE_COLUMNS = [NAMES.index(name) for name in _RELATIVE]
COLUMNS = len(NAMES) + len(_RELATIVE)

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
_ASKING = re.compile(r"\b(who|whom|whose|when|where|why|how|what|which)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
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
_NEGATION = re.compile(
    r"\b(not|no|never|neither|nor|without|none|cannot|unable|fail\w*|refus\w*|den(y|ie[ds]))\b"
    r"|n['’]t\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A question made ready: its tokens and, for each word that counts, tokens and weight."""

    text: str
    tokens: Tokens
    pieces: tuple[tuple[int, ...], ...]
    words: tuple[str, ...]
    weights: Vectors
    kind: str

    @classmethod
    def of(cls, text: str, tokens: Tokens) -> Asked:
        """Weigh the words: function words count nothing, rare words most."""
        spans = [found.span() for found in _WORD.finditer(text)]
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
        )


def kind_of_question(text: str) -> str:
    """Which of KINDS a question asks for; "thing" where nothing else is plain."""
    lowered = text.casefold()
    for kind, pattern in _KIND_OF_QUESTION.items():
        if re.search(pattern, lowered):
            return kind
    return "thing"


def signals(asked: Asked, hits: Sequence[Hit], tokens: Sequence[Tokens]) -> list[Rows]:
    """For each hit a (sentences, COLUMNS) array; the last columns are relative to the best row."""
    blocks = [_block(asked, hits, rank, tokens[rank]) for rank in range(len(hits))]
    if not blocks:
        return []
    best = np.concatenate(blocks)[:, _RELATIVE_COLUMNS].max(axis=0)
    return [np.hstack([block, block[:, _RELATIVE_COLUMNS] - best]) for block in blocks]


def _block(asked: Asked, hits: Sequence[Hit], rank: int, tokens: Tokens) -> Rows:
    hit = hits[rank]
    passage = hit.passage
    texts = [passage.text[first:last] for first, last in passage.sentences]
    count = len(texts)
    shift = len(passage.title_prefix)
    similar = asked.tokens.vectors @ tokens.vectors.T
    best = np.full((similar.shape[0], count), -0.2, dtype=np.float32)
    cosines = np.zeros(count, dtype=np.float32)
    for i, (first, last) in enumerate(passage.sentences):
        inside = (tokens.starts >= first + shift) & (tokens.starts < last + shift)
        if inside.any():
            best[:, i] = similar[:, inside].max(axis=1)
            mean = tokens.vectors[inside].mean(axis=0)
            cosines[i] = mean @ asked.tokens.whole / max(float(np.linalg.norm(mean)), 1e-9)
    by_word = np.stack([best[list(pieces)].mean(axis=0) for pieces in asked.pieces])
    ordered = np.sort(by_word, axis=0)
    passage_best = by_word.max(axis=1)
    previous = np.maximum(by_word, np.hstack([by_word[:, :1], by_word[:, :-1]]))
    asking = [
        i
        for found in _ASKING.finditer(asked.text)
        for i in np.flatnonzero(asked.tokens.starts == found.start())
    ]
    weights = asked.weights
    columns = {
        "match": weights @ by_word,
        "match_least": ordered[0],
        "match_two_least": ordered[:2].mean(axis=0),
        "match_previous": weights @ previous,
        "match_passage": weights @ passage_best,
        "match_passage_least": passage_best.min(),
        "match_all": best.mean(axis=0),
        "match_asking": best[asking].mean(axis=0) if asking else best.mean(),
        "cosine": cosines,
        "passage_cosine": tokens.whole @ asked.tokens.whole,
        "score": hit.score,
        "score_behind": hit.score - hits[0].score,
        "rank": np.log(rank + 1),
        **_wording(asked, passage.title, texts),
        **_kinds(asked, passage.title, texts),
        "first": np.arange(count) == 0,
    }
    return np.stack([np.broadcast_to(columns[name], count) for name in NAMES], axis=1).astype(float)


def _wording(asked: Asked, title: str, texts: Sequence[str]) -> dict[str, object]:
    stems = [terms(text) for text in texts]
    wanted = [terms(word) for word in asked.words]
    held = np.array([[bool(word & stem) for stem in stems] for word in wanted], dtype=float)
    held = held.reshape(len(wanted), len(texts))
    in_title = np.array([bool(word & terms(title)) for word in wanted], dtype=float)
    before = np.maximum(held, np.hstack([held[:, :1], held[:, :-1]]))
    weights = asked.weights
    question = terms(asked.text)
    numbers = set(_NUMBER.findall(asked.text))
    found = [set(_NUMBER.findall(text)) for text in texts]
    return {
        "words": weights @ held,
        "words_title": weights @ np.maximum(held, in_title[:, None]),
        "words_previous": weights @ np.maximum(before, in_title[:, None]),
        "words_passage": weights @ np.maximum(held.max(axis=1), in_title),
        "numbers_missing": np.array([len(numbers - group) for group in found]),
        "numbers_missing_passage": len(numbers - set().union(*found)),
        "new_words": np.log1p([len(stem - question) for stem in stems]),
        "length": np.log1p([len(text.split()) for text in texts]),
    }


def _kinds(asked: Asked, title: str, texts: Sequence[str]) -> dict[str, object]:
    """Whether a sentence brings the kind asked for, among what the question did not say itself."""
    known = {word.casefold() for word in _WORD.findall(f"{asked.text} {title}")}
    given = set(_NUMBER.findall(asked.text))
    rows = []
    negated = bool(_NEGATION.search(asked.text))
    for text in texts:
        number = bool(set(_NUMBER.findall(text)) - given)
        name = any(word.casefold() not in known for found in names(text) for word in found.split())
        written = bool(_NUMBER_WORD.search(text))
        day = bool(_DAY.search(text)) and number
        rows.append(
            (
                2.0 * number + (written and not number) - 1,
                2.0 * (day or bool(_DAY.search(text))) + (number and not day) - 1,
                2.0 * name - 1,
                1.0 * name + (name and bool(_PLACE.search(text))) - 1,
                2.0 * bool(_REASON.search(text)) - 1,
                2.0 * bool(_IS.search(text)) - 1,
                float(bool(_NEGATION.search(text)) != negated),
            )
        )
    table = np.array(rows, dtype=float)
    asked_for = {
        f"is_{kind}": table[:, i] if asked.kind == kind else 0.0 for i, kind in enumerate(KINDS)
    }
    return {**asked_for, "negation_differs": table[:, -1]}
