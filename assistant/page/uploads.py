"""Uploaded files -> documents of the index, within limits. Knows nothing of Gradio or of HTML.

Only the text is kept: a file is read in the index's child process, and deleted.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from assistant.lettering import without_controls
from index.api import Index
from index.documents import Document
from index.errors import UnreadableDocument
from index.reader import Reader
from index.reading import KINDS
from index.records import Record

FOLDER = "uploads/"
"""What the ids of uploaded documents begin with."""

_LONGEST_NAME = 150


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """What one upload may bring: bytes of a file, files, and files that were uploaded in all."""

    most_bytes: int = 20_000_000
    most_files: int = 20
    most_in_all: int = 1_000

    def __post_init__(self) -> None:
        if min(self.most_bytes, self.most_files, self.most_in_all) < 1:
            raise ValueError(f"every limit must be at least 1; got {self}")

    def __str__(self) -> str:
        return f"up to {self.most_files} files of {self.most_bytes / 1e6:g} MB at a time"


@dataclass(frozen=True, slots=True)
class Taken:
    """How far an upload is: files done of all, the one just read, what went in and what did not.

    `taken` maps file names to the ids of their documents, `failed` to reasons.
    """

    done: int
    total: int
    name: str = ""
    complete: bool = False
    taken: dict[str, tuple[str, ...]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


class Uploads:
    """Takes uploaded files into an index, one upload at a time."""

    def __init__(self, index: Index, limits: UploadLimits | None = None) -> None:
        self._index = index
        self.limits = limits or UploadLimits()
        self._lock = threading.Lock()

    def take(self, paths: Sequence[Path]) -> Iterator[Taken]:
        """Read files, then add them all at once; each file's trouble is its own.

        A file takes the place of one of its name that was uploaded before, with all its records.
        The files are deleted, whatever becomes of them. Raises StoreBusy and the like when the
        index cannot be written to.
        """
        try:
            with self._lock:
                yield from self._take(paths)
        finally:
            for path in paths:
                with suppress(OSError):
                    path.unlink(missing_ok=True)

    def _take(self, paths: Sequence[Path]) -> Iterator[Taken]:
        held = self._index.records()
        of_folder = {_file(record.document_id) for record in held if record.origin}
        uploaded = {_file(name) for name in _uploaded(held)}
        taken: dict[str, tuple[str, ...]] = {}
        failed: dict[str, str] = {}
        documents: dict[str, Document] = {}
        with Reader() as reader:
            for at, path in enumerate(paths):
                name = _plain(path.name)
                yield Taken(at, len(paths), name)
                try:
                    if at >= self.limits.most_files:
                        raise UnreadableDocument(
                            f"more than {self.limits.most_files} files at a time; upload the rest "
                            "after these"
                        )
                    if name in taken:
                        raise UnreadableDocument("another file of this upload has that name")
                    self._find_room(FOLDER + name, uploaded, of_folder)
                    read = self._read(reader, path, name)
                except (UnreadableDocument, OSError) as error:
                    failed[name] = str(error)
                    continue
                documents |= {document.id: document for document in read}
                taken[name] = tuple(document.id for document in read)
                uploaded.add(FOLDER + name)
        if documents:
            # Each writing copies the store, so one for all.
            self._index.add(documents.values())
            self._forget_older(taken)
        yield Taken(len(paths), len(paths), complete=True, taken=taken, failed=failed)

    def _find_room(self, file: str, uploaded: set[str], of_folder: set[str]) -> None:
        if file in of_folder:
            raise UnreadableDocument("the indexed folder has a document of that name; rename it")
        if file not in uploaded and len(uploaded) >= self.limits.most_in_all:
            raise UnreadableDocument(
                f"{self.limits.most_in_all:,} uploaded files is the limit; remove some"
            )

    def _forget_older(self, taken: Mapping[str, Sequence[str]]) -> None:
        """Remove what the files that were replaced held and those in their place do not."""
        files = {FOLDER + name for name in taken}
        fresh = {document_id for ids in taken.values() for document_id in ids}
        uploaded = _uploaded(self._index.records())
        if older := [name for name in uploaded if _file(name) in files and name not in fresh]:
            self._index.delete(older)

    def _read(self, reader: Reader, path: Path, name: str) -> list[Document]:
        size = path.stat().st_size
        if size > self.limits.most_bytes:
            raise UnreadableDocument(
                f"{size / 1e6:.1f} MB is over the limit of {self.limits.most_bytes / 1e6:g} MB"
            )
        suffix = Path(name).suffix.lower()
        if suffix not in KINDS:
            raise UnreadableDocument(
                f"files of the kind {suffix or 'without a suffix'!r} are not read; "
                f"{', '.join(sorted(KINDS))} are"
            )
        return reader.read(path, FOLDER + name)


def removed(index: Index, document_id: str) -> str:
    """Remove one document -> what was done, in words. Raises DocumentNotFound, StoreBusy."""
    from_folder = any(
        record.document_id == document_id and record.origin for record in index.records()
    )
    index.delete([document_id])
    later = "; it comes back at the next sync while its file is there" if from_folder else ""
    return f"Removed {document_id}{later}."


def summary(done: Taken) -> str:
    """What became of an upload, in one line; the failures are told one by one elsewhere."""
    if not done.taken:
        return "No file was added."
    return f"Added {', '.join(done.taken)}. You can ask about it now."


def _uploaded(records: Sequence[Record]) -> list[str]:
    """The ids of the documents that were uploaded."""
    return [
        record.document_id
        for record in records
        if record.document_id.startswith(FOLDER) and not record.origin
    ]


def _file(document_id: str) -> str:
    """The file a document is of: its id as far as the `#` that begins the key of a record.

    A `#` may also stand in a file's name: "Invoice #12.pdf".
    """
    for found in re.finditer("#", document_id):
        if Path(document_id[: found.start()]).suffix.lower() in KINDS:
            return document_id[: found.start()]
    return document_id


def _plain(name: str) -> str:
    """A file name that is one step of a path and can be shown."""
    kept = without_controls(name).replace("/", "_").replace("\\", "_").strip(". ")
    if _file(kept) != kept:
        # It would be taken for a record of another file.
        kept = kept.replace("#", "_")
    stem, dot, suffix = kept.rpartition(".")
    return f"{stem[:_LONGEST_NAME]}{dot}{suffix[:20]}" if dot else kept[:_LONGEST_NAME] or "file"
