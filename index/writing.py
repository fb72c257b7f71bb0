"""Write documents into one state of an index. Knows no files, nor where vectors come from."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

from index.embedding import Embedder, Vectors
from index.preparing import Content, Draft, Known, Prepared, content, prepare
from index.records import Entry, Record
from index.rooms import Rooms, agree, rows_of
from index.sentence_vectors import SentenceVectors

_COMPACT_FROM = 0.2
_COMPACT_LEAST = 200

WRITING = "writing-"
"""How the marker of a store begins while it is written to, or its writer was cut off."""


class Writer:
    """Adds, replaces and removes documents in an open state of an index.

    `finish` must follow, or what is derived stays behind and is made again from nothing.
    """

    def __init__(self, rooms: Rooms, embedder: Embedder, sentences: SentenceVectors) -> None:
        self.rooms = rooms
        self._store = rooms.store
        self._lexical = rooms.lexical
        self._embedder = embedder
        self._sentences = sentences
        self._touched: set[str] = set()
        self._stale: list[str] = []
        # What is derived agrees with the store now, and so only needs what is touched.
        self._agreed = self._store.marker == self._lexical.marker
        self._begin()
        self._store.sweep()

    def records(self) -> dict[str, Record]:
        """The records of every document held, by id, unfinished ones included."""
        return self._store.records()

    def known(self, donors: Sequence[Record]) -> Known:
        """The vectors held of the passages of documents."""
        return known(self.rooms, donors)

    def write(self, drafts: Sequence[Draft]) -> None:
        """Add or replace documents, embedded here."""
        self.write_prepared(prepare(drafts, self._embedder))

    def write_prepared(self, documents: Sequence[Prepared]) -> None:
        """Add or replace documents; their passages are embedded already."""
        entries: list[Entry] = []
        parts: dict[str, Vectors] = {}
        for item in documents:
            record = item.record
            entries.append((record, item.passages, item.vectors, item.document.text))
            parts |= zip(record.keys, item.sentences, strict=True)
        # The vectors first: they are found by a key that means nothing until the record counts.
        self._sentences.put(parts)
        names = [record.document_id for record, *_ in entries]
        self._forget(names)
        self._store.write(entries)
        self._changed(names)
        self._derive(names, entries)

    def delete(self, document_ids: Sequence[str]) -> None:
        """Remove documents; ids that are not held are passed over."""
        self._forget(document_ids)
        self._store.delete(document_ids)
        self._changed(document_ids)
        self._derive(document_ids, ())

    def finish(self) -> Callable[[], None]:
        """Bring what is derived in line, and carry a new marker.

        -> what forgets the sentence vectors nobody needs, for when no reader holds the old state.
        """
        marker = uuid.uuid4().hex
        # Read in full only where all is compared: one document costs no reading of a million.
        held = self._store.records(sorted(self._touched) if self._agreed else None)
        live = {key for record in held.values() for key in record.keys}
        if self._agreed:
            self._lexical.commit(marker)
            self._store.marker = marker
            return lambda: self._sentences.drop(set(self._stale) - live)
        self._store.marker = marker
        agree(self._store, self._lexical)
        return lambda: self._sentences.prune(live)

    def distrust_derived(self) -> None:
        """Have `finish` compare what is derived with the store in full."""
        self._agreed = False
        self._lexical.discard()

    @property
    def wasteful(self) -> bool:
        """Whether removed passages take so much space that copying the rest pays."""
        return self._store.removed > max(_COMPACT_LEAST, _COMPACT_FROM * self._store.count())

    def _begin(self) -> None:
        self._store.marker = f"{WRITING}{uuid.uuid4().hex}"

    def _changed(self, names: Sequence[str]) -> None:
        self._touched.update(names)

    def _derive(self, names: Sequence[str], entries: Sequence[Entry]) -> None:
        # Along the way, beside the embedding of what comes next, and not at the end of it all.
        if self._agreed:
            rows = [
                row
                for record, passages, _, text in entries
                for row in rows_of(record, record.keys, passages, text)
            ]
            self._lexical.stage(names, rows)

    def _forget(self, document_ids: Sequence[str]) -> None:
        old = self._store.records(document_ids).values()
        self._stale += [key for record in old for key in record.keys]


def known(rooms: Rooms, donors: Sequence[Record]) -> dict[Content, tuple[Vectors, Vectors]]:
    """The vectors that a state of an index holds of the passages of documents."""
    held = {item.key: item for item in rooms.store.fetch([k for r in donors for k in r.keys])}
    sentences = rooms.searcher.sentences.get(list(held))
    return {
        content(item.passage): (item.vector, sentences[key])
        for key, item in held.items()
        if key in sentences
    }
