"""Passages and documents in Chroma, the source of truth. Knows nothing of files or questions.

Two collections: `passages` holds text, vector and origin of each passage; `documents` holds one
record a document, which names the version of it that counts. A version becomes visible when its
record is written, after its passages; `leftover` names a version that a crash may have left lying
about, so that every passage no record vouches for can be found again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from index.chroma import check_identity, collection, connect, translated
from index.documents import Filter
from index.embedding import Vectors
from index.errors import StoreUnreachable
from index.records import Contents, Entry, Record, Stored
from index.rows import (
    Row,
    contents_of,
    passage_rows,
    placeholder,
    read_passage,
    read_record,
    read_stored,
    record_metadata,
    where,
)

if TYPE_CHECKING:
    from index.chroma import Collection

STORE_FORMAT = 2
"""Raised whenever what lies in a store changes, so that an older one is refused by name."""


class VectorStore:
    """Passages and documents in Chroma, in a folder or behind an http(s) address.

    Raises StoreMismatch when the store was built by another model, splitter or format, and
    StoreUnreachable when Chroma fails.
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
        with translated(location):
            self._client = connect(location)
            try:
                self._passages = collection(self._client, "passages", identity, create=create)
                self._documents = collection(self._client, "documents", {}, create=create)
                self._batch = self._client.get_max_batch_size()
                check_identity(location, self._passages.metadata or {}, identity)
            except BaseException:
                self._client.close()
                raise

    def close(self) -> None:
        """Let go of the store's files; nothing can be asked of it afterwards."""
        self._client.close()

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
        with translated(self.location):
            self._passages.modify(metadata={**self.notes(), **changes})

    def records(self, document_ids: Sequence[str] | None = None) -> dict[str, Record]:
        """Records by document id, all or those asked for, in order of id."""
        with translated(self.location):
            found = [
                record
                for rows in self._pages(self._documents, document_ids)
                for record in map(read_record, rows["ids"], rows["metadatas"])
            ]
        return {record.document_id: record for record in sorted(found, key=lambda r: r.document_id)}

    def count(self) -> int:
        """Passages in the store, those of unfinished versions included."""
        with translated(self.location):
            return self._passages.count()

    def nearest(self, vector: Vectors, n: int, chosen: Filter) -> list[Stored]:
        """The n passages nearest to a unit vector, nearest first."""
        if chosen.sources == ():
            return []
        with translated(self.location):
            rows = self._passages.query(
                query_embeddings=vector[None, :],
                n_results=n,
                where=where(chosen),
                include=["documents", "metadatas", "embeddings"],
            )
        columns = {name: column[0] for name, column in rows.items() if isinstance(column, list)}
        return read_stored(columns)

    def fetch(self, keys: Sequence[str]) -> list[Stored]:
        """The passages of these keys, in no particular order; missing keys are left out."""
        include = ["documents", "metadatas", "embeddings"]
        with translated(self.location):
            pages = list(self._pages(self._passages, keys, include))
        return [item for rows in pages for item in read_stored(rows)]

    def contents(self, records: Iterable[Record]) -> dict[str, Contents]:
        """What lies in the store of each record's version, by document id.

        Has fewer passages than the record promises when a writer replaced the version meanwhile.
        """
        # Keys are known beforehand, so no scan by metadata is needed.
        owners = {key: record.document_id for record in records for key in record.keys}
        rows: dict[str, list[Row]] = {}
        with translated(self.location):
            for page in self._pages(self._passages, list(owners), ["documents", "metadatas"]):
                columns = (page["ids"], page["documents"], page["metadatas"])
                for key, text, meta in zip(*columns, strict=True):
                    rows.setdefault(owners[key], []).append((key, read_passage(text, meta), meta))
        return {name: contents_of(found) for name, found in rows.items()}

    def write(self, entries: Sequence[Entry]) -> None:
        """Add or replace documents; a reader sees each one wholly old or wholly new.

        The order of the four steps is what makes a crash harmless: announce the new version, write
        its passages, let its record count, remove the version before.
        """
        if not entries:
            return
        before = self.records([record.document_id for record, *_ in entries])
        announced: list[Record] = []
        final: list[Record] = []
        stale: list[str] = []
        for record, *_ in entries:
            old = before.get(record.document_id)
            if old is not None and old.version == record.version:
                old = replace(old, version="", passages=0)
            kept = old or replace(record, version="", passages=0)
            announced.append(replace(kept, leftover=f"{record.passages}:{record.version}"))
            if old is not None and old.version:
                stale.extend(old.keys)
                record = replace(record, leftover=f"{old.passages}:{old.version}")
            final.append(record)
        with translated(self.location):
            self._put_records(announced)
            self._put_passages(entries)
            self._put_records(final)
            self._drop_passages(stale)
            self._put_records([replace(r, leftover="") for r in final if r.leftover])

    def delete(self, document_ids: Sequence[str]) -> None:
        """Remove documents; ids the store does not hold are passed over."""
        records = self.records(document_ids)
        gone = [
            replace(r, version="", leftover=f"{r.passages}:{r.version}") for r in records.values()
        ]
        with translated(self.location):
            self._put_records(gone)
            self._drop_passages([key for r in gone for key in r.leftover_keys])
            self._drop(self._documents, list(records))

    def sweep(self) -> None:
        """Remove what a crash left: passages of versions that no record lets count."""
        with translated(self.location):
            other_than_none: Any = {"$ne": ""}
            rows = self._documents.get(where={"leftover": other_than_none}, include=["metadatas"])
            dirty = [
                read_record(i, m) for i, m in zip(rows["ids"], rows["metadatas"] or [], strict=True)
            ]
            self._drop_passages([key for r in dirty for key in r.leftover_keys])
            self._put_records([replace(r, leftover="") for r in dirty if r.version])
            self._drop(self._documents, [r.document_id for r in dirty if not r.version])

    def keys(self) -> list[str]:
        """The keys of all passages, those of unfinished versions included."""
        with translated(self.location):
            pages = list(self._pages(self._passages, None, ()))
        return [key for page in pages for key in page["ids"]]

    def unreadable_keys(self) -> list[str]:
        """Keys of passages whose vector cannot be read, by what Chroma's own index says."""
        lost: list[str] = []
        for part in _parts(self.keys(), self._batch):
            try:
                held = {item.key for item in self.fetch(part) if np.isfinite(item.vector).all()}
                lost += [key for key in part if key not in held]
            except StoreUnreachable:
                # One lost vector fails the whole request, so ask for each.
                lost += [key for key in part if not self._is_readable(key)]
        return lost

    def remove_passages(self, keys: Sequence[str]) -> None:
        """Remove passages by key, whatever the records say; for mending only."""
        with translated(self.location):
            self._drop_passages(keys)

    def copy_to(self, other: VectorStore) -> None:
        """Write everything into an empty store, vectors as they are."""
        include = ["documents", "metadatas", "embeddings"]
        with translated(self.location):
            for page in self._pages(self._passages, None, include):
                other._passages.add(
                    ids=page["ids"],
                    embeddings=page["embeddings"],
                    documents=page["documents"],
                    metadatas=page["metadatas"],
                )
        other._put_records(list(self.records().values()))
        other.note({"marker": self.marker})

    def _is_readable(self, key: str) -> bool:
        try:
            return bool(self.fetch([key]))
        except StoreUnreachable:
            return False

    def _put_records(self, records: Sequence[Record]) -> None:
        for part in _parts(records, self._batch):
            self._documents.upsert(
                ids=[r.document_id for r in part],
                embeddings=np.array([placeholder(r.document_id) for r in part], np.float32),
                metadatas=[record_metadata(r) for r in part],
            )

    def _put_passages(self, entries: Sequence[Entry]) -> None:
        rows = [row for entry in entries for row in passage_rows(entry)]
        for part in _parts(rows, self._batch):
            keys, vectors, texts, metadatas = zip(*part, strict=True)
            self._passages.upsert(
                ids=list(keys),
                embeddings=list(vectors),
                documents=list(texts),
                metadatas=list(metadatas),
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
        if ids is not None:
            for part in _parts(list(dict.fromkeys(ids)), self._batch):
                yield collection.get(ids=list(part), include=list(include))  # type: ignore[arg-type]
            return
        for offset in range(0, collection.count(), self._batch):
            yield collection.get(limit=self._batch, offset=offset, include=list(include))  # type: ignore[arg-type]


def _parts(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
