"""Learn the embedded reader's weights, and report what weights learned elsewhere score.

    python tests/benchmarks/train_reader.py [--stores FOLDER] [--folds FOLDER] [--write]

Needs ../shared/data and torch; takes some two hours on two cores, nearly all of it for the
networks. Trains on SQuAD half, ClapNQ half and tests/data/reading through the product's own search
and signals. What is printed is out of fold: four folds, SQuAD by article and ClapNQ by question,
each scored by weights that have seen nothing of it. `--folds` keeps those weights for quality.py.
`--write` then trains on everything and writes assistant/weights.json and weights.safetensors. The
networks that are shipped and those of the folds in the README were learned here by these steps; the
linear models are older: they learned from networks that had not seen files 12 to 19 of
tests/data/reading, and none has seen those from 20 on. The whole was not run since those came.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from interaction_net import Pair, learn
from retrieval import open_index
from sets import Question, QuestionSet, clapnq, squad, written
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

from assistant.candidates import Candidates
from assistant.chain import RETRIEVED
from assistant.choosing import choose
from assistant.extractive import READ, ExtractiveReader
from assistant.interaction import Interaction
from assistant.signals import NAMES
from assistant.weighing import (
    SUPPORT,
    Linear,
    Weights,
    among_rows,
    by_token,
    confidence_row,
    sigmoid,
    supporting,
)
from index import Index
from index.documents import Passage, Span

FOLDS = 4
NO_FOLD = -1
PARTS = 3
THRESHOLD = 0.4
"""Set by hand with the gold questions of the shipped corpus in view."""

WEIGHT = {"squad": 1.0, "clapnq": 8.0, "written": 0.03}
"""Of a question in the linear models.

The networks learn from all alike. Questions of tests/data/reading are made so that those without an
answer share more words with the passage than those with one, which real ones do not: the linear
models are to hear of that, but not to expect it. .03 is of 0, .03, .05 and .1 the most that leaves
ClapNQ's AUROC, out of fold, clearly above .90.
"""
SUPPORT_WEIGHT = 4.0
"""Of a sentence's nearness, in log-odds a usual step within a passage."""

STRENGTH = {"alone": 0.05, "among": 0.05, "confidence": 0.01}
"""How freely weights may be learned.

That of confidence lost least of .003, .01 and .03 (log loss), as a mean over the folds' training
parts, each third told by what was learned from the other two; looked at with one network.
"""

LIMIT = {"alone": 4.0, "among": 8.0, "confidence": 4.0}
"""Standard deviations from the mean at which a column is cut off."""

OUT = Path(__file__).resolve().parents[2] / "assistant" / "weights.json"
_WORD = re.compile(r"\w+")


@dataclass(slots=True, eq=False)
class Example:
    """A question with its candidate sentences and which of them are gold."""

    set: str
    question: Question
    fold: int
    candidates: Candidates
    gold: np.ndarray
    alone: np.ndarray = field(default_factory=lambda: np.zeros(0))
    odds: np.ndarray = field(default_factory=lambda: np.zeros(0))
    support: np.ndarray = field(default_factory=lambda: np.zeros(0))
    within: np.ndarray = field(default_factory=lambda: np.zeros((0, 2)))
    highest: np.ndarray = field(default_factory=lambda: np.zeros(0))
    answers: float = 0.0
    confidence: float = 0.0


def words(text: str) -> Counter[str]:
    return Counter(word.casefold() for word in _WORD.findall(text))


def gold_of(item: Question, candidates: Candidates) -> np.ndarray:
    """1 for a sentence of the question's document that holds an answer or a selected sentence."""
    gold = np.zeros(len(candidates.places))
    selected = [words(text) for text in item.selected]
    for i in range(len(gold)):
        quote = candidates.quote(i)
        if quote.document_id != item.document or not item.answerable:
            continue
        if selected:
            held = words(quote.text)
            gold[i] = any(sum((held & one).values()) > 0.5 * sum(held.values()) for one in selected)
        else:
            gold[i] = any(answer in quote.text for answer in item.answers)
    return gold


