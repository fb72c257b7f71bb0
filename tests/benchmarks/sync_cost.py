"""What a sync costs: SciFact as a folder of 5,183 files, unchanged, then 1 % changed, then moved.

    python tests/benchmarks/sync_cost.py [--files 5183]

Needs ../shared/data. Seconds of wall clock and of processor, and the share of the first sync.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from sets import scifact

from index import Index, SyncReport
from index.embedding import SentenceEmbedder

_FIRST: list[float] = []


@contextmanager
def timed(what: str) -> Iterator[list[SyncReport]]:
    """Print what a block cost, and its share of the first block."""
    held: list[SyncReport] = []
    wall, processor = time.perf_counter(), _processor()
    yield held
    wall, processor = time.perf_counter() - wall, _processor() - processor
    _FIRST.extend([wall, processor] if not _FIRST else [])
    print(
        f"{what}: {wall:.1f} s ({wall / _FIRST[0]:.1%}), processor {processor:.1f} s "
        f"({processor / _FIRST[1]:.1%}): {held[0]}",
        flush=True,
    )


def _processor() -> float:
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(sum(resource.getrusage(kind)[:2]) for kind in kinds)


def main() -> None:
    """Run the syncs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=5183)
    options = parser.parse_args()
    documents = scifact()[0][: options.files]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "docs"
        folder.mkdir()
        for document in documents:
            (folder / f"{document.id}.md").write_text(f"# {document.title}\n\n{document.text}")
        embedder = SentenceEmbedder()
        embedder.embed_query("load the model")
        index = Index.open(Path(scratch) / "store", embedder=embedder)
        with timed("first sync") as done:
            done.append(index.sync(folder))
        with timed("unchanged") as done:
            done.append(index.sync(folder))
        paths = sorted(folder.iterdir())
        for path in paths[::100]:
            path.write_text(path.read_text("utf-8") + "\n\nA sentence was added at the end.")
        with timed("1 % changed") as done:
            done.append(index.sync(folder))
        (folder / "moved").mkdir()
        for path in paths[5::100]:
            path.rename(folder / "moved" / path.name)
        with timed("1 % moved") as done:
            done.append(index.sync(folder))
        for path in paths[7::100]:
            path.unlink()
        with timed("1 % deleted") as done:
            done.append(index.sync(folder))
        assert index.differences() == []


if __name__ == "__main__":
    main()
