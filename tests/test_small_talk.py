"""What asks nothing of the documents is met by an invitation to ask."""

from __future__ import annotations

import pytest

from assistant import Assistant
from assistant.answers import Turn
from assistant.small_talk import INVITATION, is_small_talk
from index import Index


@pytest.mark.parametrize(
    "text",
    [
        *("hello", "Hi there!", "Good morning", "Thanks!", "thank you very much", "OK, thanks."),
        *("help", "Who are you?", "What can you do?", "What can I ask?", "How does this work?"),
        *("Summarize the documents", "What are these documents about?", "What is this about?"),
    ],
)
def test_an_invitation_is_all_there_is_to_say(sample: Assistant, text: str) -> None:
    assert is_small_talk(text, first=True)
    answer = sample.ask(text)
    assert (answer.text, answer.abstained, answer.citations) == (INVITATION, True, ())
    assert answer.hits == ()


@pytest.mark.parametrize(
    "text",
    [
        *("Who is Eswar Prasad?", "What is the pardon about?", "What did he do?", "help for Leeds"),
        *("Summarize the pardon", "Is it great?", "Who is it?", "hello Leeds", "", "?"),
    ],
)
def test_a_question_is_no_small_talk(text: str) -> None:
    assert not is_small_talk(text, first=True)


def test_once_something_was_answered_this_is_what_was_answered(sample: Assistant) -> None:
    assert not is_small_talk("What is this about?", first=False)
    assert is_small_talk("Thanks!", first=False)
    turn = Turn("Did CZ ask for a pardon?", sample.ask("Did CZ ask for a pardon?").text)
    assert sample.ask("Thanks!", history=[turn]).text == INVITATION
    assert sample.ask("What is this about?", history=[turn]).text != INVITATION


def test_what_follows_a_greeting_is_the_first_question(sample: Assistant) -> None:
    greeting = Turn("Hello!", INVITATION)
    assert sample.ask("What is this about?", history=[greeting]).text == INVITATION
    answer = sample.ask("Why?", history=[greeting])
    assert answer.standalone_question == "Why?"
    talk = [Turn("Did CZ ask for a pardon?", "Zhao denied it."), Turn("Thanks!", INVITATION)]
    assert "pardon" in sample.ask("Why?", history=talk).standalone_question


def test_without_documents_that_is_what_is_said(index: Index) -> None:
    assert Assistant(index).ask("hello").text.startswith("There are no documents")


def test_a_long_text_is_no_small_talk() -> None:
    assert not is_small_talk("hi " * 100_000, first=True)
    assert not is_small_talk("thank " * 13 + "x", first=True)
