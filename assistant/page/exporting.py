"""A conversation as Markdown or JSON, citations with their places. Knows nothing of the page."""

from __future__ import annotations

import json
import re
from typing import Any

from assistant.answers import written_date
from assistant.lettering import escape_markdown, without_controls
from assistant.page.talk import Exchange, Place, Talk, Version

_MARKER = re.compile(r"\[(\d{1,4})\](?!\()")
_WEB = re.compile(r"https?://[^\s<>()\\]+", re.IGNORECASE)


def as_markdown(talk: Talk) -> str:
    """Every answer with its citations as footnotes; text from documents is escaped."""
    parts = ["# Conversation"]
    for number, said in enumerate(talk.exchanges, start=1):
        parts.append(f"## {_line(said.question)}")
        limits = []
        if said.as_of:
            limits.append(f"as of {written_date(said.as_of)}")
        if said.sources:
            limits.append(f"only {', '.join(said.sources)}")
        if limits:
            parts.append(f"*{_line('; '.join(limits))}*")
        cited = {place.number for place in said.citations}
        parts.append(_referring(escape_markdown(said.text, keep_markers=True), cited, number))
        parts += [_sides(sides, number) for sides in said.disagreements]
        if said.notice:
            parts.append(f"Note: {_line(said.notice)}")
        parts += [_footnote(place, number) for place in said.citations]
    return without_controls("\n\n".join(parts)) + "\n"


def as_json(talk: Talk) -> str:
    """Every answer as plain values; `document`, `start` and `end` of a citation find its quote."""
    return json.dumps(
        {"conversation": [_plain(said) for said in talk.exchanges]}, ensure_ascii=False, indent=2
    )


def _plain(said: Exchange) -> dict[str, Any]:
    values: dict[str, Any] = Talk((said,)).to_dict()["exchanges"][0]
    return {name: value for name, value in values.items() if name not in ("key", "found")}


def _referring(text: str, cited: set[int], number: int) -> str:
    def refer(match: re.Match[str]) -> str:
        return f"[^{number}-{match[1]}]" if int(match[1]) in cited else f"\\{match[0][:-1]}\\]"

    return _MARKER.sub(refer, text)


def _sides(sides: tuple[Version, ...], number: int) -> str:
    lines = ["Sources differ:", ""]
    for side in sides:
        marks = "".join(f"[^{number}-{n}]" for n in side.numbers)
        lines.append(f"- {_line(side.says)} {marks}")
    return "\n".join(lines)


def _footnote(place: Place, number: int) -> str:
    title = _line(place.title)
    # A link only where nothing in the address could end it early.
    if place.url and _WEB.fullmatch(place.url):
        title = f"[{title}](<{place.url}>)"
    where = f"`{' '.join(place.document.replace('`', '').split())}` {place.start}–{place.end}"
    quote = " ".join(escape_markdown(place.quote).split())
    return f"[^{number}-{place.number}]: “{quote}” {title}, {_line(place.origin)}, {where}"


def _line(text: str) -> str:
    return escape_markdown(" ".join(text.split()))
