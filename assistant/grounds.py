"""Passages made ready to hold a sentence against. Knows nothing of sentences to check."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.documents import Passage
from index.embedding import Tokens, Vectors
from index.fields import terms

_CLAUSE = re.compile(
    r"[,;:]\s+|\s+(?=(?:and|but|who|which|that|while|when|after|before|because|with)\s)|\s[-–—]\s"
)
_SHORTEST_CLAUSE = 3


@dataclass(frozen=True, slots=True, eq=False)
class Grounds:
    """Sentences of passages with their token outputs: what a claim is held against.

    `places` are (passage, sentence) positions in the order given; `vectors` (t, dimension) of all
    tokens, `owners` (t,) the sentence each belongs to, `starts` (t,) its character within it,
    `means` (sentences, dimension) unit rows, `wholes` (passages, dimension).
    """

    texts: tuple[str, ...]
    places: tuple[tuple[int, int], ...]
    vectors: Vectors
    owners: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    wholes: Vectors
    means: Vectors
    stems: tuple[frozenset[str], ...]

    @classmethod
    def of(cls, passages: Sequence[Passage], tokens: Sequence[Tokens]) -> Grounds:
        """Join passages, each with the tokens of its embedded_text."""
        texts: list[str] = []
        places: list[tuple[int, int]] = []
        vectors, owners, starts = [], [], []
        for p, (passage, read) in enumerate(zip(passages, tokens, strict=True)):
            shift = len(passage.title_prefix)
            for s, (first, last) in enumerate(passage.sentences):
                inside = (read.starts >= first + shift) & (read.starts < last + shift)
                vectors.append(read.vectors[inside])
                owners.append(np.full(int(inside.sum()), len(texts), dtype=np.int64))
                starts.append(read.starts[inside] - first - shift)
                texts.append(passage.text[first:last])
                places.append((p, s))
        return cls(
            tuple(texts),
            tuple(places),
            np.concatenate(vectors),
            np.concatenate(owners),
            np.concatenate(starts),
            np.stack([read.whole for read in tokens]),
            _unit(np.stack([part.sum(axis=0) for part in vectors])),
            tuple(map(terms, texts)),
        )


def _unit(rows: Vectors) -> Vectors:
    unit: Vectors = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return unit


def ground_tokens(grounds: Grounds, sentence: int, first: int, last: int) -> npt.NDArray[np.int64]:
    """Which tokens begin within [first, last) of a sentence -> their positions (k,)."""
    inside = (grounds.owners == sentence) & (grounds.starts >= first) & (grounds.starts < last)
    return np.flatnonzero(inside)


def clauses(text: str) -> list[tuple[int, int]]:
    """Spans between commas and joining words; a piece of under three words joins the next."""
    cuts = [0, *(match.end() for match in _CLAUSE.finditer(text)), len(text)]
    spans: list[tuple[int, int]] = []
    begin = 0
    for cut in cuts[1:]:
        if len(text[begin:cut].split()) >= _SHORTEST_CLAUSE:
            spans.append((begin, cut))
            begin = cut
    if begin < len(text):
        spans[-1:] = [(spans[-1][0] if spans else 0, len(text))]
    return spans
