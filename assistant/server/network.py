"""Where a request really comes from and whom it means to reach. Knows nothing of users."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from assistant.server.options import ServerOptions
from assistant.server.replies import turn_away

# Gradio builds addresses from these and connects to them; nobody but a proxy has a say in that.
_SAID_BY_PROXIES = (b"x-forwarded-", b"x-gradio-", b"x-original-", b"x-real-", b"forwarded")


class Forwarded:
    """Takes X-Forwarded-For, -Proto and -Host from trusted proxies, and drops all others'.

    The path may come with the root path or without; it goes on without.
    """

    def __init__(self, app: ASGIApp, options: ServerOptions) -> None:
        self._app = app
        self._networks = options.networks
        self._root_path = options.root_path
        self._proxied = ProxyHeadersMiddleware(
            self._inside,  # type: ignore[arg-type]
            list(options.trusted_proxies),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what a trusted proxy says as the truth."""
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        if scope["type"] == "websocket":
            # Nothing here speaks it, so nothing further in has to think of it.
            return await send({"type": "websocket.close", "code": 1008, "reason": ""})
        root = self._root_path
        if root and (scope["path"] == root or scope["path"].startswith(f"{root}/")):
            scope["path"] = scope["path"][len(root) :] or "/"
            scope["raw_path"] = scope["path"].encode()
        if not self._trusted(scope):
            return await self._inside(scope, receive, send)
        host = Headers(scope=scope).get("x-forwarded-host", "").split(",")[0].strip()
        if host:
            rest = [item for item in scope["headers"] if item[0] != b"host"]
            scope["headers"] = [*rest, (b"host", host.encode("latin-1"))]
        await self._proxied(scope, receive, send)  # type: ignore[arg-type]

    async def _inside(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["headers"] = [
            (name, value)
            for name, value in scope["headers"]
            if not name.startswith(_SAID_BY_PROXIES)
        ]
        await self._app(scope, receive, send)

    def _trusted(self, scope: Scope) -> bool:
        try:
            address = ipaddress.ip_address((scope.get("client") or ("", 0))[0])
        except ValueError:
            return False
        return any(address in network for network in self._networks)


class Addressed:
    """Refuses other host names, and what another site's page sends.

    Against DNS rebinding: a site that makes its name point here. An address in figures cannot be
    made to, so a server on a network takes those too.
    """

    def __init__(self, app: ASGIApp, options: ServerOptions) -> None:
        self._app = app
        self._wide = options.wide
        self._names = {"localhost", *(name.casefold() for name in options.allowed_hosts)}
        if options.wide:
            self._names.add(socket.gethostname().casefold())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what means to reach us."""
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._ours(_host(f"//{hosts[0]}")):
            message = "this server is not reached by that name; start it with --allowed-host NAME"
            return await turn_away(scope, receive, send, 400, message)
        origin = headers.get("origin")
        if origin is not None and scope.get("method") not in ("GET", "HEAD"):
            if not _same(origin, hosts[0]):
                message = "a page of another site may not send this"
                return await turn_away(scope, receive, send, 403, message)
        await self._app(scope, receive, send)

    def _ours(self, host: str) -> bool:
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return host.casefold() in self._names
        return self._wide or address.is_loopback


def _same(origin: str, host: str) -> bool:
    try:
        return urlsplit(origin).netloc.casefold() == host.casefold()
    except ValueError:
        return False


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
