"""Dense and lexical candidates -> ranked Hits. Knows nothing of Chroma, tantivy or answers.

Each engine's scores become z-scores over the query's candidates, and the weighted sum ranks. That
keeps by how much one passage beat the next, which reciprocal-rank fusion forgets. The best are
then looked at sentence by sentence: a passage answers with one sentence, and the vector of a whole
passage blurs it. Weights were chosen on tests/benchmarks/retrieval.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from index.documents import Filter, Hit, Passage
from index.embedding import Embedder, Vectors
from index.filtered import nearest
from index.lexical import LexicalIndex
from index.preparing import embed_passages
from index.records import Stored
from index.sentence_vectors import SentenceVectors
from index.vectors import VectorStore

Scores = npt.NDArray[np.float64]

DENSE_WEIGHT = 0.5
"""Share of the dense z-score in the first ranking."""

CANDIDATES = 100
"""Passages asked of each engine; more changed no measured rank within the first ten."""

RERANKED = 30
"""Best passages of the first ranking that are looked at by sentence."""

HEAD_WEIGHT = 0.8
"""Weight of the z-score of how much of the query the head of a passage's document holds."""

HALF_LENGTH = 50
"""Passages of a document whose head counts half: a short one repeats what it is about."""

_RERANK_DENSE = 0.4
_SENTENCE_VECTOR_WEIGHT = 0.3
_SENTENCE_WORDS_WEIGHT = 0.2
_SAME_VECTOR = 0.9
_SAME_WORDS = 0.7
_AT_ONCE = 256
_TRIES = 5
"""Times that what a writer replaced meanwhile is looked for."""

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Searcher:
    """The engines behind one index, and how they are joined."""

    store: VectorStore
    lexical: LexicalIndex
    embedder: Embedder
    sentences: SentenceVectors

    def search(self, query: str, *, k: int, where: Filter, dense_weight: float) -> list[Hit]:
        """The k best passages, best first, near-duplicates folded into the best of them."""
        vector = self.embedder.embed_query(query)
        n = max(CANDIDATES, 2 * k)
        dense, missing = nearest(self.store, self.lexical, vector, n, where)
        lexical = dict(self.lexical.search(query, n, where))
        seen = {item.key for item in dense}
        found = dense + self.store.fetch([key for key in lexical if key not in seen])
        missing |= lexical.keys() - {item.key for item in found}
        found, lengths = self._counting(found, missing, vector, n, where)
        if not found:
            return []
        if len(lexical) == n:
            # Where fewer were found, the rest share no word with the query.
            rest = [item.key for item in found if item.key not in lexical]
            lexical |= self.lexical.scores(query, rest)
        vectors = np.stack([item.vector for item in found])
        # Rounded, so that a vector copied from one version to the next ties as the same one would.
        cosines = (vectors @ vector).astype(np.float64).round(6)
        bm25 = np.array([lexical.get(item.key, 0.0) for item in found])
        fused = dense_weight * _z(cosines) + (1 - dense_weight) * _z(bm25)
        if 0 < dense_weight < 1:
            heads = self._by_head(query, found, lengths)
            fused += heads
        order = _order(fused, found)
        if 0 < dense_weight < 1:
            top = order[:RERANKED]
            best = [found[i] for i in top]
            again = self._by_sentence(query, vector, best, cosines[top], bm25[top]) + heads[top]
            # The rest keep their order, below the last of these.
            fused[order[RERANKED:]] += again.min() - fused[top].min()
            fused[top] = again
            order = _order(fused, found)
        passages = [found[i].passage for i in order]
        return collapse(passages, fused[order].tolist(), vectors[order], k)

    def _by_sentence(
        self,
        query: str,
        vector: Vectors,
        best: Sequence[Stored],
        cosines: Scores,
        bm25: Scores,
    ) -> Scores:
        """Scores of the best passages with those of their best sentences taken in."""
        rows = self.sentence_vectors(best)
        meaning = np.array([float((rows[item.key] @ vector).max()) for item in best])
        texts = [sentence_texts(item.passage) for item in best]
        shares = iter(self.lexical.overlaps(query, [text for group in texts for text in group]))
        words = np.array([max(next(shares) for _ in group) for group in texts])
        whole = 1 - _SENTENCE_VECTOR_WEIGHT - _SENTENCE_WORDS_WEIGHT
        return (
            whole * _RERANK_DENSE * _z(cosines)
            + whole * (1 - _RERANK_DENSE) * _z(bm25)
            + _SENTENCE_VECTOR_WEIGHT * _z(meaning)
            + _SENTENCE_WORDS_WEIGHT * _z(words)
        )

    def _by_head(self, query: str, found: Sequence[Stored], lengths: Scores) -> Scores:
        """What the openings of their documents add to the scores of passages."""
        shares = self.lexical.heads(query, [item.passage.document_id for item in found])
        weights: Scores = HEAD_WEIGHT * lengths / (lengths + HALF_LENGTH)
        return weights * _z(np.array(shares))

    def sentence_vectors(self, items: Sequence[Stored]) -> dict[str, Vectors]:
        """Sentence vectors by passage key; those not kept yet are made and kept."""
        rows = self.sentences.get([item.key for item in items])
        missing = [item for item in items if item.key not in rows]
        if missing:
            _, made = embed_passages(self.embedder, [item.passage for item in missing])
            keys = [item.key for item in missing]
            rows |= self.sentences.put(dict(zip(keys, made, strict=True)))
        return rows

    def _counting(
        self, found: list[Stored], missing: Set[str], vector: Vectors, n: int, where: Filter
    ) -> tuple[list[Stored], Scores]:
        """Only passages of versions that count, in order of key, and those that took their place.

        A writer to a server may be half way through a document, or have replaced it since its
        passages were looked for: those found do not count, or their keys are missing. Then those
        of the version that counts stand for them. With each comes how many its document has.
        """
        lengths: dict[str, int] = {}
        names = {item.passage.document_id for item in found}
        if missing:
            names |= self.lexical.documents(sorted(missing))
        for _ in range(_TRIES):
            records = self.store.records(sorted(names))
            found = [
                item
                for item in found
                if (record := records.get(item.passage.document_id))
                and record.version == item.version
            ]
            lengths = {name: record.passages for name, record in records.items()}
            held = {item.passage.document_id for item in found}
            behind = [r for r in records.values() if r.version and r.document_id not in held]
            if not behind:
                break
            keys = [key for record in behind for key in record.keys]
            found += self.store.nearest_among(vector, n, keys)
        # In order of key, for sums of floats end a little otherwise in another order.
        kept = sorted((item for item in found if where.keeps(item.passage)), key=lambda i: i.key)
        return kept, np.array([lengths[item.passage.document_id] for item in kept], np.float64)


