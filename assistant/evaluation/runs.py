"""Ask every question, keep every outcome, go on where a run was cut off. Draws no report."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from assistant.citing import Library
from assistant.evaluation.asking import System, Timing, ask
from assistant.evaluation.extras import extra, require
from assistant.evaluation.identity import identity_of, machine
from assistant.evaluation.outcomes import Outcome
from assistant.evaluation.placing import Sentences, Shelf, check_gold, outcome_of
from assistant.evaluation.questions import Question, QuestionSet
from assistant.evaluation.summary import summarize
from index.errors import RunMismatch

RESULTS, TIMINGS, ABOUT = "results.jsonl", "timings.jsonl", "run.json"


@dataclass(frozen=True)
class Run:
    """Outcomes in the order of the questions, with the timing of each.

    `about` says what was run: question set, corpus, settings, versions, code, machine.
    """

    outcomes: tuple[Outcome, ...]
    timings: Mapping[str, Timing]
    about: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def summary(self) -> dict[str, Any]:
        """What `summarize` makes of the outcomes."""
        return summarize(self.outcomes)

    def latencies(self) -> dict[str, float]:
        """Seconds: median and 95th percentile of whole answers and of the first text."""
        found = {}
        for name in ("total", "first_text"):
            values = [getattr(timing, name) for timing in self.timings.values()]
            for percent in (50, 95):
                found[f"{name}_p{percent}"] = round(float(np.percentile(values, percent)), 4)
        return found


def evaluate(
    system: System,
    questions: QuestionSet | Sequence[Question],
    *,
    out: str | Path | None = None,
    library: Library | None = None,
    settings: Mapping[str, str] | None = None,
    cut: Sentences | None = None,
    progress: bool = False,
) -> Run:
    """Ask a system every question, one after another -> every outcome.

    Quotes are checked against `library`, by default the system's own `index`. With `out`, outcomes
    are written to that folder as they come, and a run of the same questions, documents, code and
    `settings` that was cut off there goes on; any other run found there is kept in `earlier/`.
    `cut` counts sentences otherwise than the index does. Raises UnreadableQuestions when a
    question names what the documents do not hold, ExtraMissing before the first question is asked,
    ValueError for no questions or two of one id, and whatever the system raises.
    """
    asked = questions if isinstance(questions, QuestionSet) else QuestionSet("", tuple(questions))
    if not asked.questions:
        raise ValueError("there are no questions to ask")
    if len({question.id for question in asked.questions}) < len(asked.questions):
        raise ValueError("two of the questions have the same id")
    require()
    books = library if library is not None else getattr(system, "index", None)
    if books is None:
        raise ValueError("give library=, an Index to check quotes against; the system has no index")
    shelf = Shelf(books, cut)
    check_gold(asked.questions, shelf)
    about = {"identity": identity_of(system, asked, books, settings or {}), "machine": machine()}
    log = Log.open(Path(out), about, asked) if out is not None else Log()
    missing = [question for question in asked.questions if question.id not in log.outcomes]
    # None lets the bar show on a terminal only.
    bar = extra("tqdm").tqdm(missing, unit="question", disable=None if progress else True)
    for question in bar:
        answer, timing, usage = ask(system, question)
        log.add(outcome_of(question, answer, shelf, usage), timing)
    found = tuple(log.outcomes[question.id] for question in asked.questions)
    run = Run(found, {one.id: log.timings[one.id] for one in found}, about)
    if out is not None:
        write_json(Path(out) / "summary.json", run.summary)
        write_json(Path(out) / "timings.json", run.latencies())
    return run


def read_run(folder: str | Path) -> Run:
    """A finished run from its folder. Raises RunMismatch when there is none or it was cut off."""
    place = Path(folder)
    if not (place / ABOUT).is_file() or not (place / "summary.json").is_file():
        raise RunMismatch(
            f"{place} holds no finished evaluation; make one with: assistant evaluate QUESTIONS "
            f"--out {place}"
        )
    about = json.loads((place / ABOUT).read_text("utf-8"))
    log = Log(place)
    try:
        log.read()
    except (KeyError, TypeError) as error:
        raise RunMismatch(
            f"{place} was written by another version of this program ({error}); run it again"
        ) from error
    return Run(tuple(log.outcomes.values()), log.timings, about)


@dataclass(slots=True)
class Log:
    """Outcomes and timings as they come, also in a folder if there is one."""

    folder: Path | None = None
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    timings: dict[str, Timing] = field(default_factory=dict)

    @classmethod
    def open(cls, folder: Path, about: Mapping[str, Any], asked: QuestionSet) -> Log:
        """The log of this run, with what an interrupted one left; another run is put aside."""
        folder.mkdir(parents=True, exist_ok=True)
        log = cls(folder)
        if _same_run(folder, about):
            log.read()
            kept = {question.id for question in asked.questions} & log.timings.keys()
            log.outcomes = {name: one for name, one in log.outcomes.items() if name in kept}
            # Written again, for the line at which a run is cut off may be half a line.
            log.rewrite()
        else:
            _put_aside(folder)
            write_json(folder / ABOUT, about)
        return log

    def add(self, outcome: Outcome, timing: Timing) -> None:
        """Keep one; on disk before the next question is asked."""
        self.outcomes[outcome.id] = outcome
        self.timings[outcome.id] = timing
        if self.folder is not None:
            # The timing first: an outcome without one would be asked again, a timing alone is not.
            _append(self.folder / TIMINGS, {"id": outcome.id, **asdict(timing)})
            _append(self.folder / RESULTS, outcome.to_dict())

    def read(self) -> None:
        """Take in what the folder holds, up to the first line that is not whole."""
        if self.folder is None:
            return
        for values in _lines(self.folder / RESULTS):
            outcome = Outcome.from_dict(values)
            self.outcomes[outcome.id] = outcome
        for values in _lines(self.folder / TIMINGS):
            self.timings[values["id"]] = Timing(values["first_text"], values["total"])

    def rewrite(self) -> None:
        """Write both files whole again."""
        if self.folder is None:
            return
        rows = [{"id": name, **asdict(self.timings[name])} for name in self.outcomes]
        _replace(self.folder / TIMINGS, "".join(map(_line, rows)))
        _replace(
            self.folder / RESULTS, "".join(_line(one.to_dict()) for one in self.outcomes.values())
        )


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write plain values as readable JSON, in one step, keys in the order given."""
    _replace(path, json.dumps(values, ensure_ascii=False, indent=1) + "\n")


