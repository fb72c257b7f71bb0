"""Records and passages <-> what Chroma keeps of them. Knows nothing of connections.

A row's fields lie in one string of JSON: Chroma indexes each field it is given apart, and the words
of each document by every three letters of them, of which nothing here makes use. That is a fifth of
the time to write a passage, a seventh of that to read it, and half of the disk. Indexes of before
have a field each; they are read as they are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import numpy as np

from index.documents import Passage, day_number
from index.embedding import Vectors
from index.records import Contents, Entry, Record, Stored, passage_keys

Row = tuple[str, Passage, Mapping[str, Any]]

_FIELDS = "fields"


def placeholder(document_id: str) -> list[float]:
    """The vector of a record, (2,)."""
    # Records are only ever read by id, yet Chroma wants a vector; spread out, they index fast.
    angle = int(hashlib.sha256(document_id.encode()).hexdigest()[:8], 16) / 2**32 * 2 * np.pi
    return [float(np.cos(angle)), float(np.sin(angle))]


def _origin_metadata(item: Record | Passage) -> dict[str, Any]:
    return {
        "title": item.title,
        "source": item.source,
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


def record_metadata(record: Record) -> dict[str, Any]:
    """A record as metadata; `leftover` apart, since what a crash left is looked for by it."""
    fields = {
        **_origin_metadata(record),
        "version": record.version,
        "passages": record.passages,
        "file_hash": record.file_hash,
        "pages": " ".join(map(str, record.pages)),
        "file": record.file,
        "siblings": record.siblings,
    }
    return {_FIELDS: json.dumps(fields, ensure_ascii=False), "leftover": record.leftover}


def read_record(document_id: str, meta: Mapping[str, Any]) -> Record:
    """A record from its metadata."""
    fields = _fields(meta)
    origin = _origin(fields)
    return Record(
        document_id=document_id,
        version=str(fields["version"]),
        passages=int(fields["passages"]),
        file_hash=fields.get("file_hash") or None,
        leftover=str(meta["leftover"]),
        pages=tuple(map(int, str(fields["pages"]).split())),
        file=fields.get("file") or None,
        siblings=int(fields["siblings"]),
        **{**origin, "source": origin["source"] or None, "url": origin["url"] or None},
    )


def passage_rows(entry: Entry) -> Iterable[tuple[str, Vectors, dict[str, Any]]]:
    """What to write for each passage of a document: key, vector, metadata."""
    record, passages, vectors, text = entry
    keys = passage_keys(record.document_id, record.version, len(passages))
    end = 0
    for ordinal, (passage, vector) in enumerate(zip(passages, vectors, strict=True)):
        fields = {
            **_origin_metadata(passage),
            "document": record.document_id,
            "version": record.version,
            "start": passage.start,
            "end": passage.end,
            "page": passage.page,
            "sentences": " ".join(f"{first}:{last}" for first, last in passage.sentences),
            "text": passage.text,
            "before": text[end : passage.start],
            "after": text[passage.end :] if ordinal + 1 == len(passages) else "",
        }
        yield keys[ordinal], vector, {_FIELDS: json.dumps(fields, ensure_ascii=False)}
        end = passage.end


def read_rows(rows: Mapping[str, Any]) -> list[Row]:
    """Key, passage and fields of each row that Chroma returns, in its order."""
    columns = (rows["ids"], rows["documents"], rows["metadatas"])
    found = []
    for key, text, meta in zip(*columns, strict=True):
        fields = _fields(meta)
        passage = Passage(
            document_id=str(fields["document"]),
            start=int(fields["start"]),
            end=int(fields["end"]),
            text=str(fields.get("text", text)),
            page=fields.get("page"),
            sentences=_spans(str(fields["sentences"])),
            **_origin(fields),
        )
        found.append((key, passage, fields))
    return found


def rewritten(text: str | None, meta: Mapping[str, Any]) -> dict[str, Any]:
    """A passage's metadata as they are written now."""
    if _FIELDS in meta:
        return dict(meta)
    return {_FIELDS: json.dumps({**meta, "text": text}, ensure_ascii=False)}


def _fields(meta: Mapping[str, Any]) -> Mapping[str, Any]:
    fields: Mapping[str, Any] = json.loads(meta[_FIELDS]) if _FIELDS in meta else meta
    return fields


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
    return [
        Stored(key, str(fields["version"]), passage, np.asarray(vector, np.float32))
        for (key, passage, fields), vector in zip(read_rows(rows), rows["embeddings"], strict=True)
    ]
