"""Questions that ask for all there is of a name, and what answers them."""

from __future__ import annotations

import re

import pytest

from assistant import Assistant
from assistant.asked_about import asked_about
from index import Document, Index


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("Tell me about Orlo", "Orlo"),
        ("Can you tell me everything you know about Ann Lee?", "Ann Lee"),
        ("please tell me more about orlo.", "orlo"),
        ("What do you know about the White House?", "White House"),
        ("What do the documents say about Orlo?", "Orlo"),
        ("What is said about Orlo?", "Orlo"),
        ("And what is there about Orlo?", "Orlo"),
        ("Which documents mention Ann Lee?", "Ann Lee"),
        ("Which of the reports are about Orlo?", "Orlo"),
        ("Do any of the documents mention Orlo?", "Orlo"),
        ("Is Ann Lee mentioned anywhere?", "Ann Lee"),
        ("Is Orlo mentioned in the documents?", "Orlo"),
        ("Is there anything in the files about Orlo?", "Orlo"),
        ("Any news on Orlo?", "Orlo"),
        ("Orlo", "Orlo"),
        ("The White House?", "White House"),
        ("Tell me about Orlo (Ann Lee)", "Orlo"),
    ],
)
def test_what_all_is_asked_of(question: str, topic: str) -> None:
    assert asked_about(question) == topic


@pytest.mark.parametrize(
    "question",
    [
        "Tell me about the sale of Orlo to Brightwater in May",
        "Tell me when Orlo was sold",
        "What does Ann Lee say about Orlo?",
        "What is known of who sold it?",
        "Which documents did Orlo sign?",
        "Is Orlo sold?",
        "orlo sold",
        "What is Orlo?",
        "What?",
        "...",
        "Tell me about",
        "Tell me about " + "Orlo" * 100,
    ],
)
def test_other_questions_ask_for_one_thing(question: str) -> None:
    assert asked_about(question) == ""


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("Tell me about Gasparino", "Gasparino"),
        ("gasparino", ""),
        ("Do the documents mention BitMEX?", "BitMEX"),
        ("Is Roger Ver mentioned in the documents?", "Roger Ver"),
        ("Which documents mention the White House?", "White House"),
        ("CZ", "CZ|Zhao"),
        ("Do the documents mention Elon Musk?", ""),
        ("Tell me about the ferry", ""),
    ],
)
def test_every_sentence_quoted_has_the_name(sample: Assistant, question: str, name: str) -> None:
    answer = sample.ask(question)
    assert answer.abstained == (not name)
    assert all(re.search(name, citation.quote) for citation in answer.citations)


@pytest.mark.parametrize("question", ["Pardon", "Tell me about prison"])
def test_a_word_of_small_letters_is_no_name(sample: Assistant, question: str) -> None:
    topic = asked_about(question).casefold()
    assert topic
    quotes = [citation.quote for citation in sample.ask(question).citations]
    # Were it taken for one, only sentences that it opens could be quoted.
    assert any(topic in quote for quote in quotes)


def test_a_last_name_is_of_whom_its_passage_names(index: Index) -> None:
    index.add(
        [
            Document("a", "Quiet Ledger sold the files. Nobody paid what Ledger asked."),
            Document("b", "The Aviation Ledger wrote of a strike. Ledger readers were told first."),
        ]
    )
    answer = Assistant(index).ask("Tell me about Quiet Ledger")
    assert {citation.document.id for citation in answer.citations} == {"a"}
    assert "Ledger asked" in answer.text


def test_all_told_of_a_name_comes_from_more_than_one_time(sample: Assistant) -> None:
    days = {c.document.published for c in sample.ask("Tell me about Changpeng Zhao").citations}
    assert len(days) > 2
