from __future__ import annotations

from datetime import date

import pytest

from assistant import Assistant
from assistant.speakers import speaker
from assistant.timing import timing


@pytest.mark.parametrize(
    ("question", "day"),
    [
        ("Did CZ ask for a pardon, as of April 1, 2025?", date(2025, 4, 1)),
        ("Did CZ ask for a pardon as of April 2025?", date(2025, 4, 30)),
        ("What was known up to 13 March 2025?", date(2025, 3, 13)),
        ("What had been paid until 2024?", date(2024, 12, 31)),
        ("Until May 2024, who was chairman?", date(2024, 5, 31)),
        ("Who, up to May 2024, was chairman?", date(2024, 5, 31)),
        ("What was the price as of early March 2024?", date(2024, 3, 10)),
        ("What was the price as of mid-March 2024?", date(2024, 3, 15)),
        ("What was the price as of the end of March 2024?", date(2024, 3, 31)),
        ("What was the price as of mid-2024?", date(2024, 6, 30)),
        ("What was the price as of Q1 2024?", date(2024, 3, 31)),
        ("What was the price as of the second quarter of 2024?", date(2024, 6, 30)),
        ("What happened in April 2025?", None),
        ("Who was chief executive before November 2023?", None),
    ],
)
def test_a_day_up_to_which_to_answer_is_read_from_the_question(
    question: str, day: date | None
) -> None:
    assert timing(question).as_of == day


@pytest.mark.parametrize(
    "question",
    [
        # A number of something is no year.
        "Does the mill employ up to 1,150 people?",
        "Will up to 1900 jobs be lost in Kelso?",
        "Is it valid up to 2000 cups?",
        "Up to 2000 of the seats were sold, is that right?",
        # Until when something was is asked about.
        "Was the trial postponed until January 2024?",
        "Was Erik Dahl chairman until November 2024?",
        "Was the salary paid until 2021?",
        # What day is meant cannot be told.
        "What was offered as of 03/04/2024?",
        "As of last March, who ran it?",
        "What was the price as of early 2024?",
    ],
)
def test_what_limits_no_question_to_a_day_stays_in_its_words(question: str) -> None:
    assert timing(question).as_of is None
    assert timing(question).question == question


def test_the_words_around_a_named_day_are_kept_apart() -> None:
    found = timing("Did CZ, as of May 2025, ask for a pardon?")
    assert found.question == "Did CZ ask for a pardon?"
    assert timing("As of May 2025 did CZ ask?").question == "did CZ ask?"


@pytest.mark.parametrize("question", ["What is the latest?", "Who leads it now?", "Is he still?"])
def test_now_and_latest_mean_the_newest_first(question: str) -> None:
    assert timing(question).newest_first
    assert not timing("Who knows the answer?").newest_first


def test_a_question_that_names_its_day_shows_nothing_later(sample: Assistant) -> None:
    answer = sample.ask("Did CZ ask for a pardon, as of April 1, 2025?")
    assert answer.as_of == date(2025, 4, 1)
    assert answer.standalone_question == "Did CZ ask for a pardon?"
    days = [c.document.published for c in answer.citations if c.document.published]
    assert days and max(days) <= date(2025, 4, 1)


def test_the_latest_is_shown_first(sample: Assistant) -> None:
    days = [
        c.document.published
        for c in sample.ask("What is the latest on the pardon of CZ?").citations
        if c.document.published
    ]
    assert days == sorted(days, reverse=True)


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("Zhao denied that he had asked, U.Today reported on March 13, 2025.", "Zhao"),
        ("The bridge opened, U.Today reported.", ""),
        ("According to political scientist Henry Farrell, it rained.", ""),
        ("According to Henry Farrell, it rained.", "Henry Farrell"),
        ("Eswar Prasad, an economist at Cornell, said that it rained.", "Eswar Prasad"),
        ("He said that it rained.", ""),
        ("It rained.", ""),
        # A name between commas closes a description, and a name after a preposition is in one.
        ("The mate of the Lark, Ann Lee, told the court that it rained.", "Ann Lee"),
        ("It rained on Monday, their lawyer, Ann Lee, said.", "Ann Lee"),
        ("The head of Orlo, Ann Lee, had said in April that it rained.", "Ann Lee"),
        ("Police in Leeds said that it rained.", "Police in Leeds"),
        ("Officials in Portland, Oregon, said that it rained.", "Officials in Portland"),
        ("A spokeswoman for Orlo said that it rained.", "a spokeswoman for Orlo"),
        ("A clerk whom nobody had heard of in Leeds said that it rained.", ""),
        ("Lee, who owns a part of Orlo, said that it rained.", "Lee"),
        ("Orlo on Thursday said that it rained.", "Orlo"),
        ("The court in Leeds, Lee said, had no choice.", "Lee"),
        ("It rained in Leeds. Orlo said so.", "Orlo"),
        ("Nobody told Orlo that it rained, Lee said.", "Lee"),
        ("It rained, according to Orlo's report.", ""),
        # Who said it stands behind it.
        ("“It rained,” said Ann Lee.", "Ann Lee"),
        ('"It rained," added the mayor, Ann Lee, on Friday.', "Ann Lee"),
        ('"Did it rain?" wrote union leader Tom Hale in a letter.', "Tom Hale"),
        ("In Leeds, it would rain in May, said Lee, its clerk.", "Lee"),
        ("Orlo, said Ann Lee of the union, had no choice.", "Ann Lee"),
        ("Orlo, which owns it, said Brightwater would pay.", "Orlo"),
        ("The firm, the oldest in Kent, said The Times of London was wrong.", ""),
        ('"It rained," said Monday\'s letter.', ""),
        ("Ann Lee warned that it would rain.", "Ann Lee"),
        ("a, " * 5000 + "said that it rained.", ""),
        ("At Orlo" + " at Orlo" * 5000 + " said that it rained.", ""),
    ],
)
def test_the_speaker_is_who_the_sentence_names_besides_the_publisher(text: str, who: str) -> None:
    assert speaker(text, "U.Today") == who
