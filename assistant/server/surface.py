"""Which of Gradio's addresses are served, and which files they may name. Knows no user interface.

Gradio has many more: proxies to other hosts, an editor, profiling, fetching any public URL. What
the page, gradio_client and MCP do not need is not there.
"""

from __future__ import annotations

import json
import math
import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.server.identity import user_of
from assistant.server.replies import turn_away

LARGEST_BODY = 4_000_000
"""Bytes of a request that is not an upload."""

_FILE = "/gradio_api/file="
_UPLOAD = "/gradio_api/upload"
_CALLS = r"/gradio_api/(?:call/(?:v2/)?|run/|api/)\w+"
_GET = re.compile(
    r"/|/config/?|/theme\.css|/favicon\.ico|/manifest\.json|/robots\.txt|/healthz|/readyz|/metrics"
    r"|/login|/logout|/openapi\.json|/(?:assets|static|svelte)/.+"
    r"|/gradio_api/(?:info/?|openapi\.json|theme\.css|queue/data|queue/status|upload_progress"
    r"|startup-events|app_id|heartbeat/[\w-]+|file=.+)"
    rf"|{_CALLS}/\w+"
)
_POST = re.compile(
    r"/login|/api/v1/(?:ask|stream|search)"
    rf"|/gradio_api/(?:queue/join|upload|cancel|reset)/?|{_CALLS}/?"
)
_MCP = re.compile(r"/gradio_api/mcp(?:/|/http/?|/schema)?")
_DAY = 86_400.0


class Surface:
    """Passes on what is served. `area` is the one folder whose files may be read and named.

    `mistake` says what is wrong with a call of Gradio's functions, by its path and body.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        area: Path,
        mcp: bool,
        upload_bytes: int,
        mistake: Callable[[str, object], tuple[int, str] | None] = lambda path, body: None,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._app = app
        self._area = area.resolve()
        self._mcp = mcp
        self._quota = upload_bytes
        self._mistake = mistake
        self._now = now
        self._uploaded: defaultdict[str, deque[tuple[float, int]]] = defaultdict(deque)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is served."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        path, method = scope["path"], scope["method"]
        if not self._served(path, method) or ".." in path.split("/"):
            return await turn_away(scope, receive, send, 404, "there is nothing at this address")
        if path.startswith(_FILE) and not self._inside(path.removeprefix(_FILE)):
            return await turn_away(scope, receive, send, 403, "this file is not served")
        if method != "POST":
            return await self._app(scope, receive, send)
        headers = Headers(scope=scope)
        length = headers.get("content-length", "")
        if not length.isdecimal() or "transfer-encoding" in headers:
            return await turn_away(scope, receive, send, 411, "send a Content-Length")
        if path.rstrip("/") == _UPLOAD:
            return await self._upload(scope, receive, send, int(length))
        if int(length) > LARGEST_BODY:
            message = f"a request has at most {LARGEST_BODY} bytes"
            return await turn_away(scope, receive, send, 413, message)
        if not path.startswith("/gradio_api/"):
            return await self._app(scope, receive, send)
        await self._checked(scope, receive, send)

    def _served(self, path: str, method: str) -> bool:
        if self._mcp and _MCP.fullmatch(path):
            return method in ("GET", "POST", "DELETE")
        if method in ("GET", "HEAD"):
            return bool(_GET.fullmatch(path))
        return method == "POST" and bool(_POST.fullmatch(path))

    def _inside(self, path: str) -> bool:
        try:
            return "\0" not in path and Path(path).resolve().is_relative_to(self._area)
        except (OSError, ValueError, RuntimeError):
            return False

    async def _upload(self, scope: Scope, receive: Receive, send: Send, length: int) -> None:
        user = user_of(scope)
        if not user.may_edit:
            message = f"{user.name} may not add documents; ask for: accounts add NAME --may-edit"
            return await turn_away(scope, receive, send, 403, message)
        recent = self._uploaded[user.name]
        while recent and recent[0][0] <= self._now() - _DAY:
            recent.popleft()
        if length + sum(size for _, size in recent) > self._quota:
            message = f"{self._quota // 1_000_000} megabytes a day may be uploaded"
            after = recent[0][0] + _DAY - self._now() if recent else _DAY
            return await turn_away(
                scope, receive, send, 413, message, Retry_After=str(int(after) + 1)
            )
        recent.append((self._now(), length))
        await self._app(scope, receive, send)

    async def _checked(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        more = True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
        try:
            value = _parsed(body)
            foreign = any(not self._ours(file, scope) for file in _files(value))
        except (ValueError, RecursionError):
            return await turn_away(scope, receive, send, 400, "the body is not JSON")
        if foreign:
            said = "a file of the request is not one that was uploaded"
            return await turn_away(scope, receive, send, 403, said)
        if mistake := self._mistake(scope["path"], value):
            return await turn_away(scope, receive, send, *mistake)
        held: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return held.pop() if held else await receive()

        await self._app(scope, replay, send)

    def _ours(self, file: dict[str, Any], scope: Scope) -> bool:
        path, url = file.get("path"), file.get("url")
        if path is not None and not (isinstance(path, str) and self._inside(path)):
            return False
        if url is None:
            return True
        try:
            parts = urlsplit(url) if isinstance(url, str) else None
        except ValueError:
            return False
        host = Headers(scope=scope).get("host", "")
        return parts is not None and parts.netloc in ("", host) and _FILE in parts.path


def _parsed(body: bytes) -> object:
    """The body as JSON. Raises ValueError, for numbers without end too."""

    def finite(text: str) -> float:
        if not math.isfinite(number := float(text)):
            raise ValueError(f"{text} is no number")
        return number

    return json.loads(body or b"0", parse_float=finite, parse_constant=finite)


def _files(value: object) -> Iterator[dict[str, Any]]:
    """The objects Gradio takes for files, however deep."""
    if isinstance(value, dict):
        if "path" in value and ("meta" in value or "url" in value):
            yield value
        for inner in value.values():
            yield from _files(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _files(inner)
