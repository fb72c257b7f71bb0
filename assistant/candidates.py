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

    `answers` are the log-odds that the passage of the likeliest sentence answers, by all networks;
    a row of `within` (n, 2) has the highest of the sentence's tokens, and how far that is below the
    passage's highest, zeros for sentences of other passages. By the few, `odds` (p,) are those of
    each passage, `highest` (n,) that of each sentence's tokens.
    """

    answers: float
    within: Rows
    odds: npt.NDArray[np.float64]
    highest: npt.NDArray[np.float32]


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

    def judged(self, interaction: Interaction, i: int) -> Judged:
        """What the networks say of the passages, and of that of sentence i in full."""
        best = self.places[i][0]
        asked, tokens = self.asked.tokens, [told.tokens for told in self.told]
        found = interaction(asked, tokens, self.alike)
        fully = interaction.fully(asked, tokens[best], self.alike.only(best), found[best])
        highest = [_highest(one, told) for one, told in zip(found, self.told, strict=True)]
        rows = [np.zeros((len(told.slices), 2)) for told in self.told]
        rows[best][:, 0] = _highest(fully, self.told[best])
        rows[best][:, 1] = rows[best][:, 0] - fully.parts.max(initial=fully.parts.min(initial=0))
        return Judged(
            fully.odds,
            np.concatenate(rows),
            np.array([one.odds for one in found]),
            np.concatenate(highest),
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
