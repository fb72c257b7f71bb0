"""The embedded reader: answers in sentences quoted word for word. Needs no language model."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.asked import Asked
from assistant.chain import Reading
from assistant.citing import Quote
from assistant.signals import NAMES, Rows, signals
from assistant.weighing import (
    Scores,
    Weights,
    among_rows,
    confidence_row,
    shipped_weights,
    sigmoid,
    supporting,
)
from index.documents import Hit, Passage
from index.embedding import Embedder, Tokens, Vectors

READ = 8
"""Passages looked at; the right one is among them as often as among twice as many, nearly."""

_MOST_SENTENCES = 5
_RECALL_WEIGHT = 1.75
_REMEMBERED = 2_000
_SAME_CLAIM = 0.86
_OTHER_TIME_DAYS = 14
_OTHER_TIME_COSINE = 0.75
_OTHER_WORDS = 0.95
_MOST_OTHERS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """The sentences of the passages read: where they are, what they say, their signals."""

    hits: tuple[Hit, ...]
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

    def passage(self, i: int) -> Passage:
        """The passage sentence i stands in."""
        return self.hits[self.places[i][0]].passage


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
        quotes = tuple(candidates.quote(i) for i in chosen)
        return Reading(quotes, sure, sure >= weights.threshold)

    def candidates(self, question: str, hits: Sequence[Hit]) -> Candidates:
        """The sentences of the first READ hits with their signals."""
        read = tuple(hits[:READ])
        asked_text = question.strip().rstrip("?!. ") + "?"
        asked = Asked.of(asked_text, self._embedder.embed_tokens([asked_text])[0])
        tokens = self._tokens([hit.passage for hit in read])
        blocks = signals(asked, read, tokens)
        places = [(h, s) for h, hit in enumerate(read) for s in range(len(hit.passage.sentences))]
        vectors = [_sentence_vector(tokens[h], read[h].passage, sentence) for h, sentence in places]
        return Candidates(
            read, tuple(places), tuple(blocks), np.array(vectors, dtype=np.float32), asked
        )

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


def choose(candidates: Candidates, odds: Scores, support: Scores) -> list[int]:
    """Which sentences to quote, best first.

    As many as make the expected F-measure of the likeliest largest, recall counting more than
    precision. The first is the likeliest to hold the answer; those that follow are ranked with
    their `support` added, for they are to speak of the same thing rather than name the same kind
    of thing once more. A sentence of another document that says again what one before said is
    left out. Where dated evidence lies apart in time or comes from several publishers, the best
    of each is quoted too, for the answer may have changed or be disputed.
    """
    again = _says_again(candidates)
    likely = _distinct(odds, again)
    share = sigmoid(odds)
    head = likely[:_MOST_SENTENCES]
    gained = np.cumsum(share[head])
    counts = np.arange(1, len(head) + 1)
    expected = (1 + _RECALL_WEIGHT) * gained / (counts + _RECALL_WEIGHT * share.sum())
    ranking = odds + support
    ranking[likely[0]] = np.inf
    chosen = _distinct(ranking, again)[: int(expected.argmax()) + 1]
    return chosen + _other_accounts(candidates, likely, chosen)


def _says_again(candidates: Candidates) -> npt.NDArray[np.bool_]:
    """(n, n): whether two sentences of different documents say the same, at about one time.

    What is said weeks later is never mere repetition: "is to sign" and "has signed" are near in
    meaning to the model, and the second is news.
    """
    passages = [candidates.passage(i) for i in range(len(candidates.places))]
    documents = np.array([passage.document_id for passage in passages])
    days = np.array([p.published.toordinal() if p.published else 0 for p in passages])
    alike = candidates.vectors @ candidates.vectors.T >= _SAME_CLAIM
    near = np.abs(days[:, None] - days[None, :]) < _OTHER_TIME_DAYS
    same: npt.NDArray[np.bool_] = alike & near & (documents[:, None] != documents[None, :])
    return same


def _distinct(scores: Scores, again: npt.NDArray[np.bool_]) -> list[int]:
    """Sentences, best first, without those that say again what a better one says."""
    kept: list[int] = []
    for i in np.argsort(-scores, kind="stable").tolist():
        if not again[i, kept].any():
            kept.append(i)
    return kept


def _other_accounts(
    candidates: Candidates, order: Sequence[int], chosen: Sequence[int]
) -> list[int]:
    """The best sentence of each other time, two weeks apart or more, and of other publishers.

    It must hold the question's words that the chosen hold, and be nearly as close to the question
    in meaning; at a time that is spoken from already, closer than the chosen.
    """
    rows = np.concatenate(candidates.blocks)
    cosines = rows[:, NAMES.index("cosine")]
    words = rows[:, NAMES.index("words")]
    told = [(candidates.passage(i).published, candidates.passage(i).source) for i in chosen]
    if not any(day for day, _ in told):
        return []
    close = max(float(cosines[i]) for i in chosen)
    most_words = max(float(words[i]) for i in chosen)
    added: list[int] = []
    for i in order:
        passage = candidates.passage(i)
        day = passage.published
        if len(added) == _MOST_OTHERS or day is None:
            continue
        if words[i] < _OTHER_WORDS * most_words or cosines[i] < _OTHER_TIME_COSINE * close:
            continue
        same_time = [
            source for held, source in told if held and abs((day - held).days) < _OTHER_TIME_DAYS
        ]
        if not same_time or (passage.source not in same_time and cosines[i] >= close):
            told.append((day, passage.source))
            added.append(i)
    return added


def _sentence_vector(tokens: Tokens, passage: Passage, sentence: int) -> Vectors:
    first, last = passage.sentences[sentence]
    shift = len(passage.title_prefix)
    inside = (tokens.starts >= first + shift) & (tokens.starts < last + shift)
    mean: Vectors = tokens.vectors[inside].mean(axis=0) if inside.any() else tokens.whole
    unit: Vectors = mean / max(float(np.linalg.norm(mean)), 1e-9)
    return unit
