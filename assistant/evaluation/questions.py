"""Question and QuestionSet: what is asked and what would be right. Knows no file but its schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from assistant.answers import Turn
from index.documents import Document


@dataclass(frozen=True, slots=True)
class Gold:
    """A stretch of a document that answers, by its words or its place.

    With `text` alone it is where those words first stand; with `start` and `end` it is there.
    """

    document: str
    text: str = ""
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """One account of a disagreement, and strings of which one shows that it was quoted."""

    document: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One question and what is known of its answer; what is not known is not measured.

    `answerable` is None where nobody says; `answers` are accepted strings; `evidence` maps the ids
    of documents that answer to their grade, 1 or higher; `passages` are the exact places.
    """

    id: str
    question: str
    answerable: bool | None = None
    answers: tuple[str, ...] = ()
    evidence: Mapping[str, int] = field(default_factory=dict)
    passages: tuple[Gold, ...] = ()
    history: tuple[Turn, ...] = ()
    as_of: date | None = None
    kinds: tuple[str, ...] = ()
    verdict: str | None = None
    sides: tuple[Side, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """One line of a question set: plain values, fields that say nothing left out."""
        values = asdict(self)
        values["as_of"] = self.as_of.isoformat() if self.as_of else None
        if all(grade == 1 for grade in self.evidence.values()):
            values["evidence"] = list(self.evidence)
        values["passages"] = [
            {name: value for name, value in asdict(gold).items() if value not in ("", None)}
            for gold in self.passages
        ]
        return {name: value for name, value in values.items() if value not in (None, (), [], {})}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], default_id: str = "") -> Question:
        """From a checked line. Raises KeyError, TypeError or ValueError for a line that is not."""
        evidence = values.get("evidence") or ()
        grades = dict(evidence) if isinstance(evidence, Mapping) else dict.fromkeys(evidence, 1)
        as_of = values.get("as_of")
        known = values.get("answerable")
        return cls(
            id=values.get("id") or default_id,
            question=values["question"],
            answerable=True if known is None and values.get("answers") else known,
            answers=tuple(values.get("answers") or ()),
            evidence=grades,
            passages=tuple(Gold(**item) for item in values.get("passages") or ()),
            history=tuple(
                Turn(turn["question"], turn["answer"]) for turn in values.get("history") or ()
            ),
            as_of=date.fromisoformat(as_of) if as_of else None,
            kinds=tuple(values.get("kinds") or ()),
            verdict=values.get("verdict"),
            sides=tuple(
                Side(side["document"], tuple(side["answers"])) for side in values.get("sides") or ()
            ),
        )


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions in order, and the documents they come with, if they bring any (SQuAD, BEIR)."""

    name: str
    questions: tuple[Question, ...]
    documents: tuple[Document, ...] = ()
