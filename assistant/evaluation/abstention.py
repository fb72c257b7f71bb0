"""Does confidence know when to be silent? Pure functions over arrays, one row a question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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


def aurocs(truth: Flags, confidence: Floats, counts: Floats) -> Floats:
    """Areas under the ROC curve (r,), by pairs in the right order (Mann and Whitney 1947).

    `counts` (r, n) says how often each question counts in each of r resamples, so that questions
    are put in order once and not a thousand times. nan where all are of one kind.
    """
    held, positive = _by_value(confidence, counts, counts * truth)
    negative = held - positive
    # Of two that are equally sure, each is half above the other.
    above = (positive * (np.cumsum(negative, axis=1) - negative / 2)).sum(axis=1)
    return _ratio(above, positive.sum(axis=1) * negative.sum(axis=1))


def auroc(truth: Flags, confidence: Floats) -> float:
    """Area under the ROC curve; see aurocs."""
    return float(aurocs(truth, confidence, _once(truth))[0])


def calibration(truth: Flags, confidence: Floats, bins: int = 10) -> list[Bin]:
    """Bins of equal width over [0, 1], empty ones left out, in order of confidence."""
    counts, sums, hits = _binned(truth, confidence, bins)
    return [
        Bin(int(counts[b]), float(sums[b] / counts[b]), float(hits[b] / counts[b]))
        for b in np.flatnonzero(counts)
    ]


def calibration_errors(truth: Flags, confidence: Floats, counts: Floats, bins: int = 10) -> Floats:
    """Expected calibration errors (r,) (Naeini et al. 2015); `counts` as for aurocs."""
    # A bin's count times the distance of its means is the distance of its sums.
    (apart,) = _by_value(_bin_of(confidence, bins), counts * (confidence - truth))
    return _ratio(np.abs(apart).sum(axis=1), counts.sum(axis=1))


def calibration_error(truth: Flags, confidence: Floats, bins: int = 10) -> float:
    """Expected calibration error; nan for no questions. See calibration_errors."""
    return float(calibration_errors(truth, confidence, _once(truth), bins)[0])


def _binned(truth: Flags, confidence: Floats, bins: int) -> tuple[Floats, Floats, Floats]:
    """Questions, confidences and truths added up by bin."""
    place = _bin_of(confidence, bins)
    counts = np.bincount(place, weights=np.ones(len(truth)), minlength=bins)
    sums = np.bincount(place, weights=confidence, minlength=bins)
    hits = np.bincount(place, weights=truth, minlength=bins)
    return counts.astype(float), sums.astype(float), hits.astype(float)


def _bin_of(confidence: Floats, bins: int) -> npt.NDArray[np.int64]:
    place: npt.NDArray[np.int64] = np.minimum((confidence * bins).astype(int), bins - 1)
    return place


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


def risk_areas(right: Flags, confidence: Floats, counts: Floats) -> Floats:
    """Mean risks over all coverages (r,) (Geifman and El-Yaniv 2017); `counts` as for aurocs."""
    tied, wrong = _by_value(-confidence, counts, counts * ~right)
    before = np.cumsum(tied, axis=1) - tied
    wrong_before = np.cumsum(wrong, axis=1) - wrong
    share = wrong / np.maximum(tied, 1)
    # The j-th of those tied has risk (wrong_before + j share) / (before + j); summed over j.
    places = np.arange(1, int(counts.sum(axis=1).max(initial=0)) + 1)
    harmonic = np.concatenate([[0.0], np.cumsum(1 / places)])
    step = harmonic[(before + tied).astype(int)] - harmonic[before.astype(int)]
    risks = wrong + (wrong_before - share * before) * step
    return _ratio(risks.sum(axis=1), counts.sum(axis=1))


def risk_area(right: Flags, confidence: Floats) -> float:
    """Mean risk over all coverages; lower is better, nan for none. See risk_areas."""
    return float(risk_areas(right, confidence, _once(right))[0])


def _by_value(values: npt.NDArray[Any], *tables: Floats) -> tuple[Floats, ...]:
    """Tables (r, n) with the columns of equal values added up, in order of value."""
    if not len(values):
        return tables
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    begins = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    return tuple(np.add.reduceat(rows[:, order], begins, axis=1) for rows in tables)


def _ratio(above: Floats, below: Floats) -> Floats:
    found = np.full(len(above), np.nan)
    np.divide(above, below, out=found, where=below > 0)
    return found


def _once(questions: Flags) -> Floats:
    return np.ones((1, len(questions)))
