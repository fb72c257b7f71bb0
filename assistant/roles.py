"""Whether a text's names and figures stand in the same company as the sentence's.

"Ver paid Stone" does not bear out "Stone paid Ver", and two sentences about two people do not bear
out one about a mixture of both. By word order alone: knows nothing of models or passages.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.figures import Figure, figures, is_year
from assistant.wording import TELLING, aliases, name_words, tells
from index.fields import stem_of
from index.words import FUNCTION_WORDS

_CUT = re.compile(
    r"[,;:]\s+|\s+(?=(?:and|but|who|which|while|when|after|before|because|although)\s)|\s[-–—]\s"
)
_PRONOUN = re.compile(r"\b(he|she|it|they|him|her|them|his|its|their|who)\b", re.IGNORECASE)
_BY = re.compile(r"(?:\s\w+){0,2}\sby\s", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_SHORTEST = 3
_DATING = frozenset("dated from in of on published".split())
_DETERMINERS = frozenset("a an her his its the their".split())


def parts(text: str) -> list[tuple[int, int]]:
    """Spans between commas and joining words, days kept whole; short ones join the next.

    So does a day that opens the text: "On May 2, 2024, Zhao was sentenced" is one part.
    """
    held = figures(text)
    cuts = [
        match.end()
        for match in _CUT.finditer(text)
        if not any(figure.start < match.end() < figure.end for figure in held)
    ]
    spans: list[tuple[int, int]] = []
    begin = 0
    for cut in [*cuts, len(text)]:
        words = len(text[begin:cut].split())
        if not begin:
            words -= sum(len(text[f.start : f.end].split()) for f in held if f.end <= cut)
        if words >= _SHORTEST:
            spans.append((begin, cut))
            begin = cut
    if begin < len(text):
        spans[-1:] = [(spans[-1][0] if spans else 0, len(text))]
    return spans


def company(
    claim: str,
    sentences: Sequence[str],
    publisher: str,
    days: Sequence[Figure],
    *,
    passages: Sequence[int] | None = None,
) -> list[tuple[tuple[int, int], list[int]]]:
    """For each part of a claim, its span and the sentences that have all its names and figures.

    The publisher and the days shown beside every quote count as there where the claim speaks of
    saying, the days only where the sentence has none of its own that the claim leaves out, or the
    claim dates the saying by them. A name may be missing where a pronoun can stand for it: in a
    sentence that names nobody else, for names of the nearest sentence before it that has any.
    `passages` tells which passage each sentence is from, where they are of several.
    """
    text = " ".join(sentences)
    known = aliases([text])
    common = frozenset(word for word in _WORD.findall(text) if word.islower())
    beside = {*name_words(publisher), *publisher.casefold().split()} if tells(claim) else set()
    dates = [f for f in figures(claim) if tells(claim) and any(f.agrees(day) for day in days)]
    dated = [f for f in dates if _dates_the_saying(claim, f, beside)]
    own = [_own_days(sentence, claim) for sentence in sentences]
    meant = _meant(sentences, passages or [0] * len(sentences))
    found = []
    for first, last in parts(claim):
        part = claim[first:last]
        wanted = [w for w in name_words(part, common) if w not in beside]
        fit = []
        for i, sentence in enumerate(sentences):
            shown = dated if own[i] else dates
            numbers = [f for f in figures(part) if not any(f.agrees(day) for day in shown)]
            if _has(sentence, wanted, numbers, known, beside, meant[i]):
                fit.append(i)
        found.append(((first, last), fit))
    return found


def _meant(sentences: Sequence[str], passages: Sequence[int]) -> list[frozenset[str]]:
    """Whom a pronoun of each sentence can mean: those named last before it in its passage."""
    found: list[frozenset[str]] = []
    last: frozenset[str] = frozenset()
    for i, sentence in enumerate(sentences):
        if i and passages[i] != passages[i - 1]:
            last = frozenset()
        found.append(last)
        last = frozenset(name_words(sentence)) or last
    return found


def _own_days(sentence: str, claim: str) -> list[Figure]:
    """Days and years of a sentence that the claim does not give."""
    given = figures(claim)
    return [
        held
        for held in figures(sentence)
        if (held.is_day or is_year(held, sentence))
        and not any(figure.agrees(held) for figure in given)
    ]


def _dates_the_saying(claim: str, day: Figure, publisher: set[str]) -> bool:
    """Whether a day is when something was said: "reported on May 2", "On May 2 Zhao said"."""
    before = [match[0] for match in _WORD.finditer(claim[: day.start])]
    for word in reversed([word.casefold() for word in before]):
        if word in TELLING:
            return True
        if word not in _DATING and word not in publisher:
            return False
    for match in _WORD.finditer(claim[day.end :]):
        word = match[0].casefold()
        if word in TELLING:
            return True
        if match[0].islower() and word not in _DETERMINERS:
            return False
    return False


def _has(
    sentence: str,
    wanted: Sequence[str],
    numbers: Sequence[Figure],
    known: dict[str, frozenset[str]],
    beside: set[str],
    meant: frozenset[str],
) -> bool:
    held = figures(sentence)
    if not all(any(number.agrees(figure) for figure in held) for number in numbers):
        return False
    mine = set(name_words(sentence)) | {w for w in wanted if _holds(sentence, w)}
    have = mine | {other for word in mine for other in known.get(word, ())}
    missing = [w for w in wanted if w not in have and not known.get(w, frozenset()) & have]
    if not missing:
        return True
    others = {w for w in mine if w not in wanted and w not in beside}
    if others or not _PRONOUN.search(sentence):
        return False
    meant |= {other for word in meant for other in known.get(word, ())}
    return all(w in meant or known.get(w, frozenset()) & meant for w in missing)


def _holds(sentence: str, word: str) -> bool:
    return bool(re.search(rf"\b{re.escape(word)}\b", sentence, re.IGNORECASE))


def swapped(claim: str, sentences: Sequence[str]) -> bool:
    """Whether two names stand the other way round about a word both texts share.

    A "by" soon after the word turns its order, for then the doer comes last.
    """
    mine = set().union(*(_orders(claim[first:last]) for first, last in parts(claim)))
    theirs = set().union(*map(_orders, sentences))
    return any((a, word, b) in theirs and (b, word, a) not in theirs for b, word, a in mine)


def misplaced(claim: str, sentences: Sequence[str]) -> bool:
    """Whether a figure has got the name next to another figure of the same sentence.

    "FinCEN $3.4 billion and OFAC $968 million" does not bear out "OFAC $3.4 billion".
    """
    for figure in figures(claim):
        for sentence in sentences:
            held = figures(sentence)
            same = [other for other in held if figure.agrees(other)]
            if not same or len([o for o in held if o.is_day == figure.is_day]) < 2:
                continue
            if any(_neighbours_agree(claim, figure, sentence, other) for other in same):
                return False
            return True
    return False


def _neighbours_agree(claim: str, mine: Figure, sentence: str, theirs: Figure) -> bool:
    sides = [(_near(claim, mine, s), _near(sentence, theirs, s), s) for s in (-1, 1)]
    if any(near == other for near, other, _ in sides if near):
        return True
    for near, other, side in sides:
        if near and other:
            if near == _near(sentence, theirs, -side):
                return False
            if _beyond_another(sentence, theirs, near):
                return False
    return True


def _near(text: str, figure: Figure, side: int) -> str:
    """The last word of the name just before a figure, or the first of the one just after."""
    if side < 0:
        words = name_words(text[: figure.start])
        return words[-1] if words else ""
    words = name_words("x " + text[figure.end :])
    return words[0] if words else ""


def _beyond_another(sentence: str, figure: Figure, name: str) -> bool:
    """Whether the name stands beyond another figure, seen from this one."""
    place = next((m.start() for m in _WORD.finditer(sentence) if m[0].casefold() == name), None)
    if place is None:
        return False
    low, high = sorted((figure.start, place))
    return any(low < other.start < high for other in figures(sentence) if other != figure)


def _orders(text: str) -> set[tuple[str, str, str]]:
    """(name, word, name) as they stand, for every word between names, doer first."""
    words = [(m.start(), m.end(), m[0]) for m in _WORD.finditer(text)]
    held = set(name_words(text))
    plain = [re.sub(r"['’]s$", "", word.casefold()) for *_, word in words]
    found = set()
    for k, (_, end, word) in enumerate(words):
        if plain[k] in held or plain[k] in FUNCTION_WORDS or len(word) < 3 or word[0].isdigit():
            continue
        stem = stem_of(word)
        before = {plain[i] for i in range(k) if plain[i] in held}
        after = {plain[i] for i in range(k + 1, len(words)) if plain[i] in held}
        if _BY.match(text[end:]):
            before, after = after, before
        found |= {(b, stem, a) for b in before - after for a in after - before if stem}
    return found
