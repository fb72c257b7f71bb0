"""Sentences that say otherwise than those chosen: another figure, a denial, the party concerned.

What is near in meaning is told by numbers made elsewhere; knows nothing of models or stores.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt

from assistant.accounts import Account, counted, lasting, told_figures
from assistant.disagreement import (
    Dispute,
    asked_figure,
    asks_figure_or_whether,
    asks_reports,
    by_denial,
    by_figure,
)
from assistant.figures import Figure
from assistant.further import ASKING, asks_longer
from assistant.polarity import is_denial
from assistant.wording import name_words

SAME_NEWS_DAYS = 14
"""What was published further apart may both hold, each at its time."""

NEAR = 1.35
"""Of the nearness to the question, 1 for the first chosen, and of that to a chosen sentence."""

_NEAR_REASON = 1.2
"""The same of reasons, of which any further one may count, and of what is likely to answer.

Of affairs and stories two of three sentences that are so near are another side.
"""
_LIKELY = 5.0
"""Log-odds below the likeliest sentence down to which another document's may say otherwise.

Both sides of 30 disputes of 48 of affairs and stories are quoted with these, of 26 without, in 2.65
quotes an answer instead of 2.56.
"""
ASKS_WHY = re.compile(r"^\W*(?:and\s+|but\s+|so\s+)?why\b", re.IGNORECASE)

_MOST = 3


def may_differ(question: str) -> bool:
    """Whether it asks for what accounts may differ on: a figure, a reason, a yes or no."""
    return asks_figure_or_whether(question) or bool(ASKS_WHY.search(question))


def other_sides(
    question: str,
    told: Sequence[Account],
    chosen: Sequence[int],
    near: npt.NDArray[np.float64],
    odds: npt.NDArray[np.float64],
) -> tuple[list[int], list[Dispute]]:
    """Which further sentences to quote, the nearest first, and what the nearest disputes.

    `near` (n,) is compared with NEAR, `odds` (n,) with those of the first chosen. A side is told by
    another document about as early as one chosen. Asked for a day, an amount, a number or a span
    of time, it gives another; asked whether, it denies what the chosen say or says what they deny,
    comes from whom it is about, or is likely to answer itself. Asked why, any is one. Asked if it
    took longer, how long it took is told besides, whenever that was published.
    """
    kind = asked_figure(question)
    tried = bool(ASKING.search(question))
    why = not kind and bool(ASKS_WHY.search(question))
    if not may_differ(question):
        return [], []
    days = None if asks_reports(question) else SAME_NEWS_DAYS
    nouns = counted(kind, question, told[chosen[0]].text)
    found: list[int] = []
    disputed: list[Dispute] = []
    close = near >= (_NEAR_REASON if why else NEAR)
    likely = (near >= _NEAR_REASON) & (odds >= odds[chosen[0]] - _LIKELY)
    if kind or why:
        likely[:] = False
    for i in np.argsort(-near, kind="stable").tolist():
        if len(found) == _MOST:
            break
        if not close[i] and not likely[i]:
            continue
        beside = [told[j] for j in (*chosen, *found) if _same_news(told[i], told[j], days)]
        if kind:
            # What a document says beside its figure is no account of it.
            beside = [one for one in beside if _figures(kind, one, nouns, tried)]
        if i in chosen or not beside or any(_same_document(told[i], one) for one in beside):
            continue
        dispute = (
            _figure_dispute(kind, told[i], beside, nouns, tried)
            if kind
            else _denial(told[i], beside)
        )
        concerned = not kind and _is_concerned(told[i], question)
        if dispute or concerned or why or likely[i]:
            found.append(i)
            # A "not" of a third party may be of something else; it is quoted, and no more is said.
            disputed += [dispute] if dispute and (kind or concerned) else []
    if asks_longer(question):
        found += _longest(told, near, (*chosen, *found))
    return found, disputed[:1]


def _longest(
    told: Sequence[Account], near: npt.NDArray[np.float64], beside: Sequence[int]
) -> list[int]:
    """The nearest of another document that says how long was asked for the thing, whenever told."""
    for i in np.argsort(-near, kind="stable").tolist():
        apart = not any(_same_document(told[i], told[j]) for j in beside)
        text = told[i].text
        if near[i] >= _NEAR_REASON and apart and ASKING.search(text) and lasting(text):
            return [i]
    return []


def _same_news(one: Account, other: Account, days: int | None) -> bool:
    """Whether both were published within so many days, or with None at any."""
    mine, theirs = one.passage.published, other.passage.published
    if mine is None or theirs is None:
        return False
    return days is None or abs((mine - theirs).days) <= days


def _same_document(one: Account, other: Account) -> bool:
    return one.passage.document_id == other.passage.document_id


def _figure_dispute(
    kind: str, one: Account, others: Sequence[Account], nouns: Collection[str], tried: bool
) -> Dispute | None:
    """A dispute if it gives a figure of the kind and all others, where they do, give another."""
    said = [(other, held) for other in others if (held := _figures(kind, other, nouns, tried))]
    known = [figure for _, held in said for figure in held]
    given = _figures(kind, one, nouns, tried)
    mine = [
        figure
        for figure in given
        if not any(figure.agrees(other) or other.agrees(figure) for other in known)
    ]
    # One of several, as the parts of a sum or both ends of a time, is no other version of one.
    alone = [(other, held) for other, held in said if len(held) == 1]
    if not alone or not len(mine) == len(given) == 1:
        return None
    return by_figure("day" if kind == "day" else "amount", [*alone, (one, mine)])


def _figures(kind: str, one: Account, nouns: Collection[str], tried: bool) -> list[Figure]:
    return told_figures(kind, one.text, one.passage.published, nouns, tried=tried)


def _denial(one: Account, others: Sequence[Account]) -> Dispute | None:
    """A dispute if it denies and none of the others does, or the other way round."""
    denies = is_denial(one.text)
    if any(is_denial(other.text) == denies for other in others):
        return None
    return by_denial(others, [one]) if denies else by_denial([one], others)


def _is_concerned(one: Account, question: str) -> bool:
    """Whether the publisher is whom the question names."""
    return bool({*name_words(one.passage.source or "")} & {*name_words(question)})
