"""How pytest-xdist's workers share the machine and the tests. Knows nothing of what is tested."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import LoadFileScheduling

TOGETHER = {
    "the page": (
        *("test_page_abuse.py", "test_server_abuse.py", "test_server_programs.py"),
        *("test_server_network.py", "test_server_options.py", "test_page_html.py"),
        *("test_server_mistakes.py", "test_page_talk.py", "test_warming.py"),
    ),
    "the sample": (
        *("test_prose.py", "test_models.py", "test_injection.py", "test_assistant.py"),
        *("test_cli.py", "test_timing.py", "test_suggesting.py", "test_readme.py"),
        *("test_disagreement.py", "test_asked_about.py", "test_asked_time.py", "test_bounds.py"),
        *("test_identity.py", "test_small_talk.py"),
    ),
    "scikit-learn": (
        *("test_embedding.py", "test_evaluation_metrics.py", "test_evaluation_command.py"),
        *("test_evaluation_comparing.py", "test_evaluation_runs.py", "test_evaluation_report.py"),
        "test_interaction.py",
    ),
    "a store": ("test_store.py",),
    "a Chroma server": ("test_server.py", "test_server_place.py", "test_index.py"),
}
"""Files that one worker runs after another, for what it loads or builds for the first, for all.

The longest first: what is left for the end should be short.
"""
_GROUP = {file: group for group, files in TOGETHER.items() for file in files}
_ORDER = {file: place for place, file in enumerate(_GROUP)}
_MEMORY = Path("/dev/shm")
_ROOM = 2_000_000_000
_CORES = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()


def pytest_configure(config: pytest.Config) -> None:
    # What is imported for tests is not garbage: looking it through every 700 objects, as Python
    # does, took a tenth of the time.
    gc.set_threshold(50_000)
    # Before there are workers, which inherit it.
    if hasattr(config, "workerinput"):
        _keep_to_one_core(config.workerinput["workerid"])
        return
    # There are as many workers as cores. Threads of one that wait for their part of a small
    # product, or spin until there is more, take the time from the others.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    # Nothing here is held against the world's authorities, and each client read them anew.
    os.environ.pop("SSL_CERT_FILE", None)
    os.environ["SSL_CERT_DIR"] = os.devnull
    # Forty processes are started, and where Python was told to keep no bytecode each of them
    # compiled the same modules.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # A store asks the disk to have written whatever it wrote. No test pulls the plug, and on a
    # slow disk they would wait longer for that than for all else.
    if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class ByGroup(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return _GROUP.get(Path(file).name, file)

    # In the order above, and not those with the most tests first.
    config.option.loadscopereorder = False
    return ByGroup(config, log)


def _keep_to_one_core(worker: str) -> None:
    """Let a worker, and what it starts, use one core.

    There are as many workers as cores, and whatever runs a thread a core, as ONNX Runtime does,
    would have them wait for each other: that took a tenth of the time.
    """
    if _CORES:
        os.sched_setaffinity(0, {sorted(_CORES)[int(worker.removeprefix("gw")) % len(_CORES)]})


@pytest.fixture
def all_cores() -> Iterator[None]:
    """For what is about two that run at the same time: the thread, and what it starts, use all."""
    if not _CORES:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, _CORES)
    yield
    os.sched_setaffinity(0, before)


def pytest_collection_finish() -> None:
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    # After the last fixtures are gone: pytest looks for what nobody wanted ten times over.
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _ORDER.get(item.path.name, len(_ORDER)))
