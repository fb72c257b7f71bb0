"""Write documents into one state of an index, embedding no passage twice. Knows no files."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from index.documents import Passage
from index.embedding import Embedder, Vectors
from index.records import Entry, Record
from index.rooms import Rooms, agree, rows
from index.search import embed_passages
from index.sentence_vectors import SentenceVectors
from index.splitting import split
from index.sync import Draft

_COMPACT_FROM = 0.2
_COMPACT_LEAST = 200


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
        self._store.marker = f"writing-{uuid.uuid4().hex}"
        self._store.sweep()

    def records(self) -> dict[str, Record]:
        """The records of every document held, by id, unfinished ones included."""
        return self._store.records()

    def write(self, drafts: Sequence[Draft]) -> None:
        """Add or replace documents; passages that a donor holds keep its vectors."""
        cut = [(draft, split(draft.document)) for draft in drafts]
        donors = {r.version: r for draft in drafts for r in draft.donors}
        vectors, parts = self._embedded([p for _, group in cut for p in group], donors.values())
        entries: list[Entry] = []
        begin = 0
        for draft, passages in cut:
            end = begin + len(passages)
            record = Record.of(draft.document, passages=len(passages), origin=draft.origin)
            entries.append((record, passages, vectors[begin:end], draft.document.text))
            begin = end
        # The vectors first: they are found by a key that means nothing until the record counts.
        keys = [key for record, *_ in entries for key in record.keys]
        self._sentences.put(dict(zip(keys, parts, strict=True)))
        names = [record.document_id for record, *_ in entries]
        self._forget(names)
        self._store.write(entries)
        self._touched.update(names)

    def delete(self, document_ids: Sequence[str]) -> None:
        """Remove documents; ids that are not held are passed over."""
        self._forget(document_ids)
        self._store.delete(document_ids)
        self._touched.update(document_ids)

    def finish(self) -> Callable[[], None]:
        """Bring what is derived in line, and carry a new marker.

        -> what forgets the sentence vectors nobody needs, for when no reader holds the old state.
        """
        marker = uuid.uuid4().hex
        held = self._store.records()
        live = {key for record in held.values() for key in record.keys}
        if self._agreed:
            counting = {name: held[name] for name in self._touched if name in held}
            added = rows(self._store, counting, sorted(counting))
            self._lexical.update(sorted(self._touched), added, marker)
            self._store.marker = marker
            return lambda: self._sentences.drop(set(self._stale) - live)
        self._store.marker = marker
        agree(self._store, self._lexical)
        return lambda: self._sentences.prune(live)

    def distrust_derived(self) -> None:
        """Have `finish` compare what is derived with the store in full."""
        self._agreed = False

    @property
    def wasteful(self) -> bool:
        """Whether removed passages take so much space that copying the rest pays."""
        return self._store.removed > max(_COMPACT_LEAST, _COMPACT_FROM * self._store.count())

    def _forget(self, document_ids: Sequence[str]) -> None:
        old = self._store.records(document_ids).values()
        self._stale += [key for record in old for key in record.keys]

    def _embedded(
        self, passages: list[Passage], donors: Iterable[Record]
    ) -> tuple[Vectors, list[Vectors]]:
        """Vectors of passages and of their sentences, taken from donors where they hold them."""
        held = {item.key: item for item in self._store.fetch([k for r in donors for k in r.keys])}
        sentences = self._sentences.get(list(held))
        known = {
            _content(item.passage): (item.vector, sentences[key])
            for key, item in held.items()
            if key in sentences
        }
        missing = [passage for passage in passages if _content(passage) not in known]
        vectors, parts = embed_passages(self._embedder, missing)
        known |= {
            _content(passage): (vector, part)
            for passage, vector, part in zip(missing, vectors, parts, strict=True)
        }
        found = [known[_content(passage)] for passage in passages]
        if not found:
            return vectors, parts
        return np.stack([vector for vector, _ in found]), [part for _, part in found]


def _content(passage: Passage) -> tuple[str, tuple[tuple[int, int], ...]]:
    """All that a passage's vectors depend on."""
    return passage.embedded_text, passage.sentences
