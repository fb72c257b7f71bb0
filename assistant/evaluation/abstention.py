"""Does confidence know when to be silent? Pure functions over arrays, one row a question."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Bin:
    """Questions of like confidence: how many, how sure on average, how often it was so."""

    count: int
    confidence: float
    share: float


def auroc(truth: Flags, confidence: Floats) -> float:
    """Area under the ROC curve, by ranks (Mann and Whitney 1947); nan where all are of one kind.

    Not scikit-learn's, which is the same to the last digit and too slow to call a thousand times,
    nor SciPy's ranks, which take most of the time of that.
    """
    positives = int(truth.sum())
    negatives = len(truth) - positives
    if not positives or not negatives:
        return float("nan")
    _, place, counts = np.unique(confidence, return_inverse=True, return_counts=True)
    # From 1, and where some are equally sure the mean of the ranks they take up.
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    above = float(ranks[truth].sum()) - positives * (positives + 1) / 2
    return above / (positives * negatives)


def calibration(truth: Flags, confidence: Floats, bins: int = 10) -> list[Bin]:
    """Bins of equal width over [0, 1], empty ones left out, in order of confidence."""
    counts, sums, hits = _binned(truth, confidence, bins)
    return [
        Bin(int(counts[b]), float(sums[b] / counts[b]), float(hits[b] / counts[b]))
        for b in np.flatnonzero(counts)
    ]


def calibration_error(truth: Flags, confidence: Floats, bins: int = 10) -> float:
    """Expected calibration error (Naeini et al. 2015); nan for no questions."""
    if not len(truth):
        return float("nan")
    _, sums, hits = _binned(truth, confidence, bins)
    # A bin's count times the distance of its means is the distance of its sums.
    return float(np.abs(sums - hits).sum() / len(truth))


def _binned(truth: Flags, confidence: Floats, bins: int) -> tuple[Floats, Floats, Floats]:
    """Questions, confidences and truths added up by bin."""
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    counts = np.bincount(place, weights=np.ones(len(truth)), minlength=bins)
    sums = np.bincount(place, weights=confidence, minlength=bins)
    hits = np.bincount(place, weights=truth, minlength=bins)
    return counts.astype(float), sums.astype(float), hits.astype(float)


def risk_coverage(right: Flags, confidence: Floats) -> tuple[Floats, Floats]:
    """(coverage, risk): share of questions answered, surest first, and share of them wrong.

    Both (n,). Questions of equal confidence come in no order: each counts as wrong as they are on
    average, so the curve does not hang on how a tie is broken.
    """
    values, group = np.unique(-confidence, return_inverse=True)
    totals = np.bincount(group, minlength=len(values))
    wrong = np.bincount(group, weights=~right, minlength=len(values)) / np.maximum(totals, 1)
    order = np.sort(group)
    answered = np.arange(1, len(right) + 1)
    return answered / max(len(right), 1), np.cumsum(wrong[order]) / answered


def risk_area(right: Flags, confidence: Floats) -> float:
    """Mean risk over all coverages (Geifman and El-Yaniv 2017); lower is better, nan for none."""
    return float(risk_coverage(right, confidence)[1].mean()) if len(right) else float("nan")
