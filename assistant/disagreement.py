"""Where passages differ on what was asked: days, amounts, a denial against a report.

Works on sentences by their words and figures; knows nothing of models, stores or pages.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.accounts import Account, accounts, amounts, days
from assistant.answers import Citation, Disagreement, Side
from assistant.asked import own_words
from assistant.citing import Quote
from assistant.figures import Figure
from assistant.lacking import asks_end, tells_end
from assistant.referents import named
from index.documents import Hit
from index.fields import terms

_WHETHER = (
    r"\s*(?:and\s+|but\s+)?"
    r"(?:did|do|does|was|were|is|are|has|have|had|can|could|will|would)\b"
)
_ASKS_DAY = re.compile(
    # Where something else is asked, "when" only says of which time.
    rf"^(?!{_WHETHER})(?:(?!\b(?:who|whom|what|which|why|how|where)\b).)*\bwhen\b"
    r"|\b(?:know|known|tell|clear)\s+(?:\w+\s+)?when\b"
    r"|\b(?:what|which|on what)\s+(?:\w+\s)?(?:day|date|month|year|time)\b"
    r"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b",
    re.IGNORECASE,
)
_ASKS_AMOUNT = re.compile(
    r"\bhow (?:much|many|long)\b"
    r"|\b(?:fine|amount|sum|price|cost|total|number)s?\b|\b(?:salar|penalt)(?:y|ies)\b",
    re.IGNORECASE,
)
_ASKS_WHETHER = re.compile(rf"^{_WHETHER}", re.IGNORECASE)
_ASKS_SPAN = re.compile(
    r"\bhow (?:long|many (?:years|months|weeks|days|hours|minutes))\b", re.IGNORECASE
)
_ASKS_NUMBER = re.compile(r"\b(?:how many|number of)\b", re.IGNORECASE)
_ASKS_REPORTS = re.compile(
    r"\b(?:in|across|between|by|do|which|what)\s+(?:(?:the|all|any|different|various|several|other)\s+)*"
    r"(?:reports|sources|outlets|articles|(?:news)?papers|documents|accounts|versions)\b"
    r"|\b(?:different|various|conflicting|several|other)\s+"
    r"(?:accounts|amounts|dates|days|figures|numbers|sums|versions)\b",
    re.IGNORECASE,
)
_DENIES = re.compile(
    r"\b(?:den(?:y|ie[ds]|ying)|reject(?:s|ed)?|disput(?:e[sd]?|ing)|contradict(?:s|ed)?|nobody|not|never"
    r"|wrong|false|untrue|incorrect|inaccurate|baseless)\b|n['’]t\b",
    re.IGNORECASE,
)
_IF = re.compile(r"\b(?:if|unless|whether)\b", re.IGNORECASE)
_OUTRIGHT = re.compile(r"\b(?:den(?:y|ie[ds])|reject(?:s|ed)|disput(?:es|ed))\b", re.IGNORECASE)
_SAME_MATTER = 2
_SAME_EVENT = 0.75
"""Of the largest share of the question's words that an account has."""

_NEWS_DAYS = 14
_COPY = 0.7
_MOST_SIDES = 4
_MOST_QUOTES = 3


@dataclass(frozen=True, slots=True)
class DisputedSide:
    """One version: what it says in short, and the quotes that say it, the closest first.

    `copies` counts further passages left out as they only say again what one quoted says.
    """

    says: str
    quotes: tuple[Quote, ...]
    copies: int


@dataclass(frozen=True, slots=True)
class Dispute:
    """Versions that cannot all hold. `about` is "day", "amount" or "denial"."""

    about: str
    sides: tuple[DisputedSide, ...]


def disputes(question: str, hits: Sequence[Hit]) -> list[Dispute]:
    """What the passages disagree on, of what the question asks; empty when nothing is plain."""
    if not asks_figure_or_whether(question):
        return []
    said = accounts(question, hits)
    if not said:
        return []
    asked = own_words(question)
    if _ASKS_DAY.search(asked):
        # What happened to a thing on another day may be something else: signed, then announced.
        said = [one for one in said if one.share >= _SAME_EVENT * said[0].share]
        if asks_end(asked):
            said = [one for one in said if tells_end(one.text)]
        found = by_figure("day", [(one, days(one)) for one in said])
    elif _ASKS_AMOUNT.search(asked):
        held = [(one, amounts(one, asked)) for one in said]
        found = by_figure("amount", held if asks_reports(asked) else _of_one_time(held))
    else:
        found = _denial_among(said)
    return [found] if found else []


def asks_figure_or_whether(question: str) -> bool:
    """Whether it asks for what accounts can plainly differ on: a figure, or a yes or no."""
    return bool(asked_figure(question) or _ASKS_WHETHER.search(question))


def asks_reports(question: str) -> bool:
    """Whether it asks for all that is reported, which it wants whenever it was."""
    return bool(_ASKS_REPORTS.search(question))


def asked_figure(question: str) -> str:
    """What kind of figure a question asks for: "span", "number", "money", "day" or "".

    Its own words say so, and not those that were put back for context.
    """
    asks = {"span": _ASKS_SPAN, "number": _ASKS_NUMBER, "day": _ASKS_DAY, "money": _ASKS_AMOUNT}
    asked = own_words(question)
    return next((kind for kind, sign in asks.items() if sign.search(asked)), "")


def unquoted(disputed: Sequence[Dispute], quotes: Sequence[Quote]) -> list[Quote]:
    """The first quote of each version that none of `quotes` speaks for yet."""
    return [
        side.quotes[0]
        for dispute in disputed
        for side in dispute.sides
        if not any(_inside(mine, quote) for mine in side.quotes for quote in quotes)
    ]


