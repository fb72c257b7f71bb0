"""Question words against sentences by the model's token outputs. Knows nothing of wording.

Each question word counts by its best match in the sentence (late interaction, as in ColBERT by
Khattab and Zaharia 2020), at the model's last layer and at a middle one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from assistant.asked import Asked
from assistant.sentence_words import Column
from index.documents import Hit
from index.embedding import Tokens, Vectors

MATCHES = (
    *("match", "match_least", "match_two_least", "match_previous", "match_passage"),
    *("match_passage_least", "match_all", "match_asking", "cosine", "passage_cosine"),
    *("middle", "middle_least", "middle_two_least", "middle_previous", "middle_previous_least"),
    *("middle_title", "middle_title_least", "middle_title_two_least"),
    *("middle_passage", "middle_passage_least"),
)

_ASKING = re.compile(r"\b(who|whom|whose|when|where|why|how|what|which)\b", re.IGNORECASE)


def match_signals(asked: Asked, hit: Hit, tokens: Tokens) -> dict[str, Column]:
    """How well sentences match the question word by word, and as wholes."""
    passage = hit.passage
    shift = len(passage.title_prefix)
    inside = [
        (tokens.starts >= first + shift) & (tokens.starts < last + shift)
        for first, last in passage.sentences
    ]
    best = _best(asked.tokens.vectors @ tokens.vectors.T, inside, -0.2)
    cosines = np.zeros(len(inside))
    for i, held in enumerate(inside):
        if held.any():
            mean = tokens.vectors[held].mean(axis=0)
            cosines[i] = mean @ asked.tokens.whole / max(float(np.linalg.norm(mean)), 1e-9)
    by_word = np.stack([best[list(pieces)].mean(axis=0) for pieces in asked.pieces])
    ordered = np.sort(by_word, axis=0)
    passage_best = by_word.max(axis=1)
    asking = [
        i
        for found in _ASKING.finditer(asked.text)
        for i in np.flatnonzero(asked.tokens.starts == found.start())
    ]
    weights = asked.weights
    return {
        "match": weights @ by_word,
        "match_least": ordered[0],
        "match_two_least": ordered[:2].mean(axis=0),
        "match_previous": weights @ _with_previous(by_word),
        "match_passage": float(weights @ passage_best),
        "match_passage_least": float(passage_best.min()),
        "match_all": best.mean(axis=0),
        "match_asking": best[asking].mean(axis=0) if asking else float(best.mean()),
        "cosine": cosines,
        "passage_cosine": float(tokens.whole @ asked.tokens.whole),
        **_middle_matches(asked, tokens, inside, shift),
    }


def _middle_matches(
    asked: Asked, tokens: Tokens, inside: Sequence[npt.NDArray[np.bool_]], shift: int
) -> dict[str, Column]:
    """The same by the middle layer, where a word is more itself and less its surroundings."""
    similar = asked.tokens.middle @ tokens.middle.T
    best = _best(similar, inside, 0.0)
    by_word = np.stack([best[list(pieces)].mean(axis=0) for pieces in asked.pieces])
    in_title = tokens.starts < shift
    titled = by_word
    if in_title.any():
        title_best = similar[:, in_title].max(axis=1)
        words = np.array([title_best[list(pieces)].mean() for pieces in asked.pieces])
        titled = np.maximum(by_word, words[:, None])
    ordered, ordered_titled = np.sort(by_word, axis=0), np.sort(titled, axis=0)
    before = _with_previous(titled)
    passage = titled.max(axis=1)
    weights = asked.weights
    return {
        "middle": weights @ by_word,
        "middle_least": ordered[0],
        "middle_two_least": ordered[:2].mean(axis=0),
        "middle_title": weights @ titled,
        "middle_title_least": ordered_titled[0],
        "middle_title_two_least": ordered_titled[:2].mean(axis=0),
        "middle_passage": float(weights @ passage),
        "middle_passage_least": float(passage.min()),
        "middle_previous": weights @ before,
        "middle_previous_least": before.min(axis=0),
    }


def _best(
    similar: Vectors, inside: Sequence[npt.NDArray[np.bool_]], least: float
) -> npt.NDArray[np.float32]:
    """For each question token the best match in each sentence (question tokens, sentences)."""
    best = np.full((similar.shape[0], len(inside)), least, dtype=np.float32)
    for i, held in enumerate(inside):
        if held.any():
            best[:, i] = similar[:, held].max(axis=1)
    return best


def _with_previous(
    by_word: npt.NDArray[np.float32],
) -> npt.NDArray[np.float32]:
    """The better of each sentence and the one before it."""
    before: npt.NDArray[np.float32] = np.maximum(
        by_word, np.hstack([by_word[:, :1], by_word[:, :-1]])
    )
    return before
