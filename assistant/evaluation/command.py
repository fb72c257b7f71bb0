"""`assistant evaluate` and `assistant questions draft` as calls that print nothing."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.api import Assistant
from assistant.evaluation.catalogue import METRICS, known
from assistant.evaluation.comparing import Comparison, compare
from assistant.evaluation.drafting import draft_questions
from assistant.evaluation.judging import Judge, judge_run
from assistant.evaluation.questions import QuestionSet
from assistant.evaluation.report import write_report
from assistant.evaluation.runs import Run, evaluate, read_run, write_json
from assistant.settings import Settings
from index.api import Index
from index.documents import Document
from index.embedding import Embedder
from index.errors import UnreadableDocument
from index.reader import Reader
from index.sync import Progress
from index.walking import folder_named

FOLDER = Path(".assistant/evaluation")
"""Where runs and the indexes made for them are kept, unless told otherwise."""

_BATCH = 200
"""Documents added at a time, so that one cut off loses little."""

Limit = tuple[str, float]


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What an evaluation came to; `failures` are the gates it did not pass, in words."""

    out: Path
    run: Run
    summary: dict[str, Any]
    comparison: Comparison | None
    failures: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {
            "out": str(self.out),
            "summary": self.summary,
            "latency": self.run.latencies(),
            "comparison": self.comparison.to_dict() if self.comparison else None,
            "failures": list(self.failures),
        }

    def __str__(self) -> str:
        counts, quotes = self.summary["questions"], self.summary["quotes"]
        lines = [
            f"{counts['total']} questions, {counts['unanswerable']} of them unanswerable; "
            f"{counts['answered']} answered; {quotes['exact']} of {quotes['total']} quotes exact"
        ]
        width = max((len(METRICS[name].label) for name in self.summary["metrics"]), default=0)
        group = ""
        for name, one in self.summary["metrics"].items():
            metric = METRICS[name]
            lines += ["", metric.group] if metric.group != group else []
            group = metric.group
            lines.append(
                f"  {metric.label:{width}}  {one['value']:.3f}  "
                f"[{one['low']:.3f}, {one['high']:.3f}]  n {one['n']}"
            )
        times = {name: f"{value * 1000:.0f} ms" for name, value in self.run.latencies().items()}
        lines += [
            "",
            f"median answer {times['total_p50']}, 95th percentile {times['total_p95']}; "
            f"first text {times['first_text_p50']}",
        ]
        if "judged" in self.summary:
            lines += ["", "Judged by a model, and apart from all above"]
            lines += [
                f"  {name}  {one['value']:.3f}  [{one['low']:.3f}, {one['high']:.3f}]  n {one['n']}"
                for name, one in self.summary["judged"]["metrics"].items()
            ]
        if self.comparison is not None:
            lines += ["", "Beside the run compared with", str(self.comparison)]
        return "\n".join([*lines, "", f"report: {self.out / 'report.html'}"])


def index_for(
    asked: QuestionSet,
    embedder: Embedder,
    settings: Settings,
    store: str | None = None,
    documents: str | None = None,
    tell: Callable[[str], None] = lambda text: None,
    progress: Progress | None = None,
) -> Index:
    """The index to ask: of a folder, at a store, of the set's own documents, or the default.

    An index made for a folder or a set is kept and used again; `tell` is called with each file
    that could not be read and why, `progress` as it is by Index.sync. Raises ValueError when both
    a store and a folder are given, and what Index raises.
    """
    if documents is not None and store is not None:
        raise ValueError("give --documents or --store, not both")
    if documents is None and store is None:
        if asked.documents:
            return _index_of_set(asked, embedder, progress)
        if not (Path(settings.store) / "chroma").is_dir() and Path(settings.documents).is_dir():
            # Nothing is indexed yet: take the documents that `assistant index` would.
            documents = settings.documents
    if documents is None:
        return Index.open(store or settings.store, embedder=embedder, create=False)
    folder = folder_named(documents).resolve()
    if not folder.is_dir():
        raise ValueError(f"{documents} is not a folder; give the folder that holds the documents")
    index = Index.open(_kept(str(folder), embedder), embedder=embedder)
    for name, reason in index.sync(folder, progress=progress).failed.items():
        tell(f"{name}: {reason}")
    return index


def _index_of_set(asked: QuestionSet, embedder: Embedder, progress: Progress | None) -> Index:
    index = Index.open(_kept(asked.name, embedder), embedder=embedder)
    held = {record.document_id: record.version for record in index.records()}
    wanted = {document.id: document for document in asked.documents}
    gone = [name for name in held if name not in wanted]
    if gone:
        index.delete(gone)
    new = [one for name, one in wanted.items() if held.get(name) != one.fingerprint]
    for start in range(0, len(new), _BATCH):
        if progress is not None:
            progress(start, len(new), new[start].id)
        index.add(new[start : start + _BATCH])
    if progress is not None and new:
        progress(len(new), len(new), "")
    return index


