"""An index in a folder: whole generations for readers, a draft for the writer. Knows no search."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from index.disk import full_disk_named
from index.documents import Document
from index.errors import IndexDamaged, StoreMismatch, StoreNotFound, StoreUnreachable
from index.generations import Generations, Lease
from index.locking import writer_lock
from index.pending import Pending
from index.rooms import Rooms, Shared
from index.vectors import VectorStore
from index.writing import Writer

_CREATION_SECONDS = 60.0


@dataclass(slots=True)
class _Open:
    """A generation that is open, and how many threads read it."""

    rooms: Rooms
    lease: Lease
    users: int = 0
    retired: bool = False

    def close_if_idle(self) -> None:
        if self.retired and not self.users:
            self.rooms.close()
            self.lease.close()


class FolderPlace:
    """An embedded index: readers look at a whole generation while a writer makes the next."""

    def __init__(self, root: Path, shared: Shared) -> None:
        self._generations = Generations(root)
        self._failed = root / "failed.json"
        self._shared = shared
        self._lock = threading.Lock()
        self._open: _Open | None = None

    def opened(self, *, create: bool) -> FolderPlace:
        """The place, made if need be, and refused now rather than at the first question.

        Raises StoreNotFound, and StoreMismatch for an index of another model or splitter.
        """
        if create and not self._generations.current():
            self._create()
        with self.reading():
            return self

    @contextmanager
    def reading(self) -> Iterator[Rooms]:
        """The generation that counts now, kept until the last of its readers is done."""
        with self._lock:
            mine = self._current()
            mine.users += 1
        try:
            yield mine.rooms
        finally:
            with self._lock:
                mine.users -= 1
                mine.close_if_idle()

    @contextmanager
    def writing(self) -> Iterator[Pending]:
        """A draft that goes on from what counts, or from where a writer was cut off.

        It counts from the end of the block on; where that raises, the draft is kept for the next.
        """
        root = self._generations.root
        with full_disk_named(str(root)), writer_lock(root):
            with self._drafting(self._resumed, lambda: self._begin(copy=True)) as pending:
                yield pending

    @contextmanager
    def rebuilding(self) -> Iterator[Pending]:
        """A draft that starts from nothing; what counted before serves to the end of the block."""
        root = self._generations.root
        with full_disk_named(str(root)), writer_lock(root):
            with self._drafting(lambda: self._begin(copy=False), self._never) as pending:
                # Sentence vectors of what counted before are of no more use, whoever made them.
                pending.started().distrust_derived()
                yield pending

    def added(self) -> list[Document]:
        """What a program added to what counts now, whatever model or splitter made that.

        Empty where it cannot be read, for a rebuild is the cure of that too.
        """
        try:
            lease = self._generations.lease()
        except (StoreNotFound, StoreMismatch, IndexDamaged):
            return []
        try:
            with closing(VectorStore.as_made(str(lease.folder / "chroma"))) as store:
                records = [r for r in store.records().values() if r.version and not r.origin]
                held = store.contents(records)
                return [
                    record.document(held[record.document_id].text)
                    for record in records
                    if record.document_id in held
                ]
        except (StoreNotFound, StoreMismatch, StoreUnreachable):
            return []
        finally:
            lease.close()

    def leftovers(self) -> list[str]:
        """What a writer that was cut off left behind, in words."""
        if not self._generations.draft.exists():
            return []
        return ["a writer was cut off or is at work; the next sync goes on from there"]

    def failures(self) -> dict[str, str]:
        """The files that the last sync could not take in, with the reasons."""
        try:
            return dict(json.loads(self._failed.read_text("utf-8")))
        except (OSError, ValueError):
            return {}

    def remember_failures(self, failed: Mapping[str, str]) -> None:
        """Keep what a sync could not take in, for whoever asks later."""
        draft = self._failed.with_suffix(".new")
        draft.write_text(json.dumps(dict(failed)), "utf-8")
        draft.replace(self._failed)

    def close(self) -> None:
        """Let go of all files; the next reading opens them again."""
        with self._lock:
            self._retire()

    def _current(self) -> _Open:
        name = self._generations.current()
        if self._open is None or self._open.lease.name != name:
            self._retire()
            lease = self._generations.lease()
            try:
                rooms = self._shared.for_reading(lease.folder)
            except StoreNotFound as error:
                lease.close()
                raise IndexDamaged(
                    f"the index at {self._generations.root} has lost the files of its store; "
                    "run: assistant index --rebuild"
                ) from error
            except BaseException:
                lease.close()
                raise
            self._open = _Open(rooms, lease)
        return self._open

    def _retire(self) -> None:
        old, self._open = self._open, None
        if old is not None:
            old.retired = True
            old.close_if_idle()

    @contextmanager
    def _drafting(
        self, resume: Callable[[], Rooms | None], begin: Callable[[], Rooms]
    ) -> Iterator[Pending]:
        opened: list[Rooms] = []

        def started(rooms: Rooms) -> Writer:
            opened.append(rooms)
            return Writer(rooms, self._shared.embedder, self._shared.sentences)

        pending = Pending(self.reading, lambda: started(begin()))
        try:
            if (rooms := resume()) is not None:
                pending.writer = started(rooms)
            yield pending
            if pending.writer is not None:
                forget = pending.writer.finish()
                self._compact(opened[0], wasteful=pending.writer.wasteful)
                opened.pop().close()
                self.close()
                self._generations.publish()
                forget()
        finally:
            for rooms in opened:
                rooms.close()

    def _resumed(self) -> Rooms | None:
        """The draft a writer left when it was cut off, if it is whole; any other is dropped."""
        if not self._generations.resumable():
            self._generations.discard()
            return None
        rooms = None
        try:
            # Not created: a draft without its store has lost what programs added.
            rooms = self._shared.for_writing(self._generations.draft, create=False)
            if rooms.store.unreadable_keys():
                raise IndexDamaged("a draft has passages without vectors")
        except (IndexDamaged, StoreMismatch, StoreNotFound, StoreUnreachable):
            if rooms is not None:
                rooms.close()
            self._generations.discard()
            return None
        return rooms

    @staticmethod
    def _never() -> Rooms:
        raise RuntimeError("a rebuild has its draft from the start")

    def _begin(self, *, copy: bool) -> Rooms:
        return self._shared.for_writing(self._generations.begin(copy=copy), create=not copy)

    def _compact(self, rooms: Rooms, *, wasteful: bool) -> None:
        """Copy what counts into a new Chroma: its index never shrinks by itself."""
        if not wasteful:
            return
        old = self._generations.draft / "chroma"
        new = self._generations.draft / "chroma.new"
        spent = self._generations.draft / "chroma.old"
        for folder in (new, spent):
            shutil.rmtree(folder, ignore_errors=True)
        fresh = self._shared.store(str(new), create=True)
        try:
            rooms.store.copy_to(fresh)
        finally:
            fresh.close()
        rooms.close()
        # Moved before it is removed, so that half a store is never where a store should be.
        old.rename(spent)
        new.rename(old)
        shutil.rmtree(spent)

    def _create(self) -> None:
        # Somebody else may be creating it just now, which is as good.
        root = self._generations.root
        with full_disk_named(str(root)), writer_lock(root, wait=_CREATION_SECONDS):
            if not self._generations.current():
                self._begin(copy=False).close()
                self._generations.publish()
