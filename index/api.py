"""Index: documents in, ranked passages out. Knows nothing of questions, prompts or pages."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import date
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from index.documents import Document, Filter, Hit, Passage
from index.embedding import Embedder, SentenceEmbedder
from index.errors import DocumentNotFound, StoreBusy, StoreNotFound
from index.lexical import LexicalIndex, Row
from index.locking import writer_lock
from index.search import DENSE_WEIGHT, Searcher, embed_passages
from index.sentence_vectors import SentenceVectors
from index.splitting import SPLITTER, split
from index.sync import Progress, SyncReport, sync_folder
from index.vectors import Contents, Entry, Record, VectorStore

if TYPE_CHECKING:
    from index.retriever import IndexRetriever

_SERVER = ("http://", "https://")
_READ_TRIES = 5
_RECONCILE_DOCUMENTS = 500


class Index:
    """A searchable collection of documents, kept in a folder or on a Chroma server.

    Safe to share between threads. Several processes may read; one at a time may write, and
    StoreBusy names it. Everything is made from what Chroma holds; the lexical index beside it is
    mended whenever it disagrees.
    """

    def __init__(
        self,
        location: str,
        store: VectorStore,
        lexical: LexicalIndex,
        sentences: SentenceVectors,
        embedder: Embedder,
    ) -> None:
        self.location = location
        self.embedder = embedder
        self._store = store
        self._lexical = lexical
        self._sentences = sentences
        self._searcher = Searcher(store, lexical, embedder, sentences)

    @classmethod
    def open(
        cls, location: str | Path, *, embedder: Embedder | None = None, create: bool = True
    ) -> Index:
        """Open the index in a folder or at an http(s) address of a Chroma server.

        Raises StoreNotFound when there is none and `create` is false, StoreMismatch when it was
        built by another model or splitter, StoreUnreachable when Chroma does not answer.
        """
        place = str(location)
        if not place:
            raise ValueError("the index needs a location: a folder or an http(s) address")
        embedder = embedder or SentenceEmbedder()
        server = place.startswith(_SERVER)
        if not server and not create and not (Path(place) / "chroma").is_dir():
            raise StoreNotFound(
                f"there is no index at {place}; make one with: assistant index FOLDER"
            )
        store = VectorStore(
            place if server else str(Path(place) / "chroma"),
            model=embedder.name,
            dimension=embedder.dimension,
            splitter=SPLITTER,
        )
        lexical = LexicalIndex(None if server else Path(place) / "lexical")
        sentences = SentenceVectors(
            None if server else Path(place) / "sentences.sqlite3", dimension=embedder.dimension
        )
        return cls(place, store, lexical, sentences, embedder)

    def sync(self, folder: str | Path, *, progress: Progress | None = None) -> SyncReport:
        """Make the index equal the files below a folder; resumes wherever a sync was cut off.

        Documents of a folder synced before that are not below this one are deleted; documents
        added by `add` stay. Raises ValueError if there is no such folder, StoreBusy if another
        process is writing.
        """
        with self._writing():
            self._store.sweep()
            return sync_folder(
                Path(folder),
                self._store.records(),
                write=self._write,
                delete=self._store.delete,
                progress=progress,
            )

    def add(self, documents: Iterable[Document]) -> None:
        """Add documents, or replace those of the same id. Raises ValueError if two share an id."""
        given = list(documents)
        if len({document.id for document in given}) < len(given):
            raise ValueError("two of the documents to add have the same id")
        with self._writing():
            self._store.sweep()
            self._write([(document, None) for document in given])

    def delete(self, ids: Iterable[str]) -> None:
        """Remove documents. Raises DocumentNotFound, and removes none, if an id is unknown."""
        if isinstance(ids, str):
            raise ValueError(f"ids must be a list of document ids; got the string {ids!r}")
        wanted = list(ids)
        with self._writing():
            known = self._store.records(wanted)
            for name in wanted:
                if name not in known:
                    raise _not_found(self.location, name)
            self._store.delete(wanted)

    def records(self) -> list[Record]:
        """What is known of each document besides its text, in order of id."""
        return [record for record in self._store.records().values() if record.version]

    def documents(self) -> list[Document]:
        """Every document with its text, in order of id; `records` is cheaper where text is not."""
        return [self.document(record.document_id) for record in self.records()]

    def document(self, document_id: str) -> Document:
        """One document, its text put together from its passages. Raises DocumentNotFound."""
        record, contents = self._contents(document_id)
        return Document(
            record.document_id,
            contents.text,
            record.title,
            record.source,
            record.published,
            record.url,
            record.media_type,
        )

    def passages(self, document_id: str) -> list[Passage]:
        """A document's passages in text order. Raises DocumentNotFound."""
        return list(self._contents(document_id)[1].passages)

    def search(
        self,
        query: str,
        *,
        k: int = 10,
        as_of: date | None = None,
        sources: Sequence[str] | None = None,
        dense_weight: float = DENSE_WEIGHT,
    ) -> list[Hit]:
        """The k passages that match a query best, best first; fewer where there are fewer.

        `as_of` and `sources` are applied before ranking (see Filter). `dense_weight` 1 ranks by
        meaning alone, 0 by words alone. Raises ValueError for an empty query or k below 1.
        """
        if not query.strip():
            raise ValueError("the query is empty; ask with at least one word")
        if k < 1:
            raise ValueError(f"k must be at least 1; got k={k}")
        if not 0 <= dense_weight <= 1:
            raise ValueError(f"dense_weight must lie in [0, 1]; got {dense_weight}")
        where = Filter.of(as_of, sources)
        self._refresh()
        return self._searcher.search(query, k=k, where=where, dense_weight=dense_weight)

    def as_retriever(
        self, *, k: int = 10, as_of: date | None = None, sources: Sequence[str] | None = None
    ) -> IndexRetriever:
        """The index as a LangChain retriever."""
        from index.retriever import IndexRetriever

        chosen = None if sources is None else tuple(sources)
        return IndexRetriever(index=self, k=k, as_of=as_of, sources=chosen)

    def differences(self) -> list[str]:
        """What does not fit together in the store, in words; empty when all is well."""
        records = self._store.records()
        contents = self._store.contents(records.values())
        found = []
        for name, record in records.items():
            held = len(contents[name].passages) if name in contents else 0
            if record.leftover:
                found.append(f"{name}: a write was cut off; the next sync mends it")
            elif held != record.passages:
                found.append(f"{name}: {held} of {record.passages} passages are stored")
        expected = sum(record.passages for record in records.values())
        if not found and expected != (count := self._store.count()):
            found.append(f"{count} passages are stored where the records say {expected}")
        if self._lexical.marker != self._store.marker:
            found.append("the lexical index is behind; the next search brings it up to date")
        return found

    def _contents(self, document_id: str) -> tuple[Record, Contents]:
        for _ in range(_READ_TRIES):
            record = self._store.records([document_id]).get(document_id)
            if record is None or not record.version:
                break
            contents = self._store.contents([record]).get(document_id)
            # Fewer passages than promised: a writer replaced this version meanwhile; look again.
            if contents is not None and len(contents.passages) == record.passages:
                return record, contents
        raise _not_found(self.location, document_id)

    def _write(self, batch: list[tuple[Document, str | None]]) -> None:
        if not batch:
            return
        split_batch = [(document, digest, split(document)) for document, digest in batch]
        vectors, parts = embed_passages(
            self.embedder, [passage for _, _, passages in split_batch for passage in passages]
        )
        entries: list[Entry] = []
        begin = 0
        for document, digest, passages in split_batch:
            end = begin + len(passages)
            record = Record.of(document, passages=len(passages), file_hash=digest)
            entries.append((record, passages, vectors[begin:end], document.text))
            begin = end
        self._store.write(entries)
        keys = (key for record, *_ in entries for key in record.keys)
        self._sentences.put(dict(zip(keys, parts, strict=True)))

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._lock():
            # First, so that whatever happens next, what is derived knows it is behind.
            self._store.marker = f"writing-{uuid.uuid4().hex}"
            try:
                yield
            finally:
                marker = uuid.uuid4().hex
                self._store.marker = marker
                self._reconcile(marker)

    def _lock(self) -> AbstractContextManager[None]:
        if self.location.startswith(_SERVER):
            return nullcontext()
        return writer_lock(Path(self.location))

    def _refresh(self) -> None:
        """Bring the lexical index up to the store, unless a writer is about to do just that."""
        marker = self._store.marker
        if marker == self._lexical.marker:
            return
        try:
            with self._lock():
                self._reconcile(self._store.marker)
        except StoreBusy:
            # Its passages of versions gone by are passed over by search until the writer is done.
            return

    def _reconcile(self, marker: str) -> None:
        records = {name: r for name, r in self._store.records().items() if r.version}

        def rows(names: Iterable[str]) -> Iterator[Row]:
            remaining = iter(names)
            while part := list(islice(remaining, _RECONCILE_DOCUMENTS)):
                contents = self._store.contents(records[name] for name in part)
                for name, held in contents.items():
                    for key, passage in zip(held.keys, held.passages, strict=True):
                        yield key, records[name].version, passage

        versions = {name: record.version for name, record in records.items()}
        self._lexical.reconcile(versions, rows, marker)
        self._sentences.prune(key for record in records.values() for key in record.keys)


def _not_found(location: str, document_id: str) -> DocumentNotFound:
    return DocumentNotFound(
        f"the index at {location} holds no document {document_id!r}; "
        "Index.records() lists those it holds"
    )
