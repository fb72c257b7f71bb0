"""A chat model by name -> its reply, piece by piece. Knows nothing of passages or prompts.

The only place that calls a LangChain chat model. Whatever goes wrong leaves here as ModelFailed.
"""

from __future__ import annotations

import contextvars
import queue
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from assistant.failures import (
    KEYS,
    ModelFailed,
    Named,
    bad_name,
    broken_off,
    empty,
    endless,
    explained,
    no_key,
    not_installed,
    silent,
)

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk

PATIENCE = 30.0
"""Seconds without a word after which a model counts as silent."""

_SLOW_START = {"ollama": 120.0}
_LONGEST_REPLY = 400_000
"""Letters, thoughts included, after which a reply counts as one without an end."""
_WHOLE_REPLY = 10
_NO_KEY = "none"
_CUT = frozenset(
    """length max_tokens model_length incomplete content_filter safety recitation
    prohibited_content blocklist refusal""".split()
)
"""Reasons, by the names providers give them, to end a reply before its end."""

Message = tuple[str, str]
"""A role ("system", "human", "ai") and what is said."""


@dataclass(frozen=True, slots=True)
class Piece:
    """The next words of a reply; `cut` on the last of one that its length or a filter ended."""

    text: str
    cut: bool = False


class ChatModel(Protocol):
    """The seam to a language model."""

    @property
    def name(self) -> str:
        """What answers say they were written by."""

    def stream(self, messages: Sequence[Message]) -> Iterator[Piece]:
        """One attempt at a reply, piece by piece. Raises ModelFailed, also half way through."""


class NamedModel:
    """Any model that LangChain's init_chat_model knows, loaded at first use.

    `name` is "provider:model"; `url` the address of an OpenAI-compatible server (or of Ollama);
    `key` overrides what the provider's package reads from the environment; `timeout` is seconds of
    silence. Safe to share between threads. Raises ValueError for an empty name or bad timeout.
    """

    def __init__(
        self,
        name: str,
        *,
        url: str | None = None,
        key: str | None = None,
        timeout: float | None = None,
    ) -> None:
        if not name.strip():
            raise ValueError("the model needs a name, such as ollama:qwen3; got an empty one")
        if timeout is not None and not timeout > 0:
            raise ValueError(f"timeout must be more than 0 seconds; got timeout={timeout}")
        provider = name.partition(":")[0]
        self._named = Named(name.strip(), url, timeout or _SLOW_START.get(provider, PATIENCE))
        self._key = key
        self._lock = threading.Lock()
        self._loaded: BaseChatModel | None = None

    @property
    def name(self) -> str:
        """The name it was asked for by."""
        return self._named.name

    def stream(self, messages: Sequence[Message]) -> Iterator[Piece]:
        """One attempt at a reply, piece by piece. Raises ModelFailed, also half way through."""
        model = self._model()
        said, finished, cut_off = 0, False, False
        for chunk in self._chunks(model, list(messages)):
            reason = _finish(chunk)
            cut = reason.casefold() in _CUT
            finished, cut_off = finished or bool(reason), cut_off or cut
            said += len(chunk.text.strip())
            if said > _LONGEST_REPLY:
                yield Piece("", cut=True)
                return
            if chunk.text or cut:
                yield Piece(chunk.text, cut)
        if not said and not cut_off:
            raise empty(self._named)
        if not finished and self._named.provider in ("openai", "anthropic", "ollama"):
            # Servers that die between two chunks can look as if they had ended the reply.
            raise broken_off(self._named)

    def _chunks(self, model: BaseChatModel, messages: list[Message]) -> Iterator[AIMessageChunk]:
        """The provider's chunks, read in a thread so that silence ends the wait in every case.

        Time-outs of the packages differ, and some begin anew with every byte.
        """
        inbox: queue.SimpleQueue[AIMessageChunk | BaseException | None] = queue.SimpleQueue()
        left = threading.Event()

        def read() -> None:
            try:
                for chunk in model.stream(messages):
                    if left.is_set():
                        return
                    inbox.put(chunk)
                inbox.put(None)
            except Exception as error:  # noqa: BLE001 - providers share no root to catch
                inbox.put(error)

        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(read,), daemon=True).start()
        longest = _WHOLE_REPLY * self._named.timeout
        deadline = time.monotonic() + longest
        try:
            while True:
                left_over = deadline - time.monotonic()
                try:
                    item = inbox.get(timeout=max(min(self._named.timeout, left_over), 0.001))
                except queue.Empty:
                    if left_over < self._named.timeout:
                        raise endless(self._named, longest) from None
                    raise silent(self._named) from None
                if item is None:
                    return
                if isinstance(item, BaseException):
                    raise explained(item, self._named) from item
                yield item
        finally:
            left.set()

    def _model(self) -> BaseChatModel:
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded

    def _load(self) -> BaseChatModel:
        from langchain.chat_models import init_chat_model

        named = self._named
        if not named.provider:
            raise bad_name(named.name)
        options = self._options()
        try:
            model: BaseChatModel = init_chat_model(named.name, **options)
        except ImportError as error:
            raise ModelFailed(not_installed(named.provider)) from error
        except ValueError as error:
            if "provider" not in str(error):
                raise explained(error, named) from error
            raise bad_name(named.name) from error
        except Exception as error:  # noqa: BLE001 - providers share no root to catch
            failure = explained(error, named)
            if str(failure) != no_key(named) or not named.url or self._key:
                raise failure from error
            # Servers on one's own machine want no key, but the package insists on one.
            model = init_chat_model(named.name, **options, api_key=_NO_KEY)
        held = getattr(model, f"{named.provider}_api_key", _NO_KEY)
        if named.provider in KEYS and not named.url and not _secret(held):
            raise ModelFailed(no_key(named))
        return model

    def _options(self) -> dict[str, Any]:
        named = self._named
        options: dict[str, Any] = {}
        if named.url:
            options["base_url"] = named.url
        if self._key:
            options["api_key"] = self._key
        if named.provider in ("openai", "anthropic"):
            # Retries are ours, so that they are bounded alike for every provider.
            options |= {"timeout": named.timeout, "max_retries": 0}
        if named.provider == "ollama":
            options["client_kwargs"] = {"timeout": named.timeout}
        if named.url or named.provider == "ollama":
            # Models of one's own; hosted ones may refuse the option.
            options["temperature"] = 0
        return options


def chosen_model(
    name: str | None,
    *,
    url: str | None = None,
    key: str | None = None,
    timeout: float | None = None,
) -> NamedModel | None:
    """A model by name, or None for none. Raises ValueError for an address without a name."""
    if name is None:
        if url:
            raise ValueError(f"the address {url} needs a model's name too, such as openai:NAME")
        return None
    return NamedModel(name, url=url, key=key, timeout=timeout)


def _finish(chunk: AIMessageChunk) -> str:
    """Why the reply ended, by the names providers give it; "" while it goes on."""
    held = chunk.response_metadata
    for name in ("finish_reason", "stop_reason", "stopReason", "done_reason", "status"):
        if held.get(name):
            return str(held[name])
    return ""


def _secret(value: Any) -> str:  # noqa: ANN401 - a SecretStr, a string, a callable or None
    read = getattr(value, "get_secret_value", None)
    return str(read()) if read else str(value or "")
