"""A full disk, by whichever library it is noticed. Knows nothing of what is written."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from index.errors import StoreFull, StoreUnreachable

_SIGNS = ("disk is full", "no space left", "disk full", "quota exceeded", "os error 28")
_NUMBERS = (errno.ENOSPC, errno.EDQUOT)


_LEAST_FREE = 4_000_000


def is_full(error: BaseException) -> bool:
    """Whether an error of the system, SQLite, Chroma or tantivy comes of a full disk."""
    if isinstance(error, OSError) and error.errno in _NUMBERS:
        return True
    return any(sign in str(error).casefold() for sign in _SIGNS)


@contextmanager
def full_disk_named(place: str) -> Iterator[None]:
    """Raise StoreFull, with the cure, for whatever a full disk raises."""
    try:
        yield
    except (OSError, ValueError, sqlite3.Error, StoreUnreachable) as error:
        # Chroma does not always pass on why it could not write.
        if not is_full(error) and not _is_spent(place):
            raise
        raise StoreFull(
            f"no space is left to write the index at {place}; the index before still serves, and "
            "what was finished is kept: free some space and run again"
        ) from error


def _is_spent(place: str) -> bool:
    try:
        return shutil.disk_usage(place).free < _LEAST_FREE
    except OSError:
        return False
