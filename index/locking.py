"""One writer at a time across processes. Knows nothing of what is written."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from index.errors import StoreBusy


@contextmanager
def writer_lock(folder: Path, *, wait: float = 0.0) -> Iterator[None]:
    """Hold the folder's writer lock, or raise StoreBusy with the name of its holder.

    At once, or after `wait` seconds. The lock is the system's and ends with its process, so a
    crash leaves none behind.
    """
    folder.mkdir(parents=True, exist_ok=True)
    holder = folder / "writer.txt"
    lock = FileLock(folder / "writer.lock", timeout=wait)
    try:
        lock.acquire()
    except Timeout as error:
        raise StoreBusy(
            f"the index at {folder} is being written by {_name(holder)}; try again when it is done"
        ) from error
    try:
        holder.write_text(whoami(), "utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _name(holder: Path) -> str:
    try:
        name = holder.read_text("utf-8")
    except OSError:
        # It was done just now, or may not be looked at.
        name = ""
    return name or "another process"


def whoami() -> str:
    """The process at work as another's message names it."""
    program = Path(sys.argv[0]).name or "python"
    started = datetime.now().astimezone().isoformat(" ", "seconds")
    return f"process {os.getpid()} on {socket.gethostname()} ({program}, since {started})"
