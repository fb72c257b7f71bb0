"""The parts of the page and where they stand. Knows Gradio; what they do is for `wiring` to say."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from assistant.page.desk import Desk
from assistant.page.markup import shown
from assistant.page.sources import sources_html

TITLE = "Quoting assistant"

_JS = Path(__file__).with_name("page.js")


@dataclass(frozen=True, slots=True)
class Board:
    """The parts of the page that take part in events."""

    memory: gr.BrowserState
    log: gr.HTML
    status: gr.HTML
    follow: gr.HTML
    notice: gr.HTML
    box: gr.Textbox
    day: gr.Textbox
    sources: gr.Dropdown
    send: gr.Button
    stop: gr.Button
    clear: gr.Button
    markdown: gr.Button
    plain: gr.Button
    export: gr.Textbox
    panel: gr.HTML
    query: gr.Textbox
    shelf: gr.HTML
    upload: gr.File
    taken: gr.HTML
    documents: gr.Tab

    @property
    def frame(self) -> list[Any]:
        """What a frame changes, in the order of `_values`."""
        return [
            *(self.memory, self.log, self.status, self.panel, self.notice, self.box),
            *(self.send, self.stop),
        ]


def lay_out(desk: Desk) -> Board:
    """Put the parts on the page; to be called inside gr.Blocks."""
    model = desk.assistant.model or "quotes, chosen without a chat model"
    # A key of its own for each store: another one's citations mean nothing here. The secret is
    # none, but must outlive the server, or a restart would lose every conversation.
    store = hashlib.sha256(desk.assistant.index.location.encode()).hexdigest()[:12]
    memory = gr.BrowserState(None, storage_key=f"quoting-{store}", secret="quoting-assistant")
    with gr.Row(elem_id="top"):
        _html(f"<h1>{TITLE}</h1>", "title")
        # A model's name comes from whoever started the page, and is escaped all the same.
        _html(f'<p class="meta">Answers by: {shown(model)}</p>', "model")
    with gr.Row(elem_id="columns"):
        with gr.Column(scale=3, min_width=320, elem_id="left"), gr.Tabs(elem_id="tabs"):
            with gr.Tab("Conversation", id="conversation"):
                log = _html("", "log", live=True)
                status = _html("", "status")
                follow = _html("", "follow", live=True)
                with gr.Row(elem_id="asking"):
                    box = gr.Textbox(
                        label="Your question",
                        placeholder="Ask a question",
                        max_lines=5,
                        max_length=2_000,
                        autofocus=True,
                        scale=1,
                        elem_id="question",
                    )
                    send = gr.Button("Send", variant="primary", min_width=80, elem_id="send")
                    stop = gr.Button("Stop", interactive=False, min_width=80, elem_id="stop")
                notice = _html("", "notice", live=True)
                with gr.Row(elem_id="controls"):
                    day = gr.Textbox(
                        label="As of (optional)",
                        placeholder="YYYY-MM-DD",
                        max_lines=1,
                        min_width=130,
                        elem_id="day",
                    )
                    sources = gr.Dropdown(
                        label="Only these publishers",
                        choices=list(desk.publishers()),
                        value=[],
                        multiselect=True,
                        min_width=200,
                        elem_id="publishers",
                    )
                    clear = gr.Button("Clear", size="sm", min_width=60, elem_id="clear")
                    markdown = gr.Button("Save .md", size="sm", min_width=60, elem_id="markdown")
                    plain = gr.Button("Save .json", size="sm", min_width=60, elem_id="json")
                export = gr.Textbox(visible=False)
            with gr.Tab("Documents", id="documents") as documents:
                # All kinds of files: Gradio would refuse a whole drop for one wrong one among them.
                upload = gr.File(
                    label=f"Add documents: {desk.uploads.limits}",
                    file_count="multiple",
                    height=150,
                    elem_id="upload",
                )
                taken = _html("", "taken", live=True)
                query = gr.Textbox(
                    label="Search documents",
                    placeholder="Title, publisher, name or date",
                    max_lines=1,
                    elem_id="query",
                )
                shelf = _html("", "shelf", live=True)
        with gr.Column(scale=2, min_width=320, elem_id="right"):
            panel = _html(sources_html(None, desk.assistant.index.document), "panel", live=True)
    return Board(
        *(memory, log, status, follow, notice, box, day, sources, send, stop, clear, markdown),
        *(plain, export, panel, query, shelf, upload, taken, documents),
    )


def _html(value: str, name: str, *, live: bool = False) -> gr.HTML:
    js = _JS.read_text("utf-8") if live else None
    return gr.HTML(value, elem_id=name, apply_default_css=False, js_on_load=js)
