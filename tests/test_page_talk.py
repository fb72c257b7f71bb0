"""A conversation on the page: what is asked again, edited or stopped, and what fails meanwhile."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from conftest import BagOfWords
from deeds import Site
from pages import WordReader, served

from assistant import Assistant
from assistant.answers import Answer, Citation, Turn
from assistant.feedback import FeedbackFile
from assistant.page.desk import Desk
from assistant.page.exchange import Asked, Frame, exchange, settle
from assistant.page.rights import everything
from assistant.page.talk import Exchange, Talk
from assistant.page.uploads import Uploads
from index import Document, Index
from index.errors import StoreUnreachable

RAIN = Document("rain.txt", "Much rain fell in Rome. It wet Marcus Aurelius.", "Rain")
EDITING = "Editing a question"


def cited(question: str) -> Answer:
    quote = RAIN.text[:23]
    found = (Citation(1, quote, 0, len(quote), RAIN),)
    return Answer(question, question, f"{quote} [1]", found, False, 0.9, True, ())


class Failing(Assistant):
    """Answers all questions alike, or fails as it begins or midway."""

    fails = ""

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        as_of: date | None = None,
        *,
        sources: Sequence[str] | None = None,
    ) -> Iterator[Answer]:
        if self.fails == "at once":
            raise StoreUnreachable("nobody answers")
        return self._snapshots(question)

    def _snapshots(self, question: str) -> Iterator[Answer]:
        if self.fails == "midway":
            raise StoreUnreachable("nobody answers")
        yield cited(question)


@pytest.fixture
def assistant(index: Index) -> Failing:
    index.add([RAIN])
    return Failing(index)


@pytest.fixture
def desk(assistant: Failing, tmp_path: Path) -> Desk:
    file = FeedbackFile(tmp_path / "feedback.jsonl")
    return Desk(assistant, Uploads(assistant.index), file, everything)


@pytest.fixture
def talk() -> Talk:
    return Talk(tuple(Exchange.of(cited(question)) for question in ("One?", "Two?")))


def questions(talk: Talk | None) -> list[str]:
    assert talk is not None
    return [past.question for past in talk.exchanges]


def last(frames: Iterator[Frame]) -> Frame:
    *_, frame = frames
    return frame


@pytest.mark.parametrize("fails", ["at once", "midway"])
def test_trying_again_in_vain_edits_nothing(
    desk: Desk, assistant: Failing, talk: Talk, fails: str
) -> None:
    assistant.fails = fails
    failed = last(desk.again("", (), talk))
    assert "nobody answers" in (failed.notice_html or "")
    assert failed.talk is not None
    kept = settle(failed.talk, assistant.index.document, "") or failed
    assert kept.talk == talk
    assistant.fails = ""
    assert questions(last(desk.ask(Asked("Three?"), kept.talk, clear_box=True)).talk) == [
        *("One?", "Two?", "Three?")
    ]


def test_trying_again_that_is_stopped_edits_nothing(desk: Desk, talk: Talk) -> None:
    under_way = next(desk.again("", (), replace(talk, editing=0)))
    assert under_way.talk is not None and under_way.talk.pending == "Two?"
    stopped = settle(under_way.talk, desk.assistant.index.document, "", stopped=True)
    assert stopped is not None
    assert stopped.talk == talk
    assert stopped.notice_html == ""


def test_trying_again_replaces_the_last_answer_alone(desk: Desk, talk: Talk) -> None:
    again = last(desk.again("", (), talk)).talk
    assert questions(again) == ["One?", "Two?"]
    assert again is not None and again.exchanges[1].key != talk.exchanges[1].key


def test_a_stopped_edit_is_seen_to_go_on(desk: Desk, talk: Talk) -> None:
    edited = replace(talk, editing=0)
    under_way = next(desk.ask(Asked("Other?"), edited, clear_box=True))
    assert under_way.talk is not None
    assert EDITING not in (under_way.notice_html or "")
    stopped = settle(under_way.talk, desk.assistant.index.document, "", stopped=True)
    assert stopped is not None
    assert (stopped.talk, stopped.box) == (edited, "Other?")
    assert EDITING in (stopped.notice_html or "")


@pytest.mark.parametrize("fails", ["at once", "midway"])
def test_an_edit_that_fails_says_why_and_is_seen_to_go_on(
    desk: Desk, assistant: Failing, talk: Talk, fails: str
) -> None:
    assistant.fails = fails
    failed = last(desk.ask(Asked("Other?"), replace(talk, editing=0), clear_box=True))
    assert "nobody answers" in (failed.notice_html or "")
    assert EDITING in (failed.notice_html or "")
    assert failed.talk is not None
    settled = settle(failed.talk, assistant.index.document, "")
    # What told why stays on the page.
    assert settled is None or settled.notice_html is None


def test_a_verdict_is_kept_no_longer_than_an_answer_can_be(desk: Desk, talk: Talk) -> None:
    first = talk.exchanges[0]
    place = first.citations[0]
    whole = replace(place, quote=RAIN.text, end=len(RAIN.text))
    long = replace(
        *(first,), question="q" * 3_000, text="a" * 90_000, citations=(whole, *[place] * 90)
    )
    crafted = Talk((*[replace(long, key="other")] * 40, long))
    desk.judge({"key": long.key, "verdict": "up"}, crafted, "")
    (kept,) = desk.feedback.read()
    assert (len(kept.question), len(kept.answer)) == (2_000, 20_000)
    assert len(kept.history) == 20
    assert {(len(turn.question), len(turn.answer)) for turn in kept.history} == {(2_000, 20_000)}
    assert len(kept.quotes) == 50
    assert kept.quotes[0].text == RAIN.text


@pytest.mark.parametrize("key", ["x", "0" * 13, "A" * 12, "../../000000", "0" * 100_000])
def test_a_verdict_on_an_answer_with_a_key_of_another_form_is_not_kept(
    desk: Desk, talk: Talk, key: str
) -> None:
    named = replace(talk.exchanges[0], key=key)
    with pytest.raises(ValueError, match="none of this page"):
        desk.judge({"key": key, "verdict": "up"}, Talk((named,)), "")
    assert desk.feedback.read() == []


def test_one_user_gives_so_many_verdicts_a_minute_and_another_still_can(
    desk: Desk, talk: Talk
) -> None:
    wanted = {"key": talk.exchanges[0].key, "verdict": "up"}
    for _ in range(30):
        desk.judge(wanted, talk, "ada")
    with pytest.raises(ValueError, match="30 verdicts a minute"):
        desk.judge(wanted, talk, "ada")
    desk.judge(wanted, talk, "bob")
    assert len(desk.feedback.path.read_text("utf-8").splitlines()) == 31


def unreadable(name: str) -> Document:
    raise StoreUnreachable("Chroma does not answer")


@pytest.mark.parametrize("fails", ["at once", "midway"])
def test_a_store_that_cannot_be_read_is_told_of_and_the_page_is_free_again(
    assistant: Failing, talk: Talk, fails: str
) -> None:
    assistant.fails = fails
    failed = last(exchange(assistant, unreadable, Asked("Three?"), talk, clear_box=True))
    assert not failed.busy
    assert "nobody answers" in (failed.notice_html or "")
    # The quotes of the last answer are known without it.
    assert RAIN.text[:23] in (failed.panel_html or "")
    assert failed.talk is not None
    settled = settle(failed.talk, unreadable, "") or failed
    assert settled.talk == talk


@pytest.mark.parametrize(
    ("part", "event", "data"),
    [("clear", "click", []), ("query", "change", ["rain"]), ("shelf", "drop", ["rain"])],
)
def test_what_is_pressed_while_the_store_cannot_be_read_says_so(
    site: Site, monkeypatch: pytest.MonkeyPatch, part: str, event: str, data: list[str]
) -> None:
    def fails() -> None:
        raise StoreUnreachable("Chroma does not answer")

    monkeypatch.setattr(site.index, "records", fails)
    said = site.deed(part, event, data, {"id": "rain.txt"})
    assert "Chroma does not answer" in said
    assert '"success":true' in said


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("talk")
    index = Index.open(folder / "store", embedder=BagOfWords())
    index.add([RAIN])
    with served(Assistant(index, WordReader())) as port:
        yield Site(port, folder, index)


def test_an_offered_question_takes_no_place_of_one_that_is_edited(site: Site, talk: Talk) -> None:
    held = replace(talk, editing=0).to_dict()
    said = site.deed("log", "ask", ["", [], held], {"text": "How much rain fell in Rome?"})
    remembered, *_ = json.loads(said.splitlines()[-1].removeprefix("data: "))["output"]["data"]
    assert questions(Talk.read(remembered)) == ["One?", "Two?", "How much rain fell in Rome?"]


class Pondering(Assistant):
    """Streams at once what the page asks, and takes its time with what is only to be offered."""

    gate: threading.Event

    def ask(self, *args: Any, **options: Any) -> Answer:  # noqa: ANN401
        self.gate.wait(30)
        return super().ask(*args, **options)


def test_what_is_only_to_be_offered_keeps_no_question_from_being_taken(
    index: Index, talk: Talk, tmp_path: Path
) -> None:
    index.add([RAIN])
    pondering = Pondering(index, WordReader())
    pondering.gate = threading.Event()
    with served(pondering) as port:
        site = Site(port, tmp_path, index)
        names = {c["id"]: c["props"].get("elem_id") for c in site.config["components"]}
        suggest = next(
            d["id"]
            for d in site.config["dependencies"]
            if [names[at] for at in d["outputs"]] == ["follow"] and d["inputs"]
        )
        wanted = {"fn_index": suggest, "data": [talk.to_dict()], "session_hash": "many"}
        body = json.dumps(wanted).encode()
        try:
            for _ in range(170):
                site.ask("POST", "/gradio_api/queue/join", body)
            asked = ["How much rain fell in Rome?", "", [], None]
            assert RAIN.text[:23] in site.deed("send", "click", asked)
        finally:
            pondering.gate.set()


@pytest.mark.parametrize(
    ("part", "event", "sent"),
    [
        ("panel", "cite", {"n": "1"}),
        ("panel", "cite", {"n": "99"}),
        ("log", "sources", {}),
        ("panel", "shut", {}),
        ("log", "judge", {"verdict": "up"}),
        ("log", "judge", {"verdict": "up", "reason": "short"}),
    ],
)
def test_what_is_pressed_meanwhile_does_not_hide_that_a_question_is_edited(
    site: Site, talk: Talk, part: str, event: str, sent: dict[str, str]
) -> None:
    held = replace(talk, editing=1).to_dict()
    said = site.deed(part, event, [held], {"key": talk.exchanges[0].key, **sent})
    assert EDITING in said
