"""The chat page, served: opening, closing, what the server lets through. The page is in `page`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import gradio as gr

from assistant.api import Assistant
from assistant.feedback import FeedbackFile
from assistant.page.board import TITLE, lay_out
from assistant.page.desk import Desk
from assistant.page.rights import RightsOf, everything
from assistant.page.uploads import UploadLimits, Uploads
from assistant.page.wiring import wire
from assistant.policy import HOST, only_this_machine
from index.errors import PortTaken

_CSS = Path(__file__).parent / "page" / "page.css"
_DAY = 86_400


def serve(assistant: Assistant, *, port: int, open_browser: bool) -> None:
    """Serve the page on this machine until interrupted. Raises what `launch` raises."""
    page = launch(assistant, port=port, open_browser=open_browser)
    sys.stderr.write(f"The page is at http://{HOST}:{port} (Ctrl-C stops it)\n")
    page.block_thread()


def launch(
    assistant: Assistant,
    *,
    port: int,
    open_browser: bool = False,
    rights: RightsOf = everything,
    limits: UploadLimits | None = None,
    feedback: FeedbackFile | None = None,
) -> gr.Blocks:
    """Serve the page from threads of this process; `close()` of what is returned ends it.

    The other options are those of `build`. Raises PortTaken, and ValueError for a port that does
    not exist.
    """
    if not 0 < port < 65_536:
        raise ValueError(f"port must be from 1 to 65535; got port={port}")
    limits = limits or UploadLimits()
    page = build(assistant, rights=rights, limits=limits, feedback=feedback)
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
            max_file_size=limits.most_bytes,
            app_kwargs={"middleware": only_this_machine(), "openapi_url": None},
            **appearance(),
        )
    except OSError as error:
        raise PortTaken(
            f"port {port} of {HOST} is taken or not allowed; choose another: "
            "assistant chat --port NUMBER"
        ) from error
    return page


def build(
    assistant: Assistant,
    *,
    rights: RightsOf = everything,
    limits: UploadLimits | None = None,
    feedback: FeedbackFile | None = None,
) -> gr.Blocks:
    """The page, not yet served; whoever serves it gives it its `appearance` too.

    `rights` says what an account may do besides asking; "" is who has none. `limits` are those of
    an upload, and `feedback` is where verdicts go: beside the store, if nothing is said.
    """
    location = assistant.index.location
    desk = Desk(
        assistant,
        Uploads(assistant.index, limits),
        feedback or FeedbackFile.beside(location),
        rights,
    )
    # What is uploaded is deleted once it is read; what is left by a reader cut off, in a day.
    page = gr.Blocks(
        title=TITLE, analytics_enabled=False, fill_width=True, delete_cache=(_DAY, _DAY)
    )
    with page:
        wire(desk, lay_out(desk), page)
    page.queue(api_open=False)
    return page


def appearance() -> dict[str, Any]:
    """Theme and style sheet, as the options of Gradio's launch and mount_gradio_app."""
    theme = gr.themes.Default(
        primary_hue="blue",
        neutral_hue="slate",
        font=["system-ui", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
    ).set(
        # White on the theme's own blue is hard to read.
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_dark="*primary_600",
        button_primary_background_fill_hover_dark="*primary_700",
    )
    return {"theme": theme, "css": _CSS.read_text("utf-8")}
