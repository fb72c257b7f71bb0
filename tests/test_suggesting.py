"""A question is offered only when the documents answer it with something not yet read."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from assistant import Answer, Assistant
from assistant.page.suggesting import SURE, Suggesting, follow_ups
from assistant.page.talk import Exchange, Talk

PARDON = "Did CZ ask for a pardon?"


def test_every_question_offered_is_answered_surely_and_with_something_new(
    sample: Assistant,
) -> None:
    offered = 0
    for question in (PARDON, "Who replaced CZ as chief executive of Binance?"):
        answer = sample.ask(question)
        read = {citation.quote for citation in answer.citations}
        for found in follow_ups(Talk((Exchange.of(answer),)), sample.index.document, sample.ask):
            offered += 1
            further = sample.ask(found)
            assert not further.abstained
            assert further.confidence >= SURE
            assert {citation.quote for citation in further.citations} - read
    assert offered >= 2


def test_nothing_is_offered_that_was_read_or_that_nobody_answers(sample: Assistant) -> None:
    answer = sample.ask(PARDON)
    talk = Talk((Exchange.of(answer),))

    def silent(question: str) -> Answer:
        return sample.ask("Which university educated Satya Nadella?")

    def same(question: str) -> Answer:
        return answer

    assert follow_ups(talk, sample.index.document, silent) == []
    assert follow_ups(talk, sample.index.document, same) == []
    assert follow_ups(Talk(), sample.index.document, sample.ask) == []


def test_a_few_questions_at_most_are_tried(sample: Assistant) -> None:
    asked: list[str] = []

    def count(question: str) -> Answer:
        asked.append(question)
        return sample.ask(question)

    follow_ups(Talk((Exchange.of(sample.ask(PARDON)),)), sample.index.document, count)
    assert 1 <= len(asked) <= 6


def test_those_who_find_no_place_are_sent_away_and_the_others_have_their_turn(
    sample: Assistant,
) -> None:
    suggesting = Suggesting(waiting=1)
    talk = Talk((Exchange.of(sample.ask(PARDON)),))
    begun, gate = threading.Event(), threading.Event()

    def slow(question: str) -> Answer:
        begun.set()
        gate.wait(30)
        return sample.ask(question)

    def of(page: str) -> list[str]:
        return suggesting.of(page, talk, sample.index.document, slow)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(of, "a")
        begun.wait(30)
        # What a page asks for anew takes the place of what is under way for it.
        second = pool.submit(of, "a")
        until = time.monotonic() + 30
        while suggesting._places._value and time.monotonic() < until:
            time.sleep(0.01)
        assert [of(page) for page in "bcd"] == [[], [], []]
        gate.set()
        assert first.result() == []
        assert second.result()
    assert of("b") == second.result()
    assert not suggesting._latest
