"""The long versions of what other tests show in short; run them with -m slow."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, needs_shared
from test_store import read_while_written

pytestmark = pytest.mark.slow


def run(script: str, *arguments: str) -> str:
    """What a script of tests/benchmarks printed; it must end well."""
    command = [sys.executable, str(ROOT / "tests" / "benchmarks" / script), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_fifty_killed_syncs_are_all_finished_by_the_next() -> None:
    assert "50 of 50 equal to a fresh index" in run("crash.py", "--runs", "50", "--files", "400")


def test_a_disk_that_fills_up_at_any_size_costs_nothing(tmp_path: Path) -> None:
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(tmp_path)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting a small disk is not allowed here")
    subprocess.run(["umount", str(tmp_path)], check=True)
    assert "no space is left" in run("disk_full.py")


def test_twenty_replacements_of_everything_take_no_more_space() -> None:
    # Latency is printed beside it and judged by a person: a busy machine would fail a test of it.
    last = run("cycles.py").splitlines()[-1]
    assert float(last.split(":")[1].split(",")[0].split()[-1]) <= 1.3


def test_a_reader_polling_during_twenty_syncs_never_sees_an_error(tmp_path: Path) -> None:
    read_while_written(tmp_path / "store", 20)


def test_ten_thousand_broken_files_of_each_kind_are_read_or_named() -> None:
    assert "'late'" not in run("fuzz.py", "--inputs", "10000")


@needs_shared
def test_every_public_pdf_is_read_with_pages_or_named_with_its_reason() -> None:
    assert "0 silent" in run("reading.py")


@needs_shared
def test_syncing_again_costs_under_a_twentieth_of_the_first_sync() -> None:
    for line in run("sync_cost.py").splitlines()[1:]:
        assert float(line.split("(")[1].split("%")[0]) < 5, line
