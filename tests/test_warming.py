"""A server becomes ready once it can answer, however often it could not before."""

from __future__ import annotations

import threading
from typing import Any

import httpx
import pytest
from serving import free_port, until

from assistant import Answer, Assistant
from assistant.server.options import ServerOptions
from assistant.server.warming import WAITS, Warming
from index import Document, Index
from index.errors import StoreUnreachable


class Reluctant(Assistant):
    """Answers once it has failed so many times."""

    def __init__(self, index: Index, *failures: Exception) -> None:
        super().__init__(index)
        self.failures = list(failures)
        self.tried = threading.Semaphore(0)

    def ask(self, *args: Any, **options: Any) -> Answer:  # noqa: ANN401
        self.tried.release()
        if self.failures:
            raise self.failures.pop(0)
        return Answer("Q", "Q", "A", (), True, 0.1, True, ())


@pytest.fixture
def index(index: Index) -> Index:
    index.add([Document("a", "Rain fell in Rome.")])
    return index


def test_a_failure_that_passes_only_delays_the_start(
    index: Index, caplog: pytest.LogCaptureFixture
) -> None:
    unreachable = StoreUnreachable("Chroma does not answer")
    warming = Warming(Reluctant(index, unreachable, KeyError("a fault")), waits=(0.01,))
    warming.begin()
    until(lambda: warming.ready)
    assert "Chroma does not answer" in caplog.text
    # What was not foreseen is told with where it happened.
    assert "Traceback" in caplog.text


def test_attempts_are_further_and_further_apart_and_end_with_the_server(index: Index) -> None:
    assert list(WAITS) == sorted(WAITS)
    assert (WAITS[0], WAITS[-1]) == (2, 30)
    assistant = Reluctant(index, *[StoreUnreachable("no")] * 9)
    warming = Warming(assistant, waits=(0.01, 60.0))
    warming.begin()
    assert assistant.tried.acquire(timeout=20) and assistant.tried.acquire(timeout=20)
    assert not assistant.tried.acquire(timeout=0.1)
    warming.end()
    until(lambda: not any(thread.name == "warming" for thread in threading.enumerate()))
    assert not warming.ready


def test_who_asks_whether_it_is_ready_is_not_told_what_only_the_log_should_tell(
    index: Index,
) -> None:
    from assistant.server.serving import running

    assistant = Reluctant(index, StoreUnreachable("Chroma at http://10.0.0.5 does not answer"))
    port = free_port()
    with running(assistant, ServerOptions(), port=port):
        assert assistant.tried.acquire(timeout=20)
        url = f"http://127.0.0.1:{port}/readyz"
        with httpx.Client(trust_env=False) as client:
            until(lambda: "tried again" in client.get(url).text)
            answer = client.get(url)
    assert answer.status_code == 503
    assert "10.0.0.5" not in answer.text
