"""Learn the weights of the support check, and report what weights learned elsewhere score.

    python tests/benchmarks/train_support.py [--cache FILE] [--write]

Needs ../shared/data/support: WiCE development claims, each with a passage, split in sentences,
that supports it, supports it in part, or does not. "Supported" is held against the rest. What is
printed is held out by the article a claim is from: weights and threshold are learned on some
articles and scored on the others. `--write` then learns from all of it and writes
assistant/support.json.
"""

from __future__ import annotations

import argparse
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sets import DATA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, precision_score, recall_score, roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from assistant.asked import Asked
from assistant.grounds import Grounds
from assistant.support import NAMES, compare
from index.documents import Passage
from index.embedding import SentenceEmbedder
from index.splitting import PASSAGE_TOKENS, estimated_tokens

C = 0.01
FOLDS = 5
OUT = Path(__file__).resolve().parents[2] / "assistant" / "support.json"
CLAIMS = DATA / "support" / "oracle_chunks_claim_dev.jsonl"


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Signals (n, names), whether supported (n,), and the article of each claim (n,)."""

    signals: np.ndarray
    supported: np.ndarray
    articles: np.ndarray

    def part(self, chosen: np.ndarray) -> Rows:
        return Rows(self.signals[chosen], self.supported[chosen], self.articles[chosen])


def passages(sentences: Sequence[str]) -> list[Passage]:
    """Sentences as passages no longer than those of an index."""
    groups: list[list[str]] = [[]]
    for sentence in filter(None, map(str.strip, sentences)):
        if groups[-1] and estimated_tokens(" ".join([*groups[-1], sentence])) > PASSAGE_TOKENS:
            groups.append([])
        groups[-1].append(sentence)
    made = []
    for group in filter(None, groups):
        ends = np.cumsum([len(text) + 1 for text in group]).tolist()
        spans = tuple((end - 1 - len(text), end - 1) for text, end in zip(group, ends, strict=True))
        text = " ".join(group)
        made.append(Passage("x", 0, len(text), text, sentences=spans))
    return made


def rows_of(items: Sequence[dict]) -> Rows:
    embedder = SentenceEmbedder()
    rows = []
    for item in items:
        held = passages(item["evidence"])
        grounds = Grounds.of(held, embedder.embed_tokens([p.embedded_text for p in held]))
        asked = Asked.of(item["claim"], embedder.embed_tokens([item["claim"]])[0])
        rows.append(compare(asked, grounds).row)
    return Rows(
        np.array(rows),
        np.array([item["label"] == "supported" for item in items]),
        np.array([item["meta"]["claim_title"] for item in items]),
    )


def model() -> object:
    return make_pipeline(StandardScaler(), LogisticRegression(C=C, max_iter=2000))


def out_of_fold(rows: Rows) -> np.ndarray:
    folds = GroupKFold(FOLDS)
    found = cross_val_predict(
        model(),
        rows.signals,
        rows.supported,
        groups=rows.articles,
        cv=folds,
        method="predict_proba",
    )
    return found[:, 1]


def best_threshold(truth: np.ndarray, probability: np.ndarray) -> float:
    tried = np.quantile(probability, np.linspace(0.02, 0.98, 97))
    return float(tried[int(np.argmax([f1_score(truth, probability >= t) for t in tried]))])


def report(name: str, truth: np.ndarray, probability: np.ndarray, threshold: float) -> None:
    said = probability >= threshold
    print(
        f"{name}: AUROC {roc_auc_score(truth, probability):.3f}, at {threshold:.3f} "
        f"F1 {f1_score(truth, said):.3f}, precision {precision_score(truth, said):.3f}, "
        f"recall {recall_score(truth, said):.3f} ({len(truth)} pairs, {truth.sum()} supported)"
    )


def halves(rows: Rows) -> None:
    """Learn on one half of the articles, score the other; then the other way round."""
    side = np.array([zlib.crc32(title.encode()) % 2 for title in rows.articles])
    for learned in (0, 1):
        mine, theirs = rows.part(side == learned), rows.part(side != learned)
        threshold = best_threshold(mine.supported, out_of_fold(mine))
        fitted = model().fit(mine.signals, mine.supported)
        probability = fitted.predict_proba(theirs.signals)[:, 1]
        report(
            f"learned on half {learned}, scored on the other",
            theirs.supported,
            probability,
            threshold,
        )


def folds(rows: Rows) -> None:
    """Five parts, each scored with weights and threshold of the other four."""
    probability, said = np.zeros(len(rows.supported)), np.zeros(len(rows.supported), dtype=bool)
    for train, test in GroupKFold(FOLDS).split(rows.signals, rows.supported, rows.articles):
        mine = rows.part(train)
        threshold = best_threshold(mine.supported, out_of_fold(mine))
        fitted = model().fit(mine.signals, mine.supported)
        probability[test] = fitted.predict_proba(rows.signals[test])[:, 1]
        said[test] = probability[test] >= threshold
    print(
        f"five folds, each scored by the other four: AUROC "
        f"{roc_auc_score(rows.supported, probability):.3f}, F1 {f1_score(rows.supported, said):.3f}"
    )
    for wanted in (0.5, 0.6, 0.7):
        report(f"five folds, fixed {wanted}", rows.supported, probability, wanted)
    print(f"everything called supported: F1 {f1_score(rows.supported, np.ones_like(said)):.3f}")


def write(rows: Rows) -> None:
    fitted = model().fit(rows.signals, rows.supported)
    scaler, logistic = fitted[0], fitted[1]
    weights = logistic.coef_[0] / scaler.scale_
    bias = float(logistic.intercept_[0] - weights @ scaler.mean_)
    held = {
        "threshold": round(best_threshold(rows.supported, out_of_fold(rows)), 4),
        "bias": round(bias, 6),
        "weights": {name: float(f"{w:.6g}") for name, w in zip(NAMES, weights, strict=True)},
    }
    OUT.write_text(json.dumps(held, indent=1) + "\n", "utf-8")
    print(f"wrote {OUT}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=Path(".benchmarks/support.npz"))
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if options.cache.is_file() and tuple(np.load(options.cache)["names"]) == NAMES:
        held = np.load(options.cache)
        rows = Rows(held["signals"], held["supported"], held["articles"])
    else:
        rows = rows_of([json.loads(line) for line in CLAIMS.read_text("utf-8").splitlines()])
        options.cache.parent.mkdir(parents=True, exist_ok=True)
        np.savez(
            options.cache,
            names=NAMES,
            signals=rows.signals,
            supported=rows.supported,
            articles=rows.articles,
        )
    halves(rows)
    folds(rows)
    if options.write:
        write(rows)


if __name__ == "__main__":
    main()
