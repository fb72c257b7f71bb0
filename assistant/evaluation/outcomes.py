"""Outcome: one question and what came of it, all that a metric may want. Knows no metric."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from assistant.evaluation.chunking import Overlap, Place
from assistant.evaluation.questions import Question


@dataclass(frozen=True, slots=True)
class Quoted:
    """A quote as it was shown; `exact` when the index holds these words at this place."""

    document: str
    start: int
    end: int
    text: str
    exact: bool
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a system answered, beside what was right.

    `said` is the answer's own words without markers; `found` the passages it read, best first,
    near-duplicates after the one that stands for them; `gold_sentences` and `quoted_sentences` are
    whole sentences of documents; `overlap` what `found` shares with the gold passages; `usage`
    tokens of the models behind the answer, where they report them.
    """

    question: Question
    text: str
    said: str
    abstained: bool
    confidence: float
    quotes: tuple[Quoted, ...] = ()
    found: tuple[Place, ...] = ()
    gold_sentences: tuple[Place, ...] = ()
    quoted_sentences: tuple[Place, ...] = ()
    overlap: Overlap | None = None
    usage: Mapping[str, int] | None = None

    @property
    def id(self) -> str:
        """The question's id."""
        return self.question.id

    def to_dict(self) -> dict[str, Any]:
        """One line of results.jsonl."""
        values = {name: getattr(self, name) for name in ("text", "said", "abstained", "confidence")}
        for name in ("quotes", "found", "gold_sentences", "quoted_sentences"):
            values[name] = [asdict(item) for item in getattr(self, name)]
        values["overlap"] = asdict(self.overlap) if self.overlap else None
        values["usage"] = dict(self.usage) if self.usage else None
        return {"question": self.question.to_dict(), **values}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Outcome:
        """From a line of results.jsonl. Raises KeyError or TypeError for a line that is not one."""
        counts = values["overlap"]
        return cls(
            question=Question.from_dict(values["question"]),
            text=values["text"],
            said=values["said"],
            abstained=values["abstained"],
            confidence=values["confidence"],
            quotes=tuple(Quoted(**item) for item in values["quotes"]),
            found=_places(values["found"]),
            gold_sentences=_places(values["gold_sentences"]),
            quoted_sentences=_places(values["quoted_sentences"]),
            overlap=Overlap(counts["gold"], tuple(counts["retrieved"]), tuple(counts["shared"]))
            if counts
            else None,
            usage=values["usage"],
        )


def _places(items: list[dict[str, Any]]) -> tuple[Place, ...]:
    return tuple(Place(**item) for item in items)
