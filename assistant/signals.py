"""A question and passages -> one row of named signals a sentence. Knows nothing of weights.

The signals measure how well a sentence covers what the question says, whether it brings the kind
of thing the question asks for, and what the question says that it does not.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from assistant.asked import Asked
from assistant.interaction import Alike
from assistant.kinds import kind_signals
from assistant.matching import MATCHES, match_signals
from assistant.sentence_words import Column, missing_signals, pair_signals, stem, wording
from assistant.told import Group, Told
from index.documents import Hit
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


def signals(asked: Asked, hits: Sequence[Hit], told: Sequence[Told], alike: Alike) -> list[Rows]:
    """For each hit a (sentences, COLUMNS) array; the last columns are relative to the best row."""
    if not hits:
        return []
    group = Group.of(told)
    words = [(wording(one.title), one.wordings) for one in told]
    rarity = {
        stem(word): float(weight)
        for word, weight in zip(asked.words, asked.weights, strict=True)
        if word
    }
    scores = np.array([hit.score for hit in hits])[group.owner]
    columns = {
        **match_signals(asked, group, alike),
        "score": scores,
        "score_behind": scores - hits[0].score,
        "rank": np.log(group.owner + 1.0),
        **_wording(asked, group),
        **kind_signals(asked, told),
        **pair_signals(asked.sought, words),
        **missing_signals(asked.sought, words, rarity),
    }
    columns["first"] = np.zeros(len(group.owner))
    columns["first"][group.begins] = 1
    rows = np.empty((len(group.owner), COLUMNS))
    for place, name in enumerate(NAMES):
        rows[:, place] = columns[name]
    relative = rows[:, _RELATIVE_COLUMNS]
    rows[:, len(NAMES) :] = relative - relative.max(axis=0)
    return np.split(rows, group.begins[1:])


def _wording(asked: Asked, group: Group) -> dict[str, Column]:
    stems = [sentence for one in group.told for sentence in one.terms]
    titles = [terms(one.title) for one in group.told]
    wanted = [terms(word) for word in asked.words]
    held = _held(wanted, stems)
    in_title = _held(wanted, titles)[:, group.owner]
    weights = asked.weights
    question = terms(asked.text)
    return {
        "words": weights @ held,
        "words_title": weights @ np.maximum(held, in_title),
        "words_previous": weights @ np.maximum(group.or_previous(held), in_title),
        "words_passage": weights @ np.maximum(group.largest(held), in_title),
        "new_words": np.log1p([len(stem - question) for stem in stems]),
        "length": np.log1p([len(text.split()) for one in group.told for text in one.texts]),
    }


def _held(wanted: Sequence[frozenset[str]], texts: Sequence[frozenset[str]]) -> Rows:
    """Which texts hold each word (words, texts)."""
    return np.array([[not word.isdisjoint(text) for text in texts] for word in wanted], float)
