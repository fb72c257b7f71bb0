"""Doubt about answers that lack what is asked for."""

import pytest

from assistant.extractive import ExtractiveReader
from assistant.lacking import end_doubt, figure_doubt, speaker_doubt, without_figure
from index.documents import Document, Hit, Passage
from index.embedding import SentenceEmbedder
from index.splitting import split


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("How many customers did the bank keep?", "In 2019 the bank still kept its customers."),
        ("How many years did Holt get?", "Holt was sentenced on June 10, 2031."),
        ("What percentage voted for it?", "By 2031 the town had 40,000 voters."),
        ("Which share does Holt hold?", "Holt holds the largest part."),
        ("How many dollars did Arden pay?", "Arden paid for 12 years."),
        ("How much did Arden pay Brandl?", "Arden paid Brandl for advice."),
        ("How much money was offered?", "An offer was made in May 2031."),
        ("On which day of May 2031 was Holt released?", "Holt was released in May 2031."),
        ("How many of the 12 ships sank?", "Of the 12 ships the oldest sank."),
        ("How many ships sank?", ""),
    ],
)
def test_without_the_figure(question: str, quote: str) -> None:
    assert figure_doubt(question, [quote, "Nothing more was said."]) > 0


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("How many customers did the bank keep?", "The bank kept 2,300 customers."),
        ("How many customers did the bank keep?", "The bank kept dozens of its customers."),
        ("How many ships sank?", "Of these, 1,200 sank."),
        ("How many ships sank?", "In that year 1500 ships sank."),
        ("How many judges agreed?", "Typically one judge did."),
        ("How many years did Holt get?", "Holt was sentenced to four years in prison."),
        ("How many years did Holt get?", "Holt was sentenced to half a year in prison."),
        ("What share voted for it?", "One in four did."),
        ("How much did Arden pay?", "Arden paid 500 bitcoin."),
        ("What percentage voted for it?", "Some 43 percent did."),
        ("What proportion voted for it?", "A majority did."),
        ("How many dollars did Arden pay?", "Arden paid $2.5 million."),
        ("On which day was Holt released?", "Holt was released on May 3."),
        ("On which day does the council meet?", "The council meets on a Thursday."),
        ("How much water is left?", "The lake is half empty."),
        ("How long did it take?", "It was done in no time."),
        ("When was Holt released?", "Holt was released after the trial."),
        ("Who paid?", "Arden did."),
        ("", ""),
    ],
)
def test_with_the_figure_or_none_asked_for(question: str, quote: str) -> None:
    assert figure_doubt(question, ["Nothing more was said.", quote]) == 0


@pytest.mark.parametrize(
    ("question", "quote", "doubted"),
    [
        ("When did the term of Holt end?", "On May 3 Holt was given four months.", True),
        ("On what day did the strike stop?", "The strike began on May 3.", True),
        ("In which month did the sale finish?", "The sale is to take ten weeks.", True),
        ("When did the term of Holt end?", "Holt was released on May 3.", False),
        ("When did the term of Holt end?", "His term ran from May to September 2031.", False),
        ("When did the war end?", "The treaty was signed in 1763.", False),
        ("When did the war end?", "The War of the Ash (1754-1763) was fought at sea.", False),
        ("When did the shop close?", "On May 3 Holt was given four months.", False),
        ("When did the strike begin?", "On May 3 Holt was given four months.", False),
        ("Did the strike end?", "The strike began on May 3.", False),
        ("", "", False),
    ],
)
def test_an_end_asked_for(question: str, quote: str, doubted: bool) -> None:
    assert (end_doubt(question, [quote]) > 0) == doubted
    assert end_doubt(question, [quote, "It ended on June 1."]) == 0


def test_words_put_back_ask_for_no_figure_and_no_end() -> None:
    assert figure_doubt("How much has it grown? (money raised)", ["It has grown a lot."]) == 0
    assert end_doubt("When did it open? (strike end)", ["It opened in 1930."]) == 0


def test_a_reader_is_less_sure_without_the_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "The ferry Skara carried passengers to Ash Bay. It sank in the storm of 1931."
    hits = [Hit(passage, 1.0) for passage in split(Document("ferry", text))]
    reader = ExtractiveReader(SentenceEmbedder(backend="onnx"))

    def sure(question: str) -> float:
        return reader.read(question, hits).confidence

    how_many, whether = "How many passengers did the Skara carry?", "Did the Skara carry any?"
    doubted, told = sure(how_many), sure(whether)
    monkeypatch.setattr("assistant.extractive.figure_doubt", lambda *_: 0.0)
    assert doubted < sure(how_many)
    assert told == sure(whether)


def passage(text: str, source: str | None = None) -> Passage:
    (only,) = split(Document("a", text, source=source))
    return only


@pytest.mark.parametrize(
    ("question", "lacks"),
    [
        ("What did Ruth Dall say about the verdict?", True),
        ("What has Dall announced?", True),
        ("What did The Harbor Courier write of it?", True),
        ("What did Mara Holt say about the verdict?", False),
        ("What did MH say about the verdict?", False),
        ("What did Ash News write of it?", False),
        ("What did the mayor say?", False),
        ("What did Ruth Dall do?", False),
        ("Did Ruth Dall say so?", False),
    ],
)
def test_nobody_who_is_to_have_said_it(question: str, lacks: bool) -> None:
    told = [
        passage("The verdict was late. Nobody liked it.", "Ash News"),
        passage("Mara Holt, known as MH, was heard. She said that she would appeal."),
    ]
    assert (speaker_doubt(question, told) > 0) == lacks


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        ("Mara Holt resigned in May, Ash News reported.", True),
        ("Mara Holt resigned. Jan Vos said that the harbour was closed.", True),
        ("Mara Holt resigned in May. She told the council why.", False),
        ("Mara Holt, known as MH, resigned. MH denied it.", False),
        ("The harbour is closed, said Holt.", False),
        ("According to Holt, the harbour is closed.", False),
        ("Holt later also wrote that the harbour is closed.", False),
    ],
)
def test_somebody_named_who_says_nothing(text: str, lacks: bool) -> None:
    assert (speaker_doubt("What has Mara Holt said of it?", [passage(text)]) > 0) == lacks


@pytest.mark.parametrize(
    ("question", "lacking"),
    [
        ("What fine did Holt have to pay?", [0]),
        ("what was the personal fine of holt", [0]),
        ("Which fines come up?", [0]),
        ("How many ships came?", [0, 1]),
        ("What did Holt do?", []),
        ("What percentage did Holt sell?", []),  # None of them says.
        ("Why was there a fine?", []),
    ],
)
def test_sentences_that_lack_the_figure_asked_for(question: str, lacking: list[int]) -> None:
    texts = ["Holt was fined on Monday.", "Holt paid $4.", "Three ships came."]
    assert without_figure(question, texts) == lacking


def test_the_sentence_with_the_figure_is_quoted_before_one_nearer_in_words() -> None:
    text = "Holt was sentenced in May and has to pay. The report of Ash News speaks of $20 million."
    hits = [Hit(one, 1.0) for one in split(Document("a", text, "A fine for Holt"))]
    reader = ExtractiveReader(SentenceEmbedder(backend="onnx"))
    asked, whether = (
        [quote.text for quote in reader.read(question, hits).quotes]
        for question in ("What fine was Holt sentenced to pay?", "Was Holt sentenced to pay?")
    )
    assert "$20 million" in asked[0]
    assert "$20 million" not in whether[0]
