"""Which documents of a server's store changed from one marker to the next. Derives nothing itself.

So whoever derives something from a store need not look at all of it. One row a change, in a
collection of its own, the oldest forgotten. A row says since which marker it counts; a chain that
breaks means that all has to be looked at.
"""

from __future__ import annotations

import json
from collections.abc import Collection as Several
from typing import TYPE_CHECKING, Any

import numpy as np

from index.chroma import translated
from index.rows import placeholder

if TYPE_CHECKING:
    from index.shelf import Shelf

_KEPT = 1_000
"""Changes that are remembered."""

_LOST = "?"
"""What nothing follows from."""


class Changes:
    """The changes of the store on a server. Only the holder of its lease may note any."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        with translated(shelf.location):
            self._rows = shelf.collection("changes")

    def note(self, marker: str, names: Several[str], *, lost: bool = False) -> None:
        """Have the store carry a new marker, since these documents changed.

        `lost` says that others may have changed too.
        """
        notes = self._shelf.notes()
        number = int(notes.get("changes", 0)) + 1
        since = _LOST if lost else str(notes.get("marker", ""))
        with translated(self._shelf.location):
            if number == 1:
                # Of a store that is no more, whose collection of passages was removed.
                self._rows.delete(where=_numbered("$gte", 1))
            # Before the marker, so that whoever sees that finds this.
            self._rows.upsert(
                ids=[marker],
                embeddings=np.array([placeholder(marker)], np.float32),
                documents=[json.dumps(sorted(names))],
                metadatas=[{"number": number, "since": since}],
            )
            if number % _KEPT == 0:
                self._rows.delete(where=_numbered("$lte", number - _KEPT))
        self._shelf.note({"marker": marker, "changes": number})

    def since(self, marker: str, now: str) -> set[str] | None:
        """The documents that changed after a marker up to that of `now`, None where unknown.

        Those that changed later may be among them.
        """
        with translated(self._shelf.location):
            mine = self._rows.get(ids=[marker], include=["metadatas"])
            if not mine["metadatas"]:
                return None
            after = _numbered("$gt", mine["metadatas"][0]["number"])
            rows = self._rows.get(where=after, include=["metadatas", "documents"])
        columns = (rows["metadatas"] or [], rows["ids"], rows["documents"] or [])
        found: set[str] = set()
        last = marker
        for meta, name, text in sorted(
            zip(*columns, strict=True), key=lambda row: int(str(row[0]["number"]))
        ):
            if meta["since"] != last:
                return None
            found.update(json.loads(text))
            last = name
        # Whoever set a marker without a note here may have changed anything.
        return found if now in rows["ids"] else None


def _numbered(comparison: str, number: object) -> Any:  # noqa: ANN401 - Chroma's own type
    return {"number": {comparison: number}}
