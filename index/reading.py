"""A file -> Documents of clean text. Knows the kinds of file there are, and the inside of none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path, PurePosixPath

from index.documents import Document
from index.errors import UnreadableDocument
from index.formats.archive import parts
from index.formats.draft import Draft

_TITLE_LENGTH = 90
# Every passage carries these, so that a title of a megabyte would be stored a thousand times.
_MOST_TITLE = 500
_MOST_SOURCE = 200
_MOST_URL = 2_000
_SNIFFED = 1024


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: its media type, the reader as "module:function", and the most bytes read.

    `extra` names the optional dependency that brings the reader's library; `named` says that
    such files often lack a good title, so that the file's own name belongs to it.
    """

    media_type: str
    reader: str
    most_bytes: int = 50_000_000
    extra: str = ""
    named: bool = False


_OPEN_XML = "application/vnd.openxmlformats-officedocument"
PDF = Kind("application/pdf", "pdf:read_pdf", 300_000_000, named=True)
HTML = Kind("text/html", "html:read_html", extra="html")
DOCX = Kind(
    f"{_OPEN_XML}.wordprocessingml.document", "office:read_docx", extra="office", named=True
)
PPTX = Kind(
    f"{_OPEN_XML}.presentationml.presentation", "office:read_pptx", 300_000_000, "office", True
)
XLSX = Kind(f"{_OPEN_XML}.spreadsheetml.sheet", "tables:read_xlsx", extra="office", named=True)
TEXT = Kind("text/plain", "text:read_text")
MARKDOWN = Kind("text/markdown", "text:read_markdown")

KINDS = {
    ".txt": TEXT,
    ".text": TEXT,
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".html": HTML,
    ".htm": HTML,
    ".xhtml": HTML,
    ".pdf": PDF,
    ".docx": DOCX,
    ".pptx": PPTX,
    ".xlsx": XLSX,
    ".csv": Kind("text/csv", "tables:read_csv", named=True),
    ".tsv": Kind("text/tab-separated-values", "tables:read_csv", named=True),
    ".json": Kind("application/json", "records:read_json", named=True),
    ".jsonl": Kind("application/x-ndjson", "records:read_jsonl", named=True),
    ".ndjson": Kind("application/x-ndjson", "records:read_jsonl", named=True),
    ".eml": Kind("message/rfc822", "mail:read_eml", extra="html"),
}
"""Kinds by suffix, in lower case."""

_PACKAGES = {"word/": DOCX, "ppt/": PPTX, "xl/": XLSX}


def read_file(path: Path, name: str) -> list[Document]:
    """The documents of one file, whose id is `name`, or `name#key` where a file holds several.

    Raises UnreadableDocument with the reason, OSError as the system does, and whatever a library
    raises on bytes its author did not foresee; index.reader turns all of them into reasons.
    """
    named = check(path, name)
    raw = path.read_bytes()
    kind = _by_content(raw, named)
    drafts = [draft for draft in _reader(kind)(raw) if draft.text.strip()]
    if not drafts:
        raise UnreadableDocument("the file holds no text")
    return [_document(draft, name, kind) for draft in drafts]


def check(path: Path, name: str) -> Kind:
    """The kind a file's name says it is, the file itself unread.

    Raises UnreadableDocument for one without a reader or over its limit.
    """
    suffix = PurePosixPath(name).suffix.lower()
    kind = KINDS.get(suffix)
    if kind is None:
        known = ", ".join(sorted(KINDS))
        raise UnreadableDocument(
            f"no reader for {repr(suffix) if suffix else 'files without a suffix'}: {known}; "
            "leave such files out with --exclude"
        )
    size = path.stat().st_size
    if size > kind.most_bytes:
        raise UnreadableDocument(
            f"{size:,} bytes is over the limit of {kind.most_bytes:,}; split the file"
        )
    return kind


def _by_content(raw: bytes, kind: Kind) -> Kind:
    """What the bytes say they are, where they say so; a file may be mislabelled."""
    head = raw[:_SNIFFED].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"%PDF-"):
        return PDF
    if head.startswith(b"PK\x03\x04"):
        names = parts(raw)
        for start, found in _PACKAGES.items():
            if any(part.startswith(start) for part in names):
                return found
        return kind
    page = head[:200].lower().startswith((b"<!doctype html", b"<html"))
    if page and kind.media_type not in ("text/markdown", "message/rfc822"):
        return HTML
    return kind


def _reader(kind: Kind) -> Callable[[bytes], list[Draft]]:
    module, _, function = kind.reader.partition(":")
    reader: Callable[[bytes], list[Draft]] = getattr(
        import_module(f"index.formats.{module}"), function
    )

    def read(raw: bytes) -> list[Draft]:
        try:
            return reader(raw)
        except ImportError as error:
            if not kind.extra:
                raise
            raise UnreadableDocument(
                f"reading {kind.media_type} needs a library that is not installed; run: "
                f"pip install '.[{kind.extra}]' in the folder of this project"
            ) from error

    return read


def _document(draft: Draft, name: str, kind: Kind) -> Document:
    title = draft.title
    if kind.named:
        title = _with_file_name(title, PurePosixPath(name).stem)
    return Document(
        f"{name}#{draft.key}" if draft.key else name,
        draft.text,
        _shortened(title, _MOST_TITLE) or _first_words(draft.text),
        _shortened(draft.source or "", _MOST_SOURCE) or None,
        draft.published,
        # Half an address leads nowhere.
        draft.url if draft.url and len(draft.url) <= _MOST_URL else None,
        kind.media_type,
        pages=draft.pages,
        published_precision=draft.precision,
    )


def _with_file_name(title: str, stem: str) -> str:
    """A title and the file's own name, which people choose so as to find it again."""
    words = stem.replace("_", " ").strip()
    if not title or title.casefold() in words.casefold():
        return words
    return title if words.casefold() in title.casefold() else f"{words}: {title}"


def _first_words(text: str) -> str:
    """A title for a text that brings none: its first line, cut at a word."""
    return _shortened(text.split("\n", 1)[0].strip(), _TITLE_LENGTH)


def _shortened(line: str, most: int) -> str:
    if len(line) <= most:
        return line
    return line[:most].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"
