"""Questions and searches of users, each given its turn. Knows nothing of HTTP or Gradio."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol, TypeVar

from assistant.answers import Answer, Turn
from assistant.page.exchange import Answering as Streaming
from assistant.server.line import Busy, Line, Refused
from assistant.server.metrics import Metrics
from assistant.server.options import ServerOptions
from index.documents import Hit
from index.errors import AssistantError

Way = Literal["page", "api", "gradio", "mcp"]
_Found = TypeVar("_Found")
_SLICE = 0.5
"""Seconds between looks at whether the one who waits is still there."""

_TURNS = 20
"""Past turns that count; older ones are left out."""

_MOST_HITS = 100
_LONGEST_ANSWER = 20_000
_GONE = "gone"
_log = logging.getLogger("assistant.server")


class Searching(Protocol):
    """What is searched."""

    def search(
        self,
        query: str,
        *,
        k: int = 10,
        as_of: date | None = None,
        sources: Sequence[str] | None = None,
    ) -> list[Hit]:
        """Ranked hits, best first."""


class Answering(Streaming, Protocol):
    """What is asked."""

    @property
    def index(self) -> Searching:
        """What answers are found in."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """`place` in line, from 1, of `of` that wait."""

    place: int
    of: int

    def to_dict(self) -> dict[str, int]:
        """Plain values, ready for JSON."""
        return {"place": self.place, "waiting": self.of}

    def __str__(self) -> str:
        return f"Waiting in line: place {self.place} of {self.of}"


@dataclass(frozen=True, slots=True)
class Ask:
    """One question as it came in."""

    user: str
    way: Way
    question: str
    history: Sequence[Turn] = ()
    as_of: date | None = None
    sources: Sequence[str] | None = None


class Desk:
    """Lets questions in, in turn, and counts what becomes of them. Safe between threads."""

    def __init__(self, assistant: Answering, options: ServerOptions) -> None:
        self._assistant = assistant
        self._options = options
        self.line = Line(
            at_once=options.at_once,
            waiting=options.waiting,
            per_user=options.per_user,
            per_minute=options.per_minute,
        )
        self.metrics = Metrics(self.line)

    def answers(self, ask: Ask) -> Generator[Waiting | Answer, None, None]:
        """Places in line, one each half second at least, then snapshots; the last is complete.

        Closing it frees the place. The first step raises ValueError for a question that is empty
        or too long, TooMany, Busy; later ones what the assistant raises.
        """
        most = self._options.question_length
        check_length("the question", ask.question, most)
        for turn in ask.history[-_TURNS:]:
            check_length("a question of the history", turn.question, most)
            check_length("an answer of the history", turn.answer, _LONGEST_ANSWER)
        yield from self._in_turn(ask, lambda: self._answered(ask))

    def hits(self, ask: Ask, k: int) -> Generator[Waiting | list[Hit], None, None]:
        """Places in line, then the hits, once. Closes and raises as `answers` does."""
        check_length("the query", ask.question, self._options.question_length)
        if not 1 <= k <= _MOST_HITS:
            raise ValueError(f"k must be from 1 to {_MOST_HITS}; got k={k}")

        def search() -> Iterator[tuple[list[Hit], str]]:
            found = self._assistant.index.search(
                ask.question, k=k, as_of=ask.as_of, sources=ask.sources
            )
            yield found, "searched"

        yield from self._in_turn(ask, search)

    def _answered(self, ask: Ask) -> Iterator[tuple[Answer, str]]:
        snapshots = self._assistant.stream(
            ask.question, ask.history[-_TURNS:], ask.as_of, sources=ask.sources
        )
        for answer in snapshots:
            done = "abstained" if answer.abstained else "answered"
            yield answer, done if answer.complete else _GONE

    def _in_turn(
        self, ask: Ask, work: Callable[[], Iterator[tuple[_Found, str]]]
    ) -> Generator[Waiting | _Found, None, None]:
        try:
            ticket = self.line.join(ask.user)
        except Refused as error:
            outcome = "busy" if isinstance(error, Busy) else "too_many"
            self.metrics.questions.labels(ask.way, outcome).inc()
            raise
        began = time.monotonic()
        # What it stays where the complete answer is not taken.
        outcome = _GONE
        try:
            while place := ticket.wait(_SLICE):
                yield Waiting(place, max(place, self.line.waiting))
            last = _GONE
            for found, last in work():  # noqa: B007 - what counts is the last
                yield found
            outcome = last
        except (ValueError, AssistantError):
            outcome = "failed"
            raise
        finally:
            self._note(ask, outcome, time.monotonic() - began)
            ticket.leave()

    def _note(self, ask: Ask, outcome: str, seconds: float) -> None:
        self.metrics.questions.labels(ask.way, outcome).inc()
        self.metrics.seconds.labels(ask.way).observe(seconds)
        asked = f" {ask.question!r}" if self._options.log_questions else ""
        _log.info("%s %s %s %.3f s%s", ask.user, ask.way, outcome, seconds, asked)


def check_length(what: str, text: str, most: int) -> None:
    """Raises ValueError for a text that is empty or longer than `most` characters."""
    if not text.strip():
        raise ValueError(f"{what} is empty")
    if len(text) > most:
        raise ValueError(f"{what} has {len(text)} characters; at most {most} are allowed")
