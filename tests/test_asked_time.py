"""What is asked of a day, a month or a year, and what tells of it."""

from __future__ import annotations

from datetime import date

import pytest

from assistant import Assistant
from assistant.answers import Turn
from assistant.asked_time import asked_time
from index import Document, Index


@pytest.mark.parametrize(
    ("question", "when", "about"),
    [
        ("What happened in April 2024?", (2024, 4, 0), ""),
        ("what happened on april 30, 2024", (2024, 4, 30), ""),
        ("What happened to the mill on 30 April 2024?", (2024, 4, 30), "the mill"),
        ("In April 2024, what happened to CZ?", (2024, 4, 0), "CZ"),
        ("And what else happened at Orlo in 2024?", 2024.0, "Orlo"),
        ("Which events took place in 2024?", 2024.0, ""),
        ("What were the main events of 2024?", 2024.0, ""),
        ("What did the mayor of Leeds do on May 3?", (0, 5, 3), "the mayor of Leeds"),
        ("What did Ann Lee say in May 2024?", (2024, 5, 0), "Ann Lee"),
        ("Did anything happen to Orlo in May 2024?", (2024, 5, 0), "Orlo"),
        ("What was reported about Orlo in May 2024?", (2024, 5, 0), "Orlo"),
        ("What was in the news on 2024-05-03?", (2024, 5, 3), ""),
        ("What happened in 2024? (Orlo)", 2024.0, ""),
    ],
)
def test_the_time_and_whom_it_is_asked_of(question: str, when: object, about: str) -> None:
    found = asked_time(question)
    assert found is not None
    assert (found.when.value, found.about) == (when, about)
    assert found.says == (" say" in question)
    assert found.reported == ("reported" in question or "news" in question or found.says)


@pytest.mark.parametrize(
    "question",
    [
        "What happened?",
        "What happened to CZ?",
        "What happened to the class of 2024?",
        "What happened to the 2024 budget?",
        "What happened between May 2024 and June 2024?",
        "Who was sentenced in April 2024?",
        "What happened to 2024 ships?",
        "When did it happen in April 2024?",
        "What happened in Leeds " + "and Leeds " * 40 + "in 2024?",
    ],
)
def test_other_questions_ask_of_no_time(question: str) -> None:
    assert asked_time(question) is None


@pytest.mark.parametrize(
    ("question", "sentence", "tells"),
    [
        ("What happened in May 2024?", "The mill closed on May 3, 2024.", True),
        ("What happened in 2024?", "The mill closed on May 3, 2024.", True),
        ("What happened in 2024?", "It had closed in 2024.", True),
        ("What happened on May 3, 2024?", "The mill closed in May 2024.", False),
        ("What happened on May 3, 2024?", "The mill closed on May 4, 2024.", False),
        ("What happened in 2024?", "It sold 2024 ships.", False),
        # Of the day it came out: Friday, May 10, 2024.
        ("What happened on May 8, 2024?", "The mill closed on Wednesday.", True),
        ("What happened on May 10, 2024?", "The mill closes today.", True),
        ("What happened on May 9, 2024?", "The mill closed yesterday.", True),
        ("What happened on May 9, 2024?", "The mill closed on Friday.", False),
        ("What happened on May 3, 2024?", "The mill closed on May 3.", True),
        ("What happened on December 3, 2023?", "The mill closed on December 3.", True),
        ("What happened on May 9, 2024?", "It closed on Thursday, March 7, 2024.", False),
        ("What happened on May 9, 2024?", "It closed on Thursday, 7 March.", False),
        ("What happened in May 2024?", "Lee wrote in May 2024 that it had closed.", True),
        # The day of a report is not that of what it tells.
        ("What happened in May 2024?", "It closed in June 2021, Orlo reported in May 2024.", False),
        ("What was reported in May 2024?", "It closed in June 2021.", True),
        ("What happened in May 2024?", "The mill closed.", False),
    ],
)
def test_a_sentence_tells_of_a_time_by_its_days(question: str, sentence: str, tells: bool) -> None:
    asked = asked_time(question)
    assert asked is not None
    assert asked.told_by(sentence, date(2024, 5, 10)) == tells


