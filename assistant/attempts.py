"""How often somebody has tried lately. Knows nothing of what is tried, or why it has a limit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Attempts:
    """How often a name or an address has tried lately: `most` in a minute are enough.

    Safe to share between threads.
    """

    def __init__(self, most: int = 10, now: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._now = now
        self._tried: dict[str, list[float]] = {}
        self._lock = threading.Lock()

    def begin(self, *who: str) -> float:
        """Note an attempt -> 0, or how many seconds one of these has to wait, noting nothing.

        It counts from its beginning, or a thousand at once would all be allowed.
        """
        with self._lock:
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
        with self._lock:
            for name in who:
                times = self._tried.get(name, [])
                if len(times) > 1:
                    times.pop()
                else:
                    self._tried.pop(name, None)
