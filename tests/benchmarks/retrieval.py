"""Rank quality of Index.search on SciFact and SQuAD, beside each of its two engines alone.

    python tests/benchmarks/retrieval.py [--stores FOLDER] [--weights 1 0 0.65]

Needs ../shared/data. Documents are ranked by their best passage. Stores are kept in FOLDER and
used again.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from pathlib import Path

import ir_measures
from ir_measures import RR, R, nDCG
from sets import scifact, squad

from index import Document, Index
from index.embedding import Embedder, SentenceEmbedder, Vectors
from index.search import DENSE_WEIGHT

Run = dict[str, dict[str, float]]


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
        return self._vectors[text]


def open_index(folder: Path, documents: list[Document], queries: Iterable[str]) -> Index:
    """The index of these documents, built if the folder does not hold them yet."""
    index = Index.open(folder, embedder=Prefetched(SentenceEmbedder(), queries))
    held = {record.document_id for record in index.records()}
    missing = [document for document in documents if document.id not in held]
    for start in range(0, len(missing), 500):
        index.add(missing[start : start + 500])
    return index


def ranked(index: Index, queries: Mapping[str, str], weight: float, k: int) -> Run:
    """Document scores by query: the score of a document's best passage."""
    run: Run = {}
    for name, text in queries.items():
        scores: dict[str, float] = {}
        for hit in index.search(text, k=k, dense_weight=weight):
            for passage in (hit.passage, *hit.duplicates):
                scores.setdefault(passage.document_id, hit.score)
        run[name] = scores
    return run


def main() -> None:
    """Print one line per set and weight."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stores", type=Path, default=Path(".benchmarks"))
    parser.add_argument("--weights", type=float, nargs="*", default=[1.0, 0.0, DENSE_WEIGHT])
    parser.add_argument("--sets", nargs="*", default=["scifact", "squad"])
    options = parser.parse_args()
    if "scifact" in options.sets:
        documents, claims, relevance = scifact()
        index = open_index(options.stores / "scifact", documents, claims.values())
        for weight in options.weights:
            run = ranked(index, claims, weight, 100)
            found = ir_measures.calc_aggregate([nDCG @ 10, R @ 100], relevance, run)
            print(
                f"SciFact training claims ({len(claims)}), dense weight {weight:.2f}: "
                f"nDCG@10 {found[nDCG @ 10]:.3f}  R@100 {found[R @ 100]:.3f}"
            )
    if "squad" in options.sets:
        held = squad()
        asked = [question for question in held.questions if question.answerable]
        texts = {question.id: question.text for question in asked}
        index = open_index(options.stores / "squad", held.documents, texts.values())
        for weight in options.weights:
            run = ranked(index, texts, weight, 20)
            gold = {question.id: {question.document: 1} for question in asked}
            found = ir_measures.calc_aggregate([RR], gold, run)
            print(
                f"SQuAD half, answerable ({len(asked)}), dense weight {weight:.2f}: "
                f"MRR {found[RR]:.3f}"
            )


if __name__ == "__main__":
    main()
