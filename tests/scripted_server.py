"""An OpenAI-compatible server on loopback that does as each test's script says, over real HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Say:
    """A reply streamed in small pieces; `finish` is its finish_reason, None for a lost one.

    `pause` is seconds after each piece.
    """

    text: str
    finish: str | None = "stop"
    pause: float = 0.0


@dataclass(frozen=True)
class Refuse:
    """An HTTP error."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    message: str = "no"


@dataclass(frozen=True)
class Send:
    """Any bytes under 200 OK, whatever they mean."""

    body: bytes
    content_type: str = "text/event-stream"


@dataclass(frozen=True)
class Die:
    """Half a reply, then the connection is torn down."""

    text: str


@dataclass(frozen=True)
class Silence:
    """Some words, then nothing until the client gives up or the server is closed."""

    text: str = ""


Act = Say | Refuse | Send | Die | Silence


@dataclass
class Script:
    """What to do at each request, in turn, the last one again and again; and what was asked."""

    url: str
    acts: list[Act]
    asked: list[dict[str, Any]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def next(self, asked: dict[str, Any]) -> Act:
        self.asked.append(asked)
        return self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]


@contextmanager
def scripted(*acts: Act) -> Iterator[Script]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    script = Script(f"http://127.0.0.1:{server.server_address[1]}/v1", list(acts))
    server.script = script  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield script
    finally:
        script.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        script: Script = self.server.script  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        act = script.next(json.loads(body))
        if isinstance(act, Refuse):
            self._head(act.status, "application/json", act.headers)
            self.wfile.write(json.dumps({"error": {"message": act.message}}).encode())
            return
        if isinstance(act, Send):
            self._head(200, act.content_type)
            self.wfile.write(act.body)
            return
        self._head(200, "text/event-stream")
        try:
            for i in range(0, len(act.text), 9):
                self._event({"content": act.text[i : i + 9]}, None)
                script.over.wait(act.pause if isinstance(act, Say) else 0)
            if isinstance(act, Silence):
                script.over.wait(30)
            elif isinstance(act, Die):
                # A chunk that is announced and never comes.
                self.wfile.write(b'data: {"id"')
            elif act.finish:
                self._event({}, act.finish)
                self.wfile.write(b"data: [DONE]\n\n")
        except OSError:
            return  # the client has gone, as it may

    def _head(self, status: int, content_type: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()

    def _event(self, delta: dict[str, str], finish: str | None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        event = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        self.wfile.write(f"data: {json.dumps(event | {'choices': [choice]})}\n\n".encode())
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        return
