"""Where an index lives, a folder or a Chroma server: who may read it, and who may write.

Knows nothing of search.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from index.errors import IndexDamaged, StoreMismatch, StoreNotFound, StoreUnreachable
from index.generations import Generations, Lease
from index.leasing import server_lease
from index.locking import writer_lock
from index.records import Record
from index.rooms import Rooms, Shared
from index.sync import Draft
from index.writing import Writer

_CREATION_SECONDS = 60.0


class Place(Protocol):
    """Where an index lives."""

    def reading(self) -> AbstractContextManager[Rooms]:
        """The state of the index that counts now; it does not change while it is held."""

    def writing(self) -> AbstractContextManager[Pending]:
        """The one writer. Raises StoreBusy with the name of another."""

    def leftovers(self) -> list[str]:
        """What a writer that was cut off left behind, in words."""

    def close(self) -> None:
        """Let go of all files."""


class Pending:
    """A writer that opens what it writes to only when there is something to write."""

    def __init__(
        self, held: Callable[[], Mapping[str, Record]], start: Callable[[], Writer]
    ) -> None:
        self._held = held
        self._start = start
        self.writer: Writer | None = None

    def records(self) -> Mapping[str, Record]:
        """The records of every document held, by id, unfinished ones included."""
        return self._held() if self.writer is None else self.writer.records()

    def write(self, drafts: list[Draft]) -> None:
        """Add or replace documents."""
        self.started().write(drafts)

    def delete(self, document_ids: list[str]) -> None:
        """Remove documents."""
        self.started().delete(document_ids)

    def started(self) -> Writer:
        """The writer, open."""
        if self.writer is None:
            self.writer = self._start()
        return self.writer


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
        with writer_lock(self._generations.root):
            with self._drafting(self._resumed, lambda: self._begin(copy=True)) as pending:
                yield pending

    @contextmanager
    def rebuilding(self) -> Iterator[Pending]:
        """A draft that starts from nothing; what counted before serves to the end of the block."""
        with writer_lock(self._generations.root):
            with self._drafting(lambda: self._begin(copy=False), self._never) as pending:
                yield pending

    def leftovers(self) -> list[str]:
        """What a writer that was cut off left behind, in words."""
        if not self._generations.draft.exists():
            return []
        return ["a writer was cut off or is at work; the next sync goes on from there"]

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

        pending = Pending(self._records, lambda: started(begin()))
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

    def _records(self) -> Mapping[str, Record]:
        with self.reading() as rooms:
            return rooms.store.records()

    def _resumed(self) -> Rooms | None:
        """The draft a writer left when it was cut off, if it is whole; a broken one is dropped."""
        if not self._generations.resumable():
            return None
        rooms = None
        try:
            rooms = self._shared.for_writing(self._generations.draft)
            if rooms.store.unreadable_keys():
                raise IndexDamaged("a draft has passages without vectors")
        except (IndexDamaged, StoreMismatch, StoreUnreachable):
            if rooms is not None:
                rooms.close()
            self._generations.discard()
            return None
        return rooms

    @staticmethod
    def _never() -> Rooms:
        raise RuntimeError("a rebuild has its draft from the start")

    def _begin(self, *, copy: bool) -> Rooms:
        return self._shared.for_writing(self._generations.begin(copy=copy))

    def _compact(self, rooms: Rooms, *, wasteful: bool) -> None:
        """Copy what counts into a new Chroma: its index never shrinks by itself."""
        if not wasteful:
            return
        old = self._generations.draft / "chroma"
        new = self._generations.draft / "chroma.new"
        shutil.rmtree(new, ignore_errors=True)
        fresh = self._shared.store(str(new), create=True)
        try:
            rooms.store.copy_to(fresh)
        finally:
            fresh.close()
        rooms.close()
        shutil.rmtree(old)
        new.rename(old)

    def _create(self) -> None:
        # Somebody else may be creating it just now, which is as good.
        with writer_lock(self._generations.root, wait=_CREATION_SECONDS):
            if not self._generations.current():
                self._begin(copy=False).close()
                self._generations.publish()


class ServerPlace:
    """An index on a Chroma server: its readers see each document whole, old or new."""

    def __init__(self, address: str, shared: Shared, *, create: bool) -> None:
        self._shared = shared
        self._rooms = shared.on_server(address, create=create)
        self._lock = threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[Rooms]:
        """The collections as they are; the lexical index in memory is brought up to them first."""
        with self._lock:
            self._rooms.refresh()
        yield self._rooms

    @contextmanager
    def writing(self) -> Iterator[Pending]:
        """The collections themselves, under a lease that other writers respect."""
        with server_lease(self._rooms.store), self._lock:
            pending = Pending(
                self._rooms.store.records,
                lambda: Writer(self._rooms, self._shared.embedder, self._shared.sentences),
            )
            if self._rooms.store.marker.startswith("writing-"):
                pending.started()
            try:
                yield pending
            finally:
                if pending.writer is not None:
                    pending.writer.finish()()

    def leftovers(self) -> list[str]:
        """What a writer that was cut off left behind, in words."""
        if not self._rooms.store.marker.startswith("writing-"):
            return []
        return ["a writer was cut off or is at work; the next sync goes on from there"]

    def close(self) -> None:
        """Let go of the connection."""
        self._rooms.close()


def place_of(location: str, shared: Shared, *, create: bool) -> Place:
    """The place at a location. Raises StoreNotFound when there is none and `create` is false."""
    if location.startswith(("http://", "https://")):
        return ServerPlace(location, shared, create=create)
    if not create and not Path(location).is_dir():
        raise StoreNotFound(
            f"there is no index at {location}; make one with: assistant index FOLDER"
        )
    return FolderPlace(Path(location), shared).opened(create=create)
