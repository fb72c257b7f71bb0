"""The server on a socket of this machine. Knows nothing of what it serves."""

from __future__ import annotations

import logging
import os
import socket
import ssl
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from assistant.api import Assistant
from assistant.feedback import FeedbackFile
from assistant.page.rights import RightsOf
from assistant.page.uploads import UploadLimits
from assistant.server.application import application
from assistant.server.options import ServerOptions
from index.errors import AssistantError, PortTaken

_SECONDS_TO_STOP = 5


class _Server(uvicorn.Server):
    """Does not wait, when it stops, for connections that would never end."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.config.app.state.end_streams()  # type: ignore[union-attr]
        await super().shutdown(sockets)


class ServerStopped(AssistantError):
    """The server came to an end before it had begun."""


def serve(assistant: Assistant, options: ServerOptions, *, port: int, open_browser: bool) -> None:
    """Serve until interrupted. Raises PortTaken, AccountsUnreadable, ExtraMissing, ValueError."""
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.WARNING)
    logging.getLogger("assistant.server").setLevel(logging.INFO)
    with _listening(options, port) as listening, _private_area() as area:
        server = _server(application(assistant, options, area=area), options)
        address = f"{_scheme(options)}://{options.host}:{port}{options.root_path}"
        sys.stderr.write(f"Listening at {address} (Ctrl-C stops it)\n")
        if options.wide and not options.tls_certificate and not options.trusted_proxies:
            sys.stderr.write(
                "Passwords cross the network unencrypted; give --tls-certificate and --tls-key, "
                "or serve behind a proxy that does https, with --trusted-proxy\n"
            )
        if open_browser:
            threading.Timer(2.0, webbrowser.open, [address]).start()
        server.run(sockets=[listening])


@contextmanager
def running(
    assistant: Assistant,
    options: ServerOptions,
    *,
    port: int,
    rights: RightsOf | None = None,
    limits: UploadLimits | None = None,
    feedback: FeedbackFile | None = None,
) -> Iterator[None]:
    """The server in a thread of this process, for as long as the context lasts.

    The last three are those of `application`.
    """
    with _listening(options, port) as listening, _private_area() as area:
        app = application(
            assistant, options, area=area, rights=rights, limits=limits, feedback=feedback
        )
        server = _server(app, options)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not server.started:
                if not thread.is_alive():
                    raise ServerStopped("the server ended as it started; see the log")
                thread.join(0.02)
            yield
        finally:
            server.should_exit = True
            thread.join()


def _server(app: FastAPI, options: ServerOptions) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        ssl_certfile=options.tls_certificate,
        ssl_keyfile=options.tls_key,
        log_level="warning",
        access_log=False,
        # Our own middleware does this, and drops what others than the proxies say.
        proxy_headers=False,
        server_header=False,
        # Python's own loop, whose connections a guard can watch.
        loop="asyncio",
        ws="none",
        # Longer than clients and proxies keep a connection, or they would use it as it is closed.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=_SECONDS_TO_STOP,
    )
    try:
        config.load()
    except ssl.SSLError as error:
        raise ValueError(
            f"{options.tls_certificate!r} and {options.tls_key!r} are not a PEM certificate and "
            f"its key ({error.reason})"
        ) from error
    return _Server(config)


@contextmanager
def _listening(options: ServerOptions, port: int) -> Iterator[socket.socket]:
    if not 0 < port < 65_536:
        raise ValueError(f"port must be from 1 to 65535; got port={port}")
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    try:
        listening = socket.create_server((options.host, port), family=family, backlog=2048)
    except OSError as error:
        raise PortTaken(
            f"port {port} of {options.host} cannot be listened at ({error.strerror}); "
            "choose another: assistant chat --port NUMBER"
        ) from error
    with listening:
        yield listening


@contextmanager
def _private_area() -> Iterator[Path]:
    """A new folder for uploads, ours alone and gone afterwards.

    Gradio's own is one for all its users on the machine, and takes another only from there.
    """
    before = os.environ.get("GRADIO_TEMP_DIR")
    with tempfile.TemporaryDirectory(prefix="assistant-uploads-") as folder:
        area = Path(folder).resolve()
        os.environ["GRADIO_TEMP_DIR"] = str(area)
        try:
            yield area
        finally:
            if before is None:
                del os.environ["GRADIO_TEMP_DIR"]
            else:
                os.environ["GRADIO_TEMP_DIR"] = before


def _scheme(options: ServerOptions) -> str:
    return "https" if options.tls_certificate else "http"
