"""Questions to ask next, drawn from the passages of the last answer. Knows nothing of pages.

A question is offered only when the documents answer it: it was asked, behind the scenes, and the
answer is sure, and quotes something the person has not just read.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from assistant.answers import Answer
from assistant.page.talk import Library, Talk
from index.documents import Document
from index.errors import DocumentNotFound
from index.words import names

SURE = 0.6
"""Least confidence with which a question is offered."""

OFFERED = 3
_TRIED = 6

_FORM = "What is said about {}?"
"""Fits whoever and whatever the name may stand for."""


class _Overtaken(Exception):
    """The same page has asked anew."""


class Suggesting:
    """Looks for questions to offer in spare time: one page's at a time, `waiting` others waiting.

    Safe to share between threads; those beyond that are sent away at once with nothing.
    """

    def __init__(self, waiting: int = 3) -> None:
        self._places = threading.BoundedSemaphore(1 + waiting)
        self._turn = threading.Lock()
        self._guard = threading.Lock()
        self._latest: dict[str, object] = {}

    def of(
        self, page: str, talk: Talk, library: Library, ask: Callable[[str], Answer]
    ) -> list[str]:
        """As `follow_ups`; of what one page asks for, the latest alone is gone on with."""
        mine = object()
        with self._guard:
            self._latest[page] = mine

        def unless_overtaken(question: str) -> Answer:
            if self._latest.get(page) is not mine:
                raise _Overtaken
            return ask(question)

        placed = self._places.acquire(blocking=False)
        try:
            if not placed:
                return []
            with self._turn:
                return follow_ups(talk, library, unless_overtaken)
        except _Overtaken:
            return []
        finally:
            if placed:
                self._places.release()
            with self._guard:
                if self._latest.get(page) is mine:
                    del self._latest[page]


def follow_ups(talk: Talk, library: Library, ask: Callable[[str], Answer]) -> list[str]:
    """Up to three questions about names the last answer's documents mention and it does not."""
    if not talk.exchanges or talk.exchanges[-1].abstained:
        return []
    last = talk.exchanges[-1]
    seen = {(place.document, place.quote) for past in talk.exchanges for place in past.citations}
    found: list[str] = []
    for name in _names(last.question, last.text, _documents(talk, library))[:_TRIED]:
        question = _FORM.format(name)
        answer = ask(question)
        if _worth(answer, name, seen):
            found.append(question)
            seen |= {(c.document.id, c.quote) for c in answer.citations}
        if len(found) == OFFERED:
            break
    return found


def _worth(answer: Answer, name: str, seen: set[tuple[str, str]]) -> bool:
    if answer.abstained or answer.confidence < SURE:
        return False
    return any(
        name in cited.quote and (cited.document.id, cited.quote) not in seen
        for cited in answer.citations
    )


def _documents(talk: Talk, library: Library) -> Iterator[Document]:
    for document_id in dict.fromkeys(p.document for p in talk.exchanges[-1].citations):
        try:
            yield library(document_id)
        except DocumentNotFound:
            continue


def _names(question: str, text: str, documents: Iterator[Document]) -> list[str]:
    """Names of several words that the question lacks, those the answer lacks first.

    One word alone may be a month, or half a name; publishers are how the documents say "I".
    """
    asked = {word for name in names(question) for word in name.split()}
    held = list(documents)
    voices = {(document.source or "").casefold() for document in held}
    fresh: dict[str, None] = {}
    read: dict[str, None] = {}
    for document in held:
        for name in names(document.text):
            words = name.split()
            if len(words) > 1 and asked.isdisjoint(words) and name.casefold() not in voices:
                (read if name in text else fresh)[name] = None
    return [*fresh, *read]
