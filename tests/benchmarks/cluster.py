"""What more machines bring: Ray's workers beside one process, and pages that follow a server.

    python tests/benchmarks/cluster.py ray [--files 300] [--rounds 3] [--workers 1 2]
    python tests/benchmarks/cluster.py killed [--files 300]
    python tests/benchmarks/cluster.py pages [--passages 20000]

`ray` prints passages a second of one process, and of Ray with so many workers as ratios to it, in
turn within one run, by the clock and by processor time: on a machine that does other work only the
second says what more cores would bring. The one process embeds on all cores, each worker on one.
`killed` kills a worker in the middle and holds the index against one made by a single process.
`pages` prints how long a page over a Chroma server takes to derive its lexical index, then to
follow one document that another process added, and the bytes a passage takes in each of the stores.
"""

# ruff: noqa: E402 - the environment has to be set first

from __future__ import annotations

import argparse
import os
import random
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

# Before any library is loaded that would start threads, here and in what is started from here.
os.environ |= {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}
ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(ROOT / "tests")])

import numpy as np
from conftest import CORPUS, BagOfWords, chroma_running
from watched import Watched

from index import Document, Index
from index.documents import Span
from index.embedding import SentenceEmbedder, Vectors
from index.rooms import agree
from index.splitting import sentences

QUERIES = ["What did the court decide?", "Who pays how much?", "When does it end?"]


class Scattered(BagOfWords):
    """Vectors of 384 random numbers: as large as the real ones, and made at once."""

    name = "scattered"
    dimension = 384

    def _vector(self, text: str) -> Vectors:
        vector = np.random.default_rng(abs(hash(text))).normal(size=384).astype(np.float32)
        unit: Vectors = vector / np.linalg.norm(vector)
        return unit

    def embed_spans(
        self, texts: Sequence[str], spans: Sequence[Sequence[Span]]
    ) -> tuple[Vectors, list[Vectors]]:
        whole = self.embed_documents(texts)
        return whole, [np.repeat(row[None], len(s), 0) for row, s in zip(whole, spans, strict=True)]


def texts(files: int, seed: int = 0) -> list[str]:
    """Texts of forty sentences of the sample in another order each, and a number of their own."""
    rng = random.Random(seed)
    held = [
        text[first:last]
        for path in sorted(CORPUS.iterdir())
        for text in [path.read_text("utf-8")]
        for first, last in sentences(text)
    ]
    return [f"Report {n}.\n\n{' '.join(rng.sample(held, 40))}" for n in range(files)]


def folder_of(made: Sequence[str], place: Path) -> Path:
    """Those texts as files."""
    place.mkdir()
    for number, text in enumerate(made):
        (place / f"{number:06}.txt").write_text(text, "utf-8")
    return place


def throughput(options: argparse.Namespace) -> None:
    """One process, then Ray with so many workers, in turn."""
    import ray

    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        folder = folder_of(texts(options.files), place / "docs")
        warm = folder_of(texts(8 * max(options.workers), seed=1), place / "warm")
        embedder = SentenceEmbedder()
        embedder.embed_query("load the model")
        rates: dict[int, list[tuple[float, float]]] = {}
        for round_ in range(options.rounds):
            for workers in (0, *options.workers):
                address = "local" if workers else None
                if workers:
                    ray.init("local", num_cpus=workers, include_dashboard=False)
                    # Each worker loads its model.
                    Index.open(place / f"w{round_}{workers}", embedder=embedder).sync(
                        warm, ray=address
                    )
                index = Index.open(place / f"s{round_}{workers}", embedder=embedder)
                wall, processor = time.perf_counter(), _processor()
                index.sync(folder, ray=address)
                wall, processor = time.perf_counter() - wall, _processor() - processor
                if workers:
                    ray.shutdown()
                passages = sum(record.passages for record in index.records())
                rates.setdefault(workers, []).append((passages / wall, passages / processor))
                name = f"Ray, {workers} workers" if workers else "one process"
                print(
                    f"round {round_}: {name}: {passages / wall:.1f} passages a second, "
                    f"{passages / processor:.1f} a second of processor",
                    flush=True,
                )
        for workers in options.workers:
            for at, what in enumerate(("a second", "a second of processor")):
                ratios = [
                    mine[at] / one[at] for mine, one in zip(rates[workers], rates[0], strict=True)
                ]
                print(
                    f"Ray with {workers} workers / one process, passages {what}: median "
                    f"{statistics.median(ratios):.2f} of {', '.join(f'{r:.2f}' for r in ratios)}"
                )


