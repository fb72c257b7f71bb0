"""An answer beside the documents themselves -> an Outcome. The one place that looks texts up.

Quotes are checked against the index's own text, not against what the answer says of itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from assistant.answers import Answer, answer_text, origin
from assistant.citing import Library
from assistant.evaluation.chunking import Place, overlap
from assistant.evaluation.outcomes import Outcome, Quoted
from assistant.evaluation.questions import Gold, Question
from assistant.evaluation.reading import holds
from index.documents import Document, Span
from index.errors import DocumentNotFound, UnreadableQuestions
from index.splitting import sentences

Sentences = Callable[[Document], Sequence[Span]]
"""Cuts a document into the sentences that are counted."""

_MARKER = re.compile(r"\s*\[\d+\]")


class Shelf:
    """Documents and their sentences, looked up once a run."""

    def __init__(self, library: Library, cut: Sentences | None = None) -> None:
        self._library = library
        self._cut = cut or (lambda document: sentences(document.text))
        self._documents: dict[str, Document | None] = {}
        self._sentences: dict[str, Sequence[Span]] = {}

    def text(self, name: str) -> str | None:
        """The text the index holds under that id; None when it holds none."""
        if name not in self._documents:
            try:
                self._documents[name] = self._library.document(name)
            except DocumentNotFound:
                self._documents[name] = None
        document = self._documents[name]
        return document.text if document else None

    def sentences(self, name: str) -> Sequence[Span]:
        """The sentences of a document; none when there is no such document."""
        if name not in self._sentences:
            text = self.text(name)
            document = self._documents[name]
            self._sentences[name] = self._cut(document) if text and document else ()
        return self._sentences[name]

    def touched(self, places: Sequence[Place]) -> tuple[Place, ...]:
        """Sentences of which the places, taken together, cover more than half the characters."""
        found = []
        for name in dict.fromkeys(place.document for place in places):
            spans = _joined([(p.start, p.end) for p in places if p.document == name])
            text = self.text(name) or ""
            for start, end in self.sentences(name):
                covered = sum(max(0, min(b, end) - max(a, start)) for a, b in spans)
                if 2 * covered > end - start:
                    found.append(Place(name, start, end, text[start:end]))
        return tuple(found)


def check_gold(questions: Sequence[Question], shelf: Shelf) -> None:
    """Raise UnreadableQuestions when a question names a document or words that are not there."""
    for question in questions:
        for name in question.evidence:
            if shelf.text(name) is None:
                raise UnreadableQuestions(
                    f"question {question.id!r} names the document {name!r}, which the index does "
                    "not hold; index the documents the questions were written for"
                )
        for gold in question.passages:
            _place(question, gold, shelf)


def outcome_of(
    question: Question, answer: Answer, shelf: Shelf, usage: Mapping[str, int] | None = None
) -> Outcome:
    """What an answer is worth keeping for, with quotes checked and sentences counted.

    Raises ValueError for a confidence outside [0, 1].
    """
    if not 0 <= answer.confidence <= 1:
        raise ValueError(
            f"confidence must lie in [0, 1]; the answer to {question.question!r} has "
            f"{answer.confidence}"
        )
    quotes = tuple(
        Quoted(
            document=citation.document.id,
            start=citation.start,
            end=citation.end,
            text=citation.quote,
            exact=_exact(shelf.text(citation.document.id), citation.start, citation.quote),
            origin=origin(citation.document),
        )
        for citation in answer.citations
    )
    gold = [_place(question, gold, shelf) for gold in question.passages]
    hits = [Place(h.passage.document_id, h.passage.start, h.passage.end) for h in answer.hits]
    texts = {
        place.document: text
        for place in (*gold, *hits)
        if (text := shelf.text(place.document)) is not None
    }
    return Outcome(
        question=question,
        text=answer.text,
        said=_said(answer),
        abstained=answer.abstained,
        confidence=round(answer.confidence, 4),
        quotes=quotes,
        found=tuple(
            Place(passage.document_id, passage.start, passage.end)
            for hit in answer.hits
            for passage in (hit.passage, *hit.duplicates)
        ),
        gold_sentences=shelf.touched(gold) if gold else _sentences_of_answers(question, shelf),
        quoted_sentences=shelf.touched([Place(q.document, q.start, q.end) for q in quotes]),
        overlap=overlap(gold, [hit for hit in hits if hit.document in texts], texts)
        if gold
        else None,
        usage=usage,
    )


def _joined(spans: Sequence[Span]) -> list[Span]:
    """Spans in order, those that overlap made one."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def _exact(text: str | None, start: int, quote: str) -> bool:
    return text is not None and bool(quote) and text[start : start + len(quote)] == quote


def _place(question: Question, gold: Gold, shelf: Shelf) -> Place:
    text = shelf.text(gold.document)
    if text is None:
        raise UnreadableQuestions(
            f"question {question.id!r} names the document {gold.document!r}, which the index does "
            "not hold; index the documents the questions were written for"
        )
    start = text.find(gold.text) if gold.start is None else gold.start
    end = start + len(gold.text) if gold.end is None else gold.end
    if start < 0 or end > len(text) or (gold.text and text[start:end] != gold.text):
        raise UnreadableQuestions(
            f"question {question.id!r}: {gold.document!r} does not hold the passage "
            f"{gold.text[:60]!r} at {gold.start}-{gold.end}; correct its text, start or end"
        )
    return Place(gold.document, start, end, text[start:end])


def _sentences_of_answers(question: Question, shelf: Shelf) -> tuple[Place, ...]:
    """Where nobody marked passages: the sentences of the evidence that hold an accepted answer."""
    return tuple(
        Place(name, start, end, text[start:end])
        for name in question.evidence
        if (text := shelf.text(name))
        for start, end in shelf.sentences(name)
        if holds(text[start:end], question.answers)
    )


def _said(answer: Answer) -> str:
    """The quotes alone where the answer is nothing but quotes with their origin."""
    if answer.abstained:
        return ""
    if answer.text == answer_text(answer.citations):
        return " ".join(citation.quote for citation in answer.citations)
    return _MARKER.sub("", answer.text)
