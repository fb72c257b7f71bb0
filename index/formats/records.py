"""JSON and JSON lines: records of articles, or any data. Knows nothing of other formats.

An object that has one of TEXT is a document of its own; its other fields are taken by name, the
first present of each row below, in upper or lower case. Any other JSON is one document of
"path: value" lines.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from index.documents import Precision
from index.errors import UnreadableDocument
from index.formats.cleaning import clean, one_line
from index.formats.dates import read_date
from index.formats.decoding import decode
from index.formats.draft import Draft, check_length

TEXT = ("text", "content", "body", "article", "abstract")
TITLE = ("title", "headline", "name", "subject")
SOURCE = ("source", "publisher", "site", "author")
PUBLISHED = ("published", "date", "published_at", "publishedat", "created_at", "timestamp")
URL = ("url", "link", "href")
KEY = ("id", "_id", "key")

_LONGEST_KEY = 200
_LAST_DAY = 99_991_231


def read_json(raw: bytes) -> list[Draft]:
    """A document for each record with text, if all have it; else one document."""
    try:
        held = json.loads(decode(raw))
    except json.JSONDecodeError as error:
        raise UnreadableDocument(
            f"the file is not valid JSON: {error.msg} at line {error.lineno}"
        ) from error
    records = held if isinstance(held, list) else [held]
    if records and all(_has_text(record) for record in records):
        return _drafts(records, alone=not isinstance(held, list))
    return [Draft(_lines(held))]


def read_jsonl(raw: bytes) -> list[Draft]:
    """One record a line. A line that is no JSON refuses the file, naming the line."""
    records = []
    for number, line in enumerate(decode(raw).split("\n"), 1):
        if not line.strip():
            continue
        try:
            records.append(json.loads(line))
        except json.JSONDecodeError as error:
            raise UnreadableDocument(f"line {number} is not valid JSON: {error.msg}") from error
    if records and all(_has_text(record) for record in records):
        return _drafts(records, alone=False)
    return [Draft(_lines(records))] if records else [Draft("")]


def _drafts(records: list[dict[str, Any]], *, alone: bool) -> list[Draft]:
    drafts = []
    seen: set[str] = set()
    length = 0
    for number, record in enumerate(records, 1):
        fields = {str(name).casefold(): value for name, value in record.items()}
        text = clean(_text(fields))
        if not text and not alone:
            continue
        check_length(length := length + len(text))
        day: date | None = None
        precision: Precision = "day"
        if (written := _first(fields, PUBLISHED)) is not None:
            day, precision = _published(written, number)
        key = one_line(_first(fields, KEY) or "")
        if not key or len(key) > _LONGEST_KEY:
            key = str(number)
        while key in seen:
            key = f"{key}-{number}"
        seen.add(key)
        drafts.append(
            Draft(
                text,
                title=one_line(_first(fields, TITLE) or ""),
                source=one_line(_first(fields, SOURCE) or "") or None,
                published=day,
                precision=precision,
                url=one_line(_first(fields, URL) or "") or None,
                key="" if alone else key,
            )
        )
    return drafts or [Draft("")]


def _published(written: object, number: int) -> tuple[date, Precision]:
    if isinstance(written, int | float) and not isinstance(written, bool) and written > _LAST_DAY:
        raise UnreadableDocument(
            f"record {number}: the date {written} is a number of seconds; write it as YYYY-MM-DD"
        )
    return read_date(written, f"record {number}")


def _first(fields: Mapping[str, Any], names: tuple[str, ...]) -> Any:  # noqa: ANN401
    found = (fields[name] for name in names if name in fields)
    return next((value for value in found if isinstance(value, str | int | float)), None)


def _text(fields: Mapping[str, Any]) -> str:
    """The first text that is not empty."""
    texts = (fields.get(name) for name in TEXT)
    return next((text for text in texts if isinstance(text, str) and text.strip()), "")


def _has_text(record: object) -> bool:
    if not isinstance(record, dict):
        return False
    fields = {str(name).casefold(): value for name, value in record.items()}
    return any(isinstance(fields.get(name), str) for name in TEXT)


def _lines(held: object) -> str:
    lines = list(_leaves(held, ""))
    check_length(sum(map(len, lines)))
    return clean("\n\n".join(lines))


def _leaves(held: object, path: str) -> Iterator[str]:
    if isinstance(held, dict):
        flat = {k: v for k, v in held.items() if not isinstance(v, dict | list)}
        # One object of plain values is one thing that is told, so it stays on one line.
        if flat:
            told = "; ".join(f"{k}: {_value(v)}" for k, v in flat.items() if v is not None)
            yield f"{path}: {told}" if path else told
        for name, value in held.items():
            if isinstance(value, dict | list):
                yield from _leaves(value, f"{path}.{name}" if path else str(name))
    elif isinstance(held, list):
        plain = [value for value in held if not isinstance(value, dict | list)]
        if plain:
            told = ", ".join(_value(value) for value in plain if value is not None)
            yield f"{path}: {told}" if path else told
        for value in held:
            if isinstance(value, dict | list):
                yield from _leaves(value, path)
    elif held is not None:
        yield _value(held)


def _value(value: object) -> str:
    return one_line(value) if isinstance(value, str) else json.dumps(value)
