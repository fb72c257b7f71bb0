"""How far a sync is, for a person at a terminal or for a log. Knows nothing of what is synced."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from index.sync import Progress


@contextmanager
def shown(to: TextIO | None = None, *, every: float = 10.0) -> Iterator[Progress]:
    """A Progress that draws a bar with rate and time left, or in a pipe writes plain lines.

    One every so many seconds at most, so what is done sooner writes none.
    """
    stream = to or sys.stderr
    if not stream.isatty():
        yield _Lines(stream, every)
        return
    from tqdm import tqdm

    with tqdm(unit="file", file=stream, dynamic_ncols=True, leave=False) as bar:

        def show(done: int, total: int, name: str) -> None:
            fresh = bar.total != total
            bar.total = total
            bar.set_postfix_str(_shortened(name), refresh=False)
            bar.update(done - bar.n)
            if fresh:
                bar.refresh()

        yield show


class _Lines:
    def __init__(self, stream: TextIO, every: float) -> None:
        self._stream = stream
        self._every = every
        self._begin = self._last = time.monotonic()

    def __call__(self, done: int, total: int, name: str) -> None:
        now = time.monotonic()
        if now - self._last < self._every:
            return
        self._last = now
        rate = done / (now - self._begin)
        left = f", {(total - done) / rate:,.0f} s left" if rate else ""
        self._stream.write(f"{done:,} of {total:,} files, {rate:.1f} a second{left}\n")
        self._stream.flush()


def _shortened(name: str) -> str:
    plain = "".join(character if character.isprintable() else "?" for character in name)
    return plain if len(plain) <= 40 else "…" + plain[-39:]
