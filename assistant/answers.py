"""The nouns Turn, Citation, Answer, and their written forms. They know nothing of how they came."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from assistant.lettering import escape_markdown as escape_markdown
from assistant.lettering import shortened
from assistant.lettering import without_controls as without_controls
from assistant.lettering import without_markers as without_markers
from assistant.lettering import written_date as written_date
from assistant.speakers import speaker
from index.documents import Document, Hit, Passage

_LEAD = re.compile(
    r"^.*, (?:undated|(?:\d{1,2} )?(?:[A-Z][a-z]+ )?\d{4})(?:, p\. \d+)?: “", re.MULTILINE
)

CLOSEST = 3
"""How many passages are shown beside an abstention."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One past exchange."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A checked quote: `document.text[start:end] == quote`. `number` is its marker, from 1."""

    number: int
    quote: str
    start: int
    end: int
    document: Document

    @property
    def page(self) -> int | None:
        """The page the quote begins on, from 1; None where the document has no pages."""
        return self.document.page_of(self.start)

    @property
    def origin(self) -> str:
        """Publisher, date and page as a person reads them: "U.Today, 13 March 2025, p. 2"."""
        return origin(self.document, self.page)

    @property
    def speaker(self) -> str:
        """Who says it, where the quote names somebody besides the publisher; "" otherwise."""
        return speaker(self.quote, self.document.source)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON; the document without its text."""
        return {
            "number": self.number,
            "quote": self.quote,
            "start": self.start,
            "end": self.end,
            "page": self.page,
            "speaker": self.speaker,
            "document": _origin_dict(self.document) | {"id": self.document.id},
        }


