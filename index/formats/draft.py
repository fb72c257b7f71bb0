"""Draft: what a reader makes of a file, before it has an id. Knows nothing of any one format."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from index.documents import Precision
from index.errors import UnreadableDocument

MAX_CHARACTERS = 20_000_000
"""Text a file may yield; what is longer is a machine's output, and is refused by name."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A text with its origin. `pages` are the offsets in `text` at which its pages begin.

    `key` tells the documents of one file apart; "" where the file is one document.
    """

    text: str
    title: str = ""
    source: str | None = None
    published: date | None = None
    precision: Precision = "day"
    url: str | None = None
    pages: tuple[int, ...] = ()
    key: str = ""


def check_length(characters: int) -> None:
    """Raises UnreadableDocument when a file yields more text than MAX_CHARACTERS."""
    if characters > MAX_CHARACTERS:
        raise UnreadableDocument(
            f"the file yields over {MAX_CHARACTERS:,} characters of text; split it"
        )


def joined_pages(texts: list[str]) -> tuple[str, tuple[int, ...]]:
    """Texts of pages -> one text and the offset each page begins at.

    A page that ends amid a sentence is followed by a line break, any other by a blank line.
    """
    text = ""
    starts = []
    for part in texts:
        if text and part:
            amid = text[-1] not in ".?!:;”\"')" and part[0].islower()
            text += "\n" if amid else "\n\n"
        starts.append(len(text))
        text += part
        check_length(len(text))
    return text, tuple(starts)


def table_lines(rows: list[list[str]]) -> str:
    """Rows of cells as blocks a person can read and quote one at a time.

    With a first row of distinct words every later row repeats them, "Name: Ada; Born: 1815", since
    a row alone says nothing of what its numbers are. Other tables keep their cells,
    joined by " | ".
    """
    rows = [[" ".join(cell.split()) for cell in row] for row in rows]
    rows = [row for row in rows if any(row)]
    if not rows:
        return ""
    head = rows[0]
    named = (
        len(rows) > 1
        and len(head) > 1
        and all(head)
        and len(set(head)) == len(head)
        and not any(_is_number(cell) for cell in head)
    )
    if not named:
        return "\n\n".join(" | ".join(cell for cell in row if cell) for row in rows)
    blocks = []
    for row in rows[1:]:
        cells = [f"{name}: {cell}" for name, cell in zip(head, row, strict=False) if cell]
        cells += [cell for cell in row[len(head) :] if cell]
        blocks.append("; ".join(cells))
    return "\n\n".join(blocks)


def _is_number(cell: str) -> bool:
    return cell.strip("$€£%()-+ ").replace(",", "").replace(".", "").isdigit()
