"""What is asked of the time before or after something, when that was, and what tells of then."""

from __future__ import annotations

from datetime import date

import pytest

from assistant import Assistant
from assistant.asked_time import told_days
from assistant.bounds import asked_bound, event_day, with_day
from index import Document, Index


@pytest.mark.parametrize(
    ("question", "asked", "when", "before"),
    [
        (
            "What did CZ say before the pardon?",
            "What did CZ say",
            "When did the pardon take place?",
            True,
        ),
        (
            "After the trial of Lee, what happened?",
            "what happened",
            "When did the trial of Lee take place?",
            False,
        ),
        ("What was reported prior to his release", "What was reported", None, True),
        (
            "What happened to Orlo after Lee was arrested?",
            "What happened to Orlo",
            "When was Lee arrested?",
            False,
        ),
        (
            "What had happened before Lee resigned?",
            "What had happened",
            "When was it that Lee resigned?",
            True,
        ),
        ("What did the mayor of Leeds deny since the vote?", None, None, False),
    ],
)
def test_what_is_asked_and_what_bounds_it(
    question: str, asked: str | None, when: str | None, before: bool
) -> None:
    found = asked_bound(question)
    assert found is not None
    assert (found.before, found.day, found.question) == (before, None, question)
    assert asked in (None, found.asked) and when in (None, found.when)


@pytest.mark.parametrize(
    "question",
    [
        "How long before the podcast was it filed?",
        "What does the minister do by speaking after everyone else?",
        "Did Lee apply before the newspapers wrote about it?",
        "What was Lee doing at Orlo before he became its head?",
        "What was reported before the pardon about Ripple?",
        "Who ran Orlo after Lee?",
        "What happened?",
        "What is after?",
        "What did Lee say before " + "the long " * 30 + "trial?",
    ],
)
def test_who_asks_for_one_thing_bounds_no_time(question: str) -> None:
    assert asked_bound(question) is None


@pytest.mark.parametrize(
    ("question", "day"),
    [
        ("What happened after 3 May 2024?", (2024, 5, 3)),
        ("What happened to Orlo before May 2024?", (2024, 5, 0)),
        ("What did Lee say since 2024?", (2024, 0, 0)),
    ],
)
def test_a_day_that_is_named_bounds_by_itself(question: str, day: object) -> None:
    found = asked_bound(question)
    assert found is not None and found.day == day


@pytest.mark.parametrize("day", [(2024, 5, 3), (2024, 5, 0), (2024, 0, 0)])
@pytest.mark.parametrize(
    "question", ["What did Lee say before the trial?", "After the trial, what happened?"]
)
def test_the_day_stands_behind_what_it_is_of_and_is_read_there(
    question: str, day: tuple[int, int, int]
) -> None:
    placed = with_day(question, day)
    found = asked_bound(placed)
    assert found is not None
    assert (found.day, found.question) == (day, question)
    assert "the trial (" in placed and "2024)" in placed
    assert with_day("Who is Lee?", day) == "Who is Lee?"


@pytest.mark.parametrize(
    ("side", "sentence", "tells"),
    [
        ("before", "Lee left on May 2, 2024.", True),
        ("before", "Lee left on May 3, 2024.", False),
        ("before", "Lee, who came in 2021, left on May 3, 2024.", False),
        ("before", "Lee left in April 2024.", True),
        ("before", "Lee left in May 2024.", False),
        ("before", "Lee left in 2023, Orlo reported on May 9, 2024.", True),
        # It came out on May 10.
        ("before", "Lee left.", False),
        ("before", "Lee had been its head.", True),
        ("before", "After that Lee was no longer what he had been.", False),
        ("before", "Lee left on Wednesday.", False),
        ("after", "Lee left on May 3, 2024.", True),
        ("after", "Lee left on May 2, 2024.", False),
        ("after", "Lee left in May 2024.", True),
        ("after", "Lee, who came in 2021, left on May 8.", True),
        ("after", "Lee left.", True),
        ("after", "Lee left yesterday.", True),
    ],
)
def test_a_sentence_tells_of_before_or_after(side: str, sentence: str, tells: bool) -> None:
    found = asked_bound(f"What happened {side} the trial (3 May 2024)?")
    assert found is not None
    assert found.told_by(sentence, date(2024, 5, 10)) == tells
    assert found.told_by("Lee left.", None), "what has no day at all may be of any time"


