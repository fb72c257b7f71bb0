"""Who is logged in in which browser. Knows nothing of passwords; forgets all at a restart."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable

HOURS = 12
_MOST = 10_000


class Sessions:
    """Random session keys of users, each good for HOURS from its login. Kept hashed."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._held: OrderedDict[str, tuple[str, str, float]] = OrderedDict()

    def begin(self, user: str, password_hash: str) -> str:
        """A new session -> its key. It ends too when the password changes."""
        key = secrets.token_urlsafe(32)
        self._held[_digest(key)] = (user, password_hash, self._now() + HOURS * 3600)
        while len(self._held) > _MOST:
            self._held.popitem(last=False)
        return key

    def user(self, key: str) -> tuple[str, str]:
        """The name and the password hash a session began with; ("", "") when there is none."""
        name, hashed, until = self._held.get(_digest(key), ("", "", 0.0))
        return (name, hashed) if self._now() < until else ("", "")

    def end(self, key: str) -> None:
        """Log out."""
        self._held.pop(_digest(key), None)


class Attempts:
    """How often a name or an address has tried lately: `most` failures in a minute are enough."""

    def __init__(self, most: int = 10, now: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._now = now
        self._tried: dict[str, list[float]] = {}

    def begin(self, *who: str) -> float:
        """Note an attempt -> 0, or how many seconds one of these has to wait, noting nothing.

        It counts from its beginning, or a thousand at once would all be allowed.
        """
        past = self._now() - 60
        for name in [name for name, times in self._tried.items() if times[-1] <= past]:
            del self._tried[name]
        waits = [0.0]
        for name in who:
            recent = [at for at in self._tried.get(name, ()) if at > past]
            if len(recent) >= self._most:
                waits.append(recent[-self._most] - past)
        if not any(waits):
            for name in who:
                self._tried[name] = [*self._tried.get(name, ()), self._now()][-self._most :]
        return max(waits)

    def succeeded(self, *who: str) -> None:
        """Forget the last attempt of each: it was none to guess."""
        for name in who:
            times = self._tried.get(name, [])
            if len(times) > 1:
                times.pop()
            else:
                self._tried.pop(name, None)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
