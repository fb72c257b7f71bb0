"""The one place that talks to Chroma, the source of truth. Knows nothing of files or questions.

Two collections: `passages` holds text, vector and origin of each passage; `documents` holds one
record a document, which names the version of it that counts. A version becomes visible when its
record is written, after its passages; `leftover` names a version that a crash may have left lying
about, so that every passage no record vouches for can be found again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np

from index.documents import Document, Filter, Passage, day_number
from index.embedding import Vectors
from index.errors import StoreMismatch, StoreUnreachable

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.collection_configuration import CreateHNSWConfiguration
    from chromadb.api.models.Collection import Collection
    from chromadb.base_types import Where

STORE_FORMAT = 1
_HNSW: CreateHNSWConfiguration = {
    "space": "cosine",
    "ef_construction": 200,
    "ef_search": 200,
    "max_neighbors": 32,
}


@dataclass(frozen=True, slots=True)
class Record:
    """What the store knows of a document besides its text.

    `version` is the fingerprint that counts, "" while a first version is being written;
    `passages` how many passages it has; `file_hash` the sha256 of the file it was read from, None
    for a document that was added by a program.
    """

    document_id: str
    version: str
    passages: int
    title: str = ""
    source: str | None = None
    published: date | None = None
    url: str | None = None
    media_type: str = "text/plain"
    file_hash: str | None = None
    leftover: str = ""

    @property
    def keys(self) -> list[str]:
        """The store's keys of this version's passages, in text order."""
        return [_key(self.document_id, self.version, n) for n in range(self.passages)]

    @classmethod
    def of(cls, document: Document, *, passages: int, file_hash: str | None) -> Record:
        """The record of a document as it is now."""
        return cls(
            document.id,
            document.fingerprint,
            passages,
            document.title,
            document.source,
            document.published,
            document.url,
            document.media_type,
            file_hash,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """A passage as it lies in the store, with its key, document version and unit vector."""

    key: str
    version: str
    passage: Passage
    vector: Vectors


@dataclass(frozen=True, slots=True)
class Contents:
    """The passages of one document version with their keys, in text order, and the text."""

    keys: tuple[str, ...]
    passages: tuple[Passage, ...]
    text: str

    @classmethod
    def of(cls, rows: list[tuple[str, Passage, Mapping[str, Any]]]) -> Contents:
        """Put (key, passage, metadata) rows in order and their text together."""
        rows.sort(key=lambda row: row[1].start)
        text = "".join(f"{meta['before']}{p.text}{meta.get('after', '')}" for _, p, meta in rows)
        return cls(tuple(row[0] for row in rows), tuple(row[1] for row in rows), text)


Entry = tuple[Record, Sequence[Passage], Vectors, str]
"""One document to write: record, passages, their vectors, and the text they lie in."""


class VectorStore:
    """Passages and documents in Chroma, in a folder or behind an http(s) address.

    Raises StoreMismatch when the store was built by another model, splitter or format, and
    StoreUnreachable when Chroma fails.
    """

    def __init__(self, location: str, *, model: str, dimension: int, splitter: str) -> None:
        self._dimension = dimension
        with _translated(location):
            self._client = _connect(location)
            identity = {
                "format": STORE_FORMAT,
                "model": model,
                "dimension": dimension,
                "splitter": splitter,
            }
            self._passages = _collection(self._client, "passages", identity)
            self._documents = _collection(self._client, "documents", {})
            self._batch = self._client.get_max_batch_size()
        self._location = location
        _check_identity(location, self._passages.metadata or {}, identity)

    @property
    def marker(self) -> str:
        """Changes with every write; what is derived from the store carries the one it saw."""
        with _translated(self._location):
            current = self._client.get_collection("passages", embedding_function=None)
            return str((current.metadata or {}).get("marker", ""))

    @marker.setter
    def marker(self, value: str) -> None:
        with _translated(self._location):
            metadata = {k: v for k, v in (self._passages.metadata or {}).items() if k != "marker"}
            self._passages.modify(metadata={**metadata, "marker": value})

    def records(self, document_ids: Sequence[str] | None = None) -> dict[str, Record]:
        """Records by document id, all or those asked for, in order of id."""
        with _translated(self._location):
            found = [
                record
                for rows in self._pages(self._documents, document_ids)
                for record in map(_record, rows["ids"], rows["metadatas"])
            ]
        return {record.document_id: record for record in sorted(found, key=lambda r: r.document_id)}

    def count(self) -> int:
        """Passages in the store, those of unfinished versions included."""
        with _translated(self._location):
            return self._passages.count()

    def nearest(self, vector: Vectors, n: int, where: Filter) -> list[Stored]:
        """The n passages nearest to a unit vector, nearest first."""
        if where.sources == ():
            return []
        with _translated(self._location):
            rows = self._passages.query(
                query_embeddings=vector[None, :],
                n_results=n,
                where=_where(where),
                include=["documents", "metadatas", "embeddings"],
            )
        columns = {name: column[0] for name, column in rows.items() if isinstance(column, list)}
        return _stored(columns)

    def fetch(self, keys: Sequence[str]) -> list[Stored]:
        """The passages of these keys, in no particular order; missing keys are left out."""
        include = ["documents", "metadatas", "embeddings"]
        with _translated(self._location):
            pages = list(self._pages(self._passages, keys, include))
        return [item for rows in pages for item in _stored(rows)]

    def contents(self, records: Iterable[Record]) -> dict[str, Contents]:
        """What lies in the store of each record's version, by document id.

        Has fewer passages than the record promises when a writer replaced the version meanwhile.
        """
        # Keys are known beforehand, so no scan by metadata is needed.
        owners = {key: record.document_id for record in records for key in record.keys}
        rows: dict[str, list[tuple[str, Passage, Mapping[str, Any]]]] = {}
        with _translated(self._location):
            for page in self._pages(self._passages, list(owners), ["documents", "metadatas"]):
                columns = (page["ids"], page["documents"], page["metadatas"])
                for key, text, meta in zip(*columns, strict=True):
                    rows.setdefault(owners[key], []).append((key, _passage(text, meta), meta))
        return {name: Contents.of(found) for name, found in rows.items()}

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
        with _translated(self._location):
            self._put_records(announced)
            self._put_passages(entries)
            self._put_records(final)
            self._drop(self._passages, stale)
            self._put_records([replace(r, leftover="") for r in final if r.leftover])

    def delete(self, document_ids: Sequence[str]) -> None:
        """Remove documents; ids the store does not hold are passed over."""
        records = self.records(document_ids)
        gone = [
            replace(r, version="", leftover=f"{r.passages}:{r.version}") for r in records.values()
        ]
        with _translated(self._location):
            self._put_records(gone)
            self._drop(self._passages, [key for r in gone for key in _leftover_keys(r)])
            self._drop(self._documents, list(records))

    def sweep(self) -> None:
        """Remove what a crash left: passages of versions that no record lets count."""
        with _translated(self._location):
            other_than_none: Any = {"$ne": ""}
            unfinished: Where = {"leftover": other_than_none}
            rows = self._documents.get(where=unfinished, include=["metadatas"])
            dirty = [
                _record(i, m) for i, m in zip(rows["ids"], rows["metadatas"] or [], strict=True)
            ]
            self._drop(self._passages, [key for r in dirty for key in _leftover_keys(r)])
            self._put_records([replace(r, leftover="") for r in dirty if r.version])
            self._drop(self._documents, [r.document_id for r in dirty if not r.version])

    def _put_records(self, records: Sequence[Record]) -> None:
        for part in _parts(records, self._batch):
            self._documents.upsert(
                ids=[r.document_id for r in part],
                embeddings=np.array([_placeholder(r.document_id) for r in part], np.float32),
                metadatas=[_record_metadata(r) for r in part],
            )

    def _put_passages(self, entries: Sequence[Entry]) -> None:
        rows = [row for entry in entries for row in _passage_rows(entry)]
        for part in _parts(rows, self._batch):
            keys, vectors, texts, metadatas = zip(*part, strict=True)
            self._passages.upsert(
                ids=list(keys),
                embeddings=list(vectors),
                documents=list(texts),
                metadatas=list(metadatas),
            )

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


def _connect(location: str) -> ClientAPI:
    import chromadb
    from chromadb.config import Settings

    settings = Settings(anonymized_telemetry=False)
    if not location.startswith(("http://", "https://")):
        Path(location).mkdir(parents=True, exist_ok=True)
        return chromadb.PersistentClient(path=location, settings=settings)
    address = urlsplit(location)
    secure = address.scheme == "https"
    port = address.port or (443 if secure else 8000)
    return chromadb.HttpClient(
        host=address.hostname or "", port=port, ssl=secure, settings=settings
    )


def _collection(client: ClientAPI, name: str, metadata: dict[str, Any]) -> Collection:
    return client.get_or_create_collection(
        name,
        metadata=metadata or None,
        configuration={"hnsw": _HNSW},
        embedding_function=None,
    )


def _check_identity(location: str, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    for name, value in wanted.items():
        if found.get(name) != value:
            raise StoreMismatch(
                f"the index at {location} was built with {name} {found.get(name)!r}, "
                f"not {value!r}; use what it was built with, or run: assistant index --rebuild"
            )


@contextmanager
def _translated(location: str) -> Iterator[None]:
    from chromadb.errors import ChromaError

    try:
        yield
    except ChromaError as error:
        raise StoreUnreachable(f"the Chroma store at {location} failed: {error}") from error
    except (ConnectionError, OSError) as error:
        raise StoreUnreachable(f"cannot reach the Chroma store at {location}: {error}") from error
    except ValueError as error:
        # The HTTP client reports a server that does not answer as a bare ValueError.
        if "connect" not in str(error).lower():
            raise
        raise StoreUnreachable(
            f"no Chroma server answers at {location}; start one with: chroma run"
        ) from error


def _where(filter_: Filter) -> dict[str, Any] | None:
    terms: list[dict[str, Any]] = []
    if filter_.as_of is not None:
        terms.append({"published": {"$lte": day_number(filter_.as_of)}})
    if filter_.sources is not None:
        terms.append({"source_key": {"$in": list(filter_.sources)}})
    return {"$and": terms} if len(terms) > 1 else terms[0] if terms else None


def _key(document_id: str, version: str, ordinal: int) -> str:
    owner = hashlib.sha256(document_id.encode()).hexdigest()[:24]
    return f"{owner}.{version[:16]}.{ordinal}"


def _leftover_keys(record: Record) -> list[str]:
    if not record.leftover:
        return []
    count, version = record.leftover.split(":")
    return [_key(record.document_id, version, n) for n in range(int(count))]


def _placeholder(document_id: str) -> list[float]:
    # Records are only ever read by id, yet Chroma wants a vector; spread out, they index fast.
    angle = int(hashlib.sha256(document_id.encode()).hexdigest()[:8], 16) / 2**32 * 2 * np.pi
    return [float(np.cos(angle)), float(np.sin(angle))]


def _origin_metadata(item: Record | Passage) -> dict[str, Any]:
    return {
        "title": item.title,
        "source": item.source,
        "source_key": (item.source or "").casefold(),
        "published": day_number(item.published),
        "url": item.url,
        "media_type": item.media_type,
    }


def _origin(meta: Mapping[str, Any]) -> dict[str, Any]:
    day = int(meta["published"])
    return {
        "title": str(meta.get("title", "")),
        "source": meta.get("source"),
        "published": date(day // 10_000, day // 100 % 100, day % 100) if day else None,
        "url": meta.get("url"),
        "media_type": str(meta["media_type"]),
    }


def _present(metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in metadata.items() if value is not None}


def _record_metadata(record: Record) -> dict[str, Any]:
    # An upsert merges metadata, so what has gone is written as an empty string, not left out.
    gone = {"source": "", "url": "", "file_hash": ""}
    return gone | _present(
        {
            **_origin_metadata(record),
            "version": record.version,
            "passages": record.passages,
            "file_hash": record.file_hash,
            "leftover": record.leftover,
        }
    )


def _record(document_id: str, meta: Mapping[str, Any]) -> Record:
    origin = _origin(meta)
    return Record(
        document_id=document_id,
        version=str(meta["version"]),
        passages=int(meta["passages"]),
        file_hash=meta.get("file_hash") or None,
        leftover=str(meta["leftover"]),
        **{**origin, "source": origin["source"] or None, "url": origin["url"] or None},
    )


def _passage_rows(entry: Entry) -> Iterable[tuple[str, Vectors, str, dict[str, Any]]]:
    record, passages, vectors, text = entry
    end = 0
    for ordinal, (passage, vector) in enumerate(zip(passages, vectors, strict=True)):
        metadata = {
            **_origin_metadata(passage),
            "document": record.document_id,
            "version": record.version,
            "ordinal": ordinal,
            "start": passage.start,
            "end": passage.end,
            "page": passage.page,
            "sentences": " ".join(f"{first}:{last}" for first, last in passage.sentences),
            "before": text[end : passage.start],
            "after": text[passage.end :] if ordinal + 1 == len(passages) else None,
        }
        key = _key(record.document_id, record.version, ordinal)
        yield key, vector, passage.text, _present(metadata)
        end = passage.end


def _passage(text: str, meta: Mapping[str, Any]) -> Passage:
    return Passage(
        document_id=str(meta["document"]),
        start=int(meta["start"]),
        end=int(meta["end"]),
        text=text,
        page=meta.get("page"),
        sentences=_spans(str(meta["sentences"])),
        **_origin(meta),
    )


def _spans(written: str) -> tuple[tuple[int, int], ...]:
    pairs = (pair.split(":") for pair in written.split())
    return tuple((int(first), int(last)) for first, last in pairs)


def _stored(rows: Mapping[str, Any]) -> list[Stored]:
    columns = (rows["ids"], rows["documents"], rows["metadatas"], rows["embeddings"])
    return [
        Stored(key, str(meta["version"]), _passage(text, meta), np.asarray(vector, np.float32))
        for key, text, meta, vector in zip(*columns, strict=True)
    ]


def _parts(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
