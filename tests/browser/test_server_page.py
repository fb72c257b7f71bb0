"""The page on a server with accounts, in a real Chromium: login, the line, a closed tab."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from pages import CHROMIUM
from serving import OUTSIDE, PASSWORD, RAIN, Served, asking, until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}"),
]


@pytest.fixture
def page(browser: Browser, served: Served) -> Iterator[Page]:
    """The page, logged in as bob; a request to another host, or one our policy blocks, fails."""
    requests: list[str] = []
    blocked: list[str] = []
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    opened = context.new_page()
    opened.set_default_timeout(20_000)
    opened.on("request", lambda request: requests.append(request.url))
    opened.on(
        "console",
        lambda message: blocked.append(message.text) if "Security Policy" in message.text else None,
    )
    opened.goto(served.url)
    opened.get_by_label("Name").fill("bob")
    opened.get_by_label("Password").fill(PASSWORD)
    opened.get_by_role("button", name="Log in").click()
    opened.get_by_text("Ask about").first.wait_for()
    yield opened
    context.close()
    local = (served.url, "data:", "blob:")
    assert [url for url in requests if not url.startswith(local)] == []
    assert blocked == []
    assert OUTSIDE == []


def ask(page: Page) -> None:
    page.get_by_label("Your question").fill(RAIN)
    page.get_by_role("button", name="Send").click()


def test_whoever_logs_in_is_answered(page: Page) -> None:
    ask(page)
    page.locator("#log").get_by_text("“There was 26 mm of rain in Rome.”").first.wait_for()


def test_a_script_that_is_smuggled_into_the_page_does_not_run(
    browser: Browser, served: Served
) -> None:
    context = browser.new_context(extra_http_headers=served.headers("bob"))
    opened = context.new_page()
    opened.goto(served.url)
    opened.get_by_text("Ask about").first.wait_for()
    # The same element with an address of ours does load, so that the rest proves something.
    loaded = opened.evaluate(
        """address => new Promise(done => {
            document.body.insertAdjacentHTML("beforeend",
                "<img src=/nothing onerror='window.ran = 1'>" +
                "<svg onload='window.ran = 2'></svg><a href='javascript:window.ran = 3'>x</a>");
            const script = document.createElement("script");
            script.textContent = "window.ran = 4";
            document.body.append(script);
            document.body.lastElementChild.previousElementSibling.click();
            const ours = document.createElement("script");
            ours.src = address;
            ours.onload = () => setTimeout(() => done(true), 300);
            document.body.append(ours);
        })""",
        "/static/js/iframeResizer.contentWindow.min.js",
    )
    assert loaded
    assert opened.evaluate("window.ran") is None
    context.close()


def test_a_wrong_password_is_told_on_the_login_page(browser: Browser, served: Served) -> None:
    context = browser.new_context()
    opened = context.new_page()
    opened.goto(served.url)
    opened.get_by_label("Name").fill("<b>bob")
    opened.get_by_label("Password").fill("wrong")
    opened.get_by_role("button", name="Log in").click()
    opened.get_by_role("alert").get_by_text("name and password do not fit").wait_for()
    context.close()


def test_the_page_tells_the_place_in_line_and_then_the_answer(page: Page, served: Served) -> None:
    with served.held(), ExitStack() as stack:
        fill_the_house(served, stack)
        ask(page)
        page.locator("#log").get_by_text("Waiting in line: place 1 of 1").wait_for()
        served.reader.gate.set()
        page.locator("#log").get_by_text("“There was 26 mm of rain in Rome.”").first.wait_for()


def test_a_full_house_is_told_on_the_page(page: Page, served: Served) -> None:
    with served.held(), ExitStack() as stack:
        fill_the_house(served, stack)
        for user in ("ada", "eve", "eve"):
            stack.enter_context(asking(served, user))
        until(lambda: served.metric("assistant_line_waiting") == 3)
        ask(page)
        page.get_by_role("alert").get_by_text("the server is busy: 3 questions").wait_for()


def test_a_closed_tab_frees_its_place_in_line(page: Page, served: Served) -> None:
    with served.held(), ExitStack() as stack:
        fill_the_house(served, stack)
        ask(page)
        page.locator("#log").get_by_text("Waiting in line: place 1 of 1").wait_for()
        assert served.metric("assistant_line_waiting") == 1
        page.close()
        until(lambda: served.metric("assistant_line_waiting") == 0)


def test_a_stopped_question_frees_its_place_in_line(page: Page, served: Served) -> None:
    with served.held(), ExitStack() as stack:
        fill_the_house(served, stack)
        ask(page)
        page.locator("#log").get_by_text("Waiting in line: place 1 of 1").wait_for()
        page.get_by_role("button", name="Stop").click()
        until(lambda: served.metric("assistant_line_waiting") == 0)


def fill_the_house(served: Served, stack: ExitStack) -> None:
    for _ in range(2):
        stack.enter_context(asking(served, "ada"))
    until(lambda: served.metric("assistant_line_served") == 2)
