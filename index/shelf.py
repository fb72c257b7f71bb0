"""Chroma's two collections, row by row. Knows nothing of what makes a write whole or half.

`passages` holds text, vector and origin of each passage; `documents` one record a document.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from index.chroma import check_identity, collection, connect, read_while_written, translated
from index.errors import StoreUnreachable
from index.records import Entry, Record
from index.rows import passage_rows, placeholder, record_metadata

if TYPE_CHECKING:
    from index.chroma import Collection

STORE_FORMAT = 2
"""Raised whenever what lies in a store changes, so that an older one is refused by name."""


class Shelf:
    """Passages and records in Chroma, in a folder or behind an http(s) address.

    Raises StoreMismatch when the store was built by another model, splitter or format, and
    StoreUnreachable or StoreFull when Chroma fails.
    """

    def __init__(
        self, location: str, *, model: str, dimension: int, splitter: str, create: bool = True
    ) -> None:
        identity = {
            "format": STORE_FORMAT,
            "model": model,
            "dimension": dimension,
            "splitter": splitter,
        }
        self.location = location
        self.dimension = dimension
        self._noting = threading.Lock()
        with translated(location):
            self._client = connect(location)
            try:
                self._passages = collection(self._client, "passages", identity, create=create)
                self._documents = collection(
                    self._client, "documents", {}, create=create, searched=False
                )
                self._batch = self._client.get_max_batch_size()
                check_identity(location, self._passages.metadata or {}, identity)
            except BaseException:
                self._client.close()
                raise

    @classmethod
    def as_made(cls, location: str) -> Self:
        """The store there, whatever model and splitter made it. Raises StoreNotFound too."""
        with translated(location):
            client = connect(location)
            try:
                made = collection(client, "passages", {}, create=False).metadata or {}
            finally:
                client.close()
        return cls(
            location,
            model=str(made.get("model", "")),
            dimension=int(made.get("dimension", 0)),
            splitter=str(made.get("splitter", "")),
            create=False,
        )

    def close(self) -> None:
        """Let go of the store's files; nothing can be asked of it afterwards."""
        self._client.close()

    def collection(self, name: str) -> Collection:
        """Another collection beside these two, made if need be."""
        return collection(self._client, name, {}, create=True)

    @property
    def marker(self) -> str:
        """Changes with every write; what is derived from the store carries the one it saw."""
        return str(self.notes().get("marker", ""))

    @marker.setter
    def marker(self, value: str) -> None:
        self.note({"marker": value})

    @property
    def removed(self) -> int:
        """Passages removed since the store was made; Chroma keeps the place of each."""
        return int(self.notes().get("removed", 0))

    def notes(self) -> dict[str, Any]:
        """What is written on the store as a whole, as it is now."""
        with translated(self.location):
            current = self._client.get_collection("passages", embedding_function=None)
            return dict(current.metadata or {})

    def note(self, changes: Mapping[str, Any]) -> None:
        """Write on the store as a whole; other notes stay."""
        # All notes are written at once: a lease is renewed in one thread while another writes.
        with self._noting, translated(self.location):
            self._passages.modify(metadata={**self.notes(), **changes})

    def count(self) -> int:
        """Passages in the store, those of unfinished versions included."""
        with translated(self.location):
            return self._passages.count()

    def keys(self) -> list[str]:
        """The keys of all passages, those of unfinished versions included."""
        with translated(self.location):
            pages = list(self._pages(self._passages, None, ()))
        return [key for page in pages for key in page["ids"]]

    def unreadable_keys(self) -> list[str]:
        """Keys of passages whose vector cannot be read, by what Chroma's own index says."""
        lost: list[str] = []
        for part in _parts(self.keys(), self._batch):
            readable = self._readable(part)
            if readable is None:
                # One lost vector fails the whole request, so ask for each.
                readable = {key for key in part if self._readable([key])}
            lost += [key for key in part if key not in readable]
        return lost

    def remove_passages(self, keys: Sequence[str]) -> None:
        """Remove passages by key, whatever the records say; for mending only."""
        with translated(self.location):
            self._drop_passages(keys)

    def _readable(self, keys: Sequence[str]) -> set[str] | None:
        try:
            with translated(self.location):
                found = self._passages.get(ids=list(keys), include=["embeddings"])
        except StoreUnreachable:
            return None
        vectors = found["embeddings"]
        return {
            key
            for key, vector in zip(found["ids"], [] if vectors is None else vectors, strict=True)
            if np.isfinite(vector).all()
        }

    def _put_records(self, records: Sequence[Record]) -> None:
        for part in _parts(records, self._batch):
            self._documents.upsert(
                ids=[r.document_id for r in part],
                embeddings=np.array([placeholder(r.document_id) for r in part], np.float32),
                metadatas=[record_metadata(r) for r in part],
            )

    def _change_records(self, records: Sequence[Record]) -> None:
        """The same for records that are held: Chroma's graph is left as it is, which is faster."""
        for part in _parts(records, self._batch):
            self._documents.update(
                ids=[r.document_id for r in part], metadatas=[record_metadata(r) for r in part]
            )

    def _put_passages(self, entries: Sequence[Entry]) -> None:
        rows = [row for entry in entries for row in passage_rows(entry)]
        for part in _parts(rows, self._batch):
            keys, vectors, metadatas = zip(*part, strict=True)
            self._passages.upsert(
                ids=list(keys), embeddings=list(vectors), metadatas=list(metadatas)
            )

    def _drop_passages(self, keys: Sequence[str]) -> None:
        if keys:
            # First, so that a crash makes the count too high and never too low.
            self.note({"removed": self.removed + len(keys)})
            self._drop(self._passages, keys)

    def _drop(self, collection: Collection, ids: Sequence[str]) -> None:
        for part in _parts(ids, self._batch):
            collection.delete(ids=list(part))

    def _pages(
        self,
        collection: Collection,
        ids: Sequence[str] | None,
        include: Sequence[str] = ("metadatas",),
    ) -> Iterator[Any]:
        get = partial(collection.get, include=list(include))  # type: ignore[arg-type]
        if ids is not None:
            for part in _parts(list(dict.fromkeys(ids)), self._batch):
                yield read_while_written(partial(get, ids=list(part)))
            return
        for offset in range(0, collection.count(), self._batch):
            yield read_while_written(partial(get, limit=self._batch, offset=offset))


def _parts(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
