"""A server over a small index whose reader answers when a test lets it, and its users."""

from __future__ import annotations

import ipaddress
import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from conftest import BagOfWords

from assistant import Assistant
from assistant.chain import Reading
from assistant.citing import Quote
from assistant.server.accounts import add_account, add_token
from assistant.server.options import ServerOptions
from index import Document, Index
from index.documents import Hit

PASSWORD = "correct horse battery"
RAIN = "How much rain fell in Rome?"
USERS = ("ada", "bob", "eve")
"""Only ada may edit."""

OUTSIDE: list[str] = []
"""Hosts other than this machine that were looked up or connected to."""


class GatedReader:
    """Quotes the first sentence found, once its gate is open."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()

    def read(self, question: str, hits: Sequence[Hit]) -> Reading:
        self.gate.wait(30)
        if "rain" not in question or not hits:
            return Reading((), 0.1, False)
        passage = hits[0].passage
        first, last = passage.sentences[0]
        start = passage.start
        text = passage.text[first:last]
        return Reading((Quote(passage.document_id, start + first, start + last, text),), 0.9, True)


@dataclass
class Served:
    """A running server. `secret` is a file beside its store that nobody may read through it."""

    port: int
    reader: GatedReader
    accounts: Path
    secret: Path
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def headers(self, user: str = "ada") -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[user]}"}

    def client(self, user: str | None = "ada") -> httpx.Client:
        headers = self.headers(user) if user else {}
        return httpx.Client(
            base_url=self.url, headers=headers, timeout=30, trust_env=False, verify=False
        )

    def metric(self, name: str) -> float:
        """One sample of /metrics, 0 where it is not there yet."""
        with self.client() as client:
            for line in client.get("/metrics").text.splitlines():
                if line.rpartition(" ")[0] == name:
                    return float(line.rpartition(" ")[2])
        return 0.0

    @contextmanager
    def held(self) -> Iterator[None]:
        """The reader's gate shut; afterwards open, and everybody gone."""
        self.reader.gate.clear()
        try:
            yield
        finally:
            self.reader.gate.set()
            until(lambda: self.metric("assistant_line_served") == 0)


def until(true: Callable[[], bool]) -> None:
    """Wait for what takes a moment; fails when it does not come."""
    for _ in range(300):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def watch_the_network() -> None:
    """Note and refuse every address outside this machine, however it is asked for."""

    def hook(event: str, given: tuple[Any, ...]) -> None:
        host = None
        if event == "socket.getaddrinfo":
            host = given[0]
        elif event in ("socket.connect", "socket.sendto") and isinstance(given[1], tuple):
            host = given[1][0]
        if host is not None and not _here(host):
            OUTSIDE.append(str(host))
            raise OSError(f"{host} is outside this machine")

    sys.addaudithook(hook)


def _here(host: str | bytes) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return name in ("localhost", "")
    return address.is_loopback or address.is_unspecified


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    from assistant.server.serving import running

    accounts = folder / "accounts"
    for user in USERS:
        add_account(accounts, user, PASSWORD, may_edit=user == "ada")
    secret = folder / "secret.txt"
    secret.write_text("root:x:0:0: a secret outside of the uploads")
    index = Index.open(folder / "store", embedder=BagOfWords())
    index.add(
        [
            Document("rome.txt", "There was 26 mm of rain in Rome. Nobody minded.", title="Rome"),
            Document("oslo.txt", "Snow lay in Oslo. It was white.", title="Oslo"),
        ]
    )
    reader = GatedReader()
    options = ServerOptions(
        accounts=str(accounts),
        per_minute=1000,
        per_user=3,
        at_once=2,
        waiting=3,
        question_length=200,
        upload_megabytes=1,
        mcp=True,
    )
    served = Served(free_port(), reader, accounts, secret)
    served.tokens = {user: add_token(accounts, user) for user in USERS}
    with running(Assistant(index, reader), options, port=served.port):
        with served.client() as client:
            until(lambda: client.get("/readyz").status_code == 200)
        yield served


@contextmanager
def asking(served: Served, user: str, way: str = "stream") -> Iterator[socket.socket]:
    """A client that has sent a question and may be killed."""
    body = json.dumps({"question": RAIN})
    with socket.create_connection(("127.0.0.1", served.port)) as connection:
        connection.sendall(
            f"POST /api/v1/{way} HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n"
            f"Authorization: Bearer {served.tokens[user]}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        yield connection
