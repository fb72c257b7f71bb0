"""The retrieval chain: rewrite, retrieve, read, cite. Knows nothing of stores or pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from langchain_core.runnables import Runnable, RunnableConfig, RunnableLambda

from assistant.answers import Answer, Turn, answer_text, written_date
from assistant.citing import Library, Quote, cite
from assistant.conversation import stand_alone
from index.documents import Hit

RETRIEVED = 12
"""Passages handed to the reader."""


class Searchable(Library, Protocol):
    """What the chain asks of an index."""

    def search(
        self, query: str, *, k: int, as_of: date | None, sources: Sequence[str] | None
    ) -> list[Hit]:
        """The k best passages, best first."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader makes of passages: quotes in order of merit, and how sure it is of them."""

    quotes: tuple[Quote, ...]
    confidence: float
    answers: bool


class Reader(Protocol):
    """The seam to whatever turns a question and passages into quotes."""

    def read(self, question: str, hits: Sequence[Hit]) -> Reading:
        """Choose quotes from the hits' passages; Reading.answers is false if they do not say."""


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
    """A request, the question that was searched for, and what was found."""

    request: Request
    standalone_question: str
    hits: tuple[Hit, ...]


def build_chain(index: Searchable, reader: Reader) -> Runnable[Any, Answer]:
    """A Runnable from a question (or mapping, or Request) to an Answer.

    `stream` gives Answer snapshots, of which the last is complete; `invoke` gives that one.
    """

    def rewrite(value: str | Mapping[str, Any] | Request) -> Evidence:
        request = Request.of(value)
        return Evidence(request, stand_alone(request.question, request.history), ())

    def retrieve(asked: Evidence) -> Evidence:
        hits = index.search(
            asked.standalone_question,
            k=RETRIEVED,
            as_of=asked.request.as_of,
            sources=asked.request.sources,
        )
        return Evidence(asked.request, asked.standalone_question, tuple(hits))

    steps = RunnableLambda(rewrite, name="rewrite") | RunnableLambda(retrieve, name="retrieve")
    return (steps | _Read(index, reader)).with_config(run_name="assistant")


class _Read(Runnable[Evidence, Answer]):
    """Read, cite and check; a step of its own because its snapshots replace one another."""

    name = "read"

    def __init__(self, library: Library, reader: Reader) -> None:
        self._library = library
        self._reader = reader

    def invoke(
        self,
        input: Evidence,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        **kwargs: Any,  # noqa: ANN401 - LangChain's signature
    ) -> Answer:
        """The complete answer."""
        return self._call_with_config(self._read, input, config)

    def stream(
        self,
        input: Evidence,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        **kwargs: Any,  # noqa: ANN401 - LangChain's signature
    ) -> Iterator[Answer]:
        """Snapshots: first what was found, then one citation more each time."""
        yield _answer(input, (), text="", abstained=False, confidence=0.0, complete=False)
        answer = self.invoke(input, config)
        for count in range(1, len(answer.citations)):
            shown = answer.citations[:count]
            yield _answer(
                input,
                shown,
                text=answer_text(shown),
                abstained=False,
                confidence=answer.confidence,
                complete=False,
            )
        yield answer

    def _read(self, evidence: Evidence) -> Answer:
        reading = self._reader.read(evidence.standalone_question, evidence.hits)
        citations = tuple(cite(self._library, reading.quotes)) if reading.answers else ()
        if not citations:
            return _answer(
                evidence,
                (),
                text=_silence(evidence),
                abstained=True,
                confidence=0.0 if reading.answers else reading.confidence,
                complete=True,
            )
        return _answer(
            evidence,
            citations,
            text=answer_text(citations),
            abstained=False,
            confidence=reading.confidence,
            complete=True,
        )


def _answer(
    evidence: Evidence,
    citations: Sequence[Any],
    *,
    text: str,
    abstained: bool,
    confidence: float,
    complete: bool,
) -> Answer:
    return Answer(
        question=evidence.request.question,
        standalone_question=evidence.standalone_question,
        text=text,
        citations=tuple(citations),
        abstained=abstained,
        confidence=confidence,
        complete=complete,
        hits=evidence.hits,
        as_of=evidence.request.as_of,
    )


def _silence(evidence: Evidence) -> str:
    day = evidence.request.as_of
    if not evidence.hits:
        return "There are no documents to answer from" + (
            f" as of {written_date(day)}." if day else "."
        )
    return "The documents do not say" + (f", as of {written_date(day)}." if day else ".")
