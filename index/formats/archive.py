"""Office files are zip archives: open one without falling for a bomb. Knows no part of it."""

from __future__ import annotations

import zipfile
from io import BytesIO

from index.errors import UnreadableDocument
from index.formats.draft import check_length

MAX_UNPACKED = 500_000_000
MAX_PARTS = 20_000
_TEXT_RATIO = 10
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def opened(raw: bytes, kind: str) -> BytesIO:
    """The archive's bytes, checked. Raises UnreadableDocument saying what is wrong with them.

    An archive may lie about its sizes; the memory and time limits of the process that reads it
    hold then.
    """
    if raw.startswith(_OLD_OFFICE):
        raise UnreadableDocument(
            f"the file is encrypted or in the Office format of before 2007; save it as {kind} "
            "without a password"
        )
    names = parts(raw)
    if not names:
        raise UnreadableDocument(f"the file is not a sound {kind} file")
    unpacked = sum(names.values())
    if unpacked > MAX_UNPACKED or len(names) > MAX_PARTS:
        raise UnreadableDocument(
            f"the file unpacks to {unpacked:,} bytes in {len(names):,} parts, over the limit of "
            f"{MAX_UNPACKED:,} in {MAX_PARTS:,}"
        )
    text = sum(size for name, size in names.items() if name.endswith(".xml"))
    check_length(text // _TEXT_RATIO)
    return BytesIO(raw)


def parts(raw: bytes) -> dict[str, int]:
    """Names of an archive's parts with their unpacked sizes; empty for what is no archive."""
    try:
        with zipfile.ZipFile(BytesIO(raw)) as archive:
            return {info.filename: info.file_size for info in archive.infolist()}
    except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError):
        return {}
