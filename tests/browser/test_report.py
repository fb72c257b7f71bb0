"""The evaluation report as a person meets it: a real Chromium before the file itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pages import CHROMIUM
from scripted import Scripted, answered, city_of, knows_all, rain

from assistant import Answer
from assistant.evaluation import compare, evaluate, write_report

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from scripted import Shelf

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}"),
]


def bold(shelf: Shelf, question: str) -> Answer:
    """Right about rain, and wrong to say anything of rulers."""
    if "rain" in question:
        return knows_all(shelf, question)
    return answered(shelf, question, [(f"{city_of(question)}.txt", 0, 12)], confidence=0.6)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shelf, asked = rain()
    before = evaluate(Scripted(shelf, knows_all), asked)
    after = evaluate(Scripted(shelf, bold), asked)
    place = tmp_path_factory.mktemp("report") / "report.html"
    return write_report(after, place, comparison=compare(before.outcomes, after.outcomes))


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, report: Path, browser: Browser) -> Iterator[Page]:
    """The report on a phone's width; any complaint of the browser or load fails the test."""
    complaints: list[str] = []
    page = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme=request.param)
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda asked: complaints.append(asked.url))
    page.goto(report.as_uri())
    yield page
    page.close()
    assert complaints == [report.as_uri()]


def test_filters_show_what_went_wrong_and_a_question_opens_to_its_quotes(page: Page) -> None:
    shown = page.locator(".question:visible")
    expect(shown).to_have_count(20)
    page.get_by_role("button", name="false answer").click()
    expect(shown).to_have_count(10)
    page.get_by_label("Search questions and answers").fill("oslo")
    expect(shown).to_have_count(1)
    shown.locator("summary").click()
    expect(shown.locator(".story")).to_contain_text("The documents are silent, yet it answered")
    expect(shown.locator("blockquote")).to_contain_text("Oslo is old")
    page.get_by_label("Search questions and answers").fill("nothing like this")
    expect(page.get_by_text("No question is like this.")).to_be_visible()


def test_a_lost_question_is_one_click_away(page: Page) -> None:
    page.locator("#comparison").get_by_role("link", name="u3", exact=True).click()
    expect(page.locator("#q-u3 .story")).to_be_visible()


def test_nothing_is_wider_than_the_phone(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
