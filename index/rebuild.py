"""Build an index again from nothing, beside the old one, and swap them. Knows nothing of search."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from index.api import shared_by
from index.embedding import Embedder
from index.folder_place import FolderPlace
from index.preparing import Draft
from index.reader import Limits, Reader, preparing
from index.sync import Progress, SyncReport, sync_folder
from index.walking import Selection, folder_named, walk


def rebuild(
    location: str | Path,
    folder: str | Path,
    embedder: Embedder,
    *,
    progress: Progress | None = None,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    limits: Limits | None = None,
    ray: str | None = None,
) -> SyncReport:
    """Index a folder into a new store and put it where the old one was.

    Until the swap the old index is untouched and serves. Documents that a program added, and no
    file holds, are carried over where the old index can be read. Raises ValueError for a Chroma
    server, whose collections cannot be swapped, and StoreBusy while another process writes.
    """
    name = str(location)
    if name.startswith(("http://", "https://")):
        raise ValueError(f"{name} is a server; delete its collections there and index again")
    walked = walk(folder_named(folder), Selection(include, exclude), skip=Path(name))
    shared = shared_by(name, embedder)
    place = FolderPlace(Path(name), shared)
    added = place.added()
    with closing(shared.sentences), place.rebuilding() as target, Reader(limits) as reader:
        with preparing(reader, embedder, ray) as prepare:
            report = sync_folder(walked, target, prepare, progress=progress)
        held = target.records()
        if kept := [Draft(document) for document in added if document.id not in held]:
            target.write(kept)
        place.remember_failures(report.failed)
        return report
