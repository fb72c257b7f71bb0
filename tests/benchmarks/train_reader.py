"""Learn the embedded reader's weights, and report what weights learned elsewhere score.

    python tests/benchmarks/train_reader.py [--stores FOLDER] [--first FOLDER] [--folds FOLDER]
                                            [--write]

Needs ../shared/data and torch; takes about an hour on two cores, nearly all of it for the networks.
Trains through the product's own search and signals. The networks learn first from SQuAD half,
ClapNQ half and tests/data/reading up to file 19, and are refined by the two sets and
tests/data/long_answers; `--first` keeps what was learned first in a folder, or takes it from there.
The linear models learn from what networks say that have not seen the question: which sentences
answer from the two sets and long_answers, how sure to be from the two sets and the files of reading
that no network has seen.

What is printed is out of fold: four folds, SQuAD by article, ClapNQ by question, long_answers by
passage, each scored by weights that have seen nothing of it (but for what networks of other folds
say of their own, which the linear models learn from). `--folds` keeps those weights for quality.py.
`--write` then trains on everything and writes assistant/weights/undated.json and .safetensors. The
weights of dated passages are older: see assistant/weighing.py.
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
from interaction_net import Pair, learn, refine
from retrieval import open_index
from sets import Question, QuestionSet, clapnq, long_answers, squad, written
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

from assistant.candidates import Candidates, Judged
from assistant.chain import RETRIEVED
from assistant.choosing import choose
from assistant.extractive import READ, ExtractiveReader
from assistant.interaction import Interaction
from assistant.signals import NAMES
from assistant.weighing import (
    SUPPORT,
    THRESHOLD,
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
TRAINED_FIRST = ("squad", "clapnq", "written")
NO_FOLD = -1
PARTS = 6
UNSEEN = 20
"""The first file of tests/data/reading that no network learns from."""

WEIGHT = {
    "alone": {"squad": 1.0, "clapnq": 8.0, "long_answers": 2.0},
    "among": {"squad": 1.0, "clapnq": 8.0, "long_answers": 1.0},
    "confidence": {"squad": 1.0, "clapnq": 8.0, "written": 0.2},
}
"""Of a question in each linear model; the networks learn from all alike.

Of 4 and 0, 1 and 1, 2 and 1 for long answers, alone and among, those by which their own F1 out of
fold is highest. Questions of tests/data/reading are made so that those without an answer share more
words with the passage than those with one, which real ones do not: the linear models are to hear of
that, but not to expect it. With .003, .03, .1, .2, .3, .4 and .6 SQuAD's AUROC out of fold is .700,
.701, .703, .704, .705, .704 and .702, ClapNQ's .911, .912, .911, .909, .907, .905 and .902.
"""
SUPPORT_WEIGHT = 1.0
"""Of a sentence's nearness, in log-odds a usual step within a passage.

Of 0, 1, 2, 4, 6 and 8 that by which the F1 of long answers, out of fold, is highest.
"""

STRENGTH = {"alone": 0.05, "among": 0.05, "confidence": 0.01}
"""How freely weights may be learned.

That of confidence lost least of .003, .01 and .03 (log loss), as a mean over the folds' training
parts, each third told by what was learned from the other two; looked at with one network.
"""

LIMIT = {"alone": 4.0, "among": 8.0, "confidence": 8.0}
"""Standard deviations from the mean at which a column is cut off.

