"""Files prepared in another thread: what that costs when nobody waits for it any more."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path

from conftest import BagOfWords

from index import Document
from index.documents import Span
from index.embedding import Vectors
from index.preparing import File, prepare_files


class Slow(BagOfWords):
    """An embedder that takes a moment for each text."""

    def __init__(self) -> None:
        self.texts = 0

    def embed_spans(
        self, texts: Sequence[str], spans: Sequence[Sequence[Span]]
    ) -> tuple[Vectors, list[Vectors]]:
        self.texts += len(texts)
        time.sleep(len(texts) / 1_000)
        return super().embed_spans(texts, spans)


def test_a_long_document_that_nobody_waits_for_is_not_embedded_to_its_end() -> None:
    slow = Slow()
    lines = "\n\n".join(f"Line {number}. {'It rains. ' * 20}" for number in range(4_000))
    files = [File(name, Path(name), name) for name in ("short", "long", "longer")]
    texts = {"short": "Rain. " * 40_000, "long": lines, "longer": lines + " Snow."}
    made = prepare_files(files, lambda file: [Document(file.name, texts[file.name])], slow)
    assert list(next(made).ids) == ["short"]
    made.close()
    assert slow.texts < 2_000


def test_many_tiny_files_are_prepared_some_hundreds_at_a_time() -> None:
    files = [File(str(number), Path(str(number)), "") for number in range(1_300)]
    made = prepare_files(files, lambda file: [Document(file.name, "Rain.")], BagOfWords())
    batches = [[item.document.id for item in batch.documents] for batch in made]
    assert max(map(len, batches)) <= 500
    assert [name for batch in batches for name in batch] == [file.name for file in files]


def test_the_next_batch_is_begun_before_the_one_before_is_done() -> None:
    both_begun = threading.Barrier(2, timeout=60)

    class Waiting(BagOfWords):
        def embed_spans(
            self, texts: Sequence[str], spans: Sequence[Sequence[Span]]
        ) -> tuple[Vectors, list[Vectors]]:
            both_begun.wait()
            return super().embed_spans(texts, spans)

    files = [File(name, Path(name), name) for name in ("one", "two")]
    texts = {"one": "Rain. " * 20_000, "two": "Snow fell."}
    made = prepare_files(files, lambda file: [Document(file.name, texts[file.name])], Waiting())
    assert [list(batch.ids) for batch in made] == [["one"], ["two"]]
