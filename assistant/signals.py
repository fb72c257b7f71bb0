"""A question and passages -> one row of named signals a sentence. Knows nothing of weights.

The signals measure how well a sentence covers what the question says, whether it brings the kind
of thing the question asks for, and what the question says that it does not.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from assistant.asked import Asked
from assistant.kinds import kind_signals
from assistant.matching import MATCHES, match_signals
from assistant.sentence_words import Column, missing_signals, pair_signals, stem, wording
from index.documents import Hit
from index.embedding import Tokens
from index.fields import terms

Rows = npt.NDArray[np.float64]

CHANGED = (
    *("pairs_kept", "pairs_lost", "pairs_swapped", "pairs_passage"),
    *("names_missing", "names_missing_passage", "names_missing_everywhere"),
    *("words_missing_passage", "words_missing_everywhere"),
    *("numbers_missing", "numbers_missing_passage", "numbers_swapped"),
    *("opposites_missing", "opposites_swapped", "opposites_missing_passage"),
    *("negation_unmet", "negation_added"),
)
NAMES = (
    *MATCHES,
    *("score", "score_behind", "rank", "first", "new_words", "length"),
    *("words", "words_title", "words_previous", "words_passage"),
    *("is_number", "is_time", "is_person", "is_place", "is_reason", "is_thing"),
    *CHANGED,
)
_RELATIVE = (
    *("match", "cosine", "match_previous", "words", "words_title", "match_two_least"),
    *("middle_title", "middle_previous", "pairs_kept"),
)
_RELATIVE_COLUMNS = [NAMES.index(name) for name in _RELATIVE]
COLUMNS = len(NAMES) + len(_RELATIVE)


def signals(asked: Asked, hits: Sequence[Hit], tokens: Sequence[Tokens]) -> list[Rows]:
    """For each hit a (sentences, COLUMNS) array; the last columns are relative to the best row."""
    told = [[wording(text) for text in _sentences(hit)] for hit in hits]
    everywhere = frozenset[str]().union(*(said.content for group in told for said in group))
    blocks = []
    for rank, hit in enumerate(hits):
        title = wording(hit.passage.title)
        columns = match_signals(asked, hit, tokens[rank])
        columns |= {
            "score": hit.score,
            "score_behind": hit.score - hits[0].score,
            "rank": float(np.log(rank + 1)),
        }
        columns |= _wording(asked, hit.passage.title, _sentences(hit))
        columns |= kind_signals(asked, hit.passage.title, _sentences(hit))
        columns |= pair_signals(asked.sought, title, told[rank])
        rarity = {
            stem(word): float(weight)
            for word, weight in zip(asked.words, asked.weights, strict=True)
            if word
        }
        columns |= missing_signals(asked.sought, title, told[rank], everywhere, rarity)
        count = len(told[rank])
        columns["first"] = np.arange(count) == 0
        block = np.empty((count, len(NAMES)))
        for place, name in enumerate(NAMES):
            block[:, place] = columns[name]
        blocks.append(block)
    if not blocks:
        return []
    best = np.concatenate(blocks)[:, _RELATIVE_COLUMNS].max(axis=0)
    return [np.hstack([block, block[:, _RELATIVE_COLUMNS] - best]) for block in blocks]


def _sentences(hit: Hit) -> list[str]:
    return [hit.passage.text[first:last] for first, last in hit.passage.sentences]


def _wording(asked: Asked, title: str, texts: Sequence[str]) -> dict[str, Column]:
    stems = [terms(text) for text in texts]
    wanted = [terms(word) for word in asked.words]
    held = np.array([[bool(word & stem) for stem in stems] for word in wanted], dtype=float)
    held = held.reshape(len(wanted), len(texts))
    in_title = np.array([bool(word & terms(title)) for word in wanted], dtype=float)
    before = np.maximum(held, np.hstack([held[:, :1], held[:, :-1]]))
    weights = asked.weights
    question = terms(asked.text)
    return {
        "words": weights @ held,
        "words_title": weights @ np.maximum(held, in_title[:, None]),
        "words_previous": weights @ np.maximum(before, in_title[:, None]),
        "words_passage": float(weights @ np.maximum(held.max(axis=1), in_title)),
        "new_words": np.log1p([len(stem - question) for stem in stems]),
        "length": np.log1p([len(text.split()) for text in texts]),
    }
