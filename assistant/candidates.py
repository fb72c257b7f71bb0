"""The sentences a reader may quote, with what is known of each. Chooses none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.accounts import Account
from assistant.asked import Asked
from assistant.citing import Quote
from assistant.interaction import Alike, Interaction, Judgement
from assistant.signals import Rows
from assistant.told import Told
from index.documents import Hit, Passage
from index.embedding import Vectors


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What the networks say of p passages and their n sentences.

    `odds` (p,) that each passage answers, in logs; `highest` (n,) of each sentence's tokens and
    `peaks` (p,) of each passage's; `owner` (n,) is which passage a sentence is of.
    """

    odds: npt.NDArray[np.float64]
    highest: npt.NDArray[np.float32]
    peaks: npt.NDArray[np.float32]
    owner: npt.NDArray[np.int64]

    def answers(self, i: int) -> float:
        """The log-odds that the passage of sentence i answers."""
        return float(self.odds[self.owner[i]])

    def within(self, i: int) -> Rows:
        """(n, 2): each sentence's highest token, and how far that is below its passage's.

        Only of the passage of sentence i; zeros for the sentences of others.
        """
        same = self.owner == self.owner[i]
        rows = np.zeros((len(same), 2))
        rows[same, 0] = self.highest[same]
        rows[same, 1] = self.highest[same] - self.peaks[self.owner[i]]
        return rows


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """The sentences of the hits read, `told`: where they are, what they say, their signals."""

    hits: tuple[Hit, ...]
    told: tuple[Told, ...]
    places: tuple[tuple[int, int], ...]
    blocks: tuple[Rows, ...]
    vectors: Vectors
    asked: Asked
    alike: Alike

    def quote(self, i: int) -> Quote:
        """Sentence i as a quote."""
        hit, sentence = self.places[i]
        passage = self.hits[hit].passage
        first, last = passage.sentences[sentence]
        start = passage.start
        return Quote(passage.document_id, start + first, start + last, passage.text[first:last])

    def account(self, i: int) -> Account:
        """Sentence i as an account of what is asked."""
        hit, sentence = self.places[i]
        passage = self.hits[hit].passage
        first, last = passage.sentences[sentence]
        copies = len(self.hits[hit].duplicates)
        return Account(passage, (first, last), passage.text[first:last], 0, copies, frozenset())

    def judged(self, interaction: Interaction) -> Judged:
        """What the networks say of the passages and of their sentences."""
        found = interaction(self.asked.tokens, [one.tokens for one in self.told], self.alike)
        highest = [_highest(one, told) for one, told in zip(found, self.told, strict=True)]
        return Judged(
            np.array([one.odds for one in found]),
            np.concatenate(highest),
            np.array([one.parts.max(initial=one.parts.min(initial=0)) for one in found]),
            np.array([hit for hit, _ in self.places]),
        )

    def passage(self, i: int) -> Passage:
        """The passage sentence i stands in."""
        return self.hits[self.places[i][0]].passage


def _highest(judged: Judgement, told: Told) -> npt.NDArray[np.float32]:
    """For each sentence the highest of its tokens; of one without any the lowest of all."""
    least = judged.parts.min(initial=0)
    # One more, for a slice may end, or an empty one begin, at the last token.
    parts = np.append(judged.parts, least)
    found: npt.NDArray[np.float32] = np.maximum.reduceat(parts, told.slices.ravel())[::2]
    found[told.slices[:, 0] == told.slices[:, 1]] = least
    return found
