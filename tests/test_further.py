"""Accounts of asking for a thing: in other words, some days before, further down, for longer."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from assistant import Assistant
from assistant.accounts import Account, lasting, told_figures
from assistant.chain import RETRIEVED
from assistant.extractive import READ, ExtractiveReader
from assistant.further import asks_longer, looks_further
from assistant.other_sides import other_sides
from index import Index
from index.documents import Document, Hit
from index.embedding import SentenceEmbedder
from index.splitting import split

PUBLISHED = date(2024, 9, 16)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("The crew left three days ago.", [(2024, 9, 13)]),
        ("The crew left a week earlier.", [(2024, 9, 0)]),
        ("The crew left two weeks earlier.", [(2024, 0, 0)]),
        ("The crew left three days before June 20, 2023.", [(2023, 6, 17)]),
        ("On June 20, 2023 the master said that the crew had left two days previously.", None),
        ("The crew left twenty-five days ago.", [(2024, 8, 22)]),
        ("The crew left half a year ago.", []),
        ("The crew left nine months ago.", []),
        ("The crew left a few weeks ago.", []),
        ("The crew left 900000 days ago.", []),
        ("The crew left three days later.", []),
        ("The crew left three days before the strike.", [(2024, 9, 13)]),
    ],
)
def test_a_day_is_told_by_how_long_ago_it_was(
    text: str, days: list[tuple[int, int, int]] | None
) -> None:
    found = [figure.value for figure in told_figures("day", text, PUBLISHED)]
    assert found == ([(2023, 6, 20), (2023, 6, 18)] if days is None else days)


def test_without_a_day_to_count_from_there_is_none() -> None:
    assert told_figures("day", "The crew left three days ago.", None) == []
    assert told_figures("day", "They left two days before February 30, 2023.", None) == []


@pytest.mark.parametrize(
    ("text", "lasts"),
    [
        ("The talks took two years.", True),
        ("Nearly a year of talks came before it.", True),
        ("A whole decade of talks came before it.", True),
        ("The talks began two years ago.", False),
        ("The talks ended a year before the strike.", False),
        ("They talked twice a week.", False),
        ("They talked for 3 dollars.", False),
    ],
)
def test_what_says_how_long_something_took(text: str, lasts: bool) -> None:
    assert lasting(text) is lasts


@pytest.mark.parametrize(
    ("question", "further"),
    [
        ("When did the town first ask for the bell?", True),
        ("How long did the town lobby for the bell?", True),
        ("Did the efforts begin after the fire, or did they go on for longer?", True),
        ("Did the efforts begin after the fire?", False),
        ("Did the noise begin after the fire, or did it go on for longer?", False),
        ("When did the bell crack?", False),
        ("Why did the town ask for the bell?", False),
    ],
)
def test_who_asks_for_a_figure_of_asking_is_looked_for_further_down(
    question: str, further: bool
) -> None:
    assert looks_further(question) is further


def test_only_what_is_put_up_second_asks_for_longer() -> None:
    assert asks_longer("Did it begin in May, or was it much longer?")
    assert not asks_longer("Did it take longer than May, or did it end?")
    assert not asks_longer("Did it take longer?")


def told(text: str, name: str, day: date = PUBLISHED) -> Account:
    (passage,) = split(Document(name, text, source=name, published=day))
    return Account(passage, (0, len(text)), text, 0, 0, frozenset())


def others(question: str, *texts: str, day: date = PUBLISHED, near: float = 1.4) -> list[int]:
    accounts = [told(text, f"{i}", day if i else PUBLISHED) for i, text in enumerate(texts)]
    nearness = np.array([2.0] + [near] * (len(texts) - 1))
    return other_sides(question, accounts, [0], nearness, np.full(len(texts), -9.0))[0]


SOUGHT = "The town sought the bell in March 2024."
APPLIED = "The town had applied for the bell five days earlier, the mayor said."


def test_who_asks_what_was_sought_hears_of_what_is_only_sought() -> None:
    assert others("When did the town seek the bell?", SOUGHT, APPLIED) == [1]
    assert others("When did the town get the bell?", SOUGHT, APPLIED) == []


def test_a_version_is_told_as_it_is_written() -> None:
    accounts = [told(SOUGHT, "a"), told(APPLIED, "b")]
    near, odds = np.array([2.0, 1.4]), np.full(2, -9.0)
    _, (dispute,) = other_sides("When did the town seek the bell?", accounts, [0], near, odds)
    assert [side.says for side in dispute.sides] == ["March 2024", "five days earlier"]


def test_what_has_no_figure_is_no_version_beside_two() -> None:
    both = (SOUGHT, APPLIED, "The bell hung in the tower of another town.")
    assert others("When did the town seek the bell?", *both) == [1]


LONGER = "Did the town ask for the bell only after the fire, or did it go on for much longer?"


def test_asked_whether_it_took_longer_how_long_it_took_is_told_whenever() -> None:
    first = "The town asked for the bell only after the fire."
    long = "Nearly a year of lobbying came before the bell hung."
    later = date(2025, 6, 1)
    assert others(LONGER, first, long, day=later) == [1]
    assert others(LONGER, first, long, day=later, near=1.1) == []
    assert others(LONGER, first, "Nearly a year of rain came before.", day=later) == []
    assert others(LONGER, first, "Much lobbying came before the bell hung.", day=later) == []
    assert others(LONGER.split(", or")[0] + "?", first, long, day=later) == []


def test_beyond_what_is_read_only_asking_is_another_side() -> None:
    reader = ExtractiveReader(SentenceEmbedder(backend="onnx"))
    asking = "When did the town start to seek the bell?"
    first = Document("first", SOUGHT, "Bell", "Ash News", PUBLISHED)
    applied = Document("applied", APPLIED, "Bell", "Bee News", PUBLISHED)
    since = "The town had the bell from June 2024."
    had = Document("had", since, "Bell", "Cee News", PUBLISHED)
    loud = [
        Document(f"d{i}", f"The bell of tower {i} is loud.", "Bell", "Dee News", PUBLISHED)
        for i in range(READ)
    ]

    def quoted(question: str, *documents: Document) -> set[str]:
        hits = [Hit(passage, 1.0) for one in documents for passage in split(one)]
        return {quote.document_id for quote in reader.read(question, hits).quotes}

    assert quoted(asking, first, had, *loud) == {"first", "had"}
    assert quoted(asking, first, *loud, had, applied) == {"first", "applied"}
    assert quoted("When did the town get the bell?", first, *loud, had, applied) == {"first"}


def test_what_is_looked_through_beyond_is_not_shown_as_found(index: Index, tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    for i in range(RETRIEVED + 4):
        own = " ".join(f"{word}{i}" for word in ("north", "mill", "oak", "rope", "tin"))
        (folder / f"{i}.md").write_text(f"{own} asked for the bell.", "utf-8")
    index.sync(folder)
    assert len(index.search("When was the bell asked for?", k=30)) == RETRIEVED + 4
    assert len(Assistant(index).ask("When was the bell asked for?").hits) == RETRIEVED
