"""Make an index equal a folder: add, update, delete, resume. Knows nothing of questions."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from index.documents import Document
from index.errors import UnreadableDocument
from index.reading import read_file
from index.vectors import Record

Progress = Callable[[int, int, str], None]
"""Called with files done, files in all, and the document id just looked at."""

Write = Callable[[list[tuple[Document, str | None]]], None]

_BATCH_CHARACTERS = 400_000


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync did, by document id in order; `failed` maps an id to the reason in words."""

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain lists and dicts, ready for JSON."""
        return {
            "added": list(self.added),
            "updated": list(self.updated),
            "deleted": list(self.deleted),
            "unchanged": list(self.unchanged),
            "failed": dict(self.failed),
        }

    def __str__(self) -> str:
        counts = (
            f"{len(getattr(self, name))} {name}"
            for name in ("added", "updated", "deleted", "unchanged", "failed")
        )
        return ", ".join(counts)


def sync_folder(
    folder: Path,
    records: Mapping[str, Record],
    *,
    write: Write,
    delete: Callable[[list[str]], None],
    progress: Progress | None = None,
) -> SyncReport:
    """Bring what `records` describe in line with the files below `folder`.

    A file is read again only when its bytes changed. A file that cannot be read is reported, and
    the version indexed before, if any, is kept. Documents that came from a file which is gone are
    deleted; documents a program added (no file hash) are left alone. Raises ValueError when
    `folder` is not a folder.
    """
    if not folder.is_dir():
        raise ValueError(f"{folder} is not a folder; give the folder that holds the documents")
    files = dict(_walk(folder))
    added: list[str] = []
    updated: list[str] = []
    unchanged: list[str] = []
    failed: dict[str, str] = {}
    batch: list[tuple[Document, str | None]] = []
    for done, (name, path) in enumerate(files.items()):
        if progress is not None:
            progress(done, len(files), name)
        old = records.get(name)
        seen = old is not None and bool(old.version)
        try:
            _check_name(name)
            digest = _hash(path)
            if old is not None and seen and old.file_hash == digest:
                unchanged.append(name)
                continue
            batch.append((read_file(path, name), digest))
        except (UnreadableDocument, OSError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            failed[name] = f"{reason}; the version indexed before is kept" if seen else reason
            continue
        (updated if seen else added).append(name)
        if sum(len(document.text) for document, _ in batch) >= _BATCH_CHARACTERS:
            write(batch)
            batch = []
    write(batch)
    gone = [name for name, old in records.items() if name not in files and old.file_hash]
    delete(gone)
    if progress is not None:
        progress(len(files), len(files), "")
    return SyncReport(tuple(added), tuple(updated), tuple(gone), tuple(unchanged), failed)


def _walk(folder: Path) -> Iterator[tuple[str, Path]]:
    """Files below a folder in order of id; hidden ones and those behind linked folders left out."""
    found = []
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            path = Path(parent, name)
            if not name.startswith(".") and (path.is_file() or path.is_symlink()):
                found.append((path.relative_to(folder).as_posix(), path))
    yield from sorted(found)


def _check_name(name: str) -> None:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError as error:
        raise UnreadableDocument("the file name is not valid UTF-8; rename the file") from error


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