def test_without_a_day_of_publication_a_weekday_is_of_no_time() -> None:
    asked = asked_time("What happened on May 3?")
    assert asked is not None
    assert asked.told_by("It closed on May 3, 2024.", None)
    assert not asked.told_by("It closed on Friday.", None)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What happened on October 23, 2025?", "pardon"),
        ("What happened to CZ in April 2024?", "sentenced"),
        ("What happened in September 2024?", "released"),
        ("What did Binance do in November 2023?", "pleaded guilty"),
    ],
)
def test_what_happened_at_a_time_is_answered_by_what_tells_of_it(
    sample: Assistant, question: str, words: str
) -> None:
    answer = sample.ask(question)
    asked = asked_time(question)
    assert asked is not None and not answer.abstained
    assert any(words in citation.quote for citation in answer.citations)
    for citation in answer.citations:
        assert asked.told_by(citation.quote, citation.document.published)


def test_what_somebody_said_at_a_time_is_told_by_what_quotes_them(index: Index) -> None:
    index.add(
        [
            Document("a", "Ann Lee said that the mill was safe.", published=date(2024, 5, 9)),
            Document("b", "Ann Lee is ill, Tom Hale said.", published=date(2024, 5, 9)),
            Document("c", "Ann Lee said that it would close.", published=date(2024, 6, 9)),
        ]
    )
    answer = Assistant(index).ask("What did Ann Lee say in May 2024?")
    assert [citation.document.id for citation in answer.citations] == ["a"]


@pytest.mark.parametrize(
    "question",
    [
        "What happened in April 1999?",
        "What happened to Elon Musk in October 2025?",
        "What happened to the ferry in April 2024?",
        "What happened to Elon Musk at Binance in November 2023?",
        "What did CZ do for Elon Musk in March 2025?",
    ],
)
def test_what_is_told_of_no_such_time_or_name_is_not_answered(
    sample: Assistant, question: str
) -> None:
    assert sample.ask(question).abstained


def test_after_another_question_a_time_is_still_asked_of_all(sample: Assistant) -> None:
    talk = [Turn("Who is Eswar Prasad?", "Eswar Prasad is an economist.")]
    question = "What happened in April 2024?"
    assert sample.ask(question, history=talk).standalone_question == question
    assert "Prasad" in sample.ask("And " + question, history=talk).standalone_question


def test_what_differs_in_the_day_is_not_told_once_only(index: Index) -> None:
    told = "The harbour bridge at Leeds was opened by the mayor on May {}, 2024."
    days = {
        f"{told.format(3)} Boats may pass below it at any tide.": "Orlo",
        f"Nobody was hurt when a crane fell. {told.format(4)}": "Kent",
        f"{told.format(4)} Tolls are due from carts and wagons, though not from walkers.": "Lund",
    }
    for text, source in days.items():
        index.add([Document(source, text, source=source, published=date(2024, 5, 9))])
    quotes = [c.quote for c in Assistant(index).ask("What happened in May 2024?").citations]
    assert sorted(quotes) == [told.format(3), told.format(4)]


def test_what_came_out_then_is_found_though_it_names_no_time(index: Index) -> None:
    told = "The council of Leeds sold mill number {} to a buyer from Kent."
    days = [date(2024, 1 + n // 28, 1 + n % 28) for n in range(140)]
    index.add([Document(f"d{n:03}", told.format(n), published=day) for n, day in enumerate(days)])
    assistant = Assistant(index)
    answer = assistant.ask("What happened in May 2024?")
    assert answer.citations
    assert all(c.document.published.month == 5 for c in answer.citations)  # type: ignore[union-attr]
    # Of a single day, it may be news of the day before.
    assert assistant.ask("What happened on 3 May 2024?").confidence < answer.confidence
    assert assistant.ask("What happened in May 2024?", as_of=date(2024, 4, 1)).abstained


@pytest.mark.parametrize(
    ("question", "end"),
    [
        ("What happened in May 2024?", date(2024, 5, 31)),
        ("What happened on May 3, 2024?", date(2024, 5, 3)),
        ("What happened in 2024?", date(2024, 12, 31)),
        ("What happened on May 3?", None),
        ("What happened on February 30, 2024?", None),
    ],
)
def test_a_time_ends_on_its_last_day(question: str, end: date | None) -> None:
    asked = asked_time(question)
    assert asked is not None and asked.end == end
