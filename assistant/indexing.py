"""What `assistant index` does with its options: sync once, or follow a folder. Prints nothing."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from assistant.progress import shown
from index.api import Index
from index.embedding import Embedder
from index.errors import AssistantError
from index.rebuild import rebuild
from index.sync import SyncReport
from index.watching import changes


def index_folder(options: argparse.Namespace, embedder: Embedder) -> SyncReport:
    """Make the index equal the folder once, or build it from nothing."""
    with shown() as progress:
        chosen = _chosen(options)
        if options.rebuild:
            return rebuild(options.store, options.folder, embedder, progress=progress, **chosen)
        index = Index.open(options.store, embedder=embedder)
        return index.sync(options.folder, progress=progress, **chosen)


def watch_folder(
    options: argparse.Namespace,
    embedder: Embedder,
    report: Callable[[SyncReport], None],
    fail: Callable[[object, int], int],
) -> None:
    """Sync whenever the folder changes, until interrupted; what fails is told and tried again."""
    index = Index.open(options.store, embedder=embedder)
    known: dict[str, str] = {}
    # A change between the sync before and the first look at the folder is not missed.
    pending = True
    for changed in changes(Path(options.folder), skip=Path(options.store)):
        if not changed and not pending:
            continue
        try:
            done = index.sync(options.folder, **_chosen(options))
        except (AssistantError, ValueError) as error:
            pending = True
            fail(error, 1)
            continue
        pending = False
        if done.changed or dict(done.failed) != known:
            report(done)
        known = dict(done.failed)


def _chosen(options: argparse.Namespace) -> dict[str, Any]:
    return {"include": options.include, "exclude": options.exclude, "ray": options.ray}
