"""The year, quarter or month that a question names, and what tells of another."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.extractive import ExtractiveReader
from assistant.periods import Periods, periods
from index.documents import Document, Hit
from index.embedding import SentenceEmbedder
from index.splitting import split


def named(*years: int, quarters: tuple[int, ...] = (), month: int = 0) -> Periods:
    months = frozenset((year, month) for year in years if month)
    return Periods(frozenset(years), frozenset(quarters), months)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("What did Orlo earn in Q3 2023?", named(2023, quarters=(3,))),
        ("2022 Q1 ORLO", named(2022, quarters=(1,))),
        ("in the second quarter of 2021", named(2021, quarters=(2,))),
        ("What did it earn in March 2025?", named(2025, month=3)),
        ("It was told on 2 March 2025.", named(2025, month=3)),
        ("It has 2023 employees and paid $2,021.", named(2023)),
        ("FAQ3 and Q5 and 40 years", named()),
    ],
)
def test_years_quarters_and_months_are_read(text: str, found: Periods) -> None:
    assert periods(text) == found
    assert bool(found) == bool(found.years or found.quarters)


def test_a_period_holds_and_excludes_others() -> None:
    asked = periods("Q3 2023")
    assert periods("2023 Q3, filed in October 2023").holds(asked)
    assert not periods("2023 Q2").holds(asked) and periods("2023 Q2").excludes(asked)
    assert periods("2022 Q3").excludes(asked)
    assert periods("May 2023").excludes(periods("June 2023"))
    # What names no quarter may tell of any.
    assert not periods("2023").excludes(asked) and not periods("").excludes(asked)


def quarterly(title: str, earned: str, day: date) -> Document:
    text = f"Orlo sells ferries. Revenue of Orlo was {earned} in the quarter."
    return Document(title, text, title, "Orlo", day)


@pytest.fixture(scope="module")
def reader() -> ExtractiveReader:
    return ExtractiveReader(SentenceEmbedder(backend="onnx"))


@pytest.fixture
def hits() -> list[Hit]:
    reports = [
        quarterly("2022 Q3 Orlo", "$14 million", date(2022, 10, 28)),
        quarterly("2023 Q2 Orlo", "$18 million", date(2023, 7, 28)),
        quarterly("2023 Q3 Orlo", "$21 million", date(2023, 10, 27)),
    ]
    return [Hit(passage, 1.0) for one in reports for passage in split(one)]


def test_a_report_named_by_its_quarter_is_the_only_one_read(
    reader: ExtractiveReader, hits: list[Hit]
) -> None:
    read = reader.read("What was the revenue of Orlo in Q3 2023?", hits)
    assert {quote.document_id for quote in read.quotes} == {"2023 Q3 Orlo"}
    # Without a quarter each of them has its account, and without its report all are read.
    assert (
        len({q.document_id for q in reader.read("What was the revenue of Orlo?", hits).quotes}) > 1
    )
    other = reader.candidates("What was the revenue of Orlo in Q1 2021?", hits)
    assert len(other.hits) == len(hits)
