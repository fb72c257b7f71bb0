"""What reads documents fastest, and what that costs in quality.

    python tests/benchmarks/backends.py [--files 1700] [--rounds 3] [--bare]

Needs ../shared/data. Abstracts of SciFact, those that claims are about first, are embedded by each
backend in turn; prints 1,000 characters a second (the median, with the least and the largest), the
mean and least cosine to float32, and nDCG@10 of the training claims by vectors alone, with the
difference to float32 and its standard error. Claims are embedded in float32, as the product does.
`--bare` adds sentence-transformers by itself: on a GPU in float16, 2,048 texts at a time (32 to 512
were slower on an H200); else as it comes.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
from sets import scifact

from index.backends import Backend, fastest
from index.embedding import SentenceEmbedder, Vectors
from index.packaged import packaged_model

BACKENDS: tuple[Backend, ...] = ("onnx", "onnx-int8", "torch")
READ = 900
"""Characters of an abstract that are embedded, about what a passage has."""


def ndcg(claims: Vectors, documents: Vectors, relevant: list[set[int]]) -> np.ndarray:
    """nDCG@10 of each claim."""
    found = []
    for scores, wanted in zip(claims @ documents.T, relevant, strict=True):
        best = np.argsort(-scores, kind="stable")[:10].tolist()
        gained = sum(1 / np.log2(rank + 2) for rank, i in enumerate(best) if i in wanted)
        found.append(gained / sum(1 / np.log2(r + 2) for r in range(min(10, len(wanted)))))
    return np.array(found)


def bare() -> Callable[[list[str]], Vectors]:
    """Embeds texts by sentence-transformers alone."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(packaged_model()))
    on_gpu = model.device.type == "cuda"
    if on_gpu:
        model = model.half()
    size = 2_048 if on_gpu else 32
    return lambda texts: np.asarray(
        model.encode(texts, batch_size=size, normalize_embeddings=True), np.float32
    )


def main() -> None:
    """Embed in turns and print a line a backend."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1_700)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--bare", action="store_true")
    options = parser.parse_args()
    documents, claims, gold = scifact()
    asked = sorted({name for names in gold.values() for name in names})
    by_id = {document.id: document for document in documents}
    names = (asked + [name for name in by_id if name not in set(asked)])[: options.files]
    place = {name: i for i, name in enumerate(names)}
    texts = [f"{by_id[name].title}\n{by_id[name].text}"[:READ] for name in names]
    characters = sum(map(len, texts)) / 1000
    embedders: dict[str, Callable[[list[str]], Vectors]] = {
        backend: SentenceEmbedder(backend=backend).embed_documents for backend in BACKENDS
    }
    if options.bare:
        embedders["bare"] = bare()
    kept = [claim for claim in sorted(gold) if any(name in place for name in gold[claim])]
    vectors = embedders["onnx"]([claims[claim] for claim in kept])
    relevant = [{place[name] for name in gold[claim] if name in place} for claim in kept]
    speeds: dict[str, list[float]] = {backend: [] for backend in embedders}
    made: dict[str, Vectors] = {}
    for _ in range(options.rounds):
        for backend, embed in embedders.items():
            embed(texts[:1])
            began = time.perf_counter()
            made[backend] = embed(texts)
            speeds[backend].append(characters / (time.perf_counter() - began))
    exact = ndcg(vectors, made["onnx"], relevant)
    print(
        f"{len(names)} abstracts, {len(kept)} claims; fastest here by its own choice: {fastest()}"
    )
    for backend in embedders:
        cosines = (made[backend] * made["onnx"]).sum(axis=1)
        scores = ndcg(vectors, made[backend], relevant)
        differs = scores - exact
        error = differs.std() / len(differs) ** 0.5
        low, middle, high = (
            min(speeds[backend]),
            statistics.median(speeds[backend]),
            max(speeds[backend]),
        )
        print(
            f"{backend:10} {middle:6.1f} [{low:.1f}, {high:.1f}] kchar/s  "
            f"cosine {cosines.mean():.4f} {cosines.min():.4f}  "
            f"nDCG@10 {scores.mean():.4f} ({differs.mean():+.4f}, s.e. {error:.4f})",
            flush=True,
        )


if __name__ == "__main__":
    main()
