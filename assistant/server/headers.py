"""What a browser may do with what we send: load from here, run what we wrote, and no more."""

from __future__ import annotations

import re
import secrets

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_POLICY = (
    "default-src 'self'; script-src 'self'{scripts}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; worker-src 'self' blob:; frame-src 'self' blob:; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'; object-src 'none'"
)
_ALWAYS = (
    # Not "no-referrer": browsers would then hide the origin of our own forms too.
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
_TLS = (b"strict-transport-security", b"max-age=31536000")
_UNSTORED = ("/api/", "/metrics", "/config", "/gradio_api/", "/login")
_SCRIPT = re.compile(rb"<script(?=[\s>])")


class SecureHeaders:
    """Adds the headers to every answer; over https, that it shall stay https.

    The scripts written into the page get a number used once; what a document might smuggle in has
    none, and an attribute such as onerror cannot have one, so neither runs.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with the headers added."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        # Gradio makes functions out of text, so its page cannot do without eval.
        nonce = secrets.token_urlsafe(16)
        scripts = f" 'nonce-{nonce}' 'unsafe-eval'"
        head: Message | None = None
        page = b""

        async def send_with_headers(message: Message) -> None:
            nonlocal head, page
            if message["type"] == "http.response.start":
                if _is_page(scope, message):
                    head = message
                    return
                message["headers"] = _headers(scope, message, "")
            elif head is not None and message["type"] == "http.response.body":
                page += message.get("body", b"")
                if message.get("more_body"):
                    return
                page = _SCRIPT.sub(b"<script nonce=" + nonce.encode(), page)
                rest = _headers(scope, head, scripts)
                head["headers"] = [
                    *(item for item in rest if item[0] != b"content-length"),
                    (b"content-length", str(len(page)).encode()),
                ]
                await send(head)
                message = {"type": "http.response.body", "body": page}
            await send(message)

        if scope["method"] == "GET" and "text/html" in Headers(scope=scope).get("accept", ""):
            # As it is written, not compressed.
            kept = [item for item in scope["headers"] if item[0] != b"accept-encoding"]
            scope["headers"] = kept
        await self._app(scope, receive, send_with_headers)


def _is_page(scope: Scope, message: Message) -> bool:
    headers = Headers(raw=message["headers"])
    html = headers.get("content-type", "").startswith("text/html")
    # Gradio's page alone; of what else is HTML, nothing is ours to vouch for.
    ours = scope["method"] == "GET" and scope["path"] == "/"
    return ours and html and "content-encoding" not in headers


def _headers(scope: Scope, message: Message, scripts: str) -> list[tuple[bytes, bytes]]:
    ours = [(b"content-security-policy", _POLICY.format(scripts=scripts).encode()), *_ALWAYS]
    if scope["scheme"] == "https":
        ours.append(_TLS)
    if scope["path"] == "/" or scope["path"].startswith(_UNSTORED):
        ours.append((b"cache-control", b"no-store"))
    names = {name for name, _ in ours} | {b"server"}
    return [*(item for item in message["headers"] if item[0].lower() not in names), *ours]
