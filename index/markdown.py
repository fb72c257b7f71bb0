"""Markdown -> plain text a person would read aloud. Knows nothing of files or front matter."""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

_PARSER = MarkdownIt("commonmark").enable("table")


def plain_text(source: str) -> tuple[str, str]:
    """Markup removed, words and their order kept -> (text, first level-one heading or "").

    Blocks are parted by a blank line, list items start with a dash or their number, table cells
    are joined with " | ". HTML is kept as the characters it is written in: it is somebody's text.
    """
    blocks: list[str] = []
    heading = ""
    lists: list[int | None] = []
    prefix = ""
    row: list[str] = []
    previous_was_item = False
    tokens = _PARSER.parse(source)
    for position, token in enumerate(tokens):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            start = int(token.attrs.get("start", 1)) if token.type[0] == "o" else None
            lists.append(start)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
            previous_was_item = previous_was_item and bool(lists)
        elif token.type == "list_item_open":
            number = lists[-1]
            prefix = "- " if number is None else f"{number}. "
            lists[-1] = None if number is None else number + 1
        elif token.type == "tr_open":
            row = []
        elif token.type == "tr_close":
            first = tokens[position - 1].type == "th_close"
            _append(blocks, " | ".join(row), joined=not first)
        elif token.type == "inline":
            text = _inline(token.children or [])
            if position and tokens[position - 1].type in ("td_open", "th_open"):
                row.append(text)
                continue
            if position and tokens[position - 1].tag == "h1" and not heading:
                heading = text
            _append(blocks, prefix + text, joined=bool(prefix) and previous_was_item)
            previous_was_item, prefix = bool(prefix), ""
        elif token.type in ("fence", "code_block", "html_block"):
            _append(blocks, token.content.strip("\n"), joined=False)
            previous_was_item = False
    return "\n\n".join(blocks), heading


def _append(blocks: list[str], text: str, *, joined: bool) -> None:
    if joined and blocks:
        blocks[-1] += "\n" + text
    elif text.strip():
        blocks.append(text)


def _inline(children: Sequence[Token]) -> str:
    parts = []
    for child in children:
        if child.type in ("softbreak", "hardbreak"):
            parts.append(" " if child.type == "softbreak" else "\n")
        elif child.type == "image":
            parts.append(_inline(child.children or []))
        else:
            parts.append(child.content)
    return "".join(parts)
