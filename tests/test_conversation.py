from __future__ import annotations

from assistant import Turn
from assistant.conversation import stand_alone

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
