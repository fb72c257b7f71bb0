"""Places in line, and what becomes of questions."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import Scripted, knows_all, rain

from assistant.answers import Answer, Turn
from assistant.server.desk import Ask, Desk, Waiting
from assistant.server.line import Busy, Line, Ticket, TooMany
from assistant.server.options import ServerOptions
from index.documents import Hit


class Clock:
    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


def line(clock: Clock | None = None, **given: int) -> Line:
    limits = {"at_once": 1, "waiting": 2, "per_user": 2, "per_minute": 3} | given
    return Line(**limits, now=clock or Clock())


def test_places_are_given_in_the_order_of_coming() -> None:
    queue = line()
    a, b, c = (queue.join(name) for name in "abc")
    assert [ticket.wait(0) for ticket in (a, b, c)] == [0, 1, 2]
    a.leave()
    assert [ticket.wait(0) for ticket in (b, c)] == [0, 1]
    # One that waits may leave too, and leaving twice is leaving once.
    c.leave()
    c.leave()
    b.leave()
    assert (queue.waiting, queue.served) == (0, 0)


def test_a_full_house_is_busy_and_says_when_to_come_back() -> None:
    queue = line()
    for name in "abc":
        queue.join(name)
    with pytest.raises(Busy, match="2 questions are waiting") as refused:
        queue.join("d")
    assert refused.value.after >= 1


def test_one_user_cannot_take_all_places() -> None:
    queue = line(at_once=5)
    first = queue.join("a")
    queue.join("a")
    with pytest.raises(TooMany, match="2 questions at the same time"):
        queue.join("a")
    queue.join("b")
    first.leave()
    queue.join("a")


def test_a_minute_after_the_first_another_is_allowed() -> None:
    clock = Clock()
    queue = line(clock)
    for second in (0, 10, 20):
        clock.time = second
        queue.join("a").leave()
    clock.time = 30
    with pytest.raises(TooMany, match="3 questions and searches a minute") as refused:
        queue.join("a")
    assert refused.value.after == 30
    queue.join("b").leave()
    clock.time = 60
    queue.join("a").leave()


def test_waiting_ends_when_the_turn_comes() -> None:
    queue = line()
    first, second = queue.join("a"), queue.join("b")
    came: list[int] = []
    thread = threading.Thread(target=lambda: came.append(second.wait(30)))
    thread.start()
    first.leave()
    thread.join()
    assert came == [0]


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.booleans(), st.integers(0, 9)), max_size=60))
def test_no_limit_is_ever_passed_and_no_place_lost(moves: list[tuple[str, bool, int]]) -> None:
    queue = line(at_once=2, waiting=3, per_user=2, per_minute=1000)
    held: list[Ticket] = []
    for user, joins, which in moves:
        if joins:
            try:
                held.append(queue.join(user))
            except (Busy, TooMany):
                assert len(held) == 5 or sum(ticket.user == user for ticket in held) == 2
        elif held:
            held.pop(which % len(held)).leave()
        assert queue.served == min(len(held), 2)
        assert queue.waiting == len(held) - queue.served <= 3
        assert sum(ticket.wait(0) == 0 for ticket in held) == queue.served


class Streaming(Scripted):
    """A scripted system that streams, over an index that finds nothing."""

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        as_of: date | None = None,
        *,
        sources: Sequence[str] | None = None,
    ) -> Iterator[Answer]:
        self.history = history
        yield self.ask(question)

    def search(self, query: str, **_: object) -> list[Hit]:
        return []


def desk(**given: int) -> tuple[Desk, Streaming]:
    system = Streaming(rain()[0], knows_all)
    system.index.search = system.search  # type: ignore[attr-defined]
    return Desk(system, ServerOptions(**given)), system  # type: ignore[arg-type]


def counted(desk: Desk, outcome: str) -> float:
    return desk.metrics.questions.labels("api", outcome)._value.get()


def test_what_became_of_a_question_is_counted() -> None:
    counter, _ = desk()
    for question in ("How much rain had Rome?", "Who rules Rome?"):
        *_, last = counter.answers(Ask("a", "api", question))
        assert isinstance(last, Answer)
        assert last.complete
    list(counter.hits(Ask("a", "api", "rain"), 3))
    for outcome in ("answered", "abstained", "searched"):
        assert counted(counter, outcome) == 1
    assert b'assistant_questions_total{outcome="answered",way="api"} 1.0' in (
        counter.metrics.written()
    )


def test_a_closed_question_frees_its_place_in_line_or_under_way() -> None:
    counter, _ = desk(at_once=1)
    first = counter.answers(Ask("a", "api", "How much rain had Rome?"))
    second = counter.answers(Ask("b", "api", "Who rules Rome?"))
    assert isinstance(next(first), Answer)
    assert next(second) == Waiting(1, 1)
    second.close()
    assert (counter.line.waiting, counter.line.served) == (0, 1)
    first.close()
    assert counter.line.served == 0
    assert counted(counter, "gone") == 2


@pytest.mark.parametrize("question", ["", "  \n", "x" * 2001])
def test_an_empty_or_too_long_question_takes_no_place(question: str) -> None:
    counter, system = desk()
    with pytest.raises(ValueError, match="empty|at most 2000"):
        next(counter.answers(Ask("a", "api", question)))
    with pytest.raises(ValueError, match="k=0"):
        next(counter.hits(Ask("a", "api", "rain"), 0))
    assert system.asked == []
    assert counter.line.served == 0


def test_only_the_last_turns_of_a_long_history_count() -> None:
    counter, system = desk()
    turns = [Turn(f"Question {n}?", "Yes.") for n in range(30)]
    list(counter.answers(Ask("a", "api", "How much rain had Rome?", turns)))
    assert system.history == turns[10:]


def test_questions_are_logged_only_when_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "assistant.server")
    for wanted in (False, True):
        counter, _ = desk(log_questions=wanted)
        list(counter.answers(Ask("ada", "api", "How much rain had Rome?")))
        assert ("Rome" in caplog.text) is wanted
    assert "ada api answered" in caplog.text
