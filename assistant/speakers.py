"""Who says what a sentence says, where it names somebody. Knows nothing of documents."""

from __future__ import annotations

import re

_NAME = r"(?:[A-Z][\w.'’&-]*)(?:\s(?:of\s|the\s)?[A-Z][\w.'’&-]*){0,4}"
_SAYS = (
    r"(?:said|says|told|tells|wrote|writes|added|adds|denied|denies|reported|reports|admitted"
    r"|argued|argues|announced|announces|recalled|claimed|claims|stated|states|insisted|testified)"
)
_ROLE = r"(?:Prosecutors|Officials|Regulators|Lawyers|Police|Analysts|Critics|Researchers)"
_BEFORE = re.compile(
    rf"\b(?P<name>{_ROLE}|{_NAME})(?:,\s[^,.]{{1,80}},|,\sone of[^,.]{{1,60}},)?"
    rf"\s(?:has\s|had\s|also\s|then\s|later\s)*{_SAYS}\b"
)
_ACCORDING = re.compile(rf"\b[Aa]ccording to (?:the\s)?(?P<name>prosecutors|officials|{_NAME})")
_TITLES = re.compile(r"^(?:On|In|At|The|A|An|And|But|While|When|After|Before)\s+")


def speaker(text: str, publisher: str | None = None) -> str:
    """The first named in a text as saying something, other than the publisher; "" for nobody.

    A pronoun is nobody: whom it stands for is not in the sentence.
    """
    found = sorted(
        (match.start(), _TITLES.sub("", match["name"]).removesuffix("."))
        for pattern in (_BEFORE, _ACCORDING)
        for match in pattern.finditer(text)
    )
    known = (publisher or "").casefold().removeprefix("the ")
    for _, name in found:
        plain = name.casefold().removeprefix("the ")
        if plain and plain != known and plain not in ("he", "she", "it", "they", "who"):
            return name
    return ""