def _same_run(folder: Path, about: Mapping[str, Any]) -> bool:
    try:
        held = json.loads((folder / ABOUT).read_text("utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return False
    return bool(held.get("identity") == about["identity"])


def _put_aside(folder: Path) -> None:
    """Move the files of a run that is not this one to the next free number in `earlier/`."""
    files = [path for path in folder.iterdir() if path.is_file()]
    if not (folder / ABOUT).is_file():
        if files:
            raise RunMismatch(
                f"{folder} holds files that are no evaluation ({files[0].name}); give an empty "
                "or a new folder with --out"
            )
        return
    number = 1
    while (target := folder / "earlier" / str(number)).exists():
        number += 1
    target.mkdir(parents=True)
    for path in files:
        path.rename(target / path.name)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if not path.is_file():
        return
    for line in path.read_text("utf-8").split("\n"):
        try:
            values = json.loads(line)
        except json.JSONDecodeError:
            return
        yield values


def _line(values: Mapping[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False) + "\n"


def _append(path: Path, values: Mapping[str, Any]) -> None:
    with path.open("a", encoding="utf-8", newline="\n") as file:
        file.write(_line(values))


def _replace(path: Path, text: str) -> None:
    part = path.with_name(path.name + ".part")
    part.write_text(text, "utf-8", newline="\n")
    os.replace(part, path)
