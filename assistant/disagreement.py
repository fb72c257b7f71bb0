"""Where passages differ on what was asked: days, amounts, a denial against a report.

Works on sentences by their words and figures; knows nothing of models, stores or pages.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.answers import Citation, Disagreement, Side
from assistant.citing import Quote
from assistant.figures import Figure, figures
from assistant.polarity import is_uncertain
from assistant.referents import named
from assistant.roles import parts
from assistant.wording import aliases, name_words
from index.documents import Hit, Passage
from index.lexical import terms
from index.words import content_words

_ASKS_DAY = re.compile(
    r"\bwhen\b|\b(?:what|which|on what)\s+(?:\w+\s)?(?:day|date|month|year|time)\b"
    r"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b",
    re.IGNORECASE,
)
_ASKS_AMOUNT = re.compile(
    r"\bhow (?:much|many|long)\b|\b(?:fines?|amount|sum|price|cost|salary|penalty|total|number)\b",
    re.IGNORECASE,
)
_ASKS_WHETHER = re.compile(
    r"^\s*(?:and\s+|but\s+)?(?:did|do|does|was|were|is|are|has|have|had|can|could|will|would)\b",
    re.IGNORECASE,
)
_DENIES = re.compile(
    r"\b(?:den(?:y|ie[ds]|ying)|reject(?:s|ed)?|disput(?:e[sd]?|ing)|contradict(?:s|ed)?|nobody|not|never"
    r"|wrong|false|untrue|incorrect|inaccurate|baseless)\b|n['’]t\b",
    re.IGNORECASE,
)
_OUTRIGHT = re.compile(r"\b(?:den(?:y|ie[ds])|reject(?:s|ed)|disput(?:es|ed))\b", re.IGNORECASE)
_GENERIC = (
    "date day days time year years month months week weeks number come comes came happen happened "
    "set"
)
_SAID_BEFORE = re.compile(
    r"\b(?:report(?:ed|s)?|recalled|wrote|said|article|told|posts?)\s+(?:\w+\s+){0,2}?(?:on|of)\s*$",
    re.IGNORECASE,
)
_SAID_AFTER = re.compile(r"^,?\s+(?:the\s+)?(?:[A-Z][\w.]*\s+){1,4}(?:said|says|wrote|reported)\b")
_ABOUT = 0.4
_SAME_MATTER = 2
_NEARLY_BEST = 0.5
_CLOSE = 8
_OPENING = 4
_SAYS = re.compile(r"\b(?:said|wrote|told|reported|denied|rejected|posted|announced)\b")
_BESIDE_IT = re.compile(r"\b(?:before|after|until|till|since|by|from|to)\s+(?:the\s+)?$", re.I)
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


@dataclass(frozen=True, slots=True)
class _Said:
    """A sentence of a passage, and the share it has of the question's words, `wanted`."""

    passage: Passage
    span: tuple[int, int]
    text: str
    share: float
    copies: int
    wanted: frozenset[str]

    @property
    def quote(self) -> Quote:
        start = self.passage.start
        return Quote(
            self.passage.document_id, start + self.span[0], start + self.span[1], self.text
        )


def disputes(question: str, hits: Sequence[Hit]) -> list[Dispute]:
    """What the passages disagree on, of what the question asks; empty when nothing is plain."""
    said = _about(question, hits)
    if not said:
        return []
    if _ASKS_DAY.search(question):
        found = _by_figure("day", [(one, _days(one)) for one in said])
    elif _ASKS_AMOUNT.search(question):
        found = _by_figure("amount", [(one, _amounts(one, question)) for one in said])
    elif _ASKS_WHETHER.search(question):
        found = _by_denial(said)
    else:
        found = None
    return [found] if found else []


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


def _about(question: str, hits: Sequence[Hit]) -> list[_Said]:
    """Sentences with the question's words, the most first; names alone make nothing the same."""
    people = frozenset().union(*(terms(one.name) for one in named(question)))
    every = terms(" ".join(content_words(question)))
    # Typed in small letters, a name is known by how the passages write it.
    written = frozenset(w for hit in hits for w in name_words(hit.passage.text))
    people |= frozenset().union(
        *(terms(w) for w in content_words(question) if w.casefold() in written)
    )
    wanted = every - people - terms(_GENERIC)
    wanted = frozenset(s for s in wanted if not s.endswith("day") and not s.isdigit()) or every
    if not wanted:
        return []
    known = aliases(" ".join(hit.passage.text for hit in hits))
    asked = [{w for w in name_words("x " + one.name)} for one in named(question)]
    asked = [words | {o for w in words for o in known.get(w, ())} for words in asked if words]
    found = []
    for hit in hits:
        for first, last in hit.passage.sentences:
            text = hit.passage.text[first:last]
            have = {*name_words(text)}
            if not all(words & have for words in asked):
                continue
            share = len(wanted & terms(text)) / len(wanted)
            if share:
                found.append(
                    _Said(hit.passage, (first, last), text, share, len(hit.duplicates), wanted)
                )
    best = max((one.share for one in found), default=0.0)
    near = [one for one in found if one.share >= max(_NEARLY_BEST * best, 1e-9) and best >= _ABOUT]
    return sorted(near, key=lambda one: -one.share)


