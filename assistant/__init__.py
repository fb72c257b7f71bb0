"""Questions and answers over an index. Knows nothing of files, vectors or BM25."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.answers import Answer, Citation, Turn
from index.errors import AssistantError

if TYPE_CHECKING:
    from assistant.api import Assistant

__all__ = ["Answer", "Assistant", "AssistantError", "Citation", "Turn"]


def __getattr__(name: str) -> object:
    # Late, because LangChain takes longer to load than most commands run.
    if name == "Assistant":
        from assistant.api import Assistant

        return Assistant
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
