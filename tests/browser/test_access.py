"""Whoever comes: by keyboard alone, in the dark, on a phone, with a screen reader."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from conftest import ROOT
from pages import CHROMIUM, PARDON, UNKNOWN, answered, ask

if TYPE_CHECKING:
    from playwright.sync_api import Page

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect
expect.set_options(timeout=20_000)
AXE = ROOT / "node_modules/axe-core/axe.min.js"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}"),
]


@pytest.fixture(params=["light", "dark"])
def shaded(request: pytest.FixtureRequest, page: Page) -> Iterator[Page]:
    page.emulate_media(color_scheme=request.param)
    page.reload()
    page.get_by_text("Ask about").wait_for()
    assert bool(page.locator("body.dark").count()) == (request.param == "dark")
    yield page
    page.emulate_media(color_scheme="light")


def findings(page: Page) -> list[str]:
    """What axe finds serious or critical on the page as it stands."""
    # Not as a script of the page: its policy would not let one in.
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run({ resultTypes: ['violations'] })")["violations"]
    return [
        f"{one['id']} ({one['impact']}): {node['html'][:160]} {node['failureSummary'][:300]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: npm install axe-core")
def test_axe_finds_nothing_serious_in_any_state(shaded: Page) -> None:
    page = shaded
    found = {"empty": findings(page)}
    ask(page, PARDON)
    answered(page, PARDON)
    page.get_by_role("button", name="Bad answer").click()
    page.get_by_label("What was wrong?").wait_for()
    found["answer"] = findings(page)
    page.locator("#log .said button.cite").first.click()
    page.locator("#panel mark.lit").wait_for()
    found["document"] = findings(page)
    ask(page, UNKNOWN)
    answered(page, UNKNOWN)
    found["silence"] = findings(page)
    page.get_by_role("tab", name="Documents").click()
    page.locator("#shelf tbody tr").first.wait_for()
    found["documents"] = findings(page)
    assert {state: told for state, told in found.items() if told} == {}


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: npm install axe-core")
def test_axe_can_find_something(page: Page) -> None:
    page.evaluate("document.querySelector('#log').insertAdjacentHTML('beforeend', '<img src=x>')")
    assert any("image-alt" in one for one in findings(page))


def reach(page: Page, name: str, *, most: int = 60) -> None:
    """Press Tab until the focus is on what is called so."""
    for _ in range(most):
        focused = page.evaluate(
            "(document.activeElement.getAttribute('aria-label') || "
            "document.activeElement.textContent || '').trim()"
        )
        if focused.startswith(name):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reached {name!r}")


def test_everything_can_be_done_from_the_keyboard(page: Page) -> None:
    # The box has the focus when the page opens.
    expect(page.get_by_label("Your question")).to_be_focused()
    page.keyboard.type(PARDON)
    page.keyboard.press("Enter")
    answered(page, PARDON)
    page.locator("#log").focus()
    reach(page, "Citation 2")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
    page.keyboard.press("Enter")
    expect(page.locator("#panel mark.lit")).to_be_in_viewport()
    expect(page.locator("#panel h2")).to_be_focused()
    reach(page, "Next citation")
    page.keyboard.press("Space")
    expect(page.locator("#panel .steps")).to_contain_text("Citation 3")
    reach(page, "Text of the document")
    page.evaluate("document.activeElement.blur()")
    page.get_by_role("tab", name="Conversation").focus()
    reach(page, "Documents")
    page.keyboard.press("Enter")
    page.locator("#shelf tbody tr").first.wait_for()


def test_a_screen_reader_is_told_what_happens_and_what_each_part_is(page: Page) -> None:
    ask(page, PARDON)
    answered(page, PARDON)
    expect(page.locator("#status [role=status]")).to_have_text("Answer ready, with 3 citations")
    expect(page.locator("#log .question h3").first).to_have_text("You asked")
    name = page.locator("#log .said button.cite").first.get_attribute("aria-label")
    assert name and name.startswith("Citation 1: ") and "2025" in name
    ask(page, UNKNOWN)
    answered(page, UNKNOWN)
    expect(page.locator("#status [role=status]")).to_have_text(
        "No answer: The documents do not say."
    )


def test_an_abstention_looks_different_from_an_answer(shaded: Page) -> None:
    page = shaded
    for question in (PARDON, UNKNOWN):
        ask(page, question)
        answered(page, question)
    looks = [
        page.locator("#log .answer")
        .nth(n)
        .evaluate(
            "(it) => [getComputedStyle(it).backgroundColor, getComputedStyle(it).borderLeftColor]"
        )
        for n in (0, 1)
    ]
    assert looks[0][0] != looks[1][0] and looks[0][1] != looks[1][1]
