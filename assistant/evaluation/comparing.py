"""Two runs of the same questions, side by side: differences, tests, wins and losses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from assistant.evaluation.catalogue import METRICS
from assistant.evaluation.intervals import Estimate, Floats, bootstrap_p, holm, paired_difference
from assistant.evaluation.outcomes import Outcome
from assistant.evaluation.summary import FIGURES, Columns, Table
from index.errors import RunMismatch

SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True)
class Difference:
    """One metric, before and after; `adjusted_p` is for headline metrics, None for the others."""

    metric: str
    before: float
    after: float
    difference: Estimate
    p: float
    adjusted_p: float | None

    @property
    def loss(self) -> bool:
        """Worse, and by more than chance explains."""
        if self.adjusted_p is None or self.adjusted_p >= SIGNIFICANT:
            return False
        return (self.difference.value < 0) == METRICS[self.metric].higher_is_better

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {
            "before": round(self.before, 4),
            "after": round(self.after, 4),
            "difference": self.difference.to_dict(),
            "p": round(self.p, 4),
            "adjusted_p": None if self.adjusted_p is None else round(self.adjusted_p, 4),
            "loss": self.loss,
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """Differences by metric; ids of questions won and lost, by being right or not."""

    differences: tuple[Difference, ...]
    wins: tuple[str, ...]
    losses: tuple[str, ...]
    unpaired: tuple[str, ...]

    @property
    def significant_losses(self) -> tuple[Difference, ...]:
        """The metrics that got worse by more than chance explains."""
        return tuple(one for one in self.differences if one.loss)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {
            "metrics": {one.metric: one.to_dict() for one in self.differences},
            "wins": list(self.wins),
            "losses": list(self.losses),
            "unpaired": list(self.unpaired),
        }

    def __str__(self) -> str:
        width = max((len(METRICS[one.metric].label) for one in self.differences), default=0)
        lines = [
            f"{METRICS[one.metric].label:{width}}  {one.before:.3f} -> {one.after:.3f}  "
            f"{one.difference.value:+.3f} [{one.difference.low:+.3f}, {one.difference.high:+.3f}]"
            f"  p {max(one.p, 0.001):.3f}{'  LOSS' if one.loss else ''}"
            for one in self.differences
        ]
        lines.append(f"won  {len(self.wins)}: {_some(self.wins)}")
        lines.append(f"lost {len(self.losses)}: {_some(self.losses)}")
        if self.unpaired:
            lines.append(f"in one run only, left out {len(self.unpaired)}: {_some(self.unpaired)}")
        return "\n".join(lines)


def compare(before: Sequence[Outcome], after: Sequence[Outcome]) -> Comparison:
    """Pair two runs question by question.

    Scores by question are tested by sign flips, figures over the whole set by paired bootstrap;
    p values of headline metrics are adjusted for their number (Holm). Questions whose words or gold
    differ are left out. Raises RunMismatch when the runs share no question.
    """
    old = {outcome.id: outcome for outcome in before}
    new = {outcome.id: outcome for outcome in after}
    shared = [name for name in new if name in old and old[name].question == new[name].question]
    if not shared:
        raise RunMismatch("the two runs share no question; compare runs of the same question set")
    tables = [Table.of([side[name] for name in shared]) for side in (old, new)]
    found = []
    for name in METRICS:
        if name in FIGURES:
            tested = _whole(name, *tables)
        else:
            tested = _by_question(name, *tables)
        if tested is not None:
            found.append((name, *tested))
    headline = [row for row in found if METRICS[row[0]].headline]
    adjusted = dict(
        zip([row[0] for row in headline], holm([row[4] for row in headline]), strict=True)
    )
    first, last = (table.values("right") for table in tables)
    return Comparison(
        tuple(Difference(*row, adjusted.get(row[0])) for row in found),
        tuple(name for name in last if last[name] > first[name]),
        tuple(name for name in last if last[name] < first[name]),
        tuple(sorted((old.keys() | new.keys()) - set(shared))),
    )


Tested = tuple[float, float, Estimate, float]


def _by_question(metric: str, before: Table, after: Table) -> Tested | None:
    first, last = before.values(metric), after.values(metric)
    # A score that one run lacks, as precision where nothing was quoted, has nothing to pair with.
    both = [name for name in last if name in first]
    if not both:
        return None
    old, new = (np.array([side[name] for name in both]) for side in (first, last))
    return float(old.mean()), float(new.mean()), *paired_difference(old, new)


def _whole(metric: str, before: Table, after: Table) -> Tested | None:
    figure = FIGURES[metric]
    old, new = Columns.of(before.outcomes), Columns.of(after.outcomes)
    once = np.ones((1, len(before.outcomes)))
    first, last = float(figure(old, once)[0]), float(figure(new, once)[0])
    if np.isnan(first) or np.isnan(last):
        return None

    def difference(counts: Floats) -> Floats:
        return figure(new, counts) - figure(old, counts)

    return first, last, *bootstrap_p(difference, once.shape[1])


def _some(names: Sequence[str], most: int = 12) -> str:
    return " ".join(names[:most]) + (" ..." if len(names) > most else "") if names else "none"
