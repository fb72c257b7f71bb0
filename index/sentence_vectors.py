"""Vectors of the sentences within passages, kept beside Chroma. Knows nothing of ranking.

Derived, like the lexical index: made while a passage is embedded, from the same pass through the
model, and made again for a passage whose vectors are not here. Keys name a document version, so
what is here is never out of date.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.embedding import Vectors

_PART = 500
_MOST_UNSAVED = 20_000


class SentenceVectors:
    """Passage key -> (sentences, dimension) unit rows, in a SQLite file or, with None, in memory.

    Rows are kept as one byte a number; their cosines differ from the full ones by under .005.
    """

    def __init__(self, file: Path | None, *, dimension: int) -> None:
        self._file = file
        self._dimension = dimension
        self._unsaved: dict[str, bytes] = {}
        # One connection for all threads; SQLite itself keeps processes apart.
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    @property
    def _database(self) -> sqlite3.Connection:
        if self._connection is None:
            try:
                self._connection = _connected(self._file)
            except sqlite3.OperationalError:
                # Nothing can be written there; what is made now is kept in memory.
                self._connection = _connected(None)
            except sqlite3.DatabaseError:
                # Damaged: derived data, so start again from nothing.
                for file in self._file.parent.glob(f"{self._file.name}*") if self._file else ():
                    file.unlink()
                self._connection = _connected(self._file)
        return self._connection

    def put(self, rows: Mapping[str, Vectors]) -> None:
        """Keep the vectors of passages, replacing what was kept under the same keys.

        Where the file cannot be written, on a full disk or in a folder of somebody else's, they
        are kept in memory: they can always be made again.
        """
        packed = [(key, _packed(vectors)) for key, vectors in rows.items()]
        try:
            with self._lock, self._database:
                self._database.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", packed)
        except sqlite3.OperationalError:
            if len(self._unsaved) > _MOST_UNSAVED:
                self._unsaved.clear()
            self._unsaved.update(packed)

    def get(self, keys: Sequence[str]) -> dict[str, Vectors]:
        """The vectors of those passages that are kept."""
        held = self._unsaved
        found = {key: self._unpacked(held[key]) for key in keys if key in held}
        for start in range(0, len(keys), _PART):
            part = keys[start : start + _PART]
            marks = ",".join("?" * len(part))
            with self._lock:
                rows = self._database.execute(
                    f"SELECT key, data FROM vectors WHERE key IN ({marks})", list(part)
                ).fetchall()
            found.update((key, self._unpacked(data)) for key, data in rows)
        return found

    def drop(self, keys: Iterable[str]) -> None:
        """Forget the vectors of passages."""
        with self._lock, self._database:
            self._database.executemany("DELETE FROM vectors WHERE key = ?", [(k,) for k in keys])
        self._give_space_back()

    def prune(self, live: Iterable[str]) -> None:
        """Forget every passage whose key is not among `live`."""
        with self._lock, self._database:
            self._database.execute("CREATE TEMP TABLE live (key TEXT PRIMARY KEY) WITHOUT ROWID")
            self._database.executemany(
                "INSERT OR IGNORE INTO live VALUES (?)", ((key,) for key in live)
            )
            self._database.execute("DELETE FROM vectors WHERE key NOT IN (SELECT key FROM live)")
            self._database.execute("DROP TABLE live")
        self._give_space_back()

    def close(self) -> None:
        """Let go of the file; the next call opens it again."""
        with self._lock:
            if self._connection is not None and self._file is not None:
                self._connection.close()
                self._connection = None

    def _give_space_back(self) -> None:
        with self._lock:
            # As a script, since a single statement is stepped once and frees a single page.
            self._database.executescript("PRAGMA incremental_vacuum")
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _unpacked(self, data: bytes) -> Vectors:
        rows = np.frombuffer(data, np.int8).reshape(-1, self._dimension).astype(np.float32)
        unit: Vectors = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
        return unit


def _connected(file: Path | None) -> sqlite3.Connection:
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(":memory:" if file is None else file, check_same_thread=False)
    try:
        with database:
            database.execute("PRAGMA busy_timeout=30000")
            # Before the first table, so that what is forgotten gives its space back.
            database.execute("PRAGMA auto_vacuum=INCREMENTAL")
            database.execute("PRAGMA journal_mode=WAL")
            database.execute(
                "CREATE TABLE IF NOT EXISTS vectors (key TEXT PRIMARY KEY, data BLOB) WITHOUT ROWID"
            )
    except sqlite3.DatabaseError:
        database.close()
        raise
    return database


def _packed(vectors: Vectors) -> bytes:
    # Only directions matter, so each row may have its own scale, and none needs keeping.
    largest = np.maximum(np.abs(vectors).max(axis=1, keepdims=True), 1e-9)
    levels: npt.NDArray[np.int8] = np.rint(vectors / largest * 127).astype(np.int8)
    return levels.tobytes()
