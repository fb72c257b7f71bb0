"""Sentences that say who somebody, or what something, is.

By word order: an apposition, a title before the name, or a verb such as "is", "runs" or "founded"
after it. Knows nothing of models or documents.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from index.words import FUNCTION_WORDS

_ASKS = re.compile(
    r"^\W*(?:and\s+|but\s+|so\s+)?(?P<asks>who|what)(?:['’]?s|\s+(?:is|was|are|were))\s+"
    r"(?:the\s+(?=\S*(?-i:[A-Z])))?(?P<name>[^\W_].*?)"
    r"(?:\s+(?:at|from|in|of|with)(?:\s+the)?(?:\s+(?-i:[A-Z])\S*)+)?[\s?!.]*$",
    re.IGNORECASE,
)
_LONGEST = 200
_NEAR = 120
"""Characters: of a question that may ask this, and of what is looked at each side of a name."""
_NAME = re.compile(r"[^\W_][\w.&-]*(?:\s+[^\W_][\w.&-]*){0,3}")
_SAYS = r"(?!(?:\w+\s+)?(?:said|says|told|wrote|added|reported|announced|ruled|found|denied)\b)"
_KIND = rf"(?:a|an|the|one\s+of|his|her|their|its)\s+(?:[A-Z][\w.'’-]*\s+){{0,2}}{_SAYS}[a-z]"
_OFFICE = (
    r"(?:chief|co-founder|founder|former|formerly|head|chair|chairman|chairwoman|director|governor"
    r"|judge|lawyer|leader|mayor|minister|owner|president|prosecutor|secretary|spokesman"
    r"|spokeswoman|then|treasurer)\b"
)
_APPOSED = re.compile(
    rf"(?:,\s+(?:also\s+|better\s+)?known\s+as\s+[\w.'’-]+)?,\s+(?:{_KIND}|{_OFFICE})"
    r"|,\s+(?:who|which)\s+(?:(?:had|has)\s+)?"
    r"(?:founded|heads|headed|leads|led|owns|ran|runs?|taught|teaches)\s"
    rf"|,\s+(?:who|which)\s+(?:is|was|had\s+been|has\s+been)\s+(?:{_KIND}|{_OFFICE})"
    r"|\s+\([^)\d]{3,}\)|\s+of\s+[A-Z]"
)
_IS = re.compile(
    rf"\s+(?:is|was|had\s+been|has\s+been)\s+(?:{_KIND}|{_OFFICE})"
    r"|\s+(?:became|founded|heads|headed|leads|led|owns|runs|teaches)\s"
)
_AT = re.compile(r"\b(?:after|at|before|during|in|on|since)\s+$", re.IGNORECASE)
"""Before a place or time, which nobody is: "at his trial, Samuel Bright, 51, said"."""

_OF = re.compile(r"\b(?:against|at|by|for|from|in|of|on|to|with)\s+(?:the\s+)?$")
"""Before a name that is not what the verb speaks of: "the owner of the Skiff was ill"."""
_NOUNS = (
    r"(?:[Tt]he|[Aa]n?)\s+"
    r"(?:(?!(?:and|as|at|by|for|from|in|met|of|on|or|over|paid|said|sued|that|to|told|which|who|with"
    r"|[a-z]+ed)\b)[a-z-]+\s+){1,2}"
)
_PERSON = (
    r"(?:aide|boss|brother|chief|clerk|coach|daughter|deputy|father|friend|head|husband|mother"
    r"|secretary|sister|son|wife|[a-z-]+(?:ant|er|ian|ist|man|or|woman))"
)
_WHOSE = r"(?:[Hh]is|[Hh]er|[Ii]ts|[Oo]ur|[Tt]heir|[A-Z][\w.-]*(?:['’]s|s['’]))"
_BEFORE = re.compile(
    rf"(?:\b{_NOUNS}|\b{_WHOSE}\s+(?:[a-z-]+\s+)?{_PERSON}\s+|,\s+or\s+"
    rf"|\b[a-z-]+(?:ist|ian|chief|secretary)\s+|\b{_OFFICE}\s+"
    r"|\b(?:Attorney|Governor|Secretary)\s+General\s+|\b(?:Captain|Chancellor|Councill?or|Dr\.?"
    r"|Governor|Judge|Justice|King|Mayor|Minister|President|Prince|Princess|Professor|Queen"
    r"|Senator)\s+)$"
)
_APART = re.compile(
    rf"\b(?:[Tt]he|[Aa]n?|[Oo]ne\s+of|{_WHOSE})\s+(?:[a-z-]+\s+){{0,3}}[a-z-]+"
    r"(?:\s+(?:at|for|in|of|with)\s+(?:the\s+)?(?:[a-z-]+\s+)?(?:[A-Z][\w.'’&-]*\s?){1,3}"
    r"|\s+of\s+[a-z-]+(?:\s+for\s+(?:the\s+)?[A-Z][\w-]*)?)?,\s+$"
)
"""Before a name that commas set apart: "the prosecutor, Samuel Bright, said"."""


@dataclass(frozen=True, slots=True)
class Named:
    """A name as it was typed, and whether its last word stands for it: a surname."""

    text: str
    surname: bool

    def found(self, sentence: str) -> Iterator[tuple[int, int]]:
        """Where a sentence has the name, in whatever letters it was typed, as a name."""
        forms = [self.text, *(self.text.split()[-1:] if self.surname else ())]
        for form in forms:
            words = r"\s+".join(map(re.escape, form.split()))
            for match in re.finditer(rf"(?<!\w){words}(?!\w)", sentence, re.IGNORECASE):
                if all(word[0].isupper() or word[0].isdigit() for word in match[0].split()):
                    yield match.span()


@lru_cache(4_096)
def asked_name(question: str) -> Named | None:
    """The name in "Who is NAME?" or "what was the NAME of Porto"; None for anything else.

    A name may be typed in small letters; whether it is one is for the documents to say.
    """
    asks = _ASKS.match(question) if len(question) <= _LONGEST else None
    if asks is None or not _NAME.fullmatch(asks["name"]):
        return None
    words = asks["name"].split()
    if not FUNCTION_WORDS.isdisjoint(map(str.casefold, words)):
        return None
    person = asks["asks"].casefold() == "who" and len(words) > 1
    return Named(asks["name"], person and all(word[0].isupper() for word in words))


def says_who(name: Named, sentence: str) -> bool:
    """Whether a sentence says who or what bears the name."""
    for begin, end in name.found(sentence):
        # No further, or a long sentence full of names would take the square of its length.
        before, after = sentence[max(0, begin - _NEAR) : begin], sentence[end : end + _NEAR]
        phrase = _APART.search(before) if after.startswith(",") else None
        apart = phrase and not _AT.search(before[: phrase.start()])
        told = _IS.match(after) and not _OF.search(before)
        if apart or told or _APPOSED.match(after) or _BEFORE.search(before):
            return True
    return False
