"""The chat page as a person meets it: a real Chromium before the page served on this machine."""

from __future__ import annotations

import http.client
import re
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import CORPUS, BagOfWords

from assistant import Assistant
from assistant.chain import Reading
from assistant.citing import Quote
from index import Document, Index
from index.documents import Hit
from index.errors import PortTaken, StoreUnreachable
from index.words import content_words

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = Path("/usr/bin/chromium")
sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect
expect.set_options(timeout=20_000)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}"),
]

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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def served(assistant: Assistant) -> Iterator[int]:
    from assistant.chat import launch

    port = free_port()
    blocks = launch(assistant, port=port)
    yield port
    blocks.close(verbose=False)


@pytest.fixture(scope="module")
def reader() -> WordReader:
    return WordReader()


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory, reader: WordReader) -> Iterator[int]:
    index = Index.open(tmp_path_factory.mktemp("page") / "store", embedder=BagOfWords())
    index.sync(CORPUS)
    index.add([HOSTILE])
    with served(Assistant(index, reader)) as number:
        yield number


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser, port: int) -> Iterator[Page]:
    """The page in a browser session of its own; whatever it asks of another host fails the test."""
    requests: list[str] = []
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    opened = context.new_page()
    opened.set_default_timeout(20_000)
    opened.on("request", lambda request: requests.append(request.url))
    opened.goto(f"http://127.0.0.1:{port}")
    opened.get_by_text("Ask about").wait_for()
    yield opened
    context.close()
    local = (f"http://127.0.0.1:{port}/", "data:", f"blob:http://127.0.0.1:{port}/")
    assert [url for url in requests if not url.startswith(local)] == []


def ask(page: Page, question: str, day: str = "") -> None:
    page.get_by_label("As of").fill(day)
    page.get_by_label("Your question").fill(question)
    page.get_by_role("button", name="Send").click()


def answered(page: Page, question: str) -> None:
    page.locator("#sources").get_by_text(f"For: {question}").wait_for()
    page.locator("#send:enabled").wait_for()


def test_an_answer_shows_each_quote_highlighted_in_its_document(page: Page) -> None:
    ask(page, PARDON)
    answered(page, PARDON)
    chat = page.locator("#chat").inner_text()
    cards = page.locator(".source").all()
    assert cards
    for number, card in enumerate(cards, start=1):
        marked = card.locator("mark").text_content()
        name = card.locator(".where code").text_content()
        assert marked is not None and name is not None
        assert marked in (CORPUS / name).read_text("utf-8")
        assert f"“{marked}” [{number}]" in chat
        assert card.locator(".origin").inner_text()
        assert len(card.locator("blockquote").inner_text()) > len(marked)
    assert "Confidence: high (90%)" in chat


def test_the_box_is_empty_again_after_a_question_is_sent(page: Page) -> None:
    ask(page, PARDON)
    answered(page, PARDON)
    expect(page.get_by_label("Your question")).to_have_value("")


def test_an_as_of_date_leaves_out_what_was_published_later(page: Page) -> None:
    ask(page, PARDON, "2025-04-01")
    answered(page, PARDON)
    assert "(as of 1 April 2025)" in page.locator("#sources").inner_text()
    names = page.locator(".source .where code").all_inner_texts()
    assert names
    assert all(name < "2025-04-01" for name in names)


def test_an_unanswerable_question_gets_an_abstention_and_what_came_closest(page: Page) -> None:
    ask(page, UNKNOWN)
    answered(page, UNKNOWN)
    assert "The documents do not say." in page.locator("#chat").inner_text()
    assert page.get_by_role("heading", name="Closest, not an answer").is_visible()
    expect(page.locator(".source")).to_have_count(3)
    expect(page.locator("#sources mark")).to_have_count(0)


def test_markup_in_a_document_is_shown_as_text_and_never_runs(page: Page) -> None:
    question = "zebra reserves"
    ask(page, question)
    answered(page, question)
    page.wait_for_timeout(500)
    assert page.evaluate("window.__pwned") is None
    panel, chat = page.locator("#sources"), page.locator("#chat")
    marked = " ".join(panel.locator("mark").all_text_contents())
    for shown in (marked, chat.inner_text()):
        assert "$4.3 billion and $50 million" in shown
        assert "<script>window.__pwned=2</script>" in shown
        assert "**bold** $x$ [a](javascript:window.__pwned=4)" in shown
        assert "{{value}} ${window.__pwned=5} @children <mark>not cited</mark>" in shown
    assert panel.get_by_text(HOSTILE.title).count() >= 1
    assert panel.get_by_text(HOSTILE.id).count() >= 1
    assert panel.locator("a, img, svg, script").count() == 0
    assert chat.locator("a, img, script, .katex").count() == 0


def test_markup_in_a_question_is_shown_as_text_and_never_runs(page: Page) -> None:
    question = '<img src=x onerror="window.__pwned=9"> **pardon** $x$ [a](javascript:alert(1))'
    ask(page, question)
    page.locator("#chat .user.message").get_by_text(question).wait_for()
    page.locator("#send:enabled").wait_for()
    page.wait_for_timeout(300)
    assert page.evaluate("window.__pwned") is None
    expect(page.locator("#chat img, #sources img")).to_have_count(0)