def test_an_event_was_when_it_is_told_as_done() -> None:
    published = date(2024, 6, 1)
    asked = ("Lee asked for a pardon on May 1, 2024.", published)
    given = ("Lee was pardoned on May 9, 2024.", published)
    other = ("Orlo gave May 8, 2024 as the day of the pardon.", published)
    report = ("Lee was pardoned, Orlo reported on May 12, 2024.", published)
    assert event_day("the pardon", [asked, given]) == (2024, 5, 9)
    assert event_day("the pardon", [asked]) is None
    assert event_day("the pardon", [report]) is None
    assert event_day("Lee was pardoned", [given, other, given]) == (2024, 5, 9)
    assert event_day("Lee was pardoned", [given, other]) == (2024, 5, 8)
    # The best answer needs no word for it, and a further one does.
    found = ("A jury found Lee guilty on May 2, 2024.", published)
    assert event_day("the verdict", [found, given]) == (2024, 5, 2)
    assert event_day("the verdict", [report, found]) is None
    assert event_day("the verdict", []) is None
    assert event_day("the verdict", [("It fell on February 30, 2024.", None), found])


def test_the_days_told_are_those_of_what_happened() -> None:
    published = date(2024, 5, 10)
    text = "Lee, who came in 2021, left on May 3, Orlo reported on May 4, 2024."
    assert told_days(text, published) == [(2021, 0, 0), (2024, 5, 3)]
    assert told_days("Lee left on Wednesday.", published) == [(2024, 5, 8)]
    assert told_days("Lee left on May 3.", None) == []


def test_before_the_pardon_is_a_time(sample: Assistant) -> None:
    answer = sample.ask("What did CZ say before the pardon?")
    assert answer.standalone_question == "What did CZ say before the pardon (22 October 2025)?"
    assert not answer.abstained
    days = [citation.document.published for citation in answer.citations]
    assert days and all(day and day < date(2025, 10, 22) for day in days)
    after = sample.ask("What did the White House say after the pardon?")
    assert not after.abstained
    days = [citation.document.published for citation in after.citations]
    assert days and all(day and day >= date(2025, 10, 22) for day in days)


@pytest.mark.parametrize(
    "question",
    ["What did Elon Musk say before the pardon?", "What happened after the moon landing?"],
)
def test_what_is_not_told_at_all_is_not_told_of_a_time(sample: Assistant, question: str) -> None:
    assert sample.ask(question).abstained


def test_what_bounds_is_looked_up_under_the_limits_of_the_question(sample: Assistant) -> None:
    asked = "What did CZ say before the pardon?"
    early = sample.ask(asked, as_of=date(2025, 9, 1))
    assert "October" not in early.standalone_question
    assert all(c.document.published <= date(2025, 9, 1) for c in early.citations)  # type: ignore[operator]


def test_what_came_out_later_and_looks_back_is_of_before(index: Index) -> None:
    index.add(
        [
            Document("a", "Lee was arrested on May 3, 2024.", published=date(2024, 5, 4)),
            Document("b", "In April 2024, Lee sold the mill to Orlo.", published=date(2024, 6, 1)),
            Document("c", "Lee moved to Leeds in July 2024.", published=date(2024, 8, 1)),
        ]
    )
    answer = Assistant(index).ask("What happened to Lee before 3 May 2024?")
    assert [citation.document.id for citation in answer.citations] == ["b"]
    answer = Assistant(index).ask("What happened to Lee after 4 May 2024?")
    assert [citation.document.id for citation in answer.citations] == ["c"]
