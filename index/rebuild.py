"""Build an index again from nothing, beside the old one, and swap them. Knows nothing of search."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

from index.api import Index
from index.embedding import Embedder
from index.locking import writer_lock
from index.sync import Progress, SyncReport


def rebuild(
    location: str | Path,
    folder: str | Path,
    embedder: Embedder,
    *,
    progress: Progress | None = None,
) -> SyncReport:
    """Index a folder into a new store and put it where the old one was.

    Until the swap the old index is untouched and serves. Documents that a program added and no
    file holds are not carried over. Raises ValueError for a Chroma server, whose collections
    cannot be swapped, and StoreBusy while another process writes.
    """
    place = Path(location)
    if str(location).startswith(("http://", "https://")):
        raise ValueError(f"{location} is a server; delete its collections there and index again")
    with writer_lock(place):
        draft = place / f"rebuild-{uuid.uuid4().hex[:8]}"
        try:
            report = Index.open(draft, embedder=embedder).sync(folder, progress=progress)
            for part in ("chroma", "lexical"):
                old = place / part
                if old.exists():
                    old.rename(draft / f"old-{part}")
                (draft / part).rename(old)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return report
