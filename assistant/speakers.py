"""Who says what a sentence says, where it names somebody. Knows nothing of documents."""

from __future__ import annotations

import re
from collections.abc import Iterator

# A full stop within a name is of a short word: "Dr. Foss", and not "in Kelso. Harlow".
_NAME = r"[A-Z][\w.'’&-]*(?:(?<![a-z]{3}\.)\s(?:of\s|the\s)?[A-Z][\w.'’&-]*){0,4}"
_SAYS = re.compile(
    r"\s(?:has\s|had\s|also\s|then\s|later\s)*(?:said|says|told|tells|wrote|writes|added|adds"
    r"|denied|denies|reported|reports|admitted|argued|argues|announced|announces|recalled|claimed"
    r"|claims|stated|states|insisted|testified|warned|warns|explained|explains|confirmed|noted"
    r"|notes|acknowledged|conceded|declared|alleged|alleges)\b"
)
_WHO = rf"(?:the\s)?(?:[a-z][\w-]*\s){{0,3}}(?:[a-z][\w-]*,\s)?(?P<name>(?>{_NAME}))"
_BEHIND = re.compile(
    # Without a quotation it ends there, for in "the firm, which owns it, said Orlo would pay" the
    # name is part of what is said.
    r"(?:[,?!]?[\"”](?P<quoted>)|,)\s(?:said|says|added|adds|wrote|writes|argued|argues)\s"
    rf"{_WHO}(?(quoted)|(?=[.,;\"”]|\s(?:who|of)\s|$))"
)
_ACCORDING = re.compile(
    rf"\b[Aa]ccording to (?:the\s)?(?P<name>prosecutors|officials|{_NAME})(?P<of>\s[a-z])?"
)
_LAST = re.compile(rf"(?<![\w.'’&-]){_NAME}$")
_ONE = re.compile(rf"(?:the\s)?{_NAME}")
_OF = re.compile(
    r"\s(?:of|at|in|from|by|on|with|to|for|against|about|under|near|between|among|over|into"
    r"|behind|without)\s(?:the\s)?$"
)
_DESCRIBED = re.compile(
    r"(?:^|[^\w\s]\s|\b(?:and|but|that)\s)((?:[Aa]n?|[Tt]he)(?:\s[a-z-]+){1,3})$"
)
_DAY_OR_MONTH = (
    r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|May|June|July"
    r"|August|September|October|November|December)"
)
_TIME = re.compile(_DAY_OR_MONTH)
_TITLES = re.compile(
    r"^(?:(?:On|In)\s+(?:" + _DAY_OR_MONTH + r"\s+)?"
    r"|(?:At|The|A|An|And|But|While|When|After|Before|If|Since|As)\s+)"
)
_NOBODY = frozenset(
    "he she it they who we you i nobody none everybody everyone somebody someone anybody anyone"
    " both many most some few several others so this that these those".split()
)
_LONGEST_ASIDE = 80
_DEEPEST = 4
"""Asides and phrases looked through for a subject."""


def speaker(text: str, publisher: str | None = None) -> str:
    """The first named in a text as saying something, other than the publisher; "" for nobody.

    Where a name only tells which one speaks, it is who speaks with the name: "Police in Leeds". A
    pronoun is nobody: whom it stands for is not in the sentence.
    """
    known = (publisher or "").casefold().removeprefix("the ")
    for _, name in sorted(_speakers(text)):
        plain = name.casefold().removeprefix("the ")
        if plain and plain != known:
            return name
    return ""


def _speakers(text: str) -> Iterator[tuple[int, str]]:
    """Where each is said to say something, and who."""
    for match in _SAYS.finditer(text):
        yield match.start(), _subject(text[: match.start()])
    for match in _BEHIND.finditer(text):
        if not _TIME.match(match["name"]):
            yield match.start(), _plain(match["name"])
    for match in _ACCORDING.finditer(text):
        # "Harlow's letter" is not Harlow.
        if not (match["of"] and match["name"].endswith(("'s", "’s"))):
            yield match.start(), _plain(match["name"])


def _subject(before: str, deep: int = _DEEPEST) -> str:
    """Whom the noun phrase at the end of a text names, its asides between commas left out."""
    if not deep:
        return ""
    if before.endswith(","):
        outer, _, aside = before[:-1].rpartition(", ")
        if _ONE.fullmatch(aside) and _closes(outer, aside):
            return _plain(aside)
        near = len(aside) <= _LONGEST_ASIDE and ". " not in aside
        return _subject(outer, deep - 1) if near else ""
    last = _LAST.search(before)
    of = _OF.search(before[: last.start()]) if last else None
    if last is None or of is None:
        return _plain(last[0]) if last else ""
    # A name after a preposition only tells which one the noun before it is.
    head = before[: of.start()]
    if _TIME.fullmatch(last[0]):
        return _subject(head, deep - 1)
    noun = _DESCRIBED.search(head)
    which = noun[1][0].lower() + noun[1][1:] if noun else _subject(head, deep - 1)
    return f"{which}{of[0]}{last[0]}" if which else ""


def _closes(outer: str, aside: str) -> bool:
    """Whether a name between commas is who is spoken of before: "its captain, Ann Lee, said"."""
    last = _LAST.search(outer)
    if last is None:
        return True
    # "Officials in Portland, Oregon, said": a place has one word, a person two.
    return bool(_OF.search(outer[: last.start()])) and " " in aside.removeprefix("the ")


def _plain(name: str) -> str:
    """A name without what opens its sentence; "" for a pronoun."""
    plain = _TITLES.sub("", name).removeprefix("the ").removesuffix(".")
    return "" if plain.casefold() in _NOBODY else plain
