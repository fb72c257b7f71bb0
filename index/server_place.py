"""An index on a Chroma server: many readers and one writer at a time, on any machines.

Every process derives its lexical index in memory and its sentence vectors as it needs them; both
follow what the store says has changed. Knows nothing of search.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext

from index.changes import Changes
from index.embedding import Embedder
from index.errors import StoreBusy
from index.leasing import Lease, server_lease
from index.pending import Pending
from index.preparing import Prepared
from index.records import Entry
from index.rooms import Rooms, Shared, agree, follow
from index.sentence_vectors import SentenceVectors
from index.writing import WRITING, Writer


class ServerPlace:
    """The collections of a server; its readers see each document whole, old or new."""

    def __init__(self, address: str, shared: Shared, *, create: bool) -> None:
        self._shared = shared
        self._rooms = shared.on_server(address, create=create)
        self._changes = Changes(self._rooms.store)
        self._following = threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[Rooms]:
        """The collections as they are; the lexical index in memory is brought up to them first.

        By one thread: the others go on with it as it was, unless there is none yet.
        """
        if self._following.acquire(blocking=not self._rooms.lexical.marker):
            try:
                self._follow()
            finally:
                self._following.release()
        yield self._rooms

    @contextmanager
    def writing(self) -> Iterator[Pending]:
        """The collections themselves, under a lease that other writers respect."""
        store = self._rooms.store
        with server_lease(store) as lease:

            def start() -> ServerWriter:
                shared = self._shared
                return ServerWriter(
                    self._rooms, shared.embedder, shared.sentences, self._changes, lease
                )

            pending = Pending(lambda: nullcontext(self._rooms), start)
            if store.marker.startswith(WRITING):
                pending.started()
            try:
                yield pending
            finally:
                if pending.writer is not None:
                    pending.writer.finish()()

    def leftovers(self) -> list[str]:
        """What a writer that was cut off left behind, in words."""
        if not self._rooms.store.marker.startswith(WRITING):
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

    def _follow(self) -> None:
        store, lexical = self._rooms.store, self._rooms.lexical
        marker = store.marker
        if marker == lexical.marker:
            return
        changed = self._changes.since(lexical.marker, marker) if lexical.marker else None
        if changed is None:
            agree(store, lexical)
        else:
            follow(store, lexical, changed, marker)


class ServerWriter(Writer):
    """Writes for readers in other processes, who are told of each step.

    What is derived is theirs, and this process's own, to bring in line: nothing of it is made
    here, for most that write to a server never search.
    """

    def __init__(
        self,
        rooms: Rooms,
        embedder: Embedder,
        sentences: SentenceVectors,
        changes: Changes,
        lease: Lease,
    ) -> None:
        self._changes = changes
        self._lease = lease
        self._lost = False
        self._begun: set[str] = set()
        super().__init__(rooms, embedder, sentences)

    def write_prepared(self, documents: Sequence[Prepared]) -> None:
        """Add or replace documents.

        Raises StoreBusy where another took the lease over; what was half way through then counts
        as unfinished.
        """
        self._lease.check()
        self._begun = {item.document.id for item in documents}
        super().write_prepared(documents)

    def delete(self, document_ids: Sequence[str]) -> None:
        """Remove documents. Raises StoreBusy where another took the lease over."""
        self._lease.check()
        self._begun = set(document_ids)
        super().delete(document_ids)

    def finish(self) -> Callable[[], None]:
        """Carry a marker of a finished state. Raises StoreBusy where the lease was lost.

        After a step that was broken off, that of a writer at work, for the next one to go on from.
        """
        self._lease.check()
        kind = WRITING if self._begun else ""
        self._changes.note(f"{kind}{uuid.uuid4().hex}", self._begun, lost=self._lost)
        touched = self._store.records(sorted(self._touched)).values()
        live = {key for record in touched for key in record.keys}
        return lambda: self._sentences.drop(set(self._stale) - live)

    def distrust_derived(self) -> None:
        """Have every reader compare what it derives with the store in full."""
        self._lost = True

    def _begin(self) -> None:
        # Of the changes of a writer that was cut off not all were noted.
        cut_off = self._store.marker.startswith(WRITING)
        self._changes.note(f"{WRITING}{uuid.uuid4().hex}", [], lost=cut_off)

    def _changed(self, names: Sequence[str]) -> None:
        try:
            self._lease.check()
        except StoreBusy:
            # Whoever took over may have swept away passages that were not vouched for yet.
            self._store.distrust(names)
            raise
        self._changes.note(f"{WRITING}{uuid.uuid4().hex}", names)
        self._begun = set()

    def _derive(self, names: Sequence[str], entries: Sequence[Entry]) -> None:
        pass
