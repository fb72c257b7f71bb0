"""What the steps of the chain hand to one another, and the seams to reader and writer.

Knows nothing of stores, models or pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from assistant.answers import Turn
from assistant.citing import Library, Quote, Statement
from assistant.disagreement import Dispute
from index.documents import Hit

_BROKEN = re.compile("[\\ud800-\\udfff]")
"""What is left of bytes that are no text."""


class Searchable(Library, Protocol):
    """What the chain asks of an index."""

    def search(
        self, query: str, *, k: int, as_of: date | None, sources: Sequence[str] | None
    ) -> list[Hit]:
        """The k best passages, best first."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader makes of passages: quotes in order of merit, and how sure it is of them.

    `disputed` are versions among the quotes that cannot all hold.
    """

    quotes: tuple[Quote, ...]
    confidence: float
    answers: bool
    disputed: tuple[Dispute, ...] = ()


class Reader(Protocol):
    """The seam to whatever turns a question and passages into quotes."""

    def read(self, question: str, hits: Sequence[Hit]) -> Reading:
        """Choose quotes from the hits' passages; Reading.answers is false if they do not say."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a writer has written so far, each statement checked; `complete` on the last.

    `silent` says that in the writer's eyes the passages do not answer.
    """

    statements: tuple[Statement, ...]
    complete: bool = False
    silent: bool = False
    notice: str = ""


class Writer(Protocol):
    """The seam to whatever turns a question and passages into prose."""

    @property
    def name(self) -> str:
        """What answers say they were written by."""

    def write(self, question: str, hits: Sequence[Hit], as_of: date | None) -> Iterator[Draft]:
        """Drafts that replace one another; the last is complete. Raises ModelFailed."""


@dataclass(frozen=True, slots=True)
class Request:
    """A checked question: the input of the chain."""

    question: str
    history: tuple[Turn, ...] = ()
    as_of: date | None = None
    sources: tuple[str, ...] | None = None

    @classmethod
    def of(cls, value: str | Mapping[str, Any] | Request) -> Request:
        """Accept a question alone or a mapping of the fields. Raises ValueError for bad ones."""
        if isinstance(value, Request):
            return value
        given = {"question": value} if isinstance(value, str) else dict(value)
        unknown = set(given) - {"question", "history", "as_of", "sources"}
        if unknown:
            raise ValueError(
                f"unknown input {sorted(unknown)}; use question, history, as_of, sources"
            )
        question = given.get("question")
        if not isinstance(question, str) or not question.strip():
            raise ValueError(f"the question is empty; got {question!r}")
        if _BROKEN.search(question):
            raise ValueError(f"the question is not valid Unicode text; got {question!r}")
        history = tuple(given.get("history") or ())
        for turn in history:
            if not isinstance(turn, Turn):
                raise ValueError(f"history must be a list of Turn; got {turn!r} in it")
        as_of = given.get("as_of")
        if as_of is not None and not isinstance(as_of, date):
            raise ValueError(f"as_of must be a datetime.date or None; got {as_of!r}")
        sources = given.get("sources")
        if isinstance(sources, str):
            raise ValueError(f"sources must be a list of publishers; got the string {sources!r}")
        chosen = None if sources is None else tuple(sources)
        return cls(question.strip(), history, as_of, chosen)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A request, the question that was searched for, and what was found.

    `further` is what was found beyond the hits, looked through for other accounts of the same.
    """

    request: Request
    standalone_question: str
    hits: tuple[Hit, ...]
    further: tuple[Hit, ...] = ()
