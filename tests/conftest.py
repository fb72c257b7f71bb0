"""Fixtures: a bag-of-words embedder, a loopback-only network, and an index of the sample corpus."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from bag import BagOfWords as BagOfWords
from hypothesis import settings

from assistant import Assistant
from index import Index

if TYPE_CHECKING:
    from serving import Served

pytest_plugins = ["pages", "workers"]

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT / "corpus" / "documents"
SHARED = ROOT.parent / "shared" / "data"

# A machine that does other work besides is slow now and then; that is no failure.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the development data set beside the project is not here"
)


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that leaves this machine, in every test."""
    real = socket.socket.connect

    def connect(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else "unix"
        if host not in ("127.0.0.1", "::1", "localhost", "unix"):
            raise AssertionError(f"a connection to {host} was tried")
        real(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Passwords are made to cost next to nothing; the test of what they do cost undoes it."""
    with pytest.MonkeyPatch.context() as patch:
        cheap = partial(PasswordHasher.from_parameters, CHEAPEST)
        patch.setattr("assistant.server.accounts.PasswordHasher", cheap)
        yield


@pytest.fixture
def bag() -> BagOfWords:
    return BagOfWords()


@pytest.fixture
def index(tmp_path: Path, bag: BagOfWords) -> Index:
    return Index.open(tmp_path / "store", embedder=bag)


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """The shipped corpus behind the real embedding model; tests must not change it."""
    assistant = Assistant.open(tmp_path_factory.mktemp("sample") / "store")
    assistant.index.sync(CORPUS)
    yield assistant


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Our own server with three users; tests leave it as they found it."""
    from serving import serving, watch_the_network

    watch_the_network()
    with serving(tmp_path_factory.mktemp("served")) as running:
        yield running


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real Chroma server on this machine; tests share what it holds.

    They write by turns, so that no claim to write has to wait for another made just then.
    """
    with (
        pytest.MonkeyPatch.context() as patch,
        chroma_running(tmp_path_factory.mktemp("server")) as address,
    ):
        patch.setattr("index.leasing._SETTLE", 0.0)
        yield address


@contextmanager
def chroma_running(folder: Path) -> Iterator[str]:
    """The address of a Chroma server over a folder."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = Path(sys.executable).with_name("chroma")
    process = subprocess.Popen(
        [command, "run", "--path", folder, "--host", "127.0.0.1", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "ANONYMIZED_TELEMETRY": "False"},
    )
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)
