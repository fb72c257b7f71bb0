from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from assistant.accounts import Account
from assistant.disagreement import asked_figure
from assistant.other_sides import other_sides
from index import Document
from index.splitting import split

DAY = date(1930, 5, 3)


def told(text: str, name: str = "a", day: date | None = DAY) -> Account:
    (passage,) = split(Document(name, text, source=name, published=day))
    return Account(passage, (0, len(text)), text, 0, 0, frozenset())


def others(
    question: str, first: Account, other: Account, near: float = 1.5, odds: float = -9.0
) -> list[int]:
    told = [first, other]
    return other_sides(question, told, [0], np.array([2.0, near]), np.array([0.0, odds]))[0]


OPENED = told("The bridge was opened on May 3, 1930, at a cost of 4 million euros.")
WHEN = "When was the bridge opened?"


@pytest.mark.parametrize(
    ("question", "other"),
    [
        (WHEN, "Traffic has gone over the river since May 9, 1930."),
        ("How much did the bridge cost?", "The town spent 6 million euros on it."),
        ("Was the bridge opened?", "Nobody has crossed the river yet."),
        ("Why was the bridge opened?", "The ferry had sunk."),
    ],
)
def test_another_figure_or_a_denial_in_other_words_is_another_side(
    question: str, other: str
) -> None:
    assert others(question, OPENED, told(other, "b")) == [1]


@pytest.mark.parametrize(
    ("question", "other"),
    [
        (WHEN, "Traffic has gone over the river since May 3, 1930."),
        (WHEN, "Traffic goes over the river."),
        ("How much did the bridge cost?", "The town spent 4,000,000 euros on it."),
        ("Was the bridge opened?", "The first cars have crossed the river."),
        ("Who built the bridge?", "Traffic has gone over the river since May 9, 1930."),
    ],
)
def test_what_agrees_or_is_not_asked_is_no_side(question: str, other: str) -> None:
    assert others(question, OPENED, told(other, "b")) == []


@pytest.mark.parametrize(
    ("other", "found"),
    [
        ("The town spent 6 million florins on it.", [1]),
        ("The town spent 4,000,000 florins on it.", []),
        ("Some 60,000 cars cross it.", []),
    ],
)
def test_money_may_be_in_a_coin_that_is_not_known(other: str, found: list[int]) -> None:
    first = told("The bridge was built for 4 million florins.")
    assert others("How much did the bridge cost?", first, told(other, "b")) == found


@pytest.mark.parametrize(
    ("other", "found"),
    [
        ("The mill gives bread to 900 people.", [1]),
        ("The mill gives bread to 900 hands.", [1]),
        ("Those who live by the mill are 900.", [1]),
        ("The mill will lose 240 jobs.", []),
        ("The mill and its two rivals said so.", []),
        ("The mill has stood there since 1911.", []),
    ],
)
def test_numbers_of_different_things_do_not_differ(other: str, found: list[int]) -> None:
    first = told("The mill employs 1,150 hands in Lund.")
    assert others("How many people does the mill employ?", first, told(other, "b")) == found


def test_parts_of_a_sum_are_no_other_sum() -> None:
    parts = told("The town gave 3 million euros and the king 2 million euros for it.", "b")
    assert others("How much did the bridge cost?", OPENED, parts) == []


def test_a_side_is_near_of_another_document_and_of_the_same_time() -> None:
    text = "Traffic has gone over the river since May 9, 1930."
    assert others(WHEN, OPENED, told(text, "b"), near=1.0) == []
    assert others(WHEN, OPENED, told(text, "a")) == []
    assert others(WHEN, OPENED, told(text, "b", date(1930, 8, 1))) == []
    assert others(WHEN, OPENED, told(text, "b", None)) == []


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("Which costs of the bridge come up in the reports?", [1]),
        ("What different sums are given for the cost of the bridge?", [1]),
        ("How much did the bridge cost, by all newspapers?", [1]),
        ("How much did the bridge cost?", []),
        ("How much did the bridge of the reports cost?", []),
    ],
)
def test_who_asks_for_reports_wants_those_of_any_time(question: str, found: list[int]) -> None:
    later = told("The town spent 6 million euros on it.", "b", date(1931, 9, 1))
    assert others(question, OPENED, later) == found
    undated = told("The town spent 6 million euros on it.", "b", None)
    assert others(question, OPENED, undated) == []


def test_what_a_document_says_beside_its_figure_keeps_its_figure_out_no_more() -> None:
    beside = told("The bridge has seven arches.", "b")
    figure = told("Traffic has gone over the river since May 9, 1930.", "b")
    near = np.array([2.0, 2.0, 1.5])
    assert other_sides(WHEN, [OPENED, beside, figure], [0, 1], near, np.zeros(3))[0] == [2]


def test_whom_the_question_is_about_is_heard() -> None:
    claim = told("The bridge of the Aa Company is unsafe.")
    own = told("Every part was tested twice, it said.", "Aa Company")
    assert others("Is the bridge of the Aa Company unsafe?", claim, own) == [1]
    assert others("Is the bridge of the Bee Company unsafe?", claim, told(own.text, "b")) == []


def test_what_is_likely_to_say_whether_is_heard_though_it_denies_nothing() -> None:
    question = "Was the captain drunk?"
    sober = told("The captain was sober, the company said.")
    drank = told("A sailor saw him drink.", "b")
    assert others(question, sober, drank, near=1.3, odds=-4.0) == [1]
    assert others(question, sober, drank, near=1.3, odds=-6.0) == []
    assert others(question, sober, told(drank.text, "a"), near=1.3, odds=-4.0) == []
    assert others("How much did he drink?", sober, drank, near=1.3, odds=-4.0) == []


def test_a_dispute_names_both_values() -> None:
    other = told("Traffic has gone over the river since May 9, 1930.", "b")
    _, (dispute,) = other_sides(WHEN, [OPENED, other], [0], np.array([2.0, 1.5]), np.zeros(2))
    assert dispute.about == "day"
    assert [side.says for side in dispute.sides] == ["May 3, 1930", "May 9, 1930"]


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How long was the ban?", "span"),
        ("How many people came?", "number"),
        ("How much did it cost?", "money"),
        ("On what day did it open?", "day"),
        ("Who opened it?", ""),
        ("and when did it open?", "day"),
        ("bridge opened when", "day"),
        ("Is it known when it opened?", "day"),
        ("Was the captain drunk when it ran aground?", ""),
        ("Who led the bank when it failed?", ""),
        # Words put back are context, and ask for nothing.
        ("why? (final price)", ""),
        ("who said so? (Monday vote)", ""),
        ("how much? (Monday vote)?", "money"),
    ],
)
def test_the_kind_of_figure_asked_for(question: str, kind: str) -> None:
    assert asked_figure(question) == kind
