"""The page's way to the desk: an assistant that asks in the name of whoever uses the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import gradio as gr
from gradio.context import LocalContext

from assistant.answers import Answer, Turn
from assistant.api import Assistant
from assistant.server.accounts import User
from assistant.server.desk import Ask, Desk, Waiting
from assistant.server.identity import user_of


def asking(request: gr.Request | None = None) -> User:
    """Who the Gradio event under way comes from."""
    found: Any = LocalContext.request.get(None) if request is None else request
    # Gradio wraps the request for events, and hands it over bare to MCP tools.
    return user_of(getattr(found, "request", found).scope)


class PageAssistant(Assistant):
    """An assistant whose questions go over the desk, in the name of whoever uses the page."""

    def __init__(self, assistant: Assistant, desk: Desk) -> None:
        super().__init__(assistant.index)
        self._behind = assistant
        self._desk = desk

    @property
    def model(self) -> str | None:
        """The name of the chat model that writes the answers."""
        return self._behind.model

    @property
    def quoting(self) -> Assistant:
        """What tries out questions to offer; not in line, for nobody waits for it."""
        return self._behind.quoting

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        as_of: date | None = None,
        *,
        sources: Sequence[str] | None = None,
    ) -> Iterator[Answer]:
        """As Assistant.stream; while in line, snapshots whose notice says the place."""
        ask = Ask(asking().name, "page", question, tuple(history), as_of, sources)
        return self._snapshots(ask)

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        as_of: date | None = None,
        *,
        sources: Sequence[str] | None = None,
    ) -> Answer:
        """As Assistant.ask, after waiting in line."""
        return list(self.stream(question, history, as_of, sources=sources))[-1]

    def _snapshots(self, ask: Ask) -> Iterator[Answer]:
        for step in self._desk.answers(ask):
            yield _in_line(ask, step) if isinstance(step, Waiting) else step


def _in_line(ask: Ask, waiting: Waiting) -> Answer:
    return Answer(
        question=ask.question,
        standalone_question=ask.question,
        text="",
        citations=(),
        abstained=False,
        confidence=0.0,
        complete=False,
        hits=(),
        as_of=ask.as_of,
        notice=str(waiting),
    )
