"""Which sentences alone may answer, where words tell that. Knows nothing of models or weights."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from assistant.also_known import same_names
from assistant.asked_about import asked_about
from assistant.asked_time import AskedTime, asked_time, names_time
from assistant.bounds import Bound
from assistant.candidates import Candidates
from assistant.identity import Named, asked_name, says_who
from assistant.speakers import speaker
from assistant.wording import PRONOUN, aliases, any_name, name_words
from index.documents import Passage
from index.fields import terms

_GAINED, _EVEN = 2.0, 0.0
"""Log-odds that an answer gains where a sentence says who or what is asked about, and then has at
least."""
_LEAST = 1.5
"""The same where one tells of the time, or names what all is asked of."""
_LOST = -4.0
"""Log-odds that it gains where nothing tells of the time that is asked about.

All set by hand: hardly a question of the public sets asks such things.
"""


@dataclass(frozen=True, slots=True)
class Eligible:
    """Sentences that may answer, of `several` things or of one; none if nothing does.

    The log-odds of an answer gain `gained`, and are then at `least` so high.
    """

    sentences: tuple[int, ...]
    gained: float = 0.0
    least: float = -float("inf")
    several: bool = True


def eligible(candidates: Candidates, bound: Bound | None) -> Eligible | None:
    """What alone may answer; None if words do not tell.

    It is asked who or what somebody or something is, what happened at a time, or before or after
    one, or for all that is told of a name.
    """
    question = candidates.asked.text
    if bound is not None:
        return _of_bound(candidates, bound)
    if name := asked_name(question):
        says = _those(candidates, lambda text, _: says_who(name, text))
        return (
            Eligible(says, gained=_GAINED, least=_EVEN, several=False)
            if says
            else _of_name(candidates)
        )
    if time := asked_time(question):
        return _of_time(candidates, time)
    return _of_name(candidates)


def worth_reading(question: str, passage: Passage) -> bool:
    """Whether a sentence of a passage says who or what is asked about."""
    name = asked_name(question)
    return name is not None and any(
        says_who(name, passage.text[first:last]) for first, last in passage.sentences
    )


def _those(candidates: Candidates, fits: Callable[[str, Passage], bool]) -> tuple[int, ...]:
    every = range(len(candidates.places))
    return tuple(i for i in every if fits(candidates.quote(i).text, candidates.passage(i)))


def _of_time(candidates: Candidates, asked: AskedTime) -> Eligible:
    """What tells of the time; or what came out then and names no other, which is less sure."""
    about = _about(candidates, candidates.asked.text, terms(asked.about))
    dated = _those(
        candidates, lambda text, its: about(text, its) and asked.told_by(text, its.published)
    )
    if asked.says:
        said = _said(candidates, asked.about, dated)
        if said or dated:
            return Eligible(said or dated, least=_LEAST if said else -float("inf"))
    elif dated:
        return Eligible(dated, least=_LEAST)
    undated = _those(
        candidates,
        lambda text, its: about(text, its) and asked.holds(its.published) and not names_time(text),
    )
    if undated and not asked.exact:
        # News of a month is mostly of what happened in it; of a day, of the day before.
        return Eligible(undated, least=_EVEN)
    return Eligible(undated, gained=0.0 if undated else _LOST)


def _of_bound(candidates: Candidates, bound: Bound) -> Eligible:
    """What tells of the time before or after something; of what somebody said, what quotes them."""
    about = _about(candidates, bound.asked, frozenset())
    then = _those(
        candidates, lambda text, its: about(text, its) and bound.told_by(text, its.published)
    )
    said = _said(candidates, bound.asked, then) if bound.says else ()
    then, sure = said or then, bool(said) or bound.every
    least = _LEAST if then and sure and not bound.more else -float("inf")
    return Eligible(then, gained=0.0 if then else _LOST, least=least, several=bound.every)


def _said(candidates: Candidates, asked: str, those: tuple[int, ...]) -> tuple[int, ...]:
    """Which of these sentences quote somebody whom `asked` names."""
    names = any_name(f"x {asked}", [hit.passage.text for hit in candidates.hits])
    texts = {i: speaker(candidates.quote(i).text, candidates.passage(i).source) for i in those}
    return tuple(i for i, who in texts.items() if names is not None and names.search(who))


def _about(
    candidates: Candidates, asked: str, wanted: frozenset[str]
) -> Callable[[str, Passage], bool]:
    """Whether a sentence is of whom `asked` names; without names, if its passage has the `wanted`.

    One name must stand in it or its title, or a pronoun for it, and all in the passage, each in
    any form that passages say is the same.
    """
    known = aliases([hit.passage.text for hit in candidates.hits])
    groups = [sorted({word, *known.get(word, ())}) for word in name_words(asked)]
    names = [
        re.compile(rf"\b(?:{'|'.join(map(re.escape, group))})\b", re.IGNORECASE) for group in groups
    ]

    def about(text: str, passage: Passage) -> bool:
        whole = passage.embedded_text
        if not names:
            return wanted <= terms(whole)
        near = any(name.search(text) or name.search(passage.title) for name in names)
        return (near or bool(PRONOUN.search(text))) and all(name.search(whole) for name in names)

    return about


def _of_name(candidates: Candidates) -> Eligible | None:
    """What has the name that all is asked of, in another of its forms, too."""
    topic = asked_about(candidates.asked.text)
    if not topic:
        return None
    texts = [hit.passage.text for hit in candidates.hits]
    if any(re.search(rf"\b{re.escape(topic.lower())}\b", text) for text in texts):
        # What is written in small letters is no name.
        return None
    groups = [forms for text in texts for forms in same_names(text)]
    same = [forms for forms in groups if topic.casefold() in map(str.casefold, forms)]
    whole = [Named(form, surname=False) for form in {topic}.union(*same)]
    last = [Named(one.text, surname=True) for one in whole if one.text.istitle()]

    def has(text: str, passage: Passage) -> bool:
        # "The Ledger" is Quiet Ledger only where that is spoken of.
        full = any(any(name.found(passage.text)) for name in whole)
        return full and any(any(name.found(text)) for name in (*whole, *last))

    having = _those(candidates, has)
    return Eligible(having, least=_LEAST) if having else None