def sentence_texts(passage: Passage) -> list[str]:
    """The words of a passage's sentences, in order."""
    return [passage.text[first:last] for first, last in passage.sentences]


def collapse(
    passages: Sequence[Passage], scores: Sequence[float], vectors: Vectors, k: int
) -> list[Hit]:
    """The first k passages that are not near-duplicates of a better one, which carries them.

    Near-duplicates share a vector (cosine) and their words (Jaccard of word triples).
    """
    # In the order of the ranking, as dicts keep it.
    kept: dict[int, None] = {}
    duplicates: dict[int, list[Passage]] = {}
    for i, (passage, others) in enumerate(zip(passages, _alike(vectors), strict=True)):
        near = [j for j in others if j in kept]
        twin = next((j for j in near if _same_words(passage.text, passages[j].text)), None)
        if twin is not None:
            duplicates.setdefault(twin, []).append(passage)
        elif len(kept) < k:
            kept[i] = None
    return [Hit(passages[i], float(scores[i]), tuple(duplicates.get(i, ()))) for i in kept]


def _alike(vectors: Vectors) -> Iterator[list[int]]:
    """For each vector those before it that it nearly equals, in order."""
    for start in range(0, len(vectors), _AT_ONCE):
        part = vectors[start : start + _AT_ONCE]
        alike = part @ vectors[: start + len(part)].T >= _SAME_VECTOR
        before: dict[int, list[int]] = {}
        # All at once, for mostly there are none.
        for row, column in np.argwhere(np.tril(alike, start - 1)).tolist():
            before.setdefault(row, []).append(column)
        yield from (before.get(row, []) for row in range(len(part)))


def _order(scores: Scores, found: Sequence[Stored]) -> list[int]:
    # Ties fall to document order, so that the same index always gives the same list.
    return sorted(
        range(len(found)),
        key=lambda i: (-scores[i], found[i].passage.document_id, found[i].passage.start),
    )


@lru_cache(maxsize=1_000)
def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    words = [word.casefold() for word in _WORD.findall(text)]
    return frozenset(tuple(words[i : i + 3]) for i in range(max(1, len(words) - 2)))


def _same_words(one: str, other: str) -> bool:
    left, right = _shingles(one), _shingles(other)
    return len(left & right) / max(1, len(left | right)) >= _SAME_WORDS


def _z(values: Scores) -> Scores:
    spread = float(values.std())
    return (values - values.mean()) / spread if spread > 0 else np.zeros_like(values)
