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


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
