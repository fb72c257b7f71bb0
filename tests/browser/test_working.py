"""Working with the page: retry, edit, reload, export, feedback, uploads, documents."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import pytest
from pages import CHROMIUM, PARDON, UNKNOWN, Prompted, WordReader, answered, ask

from assistant.cli import main
from assistant.evaluation import read_questions
from assistant.feedback import FeedbackFile

if TYPE_CHECKING:
    from playwright.sync_api import Download, Page

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect
expect.set_options(timeout=20_000)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}"),
]

PRISON = "How many months in prison did CZ get?"


@pytest.fixture
def added(assistant: Prompted) -> Iterator[None]:
    """Whatever a test uploads is gone after it."""
    yield
    held = [r.document_id for r in assistant.index.records() if r.document_id.startswith("uploads")]
    assistant.index.delete(held)


def reloaded(page: Page) -> None:
    page.reload()
    page.locator("#log .turn").first.wait_for()


def test_again_asks_the_last_question_under_the_limits_that_stand_now(page: Page) -> None:
    ask(page, PARDON)
    answered(page, PARDON)
    page.get_by_label("As of").fill("2025-04-01")
    page.get_by_role("button", name="Try again").click()
    page.locator("#panel").get_by_text("(as of 1 April 2025)").wait_for()
    page.locator("#send:enabled").wait_for()
    expect(page.locator("#log .turn")).to_have_count(1)


def test_a_question_sent_as_soon_as_one_can_be_is_answered(
    page: Page, assistant: Prompted, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Gradio drops a press while it still waits for the end of what the last one began.
    monkeypatch.setattr(assistant, "lingers", 1.0)
    for question in (PARDON, PRISON):
        ask(page, question)
        answered(page, question)
    expect(page.locator("#log .turn")).to_have_count(2)


def test_after_an_error_nobody_expects_the_question_is_back_and_can_be_sent(
    page: Page, assistant: Prompted, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = Event()

    def broken(answers: Iterator[object]) -> Iterator[object]:
        seen.wait(20)
        raise RuntimeError("a fault of the program")
        yield from answers

    box = page.get_by_label("Your question")
    with monkeypatch.context() as patch:
        patch.setattr(assistant, "_lingering", broken)
        ask(page, PARDON)
        expect(box).to_have_value("")
        page.locator("#send:disabled").wait_for()
        seen.set()
        expect(box).to_have_value(PARDON)
    page.locator("#send:enabled").wait_for()
    box.press("Enter")
    answered(page, PARDON)
    expect(page.locator("#log .turn")).to_have_count(1)


def test_an_edited_question_replaces_what_came_after_it_and_can_be_left_alone(page: Page) -> None:
    for question in (PARDON, PRISON):
        ask(page, question)
        answered(page, question)
    box = page.get_by_label("Your question")
    edit = page.get_by_role("button", name=f"Edit the question: {PARDON}")
    edit.click()
    expect(box).to_have_value(PARDON)
    expect(box).to_be_focused()
    page.get_by_role("button", name="Keep it as it was").click()
    expect(box).to_have_value("")
    expect(page.locator("#log .turn")).to_have_count(2)
    edit.click()
    expect(box).to_have_value(PARDON)
    box.fill("Who replaced CZ as chief executive of Binance?")
    box.press("Enter")
    answered(page, "Who replaced CZ")
    expect(page.locator("#log .turn")).to_have_count(1)
    expect(page.locator("#log .question p")).to_have_text(
        "Who replaced CZ as chief executive of Binance?"
    )


def test_an_edit_that_is_stopped_leaves_the_conversation_whole(
    page: Page, reader: WordReader
) -> None:
    for question in (PARDON, PRISON):
        ask(page, question)
        answered(page, question)
    page.get_by_role("button", name=f"Edit the question: {PARDON}").click()
    expect(page.get_by_label("Your question")).to_have_value(PARDON)
    reader.gate.clear()
    try:
        page.get_by_role("button", name="Send", exact=True).click()
        page.locator("#log").get_by_text("Reading 12 passages").wait_for()
        page.get_by_role("button", name="Stop").click()
        page.locator("#send:enabled").wait_for()
    finally:
        reader.gate.set()
    expect(page.locator("#log .turn")).to_have_count(2)
    expect(page.get_by_label("Your question")).to_have_value(PARDON)
    expect(page.locator("#notice")).to_contain_text("Editing a question")


def test_a_try_again_that_is_stopped_leaves_nothing_to_be_replaced(
    page: Page, reader: WordReader
) -> None:
    ask(page, PARDON)
    answered(page, PARDON)
    reader.gate.clear()
    try:
        page.get_by_role("button", name="Try again").click()
        page.locator("#log").get_by_text("Reading 12 passages").wait_for()
        page.get_by_role("button", name="Stop").click()
        page.locator("#send:enabled").wait_for()
    finally:
        reader.gate.set()
    ask(page, PRISON)
    answered(page, PRISON)
    expect(page.locator("#log .turn")).to_have_count(2)


def test_follow_ups_are_offered_and_answered_when_pressed(page: Page) -> None:
    ask(page, PARDON)
    answered(page, PARDON)
    offered = page.locator("#follow button").first
    question = offered.text_content() or ""
    offered.click()
    answered(page, question)
    expect(page.locator("#log .answer").last).not_to_have_class(re.compile("nothing"))
    assert page.locator("#log .turn").last.locator("button.cite").count() >= 1


def test_a_conversation_goes_on_after_a_reload_with_citations_that_open(page: Page) -> None:
    ask(page, PARDON)
    answered(page, PARDON)
    said = page.locator("#log .said").inner_text()
    quote = page.locator("#panel .source mark").nth(1).text_content()
    reloaded(page)
    assert page.locator("#log .said").inner_text() == said
    page.locator("#log .said button.cite").nth(1).click()
    expect(page.locator("#panel mark.lit")).to_have_text(quote or "")
    ask(page, "Did he apply for it?")
    answered(page, "Did he apply for it?")
    expect(page.locator("#log")).to_contain_text("Searched for")
    page.get_by_role("button", name="Clear").click()
    page.get_by_text("Ask about").wait_for()
    page.reload()
    page.get_by_text("Ask about").wait_for()
    expect(page.locator("#log .turn")).to_have_count(0)


def test_after_a_reload_a_quote_its_document_lost_is_not_shown_as_cited(
    page: Page, assistant: Prompted, added: None
) -> None:
    notes = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"Pangolins sleep at noon."}
    upload(page, notes)
    page.get_by_role("tab", name="Conversation").click()
    ask(page, "pangolins sleep")
    answered(page, "pangolins sleep")
    assistant.index.delete(["uploads/notes.txt"])
    reloaded(page)
    expect(page.locator("#log .said button.cite.gone")).to_have_count(1)
    expect(page.locator("#panel .source mark")).to_have_count(0)
    page.locator("#log .said button.cite").click()
    page.get_by_role("alert").wait_for()


def test_a_question_that_was_under_way_is_back_in_the_box_after_a_reload(
    page: Page, reader: WordReader
) -> None:
    reader.gate.clear()
    try:
        ask(page, PARDON)
        page.locator("#log").get_by_text("Reading 12 passages").wait_for()
        page.reload()
        expect(page.get_by_label("Your question")).to_have_value(PARDON)
    finally:
        reader.gate.set()


def test_the_export_holds_every_answer_with_citations_that_resolve(
    page: Page, assistant: Prompted
) -> None:
    for question in (PARDON, UNKNOWN):
        ask(page, question)
        answered(page, question)
    told = json.loads(saved(page, "Save .json"))["conversation"]
    assert [one["question"] for one in told] == [PARDON, UNKNOWN]
    assert [one["abstained"] for one in told] == [False, True]
    cited = told[0]["citations"]
    for one in [*cited, *told[1]["closest"]]:
        text = assistant.index.document(one["document"]).text
        assert text[one["start"] : one["end"]] == one["quote"]
    markdown = saved(page, "Save .md")
    for one in cited:
        mark = f"[^1-{one['number']}]"
        assert markdown.count(mark) > markdown.count(f"\n{mark}: “") == 1
        assert f"`{one['document']}` {one['start']}–{one['end']}" in markdown


def saved(page: Page, button: str) -> str:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=button).click()
    held: Download = waiting.value
    return Path(held.path()).read_text("utf-8")


def test_verdicts_with_reasons_become_a_question_set(
    page: Page, assistant: Prompted, tmp_path: Path
) -> None:
    kept = FeedbackFile.beside(assistant.index.location)
    # Other tests press the buttons of this server too.
    kept.path.unlink(missing_ok=True)
    for question in (PARDON, UNKNOWN, PRISON):
        ask(page, question)
        answered(page, question)
    turns = page.locator("#log .turn")
    turns.nth(0).get_by_role("button", name="Good answer").click()
    turns.nth(0).get_by_label("What was good?").fill("both sides <b>told</b>")
    turns.nth(0).get_by_role("button", name="Save").click()
    page.locator("#notice").get_by_text("Your reason is kept.").wait_for()
    turns.nth(1).get_by_role("button", name="Good answer").click()
    turns.nth(1).get_by_label("What was good?").wait_for()
    turns.nth(2).get_by_role("button", name="Bad answer").click()
    turns.nth(2).get_by_label("The right answer").fill("four months")
    turns.nth(2).get_by_role("button", name="Save").click()
    expect(turns.nth(2).get_by_role("button", name="Sent")).to_be_visible()
    page.wait_for_timeout(500)
    # The verdicts outlive the page, and one can be taken back.
    reloaded(page)
    pressed = page.locator("#log .deed.pressed")
    expect(pressed).to_have_count(3)
    pressed.nth(1).click()
    expect(pressed).to_have_count(2)
    out = tmp_path / "feedback.jsonl"
    store = ["--store", assistant.index.location]
    assert main(["feedback", "export", *store, "--out", str(out)]) == 0
    good, bad = read_questions(out).questions
    assert (good.question, good.answerable) == (PARDON, True)
    assert "both sides <b>told</b>" in out.read_text("utf-8")
    for gold in good.passages:
        assert assistant.index.document(gold.document).text[gold.start : gold.end] == gold.text
    assert (bad.question, bad.answers) == (PRISON, ("four months",))
    assert [turn.question for turn in bad.history] == [PARDON, UNKNOWN]
    assert kept.path.parent.samefile(Path(assistant.index.location).parent)


def upload(page: Page, *files: dict[str, object]) -> None:
    page.get_by_role("tab", name="Documents").click()
    page.locator("#upload input[type=file]").set_input_files(list(files))  # type: ignore[arg-type]
    page.locator("#taken .told").wait_for()


def test_an_uploaded_document_can_be_asked_about_listed_and_removed(
    page: Page, assistant: Prompted, added: None
) -> None:
    head = b"---\ntitle: Night shift\npublisher: The Zoo\npublished: 2024-02-01\n---\n\n"
    text = head + b"Axolotls glow at midnight."
    good = {"name": "axolotl.md", "mimeType": "text/markdown", "buffer": text}
    empty = {"name": "empty.txt", "mimeType": "text/plain", "buffer": b"  "}
    broken = {"name": "broken.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 no"}
    upload(page, good, empty, broken)
    expect(page.locator("#taken .told")).to_contain_text("Added axolotl.md")
    failed = page.locator("#taken .failed li")
    expect(failed).to_have_count(2)
    expect(failed.nth(0)).to_contain_text("empty.txt: the file holds no text")
    expect(failed.nth(1)).to_contain_text("broken.pdf")
    page.get_by_label("Search documents").fill("night zoo 2024-02")
    rows = page.locator("#shelf tbody tr")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("1 February 2024")
    expect(rows).to_contain_text("1 passage, uploaded")
    page.get_by_role("button", name="Read Night shift").click()
    expect(page.locator("#panel .paper")).to_contain_text("Axolotls glow at midnight.")
    page.get_by_role("tab", name="Conversation").click()
    ask(page, "When do axolotls glow?")
    answered(page, "When do axolotls glow?")
    page.locator("#log .said button.cite").first.click()
    expect(page.locator("#panel mark.lit")).to_have_text("Axolotls glow at midnight.")
    page.get_by_role("tab", name="Documents").click()
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Remove Night shift").click()
    expect(rows).to_have_count(1)
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Remove Night shift").click()
    expect(rows).to_have_count(0)
    assert "uploads/axolotl.md" not in {r.document_id for r in assistant.index.records()}
