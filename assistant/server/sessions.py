"""Who is logged in in which browser. Knows nothing of passwords; forgets all at a restart."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import OrderedDict, deque
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
    """How often a name or an address has failed lately: `most` times in a minute is enough."""

    def __init__(self, most: int = 10, now: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._now = now
        self._failed: dict[str, deque[float]] = {}

    def wait(self, *who: str) -> float:
        """Seconds until any of these may try again; 0 for now."""
        now = self._now()
        for name in [name for name, times in self._failed.items() if times[-1] <= now - 60]:
            del self._failed[name]
        waits = [0.0]
        for name in who:
            recent = [at for at in self._failed.get(name, ()) if at > now - 60]
            if len(recent) >= self._most:
                waits.append(recent[-self._most] + 60 - now)
        return max(waits)

    def failed(self, *who: str) -> None:
        """Note a failure."""
        for name in who:
            self._failed.setdefault(name, deque(maxlen=self._most)).append(self._now())


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
