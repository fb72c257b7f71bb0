"""Ask one question and take the time. Knows nothing of gold, files or metrics."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from langchain_core.callbacks import get_usage_metadata_callback

from assistant.answers import Answer, Turn
from assistant.evaluation.questions import Question


class System(Protocol):
    """Whatever answers questions; an Assistant is one, and so is any baseline with `ask`.

    Where it also has `stream`, as Assistant does, that is called instead, to time the first text.
    """

    def ask(self, question: str, history: Sequence[Turn] = (), as_of: date | None = None) -> Answer:
        """Answer from the documents, or abstain."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds until the first text of the answer, and until it was complete."""

    first_text: float
    total: float


def ask(system: System, question: Question) -> tuple[Answer, Timing, Mapping[str, int] | None]:
    """(answer, timing, tokens of the chat models behind it, None where none reports any)."""
    begin = time.perf_counter()
    first: float | None = None
    last: Answer | None = None
    with get_usage_metadata_callback() as used:
        for snapshot in _snapshots(system, question):
            if first is None and snapshot.text:
                first = time.perf_counter() - begin
            last = snapshot
    total = time.perf_counter() - begin
    if last is None or not last.complete:
        raise ValueError(f"the system gave no complete answer to {question.question!r}")
    usage = {
        name: sum(int(model[name]) for model in used.usage_metadata.values())
        for name in ("input_tokens", "output_tokens")
        if used.usage_metadata
    }
    return last, Timing(total if first is None else first, total), usage or None


def _snapshots(system: System, question: Question) -> Iterator[Answer]:
    stream = getattr(system, "stream", None)
    if stream is None:
        yield system.ask(question.question, question.history, question.as_of)
    else:
        yield from stream(question.question, question.history, question.as_of)
