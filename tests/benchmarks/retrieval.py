"""The indexes of the public sets, made once and kept. Measures nothing; quality.py does."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from index import Document, Index
from index.embedding import Embedder, SentenceEmbedder, Vectors


class Prefetched:
    """An embedder that knows the vectors of a run's queries beforehand, embedded in batches."""

    def __init__(self, embedder: Embedder, queries: Iterable[str]) -> None:
        self._embedder = embedder
        self.name, self.dimension = embedder.name, embedder.dimension
        self.embed_documents = embedder.embed_documents
        self.embed_spans, self.embed_tokens = embedder.embed_spans, embedder.embed_tokens
        texts = list(dict.fromkeys(queries))
        self._vectors = dict(zip(texts, embedder.embed_documents(texts), strict=True))

    def embed_query(self, text: str) -> Vectors:
        found = self._vectors.get(text)
        return self._embedder.embed_query(text) if found is None else found


def open_index(
    folder: Path,
    documents: list[Document],
    queries: Iterable[str],
    embedder: Embedder | None = None,
) -> Index:
    """The index of these documents, built if the folder does not hold them yet."""
    index = Index.open(folder, embedder=Prefetched(embedder or SentenceEmbedder(), queries))
    held = {record.document_id for record in index.records()}
    # All at once: each `add` to a folder copies what is there.
    index.add(document for document in documents if document.id not in held)
    return index
