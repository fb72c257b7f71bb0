"""Two pages over one Chroma server, behind nginx as the README says to set it up."""

from __future__ import annotations

import json
import os
import pwd
import re
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import CORPUS, ROOT, chroma_running
from serving import free_port

from index import Index

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") is None,
        reason="needs nginx; run: apt-get install nginx-light",
    ),
]

CONFIGURATION = ROOT / "tests" / "data" / "replicas.nginx"
QUESTIONS = [
    "Did CZ ask for a pardon?",
    "What did the price of Bitcoin do?",
    "Who is the mayor of Springfield?",
]
_SEARCHES = 'assistant_questions_total{outcome="searched",way="api"}'


class Site:
    """The proxy and what stands behind it. `clients` are two visitors of two different pages."""

    def __init__(self, proxy: int, pages: list[int]) -> None:
        self.pages = pages
        self.proxy = proxy
        self.clients: list[httpx.Client] = []

    def client(self, source: str) -> httpx.Client:
        transport = httpx.HTTPTransport(local_address=source)
        return httpx.Client(
            transport=transport, base_url=f"http://127.0.0.1:{self.proxy}", timeout=120
        )

    def page_of(self, client: httpx.Client) -> int:
        """Which page a visitor is sent to: the one that counts a search of theirs."""
        before = [self.searches(port) for port in self.pages]
        found(client, "anything")
        (page,) = (at for at, port in enumerate(self.pages) if self.searches(port) != before[at])
        return page

    def searches(self, port: int) -> float:
        text = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=60).text
        return sum(
            float(line.split()[-1]) for line in text.splitlines() if line.startswith(_SEARCHES)
        )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("replicas")
    with ExitStack() as stack:
        address = stack.enter_context(chroma_running(folder / "chroma"))
        index = Index.open(address)
        index.sync(CORPUS)
        index.close()
        made = Site(free_port(), [free_port(), free_port()])
        for port in made.pages:
            command = Path(sys.executable).with_name("assistant")
            options = ["--store", address, "--port", str(port), "--trusted-proxy", "127.0.0.1"]
            log = stack.enter_context((folder / f"{port}.log").open("w"))
            page = subprocess.Popen([command, "chat", *options], cwd=folder, stderr=log)
            stack.callback(_end, page)
        _nginx(folder, made, stack)
        for port in made.pages:
            _until(lambda port=port: _answers(f"http://127.0.0.1:{port}/readyz"), 180)
        for number in range(1, 20):
            client = stack.enter_context(made.client(f"127.0.{number}.1"))
            page_number = made.page_of(client)
            if page_number == len(made.clients):
                made.clients.append(client)
            if len(made.clients) == 2:
                break
        yield made


def found(client: httpx.Client, query: str) -> list[dict[str, Any]]:
    hits: list[dict[str, Any]] = (
        client.post("/api/v1/search", json={"query": query}).raise_for_status().json()["hits"]
    )
    return hits


def asked(client: httpx.Client, question: str) -> dict[str, Any]:
    response = client.post("/api/v1/ask", json={"question": question})
    answer: dict[str, Any] = response.raise_for_status().json()
    return answer


def names(client: httpx.Client, query: str) -> set[str]:
    return {hit["document"]["id"] for hit in found(client, query)}


def test_a_visitor_stays_with_one_page(site: Site) -> None:
    for at, client in enumerate(site.clients):
        assert {site.page_of(client) for _ in range(5)} == {at}


def test_both_pages_answer_the_same(site: Site) -> None:
    one, other = site.clients
    for question in QUESTIONS:
        asked = {"question": question}
        answers = [
            c.post("/api/v1/ask", json=asked).raise_for_status().json() for c in (one, other)
        ]
        assert answers[0] == answers[1]
        assert found(one, question) == found(other, question)


def test_an_answer_comes_through_the_proxy_as_it_is_made(site: Site) -> None:
    with site.clients[0].stream(
        "POST", "/api/v1/stream", json={"question": QUESTIONS[0]}
    ) as response:
        assert "text/event-stream" in response.headers["content-type"]
        events = re.findall(r"^event: (\w+)", response.read().decode(), re.M)
    assert events[-1] == "complete"


def test_what_is_uploaded_to_one_page_is_found_by_the_other_within_ten_seconds(
    site: Site,
) -> None:
    one, other = site.clients
    text = "The quokka Bartholomew was elected head of the harbour board. He eats figs."
    said = deed(one, "upload", "upload", [[stored(one, "quokka.txt", text)]])
    assert "quokka.txt" in said, said
    began = time.monotonic()
    # By the word alone too: it has to be in the lexical index that the other page made itself.
    _until(lambda: "uploads/quokka.txt" in names(other, "Bartholomew quokka"), 10)
    print(f"found by the other page after {time.monotonic() - began:.2f} s")
    answer = asked(one, "Who is the head of the harbour board?")
    assert "Bartholomew" in answer["text"]
    assert answer == asked(other, "Who is the head of the harbour board?")


def stored(client: httpx.Client, name: str, text: str) -> dict[str, Any]:
    files = {"files": (name, text.encode(), "text/plain")}
    (path,) = client.post("/gradio_api/upload", files=files).raise_for_status().json()
    return {"path": path, "meta": {"_type": "gradio.FileData"}}


def deed(client: httpx.Client, part: str, event: str, data: list[Any]) -> str:
    """What the page's own program does when a part is pressed -> all the server says to it."""
    config = client.get("/config").raise_for_status().json()
    ids = {c["id"]: c["props"].get("elem_id") for c in config["components"]}
    which = next(
        d["id"]
        for d in config["dependencies"]
        if any(ids.get(at) == part and what == event for at, what in d["targets"])
        and len(d["inputs"]) == len(data)
    )
    session = uuid.uuid4().hex
    pressed = {"data": data, "fn_index": which, "session_hash": session, "event_data": None}
    client.post("/gradio_api/queue/join", json=pressed).raise_for_status()
    said = ""
    with client.stream("GET", f"/gradio_api/queue/data?session_hash={session}") as response:
        for line in response.iter_lines():
            said += line
            if line.startswith("data: "):
                if json.loads(line[6:])["msg"] in ("process_completed", "close_stream"):
                    break
    return said


def _nginx(folder: Path, site: Site, stack: ExitStack) -> None:
    text = CONFIGURATION.read_text("utf-8")
    for port, ours in zip(("7860", "7861", "7862"), (site.proxy, *site.pages), strict=True):
        text = text.replace(f"127.0.0.1:{port}", f"127.0.0.1:{ours}")
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = folder / "nginx.conf"
    whole.write_text(
        f"user {pwd.getpwuid(os.getuid()).pw_name};\ndaemon off;\npid {folder}/nginx.pid;\n"
        f"events {{}}\nhttp {{\naccess_log off;\n{temporary}{text}}}\n"
    )
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    log = stack.enter_context((folder / "nginx.log").open("w"))
    command = [str(program), "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(whole)]
    stack.callback(_end, subprocess.Popen(command, stderr=log))


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(timeout=30)


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=60).status_code == 200
    except httpx.TransportError:
        return False


def _until(true: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"it did not come in {seconds} seconds"
        time.sleep(0.1)
