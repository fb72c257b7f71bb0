"""Plain text, and Markdown with front matter. Knows nothing of other formats."""

from __future__ import annotations

import re
from typing import Any

import yaml

from index.documents import Precision
from index.errors import UnreadableDocument
from index.formats.cleaning import clean, one_line
from index.formats.dates import read_date
from index.formats.decoding import decode
from index.formats.draft import Draft
from index.markdown import plain_text

_FRONT_MATTER = re.compile(r"\A\s*---[ \t]*\n(.*?\n)?(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_NOT_CLOSED = re.compile(
    r"\A\s*---[ \t]*\n(?:title|publisher|source|published|date|url):", re.IGNORECASE
)
_LEADING_DATE = re.compile(r"\A\s*date[:\s]\s*(\d{4}-\d{2}-\d{2})\b[ \t]*", re.IGNORECASE)


def read_text(raw: bytes) -> list[Draft]:
    """Plain text; `date YYYY-MM-DD` at its head is its date."""
    return [_plain(decode(raw))]


def read_markdown(raw: bytes) -> list[Draft]:
    """Markdown as plain text, with the title, publisher, date and url of its front matter."""
    text = decode(raw).replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")
    fields: dict[str, Any] = {}
    if matter := _FRONT_MATTER.match(text):
        fields = _fields(matter[1] or "")
        text = text[matter.end() :]
    elif _NOT_CLOSED.match(text):
        raise UnreadableDocument("the front matter is not closed; end it with a line of ---")
    draft = _plain(text)
    body, heading = plain_text(draft.text)
    published, precision = draft.published, draft.precision
    written = next(
        (fields[k] for k in ("published", "date") if fields.get(k) not in (None, "")), None
    )
    if written is not None:
        published, precision = read_date(written, "front matter")
    return [
        Draft(
            clean(body),
            title=_scalar(fields, "title") or heading,
            source=_scalar(fields, "publisher") or _scalar(fields, "source") or None,
            published=published,
            precision=precision,
            url=_scalar(fields, "url") or None,
        )
    ]


def _plain(text: str) -> Draft:
    published = None
    precision: Precision = "day"
    if leading := _LEADING_DATE.match(text):
        published, precision = read_date(leading[1], "the leading date")
        text = text[leading.end() :]
    return Draft(clean(text), published=published, precision=precision)


def _fields(matter: str) -> dict[str, Any]:
    try:
        fields = yaml.safe_load(matter)
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        line = f" at line {where.line + 2}" if where else ""
        raise UnreadableDocument(f"the front matter is not valid YAML{line}") from error
    except ValueError as error:
        # YAML's own dates: 2025-02-31 looks like one and is none.
        raise UnreadableDocument(f"the front matter holds an impossible value: {error}") from error
    if fields is None:
        return {}
    if not isinstance(fields, dict):
        raise UnreadableDocument("the front matter is not a list of 'key: value' lines")
    return {str(name).strip().casefold(): value for name, value in fields.items()}


def _scalar(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if isinstance(value, (list, dict)):
        raise UnreadableDocument(
            f"front matter: {name} must be one value, not a {type(value).__name__}"
        )
    return one_line(value)
