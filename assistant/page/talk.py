"""A conversation as the page remembers it: plain, small, kept in the browser. Knows no Gradio.

The browser's copy is untrusted, like all that comes from it: `Talk.read` takes it apart by type,
and `checked` holds every quote against its document before it counts as cited again.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from assistant.answers import CLOSEST, Answer, Citation, Turn, written_date
from assistant.feedback import Verdict
from index.documents import Document, Hit, Passage
from index.errors import DocumentNotFound

KEPT = 60
"""Exchanges kept; a browser gives a page about 5 MB."""

Library = Callable[[str], Document]
"""A document by id. Raises DocumentNotFound."""


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a document: `document(id).text[start:end] == quote`, unless it is `gone`.

    `number` is its marker in the answer; 0 for a passage that came close without answering.
    """

    number: int
    document: str
    start: int
    end: int
    quote: str
    title: str
    source: str
    dated: str
    published: date | None = None
    page: int | None = None
    speaker: str = ""
    url: str | None = None
    gone: bool = False

    @property
    def origin(self) -> str:
        """Publisher, date and page as a person reads them: "U.Today, 13 March 2025, p. 2"."""
        return f"{self.source}, {self.dated}" + ("" if self.page is None else f", p. {self.page}")

    @classmethod
    def of_citation(cls, citation: Citation) -> Place:
        """Where a citation stands."""
        held = citation.document
        name = (citation.number, held.id, citation.start, citation.end, citation.quote)
        return cls(
            *name,
            held.title or held.id,
            *_whence(held),
            page=citation.page,
            speaker=citation.speaker,
            url=held.url,
        )

    @classmethod
    def of_hit(cls, hit: Hit) -> Place:
        """Where a passage stands that came close."""
        held = hit.passage
        name = (0, held.document_id, held.start, held.end, held.text)
        title = held.title or held.document_id
        return cls(*name, title, *_whence(held), page=held.page, url=held.url)


@dataclass(frozen=True, slots=True)
class Version:
    """What one side of a disagreement says, and the numbers of the citations that say it."""

    says: str
    numbers: tuple[int, ...]
    copies: int = 0


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question and its answer; `key` names it on the page and in the feedback.

    `found` counts the passages read.
    """

    key: str
    question: str
    searched_for: str
    text: str
    abstained: bool
    confidence: float
    citations: tuple[Place, ...] = ()
    closest: tuple[Place, ...] = ()
    disagreements: tuple[tuple[Version, ...], ...] = ()
    as_of: date | None = None
    sources: tuple[str, ...] = ()
    model: str | None = None
    notice: str = ""
    found: int = 0
    verdict: Verdict = ""

    @classmethod
    def of(cls, answer: Answer, *, sources: Sequence[str] = ()) -> Exchange:
        """What is worth remembering of an answer."""
        return cls(
            key=secrets.token_hex(6),
            question=answer.question,
            searched_for=answer.standalone_question,
            text=answer.text,
            abstained=answer.abstained,
            confidence=answer.confidence,
            citations=tuple(map(Place.of_citation, answer.citations)),
            closest=tuple(map(Place.of_hit, answer.hits[:CLOSEST])) if answer.abstained else (),
            disagreements=tuple(
                tuple(
                    Version(side.says, tuple(c.number for c in side.citations), side.copies)
                    for side in found.sides
                )
                for found in answer.disagreements
            ),
            as_of=answer.as_of,
            sources=tuple(sources),
            model=answer.model,
            notice=answer.notice,
            found=len(answer.hits),
        )

    @property
    def places(self) -> tuple[Place, ...]:
        """What there is to read beside it: its citations, or what came closest."""
        return self.closest if self.abstained else self.citations


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation, oldest first.

    `pending` is the question not yet answered, "" when there is none; `editing` the number of
    exchanges that stay when the question in the box is sent, None when it is a new one; `owner`
    the account it belongs to.
    """

    exchanges: tuple[Exchange, ...] = ()
    pending: str = ""
    editing: int | None = None
    owner: str = ""

    @classmethod
    def read(cls, value: object, *, owner: str = "") -> Talk:
        """From what the browser kept; an empty one where that is nothing, not ours or broken."""
        if value is None:
            return cls(owner=owner)
        try:
            talk = _form().validate_python(value)
        except ValidationError:
            # Written by another version of the page, or by hand.
            return cls(owner=owner)
        return talk if talk.owner == owner else cls(owner=owner)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON; what `read` reads."""
        kept = replace(self, exchanges=self.exchanges[-KEPT:])
        plain: dict[str, Any] = _form().dump_python(kept, mode="json")
        return plain

    def turns(self) -> list[Turn]:
        """The conversation as an assistant wants its history."""
        return [Turn(past.question, past.text) for past in self.exchanges]

    def find(self, key: str) -> Exchange:
        """The exchange of that key. Raises ValueError."""
        for exchange in self.exchanges:
            if exchange.key == key:
                return exchange
        raise ValueError("this answer is not in the conversation any more; ask again")

    def judged(self, key: str, verdict: Verdict) -> Talk:
        """The conversation with a verdict on one answer."""
        return replace(
            self,
            exchanges=tuple(
                replace(past, verdict=verdict) if past.key == key else past
                for past in self.exchanges
            ),
        )


def checked(talk: Talk, library: Library) -> Talk:
    """The conversation with those of its quotes marked that their documents no longer hold."""
    known: dict[str, str] = {}

    def text(document_id: str) -> str:
        if document_id not in known:
            try:
                known[document_id] = library(document_id).text
            except DocumentNotFound:
                known[document_id] = ""
        return known[document_id]

    def look(places: Sequence[Place]) -> tuple[Place, ...]:
        return tuple(
            replace(p, gone=not p.quote or text(p.document)[p.start : p.end] != p.quote)
            for p in places
        )

    return replace(
        talk,
        exchanges=tuple(
            replace(past, citations=look(past.citations), closest=look(past.closest))
            for past in talk.exchanges
        ),
    )


def _whence(item: Document | Passage) -> tuple[str, str, date | None]:
    day = written_date(item.published, item.published_precision)
    return item.source or "Publisher unknown", day, item.published


@cache
def _form() -> TypeAdapter[Talk]:
    return TypeAdapter(Talk)
