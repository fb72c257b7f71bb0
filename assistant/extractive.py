"""The embedded reader: answers in sentences quoted word for word. Needs no language model."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from itertools import islice

import numpy as np

from assistant.also_known import as_written
from assistant.asked import Asked, as_asked, first_choice
from assistant.bounds import asked_bound
from assistant.candidates import Candidates
from assistant.chain import Reading
from assistant.choosing import all_told, choose, sides
from assistant.descriptions import by_description
from assistant.eligible import eligible, worth_reading
from assistant.event_doubt import event_doubt
from assistant.further import looks_further
from assistant.interaction import Alike, Interaction
from assistant.lacking import asked_kind, end_doubt, figure_doubt, speaker_doubt, without_figure
from assistant.periods import periods
from assistant.signals import signals
from assistant.told import Told, paragraphs
from assistant.weighing import (
    THRESHOLD,
    Scores,
    Weights,
    among_rows,
    by_token,
    confidence_row,
    shipped_weights,
    sigmoid,
    supporting,
)
from index.documents import Hit, Passage, Span
from index.embedding import DEFAULT_MODEL, Embedder, Tokens
from index.preparing import content

READ = 8
"""Passages looked at; the right one is among them as often as among twice as many, nearly."""

_REMEMBERED = 2_000

_SURE_AS_TYPED = 0.6
"""From here a question is not read again, which takes half as long as answering it.

Costs one right answer of 120 and two disagreements of 24 in affairs by nicknames, beside .7, and
none in the sample; keeps a median answer at some three times the embedding of its question.
"""
_NO_FIGURE = 3.0
"""Log-odds that a sentence loses which lacks the figure asked for.

With 1, 2 and 3 all of SQuAD's 60 answerable questions for a figure have the answer quoted, as with
0, in 1.50, 1.43 and 1.42 sentences instead of 1.57; with 4 in no fewer.
"""
_DATED = (0.35, 1.25, 1.78)
"""Of dated passages: how far the likeliest counts, how far the mean odds of all, and a bias.

Reports tell of one matter many times over, and which tells best is less sure than in the articles
that the weights were learned on. Learned on tests/data/affairs and stories: fit_dated.py.
"""
_LIKELY = 0.2
"""Probability that a sentence with the figure has at least for others to lose by it.

