"""Replace every document 20 times: how large the store is, and how fast it answers.

python tests/benchmarks/cycles.py [--cycles 20] [--documents 500]
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from conftest import BagOfWords
from crashes import QUERIES, text

from index import Document, Index


def latency(index: Index) -> float:
    """Median milliseconds of processor time of a search, which a busy machine does not blur."""
    times = []
    for query in QUERIES * 15:
        begin = time.process_time()
        index.search(query)
        times.append(1000 * (time.process_time() - begin))
    return statistics.median(times)


def main() -> None:
    """Print size and latency after each cycle."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cycles", type=int, default=20)
    parser.add_argument("--documents", type=int, default=500)
    options = parser.parse_args()
    rng = random.Random(3)
    sizes, times = [], []
    with tempfile.TemporaryDirectory() as scratch:
        index = Index.open(scratch, embedder=BagOfWords())
        for cycle in range(1, options.cycles + 1):
            index.add([Document(str(n), text(rng)) for n in range(options.documents)])
            files = [path for path in Path(scratch).rglob("*") if path.is_file()]
            sizes.append(sum(path.stat().st_size for path in files) / 1e6)
            times.append(latency(index))
            print(f"cycle {cycle}: {sizes[-1]:.1f} MB, {times[-1]:.1f} ms", flush=True)
    print(f"last over first: size {sizes[-1] / sizes[0]:.2f}, latency {times[-1] / times[0]:.2f}")


if __name__ == "__main__":
    main()
