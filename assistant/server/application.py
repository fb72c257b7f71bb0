"""Page, HTTP API, MCP, login and health as one web application. Knows nothing of sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import gradio as gr
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPBasic, HTTPBearer
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount

from assistant.api import Assistant
from assistant.chat import appearance, build
from assistant.feedback import FeedbackFile
from assistant.page.rights import Rights, RightsOf, everything
from assistant.page.uploads import UploadLimits
from assistant.page.wiring import ANSWERS
from assistant.server.accounts import Accounts
from assistant.server.calls import Calls
from assistant.server.counting import Counting
from assistant.server.desk import Desk
from assistant.server.endpoints import add_endpoints
from assistant.server.headers import SecureHeaders
from assistant.server.http_api import (
    api_routes,
    on_failure,
    on_malformed,
    on_mistake,
    on_refusal,
    on_unread,
)
from assistant.server.identity import Authentication, Identity, user_of
from assistant.server.line import Refused
from assistant.server.login import Login
from assistant.server.metrics import MEDIA_TYPE
from assistant.server.network import Addressed, Forwarded
from assistant.server.options import ServerOptions
from assistant.server.page_assistant import PageAssistant
from assistant.server.replies import failed
from assistant.server.stepping import Steps
from assistant.server.surface import Surface
from assistant.server.warming import Warming
from index.errors import AssistantError, ExtraMissing

_SPARE = 16
"""Threads of Gradio's beside those that wait in line or are served."""


def application(
    assistant: Assistant,
    options: ServerOptions,
    *,
    area: Path,
    rights: RightsOf | None = None,
    limits: UploadLimits | None = None,
    feedback: FeedbackFile | None = None,
) -> FastAPI:
    """The whole of it; `area` is the folder uploads go to, which Gradio has to know already.

    What an account may do is in the file of accounts unless `rights` says it; `limits` and
    `feedback` are those of the page, see `assistant.chat.build`.
    `state.end_streams()` of what is returned ends the connections that never end by themselves.
    Raises AccountsUnreadable, and ExtraMissing for MCP without its library.
    """
    accounts = Accounts(options.accounts) if options.accounts else None
    desk = Desk(assistant, options)
    identity = Identity(accounts, desk.metrics)
    warming = Warming(assistant)
    steps = Steps(options.at_once + options.waiting + _SPARE)
    limits = limits or UploadLimits()
    page = build(
        PageAssistant(assistant, desk),
        rights=rights or _rights(accounts),
        limits=limits,
        feedback=feedback,
    )
    add_endpoints(page, desk, steps)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        warming.begin()
        yield
        warming.end()

    app = FastAPI(
        title="Quoting assistant",
        description="Answers questions about your documents in quotes it has checked.",
        version="1",
        docs_url=None,
        redoc_url=None,
        servers=[{"url": options.root_path}] if options.root_path else None,
        lifespan=lifespan,
        # The first is the outermost.
        middleware=[
            Middleware(Counting, metrics=desk.metrics),
            Middleware(SecureHeaders),
            Middleware(Forwarded, options=options),
            Middleware(Addressed, options=options),
            Middleware(Authentication, identity=identity, root_path=options.root_path),
            Middleware(
                Surface,
                area=area,
                mcp=options.mcp,
                upload_bytes=options.upload_megabytes * 1_000_000,
                mistake=Calls(lambda: page.fns).mistake,
            ),
        ],
        exception_handlers={
            RequestValidationError: on_malformed,
            HTTPException: on_unread,
            Refused: on_refusal,
            AssistantError: on_failure,
            ValueError: on_mistake,
        },
    )
    # For the description only: the middleware has checked them before.
    shown = [HTTPBearer(auto_error=False), HTTPBasic(auto_error=False)] if accounts else []
    app.include_router(api_routes(desk, steps), dependencies=[Depends(one) for one in shown])
    _add_health(app, warming, desk)
    login = Login(identity, root_path=options.root_path)
    app.add_api_route("/login", login.page, include_in_schema=False)
    app.add_api_route("/login", login.enter, methods=["POST"], include_in_schema=False)
    app.add_api_route("/logout", login.leave, include_in_schema=False)
    _mount_page(app, page, options, most_bytes=limits.most_bytes)
    return app


def _rights(accounts: Accounts | None) -> RightsOf:
    if accounts is None:
        return everything

    def of(name: str) -> Rights:
        held = accounts.named(name)
        may = held is not None and held.user.may_edit
        return Rights(upload=may, remove=may)

    return of


def _add_health(app: FastAPI, warming: Warming, desk: Desk) -> None:
    @app.get("/healthz", tags=["health"], summary="The server runs")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz", tags=["health"], summary="The server can answer", responses={503: {}})
    async def readyz() -> Response:
        """200 once the models are loaded and a first answer is made, 503 before."""
        if warming.ready:
            return JSONResponse({"status": "ready"})
        return failed(503, f"not ready: {warming.why_not}", Retry_After="2")

    @app.get("/metrics", tags=["health"], summary="Metrics in Prometheus form")
    async def metrics() -> Response:
        return Response(desk.metrics.written(), headers={"Content-Type": MEDIA_TYPE})


def _mount_page(app: FastAPI, page: gr.Blocks, options: ServerOptions, *, most_bytes: int) -> None:
    # The line is ours, one for the page and programs; Gradio's own would be a second in front.
    places = options.at_once + options.waiting
    for function in page.fns.values():
        if function.concurrency_id == ANSWERS or function.api_visibility != "private":
            function.concurrency_limit = None
    page.max_threads = places + _SPARE
    page.queue(api_open=False, max_size=2 * places + _SPARE, default_concurrency_limit=None)
    # Gradio keeps records of this many events, and goes through all of them after each.
    page._queue.ANALYTICS_MAX_EVENTS = 1
    page._queue.max_thread_count = places + _SPARE
    # Gradio keeps 100 kB of every page ever opened, up to this many; the oldest go first.
    page.state_session_capacity = 500
    page.delete_cache = (3600, 86_400)
    gr.mount_gradio_app(
        app,
        page,
        "/",
        app_kwargs={"openapi_url": None, "docs_url": None, "redoc_url": None},
        auth_dependency=_name if options.accounts else None,
        root_path=options.root_path or None,
        max_file_size=most_bytes,
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=options.mcp,
        **appearance(),
    )
    (mounted,) = (route.app for route in app.routes if isinstance(route, Mount))

    def end_streams() -> None:
        # Pages hold a connection open for as long as they are looked at.
        page._queue.stopped = True
        mounted.stop_event.set()  # type: ignore[attr-defined]

    app.state.end_streams = end_streams
    if options.mcp and page.mcp_server_obj is None:
        raise ExtraMissing("MCP needs a library that is not installed; run: pip install '.[mcp]'")


def _name(request: Request) -> str:
    return user_of(request.scope).name
