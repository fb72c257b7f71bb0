"""A file -> a Document of clean text. Knows nothing of passages, models or stores."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from index.documents import Document
from index.errors import UnreadableDocument
from index.markdown import plain_text
from index.splitting import sentences

MAX_BYTES = 50_000_000

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?\n)?(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_LEADING_DATE = re.compile(r"\A\s*date[:\s]\s*(\d{4}-\d{2}-\d{2})\b[ \t]*", re.IGNORECASE)
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\u200b\u2060]")
_DATE_FORMS = ("%Y-%m-%d", "%Y/%m/%d", "%d %B %Y", "%B %d, %Y", "%d %b %Y", "%b %d, %Y")
_TITLE_LENGTH = 90

# Whole lines that a news page carries beside its article.
_BOILERPLATE_LINE = re.compile(
    r"(advertisements?|advertorial|sponsored( content)?|read (more|also|next)\b:?.{0,120}"
    r"|related( articles?| stories)?:?|share (this|on)\b.{0,60}|subscribe\b.{0,100}"
    r"|sign up\b.{0,100}|follow us\b.{0,80}|all rights reserved\.?|©.{0,100}|copyright\b.{0,100}"
    r"|(image|photo|source|cover image)( credit)?:.{0,80}|click here\b.{0,80})",
    re.IGNORECASE,
)
# Debris of embedded posts: a shortened link, the label that follows it, and the post's own date.
_EMBED_DEBRIS = re.compile(
    r"[ \t]*https?://t\.co/\w+(?:[ \t]+Advertisement\b)?(?:[ \t]+[A-Z][a-z]+ \d{1,2}, \d{4})?"
    r"|[ \t]*\bpic\.twitter\.com/\w+"
)
_DISCLAIMER_START = re.compile(r"(?:^|(?<=\s))disclaimer:", re.IGNORECASE)
# What the sentences of a legal disclaimer say; the first that says none of it ends the disclaimer.
_DISCLAIMER_SENTENCE = re.compile(
    r"disclaimer|opinions? expressed|views of|informational purposes|not liable|financial (losses"
    r"|advice|experts?)|investment (advice|decisions?)|your own research|accurate as of"
    r"|no longer be available|not constitute|at your own risk|no responsibility",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Draft:
    text: str
    title: str = ""
    source: str | None = None
    published: date | None = None
    url: str | None = None


def read_file(path: Path, document_id: str) -> Document:
    """Read one file. Raises UnreadableDocument with the reason, and OSError as the system does."""
    kind = _KINDS.get(path.suffix.lower())
    if kind is None:
        known = ", ".join(sorted(_KINDS))
        raise UnreadableDocument(
            f"no reader for {path.suffix or 'files without a suffix'!r}: {known}"
        )
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise UnreadableDocument(
            f"{size:,} bytes is over the limit of {MAX_BYTES:,}; split the file"
        )
    media_type, read = kind
    draft = read(_decode(path.read_bytes()))
    if not draft.text:
        raise UnreadableDocument("the file holds no text")
    return Document(
        document_id,
        draft.text,
        draft.title or _first_words(draft.text),
        draft.source,
        draft.published,
        draft.url,
        media_type,
    )


def clean(text: str) -> str:
    """Text without control characters, boilerplate lines, disclaimers and post debris.

    Words that stay keep their order and spelling, so a quote of the result is a quote of the file.
    """
    text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    lines = [_EMBED_DEBRIS.sub("", line).rstrip() for line in text.split("\n")]
    kept = [line for line in lines if not _BOILERPLATE_LINE.fullmatch(line.strip())]
    joined = "\n\n".join(
        part
        for block in re.split(r"\n\s*\n", "\n".join(kept))
        if (part := _without_disclaimer(block).strip())
    )
    return joined


def _without_disclaimer(block: str) -> str:
    found = _DISCLAIMER_START.search(block)
    if found is None:
        return block
    end = found.start()
    for start, stop in sentences(block):
        if stop <= found.start():
            continue
        if start > found.start() and not _DISCLAIMER_SENTENCE.search(block[start:stop]):
            break
        end = stop
    return block[: found.start()] + block[end:]


def _read_text(text: str) -> _Draft:
    published = None
    if leading := _LEADING_DATE.match(text):
        published = _date(leading[1], "the leading date")
        text = text[leading.end() :]
    return _Draft(clean(text), published=published)


def _read_markdown(text: str) -> _Draft:
    text = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")
    fields: dict[str, Any] = {}
    if matter := _FRONT_MATTER.match(text):
        fields = _fields(matter[1] or "")
        text = text[matter.end() :]
    draft = _read_text(text)
    body, heading = plain_text(draft.text)
    published = next((fields[k] for k in ("published", "date") if fields.get(k)), None)
    return _Draft(
        clean(body),
        title=_scalar(fields, "title") or heading,
        source=_scalar(fields, "publisher") or _scalar(fields, "source") or None,
        published=_date(published, "front matter") if published else draft.published,
        url=_scalar(fields, "url") or None,
    )


_KINDS: dict[str, tuple[str, Callable[[str], _Draft]]] = {
    ".txt": ("text/plain", _read_text),
    ".text": ("text/plain", _read_text),
    ".md": ("text/markdown", _read_markdown),
    ".markdown": ("text/markdown", _read_markdown),
}


def _decode(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        from charset_normalizer import from_bytes

        best = from_bytes(raw).best()
        if best is None or b"\x00" in raw:
            raise UnreadableDocument("the file is not text in any known encoding") from None
        return str(best)


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
    return fields


def _scalar(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if isinstance(value, (list, dict)):
        raise UnreadableDocument(
            f"front matter: {name} must be one value, not a {type(value).__name__}"
        )
    return " ".join(_CONTROL.sub("", str(value)).split())


def _date(value: object, where: str) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = str(value).strip()
    if month := _MONTH.fullmatch(text):
        # Known by the month's end at the latest, so an as-of answer never shows it too early.
        year, number = int(month[1]), int(month[2])
        return date(year, number, monthrange(year, number)[1])
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        pass
    for form in _DATE_FORMS:
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    raise UnreadableDocument(f"{where}: {text[:40]!r} is not a date; write it as YYYY-MM-DD")


def _first_words(text: str) -> str:
    """A title for a text that brings none: its first line, cut at a word."""
    line = text.split("\n", 1)[0].strip()
    if len(line) <= _TITLE_LENGTH:
        return line
    return line[:_TITLE_LENGTH].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"
