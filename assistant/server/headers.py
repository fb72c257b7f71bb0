"""What a browser may do with what we send: load from here, run what we wrote, and no more."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_POLICY = (
    b"default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    b"style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' data: blob:; "
    b"font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; frame-src 'self' blob:; "
    b"base-uri 'self'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
)
_ALWAYS = (
    (b"content-security-policy", _POLICY),
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


class SecureHeaders:
    """Adds the headers to every answer; over https, that it shall stay https."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with the headers added."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                ours = [*_ALWAYS]
                if scope["scheme"] == "https":
                    ours.append(_TLS)
                if scope["path"] == "/" or scope["path"].startswith(_UNSTORED):
                    ours.append((b"cache-control", b"no-store"))
                names = {name for name, _ in ours} | {b"server"}
                rest = [item for item in message["headers"] if item[0].lower() not in names]
                message["headers"] = [*rest, *ours]
            await send(message)

        await self._app(scope, receive, send_with_headers)
