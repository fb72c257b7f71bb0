"""A document as the reader shows it: clean text with a quote lit up. Knows no Gradio.

What is lit is the quote letter by letter, cut only where a page of the document ends in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from assistant.answers import origin
from assistant.page.markup import address, button, counted, shown
from assistant.page.sources import GONE, SHUT
from assistant.page.talk import Exchange, Place
from index.documents import Document

REACH = 40_000
"""Characters shown on either side of the place read; a long book would choke the browser."""


def cited_html(exchange: Exchange, number: int, document: Document) -> str:
    """The document of an exchange's place, lit up there; `number` counts from 1.

    The other places of this answer in the same document are marked too, more faintly. Raises
    ValueError for a place the document does not hold.
    """
    place = place_of(exchange, number)
    if place.gone or document.text[place.start : place.end] != place.quote:
        raise ValueError(GONE)
    others = [p for p in exchange.places if p.document == document.id and p is not place]
    spans = [
        (p.start, p.end, False) for p in others if p.end <= place.start or p.start >= place.end
    ]
    body = _body(document, [*spans, (place.start, place.end, True)], place.start)
    last = len(exchange.places)
    what = "Passage" if exchange.abstained else "Citation"
    steps = (
        _step("‹ Previous", exchange, number - 1, what, last)
        + f'<span class="place">{what} {number} of {last}</span>'
        + _step("Next ›", exchange, number + 1, what, last)
    )
    back = button("All sources", "sources", data={"key": exchange.key})
    return _reader(document, place.page, f"{steps}{back}{SHUT}", body, place)


def document_html(document: Document, at: int = 0) -> str:
    """A document from the list, around the character `at`; nothing is lit."""
    start = min(max(at, 0), len(document.text) - 1)
    body = _body(document, [], start)
    return _reader(document, document.page_of(start), button("Close", "shut"), body, None)


def place_of(exchange: Exchange, number: int) -> Place:
    """A place of an exchange by its position, from 1. Raises ValueError."""
    if not 1 <= number <= len(exchange.places):
        raise ValueError(f"this answer has no source {number}")
    return exchange.places[number - 1]


def _step(label: str, exchange: Exchange, number: int, what: str, last: int) -> str:
    data = {"key": exchange.key, "n": number}
    spoken = f"{label.strip('‹› ')} {what.lower()}"
    return button(label, "cite", data=data, spoken=spoken, off=not 1 <= number <= last)


def _reader(
    document: Document, page: int | None, deeds: str, body: str, place: Place | None
) -> str:
    said_by = f", quoting {place.speaker}" if place and place.speaker else ""
    title = shown(document.title or document.id)
    return (
        f'<section class="reader" aria-label="Document"><header><h2 tabindex="-1">{title}</h2>'
        f'<p class="origin">{shown(origin(document, page) + said_by)}</p>'
        f'<p class="where"><code>{shown(document.id)}</code>{address(document.url)}</p>'
        f'<div class="steps" role="group" aria-label="Citations">{deeds}</div></header>'
        f'<div class="paper" tabindex="0" role="region" aria-label="Text of the document" '
        f'dir="auto">{body}</div></section>'
    )


def _body(document: Document, spans: Sequence[tuple[int, int, bool]], at: int) -> str:
    """The text around a place, page by page, with its spans marked."""
    first, last = max(0, at - REACH), min(len(document.text), at + REACH)
    if first:
        first = document.text.rfind(" ", 0, first) + 1
    pages = [page for page in document.pages if first < page < last]
    parts = []
    for start, end in pairwise([first, *pages, last]):
        number = document.page_of(start)
        head = "" if number is None else f'<h3 class="page">Page {number}</h3>'
        parts.append(f"<section>{head}<p>{_marked(document.text, start, end, spans)}</p></section>")
    if first:
        parts.insert(0, _more(document, first, "before", first - REACH))
    if last < len(document.text):
        parts.append(_more(document, len(document.text) - last, "after", last + REACH))
    return "".join(parts)


def _more(document: Document, count: int, where: str, at: int) -> str:
    read = button(f"Show what comes {where}", "read", data={"id": document.id, "at": max(0, at)})
    return f'<p class="aside">{counted(count, "character")} {where} this. {read}</p>'


def _marked(text: str, start: int, end: int, spans: Sequence[tuple[int, int, bool]]) -> str:
    """text[start:end] as HTML, what lies in a span within a mark."""
    found = []
    at = start
    for first, last, lit in sorted(spans):
        first, last = max(first, at), min(last, end)
        if first >= last:
            continue
        kind = ' class="lit"' if lit else ""
        found.append(f"{shown(text[at:first])}<mark{kind}>{shown(text[first:last])}</mark>")
        at = last
    return "".join(found) + shown(text[at:end])
