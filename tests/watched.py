"""An embedder that leaves signs of which processes used it, and has one of them wait to be let on.

A module of its own, which the processes of another program can import.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

from conftest import BagOfWords

from index.documents import Span
from index.embedding import Vectors


class Watched(BagOfWords):
    """`signs/workers/PID` for each process; the one of `signs/waiting` waits for `signs/go`."""

    def __init__(self, signs: Path, *, waits_at: int = 3) -> None:
        self.signs = signs
        self.waits_at = waits_at
        (signs / "workers").mkdir(exist_ok=True)
        (signs / "calls").mkdir(exist_ok=True)

    def embed_spans(
        self, texts: Sequence[str], spans: Sequence[Sequence[Span]]
    ) -> tuple[Vectors, list[Vectors]]:
        (self.signs / "workers" / str(os.getpid())).touch()
        (self.signs / "calls" / f"{os.getpid()}-{time.monotonic_ns()}").touch()
        if len(list((self.signs / "calls").iterdir())) >= self.waits_at:
            self._wait()
        return super().embed_spans(texts, spans)

    def _wait(self) -> None:
        draft = self.signs / f"{os.getpid()}.new"
        draft.write_text(str(os.getpid()))
        try:
            # Of all processes only the first.
            os.link(draft, self.signs / "waiting")
        except FileExistsError:
            return
        while not (self.signs / "go").exists():
            time.sleep(0.02)