def examples(held: QuestionSet, index: Index, folds: dict[str, int]) -> list[Example]:
    nothing = Linear(*[np.zeros(1)] * 4)
    untold = Weights(nothing, nothing, Interaction([]), nothing, np.zeros(1), THRESHOLD)
    reader = ExtractiveReader(index.embedder, untold)
    found = []
    for item in held.questions:
        hits = index.search(item.text, k=RETRIEVED)
        if held.name == "written" and all(
            hit.passage.document_id != item.document for hit in hits[:READ]
        ):
            # Only learned from, so what is to be read is there, at the place of the last.
            deeper = index.search(item.text, k=len(held.documents))
            own = [hit for hit in deeper if hit.passage.document_id == item.document]
            hits = [*hits[: READ - 1], *own[:1]]
        candidates = reader.candidates(item.text, hits)
        gold = gold_of(item, candidates)
        found.append(Example(held.name, item, folds[item.group], candidates, gold))
    return found


def fit(rows: np.ndarray, labels: np.ndarray, weight: np.ndarray, c: float, limit: float) -> Linear:
    """A logistic regression on standardised, clipped columns, the scaling folded into it."""
    scaler = StandardScaler().fit(rows, sample_weight=weight)
    scale = np.where(scaler.scale_ < 1e-6, 1.0, scaler.scale_)
    low, high = scaler.mean_ - limit * scale, scaler.mean_ + limit * scale
    model = LogisticRegression(C=c, max_iter=500)
    model.fit((np.clip(rows, low, high) - scaler.mean_) / scale, labels, sample_weight=weight)
    weights = model.coef_[0] / scale
    return Linear(weights, float(model.intercept_[0] - weights @ scaler.mean_), low, high)


