"""Names that documents say are the same: "Changpeng Zhao, known as CZ". By words alone.

The model knows nothing of a nickname that a document explains, so a question can be put in the name
that the passages use. What they say of names holds for the questions they are read for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from assistant.identity import asked_name
from assistant.referents import ORGANISATION
from index.words import FUNCTION_WORDS

_WORD = r"[A-Z](?:[\w&.’'-]*\w)?"
_NAME = rf"{_WORD}(?: (?:(?:of|the|and|for|de|von|van) )*{_WORD}){{0,5}}"
_SHORT = rf"{_WORD}(?: {_WORD})?"
_INITIALS = r"[A-Z][\w&.]*[A-Z][\w&.]*"
_KNOWN = r"(?:also |better |often |widely )?(?:known|referred to) as"
_OTHER = re.compile(
    rf"(?:,? \(?{_KNOWN} (?:the )?[\"“]?(?P<known>{_SHORT})"
    rf"| \((?:the )?[\"“](?P<quoted>{_SHORT})[\"”]\)"
    rf"| [\"“](?P<between>{_SHORT})[\"”] (?P<family>{_WORD})"
    rf"| \((?P<initials>{_INITIALS})\)|, or (?:the )?(?P<or>{_INITIALS}),)"
)
_BEFORE = re.compile(rf"{_NAME}\.?$")
_FURTHEST = 120
"""Characters in which the name before stands."""
_ABOUT_NAMES = re.compile(
    r"\b(?:stands? for|short for|known as|nicknam\w*|called|named?|abbreviat\w*|acronym)\b",
    re.IGNORECASE,
)

_REMEMBERED = 2_000
_KINDS = ("known", "quoted", "between", "initials", "or")
_LONGEST_OF_A_PERSON = 3
"""Words."""


def as_written(question: str, texts: Sequence[str]) -> str:
    """The question with each name in the form that texts use most, of those they say are the same.

    It stays as it is where they say nothing of its names, or use them as it does, and where it
    asks about a name itself.
    """
    if _ABOUT_NAMES.search(question) or asked_name(question):
        return question
    told = [_told(text) for text in texts]
    whole = "\n".join(texts)
    for forms in dict.fromkeys(forms for names, _ in told for forms in names):
        # "the Rail" is no name of Brenner Rail where there is talk of rails.
        plain = [f for f in forms if " " in f or f.isupper() or not _everyday(f, whole)]
        held = [(form, typed) for form in plain if (typed := _typed(form, question, whole))]
        if not held:
            continue
        asked, typed = held[0]
        # That "Zhao" is "Changpeng Zhao" is plain to the model, too.
        others = [form for form in plain if not _uses(form, asked) + _uses(asked, form)]
        if others and not any(form in others for form, _ in held):
            rest = "\n".join(text for _, text in told)
            used = max(others, key=lambda form: _alone(form, forms, rest))
            if _alone(used, forms, rest) > _uses(asked, rest):
                question = re.sub(_pattern(typed), used, question)
    return question


def same_names(text: str) -> tuple[tuple[str, ...], ...]:
    """The forms of each name of which a text says that they are the same, longest first.

    Of a person they take in the family name.
    """
    return _told(text)[0]


@lru_cache(_REMEMBERED)
def _told(text: str) -> tuple[tuple[tuple[str, ...], ...], str]:
    """The names that a text says are the same; the text without where it says so.

    There it uses neither of them.
    """
    names, rest, end = [], [], 0
    for match in _OTHER.finditer(text):
        before = _BEFORE.search(text[max(0, match.start() - _FURTHEST) : match.start()])
        found = match.groupdict(default="")
        other = next(found[kind] for kind in _KINDS if found[kind])
        words = before[0].split() if before else []
        if found["initials"] or found["or"]:
            words = _spelled_by(other, words)
        elif words and words[0].casefold() in FUNCTION_WORDS:
            words = words[1:]
        if not words:
            continue
        name = " ".join([*words, *found["family"].split()])
        rest.append(text[end : match.start() - len(" ".join(words))])
        end = match.end()
        forms = {name, other}
        if 1 < len(name.split()) <= _LONGEST_OF_A_PERSON and not ORGANISATION.search(name):
            forms.add(name.split()[-1])
        names.append(tuple(sorted(forms, key=lambda form: (-len(form), form))))
    return tuple(names), "".join([*rest, text[end:]])


def _spelled_by(initials: str, words: list[str]) -> list[str]:
    """The last words, those whose initials these are; none if they are not."""
    letters = "".join(letter for letter in initials if letter.isupper())
    for start in range(len(words)):
        if "".join(word[0] for word in words[start:] if word[0].isupper()) == letters:
            return words[start:]
    return []


def _typed(form: str, question: str, texts: str) -> str:
    """A form as a question has it: in small letters only what is no everyday word too."""
    if _uses(form, question):
        return form
    plain = form.casefold()
    return plain if _uses(plain, question) and not _everyday(form, texts) else ""


def _everyday(form: str, texts: str) -> bool:
    return form.casefold() in FUNCTION_WORDS or bool(_uses(form.casefold(), texts))


def _alone(form: str, forms: Sequence[str], text: str) -> int:
    """How often a text uses a form other than within a longer one."""
    longer = [other for other in forms if other != form and _uses(form, other)]
    return _uses(form, text) - sum(_uses(other, text) for other in longer)


def _uses(form: str, text: str) -> int:
    # Looked for by its letters first, which is ten times as fast.
    return len(re.findall(_pattern(form), text)) if form in text else 0


def _pattern(form: str) -> str:
    return rf"(?<![\w-]){re.escape(form)}(?![\w-])"
