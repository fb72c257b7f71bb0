"""Counts requests by status, and notes those refused. Knows nothing of what they ask."""

from __future__ import annotations

import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.server.metrics import Metrics

_log = logging.getLogger("assistant.server")


class Counting:
    """Sees every request first and its answer last."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on and count."""

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                status = message["status"]
                self._metrics.requests.labels(f"{status // 100}xx").inc()
                if status >= 400 and scope["path"] != "/readyz":
                    client = (scope.get("client") or ("?", 0))[0]
                    # Without the query string, and with no line break a client has made up.
                    _log.info("%s %s %r %d", client, scope["method"], scope["path"], status)
            await send(message)

        await self._app(scope, receive, counted)
