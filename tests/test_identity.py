from __future__ import annotations

import pytest
from conftest import BagOfWords

from assistant import Assistant
from assistant.extractive import READ, ExtractiveReader
from assistant.identity import asked_name, says_who
from index import Document
from index.documents import Hit
from index.splitting import split


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("Who is Mara Holt?", "Mara Holt"),
        ("who's mara holt", "mara holt"),
        ("Who was Mara Holt at the Ash Bay Council?", "Mara Holt"),
        ("What is the CFTC?", "CFTC"),
        ("And what was Report 12?", "Report 12"),
        ("Who were the Hanse of Lübeck?", "Hanse"),
    ],
)
def test_a_question_of_who_or_what_somebody_is_asks_for_a_name(question: str, name: str) -> None:
    named = asked_name(question)
    assert named is not None
    assert named.text == name


@pytest.mark.parametrize(
    "question",
    [
        "Who is the mayor of Ash Bay?",
        "Who was he?",
        "Who was Holt's brother?",
        "Who was Ralph in charge of?",
        "What is it?",
        "What was said of Mara Holt?",
        "Who replaced Mara Holt?",
        "Is Mara Holt the mayor?",
        "Who is",
        "",
    ],
)
def test_no_other_question_does(question: str) -> None:
    assert asked_name(question) is None


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Who is Mara Holt?", "Mara Holt, the mayor of Ash Bay, resigned."),
        ("Who is Mara Holt?", "Mara Holt, one of the two accused, was ill."),
        ("Who is Mara Holt?", "Mara Holt, who had been head of the yard, left."),
        ("Who is Mara Holt?", "Mara Holt, known as MH, the founder of the yard, left."),
        ("Who is Mara Holt?", "Mara Holt was a judge."),
        ("Who is Mara Holt?", "Mara Holt runs the yard."),
        ("Who is Mara Holt?", "Judge Mara Holt opened the trial."),
        ("Who is Mara Holt?", "The economist Mara Holt doubts it."),
        ("Who is Mara Holt?", "The prosecutor, Mara Holt, said nothing."),
        ("Who is Mara Holt?", "Their lawyer, Mara Holt, said nothing."),
        ("Who is Mara Holt?", "Vos's former deputy, Mara Holt, said nothing."),
        ("Who is Mara Holt?", "The first mate of the ferry Skiff, Mara Holt, said nothing."),
        ("Who is Mara Holt?", "The member of parliament for Ash, Mara Holt, said nothing."),
        ("Who is Mara Holt?", "The ferry has dismissed its manager Mara Holt."),
        ("Who is Mara Holt?", "Mara Holt, who had run the ferry, was asked."),
        ("Who is Mara Holt?", "It looks odd, according to political scientist Mara Holt."),
        ("Who is Mara Holt?", "Holt, an economist at Bern, was asked."),
        ("who is mara holt", "Mara Holt, an economist at Bern, was asked."),
        ("What is the ACB?", "The Ash Coast Board, or ACB, was told."),
        ("What is Skiff?", "The ferry Skiff ran aground."),
        ("What is Skiff?", "Skiff is a small ferry."),
    ],
)
def test_a_sentence_says_who_or_what_it_is(question: str, sentence: str) -> None:
    named = asked_name(question)
    assert named is not None
    assert says_who(named, sentence)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Who is Mara Holt?", "Mara Holt was sentenced on Monday."),
        ("Who is Mara Holt?", "At Vos's trial, Mara Holt, tired, left."),
        ("Who is Mara Holt?", "The court heard that his car hit Mara Holt."),
        ("Who is Mara Holt?", "The bank lost its case against Mara Holt."),
        ("Who is Mara Holt?", "Mara Holt, the Ash Bay Herald reported, was ill."),
        ("Who is Mara Holt?", "Mara Holt, the police said, was ill."),
        ("Who is Mara Holt?", "Others who left were Mara Holt and Jan Vos."),
        ("Who is Mara Holt?", "The founder of Mara Holt was asked."),
        ("Who is Mara Holt?", "A court sentenced Mara Holt to a year in prison."),
        ("Who is Mara Holt?", "Jan Vos, the mayor of Ash Bay, met Mara Holt."),
        ("Who is Mara Holt?", "Jan Holton, the mayor of Ash Bay, resigned."),
        ("who is young holt", "The young holt, a small wood, burned."),
        ("What is Skiff?", "The owner of Skiff was a small firm."),
    ],
)
def test_a_sentence_that_only_has_the_name_does_not(question: str, sentence: str) -> None:
    named = asked_name(question)
    assert named is not None
    assert not says_who(named, sentence)


@pytest.mark.parametrize("unit", ["a-", "Mara Holt, ", "Mara Holt, known as ", "the a, "])
def test_a_long_sentence_is_looked_through_once(unit: str) -> None:
    named = asked_name("Who is Mara Holt?")
    assert named is not None
    assert not says_who(named, unit * 5_000 + "Mara Holt said so.")


def test_who_somebody_is_comes_first_and_is_surely_an_answer(sample: Assistant) -> None:
    answer = sample.ask("Who is Eswar Prasad?")
    assert not answer.abstained
    assert answer.citations[0].quote.startswith("Eswar Prasad, an economist at Cornell")
    assert answer.confidence > sample.ask("Who is Satya Nadella?").confidence


def test_whom_a_sentence_places_is_answered_by_it_however_far_from_the_question(
    sample: Assistant,
) -> None:
    answer = sample.ask("Who is Gasparino?")
    assert not answer.abstained
    assert [c.quote.split(" said")[0] for c in answer.citations] == ["Charles Gasparino of Fox"]


def test_a_passage_found_late_is_read_if_it_says_who_it_is(bag: BagOfWords) -> None:
    texts = [f"Who is who? Who is Mara Holt? That was day {n}." for n in range(READ)]
    texts.append("At last Mara Holt, the mayor of Ash Bay, had a word. She spoke at length.")
    found = [p for n, text in enumerate(texts) for p in split(Document(str(n), text))]
    hits = [Hit(passage, -float(n)) for n, passage in enumerate(found)]
    reading = ExtractiveReader(bag).read("Who is Mara Holt?", hits)
    assert [quote.text for quote in reading.quotes] == [
        "At last Mara Holt, the mayor of Ash Bay, had a word."
    ]
