"""What people say of answers, kept in a file beside the store; as a question set. Knows no page."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

from assistant.answers import Turn
from assistant.evaluation.questions import Gold, Question
from index.errors import FeedbackUnwritten

Verdict = Literal["up", "down", ""]
"""Good, bad, or taken back."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """One verdict on one answer, `key`; the last one on a key counts.

    `right` is the answer a person would have given; `quotes` are the cited places as document,
    start, end and words.
    """

    key: str
    verdict: Verdict
    question: str
    answer: str
    abstained: bool
    reason: str = ""
    right: str = ""
    history: tuple[Turn, ...] = ()
    as_of: date | None = None
    quotes: tuple[Gold, ...] = ()
    who: str = ""
    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))

    def to_json(self) -> str:
        """One line."""
        values = asdict(self) | {"as_of": self.as_of.isoformat() if self.as_of else None}
        return json.dumps(values, ensure_ascii=False)

    @classmethod
    def of_json(cls, line: str) -> Feedback:
        """From a line. Raises ValueError, KeyError or TypeError for one that is not ours."""
        values: dict[str, Any] = json.loads(line)
        values["history"] = tuple(Turn(**turn) for turn in values["history"])
        values["quotes"] = tuple(Gold(**gold) for gold in values["quotes"])
        values["as_of"] = date.fromisoformat(values["as_of"]) if values["as_of"] else None
        return cls(**values)


class FeedbackFile:
    """Verdicts in a file of JSON lines, each on the disk before `add` returns.

    Safe to share between threads.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()

    @classmethod
    def beside(cls, location: str) -> FeedbackFile:
        """The file that belongs to a store: next to its folder, or here for a server's."""
        if location.startswith(("http://", "https://")):
            name = re.sub(r"\W+", "-", location).strip("-")
            return cls(Path(".assistant") / f"{name}.feedback.jsonl")
        folder = Path(location).absolute()
        return cls(folder.with_name(f"{folder.name}.feedback.jsonl"))

    def add(self, feedback: Feedback) -> None:
        """Write one verdict. Raises FeedbackUnwritten when the disk will not have it."""
        line = feedback.to_json().encode("utf-8", "replace") + b"\n"
        try:
            with self._lock:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                with self.path.open("ab") as file:
                    # A line that a crash cut short must not swallow this one.
                    if file.tell() and not self._ends():
                        line = b"\n" + line
                    file.write(line)
                    file.flush()
                    os.fsync(file.fileno())
        except OSError as error:
            raise FeedbackUnwritten(
                f"the feedback could not be written to {self.path}: {error.strerror}"
            ) from error

    def read(self) -> list[Feedback]:
        """The verdict that counts on each answer, in order; lines that were cut short left out."""
        if not self.path.exists():
            return []
        latest: dict[str, Feedback] = {}
        for line in self.path.read_text("utf-8", "replace").split("\n"):
            try:
                found = Feedback.of_json(line)
            except (ValueError, KeyError, TypeError):
                continue
            latest.pop(found.key, None)
            latest[found.key] = found
        return [found for found in latest.values() if found.verdict]

    def _ends(self) -> bool:
        with self.path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"


def questions_of(feedback: Iterable[Feedback]) -> list[Question]:
    """Verdicts as a question set: what is known of the right answer, and no more.

    A good answer's quotes are evidence, a good silence is an unanswerable question. A bad answer
    tells only its question and, where a person gave it, the right answer; a bad silence that the
    documents do answer.
    """
    return [_question(found) for found in feedback]


def question_lines(feedback: Iterable[Feedback]) -> str:
    """The question set as JSON lines; the reason stands in each as a note."""
    lines = []
    for found in feedback:
        values = _question(found).to_dict()
        if found.reason:
            values["note"] = found.reason
        lines.append(json.dumps(values, ensure_ascii=False) + "\n")
    return "".join(lines)


def export(location: str, *, out: str | None) -> tuple[str, str]:
    """The question set of a store's feedback -> (lines to print, a note); with `out` they go there.

    Raises ValueError when there is no feedback, and for a file at `out`, which may hold edits.
    """
    if out is not None and Path(out).exists():
        raise ValueError(f"{out} exists and may hold your edits; give another file with --out")
    file = FeedbackFile.beside(location)
    held = file.read()
    if not held:
        raise ValueError(f"no feedback is kept in {file.path}; it comes from the chat page")
    lines = question_lines(held)
    note = f"{len(held)} questions from {file.path}; read and edit every one"
    if out is None:
        return lines, note
    Path(out).write_text(lines, "utf-8", newline="\n")
    return "", f"{note}; written to {out}"


def _question(found: Feedback) -> Question:
    good = found.verdict == "up"
    answers = (found.right,) if found.right.strip() else ()
    quotes = found.quotes if good and not found.abstained else ()
    answerable: bool | None = None
    if good:
        answerable = not found.abstained
    elif answers or found.abstained:
        answerable = True
    return Question(
        id=found.key,
        question=found.question,
        answerable=answerable,
        answers=answers if answerable else (),
        evidence=dict.fromkeys((gold.document for gold in quotes), 1),
        passages=quotes,
        history=found.history,
        as_of=found.as_of,
        kinds=("feedback", f"thumbs {found.verdict}"),
    )