def stacked(
    chosen: Sequence[Example], of: Callable[[Example], np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    rows = [of(example) for example in chosen]
    weight = [
        np.full(len(part), WEIGHT[example.set]) for example, part in zip(chosen, rows, strict=True)
    ]
    return np.concatenate(rows), np.concatenate(weight)


def learned_by_sentence(chosen: Sequence[Example]) -> list[Example]:
    """The questions that teach which sentences answer: the answerable ones of the public sets."""
    return [e for e in chosen if e.question.answerable and e.set != "written"]


def train_alone(chosen: Sequence[Example]) -> Linear:
    answerable = learned_by_sentence(chosen)
    rows, weight = stacked(answerable, lambda e: np.concatenate(e.candidates.blocks))
    gold = np.concatenate([e.gold for e in answerable])
    return fit(rows, gold, weight, STRENGTH["alone"], LIMIT["alone"])


def train(chosen: Sequence[Example]) -> Weights:
    """All models; the later ones learn from what the earlier say of questions unseen.

    For the networks what is unseen is an article: they would know a paragraph again.
    """
    for part in range(PARTS):
        first = train_alone([e for i, e in enumerate(chosen) if i % PARTS != part])
        for example in chosen[part::PARTS]:
            example.alone = first(np.concatenate(example.candidates.blocks))
    groups = sorted({example.question.group for example in chosen})
    part_of = {group: i % PARTS for i, group in enumerate(groups)}
    for part in range(PARTS):
        interaction = learn(pairs([e for e in chosen if part_of[e.question.group] != part]))
        for example in chosen:
            if part_of[example.question.group] == part:
                judge(interaction, example)
    answerable = learned_by_sentence(chosen)
    rows, weight = stacked(answerable, among)
    gold = np.concatenate([e.gold for e in answerable])
    sentences = fit(rows, gold, weight, STRENGTH["among"], LIMIT["among"])
    rows, weight = stacked(
        chosen, lambda e: confidence_row(e.alone, e.candidates.blocks, e.answers)
    )
    labels = np.array([e.question.answerable for e in chosen])
    confidence = fit(rows, labels, weight, STRENGTH["confidence"], LIMIT["confidence"])
    alone, support = train_alone(chosen), train_support(answerable)
    return Weights(alone, sentences, learn(pairs(chosen)), confidence, support, THRESHOLD)


def pairs(chosen: Sequence[Example]) -> list[Pair]:
    """Each question with the passage of its document that answers it, or is found first.

    A question that has an answer comes a second time, with the first passage of another document
    that does not hold it: as near a miss as there is.
    """
    found = []
    for example in chosen:
        item, candidates = example.question, example.candidates
        asked, passages = candidates.asked.tokens, [hit.passage for hit in candidates.hits]
        gold = np.split(example.gold, np.cumsum([len(block) for block in candidates.blocks])[:-1])
        own = [i for i, passage in enumerate(passages) if passage.document_id == item.document]
        for i in sorted(own, key=lambda i: not gold[i].any())[:1]:
            tokens = candidates.told[i].tokens
            answer = np.zeros(len(tokens.starts), bool)
            for (first, last), held in zip(candidates.told[i].slices, gold[i], strict=True):
                answer[first:last] = held
            at = tokens.starts - len(passages[i].title_prefix)
            places = answer_places(item, passages[i], gold[i])
            if places:
                # Closer than by sentence.
                answer &= np.any([(at >= p) & (at < q) for p, q in places], axis=0)
            found.append(Pair(asked, tokens, item.answerable, answer))
        misses = [
            candidates.told[i].tokens
            for i, passage in enumerate(passages)
            if i not in own and not any(answer in passage.text for answer in item.answers)
        ]
        if item.answerable:
            found += [
                Pair(asked, one, False, np.zeros(len(one.starts), bool)) for one in misses[:1]
            ]
    return found


def answer_places(item: Question, passage: Passage, gold: np.ndarray) -> list[Span]:
    """Where a passage has each answer first within a gold sentence."""
    told = [span for span, held in zip(passage.sentences, gold, strict=True) if held]
    found = []
    for answer in item.answers:
        places = [
            first + passage.text[first:last].find(answer)
            for first, last in told
            if answer in passage.text[first:last]
        ]
        found += [(place, place + len(answer)) for place in places[:1]]
    return found


def judge(interaction: Interaction, example: Example) -> None:
    judged, best = example.candidates.judged(interaction), int(example.alone.argmax())
    example.answers, example.within = judged.answers(best), judged.within(best)
    example.highest = judged.highest


def among(example: Example) -> np.ndarray:
    candidates = example.candidates
    return among_rows(example.alone, candidates.blocks, candidates.asked, example.within)


def train_support(answerable: Sequence[Example]) -> np.ndarray:
    """SUPPORT_WEIGHT spread evenly over the signals, each by how much it varies in a passage."""
    columns = [NAMES.index(name) for name in SUPPORT]
    spread = [example.candidates.blocks[0][:, columns].std(axis=0) for example in answerable]
    return SUPPORT_WEIGHT / len(columns) / np.mean(spread, axis=0)


def apply(weights: Weights, chosen: Sequence[Example]) -> None:
    for example in chosen:
        blocks = example.candidates.blocks
        example.alone = weights.alone(np.concatenate(blocks))
        judge(weights.interaction, example)
        example.odds = by_token(weights.among(among(example)), example.highest)
        example.support = supporting(blocks, weights.support)
        sure = weights.confidence(confidence_row(example.alone, blocks, example.answers))
        example.confidence = float(sigmoid(sure)[0])


def sentence_f1(example: Example, chosen: Sequence[int], *, own: bool) -> float:
    """F1 over the given sentences; one counts as quoted when most of its words lie in quotes.

    With `own` only sentences of the question's own passage count; without, a sentence quoted from
    another passage counts as wrong.
    """
    held: dict[str, Counter[str]] = {}
    for i in chosen:
        quote = example.candidates.quote(i)
        held.setdefault(quote.document_id, Counter()).update(words(quote.text))
    item = example.question
    quoted = set()
    for name, bag in held.items():
        if own and name != item.document:
            continue
        for i, text in enumerate(SENTENCES[name]):
            given = words(text)
            if given and sum((given & bag).values()) > 0.5 * sum(given.values()):
                quoted.add((name, i))
    selected = {text.strip() for text in item.selected}
    wanted = {
        (item.document, i)
        for i, text in enumerate(SENTENCES[item.document])
        if text.strip() in selected
    }
    right = len(quoted & wanted)
    return 2 * right / (len(quoted) + len(wanted)) if right else 0.0


def calibration_error(sure: np.ndarray, truth: np.ndarray, bins: int = 10) -> float:
    place = np.minimum((sure * bins).astype(int), bins - 1)
    return float(
        sum(
            abs(sure[place == b].mean() - truth[place == b].mean()) * (place == b).mean()
            for b in range(bins)
            if (place == b).any()
        )
    )


def report(found: Sequence[Example]) -> None:
    for name in ("squad", "clapnq"):
        part = [example for example in found if example.set == name]
        sure = np.array([example.confidence for example in part])
        truth = np.array([example.question.answerable for example in part])
        answerable = [example for example in part if example.question.answerable]
        picks = [choose(e.candidates, e.odds, e.support) for e in answerable]
        size = np.mean([len(pick) for pick in picks])
        if name == "squad":
            held = [
                any(a in e.candidates.quote(i).text for i in pick for a in e.question.answers)
                for e, pick in zip(answerable, picks, strict=True)
            ]
            quality = f"answer in quotes {np.mean(held):.3f}"
        else:
            pairs = list(zip(answerable, picks, strict=True))
            strict, own = (
                np.mean([sentence_f1(e, pick, own=own) for e, pick in pairs])
                for own in (False, True)
            )
            quality = f"sentence F1 {strict:.3f} ({own:.3f} within the passage)"
        print(
            f"{name}, out of fold: {quality} with {size:.2f} sentences; "
            f"AUROC {roc_auc_score(truth, sure):.3f}, "
            f"calibration error {calibration_error(sure, truth):.3f}, "
            f"false answers {np.mean(sure[~truth] >= THRESHOLD):.3f}, "
            f"false refusals {np.mean(sure[truth] < THRESHOLD):.3f}"
        )


def write(weights: Weights, file: Path) -> None:
    """A JSON file, and the networks' weights beside it."""
    file.write_text(as_json(weights) + "\n", "utf-8")
    weights.interaction.write(file.with_suffix(".safetensors"))


def as_json(weights: Weights) -> str:
    def model(linear: Linear) -> dict[str, Any]:
        values = [float(f"{value:.6g}") for value in linear.weights]
        low, high = ([float(f"{v:.6g}") for v in side] for side in (linear.low, linear.high))
        return {"bias": round(linear.bias, 6), "weights": values, "low": low, "high": high}

    return json.dumps(
        {
            "threshold": weights.threshold,
            "alone": model(weights.alone),
            "among": model(weights.among),
            "confidence": model(weights.confidence),
            "support": [float(f"{value:.6g}") for value in weights.support],
        },
        indent=1,
    )


SENTENCES: dict[str, tuple[str, ...]] = {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stores", type=Path, default=Path(".benchmarks"))
    parser.add_argument("--folds", type=Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    found: list[Example] = []
    for held in (clapnq(), squad(), written()):
        for item in held.questions:
            if item.sentences:
                SENTENCES[item.document] = item.sentences
        groups = sorted({item.group for item in held.questions})
        folds = {group: i % FOLDS for i, group in enumerate(groups)}
        if held.name == "written":
            # Always learned from, never reported.
            folds = dict.fromkeys(groups, NO_FOLD)
        index = open_index(
            options.stores / held.name, held.documents, [item.text for item in held.questions]
        )
        found += examples(held, index, folds)
    for fold in range(FOLDS):
        weights = train([example for example in found if example.fold != fold])
        apply(weights, [example for example in found if example.fold == fold])
        if options.folds:
            options.folds.mkdir(parents=True, exist_ok=True)
            write(weights, options.folds / f"fold-{fold}.json")
    report(found)
    if options.folds:
        told = [example for example in found if example.fold != NO_FOLD]
        folds = {example.question.text: example.fold for example in told}
        (options.folds / "folds.json").write_text(json.dumps(folds), "utf-8")
    if options.write:
        write(train(found), OUT)
        print(f"wrote {OUT.name}")


if __name__ == "__main__":
    main()
