"""Descriptions that documents give of those they name: "Ada Morel, the founder of Lowe Shipping".

By word order alone. A description is an office in small letters and the name it goes with. What
passages say of one holds for the questions they are read for, and only while it is one's alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from assistant.also_known import same_names

_WORD = r"[A-Z](?:[\w&.’'-]*\w)?"
_NAME = rf"{_WORD}(?: (?:(?:of|the|and|for|de|von|van) )*{_WORD}){{0,4}}"
_WHOSE = rf"{_WORD}(?: {_WORD}){{0,2}}"
_NOUN = (
    r"(?!(?:and|are|as|at|be|by|for|from|had|has|in|is|of|on|that|to|was|were|which|who|with)\b)"
    r"[a-z][a-z-]+"
)
_OFFICE = rf"{_NOUN}(?: {_NOUN}){{0,2}}"
_BETTER = rf"(?:,? \(?(?:also |better )?known as [\"“]?{_NAME}[\"”]?\)?)?"
_TOLD = re.compile(
    rf"(?P<name>{_NAME}){_BETTER}(?:,| is| was) the (?P<offices>{_OFFICE}(?: and {_OFFICE})?)"
    rf" of (?:the )?(?P<whose>{_NAME})"
)
_BEFORE = re.compile(
    rf"(?P<whose>{_WHOSE})(?:['’]s)? (?P<offices>{_NOUN}(?<!ed|.s)) (?P<name>{_WORD} {_WORD})"
)
_OF = re.compile(rf"\b[Tt]he (?P<office>{_OFFICE}) of (?:the )?(?P<whose>{_NAME})")
_WITH = re.compile(rf"\b[Tt]he (?P<whose>{_WHOSE})(?:['’]s)? (?P<office>{_OFFICE})")
_REMEMBERED = 2_000


def by_description(question: str, sentence: str, texts: Sequence[str]) -> str:
    """The question with a name replaced as the sentence describes its bearer without naming it.

    It stays where the sentence has the name, or describes somebody else.
    """
    for start, end, forms in _described(sentence, texts):
        asked = next((place for form in forms if (place := _place(form, question))), None)
        if asked and not any(_place(form, sentence) for form in forms):
            described = "the" + sentence[start + len("the") : end]
            return question[: asked.start()] + described + question[asked.end() :]
    return question


def _described(text: str, texts: Sequence[str]) -> Iterator[tuple[int, int, list[str]]]:
    """Where a text has a description, and the forms of the name of whom texts describe so."""
    for match in _OF.finditer(text):
        if forms := _bearer(match["office"], match["whose"], texts):
            yield match.start(), match.end(), forms
    for match in _WITH.finditer(text):
        # Where an office ends, only what it is called elsewhere tells.
        words = match["office"].split()
        for count in range(len(words), 0, -1):
            office = " ".join(words[:count])
            if forms := _bearer(office, match["whose"], texts):
                yield match.start(), match.start("office") + len(office), forms
                break


def _bearer(office: str, whose: str, texts: Sequence[str]) -> list[str]:
    """The forms of the one name that texts describe so, longest first; none for several names."""
    told = {
        name for text in texts for name, held, of in _told(text) if (held, of) == (office, whose)
    }
    if len({name.split()[-1] for name in told}) != 1:
        return []
    forms = {form for name in told for form in (name, name.split()[-1])}
    for text in texts:
        for same in same_names(text):
            if not forms.isdisjoint(same):
                forms.update(same)
    return sorted(forms, key=lambda form: (-len(form), form))


@lru_cache(_REMEMBERED)
def _told(text: str) -> tuple[tuple[str, str, str], ...]:
    """(name, office, whose) of each that a text describes where it names it."""
    return tuple(
        (match["name"], office, match["whose"])
        for pattern in (_TOLD, _BEFORE)
        for match in pattern.finditer(text)
        for office in match["offices"].split(" and ")
    )


def _place(form: str, text: str) -> re.Match[str] | None:
    return re.search(rf"(?<![\w-]){re.escape(form)}(?![\w-])", text)
