"""Documents, passages and search. Knows nothing of questions, prompts or pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.documents import Document, Hit, Passage
from index.embedding import DEFAULT_MODEL
from index.errors import AssistantError
from index.sync import SyncReport

if TYPE_CHECKING:
    from index.api import Index

__all__ = ["DEFAULT_MODEL", "AssistantError", "Document", "Hit", "Index", "Passage", "SyncReport"]


def __getattr__(name: str) -> object:
    # Late, because the search engines behind it take longer to load than most commands run.
    if name == "Index":
        from index.api import Index

        return Index
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
