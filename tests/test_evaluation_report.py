"""The report: loads nothing, shows hostile text as text, says what went wrong."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import Scripted, Shelf, answered, knows_all, rain

from assistant.evaluation import Outcome, Question, compare, evaluate, write_report
from assistant.evaluation.diagnosis import diagnosis
from assistant.evaluation.plots import latency_plot, recall_plot, risk_coverage_plot
from assistant.evaluation.report import highlighted
from index.documents import Document

HOSTILE = (
    '<script>alert(1)</script><img src="http://evil.example/x.png" onerror="alert(2)">'
    "</style></textarea>'\"&{{ 7*7 }} [a](javascript:alert(3))"
)


class Page(HTMLParser):
    """Tags, what they would load, and the handlers on them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.handlers: list[str] = []
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            # An address within the page loads nothing.
            if name in ("src", "href", "srcset", "action", "data", "poster", "xlink:href", "ping"):
                self.loads += [] if (value or "").startswith("#") else [f"{tag} {name}={value}"]
            if name.startswith("on"):
                self.handlers.append(f"{tag} {name}")
            if name == "id":
                self.ids.append(value or "")


def hostile_page(folder: Path) -> str:
    shelf = Shelf([Document(HOSTILE, f"{HOSTILE} had rain.", HOSTILE, HOSTILE)])
    asked = Question(
        HOSTILE, HOSTILE, True, (HOSTILE, "had"), {HOSTILE: 1}, kinds=(HOSTILE, "fact")
    )

    def quotes(shelf: Shelf, question: str) -> object:
        return answered(shelf, question, [(HOSTILE, 0, len(HOSTILE) + 10)], ranking=[HOSTILE])

    run = evaluate(Scripted(shelf, quotes), [asked])
    run = replace(run, about={"identity": {"questions": {"name": HOSTILE}}})
    path = write_report(run, folder / "report.html", comparison=compare(run.outcomes, run.outcomes))
    return path.read_text("utf-8")


def test_the_report_loads_nothing_from_anywhere(tmp_path: Path) -> None:
    text = hostile_page(tmp_path)
    page = Page(text)
    assert page.loads == []
    assert page.handlers == []
    assert page.tags.count("script") == page.tags.count("style") == 1
    assert not {"img", "iframe", "link", "object", "embed", "base", "form"} & set(page.tags)
    style = text[text.index("<style>") : text.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style
    assert "default-src &#39;none&#39;" in text or "default-src 'none'" in text


def test_hostile_text_is_shown_as_text(tmp_path: Path) -> None:
    text = hostile_page(tmp_path)
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "{{ 7*7 }}" in text


@given(st.text(), st.lists(st.text(), max_size=3))
def test_highlighting_changes_no_word(text: str, answers: list[str]) -> None:
    made = highlighted(text, answers)
    plain = HTMLParser()
    found: list[str] = []
    plain.handle_data = found.append  # type: ignore[method-assign]
    plain.feed(made)
    plain.close()
    assert re.sub(r"\s", "", "".join(found)) == re.sub(r"\s", "", text.replace("\r", "\n"))
    assert set(re.findall(r"<[^>]*>", made)) <= {"<mark>", "</mark>"}


def test_every_question_is_in_the_report_with_what_went_wrong(tmp_path: Path) -> None:
    shelf, asked = rain()
    run = evaluate(Scripted(shelf, lambda s, q: answered(s, q, [])), asked)
    path = write_report(run, tmp_path / "report.html")
    page = Page(path.read_text("utf-8"))
    assert {f"q-{question.id}" for question in asked.questions} <= set(page.ids)
    assert path.read_text("utf-8").count('data-label="false-refusal"') == 10 + 1


def outcome(question: Question, **fields: object) -> Outcome:
    shelf = rain()[0]
    made = evaluate(Scripted(shelf, knows_all), [question]).outcomes[0]
    return replace(made, **fields)  # type: ignore[arg-type]


KNOWN = Question("q", "How much rain had Rome?", True, ("20 mm",), {"Rome.txt": 1})
SILENT = Question("q", "Who rules Rome?", False)


@pytest.mark.parametrize(
    ("made", "label", "words"),
    [
        (outcome(KNOWN), "right", "stands in the quotes"),
        (outcome(SILENT), "right", "silent"),
        (outcome(SILENT, abstained=False), "false-answer", "yet it answered"),
        (outcome(KNOWN, abstained=True, quotes=()), "false-refusal", "was number 1"),
        (outcome(KNOWN, abstained=True, quotes=(), found=()), "false-refusal", "No passage"),
        (outcome(KNOWN, quotes=(), found=()), "not-found", "No document that answers"),
        (outcome(KNOWN, quotes=()), "wrong-document", "number 1"),
        (outcome(replace(KNOWN, answers=("99 mm",))), "wrong-sentence", "none of the sentences"),
        (outcome(Question("q", "How is Rome?")), "not-judged", "Nobody said"),
    ],
)
def test_a_diagnosis_says_what_became_of_a_question(made: Outcome, label: str, words: str) -> None:
    found, story = diagnosis(made)
    assert found == label
    assert words in story


@given(
    st.lists(st.floats(0.001, 1000), min_size=1, max_size=30),
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=300),
)
def test_plots_stay_within_their_frame(
    seconds: list[float], points: list[tuple[float, float]]
) -> None:
    curve = sorted(points)
    made = [
        latency_plot(seconds, sorted(seconds)[len(seconds) // 2], max(seconds)),
        risk_coverage_plot([x for x, _ in curve], [y for _, y in curve], curve[-1][0]),
        recall_plot([(k, 0.5, 0.4, 0.6) for k in (1, 3, 5, 10)]),
    ]
    for svg in made:
        assert "nan" not in svg
        for pair in re.findall(r'points="([^"]*)"', svg):
            for x, y in (place.split(",") for place in pair.split()):
                assert 0 <= float(x) <= 480
                assert 0 <= float(y) <= 300
        assert all(0 <= float(x) <= 480 for x in re.findall(r' (?:c?x|x1|x2)="([-\d.e+]+)"', svg))
