"""Give each reader thousands of broken files: no crash, hang, or failure without a reason.

    python tests/benchmarks/fuzz.py [--inputs 10000] [--only .pdf]

Inputs are sound files with bytes changed, cut, doubled or spliced, and plain noise. Exits 1 when a
child process had to be killed for time, and prints how often one crashed or ran out of memory.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from broken import SEEDS, fuzz


def main() -> None:
    """Fuzz every reader."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--only", choices=sorted(SEEDS))
    options = parser.parse_args()
    late = 0
    for suffix in [options.only] if options.only else SEEDS:
        begin = time.perf_counter()
        ends = fuzz(suffix, options.inputs)
        late += ends["late"]
        seconds = time.perf_counter() - begin
        print(f"{suffix}: {options.inputs} inputs in {seconds:.0f} s: {dict(ends)}", flush=True)
    sys.exit(1 if late else 0)


if __name__ == "__main__":
    main()
