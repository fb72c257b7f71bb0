"""Text -> HTML that shows it as it is. Knows nothing of answers, documents or Gradio.

Questions, documents, their names and what a model writes are untrusted: every one of their
characters goes through `shown`, and nothing else in this package puts them on the page.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

from assistant.lettering import without_controls

_WEB = re.compile(r"https?://\S+", re.IGNORECASE)


def shown(text: str) -> str:
    """Text as HTML that shows it as it is, in element content and in quoted attributes."""
    return html.escape(without_controls(text), quote=True)


def button(
    label: str,
    deed: str,
    *,
    data: Mapping[str, object] | None = None,
    spoken: str = "",
    look: str = "deed",
    off: bool = False,
) -> str:
    """A button that page.js hands to the server as the event `deed`, with `data`.

    `spoken` is what a screen reader says where the label alone is too short.
    """
    held = "".join(f' data-{name}="{shown(str(value))}"' for name, value in (data or {}).items())
    aria = f' aria-label="{shown(spoken)}"' if spoken else ""
    disabled = " disabled" if off else ""
    return (
        f'<button type="button" class="{look}" data-do="{deed}"{held}{aria}{disabled}>'
        f"{shown(label)}</button>"
    )


def address(url: str | None) -> str:
    """A document's address: a link where it leads to the web, text where it does anything else."""
    if not url:
        return ""
    if not _WEB.fullmatch(url) or without_controls(url) != url:
        return f' <span class="address">{shown(url)}</span>'
    return (
        f' <a class="address" href="{shown(url)}" target="_blank" '
        f'rel="noopener noreferrer">{shown(url)}</a>'
    )


def notice_html(message: str) -> str:
    """One line below the question box that says what went wrong."""
    return f'<p class="notice" role="alert">{shown(" ".join(message.split()))}</p>'


def told_html(message: str) -> str:
    """One line below the question box that says what was done."""
    return f'<p class="told" role="status">{shown(" ".join(message.split()))}</p>'


def counted(count: int, noun: str) -> str:
    """A number and its noun: "1 document", "1,200 documents"."""
    return f"{count} {noun}" if count == 1 else f"{count:,} {noun}s"


def confidence_in_words(confidence: float) -> str:
    """A probability as a person reads it: "high (92%)"."""
    word = "high" if confidence >= 0.8 else "moderate" if confidence >= 0.5 else "low"
    return f"{word} ({confidence:.0%})"
