"""Follow-ups made to stand alone without a model, against rewrites made by hand (TREC CAsT).

    python tests/benchmarks/conversations.py [--write] [--list]

Needs ../shared/data/conversations. Weights are learned on 2020; 2021 is only reported on. For each
follow-up: the missing terms are the stemmed words the hand-made rewrite has and the raw question
lacks. Recovered is the share of them our rewrite has; wrong the share of the terms it adds that the
hand-made rewrite does not have. Terms are counted over all follow-ups of a year.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sets import DATA
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from assistant import Turn
from assistant.conversation import stand_alone
from assistant.followups import NAMES, candidates, shipped_followups
from index.fields import terms

OUT = Path(__file__).resolve().parents[2] / "assistant" / "followups.json"
_LONGEST_ANSWER = 1200


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A question, what was said before it as asked and as rewritten by hand, and its rewrite."""

    question: str
    history: tuple[Turn, ...]
    clear_history: tuple[Turn, ...]
    rewrite: str

    @property
    def missing(self) -> frozenset[str]:
        return terms(self.rewrite) - terms(self.question)


def follow_ups(year: int) -> list[FollowUp]:
    file = DATA / "conversations" / f"{year}_manual_evaluation_topics_v1.0.json"
    found = []
    for topic in json.loads(file.read_text("utf-8")):
        history: list[Turn] = []
        clear: list[Turn] = []
        for turn in topic["turn"]:
            if history:
                found.append(
                    FollowUp(
                        turn["raw_utterance"],
                        tuple(history),
                        tuple(clear),
                        turn["manual_rewritten_utterance"],
                    )
                )
            answer = turn.get("passage", "")[:_LONGEST_ANSWER]
            history.append(Turn(turn["raw_utterance"], answer))
            clear.append(Turn(turn["manual_rewritten_utterance"], answer))
    return found


def score(asked: Sequence[FollowUp], rewrite: Callable[[FollowUp], str]) -> tuple[float, float]:
    """Share of missing terms recovered, share of added terms that are wrong."""
    missing = recovered = added = wrong = 0
    for item in asked:
        new = terms(rewrite(item)) - terms(item.question)
        missing += len(item.missing)
        recovered += len(new & item.missing)
        added += len(new)
        wrong += len(new - terms(item.rewrite))
    return recovered / missing, wrong / max(1, added)


def learn(asked: Sequence[FollowUp]) -> None:
    rows, truth = [], []
    for item in asked:
        for candidate in candidates(item.question, item.clear_history):
            rows.append(candidate.row)
            truth.append(bool(terms(candidate.word) & item.missing))
    table = np.array(rows)
    scaler = StandardScaler().fit(table)
    scale = np.where(scaler.scale_ < 1e-6, 1.0, scaler.scale_)
    model = LogisticRegression(C=0.1, max_iter=1000).fit((table - scaler.mean_) / scale, truth)
    weights = model.coef_[0] / scale
    held = {
        "threshold": 0.5,
        "bias": round(float(model.intercept_[0] - weights @ scaler.mean_), 6),
        "weights": {n: float(f"{w:.5g}") for n, w in zip(NAMES, weights, strict=True)},
    }
    best = None
    for threshold in np.arange(0.2, 0.6, 0.02):
        held["threshold"] = round(float(threshold), 3)
        OUT.write_text(json.dumps(held, indent=1) + "\n", "utf-8")
        shipped_followups.cache_clear()
        recovered, wrong = score(asked, lambda item: stand_alone(item.question, item.history))
        precision = 1 - wrong
        # Recall counts double: search bears a word too many better than one too few.
        f = 5 * recovered * precision / max(recovered + 4 * precision, 1e-9)
        if best is None or f > best[0]:
            best = (f, held["threshold"])
    assert best is not None
    held["threshold"] = best[1]
    OUT.write_text(json.dumps(held, indent=1) + "\n", "utf-8")
    shipped_followups.cache_clear()
    print(f"wrote {OUT}: threshold {best[1]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--write", action="store_true", help="learn from 2020 and write the weights"
    )
    parser.add_argument("--list", action="store_true", help="list the rewrites of 2020")
    options = parser.parse_args()
    if options.write:
        learn(follow_ups(2020))
    for year in (2020, 2021):
        asked = follow_ups(year)
        recovered, wrong = score(asked, lambda item: stand_alone(item.question, item.history))
        plain = score(asked, lambda item: f"{item.question} {item.history[-1].question}")
        print(
            f"{year} ({len(asked)} follow-ups): missing terms recovered {recovered:.3f}, added "
            f"terms wrong {wrong:.3f}; the question before appended: {plain[0]:.3f}, {plain[1]:.3f}"
        )
    if options.list:
        for item in follow_ups(2020):
            print(
                f"{item.question}\n  {stand_alone(item.question, item.history)}\n  {item.rewrite}"
            )


if __name__ == "__main__":
    main()
