"""One question on the chat page, from sent to answered. Knows nothing of Gradio or of layout."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from assistant.answers import Answer, Turn
from assistant.page.messages import log_html, notices_html
from assistant.page.sources import sources_html
from assistant.page.talk import Exchange, Library, Talk
from assistant.timing import read_day
from index.errors import AssistantError


class Answering(Protocol):
    """What the page asks of an assistant."""

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        as_of: date | None = None,
        *,
        sources: Sequence[str] | None = None,
    ) -> Iterator[Answer]:
        """Answer in snapshots; the last one is complete."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was sent, and what it is limited to; `day` is an ISO date or blank."""

    question: str
    day: str = ""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """The page at one moment. HTML where it says so; None leaves that part of the page as it is.

    `box` is what the question box holds; `talk` what the browser is to remember.
    """

    talk: Talk | None
    log_html: str
    busy: bool = False
    panel_html: str | None = None
    notice_html: str | None = None
    box: str | None = None


def exchange(
    assistant: Answering,
    library: Library,
    asked: Asked,
    talk: Talk,
    *,
    clear_box: bool,
    stays: int | None = None,
) -> Iterator[Frame]:
    """Frames of the page while a question is answered; errors end up in the notice.

    `stays` is how many exchanges the answer comes after, None for all; it replaces the others.
    The box is cleared once the question is accepted. When the answer fails later, the last frame's
    conversation still holds the question, for `settle`.
    """
    kept = replace(talk, exchanges=talk.exchanges[:stays])
    try:
        snapshots = assistant.stream(
            asked.question,
            history=kept.turns(),
            as_of=_date(asked.day),
            sources=asked.sources or None,
        )
    except (ValueError, AssistantError) as error:
        yield idle(talk, library, notice=str(error))
        return
    waiting = replace(kept, pending=asked.question, editing=None)
    # What is replaced is given up only once there is an answer to put in its place.
    held = replace(talk, pending=asked.question)
    box = "" if clear_box else None
    yield Frame(held, log_html(waiting, busy=True), busy=True, notice_html="", box=box)
    try:
        for answer in snapshots:
            said = Exchange.of(answer, sources=asked.sources)
            if answer.complete:
                exchanges = (*kept.exchanges, said)
                yield idle(Talk(exchanges, owner=talk.owner), library)
            else:
                panel = sources_html(said, library, live=True) if said.citations else None
                log = log_html(waiting, live=said, busy=True)
                yield Frame(None, log, busy=True, panel_html=panel)
    except (ValueError, AssistantError) as error:
        yield idle(held, library, notice=str(error))


def settle(talk: Talk, library: Library, box: str, *, stopped: bool = False) -> Frame | None:
    """Put a question that was stopped or failed back into the box; None if there is none.

    Where it was `stopped`, or nothing has told why it failed, the notice is made anew.
    """
    if not talk.pending:
        return None
    # The box may hold the next question already.
    back = "\n".join(text for text in (talk.pending, box) if text)
    settled = replace(talk, pending="")
    frame = replace(idle(settled, library), box=back)
    return frame if stopped else replace(frame, notice_html=None)


def idle(talk: Talk, library: Library, *, notice: str = "") -> Frame:
    """The page with nothing under way; the panel shows the sources of the last answer."""
    last = talk.exchanges[-1] if talk.exchanges else None
    return Frame(
        talk,
        log_html(talk),
        panel_html=sources_html(last, library),
        notice_html=notices_html(replace(talk, pending=""), notice),
    )


def _date(text: str) -> date | None:
    return read_day(text) if text.strip() else None
