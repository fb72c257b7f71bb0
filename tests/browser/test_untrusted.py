"""Known ways to smuggle script into a page, through everything untrusted: shown, and never run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import ROOT
from pages import CHROMIUM, Prompted, ask

from assistant.answers import Answer, Citation, Disagreement, Side
from assistant.page.desk import Desk
from index import Document

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect
expect.set_options(timeout=20_000)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}"),
]

PAYLOADS = (ROOT / "tests/data/xss.txt").read_text("utf-8").splitlines()
ALL = "\n".join(PAYLOADS)
TRAP = """
window.__trap = [];
for (const name of ["alert", "confirm", "prompt", "msgbox"])
  window[name] = () => { window.__trap.push(name); };
"""
PROVOKE = """
for (const one of document.querySelectorAll("#log *, #panel *, #shelf *, #taken *, #notice *"))
  for (const type of ["mouseover", "pointerover", "focus", "toggle", "load", "error"])
    one.dispatchEvent(new Event(type));
"""
STRANGE = """
[...document.querySelectorAll("#log, #panel, #shelf, #taken, #notice, #follow")].flatMap((part) =>
  [...part.querySelectorAll(".html-container *")].filter((one) =>
    ["SCRIPT", "IMG", "SVG", "IFRAME", "OBJECT", "EMBED", "STYLE", "LINK", "BASE", "META", "VIDEO",
     "AUDIO", "MATH", "DETAILS", "TEMPLATE", "TEXTAREA", "SELECT", "MARQUEE", "X"]
      .includes(one.tagName.toUpperCase()) ||
    [...one.attributes].some((held) => held.name.startsWith("on") || held.name === "style")
  ).map((one) => one.outerHTML.slice(0, 200)))
