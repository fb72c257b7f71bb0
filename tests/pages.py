"""The chat page served on this machine, and a real Chromium before it, for all of tests/browser."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import CORPUS, BagOfWords

from assistant import Answer, Assistant
from assistant.chain import Reading
from assistant.citing import Quote
from index import Document, Index
from index.documents import Hit
from index.errors import StoreUnreachable
from index.words import content_words

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

LOCAL = ("http://127.0.0.1:", "http://localhost:", "data:", "blob:http://127.0.0.1:", "file:///")
CHROMIUM = Path("/usr/bin/chromium")
PARDON = "Did CZ ask for a pardon?"
UNKNOWN = "Which university educated Satya Nadella?"
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")
HOSTILE = Document(
    id='<img src=x onerror="window.__pwned=1">.md',
    text=(
        "Zebra reserves cost $4.3 billion and $50 million. "
        '<script>window.__pwned=2</script> zebra reserves <img src=x onerror="window.__pwned=3">'
        " **bold** $x$ [a](javascript:window.__pwned=4) ![x](http://example.com/x.png)"
        " {{value}} ${window.__pwned=5} @children <mark>not cited</mark> zebra reserves."
    ),
    title="<script>window.__pwned=6</script>",
    source='"><svg onload="window.__pwned=7">',
    published=date(2025, 1, 1),
    url="javascript:window.__pwned=8",
)
BOOK_PAGES = tuple(
    f"Page {n} of the yearly report. " + "The weather was mild and nothing happened. " * 60
    for n in range(1, 30)
)
BOOK = Document(
    id="yearly-report.pdf",
    text="\n".join(BOOK_PAGES)
    + "\nThe walrus colony numbers nine hundred animals.\n"
    + "End. " * 9,
    title="Yearly report",
    source="The Zoo",
    published=date(2024, 6, 1),
    media_type="application/pdf",
    pages=tuple(sum(len(page) + 1 for page in BOOK_PAGES[:n]) for n in range(30)),
)


class WordReader:
    """Quotes up to three sentences that share two words with the question.

    Waits at its gate, and fails when it is asked to.
    """

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()

    def read(self, question: str, hits: Sequence[Hit]) -> Reading:
        self.gate.wait(20)
        if "fail" in question:
            raise StoreUnreachable("Chroma at <b>nowhere</b> does not answer")
        asked = {word.casefold() for word in content_words(question)}
        quotes = []
        for passage in (hit.passage for hit in hits):
            for first, last in passage.sentences:
                text = passage.text[first:last]
                if len(asked & {word.casefold() for word in content_words(text)}) >= 2:
                    start = passage.start
                    quotes.append(Quote(passage.document_id, start + first, start + last, text))
        return Reading(tuple(quotes[:3]), 0.9 if quotes else 0.1, bool(quotes))


class Prompted(Assistant):
    """An assistant whose next answers can be put into its mouth, as a bad model would.

    Once its answer is given it lingers for some seconds, as on a busy machine.
    """

    says: Callable[[str], Answer] | None = None
    lingers = 0.0

    def stream(self, question: str, *args: Any, **options: Any) -> Iterator[Answer]:  # noqa: ANN401
        if self.says is not None:
            return iter([self.says(question)])
        return self._lingering(super().stream(question, *args, **options))

    def _lingering(self, answers: Iterator[Answer]) -> Iterator[Answer]:
        yield from answers
        time.sleep(self.lingers)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def served(assistant: Assistant, **options: Any) -> Iterator[int]:  # noqa: ANN401
    from assistant.server.options import ServerOptions
    from assistant.server.serving import running

    port = free_port()
    limits = ServerOptions(per_minute=1_000, question_length=5_000)
    with running(assistant, limits, port=port, **options):
        yield port


@pytest.fixture(scope="session")
def reader() -> WordReader:
    return WordReader()


@pytest.fixture(scope="session")
def assistant(tmp_path_factory: pytest.TempPathFactory, reader: WordReader) -> Prompted:
    """What the shared server answers from; who adds documents to it removes them."""
    index = Index.open(tmp_path_factory.mktemp("page") / "store", embedder=BagOfWords())
    index.sync(CORPUS)
    index.add([HOSTILE, BOOK])
    return Prompted(index, reader)


@pytest.fixture(scope="session")
def port(assistant: Prompted) -> Iterator[int]:
    strangers: list[object] = []
    real = socket.socket.connect

    def connect(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            strangers.append(address)
            raise OSError("the test machine has no network")
        real(self, address)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        # Noted rather than only refused: a thread of the server may swallow what is raised.
        patch.setattr(socket.socket, "connect", connect)
        with served(assistant) as number:
            yield number
    assert strangers == []


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One Chromium for all; its own network log must name no machine but this one."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    log = tmp_path_factory.mktemp("netlog") / "log.json"
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*QUIET, f"--log-net-log={log}"]
        )
        yield running
        running.close()
    asked = asked_by_pages(log)
    assert asked
    assert [url for url in asked if not url.startswith(LOCAL)] == []


def asked_by_pages(log: Path) -> list[str]:
    """The addresses that pages, not Chromium for itself, asked for, by its network log."""
    held = json.loads(log.read_text("utf-8"))
    types = held["constants"]["logEventTypes"]
    begun = types["URL_REQUEST_START_JOB"]
    return [
        event["params"]["url"]
        for event in held["events"]
        if event["type"] == begun
        and event.get("params", {}).get("initiator", "").startswith(("http", "file"))
    ]


@pytest.fixture(scope="session")
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """One person's browser: what it loaded once it need not load for the next test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(20_000)
    yield context
    context.close()


@pytest.fixture
def page(visitor: BrowserContext, port: int) -> Iterator[Page]:
    """The page with nothing remembered; whatever it asks of another host fails the test."""
    requests: list[str] = []
    opened = visitor.new_page()
    opened.set_viewport_size({"width": 1280, "height": 800})
    opened.on("request", lambda request: requests.append(request.url))
    # Before the page runs, not after a test: an answer that comes late is remembered once more
    # when all was forgotten, and the next test would find it.
    opened.goto(f"http://127.0.0.1:{port}/healthz")
    opened.evaluate("localStorage.clear()")
    opened.goto(f"http://127.0.0.1:{port}")
    try:
        opened.get_by_text("Ask about").wait_for()
        yield opened
    finally:
        opened.close()
    assert [url for url in requests if not url.startswith(LOCAL)] == []


def ask(page: Page, question: str, day: str = "") -> None:
    page.get_by_label("As of").fill(day)
    page.get_by_label("Your question").fill(question)
    page.get_by_role("button", name="Send", exact=True).click()


def answered(page: Page, question: str) -> None:
    page.locator("#panel").get_by_text(f"For: {question}").wait_for()
    page.locator("#send:enabled").wait_for()
