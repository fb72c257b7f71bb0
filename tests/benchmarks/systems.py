"""The systems quality.py measures: ours, ours with one engine alone, and LangChain's tutorial.

Each answers as an Assistant does and ranks documents; none knows the questions' gold.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

import chromadb
from langchain_chroma import Chroma
from langchain_core.documents import Document as LangChainDocument
from langchain_core.embeddings import Embeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter

from assistant import Answer, Assistant, Citation, Turn
from assistant.answers import answer_text
from assistant.chain import Reading
from assistant.extractive import ExtractiveReader
from assistant.timing import timing
from assistant.weighing import Weights
from index import Document, Hit, Index
from index.documents import Passage
from index.embedding import Embedder

TOP = 4
"""Chunks the tutorial's retriever returns."""

BATCH = 500


class System(Protocol):
    """What quality.py asks of a system."""

    settings: Mapping[str, str]

    def ask(
        self, question: str, history: Sequence[Turn] = (), as_of: date | None = None
    ) -> Answer: ...

    def rank(self, query: str, k: int) -> list[str]:
        """Ids of documents, best first, by the best of k passages."""


class OneEngine:
    """An index as the chain sees it, searching by meaning alone (1) or by words alone (0)."""

    def __init__(self, index: Index, dense_weight: float) -> None:
        self.document = index.document
        self._index = index
        self._dense_weight = dense_weight

    def search(
        self, query: str, *, k: int, as_of: date | None = None, sources: Sequence[str] | None = None
    ) -> list[Hit]:
        return self._index.search(
            query, k=k, as_of=as_of, sources=sources, dense_weight=self._dense_weight
        )


class Ours:
    """The product; with a dense weight of 1 or 0, the product on one engine alone.

    It never stays silent, so that quotes can be measured apart from silence; what it says with
    less confidence than the shipped threshold is told apart afterwards.
    """

    def __init__(
        self, index: Index, dense_weight: float | None = None, folds: Folds | None = None
    ) -> None:
        self.index = index
        self._engine = index if dense_weight is None else OneEngine(index, dense_weight)
        reader = Folded(index.embedder, folds) if folds else unsilenced(index.embedder)
        self._assistant = Assistant(self._engine, reader)  # type: ignore[arg-type]
        self.settings = {
            "dense_weight": "shipped" if dense_weight is None else str(dense_weight),
            "weights": folds.digest if folds else "shipped",
        }

    def ask(self, question: str, history: Sequence[Turn] = (), as_of: date | None = None) -> Answer:
        return self._assistant.ask(question, history, as_of)

    def rank(self, query: str, k: int) -> list[str]:
        found = self._engine.search(query, k=k)
        passages = [p for hit in found for p in (hit.passage, *hit.duplicates)]
        return list(dict.fromkeys(passage.document_id for passage in passages))


def unsilenced(embedder: Embedder, weights: Weights | None = None) -> ExtractiveReader:
    """A reader that answers however unsure it is."""
    return ExtractiveReader(embedder, weights, threshold=0.0)


@dataclass(frozen=True)
class Folds:
    """Weights that have not seen a question, by the question.

    Read from a folder that train_reader.py writes: `folds.json` maps the texts of questions to fold
    numbers, `fold-N.json` and `fold-N.safetensors` hold the weights learned on all other folds.
    """

    digest: str
    of_question: Mapping[str, int]
    weights: Mapping[int, Weights]

    @classmethod
    def read(cls, folder: Path) -> Folds:
        of_question = json.loads((folder / "folds.json").read_text("utf-8"))
        # The reader gets a question without its "as of 1700".
        of_question |= {timing(text).question: fold for text, fold in of_question.items()}
        weights = {
            fold: Weights.read(folder / f"fold-{fold}.json")
            for fold in sorted(set(of_question.values()))
        }
        read = b"".join(path.read_bytes() for path in sorted(folder.glob("f*.*")))
        return cls(hashlib.sha256(read).hexdigest()[:16], of_question, weights)


class Folded:
    """A reader that reads each question by weights learned without it."""

    def __init__(self, embedder: Embedder, folds: Folds) -> None:
        self._of_question = folds.of_question
        self._readers = {f: unsilenced(embedder, one) for f, one in folds.weights.items()}

    def read(self, question: str, hits: Sequence[Hit]) -> Reading:
        if question not in self._of_question:
            raise ValueError(f"folds.json has no fold for the question {question!r}")
        return self._readers[self._of_question[question]].read(question, hits)


class SameEmbedder(Embeddings):
    """The product's embedder behind LangChain's interface."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return self._embedder.embed_documents(texts).tolist()

    def embed_query(self, text: str) -> list[float]:
        return self._embedder.embed_query(text).tolist()


class Tutorial:
    """LangChain's tutorial: recursive splitting 1000/200, Chroma, top 4; all of it is the answer.

    It has no way to be silent; its confidence is the cosine of its best chunk.
    """

    settings: Mapping[str, str] = {"pipeline": f"recursive 1000/200, Chroma, top {TOP}"}
    code = "langchain " + " ".join(map(version, ("langchain-chroma", "langchain-text-splitters")))

    def __init__(self, index: Index, folder: Path, documents: Sequence[Document]) -> None:
        self.index = index
        self._documents = {document.id: document for document in documents}
        client = chromadb.PersistentClient(
            str(folder), chromadb.Settings(anonymized_telemetry=False)
        )
        self._store = Chroma("tutorial", SameEmbedder(index.embedder), client=client)
        held = set(self._store.get(include=[])["ids"])
        splitter = RecursiveCharacterTextSplitter(
            chunk_size=1000, chunk_overlap=200, add_start_index=True
        )
        chunks = splitter.create_documents(
            [document.text for document in documents],
            [{"document": document.id} for document in documents],
        )
        named = [(f"{c.metadata['document']}#{c.metadata['start_index']}", c) for c in chunks]
        missing = [(name, chunk) for name, chunk in named if name not in held]
        for start in range(0, len(missing), BATCH):
            names, part = zip(*missing[start : start + BATCH], strict=True)
            self._store.add_documents(list(part), ids=list(names))

    def ask(self, question: str, history: Sequence[Turn] = (), as_of: date | None = None) -> Answer:
        # The tutorial's chain knows no dates; its history goes to a model, which there is not.
        found = self._store.similarity_search_with_score(question, k=TOP)
        hits, citations = [], []
        for number, (chunk, distance) in enumerate(found, start=1):
            document, start, end = self._place(chunk)
            text = chunk.page_content
            cosine = 1 - distance / 2
            hits.append(Hit(Passage(document.id, start, end, text), cosine))
            citations.append(Citation(number, text, start, end, document))
        return Answer(
            question=question,
            standalone_question=question,
            text=answer_text(citations),
            citations=tuple(citations),
            abstained=False,
            confidence=min(1.0, max(0.0, hits[0].score)),
            complete=True,
            hits=tuple(hits),
        )

    def rank(self, query: str, k: int) -> list[str]:
        found = self._store.similarity_search(query, k=k)
        return list(dict.fromkeys(chunk.metadata["document"] for chunk in found))

    def _place(self, chunk: LangChainDocument) -> tuple[Document, int, int]:
        start = chunk.metadata["start_index"]
        document = self._documents[chunk.metadata["document"]]
        return document, start, start + len(chunk.page_content)
