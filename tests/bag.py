"""A bag-of-words embedder, by itself so that a test's own processes need load no more than it."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from functools import cache

import numpy as np

from index.documents import Span
from index.embedding import Tokens, Vectors


class BagOfWords:
    """An embedder of hashed words: deterministic, instant, near where words are shared."""

    name = "bag-of-words"
    dimension = 64

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        rows = [self._vector(text) for text in texts]
        return np.array(rows, dtype=np.float32).reshape(len(rows), self.dimension)

    def embed_query(self, text: str) -> Vectors:
        return self._vector(text)

    def embed_spans(
        self, texts: Sequence[str], spans: Sequence[Sequence[Span]]
    ) -> tuple[Vectors, list[Vectors]]:
        parts = [
            self.embed_documents([text[first:last] for first, last in group])
            for text, group in zip(texts, spans, strict=True)
        ]
        return self.embed_documents(texts), parts

    def embed_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        found = []
        for text in texts:
            words = list(re.finditer(r"\w+", text))
            rows = self.embed_documents([word[0] for word in words])
            found.append(
                Tokens(
                    rows,
                    rows,
                    np.array([word.start() for word in words], dtype=np.int64),
                    np.full(len(words), 0.5, dtype=np.float32),
                    self._vector(text),
                )
            )
        return found

    def _vector(self, text: str) -> Vectors:
        places = [_hash(word) % self.dimension for word in re.findall(r"\w+", text.casefold())]
        vector = np.bincount(np.array(places, int), minlength=self.dimension).astype(np.float32)
        vector[0] += 0.01
        unit: Vectors = vector / np.linalg.norm(vector)
        return unit


@cache
def _hash(word: str) -> int:
    return zlib.crc32(word.encode())
