"""The one place that connects to Chroma and speaks its errors. Knows nothing of what it holds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlsplit

from index.disk import is_full
from index.errors import StoreFull, StoreMismatch, StoreNotFound, StoreUnreachable

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.collection_configuration import CreateHNSWConfiguration
    from chromadb.api.models.Collection import Collection as Collection
    from chromadb.config import Settings

_Rows = TypeVar("_Rows")

_HNSW: CreateHNSWConfiguration = {
    "space": "cosine",
    # 200 takes 1.7 times as long to build and hardly finds more: at 20,000 passages all of the
    # nearest ten, .9999 of the nearest hundred, with ef_search 1000.
    "ef_construction": 100,
    # At 200, an index that was updated and one made anew missed different ones now and then; among
    # a million the search for one question in 60 lost its way and found none of the nearest at
    # 1000, for one in 120 at 2000. 8000 finds what 4000 does, .984 of the nearest ten to 360
    # questions (2000: .981). A million cost some 6 ms more than with 2000.
    "ef_search": 4000,
    # What a full list of neighbours drops may be all that led to a passage. Of a million, two in a
    # hundred are reached from nowhere with 32, one in two hundred with 48, one in 500 with 64, and
    # .968, .976 and .990 of the nearest ten are found; it takes no longer to build. But each of
    # more than a hundred copies of one passage takes 40 ms to write, beside 14 and 3, for a list
    # of equals is never thinned.
    "max_neighbors": 64,
}
_UNSEARCHED: CreateHNSWConfiguration = {"ef_construction": 8, "max_neighbors": 4}
"""For rows that are only read by id: Chroma wants a graph all the same."""

_CURES = {
    8: "; who asks needs to write there as well",
    11: "; run: assistant index --rebuild",
    26: "; run: assistant index --rebuild",
}
"""By SQLite's codes for a database that may only be read, is malformed, or is none."""

_PAUSES = (0.02, 0.05, 0.1, 0.2, 0.4)
"""Seconds before each further try to read rows that a writer is just removing."""


def connect(location: str) -> Client:
    """A client of the store in a folder, made if need be, or of the server at an address."""
    import chromadb

    settings = _settings().model_copy()
    if not location.startswith(("http://", "https://")):
        Path(location).mkdir(parents=True, exist_ok=True)
        try:
            return cast("Client", chromadb.PersistentClient(path=location, settings=settings))
        except (ValueError, AttributeError) as error:
            # What it raises where its own start failed and its cleaning up after that.
            raise StoreUnreachable(
                f"the Chroma store at {location} is damaged; run: assistant index --rebuild"
            ) from error
    address = urlsplit(location)
    secure = address.scheme == "https"
    port = address.port or (443 if secure else 8000)
    if not secure:
        # No certificate is shown there, redirects are not followed, and to read the authorities
        # that one would be held against takes a tenth of a second.
        settings.chroma_server_ssl_verify = False
    client = chromadb.HttpClient(
        host=address.hostname or "", port=port, ssl=secure, settings=settings
    )
    return cast("Client", client)


@cache
def _settings() -> Settings:
    """Made once, since that takes as long as opening a store; each client alters a copy."""
    from chromadb.config import Settings

    return Settings(anonymized_telemetry=False)


def collection(
    client: Client,
    name: str,
    metadata: dict[str, Any],
    *,
    create: bool,
    searched: bool = True,
) -> Collection:
    """A collection; with `create` made if need be, with `metadata`."""
    if not create:
        from chromadb.errors import NotFoundError

        try:
            return client.get_collection(name, embedding_function=None)
        except NotFoundError as error:
            raise StoreNotFound(
                "there is no index there; make one with: assistant index FOLDER"
            ) from error
    return client.get_or_create_collection(
        name,
        metadata=metadata or None,
        configuration={"hnsw": _HNSW if searched else _UNSEARCHED},
        embedding_function=None,
    )


def check_identity(location: str, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Raises StoreMismatch when a store was built otherwise than it is to be used."""
    for name, value in wanted.items():
        if found.get(name) != value:
            raise StoreMismatch(
                f"the index at {location} was built with {name} {found.get(name)!r}, "
                f"not {value!r}; use what it was built with, or run: assistant index --rebuild"
            )


def read_while_written(read: Callable[[], _Rows]) -> _Rows:
    """What a read of rows gives, asked again while another process removes what it would give.

    A server's list of rows and its graph are not altered in one step, and a row that only one of
    them knows fails the whole request. A vector that is lost fails it for good.
    """
    from chromadb.errors import InternalError

    for pause in _PAUSES:
        try:
            return read()
        except InternalError as error:
            if "finding id" not in str(error):
                raise
        time.sleep(pause)
    return read()


@contextmanager
def translated(location: str) -> Iterator[None]:
    """Raise Chroma's errors as StoreFull or StoreUnreachable."""
    from chromadb.errors import ChromaError
    from httpx import HTTPError

    try:
        yield
    except (ChromaError, HTTPError, OSError) as error:
        if is_full(error):
            raise StoreFull(
                f"no space is left to write the index at {location}; free some and run again"
            ) from error
        failed = "failed" if isinstance(error, ChromaError) else "cannot be reached"
        cure = next((cure for code, cure in _CURES.items() if f"(code: {code})" in str(error)), "")
        raise StoreUnreachable(f"the Chroma store at {location} {failed}: {error}{cure}") from error
    except ValueError as error:
        # The HTTP client reports a server that does not answer as a bare ValueError.
        if "connect" not in str(error).lower():
            raise
        raise StoreUnreachable(
            f"no Chroma server answers at {location}; start one with: chroma run"
        ) from error
    except Exception as error:
        # A bare one is what the HTTP client makes of an answer that is not Chroma's, as a proxy's.
        if type(error) is not Exception:
            raise
        told = " ".join(str(error).split())[:200]
        raise StoreUnreachable(
            f"what answers at {location} is no Chroma server just now: {told}"
        ) from error
