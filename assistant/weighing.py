"""Signals -> how likely each sentence is part of the answer, and how sure to be of the whole.

Three logistic models with weights learned by tests/benchmarks/train_reader.py: a sentence by
itself, a sentence among the others, and the answer as a whole. Knows nothing of text.
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

from assistant.signals import KINDS, NAMES, Rows

_LEAST = -7.0
_SUMMARY = ("cosine", "passage_cosine", "match", "words_title", "match_all")
_OF_BEST = (
    *("cosine", "passage_cosine", "match", "match_least", "match_two_least", "match_passage"),
    *("match_passage_least", "match_all", "words_title", "words_passage", "numbers_missing"),
    *("numbers_missing_passage", "negation_differs", "is_number", "is_time", "is_person"),
    *("is_place", "score"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """A linear model on raw columns: `rows @ weights + bias` is a log-odds."""

    weights: npt.NDArray[np.float64]
    bias: float

    def __call__(self, rows: Rows) -> npt.NDArray[np.float64]:
        """Log-odds (n,) of rows (n, columns)."""
        odds: npt.NDArray[np.float64] = rows @ self.weights + self.bias
        return odds

    @classmethod
    def read(cls, values: dict[str, Any]) -> Linear:
        """From its JSON form."""
        return cls(np.array(values["weights"], dtype=float), float(values["bias"]))


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """The three models and the confidence below which to abstain."""

    alone: Linear
    among: Linear
    confidence: Linear
    threshold: float

    @classmethod
    def read(cls, values: dict[str, Any]) -> Weights:
        """From their JSON form."""
        alone, among, confidence = (
            Linear.read(values[name]) for name in ("alone", "among", "confidence")
        )
        return cls(alone, among, confidence, float(values["threshold"]))


@cache
def shipped_weights() -> Weights:
    """The weights that come with the package."""
    file = Path(__file__).with_name("weights.json")
    return Weights.read(json.loads(file.read_text("utf-8")))


def among_rows(alone: npt.NDArray[np.float64], blocks: Sequence[Rows], kind: str) -> Rows:
    """Rows for the second model: each sentence's log-odds beside those of the others."""
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
        *(same * (kind == name) for name in KINDS),
        *((rank > 0) * float(kind == name) for name in KINDS),
    ]
    return np.stack([np.broadcast_to(column, len(alone)) for column in columns], 1).astype(float)


def confidence_row(alone: npt.NDArray[np.float64], blocks: Sequence[Rows]) -> Rows:
    """The row (1, columns) for the third model: the best sentence and how far it stands out."""
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
    ]
    return np.array([values], dtype=float)


def sigmoid(odds: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Log-odds -> probabilities."""
    return 1 / (1 + np.exp(-np.clip(odds, -30, 30)))
