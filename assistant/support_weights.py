"""The learned weights of the support check: a row of signals -> a probability."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from assistant.support import NAMES, Row


@dataclass(frozen=True, slots=True, eq=False)
class SupportWeights:
    """The logistic model over a row of signals, and the probability a claim must reach."""

    weights: Row
    bias: float
    threshold: float

    def probability(self, row: Row) -> float:
        """How likely the evidence says the claim."""
        return float(1 / (1 + np.exp(-np.clip(row @ self.weights + self.bias, -30, 30))))

    def supports(self, row: Row) -> bool:
        """Whether that is enough."""
        return self.probability(row) >= self.threshold


@cache
def shipped_support() -> SupportWeights:
    """The weights that come with the package. Raises ValueError if they are of other signals."""
    held = json.loads(Path(__file__).with_name("support.json").read_text("utf-8"))
    if set(held["weights"]) != set(NAMES):
        raise ValueError("support.json was learned from other signals; run train_support.py")
    row = np.array([held["weights"][name] for name in NAMES], dtype=float)
    return SupportWeights(row, float(held["bias"]), float(held["threshold"]))
