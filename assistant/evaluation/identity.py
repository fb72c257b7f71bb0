"""What makes two runs the same run, and where a run took place. Asks nothing."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from assistant.evaluation.questions import QuestionSet

_LIBRARIES = (
    "quoting-assistant",
    "chromadb",
    "langchain",
    "langchain-core",
    "sentence-transformers",
    "tantivy",
    "torch",
)
_HERE = Path(__file__).resolve().parent
_RECORDING = ("asking", "chunking", "outcomes", "placing", "questions")


def identity_of(
    system: object, asked: QuestionSet, library: object, settings: Mapping[str, str]
) -> dict[str, Any]:
    """Everything an outcome may depend on, as plain values: equal means the same run.

    Hashes are the first 16 hexadecimal digits of a sha256. A system that is not made of this code
    names its own in an attribute `code`, so that a change here does not make its runs others.
    """
    records = getattr(library, "records", None)
    embedder = getattr(library, "embedder", None)
    held = [(r.document_id, r.version) for r in records()] if records else None
    return {
        "questions": {
            "name": asked.name,
            "count": len(asked.questions),
            "hash": _hash([question.to_dict() for question in asked.questions]),
        },
        "corpus": {"documents": len(held), "hash": _hash(held)} if held is not None else None,
        "system": type(system).__name__,
        "embedding_model": getattr(embedder, "name", None),
        "settings": dict(settings),
        "versions": {name: _version(name) for name in _LIBRARIES},
        "code": getattr(system, "code", None) or _code(),
        "recording": _recording(),
    }


def machine() -> dict[str, Any]:
    """Where and when: part of no identity."""
    return {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "system": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }


@cache
def _code() -> str:
    """A hash of both packages as they are on disk, but for this one, so that an edit is seen."""
    root = _HERE.parents[1]
    return _digest(
        path
        for package in ("assistant", "index")
        for path in (root / package).rglob("*")
        if path.suffix in (".py", ".json") and _HERE not in path.parents
    )


@cache
def _recording() -> str:
    """A hash of what an outcome is made by here; a better plot asks no question again."""
    return _digest(_HERE / f"{name}.py" for name in _RECORDING)


def _digest(paths: Iterable[Path]) -> str:
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(path.name.encode() + path.read_bytes())
    return total.hexdigest()[:16]


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _hash(values: object) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]
