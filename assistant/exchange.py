"""One question on the chat page, from sent to answered. Knows nothing of Gradio or of layout."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from assistant.answers import Answer, Turn
from assistant.panel import SEARCHING, answer_message, notice_html, question_message, sources_html
from index.errors import AssistantError


class Answering(Protocol):
    """What the page asks of an assistant."""

    def stream(
        self, question: str, history: Sequence[Turn] = (), as_of: date | None = None
    ) -> Iterator[Answer]:
        """Answer in snapshots; the last one is complete."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """One browser session's answers, and the question not yet answered, "" when there is none."""

    answers: tuple[Answer, ...] = ()
    pending: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """The page at one moment. HTML where it says so; None leaves that part of the page as it is.

    `messages` are (role, HTML), oldest first; `box` is what the question box holds.
    """

    conversation: Conversation
    messages: tuple[tuple[str, str], ...]
    busy: bool = False
    sources_html: str | None = None
    notice_html: str | None = None
    box: str | None = None


def exchange(
    assistant: Answering, question: str, day: str, talk: Conversation, *, clear_box: bool
) -> Iterator[Frame]:
    """Frames of the page while a question is answered; errors end up in the notice.

    `day` is an ISO date or blank. The box is cleared once the question is accepted. When the
    answer fails later, the last frame's conversation still holds the question, for `settle`.
    """
    try:
        history = [Turn(past.question, past.text) for past in talk.answers]
        snapshots = assistant.stream(question, history=history, as_of=_date(day))
    except (ValueError, AssistantError) as error:
        yield _idle(talk, notice=str(error))
        return
    asked = Conversation(talk.answers, question)
    yield Frame(
        asked,
        _waiting(asked, SEARCHING),
        busy=True,
        notice_html="",
        box="" if clear_box else None,
    )
    try:
        for answer in snapshots:
            if answer.complete:
                yield _idle(Conversation((*talk.answers, answer)))
            else:
                panel = sources_html(answer) if answer.citations else None
                yield Frame(
                    asked, _waiting(asked, answer_message(answer)), busy=True, sources_html=panel
                )
    except (ValueError, AssistantError) as error:
        yield _idle(asked, notice=str(error))


def settle(talk: Conversation, box: str) -> Frame | None:
    """Put a question that was stopped or failed back into the box; None if there is none."""
    if not talk.pending:
        return None
    # The box may hold the next question already.
    back = "\n".join(text for text in (talk.pending, box) if text)
    last = talk.answers[-1] if talk.answers else None
    return Frame(
        Conversation(talk.answers), _said(talk.answers), sources_html=sources_html(last), box=back
    )


def blank() -> Frame:
    """The page with nothing asked yet."""
    return _idle(Conversation())


def _idle(talk: Conversation, *, notice: str = "") -> Frame:
    return Frame(
        talk,
        _said(talk.answers),
        sources_html=sources_html(talk.answers[-1] if talk.answers else None),
        notice_html=notice_html(notice) if notice else "",
    )


def _waiting(talk: Conversation, message: str) -> tuple[tuple[str, str], ...]:
    return (
        *_said(talk.answers),
        ("user", question_message(talk.pending)),
        ("assistant", message),
    )


def _said(answers: Sequence[Answer]) -> tuple[tuple[str, str], ...]:
    messages: list[tuple[str, str]] = []
    for answer in answers:
        messages.append(("user", question_message(answer.question)))
        messages.append(("assistant", answer_message(answer)))
    return tuple(messages)


def _date(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text.strip()!r} is not a date; write it as 2025-04-01") from None
