"""A file that crashes, hangs or swells its reader costs only itself."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

import made
import pytest
from broken import SEEDS, fuzz

from index import Index
from index.errors import UnreadableDocument
from index.reader import Limits, Reader

SMALL = Limits(seconds=2.0, memory=400_000_000)


def test_what_is_read_in_the_child_is_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "ünï\ncode.md"
    path.write_text("---\npublished: 2025-03\n---\nNaïve “words” 🙂.")
    with Reader() as reader:
        (document,) = reader.read(path, "a/ü.md")
    assert (document.id, document.text) == ("a/ü.md", "Naïve “words” 🙂.")
    assert str(document.published) == "2025-03-31"
    assert document.published_precision == "month"


def test_the_reader_outlives_a_child_that_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Words.")
    with Reader() as reader:
        reader.read(path, "a.txt")
        assert reader._process is not None
        reader._process.kill()
        reader._process.wait()
        assert reader.read(path, "a.txt")[0].text == "Words."


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C interrupts, in the processes of pytest-xdist too, which do not heed it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_the_reply_to_an_interrupted_reading_is_not_taken_for_the_next_file(tmp_path: Path) -> None:
    pipe = tmp_path / "a.txt"
    os.mkfifo(pipe)
    (tmp_path / "b.txt").write_text("Words of b.")
    interrupted = Event()

    def interrupt() -> None:
        # Opens once the child reads, which then waits for words.
        with suppress(BrokenPipeError), pipe.open("wb") as file:
            os.kill(os.getpid(), signal.SIGINT)
            interrupted.wait()
            file.write(b"Words of a.")

    thread = Thread(target=interrupt)
    thread.start()
    with Reader(Limits(seconds=20)) as reader:
        with pytest.raises(KeyboardInterrupt):
            reader.read(pipe, "a.txt")
        interrupted.set()
        (document,) = reader.read(tmp_path / "b.txt", "b.txt")
        thread.join()
    assert (document.id, document.text) == ("b.txt", "Words of b.")


def test_a_file_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    pipe = tmp_path / "endless.txt"
    os.mkfifo(pipe)
    (tmp_path / "a.txt").write_text("Words.")
    with Reader(SMALL) as reader:
        begin = time.monotonic()
        with pytest.raises(UnreadableDocument, match="longer than 2 seconds"):
            reader.read(pipe, "endless.txt")
        assert time.monotonic() - begin < 10
        assert reader.read(tmp_path / "a.txt", "a.txt")[0].text == "Words."


def test_a_file_that_swells_is_given_up(tmp_path: Path) -> None:
    (tmp_path / "deep.json").write_text("[" * 4_000_000)
    (tmp_path / "wide.json").write_text("[" + "[]," * 15_000_000 + "0]")
    (tmp_path / "a.txt").write_text("Words.")
    with Reader(Limits(seconds=30, memory=400_000_000)) as reader:
        with pytest.raises(UnreadableDocument, match="memory|crashed"):
            reader.read(tmp_path / "wide.json", "wide.json")
        with pytest.raises(UnreadableDocument, match="nested too deeply|memory|crashed"):
            reader.read(tmp_path / "deep.json", "deep.json")
        assert reader.read(tmp_path / "a.txt", "a.txt")[0].text == "Words."


def test_bad_files_cost_a_folder_nothing_but_themselves(index: Index, tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    (folder / "sub").mkdir(parents=True)
    (folder / "good.txt").write_text("Good words.")
    (folder / "empty.txt").write_bytes(b"")
    (folder / "cut.pdf").write_bytes(made.pdf([["Text."]])[:120])
    (folder / "cut.docx").write_bytes(made.docx()[:700])
    (folder / "bomb.docx").write_bytes(made.bomb(600))
    (folder / "deep.json").write_text("[" * 100_000 + "]" * 100_000)
    (folder / "loop.txt").symlink_to("loop.txt")
    (folder / "circle").symlink_to(folder, target_is_directory=True)
    os.mkfifo(folder / "pipe.txt")
    (folder / "sub" / "line\nbreak.txt").write_text("Odd name.")
    Path(os.fsdecode(os.fsencode(folder) + b"/bad\xff.txt")).write_text("Bytes.")
    report = index.sync(folder)
    assert set(report.added) == {"good.txt", "sub/line\nbreak.txt"}
    assert {name: reason for name, reason in report.failed.items() if not reason} == {}
    assert set(report.failed) == {
        "empty.txt",
        "cut.pdf",
        "cut.docx",
        "bomb.docx",
        "deep.json",
        "loop.txt",
        "circle",
        "pipe.txt",
        "bad\\udcff.txt",
    }
    assert index.failures() == dict(report.failed)
    assert index.differences() == []


def test_limits_are_checked() -> None:
    with pytest.raises(ValueError, match="0 s"):
        Limits(seconds=0)


@pytest.mark.parametrize("suffix", sorted(SEEDS))
def test_broken_files_are_read_or_named_and_never_crash_or_hang(suffix: str) -> None:
    ends = fuzz(suffix, 30, seed=1)
    assert set(ends) <= {"read", "named"}
    assert sum(ends.values()) == 30
