"""Quotes -> checked Citations. Knows nothing of how the quotes were chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from assistant.answers import Citation
from index.documents import Document
from index.errors import DocumentNotFound


@dataclass(frozen=True, slots=True)
class Quote:
    """A span of a document that a reader wants to cite, with the words it expects there."""

    document_id: str
    start: int
    end: int
    text: str


class Library(Protocol):
    """Where documents are looked up; an Index is one."""

    def document(self, document_id: str) -> Document:
        """One document. Raises DocumentNotFound."""


def cite(library: Library, quotes: Sequence[Quote]) -> list[Citation]:
    """Check quotes against the documents as they stand now, and number those that hold.

    Oldest document first, undated ones last, text order within a document; quotes with nothing
    but white space between them become one. A quote whose document is gone, or no longer says
    these words at this place, is left out.
    """
    documents: dict[str, Document] = {}
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
    held.sort(key=lambda q: (*_age(documents[q.document_id]), q.start))
    spans: list[tuple[Document, int, int]] = []
    for quote in held:
        document = documents[quote.document_id]
        if spans and spans[-1][0].id == document.id:
            _, start, end = spans[-1]
            if quote.start <= end or not document.text[end : quote.start].strip():
                spans[-1] = (document, start, max(end, quote.end))
                continue
        spans.append((document, quote.start, quote.end))
    return [
        Citation(number, document.text[start:end], start, end, document)
        for number, (document, start, end) in enumerate(spans, start=1)
    ]


def _age(document: Document) -> tuple[date, str]:
    return document.published or date.max, document.id
