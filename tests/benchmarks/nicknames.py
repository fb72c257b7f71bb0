"""A folder of documents and questions with people and firms asked about by another name.

Where a document first names one of them it says so, "Ines Carrow, known as IC"; questions say "IC".
What is answered right should stay so.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

PEOPLE = (
    *("Ines Carrow", "Dario Lenk", "Tomas Weil", "Alain Sorel", "Dana Wirth", "Karin Olt"),
    *("Erik Holm", "Nils Berg"),
)
FIRMS = ("Halvorsen Freight", "Brenner Rail", "Arden Therapeutics")


def with_nicknames(folder: Path, made: Path) -> Path:
    """Write the folder's documents and questions to `made`, which is given back."""
    (made / "documents").mkdir(parents=True, exist_ok=True)
    for file in sorted((folder / "documents").glob("*.md")):
        _, head, body = file.read_text("utf-8").split("---\n", 2)
        for name in PEOPLE:
            body = re.sub(rf"\b{name}\b(?!['’])", f"{name}, known as {short(name)},", body, count=1)
        for name in FIRMS:
            body = re.sub(rf"\b{name}\b(?!['’])", f"{name} ({short(name)})", body, count=1)
        body = re.sub(r",([,.;])", r"\1", body)
        (made / "documents" / file.name).write_text(f"---\n{head}---\n{body}", "utf-8")
    rows = [json.loads(row) for row in (folder / "questions.jsonl").read_text("utf-8").splitlines()]
    for row in rows:
        asked = {key: row[key] for key in ("question", "standalone", "history")}
        row |= json.loads(_said(json.dumps(asked)))
    lines = [json.dumps(row) + "\n" for row in rows]
    (made / "questions.jsonl").write_text("".join(lines), "utf-8")
    return made


def _said(text: str) -> str:
    for name in (*PEOPLE, *FIRMS):
        text = re.sub(rf"\b{name}\b", short(name), text)
    for name in PEOPLE:
        text = re.sub(rf"\b{name.split()[1]}\b", short(name), text)
    return text


def short(name: str) -> str:
    return "".join(word[0] for word in name.split())
