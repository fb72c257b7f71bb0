"""Read every PDF of two public sets: pages, characters, seconds, peak memory, or a reason.

    python tests/benchmarks/reading.py

Needs ../shared/data. Each file is read by a child process of its own, so that its peak is its own.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from sets import DATA

from index.errors import UnreadableDocument
from index.reader import Reader


def peak_megabytes(reader: Reader) -> float:
    """The most memory the child process has held; from Linux's own books."""
    process = reader._process
    if process is None:
        return 0.0
    for line in Path(f"/proc/{process.pid}/status").read_text("utf-8").splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1000
    return 0.0


def main() -> None:
    """Print one line a file and the totals."""
    files = sorted((DATA / "pdf-samples").rglob("*.pdf"))
    files += sorted((DATA / "sec-10-q" / "docs").glob("*.pdf"))
    read, named, slowest, largest = 0, 0, 0.0, 0.0
    for path in files:
        with Reader() as reader:
            begin = time.perf_counter()
            try:
                (document,) = reader.read(path, path.name)
                said = f"{len(document.pages)} pages, {len(document.text):,} characters"
                assert document.pages
                read += 1
            except UnreadableDocument as error:
                said = str(error)
                assert said
                named += 1
            seconds = time.perf_counter() - begin
            peak = peak_megabytes(reader)
        slowest, largest = max(slowest, seconds), max(largest, peak)
        print(f"{path.name}: {said}; {seconds:.2f} s with the start, peak {peak:.0f} MB")
    print(
        f"{len(files)} files: {read} read with pages, {named} named with their reason, 0 silent; "
        f"slowest {slowest:.2f} s, largest peak {largest:.0f} MB"
    )


if __name__ == "__main__":
    main()