Where none has, no figure answers, and the answer is doubted for want of one.
"""
_NEVER = -30.0
"""Log-odds of a sentence that is not to be quoted."""

_Name = tuple[str, str, tuple[Span, ...], bool]
"""Title, text, sentences: all that a passage is to the reader; and if its paragraphs are apart."""


class ExtractiveReader:
    """Chooses the fewest sentences that answer, by weights learned on question sets.

    Without `weights` those that come with the package are taken, and below `threshold` it does not
    answer. What was read of passages is remembered, so each costs the model once. Safe to share
    between threads.
    """

    def __init__(
        self,
        embedder: Embedder,
        weights: Weights | None = None,
        *,
        threshold: float = THRESHOLD,
    ) -> None:
        self._embedder = embedder
        self._weights = weights
        self._threshold = threshold
        self._remembered: OrderedDict[_Name, Told] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, question: str, hits: Sequence[Hit]) -> Reading:
        """Choose quotes, best first; `answers` is false when confidence is below the threshold."""
        bound = asked_bound(question)
        if bound is not None:
            # The day is not part of what is asked.
            question = bound.question
            bound = bound if bound.day else None
        candidates = self.candidates(question, hits)
        if not candidates.places:
            return Reading((), 0.0, False)
        weights = self._weights_for(candidates.hits)
        among, odds = self._odds(candidates)
        texts = [hit.passage.text for hit in hits]
        written = as_written(question, texts)
        if written != question and sigmoid(odds)[0] < _SURE_AS_TYPED:
            candidates = self._candidates(self._asked(written), candidates.hits)
            among, odds = self._odds(candidates)
        if sigmoid(odds)[0] < _SURE_AS_TYPED:
            best = candidates.quote(int(among.argmax())).text
            described = by_description(written, best, texts)
            if described != written:
                again = self._candidates(self._asked(described), candidates.hits)
                if (held := self._odds(again))[1][0] > odds[0]:
                    written, candidates, (among, odds) = described, again, held
        if sigmoid(odds)[0] < _SURE_AS_TYPED and any(map(_has_several, candidates.hits)):
            # What stands in another paragraph, an order for one, is not to hide an answer.
            again = self._candidates(candidates.asked, candidates.hits, apart=True)
            if (held := self._odds(again))[1][0] > odds[0]:
                candidates, (among, odds) = again, held
        if sigmoid(odds)[0] < _SURE_AS_TYPED and (first := first_choice(written)):
            # What answers by one of two things need not be near the other.
            again = self._candidates(self._asked(first), candidates.hits)
            odds = np.maximum(odds, self._odds(again)[1])
        support = supporting(candidates.blocks, weights.support)
        among = _by_figure(written, candidates, among)
        only = eligible(candidates, bound)
        if only is not None:
            if only.sentences:
                # What else is known of somebody is no answer to who it is.
                among[[i for i in range(len(among)) if i not in only.sentences]] = _NEVER
            odds = np.maximum(odds + only.gained, only.least)
        chosen = choose(candidates, among, support)
        if only is not None and only.sentences:
            chosen = [i for i in chosen if i in only.sentences]
            chosen = all_told(candidates, among, only.sentences) if only.several else chosen
        doubt = event_doubt(candidates)
        told = [candidates.quote(i).text for i in chosen]
        doubt += figure_doubt(written, told) + end_doubt(written, told)
        doubt += speaker_doubt(written, [candidates.passage(i) for i in chosen])
        sure = float(sigmoid(odds - doubt)[0])
        if looks_further(written):
            # What was read comes first, so that it keeps its places.
            rest = tuple(hit for hit in hits if hit not in candidates.hits)
            candidates = self._candidates(candidates.asked, (*candidates.hits, *rest))
        others, disputed = sides(written, candidates, chosen, among)
        quotes = tuple(candidates.quote(i) for i in (*chosen, *others))
        return Reading(quotes, sure, sure >= self._threshold, tuple(disputed))

    def candidates(self, question: str, hits: Sequence[Hit]) -> Candidates:
        """The sentences of READ hits with their signals: the first, or those that say who it is."""
        asked = self._asked(question)
        return self._candidates(asked, _to_read(asked.text, hits))

    def _asked(self, question: str) -> Asked:
        text = as_asked(question)
        return Asked.of(text, self._embedder.embed_tokens([text])[0])

    def _candidates(
        self, asked: Asked, read: tuple[Hit, ...], *, apart: bool = False
    ) -> Candidates:
        told = self._told([hit.passage for hit in read], apart=apart)
        places = [(h, s) for h, hit in enumerate(read) for s in range(len(hit.passage.sentences))]
        vectors = np.concatenate(
            [np.zeros((0, asked.tokens.whole.size)), *(t.vectors for t in told)]
        )
        alike = Alike.of(asked.tokens, [one.tokens for one in told])
        blocks = tuple(signals(asked, read, told, alike))
        return Candidates(read, tuple(told), tuple(places), blocks, vectors, asked, alike)

    def _odds(self, candidates: Candidates) -> tuple[Scores, Scores]:
        """Log-odds of each sentence, and (1,) of whether any answers."""
        weights = self._weights_for(candidates.hits)
        alone = weights.alone(np.concatenate(candidates.blocks))
        # The networks have learned what one model's tokens mean.
        known = self._embedder.name == DEFAULT_MODEL
        interaction = weights.interaction if known else Interaction([])
        judged, best = candidates.judged(interaction), int(alone.argmax())
        within, answers = judged.within(best), judged.answers(best)
        among = weights.among(among_rows(alone, candidates.blocks, candidates.asked, within))
        odds = weights.confidence(confidence_row(alone, candidates.blocks, answers))
        dated = _dated(candidates.hits)
        among = by_token(among, judged.highest, dated=dated)
        if interaction and dated:
            own, every, bias = _DATED
            odds = own * odds + every * np.log(np.exp(judged.odds).mean()) + bias
        return among, odds

    def _weights_for(self, hits: Sequence[Hit]) -> Weights:
        return self._weights or shipped_weights(dated=_dated(hits))

    def _told(self, passages: Sequence[Passage], *, apart: bool) -> list[Told]:
        """Read passages, each as a whole, or each paragraph by itself."""
        cut = [apart and len(paragraphs(passage)) > 1 for passage in passages]
        names = [(p.title, *content(p), its) for p, its in zip(passages, cut, strict=True)]
        named = dict(zip(names, passages, strict=True))
        with self._lock:
            found = {name: self._remembered[name] for name in named if name in self._remembered}
        missing = [name for name in named if name not in found]
        spans = [paragraphs(named[name]) if name[3] else [(0, len(name[1]))] for name in missing]
        texts = [
            name[1][first:last]
            for name, its in zip(missing, spans, strict=True)
            for first, last in its
        ]
        tokens = iter(self._embedder.embed_tokens(texts))
        for name, its in zip(missing, spans, strict=True):
            parts = list(islice(tokens, len(its)))
            read = Tokens.joined(parts, [first for first, _ in its]) if name[3] else parts[0]
            found[name] = Told.of(named[name], read)
        with self._lock:
            for name, told in found.items():
                self._remembered[name] = told
                self._remembered.move_to_end(name)
            while len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        return [found[name] for name in names]


def _dated(hits: Sequence[Hit]) -> bool:
    return any(hit.passage.published for hit in hits)


def _has_several(hit: Hit) -> bool:
    return len(paragraphs(hit.passage)) > 1


def _by_figure(question: str, candidates: Candidates, among: Scores) -> Scores:
    """Log-odds, less for sentences that lack the figure asked for, where a likely one has it."""
    if not asked_kind(question):
        return among
    texts = [candidates.quote(i).text for i in range(len(among))]
    lacking = without_figure(question, texts)
    having = np.delete(np.arange(len(among)), lacking)
    if not lacking or sigmoid(among[having]).max() < _LIKELY:
        return among
    changed = among.copy()
    changed[lacking] -= _NO_FIGURE
    return changed


def _to_read(question: str, hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """The first READ hits; where a name is asked about, with those further down that say who it is.

    They take the places of the last. Where the title of one names the year or quarter that is asked
    about, those whose titles name another are left out.
    """
    asked = periods(question)
    titled = [periods(hit.passage.title) if asked else asked for hit in hits]
    if asked and any(one.holds(asked) for one in titled):
        pairs = zip(hits, titled, strict=True)
        hits = [hit for hit, one in pairs if not one.excludes(asked)]
    further = [hit for hit in hits[READ:] if worth_reading(question, hit.passage)][: READ // 2]
    return (*hits[: READ - len(further)], *further)