def _processor() -> float:
    """Seconds of processor of this process and all that it started and that they did."""
    parents: dict[int, int] = {}
    used: dict[int, float] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            # It has ended; its parent has its time.
            continue
        process = int(stat.parent.name)
        parents[process] = int(fields[1])
        used[process] = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")

    def ours(process: int) -> bool:
        return process == os.getpid() or (process in parents and ours(parents[process]))

    return sum(seconds for process, seconds in used.items() if ours(process))


def killed(options: argparse.Namespace) -> None:
    """Kill a worker in the middle; compare."""
    import ray

    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        folder = folder_of(texts(options.files), place / "docs")
        signs = place / "signs"
        signs.mkdir()
        ray.init("local", num_cpus=2, include_dashboard=False, log_to_driver=False)
        there = Index.open(place / "there", embedder=Watched(signs))
        sync = threading.Thread(target=lambda: print(there.sync(folder, ray="local")))
        sync.start()
        while not (signs / "waiting").exists():
            sync.join(0.05)
        os.kill(int((signs / "waiting").read_text()), signal.SIGKILL)
        (signs / "go").touch()
        sync.join()
        ray.shutdown()
        here = Index.open(place / "here", embedder=BagOfWords())
        here.sync(folder)
        same = {
            "documents": here.documents() == there.documents(),
            "records": here.records() == there.records(),
            "hits": all(
                [hit.passage for hit in here.search(query)]
                == [hit.passage for hit in there.search(query)]
                for query in QUERIES
            ),
        }
        print(f"a worker was killed; the same {same}; differences {there.differences()}")
        if not all(same.values()) or there.differences():
            sys.exit(1)


def pages(options: argparse.Namespace) -> None:
    """Derive and follow over a Chroma server, and sizes."""
    embedder = Scattered()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with chroma_running(folder / "server") as address:
            writer = Index.open(address, embedder=embedder)
            made = [Document(f"d{n}", text) for n, text in enumerate(texts(options.passages // 8))]
            begin = time.perf_counter()
            for start in range(0, len(made), 100):
                writer.add(made[start : start + 100])
            seconds = time.perf_counter() - begin
            passages = sum(record.passages for record in writer.records())
            print(f"wrote {passages:,} passages: {passages / seconds:,.0f}/s with random vectors")
            page = Index.open(address, embedder=embedder)
            _timed("a page's first search, all derived", lambda: page.search("harbour"))
            _timed("a search, nothing changed", lambda: page.search("harbour board"))
            for number in range(5):
                writer.add([Document(f"new{number}", f"The quokka{number} is head of the board.")])
                _timed("a search after another added one", lambda: page.search("quokka board"))
            writer.add([Document("new0", "It was replaced.")])
            _timed("a search after another replaced one", lambda: page.search("quokka board"))
            with page._place.reading() as rooms:
                _timed(
                    "the same if all records were compared",
                    lambda: agree(rooms.store, rooms.lexical),
                )
            page.close()
            writer.close()
            _sizes("server", folder / "server", passages)
        plain = Index.open(folder / "plain", embedder=embedder)
        plain.add(made)
        _sizes("folder", folder / "plain", passages)


def _timed(what: str, work: object) -> None:
    begin = time.perf_counter()
    work()  # type: ignore[operator]
    print(f"{what}: {1000 * (time.perf_counter() - begin):,.0f} ms", flush=True)


def _sizes(what: str, place: Path, passages: int) -> None:
    found: dict[str, int] = {}
    for path in place.rglob("*"):
        if path.is_file():
            name = path.relative_to(place).as_posix()
            kind = next(
                (k for k in ("lexical", "sentences", "chroma.sqlite3") if k in name), "vectors"
            )
            found[kind] = found.get(kind, 0) + path.stat().st_size
    each = ", ".join(f"{kind} {size / passages:,.0f}" for kind, size in sorted(found.items()))
    print(f"{what}: bytes a passage: {each}, in all {sum(found.values()) / passages:,.0f}")


def main() -> None:
    """Run one of them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True)
    for name, run in (("ray", throughput), ("killed", killed), ("pages", pages)):
        made = commands.add_parser(name)
        made.set_defaults(run=run)
        made.add_argument("--files", type=int, default=300)
        made.add_argument("--rounds", type=int, default=3)
        made.add_argument("--workers", type=int, nargs="+", default=[1, 2])
        made.add_argument("--passages", type=int, default=20_000)
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
