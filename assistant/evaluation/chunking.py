"""Token recall, precision and IoU of retrieved spans against gold spans. Knows no splitter.

After Smith and Troynikov, "Evaluating Chunking Strategies for Retrieval" (2024): what a chunk
carries beside the gold is paid for in precision, and so is a token retrieved twice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from index.documents import Span

_TOKEN = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a document, `start` to `end` excluded; its words, if given, are for people."""

    document: str
    start: int
    end: int
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Overlap:
    """What rankings share with the gold, in tokens (words and punctuation marks).

    `gold` tokens in all; `retrieved` and `shared` after the first, first two, ... spans retrieved;
    a token of the gold is shared once, however often it is retrieved.
    """

    gold: int
    retrieved: tuple[int, ...]
    shared: tuple[int, ...]

    def at(self, k: int) -> tuple[float, float, float]:
        """(recall, precision, IoU) of the first k spans; fewer where there are fewer."""
        if k < 1:
            raise ValueError(f"k must be at least 1; got k={k}")
        if not self.retrieved or not self.gold:
            return 0.0, 0.0, 0.0
        last = min(k, len(self.retrieved)) - 1
        shared, retrieved = self.shared[last], self.retrieved[last]
        union = self.gold + retrieved - shared
        return shared / self.gold, shared / max(retrieved, 1), shared / union


def overlap(gold: Sequence[Place], retrieved: Sequence[Place], texts: Mapping[str, str]) -> Overlap:
    """Count tokens of spans retrieved, best first, against gold spans.

    `texts` holds the text of every document named. A token belongs to the span it begins in.
    """
    starts = {
        name: np.array([found.start() for found in _TOKEN.finditer(texts[name])], dtype=np.int64)
        for name in {place.document for place in (*gold, *retrieved)}
    }
    wanted = {
        (place.document, token)
        for place in gold
        for token in range(*_tokens(starts[place.document], (place.start, place.end)))
    }
    seen: set[tuple[str, int]] = set()
    counts: list[int] = []
    shared: list[int] = []
    total = 0
    for place in retrieved:
        first, last = _tokens(starts[place.document], (place.start, place.end))
        total += last - first
        seen |= wanted & {(place.document, token) for token in range(first, last)}
        counts.append(total)
        shared.append(len(seen))
    return Overlap(len(wanted), tuple(counts), tuple(shared))


def _tokens(starts: np.ndarray[tuple[int], np.dtype[np.int64]], span: Span) -> tuple[int, int]:
    """First token of a span and the one past its last."""
    first, last = np.searchsorted(starts, span)
    return int(first), int(last)
