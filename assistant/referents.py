"""Whom or what a pronoun stands for, by the names said before. Knows nothing of documents."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.answers import Turn, without_origins
from index.words import FUNCTION_WORDS

_WORD = re.compile(r"[^\W_]+(?:['’.&-][^\W_]+)*")
ORGANISATION = re.compile(
    r"\b(?:academy|agency|association|bank|board|bureau|church|club|college|commission|committee"
    r"|company|corp|council|court|department|exchange|financial|foundation|fund|group|house|inc"
    r"|institute|journal|league|ltd|ministry|museum|news|office|party|post|school|society|street"
    r"|times|today|university|week|act|agreement)\b",
    re.IGNORECASE,
)
_DOES = re.compile(
    r"\s+(?:also\s+|then\s+|later\s+)?(?:said|says|wrote|told|denied|pleaded|resigned|replaced|paid|was|is"
    r"|has|had|admitted|founded|asked|applied|lost|won|became|led|worked|lives|lived|died|born)\b"
)
_AFTER_PREPOSITION = re.compile(
    r"\b(?:of|at|in|from|by|on|with|to|for|against|about)\s+(?:the\s+)?$", re.IGNORECASE
)
_THE = re.compile(r"\bthe\s+$", re.IGNORECASE)
_MONTH = re.compile(
    r"^(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)$"
)
_OBJECT = re.compile(
    r"\b(?:did|do|does|has|have|had|will|would)\b.*?\ban?\s+((?:[a-z]+\s+){0,2}?[a-z]+)"
    r"(?=\s+(?:after|at|before|by|for|from|in|of|on|that|to|when|which|with)\b|[?.,]|$)",
    re.IGNORECASE,
)
_TURNS = 3
_ASKED_ABOUT = 2.0
_SHORT_ANSWER = 40


@dataclass(frozen=True, slots=True)
class Named:
    """A name and how far it looks like a person's; more is likelier, below 0 is a thing's."""

    name: str
    person: float


def named(text: str) -> list[Named]:
    """The names of a text in order of first mention, the opening word included."""
    runs: list[tuple[int, int]] = []
    for match in _WORD.finditer(text):
        word = match[0]
        capital = word[0].isupper() and word.casefold() not in FUNCTION_WORDS
        if not capital or _MONTH.match(word):
            continue
        if runs and text[runs[-1][1] : match.start()] == " ":
            runs[-1] = (runs[-1][0], match.end())
        else:
            runs.append(match.span())
    found: dict[str, float] = {}
    for start, end in runs:
        name = re.sub(r"['’]s$", "", text[start:end])
        opens = not text[:start].strip() or text[:start].rstrip()[-1] in ".?!"
        if opens and " " not in name and not name.isupper() and not _DOES.match(text[end:]):
            # A capital that only opens the sentence.
            continue
        score = 1.0 * (" " in name) - 3.0 * bool(ORGANISATION.search(name))
        score += 1.5 * bool(_DOES.match(text[end:])) - 1.0 * bool(_THE.search(text[:start]))
        score -= 1.0 * bool(_AFTER_PREPOSITION.search(text[:start]))
        found[name] = max(score, found.get(name, -9.0))
    return [Named(name, score) for name, score in found.items()]


def persons(history: Sequence[Turn]) -> list[str]:
    """Who "he" or "she" may be, likeliest first: of the latest turn that names anyone.

    Of two that are alike, the one the answer speaks of first.
    """
    for turn in reversed(history[-_TURNS:]):
        asked = [
            # Whom the question was about by full name is whom the next is about.
            Named(one.name, one.person + _ASKED_ABOUT * (" " in one.name))
            for one in named(turn.question)
        ]
        # Who published a quote is not who it speaks of.
        said = [*named(without_origins(turn.answer).split("\n\n")[0]), *asked]
        likely = sorted((one for one in said if one.person >= 0), key=lambda one: -one.person)
        if likely:
            return list(dict.fromkeys(one.name for one in likely))
    return []


def done_thing(history: Sequence[Turn]) -> str:
    """What "it" may be that something is done to: what the latest question asks if one did.

    After "Has she applied for a licence?" it is the licence that has been granted.
    """
    found = _OBJECT.search(history[-1].question)
    return f"the {found[1]}" if found else ""


def thing(history: Sequence[Turn]) -> str:
    """What "it" may be: the last thing by name that the latest answer, or question, speaks of.

    A long answer speaks of too many things to tell.
    """
    answer = without_origins(history[-1].answer)
    for text in (answer if len(answer.split()) <= _SHORT_ANSWER else "", history[-1].question):
        things = [one.name for one in named(text) if one.person < 0 or " " not in one.name]
        if things:
            return things[-1]
    return ""
