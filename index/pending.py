"""What every place of an index offers: reading, and one writer at a time. Knows no place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from index.preparing import Draft, Known, Prepared
from index.records import Record
from index.rooms import Rooms
from index.writing import Writer, known


class Place(Protocol):
    """Where an index lives."""

    def reading(self) -> AbstractContextManager[Rooms]:
        """The state of the index that counts now; it does not change while it is held."""

    def writing(self) -> AbstractContextManager[Pending]:
        """The one writer. Raises StoreBusy with the name of another."""

    def leftovers(self) -> list[str]:
        """What a writer that was cut off left behind, in words."""

    def failures(self) -> dict[str, str]:
        """The files that the last sync could not take in, with the reasons."""

    def remember_failures(self, failed: Mapping[str, str]) -> None:
        """Keep what a sync could not take in, for whoever asks later."""

    def close(self) -> None:
        """Let go of all files."""


class Pending:
    """A writer that opens what it writes to only when there is something to write."""

    def __init__(
        self,
        reading: Callable[[], AbstractContextManager[Rooms]],
        start: Callable[[], Writer],
    ) -> None:
        self._reading = reading
        self._start = start
        self.writer: Writer | None = None

    def records(self) -> Mapping[str, Record]:
        """The records of every document held, by id, unfinished ones included."""
        if self.writer is not None:
            return self.writer.records()
        with self._reading() as rooms:
            return rooms.store.records()

    def known(self, donors: Sequence[Record]) -> Known:
        """The vectors held of the passages of documents."""
        if self.writer is not None:
            return self.writer.known(donors)
        with self._reading() as rooms:
            return known(rooms, donors)

    def write(self, drafts: Sequence[Draft]) -> None:
        """Add or replace documents, embedded here."""
        self.started().write(drafts)

    def write_prepared(self, documents: Sequence[Prepared]) -> None:
        """Add or replace documents; their passages are embedded already."""
        self.started().write_prepared(documents)

    def delete(self, document_ids: Sequence[str]) -> None:
        """Remove documents."""
        self.started().delete(document_ids)

    def started(self) -> Writer:
        """The writer, open."""
        if self.writer is None:
            self.writer = self._start()
        return self.writer
