"""The engines over one state of an index: Chroma, BM25, search. Knows nothing of writing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from index.documents import Passage
from index.embedding import Embedder
from index.errors import IndexDamaged
from index.lexical import LexicalIndex, Row, differing, opened_or_new
from index.records import Record
from index.search import Searcher
from index.sentence_vectors import SentenceVectors
from index.settled import Settled
from index.splitting import SPLITTER
from index.vectors import VectorStore

_HEAD = 1_000
"""Characters of a document's text that count as its head."""

_PART = 500


@dataclass(frozen=True, slots=True)
class Rooms:
    """One state of an index, open for search.

    `lexical_lost`: its lexical index was missing or damaged and stands in memory for now.
    """

    store: VectorStore
    lexical: LexicalIndex
    searcher: Searcher
    lexical_lost: bool = False

    @classmethod
    def of(
        cls, store: VectorStore, lexical: LexicalIndex, shared: Shared, *, lost: bool = False
    ) -> Rooms:
        """Join the engines."""
        searcher = Searcher(store, lexical, shared.embedder, shared.sentences)
        return cls(store, lexical, searcher, lost)

    def close(self) -> None:
        """Let go of the files."""
        self.lexical.discard()
        self.store.close()


@dataclass(frozen=True, slots=True)
class Shared:
    """What every state of an index has in common."""

    embedder: Embedder
    sentences: SentenceVectors

    def store(self, location: str, *, create: bool, settled: bool = False) -> VectorStore:
        """The Chroma store at a place. Raises StoreMismatch, StoreUnreachable."""
        return (Settled if settled else VectorStore)(
            location,
            model=self.embedder.name,
            dimension=self.embedder.dimension,
            splitter=SPLITTER,
            create=create,
        )

    def on_server(self, address: str, *, create: bool) -> Rooms:
        """The state behind a Chroma server; its lexical index is made in memory."""
        return Rooms.of(self.store(address, create=create), LexicalIndex(None), self)

    def for_reading(self, folder: Path) -> Rooms:
        """A generation; a lexical index that is lost or damaged is made again in memory."""
        store = self.store(str(folder / "chroma"), create=False, settled=True)
        with _closed_on_failure(store):
            place = folder / "lexical"
            try:
                lexical = LexicalIndex(place) if place.is_dir() else None
            except IndexDamaged:
                lexical = None
            if lexical is not None and lexical.marker == store.marker:
                return Rooms.of(store, lexical, self)
            lexical = LexicalIndex(None)
            agree(store, lexical)
            return Rooms.of(store, lexical, self, lost=True)

    def for_writing(self, folder: Path, *, create: bool) -> Rooms:
        """A draft; its lexical index is made where it is missing, its store only if `create`."""
        store = self.store(str(folder / "chroma"), create=create)
        with _closed_on_failure(store):
            return Rooms.of(store, opened_or_new(folder / "lexical"), self)


@contextmanager
def _closed_on_failure(store: VectorStore) -> Iterator[None]:
    try:
        yield
    except BaseException:
        store.close()
        raise


def agree(store: VectorStore, lexical: LexicalIndex) -> None:
    """Make a lexical index hold just the versions that count in the store."""
    marker = store.marker
    records = {name: record for name, record in store.records().items() if record.version}
    versions = {name: record.version for name, record in records.items()}
    gone, missing = differing(lexical.versions(), versions)
    lexical.update(gone, rows(store, records, sorted(missing)), marker)


def follow(
    store: VectorStore, lexical: LexicalIndex, changed: Collection[str], marker: str
) -> None:
    """Bring a lexical index up to the store, where only these documents changed since it agreed."""
    found = store.records(sorted(changed))
    counting = {name: record for name, record in found.items() if record.version}
    lexical.update(sorted(changed), rows(store, counting, sorted(counting)), marker)


def rows(store: VectorStore, records: Mapping[str, Record], names: Iterable[str]) -> Iterator[Row]:
    """What the lexical index holds of documents, fetched a few documents at a time."""
    remaining = iter(names)
    while part := list(islice(remaining, _PART)):
        contents = store.contents(records[name] for name in part)
        for name, held in contents.items():
            yield from rows_of(records[name], held.keys, held.passages, held.text)


def rows_of(
    record: Record, keys: Sequence[str], passages: Sequence[Passage], text: str
) -> Iterator[Row]:
    """What the lexical index holds of a document with these passages."""
    for key, passage in zip(keys, passages, strict=True):
        head = f"{record.title}\n{text[:_HEAD]}" if key == keys[0] else ""
        yield key, record.version, passage, head