def side_by_side(
    disputed: Sequence[Dispute], citations: Sequence[Citation]
) -> tuple[Disagreement, ...]:
    """The disputes in terms of checked citations; one of fewer than two cited sides is left out."""
    found = []
    for dispute in disputed:
        sides = [
            Side(side.says, held, side.copies)
            for side in dispute.sides
            if (held := tuple(c for c in citations if _cites(c, side)))
        ]
        if len(sides) > 1:
            found.append(Disagreement(dispute.about, tuple(sides)))
    return tuple(found)


def _cites(citation: Citation, side: DisputedSide) -> bool:
    return any(
        quote.document_id == citation.document.id
        and citation.start <= quote.start
        and quote.end <= citation.end
        for quote in side.quotes
    )


def _inside(inner: Quote, outer: Quote) -> bool:
    same = inner.document_id == outer.document_id
    return same and outer.start <= inner.start and inner.end <= outer.end


def by_figure(about: str, said: Sequence[tuple[Account, list[Figure]]]) -> Dispute | None:
    """A version for each value that no other sentence's value agrees with.

    A sentence with several, as the parts of a sum or both ends of a time, is none, but may agree.
    """
    groups: list[tuple[Figure, list[Account]]] = []
    for one, held in sorted(said, key=lambda pair: len(pair[1]) > 1):
        if len(held) > 1:
            held = [f for f in held if any(_agree(f, value) for value, _ in groups)][:1]
        for figure in held:
            group = next((g for g in groups if _agree(g[0], figure)), None)
            if group is None:
                groups.append((figure, [one]))
            elif one not in group[1]:
                group[1].append(one)
    groups = groups[:_MOST_SIDES]
    if len(groups) < 2 or not _apart([members for _, members in groups]):
        return None
    return Dispute(
        about,
        tuple(_side(_written(figure, members), members) for figure, members in groups),
    )


def _agree(one: Figure, other: Figure) -> bool:
    return one.agrees(other) or other.agrees(one)


def _of_one_time(
    said: Sequence[tuple[Account, list[Figure]]],
) -> list[tuple[Account, list[Figure]]]:
    """The accounts published about as early as the first that has a figure: sums change."""
    first = next((one.passage.published for one, held in said if held), None)
    return [
        (one, held)
        for one, held in said
        if not first
        or not one.passage.published
        or abs((one.passage.published - first).days) <= _NEWS_DAYS
    ]


def _written(figure: Figure, members: Sequence[Account]) -> str:
    """The value as the first sentence of its version, which it was found in, writes it."""
    return members[0].text[figure.start : figure.end]


def _denial_among(said: Sequence[Account]) -> Dispute | None:
    denied = [
        one
        for one in said
        if (no := _DENIES.search(one.text)) and not _IF.search(one.text[: no.start()])
    ]
    claimed = [one for one in said if one not in denied]
    # One word in common is too little to say that a denial is of this and not of something else.
    denied = [one for one in denied if _shares_matter(one)]
    # What is told in other words may be the same, if it is told at about the same time.
    claimed = [
        one
        for one in claimed
        if _shares_matter(one) or (one.passage.published and len(one.wanted) >= _SAME_MATTER)
    ]
    replies = {one.quote: _replies(one) if _shares_matter(one) else [] for one in claimed}
    claimed = [
        one for one in claimed if replies[one.quote] or any(_answers(d, one) for d in denied)
    ]
    denied = [one for one in denied if any(_answers(one, claim) for claim in claimed)]
    denied = [*(reply for one in claimed for reply in replies[one.quote]), *denied]
    return by_denial(claimed, denied) if claimed and denied else None


def _shares_matter(one: Account) -> bool:
    return len(one.wanted & terms(one.text)) >= _SAME_MATTER


def by_denial(claimed: Sequence[Account], denied: Sequence[Account]) -> Dispute:
    """What is claimed, and what is denied."""
    return Dispute("denial", (_side("reported", claimed), _side("denied", denied)))


def _answers(denial: Account, claim: Account) -> bool:
    """Whether a denial can be of another document's claim: what is said weeks apart is news."""
    if denial.passage.document_id == claim.passage.document_id:
        return False
    denied, claimed = denial.passage.published, claim.passage.published
    return denied is None or claimed is None or abs((claimed - denied).days) < _NEWS_DAYS


def _replies(one: Account) -> list[Account]:
    """The sentence just after one in its passage, if it denies."""
    spans = one.passage.sentences
    place = spans.index(one.span) + 1
    if place == len(spans):
        return []
    first, last = spans[place]
    text = one.passage.text[first:last]
    # Only an outright denial, and of the same: it shares words besides the names.
    shared = terms(text) & terms(one.text) - frozenset(
        stem for name in named(one.text) for stem in terms(name.name)
    )
    if not _OUTRIGHT.search(text) or not shared:
        return []
    return [Account(one.passage, (first, last), text, one.share, 0, one.wanted)]


def _apart(groups: Sequence[Sequence[Account]]) -> bool:
    """Whether at least two versions come from different documents."""
    documents = [{one.passage.document_id for one in members} for members in groups]
    return len(set().union(*documents)) > 1


def _side(says: str, members: Sequence[Account]) -> DisputedSide:
    """Copies of one report are one voice: only the first of them is quoted."""
    kept: list[Account] = []
    copies = 0
    for one in members:
        stems = terms(one.text)
        if any(
            len(stems & terms(k.text)) / max(1, len(stems | terms(k.text))) >= _COPY for k in kept
        ):
            copies += 1 + one.copies
        else:
            kept.append(one)
            copies += one.copies
    return DisputedSide(says, tuple(one.quote for one in kept[:_MOST_QUOTES]), copies)
