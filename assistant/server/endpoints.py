"""What gradio_client and MCP may call. Knows nothing of HTTP, or of how answers are made."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr
from gradio.events import api as gradio_api

from assistant.answers import Answer, hit_to_dict
from assistant.server.desk import Ask, Desk, Waiting, Way
from assistant.server.page_assistant import asking
from assistant.server.stepping import Steps
from assistant.timing import read_day
from index.documents import Hit
from index.errors import AssistantError


def add_endpoints(page: gr.Blocks, desk: Desk, steps: Steps) -> None:
    """Add /ask, /stream and /search for gradio_client, and the tools ask and search for MCP."""

    def forgotten_later(way: Way, request: gr.Request) -> None:
        if way == "gradio" and (session := request.session_hash):
            # Once Gradio has closed the event's books, some moments after its end.
            asyncio.get_running_loop().call_later(5.0, _forget, page, session)

    async def answered(
        way: Way, request: gr.Request, question: str, as_of: str, source: str
    ) -> AsyncIterator[Waiting | Answer]:
        with _telling():
            ask = _wanted(way, request, question, as_of, source)
            try:
                async for step in steps.of(desk.answers(ask), _gone(way, request)):
                    yield step
            finally:
                forgotten_later(way, request)

    async def found(
        way: Way, request: gr.Request, query: str, k: int, as_of: str, source: str
    ) -> AsyncIterator[Waiting | list[Hit]]:
        with _telling():
            ask = _wanted(way, request, query, as_of, source)
            hits = desk.hits(ask, _whole("k", k))
            try:
                async for step in steps.of(hits, _gone(way, request)):
                    yield step
            finally:
                forgotten_later(way, request)

    async def ask_client(
        question: str,
        as_of: str = "",
        source: str = "",
        request: gr.Request = None,  # type: ignore[assignment]
    ) -> AsyncIterator[dict[str, Any]]:
        async for step in answered("gradio", request, question, as_of, source):
            if isinstance(step, Waiting) or step.complete:
                yield step.to_dict()

    async def stream_client(
        question: str,
        as_of: str = "",
        source: str = "",
        request: gr.Request = None,  # type: ignore[assignment]
    ) -> AsyncIterator[dict[str, Any]]:
        async for step in answered("gradio", request, question, as_of, source):
            yield step.to_dict()

    async def search_client(
        query: str,
        k: int = 10,
        as_of: str = "",
        source: str = "",
        request: gr.Request = None,  # type: ignore[assignment]
    ) -> AsyncIterator[Any]:
        async for step in found("gradio", request, query, k, as_of, source):
            yield step.to_dict() if isinstance(step, Waiting) else list(map(hit_to_dict, step))

    async def ask(
        question: str,
        as_of: str = "",
        source: str = "",
        request: gr.Request = None,  # type: ignore[assignment]
    ) -> str:
        """Answer a question from the documents, in sentences quoted word for word.

        Args:
            question: The question, complete in itself.
            as_of: Leave out what was published after this day, such as 2025-04-01.
            source: Only documents of this publisher.
            request: Who asks; filled in by Gradio.

        Returns:
            JSON with text, citations (quote, document, place) and abstained, which is true where
            the documents do not say.

        """
        answer: dict[str, Any] = {}
        async for step in answered("mcp", request, question, as_of, source):
            answer = step.to_dict()
        return json.dumps({**answer, "hits": answer.get("hits", [])[:3]}, ensure_ascii=False)

    async def search(
        query: str,
        k: int = 10,
        as_of: str = "",
        source: str = "",
        request: gr.Request = None,  # type: ignore[assignment]
    ) -> str:
        """Find the passages of the documents that match a query best, best first.

        Args:
            query: What to look for.
            k: How many passages, at most 100.
            as_of: Leave out what was published after this day, such as 2025-04-01.
            source: Only documents of this publisher.
            request: Who asks; filled in by Gradio.

        Returns:
            JSON: a list of passages with document, place, text and score.

        """
        hits: list[dict[str, Any]] = []
        async for step in found("mcp", request, query, k, as_of, source):
            hits = [] if isinstance(step, Waiting) else list(map(hit_to_dict, step))
        return json.dumps(hits, ensure_ascii=False)

    for function in (ask_client, stream_client, search_client):
        # Listed for programs, not as tools: an MCP tool returns text.
        setattr(function, "_mcp_type", "none")  # noqa: B010 - a function has no such field
    for private in page.fns.values():
        # What the page calls its own functions must not take these names away.
        private.api_name = f"page_{private._id}"
    with page:
        # Generators all, since Gradio ends those whose client has gone.
        gradio_api(ask_client, api_name="ask", api_description="One complete answer.")
        gradio_api(stream_client, api_name="stream", api_description="The answer as it comes.")
        gradio_api(search_client, api_name="search", api_description="The best passages.")
        # Outside the queue, or Gradio would call itself over HTTP, and be nobody there.
        gradio_api(ask, api_name="mcp_ask", queue=False)
        gradio_api(search, api_name="mcp_search", queue=False)


def _forget(page: gr.Blocks, session: str) -> None:
    """Drop what Gradio keeps of a program's session: 100 kB, for nothing, and for good."""
    page.state_holder.session_data.pop(session, None)
    page.state_holder.time_last_used.pop(session, None)
    if not page._queue.pending_event_ids_session.get(session):
        page._queue.pending_event_ids_session.pop(session, None)
        page._queue.pending_messages_per_session.pop(session, None)


class _Told(gr.Error):
    """An error whose message reaches the caller as it is."""

    def __str__(self) -> str:
        return str(self.message)


@contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    except (ValueError, AssistantError) as error:
        raise _Told(str(error), print_exception=False) from error


def _wanted(way: Way, request: gr.Request, question: object, as_of: object, source: object) -> Ask:
    """What was asked; Gradio passes on whatever a program sent, of any type. Raises ValueError."""
    limit = "" if as_of is None else _text("as_of", as_of)
    publisher = "" if source is None else _text("source", source)
    return Ask(
        asking(request).name,
        way,
        _text("the question", question),
        as_of=read_day(limit) if limit.strip() else None,
        sources=(publisher,) if publisher else None,
    )


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name} must be text; got {type(value).__name__}")
    return value


def _whole(name: str, value: object) -> int:
    """A whole number, also one that was written as 3.0."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{name} must be a whole number; got {type(value).__name__}")
    return value


def _gone(way: Way, request: gr.Request) -> Callable[[], Awaitable[bool]]:
    # A call by gradio_client outlives the request that began it; Gradio watches over those.
    bare: Any = request
    return bare.is_disconnected if way == "mcp" else _never


async def _never() -> bool:
    return False
