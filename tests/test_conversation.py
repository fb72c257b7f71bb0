from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import Turn
from assistant.answers import Citation, answer_text
from assistant.conversation import stand_alone
from assistant.failures import ModelFailed
from assistant.models import Message, Piece
from assistant.rewriting import ModelRewriter
from index import Document

HISTORY = (Turn("Why did Changpeng Zhao resign?", "He pleaded guilty."),)


def test_a_first_question_is_left_as_it_is() -> None:
    assert stand_alone("When was he released?", ()) == "When was he released?"


def test_a_pronoun_is_replaced_by_the_name_spoken_of() -> None:
    found = stand_alone("And when was he released?", HISTORY)
    assert found == "And when was Changpeng Zhao released?"


def test_a_bare_why_borrows_the_words_of_the_question_before() -> None:
    assert "resign" in stand_alone("Why?", HISTORY)


def test_a_change_of_topic_drags_nothing_along() -> None:
    question = "What did Judge Richard Jones approve in Seattle?"
    assert stand_alone(question, HISTORY) == question


@pytest.mark.parametrize(
    "question",
    [
        "How much did Samuel Lim have to pay?",
        "Who is Karoline Leavitt?",
        "Where does Giggle Academy teach children?",
    ],
)
def test_a_question_with_a_subject_of_its_own_is_left_alone(question: str) -> None:
    assert stand_alone(question, HISTORY).split(" (")[0] == question
    assert "Zhao" not in stand_alone(question, HISTORY)


@pytest.mark.parametrize(
    ("question", "stands"),
    [
        ("and when did the trial open?", True),
        ("And why was the mate of the ferry charged?", True),
        ("But did Orlo buy the ferry?", True),
        ("And has Blue Water been fined?", True),
        ("and the trial?", False),
        ("And Orlo?", False),
        ("and what was the price?", False),
        ("and when did the trial?", False),
        # One named before.
        ("and what did the company say?", False),
        ("and when did the other trial open?", False),
    ],
)
def test_a_whole_clause_after_and_stands_alone(question: str, stands: bool) -> None:
    turn = Turn("When did the collision at Lindholm happen?", "In May.")
    assert (stand_alone(question, [turn]) == question) == stands


def test_he_is_whom_the_answer_speaks_of_and_it_the_thing() -> None:
    turn = Turn("Who is the new head of Binance?", "Richard Teng replaced Changpeng Zhao.")
    assert stand_alone("What was his job?", [turn]).startswith("What was Richard Teng's job?")
    turn = Turn("What does CZ run?", "Changpeng Zhao runs the nonprofit Giggle Academy.")
    assert "Giggle Academy" in stand_alone("What does it teach?", [turn])


@pytest.mark.parametrize(
    ("before", "question", "found"),
    [
        ("Has CZ applied for a pardon?", "Has it been granted?", "Has the pardon been granted?"),
        (
            "Did Orlo pay a harbour tax?",
            "Was it later raised?",
            "Was the harbour tax later raised?",
        ),
        # It does something itself, or nobody did anything to a thing before.
        ("Did Orlo pay a tax?", "Has it sold ferries?", "Has Orlo sold ferries?"),
        ("Who founded Orlo?", "Was it fined?", "Was Orlo fined?"),
    ],
)
def test_it_that_something_is_done_to_is_what_somebody_did_it_to(
    before: str, question: str, found: str
) -> None:
    assert stand_alone(question, [Turn(before, "Yes.")]).split(" (")[0] == found


@pytest.mark.parametrize(
    ("publisher", "published"),
    [("Island Broadcasting", date(2024, 3, 1)), ("Orkney Post", None), (None, date(2024, 3, 1))],
)
def test_who_published_a_quote_is_nobody_that_it_speaks_of(
    publisher: str | None, published: date | None
) -> None:
    text = "Ms Vale appealed against the verdict of the court in Bergvik."
    document = Document("a", text, source=publisher, published=published)
    answer = answer_text([Citation(1, text, 0, len(text), document)])
    for said in (answer, text):
        turn = Turn("Who appealed?", said)
        assert stand_alone("Did she win?", [turn]).startswith("Did Ms Vale win?")
        assert "Bergvik" in stand_alone("Where is it?", [turn])
    turn = Turn("Who appealed?", "Vale told Orkney Post, on Monday: “I did.” [1]")
    assert stand_alone("Where is it?", [turn]).startswith("Where is Orkney Post?")


