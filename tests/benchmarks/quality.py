"""The README's quality table: public sets through the product and four systems beside it.

    python tests/benchmarks/quality.py [--only squad clapnq] [--stores FOLDER] [--weights FOLDER]
                                       [--write]

Needs ../shared/data and the extra `dev`. Indexes, rankings and outcomes are kept in FOLDER, so a
run that is cut off goes on, and a run of unchanged code only prints. `--weights` names a folder of
weights out of fold (see systems.Folds); without it SQuAD and ClapNQ are read by weights that were
trained on them, and the table says so. `--write` writes quality.md and the README's table.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import sets
from retrieval import open_index
from systems import Folds, Ours, System, Tutorial

from assistant.evaluation import Outcome, QuestionSet, evaluate
from assistant.evaluation.comparing import compare
from assistant.evaluation.identity import identity_of
from assistant.evaluation.intervals import Estimate, mean_estimate, paired_difference
from assistant.evaluation.ranking import ranking_scores
from assistant.evaluation.summary import Table, estimates
from assistant.weighing import THRESHOLD
from index.embedding import SentenceEmbedder

HERE = Path(__file__).parent
README = HERE.parents[1] / "README.md"
BEGIN, END = "<!-- quality: begin -->\n", "<!-- quality: end -->\n"

_LEADING_ZERO = re.compile(r"(?<!\d)0\.")

SYSTEMS = ("ours", "ours, float32", "dense only", "BM25 only", "LangChain tutorial")
TRAINED_ON = ("squad", "clapnq")
READ_ON_ONE_ENGINE = ("clapnq", "chunking", "sample", "unseen")
"""Where the product on one engine reads as well as ranks; on the others it would take too long."""

# (label, how it is measured, name of the figure); see Bench.figure for the ways.
_AS_SHIPPED = [
    ("right", "shipped", "right"),
    ("answer in the quotes", "shipped", "answer_in_quotes"),
    ("all sides of a disagreement", "shipped", "all_sides"),
    ("confidence, AUROC", "spoken", "auroc"),
    ("false answers", "shipped", "false_answers"),
    ("false refusals", "shipped", "false_refusals"),
]
FIGURES = {
    "scifact": [("nDCG@10", "ranked", "nDCG@10"), ("R@100", "ranked", "R@100")],
    "squad": [
        ("right paragraph, MRR", "ranked", "RR"),
        ("answer in the quotes", "answerable", "answer_in_quotes"),
        ("sentences quoted", "answerable", "quoted_sentences"),
        ("confidence, AUROC", "spoken", "auroc"),
        ("calibration error", "spoken", "calibration_error"),
        ("false answers", "shipped", "false_answers"),
        ("false refusals", "shipped", "false_refusals"),
    ],
    "clapnq": [
        ("right passage, MRR", "ranked", "RR"),
        ("sentence F1, all quotes counted", "answerable", "sentence_f1"),
        ("sentence F1, gold passage only", "answerable", "sentence_f1_in_evidence"),
        ("sentences quoted", "answerable", "quoted_sentences"),
        ("confidence, AUROC", "spoken", "auroc"),
        ("calibration error", "spoken", "calibration_error"),
        ("false answers", "shipped", "false_answers"),
        ("false refusals", "shipped", "false_refusals"),
    ],
    "chunking": [
        ("token recall, 4 passages", "first", "recall"),
        ("token precision, 4 passages", "first", "precision"),
        ("token IoU, 4 passages", "first", "IoU"),
        ("sentence F1", "spoken", "sentence_f1"),
    ],
    "sample": _AS_SHIPPED,
    "unseen": _AS_SHIPPED,
    "seed": [],
}
DEPTH = {"scifact": 100}
"""Passages ranked, where it is not 20."""

TOLD = 0.002
"""Differences between `ours` and `ours, float32` beyond this are told with their intervals."""

TITLES = {
    "scifact": "SciFact, 809 training claims",
    "squad": "SQuAD 2.0 half, 2,828 questions",
    "clapnq": "ClapNQ half, 300 questions",
    "chunking": "chunking set, 276 questions",
    "sample": "shipped corpus, 164 questions",
    "unseen": "invented news, nothing chosen by it, 120 questions",
    "seed": "seed article, 164 questions",
}


@dataclass
class Bench:
    """One system over one set; what it answered and ranked is kept in a folder."""

    name: str
    asked: QuestionSet
    system: System
    folder: Path
    label: str
    cut: Callable | None

    @cached_property
    def outcomes(self) -> tuple[Outcome, ...]:
        out = self.folder / "outcomes" / f"{self.name}-{self.label.replace(' ', '-')}"
        kept = {"out": out, "settings": self.system.settings}
        return evaluate(self.system, self.asked, cut=self.cut, progress=True, **kept).outcomes

    @cached_property
    def rankings(self) -> dict[str, list[str]]:
        """Documents by question."""
        depth = DEPTH.get(self.name, 20)
        file = self.folder / "rankings" / f"{self.name}-{self.label.replace(' ', '-')}.json"
        settings = {**self.system.settings, "depth": str(depth)}
        about = identity_of(self.system, self.asked, self.system.index, settings)
        if file.is_file() and (held := json.loads(file.read_text("utf-8")))["identity"] == about:
            return held["rankings"]
        asked = [question for question in self.asked.questions if question.evidence]
        found = {question.id: self.system.rank(question.question, depth) for question in asked}
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"identity": about, "rankings": found}), "utf-8")
        return found

    @cached_property
    def shipped(self) -> list[Outcome]:
        """What the product says as it is shipped: nothing below its threshold."""
        if self.label == "LangChain tutorial":
            return list(self.outcomes)
        return [
            replace(one, abstained=True, said="", quotes=(), quoted_sentences=())
            if one.confidence < THRESHOLD
            else one
            for one in self.outcomes
        ]

    def figure(self, way: str, name: str) -> Estimate:
        """A figure of the rankings, of the first passages, or of the answers.

        `spoken` takes every answer however unsure, `answerable` those to answerable questions,
        `shipped` is silent below the threshold.
        """
        if way in ("ranked", "first"):
            return mean_estimate(np.array(list(self._scores(way, name).values())))
        return estimates(Table.of(self._chosen(way)), [name])[name]

    def less(self, other: Bench, way: str, name: str) -> tuple[Estimate, float]:
        """(this figure less the other's over the same questions, p)."""
        if way in ("ranked", "first"):
            mine, others = self._scores(way, name), other._scores(way, name)
            before = np.array([others[question] for question in mine])
            return paired_difference(before, np.array(list(mine.values())))
        found = compare(other._chosen(way), self._chosen(way)).differences
        one = next(one for one in found if one.metric == name)
        return one.difference, one.p

    def _scores(self, way: str, name: str) -> dict[str, float]:
        """By question, where a figure is the mean of them."""
        if way == "ranked":
            relevance = {q.id: dict(q.evidence) for q in self.asked.questions if q.evidence}
            rows = ranking_scores(self.rankings, relevance, [name])
            return {question: row[name] for question, row in rows.items()}
        column = ("recall", "precision", "IoU").index(name)
        return {one.id: one.overlap.at(4)[column] for one in self.outcomes if one.overlap}

    def _chosen(self, way: str) -> list[Outcome]:
        if way == "shipped":
            return self.shipped
        return [one for one in self.outcomes if way == "spoken" or one.question.answerable]


def benches(name: str, stores: Path, folds: Folds | None) -> list[Bench]:
    """The systems over one set, its index made if need be."""
    asked: QuestionSet = getattr(sets, f"{name}_asked")()
    documents = list(asked.documents)
    index = open_index(stores / name, documents, ())
    exact = open_index(stores / f"{name}-float32", documents, (), SentenceEmbedder(backend="onnx"))
    learned = folds if name in TRAINED_ON else None
    systems: list[System] = [Ours(one, None, learned) for one in (index, exact)]
    systems += [Ours(index, weight, learned) for weight in (1.0, 0.0)]
    if name != "seed":
        systems.append(Tutorial(index, stores / f"tutorial-{name}", asked.documents))
    cut = sets.clapnq_sentences() if name == "clapnq" else None
    return [
        Bench(name, asked, system, stores, label, cut)
        for label, system in zip(SYSTEMS, systems, strict=False)
    ]


def table(name: str, held: Sequence[Bench]) -> list[str]:
    """Rows of Markdown, a column a system."""
    lines = []
    for label, way, figure in FIGURES[name]:
        cells = [
            _LEADING_ZERO.sub(".", str(bench.figure(way, figure)))
            if way == "ranked" or name in READ_ON_ONE_ENGINE or bench.label not in SYSTEMS[2:4]
            else "–"
            for bench in held
        ]
        lines.append(f"| {TITLES[name]}: {label} | {' | '.join(cells)} |")
        print(lines[-1], flush=True)
    return lines


def differing(name: str, held: Sequence[Bench]) -> list[str]:
    """By what `ours` and `ours, float32` differ where that is more than is left untold."""
    found = []
    for label, way, figure in FIGURES[name]:
        by, p = held[0].less(held[1], way, figure)
        if abs(by.value) > TOLD:
            cell = f"{by.value:+.4f} [{by.low:+.4f}, {by.high:+.4f}], p {p:.2f}"
            found.append(f"{TITLES[name]}, {label}: {_LEADING_ZERO.sub('.', cell)}")
    return found


def exact(held: Sequence[Bench]) -> tuple[int, int]:
    """(quotes the index holds word for word, all quotes) of the product, silence left aside."""
    quotes = [quote for one in held[0].outcomes for quote in one.quotes]
    return sum(quote.exact for quote in quotes), len(quotes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", choices=list(FIGURES), default=list(FIGURES))
    parser.add_argument("--stores", type=Path, default=Path(".benchmarks"))
    parser.add_argument("--weights", type=Path, help="weights out of fold, by train_reader.py")
    parser.add_argument("--write", action="store_true", help="write quality.md and README.md")
    options = parser.parse_args()
    if options.write and set(options.only) != set(FIGURES):
        parser.error("--write needs every set; leave out --only")
    if options.write and not all(mark in README.read_text("utf-8") for mark in (BEGIN, END)):
        parser.error(f"README.md has no {BEGIN.strip()} and {END.strip()} to write between")
    folds = Folds.read(options.weights) if options.weights else None
    lines = [f"| | {' | '.join(SYSTEMS)} |", "|---|" + "---|" * len(SYSTEMS)]
    counts, apart = {}, list[str]()
    for name in options.only:
        held = benches(name, options.stores, folds)
        lines += table(name, held)
        apart += differing(name, held)
        counts[name] = exact(held)
        print(f"{name}: {counts[name][0]} of {counts[name][1]} quotes exact", flush=True)
    text = "\n".join([*lines, "", *notes(counts, apart, folds)]) + "\n"
    print(f"\n{text}")
    if options.write:
        (HERE / "quality.md").write_text(text, "utf-8")
        before, rest = README.read_text("utf-8").split(BEGIN)
        README.write_text(f"{before}{BEGIN}{text}{END}{rest.split(END)[1]}", "utf-8")


def notes(
    counts: dict[str, tuple[int, int]], apart: Sequence[str], folds: Folds | None
) -> list[str]:
    """What a reader of the table has to know."""
    held, total = (sum(part) for part in zip(*counts.values(), strict=True))
    by_set = ", ".join(f"{name} {one[0]} of {one[1]}" for name, one in counts.items())
    weights = (
        "SQuAD and ClapNQ are read by weights that have not seen the question (out of fold)."
        if folds
        else "**In sample:** the reader's weights were trained on the SQuAD and ClapNQ halves, so "
        "its figures on them (not those of retrieval) are too good."
    )
    return [
        "In brackets: 95 % bootstrap intervals over questions. Error, false answers and false "
        "refusals: lower is better. “Ours, float32” has documents embedded in float32 instead of "
        "what is fastest here. “Dense only” and “BM25 only” are the product on one engine. "
        "The tutorial is RecursiveCharacterTextSplitter 1000/200, our embedder, Chroma, top 4; its "
        "quotes are whole chunks, its confidence the best cosine, and it cannot be silent. "
        f"{weights}",
        "",
        "Ours less “ours, float32”, the same questions in both, where that is more than "
        f"{_LEADING_ZERO.sub('.', str(TOLD))} (95 % bootstrap interval, two-sided p): "
        f"{'; '.join(apart) or 'nowhere'}.",
        "",
        f"Quotes that the index holds word for word at their place: {held:,} of {total:,} "
        f"({by_set}).",
    ]


if __name__ == "__main__":
    main()
