"""What a chat model's package raises -> one line with the cure. Knows nothing of questions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from langchain_core.exceptions import (
    ContextOverflowError,
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelNotFoundError,
    ModelPermissionDeniedError,
    ModelRateLimitError,
    ModelTimeoutError,
)

from index.errors import AssistantError

_LONGEST_WAIT = 10.0
_EXTRAS = ("openai", "anthropic", "ollama")
_CONTEXT = re.compile(
    r"context.*(?:length|size|window|exceed|long)|exceed.*context", re.IGNORECASE | re.DOTALL
)
_REFUSED = re.compile(r"connection refused|actively refused", re.IGNORECASE)
_CODES = {
    **{"rate_limit": 429, "insufficient_quota": 429, "invalid_api_key": 401},
    **{"authentication": 401, "permission": 403, "model_not_found": 404, "not_found": 404},
    **{"overloaded": 503, "server_error": 500, "api_error": 500, "context": 400},
}
"""Parts of the codes that stand in for a status where an error comes in the midst of a reply."""
KEYS = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}
"""The variable each provider's own package reads its key from."""


class ModelFailed(AssistantError):
    """A chat model could not be asked or did not reply as it should.

    `again` says whether the same request may succeed a moment later; `after` is how many seconds
    the provider asked to wait, 0 when it did not say.
    """

    def __init__(self, message: str, *, again: bool = False, after: float = 0.0) -> None:
        super().__init__(message)
        self.again = again
        self.after = after


@dataclass(frozen=True, slots=True)
class Named:
    """A model as messages speak of it: `name` in full, where it is asked for, how long we wait."""

    name: str
    url: str | None
    timeout: float

    @property
    def provider(self) -> str:
        """What stands before the colon; "" where nothing does."""
        return self.name.partition(":")[0] if ":" in self.name else ""

    @property
    def model(self) -> str:
        """What stands after the colon."""
        return self.name.partition(":")[2] or self.name

    @property
    def place(self) -> str:
        """Where it is asked for, for a person to check."""
        local = "http://localhost:11434" if self.provider == "ollama" else self.provider
        return self.url or local


def explained(error: BaseException, named: Named) -> ModelFailed:
    """Any error of a provider's package as a ModelFailed that says what to do."""
    if isinstance(error, ModelFailed):
        return error
    for one in _causes(error):
        status = _status(one)
        if isinstance(one, ImportError):
            return ModelFailed(not_installed(named.provider))
        if isinstance(one, ModelAuthenticationError) or status == 401 or _no_key(one, status):
            return ModelFailed(no_key(named))
        if isinstance(one, ModelPermissionDeniedError) or status == 403:
            return ModelFailed(
                f"{named.place} does not let this key use {named.model!r} (403); "
                "use another key or another model"
            )
        if isinstance(one, ModelNotFoundError) or status == 404:
            return ModelFailed(_not_found(named))
        if isinstance(one, ContextOverflowError) or (
            status in (0, 400) and _CONTEXT.search(str(one))
        ):
            return ModelFailed(
                f"the passages are longer than {named.name} can read; "
                "use a model, or start its server, with a longer context"
            )
        if isinstance(one, ModelRateLimitError) or status == 429:
            return ModelFailed(
                f"{named.place} takes no more requests for now (429); "
                "wait a minute, or check the plan and quota of the key",
                again=True,
                after=_retry_after(one),
            )
        if isinstance(one, ModelTimeoutError | TimeoutError) or "Timeout" in type(one).__name__:
            return silent(named)
        if isinstance(one, ModelAPIError) or status >= 500:
            return ModelFailed(
                f"{named.place} failed on its side ({status or 'server error'}); try again later",
                again=True,
                after=_retry_after(one),
            )
        if isinstance(one, ConnectionRefusedError) or _REFUSED.search(str(one)):
            return unreachable(named, "refused the connection")
        if status >= 400:
            return ModelFailed(f"{named.place} refused the request ({status}): {_short(one)}")
    for one in _causes(error):
        # After the loop: every broken reply is a connection error, not every one is refused.
        if "RemoteProtocol" in type(one).__name__ or "ReadError" in type(one).__name__:
            return broken_off(named)
        if "ConnectError" in type(one).__name__:
            return unreachable(named, f"cannot be reached ({_short(one)})")
    if isinstance(error, ModelConnectionError | ConnectionError):
        return unreachable(named, "cannot be reached")
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
        return garbled(named, _short(error))
    return garbled(named, f"{type(error).__name__}: {_short(error)}")