@pytest.mark.parametrize(
    ("before", "said", "question", "found"),
    [
        (
            "Who is the prosecutor?",
            "The prosecutor, Ann Vale, said that Reinholt had ignored two warnings.",
            "Did she appeal?",
            "Did Ann Vale appeal?",
        ),
        (
            "Who is the prosecutor?",
            "Vale, who is from Leeds, said that Tom Reinholt had lied.",
            "Did she appeal?",
            "Did Vale appeal?",
        ),
        (
            "Who fears it?",
            "Blue Water believes that it goes on, its secretary, Cal Frew, said on Monday.",
            "What did he say?",
            "What did Cal Frew say?",
        ),
        (
            "Who founded Orlo?",
            "Orlo was founded by Edith Rowan.",
            "When did she found it?",
            "When did Edith Rowan found Orlo?",
        ),
    ],
)
def test_he_or_she_is_who_says_or_does_it_and_not_whom_it_is_said_of(
    before: str, said: str, question: str, found: str
) -> None:
    assert stand_alone(question, [Turn(before, said)]).split(" (")[0] == found


@pytest.mark.parametrize(
    ("before", "said", "question", "found"),
    [
        # What is asked about, and spoken of.
        ("Who founded Orlo?", "Orlo has 900 people in Kelso.", "Where is it?", "Where is Orlo?"),
        ("What did Harlow say about Orlo?", "That it is old.", "Is it sold?", "Is Orlo sold?"),
        # Who is asked what it did is not what it did something to.
        ("What did Harlow sell?", "Harlow sold Orlo in Kelso.", "Who has it?", "Who has Orlo?"),
        ("What did Harlow sell?", "A ferry.", "Who has it?", "Who has it?"),
        # The object of a verb is nearer than the last name.
        ("What was sold?", "Ann Lee sold Orlo in Kelso.", "Where is it?", "Where is Orlo?"),
        ("Is Lee writing a book?", "Yes.", "What is its title?", "What is the book's title?"),
        # What is said has no name.
        ("What did Lee say about Orlo?", "No.", "Who denied it?", "Who denied it?"),
    ],
)
def test_it_is_what_was_asked_about_or_what_something_was_done_to(
    before: str, said: str, question: str, found: str
) -> None:
    assert stand_alone(question, [Turn(before, said)]).split(" (")[0] == found


def test_words_put_back_are_not_asked_about() -> None:
    history = [
        Turn("What did Harlow say about Orlo?", "Nothing."),
        Turn("Was it sold?", "Orlo was sold in Kelso."),
    ]
    assert "(Harlow)" in stand_alone(history[-1].question, history[:-1])
    assert stand_alone("Who bought it?", history).startswith("Who bought Orlo?")


def test_nobody_is_two_people() -> None:
    turn = Turn("What did Ann Lee say?", "Ann Lee said no.")
    assert stand_alone("Did she see him?", [turn]).startswith("Did Ann Lee see him?")


def test_he_and_him_are_two_people() -> None:
    turn = Turn("Who had help?", "Roger Ver paid Roger Stone.")
    found = stand_alone("How much did he pay him?", [turn])
    assert found.startswith("How much did Roger Ver pay Roger Stone?")


def test_a_follow_up_to_a_follow_up_keeps_its_subject() -> None:
    turns = [*HISTORY, Turn("When was he released?", "In September 2024.")]
    assert "Changpeng Zhao" in stand_alone("And how old was he then?", turns)


@given(st.lists(st.tuples(st.text(), st.text()), max_size=4), st.text())
def test_any_conversation_can_be_completed(turns: list[tuple[str, str]], question: str) -> None:
    history = [Turn(asked, said) for asked, said in turns]
    found = stand_alone(question, history)
    # A name may stand for a pronoun; nothing else of the question is lost.
    assert len(found) >= len(question) - 12
    if not history:
        assert found == question


class Says:
    """A chat model with one reply, or the failure it is given."""

    name = "says"

    def __init__(self, reply: str | ModelFailed) -> None:
        self.reply = reply

    def stream(self, messages: Sequence[Message]) -> Iterator[Piece]:
        if isinstance(self.reply, ModelFailed):
            raise self.reply
        yield Piece(self.reply)


def test_a_models_rewrite_is_taken_when_it_says_nothing_new() -> None:
    reply = "When was Changpeng Zhao released?"
    assert ModelRewriter(Says(reply))("When was he released?", HISTORY) == reply


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "When was Arthur Hayes released?",
        "When was Changpeng Zhao released in 2019?",
        "I cannot help with that.",
        "Sure! " + "Zhao was released. " * 40,
        ModelFailed("the server is gone"),
    ],
    ids=str,
)
def test_a_rewrite_that_cannot_be_used_gives_way_to_the_one_without_a_model(
    reply: str | ModelFailed,
) -> None:
    found = ModelRewriter(Says(reply))("When was he released?", HISTORY)
    assert found == stand_alone("When was he released?", HISTORY)
    assert "Changpeng Zhao" in found


def test_a_follow_up_is_completed_alike_by_every_process() -> None:
    script = """
from assistant import Turn
from assistant.conversation import stand_alone
asked = "Is Venus's air what O'Hara's and S. Vos's book says, or U.S. papers' own view?"
print(stand_alone("why so?", [Turn(asked, "Yes.")]))
"""
    told = {
        subprocess.run(
            [sys.executable, "-c", script],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3", "4")
    }
    assert len(told) == 1
