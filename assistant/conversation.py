"""A follow-up question and its history -> a question that stands alone. Uses no model.

Names stand in for pronouns; the other words a question leaves out are put behind it in brackets. A
question that lacks nothing is left as it is, so that a change of topic drags nothing along.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.answers import Turn
from assistant.asked_time import asked_time
from assistant.followups import PERSON, POINTING, THING, missing_words
from assistant.referents import ORGANISATION, done_thing, named, persons, thing
from assistant.small_talk import is_small_talk
from index.words import content_words

_OWNER = re.compile(r"\b(his|her)\b(?=\s+\w)", re.IGNORECASE)
_DOER = re.compile(r"\b(he|she)\b", re.IGNORECASE)
_DONE_TO = re.compile(r"\b(him|her)\b", re.IGNORECASE)
_ITS = re.compile(r"\bits\b(?=\s+\w)", re.IGNORECASE)
_IT = re.compile(r"\bits?\b", re.IGNORECASE)
_DONE_TO_IT = re.compile(
    r"\b(?:(?:has|had|have)\s+it\s+(?:\w+\s+)?been|(?:was|is)\s+it(?:\s+\w+)?)\s+\w+(?:ed|en|wn|id|ht)\b",
    re.IGNORECASE,
)
_SAID_IT = re.compile(
    r"\b(?:admit(?:ted)?|believed?|claim(?:ed)?|confirm(?:ed)?|den(?:y|ied)|disputed?|doubt(?:ed)?"
    r"|explain(?:ed)?|kn(?:ow|ew|own)|mean|meant|say|said|says|thinks?|thought)\s+it\b",
    re.IGNORECASE,
)
_JOINING = re.compile(r"^\s*(and|but|so|also|or|what about|how about)\b", re.IGNORECASE)
_SUBJECT = r"(?:[Tt]he\s+(?:[\w-]+\s+)+?|(?:[A-Z][\w.&-]*\s+)+)"
_CLAUSE = re.compile(
    r"^\s*(?i:and|but|so|also)\s+(?:"
    rf"(?:(?:how|what|when|where|which|why)\b.*?\s)?(?:did|do|does)\s+{_SUBJECT}[a-z]+"
    rf"|(?:(?:how|when|where|why)\b.*?\s)?(?:has|had|have|is|are|was|were)\s+{_SUBJECT}"
    r"\w+(?:ed|en|wn|id|ht))\b"
)
"""A joining word, and a whole clause: a subject that is told, and its verb."""

_WHOLE = 4
"""Words from which a question with a name in it can stand alone."""

_LATEST = 6
"""Turns looked back upon."""


def stand_alone(question: str, history: Sequence[Turn]) -> str:
    """The question with what it leaves out put back from the latest turns."""
    told = [turn for turn in history if not is_small_talk(turn.question, first=True)]
    return _completed(question, resolved_history(told)) if told else question


def resolved_history(history: Sequence[Turn]) -> list[Turn]:
    """The latest turns, each question completed from those before it."""
    done: list[Turn] = []
    for turn in history[-_LATEST:]:
        question = _completed(turn.question, done) if done else turn.question
        done.append(Turn(question, turn.answer))
    return done


def _completed(question: str, history: Sequence[Turn]) -> str:
    resolved = _with_names(question, history)
    if _stands(question, resolved):
        return resolved
    held = {word.casefold() for word in content_words(resolved)}
    words = [word for word in missing_words(resolved, history) if word.casefold() not in held]
    return f"{resolved} ({' '.join(words)})" if words else resolved


def _stands(question: str, resolved: str) -> bool:
    """Whether the question lacks nothing: it has a name, words enough, and no open reference."""
    if any(sign.search(resolved) for sign in (THING, PERSON, POINTING)):
        return False
    if resolved == question and not _JOINING.match(question) and asked_time(question):
        # Of a time all is asked for, whatever was spoken of.
        return True
    if resolved == question and _JOINING.match(question):
        # "The company" is one that was named before.
        named_here = named(question) or not ORGANISATION.search(question)
        return bool(named_here and _CLAUSE.match(question))
    return bool(named(resolved)) and len(resolved.split()) >= _WHOLE


def _with_names(question: str, history: Sequence[Turn]) -> str:
    """Names in place of pronouns, where the history has them."""
    resolved = question
    if PERSON.search(question) and (who := persons(history)):
        mentioned = [name for name in who if name in question]
        who = [name for name in who if name not in mentioned] or who
        resolved = _OWNER.sub(f"{who[0]}'s", resolved)
        resolved = _DOER.sub(who[0], resolved)
        # "How much did he pay him?" speaks of two.
        whom = who[1:] if _DOER.search(question) else who
        resolved = _DONE_TO.sub(whom[0], resolved) if whom else resolved
    if _IT.search(resolved) and (what := _it(question, history)) and what not in resolved:
        resolved = _ITS.sub(f"{what}'s", resolved, count=1)
        resolved = _IT.sub(what, resolved, count=1)
    return resolved


def _it(question: str, history: Sequence[Turn]) -> str:
    """What "it" is; "" where it is what was said, which has no name."""
    if _SAID_IT.search(question):
        return ""
    done = done_thing(history) if _DONE_TO_IT.search(question) or _ITS.search(question) else ""
    return done or thing(history)
