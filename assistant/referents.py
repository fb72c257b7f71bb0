"""Whom or what a pronoun stands for, by the names said before. Knows nothing of documents."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.answers import Turn, without_origins
from assistant.asked import own_words
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
    # Behind its verb's subject a name may close an aside, or have one: "Vale, of Leeds, said".
    r"(?:,|,\s[^,.?!]{1,80},)?\s+(?:also\s+|then\s+|later\s+)?(?:said|says|wrote|told|denied"
    r"|pleaded|resigned|replaced|paid|was|is|has|had|admitted|founded|asked|applied|lost|won"
    r"|became|led|worked|lives|lived|died|born)\b"
)
_AFTER_PREPOSITION = re.compile(
    r"\b(?:of|at|in|from|by|on|with|to|for|against|about)\s+(?:the\s+)?$", re.IGNORECASE
)
_ABOUT = re.compile(r"\babout\s+(?:the\s+)?$", re.IGNORECASE)
_WITHIN = re.compile(r"\b(?:that|whether|which|because)\b(?:[^.?!]*[^.?!,\s])?\s+$", re.IGNORECASE)
"""Before what a clause within a sentence says; after a comma its main clause may go on."""

_WHAT_DID = re.compile(
    r"^\W*(?:(?:and|but|so)\s+)?what(?:\s+else)?\s+(?:did|do|does|has|have|had|will|would)\s+"
    r"(?:the\s+)?$",
    re.IGNORECASE,
)
_WHO = re.compile(r"^\W*(?:(?:and|but|so)\s+)?who\s+(?!is\b|was\b|are\b|were\b)", re.IGNORECASE)
_THE = re.compile(r"\bthe\s+$", re.IGNORECASE)
_MONTH = re.compile(
    r"^(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)$"
)
_OBJECT = re.compile(
    r"\b(?:(?:did|do|does|has|have|had|will|would)\b.*?|(?:is|are|was|were)\b.*?[a-z]ing\s+)"
    r"\ban?\s+((?:[a-z]+\s+){0,2}?[a-z]+)"
    r"(?=\s+(?:after|at|before|by|for|from|in|of|on|that|to|when|which|with)\b|[?.,]|$)",
    re.IGNORECASE,
)
_NEAR = 300
"""Characters before a name that are looked at: about a sentence."""
_TURNS = 3
_ASKED_ABOUT = 2.0
_SHORT_ANSWER = 40


@dataclass(frozen=True, slots=True)
class Named:
    """A name and how far it looks like a person's; more is likelier, below 0 is a thing's.

    `governed` is that it stands after prepositions only: neither subject nor object of a verb.
    """

    name: str
    person: float
    governed: bool = False


def named(text: str) -> list[Named]:
    """The names of a text in order of first mention, the opening word included."""
    found: dict[str, Named] = {}
    for start, end in _runs(text):
        name = re.sub(r"['’]s$", "", text[start:end])
        before, does = text[max(0, start - _NEAR) : start], _DOES.match(text, end)
        opens = not before.strip() or before.rstrip()[-1] in ".?!"
        if opens and " " not in name and not name.isupper() and not does:
            # A capital that only opens the sentence.
            continue
        governed = bool(_AFTER_PREPOSITION.search(before))
        score = 1.0 * (" " in name) - 3.0 * bool(ORGANISATION.search(name))
        score -= 1.0 * bool(_THE.search(before)) + 1.0 * governed
        if does and not governed:
            # Whom somebody speaks of comes after who speaks.
            score += 0.5 if _WITHIN.search(before) else 1.5
        held = found.get(name, Named(name, -9.0, True))
        governed = held.governed and governed and not _ABOUT.search(before)
        found[name] = Named(name, max(score, held.person), governed)
    return list(found.values())


def _runs(text: str) -> list[tuple[int, int]]:
    """Spans of capitalised words that stand together, names of months and days left out."""
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
    return runs


def persons(history: Sequence[Turn]) -> list[str]:
    """Who "he" or "she" may be, likeliest first: of the latest turn that names anyone.

    Of two that are alike, the one the answer speaks of first.
    """
    for turn in reversed(history[-_TURNS:]):
        asked = [
            # Whom the question was about by full name is whom the next is about.
            Named(one.name, one.person + _ASKED_ABOUT * (" " in one.name), one.governed)
            for one in named(turn.question)
        ]
        # Who published a quote is not who it speaks of.
        said = [*named(without_origins(turn.answer).split("\n\n")[0]), *asked]
        # Asked who did something to X, X is not who did it; words put back are context only.
        own = own_words(turn.question)
        less = {
            one.name
            for one in asked
            if one.name not in own or (_WHO.match(own) and " " not in one.name)
        }
        likely = sorted(
            (one for one in said if one.person >= 0),
            key=lambda one: (one.name in less, -one.person),
        )
        if likely:
            return list(dict.fromkeys(one.name for one in likely))
    return []


def done_thing(history: Sequence[Turn]) -> str:
    """What "it" may be that something is done to: what the latest question asks if one did.

    After "Has she applied for a licence?" it is the licence that has been granted.
    """
    found = _OBJECT.search(own_words(history[-1].question))
    return f"the {found[1]}" if found else ""


def thing(history: Sequence[Turn]) -> str:
    """What "it" may be: a thing by name that was asked about, or that the answer speaks of.

    Of names in the same place it is the last. A long answer speaks of too many things to tell.
    """
    question, answer = own_words(history[-1].question), without_origins(history[-1].answer)
    asked = _things(question, question)
    said = _things(answer, question) if len(answer.split()) <= _SHORT_ANSWER else []
    about = [one for one in asked if not one.governed]
    told = [one for one in said if not one.governed]
    spoken_of = [one for one in about if _alike(one.name, answer)]
    context = [one for one in _things(history[-1].question, question) if one not in asked]
    ranked = (spoken_of, told, about, context, said, asked)
    return next((things[-1].name for things in ranked if things), "")


def _things(text: str, question: str) -> list[Named]:
    """Names in a text that may be of things, less of who is asked what it did."""
    doers = [question[a:b] for a, b in _runs(question) if _WHAT_DID.search(question[:a])]
    return [
        one
        for one in named(text)
        if (one.person < 0 or " " not in one.name) and not _alike(one.name, " ".join(doers))
    ]


def _alike(name: str, text: str) -> bool:
    """Whether a text has a word of a name: "Harlow" of "Harlow Foods"."""
    return not set(_WORD.findall(name)).isdisjoint(_WORD.findall(text))