def test_a_bad_date_gives_one_line_and_keeps_the_question(page: Page) -> None:
    ask(page, PARDON, "<b>soon</b>")
    page.get_by_role("alert").get_by_text("'<b>soon</b>' is not a date").wait_for()
    expect(page.get_by_label("Your question")).to_have_value(PARDON)
    expect(page.locator("#chat .message")).to_have_count(0)


def test_a_failure_gives_one_line_and_puts_the_question_back(page: Page) -> None:
    ask(page, "Does this fail?")
    page.get_by_role("alert").get_by_text("Chroma at <b>nowhere</b> does not answer").wait_for()
    page.wait_for_function("document.querySelector('#question textarea').value !== ''")
    expect(page.get_by_label("Your question")).to_have_value("Does this fail?")
    expect(page.locator("#chat .message")).to_have_count(0)
    expect(page.locator("#send")).to_be_enabled()
    ask(page, PARDON)
    answered(page, PARDON)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_an_empty_question_gives_one_line(page: Page) -> None:
    ask(page, "  ")
    page.get_by_role("alert").get_by_text("the question is empty").wait_for()


def test_a_click_on_an_example_asks_it_and_keeps_what_was_typed(page: Page) -> None:
    page.get_by_label("Your question").fill("half a thought")
    page.get_by_role("button", name=PARDON).click()
    answered(page, PARDON)
    assert page.locator(".source mark").count() >= 1
    expect(page.get_by_label("Your question")).to_have_value("half a thought")


def test_a_follow_up_says_what_was_searched_for(page: Page) -> None:
    ask(page, PARDON)
    answered(page, PARDON)
    ask(page, "Did he apply for it?")
    answered(page, "Did he apply for it?")
    said = page.locator("#chat").inner_text()
    assert re.search("Searched for: “Did (CZ|Changpeng Zhao) apply for", said), said[-400:]


def test_stop_gives_the_question_back_and_the_next_one_is_answered(
    page: Page, reader: WordReader
) -> None:
    reader.gate.clear()
    try:
        ask(page, PARDON)
        page.locator("#chat").get_by_text("Reading 12 passages").wait_for()
        page.get_by_role("button", name="Stop").click()
        page.locator("#send:enabled").wait_for()
    finally:
        reader.gate.set()
    expect(page.get_by_label("Your question")).to_have_value(PARDON)
    expect(page.locator("#chat .message")).to_have_count(0)
    page.get_by_role("button", name="Send").click()
    answered(page, PARDON)


def test_clear_empties_the_chat_and_the_panel(page: Page) -> None:
    ask(page, PARDON)
    answered(page, PARDON)
    page.get_by_role("button", name="Clear").click()
    page.get_by_text("Ask about").wait_for()
    expect(page.locator(".source")).to_have_count(0)
    ask(page, "Did he apply for it?")
    page.locator("#chat .bot.message").get_by_text("Confidence").or_(
        page.get_by_text("do not say")
    ).first.wait_for()
    assert "Searched for" not in page.locator("#chat").inner_text()


def test_another_browser_session_sees_nothing_of_this_one(
    page: Page, browser: Browser, port: int
) -> None:
    ask(page, PARDON)
    answered(page, PARDON)
    context = browser.new_context()
    other = context.new_page()
    other.goto(f"http://127.0.0.1:{port}")
    other.get_by_text("Ask about").wait_for()
    ask(other, "Did he apply for it?")
    answered(other, "Did he apply for it?")
    assert PARDON not in other.locator("#chat").inner_text()
    assert "Searched for" not in other.locator("#chat").inner_text()
    context.close()


def test_a_phone_has_the_panes_one_below_the_other(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    left, right = page.locator("#left").bounding_box(), page.locator("#right").bounding_box()
    assert left is not None and right is not None
    assert right["y"] >= left["y"] + left["height"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_an_empty_index_says_so_and_how_to_fill_it(tmp_path: Path, browser: Browser) -> None:
    index = Index.open(tmp_path / "store", embedder=BagOfWords())
    with served(Assistant(index, WordReader())) as number:
        opened = browser.new_page(viewport={"width": 1280, "height": 800})
        opened.goto(f"http://127.0.0.1:{number}")
        opened.get_by_text("No documents are indexed yet.").wait_for()
        assert opened.get_by_text("assistant index FOLDER").is_visible()
        assert opened.get_by_role("button", name=PARDON).count() == 0
        columns = opened.locator("#columns").bounding_box()
        assert columns is not None and columns["width"] > 1200
        opened.close()


def test_a_taken_port_is_an_error_that_names_it_and_the_cure(port: int, tmp_path: Path) -> None:
    from assistant.chat import launch

    index = Index.open(tmp_path / "store", embedder=BagOfWords())
    with pytest.raises(PortTaken, match=rf"port {port} .*--port"):
        launch(Assistant(index, WordReader()), port=port)


def test_another_host_name_is_refused(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/", headers={"Host": "rebound.example"})
    assert connection.getresponse().status == 400
    connection.close()
