"""The product's splitting beside two usual ways, all read by the same embedder.

    python tests/benchmarks/chunking.py [--limits 240 120]

Every chunk of the three texts is ranked by cosine alone, so that only the splitting differs. A way
that cuts smaller needs more chunks for the same recall: what counts is IoU and precision where the
curves over k reach the same recall. Needs ../shared/data and langchain-text-splitters.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from langchain_text_splitters import RecursiveCharacterTextSplitter
from sets import Spans, chunking

from assistant.evaluation.chunking import Overlap, Place, overlap
from index import Document
from index.embedding import Embedder, SentenceEmbedder
from index.packaged import packaged_model
from index.splitting import split

RECALLS = (0.6, 0.7, 0.8, 0.85, 0.9)
MOST = 80
"""Chunks retrieved; enough for every way to pass the highest recall asked for."""

Split = Callable[[Document], list[tuple[int, int]]]


def product(limit: int) -> Split:
    return lambda document: [(p.start, p.end) for p in split(document, limit=limit)]


def fixed(size: int) -> Split:
    return lambda document: [
        (start, min(start + size, len(document.text)))
        for start in range(0, len(document.text), size)
    ]


def recursive(tokens: int) -> Split:
    from transformers import AutoTokenizer

    splitter = RecursiveCharacterTextSplitter.from_huggingface_tokenizer(
        AutoTokenizer.from_pretrained(str(packaged_model())),
        chunk_size=tokens,
        chunk_overlap=0,
        add_start_index=True,
    )
    return lambda document: [
        (found.metadata["start_index"], found.metadata["start_index"] + len(found.page_content))
        for found in splitter.create_documents([document.text])
    ]


def rankings(way: Split, held: Spans, embedder: Embedder, queries: np.ndarray) -> list[Overlap]:
    """The overlap of each question's ranking with its gold."""
    places = [Place(d.id, start, end) for d in held.documents for start, end in way(d)]
    texts = {document.id: document.text for document in held.documents}
    vectors = embedder.embed_documents([texts[p.document][p.start : p.end] for p in places])
    order = np.argsort(-(queries @ vectors.T), axis=1, kind="stable")[:, :MOST]
    return [
        overlap(gold, [places[i] for i in row], texts)
        for gold, row in zip(held.gold, order, strict=True)
    ]


def curve(found: Sequence[Overlap]) -> np.ndarray:
    """(k, 3): mean recall, precision and IoU of the first 1, 2, ... chunks."""
    return np.array([np.mean([one.at(k) for one in found], axis=0) for k in range(1, MOST + 1)])


def at_recall(points: np.ndarray, recall: float) -> tuple[float, float, float]:
    """(k, precision, IoU) where a curve reaches a recall, between its points in a straight line."""
    if points[-1, 0] < recall:
        return float("nan"), float("nan"), float("nan")
    ks = np.arange(1, len(points) + 1)
    return tuple(float(np.interp(recall, points[:, 0], y)) for y in (ks, *points[:, 1:].T))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limits", type=int, nargs="*", default=[240])
    options = parser.parse_args()
    held = chunking()
    embedder = SentenceEmbedder()
    queries = embedder.embed_documents(held.questions)
    ways: Mapping[str, Split] = {
        **{f"ours, {limit}": product(limit) for limit in options.limits},
        "fixed, 1,200 characters": fixed(1200),
        "recursive, 200 tokens": recursive(200),
    }
    print(f"{len(held.questions)} questions, {len(held.documents)} texts, dense ranking only")
    for name, way in ways.items():
        count = sum(len(way(document)) for document in held.documents)
        points = curve(rankings(way, held, embedder, queries))
        print(f"\n{name}: {count} chunks")
        for k in (1, 3, 5, 10):
            recall, precision, iou = points[k - 1]
            print(f"  k={k:<3} recall {recall:.3f}  precision {precision:.4f}  IoU {iou:.4f}")
        for recall in RECALLS:
            k, precision, iou = at_recall(points, recall)
            print(f"  recall {recall:.2f} at k={k:4.1f}: precision {precision:.4f}  IoU {iou:.4f}")


if __name__ == "__main__":
    main()
