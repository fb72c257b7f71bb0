"""One writer at a time across processes. Knows nothing of what is written."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from index.errors import StoreBusy


@contextmanager
def writer_lock(folder: Path) -> Iterator[None]:
    """Hold the folder's writer lock, or raise StoreBusy at once with the name of its holder.

    The lock is the system's and ends with its process, so a crash leaves none behind.
    """
    folder.mkdir(parents=True, exist_ok=True)
    holder = folder / "writer.txt"
    lock = FileLock(folder / "writer.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        name = holder.read_text("utf-8") if holder.is_file() else "another process"
        raise StoreBusy(
            f"the index at {folder} is being written by {name}; try again when it is done"
        ) from error
    try:
        program = Path(sys.argv[0]).name or "python"
        started = datetime.now().astimezone().isoformat(" ", "seconds")
        holder.write_text(f"process {os.getpid()} ({program}, since {started})", "utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()
