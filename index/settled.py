"""A store that nobody writes to any more: what was read is remembered. Knows no generations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from index.embedding import Vectors
from index.latest import Latest
from index.records import Contents, Record, Stored
from index.vectors import VectorStore

_RECORDS, _PASSAGES, _CHARACTERS = 20_000, 8_000, 10_000_000
"""How many records, passages and characters of documents are remembered: 10, 30 and 30 MB."""

_COMPARED_HERE = 2_000
"""Passages whose vectors are held here, 3 MB: comparing them takes a tenth of what Chroma's graph
does, and misses none. Reading them takes .1 s, once."""


class Settled(VectorStore):
    """A VectorStore over what never changes, as a generation that counts."""

    def __init__(
        self, location: str, *, model: str, dimension: int, splitter: str, create: bool = False
    ) -> None:
        super().__init__(
            location, model=model, dimension=dimension, splitter=splitter, create=create
        )
        self._seen_records = Latest[Record](_RECORDS)
        self._seen_passages = Latest[Stored](_PASSAGES)
        self._seen_contents = Latest[Contents](_CHARACTERS, lambda contents: len(contents.text))
        self._counted: int | None = None
        self._every: tuple[list[str], Vectors] | None = None

    def count(self) -> int:
        """As VectorStore says."""
        if self._counted is None:
            self._counted = super().count()
        return self._counted

    def neighbours(self, vector: Vectors, n: int) -> dict[str, float]:
        """As VectorStore says; the passages of a small store are compared one by one."""
        if self.count() > _COMPARED_HERE:
            return super().neighbours(vector, n)
        if self._every is None:
            self._every = self.vectors()
        keys, rows = self._every
        far = 1 - rows @ vector
        return {keys[i]: float(far[i]) for i in np.argsort(far, kind="stable")[:n].tolist()}

    def records(self, document_ids: Sequence[str] | None = None) -> dict[str, Record]:
        """As VectorStore says."""
        if document_ids is None:
            return super().records()
        found = self._seen_records.of(document_ids, super().records)
        return {name: found[name] for name in sorted(found)}

    def fetch(self, keys: Sequence[str]) -> list[Stored]:
        """As VectorStore says."""
        read = super().fetch
        found = self._seen_passages.of(keys, lambda rest: {item.key: item for item in read(rest)})
        return list(found.values())

    def contents(self, records: Iterable[Record]) -> dict[str, Contents]:
        """As VectorStore says."""
        given = {record.document_id: record for record in records}
        read = super().contents
        return self._seen_contents.of(list(given), lambda rest: read(given[name] for name in rest))
