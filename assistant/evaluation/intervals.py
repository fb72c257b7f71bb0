"""Intervals and tests by resampling questions. The seed is fixed: same scores, same interval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.evaluation.extras import extra

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
Statistic = Callable[[Floats], Floats]
"""A figure (r,) by how often each question counts (r, n); nan where it cannot be told."""

RESAMPLES = 1_000
_AT_ONCE = 100
"""Resamples, so that those of 10,000 questions take 8 MB."""
_SEED = 20_240_501


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % bootstrap interval over `n` questions."""

    value: float
    low: float
    high: float
    n: int

    def to_dict(self) -> dict[str, float | int]:
        """Plain values, rounded to 4 places."""
        return {
            "value": round(self.value, 4),
            "low": round(self.low, 4),
            "high": round(self.high, 4),
            "n": self.n,
        }

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@lru_cache(maxsize=2)
def resamples(n: int) -> Rows:
    """(RESAMPLES, n) row numbers drawn with replacement; always the same for the same n."""
    drawn: Rows = np.random.default_rng(_SEED).integers(0, n, (RESAMPLES, n))
    return drawn


def mean_estimate(scores: Floats) -> Estimate:
    """The mean of scores with its percentile bootstrap interval. Raises ValueError for none."""
    _some(len(scores))
    low, high = np.percentile(scores[resamples(len(scores))].mean(axis=1), [2.5, 97.5])
    return Estimate(float(scores.mean()), float(low), float(high), len(scores))


def estimate(statistic: Statistic, n: int) -> Estimate:
    """Any figure over n questions with its interval; resamples it is nan on are left out."""
    _some(n)
    known = _resampled(statistic, n)
    low, high = np.percentile(known, [2.5, 97.5]) if len(known) else (np.nan, np.nan)
    return Estimate(float(statistic(np.ones((1, n)))[0]), float(low), float(high), n)


def _resampled(statistic: Statistic, n: int) -> Floats:
    """The figure over each resample of n questions, without those it is nan on."""
    values = []
    for rows in np.array_split(resamples(n), RESAMPLES // _AT_ONCE):
        place = rows + n * np.arange(len(rows))[:, None]
        counts = np.bincount(place.ravel(), minlength=len(rows) * n).reshape(len(rows), n)
        values.append(statistic(counts.astype(float)))
    found: Floats = np.concatenate(values)
    return found[~np.isnan(found)]


def paired_difference(before: Floats, after: Floats) -> tuple[Estimate, float]:
    """(mean of after - before with its interval, p) for the same questions in the same order.

    p is two-sided, by sign flips of the differences (scipy.stats.permutation_test); exact where
    there are few questions, else from 9,999 random flips.
    """
    difference = after - before
    found = mean_estimate(difference)
    if not difference.any():
        return found, 1.0
    test: Any = extra("scipy.stats").permutation_test(
        (difference,),
        lambda values, axis: values.mean(axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=9_999,
        batch=500,
        rng=np.random.default_rng(_SEED),
    )
    return found, float(test.pvalue)


def bootstrap_p(statistic: Statistic, n: int) -> tuple[Estimate, float]:
    """(a difference with its interval, p) where there is no score by question to flip.

    p is two-sided: twice the smaller share of resamples on either side of zero.
    """
    known = _resampled(statistic, n)
    whole = float(statistic(np.ones((1, n)))[0])
    if not len(known):
        return Estimate(whole, np.nan, np.nan, n), 1.0
    low, high = np.percentile(known, [2.5, 97.5])
    # One is added so that p is never 0, which a sample cannot show.
    sides = min((known <= 0).sum(), (known >= 0).sum())
    p = min(1.0, 2 * float(sides + 1) / (len(known) + 1))
    return Estimate(whole, float(low), float(high), n), p


def holm(p_values: list[float]) -> list[float]:
    """Adjust p values for their number (Holm 1979); in the order given."""
    order = np.argsort(p_values, kind="stable")
    adjusted = np.empty(len(p_values))
    highest = 0.0
    for rank, i in enumerate(order):
        highest = max(highest, min(1.0, p_values[i] * (len(p_values) - rank)))
        adjusted[i] = highest
    return [float(value) for value in adjusted]


def _some(n: int) -> None:
    if n < 1:
        raise ValueError("there are no scores to estimate from")
