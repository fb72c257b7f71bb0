"""Candidates with their odds -> which sentences to quote. Knows nothing of models or weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from assistant.asked import first_choice
from assistant.candidates import Candidates
from assistant.disagreement import Dispute, asked_figure
from assistant.figures import figures
from assistant.further import ASKING
from assistant.other_sides import ASKS_WHY, may_differ, other_sides
from assistant.sentence_words import stem
from assistant.signals import NAMES
from assistant.weighing import Scores, sigmoid
from assistant.wording import any_name

_MOST_SENTENCES = 5
_RECALL_WEIGHT = 1.75
_SAME_CLAIM = 0.86
_OTHER_TIME_DAYS = 14
_OTHER_TIME_COSINE = 0.75
_OTHER_WORDS = 0.95
"""Share that another account has at least of the question's words that the chosen have."""
_HALF_THE_WORDS = 0.5
"""The same where a question puts two things up for choice, each in half its words."""
_MOST_OTHERS = 4


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


def all_told(candidates: Candidates, odds: Scores, those: Sequence[int]) -> list[int]:
    """Which of these sentences to quote, best first: all that tell different things, up to five.

    What happened at a time, or is told of a name, is not one thing.
    """
    again = candidates.vectors @ candidates.vectors.T >= _SAME_CLAIM
    days = [{f.value for f in figures(candidates.quote(i).text) if f.is_day} for i in those]
    for i, its in zip(those, days, strict=True):
        for j, others in zip(those, days, strict=True):
            # The same with another day is the same with a difference.
            again[i, j] &= not its or not others or bool(its & others)
    return [i for i in _distinct(odds, again) if i in those][:_MOST_SENTENCES]


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

    It must hold the question's words that the chosen hold, half of them where the question puts
    two things up for choice, and be nearly as close to the question in meaning; at a time that is
    spoken from already, closer than the chosen. A reason, which may have other words, needs but a
    name of the question where it is closer.
    """
    rows = np.concatenate(candidates.blocks)
    cosines = rows[:, NAMES.index("cosine")]
    words = rows[:, NAMES.index("words")]
    told = [(candidates.passage(i).published, candidates.passage(i).source) for i in chosen]
    if not any(day for day, _ in told):
        return []
    close = max(float(cosines[i]) for i in chosen)
    most_words = max(float(words[i]) for i in chosen)
    words = words + _asks_otherwise(candidates)
    least = _HALF_THE_WORDS if first_choice(candidates.asked.text) else _OTHER_WORDS
    reasons = _with_name(candidates) if ASKS_WHY.match(candidates.asked.text) else frozenset()
    added: list[int] = []
    for i in order:
        passage = candidates.passage(i)
        day = passage.published
        if len(added) == _MOST_OTHERS or day is None:
            continue
        same_words = words[i] >= least * most_words and cosines[i] >= _OTHER_TIME_COSINE * close
        if not same_words and not (i in reasons and cosines[i] > close):
            continue
        same_time = [
            source for held, source in told if held and abs((day - held).days) < _OTHER_TIME_DAYS
        ]
        if not same_time or (passage.source not in same_time and cosines[i] >= close):
            told.append((day, passage.source))
            added.append(i)
    return added


def _with_name(candidates: Candidates) -> frozenset[int]:
    """The sentences with a name of the question."""
    name = any_name(candidates.asked.text, [hit.passage.text for hit in candidates.hits])
    every = range(len(candidates.places))
    return frozenset(i for i in every if name and name.search(candidates.quote(i).text))


def _asks_otherwise(candidates: Candidates) -> Scores:
    """(n,): what a word for asking weighs that a sentence has in another form than the question.

    Who applied for a thing asked for it.
    """
    asked = candidates.asked
    words = zip(asked.words, asked.weights, strict=True)
    weight = sum(float(weight) for word, weight in words if ASKING.fullmatch(word))
    found = np.zeros(len(candidates.places))
    if weight:
        wanted = {stem(word) for word in asked.words if ASKING.fullmatch(word)}
        for i in range(len(found)):
            held = {stem(word) for word in ASKING.findall(candidates.quote(i).text)}
            found[i] = weight if held and not held & wanted else 0.0
    return found


def sides(
    question: str, candidates: Candidates, chosen: Sequence[int], odds: Scores
) -> tuple[list[int], list[Dispute]]:
    """Sentences that say otherwise; see other_sides.

    `odds` are of the sentences that were read to answer: those that come after them stand further
    down, and count only if they speak of asking, as the question does.
    """
    if not may_differ(question):
        return [], []
    read, every = len(odds), len(candidates.places)
    told = [candidates.account(i) for i in range(every)]
    rows = np.concatenate(candidates.blocks)
    # A denial is of what was asked only if it has its words; another figure may come in others.
    signs = ("cosine", "match") if asked_figure(question) else ("match",)
    asked = rows[:, [NAMES.index(sign) for sign in signs]]
    near = (asked / np.maximum(asked[list(chosen)].max(axis=0), 0.1)).mean(axis=1)
    near += (candidates.vectors @ candidates.vectors[list(chosen)].T).max(axis=1)
    near[[i for i in range(read, every) if not ASKING.search(told[i].text)]] = 0.0
    said = np.flatnonzero(_says_again(candidates)[:, list(chosen)].any(axis=1))
    fresh = np.concatenate([odds, np.full(every - read, -np.inf)])
    fresh[np.setdiff1d(said, chosen)] = -np.inf
    return other_sides(question, told, chosen, near, fresh)
