"""Index: documents in, ranked passages out. Knows nothing of questions, prompts or pages."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from index.checking import examine, mend
from index.documents import Document, Filter, Hit, Passage
from index.embedding import Embedder, SentenceEmbedder
from index.errors import DocumentNotFound
from index.pending import Place
from index.places import place_of
from index.preparing import Draft
from index.reader import Limits, Reader, preparing
from index.records import Contents, Record
from index.rooms import Shared
from index.search import DENSE_WEIGHT
from index.sentence_vectors import SentenceVectors
from index.splitting import SPLITTER
from index.sync import Progress, SyncReport, sync_folder
from index.walking import Selection, folder_named, walk

if TYPE_CHECKING:
    from index.retriever import IndexRetriever

_READ_TRIES = 5
_BATCH_CHARACTERS = 2_000_000
"""What is embedded and written at once: a million passages would not fit into memory."""


class Index:
    """A searchable collection of documents, kept in a folder or on a Chroma server.

    Safe to share between threads. Several processes may read; one at a time may write, and
    StoreBusy names it. In a folder a reader sees the state before a write or the one after; on a
    server it sees each document whole, old or new. A write to a folder works on a copy of the
    store, so documents are better added in hundreds than one by one.
    """

    def __init__(self, location: str, place: Place, shared: Shared) -> None:
        self.location = location
        self.embedder = shared.embedder
        self._place = place
        self._shared = shared
        self._reader = Reader()
        weakref.finalize(self, self._reader.close)

    @classmethod
    def open(
        cls, location: str | Path, *, embedder: Embedder | None = None, create: bool = True
    ) -> Index:
        """Open the index in a folder or at an http(s) address of a Chroma server.

        Raises StoreNotFound when there is none and `create` is false, StoreMismatch when it was
        built by another model or splitter, StoreUnreachable when Chroma does not answer.
        """
        name = str(location)
        if not name:
            raise ValueError("the index needs a location: a folder or an http(s) address")
        shared = shared_by(name, embedder or SentenceEmbedder())
        return cls(name, place_of(name, shared, create=create), shared)

    def close(self) -> None:
        """Let go of files and connections; the index opens them again when it is asked."""
        self._reader.close()
        self._place.close()
        self._shared.sentences.close()

    def sync(
        self,
        folder: str | Path,
        *,
        progress: Progress | None = None,
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        limits: Limits | None = None,
        ray: str | None = None,
    ) -> SyncReport:
        """Make the index equal the files below a folder; resumes wherever a sync was cut off.

        `include` and `exclude` are gitignore patterns (see Selection), `limits` what one file may
        cost to read. With `ray`, the address of a Ray cluster, its workers read and embed (see
        index.ray_workers). Documents of a folder synced before that are not below this one are
        deleted; documents added by `add` stay. Raises ValueError if there is no such folder,
        StoreBusy if another process is writing, StoreFull when the disk is.
        """
        walked = walk(folder_named(folder), Selection(include, exclude), skip=Path(self.location))
        with self._place.writing() as target:
            if limits is not None and limits != self._reader.limits:
                self._reader.close()
                self._reader.limits = limits
            with preparing(self._reader, self.embedder, ray) as prepare:
                report = sync_folder(walked, target, prepare, progress=progress)
            self._place.remember_failures(report.failed)
            return report

    def add(self, documents: Iterable[Document]) -> None:
        """Add documents, or replace those of the same id. Raises ValueError if two share an id."""
        given = list(documents)
        if len({document.id for document in given}) < len(given):
            raise ValueError("two of the documents to add have the same id")
        if given:
            with self._place.writing() as target:
                for drafts in _batches(given):
                    target.write(drafts)

    def delete(self, ids: Iterable[str]) -> None:
        """Remove documents. Raises DocumentNotFound, and removes none, if an id is unknown."""
        if isinstance(ids, str):
            raise ValueError(f"ids must be a list of document ids; got the string {ids!r}")
        wanted = list(ids)
        with self._place.writing() as target:
            known = target.records()
            for name in wanted:
                if name not in known:
                    raise _not_found(self.location, name)
            if wanted:
                target.delete(wanted)

    def failures(self) -> dict[str, str]:
        """The files that the last sync could not take in, with the reasons."""
        return self._place.failures()

    def records(self) -> list[Record]:
        """What is known of each document besides its text, in order of id."""
        with self._place.reading() as rooms:
            return [record for record in rooms.store.records().values() if record.version]

    def documents(self) -> list[Document]:
        """Every document with its text, in order of id; `records` is cheaper where text is not."""
        with self._place.reading() as rooms:
            records = [r for r in rooms.store.records().values() if r.version]
            contents = rooms.store.contents(records)
            whole = [r for r in records if _is_whole(r, contents.get(r.document_id))]
            rest = {r.document_id: r for r in records}.keys() - {r.document_id for r in whole}
            found = [record.document(contents[record.document_id].text) for record in whole]
        for name in rest:
            # A writer to a server replaced it meanwhile, or removed it.
            with suppress(DocumentNotFound):
                found.append(self.document(name))
        return sorted(found, key=lambda document: document.id)

    def document(self, document_id: str) -> Document:
        """One document, its text put together from its passages.

        Raises DocumentNotFound, also where passages of it are lost.
        """
        record, contents = self._contents(document_id)
        return record.document(contents.text)

    def passages(self, document_id: str) -> list[Passage]:
        """A document's passages in text order. Raises what `document` raises."""
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
        with self._place.reading() as rooms:
            return rooms.searcher.search(query, k=k, where=where, dense_weight=dense_weight)

    def as_retriever(
        self, *, k: int = 10, as_of: date | None = None, sources: Sequence[str] | None = None
    ) -> IndexRetriever:
        """The index as a LangChain retriever."""
        from index.retriever import IndexRetriever

        chosen = None if sources is None else tuple(sources)
        return IndexRetriever(index=self, k=k, as_of=as_of, sources=chosen)

    def differences(self) -> list[str]:
        """What does not fit together in the store, in words; empty when all is well.

        Reads every passage and vector: seconds for tens of thousands.
        """
        with self._place.reading() as rooms:
            return self._place.leftovers() + list(examine(rooms).words)

    def repair(self) -> list[str]:
        """Mend what `differences` finds -> what was done, in words; [] when all was well.

        A document that lost text is removed; the next sync of its folder reads it again. Raises
        StoreBusy while another process writes.
        """
        if not self.differences():
            return []
        with self._place.writing() as target:
            writer = target.started()
            done = mend(writer.rooms, writer, examine(writer.rooms))
        return done or ["brought the lexical index in line and removed what a crash left"]

    def _contents(self, document_id: str) -> tuple[Record, Contents]:
        with self._place.reading() as rooms:
            for _ in range(_READ_TRIES):
                record = rooms.store.records([document_id]).get(document_id)
                if record is None or not record.version:
                    raise _not_found(self.location, document_id)
                contents = rooms.store.contents([record]).get(document_id)
                # Fewer passages than promised: a writer to a server replaced this version; again.
                if contents is not None and _is_whole(record, contents):
                    return record, contents
        # No other error, since to what cites it both are the same: it cannot be checked.
        raise DocumentNotFound(
            f"the index at {self.location} has lost passages of {document_id!r}; "
            "run: assistant status --repair"
        )


def _batches(documents: Iterable[Document]) -> Iterator[list[Draft]]:
    batch: list[Draft] = []
    characters = 0
    for document in documents:
        batch.append(Draft(document))
        characters += len(document.text)
        if characters >= _BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def shared_by(location: str, embedder: Embedder) -> Shared:
    """What all states of the index at a location have in common."""
    server = location.startswith(("http://", "https://"))
    file = None if server else Path(location) / "sentences.sqlite3"
    made_by = f"{embedder.name} {SPLITTER}"
    kept = SentenceVectors(file, dimension=embedder.dimension, made_by=made_by)
    return Shared(embedder, kept)


def _is_whole(record: Record, contents: Contents | None) -> bool:
    return contents is not None and len(contents.passages) == record.passages


def _not_found(location: str, document_id: str) -> DocumentNotFound:
    return DocumentNotFound(
        f"the index at {location} holds no document {document_id!r}; "
        "Index.records() lists those it holds"
    )
