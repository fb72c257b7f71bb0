"""Records and passages <-> the flat metadata that Chroma keeps. Knows nothing of connections."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import numpy as np

from index.documents import Filter, Passage, day_number
from index.embedding import Vectors
from index.records import Contents, Entry, Record, Stored, passage_keys

Row = tuple[str, Passage, Mapping[str, Any]]


def where(filter_: Filter) -> dict[str, Any] | None:
    """A Filter as Chroma's `where`."""
    terms: list[dict[str, Any]] = []
    if filter_.as_of is not None:
        terms.append({"published": {"$lte": day_number(filter_.as_of)}})
    if filter_.sources is not None:
        terms.append({"source_key": {"$in": list(filter_.sources)}})
    return {"$and": terms} if len(terms) > 1 else terms[0] if terms else None


def placeholder(document_id: str) -> list[float]:
    """The vector of a record, (2,)."""
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
        "precision": item.published_precision,
    }


def _origin(meta: Mapping[str, Any]) -> dict[str, Any]:
    day = int(meta["published"])
    return {
        "title": str(meta.get("title", "")),
        "source": meta.get("source"),
        "published": date(day // 10_000, day // 100 % 100, day % 100) if day else None,
        "url": meta.get("url"),
        "media_type": str(meta["media_type"]),
        "published_precision": str(meta["precision"]),
    }


def _present(metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in metadata.items() if value is not None}


def record_metadata(record: Record) -> dict[str, Any]:
    """A record as metadata; every field is present."""
    # An upsert merges metadata, so what has gone is written as an empty string, not left out.
    gone = {"source": "", "url": "", "file_hash": "", "file": ""}
    return gone | _present(
        {
            **_origin_metadata(record),
            "version": record.version,
            "passages": record.passages,
            "file_hash": record.file_hash,
            "leftover": record.leftover,
            "pages": " ".join(map(str, record.pages)),
            "file": record.file,
            "siblings": record.siblings,
        }
    )


def read_record(document_id: str, meta: Mapping[str, Any]) -> Record:
    """A record from its metadata."""
    origin = _origin(meta)
    return Record(
        document_id=document_id,
        version=str(meta["version"]),
        passages=int(meta["passages"]),
        file_hash=meta.get("file_hash") or None,
        leftover=str(meta["leftover"]),
        pages=tuple(map(int, str(meta["pages"]).split())),
        file=meta.get("file") or None,
        siblings=int(meta["siblings"]),
        **{**origin, "source": origin["source"] or None, "url": origin["url"] or None},
    )


def passage_rows(entry: Entry) -> Iterable[tuple[str, Vectors, str, dict[str, Any]]]:
    """What to write for each passage of a document: key, vector, text, metadata."""
    record, passages, vectors, text = entry
    keys = passage_keys(record.document_id, record.version, len(passages))
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
        yield keys[ordinal], vector, passage.text, _present(metadata)
        end = passage.end


def read_passage(text: str, meta: Mapping[str, Any]) -> Passage:
    """A passage from its text and metadata."""
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


def contents_of(rows: list[Row]) -> Contents:
    """Put (key, passage, metadata) rows in order and their text together."""
    rows.sort(key=lambda row: row[1].start)
    text = "".join(f"{meta['before']}{p.text}{meta.get('after', '')}" for _, p, meta in rows)
    return Contents(tuple(row[0] for row in rows), tuple(row[1] for row in rows), text)


def read_stored(rows: Mapping[str, Any]) -> list[Stored]:
    """Passages with their vectors from what Chroma returns, in its order."""
    columns = (rows["ids"], rows["documents"], rows["metadatas"], rows["embeddings"])
    return [
        Stored(key, str(meta["version"]), read_passage(text, meta), np.asarray(vector, np.float32))
        for key, text, meta, vector in zip(*columns, strict=True)
    ]
