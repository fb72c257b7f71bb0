"""The sentences a reader may quote, with what is known of each. Chooses none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assistant.accounts import Account
from assistant.asked import Asked
from assistant.citing import Quote
from assistant.interaction import Interaction
from assistant.signals import Rows
from assistant.told import Told
from index.documents import Hit, Passage
from index.embedding import Vectors


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """The sentences of the hits read, `told`: where they are, what they say, their signals."""

    hits: tuple[Hit, ...]
    told: tuple[Told, ...]
    places: tuple[tuple[int, int], ...]
    blocks: tuple[Rows, ...]
    vectors: Vectors
    asked: Asked

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

    def judged(self, interaction: Interaction, i: int) -> tuple[float, Rows]:
        """What the networks say of the passage of sentence i: (its log-odds, rows (n, 2)).

        A row has the highest of the sentence's tokens, and how far that is below the passage's
        highest; for sentences of other passages both are 0.
        """
        hit = self.places[i][0]
        told = self.told[hit]
        found = interaction(self.asked.tokens, told.tokens)
        rows = np.zeros((len(self.places), 2))
        least = found.parts.min(initial=0)
        for row, (owner, sentence) in enumerate(self.places):
            if owner == hit:
                first, last = told.slices[sentence]
                highest = found.parts[first:last].max(initial=least)
                rows[row] = highest, highest - found.parts.max(initial=least)
        return found.odds, rows

    def passage(self, i: int) -> Passage:
        """The passage sentence i stands in."""
        return self.hits[self.places[i][0]].passage
