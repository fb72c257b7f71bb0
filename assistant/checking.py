"""A sentence and the passages it cites -> the quotes that bear it out, or none.

What must hold: quoted words stand there letter by letter; names, numbers and days stand there; no
denial is lost or added, and no word turned into its opposite; and a learned model finds that the
passages say it. Knows nothing of chat models, prompts or pages.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.asked import Asked
from assistant.citing import Quote
from assistant.figures import Figure, figures
from assistant.grounds import Grounds
from assistant.opposites import turned
from assistant.polarity import same_certainty, same_polarity
from assistant.roles import company, misplaced, swapped
from assistant.support import Compared, compare
from assistant.support_weights import SupportWeights, shipped_support
from assistant.wording import SAYING, missing_names, name_words, quoted_words, squeezed, tells
from index.documents import Passage
from index.embedding import Embedder
from index.fields import terms

_REMEMBERED = 200
_MOST_SENTENCES = 4
_NEAR_ENOUGH = 0.5
"""Cosine of two words' outputs from which one may stand for the other."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Quotes that bear a sentence out, in passage order; empty when it is not borne out.

    `passages` are the numbers, from 1, of the passages quoted; `repaired` that they are not the
    ones the sentence cited. `reason` says in a few words why there are none.
    """

    quotes: tuple[Quote, ...]
    passages: tuple[int, ...] = ()
    repaired: bool = False
    reason: str = ""


class Checker:
    """Checks sentences against passages. Safe to share between threads.

    The cited passages are tried one by one, then together; if they do not bear the sentence out,
    and exactly one other passage does, that one is cited instead. No threshold bends.
    """

    def __init__(self, embedder: Embedder, weights: SupportWeights | None = None) -> None:
        self._embedder = embedder
        self._weights = weights or shipped_support()
        self._remembered: OrderedDict[tuple[Passage, ...], Grounds] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, text: str, numbers: Sequence[int], passages: Sequence[Passage]) -> Verdict:
        """Hold one sentence against the passages it cites by number, from 1."""
        cited = [n for n in dict.fromkeys(numbers) if 1 <= n <= len(passages)]
        asked = self._asked(text)
        alone = {n: self.quotes(asked, [passages[n - 1]]) for n in cited}
        good = [n for n in cited if alone[n]]
        if good:
            return Verdict(tuple(q for n in good for q in alone[n]), tuple(good))
        if len(cited) > 1 and (joined := self.quotes(asked, [passages[n - 1] for n in cited])):
            used = [n for n in cited if any(_inside(q, passages[n - 1]) for q in joined)]
            return Verdict(tuple(joined), tuple(used))
        others = {
            n: found
            for n in range(1, len(passages) + 1)
            if n not in cited and (found := self.quotes(asked, [passages[n - 1]]))
        }
        if len(others) == 1:
            ((n, found),) = others.items()
            return Verdict(tuple(found), (n,), repaired=True)
        if others:
            return Verdict((), reason=f"{len(others)} passages say it and none of them is cited")
        return Verdict((), reason="no passage says it" if passages else "there are no passages")

    def quotes(self, asked: Asked, passages: Sequence[Passage]) -> list[Quote]:
        """The sentences of some passages that together bear a claim out; empty when none do."""
        beside = " ".join(f"{p.title}. {p.source or ''}. {p.published or ''}." for p in passages)
        whole = f"{beside} {' '.join(p.text for p in passages)}"
        if not all(squeezed(words) in squeezed(whole) for words in quoted_words(asked.text)):
            return []
        if missing_names(asked.text, whole):
            return []
        grounds = self._grounds(passages)
        if not grounds.texts:
            return []
        compared = compare(asked, grounds)
        if not self._weights.supports(compared.row):
            return []
        publishers = " ".join(p.source or "" for p in passages)
        together = _together(asked, grounds, compared, publishers, figures(beside))
        if together is None:
            return []
        chosen = sorted({compared.order[0], *together})
        if len(chosen) > _MOST_SENTENCES:
            return []
        texts = [grounds.texts[i] for i in chosen]
        if not (same_polarity(asked.text, texts) and same_certainty(asked.text, texts)):
            return []
        if turned(asked.text, texts):
            return []
        if swapped(asked.text, texts) or misplaced(asked.text, texts):
            return []
        return [_quote(passages, grounds, i) for i in chosen]

    def probability(self, text: str, passages: Sequence[Passage]) -> float:
        """What the learned model alone makes of it, in [0, 1]."""
        grounds = self._grounds(passages)
        return self._weights.probability(compare(self._asked(text), grounds).row)

    def _asked(self, text: str) -> Asked:
        return Asked.of(text, self._embedder.embed_tokens([text])[0])

    def _grounds(self, passages: Sequence[Passage]) -> Grounds:
        key = tuple(passages)
        with self._lock:
            if key in self._remembered:
                self._remembered.move_to_end(key)
                return self._remembered[key]
        tokens = self._embedder.embed_tokens([passage.embedded_text for passage in passages])
        grounds = Grounds.of(passages, tokens)
        with self._lock:
            self._remembered[key] = grounds
            while len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        return grounds


def _together(
    asked: Asked, grounds: Grounds, compared: Compared, publishers: str, days: Sequence[Figure]
) -> list[int] | None:
    """For each part of a claim, the sentence that says all of it; None if one part has none.

    All of it: its names and figures, and of every other word that claims something either the
    word itself or one that is near it in meaning.
    """
    used: list[int] = []
    places = [int(asked.tokens.starts[pieces[0]]) for pieces in asked.pieces]
    # Names and figures have been compared already, in all the forms they take.
    taken = [(figure.start, figure.end) for figure in figures(asked.text)]
    apart = SAYING | set(name_words(asked.text))
    shown = terms(publishers) if tells(asked.text) else frozenset()
    stems = [held | shown for held in grounds.stems]
    owners = [passage for passage, _ in grounds.places]
    held = company(asked.text, grounds.texts, publishers, days, passages=owners)
    for (first, last), fit in held:
        words = [
            i
            for i, place in enumerate(places)
            if first <= place < last
            and asked.words[i].casefold() not in apart
            and not any(start <= place < end for start, end in taken)
        ]
        fit = [
            s
            for s in fit
            if all(
                compared.by_word[w, s] >= _NEAR_ENOUGH or terms(asked.words[w]) <= stems[s]
                for w in words
            )
        ]
        if not fit:
            return None
        used.append(max(fit, key=lambda s: float(compared.by_word[words, s].sum())))
    return list(dict.fromkeys(used))


def _quote(passages: Sequence[Passage], grounds: Grounds, i: int) -> Quote:
    p, s = grounds.places[i]
    passage = passages[p]
    first, last = passage.sentences[s]
    return Quote(
        passage.document_id,
        passage.start + first,
        passage.start + last,
        passage.text[first:last],
    )


def _inside(quote: Quote, passage: Passage) -> bool:
    same = quote.document_id == passage.document_id
    return same and passage.start <= quote.start and quote.end <= passage.end
