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


def test_a_day_told_by_another_is_a_version_of_its_own() -> None:
    other = "The bridge over the river Aa opened a day before May 9, 1930."
    (found,) = disputes(
        "When did the bridge over the river Aa open?",
        [
            hit("a", "The bridge over the river Aa opened on May 3, 1930."),
            hit("b", other, date(1930, 5, 9)),
        ],
    )
    assert [side.says for side in found.sides] == ["May 3, 1930", "a day before"]


@pytest.mark.parametrize(
    "other",
    [
        "The bridge over the river Aa opened in 1930.",
        "On May 9, 1930, the Daily reported that the bridge over the river Aa had opened.",
        "The bridge over the river Aa was to be opened by the king, who was born on May 9, 1890.",
        "The museum of Lund opened on May 9, 1930.",
        "The opening of the bridge over the river Aa was put off from May 3 to May 9, 1930.",
        "The bridge over the river Aa opened six days before May 9, 1930.",
        "The bridge over the river Aa opened a week before May 9, 1930.",
        "The bridge over the river Aa opened the day before May 9, 1930.",
        "The bridge over the river Aa opened, says an article of May 9, 1930.",
    ],
)
def test_days_that_agree_or_are_of_something_else_are_no_dispute(other: str) -> None:
    first = hit("a", "The bridge over the river Aa opened on May 3, 1930.")
    question = "When did the bridge over the river Aa open?"
    assert disputes(question, [first, hit("b", other, date(1930, 5, 9))]) == []


@pytest.mark.parametrize(
    ("other", "published"),
    [
        (
            "The bridge over the river Aa cost 3 million euros and then 2 million euros.",
            4,
        ),
        ("The bridge over the river Aa cost 5 million euros, or 4 million pounds.", 4),
        ("The bridge over the river Aa is to cost 7 million euros.", 1),
    ],
)
def test_parts_of_a_sum_and_what_it_was_months_ago_are_no_other_sum(
    other: str, published: int
) -> None:
    first = hit("a", "The bridge over the river Aa cost 5 million euros.", date(1930, 5, 3))
    question = "How much did the bridge over the river Aa cost?"
    assert disputes(question, [first, hit("b", other, date(1930, published, 30))]) == []
    reports = "How much did the bridge over the river Aa cost in different reports?"
    found = disputes(reports, [first, hit("b", other, date(1930, published, 30))])
    assert bool(found) == ("7 million" in other)


def test_who_asks_for_an_end_is_told_of_ends() -> None:
    question = "When did the ferry service on the old river end?"
    last = hit("a", "The ferry service on the old river ended on May 3, 1930.")
    blessed = hit("b", "On June 9, 1890, the ferry service on the old river was blessed.")
    assert disputes(question, [last, blessed]) == []


CLAIM = "The bridge over the river Aa was blessed by the bishop of Lund."


@pytest.mark.parametrize(
    ("denial", "month", "found"),
    [
        ("The bishop has not blessed the bridge over the river Aa, his clerk says.", 5, True),
        ("The bishop has not blessed the bridge over the river Aa, his clerk says.", 9, False),
        ("If the bishop has not blessed the bridge over the river Aa, it stays shut.", 5, False),
    ],
)
def test_a_denial_is_outright_and_of_the_same_time(denial: str, month: int, found: bool) -> None:
    question = "Did the bishop bless the bridge over the river Aa?"
    hits = [hit("a", CLAIM, date(1930, 5, 3)), hit("b", denial, date(1930, month, 4))]
    assert bool(disputes(question, hits)) is found


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
