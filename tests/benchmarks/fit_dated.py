"""Learn how far the passages beside the likeliest count where they are dated.

    python tests/benchmarks/fit_dated.py

Prints what assistant/extractive.py has as _DATED, a logistic regression on the development sets,
affairs and stories, questions with and without an answer weighing alike; and AUROC, false
answers and false refusals there and on the sample, before any doubt, with the likeliest passage
alone and with all of them. `crossed` is learned on the one development set and told of the other.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sets import AskedSet, news_asked, sample_asked
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from assistant.chain import RETRIEVED
from assistant.conversation import stand_alone
from assistant.extractive import ExtractiveReader
from assistant.weighing import THRESHOLD, confidence_row, shipped_weights, sigmoid
from index import Index

STORES = Path(".benchmarks")


def rows(held: AskedSet) -> tuple[np.ndarray, np.ndarray]:
    """(log-odds by the likeliest passage, log of the mean odds of all) and whether it answers."""
    index = Index.open(STORES / f"dated-{held.name}")
    index.delete([one.id for one in index.documents()])
    index.add(held.documents)
    reader, weights = ExtractiveReader(index.embedder), shipped_weights(dated=True)
    found = []
    for item in held.questions:
        asked = stand_alone(item.question, item.history)
        hits = index.search(asked, k=RETRIEVED, as_of=item.as_of)
        candidates = reader.candidates(asked, hits)
        alone = weights.alone(np.concatenate(candidates.blocks))
        judged = candidates.judged(weights.interaction)
        answers = judged.answers(int(alone.argmax()))
        own = weights.confidence(confidence_row(alone, candidates.blocks, answers))
        found.append((float(own[0]), np.log(np.exp(judged.odds).mean())))
    return np.array(found), np.array([bool(item.answerable) for item in held.questions])


def learned(given: np.ndarray, truth: np.ndarray) -> LogisticRegression:
    return LogisticRegression(C=1.0, class_weight="balanced").fit(given, truth)


def told(name: str, how: str, odds: np.ndarray, truth: np.ndarray) -> None:
    says = sigmoid(odds) >= THRESHOLD
    print(
        f"{name:8} {how:10} AUROC {roc_auc_score(truth, odds):.3f}, "
        f"false answers {np.mean(says[~truth]):.2f}, "
        f"false refusals {np.mean(~says[truth]):.2f}"
    )


def main() -> None:
    affairs, stories = rows(news_asked("affairs")), rows(news_asked("stories"))
    both = learned(
        np.concatenate([affairs[0], stories[0]]), np.concatenate([affairs[1], stories[1]])
    )
    print("_DATED:", *both.coef_[0].round(2), both.intercept_.round(2)[0])
    others = (("affairs", affairs, stories), ("stories", stories, affairs))
    for name, (given, truth), other in others:
        told(name, "likeliest", given[:, 0], truth)
        told(name, "crossed", learned(*other).decision_function(given), truth)
        told(name, "all", both.decision_function(given), truth)
    given, truth = rows(sample_asked())
    told("sample", "likeliest", given[:, 0], truth)
    told("sample", "all", both.decision_function(given), truth)


if __name__ == "__main__":
    main()
