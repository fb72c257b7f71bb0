"""The only reader of the environment. Knows nothing of what the values are for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from index import DEFAULT_MODEL


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run may be told from outside; command-line options win over these."""

    store: str = ".assistant/store"
    documents: str = "corpus/documents"
    embedding_model: str = DEFAULT_MODEL
    allow_download: bool = False
    port: int = 7860

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Settings:
        """Read the ASSISTANT_* variables. Raises ValueError naming a variable with a bad value."""
        default = cls()
        return cls(
            store=environment.get("ASSISTANT_STORE") or default.store,
            documents=environment.get("ASSISTANT_DOCUMENTS") or default.documents,
            embedding_model=environment.get("ASSISTANT_EMBEDDING_MODEL") or default.embedding_model,
            allow_download=_flag(environment, "ASSISTANT_ALLOW_DOWNLOAD"),
            port=_port(environment, "ASSISTANT_PORT", default.port),
        )


def _flag(environment: Mapping[str, str], name: str) -> bool:
    value = environment.get(name, "").strip().casefold()
    if value not in ("", "0", "1", "true", "false", "yes", "no"):
        raise ValueError(f"{name} must be 0 or 1; got {value!r}")
    return value in ("1", "true", "yes")


def _port(environment: Mapping[str, str], name: str, default: int) -> int:
    value = environment.get(name, "").strip()
    if value and not (value.isascii() and value.isdigit() and 0 < int(value) < 65_536):
        raise ValueError(f"{name} must be a port from 1 to 65535; got {value!r}")
    return int(value) if value else default
