"""Assistant: questions in, checked answers out. Knows nothing of how passages are stored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_core.runnables import Runnable

from assistant.answers import Answer, Turn
from assistant.chain import Reader, Request, build_chain
from assistant.models import ChatModel, chosen_model
from index.api import Index

if TYPE_CHECKING:
    from assistant.generative import Unsupported


class Assistant:
    """Answers questions about what one index holds. Safe to share between threads.

    In quotes; with a `model`, in its prose, each sentence of which is checked against passages.
    `unsupported` says what becomes of a sentence they do not bear out: "drop" or "mark".
    """

    def __init__(
        self,
        index: Index,
        reader: Reader | None = None,
        model: ChatModel | None = None,
        *,
        unsupported: Unsupported = "drop",
    ) -> None:
        if unsupported not in ("drop", "mark"):
            raise ValueError(f"unsupported must be 'drop' or 'mark'; got {unsupported!r}")
        self.index = index
        self._reader = reader
        self._model = model
        self._unsupported: Unsupported = unsupported

    @classmethod
    def open(
        cls,
        location: str | Path,
        *,
        create: bool = True,
        model: str | None = None,
        model_url: str | None = None,
        model_key: str | None = None,
        model_timeout: float | None = None,
        unsupported: Unsupported = "drop",
    ) -> Assistant:
        """An assistant over the index at a folder or Chroma address.

        `model` is a name for LangChain's init_chat_model, such as "ollama:qwen3"; `model_url` the
        address of any OpenAI-compatible server, for names that begin with "openai:";
        `model_timeout` the seconds of silence to bear. The model is loaded by the first question;
        what goes wrong with it stands in Answer.notice. Raises what Index.open raises, and
        ValueError for an empty name or a bad option.
        """
        named = chosen_model(model, url=model_url, key=model_key, timeout=model_timeout)
        index = Index.open(location, create=create)
        return cls(index, model=named, unsupported=unsupported)

    @property
    def model(self) -> str | None:
        """The name of the chat model that writes the answers; None where they are quotes."""
        return self._model.name if self._model else None

    @cached_property
    def quoting(self) -> Assistant:
        """The same assistant without its chat model: what it says costs no request."""
        return self if self._model is None else Assistant(self.index, self._reader)

    @cached_property
    def chain(self) -> Runnable[Any, Answer]:
        """The LangChain runnable behind `ask`: invoke, ainvoke, batch, stream.

        Takes a question, or a mapping with `question` and, if wanted, `history`, `as_of` and
        `sources`.
        """
        from assistant.extractive import ExtractiveReader

        reader = self._reader or ExtractiveReader(self.index.embedder)
        if self._model is None:
            return build_chain(self.index, reader)
        from assistant.checking import Checker
        from assistant.generative import ProseWriter
        from assistant.rewriting import ModelRewriter

        checker = Checker(self.index.embedder)
        writer = ProseWriter(self._model, checker, unsupported=self._unsupported)
        return build_chain(self.index, reader, writer, ModelRewriter(self._model))

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
