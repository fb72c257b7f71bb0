"""A follow-up question and its history -> a question that stands alone. Uses no model.

Names stand in for pronouns; a question with no subject of its own borrows the words of the one
before. A question that names its own subject is left as it is, so that a change of topic drags
nothing along.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.answers import Turn
from index.words import content_words, names

_PERSON = re.compile(r"\b(he|him|she|they|them)\b", re.IGNORECASE)
_OWNER = re.compile(r"\b(his|her|their|its)\b(?=\s+\w)", re.IGNORECASE)
_THING = re.compile(r"\b(it)\b", re.IGNORECASE)
_POINTING = re.compile(r"\b(that|this|those|these|there|then|same|one)\b", re.IGNORECASE)
_CONTINUING = re.compile(r"^\s*(and|but|so|also|or|what about|how about|why|since when)\b", re.I)


def stand_alone(question: str, history: Sequence[Turn]) -> str:
    """The question with what it leaves out put back from the latest turns."""
    if not history:
        return question
    own = names(question)
    subject = _subject(history)
    resolved = question
    if subject and not own:
        resolved = _OWNER.sub(f"{subject}'s", question)
        resolved = _PERSON.sub(subject, resolved)
        resolved = _THING.sub(subject, resolved, count=1)
    changed = resolved != question
    lacking = len(content_words(question)) + len(own) < 2
    if not changed and (lacking or _CONTINUING.match(question)):
        borrowed = [
            word
            for word in content_words(history[-1].question)
            if word.casefold() not in resolved.casefold()
        ]
        # An ellipsis: "why?", "and in 2024?", "what about Binance?".
        return f"{resolved} ({' '.join(borrowed)})" if borrowed else resolved
    if not changed and not own and subject and _POINTING.search(question):
        return f"{question} ({subject})"
    return resolved


def _subject(history: Sequence[Turn]) -> str:
    """The name the conversation is about: the first of the latest question that has one."""
    for turn in reversed(history):
        if found := names(turn.question):
            return found[0]
    for turn in reversed(history):
        if found := names(turn.answer):
            return found[0]
    return ""
