"""A sentence and the passages it cites -> the quotes that bear it out, or none.

What must hold: quoted words stand there letter by letter; names, numbers and days stand there; no
denial is lost or added; and a learned model finds that the passages say it. Knows nothing of chat
models, prompts or pages.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.citing import Quote
from assistant.figures import Figure, figures
from assistant.polarity import same_polarity
from assistant.signals import Asked
from assistant.support import Grounds, SupportWeights, compare, shipped_support
from assistant.wording import missing_names, quoted_words, squeezed
from index.documents import Passage
from index.embedding import Embedder, Tokens

_REMEMBERED = 500
_ADDS_ENOUGH = 0.04
_MOST_SENTENCES = 4


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
        self._remembered: OrderedDict[str, Tokens] = OrderedDict()
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
        whole = " ".join(f"{p.title} {p.source or ''}. {p.text}" for p in passages)
        if not all(squeezed(words) in squeezed(whole) for words in quoted_words(asked.text)):
            return []
        if missing_names(asked.text, whole):
            return []
        grounds = Grounds.of(passages, self._tokens(passages))
        if not grounds.texts:
            return []
        compared = compare(asked, grounds)
        best = _chosen(compared.order, compared.gains)
        chosen = _with_figures(best, figures(asked.text), grounds, passages)
        if chosen is None or len(chosen) > _MOST_SENTENCES:
            return []
        if not same_polarity(asked.text, [grounds.texts[i] for i in chosen]):
            return []
        if not self._weights.supports(compared.row):
            return []
        return [_quote(passages, grounds, i) for i in sorted(chosen)]

    def probability(self, text: str, passages: Sequence[Passage]) -> float:
        """What the learned model alone makes of it, in [0, 1]."""
        grounds = Grounds.of(passages, self._tokens(passages))
        return self._weights.probability(compare(self._asked(text), grounds).row)

    def _asked(self, text: str) -> Asked:
        return Asked.of(text, self._embedder.embed_tokens([text])[0])

    def _tokens(self, passages: Sequence[Passage]) -> list[Tokens]:
        texts = [passage.embedded_text for passage in passages]
        with self._lock:
            held = {text: self._remembered[text] for text in texts if text in self._remembered}
        missing = list(dict.fromkeys(text for text in texts if text not in held))
        held |= dict(zip(missing, self._embedder.embed_tokens(missing), strict=True))
        with self._lock:
            self._remembered |= held
            while len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        return [held[text] for text in texts]


def _chosen(order: Sequence[int], gains: Sequence[float]) -> list[int]:
    """The best sentence, and further ones for as long as they cover noticeably more."""
    chosen = [order[0]]
    for sentence, gain in zip(order[1:], gains[1:], strict=True):
        if gain < _ADDS_ENOUGH:
            break
        chosen.append(sentence)
    return chosen


def _with_figures(
    chosen: list[int], wanted: Sequence[Figure], grounds: Grounds, passages: Sequence[Passage]
) -> list[int] | None:
    """The chosen sentences and those needed for every number; None if one is nowhere.

    The day of publication and the title are shown beside each quote, so they count.
    """
    beside = [found for p in passages for found in figures(f"{p.title}. {p.published or ''}")]
    for figure in wanted:
        held = [
            i
            for i, text in enumerate(grounds.texts)
            if any(figure.agrees(found) for found in figures(text))
        ]
        if set(held) & set(chosen) or any(figure.agrees(found) for found in beside):
            continue
        if not held:
            return None
        chosen = [*chosen, min(held, key=lambda i: abs(i - chosen[0]))]
    return chosen


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
