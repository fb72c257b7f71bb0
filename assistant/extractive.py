"""The embedded reader: answers in sentences quoted word for word. Needs no language model."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from assistant.asked import Asked
from assistant.candidates import Candidates, sentence_vectors
from assistant.chain import Reading
from assistant.choosing import choose, sides
from assistant.signals import signals
from assistant.weighing import (
    Weights,
    among_rows,
    confidence_row,
    shipped_weights,
    sigmoid,
    supporting,
)
from index.documents import Hit, Passage
from index.embedding import Embedder, Tokens

READ = 8
"""Passages looked at; the right one is among them as often as among twice as many, nearly."""

_REMEMBERED = 2_000


class ExtractiveReader:
    """Chooses the fewest sentences that answer, by weights learned on public question sets.

    Token outputs of passages are remembered, so a passage costs the model once. Safe to share
    between threads.
    """

    def __init__(self, embedder: Embedder, weights: Weights | None = None) -> None:
        self._embedder = embedder
        self._weights = weights or shipped_weights()
        self._remembered: OrderedDict[str, Tokens] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, question: str, hits: Sequence[Hit]) -> Reading:
        """Choose quotes, best first; `answers` is false when confidence is below the threshold."""
        candidates = self.candidates(question, hits)
        if not candidates.places:
            return Reading((), 0.0, False)
        weights = self._weights
        alone = weights.alone(np.concatenate(candidates.blocks))
        among = weights.among(among_rows(alone, candidates.blocks, candidates.asked))
        sure = float(sigmoid(weights.confidence(confidence_row(alone, candidates.blocks)))[0])
        chosen = choose(candidates, among, supporting(candidates.blocks, weights.support))
        others, disputed = sides(question, candidates, chosen)
        quotes = tuple(candidates.quote(i) for i in (*chosen, *others))
        return Reading(quotes, sure, sure >= weights.threshold, tuple(disputed))

    def candidates(self, question: str, hits: Sequence[Hit]) -> Candidates:
        """The sentences of the first READ hits with their signals."""
        read = tuple(hits[:READ])
        asked_text = question.strip().rstrip("?!. ") + "?"
        asked = Asked.of(asked_text, self._embedder.embed_tokens([asked_text])[0])
        tokens = self._tokens([hit.passage for hit in read])
        blocks = signals(asked, read, tokens)
        places = [(h, s) for h, hit in enumerate(read) for s in range(len(hit.passage.sentences))]
        vectors = sentence_vectors(tokens, [hit.passage for hit in read])
        return Candidates(read, tuple(places), tuple(blocks), vectors, asked)

    def _tokens(self, passages: Sequence[Passage]) -> list[Tokens]:
        texts = [passage.embedded_text for passage in passages]
        with self._lock:
            found = {text: self._remembered[text] for text in texts if text in self._remembered}
        missing = list(dict.fromkeys(text for text in texts if text not in found))
        found |= dict(zip(missing, self._embedder.embed_tokens(missing), strict=True))
        with self._lock:
            for text in texts:
                self._remembered[text] = found[text]
                self._remembered.move_to_end(text)
            while len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        return [found[text] for text in texts]
