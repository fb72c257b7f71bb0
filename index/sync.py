"""Make an index equal a folder: add, update, delete, move, resume. Knows nothing of questions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from index.errors import UnreadableDocument
from index.preparing import Batch, File, Known, Prepare, Prepared, reason_of
from index.reading import check
from index.records import Record
from index.walking import Walk, digest, printable

Progress = Callable[[int, int, str], None]
"""Called with files done, files in all, and the document id just looked at."""


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


class Target(Protocol):
    """What a sync writes to."""

    def records(self) -> Mapping[str, Record]:
        """The records of every document held, by id, unfinished ones included."""

    def known(self, donors: Sequence[Record]) -> Known:
        """The vectors held of the passages of documents."""

    def write_prepared(self, documents: Sequence[Prepared]) -> None:
        """Add or replace documents."""

    def delete(self, document_ids: Sequence[str]) -> None:
        """Remove documents."""


def sync_folder(
    walked: Walk, target: Target, prepare: Prepare, *, progress: Progress | None = None
) -> SyncReport:
    """Bring a target in line with the files of a walk.

    A file is read again only when its bytes changed. A file that cannot be read is reported, and
    the version indexed before, if any, is kept. Documents that came from a file which is gone are
    deleted after all else is written, so that a moved file finds its passages; documents a program
    added (no file hash) are left alone.
    """
    run = _Run(walked, target, progress or (lambda *_: None))
    for batch in prepare(run.changed()):
        run.take_in(batch)
    run.delete_gone()
    return run.report()


class _Run:
    """One sync under way."""

    def __init__(self, walked: Walk, target: Target, progress: Progress) -> None:
        self._walked = walked
        self._target = target
        self._progress = progress
        self._held = dict(target.records())
        self._by_file: dict[str, list[Record]] = {}
        self._by_hash: dict[str, list[Record]] = {}
        for record in self._held.values():
            if record.file_hash and record.version:
                self._by_file.setdefault(record.file or record.document_id, []).append(record)
                self._by_hash.setdefault(record.file_hash, []).append(record)
        self._owners: dict[str, str] = {}
        self._refused: set[str] = set()
        self._finished = 0
        self._stale: list[str] = []
        self._added: list[str] = []
        self._updated: list[str] = []
        self._deleted: list[str] = []
        self._unchanged: list[str] = []
        self._failed = {printable(name): reason for name, reason in walked.blocked.items()}

    def changed(self) -> Iterator[File]:
        """The files whose bytes are not those the index holds, with vectors they may share."""
        for name, path in self._walked.files.items():
            self._progress(self._finished, len(self._walked.files), name)
            try:
                check(path, name)
                sha256 = digest(path, name)
                before = self._by_file.get(name, [])
                if self._is_held(before, sha256):
                    self._claim(name, [record.document_id for record in before])
                    self._unchanged += [record.document_id for record in before]
                    self._finished += 1
                    continue
            except (UnreadableDocument, OSError) as error:
                self._fail(name, reason_of(error))
                continue
            # The version before, and whatever was read from the same bytes under another name.
            donors = before + self._by_hash.get(sha256, [])
            yield File(name, path, sha256, self._target.known(donors) if donors else {})

    def take_in(self, batch: Batch) -> None:
        """Write what was made of some files."""
        for name, reason in batch.failed.items():
            self._fail(name, reason)
        for name, ids in batch.ids.items():
            try:
                self._claim(name, ids)
            except UnreadableDocument as error:
                self._refused.add(name)
                self._fail(name, str(error))
                continue
            self._finished += 1
            # Removed only once the new ones are written, so that a crash never costs both.
            before = self._by_file.get(name, [])
            self._stale += [r.document_id for r in before if r.document_id not in ids]
        documents = [item for item in batch.documents if not self._is_refused(item)]
        for item in documents:
            old = self._held.get(item.document.id)
            seen = old is not None and bool(old.version)
            (self._updated if seen else self._added).append(item.document.id)
        if documents:
            self._target.write_prepared(documents)

    def delete_gone(self) -> None:
        """Remove the documents of files that are no more, or hold them no more."""
        gone = {
            record.document_id
            for name, records in self._by_file.items()
            if not self._walked.may_hold(name)
            for record in records
        }
        self._deleted = sorted(gone.union(self._stale).difference(self._owners))
        if self._deleted:
            self._target.delete(self._deleted)

    def report(self) -> SyncReport:
        """What was done."""
        self._progress(len(self._walked.files), len(self._walked.files), "")
        return SyncReport(
            tuple(sorted(self._added)),
            tuple(sorted(self._updated)),
            tuple(self._deleted),
            tuple(sorted(self._unchanged)),
            dict(sorted(self._failed.items())),
        )

    @staticmethod
    def _is_held(before: Sequence[Record], sha256: str) -> bool:
        """Whether all documents of a file are held as they are."""
        return bool(before) and all(
            record.file_hash == sha256 and record.siblings == len(before) for record in before
        )

    def _is_refused(self, item: Prepared) -> bool:
        return item.origin is not None and item.origin.file in self._refused

    def _claim(self, name: str, ids: Sequence[str]) -> None:
        for document_id in ids:
            if (owner := self._owners.get(document_id, name)) != name:
                raise UnreadableDocument(
                    f"its document {document_id!r} has the id of one in {owner}; rename the file"
                )
        self._owners |= dict.fromkeys(ids, name)

    def _fail(self, name: str, reason: str) -> None:
        """Note why a file is not taken in."""
        seen = name in self._by_file
        kept = "; the version indexed before is kept" if seen else ""
        self._failed[printable(name)] = reason + kept
        self._finished += 1
