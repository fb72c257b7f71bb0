"""Documents, passages and search. Knows nothing of questions, prompts or pages."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from index.documents import Document, Hit, Passage
from index.errors import AssistantError

if TYPE_CHECKING:
    from index.api import Index
    from index.embedding import DEFAULT_MODEL
    from index.sync import SyncReport

__all__ = ["DEFAULT_MODEL", "AssistantError", "Document", "Hit", "Index", "Passage", "SyncReport"]


# Late, because the search engines behind them take longer to load than most commands run, and a
# process that reads files needs none of them.
_LATE = {
    "DEFAULT_MODEL": "index.embedding",
    "Index": "index.api",
    "SyncReport": "index.sync",
}


def __getattr__(name: str) -> object:
    if name in _LATE:
        return getattr(import_module(_LATE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
