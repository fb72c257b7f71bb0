"""Broken files of every kind, made from sound ones, and what becomes of them."""

from __future__ import annotations

import io
import json
import random
import sys
import tempfile
import zipfile
from collections import Counter
from pathlib import Path

import made

from index.errors import UnreadableDocument
from index.reader import Limits, Reader

SEEDS = {
    ".txt": ["date 2025-01-02 Müller sagt: ja.\n\nMore.".encode(), "Ça va.".encode("cp1252")],
    ".md": [
        b"---\ntitle: A\npublished: 2025-03\n---\n# H\n\n- a\n- b\n\n| x | y |\n|--|--|\n|1|2|\n"
    ],
    ".html": [made.HTML.encode()],
    ".pdf": [made.pdf([["One page.", "Two lines."], ["Next."]], "Title")],
    ".docx": [made.docx()],
    ".pptx": [made.pptx()],
    ".xlsx": [made.xlsx()],
    ".csv": [b'Name,Born\nAda,1815\n"Charles, B",1791\n'],
    ".json": [b'[{"title": "A", "text": "B", "date": "2025-03-01", "n": [1, {"x": null}]}]'],
    ".jsonl": [b'{"id": 1, "text": "A", "published": "2025"}\n{"text": "B"}\n'],
    ".eml": [made.eml(), made.eml(html=True)],
}


def broken(seed: bytes, rng: random.Random) -> bytes:
    """A sound file, damaged one to six times."""
    data = bytearray(seed)
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(data) + 1)
        end = min(len(data), at + rng.choice([1, 2, 8, 64]))
        match rng.randrange(7):
            case 0:
                data[at:end] = rng.randbytes(end - at)
            case 1:
                del data[at:end]
            case 2:
                data[at:at] = data[at:end] * rng.choice([1, 2, 50])
            case 3:
                del data[at:]
            case 4:
                data[at:at] = rng.choice(
                    [b"\x00", b"\xff\xfe", b"[" * 500, b"<p>" * 500, b"9" * 30]
                )
            case 5:
                data[at:end] = bytes(byte ^ 1 << rng.randrange(8) for byte in data[at:end])
            case _:
                data[at:at] = rng.choice(b"{}[]()<>\"'%,;:|\n\\-").to_bytes()
    return bytes(data)


def rewritten(seed: bytes, rng: random.Random) -> bytes:
    """An archive whose parts are damaged and packed again, so that the damage gets through."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(seed)) as old, zipfile.ZipFile(held, "w") as new:
        chosen = rng.choice(old.namelist())
        for part in old.namelist():
            new.writestr(part, broken(old.read(part), rng) if part == chosen else old.read(part))
    return held.getvalue()


def fuzz(suffix: str, inputs: int, seed: int = 0, limits: Limits | None = None) -> Counter[str]:
    """Read that many broken files -> how many ended in each way."""
    rng = random.Random(f"{suffix}{seed}")
    ends: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as scratch, Reader(limits or Limits(30.0)) as reader:
        path = Path(scratch) / f"a{suffix}"
        for _ in range(inputs):
            chosen = rng.choice(SEEDS[suffix])
            packed = chosen.startswith(b"PK") and rng.random() < 0.8
            data = rewritten(chosen, rng) if packed else broken(chosen, rng)
            if rng.random() < 0.02:
                data = rng.randbytes(rng.randrange(2000))
            path.write_bytes(data)
            try:
                documents = reader.read(path, path.name)
                for document in documents:
                    assert document.text.strip()
                    assert sorted(document.pages) == list(document.pages)
                json.dumps([document.text for document in documents]).encode()
                [document.text.encode("utf-8") for document in documents]
                ends["read"] += 1
            except UnreadableDocument as error:
                reason = str(error)
                assert reason
                late, died = "took longer" in reason, "crashed" in reason or "memory" in reason
                ends["late" if late else "died" if died else "named"] += 1
                if late or died:
                    print(f"{suffix}: {reason}; input kept: {data[:300]!r}", file=sys.stderr)
    return ends
