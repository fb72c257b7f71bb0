"""Where the time of a warm question goes, over the shipped sample.

    python tests/benchmarks/stages.py

Asks a hundred gold questions so that all passages have been read, then each again with a word more,
so that the question itself is new. Prints milliseconds a question, each part without the parts
listed under it, as a table in Markdown.
"""

from __future__ import annotations

import functools
import json
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from assistant import Assistant, chain, extractive
from index.embedding import SentenceEmbedder
from index.lexical import LexicalIndex
from index.search import Searcher
from index.settled import Settled

ROOT = Path(__file__).resolve().parents[2]
PARTS: tuple[tuple[str, Any, str], ...] = (
    ("the question embedded", SentenceEmbedder, "_embed_tokens"),
    ("search", Searcher, "search"),
    ("search: nearest vectors", Settled, "neighbours"),
    ("search: BM25", LexicalIndex, "search"),
    ("search: BM25 of what vectors found", LexicalIndex, "scores"),
    ("search: heads of documents", Searcher, "_by_head"),
    ("search: sentences of the best", Searcher, "_by_sentence"),
    ("reading", extractive.ExtractiveReader, "read"),
    ("reading: signals", extractive, "signals"),
    ("reading: what is open or done", extractive, "event_doubt"),
    ("reading: other sides", extractive, "sides"),
    ("disputes", chain, "disputes"),
    ("citing", chain, "cite"),
)
ALL = "chain, requests, snapshots"


class Clock:
    """Seconds by part; a part's own are without those of the parts it calls."""

    def __init__(self) -> None:
        self.own: defaultdict[str, float] = defaultdict(float)
        self._open: list[float] = []

    def timed(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """The same, with its time counted."""

        @functools.wraps(work)
        def run(*given: object, **named: object) -> object:
            began = time.perf_counter()
            self._open.append(0.0)
            try:
                return work(*given, **named)
            finally:
                whole = time.perf_counter() - began
                self.own[name] += whole - self._open.pop()
                if self._open:
                    self._open[-1] += whole

        return run


def main() -> None:
    """Ask and print."""
    clock = Clock()
    for name, owner, work in PARTS:
        setattr(owner, work, clock.timed(name, getattr(owner, work)))
    lines = (ROOT / "corpus" / "questions.jsonl").read_text("utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines][:100]
    with tempfile.TemporaryDirectory() as folder:
        assistant = Assistant.open(Path(folder) / "store")
        assistant.index.sync(ROOT / "corpus" / "documents")
        ask = clock.timed(ALL, assistant.ask)
        for question in questions:
            ask(question)
        clock.own.clear()
        times = []
        for question in questions:
            began = time.perf_counter()
            ask(question.rstrip("?") + " then?")
            times.append(time.perf_counter() - began)
        assistant.index.close()
    print(f"| part | ms a question (median in all {1000 * statistics.median(times):.1f}) |")
    print("|---|---:|")
    for name in (*(name for name, *_ in PARTS), ALL):
        print(f"| {name} | {1000 * clock.own[name] / len(questions):.2f} |")


if __name__ == "__main__":
    main()
