"""What happens when a part of the page is pressed: event -> desk -> parts. Knows Gradio."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import gradio as gr

from assistant.page.board import Board
from assistant.page.desk import Desk
from assistant.page.exchange import Asked, Frame, idle, settle
from assistant.page.exporting import as_json, as_markdown
from assistant.page.markup import notice_html, shown, told_html
from assistant.page.messages import notices_html, status_text, unread_html
from assistant.page.talk import Talk
from index.errors import AssistantError

AT_ONCE = 4
"""Questions answered at the same time; further ones wait."""

ANSWERS = "answers"
"""What Gradio knows the questions by; a server with a line of its own lifts their limit."""

_DOWNLOAD = """(held) => {
  if (!held) return;
  const made = JSON.parse(held);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([made.text], { type: made.type }));
  link.download = made.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}"""
_PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
_FAST = _PRIVATE | {"queue": False}
_SLOW = _PRIVATE | {"concurrency_limit": AT_ONCE, "concurrency_id": ANSWERS}


def wire(desk: Desk, board: Board, page: gr.Blocks) -> None:
    """Say what happens when a part is pressed; to be called inside gr.Blocks."""
    _wire_asking(desk, board, page)
    _wire_reading(desk, board)
    _wire_keeping(desk, board)
    _wire_documents(desk, board)


def _wire_asking(desk: Desk, board: Board, page: gr.Blocks) -> None:
    library = desk.assistant.index.document

    def ask(
        question: str, day: str, sources: list[str], held: object, who: gr.Request
    ) -> Iterator[list[Any]]:
        asked = Asked(question, day, tuple(sources or ()))
        for frame in desk.ask(asked, _talk(held, who), clear_box=True):
            yield _under_way(frame)

    def ask_offered(
        event: gr.EventData, day: str, sources: list[str], held: object, who: gr.Request
    ) -> Iterator[list[Any]]:
        asked = Asked(str(_data(event).get("text", ""))[:2_000], day, tuple(sources or ()))
        # Not what is being edited, so it takes no question's place.
        talk = replace(_talk(held, who), editing=None)
        for frame in desk.ask(asked, talk, clear_box=False):
            yield _under_way(frame)

    def again(day: str, sources: list[str], held: object, who: gr.Request) -> Iterator[list[Any]]:
        for frame in desk.again(day, sources or (), _talk(held, who)):
            yield _under_way(frame)

    def settling(*, stopped: bool) -> Callable[..., list[Any]]:
        def run(box: str, held: object, who: gr.Request) -> list[Any]:
            frame = settle(_talk(held, who), library, box, stopped=stopped)
            if frame is None:
                return [*[gr.skip()] * (len(board.frame) - 2), *_buttons(busy=False)]
            return _values(frame)

        return run

    def suggest(held: object, who: gr.Request) -> str:
        return desk.follow_ups(_talk(held, who), str(who.session_hash))

    def cleared(who: gr.Request) -> list[Any]:
        talk = Talk(owner=_owner(who))
        try:
            welcome = desk.welcome(_owner(who))
        except AssistantError as error:
            return _values(idle(talk, library, notice=str(error)))
        blank = _values(idle(talk, library))
        blank[1] = welcome
        return blank

    def opened(held: object, who: gr.Request) -> list[Any]:
        owner = _owner(who)
        # The file drop is there for those who may use it; the desk asks again.
        upload = gr.update(visible=desk.rights(owner).upload)
        try:
            talk = desk.opened(held, owner)
            frame = settle(talk, library, "") or idle(talk, library)
            welcome = desk.welcome(owner)
            failed = desk.assistant.index.failures()
            publishers = gr.update(choices=desk.publishers())
        except AssistantError as error:
            blank = [gr.skip()] * len(board.frame)
            blank[4] = notice_html(str(error))
            return [*blank, gr.skip(), upload]
        values = _values(frame)
        if not talk.exchanges:
            values[1] = welcome
        if failed:
            values[4] = unread_html(failed)
        return [*values, publishers, upload]

    limits = [board.day, board.sources, board.memory]
    asking = [
        gr.on(
            [board.send.click, board.box.submit], ask, [board.box, *limits], board.frame, **_SLOW
        ),
        board.log.ask(ask_offered, limits, board.frame, **_SLOW),
        board.follow.ask(ask_offered, limits, board.frame, **_SLOW),
        board.log.again(again, limits, board.frame, **_SLOW),
    ]
    blank_follow: dict[str, Any] = {"fn": lambda: "", "outputs": board.follow}
    for trigger in (board.send.click, board.box.submit, board.log.ask, board.log.again):
        trigger(**blank_follow, **_FAST)
    board.follow.ask(**blank_follow, **_FAST)
    settled, stopped = settling(stopped=False), settling(stopped=True)
    # Out of Gradio's queue, where what nobody waits for would take the places of questions.
    for event in asking:
        event.then(settled, [board.box, board.memory], board.frame, **_FAST).then(
            suggest, board.memory, board.follow, **_FAST
        )
        # Gradio goes on to no `then` after an error that nothing here expects.
        event.failure(stopped, [board.box, board.memory], board.frame, **_FAST)
    board.stop.click(stopped, [board.box, board.memory], board.frame, cancels=asking, **_FAST)
    board.clear.click(cleared, None, board.frame, cancels=asking, **_FAST).then(
        **blank_follow, **_FAST
    )
    loaded = [*board.frame, board.sources, board.upload]
    page.load(opened, board.memory, loaded, **_FAST).then(
        suggest, board.memory, board.follow, **_FAST
    )


def _wire_reading(desk: Desk, board: Board) -> None:
    def deed(work: Callable[[dict[str, Any], Talk], str]) -> Callable[..., list[Any]]:
        def run(event: gr.EventData, held: object, who: gr.Request) -> list[Any]:
            talk = _talk(held, who)
            try:
                return [work(_data(event), talk), notices_html(talk)]
            except (AssistantError, ValueError) as error:
                return [gr.skip(), notices_html(talk, str(error))]

        return run

    outputs = [board.panel, board.notice]
    for part in (board.log, board.panel):
        part.cite(deed(desk.cite), board.memory, outputs, **_FAST)
        part.sources(deed(desk.sources), board.memory, outputs, **_FAST)
    for part in (board.panel, board.shelf):
        part.read(deed(lambda data, _: desk.read(data)), board.memory, outputs, **_FAST)
    board.panel.shut(deed(lambda _, talk: desk.shut(talk)), board.memory, outputs, **_FAST)


def _wire_keeping(desk: Desk, board: Board) -> None:
    def edit(event: gr.EventData, held: object, who: gr.Request) -> list[Any]:
        talk = _talk(held, who)
        try:
            edited, question = desk.edit(_data(event), talk)
        except ValueError as error:
            return [gr.skip(), notices_html(talk, str(error)), gr.skip()]
        return [edited.to_dict(), notices_html(edited), question]

    def keep(held: object, who: gr.Request) -> list[Any]:
        talk = Talk.read(held, owner=_owner(who))
        return [Talk(talk.exchanges, talk.pending, None, talk.owner).to_dict(), "", ""]

    def judge(event: gr.EventData, held: object, who: gr.Request) -> list[Any]:
        talk = _talk(held, who)
        try:
            frame = desk.judge(_data(event), talk, _owner(who))
        except (AssistantError, ValueError) as error:
            return [gr.skip(), gr.skip(), notices_html(talk, str(error))]
        if "reason" in _data(event):
            # The verdict is shown already; what was pressed meanwhile must not be undone.
            told = told_html("Your reason is kept.") + notices_html(talk)
            return [gr.skip(), gr.skip(), told]
        judged = frame.talk.to_dict() if frame.talk else gr.skip()
        return [judged, frame.log_html, frame.notice_html]

    def exported(kind: str) -> Callable[..., str]:
        def run(held: object, who: gr.Request) -> str:
            talk = _talk(held, who)
            made = {"name": f"conversation.{kind}", "type": "application/json", "text": ""}
            if kind == "md":
                return json.dumps(made | {"type": "text/markdown", "text": as_markdown(talk)})
            return json.dumps(made | {"text": as_json(talk)})

        return run

    board.log.edit(edit, board.memory, [board.memory, board.notice, board.box], **_FAST).then(
        None, None, None, js="() => document.querySelector('#question textarea').focus()"
    )
    board.notice.keep(keep, board.memory, [board.memory, board.notice, board.box], **_FAST)
    board.log.judge(judge, board.memory, [board.memory, board.log, board.notice], **_FAST)
    for part, kind in ((board.markdown, "md"), (board.plain, "json")):
        part.click(exported(kind), board.memory, board.export, **_FAST).then(
            None, board.export, None, js=_DOWNLOAD
        )


def _wire_documents(desk: Desk, board: Board) -> None:
    def shelf(query: str, who: gr.Request) -> list[Any]:
        listed = desk.shelf(query, _owner(who))
        try:
            return [listed, gr.update(choices=desk.publishers())]
        except AssistantError:
            return [listed, gr.skip()]

    def take(paths: list[str] | None, who: gr.Request) -> Iterator[str]:
        yield from desk.take(paths or [], _owner(who))

    def after(query: str, who: gr.Request) -> list[Any]:
        return [None, *shelf(query, who)]

    def drop(event: gr.EventData, query: str, who: gr.Request) -> list[Any]:
        try:
            told = told_html(desk.drop(_data(event), _owner(who)))
        except (AssistantError, ValueError) as error:
            told = notice_html(str(error))
        return [told, *shelf(query, who)]

    def listed(query: str, who: gr.Request) -> str:
        return desk.shelf(query, _owner(who))

    one = _PRIVATE | {"concurrency_limit": 1, "concurrency_id": "writing"}
    # Through one queue, so that what was typed last is listed last.
    order = _PRIVATE | {"concurrency_limit": 1, "concurrency_id": "listing"}
    board.upload.upload(take, board.upload, board.taken, **one).then(
        after, board.query, [board.upload, board.shelf, board.sources], **order
    )
    board.shelf.drop(drop, board.query, [board.taken, board.shelf, board.sources], **one)
    board.documents.select(listed, board.query, board.shelf, **order)
    board.query.change(listed, board.query, board.shelf, **order)


def _values(frame: Frame) -> list[Any]:
    """A frame in the order of `Board.frame`."""
    talk = frame.talk
    status = gr.skip()
    if talk is not None:
        said = status_text(talk, busy=frame.busy)
        status = f'<p class="unseen" role="status">{shown(said)}</p>'
    return [
        gr.skip() if talk is None else talk.to_dict(),
        frame.log_html,
        status,
        _or_skip(frame.panel_html),
        _or_skip(frame.notice_html),
        _or_skip(frame.box),
        *_buttons(busy=frame.busy),
    ]


def _under_way(frame: Frame) -> list[Any]:
    """A frame of an event that has not ended: Send stays shut even once the answer is whole.

    Gradio drops a question sent before the last one's event has ended; `settled` opens Send.
    """
    return [*_values(frame)[:-2], *_buttons(busy=True)]


def _buttons(*, busy: bool) -> list[Any]:
    """Send and Stop, the last two of `Board.frame`."""
    return [gr.update(interactive=not busy), gr.update(interactive=busy)]


def _or_skip(value: str | None) -> Any:  # noqa: ANN401 - Gradio's mark for "leave as it is"
    return gr.skip() if value is None else value


def _owner(who: gr.Request) -> str:
    return str(getattr(who, "username", None) or "")


def _talk(held: object, who: gr.Request) -> Talk:
    return Talk.read(held, owner=_owner(who))


def _data(event: gr.EventData) -> dict[str, Any]:
    """What the browser sent along with an event: an object, or else nothing."""
    data = event._data
    return data if isinstance(data, dict) else {}
