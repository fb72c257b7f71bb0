"""One writer at a time on a Chroma server, by a note on the collection. Knows nothing of files.

A server has no lock to offer. A writer leaves its name and the time its claim ends, looks again
whether the name is still its own, and renews the claim while it works. Two that claim within the
same fifth of a second see each other; a writer that stood still, or whose clock is wrong, for more
than a minute may be taken for dead, and leaves the claim to the one that came after: it looks
before and after each of its steps, and gives up at the first that finds the claim another's.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from index.errors import StoreBusy, StoreUnreachable
from index.locking import whoami
from index.vectors import VectorStore

_SECONDS = 60.0
_RENEW = 15.0
_SETTLE = 0.2


class Lease:
    """A claim that holds until another takes it over."""

    def __init__(self, store: VectorStore, token: str) -> None:
        self._store = store
        self._token = token

    def check(self) -> None:
        """Raises StoreBusy where the claim is another's by now."""
        if not _holds(self._store, self._token):
            raise StoreBusy(
                f"this process stood still for more than {_SECONDS:.0f} seconds, and the index at "
                f"{self._store.location} was taken over by {self._store.notes().get('writer')}; "
                "what was finished is kept: run again when that is done"
            )


@contextmanager
def server_lease(store: VectorStore) -> Iterator[Lease]:
    """Hold the store's lease, or raise StoreBusy at once with the name of its holder."""
    token = uuid.uuid4().hex
    _refuse_if_taken(store, token)
    store.note(_claim(token))
    time.sleep(_SETTLE)
    _refuse_if_taken(store, token)
    done = threading.Event()

    def renew() -> None:
        while not done.wait(_RENEW):
            try:
                if not _holds(store, token):
                    return
                store.note(_claim(token))
            except StoreUnreachable:
                # The writer will meet the same trouble, and says so.
                continue

    renewal = threading.Thread(target=renew, daemon=True)
    renewal.start()
    try:
        yield Lease(store, token)
    finally:
        done.set()
        renewal.join()
        if _holds(store, token):
            store.note({"writer": "", "writer_token": "", "writer_until": 0.0})


def _holds(store: VectorStore, token: str) -> bool:
    return store.notes().get("writer_token") == token


def _claim(token: str) -> dict[str, str | float]:
    return {"writer": whoami(), "writer_token": token, "writer_until": time.time() + _SECONDS}


def _refuse_if_taken(store: VectorStore, token: str) -> None:
    notes = store.notes()
    other = str(notes.get("writer_token", ""))
    if other and other != token and float(notes.get("writer_until", 0)) > time.time():
        raise StoreBusy(
            f"the index at {store.location} is being written by {notes.get('writer')}; "
            f"try again when it is done, or in {_SECONDS:.0f} seconds if it was cut off"
        )
