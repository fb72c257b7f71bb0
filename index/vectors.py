"""Passages and documents in Chroma, the source of truth. Knows nothing of files or questions.

A version of a document becomes visible when its record is written, after its passages; `leftover`
names a version that a crash may have left lying about, so that every passage no record vouches for
can be found again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from index.chroma import translated
from index.documents import Filter
from index.embedding import Vectors
from index.records import Contents, Entry, Record, Stored
from index.rows import Row, contents_of, read_passage, read_record, read_stored, where
from index.shelf import Shelf

_COLUMNS = ("ids", "documents", "metadatas", "embeddings", "distances")
_EQUAL = 1e-6
"""Distances this near are equal: a vector read and written again changes in its last bit."""

_MOST_TIED = 16
"""Times n that are fetched for ties at the cut; past that they fall in order of writing."""


class VectorStore(Shelf):
    """Documents written and read whole; every passage belongs to a version of one.

    Raises what Shelf raises.
    """

    def records(self, document_ids: Sequence[str] | None = None) -> dict[str, Record]:
        """Records by document id, all or those asked for, in order of id."""
        with translated(self.location):
            found = [
                record
                for rows in self._pages(self._documents, document_ids)
                for record in map(read_record, rows["ids"], rows["metadatas"])
            ]
        return {record.document_id: record for record in sorted(found, key=lambda r: r.document_id)}

    def nearest(self, vector: Vectors, n: int, chosen: Filter) -> list[Stored]:
        """The n passages nearest to a unit vector, nearest first, ties in order of key."""
        if chosen.sources == ():
            return []
        asked = n + 1
        with translated(self.location):
            while True:
                rows: Any = self._passages.query(
                    query_embeddings=vector[None, :],
                    n_results=asked,
                    where=where(chosen),
                    include=["documents", "metadatas", "embeddings", "distances"],
                )
                columns = {name: rows[name][0] for name in _COLUMNS}
                far = columns["distances"]
                # Those that tie at the cut come in the order of writing, which a fresh index does
                # not share: all of them are fetched, and the key decides.
                if len(far) < asked or far[-1] - far[n - 1] > _EQUAL or asked > _MOST_TIED * n:
                    break
                asked *= 2
        order = _nearest(far, columns["ids"], n)
        return read_stored({name: [column[i] for i in order] for name, column in columns.items()})

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
        its passages, let its record count, remove the version before. A version that counts already
        has the same passages, so it goes on counting while they are written again.
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
                final.append(record)
                continue
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


def _nearest(distances: Sequence[float], keys: Sequence[str], n: int) -> list[int]:
    """Places of the n smallest, in order; those equal to the last of them by their keys."""
    order = sorted(range(len(keys)), key=lambda i: (distances[i], keys[i]))
    if len(order) <= n:
        return order
    last = distances[order[n - 1]]
    nearer = [i for i in order if distances[i] < last - _EQUAL]
    tied = [i for i in order if abs(distances[i] - last) <= _EQUAL]
    return nearer + sorted(tied, key=lambda i: keys[i])[: n - len(nearer)]
