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
from assistant.interaction import Alike
from assistant.sentence_words import Column
from assistant.told import Group
from index.embedding import Vectors

MATCHES = (
    *("match", "match_least", "match_two_least", "match_previous", "match_passage"),
    *("match_passage_least", "match_all", "match_asking", "cosine", "passage_cosine"),
    *("middle", "middle_least", "middle_two_least", "middle_previous", "middle_previous_least"),
    *("middle_title", "middle_title_least", "middle_title_two_least"),
    *("middle_passage", "middle_passage_least"),
)

_ASKING = re.compile(r"\b(who|whom|whose|when|where|why|how|what|which)\b", re.IGNORECASE)


def match_signals(asked: Asked, group: Group, alike: Alike) -> dict[str, Column]:
    """How well sentences match the question word by word, and as wholes."""
    best = _best(alike.last, group, -0.2)
    by_word = _by_word(asked, best)
    ordered = np.sort(by_word, axis=0)
    passage = group.largest(by_word)
    whole = asked.tokens.whole
    cosines = np.concatenate([one.vectors for one in group.told]) @ whole
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
        "match_previous": weights @ group.or_previous(by_word),
        "match_passage": weights @ passage,
        "match_passage_least": passage.min(axis=0),
        "match_all": best.mean(axis=0),
        "match_asking": best[asking].mean(axis=0) if asking else _means(best, group),
        "cosine": np.where(_is_empty(group), 0.0, cosines),
        "passage_cosine": (np.stack([o.tokens.whole for o in group.told]) @ whole)[group.owner],
        **_middle_matches(asked, group, alike.middle),
    }


def _middle_matches(asked: Asked, group: Group, similar: Sequence[Vectors]) -> dict[str, Column]:
    """The same by the middle layer, where a word is more itself and less its surroundings."""
    by_word = _by_word(asked, _best(similar, group, 0.0))
    in_title = _by_word(asked, _best_in_titles(similar, group))
    titled = np.maximum(by_word, in_title[:, group.owner])
    ordered, ordered_titled = np.sort(by_word, axis=0), np.sort(titled, axis=0)
    before = group.or_previous(titled)
    passage = group.largest(titled)
    weights = asked.weights
    return {
        "middle": weights @ by_word,
        "middle_least": ordered[0],
        "middle_two_least": ordered[:2].mean(axis=0),
        "middle_title": weights @ titled,
        "middle_title_least": ordered_titled[0],
        "middle_title_two_least": ordered_titled[:2].mean(axis=0),
        "middle_passage": weights @ passage,
        "middle_passage_least": passage.min(axis=0),
        "middle_previous": weights @ before,
        "middle_previous_least": before.min(axis=0),
    }


def _best(similar: Sequence[Vectors], group: Group, least: float) -> npt.NDArray[np.float32]:
    """For each question token the best match in each sentence (question tokens, sentences)."""
    lengths = [part.shape[1] for part in similar]
    shifts = np.cumsum(lengths) - lengths
    # One more column, for a slice may end, or an empty one begin, at the last token.
    filler = np.full((similar[0].shape[0], 1), least, np.float32)
    inside = np.concatenate([o.slices + s for o, s in zip(group.told, shifts, strict=True)])
    padded = np.concatenate([*similar, filler], axis=1)
    best: npt.NDArray[np.float32] = np.maximum.reduceat(padded, inside.ravel(), axis=1)[:, ::2]
    best[:, _is_empty(group)] = least
    return best


def _best_in_titles(similar: Sequence[Vectors], group: Group) -> npt.NDArray[np.float32]:
    """The same for titles (question tokens, passages); none matches worse than anything."""
    none = np.full(similar[0].shape[0], -2, np.float32)
    best = [
        part[:, : one.title_tokens].max(axis=1) if one.title_tokens else none
        for part, one in zip(similar, group.told, strict=True)
    ]
    return np.stack(best, axis=1)


def _by_word(asked: Asked, best: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The same by the question's words (words, ...), of the tokens each was cut into."""
    sizes = np.array([len(pieces) for pieces in asked.pieces])
    rows = best[[piece for pieces in asked.pieces for piece in pieces]]
    summed = np.add.reduceat(rows, np.cumsum(sizes) - sizes, axis=0)
    by_word: npt.NDArray[np.float32] = (summed / sizes[:, None]).astype(np.float32)
    return by_word


def _means(best: npt.NDArray[np.float32], group: Group) -> npt.NDArray[np.float32]:
    """For each sentence the mean match of its whole passage."""
    sums = np.add.reduceat(best.sum(axis=0), group.begins)
    counts = np.bincount(group.owner) * best.shape[0]
    found: npt.NDArray[np.float32] = (sums / counts)[group.owner].astype(np.float32)
    return found


def _is_empty(group: Group) -> npt.NDArray[np.bool_]:
    """Which sentences the model did not read."""
    empty: npt.NDArray[np.bool_] = np.concatenate(
        [one.slices[:, 0] == one.slices[:, 1] for one in group.told]
    )
    return empty
