"""A blocking generator taken step by step from async code. Knows nothing of what it makes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from typing import TypeVar

import anyio
import anyio.to_thread

_Step = TypeVar("_Step")


class Steps:
    """Runs generators in threads of its own, at most `most` steps at the same time."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._limiter: anyio.CapacityLimiter | None = None

    async def of(
        self,
        generator: Generator[_Step, None, None],
        gone: Callable[[], Awaitable[bool]],
    ) -> AsyncGenerator[_Step, None]:
        """The generator's steps; it is closed at the end, when we are, and once `gone` says so."""
        if self._limiter is None:
            # Belongs to the event loop, which does not run yet where the server is put together.
            self._limiter = anyio.CapacityLimiter(self._most)
        end = object()
        try:
            while not await gone():
                step = await anyio.to_thread.run_sync(
                    lambda: next(generator, end), limiter=self._limiter
                )
                if step is end:
                    return
                yield step  # type: ignore[misc]
        finally:
            generator.close()
