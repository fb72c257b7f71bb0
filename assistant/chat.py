"""The chat page as Gradio's Blocks, from the parts in `page`. Knows nothing of how it is served."""

from __future__ import annotations

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

_CSS = Path(__file__).parent / "page" / "page.css"
_DAY = 86_400


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
    page.api_open = False
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
