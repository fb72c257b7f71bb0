"""The workers of a Ray cluster, each with the embedding model. Knows nothing of stores.

A task is one parcel of files and has no effect but its result, so Ray may run it again on another
node when a worker or a node dies. The only place that imports Ray.
"""

from __future__ import annotations

import hashlib
import pickle
import platform
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from index.embedding import Embedder
from index.errors import ClusterMismatch, ClusterUnreachable, ExtraMissing
from index.preparing import Batch, Prepare
from index.reader import Limits, Reader
from index.shipping import Shipped, WorkerLost, prepared_by, unpack

_TRIES = 3
_LOOK_SECONDS = 10.0
_LIBRARIES = (
    "charset-normalizer",
    "lxml",
    "markdown-it-py",
    "onnxruntime",
    "openpyxl",
    "pypdfium2",
    "python-docx",
    "python-pptx",
    "sentence-transformers",
    "sentencex",
    "tokenizers",
    "torch",
    "trafilatura",
    "transformers",
)
"""What decides which text, passages and vectors come of a file."""


@contextmanager
def ray_workers(address: str, embedder: Embedder, limits: Limits) -> Iterator[Prepare]:
    """Have files prepared by a Ray cluster, for as long as the context lasts.

    `address` is what `ray.init` takes: "auto" for the cluster this machine belongs to, HOST:PORT,
    ray://HOST:PORT, or "local" for one of this machine's cores alone. Raises ExtraMissing without
    Ray, ClusterUnreachable, and ClusterMismatch where a node has other versions than we.
    """
    if not address:
        raise ValueError("the address of a Ray cluster is empty; give auto, local or HOST:PORT")
    ray = _imported()
    with _connected(ray, address):
        workers = _RayWorkers(ray, embedder, limits)
        try:
            yield lambda files: prepared_by(workers, files)
        finally:
            workers.stop()


def versions() -> dict[str, str]:
    """What decides which passages and vectors come of a file, as it is installed here."""
    found = {"python": platform.python_version(), "program": _program()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "none"
    return found


def work(parcel: Sequence[Shipped], settings: bytes, wanted: Mapping[str, str]) -> list[Batch]:
    """One task, in a worker."""
    found = versions()
    if other := [name for name, value in wanted.items() if found.get(name) != value]:
        told = ", ".join(f"{name} {found.get(name)} and not {wanted[name]}" for name in other)
        raise ClusterMismatch(
            f"the node {platform.node()} has {told}; install the same versions on every node"
        )
    reader, embedder = _kept(settings)
    try:
        return unpack(parcel, reader, embedder)
    except OSError as error:
        # Of that machine, as a full disk: it must not be taken for one of ours.
        raise ClusterUnreachable(
            f"the node {platform.node()} failed: {_told(error)}; what was finished is kept: mend "
            "it and run again"
        ) from error


class _RayWorkers:
    """Parcels as tasks of Ray."""

    def __init__(self, ray: ModuleType, embedder: Embedder, limits: Limits) -> None:
        self._ray = ray
        # Put once, not with every task.
        self._settings = ray.put(pickle.dumps((embedder, limits)))
        self._wanted = ray.put(versions())
        self._work = ray.remote(
            num_cpus=1, max_retries=_TRIES, scheduling_strategy="SPREAD", name="prepare"
        )(work)
        self._begun: set[Any] = set()

    @property
    def places(self) -> int:
        """The cores of all nodes, which come and go."""
        return max(1, int(self._ray.cluster_resources().get("CPU", 1)))

    def begin(self, parcel: Sequence[Shipped]) -> Any:  # noqa: ANN401 - Ray's own
        """Have a parcel prepared on some node."""
        task = self._work.remote(parcel, self._settings, self._wanted)
        self._begun.add(task)
        return task

    def result(self, task: Any) -> list[Batch]:  # noqa: ANN401
        """What was made of it. Raises WorkerLost, and what our own code raised in the worker."""
        errors = self._ray.exceptions
        try:
            batches: list[Batch] = self._ray.get(task)
        except errors.RayTaskError as error:
            if "failed to import" in str(error.cause):
                raise ClusterMismatch(
                    f"a node cannot run this program ({_told(error.cause)}); "
                    "install it on every node"
                ) from error
            raise error.cause from error
        except (errors.WorkerCrashedError, errors.OutOfMemoryError) as error:
            raise WorkerLost(_told(error)) from error
        except errors.RayError as error:
            raise ClusterUnreachable(
                f"the Ray cluster failed: {_told(error)}; what was finished is kept: run again"
            ) from error
        finally:
            self._begun.discard(task)
        return batches

    def stop(self) -> None:
        """Give up what is under way."""
        for task in self._begun:
            self._ray.cancel(task, force=True)


@lru_cache(maxsize=1)
def _kept(settings: bytes) -> tuple[Reader, Embedder]:
    """The reader and the model of this worker, kept from one task to the next."""
    embedder, limits = pickle.loads(settings)
    return Reader(limits), embedder


@lru_cache(maxsize=1)
def _program() -> str:
    """A digest of the code of this package."""
    folder = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted([*folder.rglob("*.py"), *folder.rglob("*.onnx")]):
        digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def _imported() -> ModuleType:
    try:
        import ray
    except ImportError as error:
        raise ExtraMissing(
            "Ray is not installed; run: pip install '.[ray]' in the folder of this project"
        ) from error
    found: ModuleType = ray
    return found


def _connected(ray: ModuleType, address: str) -> Any:  # noqa: ANN401 - Ray's own context
    if ray.is_initialized():
        # The caller's own connection, which stays.
        return nullcontext()
    _look_for(address)
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "error"}
    if address == "local":
        quiet["include_dashboard"] = False
    try:
        return ray.init(address, **quiet)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise _unreachable(address, error) from error


def _look_for(address: str) -> None:
    """Raises ClusterUnreachable where nothing listens: Ray itself would try for minutes."""
    place = urlsplit(address if "://" in address else f"//{address}")
    try:
        port = place.port
    except ValueError as error:
        raise ValueError(
            f"a Ray cluster's address is auto, local or HOST:PORT; got {address!r}"
        ) from error
    if not port:
        return
    try:
        socket.create_connection((place.hostname or "", port), _LOOK_SECONDS).close()
    except OSError as error:
        raise _unreachable(address, error) from error


def _unreachable(address: str, error: Exception) -> ClusterUnreachable:
    return ClusterUnreachable(
        f"no Ray cluster can be used at {address} ({_told(error)}); start one with: ray start "
        "--head; where its nodes ask for a token, set RAY_AUTH_MODE=token here too"
    )


def _told(error: object) -> str:
    return " ".join(str(error).split())[:300]
