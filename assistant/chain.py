"""The retrieval chain: rewrite, retrieve, read, cite. Knows nothing of stores or pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar, cast

from langchain_core.runnables import Runnable, RunnableConfig, RunnableSequence
from langchain_core.runnables.config import run_in_executor

from assistant.answers import Answer, Citation, Disagreement, Turn, answer_text, written_date
from assistant.asked import as_asked
from assistant.asked_time import AskedTime, asked_time
from assistant.bounds import Bound, Day, asked_bound, event_day, with_day
from assistant.citing import Library, cite, cite_further, cite_statements
from assistant.contracts import Draft as Draft
from assistant.contracts import Evidence as Evidence
from assistant.contracts import Reader as Reader
from assistant.contracts import Reading as Reading
from assistant.contracts import Request as Request
from assistant.contracts import Searchable as Searchable
from assistant.contracts import Writer as Writer
from assistant.conversation import stand_alone
from assistant.disagreement import Dispute, disputes, side_by_side, unquoted
from assistant.failures import ModelFailed
from assistant.further import looks_further
from assistant.small_talk import INVITATION, is_small_talk
from assistant.timing import timing
from index.documents import Hit

RETRIEVED = 12
"""Passages handed to the reader."""

_FURTHER = 30
"""How many are looked through where it is asked what was at, before or after a time, for not all
tell of that, and where accounts of one matter are found apart.
"""

_OF_THEN = 100
"""Of what came out up to the end of a time, how many are looked through for what is of it."""

_Given = TypeVar("_Given")

Rewriter = Callable[[str, Sequence[Turn]], str]
"""A question and its history, oldest first -> the question as it stands alone."""


def build_chain(
    index: Searchable,
    reader: Reader,
    writer: Writer | None = None,
    rewriter: Rewriter = stand_alone,
) -> Runnable[Any, Answer]:
    """A Runnable from a question (or mapping, or Request) to an Answer.

    `stream` gives Answer snapshots, of which the last is complete; `invoke` gives that one. The
    reader decides whether the documents answer; with a writer the answer is its prose, and the
    reader's quotes when the writer fails.
    """

    def rewrite(value: str | Mapping[str, Any] | Request) -> Evidence:
        request = Request.of(value)
        asked = request.question
        if request.as_of is None and (found := timing(asked)).as_of:
            request, asked = replace(request, as_of=found.as_of), found.question
        return Evidence(request, rewriter(asked, request.history), ())

    def retrieve(asked: Evidence) -> Evidence:
        question = asked.standalone_question
        if time := asked_time(question):
            return Evidence(asked.request, question, _of_then(index, asked, question, time))
        bound = asked_bound(question)
        if bound is None:
            # As the reader asks it, so that its vector is made once.
            most = _FURTHER if looks_further(question) else RETRIEVED
            found = _found(index, asked, question, k=most)
            return Evidence(
                asked.request, question, tuple(found[:RETRIEVED]), tuple(found[RETRIEVED:])
            )
        if bound.day is None and (day := _day_of(index, reader, asked, bound)):
            question = with_day(question, day)
            bound = replace(bound, day=day)
        hits = _found(index, asked, bound.question, k=_FURTHER)
        hits.sort(key=lambda hit: not _tells(bound, hit))
        return Evidence(asked.request, question, tuple(hits[:RETRIEVED]))

    return RunnableSequence(
        _Step("rewrite", rewrite),
        _Step("retrieve", retrieve),
        _Read(index, reader, writer),
        name="assistant",
    )


def _found(
    index: Searchable, asked: Evidence, question: str, k: int = RETRIEVED, end: date | None = None
) -> list[Hit]:
    """Passages as the request limits them, and up to the day `end` if that is earlier."""
    request = asked.request
    day = min((day for day in (request.as_of, end) if day), default=None)
    return index.search(as_asked(question), k=k, as_of=day, sources=request.sources)


def _of_then(index: Searchable, asked: Evidence, question: str, time: AskedTime) -> tuple[Hit, ...]:
    """Passages that tell of a time, then those of documents of that time, then what comes closest.

    What came out in a month need not name it, so no search by words or meaning finds it.
    """
    near = _found(index, asked, question, k=_FURTHER)
    known = {(hit.passage.document_id, hit.passage.start) for hit in near}
    then = _found(index, asked, question, k=_OF_THEN, end=time.end) if time.end else []
    near += [
        hit
        for hit in then
        if time.holds(hit.passage.published)
        and (hit.passage.document_id, hit.passage.start) not in known
    ]
    near.sort(key=lambda hit: (not _tells(time, hit), not time.holds(hit.passage.published)))
    return tuple(near[:RETRIEVED])


def _day_of(index: Searchable, reader: Reader, asked: Evidence, bound: Bound) -> Day | None:
    """The day of what bounds a question, as the documents tell it."""
    hits = _found(index, asked, bound.when)
    published = {hit.passage.document_id: hit.passage.published for hit in hits}
    reading = reader.read(bound.when, hits)
    told = [(quote.text, published.get(quote.document_id)) for quote in reading.quotes]
    return event_day(bound.event, told) if reading.answers else None


def _tells(asked: Bound | AskedTime, hit: Hit) -> bool:
    passage = hit.passage
    texts = [passage.text[first:last] for first, last in passage.sentences]
    return any(asked.told_by(text, passage.published) for text in texts)


class _Step(Runnable[_Given, Evidence]):
    """A function as a step: RunnableLambda, less its looking at the function at each call."""

    def __init__(self, name: str, work: Callable[[_Given], Evidence]) -> None:
        self.name = name
        self._work = work

    def invoke(
        self,
        input: _Given,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        **kwargs: Any,  # noqa: ANN401 - LangChain's signature
    ) -> Evidence:
        """What the function makes of it."""
        return self._call_with_config(self._work, input, config)


class _Read(Runnable[Evidence, Answer]):
    """Read, cite and check; a step of its own because its snapshots replace one another."""

    name = "read"

    def __init__(self, library: Library, reader: Reader, writer: Writer | None) -> None:
        self._library = library
        self._reader = reader
        self._writer = writer

    def invoke(
        self,
        input: Evidence,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        **kwargs: Any,  # noqa: ANN401 - LangChain's signature
    ) -> Answer:
        """The complete answer."""
        return self._call_with_config(self._last, input, config)

    def stream(
        self,
        input: Evidence,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        **kwargs: Any,  # noqa: ANN401 - LangChain's signature
    ) -> Iterator[Answer]:
        """Snapshots: first what was found, then one citation or statement more each time."""
        yield from self._transform_stream_with_config(iter([input]), self._each, config)

    async def astream(
        self,
        input: Evidence,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        **kwargs: Any,  # noqa: ANN401 - LangChain's signature
    ) -> AsyncIterator[Answer]:
        """The same snapshots, each made in a thread, so that others need not wait for it."""
        snapshots = self.stream(input, config)
        try:
            while (answer := await run_in_executor(config, next, snapshots, None)) is not None:
                yield answer
        finally:
            # One that is being made, when nobody wants it any more, comes to its own end.
            with suppress(ValueError):
                cast("Generator[Answer]", snapshots).close()

    def _last(self, evidence: Evidence) -> Answer:
        *_, answer = self._snapshots(evidence)
        return answer

    def _each(self, inputs: Iterator[Evidence]) -> Iterator[Answer]:
        for evidence in inputs:
            yield from self._snapshots(evidence)

    def _snapshots(self, evidence: Evidence) -> Iterator[Answer]:
        yield _answer(evidence)
        asked = evidence.request
        first = all(is_small_talk(turn.question, first=True) for turn in asked.history)
        if evidence.hits and is_small_talk(asked.question, first=first):
            # What comes closest to a greeting is of no use to anybody.
            yield _answer(
                replace(evidence, hits=()), text=INVITATION, abstained=True, complete=True
            )
            return
        read = (*evidence.hits, *evidence.further)
        reading = self._reader.read(evidence.standalone_question, read)
        disputed: Sequence[Dispute] = ()
        if reading.answers:
            disputed = disputes(evidence.standalone_question, evidence.hits) or reading.disputed
        quotes = [*reading.quotes, *unquoted(disputed, reading.quotes)]
        newest = timing(evidence.request.question).newest_first
        held = cite(self._library, quotes, newest_first=newest) if reading.answers else []
        citations = tuple(held)
        if not citations:
            sure = 0.0 if reading.answers else reading.confidence
            yield _silent(evidence, sure)
            return
        notice = ""
        if self._writer is not None:
            try:
                yield from self._written(evidence, self._writer, reading.confidence, disputed)
                return
            except ModelFailed as failure:
                notice = f"{failure}. Until then: quotes, chosen without a model."
        quoted = _answer(evidence, confidence=reading.confidence, notice=notice)
        for count in range(1, len(citations)):
            shown = citations[:count]
            yield replace(quoted, text=answer_text(shown), citations=shown)
        yield replace(
            quoted,
            text=answer_text(citations),
            citations=citations,
            complete=True,
            disagreements=side_by_side(disputed, citations),
        )

    def _written(
        self, evidence: Evidence, writer: Writer, confidence: float, disputed: Sequence[Dispute]
    ) -> Iterator[Answer]:
        question, day = evidence.standalone_question, evidence.request.as_of
        for draft in writer.write(question, evidence.hits, day):
            if draft.silent:
                silent = _silent(evidence, confidence)
                yield replace(silent, model=writer.name, notice=f"{writer.name} found no answer.")
                return
            text, citations = cite_statements(self._library, draft.statements)
            if draft.complete and not citations:
                raise ModelFailed("the documents changed while the answer was written; ask again")
            found: tuple[Disagreement, ...] = ()
            if draft.complete:
                more = unquoted(disputed, [q for s in draft.statements for q in s.quotes])
                further = cite_further(self._library, citations, more)
                text += "".join(f"\n\n{answer_text([one])}" for one in further)
                citations = [*citations, *further]
                found = side_by_side(disputed, citations)
            yield _answer(
                evidence,
                text=text,
                citations=tuple(citations),
                confidence=confidence,
                complete=draft.complete,
                model=writer.name,
                notice=draft.notice,
                disagreements=found,
            )


def _answer(
    evidence: Evidence,
    *,
    text: str = "",
    citations: tuple[Citation, ...] = (),
    abstained: bool = False,
    confidence: float = 0.0,
    complete: bool = False,
    model: str | None = None,
    notice: str = "",
    disagreements: tuple[Disagreement, ...] = (),
) -> Answer:
    return Answer(
        question=evidence.request.question,
        standalone_question=evidence.standalone_question,
        text=text,
        citations=citations,
        abstained=abstained,
        confidence=confidence,
        complete=complete,
        hits=evidence.hits,
        as_of=evidence.request.as_of,
        model=model,
        notice=notice,
        disagreements=disagreements,
    )


def _silent(evidence: Evidence, confidence: float) -> Answer:
    day, sources = evidence.request.as_of, evidence.request.sources
    if evidence.hits:
        text = "The documents do not say" + (f", as of {written_date(day)}." if day else ".")
    else:
        of = f" of {' or '.join(sources)}" if sources else ""
        text = f"There are no documents{of} to answer from"
        text += f" as of {written_date(day)}." if day else "."
    return _answer(evidence, text=text, abstained=True, confidence=confidence, complete=True)
