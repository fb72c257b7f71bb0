"""Make an index equal a folder: add, update, delete, move, resume. Knows nothing of questions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from index.documents import Document
from index.errors import UnreadableDocument
from index.reader import Reader
from index.reading import check
from index.records import Origin, Record
from index.walking import Walk, digest, printable

Progress = Callable[[int, int, str], None]
"""Called with files done, files in all, and the document id just looked at."""

_BATCH_CHARACTERS = 400_000


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync did, by document id in order; `failed` maps a file to the reason in words."""

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        """Whether the index was written to."""
        return bool(self.added or self.updated or self.deleted)

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


@dataclass(frozen=True, slots=True)
class Draft:
    """A document to write: where it came from, and records whose passages it may share."""

    document: Document
    origin: Origin | None = None
    donors: tuple[Record, ...] = ()


class Target(Protocol):
    """What a sync writes to."""

    def records(self) -> Mapping[str, Record]:
        """The records of every document held, by id, unfinished ones included."""

    def write(self, drafts: list[Draft]) -> None:
        """Add or replace documents."""

    def delete(self, document_ids: list[str]) -> None:
        """Remove documents."""


def sync_folder(
    walked: Walk, target: Target, reader: Reader, *, progress: Progress | None = None
) -> SyncReport:
    """Bring a target in line with the files of a walk.

    A file is read again only when its bytes changed. A file that cannot be read is reported, and
    the version indexed before, if any, is kept. Documents that came from a file which is gone are
    deleted after all else is written, so that a moved file finds its passages; documents a program
    added (no file hash) are left alone.
    """
    run = _Run(target)
    for done, (name, path) in enumerate(walked.files.items()):
        if progress is not None:
            progress(done, len(walked.files), name)
        try:
            check(path, name)
            run.look_at(name, digest(path, name), lambda: reader.read(path, name))  # noqa: B023
        except (UnreadableDocument, OSError) as error:
            run.fail(name, error)
    for name, reason in walked.blocked.items():
        run.failed[printable(name)] = reason
    run.flush()
    run.delete_gone(walked)
    if progress is not None:
        progress(len(walked.files), len(walked.files), "")
    return run.report()


class _Run:
    """One sync under way."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._held = dict(target.records())
        self._by_file: dict[str, list[Record]] = {}
        self._by_hash: dict[str, list[Record]] = {}
        for record in self._held.values():
            if record.file_hash and record.version:
                self._by_file.setdefault(record.file or record.document_id, []).append(record)
                self._by_hash.setdefault(record.file_hash, []).append(record)
        self._owners: dict[str, str] = {}
        self._batch: list[Draft] = []
        self._characters = 0
        self._stale: list[str] = []
        self._added: list[str] = []
        self._updated: list[str] = []
        self._deleted: list[str] = []
        self._unchanged: list[str] = []
        self.failed: dict[str, str] = {}

    def look_at(self, name: str, sha256: str, read: Callable[[], list[Document]]) -> None:
        """Take in one file, read only when its bytes are not those the index holds."""
        before = self._by_file.get(name, [])
        if before and all(
            record.file_hash == sha256 and record.siblings == len(before) for record in before
        ):
            self._claim(name, [record.document_id for record in before])
            self._unchanged += [record.document_id for record in before]
            return
        documents = read()
        self._claim(name, [document.id for document in documents])
        origin = Origin(name, sha256, len(documents))
        moved = tuple(self._by_hash.get(sha256, ()))
        now = {document.id for document in documents}
        for document in documents:
            old = self._held.get(document.id)
            seen = old is not None and bool(old.version)
            (self._updated if seen else self._added).append(document.id)
            donors = ((old,) if old is not None and seen else ()) + moved
            self._batch.append(Draft(document, origin, donors))
            self._characters += len(document.text)
            if self._characters >= _BATCH_CHARACTERS:
                self.flush()
        # Only once the new ones are written, so that a crash never costs both.
        self._stale += [record.document_id for record in before if record.document_id not in now]

    def _claim(self, name: str, ids: list[str]) -> None:
        for document_id in ids:
            if (owner := self._owners.get(document_id, name)) != name:
                raise UnreadableDocument(
                    f"its document {document_id!r} has the id of one in {owner}; rename the file"
                )
        self._owners |= dict.fromkeys(ids, name)

    def flush(self) -> None:
        """Write what was read, then remove what it replaces."""
        if self._batch:
            self._target.write(self._batch)
        self._batch, self._characters = [], 0

    def fail(self, name: str, error: Exception) -> None:
        """Note why a file is not taken in."""
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        seen = name in self._by_file
        kept = "; the version indexed before is kept" if seen else ""
        self.failed[printable(name)] = reason + kept

    def delete_gone(self, walked: Walk) -> None:
        """Remove the documents of files that are no more, or hold them no more."""
        gone = {
            record.document_id
            for name, records in self._by_file.items()
            if not walked.may_hold(name)
            for record in records
        }
        self._deleted = sorted(gone.union(self._stale).difference(self._owners))
        if self._deleted:
            self._target.delete(self._deleted)

    def report(self) -> SyncReport:
        """What was done."""
        return SyncReport(
            tuple(sorted(self._added)),
            tuple(sorted(self._updated)),
            tuple(self._deleted),
            tuple(sorted(self._unchanged)),
            dict(sorted(self.failed.items())),
        )
