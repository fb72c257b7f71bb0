"""The chat page as a person meets it: a real Chromium before the page served on this machine."""

from __future__ import annotations

import http.client
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import CORPUS, BagOfWords
from pages import CHROMIUM, HOSTILE, PARDON, UNKNOWN, WordReader, answered, ask, served

from assistant import Assistant
from index import Index

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect
expect.set_options(timeout=20_000)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}"),
]


def test_an_answer_shows_each_quote_highlighted_in_its_document(page: Page) -> None:
    ask(page, PARDON)
    answered(page, PARDON)
    chat = page.locator("#log").inner_text()
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
    assert "(as of 1 April 2025)" in page.locator("#panel").inner_text()
    names = page.locator(".source .where code").all_inner_texts()
    assert names
    assert all(name < "2025-04-01" for name in names)


def test_an_unanswerable_question_gets_an_abstention_and_what_came_closest(page: Page) -> None:
    ask(page, UNKNOWN)
    answered(page, UNKNOWN)
    assert "The documents do not say." in page.locator("#log").inner_text()
    assert page.get_by_role("heading", name="Closest, not an answer").is_visible()
    expect(page.locator(".source")).to_have_count(3)
    expect(page.locator("#panel mark")).to_have_count(0)


def test_markup_in_a_document_is_shown_as_text_and_never_runs(page: Page) -> None:
    question = "zebra reserves"
    ask(page, question)
    answered(page, question)
    page.wait_for_timeout(500)
    assert page.evaluate("window.__pwned") is None
    panel, chat = page.locator("#panel"), page.locator("#log")
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
    page.locator("#log .question").get_by_text(question).wait_for()
    page.locator("#send:enabled").wait_for()
    page.wait_for_timeout(300)
    assert page.evaluate("window.__pwned") is None
    expect(page.locator("#log img, #panel img")).to_have_count(0)


def test_a_bad_date_gives_one_line_and_keeps_the_question(page: Page) -> None:
    ask(page, PARDON, "<b>soon</b>")
    page.get_by_role("alert").get_by_text("'<b>soon</b>' is not a date").wait_for()
    expect(page.get_by_label("Your question")).to_have_value(PARDON)
    expect(page.locator("#log .turn")).to_have_count(0)


def test_a_failure_gives_one_line_and_puts_the_question_back(page: Page) -> None:
    ask(page, "Does this fail?")
    page.get_by_role("alert").get_by_text("Chroma at <b>nowhere</b> does not answer").wait_for()
    page.wait_for_function("document.querySelector('#question textarea').value !== ''")
    expect(page.get_by_label("Your question")).to_have_value("Does this fail?")
    expect(page.locator("#log .turn")).to_have_count(0)
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
    said = page.locator("#log").inner_text()
    assert re.search("Searched for: “Did (CZ|Changpeng Zhao) apply for", said), said[-400:]


def test_stop_gives_the_question_back_and_the_next_one_is_answered(
    page: Page, reader: WordReader
) -> None:
    reader.gate.clear()
    try:
        ask(page, PARDON)
        page.locator("#log").get_by_text("Reading 12 passages").wait_for()
        page.get_by_role("button", name="Stop").click()
        page.locator("#send:enabled").wait_for()
    finally:
        reader.gate.set()
    expect(page.get_by_label("Your question")).to_have_value(PARDON)
    expect(page.locator("#log .turn")).to_have_count(0)
    # Gradio goes on cancelling for some milliseconds, and gives a question sent then back as well.
    page.wait_for_timeout(500)
    page.get_by_role("button", name="Send", exact=True).click()
    answered(page, PARDON)


def test_clear_empties_the_chat_and_the_panel(page: Page) -> None:
    ask(page, PARDON)
    answered(page, PARDON)
    page.get_by_role("button", name="Clear").click()
    page.get_by_text("Ask about").wait_for()
    expect(page.locator(".source")).to_have_count(0)
    ask(page, "Did he apply for it?")
    page.locator("#log .answer").get_by_text("Confidence").or_(
        page.get_by_text("do not say")
    ).first.wait_for()
    page.locator("#send:enabled").wait_for()
    assert "Searched for" not in page.locator("#log").inner_text()


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
    assert PARDON not in other.locator("#log").inner_text()
    assert "Searched for" not in other.locator("#log").inner_text()
    context.close()


def test_a_wide_screen_holds_all_there_is_to_press_without_scrolling(page: Page) -> None:
    ask(page, PARDON)
    answered(page, PARDON)
    for name in ("#title", "#model p", "#question", "#send", "#day", "#publishers", "#json"):
        expect(page.locator(name)).to_be_in_viewport(ratio=0.9)
    size = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert size[0] <= size[1]
    left, right = page.locator("#left").bounding_box(), page.locator("#right").bounding_box()
    assert left is not None and right is not None
    assert right["x"] >= left["x"] + left["width"]
    assert max(left["y"], right["y"]) < 80


def test_a_phone_has_one_pane_and_the_document_lies_over_the_conversation(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    ask(page, PARDON)
    page.locator("#log").get_by_text("Confidence").wait_for()
    expect(page.locator("#panel")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    marker = page.locator("#log .said button.cite").first
    marker.click()
    expect(page.locator("#panel mark.lit")).to_be_in_viewport()
    width = page.locator("#panel .reader").evaluate("(it) => it.getBoundingClientRect().width")
    assert width > 350
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("#panel").get_by_role("button", name="Close").click()
    expect(page.locator("#panel")).to_be_hidden()
    expect(marker).to_be_focused()


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


def test_another_host_name_is_refused(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/", headers={"Host": "rebound.example"})
    assert connection.getresponse().status == 400
    connection.close()
