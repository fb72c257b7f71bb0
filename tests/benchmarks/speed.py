"""Ingest, search, ask and cold start beside LangChain's tutorial and LlamaIndex, in one run.

    python tests/benchmarks/speed.py [--files 60] [--rounds 5]

Needs ../shared/data, the extra `dev` and llama-index-core. All systems read the same files (SciFact
abstracts, five a file, which is as long as a news article) with the same MiniLM weights:
LangChain's tutorial (1,000 characters, 200 shared, Chroma) and LlamaIndex (its sentence splitter at
254 tokens, so that the model reads everything) in float32 by sentence-transformers as both do by
default, ours by the backend it chooses; `encoding` is that backend on our passages and nothing
else, run before ours and again after it, the mean of both. Every figure is of a process of its own;
the systems take turns, and ratios are of the same turn: medians, with the least and the largest.
Writes speed.md and speed.svg.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from speed_report import SYSTEMS, table, write_plot

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CORPUS = ROOT / "corpus" / "documents"
QUERIES = 60
TURN = ("encoding", "ours", "encoding", "tutorial", "llamaindex")
"""A turn's order. The two that are nearest stand side by side, for machines have slow minutes; and
the one on both sides of the other, so that a machine that grows slower favours neither."""

Search = Callable[[str], object]


def _float32() -> object:
    from sentence_transformers import SentenceTransformer

    from index.packaged import packaged_model

    return SentenceTransformer(str(packaged_model()), device="cpu")


def ours(files: Sequence[Path], store: Path) -> tuple[Callable[[], None], Search]:
    """The product: files -> an index."""
    from index import Index
    from index.embedding import SentenceEmbedder

    embedder = SentenceEmbedder()
    embedder.embed_documents(["warm"])
    embedder.embed_query("warm")
    index = Index.open(store, embedder=embedder)
    return lambda: index.sync(files[0].parent), lambda query: index.search(query, k=4)


def encoding(files: Sequence[Path], store: Path) -> tuple[Callable[[], None], Search]:
    """The product's backend on the product's passages, and on one question."""
    from index.embedding import SentenceEmbedder
    from index.reading import read_file
    from index.splitting import split

    embedder = SentenceEmbedder()
    embedder.embed_documents(["warm"])
    embedder.embed_query("warm")
    documents = [document for file in files for document in read_file(file, file.name)]
    texts = [passage.embedded_text for document in documents for passage in split(document)]
    return lambda: _done(embedder.embed_documents(texts)), embedder.embed_query


def tutorial(files: Sequence[Path], store: Path) -> tuple[Callable[[], None], Search]:
    """LangChain's tutorial."""
    import chromadb
    from langchain_chroma import Chroma
    from langchain_core.embeddings import Embeddings
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    model = _float32()

    class Model(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return model.encode(texts, show_progress_bar=False).tolist()

        def embed_query(self, text: str) -> list[float]:
            return self.embed_documents([text])[0]

    client = chromadb.PersistentClient(str(store), chromadb.Settings(anonymized_telemetry=False))
    kept = Chroma("tutorial", Model(), client=client)
    splitter = RecursiveCharacterTextSplitter(
        chunk_size=1000, chunk_overlap=200, add_start_index=True
    )

    def ingest() -> None:
        texts = [file.read_text("utf-8") for file in files]
        names = [{"source": file.name} for file in files]
        kept.add_documents(splitter.create_documents(texts, names))

    return ingest, lambda query: kept.similarity_search(query, k=4)


def llamaindex(files: Sequence[Path], store: Path) -> tuple[Callable[[], None], Search]:
    """LlamaIndex, kept in memory as it does by default and written to a folder at the end."""
    from llama_index.core import Document, VectorStoreIndex
    from llama_index.core.embeddings import BaseEmbedding
    from llama_index.core.node_parser import SentenceSplitter

    model = _float32()

    class Model(BaseEmbedding):
        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            return model.encode(texts, show_progress_bar=False).tolist()

        def _get_text_embedding(self, text: str) -> list[float]:
            return self._get_text_embeddings([text])[0]

        def _get_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embeddings([query])[0]

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_query_embedding(query)

    splitter = SentenceSplitter(
        chunk_size=254, chunk_overlap=20, tokenizer=lambda text: model.tokenizer.tokenize(text)
    )
    made: list[VectorStoreIndex] = []

    def ingest() -> None:
        documents = [Document(text=f.read_text("utf-8"), metadata={"file": f.name}) for f in files]
        made.append(
            VectorStoreIndex.from_documents(
                documents, transformations=[splitter], embed_model=Model(embed_batch_size=32)
            )
        )
        made[-1].storage_context.persist(str(store))

    return ingest, lambda query: made[-1].as_retriever(similarity_top_k=4).retrieve(query)


def measure(system: str, files: Sequence[Path], queries: Sequence[str]) -> dict[str, float]:
    """What one system costs, in this process."""
    with tempfile.TemporaryDirectory() as folder:
        ingest, search = globals()[system](files, Path(folder))
        characters = sum(len(file.read_text("utf-8")) for file in files)
        began = time.perf_counter()
        ingest()
        seconds = time.perf_counter() - began
        search(queries[0])
        times = [_seconds(search, query) for query in queries[1:]]
        size = sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())
    return {
        "kchar_s": characters / 1000 / seconds,
        "p50_ms": statistics.median(times) * 1000,
        "p95_ms": sorted(times)[int(len(times) * 0.95)] * 1000,
        "peak_mb": _peak(),
        "disk_kb": size / 1000,
    }


