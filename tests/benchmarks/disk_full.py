"""Sync onto disks that fill up at every size; the index before must serve, and the next sync mend.

    sudo python tests/benchmarks/disk_full.py

Mounts a small tmpfs for each size, so it needs the right to mount.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from conftest import BagOfWords
from crashes import assert_equal_to_fresh, change

from index import Index
from index.errors import StoreFull


@contextmanager
def small_disk(place: Path, kilobytes: int) -> Iterator[None]:
    """A tmpfs of a size at a place."""
    place.mkdir()
    size = f"size={kilobytes}k"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", place], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)
        place.rmdir()


def resize(place: Path, kilobytes: int) -> None:
    """Make the disk larger."""
    subprocess.run(["mount", "-o", f"remount,size={kilobytes}k", place], check=True)


def run(base: Path, spare: int, seed: int) -> str:
    """Fill a disk `spare` kilobytes after the first sync -> what the second said."""
    rng = random.Random(seed)
    disk, folder = base / "disk", base / f"docs-{spare}"
    change(folder, rng, 120)
    with small_disk(disk, 400_000):
        index = Index.open(disk / "store", embedder=BagOfWords())
        index.sync(folder)
        before = index.documents()
        index.close()
        used = sum(path.stat().st_size for path in disk.rglob("*") if path.is_file()) // 1000
        change(folder, rng, 160)
        resize(disk, used + 200 + spare)
        index = Index.open(disk / "store", embedder=BagOfWords())
        said = "done"
        try:
            index.sync(folder)
        except StoreFull as error:
            said = str(error)
            assert index.documents() == before
            assert index.search("river")
            assert [word for word in index.differences() if "cut off" not in word] == []
        index.close()
        resize(disk, 400_000)
        again = Index.open(disk / "store", embedder=BagOfWords())
        again.sync(folder)
        again.close()
        assert_equal_to_fresh(disk / "store", folder, base / "fresh")
    return said


def main() -> None:
    """Run every size."""
    with tempfile.TemporaryDirectory() as scratch:
        for seed, spare in enumerate([0, 100, 400, 800, 1500, 2500, 4000, 6000, 8000, 12000]):
            said = run(Path(scratch), spare, seed)
            print(f"{spare} kB to spare: {said.replace(scratch, '')}; then equal to a fresh index")


if __name__ == "__main__":
    main()