def evaluate_file(
    questions: QuestionSet,
    index: Index,
    *,
    out: str | None = None,
    compare_with: str | None = None,
    fail_under: Sequence[Limit] = (),
    fail_on_loss: bool = False,
    judge: Judge | None = None,
) -> Evaluated:
    """Ask, score, compare, and write results.jsonl, summary.json and report.html.

    Raises ValueError for an unknown metric, RunMismatch when there is no run to compare with.
    """
    for name, _ in fail_under:
        known(name)
    if fail_on_loss and compare_with is None:
        raise ValueError("--fail-on-loss needs a run to compare with; add --compare RUN")
    before = read_run(compare_with) if compare_with is not None else None
    folder = Path(out) if out is not None else FOLDER / questions.name
    run = evaluate(Assistant(index), questions, out=folder, progress=True)
    summary = run.summary
    if judge is not None:
        summary = summary | {"judged": judge_run(run.outcomes, judge, out=folder)}
        write_json(folder / "summary.json", summary)
    comparison = compare(before.outcomes, run.outcomes) if before is not None else None
    if comparison is not None:
        write_json(folder / "comparison.json", comparison.to_dict())
    write_report(run, folder / "report.html", summary=summary, comparison=comparison)
    failures = [text for limit in fail_under if (text := _below(summary, *limit))]
    if comparison is not None and fail_on_loss:
        failures += [
            f"{one.metric} got worse: {one.before:.3f} -> {one.after:.3f} (p {one.p:.3f})"
            for one in comparison.significant_losses
        ]
    return Evaluated(folder, run, summary, comparison, tuple(failures))


def limit(text: str) -> Limit:
    """Read "metric=value". Raises ValueError for another form or an unknown metric."""
    name, equals, value = text.partition("=")
    known(name.strip())
    try:
        bound = float(value)
    except ValueError:
        bound = math.nan
    if not math.isfinite(bound):
        raise ValueError(f"write a limit as metric=value, as in right=0.6; got {text!r}")
    return name.strip(), bound


def _below(summary: dict[str, Any], name: str, bound: float) -> str | None:
    if name not in summary["metrics"]:
        return f"{name} was not measured: the questions do not say what it needs"
    value = summary["metrics"][name]["value"]
    if METRICS[name].higher_is_better:
        return f"{name} is {value:.4f}, under {bound}" if value < bound else None
    return f"{name} is {value:.4f}, over {bound}, and lower is better" if value > bound else None


def _kept(name: str, embedder: Embedder) -> Path:
    digest = hashlib.sha256(f"{name}\n{embedder.name}".encode()).hexdigest()[:12]
    return FOLDER / "indexes" / f"{Path(name).name or 'root'}-{digest}"


def judge_of(name: str | None) -> Judge | None:
    """The judge of that name, none for None. Raises ModelUnavailable."""
    return None if name is None else Judge.of(name)


def draft_file(folder: str, *, most: int, out: str | None) -> tuple[str, str]:
    """Draft questions about a folder -> (lines to print, a note); with `out` they go there.

    Files that cannot be read are counted in the note. Raises ValueError for no folder, no usable
    sentence, or a file at `out`, which may hold a person's edits.
    """
    place = folder_named(folder)
    if not place.is_dir():
        raise ValueError(f"{folder} is not a folder; give the folder that holds the documents")
    if out is not None and Path(out).exists():
        raise ValueError(f"{out} exists and may hold your edits; give another file with --out")
    documents: list[Document] = []
    unread = 0
    with Reader() as reader:
        for path in sorted(path for path in place.rglob("*") if path.is_file()):
            name = path.relative_to(place)
            if any(part.startswith(".") for part in name.parts):
                continue
            try:
                documents += reader.read(path, name.as_posix())
            except UnreadableDocument:
                unread += 1
    drafts = draft_questions(documents, most=most)
    if not drafts:
        raise ValueError(f"no sentence of {folder} states a figure or a day to ask for")
    lines = "".join(f"{draft.to_json()}\n" for draft in drafts)
    note = f"{len(drafts)} questions from {len(documents)} documents; read and edit every one"
    if unread:
        note += f"; {unread} files could not be read"
    if out is None:
        return lines, note
    Path(out).write_text(lines, "utf-8", newline="\n")
    return "", f"{note}; written to {out}"
