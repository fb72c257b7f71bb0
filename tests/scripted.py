"""A scripted system over a small shelf of documents: what it answers is what a test says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from assistant import Answer, Citation, Turn
from assistant.answers import answer_text
from assistant.evaluation import Question, QuestionSet
from index.documents import Document, Hit, Passage
from index.errors import DocumentNotFound

CITIES = ("Rome", "Oslo", "Lima", "Cairo", "Delhi", "Quito", "Tunis", "Paris", "Seoul", "Accra")


class Shelf:
    """Documents by id; what a system is asked about."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._held = {document.id: document for document in documents}

    def document(self, document_id: str) -> Document:
        if document_id not in self._held:
            raise DocumentNotFound(f"no {document_id}")
        return self._held[document_id]

    def all(self) -> list[Document]:
        return list(self._held.values())


def rain() -> tuple[Shelf, QuestionSet]:
    """Ten documents with one answerable question each, and ten questions they are silent on."""
    documents = [
        Document(f"{city}.txt", f"{city} is old. {city} had {n + 20} mm of rain. Nobody minded.")
        for n, city in enumerate(CITIES)
    ]
    asked = [
        Question(f"a{n}", f"How much rain had {city}?", True, (f"{n + 20} mm",), {f"{city}.txt": 1})
        for n, city in enumerate(CITIES)
    ]
    silent = [Question(f"u{n}", f"Who rules {city}?", False) for n, city in enumerate(CITIES)]
    return Shelf(documents), QuestionSet("rain", (*asked, *silent))


class Scripted:
    """Answers by a function of the question; counts how often it was asked."""

    def __init__(self, shelf: Shelf, reply: Callable[[Shelf, str], Answer]) -> None:
        self.index = shelf
        self.code: str | None = None
        self.asked: list[str] = []
        self._reply = reply

    def ask(self, question: str, history: Sequence[Turn] = (), as_of: date | None = None) -> Answer:
        self.asked.append(question)
        return self._reply(self.index, question)


def city_of(question: str) -> str:
    return next(city for city in CITIES if city in question)


def answered(
    shelf: Shelf,
    question: str,
    spans: Sequence[tuple[str, int, int]],
    *,
    confidence: float = 0.9,
    ranking: Sequence[str] = (),
    alter: Callable[[str], str] = str,
) -> Answer:
    """An answer that quotes these spans, or with none is silent; hits are whole documents."""
    citations = [
        Citation(
            n,
            alter(shelf.document(name).text[start:end]),
            start,
            end,
            shelf.document(name),
        )
        for n, (name, start, end) in enumerate(spans, start=1)
    ]
    hits = [
        Hit(Passage(name, 0, len(text := shelf.document(name).text), text), -float(n))
        for n, name in enumerate(ranking)
    ]
    return Answer(
        question=question,
        standalone_question=question,
        text=answer_text(citations) if citations else "The documents do not say.",
        citations=tuple(citations),
        abstained=not citations,
        confidence=confidence,
        complete=True,
        hits=tuple(hits),
    )


def knows_all(shelf: Shelf, question: str) -> Answer:
    """The right sentence where there is one, else silence."""
    name = f"{city_of(question)}.txt"
    text = shelf.document(name).text
    begin = text.index(". ") + 2
    spans = [(name, begin, text.index(".", begin) + 1)] if "rain" in question else []
    sure = 0.9 if spans else 0.1
    return answered(shelf, question, spans, confidence=sure, ranking=[name])
