"""Whether the server can answer yet: a first question before the first user's. Knows no HTTP."""

from __future__ import annotations

import logging
import threading

from assistant.api import Assistant
from index.errors import AssistantError

_log = logging.getLogger("assistant.server")


class Warming:
    """Loads models and index in a thread, by asking a question nobody sees."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._ready = threading.Event()
        self.why_not = "still warming up"

    @property
    def ready(self) -> bool:
        """Whether the first answer is there."""
        return self._ready.is_set()

    def begin(self) -> None:
        """Start, in the background."""
        threading.Thread(target=self._warm, name="warming", daemon=True).start()

    def _warm(self) -> None:
        try:
            self._assistant.index.search("What is written here?", k=1)
            # A chat model may cost money, and is loaded by the first question.
            if self._assistant.model is None:
                self._assistant.ask("What is written here?")
        except AssistantError as error:
            self.why_not = str(error)
            _log.error("cannot answer: %s", error)
            return
        self._ready.set()
        _log.info("ready")
