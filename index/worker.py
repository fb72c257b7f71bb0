"""The child process that reads files: one request a line, one reply a line, both JSON.

Knows nothing of stores. JSON and not pickle, since what comes back was made from hostile bytes.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import warnings
from datetime import date
from pathlib import Path
from typing import Any

from index.documents import Document
from index.errors import UnreadableDocument
from index.reading import read_file

_SPARE_SECONDS = 5


def main(memory: int, seconds: float) -> None:
    """Answer requests from standard input until it closes.

    `memory` bytes of address space at most; a file that takes longer than `seconds` and some ends
    the process, so that none is left running when the parent was killed.
    """
    # A library that prints must not be taken for a reply.
    replies = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    _limit_memory(memory)
    for line in sys.stdin:
        path, name = json.loads(line)
        _alarm(seconds + _SPARE_SECONDS)
        reply = _reply(Path(os.fsdecode(bytes.fromhex(path))), name)
        _alarm(0)
        replies.write(json.dumps(reply) + "\n")
        replies.flush()


def document_of(fields: dict[str, Any]) -> Document:
    """A document from the fields of a reply."""
    day = fields.pop("published")
    pages = tuple(fields.pop("pages"))
    return Document(published=date.fromisoformat(day) if day else None, pages=pages, **fields)


def _reply(path: Path, name: str) -> dict[str, Any]:
    try:
        return {"documents": [_fields(document) for document in read_file(path, name)]}
    except UnreadableDocument as error:
        return {"reason": str(error)}
    except OSError as error:
        return {"reason": error.strerror or str(error)}
    except MemoryError:
        return {"reason": "reading it takes more memory than a file may use", "spent": True}
    except RecursionError:
        return {"reason": "it is nested too deeply to be read"}
    except Exception as error:
        # A parser may raise anything on bytes its author did not foresee; it costs this file.
        told = " ".join(str(error).split())[:200]
        return {"reason": f"the file is damaged: {type(error).__name__}: {told}".rstrip(": ")}


def _fields(document: Document) -> dict[str, Any]:
    return {
        "id": document.id,
        "text": document.text,
        "title": document.title,
        "source": document.source,
        "published": document.published.isoformat() if document.published else None,
        "url": document.url,
        "media_type": document.media_type,
        "pages": document.pages,
        "published_precision": document.published_precision,
    }


def _limit_memory(limit: int) -> None:
    try:
        import resource
    except ImportError:
        # Windows has no such limit; the time limit still holds.
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _alarm(seconds: float) -> None:
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)
