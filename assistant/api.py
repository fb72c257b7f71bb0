"""Assistant: questions in, checked answers out. Knows nothing of how passages are stored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from langchain_core.runnables import Runnable

from assistant.answers import Answer, Turn
from assistant.chain import Reader, Request, build_chain
from index.api import Index


class Assistant:
    """Answers questions about what one index holds. Safe to share between threads."""

    def __init__(self, index: Index, reader: Reader | None = None) -> None:
        self.index = index
        self._reader = reader

    @classmethod
    def open(cls, location: str | Path, *, create: bool = True) -> Assistant:
        """An assistant over the index at a folder or Chroma address, with the embedded reader.

        Raises what Index.open raises.
        """
        return cls(Index.open(location, create=create))

    @cached_property
    def chain(self) -> Runnable[Any, Answer]:
        """The LangChain runnable behind `ask`: invoke, ainvoke, batch, stream.

        Takes a question, or a mapping with `question` and, if wanted, `history`, `as_of` and
        `sources`.
        """
        from assistant.extractive import ExtractiveReader

        return build_chain(self.index, self._reader or ExtractiveReader(self.index.embedder))

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        as_of: date | None = None,
        *,
        sources: Sequence[str] | None = None,
    ) -> Answer:
        """Answer from the documents, or abstain.

        `history` is past turns, oldest first; `as_of` leaves out what was published later;
        `sources` keeps only those publishers. Raises ValueError for an empty question.
        """
        return self.chain.invoke(_request(question, history, as_of, sources))

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        as_of: date | None = None,
        *,
        sources: Sequence[str] | None = None,
    ) -> Iterator[Answer]:
        """Answer in snapshots, each holding all there is so far; the last one is complete."""
        # Checked here rather than at the first snapshot, so that a mistake shows at the call.
        return self.chain.stream(_request(question, history, as_of, sources))


def _request(
    question: str, history: Sequence[Turn], as_of: date | None, sources: Sequence[str] | None
) -> Request:
    return Request.of(
        {"question": question, "history": history, "as_of": as_of, "sources": sources}
    )
