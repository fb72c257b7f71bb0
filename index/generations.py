"""The folder of an embedded index: whole generations, and a file that names the one that counts.

    current               the name of the generation that readers open
    generations/NAME/     chroma and lexical; never written to once it is named
    draft-NAME/           the next one, being written; `base` names what it was copied from
    sentences.sqlite3     vectors by passage version, good for every generation
    writer.lock           held by the one process that writes

Chroma's embedded store cannot be read by one process while another writes: it drops its log as it
goes, and the reader's own copy of the vectors then points at nothing. So a writer works on a draft,
and naming it is one atomic rename. Knows nothing of what a generation holds.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import uuid
from collections.abc import Callable
from contextlib import closing, suppress
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO

from index.errors import IndexDamaged, StoreMismatch, StoreNotFound

if os.name == "posix":
    import fcntl

_TRIES = 100
_DATABASE = ".sqlite3"
_BACKUP_SECONDS = 60.0
_LABEL = 12
_NAME = "[0-9a-f]" * _LABEL
"""What a generation or draft is called; a folder of any other name is somebody else's."""


class Lease:
    """Keeps a generation from being removed while it is read; the system's, so a crash ends it."""

    def __init__(self, folder: Path, name: str, file: IO[bytes]) -> None:
        self.folder = folder
        self.name = name
        self._file = file

    def close(self) -> None:
        """Let go of the generation."""
        self._file.close()


class Generations:
    """The generations below one folder. Only the holder of the writer lock may change anything."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._pointer = root / "current"
        self._folder = root / "generations"

    @property
    def draft(self) -> Path:
        """The draft there is, or where there is none a folder that does not exist."""
        # Each has a name of its own, since Chroma goes on knowing a path that once failed it.
        return next(iter(sorted(self.root.glob(f"draft-{_NAME}"))), self.root / "draft-none")

    def current(self) -> str:
        """The name of the generation that counts, "" while there is none.

        Raises StoreMismatch for an index of before there were generations, and IndexDamaged where
        that name is lost: whatever was made then would be taken for all there is.
        """
        try:
            name = self._pointer.read_text("utf-8", errors="replace").strip()
        except FileNotFoundError:
            name = ""
        if fnmatchcase(name, _NAME):
            return name
        if self._is_old():
            raise StoreMismatch(
                f"the index at {self.root} was made by an earlier version of this program; "
                "run: assistant index --rebuild"
            )
        # One that was never named has a base yet.
        if named := [folder.name for folder in self._folder.glob(_NAME) if _base(folder) is None]:
            raise IndexDamaged(
                f"{self._pointer} does not name what counts; write {' or '.join(named)} into it, "
                "or run: assistant index --rebuild"
            )
        return ""

    def lease(self) -> Lease:
        """The generation that counts, held so that no writer removes it. Raises StoreNotFound."""
        for _ in range(_TRIES):
            name = self.current()
            if not name:
                break
            folder = self._folder / name
            try:
                file = (folder / "lease").open("rb")
            except FileNotFoundError:
                # Either it is gone for a newer one, or somebody removed files by hand.
                if name == self.current():
                    break
                continue
            if os.name == "posix":
                fcntl.flock(file, fcntl.LOCK_SH)
            if name == self.current():
                return Lease(folder, name, file)
            file.close()
        raise StoreNotFound(
            f"there is no index at {self.root}; make one with: assistant index FOLDER"
        )

    def resumable(self) -> bool:
        """Whether a draft was left behind that continues from what counts now."""
        name = self.current()
        for folder in self._folder.glob(_NAME):
            # Finished and not yet named when its writer was killed.
            if folder.name != name and _base(folder) == name:
                folder.rename(self.root / f"draft-{folder.name}")
        return _base(self.draft) == name

    def begin(self, *, copy: bool) -> Path:
        """A new draft, a copy of what counts or empty; any draft before is dropped."""
        self.discard()
        name = self.current() if copy else "nothing"
        label = uuid.uuid4().hex[:_LABEL]
        fresh = self.root / f"new-{label}"
        try:
            if copy and name:
                _copy(self._folder / name, fresh)
            else:
                fresh.mkdir(parents=True)
            # A draft that was begun from nothing is nobody's continuation.
            (fresh / "base").write_text(name, "utf-8")
        except (OSError, sqlite3.Error):
            shutil.rmtree(fresh, ignore_errors=True)
            raise
        # In one step, so that half a copy is never taken for a draft.
        return fresh.rename(self.root / f"draft-{label}")

    def discard(self) -> None:
        """Drop the draft, if there is one, and half copies."""
        for kind in ("draft", "new"):
            for folder in self.root.glob(f"{kind}-{_NAME}"):
                shutil.rmtree(folder)

    def publish(self) -> None:
        """Make the draft what counts, and remove what nobody reads any more."""
        draft = self.draft
        name = uuid.uuid4().hex[:_LABEL]
        (draft / "lease").touch()
        self._folder.mkdir(exist_ok=True)
        _on_disk(draft)
        draft.rename(self._folder / name)
        pointer = self.root / "current.new"
        with pointer.open("w", encoding="utf-8") as file:
            file.write(name)
            file.flush()
            os.fsync(file.fileno())
        pointer.replace(self._pointer)
        # Only now, so that until then another writer can go on from here.
        (self._folder / name / "base").unlink()
        self.collect()

    def collect(self) -> None:
        """Remove generations that do not count and that no process reads."""
        name = self.current()
        for folder in list(self._folder.glob(_NAME)):
            if folder.name != name:
                with suppress(OSError):
                    _if_unread(folder / "lease", lambda gone=folder: shutil.rmtree(gone))  # type: ignore[misc]
        if self._is_old():
            for old in ("chroma", "lexical"):
                shutil.rmtree(self.root / old, ignore_errors=True)

    def _is_old(self) -> bool:
        """Whether an index of before there were generations lies here; any other is not ours."""
        parts = ("chroma/chroma.sqlite3", "lexical/meta.json", "lexical/marker")
        return all((self.root / part).is_file() for part in parts)


def _copy(source: Path, target: Path) -> None:
    """Copy a generation that others may be reading.

    A database is copied by its own backup: Chroma writes a little to it even to read it, so that
    its journal comes and goes, and the bare file may be half way through a change.
    """
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(f"*{_DATABASE}*"))
    for file in source.rglob(f"*{_DATABASE}"):
        with (
            closing(sqlite3.connect(file, timeout=_BACKUP_SECONDS)) as old,
            closing(sqlite3.connect(target / file.relative_to(source))) as new,
        ):
            old.backup(new)


def _base(folder: Path) -> str | None:
    file = folder / "base"
    return file.read_text("utf-8") if file.is_file() else None


def _if_unread(lease: Path, remove: Callable[[], None]) -> None:
    if not lease.exists():
        remove()
        return
    with lease.open("rb") as file:
        if os.name == "posix":
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        remove()


def _on_disk(folder: Path) -> None:
    """Write through whatever the system still holds back, as far as it can be asked to."""
    if os.name == "posix":
        for path in folder.rglob("*"):
            if path.is_file():
                descriptor = os.open(path, os.O_RDONLY)
                try:
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)
