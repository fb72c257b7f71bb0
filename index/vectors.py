"""Passages and documents in Chroma, the source of truth. Knows nothing of files or questions.

A version of a document becomes visible when its record is written, after its passages; `leftover`
names a version that a crash may have left lying about, so that every passage no record vouches for
can be found again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import inf
from typing import Any

import numpy as np

from index.chroma import read_while_written, translated
from index.embedding import Vectors
from index.records import Contents, Entry, Record, Stored
from index.rows import Row, contents_of, read_record, read_rows, read_stored, rewritten
from index.shelf import Shelf

_EQUAL = 1e-6
"""Distances this near are equal: a vector read and written again changes in its last bit."""

COMPARED = 20_000
"""Passages at most that are compared one by one where Chroma's graph does not lead to all of them.

Many equal vectors can leave it in parts, of which one is searched.
"""

_TRIES = 5
"""Times that what a writer to a server removed meanwhile is asked for anew."""

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

    def nearest(self, vector: Vectors, n: int) -> list[Stored]:
        """The n passages nearest to a unit vector, nearest first, ties in order of key."""
        for _ in range(_TRIES):
            keys = self._nearest(vector, n)
            found = self.ordered(keys)
            if len(found) == len(keys):
                break
        return found

    def _nearest(self, vector: Vectors, n: int) -> list[str]:
        asked = n + 1
        while True:
            near = self.neighbours(vector, asked)
            if len(near) < asked and len(near) < self.count() <= COMPARED:
                return first_of(self.distances(vector, self.keys()), n, reach=inf) or []
            # Those that tie at the cut come in the order of writing, which a fresh index does not
            # share: all of them are fetched, and the key decides.
            whole = len(near) < asked or asked > _MOST_TIED * n
            best = first_of(near, n, reach=inf if whole else max(near.values()))
            if best is not None:
                return best
            asked *= 2

    def neighbours(self, vector: Vectors, n: int) -> dict[str, float]:
        """Keys of about the n nearest passages, with their distances."""
        with translated(self.location):
            rows: Any = read_while_written(
                lambda: self._passages.query(
                    query_embeddings=vector[None, :], n_results=n, include=["distances"]
                )
            )
        return dict(zip(rows["ids"][0], rows["distances"][0], strict=True))

    def vectors(self) -> tuple[list[str], Vectors]:
        """The keys of all passages, and their vectors (n, dimension) in the same order."""
        with translated(self.location):
            pages = list(self._pages(self._passages, None, ["embeddings"]))
        rows = [np.asarray(page["embeddings"], np.float32) for page in pages]
        keys = [key for page in pages for key in page["ids"]]
        return keys, np.concatenate([np.zeros((0, self.dimension), np.float32), *rows])

    def distances(self, vector: Vectors, keys: Sequence[str]) -> dict[str, float]:
        """Keys with their passages' distances from a unit vector; missing keys are left out."""
        far: dict[str, float] = {}
        with translated(self.location):
            for page in self._pages(self._passages, keys, ["embeddings"]):
                rows = np.asarray(page["embeddings"], np.float32).reshape(-1, len(vector))
                far |= zip(page["ids"], (1 - rows @ vector).tolist(), strict=True)
        return far

    def nearest_among(self, vector: Vectors, n: int, keys: Sequence[str]) -> list[Stored]:
        """The n nearest of the passages of these keys, every one of them compared."""
        return self.ordered(first_of(self.distances(vector, keys), n, reach=inf) or [])

    def ordered(self, keys: Sequence[str]) -> list[Stored]:
        """The passages of these keys, in the order of the keys; missing keys are left out."""
        found = {item.key: item for item in self.fetch(keys)}
        return [found[key] for key in keys if key in found]

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
                for row in read_rows(page):
                    rows.setdefault(owners[row[0]], []).append(row)
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
            self._change_records(final)
            self._drop_passages(stale)
            self._change_records([replace(r, leftover="") for r in final if r.leftover])

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

    def distrust(self, document_ids: Sequence[str]) -> None:
        """Have documents count as unfinished whose passages are not all there."""
        records = self.records(document_ids)
        held = self.contents(records.values())
        torn = [
            replace(record, version="", passages=0, leftover=f"{record.passages}:{record.version}")
            for name, record in records.items()
            if record.version and (name not in held or len(held[name].passages) < record.passages)
        ]
        with translated(self.location):
            self._put_records(torn)

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
                    metadatas=list(map(rewritten, page["documents"], page["metadatas"])),
                )
        other._put_records(list(self.records().values()))
        other.note({"marker": self.marker})


def first_of(distances: Mapping[str, float], n: int, *, reach: float) -> list[str] | None:
    """Keys of the n least distances, in order; those equal to the last of them by their keys.

    None where some as near as the last may be missing: all nearer than `reach` are given.
    """
    order = sorted(distances, key=lambda key: (distances[key], key))
    if len(order) < n and reach < inf:
        return None
    if len(order) <= n:
        return order
    last = distances[order[n - 1]]
    if last >= reach - _EQUAL:
        return None
    nearer = [key for key in order if distances[key] < last - _EQUAL]
    tied = [key for key in order if abs(distances[key] - last) <= _EQUAL]
    return nearer + sorted(tied)[: n - len(nearer)]
