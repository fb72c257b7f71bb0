"""Outcomes -> a Table of scores -> summary.json. The same outcomes give the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.evaluation.abstention import (
    aurocs,
    calibration,
    calibration_errors,
    risk_areas,
    risk_coverage,
)
from assistant.evaluation.catalogue import METRICS
from assistant.evaluation.intervals import Estimate, Floats, estimate, mean_estimate
from assistant.evaluation.outcomes import Outcome
from assistant.evaluation.ranking import outcome_rankings
from assistant.evaluation.reading import reading_scores, right

Figure = Callable[["Columns", Floats], Floats]
"""A figure by how often each question counts, as a Statistic."""


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """What the figures over whole sets look at, a row an outcome; -1 stands for not known."""

    answerable: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    answered: npt.NDArray[np.bool_]
    confidence: npt.NDArray[np.float64]

    @classmethod
    def of(cls, outcomes: Sequence[Outcome]) -> Columns:
        """Columns in the order of the outcomes."""

        def known(values: Sequence[bool | None]) -> npt.NDArray[np.int64]:
            return np.array([-1 if value is None else int(value) for value in values], dtype=int)

        return cls(
            known([outcome.question.answerable for outcome in outcomes]),
            known([right(outcome) for outcome in outcomes]),
            np.array([not outcome.abstained for outcome in outcomes], dtype=bool),
            np.array([outcome.confidence for outcome in outcomes], dtype=float),
        )

    def served(self) -> npt.NDArray[np.bool_]:
        """Answered and right: a refusal gives nothing, so for risk it counts as wrong."""
        served: npt.NDArray[np.bool_] = self.answered & (self.right == 1)
        return served


def _auroc(c: Columns, counts: Floats) -> Floats:
    known = c.answerable >= 0
    return aurocs(c.answerable[known] == 1, c.confidence[known], counts[:, known])


def _calibration_error(c: Columns, counts: Floats) -> Floats:
    known = c.answerable >= 0
    return calibration_errors(c.answerable[known] == 1, c.confidence[known], counts[:, known])


def _calibration_error_answered(c: Columns, counts: Floats) -> Floats:
    known = c.answered & (c.right >= 0)
    return calibration_errors(c.right[known] == 1, c.confidence[known], counts[:, known])


def _risk_area(c: Columns, counts: Floats) -> Floats:
    known = c.right >= 0
    return risk_areas(c.served()[known], c.confidence[known], counts[:, known])


FIGURES: dict[str, Figure] = {
    "auroc": _auroc,
    "risk_area": _risk_area,
    "calibration_error": _calibration_error,
    "calibration_error_answered": _calibration_error_answered,
}
"""Metrics of a whole set, which are no mean over its questions."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Outcomes with their scores by question id and metric."""

    outcomes: tuple[Outcome, ...]
    scores: dict[str, dict[str, float]] = field(default_factory=dict)

    @classmethod
    def of(cls, outcomes: Sequence[Outcome]) -> Table:
        """Score every outcome. Raises ExtraMissing."""
        ranked = outcome_rankings(outcomes)
        scores = {o.id: reading_scores(o) | ranked.get(o.id, {}) for o in outcomes}
        return cls(tuple(outcomes), scores)

    def values(self, metric: str) -> dict[str, float]:
        """Score by question id, of the questions that have one."""
        return {name: row[metric] for name, row in self.scores.items() if metric in row}


def estimates(table: Table, names: Iterable[str] = METRICS) -> dict[str, Estimate]:
    """Those metrics that can be told, with intervals, in the order given; by default all."""
    columns = Columns.of(table.outcomes)
    found = {}
    for name in names:
        if name in FIGURES:
            whole = estimate(partial(FIGURES[name], columns), len(table.outcomes))
            if not np.isnan(whole.value):
                found[name] = whole
        elif values := table.values(name):
            found[name] = mean_estimate(np.array(list(values.values())))
    return found


def summarize(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Aggregates with 95 % bootstrap intervals, as plain values; see catalogue.py for each metric.

    Holds no time, place or version, so the same outcomes give the same summary. Raises ValueError
    for no outcomes, ExtraMissing.
    """
    if not outcomes:
        raise ValueError("there are no outcomes to summarize")
    table = Table.of(outcomes)
    quotes = [quote for outcome in outcomes for quote in outcome.quotes]
    by_answerable = [outcome.question.answerable for outcome in outcomes]
    return {
        "questions": {
            "total": len(outcomes),
            "answerable": by_answerable.count(True),
            "unanswerable": by_answerable.count(False),
            "answered": sum(not outcome.abstained for outcome in outcomes),
        },
        "quotes": {"total": len(quotes), "exact": sum(quote.exact for quote in quotes)},
        "metrics": {name: one.to_dict() for name, one in estimates(table).items()},
        "kinds": _kinds(table),
        "curves": _curves(table),
    }


def _kinds(table: Table) -> dict[str, Any]:
    """`right` by the labels of the questions."""
    right_by_id = table.values("right")
    groups: dict[str, list[float]] = {}
    for outcome in table.outcomes:
        for kind in outcome.question.kinds if outcome.id in right_by_id else ():
            groups.setdefault(kind, []).append(right_by_id[outcome.id])
    return {
        kind: {"right": mean_estimate(np.array(values)).to_dict()}
        for kind, values in sorted(groups.items())
    }


def _curves(table: Table) -> dict[str, Any]:
    """Points of the plots."""
    columns = Columns.of(table.outcomes)
    judged = columns.right >= 0
    known = columns.answerable >= 0
    coverage, risk = risk_coverage(columns.served()[judged], columns.confidence[judged])
    bins = calibration(columns.answerable[known] == 1, columns.confidence[known])
    return {
        "risk_coverage": {
            "coverage": [round(float(value), 4) for value in coverage],
            "risk": [round(float(value), 4) for value in risk],
            "answered": round(float(columns.answered[judged].mean()), 4) if judged.any() else None,
        },
        "calibration": [
            {
                "count": one.count,
                "confidence": round(one.confidence, 4),
                "share": round(one.share, 4),
            }
            for one in bins
        ],
    }
