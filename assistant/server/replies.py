"""The server's own short replies: errors as JSON or one line. Knows nothing of what went wrong."""

from __future__ import annotations

from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from assistant.server.line import Busy, Refused


def refused(error: Refused) -> JSONResponse:
    """429 for what one user did, 503 for a full house, with Retry-After."""
    return JSONResponse(
        {"error": str(error), "retry_after": error.after},
        status_code=503 if isinstance(error, Busy) else 429,
        headers={"Retry-After": str(error.after)},
    )


def failed(status: int, message: str, **headers: str) -> JSONResponse:
    """An error in one line."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return JSONResponse({"error": message}, status_code=status, headers=named)


async def turn_away(
    scope: Scope, receive: Receive, send: Send, status: int, message: str, **headers: str
) -> None:
    """Answer a request from a middleware with an error in one line."""
    await failed(status, message, **headers)(scope, receive, send)
