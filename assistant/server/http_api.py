"""The HTTP API: ask, stream, search. Knows nothing of Gradio or of who may come in."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from assistant.answers import Answer, Turn, hit_to_dict
from assistant.server.desk import Ask, Desk, Waiting
from assistant.server.identity import user_of
from assistant.server.line import Refused
from assistant.server.replies import failed, refused
from assistant.server.stepping import Steps
from assistant.timing import read_day
from index.documents import Hit
from index.errors import AssistantError


def _day(value: object) -> date:
    """A day as it is read everywhere; pydantic alone would take numbers for seconds since 1970."""
    if not isinstance(value, str):
        raise ValueError(f"a date is text such as 2025-04-01; got {type(value).__name__}")
    return read_day(value)


Day = Annotated[date, BeforeValidator(_day)]


class PastTurn(BaseModel):
    """One past exchange."""

    question: str
    answer: str


class Question(BaseModel):
    """A question and what may limit where its answer is looked for."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(examples=["Did CZ ask for a pardon?"])
    history: list[PastTurn] = Field([], description="Past turns, oldest first; the last 20 count.")
    as_of: Day | None = Field(None, description="Leave out what was published later.")
    sources: list[str] | None = Field(None, description="Only these publishers.")


class Query(BaseModel):
    """What to search for."""

    model_config = ConfigDict(extra="forbid")

    query: str = Field(examples=["pardon"])
    k: int = Field(10, strict=True, description="How many passages, at most 100.")
    as_of: Day | None = None
    sources: list[str] | None = None


class Error(BaseModel):
    """One line that says what is wrong and what to do; `retry_after` in seconds."""

    error: str
    retry_after: int | None = None


_ERRORS: dict[int | str, dict[str, Any]] = {
    401: {"model": Error, "description": "No password or token, or a wrong one."},
    422: {"model": Error, "description": "The question is empty, too long or not well formed."},
    429: {"model": Error, "description": "More than one user may ask; see Retry-After."},
    503: {"model": Error, "description": "Busy, or the index cannot be read; see Retry-After."},
}


def api_routes(desk: Desk, steps: Steps) -> APIRouter:
    """The three addresses below /api/v1."""
    router = APIRouter(prefix="/api/v1", tags=["api"], responses=_ERRORS)

    @router.post("/ask", summary="One answer", response_model=dict[str, Any])
    async def ask(body: Question, request: Request) -> Response:
        """The complete answer, as `assistant ask --json` prints it."""
        last: Waiting | Answer | None = None
        async for step in steps.of(desk.answers(_ask(body, request)), request.is_disconnected):
            last = step
        return JSONResponse(last.to_dict()) if isinstance(last, Answer) else _nobody()

    @router.post(
        "/stream",
        summary="One answer as it comes",
        response_class=StreamingResponse,
        responses={200: {"content": {"text/event-stream": {}}}},
    )
    async def stream(body: Question, request: Request) -> Response:
        """Server-sent events: `place` (in line), `answer` (so far), `complete`, `error`."""
        found = steps.of(desk.answers(_ask(body, request)), request.is_disconnected)
        # The first step before the head is sent, so that a refusal is a status of its own.
        first = await anext(found, None)

        async def events() -> AsyncIterator[str]:
            try:
                if first is not None:
                    yield event(first)
                async for step in found:
                    yield event(step)
            except (ValueError, AssistantError) as error:
                yield written("error", {"error": str(error)})
            finally:
                await found.aclose()

        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(events(), media_type="text/event-stream", headers=headers)

    @router.post("/search", summary="The passages that match best", response_model=dict[str, Any])
    async def search(body: Query, request: Request) -> Response:
        """Hits, best first, as `assistant search --json` prints them."""
        wanted = Ask(
            user_of(request.scope).name,
            "api",
            body.query,
            as_of=body.as_of,
            sources=body.sources,
        )
        last: Waiting | list[Hit] | None = None
        async for step in steps.of(desk.hits(wanted, body.k), request.is_disconnected):
            last = step
        if isinstance(last, list):
            return JSONResponse({"hits": [hit_to_dict(hit) for hit in last]})
        return _nobody()

    return router


def event(step: Waiting | Answer) -> str:
    """A step as a server-sent event."""
    if isinstance(step, Waiting):
        return written("place", step.to_dict())
    return written("complete" if step.complete else "answer", step.to_dict())


def written(name: str, data: Mapping[str, Any]) -> str:
    """One server-sent event."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


async def on_malformed(request: Request, error: Exception) -> Response:
    """A body that is not of the form described."""
    found: list[dict[str, Any]] = list(getattr(error, "errors", list)())
    first: dict[str, Any] = found[0] if found else {"loc": ("body",), "msg": "malformed"}
    if first.get("type") == "json_invalid":
        return failed(422, f"the body is not JSON: {first['ctx']['error']}")
    place = ".".join(str(part) for part in first["loc"] if part != "body") or "the body"
    return failed(422, f"{place}: {first['msg'].removeprefix('Value error, ')}")


async def on_unread(request: Request, error: Exception) -> Response:
    """A body that could not even be taken apart: bytes of no text, or no end of brackets."""
    status = getattr(error, "status_code", 400)
    if status != 400 or "/api/v1/" not in request.url.path:
        return failed(status, str(getattr(error, "detail", error)))
    return failed(422, "the body is not JSON that can be read")


async def on_mistake(request: Request, error: Exception) -> Response:
    """A caller's mistake."""
    return failed(422, str(error))


async def on_refusal(request: Request, error: Exception) -> Response:
    """No place for now."""
    if not isinstance(error, Refused):
        raise error
    return refused(error)


async def on_failure(request: Request, error: Exception) -> Response:
    """The world is not as it should be."""
    return failed(503, str(error), Retry_After="30")


def _nobody() -> Response:
    """What nobody reads: the client has gone."""
    return Response(status_code=499)


def _ask(body: Question, request: Request) -> Ask:
    history = tuple(Turn(turn.question, turn.answer) for turn in body.history)
    name = user_of(request.scope).name
    return Ask(name, "api", body.question, history, body.as_of, body.sources)
