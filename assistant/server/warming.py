"""Whether the server can answer yet: a first question before the first user's. Knows no HTTP."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

from assistant.api import Assistant
from index.errors import AssistantError

WAITS = (2.0, 4.0, 8.0, 16.0, 30.0)
"""Seconds from a failure to the next attempt; the last again and again."""

_log = logging.getLogger("assistant.server")


class Warming:
    """Loads models and index in a thread, by asking a question nobody sees, until it is answered.

    `why_not` says why it is not ready to whoever asks, without what only the log should tell.
    """

    def __init__(self, assistant: Assistant, waits: Sequence[float] = WAITS) -> None:
        self._assistant = assistant
        self._waits = waits
        self._ready = threading.Event()
        self._ended = threading.Event()
        self.why_not = "the models are being loaded"

    @property
    def ready(self) -> bool:
        """Whether the first answer is there."""
        return self._ready.is_set()

    def begin(self) -> None:
        """Start, in the background."""
        threading.Thread(target=self._warm, name="warming", daemon=True).start()

    def end(self) -> None:
        """Try no more."""
        self._ended.set()

    def _warm(self) -> None:
        failures = 0
        while not self._ended.is_set():
            try:
                self._answer()
            # Whatever it is, it may pass, and nobody else would hear of it.
            except Exception as error:
                wait = self._waits[min(failures, len(self._waits) - 1)]
                failures += 1
                self.why_not = "the first answer failed, and is tried again; see the server's log"
                unforeseen = not isinstance(error, AssistantError)
                _log.error(
                    "cannot answer, trying again in %g s: %s", wait, error, exc_info=unforeseen
                )
                self._ended.wait(wait)
            else:
                self._ready.set()
                _log.info("ready")
                return

    def _answer(self) -> None:
        self._assistant.index.search("What is written here?", k=1)
        # A chat model may cost money, and is loaded by the first question.
        if self._assistant.model is None:
            self._assistant.ask("What is written here?")
