"""Quotes -> checked Citations. Knows nothing of how the quotes were chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from assistant.answers import Citation, without_markers
from index.documents import Document
from index.errors import DocumentNotFound


@dataclass(frozen=True, slots=True)
class Quote:
    """A span of a document that a reader wants to cite, with the words it expects there."""

    document_id: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence in a writer's own words and the quotes it rests on; none if not borne out.

    `lead` is the white space, or list mark, that comes before it in the answer.
    """

    text: str
    quotes: tuple[Quote, ...]
    lead: str = " "


class Library(Protocol):
    """Where documents are looked up; an Index is one."""

    def document(self, document_id: str) -> Document:
        """One document. Raises DocumentNotFound."""


def cite(
    library: Library, quotes: Sequence[Quote], *, newest_first: bool = False
) -> list[Citation]:
    """Check quotes against the documents as they stand now, and number those that hold.

    Oldest document first, or newest, undated ones last, text order within a document; quotes with
    nothing but white space between them become one. A quote whose document is gone, or no longer
    says these words at this place, is left out.
    """
    documents: dict[str, Document] = {}
    held = _held(library, quotes, documents)
    held.sort(key=lambda q: (*_age(documents[q.document_id], newest_first), q.start))
    return [
        Citation(number, document.text[start:end], start, end, document)
        for number, (document, start, end) in enumerate(_spans(held, documents), start=1)
    ]


def cite_statements(
    library: Library, statements: Sequence[Statement]
) -> tuple[str, list[Citation]]:
    """Check the quotes of statements, and put markers after each -> the text and its citations.

    Numbered by first mention; the same span keeps its number. A statement of which a quote no
    longer holds is left out with it.
    """
    documents: dict[str, Document] = {}
    citations: dict[tuple[str, int, int], Citation] = {}
    text = ""
    for statement in statements:
        held = _held(library, statement.quotes, documents)
        if len(held) < len(statement.quotes):
            continue
        markers = ""
        for document, start, end in _spans(held, documents):
            place = (document.id, start, end)
            if place not in citations:
                number = len(citations) + 1
                citations[place] = Citation(number, document.text[start:end], start, end, document)
            markers += f"[{citations[place].number}]"
        text += statement.lead if text else statement.lead.lstrip(" \n")
        text += without_markers(statement.text) + (f" {markers}" if markers else "")
    return text, list(citations.values())


def cite_further(
    library: Library, citations: Sequence[Citation], quotes: Sequence[Quote]
) -> list[Citation]:
    """Citations of further quotes that hold, numbered on from those there are."""
    found: list[Citation] = []
    documents: dict[str, Document] = {}
    for quote in _held(library, quotes, documents):
        document = documents[quote.document_id]
        number = len(citations) + len(found) + 1
        found.append(Citation(number, quote.text, quote.start, quote.end, document))
    return found


def _held(library: Library, quotes: Sequence[Quote], documents: dict[str, Document]) -> list[Quote]:
    """The quotes that hold, in the order given; looks documents up into `documents`."""
    held = []
    for quote in quotes:
        try:
            if quote.document_id not in documents:
                documents[quote.document_id] = library.document(quote.document_id)
        except DocumentNotFound:
            continue
        text = documents[quote.document_id].text
        if quote.text and text[quote.start : quote.end] == quote.text:
            held.append(quote)
    return held


def _spans(
    held: Sequence[Quote], documents: dict[str, Document]
) -> list[tuple[Document, int, int]]:
    """Places of quotes; those with nothing but white space between them become one."""
    spans: list[tuple[Document, int, int]] = []
    for quote in held:
        document = documents[quote.document_id]
        if spans and spans[-1][0].id == document.id:
            _, start, end = spans[-1]
            if start <= quote.start and (
                quote.start <= end or not document.text[end : quote.start].strip()
            ):
                spans[-1] = (document, start, max(end, quote.end))
                continue
        spans.append((document, quote.start, quote.end))
    return spans


def _age(document: Document, newest_first: bool) -> tuple[int, str]:
    if document.published is None:
        return date.max.toordinal(), document.id
    day = document.published.toordinal()
    return -day if newest_first else day, document.id
