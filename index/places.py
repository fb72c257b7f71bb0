"""Where an index lives: in a folder, or on a Chroma server. Knows nothing of search."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from index.errors import StoreNotFound
from index.folder_place import FolderPlace
from index.leasing import server_lease
from index.pending import Pending, Place
from index.rooms import Rooms, Shared
from index.writing import Writer


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

    def failures(self) -> dict[str, str]:
        """The files that the last sync could not take in, with the reasons."""
        return dict(json.loads(self._rooms.store.notes().get("failed") or "{}"))

    def remember_failures(self, failed: Mapping[str, str]) -> None:
        """Keep what a sync could not take in, for whoever asks later."""
        self._rooms.store.note({"failed": json.dumps(dict(failed))})

    def close(self) -> None:
        """Let go of the connection."""
        self._rooms.close()


def place_of(location: str, shared: Shared, *, create: bool) -> Place:
    """The place at a location. Raises StoreNotFound when there is none and `create` is false."""
    if location.startswith(("http://", "https://")):
        return ServerPlace(location, shared, create=create)
    if Path(location).exists() and not Path(location).is_dir():
        raise ValueError(f"{location} is a file; give the folder of an index")
    if not create and not Path(location).is_dir():
        raise StoreNotFound(
            f"there is no index at {location}; make one with: assistant index FOLDER"
        )
    return FolderPlace(Path(location), shared).opened(create=create)
