"""Files and documents -> passages with their vectors, ready to be written. Knows no store.

All that is slow about indexing happens here, and none of it touches an index: so it may run in
another thread or on another machine while what came before is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import numpy as np

from index.documents import Document, Passage, Span
from index.embedding import Embedder, Vectors
from index.errors import UnreadableDocument
from index.records import Origin, Record
from index.splitting import split

_BATCH_CHARACTERS = 100_000
"""Embedded at once: the model waits for the first batch to be read, and we for the last."""

_BATCH_DOCUMENTS = 500

_AT_ONCE = 64
"""Passages embedded before it is asked again whether anybody waits for them."""

Content = tuple[str, tuple[Span, ...]]
"""All that a passage's vectors depend on: what of it is embedded, and its sentences."""

Known = Mapping[Content, tuple[Vectors, Vectors]]
"""Vectors an index holds already: of a passage (dimension,), and of its sentences (s, dimension)"""


@dataclass(frozen=True, slots=True)
class Draft:
    """A document to write, and the file it came from; None for one that a program added."""

    document: Document
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A document cut into passages, with the vectors of each (p, d) and of its sentences."""

    document: Document
    origin: Origin | None
    passages: tuple[Passage, ...]
    vectors: Vectors
    sentences: list[Vectors]

    @property
    def record(self) -> Record:
        """What the store is to know of it."""
        return Record.of(self.document, passages=len(self.passages), origin=self.origin)


@dataclass(frozen=True, slots=True, eq=False)
class File:
    """A file to take in: its id, where it lies, its sha256, and vectors it may share."""

    name: str
    path: Path
    sha256: str
    known: Known = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Batch:
    """What was made of some files.

    `ids` are those of all documents of each file that could be read, whose documents follow here
    or in later batches; `failed` maps a file to the reason in words.
    """

    documents: list[Prepared] = field(default_factory=list)
    ids: dict[str, tuple[str, ...]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


Prepare = Callable[[Iterator[File]], Iterator[Batch]]
"""Prepares files, taken as it needs them and in the caller's thread, in their order."""


def prepare(
    drafts: Sequence[Draft],
    embedder: Embedder,
    known: Known | None = None,
    *,
    stop: Event | None = None,
) -> list[Prepared]:
    """Cut documents into passages and embed those that `known` has no vectors of.

    Raises CancelledError soon after `stop` is set.
    """
    if not drafts:
        return []
    cut = [split(draft.document) for draft in drafts]
    passages = [passage for group in cut for passage in group]
    held = known or {}
    missing = list({content(p): p for p in passages if content(p) not in held}.items())
    made: dict[Content, tuple[Vectors, Vectors]] = {}
    for start in range(0, len(missing), _AT_ONCE):
        if stop is not None and stop.is_set():
            raise CancelledError
        contents, some = zip(*missing[start : start + _AT_ONCE], strict=True)
        vectors, parts = embed_passages(embedder, some)
        made |= zip(contents, zip(vectors, parts, strict=True), strict=True)
    rows = [held.get(content(passage)) or made[content(passage)] for passage in passages]
    done = []
    begin = 0
    for draft, group in zip(drafts, cut, strict=True):
        mine = rows[begin : begin + len(group)]
        stacked = np.stack([vector for vector, _ in mine])
        done.append(
            Prepared(
                draft.document, draft.origin, tuple(group), stacked, [part for _, part in mine]
            )
        )
        begin += len(group)
    return done


def prepare_files(
    files: Iterable[File], read: Callable[[File], list[Document]], embedder: Embedder
) -> Iterator[Batch]:
    """Read files and prepare what they hold, some hundred thousand characters at a time.

    While a batch is embedded, the caller writes the one before and the next is read. What `read`
    raises as UnreadableDocument or OSError is told of that file in its batch.
    """
    # Two, so that the next batch is cut and its first texts wait for a core when the one before
    # runs out of them.
    pool = ThreadPoolExecutor(2, thread_name_prefix="prepare")
    stop = Event()
    try:
        under_way: Future[Batch] | None = None
        for batch, drafts, known in _read_files(files, read):
            begun = pool.submit(_prepared, batch, drafts, embedder, known, stop)
            if under_way is not None:
                yield under_way.result()
            under_way = begun
        if under_way is not None:
            yield under_way.result()
    finally:
        # Whoever was interrupted does not wait for what nobody will write: a book takes minutes.
        stop.set()
        pool.shutdown(cancel_futures=True)


def _prepared(
    batch: Batch, drafts: list[Draft], embedder: Embedder, known: Known, stop: Event
) -> Batch:
    batch.documents = prepare(drafts, embedder, known, stop=stop)
    return batch


def _read_files(
    files: Iterable[File], read: Callable[[File], list[Document]]
) -> Iterator[tuple[Batch, list[Draft], Known]]:
    batch, drafts, characters = Batch(), list[Draft](), 0
    known: dict[Content, tuple[Vectors, Vectors]] = {}
    for file in files:
        try:
            documents = read(file)
        except (UnreadableDocument, OSError) as error:
            batch.failed[file.name] = reason_of(error)
            continue
        batch.ids[file.name] = tuple(document.id for document in documents)
        origin = Origin(file.name, file.sha256, len(documents))
        known |= file.known
        for document in documents:
            drafts.append(Draft(document, origin))
            characters += len(document.text)
            if characters >= _BATCH_CHARACTERS or len(drafts) >= _BATCH_DOCUMENTS:
                yield batch, drafts, known
                batch, drafts, characters = Batch(), [], 0
                known = dict(file.known)
    yield batch, drafts, known


def embed_passages(
    embedder: Embedder, passages: Sequence[Passage]
) -> tuple[Vectors, list[Vectors]]:
    """Vectors of passages, title included, and of the sentences in each."""
    spans = []
    for passage in passages:
        shift = len(passage.title_prefix)
        spans.append([(first + shift, last + shift) for first, last in passage.sentences])
    return embedder.embed_spans([passage.embedded_text for passage in passages], spans)


def content(passage: Passage) -> Content:
    """All that a passage's vectors depend on."""
    return passage.embedded_text, passage.sentences


def reason_of(error: Exception) -> str:
    """Why a file is not taken in, in words."""
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)
