"""What every place of an index offers: reading, and one writer at a time. Knows no place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from index.records import Record
from index.rooms import Rooms
from index.sync import Draft
from index.writing import Writer


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
