"""Signals -> how likely each sentence is part of the answer, and how sure to be of the whole.

Three logistic models with weights learned by tests/benchmarks/train_reader.py: a sentence by
itself, a sentence among the others, and the answer as a whole. The latter two heed what small
networks say of the best sentence's passage. Dated passages, which are news, have weights of their
own: a report is asked for a fact, an article for all that makes up an answer. Knows nothing of
text.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.asked import KINDS, Asked
from assistant.interaction import Interaction
from assistant.matching import MATCHES
from assistant.signals import CHANGED, NAMES, Rows

Scores = npt.NDArray[np.float64]

THRESHOLD = 0.4
"""Confidence from which a question is answered.

Set by hand with the gold questions of the shipped corpus in view.
"""
_LEAST = -7.0
_SUMMARY = (
    *("cosine", "passage_cosine", "match", "words_title", "match_all"),
    *("middle_title", "middle_title_least", "pairs_kept"),
)
_OF_BEST = (
    *(name for name in MATCHES if name not in ("match_previous", "match_asking")),
    *("words_title", "words_passage", "is_number", "is_time", "is_person", "is_place", "score"),
    *CHANGED,
)
SUPPORT = ("cosine", "middle", "match_all", "match")
"""What ranks the sentences after the first: those that speak of the same, not of the same kind."""
_BY_TOKEN = 0.2
"""What a sentence gains of what its likeliest token is above that of the likeliest sentence.

Of 0 to .7, out of fold: ClapNQ's sentence F1 is highest, SQuAD's answer in fewer quotes.
"""
_BY_TOKEN_OF_DATED = 1.5
"""The same among dated passages, where the networks know more than the linear models do.

With .2, .5, 1, 1.5 and 2 of affairs and stories 182, 183, 185, 190 and 189 of 240 are right, in
2.35, 2.38, 2.47, 2.62 and 2.71 quotes an answer.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """A linear model: `clip(rows, low, high) @ weights + bias` is a log-odds.

    `low` and `high` bound each column to what was seen in training, so that an odd document
    cannot carry the sum off.
    """

    weights: npt.NDArray[np.float64]
    bias: float
    low: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]

    def __call__(self, rows: Rows) -> npt.NDArray[np.float64]:
        """Log-odds (n,) of rows (n, columns)."""
        odds: npt.NDArray[np.float64] = np.clip(rows, self.low, self.high) @ self.weights
        return odds + self.bias

    @classmethod
    def read(cls, values: dict[str, Any]) -> Linear:
        """From its JSON form."""
        weights, low, high = (
            np.array(values[name], dtype=float) for name in ("weights", "low", "high")
        )
        return cls(weights, float(values["bias"]), low, high)


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """The models, and how far each SUPPORT signal counts."""

    alone: Linear
    among: Linear
    interaction: Interaction
    confidence: Linear
    support: npt.NDArray[np.float64]

    @classmethod
    def read(cls, file: Path) -> Weights:
        """From a JSON file, and the network's beside it, named alike."""
        values = json.loads(file.read_text("utf-8"))
        interaction = Interaction.read(file.with_suffix(".safetensors"))
        alone, among, confidence = (
            Linear.read(values[name]) for name in ("alone", "among", "confidence")
        )
        support = np.array(values["support"], dtype=float)
        return cls(alone, among, interaction, confidence, support)


@cache
def shipped_weights(*, dated: bool) -> Weights:
    """The weights that come with the package, for passages with dates or without.

    Those of dated passages were learned before tests/data/long_answers was there, by the steps of
    then. With those of others 135 questions of the sample are right instead of 143, 77 of stories
    instead of 84: the rules that stand beside the weights were made with the former.
    """
    name = "dated.json" if dated else "undated.json"
    return Weights.read(Path(__file__).parent / "weights" / name)


def supporting(blocks: Sequence[Rows], support: npt.NDArray[np.float64]) -> Scores:
    """What each sentence gains (n,) for standing near the question, when it is not the first."""
    columns = [NAMES.index(name) for name in SUPPORT]
    gained: Scores = np.concatenate(blocks)[:, columns] @ support
    return gained


