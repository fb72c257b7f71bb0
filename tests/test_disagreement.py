from __future__ import annotations

from datetime import date

import pytest

from assistant import Assistant
from assistant.disagreement import disputes
from index import Document
from index.documents import Hit
from index.splitting import split


def hit(name: str, text: str, day: date | None = None, **more: object) -> Hit:
    (passage,) = split(Document(name, text, source=name, published=day))
    return Hit(passage, 1.0, **more)  # type: ignore[arg-type]


def test_two_days_for_one_event_are_set_side_by_side() -> None:
    found = disputes(
        "When did the bridge over the river Aa open?",
        [
            hit("a", "The bridge over the river Aa opened on May 3, 1930."),
            hit("b", "The bridge over the river Aa opened on May 9, 1930."),
        ],
    )
    assert [[side.says for side in one.sides] for one in found] == [["May 3, 1930", "May 9, 1930"]]


@pytest.mark.parametrize(
    "other",
    [
        "The bridge over the river Aa opened in 1930.",
        "On May 9, 1930, the Daily reported that the bridge over the river Aa had opened.",
        "The bridge over the river Aa was to be opened by the king, who was born on May 9, 1890.",
        "The museum of Lund opened on May 9, 1930.",
    ],
)
def test_days_that_agree_or_are_of_something_else_are_no_dispute(other: str) -> None:
    first = hit("a", "The bridge over the river Aa opened on May 3, 1930.")
    question = "When did the bridge over the river Aa open?"
    assert disputes(question, [first, hit("b", other, date(1930, 5, 9))]) == []


def test_copies_of_one_report_are_one_voice() -> None:
    text = "The bridge over the river Aa opened on May 3, 1930."
    (found,) = disputes(
        "When did the bridge over the river Aa open?",
        [hit("a", text), hit("b", text), hit("c", text.replace("3", "9"))],
    )
    assert [(len(side.quotes), side.copies) for side in found.sides] == [(1, 1), (1, 0)]


def test_the_sample_s_dates_of_sentence_stand_side_by_side_with_who_and_when(
    sample: Assistant,
) -> None:
    answer = sample.ask("On what date was CZ sentenced?")
    (found,) = answer.disagreements
    assert {side.says for side in found.sides} == {"April 30, 2024", "May 2024"}
    cited = {c.number for c in answer.citations}
    assert {c.number for side in found.sides for c in side.citations} <= cited
    shown = answer.to_plain_text()
    assert "Sources differ:" in shown
    assert "May 2024 (mondovisione.com, 23 October 2025 [" in shown
    assert answer.to_dict()["disagreements"][0]["about"] == "day"


def test_a_denial_stands_beside_the_report(sample: Assistant) -> None:
    answer = sample.ask("Did CZ ask for a pardon?", as_of=date(2025, 3, 13))
    (found,) = answer.disagreements
    said = {s.says: {c.document.source for c in s.citations} for s in found.sides}
    assert "U.Today" in said["denied"]
    assert "The Wall Street Journal" in said["reported"]
    assert all(f"[{c.number}]" in answer.text for s in found.sides for c in s.citations)


def test_what_came_months_after_a_denial_is_not_set_against_it(sample: Assistant) -> None:
    (found,) = sample.ask("Did CZ ask for a pardon?").disagreements
    days = [c.document.published for side in found.sides for c in side.citations]
    assert days and all(day is not None and day <= date(2025, 3, 27) for day in days)