That of confidence: with 4, 5, 6, 8 and 12 SQuAD's AUROC out of fold is .701, .703, .704, .704 and
.704; ClapNQ's is .909 with all of them.
"""

OUT = Path(__file__).resolve().parents[2] / "assistant" / "weights" / "undated.json"
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
    judged: Judged | None = None
    """By networks that have not seen it."""
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
    untold = Weights(nothing, nothing, Interaction([]), nothing, np.zeros(1))
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


def learned_by(model: str, chosen: Sequence[Example]) -> list[Example]:
    """The questions that teach a model; which sentences answer, only those that have an answer."""
    taught = [e for e in chosen if e.set in WEIGHT[model] and unseen(e)]
    return taught if model == "confidence" else [e for e in taught if e.question.answerable]


def unseen(example: Example) -> bool:
    """Whether networks that have not seen the question can be asked about it."""
    return example.fold != NO_FOLD or reading_file(example) >= UNSEEN


def reading_file(example: Example) -> int:
    return int(example.question.document.partition("/")[0])


def train_model(
    model: str, chosen: Sequence[Example], of: Callable[[Example], np.ndarray]
) -> Linear:
    """From the rows that `of` gives of a question.

    Its labels are those of its sentences, or, of confidence, whether it has an answer.
    """
    rows = [of(example) for example in chosen]
    sure = model == "confidence"
    labels = [np.array([e.question.answerable]) if sure else e.gold for e in chosen]
    weights = [
        np.full(len(part), WEIGHT[model][example.set])
        for example, part in zip(chosen, rows, strict=True)
    ]
    parts = (np.concatenate(part) for part in (rows, labels, weights))
    return fit(*parts, STRENGTH[model], LIMIT[model])


def train_alone(chosen: Sequence[Example]) -> Linear:
    taught = learned_by("alone", chosen)
    return train_model("alone", taught, lambda e: np.concatenate(e.candidates.blocks))


def train(chosen: Sequence[Example], interaction: Interaction) -> Weights:
    """All linear models; the later ones learn from what the earlier say of questions unseen."""
    for part in range(PARTS):
        first = train_alone([e for i, e in enumerate(chosen) if i % PARTS != part])
        for example in chosen[part::PARTS]:
            example.alone = first(np.concatenate(example.candidates.blocks))
    sentences = train_model("among", learned_by("among", chosen), among)
    confidence = train_model("confidence", learned_by("confidence", chosen), sure_row)
    support = train_support([e for e in chosen if e.set != "written" and e.question.answerable])
    return Weights(train_alone(chosen), sentences, interaction, confidence, support)


def networks(chosen: Sequence[Example], kept: Path | None) -> Interaction:
    """Learned from all, then refined by the public sets and long answers."""
    if kept and kept.is_file():
        first = Interaction.read(kept)
    else:
        taught = [
            e for e in chosen if e.set in TRAINED_FIRST and not (e.fold == NO_FOLD and unseen(e))
        ]
        first = learn(pairs(taught))
        if kept:
            kept.parent.mkdir(parents=True, exist_ok=True)
            first.write(kept)
    return refine(first, pairs([e for e in chosen if e.set != "written"]))


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


def among(example: Example) -> np.ndarray:
    within = example.judged.within(int(example.alone.argmax()))
    candidates = example.candidates
    return among_rows(example.alone, candidates.blocks, candidates.asked, within)


def sure_row(example: Example) -> np.ndarray:
    answers = example.judged.answers(int(example.alone.argmax()))
    return confidence_row(example.alone, example.candidates.blocks, answers)


def train_support(answerable: Sequence[Example]) -> np.ndarray:
    """SUPPORT_WEIGHT spread evenly over the signals, each by how much it varies in a passage."""
    columns = [NAMES.index(name) for name in SUPPORT]
    spread = [example.candidates.blocks[0][:, columns].std(axis=0) for example in answerable]
    return SUPPORT_WEIGHT / len(columns) / np.mean(spread, axis=0)


def apply(weights: Weights, chosen: Sequence[Example]) -> None:
    for example in chosen:
        blocks = example.candidates.blocks
        example.alone = weights.alone(np.concatenate(blocks))
        example.odds = by_token(weights.among(among(example)), example.judged.highest)
        example.support = supporting(blocks, weights.support)
        example.confidence = float(sigmoid(weights.confidence(sure_row(example)))[0])


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
    for name in ("squad", "clapnq", "long_answers"):
        part = [example for example in found if example.set == name]
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
        print(f"{name}, out of fold: {quality} with {size:.2f} sentences")
        truth = np.array([example.question.answerable for example in part])
        if not truth.all():
            report_sure(np.array([example.confidence for example in part]), truth)


def report_sure(sure: np.ndarray, truth: np.ndarray) -> None:
    print(
        f"    AUROC {roc_auc_score(truth, sure):.3f}, "
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
    parser.add_argument("--first", type=Path)
    parser.add_argument("--folds", type=Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    found: list[Example] = []
    files = [
        options.first and options.first / f"{name}.safetensors" for name in (*range(FOLDS), "all")
    ]
    learned_first = all(file and file.is_file() for file in files)
    read = written(UNSEEN if learned_first else 1)
    for held in (clapnq(), squad(), read, long_answers()):
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
    learned = []
    for fold in range(FOLDS):
        others = [example for example in found if example.fold != fold]
        learned.append(networks(others, files[fold]))
        for example in found:
            # Those of no fold that are asked about, no network has seen.
            if example.fold == fold or (fold == 0 and example.fold == NO_FOLD):
                example.judged = example.candidates.judged(learned[fold])
    for fold, interaction in enumerate(learned):
        weights = train([example for example in found if example.fold != fold], interaction)
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
        write(train(found, networks(found, files[FOLDS])), OUT)
        print(f"wrote {OUT.name}")


if __name__ == "__main__":
    main()
