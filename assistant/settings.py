"""The only reader of the environment. Knows nothing of what the values are for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from assistant.server.options import ServerOptions
from assistant.server.options import read as read_server
from index import DEFAULT_MODEL
from index.backends import Backend, checked


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run may be told from outside; command-line options win over these."""

    store: str = ".assistant/store"
    documents: str = "corpus/documents"
    embedding_model: str = DEFAULT_MODEL
    embedding_backend: Backend = "auto"
    allow_download: bool = False
    port: int = 7860
    model: str | None = None
    model_url: str | None = None
    model_key: str | None = None
    model_timeout: float | None = None
    unsupported: Literal["drop", "mark"] = "drop"
    server: ServerOptions = field(default_factory=ServerOptions)

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Settings:
        """Read the ASSISTANT_* variables. Raises ValueError naming a variable with a bad value."""
        default = cls()
        return cls(
            store=environment.get("ASSISTANT_STORE") or default.store,
            documents=environment.get("ASSISTANT_DOCUMENTS") or default.documents,
            embedding_model=environment.get("ASSISTANT_EMBEDDING_MODEL") or default.embedding_model,
            embedding_backend=_backend(environment, "ASSISTANT_EMBEDDING_BACKEND"),
            allow_download=_flag(environment, "ASSISTANT_ALLOW_DOWNLOAD"),
            port=_port(environment, "ASSISTANT_PORT", default.port),
            model=environment.get("ASSISTANT_MODEL") or None,
            model_url=environment.get("ASSISTANT_MODEL_URL") or None,
            model_key=environment.get("ASSISTANT_MODEL_KEY") or None,
            model_timeout=_seconds(environment, "ASSISTANT_MODEL_TIMEOUT"),
            unsupported=_unsupported(environment, "ASSISTANT_UNSUPPORTED"),
            server=read_server(environment),
        )


def _flag(environment: Mapping[str, str], name: str) -> bool:
    value = environment.get(name, "").strip().casefold()
    if value not in ("", "0", "1", "true", "false", "yes", "no"):
        raise ValueError(f"{name} must be 0 or 1; got {value!r}")
    return value in ("1", "true", "yes")


def _backend(environment: Mapping[str, str], name: str) -> Backend:
    try:
        return checked(environment.get(name) or "auto")
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def _port(environment: Mapping[str, str], name: str, default: int) -> int:
    value = environment.get(name, "").strip()
    if value and not (value.isascii() and value.isdigit() and 0 < int(value) < 65_536):
        raise ValueError(f"{name} must be a port from 1 to 65535; got {value!r}")
    return int(value) if value else default


def _seconds(environment: Mapping[str, str], name: str) -> float | None:
    value = environment.get(name, "").strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 86_400:
        raise ValueError(f"{name} must be seconds, more than 0; got {value!r}")
    return seconds


def _unsupported(environment: Mapping[str, str], name: str) -> Literal["drop", "mark"]:
    value = environment.get(name, "").strip().casefold() or "drop"
    if value == "drop" or value == "mark":
        return "mark" if value == "mark" else "drop"
    raise ValueError(f"{name} must be drop or mark; got {value!r}")
