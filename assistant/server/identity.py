"""Who a request comes from, by session, password or token. Knows nothing of questions."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import math
import secrets
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import anyio
import anyio.to_thread
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.attempts import Attempts
from assistant.server.accounts import Account, Accounts, AccountsUnreadable, User
from assistant.server.metrics import Metrics
from assistant.server.replies import turn_away
from assistant.server.sessions import Sessions

COOKIE = "assistant_session"
LOCAL = User("local", may_edit=True)
"""Everybody, on a server without accounts, which only this machine may reach."""

OPEN = frozenset({"/healthz", "/readyz", "/login", "/robots.txt", "/favicon.ico"})
_KEY = "assistant.user"
_REMEMBERED = 300.0


class TooManyFailures(Exception):
    """Wrong passwords too often; `after` seconds to wait."""

    def __init__(self, after: float) -> None:
        super().__init__("too many wrong passwords; wait a minute")
        self.after = math.ceil(after)


def user_of(scope: Mapping[str, Any]) -> User:
    """Who a request comes from; the middleware has let nobody else in."""
    user: User = scope[_KEY]
    return user


class Identity:
    """Checks what a request shows against the accounts. With None everybody is LOCAL."""

    def __init__(self, accounts: Accounts | None, metrics: Metrics) -> None:
        self.accounts = accounts
        self.sessions = Sessions()
        self._attempts = Attempts()
        self._metrics = metrics
        # A password is hashed with much memory on purpose; once per program and five minutes.
        self._secret = secrets.token_bytes(32)
        self._remembered: OrderedDict[bytes, tuple[str, float]] = OrderedDict()
        self._hashing: anyio.CapacityLimiter | None = None

    async def of(self, scope: Scope) -> User | None:
        """The user, or None for one who must log in. Raises TooManyFailures."""
        if self.accounts is None:
            return LOCAL
        headers = Headers(scope=scope)
        kind, _, shown = headers.get("authorization", "").partition(" ")
        address = (scope.get("client") or ("?", 0))[0]
        if kind.casefold() == "bearer":
            return self._counted(self.accounts.by_token(shown.strip()))
        if kind.casefold() == "basic":
            name, password = _basic(shown)
            account = await self.by_password(name, password, address)
            return account.user if account else None
        session = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
        name, hashed = self.sessions.user(session)
        held = self.accounts.named(name) if name else None
        return held.user if held and held.password_hash == hashed else None

    async def by_password(self, name: str, password: str, address: str) -> Account | None:
        """The account name and password fit. Raises TooManyFailures."""
        if self.accounts is None:
            return None
        key = hmac.digest(self._secret, f"{name}\0{password}".encode(), hashlib.sha256)
        hashed, until = self._remembered.get(key, ("", 0.0))
        held = self.accounts.named(name)
        if held and held.password_hash == hashed and time.monotonic() < until:
            return held
        who = (f"name {name}", f"address {address}")
        if wait := self._attempts.begin(*who):
            raise TooManyFailures(wait)
        if self._hashing is None:
            self._hashing = anyio.CapacityLimiter(2)
        account = await anyio.to_thread.run_sync(
            self.accounts.by_password, name, password, limiter=self._hashing
        )
        self._counted(account)
        if account is None:
            return None
        self._attempts.succeeded(*who)
        self._remembered[key] = (account.password_hash, time.monotonic() + _REMEMBERED)
        while len(self._remembered) > 1000:
            self._remembered.popitem(last=False)
        return account

    def _counted(self, account: Account | None) -> User | None:
        self._metrics.logins.labels("wrong" if account is None else "right").inc()
        return account.user if account else None


class Authentication:
    """Lets in who is known, and puts the user into the scope."""

    def __init__(self, app: ASGIApp, identity: Identity, root_path: str) -> None:
        self._app = app
        self._identity = identity
        self._root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on with the user, or turn away."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        if scope["path"] in OPEN:
            scope[_KEY] = User("")
            return await self._app(scope, receive, send)
        try:
            user = await self._identity.of(scope)
        except TooManyFailures as error:
            after = str(error.after)
            return await turn_away(scope, receive, send, 429, str(error), Retry_After=after)
        except AccountsUnreadable:
            message = "the accounts cannot be read; see the server's log"
            return await turn_away(scope, receive, send, 503, message, Retry_After="30")
        if user is not None:
            scope[_KEY] = user
            return await self._app(scope, receive, send)
        if scope["method"] == "GET" and "text/html" in Headers(scope=scope).get("accept", ""):
            page = RedirectResponse(f"{self._root_path}/login", status_code=303)
            return await page(scope, receive, send)
        await turn_away(
            scope,
            receive,
            send,
            401,
            "log in, or send a token: Authorization: Bearer TOKEN (assistant accounts token NAME)",
            WWW_Authenticate='Basic realm="assistant", charset="UTF-8"',
        )


def _basic(shown: str) -> tuple[str, str]:
    try:
        text = base64.b64decode(shown.strip(), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    name, _, password = text.partition(":")
    return name, password
