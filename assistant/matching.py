"""Question words against sentences by the model's token outputs. Knows nothing of wording.

Each question word counts by its best match in the sentence (late interaction, as in ColBERT by
Khattab and Zaharia 2020), at the model's last layer and at a middle one.
"""

from __future__ import annotations

import re

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
    inside = tokens.within([(first + shift, last + shift) for first, last in passage.sentences])
    best = _best(asked.tokens.vectors @ tokens.vectors.T, inside, -0.2)
    cosines = (tokens.means(inside) @ asked.tokens.whole).astype(float)
    cosines[inside[:, 0] == inside[:, 1]] = 0.0
    by_word = _by_word(asked, best)
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
    asked: Asked, tokens: Tokens, inside: npt.NDArray[np.int64], shift: int
) -> dict[str, Column]:
    """The same by the middle layer, where a word is more itself and less its surroundings."""
    similar = asked.tokens.middle @ tokens.middle.T
    best = _best(similar, inside, 0.0)
    by_word = _by_word(asked, best)
    titled = by_word
    if in_title := int(np.searchsorted(tokens.starts, shift)):
        title_best = similar[:, :in_title].max(axis=1, keepdims=True)
        titled = np.maximum(by_word, _by_word(asked, title_best))
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


def _best(similar: Vectors, inside: npt.NDArray[np.int64], least: float) -> npt.NDArray[np.float32]:
    """For each question token the best match in each sentence (question tokens, sentences)."""
    # One more column, for a slice may end, or an empty one begin, at the last token.
    padded = np.full((similar.shape[0], similar.shape[1] + 1), least, dtype=np.float32)
    padded[:, :-1] = similar
    best: npt.NDArray[np.float32] = np.maximum.reduceat(padded, inside.ravel(), axis=1)[:, ::2]
    best[:, inside[:, 0] == inside[:, 1]] = least
    return best


def _by_word(asked: Asked, best: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The same by the question's words (words, sentences), of the tokens each was cut into."""
    sizes = [len(pieces) for pieces in asked.pieces]
    rows = best[[piece for pieces in asked.pieces for piece in pieces]]
    begins = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    summed = np.add.reduceat(rows, begins, axis=0)
    by_word: npt.NDArray[np.float32] = (summed / np.array(sizes)[:, None]).astype(np.float32)
    return by_word


def _with_previous(
    by_word: npt.NDArray[np.float32],
) -> npt.NDArray[np.float32]:
    """The better of each sentence and the one before it."""
    before: npt.NDArray[np.float32] = np.maximum(
        by_word, np.hstack([by_word[:, :1], by_word[:, :-1]])
    )
    return before
