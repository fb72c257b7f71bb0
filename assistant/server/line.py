"""Who is served now and who waits: places in one line. Knows nothing of questions or HTTP."""

from __future__ import annotations

import math
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable

from index.errors import AssistantError


class Refused(AssistantError):
    """No place for now; `after` is in how many seconds to try again."""

    def __init__(self, message: str, *, after: float) -> None:
        super().__init__(message)
        self.after = max(1, math.ceil(after))


class TooMany(Refused):
    """One user sends more than one user may."""


class Busy(Refused):
    """All users together send more than there are places for."""


class Ticket:
    """One place in the line. Leave it whatever happens; leaving twice is leaving once."""

    def __init__(self, line: Line, user: str) -> None:
        self._line = line
        self.user = user

    def wait(self, seconds: float) -> int:
        """Wait at most so long for one's turn -> how many stand before, 0 when it has come."""
        return self._line._wait(self, seconds)

    def leave(self) -> None:
        """Make room."""
        self._line._leave(self)


class Line:
    """First come, first served, `at_once` at a time. Safe to share between threads.

    One user has at most `per_user` places, and joins at most `per_minute` times in any minute.
    """

    def __init__(
        self,
        *,
        at_once: int,
        waiting: int,
        per_user: int,
        per_minute: int,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._at_once = at_once
        self._most_waiting = waiting
        self._per_user = per_user
        self._per_minute = per_minute
        self._now = now
        self._turn = threading.Condition()
        self._served: dict[Ticket, float] = {}
        self._waiting: list[Ticket] = []
        self._joined: defaultdict[str, deque[float]] = defaultdict(deque)
        self._typical = 1.0

    def join(self, user: str) -> Ticket:
        """Take a place at the end. Raises TooMany or Busy."""
        with self._turn:
            self._check_user(user)
            if len(self._waiting) >= self._most_waiting and len(self._served) >= self._at_once:
                raise Busy(
                    f"the server is busy: {len(self._waiting)} questions are waiting; "
                    "try again in a moment",
                    after=min(self._typical * len(self._waiting) / self._at_once, 60.0),
                )
            ticket = Ticket(self, user)
            self._joined[user].append(self._now())
            self._waiting.append(ticket)
            self._advance()
            return ticket

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    @property
    def served(self) -> int:
        """How many are being served."""
        return len(self._served)

    def _check_user(self, user: str) -> None:
        now = self._now()
        for name in [name for name, times in self._joined.items() if times[-1] <= now - 60]:
            del self._joined[name]
        recent = self._joined.get(user, deque())
        while recent and recent[0] <= now - 60:
            recent.popleft()
        if len(recent) >= self._per_minute:
            raise TooMany(
                f"{self._per_minute} questions and searches a minute are allowed; "
                "wait a little and ask again",
                after=recent[0] + 60 - now,
            )
        places = sum(ticket.user == user for ticket in (*self._served, *self._waiting))
        if places >= self._per_user:
            raise TooMany(
                f"{self._per_user} questions at the same time are allowed; "
                "wait for one of yours to be answered",
                after=self._typical,
            )

    def _advance(self) -> None:
        moved = False
        while self._waiting and len(self._served) < self._at_once:
            self._served[self._waiting.pop(0)] = self._now()
            moved = True
        if moved:
            self._turn.notify_all()

    def _wait(self, ticket: Ticket, seconds: float) -> int:
        with self._turn:
            self._turn.wait_for(lambda: ticket in self._served, timeout=seconds)
            return 0 if ticket in self._served else self._waiting.index(ticket) + 1

    def _leave(self, ticket: Ticket) -> None:
        with self._turn:
            since = self._served.pop(ticket, None)
            if since is not None:
                self._typical += 0.2 * (self._now() - since - self._typical)
            elif ticket in self._waiting:
                self._waiting.remove(ticket)
            self._advance()
