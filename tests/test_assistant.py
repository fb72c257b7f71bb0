"""The main job with the real embedding model over the shipped corpus, off the network."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path

import pytest
from conftest import SHARED, needs_shared

from assistant import Answer, Assistant, Turn
from index import Document, Index

PARDON = "Did CZ ask for a pardon?"


def checked(assistant: Assistant, answer: Answer) -> Answer:
    assert answer.complete
    for citation in answer.citations:
        text = assistant.index.document(citation.document.id).text
        assert text[citation.start : citation.end] == citation.quote
        assert f"[{citation.number}]" in answer.text
    return answer


def days(answer: Answer) -> list[date]:
    return [c.document.published for c in answer.citations if c.document.published]


def test_the_pardon_question_shows_denial_application_and_pardon_with_dates(
    sample: Assistant,
) -> None:
    answer = checked(sample, sample.ask(PARDON))
    months = {(day.year, day.month) for day in days(answer)}
    assert not answer.abstained
    assert {(2025, 3), (2025, 5), (2025, 10)} <= months
    assert days(answer) == sorted(days(answer))


@pytest.mark.parametrize("name", ["Zhao", "CZ"])
def test_who_applied_for_a_thing_asked_for_it(sample: Assistant, name: str) -> None:
    answer = checked(sample, sample.ask(f"Did {name} ask for a pardon?"))
    told = {c.document.published: c.quote for c in answer.citations if "applied" in c.quote}
    assert date(2025, 5, 6) in told or date(2025, 5, 7) in told


def test_as_of_april_2025_shows_nothing_later(sample: Assistant) -> None:
    answer = checked(sample, sample.ask(PARDON, as_of=date(2025, 4, 1)))
    assert days(answer)
    assert max(days(answer)) <= date(2025, 4, 1)
    assert answer.as_of == date(2025, 4, 1)


def test_the_documents_silence_is_said_not_filled(sample: Assistant) -> None:
    answer = sample.ask("Which team won the football world cup in 1998?")
    assert answer.abstained
    assert answer.citations == ()
    assert answer.hits
    assert answer.confidence < 0.5


def test_a_stream_ends_in_what_ask_gives(sample: Assistant) -> None:
    snapshots = list(sample.stream(PARDON))
    assert [snapshot.complete for snapshot in snapshots[:-1]] == [False] * (len(snapshots) - 1)
    assert snapshots[-1] == sample.ask(PARDON)


async def test_the_chain_runs_in_all_of_langchains_ways(sample: Assistant) -> None:
    expected = sample.ask(PARDON)
    assert sample.chain.invoke(PARDON) == expected
    assert await sample.chain.ainvoke({"question": PARDON}) == expected
    assert sample.chain.batch([PARDON, PARDON]) == [expected, expected]
    snapshots = list(sample.chain.stream(PARDON))
    assert snapshots[-1] == expected
    assert [snapshot async for snapshot in sample.chain.astream(PARDON)] == snapshots


async def test_who_stops_listening_to_a_stream_leaves_it_usable(sample: Assistant) -> None:
    whole = [snapshot async for snapshot in sample.chain.astream(PARDON)]
    assert len(whole) > 2
    async for first in sample.chain.astream(PARDON):
        assert not first.complete
        break

    begun = asyncio.Event()

    async def last() -> Answer:
        found = []
        async for snapshot in sample.chain.astream(PARDON):
            found.append(snapshot)
            begun.set()
        return found[-1]

    dropped = asyncio.create_task(last())
    # While the next snapshot is being made.
    await begun.wait()
    dropped.cancel()
    with pytest.raises(asyncio.CancelledError):
        await dropped
    assert await asyncio.gather(last(), last(), last()) == [whole[-1]] * 3


def test_a_follow_up_is_searched_for_as_a_question_that_stands_alone(sample: Assistant) -> None:
    first = sample.ask("Why did Changpeng Zhao resign?")
    second = sample.ask("When was he released?", history=[Turn(first.question, first.text)])
    assert "Changpeng Zhao" in second.standalone_question
    assert any("released" in citation.quote for citation in second.citations)


def test_an_empty_index_abstains(tmp_path: Path) -> None:
    answer = Assistant(Index.open(tmp_path / "store")).ask("Anything?")
    assert answer.abstained
    assert "no documents" in answer.text


def test_of_a_publisher_that_is_not_there_it_says_so(sample: Assistant) -> None:
    answer = sample.ask("Did CZ ask for a pardon?", sources=["Nobody's Daily"])
    assert answer.text == "There are no documents of Nobody's Daily to answer from."


@pytest.mark.parametrize("question", ["", "   ", "\n"])
def test_an_empty_question_is_refused(sample: Assistant, question: str) -> None:
    with pytest.raises(ValueError, match="empty"):
        sample.ask(question)


@pytest.mark.parametrize(
    "question", ["?", "🚨", "a" * 5000, "SELECT * FROM x; --", "[1] [2]", "كيف", "为什么?"]
)
def test_odd_questions_get_an_answer_or_an_abstention(sample: Assistant, question: str) -> None:
    checked(sample, sample.ask(question))


def test_bracketed_numbers_in_a_document_are_not_taken_for_citations(tmp_path: Path) -> None:
    assistant = Assistant(Index.open(tmp_path / "store"))
    assistant.index.add([Document("a", "The bridge over the river Aa opened in 1930.[7]")])
    answer = checked(assistant, assistant.ask("When did the bridge over the river Aa open?"))
    assert "[7]" not in answer.text


@needs_shared
def test_over_the_seed_alone_the_denial_is_quoted(tmp_path: Path) -> None:
    assistant = Assistant.open(tmp_path / "store")
    assistant.index.sync(SHARED / "seed")
    answer = checked(assistant, assistant.ask(PARDON))
    assert "denied" in answer.text
    assert days(answer) == [date(2025, 3, 13)] * len(answer.citations)
