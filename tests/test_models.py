"""Models by name over real HTTP on loopback: every way to fail, each with its cure."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from conftest import BagOfWords
from langchain_core.messages import AIMessageChunk
from scripted_server import Act, Die, Refuse, Say, Script, Send, Silence, scripted

from assistant import Answer, Assistant
from assistant.chain import build_chain
from assistant.checking import Checker
from assistant.extractive import ExtractiveReader
from assistant.failures import ModelFailed
from assistant.generative import TRIES, ProseWriter
from assistant.models import NamedModel, chosen_model


@pytest.fixture(scope="module", autouse=True)
def openai() -> None:
    """Skips all of this file without the extra; looked for here, so that one worker loads it."""
    pytest.importorskip("langchain_openai", reason="pip install '.[openai]'")


QUESTION = "Did CZ ask for a pardon?"
GOOD = "Zhao denied that he had asked the President for a pardon [1]."
ASKED = [("human", "hello")]


def model(script: Script, timeout: float = 5.0) -> NamedModel:
    return NamedModel("openai:scripted", url=script.url, timeout=timeout)


def said(script: Script, timeout: float = 5.0) -> str:
    return "".join(piece.text for piece in model(script, timeout).stream(ASKED))


def error(code: int | str, message: str) -> bytes:
    """An error within a stream that began well."""
    return f"data: {json.dumps({'error': {'code': code, 'message': message}})}\n\n".encode()


def test_a_reply_comes_in_pieces_as_it_was_said() -> None:
    with scripted(Say("One. Two [1].\n\nThree, four and five.")) as script:
        pieces = [piece.text for piece in model(script).stream(ASKED)]
    assert "".join(pieces) == "One. Two [1].\n\nThree, four and five."
    assert len(pieces) > 2
    assert script.asked[0]["model"] == "scripted"
    assert script.asked[0]["messages"] == [{"role": "user", "content": "hello"}]


@pytest.mark.parametrize("name", ["stopReason", "stop_reason", "status"])
def test_the_reason_a_reply_ended_is_read_by_the_name_its_provider_gives_it(name: str) -> None:
    last = AIMessageChunk("One. Tw", response_metadata={name: "incomplete"})
    named = NamedModel("bedrock:x")
    named._loaded = SimpleNamespace(stream=lambda messages: iter([last]))
    assert [piece.cut for piece in named.stream(ASKED)] == [True]


@pytest.mark.parametrize("reason", ["length", "MAX_TOKENS", "model_length", "content_filter"])
def test_a_reply_ended_by_its_length_or_a_filter_is_marked_as_cut(reason: str) -> None:
    with scripted(Say("One. Tw", finish=reason)) as script:
        assert [piece.cut for piece in model(script).stream(ASKED)][-1] is True


def test_a_reply_may_be_long_where_it_thinks_first_and_may_be_cut_before_its_first_word() -> None:
    thought = f"<think>{'Let me see. ' * 2_500}</think>"
    with scripted(Say(f"{thought}One [1].")) as script:
        assert said(script).endswith("One [1].")
    with scripted(Say("", finish="length")) as script:
        assert [piece.cut for piece in model(script).stream(ASKED)] == [True]


@pytest.mark.parametrize(
    ("act", "words", "again"),
    [
        (Refuse(401), "ASSISTANT_MODEL_KEY", False),
        (Refuse(403), "another key", False),
        (Refuse(404), "check the name", False),
        (Refuse(400, message="maximum context length is 512"), "longer context", False),
        (Refuse(422), "refused the request (422)", False),
        (Refuse(429, {"retry-after": "3"}), "wait a minute", True),
        (Refuse(500), "failed on its side (500)", True),
        (Die("The President sig"), "broke off", True),
        (Say("The President sig", finish=None), "broke off", True),
        (Say(""), "empty reply", True),
        (Say(" \n "), "empty reply", True),
        (Send(b"<html>hello</html>", "text/html"), "", True),
        (Send(b"data: {not json}\n\n"), "did not send a chat model's reply", True),
        (Send(b"\x00\xff\xfe" * 40), "", True),
        (Send(b'data: {"surprise": [1, 2]}\n\n'), "", True),
        (Refuse(400, message="refused by the content policy"), "refused the request (400)", False),
        (Refuse(500, message="the api_key store is down"), "failed on its side (500)", True),
        (Send(error(503, "overloaded")), "failed on its side (503)", True),
        (Send(error("429", "slow down")), "wait a minute", True),
        (Send(error("rate_limit_exceeded", "slow down")), "wait a minute", True),
        (Send(error(400, "the request exceeds the available context size")), "longer", False),
        (Send(error("context_length_exceeded", "context too long")), "longer context", False),
    ],
    ids=repr,
)
def test_each_way_to_fail_is_one_line_with_its_cure(act: Act, words: str, again: bool) -> None:
    with scripted(act) as script, pytest.raises(ModelFailed) as failed:
        said(script)
    assert words in str(failed.value)
    assert "\n" not in str(failed.value)
    assert failed.value.again is again


def test_a_wait_that_is_no_number_is_none() -> None:
    with scripted(Refuse(429, {"retry-after": "nan"})) as script, pytest.raises(ModelFailed) as f:
        said(script)
    assert f.value.after == 0


def test_the_wait_a_provider_asks_for_is_kept() -> None:
    with scripted(Refuse(429, {"retry-after": "3"})) as script, pytest.raises(ModelFailed) as f:
        said(script)
    assert f.value.after == 3


@pytest.mark.parametrize("words", ["", "The President"])
def test_silence_ends_after_the_time_set_even_half_way(words: str) -> None:
    with scripted(Silence(words)) as script:
        begun = time.monotonic()
        with pytest.raises(ModelFailed, match="sent nothing for 0.5 seconds.*MODEL_TIMEOUT"):
            said(script, timeout=0.5)
        assert time.monotonic() - begun < 3


def test_a_model_that_writes_steadily_and_too_slowly_is_not_called_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("assistant.models._WHOLE_REPLY", 1)
    with (
        scripted(Say("The President " * 100, pause=0.05)) as script,
        pytest.raises(ModelFailed, match="still writing after 2 seconds.*MODEL_TIMEOUT"),
    ):
        said(script, timeout=2.0)


def test_a_refused_connection_names_the_address() -> None:
    with scripted(Say("x")) as script:
        gone = script.url
    with pytest.raises(ModelFailed, match=f"{gone} refused the connection"):
        list(NamedModel("openai:x", url=gone).stream(ASKED))


@pytest.mark.parametrize(
    ("name", "cure"),
    [
        ("gpt", "write provider:model"),
        ("nosuch:thing", "write provider:model"),
        ("mistralai:small", "pip install langchain-mistralai"),
        ("openai:gpt-5-mini", "set OPENAI_API_KEY"),
    ],
)
def test_a_model_that_cannot_be_loaded_says_what_to_do(
    name: str, cure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ModelFailed, match=cure):
        list(NamedModel(name).stream(ASKED))


def test_mistakes_of_the_caller_are_refused_at_once() -> None:
    with pytest.raises(ValueError, match="empty"):
        NamedModel(" ")
    with pytest.raises(ValueError, match="timeout=0"):
        NamedModel("openai:x", timeout=0)
    with pytest.raises(ValueError, match="needs a model's name"):
        chosen_model(None, url="http://127.0.0.1:1/v1")
    assert chosen_model(None) is None


@pytest.fixture(scope="module")
def answer_with(sample: Assistant) -> Callable[[NamedModel], Answer]:
    embedder = sample.index.embedder
    reader, checker = ExtractiveReader(embedder), Checker(embedder)

    def ask(chosen: NamedModel) -> Answer:
        writer = ProseWriter(chosen, checker, sleep=lambda seconds: None)
        return build_chain(sample.index, reader, writer).invoke(QUESTION)

    return ask


@pytest.mark.parametrize(
    "act",
    [
        Refuse(429),
        Refuse(401),
        Die("Zhao denied that he had asked"),
        Say(""),
        Send(b"<html>hello</html>", "text/html"),
        Say("I love cats. The moon is made of cheese [1]."),
    ],
    ids=repr,
)
def test_when_the_model_fails_the_quotes_are_shown_and_say_so(
    act: Act, sample: Assistant, answer_with: Callable[[NamedModel], Answer]
) -> None:
    with scripted(act) as script:
        answer = answer_with(model(script))
        assert len(script.asked) <= TRIES
    quotes = sample.ask(QUESTION)
    assert answer.text == quotes.text
    assert answer.citations == quotes.citations
    assert answer.model is None
    assert "quotes, chosen without a model" in answer.notice
    assert answer.notice in answer.to_plain_text()
    assert answer.to_dict()["notice"] == answer.notice


def test_a_failure_that_passes_is_tried_again_and_the_prose_shown(
    answer_with: Callable[[NamedModel], Answer],
) -> None:
    with scripted(Refuse(503), Die("Zhao den"), Say(GOOD)) as script:
        answer = answer_with(model(script))
        assert len(script.asked) == 3
    assert answer.model == "openai:scripted"
    assert answer.text.startswith("Zhao denied")
    assert answer.notice == ""


def test_the_command_answers_with_the_model_named_and_notes_its_failure(
    sample: Assistant, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from assistant.cli import main

    with scripted(Say(GOOD)) as script:
        monkeypatch.setenv("ASSISTANT_MODEL", "openai:scripted")
        arguments = ["ask", QUESTION, "--store", sample.index.location]
        assert main([*arguments, "--model-url", script.url]) == 0
        assert capsys.readouterr().out.startswith("Zhao denied that he had asked")
    assert main([*arguments, "--model", "nosuch:thing"]) == 0
    shown = capsys.readouterr().out
    assert "Note: 'nosuch:thing' is not a model's name" in shown
    assert "U.Today, 13 March 2025" in shown


def test_a_bad_setting_is_named(bag: BagOfWords) -> None:
    from assistant.settings import Settings

    with pytest.raises(ValueError, match="ASSISTANT_MODEL_TIMEOUT.*'soon'"):
        Settings.read({"ASSISTANT_MODEL_TIMEOUT": "soon"})
    with pytest.raises(ValueError, match="ASSISTANT_UNSUPPORTED.*'keep'"):
        Settings.read({"ASSISTANT_UNSUPPORTED": "keep"})
    read = Settings.read({"ASSISTANT_MODEL": "ollama:q", "ASSISTANT_MODEL_TIMEOUT": "2.5"})
    assert (read.model, read.model_timeout) == ("ollama:q", 2.5)
