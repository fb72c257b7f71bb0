"""How far to doubt an answer whose passages do not tell the event asked for as done.

Finds by token outputs the words that stand for the question's verb. Chooses no sentences; knows
nothing of weights.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

import numpy as np

from assistant.asked import Asked
from assistant.candidates import Candidates
from assistant.events import Event, Standing, asked_event, is_participle, standing, thing_standing
from assistant.sentence_words import WORD, stem
from assistant.signals import NAMES
from assistant.wording import PRONOUN, any_name, name_words
from index.documents import Passage
from index.embedding import Tokens
from index.words import FUNCTION_WORDS

_BESIDE = frozenset("also had has have later soon then".split())
_DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_SAME_STEM = 0.45
_SAME_VERB = 0.55
_SAME_NOUN = 0.64
"""Least cosines, as means of both layers: of a form of the verb, of another verb, of a noun."""

_ABOUT_IT = 0.6
"""Share of the best sentence's match that one about the same has at least."""
_MATCH = NAMES.index("match")
_OPEN = 3.5
"""The least of 2.5, 3, 3.5 and 4 by which the AUROC of tests/data/affairs, odd, is highest."""
_UNTOLD, _UNTOLD_WHETHER = 2.0, 1.25
"""Of 1 to 2.5 and .75 to 1.5: most of affairs and stories is right, and of those AUROC highest.

Where it is asked whether, a "no" may be told in any words.
"""


def event_doubt(candidates: Candidates) -> float:
    """What to take from the log-odds of an answer: 0 where an event asked for is told as done.

    Most where it is told only as sought, planned or a condition, or denied when asked when or how;
    less where no word stands for it. Only of dated passages, for without days nothing is still to
    come.
    """
    event = asked_event(candidates.asked.text)
    if event is None or not any(hit.passage.published for hit in candidates.hits):
        return 0.0
    found = _found(event, candidates)
    if event.sought:
        return 0.0 if found else _UNTOLD_WHETHER
    if "done" in found or (event.whether and "denied" in found):
        return 0.0
    if found:
        return _OPEN
    if event.upon:
        # What is done to a thing that is itself still sought cannot have been.
        thing = Event(*event.upon, whether=False, named=True, thing=True)
        if _found(thing, candidates) == {"open"}:
            return _OPEN
    untold = _UNTOLD_WHETHER if event.whether else _UNTOLD
    return untold if event.named else 0.0


def _found(event: Event, candidates: Candidates) -> set[Standing]:
    """How the passages tell of an event: of no more, once it is told as done."""
    asked, passages = candidates.asked, [hit.passage for hit in candidates.hits]
    texts = [passage.text for passage in passages]
    named = any_name(asked.text, texts)
    # Whom it was done to, as far as the question says.
    further = any_name("x " + asked.text[event.end :], texts)
    matches = [block[:, _MATCH] for block in candidates.blocks]
    least = _ABOUT_IT * max((float(match.max(initial=0)) for match in matches), default=0.0)
    found: set[Standing] = set()
    tokens = [told.tokens for told in candidates.told]
    for passage, read, match in zip(passages, tokens, matches, strict=True):
        text = passage.embedded_text
        if all(names is None or names.search(text) for names in (named, further)):
            about: list[bool] = (match >= least).tolist()
            found.update(_standings(event, asked, passage, read, [any(about), *about], named))
        if "done" in found or (event.whether and "denied" in found):
            break
    return found


def _standings(
    event: Event,
    asked: Asked,
    passage: Passage,
    read: Tokens,
    about: Sequence[bool],
    named: re.Pattern[str] | None,
) -> Iterator[Standing]:
    """How each word of a passage that stands for the event's verb is told.

    `about` says of the title and of each sentence whether it is about what is asked at all. What
    is told as done of others, none of them `named` by the question, is passed over.
    """
    mine = (asked.tokens.starts >= event.start) & (asked.tokens.starts < event.end)
    if not mine.any():
        return
    verb = stem(asked.text[event.start : event.end])
    # The mean over the verb's tokens first: one product a passage instead of one a token.
    middle, last = asked.tokens.middle[mine].mean(axis=0), asked.tokens.vectors[mine].mean(axis=0)
    own = (read.middle @ middle + read.vectors @ last) / 2
    text, shift = passage.embedded_text, len(passage.title_prefix)
    begins = [0, *(first + shift for first, _ in passage.sentences)]
    places = set(read.starts[own >= _SAME_STEM].tolist())
    if mine.sum() > 1:
        # Its own letters tell a verb that the vocabulary has no token for.
        places |= {match.start() for match in WORD.finditer(text) if stem(match[0]) == verb}
    seen = -1
    for start in sorted(places):
        word = _word_at(text, start)
        if word is None or word.start() <= seen or word[0].casefold() in FUNCTION_WORDS:
            continue
        seen = word.start()
        low, high = np.searchsorted(read.starts, word.span())
        alike = float(own[low:high].mean())
        same = stem(word[0]) == verb
        least = _SAME_VERB if is_participle(word[0]) else _SAME_NOUN
        if not same and (
            alike < least or alike <= _to_others(asked, ~mine, read, slice(low, high))
        ):
            continue
        place = bisect_right(begins, seen) - 1
        if not about[place]:
            continue
        first = begins[place]
        end = shift if place == 0 else passage.sentences[place - 1][1] + shift
        tells = thing_standing if event.thing else standing
        sentence = text[first:end]
        if event.doer and named and _does_it(sentence[: seen - first], named):
            continue
        told = tells(sentence, seen - first, word.end() - first)
        if told == "done" and named and _of_others(sentence, named, passage.source or ""):
            continue
        if told is not None:
            # Not guilty is not convicted, yet not a word on whether that happened.
            yield told if same or told != "denied" else "open"


def _does_it(before: str, named: re.Pattern[str]) -> bool:
    """Whether just before a verb stands, as its subject, whom it was done to."""
    words = before.split()
    while words and words[-1].casefold() in _BESIDE:
        words.pop()
    return bool(words) and bool(PRONOUN.fullmatch(words[-1]) or named.fullmatch(words[-1]))


def _of_others(sentence: str, named: re.Pattern[str], publisher: str) -> bool:
    """Whether a sentence has names, but neither one of the question's nor a pronoun for it."""
    if named.search(sentence) or PRONOUN.search(sentence):
        return False
    known = {*_DAYS, *name_words(publisher), *publisher.casefold().split()}
    return bool(set(name_words(sentence)) - known)


def _word_at(text: str, place: int) -> re.Match[str] | None:
    """The word that the character at `place` belongs to; a token may begin within one."""
    while place and (text[place - 1].isalnum() or text[place - 1] in "'’"):
        place -= 1
    return WORD.search(text, place, place + 80)


def _to_others(asked: Asked, others: np.ndarray, read: Tokens, word: slice) -> float:
    """How alike a word of a passage is to the nearest token of the question but the verb's."""
    middle = asked.tokens.middle[others] @ read.middle[word].T
    last = asked.tokens.vectors[others] @ read.vectors[word].T
    return float(((middle + last) / 2).max(axis=0, initial=-1.0).mean())