"""


@pytest.fixture(scope="module")
def shady(assistant: Prompted) -> Iterator[list[Document]]:
    """A document for each payload that carries it in its every part."""
    made = [
        Document(f"{form}-{n}.md", f"{form} is what it says.", form, form, date(2025, 1, 1), form)
        for n, form in enumerate(PAYLOADS)
    ]
    whole = Document("all-payloads.txt", f"{ALL}\nThat was all of them.", "All of them")
    assistant.index.add([*made, whole])
    yield [*made, whole]
    assistant.index.delete([document.id for document in (*made, whole)])


@pytest.fixture
def trapped(browser: Browser, port: int) -> Iterator[Page]:
    # Without the server's policy, which stops scripts whatever reaches the page.
    context = browser.new_context(viewport={"width": 1280, "height": 800}, bypass_csp=True)
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.add_init_script(TRAP)
    page.goto(f"http://127.0.0.1:{port}")
    page.get_by_text("Ask about").wait_for()
    yield page
    page.evaluate(PROVOKE)
    assert page.evaluate(STRANGE) == []
    assert page.evaluate("window.__trap") == []
    assert len(page.context.pages) == 1
    # The trap itself works.
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=alert(1)>')")
    page.wait_for_function("window.__trap.length === 1")
    context.close()


def test_at_least_sixty_known_forms_are_tried() -> None:
    assert len(set(PAYLOADS)) == len(PAYLOADS) >= 60


def test_what_a_model_and_its_sources_say_is_shown_as_text(
    trapped: Page, assistant: Prompted, shady: list[Document]
) -> None:
    page = trapped
    cited = tuple(
        Citation(n, document.text, 0, len(document.text), document)
        for n, document in enumerate(shady, start=1)
    )
    sides = tuple(Side(form, (cited[n],)) for n, form in enumerate(PAYLOADS))

    def says(question: str) -> Answer:
        text = "\n".join(f"{form} [{n}]" for n, form in enumerate(PAYLOADS, start=1))
        return Answer(
            *(question, ALL, text, cited, False, 0.9, True, ()),
            model=PAYLOADS[0],
            notice=ALL,
            disagreements=(Disagreement("day", sides),),
        )

    def readable() -> None:
        log = page.locator("#log").inner_text()
        said = page.locator("#log .said").text_content() or ""
        panel = page.locator("#panel")
        titles = panel.locator("h3").all_text_contents()
        origins = panel.locator(".origin").all_text_contents()
        names = panel.locator(".where code").all_text_contents()
        urls = panel.locator(".address").all_text_contents()
        quotes = panel.locator("mark").all_text_contents()
        for n, form in enumerate(PAYLOADS):
            assert f"{form} [{n + 1}]" in said
            assert titles[n] == urls[n] == form
            assert origins[n].startswith(f"{form}, 1 January 2025")
            assert names[n] == shady[n].id
            assert quotes[n] == shady[n].text
        assert f"Written by {PAYLOADS[0]}" in log
        sides = page.locator("#log .side strong").all_text_contents()
        assert sides == PAYLOADS
        links = panel.locator("a").evaluate_all("(all) => all.map((one) => one.protocol)")
        assert set(links) <= {"http:", "https:"}

    assistant.says = says
    try:
        ask(page, "What do they say?")
        page.locator("#panel h3").nth(len(PAYLOADS)).wait_for()
        page.locator("#send:enabled").wait_for()
    finally:
        assistant.says = None
    readable()
    page.evaluate(PROVOKE)
    assert page.evaluate("window.__trap") == []
    # And again as the browser remembers it.
    page.reload()
    page.locator("#panel h3").nth(len(PAYLOADS)).wait_for()
    readable()
    page.locator("#log .said button.cite").nth(3).click()
    expect(page.locator("#panel .reader h2")).to_have_text(PAYLOADS[3])
    expect(page.locator("#panel mark.lit")).to_have_text(shady[3].text)


def test_documents_are_listed_and_read_as_text(trapped: Page, shady: list[Document]) -> None:
    page = trapped
    page.get_by_label("Only these publishers").click()
    options = page.locator("#publishers [role=option]")
    options.first.wait_for()
    offered = " ".join(options.all_text_contents())
    # Gradio trims what it lists, and lists the first hundred.
    assert sum(form.strip() in offered for form in PAYLOADS) > 60
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Documents").click()
    listed = page.locator("#shelf tbody tr")
    expect(listed).to_have_count(24 + len(shady))
    shelf = page.locator("#shelf").text_content() or ""
    for document in shady:
        assert f"{document.title}{document.id}{document.source or 'unknown'}" in shelf
    page.get_by_role("button", name="Read All of them").click()
    expect(page.locator("#panel .paper p")).to_have_text(shady[-1].text, use_inner_text=False)
    assert (page.locator("#panel .paper p").text_content() or "") == shady[-1].text


def test_questions_and_file_names_are_shown_as_text(trapped: Page, assistant: Prompted) -> None:
    page = trapped
    parts = [PAYLOADS[at : at + 33] for at in range(0, len(PAYLOADS), 33)]
    for count, part in enumerate(parts, 1):
        ask(page, "\n".join(part))
        expect(page.locator("#log .turn")).to_have_count(count)
        page.locator("#send:enabled").wait_for()
    told = page.locator("#log .question p").all_text_contents()
    assert told == ["\n".join(part).strip() for part in parts]
    names = [form for form in PAYLOADS if "/" not in form and len(form) < 100][:20]
    page.get_by_role("tab", name="Documents").click()
    page.locator("#upload input[type=file]").set_input_files(
        [
            {
                "name": f"{form} {n}.txt",
                "mimeType": "text/plain",
                "buffer": f"{form} was its name.".encode(),
            }
            for n, form in enumerate(names)
        ]
    )
    page.locator("#taken .told").wait_for()
    try:
        held = [r for r in assistant.index.records() if r.document_id.startswith("uploads/")]
        assert len(held) == len(names)
        shelf = page.locator("#shelf")
        for record in held:
            expect(shelf).to_contain_text(record.document_id)
            expect(shelf).to_contain_text(record.title)
    finally:
        assistant.index.delete([record.document_id for record in held])


def test_every_deed_refuses_what_no_page_of_ours_sends(assistant: Prompted) -> None:
    from assistant.feedback import FeedbackFile
    from assistant.page.rights import Rights
    from assistant.page.talk import Talk
    from assistant.page.uploads import Uploads

    file = FeedbackFile(Path(assistant.index.location).with_name("never.jsonl"))
    desk = Desk(assistant, Uploads(assistant.index), file, lambda _: Rights(False, False))
    before = assistant.index.records()
    for odd in ({}, {"key": ALL, "n": "-1", "id": ALL}, {"key": [1], "n": {}, "id": None}):
        for deed in (
            lambda: desk.cite(odd, Talk()),  # noqa: B023
            lambda: desk.sources(odd, Talk()),  # noqa: B023
            lambda: desk.edit(odd, Talk()),  # noqa: B023
            lambda: desk.judge(odd, Talk(), ""),  # noqa: B023
            lambda: desk.drop(odd, ""),  # noqa: B023
        ):
            with pytest.raises(ValueError):
                deed()
    assert "You may not add documents" in "".join(desk.take(["/etc/hostname"], ""))
    assert assistant.index.records() == before
    assert not file.path.exists()
