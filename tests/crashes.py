"""Processes that sync a store until they are killed, or read it, and what must hold of it then."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from bag import BagOfWords

from index import Index

APART = multiprocessing.get_context("forkserver")
"""For processes that have loaded the index already: each would take a second or two for it."""
APART.set_forkserver_preload(["chromadb.api.rust", "index.api", "index.sync", "tantivy"])
QUERIES = ["river 17", "mountain tall 5", "new words 3", "valley"]


def change(folder: Path, rng: random.Random, files: int) -> None:
    """Add, change, move and delete files, at least one in four of those there are."""
    folder.mkdir(exist_ok=True)
    held = sorted(folder.rglob("*.txt"))
    for path in rng.sample(held, len(held) // 8):
        path.unlink()
    held = sorted(folder.rglob("*.txt"))
    for path in rng.sample(held, len(held) // 8):
        path.write_text(text(rng))
    for path in rng.sample(held, len(held) // 16):
        path.rename(path.with_name(f"moved-{rng.randrange(10**9)}.txt"))
    for _ in range(max(1, files - len(list(folder.rglob("*.txt"))))):
        place = folder / rng.choice("abc")
        place.mkdir(exist_ok=True)
        (place / f"{rng.randrange(10**9)}.txt").write_text(text(rng))


def text(rng: random.Random) -> str:
    """Some paragraphs of made-up sentences."""
    nouns = ["river", "mountain", "valley", "words", "town", "bridge"]
    return "\n\n".join(
        f"The {rng.choice(nouns)} {rng.choice('new tall old'.split())} {rng.randrange(60)} is here."
        * rng.randrange(1, 9)
        for _ in range(rng.randrange(1, 9))
    )


def start(store: Path, folders: Sequence[Path]) -> BaseProcess:
    """A process that has opened the index and is about to sync the folders one after the other."""
    return _begun(_sync, store, folders)


def _begun(work: Callable[..., None], store: Path, *given: object) -> BaseProcess:
    """A process at work on a store, once it says by what it is given last that it has opened it."""
    told, tell = APART.Pipe(duplex=False)
    process = APART.Process(target=work, args=(store, *given, tell))
    process.start()
    tell.close()
    with told:
        assert told.recv() == "opened"
    return process


def _sync(store: Path, folders: Sequence[Path], tell: Connection) -> None:
    index = Index.open(store, embedder=BagOfWords())
    tell.send("opened")
    for folder in folders:
        index.sync(folder)


def killed(store: Path, folder: Path, after: float) -> bool:
    """Sync in a process that is killed `after` seconds; False if it was done before."""
    process = start(store, [folder])
    time.sleep(after)
    process.kill()
    process.join()
    return process.exitcode == -signal.SIGKILL


def sync_seconds(store: Path, folder: Path) -> float:
    """How long a sync takes that is left alone."""
    process = start(store, [folder])
    begin = time.monotonic()
    process.join()
    assert process.exitcode == 0
    return time.monotonic() - begin


@contextmanager
def reading(store: Path, last: str, said: Path) -> Iterator[BaseProcess]:
    """A process that reads all there is until a document begins with `last`; 1 if a half shows.

    All words of a document that come at the same place in its sentences must be the same. What it,
    or a library of it, says of errors goes to the file `said`.
    """
    process = _begun(_read, store, last, said)
    try:
        yield process
    finally:
        process.kill()
        process.join()


def _read(store: Path, last: str, said: Path, tell: Connection) -> None:
    with said.open("wb") as file:
        os.dup2(file.fileno(), 2)
    index = Index.open(store, embedder=BagOfWords())
    tell.send("opened")
    seen: set[str] = set()
    while last not in seen:
        found = {document.text.split()[0] for document in index.documents()}
        for document in index.documents():
            assert len(set(document.text.split()[::5])) == 1, f"half a document: {document.text}"
        for hit in index.search("river stands", k=5):
            assert hit.passage.text
            assert index.document(hit.passage.document_id)
        seen |= found


def assert_equal_to_fresh(store: Path, folder: Path, scratch: Path) -> None:
    """The index holds, and finds, just what one made anew from the folder does."""
    shutil.rmtree(scratch, ignore_errors=True)
    again = Index.open(store, embedder=BagOfWords())
    fresh = Index.open(scratch, embedder=BagOfWords())
    fresh.sync(folder)
    assert again.differences() == []
    assert again.documents() == fresh.documents()
    for record in fresh.records():
        assert again.passages(record.document_id) == fresh.passages(record.document_id)
    for query in QUERIES:
        found, expected = (
            [(hit.passage, round(hit.score, 4), hit.duplicates) for hit in index.search(query)]
            for index in (again, fresh)
        )
        assert found == expected, query
    again.close()
    fresh.close()
