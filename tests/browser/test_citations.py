"""Reading on the page: every citation opens its document at the words that were quoted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pages import BOOK, CHROMIUM, PARDON, UNKNOWN, Prompted, answered, ask

from assistant.answers import Answer, Citation, Disagreement, Side

if TYPE_CHECKING:
    from playwright.sync_api import Page

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect
expect.set_options(timeout=20_000)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}"),
]


TOP = "(it) => it.getBoundingClientRect().top"


def lit(page: Page) -> str:
    """The text lit up, checked to stand inside the part of the document one can see."""
    expect(page.locator("#panel mark.lit").first).to_be_in_viewport()
    return "".join(page.locator("#panel mark.lit").all_text_contents())


def test_each_citation_opens_its_document_with_the_quote_lit_up(
    page: Page, assistant: Prompted
) -> None:
    ask(page, PARDON)
    answered(page, PARDON)
    quotes = page.locator("#panel .source mark").all_text_contents()
    names = page.locator("#panel .source .where code").all_text_contents()
    markers = page.locator("#log .said button.cite")
    assert markers.count() == len(quotes) > 1
    for at, (quote, name) in enumerate(zip(quotes, names, strict=True)):
        markers.nth(at).click()
        expect(page.locator("#panel .reader .where code")).to_have_text(name)
        assert lit(page) == quote
        document = assistant.index.document(name)
        expect(page.locator("#panel h2")).to_have_text(document.title)
        expect(page.locator("#panel h2")).to_be_focused()
        expect(page.locator("#panel .origin")).to_contain_text(document.source or "")
        assert "".join(page.locator("#panel .paper p").all_text_contents()) == document.text
    page.get_by_role("button", name="Previous citation").click()
    expect(page.locator("#panel .steps")).to_contain_text(f"{len(quotes) - 1} of {len(quotes)}")
    assert lit(page) == quotes[-2]
    page.get_by_role("button", name="Next citation").click()
    expect(page.locator("#panel .where code")).to_have_text(names[-1])
    assert lit(page) == quotes[-1]
    expect(page.get_by_role("button", name="Next citation")).to_be_disabled()
    page.get_by_role("button", name="All sources").click()
    expect(page.locator("#panel .source")).to_have_count(len(quotes))


def test_a_pdf_opens_at_its_page(page: Page) -> None:
    question = "walrus colony animals"
    ask(page, question)
    answered(page, question)
    page.locator("#log .said button.cite").first.click()
    assert lit(page).startswith("The walrus colony numbers nine hundred animals.")
    expect(page.locator("#panel .origin")).to_have_text("The Zoo, 1 June 2024, p. 30")
    heads = page.locator("#panel .paper .page")
    expect(heads.last).to_have_text("Page 30")
    # A long document is shown around the place, and the rest can be had.
    assert heads.count() < len(BOOK.pages)
    page.get_by_role("button", name="Show what comes before").click()
    expect(heads.first).not_to_have_text("Page 30")
    assert "Page 1" in heads.all_text_contents() or heads.count() > 5


def test_what_came_closest_to_no_answer_opens_in_its_document_too(page: Page) -> None:
    ask(page, UNKNOWN)
    answered(page, UNKNOWN)
    expect(page.locator("#log .answer.nothing")).to_have_count(1)
    page.locator("#panel .source .deed").nth(1).click()
    expect(page.locator("#panel .steps")).to_contain_text("Passage 2 of 3")
    assert lit(page)


def test_sides_stand_beside_each_other_and_the_sources_on_a_timeline(
    page: Page, assistant: Prompted
) -> None:
    told = [
        assistant.index.document(name)
        for name in (
            "2025-03-13-wall-street-journal-zhao-pardon-push.md",
            "2025-05-07-protos-zhao-applies.md",
        )
    ]
    cited = tuple(Citation(n, d.text[:20], 0, 20, d) for n, d in enumerate(told, start=1))
    sides = (Side("in March", cited[:1]), Side("in May", cited[1:], 2))

    def says(question: str) -> Answer:
        return Answer(
            *(question, question, "Said [1] and [2].", cited, False, 0.8, True, ()),
            disagreements=(Disagreement("day", sides),),
        )

    assistant.says = says
    try:
        ask(page, "When?")
        answered(page, "When?")
    finally:
        assistant.says = None
    boxes = [side.bounding_box() for side in page.locator("#log .side").all()]
    assert [box["y"] for box in boxes if box] == [boxes[0]["y"]] * 2  # type: ignore[index]
    expect(page.locator("#log .side").nth(1)).to_contain_text("and 2 passages saying the same")
    days = page.locator("#panel .timeline time")
    assert days.all_text_contents() == ["13 March 2025", "7 May 2025"]
    page.locator("#log .side button.cite").nth(1).click()
    expect(page.locator("#panel .reader .where code")).to_have_text(told[1].id)


def test_only_the_chosen_publishers_are_asked(page: Page) -> None:
    chooser = page.get_by_label("Only these publishers")
    chooser.click()
    page.get_by_role("option", name="Protos").click()
    page.keyboard.press("Escape")
    ask(page, PARDON)
    answered(page, PARDON)
    expect(page.locator("#panel .about")).to_contain_text("only Protos")
    origins = page.locator("#panel .source .origin").all_text_contents()
    assert origins
    assert all(origin.startswith("Protos,") for origin in origins)


def test_an_answer_grows_without_moving_what_is_read(page: Page) -> None:
    for question in (PARDON, "How many months in prison did CZ get?", PARDON):
        ask(page, question)
        page.locator("#send:enabled").wait_for()
    page.wait_for_timeout(400)
    question_top = page.locator("#log .turn").last.evaluate(
        "(it) => it.getBoundingClientRect().top - it.closest('#log').getBoundingClientRect().top"
    )
    assert abs(question_top) < 12
    good = page.locator("#log .turn").first.get_by_role("button", name="Good answer")
    good.scroll_into_view_if_needed()
    watched = ("#question", "#panel", "#log .turn >> nth=0")
    before = [page.locator(name).evaluate(TOP) for name in watched]
    good.click()
    page.locator("#log .why").wait_for()
    assert [page.locator(name).evaluate(TOP) for name in watched] == before
