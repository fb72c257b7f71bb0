"""Have files prepared by workers elsewhere, in order and some at a time. Knows no cluster.

Files travel as bytes, for a worker need not see the folder they lie in.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Generic, Protocol, TypeVar, cast

import numpy as np

from index.embedding import Embedder, Vectors
from index.preparing import Batch, File, Known, Prepared, prepare_files, reason_of
from index.reader import Reader
from index.sentence_vectors import levels

_PARCEL_BYTES = 400_000
_PARCEL_FILES = 64
_AHEAD = 2
"""Parcels under way for each place of the workers, so that none waits for the driver to write."""

_MOST_BYTES = 1_000_000_000
"""Bytes of files under way, which this process holds to give them out again."""

Task = TypeVar("Task")


class WorkerLost(Exception):
    """A worker died of what it was given, however often it was tried."""


@dataclass(frozen=True, slots=True, eq=False)
class Shipped:
    """A file that travels: its id, bytes, their sha256, and vectors it may share."""

    name: str
    raw: bytes
    sha256: str
    known: Known


class Workers(Protocol, Generic[Task]):
    """What prepares parcels of files, each as `unpack` does."""

    @property
    def places(self) -> int:
        """How many parcels are worked on at once, as of now."""

    def begin(self, parcel: Sequence[Shipped]) -> Task:
        """Have a parcel prepared."""

    def result(self, task: Task) -> list[Batch]:
        """What was made of it. Raises WorkerLost."""


def prepared_by(workers: Workers[Task], files: Iterable[File]) -> Iterator[Batch]:
    """Have files prepared, in their order; no more are read than the workers are about to take.

    A file that is the death of its worker is told of as one that cannot be read.
    """
    under_way: deque[tuple[list[Shipped], Task]] = deque()
    for parcel in _parcels(files):
        if isinstance(parcel, Batch):
            yield parcel
            continue
        while len(under_way) >= _AHEAD * workers.places or _bytes(under_way) > _MOST_BYTES:
            yield from _finished(workers, *under_way.popleft())
        under_way.append((parcel, workers.begin(parcel)))
    while under_way:
        yield from _finished(workers, *under_way.popleft())


def unpack(parcel: Sequence[Shipped], reader: Reader, embedder: Embedder) -> list[Batch]:
    """What a worker does with a parcel; sentence vectors are kept at a byte a number to travel."""
    with TemporaryDirectory(prefix="assistant-parcel-") as folder:
        files = []
        for number, item in enumerate(parcel):
            path = Path(folder, str(number))
            path.write_bytes(item.raw)
            files.append(File(item.name, path, item.sha256, item.known))
        batches = list(
            prepare_files(files, lambda file: reader.read(file.path, file.name), embedder)
        )
    for batch in batches:
        for document in batch.documents:
            document.sentences[:] = [cast("Vectors", levels(part)) for part in document.sentences]
    return batches


def _bytes(under_way: Iterable[tuple[list[Shipped], Task]]) -> int:
    return sum(len(item.raw) for parcel, _ in under_way for item in parcel)


def _finished(workers: Workers[Task], parcel: list[Shipped], task: Task) -> Iterator[Batch]:
    try:
        batches = workers.result(task)
    except WorkerLost as error:
        if len(parcel) == 1:
            yield Batch(failed={parcel[0].name: f"reading it ended the worker: {error}"})
            return
        # Which of them it was is found by giving each a worker of its own.
        for item in parcel:
            yield from _finished(workers, [item], workers.begin([item]))
        return
    for batch in batches:
        for document in batch.documents:
            _restore(document)
        yield batch


def _restore(document: Prepared) -> None:
    # Not of unit length: what keeps them looks at their directions only.
    document.sentences[:] = [part.astype(np.float32) for part in document.sentences]


def _parcels(files: Iterable[File]) -> Iterator[list[Shipped] | Batch]:
    parcel: list[Shipped] = []
    size = 0
    for file in files:
        try:
            raw = file.path.read_bytes()
        except OSError as error:
            yield Batch(failed={file.name: reason_of(error)})
            continue
        # Of these very bytes: the file may have changed since it was looked at.
        parcel.append(Shipped(file.name, raw, hashlib.sha256(raw).hexdigest(), file.known))
        size += len(raw)
        if size >= _PARCEL_BYTES or len(parcel) >= _PARCEL_FILES:
            yield parcel
            parcel, size = [], 0
    if parcel:
        yield parcel
