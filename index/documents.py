"""The nouns: Document, Passage, Hit. They know nothing of files, models or stores."""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Span = tuple[int, int]
"""Start and end of a stretch of characters, the end excluded."""

Precision = Literal["day", "month", "year"]
"""How exactly a date is known; a month or year alone is held as its last day."""


@dataclass(frozen=True, slots=True)
class Document:
    """A text with its origin. `text` is the cleaned text that every offset refers to.

    `id` is the POSIX path below the synced root, or any non-empty string for added documents;
    `source` is the publisher; `published` is None when the date is unknown, and
    `published_precision` says how much of it is known. `pages` are the offsets in `text` at which
    its pages begin, in order; empty where there are none.
    """

    id: str
    text: str
    title: str = ""
    source: str | None = None
    published: date | None = None
    url: str | None = None
    media_type: str = "text/plain"
    pages: tuple[int, ...] = ()
    published_precision: Precision = "day"

    def __post_init__(self) -> None:
        if not self.id:
            raise ValueError("a document needs a non-empty id")
        if not self.text.strip():
            raise ValueError(f"document {self.id!r} has no text")
        # Held as the store gives them back, so that a document read again equals the one written.
        if isinstance(self.published, datetime):
            object.__setattr__(self, "published", self.published.date())
        for name in ("source", "url"):
            object.__setattr__(self, name, getattr(self, name) or None)

    @property
    def fingerprint(self) -> str:
        """Hex digest over everything that can be shown or searched."""
        parts = [self.id, self.text, self.title, self.source, str(self.published), self.url]
        parts += [self.media_type, self.published_precision, " ".join(map(str, self.pages))]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]

    def page_of(self, offset: int) -> int | None:
        """The number, from 1, of the page that a character of `text` stands on."""
        return bisect_right(self.pages, offset) or None


@dataclass(frozen=True, slots=True)
class Passage:
    """A contiguous slice: `document.text[start:end] == text`; with its document's origin.

    `sentences` are spans of this passage's text, in order, with only white space between them;
    `page` is the one it begins on.
    """

    document_id: str
    start: int
    end: int
    text: str
    page: int | None = None
    title: str = ""
    source: str | None = None
    published: date | None = None
    url: str | None = None
    media_type: str = "text/plain"
    published_precision: Precision = "day"
    sentences: tuple[Span, ...] = ()

    @property
    def title_prefix(self) -> str:
        """What precedes the text when it is searched: the title names a passage's subject."""
        return "" if not self.title or self.text.startswith(self.title) else f"{self.title}\n"

    @property
    def embedded_text(self) -> str:
        """What is searched."""
        return self.title_prefix + self.text


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found by a query; a higher score is better, scores compare within one query only.

    `duplicates` are passages of nearly the same words that this one stands for.
    """

    passage: Passage
    score: float
    duplicates: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True)
class Filter:
    """Which passages may be found, applied before ranking.

    `as_of` keeps what was published on or before that day and what has no date. `sources` keeps
    those publishers, compared without regard to case; None keeps all.
    """

    as_of: date | None = None
    sources: tuple[str, ...] | None = None

    @classmethod
    def of(cls, as_of: date | None, sources: Iterable[str] | None) -> Filter:
        """Check the two arguments. Raises ValueError for the wrong types."""
        if as_of is not None and not isinstance(as_of, date):
            raise ValueError(f"as_of must be a datetime.date or None; got {as_of!r}")
        if isinstance(sources, str):
            raise ValueError(f"sources must be a list of publishers; got the string {sources!r}")
        # A datetime is a date too, but carries a time of day that published dates do not have.
        day = None if as_of is None else date(as_of.year, as_of.month, as_of.day)
        return cls(day, None if sources is None else tuple(name.casefold() for name in sources))

    def keeps(self, passage: Passage) -> bool:
        """Whether a passage may be found."""
        if self.sources is not None and (passage.source or "").casefold() not in self.sources:
            return False
        return self.as_of is None or passage.published is None or passage.published <= self.as_of


def day_number(day: date | None) -> int:
    """A date as the integer yyyymmdd; 0 for no date, which sorts before every as-of day."""
    return 0 if day is None else day.year * 10_000 + day.month * 100 + day.day
