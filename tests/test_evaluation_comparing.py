"""Two runs side by side: a planted loss is found, and a difference of chance is not called one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scripted import Scripted, answered, knows_all, rain

from assistant.evaluation import Outcome, Question, compare, evaluate
from index.errors import RunMismatch


def outcomes(copies: int = 4) -> list[Outcome]:
    """The all-knowing system's outcomes, several of each so that a loss can show."""
    once = evaluate(Scripted(rain()[0], knows_all), rain()[1]).outcomes
    return [
        replace(one, question=replace(one.question, id=f"{one.id}-{n}"))
        for n in range(copies)
        for one in once
    ]


def silenced(one: Outcome) -> Outcome:
    return replace(one, abstained=True, quotes=(), quoted_sentences=(), said="")


def test_a_planted_loss_is_found_by_the_metrics_it_touches_and_no_others() -> None:
    before = outcomes()
    lost = {f"a{n}-{copy}" for n in range(6) for copy in range(4)}
    after = [silenced(one) if one.id in lost else one for one in before]
    found = compare(before, after)
    assert set(found.losses) == lost
    assert found.wins == ()
    names = {one.metric for one in found.significant_losses}
    assert names == {"right", "answer_in_quotes", "false_refusals", "sentence_f1"}
    back = compare(after, before)
    assert set(back.wins) == lost
    assert back.significant_losses == ()


def test_one_question_lost_and_one_won_is_no_significant_loss() -> None:
    before = outcomes()
    first = [silenced(one) if one.id == "a0-0" else one for one in before]
    second = [silenced(one) if one.id == "a1-0" else one for one in before]
    found = compare(first, second)
    assert (found.wins, found.losses) == (("a0-0",), ("a1-0",))
    assert found.significant_losses == ()
    right = next(one for one in found.differences if one.metric == "right")
    assert right.difference.low < 0 < right.difference.high


def test_more_false_answers_are_a_loss_although_the_figure_grows() -> None:
    def bold(shelf: object, question: str) -> object:
        name = "Rome.txt"
        return (
            knows_all(shelf, question)
            if "rain" in question
            else answered(shelf, question, [(name, 0, 12)], confidence=0.2)
        )

    before = evaluate(Scripted(rain()[0], knows_all), rain()[1]).outcomes
    after = evaluate(Scripted(rain()[0], bold), rain()[1]).outcomes
    false_answers = next(
        one for one in compare(before, after).differences if one.metric == "false_answers"
    )
    assert false_answers.difference.value == 1.0
    assert false_answers.loss


def test_a_run_beside_itself_shows_no_difference() -> None:
    found = compare(outcomes(1), outcomes(1))
    assert all(one.difference.value == 0 for one in found.differences)
    assert all(one.p == 1 for one in found.differences if one.metric != "risk_area")
    assert found.significant_losses == ()
    assert str(found).count("LOSS") == 0


def test_questions_of_one_run_only_are_left_out_and_named() -> None:
    both = outcomes(1)
    other = replace(both[0], question=Question("new", "New?"))
    found = compare(both, [other, *both[2:]])
    assert set(found.unpaired) == {"new", both[0].id, both[1].id}
    with pytest.raises(RunMismatch, match="share no question"):
        compare(both, [other])