@dataclass(frozen=True, slots=True)
class Side:
    """One version of what is disputed: what it says in short, and the citations that say it.

    `copies` counts further passages that only say again what one of these says.
    """

    says: str
    citations: tuple[Citation, ...]
    copies: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON; citations by number, each with publisher and date."""
        cited = [
            {
                "number": c.number,
                "source": c.document.source,
                "published": _iso(c.document.published),
            }
            for c in self.citations
        ]
        return {"says": self.says, "citations": cited, "copies": self.copies}

    def __str__(self) -> str:
        said_by = "; ".join(f"{c.origin} [{c.number}]" for c in self.citations)
        return f"{without_markers(self.says)} ({said_by})"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Versions that cannot all hold. `about` is "day", "amount" or "denial"."""

    about: str
    sides: tuple[Side, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {"about": self.about, "sides": [side.to_dict() for side in self.sides]}

    def __str__(self) -> str:
        return f"Sources differ: {' — '.join(map(str, self.sides))}"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, or with `complete` false what there is of it so far.

    `text` carries markers `[1]`, `[2]` that match `citations` by number. When the documents do not
    say, `abstained` is true, there are no citations, and `hits` are what came closest without
    being an answer. `confidence` in [0, 1] is the calibrated probability that the quotes hold the
    answer. `standalone_question` is what was searched for: a follow-up completed from its history,
    and "before the trial" with the day of that in brackets.
    `model` names the chat model that wrote `text`; None where the text is quotes. `notice` is one
    line a person should see, such as why the model asked for did not write; "" for none.
    `disagreements` sets side by side what the documents differ on, by the same citations.
    """

    question: str
    standalone_question: str
    text: str
    citations: tuple[Citation, ...]
    abstained: bool
    confidence: float
    complete: bool
    hits: tuple[Hit, ...]
    as_of: date | None = None
    model: str | None = None
    notice: str = ""
    disagreements: tuple[Disagreement, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON; dates as ISO strings."""
        return {
            "question": self.question,
            "standalone_question": self.standalone_question,
            "text": self.text,
            "citations": [citation.to_dict() for citation in self.citations],
            "abstained": self.abstained,
            "confidence": round(self.confidence, 4),
            "complete": self.complete,
            "as_of": _iso(self.as_of),
            "model": self.model,
            "notice": self.notice,
            "disagreements": [found.to_dict() for found in self.disagreements],
            "hits": [hit_to_dict(hit) for hit in self.hits],
        }

    def to_plain_text(self) -> str:
        """The answer for a terminal, with its sources listed."""
        lines = [self.text]
        for found in self.disagreements:
            lines += ["", str(found)]
        if self.citations:
            lines.append("")
            lines += [
                f"[{c.number}] {c.document.title or c.document.id}. {c.origin}{_voice(c)}. "
                f"{c.document.id} {c.start}-{c.end}"
                for c in self.citations
            ]
        if self.abstained and self.hits:
            lines += ["", "Closest, not an answer:", hits_to_plain_text(self.hits[:CLOSEST])]
        if self.notice:
            lines += ["", f"Note: {self.notice}"]
        return "\n".join(map(without_controls, lines))

    def to_markdown(self) -> str:
        """The answer with its sources listed; text from documents is escaped, so it stays text."""
        lines = [escape_markdown(self.text, keep_markers=True)]
        for found in self.disagreements:
            lines += ["", escape_markdown(str(found), keep_markers=True)]
        if self.citations:
            lines.append("")
            for citation in self.citations:
                title = escape_markdown(citation.document.title or citation.document.id)
                lines.append(
                    f"{citation.number}. {title} "
                    f"({escape_markdown(citation.origin + _voice(citation))}), "
                    f"`{citation.document.id.replace('`', '')}` "
                    f"{citation.start}–{citation.end}"
                )
        if self.abstained and self.hits:
            lines += ["", "Closest, not an answer:", ""]
            lines += [
                f"- {escape_markdown(shortened(hit.passage.text))} "
                f"({escape_markdown(origin(hit.passage))})"
                for hit in self.hits[:CLOSEST]
            ]
        if self.notice:
            lines += ["", f"Note: {escape_markdown(self.notice)}"]
        return "\n".join(lines)


def answer_text(citations: Sequence[Citation]) -> str:
    """One paragraph a citation: who and when, the quote, its marker."""
    return "\n\n".join(f"{c.origin}: “{without_markers(c.quote)}” [{c.number}]" for c in citations)


def without_origins(text: str) -> str:
    """The text of an answer without who published its quotes, and when; other text as it is."""
    return _LEAD.sub("", text)


def origin(item: Document | Passage, page: int | None = None) -> str:
    """Publisher, date and page as a person reads them; says so where one of the first is not known.

    A passage knows its page; of a document it is given.
    """
    publisher = item.source or "Publisher unknown"
    if isinstance(item, Passage):
        page = item.page
    place = "" if page is None else f", p. {page}"
    return f"{publisher}, {written_date(item.published, item.published_precision)}{place}"


def hit_to_dict(hit: Hit) -> dict[str, Any]:
    """A hit as plain values, ready for JSON."""
    passage = hit.passage
    return {
        "document": _origin_dict(passage) | {"id": passage.document_id},
        "start": passage.start,
        "end": passage.end,
        "page": passage.page,
        "text": passage.text,
        "score": round(hit.score, 4),
    }


def hits_to_plain_text(hits: Sequence[Hit]) -> str:
    """Hits for a terminal: origin, document and place, the beginning of the passage."""
    return "\n".join(
        without_controls(
            f"- {origin(hit.passage)}, {hit.passage.document_id} {hit.passage.start}: "
            f"{shortened(hit.passage.text)}"
        )
        for hit in hits
    )


def _voice(citation: Citation) -> str:
    return f", quoting {citation.speaker}" if citation.speaker else ""


def _origin_dict(item: Document | Passage) -> dict[str, Any]:
    return {
        "title": item.title,
        "source": item.source,
        "published": _iso(item.published),
        "published_precision": item.published_precision,
        "url": item.url,
        "media_type": item.media_type,
    }


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
