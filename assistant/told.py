"""Passages as the reader sees them, whatever is asked. Knows nothing of questions or weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from assistant.sentence_words import Wording, wording
from index.documents import Passage, Span
from index.embedding import Tokens, Vectors
from index.fields import terms
from index.splitting import ends_prose

Places = npt.NDArray[np.int64]

Number = TypeVar("Number", bound=np.floating[Any])


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """A passage read.

    `texts` are its sentences, `slices` (n, 2) from and up to which of its tokens each reaches,
    `vectors` (n, dimension) the unit means of those, `terms` the stems each would be found by;
    `title_tokens` is how many tokens come before the first character of the passage itself.
    """

    tokens: Tokens
    title: str
    title_tokens: int
    texts: tuple[str, ...]
    slices: Places
    vectors: Vectors
    wordings: tuple[Wording, ...]
    terms: tuple[frozenset[str], ...]

    @classmethod
    def of(cls, passage: Passage, tokens: Tokens) -> Told:
        """Read a passage by its tokens, those of the title before it included."""
        shift = len(passage.title_prefix)
        texts = tuple(passage.text[first:last] for first, last in passage.sentences)
        slices = tokens.within([(first + shift, last + shift) for first, last in passage.sentences])
        return cls(
            tokens,
            passage.title,
            int(np.searchsorted(tokens.starts, shift)),
            texts,
            slices,
            tokens.means(slices),
            tuple(map(wording, texts)),
            tuple(map(terms, texts)),
        )


def paragraphs(passage: Passage) -> list[Span]:
    """Where the paragraphs of a passage lie in what is embedded of it, which they cover.

    A line that does not end as a sentence does, such as a heading, goes with what follows, and
    the title with the first.
    """
    shift = len(passage.title_prefix)
    cuts = [
        start + shift
        for (first, end), (start, _) in pairwise(passage.sentences)
        if "\n" in passage.text[end:start] and ends_prose(passage.text, first, end)
    ]
    return list(pairwise([0, *cuts, len(passage.embedded_text)]))


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """The sentences of some passages in a row: whose each is, and where each passage begins."""

    told: tuple[Told, ...]
    owner: Places
    begins: Places

    @classmethod
    def of(cls, told: Sequence[Told]) -> Group:
        """Put passages in a row; each has a sentence at least."""
        counts = np.array([len(one.texts) for one in told], np.int64)
        begins = np.cumsum(counts) - counts
        return cls(tuple(told), np.repeat(np.arange(len(told)), counts), begins)

    def largest(self, values: npt.NDArray[Number]) -> npt.NDArray[Number]:
        """Values (..., sentences) -> for each sentence the largest of its passage."""
        found: npt.NDArray[Number] = np.maximum.reduceat(values, self.begins, axis=-1)
        return found[..., self.owner]

    def or_previous(self, values: npt.NDArray[Number]) -> npt.NDArray[Number]:
        """Values (..., sentences) -> the larger of each and of the sentence before it."""
        before = np.arange(len(self.owner)) - 1
        before[self.begins] = self.begins
        found: npt.NDArray[Number] = np.maximum(values, values[..., before])
        return found
