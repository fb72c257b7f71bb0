"""Word and PowerPoint files, by python-docx and python-pptx. Knows nothing of other formats."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from index.formats.archive import opened
from index.formats.cleaning import clean, one_line
from index.formats.draft import Draft, joined_pages, table_lines

_WRAPPERS = ("sdt", "ins", "moveTo", "smartTag", "customXml")


def read_docx(raw: bytes) -> list[Draft]:
    """Paragraphs and tables in document order; pages are made by the printer, so there are none."""
    import docx

    document = docx.Document(opened(raw, ".docx"))
    _unwrap(document.element.body)
    blocks = []
    for item in document.iter_inner_content():
        if hasattr(item, "rows"):
            blocks.append(table_lines([[cell.text for cell in row.cells] for row in item.rows]))
        elif item.style is not None and (item.style.name or "").startswith("List"):
            blocks.append("- " + item.text if item.text.strip() else "")
        else:
            blocks.append(item.text)
    text = clean("\n\n".join(block for block in blocks if block.strip()))
    return [_draft(text, document.core_properties)]


def read_pptx(raw: bytes) -> list[Draft]:
    """Slides in order, each a page: shapes from top to bottom, tables, then the notes."""
    import pptx

    deck = pptx.Presentation(opened(raw, ".pptx"))
    slides = []
    for slide in deck.slides:
        blocks = list(_shapes(slide.shapes))
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            blocks.append(slide.notes_slide.notes_text_frame.text)
        slides.append(clean("\n\n".join(block for block in blocks if block.strip())))
    text, starts = joined_pages(slides)
    draft = _draft(text, deck.core_properties)
    return [replace(draft, pages=starts)]


def _unwrap(body: Any) -> None:  # noqa: ANN401 - lxml's element
    """Put what stands in form fields and accepted or tracked insertions where they stand.

    python-docx passes over both, and their text would be lost in silence.
    """
    space = body.nsmap["w"]
    wrappers = [f"{{{space}}}{name}" for name in _WRAPPERS]
    for wrapper in list(body.iter(*wrappers)):
        content = wrapper.find(f"{{{space}}}sdtContent")
        for child in list(wrapper if content is None else content):
            wrapper.addprevious(child)
        wrapper.getparent().remove(wrapper)


def _shapes(shapes: Iterable[Any]) -> Iterator[str]:
    placed = sorted(shapes, key=lambda shape: (shape.top or 0, shape.left or 0))
    for shape in placed:
        if hasattr(shape, "shapes"):
            yield from _shapes(shape.shapes)
        elif getattr(shape, "has_table", False):
            yield table_lines([[cell.text for cell in row.cells] for row in shape.table.rows])
        elif shape.has_text_frame:
            # A soft line break is a vertical tab there.
            yield shape.text_frame.text.replace("\v", "\n")


def _draft(text: str, properties: Any) -> Draft:  # noqa: ANN401 - two libraries, one shape
    # The text as it stands came to be when it was last saved.
    saved = properties.modified or properties.created
    day = saved.date() if isinstance(saved, datetime) else None
    return Draft(text, title=one_line(properties.title or ""), published=day)