def _peak() -> float:
    """Most megabytes this process held; `ru_maxrss` would count what its parent held, too."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1000


def asking(store: Path) -> dict[str, float]:
    """Warm asks over the sample, each question new, beside the embedding of one question."""
    from assistant import Assistant
    from index.embedding import SentenceEmbedder

    lines = (ROOT / "corpus" / "questions.jsonl").read_text("utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines][:100]
    assistant, alone = Assistant.open(store), SentenceEmbedder()
    for question in questions:
        assistant.ask(question)
    alone.embed_query("warm")
    asked, embedded = [], []
    for question in questions:
        new = question.rstrip("?") + " then?"
        asked.append(_seconds(assistant.ask, new) * 1000)
        embedded.append(_seconds(alone.embed_query, new) * 1000)
    return {
        "ask_p50_ms": statistics.median(asked),
        "ask_p95_ms": sorted(asked)[94],
        "embed_p50_ms": statistics.median(embedded),
    }


COLD = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import speed
_, search = speed.tutorial([], Path(sys.argv[2]))
print(search("Did CZ ask for a pardon?")[0].page_content)
"""


def cold(folder: Path) -> dict[str, float]:
    """Process start to printed answer: `assistant ask`, and the tutorial's search alone."""
    command = str(Path(sys.executable).with_name("assistant"))
    ask = [command, "ask", "Did CZ ask for a pardon?", "--store", str(folder / "ours")]
    other = [sys.executable, "-c", COLD, str(HERE), str(folder / "tutorial")]
    return {
        "cold_s": _seconds(_run, ask),
        "tutorial_cold_s": _seconds(_run, other),
    }


def _done(_: object) -> None:
    """Forget a result."""


def _run(command: Sequence[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _seconds(work: Callable[..., object], *given: object) -> float:
    began = time.perf_counter()
    work(*given)
    return time.perf_counter() - began


def _own_process(*arguments: str) -> dict[str, float]:
    command = [sys.executable, __file__, *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _turn(folder: str) -> dict[str, dict[str, float]]:
    """What each system measured; the mean where it ran twice."""
    found: dict[str, list[dict[str, float]]] = {}
    for system in TURN:
        found.setdefault(system, []).append(_own_process("--one", system, "--folder", folder))
    return {
        system: {key: statistics.mean(run[key] for run in runs) for key in runs[0]}
        for system, runs in found.items()
    }


def main() -> None:
    """Measure in turns and write speed.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--one", choices=[*SYSTEMS, "ask"])
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    if options.one == "ask":
        print(json.dumps(asking(options.folder / "ours")))
        return
    if options.one:
        queries = json.loads((options.folder / "queries.json").read_text("utf-8"))
        files = sorted((options.folder / "files").iterdir())
        print(json.dumps(measure(options.one, files, queries)))
        return
    sys.path.insert(0, str(HERE))
    from sets import scifact

    documents, claims, _ = scifact()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "files").mkdir()
        for number in range(options.files):
            five = documents[5 * number : 5 * number + 5]
            text = "\n\n".join(f"{document.title}\n\n{document.text}" for document in five)
            (folder / "files" / f"{number:04}.txt").write_text(text, "utf-8")
        queries = list(claims.values())[:QUERIES]
        (folder / "queries.json").write_text(json.dumps(queries), "utf-8")
        samples = sorted(CORPUS.glob("*.md"))
        ours(samples, folder / "ours")[0]()
        tutorial(samples, folder / "tutorial")[0]()
        rounds = []
        for _ in range(options.rounds):
            one = _turn(name)
            one["ask"] = _own_process("--one", "ask", "--folder", name)
            one["cold"] = cold(folder)
            rounds.append(one)
            print(json.dumps(one), flush=True)
    from index.backends import fastest

    read = f"{options.files} files of five abstracts, backend {fastest()}, {os.cpu_count()} cores."
    text = f"{read}\n\n{table(rounds)}"
    (HERE / "speed.md").write_text(text, "utf-8")
    write_plot(HERE / "speed.svg", rounds)
    print(text)


if __name__ == "__main__":
    main()
