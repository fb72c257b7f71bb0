"""Kill a sync with SIGKILL at random moments; after the next sync the index must equal a fresh one.

    python tests/benchmarks/crash.py [--runs 50] [--files 400]

Adds, changes, moves and deletes are mixed. Prints a line a run and exits 1 at the first difference.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from conftest import BagOfWords
from crashes import assert_equal_to_fresh, change, killed, sync_seconds

from index import Index


def main() -> None:
    """Run the kills."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--files", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    amid = 0
    with tempfile.TemporaryDirectory() as scratch:
        base = Path(scratch)
        folder, store = base / "docs", base / "store"
        change(folder, rng, options.files)
        sync_seconds(store, folder)
        change(folder, rng, options.files)
        longest = sync_seconds(store, folder)
        for run in range(1, options.runs + 1):
            change(folder, rng, options.files)
            moment = rng.uniform(0, longest)
            cut = killed(store, folder, moment)
            amid += cut
            before = Index.open(store, embedder=BagOfWords())
            left = before.differences()
            before.sync(folder)
            before.close()
            assert_equal_to_fresh(store, folder, base / "fresh")
            print(f"run {run}: killed={cut} after {moment:.2f} s, left {left or 'nothing'}; equal")
    print(
        f"{options.runs} of {options.runs} equal to a fresh index; {amid} were killed amid a sync"
    )


if __name__ == "__main__":
    main()
