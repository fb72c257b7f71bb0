"""The chat page: the one place that talks to Gradio. Knows nothing of how answers are made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import gradio as gr

from assistant.api import Assistant
from assistant.exchange import Conversation, Frame, blank, exchange, settle
from assistant.panel import notice_html, sources_html, unread_html, welcome_html
from assistant.policy import HOST, only_this_machine
from index.errors import AssistantError, PortTaken

TITLE = "Quoting assistant"
AT_ONCE = 4
"""Questions answered at the same time; further ones wait."""

EXAMPLES = (
    "Did CZ ask for a pardon?",
    "How many months in prison did CZ get?",
    "Who replaced CZ as chief executive of Binance?",
    "How much did Binance agree to pay when it pleaded guilty?",
    "How many pupils does Giggle Academy have?",
)
"""Questions about the shipped sample; the documents do not answer the last one."""

_SAMPLE = {"2025-03-13-u-today-zhao-denial.md", "2025-10-23-white-house-zhao-pardon.md"}
_CSS = Path(__file__).with_name("page.css")


def launch(assistant: Assistant, *, port: int, open_browser: bool = False) -> gr.Blocks:
    """Serve the page from threads of this process; `close()` of what is returned ends it.

    Raises PortTaken, and ValueError for a port that does not exist.
    """
    if not 0 < port < 65_536:
        raise ValueError(f"port must be from 1 to 65535; got port={port}")
    page = build(assistant)
    try:
        page.launch(
            server_name=HOST,
            server_port=port,
            inbrowser=open_browser,
            prevent_thread_lock=True,
            quiet=True,
            share=False,
            run_history=False,
            enable_monitoring=False,
            ssr_mode=False,
            mcp_server=False,
            pwa=False,
            footer_links=[],
            **dress(),
            app_kwargs={"middleware": only_this_machine(), "openapi_url": None},
        )
    except OSError as error:
        raise PortTaken(
            f"port {port} of {HOST} is taken or not allowed; choose another: "
            "assistant chat --port NUMBER"
        ) from error
    return page


def dress() -> dict[str, Any]:
    """What the page is served with: its theme and style sheet."""
    theme = gr.themes.Default(
        primary_hue="blue",
        neutral_hue="slate",
        font=["system-ui", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
    )
    return {"theme": theme, "css": _CSS.read_text("utf-8")}


def build(assistant: Assistant) -> gr.Blocks:
    """The page, not yet served."""
    page = gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True)
    with page:
        _html(f"<h1>{TITLE}</h1>", "title")
        with gr.Row(elem_id="columns"):
            with gr.Column(scale=3, min_width=320, elem_id="left"):
                chat = _chatbot()
                box = gr.Textbox(
                    label="Your question",
                    placeholder="Ask about your documents",
                    max_lines=5,
                    autofocus=True,
                    elem_id="question",
                )
                with gr.Row(elem_id="controls"):
                    day = gr.Textbox(
                        label="As of (optional)",
                        placeholder="YYYY-MM-DD",
                        max_lines=1,
                        min_width=150,
                        elem_id="day",
                    )
                    send = gr.Button("Send", variant="primary", min_width=80, elem_id="send")
                    stop = gr.Button("Stop", interactive=False, min_width=80, elem_id="stop")
                    clear = gr.Button("Clear", min_width=80, elem_id="clear")
                notice = _html("", "notice")
            with gr.Column(scale=2, min_width=320, elem_id="right"):
                sources = _html(sources_html(None), "sources")
        conversation = gr.State(Conversation())

        def ask(question: str, day: str, talk: Conversation) -> Iterator[list[Any]]:
            for frame in exchange(assistant, question, day, talk, clear_box=True):
                yield _values(frame)

        def ask_example(event: gr.SelectData, day: str, talk: Conversation) -> Iterator[list[Any]]:
            question = event.value["text"]
            for frame in exchange(assistant, question, day, talk, clear_box=False):
                yield _values(frame)

        # In the order of _values.
        outputs = [chat, sources, notice, box, conversation, send, stop]
        private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        slow = private | {"concurrency_limit": AT_ONCE, "concurrency_id": "answers"}
        fast = private | {"queue": False}
        asking = [
            gr.on([send.click, box.submit], ask, [box, day, conversation], outputs, **slow),
            chat.example_select(ask_example, [day, conversation], outputs, **slow),
        ]
        for event in asking:
            event.then(_settle, [box, conversation], outputs, **fast)
        stop.click(_settle, [box, conversation], outputs, cancels=asking, **fast)
        clear.click(lambda: _values(blank()), None, outputs, cancels=asking, **fast)
        page.load(lambda: _welcome(assistant), None, [chat, notice], **fast)
    page.queue(api_open=False)
    return page


def _html(value: str, name: str) -> gr.HTML:
    return gr.HTML(value, elem_id=name, apply_default_css=False)


def _chatbot() -> gr.Chatbot:
    # Messages are HTML that `panel` has escaped, and Gradio sanitizes it once more. Markdown and
    # LaTeX are off, or "$4.3 billion ... $50 million" in a document would become a formula.
    return gr.Chatbot(
        label="Conversation",
        show_label=False,
        elem_id="chat",
        height="max(320px, calc(100dvh - 286px))",
        render_markdown=False,
        sanitize_html=True,
        latex_delimiters=[],
        allow_tags=False,
        buttons=[],
        feedback_options=None,
        group_consecutive_messages=False,
    )


def _values(frame: Frame) -> list[Any]:
    return [
        [{"role": role, "content": content} for role, content in frame.messages],
        _or_skip(frame.sources_html),
        _or_skip(frame.notice_html),
        _or_skip(frame.box),
        frame.conversation,
        gr.update(interactive=not frame.busy),
        gr.update(interactive=frame.busy),
    ]


def _or_skip(value: str | None) -> Any:  # noqa: ANN401 - Gradio's mark for "leave as it is"
    return gr.skip() if value is None else value


def _settle(box: str, talk: Conversation) -> list[Any]:
    frame = settle(talk, box)
    return [gr.skip()] * 7 if frame is None else _values(frame)


def _welcome(assistant: Assistant) -> tuple[Any, Any]:
    """The empty chat and the notice as they should be when the page is opened."""
    try:
        names = {PurePosixPath(record.document_id).name for record in assistant.index.records()}
    except AssistantError as error:
        return gr.skip(), notice_html(str(error))
    examples = [{"text": question} for question in EXAMPLES] if names >= _SAMPLE else None
    failed = assistant.index.failures()
    notice = unread_html(failed) if failed else gr.skip()
    return gr.update(placeholder=welcome_html(len(names)), examples=examples), notice