def _by_figure(about: str, said: Sequence[tuple[_Said, list[Figure]]]) -> Dispute | None:
    """A version for each value that no other sentence's value agrees with."""
    groups: list[tuple[Figure, list[_Said]]] = []
    for one, held in said:
        for figure in held:
            group = next((g for g in groups if g[0].agrees(figure) or figure.agrees(g[0])), None)
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


def _written(figure: Figure, members: Sequence[_Said]) -> str:
    """The value as the first sentence of its version writes it."""
    for found in figures(members[0].text):
        if figure.agrees(found) or found.agrees(figure):
            return members[0].text[found.start : found.end]
    return members[0].text


def _by_denial(said: Sequence[_Said]) -> Dispute | None:
    denied = [one for one in said if _DENIES.search(one.text)]
    claimed = [one for one in said if one not in denied]
    # One word in common is too little to say that a denial is of this and not of something else.
    denied = [one for one in denied if len(one.wanted & terms(one.text)) >= _SAME_MATTER]
    claimed = [one for one in claimed if len(one.wanted) >= _SAME_MATTER]
    replies = [
        reply
        for one in claimed
        if len(one.wanted & terms(one.text)) >= _SAME_MATTER
        for reply in _replies(one)
    ]
    denied = [*replies, *denied]
    if not denied or not claimed or not (replies or _apart([claimed, denied])):
        return None
    return Dispute("denial", (_side("reported", claimed), _side("denied", denied)))


def _replies(one: _Said) -> list[_Said]:
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
    return [_Said(one.passage, (first, last), text, one.share, 0, one.wanted)]


def _apart(groups: Sequence[Sequence[_Said]]) -> bool:
    """Whether at least two versions come from different documents."""
    documents = [{one.passage.document_id for one in members} for members in groups]
    return len(set().union(*documents)) > 1


def _side(says: str, members: Sequence[_Said]) -> DisputedSide:
    """Copies of one report are one voice: only the first of them is quoted."""
    kept: list[_Said] = []
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


def _days(one: _Said) -> list[Figure]:
    """Days a sentence gives for what happened, not those on which it was reported."""
    if is_uncertain(one.text):
        return []
    return [
        figure for figure in figures(one.text) if figure.is_day and not _is_reporting(one, figure)
    ]


def _close(one: _Said, figure: Figure) -> bool:
    """Whether a word of the question stands in the same part of the sentence, a few words off."""
    first, last = next(
        ((a, b) for a, b in parts(one.text) if a <= figure.start < b), (0, len(one.text))
    )
    before = one.text[first : figure.start].split()[-_CLOSE:]
    after = one.text[figure.end : last].split()[:_CLOSE]
    near = terms(" ".join(before)) | terms(" ".join(after))
    if first == 0 and not before[1:]:
        # "On April 30, 2024, a court sentenced": a day that opens the sentence is of all of it.
        near = terms(one.text)
    return len(near & one.wanted) >= _ABOUT * len(one.wanted)


def _is_reporting(one: _Said, figure: Figure) -> bool:
    same_day = (
        isinstance(figure.value, tuple)
        and one.passage.published is not None
        and (
            figure.value
            == (one.passage.published.year, one.passage.published.month, one.passage.published.day)
        )
    )
    if same_day and figure.start < _OPENING:
        return bool(_SAYS.search(one.text))
    said = _SAID_BEFORE.search(one.text[: figure.start]) or _SAID_AFTER.search(
        one.text[figure.end :]
    )
    return same_day and bool(said)


def _amounts(one: _Said, question: str) -> list[Figure]:
    """Amounts of the unit asked for: of money, or of the span of time the question names."""
    unit = next(
        (f for f in ("year", "month", "week", "day", "hour") if f in question.casefold()), ""
    )
    money = {"dollar", "euro", "pound", "yen"}
    return [
        figure
        for figure in figures(one.text)
        if not figure.is_day and (figure.unit == unit if unit else figure.unit in money)
    ]