def not_installed(provider: str) -> str:
    """The pip line for a provider's package."""
    line = (
        f"pip install '.[{provider}]'"
        if provider in _EXTRAS
        else f"pip install langchain-{provider.replace('_', '-')}"
    )
    return f"the package for {provider} models is not installed; run: {line}"


def no_key(named: Named) -> str:
    """What to set when a key is missing or wrong."""
    variable = KEYS.get(named.provider, f"{named.provider.upper()}_API_KEY")
    if named.url:
        return (
            f"{named.url} wants a key, or refused the one it got; set ASSISTANT_MODEL_KEY "
            f"or {variable}"
        )
    return f"{named.provider} needs a key, or refused the one it got; set {variable}"


def bad_name(name: str) -> ModelFailed:
    """For a name that names no provider."""
    return ModelFailed(
        f"{name!r} is not a model's name; write provider:model, for example ollama:qwen3 or "
        "openai:gpt-5-mini"
    )


def silent(named: Named) -> ModelFailed:
    """Nothing came for as long as we wait. Not tried again: the wait has been long enough."""
    return ModelFailed(
        f"{named.name} sent nothing for {named.timeout:g} seconds; "
        "raise ASSISTANT_MODEL_TIMEOUT if it is only slow"
    )


def endless(named: Named, seconds: float) -> ModelFailed:
    """Words came all the time and no end of them. Not tried again: it would be as slow."""
    return ModelFailed(
        f"{named.name} was still writing after {seconds:g} seconds; raise ASSISTANT_MODEL_TIMEOUT, "
        "or use a faster model"
    )


def unreachable(named: Named, how: str) -> ModelFailed:
    """No connection."""
    cure = (
        "start it with: ollama serve"
        if named.provider == "ollama"
        else "start its server, or mend the address in ASSISTANT_MODEL_URL"
        if named.url
        else "check the network"
    )
    return ModelFailed(f"{named.place} {how}; {cure}", again=True)


def broken_off(named: Named) -> ModelFailed:
    """The connection ended before the reply did."""
    return ModelFailed(
        f"{named.name} broke off in the middle of its reply; look at the server's own log",
        again=True,
    )


def empty(named: Named) -> ModelFailed:
    """A reply without a word in it."""
    return ModelFailed(
        f"{named.name} sent an empty reply; ask again, or use another model", again=True
    )


def garbled(named: Named, what: str) -> ModelFailed:
    """A reply that is not one of a chat model."""
    return ModelFailed(
        f"{named.place} did not send a chat model's reply ({what}); check that the address is "
        "that of an API, such as http://localhost:8000/v1"
        if named.url
        else f"{named.name} did not send a chat model's reply ({what}); try another model",
        again=True,
    )


def _not_found(named: Named) -> str:
    cure = (
        f"run: ollama pull {named.model}"
        if named.provider == "ollama"
        else "check the name and the address"
        if named.url
        else "check the name in the provider's list of models"
    )
    return f"{named.place} has no model {named.model!r} (404); {cure}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in seen:
        yield one
        seen.append(one)
        one = one.__cause__ or one.__context__


def _status(error: BaseException) -> int:
    """The HTTP status an error carries by the name providers give it; 0 for none."""
    for name in ("status_code", "code", "type"):
        value = getattr(error, name, None)
        if isinstance(value, int):
            return value
        if isinstance(value, str):
            if value.isdecimal():
                return int(value)
            if known := next((_CODES[part] for part in _CODES if part in value.casefold()), 0):
                return known
    return 0


def _no_key(error: BaseException, status: int) -> bool:
    text = str(error).casefold()
    if status >= 500:
        return False
    return "api_key" in text or "credential" in text or "authentication method" in text


def _retry_after(error: BaseException) -> float:
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    try:
        # In this order, for what is no number ("nan") is then 0.
        return min(max(0.0, float(headers.get("retry-after", 0))), _LONGEST_WAIT)
    except ValueError:
        return 0.0


def _short(error: BaseException) -> str:
    return " ".join(str(error).split())[:160]
