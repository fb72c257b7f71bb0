"""Vectors of the sentences within passages, kept beside Chroma. Knows nothing of ranking.

Derived, like the lexical index: made while a passage is embedded, from the same pass through the
model, and made again for a passage whose vectors are not here. Keys name model, splitter and
document version, so what is here is never out of date.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from index.embedding import Vectors
from index.latest import Latest

_Result = TypeVar("_Result")

_PART = 500
_MOST_UNSAVED = 20_000
_MOST_IN_MEMORY = 50_000
"""Passages, some 200 MB; past that all are forgotten, and made again as they are asked for."""
_REMEMBERED = 2_000
"""Passages whose vectors are remembered as they were read: 16 MB."""


class SentenceVectors:
    """Passage key -> (sentences, dimension) unit rows, in a SQLite file or, with None, in memory.

    Rows are kept as one byte a number; their cosines differ from the full ones by under .005.
    `made_by` names the model and the splitter: a rebuild with others shares the file with the index
    that still serves, and neither may find the vectors of the other.
    """

    def __init__(self, file: Path | None, *, dimension: int, made_by: str = "") -> None:
        self._file = file
        self._maker = hashlib.sha256(made_by.encode()).hexdigest()[:8]
        self._dimension = dimension
        self._unsaved: dict[str, bytes] = {}
        self._in_memory = 0
        self._latest = Latest[Vectors](_REMEMBERED)
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
                self._connection = self._emptied()
        return self._connection

    def put(self, rows: Mapping[str, Vectors]) -> dict[str, Vectors]:
        """Keep the vectors of passages -> the same as `get` gives them back.

        Where the file cannot be written, on a full disk or in a folder of somebody else's, they
        are kept in memory: they can always be made again.
        """
        packed = {key: levels(vectors).tobytes() for key, vectors in rows.items()}
        named = [(self._name(key), data) for key, data in packed.items()]
        if self._file is None:
            self._make_room(len(named))
        try:
            self._run(
                lambda database: database.executemany(
                    "INSERT OR REPLACE INTO vectors VALUES (?, ?)", named
                )
            )
        except sqlite3.OperationalError:
            if len(self._unsaved) > _MOST_UNSAVED:
                self._unsaved.clear()
            self._unsaved.update(packed)
        return self._unpacked(packed)

    def get(self, keys: Sequence[str]) -> dict[str, Vectors]:
        """The vectors of those passages that are kept."""
        return self._latest.of(keys, self._read)

    def _read(self, keys: Sequence[str]) -> dict[str, Vectors]:
        held = self._unsaved
        found = {key: data for key in keys if (data := held.get(key)) is not None}
        for start in range(0, len(keys), _PART):
            names = {self._name(key): key for key in keys[start : start + _PART]}
            found |= ((names[name], data) for name, data in self._rows(list(names)))
        # Copied, for a view of one passage's rows would keep those of all.
        return {key: rows.copy() for key, rows in self._unpacked(found).items()}

    def drop(self, keys: Iterable[str]) -> None:
        """Forget the vectors of passages."""
        names = [(self._name(key),) for key in keys]
        self._forget(
            lambda database: database.executemany("DELETE FROM vectors WHERE key = ?", names)
        )

    def prune(self, live: Iterable[str]) -> None:
        """Forget every passage whose key is not among `live`, and all of other makers."""
        names = [(self._name(key),) for key in live]

        def forget(database: sqlite3.Connection) -> None:
            database.execute("CREATE TEMP TABLE live (key TEXT PRIMARY KEY) WITHOUT ROWID")
            database.executemany("INSERT OR IGNORE INTO live VALUES (?)", names)
            database.execute("DELETE FROM vectors WHERE key NOT IN (SELECT key FROM live)")
            database.execute("DROP TABLE live")

        self._forget(forget)

    def close(self) -> None:
        """Let go of the file; the next call opens it again."""
        with self._lock:
            if self._connection is not None and self._file is not None:
                self._connection.close()
                self._connection = None

    def _make_room(self, rows: int) -> None:
        with self._lock:
            self._in_memory += rows
            if self._in_memory <= _MOST_IN_MEMORY:
                return
            self._in_memory = rows
        self._latest = Latest[Vectors](_REMEMBERED)
        self._run(lambda database: database.execute("DELETE FROM vectors"))

    def _name(self, key: str) -> str:
        return f"{self._maker}.{key}"

    def _run(self, work: Callable[[sqlite3.Connection], _Result]) -> _Result:
        with self._lock:
            try:
                with self._database as database:
                    return work(database)
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError:
                self._connection = self._emptied()
                with self._database as database:
                    return work(database)

    def _rows(self, names: list[str]) -> list[tuple[str, bytes]]:
        asked = f"SELECT key, data FROM vectors WHERE key IN ({','.join('?' * len(names))})"
        try:
            return self._run(lambda database: database.execute(asked, names).fetchall())
        except sqlite3.OperationalError:
            # What cannot be read, as without the space for a lock, is made again.
            return []

    def _forget(self, work: Callable[[sqlite3.Connection], object]) -> None:
        # What stays, where the file cannot be written, is found by no key that counts.
        with suppress(sqlite3.OperationalError):
            self._run(work)
            with self._lock:
                # As a script, since a single statement is stepped once and frees a single page.
                self._database.executescript("PRAGMA incremental_vacuum")
                self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _emptied(self) -> sqlite3.Connection:
        """A new database in place of a damaged one: all in it is derived."""
        if self._connection is not None:
            self._connection.close()
        for file in self._file.parent.glob(f"{self._file.name}*") if self._file else ():
            file.unlink()
        return _connected(self._file)

    def _unpacked(self, packed: Mapping[str, bytes]) -> dict[str, Vectors]:
        # All rows at once: a call for each passage would cost more than its few numbers.
        whole = np.frombuffer(b"".join(packed.values()), np.int8)
        rows = whole.reshape(-1, self._dimension).astype(np.float32)
        rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
        ends = np.cumsum([len(data) // self._dimension for data in packed.values()])
        return dict(zip(packed, np.split(rows, ends[:-1]), strict=True)) if packed else {}


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


def levels(vectors: Vectors) -> npt.NDArray[np.int8]:
    """Rows at one byte a number. Levels of levels are the same, so they may travel as that."""
    # Only directions matter, so each row may have its own scale, and none needs keeping.
    largest = np.maximum(np.abs(vectors).max(axis=1, keepdims=True), 1e-9)
    rounded: npt.NDArray[np.int8] = np.rint(vectors / largest * 127).astype(np.int8)
    return rounded
