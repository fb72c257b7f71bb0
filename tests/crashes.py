"""Syncs that are killed at random moments, and what must hold after the next one."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from conftest import ROOT, BagOfWords

from index import Index

_SYNC = """
import sys
sys.path[:0] = [{root!r}, {tests!r}]
from bag import BagOfWords
from index import Index
index = Index.open({store!r}, embedder=BagOfWords())
print("start", flush=True)
for folder in {folders!r}:
    index.sync(folder)
    print("done", flush=True)
"""
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


def start(store: Path, folders: Sequence[Path]) -> subprocess.Popen[str]:
    """A process that has opened the index and is about to sync the folders one after the other."""
    code = _SYNC.format(
        root=str(ROOT), tests=str(ROOT / "tests"), store=str(store), folders=list(map(str, folders))
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "start\n"
    return process


def killed(store: Path, folder: Path, after: float) -> bool:
    """Sync in a process that is killed `after` seconds; False if it was done before."""
    process = start(store, [folder])
    time.sleep(after)
    process.send_signal(signal.SIGKILL)
    code = process.wait()
    assert process.stdout is not None
    process.stdout.close()
    return code == -signal.SIGKILL


def sync_seconds(store: Path, folder: Path) -> float:
    """How long a sync takes that is left alone."""
    process = start(store, [folder])
    begin = time.monotonic()
    assert process.wait() == 0
    assert process.stdout is not None
    process.stdout.close()
    return time.monotonic() - begin


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