def among_rows(alone: Scores, blocks: Sequence[Rows], asked: Asked, within: Rows) -> Rows:
    """Rows for the second model: each sentence's log-odds beside those of the others.

    `within` (n, 2) is what the networks say of sentences of the best one's passage.
    """
    rows = np.concatenate(blocks)
    owner = np.repeat(np.arange(len(blocks)), [len(block) for block in blocks])
    place = np.concatenate([np.arange(len(block)) for block in blocks])
    share = sigmoid(alone)
    top = int(alone.argmax())
    ordered = np.sort(alone)[::-1]
    same = (owner == owner[top]).astype(float)
    step = np.where(owner == owner[top], place - place[top], 99)
    before = np.full(len(alone), _LEAST)
    after = np.full(len(alone), _LEAST)
    before[1:] = np.where(owner[1:] == owner[:-1], alone[:-1], _LEAST)
    after[:-1] = np.where(owner[1:] == owner[:-1], alone[1:], _LEAST)
    rank = np.empty(len(alone))
    rank[np.argsort(-alone, kind="stable")] = np.arange(len(alone))
    further = np.ones(len(alone))
    further[top] = 0
    parts = share / share.sum()
    spread = np.exp(-np.sum(parts * np.log(parts + 1e-12)))
    score = rows[:, NAMES.index("score")]
    others = score[owner != owner[top]]
    margin = float(np.clip(score[top] - (others.max() if len(others) else score[top] - 2), -2, 3))
    columns = [
        *(alone, alone - alone[top], before, after, np.maximum(before, after), same),
        *(np.abs(step) == 1, step == 1, np.abs(step) == 2, np.log1p(rank), rank == 0),
        *(np.log(share.sum()), np.log(share[owner == owner[top]].sum() / share.sum()), spread),
        *(ordered[0] - ordered[min(1, len(ordered) - 1)], alone[top], margin),
        *(same * margin, same * spread, rows[:, NAMES.index("first")]),
        *(rows[:, NAMES.index("length")], rows[:, NAMES.index("new_words")]),
        *(same * (asked.kind == name) for name in KINDS),
        *((rank > 0) * float(asked.kind == name) for name in KINDS),
        *(further * value for value in _breadth(rows[top], asked)),
        *(further * alone[top], further * same * alone[top]),
        further * same * rows[top, NAMES.index("passage_cosine")],
        *within.T,
    ]
    found = np.empty((len(alone), len(columns)))
    for i, column in enumerate(columns):
        found[:, i] = column
    return found


def by_token(among: Scores, highest: npt.NDArray[np.float32], *, dated: bool = False) -> Scores:
    """Log-odds of sentences with what the networks say of their likeliest tokens, wherever."""
    share = _BY_TOKEN_OF_DATED if dated else _BY_TOKEN
    found: Scores = among + share * (highest - highest[among.argmax()])
    return found


def _breadth(best: Rows, asked: Asked) -> list[float]:
    """How much the question wants told beyond its best sentence."""
    value = dict(zip(NAMES, best, strict=False))
    in_title = value["words_title"] - value["words"]
    of_best = (value["words"], in_title, value["passage_cosine"], value["match_all"])
    return [*asked.shape, float(in_title > 0), *map(float, of_best)]


def confidence_row(alone: Scores, blocks: Sequence[Rows], answers: float) -> Rows:
    """The row (1, columns) for the third model: the best sentence and how far it stands out.

    `answers` is what the networks say of its passage.
    """
    rows = np.concatenate(blocks)
    order = np.argsort(-alone, kind="stable")
    share = sigmoid(alone)
    best = rows[order[0]]
    values = [
        alone[order[0]],
        np.log(share[order[:3]].sum()),
        alone[order[0]] - alone[order[min(1, len(order) - 1)]],
        *(rows[:, NAMES.index(name)].max() for name in _SUMMARY),
        *(best[NAMES.index(name)] for name in _OF_BEST),
        answers,
    ]
    return np.array([values], dtype=float)


def sigmoid(odds: Scores) -> Scores:
    """Log-odds -> probabilities."""
    return 1 / (1 + np.exp(-np.clip(odds, -30, 30)))
