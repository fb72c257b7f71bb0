"""What an index costs at 10 thousand, 100 thousand and a million passages.

    python tests/benchmarks/growth.py [--folder .benchmarks/growth] [--sizes 10000 100000 1000000]

Needs ../shared/data, and for a million 20 GB of disk, 12 GB of memory and an hour. The store of
each size is a copy of the one before, to which Index.add adds the rest; each is measured in a
process of its own once all are built, and then searched by turns with the others, since a machine
has quick minutes and slow ones. What is done is kept in the folder, so that a run that was
cut off goes on. Writes growth.md and growth.svg beside this file.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
from grown import Grown, base, faithfulness, origin
from growth_report import table, write_plot
from sets import scifact, squad

from assistant import Assistant
from index import Index
from index.documents import Filter
from index.filtered import nearest
from index.records import Stored

HERE = Path(__file__).resolve().parent
FILTERS = {
    "as_of, half": (date(2015, 1, 1), None),
    "as_of, 1 in 40": (date(2005, 7, 1), None),
    "a publisher, 1 in 5": (None, ["Publisher 1"]),
    "a publisher, 1 in 150": (None, ["Publisher 39"]),
}


def questions(each: int = 60) -> list[str]:
    """So many claims of SciFact and as many questions of SQuAD."""
    claims = list(scifact()[1].values())
    asked = [question.text for question in squad().questions]
    return claims[:: len(claims) // each][:each] + asked[:: len(asked) // each][:each]


def build(folder: Path, first: int, last: int) -> dict[str, float]:
    """Add the passages from number `first` to `last` -> what it cost, without the embedding."""
    vectors = folder / f"vectors-{last}.f32"
    for file in (vectors, vectors.with_suffix(".owners")):
        file.unlink(missing_ok=True)
    grown = Grown(base(folder), vectors)
    documents = list(grown.documents(first, last))
    store = folder / f"store-{last}"
    shutil.rmtree(store, ignore_errors=True)
    if first:
        shutil.copytree(folder / f"store-{first}", store)
    index = Index.open(store, embedder=grown)
    before = _resident()
    began, processor = time.perf_counter(), time.process_time()
    index.add(documents)
    wall = time.perf_counter() - began
    return {
        "documents": len(documents),
        "passages": grown.embedded,
        "seconds": wall - grown.seconds,
        "processor": time.process_time() - processor - grown.seconds,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000 - before,
    }


def measure(folder: Path, size: int) -> dict[str, object]:
    """What the store costs now: latency, recall, memory, disk."""
    grown = Grown(base(folder))
    queries = questions()
    vectors = np.stack([grown.embed_query(query) for query in queries])
    grown.embed_query = dict(zip(queries, vectors, strict=True)).__getitem__
    before = _resident()
    began = time.perf_counter()
    index = Index.open(folder / f"store-{size}", embedder=grown)
    index.search(queries[0])
    opened = time.perf_counter() - began
    found: dict[str, object] = {"load": os.getloadavg()[0], "open_s": opened}
    for _ in range(2):
        # The second round, as a server that has run a while answers.
        found["search_ms"] = _times(queries, index.search)
    found["filtered_ms"] = {
        name: _times(queries[::4], lambda q: index.search(q, as_of=day, sources=names))  # noqa: B023
        for name, (day, names) in FILTERS.items()
    }
    with index._place.reading() as rooms:
        everything = Filter()
        near = partial(nearest, rooms.store, rooms.lexical)

        def unfiltered(vector: np.ndarray) -> list[Stored]:
            return near(vector, 10, everything)[0]

        found["parts_ms"] = {
            "vectors": _times(vectors, lambda v: near(v, 100, everything)),
            "words": _times(queries, lambda q: rooms.lexical.search(q, 100, everything)),
        }
        found["passages"] = rooms.store.count()
        found["resident_mb"] = _resident() - before
        exact = Exact(folder, size)
        # Of more questions: few miss any, and one that loses its way misses most of its ten.
        many = [grown._model.embed_query(query) for query in questions(each=240)]
        found["recall"] = statistics.mean(
            exact.recall(np.stack(many[start :: len(many) // 60]), unfiltered)
            for start in range(len(many) // 60)
        )
        found["filtered_recall"] = {
            name: exact.recall(
                vectors[::4],
                lambda v: near(v, 10, Filter.of(day, names))[0],  # noqa: B023
                exact.chosen(day, names),
            )
            for name, (day, names) in FILTERS.items()
        }
    grown.embed_query = grown._model.embed_query
    assistant = Assistant(index)
    assistant.ask(queries[0])
    found["ask_ms"] = _times(queries[1::3], assistant.ask)
    found["disk_mb"] = disk(folder / f"store-{size}")
    again = next(iter(grown.documents(0, 1)))
    began = time.perf_counter()
    index.add([again])
    found["add_one_s"] = time.perf_counter() - began
    return found


def by_turns(folder: Path, sizes: list[int]) -> dict[int, dict[str, float]]:
    """Search times of all sizes, each question put to one after the other; the first of four rounds
    is not counted."""
    grown = Grown(base(folder))
    queries = questions()
    vectors = [grown.embed_query(query) for query in queries]
    grown.embed_query = dict(zip(queries, vectors, strict=True)).__getitem__
    indexes = {size: Index.open(folder / f"store-{size}", embedder=grown) for size in sizes}
    asked = [(size, query) for query in queries for size in sizes]
    times: dict[int, list[tuple[float, float]]] = {size: [] for size in sizes}
    for turn in range(4):
        for size, query in asked:
            spent = _spent(query, indexes[size].search)
            if turn:
                times[size].append(spent)
    return {size: _percentiles(spent) for size, spent in times.items()}


class Exact:
    """Every vector of the store, searched one by one."""

    def __init__(self, folder: Path, size: int) -> None:
        named = {int(file.stem.split("-")[1]): file for file in folder.glob("vectors-*.f32")}
        files = [named[last] for last in sorted(named) if last <= size]
        self._parts = [np.memmap(file, np.float32, "r").reshape(-1, 384) for file in files]
        owners = [np.fromfile(file.with_suffix(".owners"), np.int64) for file in files]
        self._owners = np.concatenate(owners)

    def chosen(self, day: date | None, names: list[str] | None) -> np.ndarray:
        """Which passages a filter keeps, (n,) of bool."""
        kept = {
            owner: (day is None or origin(owner)[1] <= day)
            and (names is None or origin(owner)[0] in names)
            for owner in np.unique(self._owners).tolist()
        }
        return np.array([kept[owner] for owner in self._owners.tolist()])

    def recall(
        self,
        vectors: np.ndarray,
        nearest: Callable[[np.ndarray], Iterable],
        chosen: np.ndarray | None = None,
    ) -> float:
        """Share of the ten nearest that `nearest` finds; equally near ones count as found."""
        scores = np.concatenate([part @ vectors.T for part in self._parts])
        if chosen is not None:
            scores = scores[chosen]
        tenth = -np.sort(np.partition(-scores, 9, axis=0)[:10], axis=0)[9]
        shares = []
        for vector, least in zip(vectors, tenth, strict=True):
            cosines = [float(item.vector @ vector) for item in nearest(vector)]
            shares.append(sum(cosine >= least - 1e-5 for cosine in cosines) / 10)
        return float(np.mean(shares))


def disk(store: Path) -> dict[str, float]:
    """Megabytes of the store, by part."""
    sizes: dict[str, float] = {}
    for file in store.rglob("*"):
        if not file.is_file():
            continue
        path = file.relative_to(store).as_posix()
        part = (
            "sentence vectors"
            if path.startswith("sentences")
            else "tantivy"
            if "/lexical/" in path
            else "Chroma sqlite"
            if "chroma.sqlite3" in path
            else "HNSW"
            if "/chroma/" in path
            else "other"
        )
        sizes[part] = sizes.get(part, 0) + file.stat().st_size / 1e6
    return sizes


def _times(items: Iterable, work: Callable) -> dict[str, float]:
    """Milliseconds by the clock, and of processor time, which others on the machine leave alone."""
    return _percentiles([_spent(item, work) for item in items])


def _spent(item: object, work: Callable) -> tuple[float, float]:
    began, used = time.perf_counter(), time.process_time()
    work(item)
    return (time.perf_counter() - began) * 1000, (time.process_time() - used) * 1000


def _percentiles(spent: list[tuple[float, float]]) -> dict[str, float]:
    walls, processors = zip(*spent, strict=True)
    return {
        "p50": float(np.percentile(walls, 50)),
        "p95": float(np.percentile(walls, 95)),
        "processor": float(np.percentile(processors, 50)),
    }


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _kept(file: Path, arguments: list[str]) -> dict:
    """What a process of its own found, or found before."""
    if not file.exists():
        command = [sys.executable, __file__, *arguments]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        file.write_text(done.stdout.splitlines()[-1])
    return json.loads(file.read_text())


def main() -> None:
    """Build and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(".benchmarks/growth"))
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--step", choices=["build", "measure", "turns", "faithful"])
    options = parser.parse_args()
    folder, sizes = options.folder, options.sizes
    if options.step == "build":
        print(json.dumps(build(folder, *sizes)))
    elif options.step == "measure":
        print(json.dumps(measure(folder, *sizes)))
    elif options.step == "turns":
        print(json.dumps(by_turns(folder, sizes)))
    elif options.step == "faithful":
        print(json.dumps(faithfulness(Grown(base(folder)))))
    else:
        folder.mkdir(parents=True, exist_ok=True)
        place = ["--folder", str(folder)]
        faithful = _kept(folder / "faithful.json", [*place, "--step", "faithful"])
        built = {}
        for first, last in zip([0, *sizes], sizes, strict=False):
            span = ["--sizes", str(first), str(last)]
            built[last] = _kept(folder / f"build-{last}.json", [*place, *span, "--step", "build"])
        rows = []
        for size in sizes:
            step = [*place, "--sizes", str(size), "--step", "measure"]
            rows.append({"build": built[size], **_kept(folder / f"measure-{size}.json", step)})
            print(json.dumps(rows[-1], indent=1), flush=True)
        step = [*place, "--sizes", *map(str, sizes), "--step", "turns"]
        for size, times in _kept(folder / "turns.json", step).items():
            rows[sizes.index(int(size))]["turns_ms"] = times
        (HERE / "growth.md").write_text(table(rows, faithful), "utf-8")
        write_plot(HERE / "growth.svg", rows)


if __name__ == "__main__":
    main()
