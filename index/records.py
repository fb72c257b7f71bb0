"""What lies in a store: Record, Stored, Contents, and the keys of passages. Knows no database."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from index.documents import Document, Passage, Precision
from index.embedding import Vectors


@dataclass(frozen=True, slots=True)
class Origin:
    """The file a document was read from: path below the root, sha256, documents it holds."""

    file: str
    sha256: str
    documents: int = 1


@dataclass(frozen=True, slots=True)
class Record:
    """What the store knows of a document besides its text.

    `version` is the fingerprint that counts, "" while a first version is being written;
    `passages` how many passages it has; `file_hash` the sha256 of the file it was read from, None
    for a document that was added by a program.
    """

    document_id: str
    version: str
    passages: int
    title: str = ""
    source: str | None = None
    published: date | None = None
    url: str | None = None
    media_type: str = "text/plain"
    file_hash: str | None = None
    leftover: str = ""
    pages: tuple[int, ...] = ()
    published_precision: Precision = "day"
    file: str | None = None
    siblings: int = 1

    @property
    def keys(self) -> list[str]:
        """The store's keys of this version's passages, in text order."""
        return passage_keys(self.document_id, self.version, self.passages)

    @property
    def origin(self) -> Origin | None:
        """The file it was read from; None for a document that a program added."""
        if self.file_hash is None:
            return None
        return Origin(self.file or self.document_id, self.file_hash, self.siblings)

    @property
    def leftover_keys(self) -> list[str]:
        """The keys of the version that a crash may have left behind."""
        if not self.leftover:
            return []
        count, version = self.leftover.split(":")
        return passage_keys(self.document_id, version, int(count))

    @classmethod
    def of(cls, document: Document, *, passages: int, origin: Origin | None) -> Record:
        """The record of a document as it is now; `origin` is None for one a program added."""
        return cls(
            document.id,
            document.fingerprint,
            passages,
            document.title,
            document.source,
            document.published,
            document.url,
            document.media_type,
            origin.sha256 if origin else None,
            pages=document.pages,
            published_precision=document.published_precision,
            file=origin.file if origin else None,
            siblings=origin.documents if origin else 1,
        )

    def document(self, text: str) -> Document:
        """The document this is the record of."""
        return Document(
            self.document_id,
            text,
            self.title,
            self.source,
            self.published,
            self.url,
            self.media_type,
            self.pages,
            self.published_precision,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """A passage as it lies in the store, with its key, document version and unit vector."""

    key: str
    version: str
    passage: Passage
    vector: Vectors


@dataclass(frozen=True, slots=True)
class Contents:
    """The passages of one document version with their keys, in text order, and the text."""

    keys: tuple[str, ...]
    passages: tuple[Passage, ...]
    text: str


Entry = tuple[Record, Sequence[Passage], Vectors, str]
"""One document to write: record, passages, their vectors, and the text they lie in."""


def passage_keys(document_id: str, version: str, count: int) -> list[str]:
    """The store's keys of a document version's passages, in text order."""
    owner = hashlib.sha256(document_id.encode()).hexdigest()[:24]
    return [f"{owner}.{version[:16]}.{ordinal}" for ordinal in range(count)]
