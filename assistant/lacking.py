"""What sentences lack of what is asked for: a figure, an end, a word of who is to have said it.

By words alone: "how many" wants a number, "When did the strike end" a word of an end, "What did
Holt say" something that Holt said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.asked import own_words
from assistant.figures import Figure, figures, is_year
from assistant.wording import aliases, name_words
from index.documents import Passage

_DOUBT = 2.0
"""Taken from the log-odds of an answer that lacks it."""

_SPANS = ("year", "month", "week", "day", "hour", "minute", "second", "decade")
_MONEY = ("dollar", "euro", "pound", "yen")
_SPAN = rf"(?:{'|'.join(_SPANS)})s"
_PAID = r"(?:charge|cost|donate|earn|fine|owe|paid|pay|raise|sell|sold|spend|spent|worth)\w*"
_SUM = (
    r"(?:bail|bribes?|compensation|damages|fees?|fines?|penalt(?:y|ies)|prices?|ransom|salary"
    r"|wages?)"
)
_ASKED = {
    kind: re.compile(pattern, re.IGNORECASE)
    for kind, pattern in {
        "share": r"\b(?:what|which) (?:percent\w*|proportion|share|fraction)\b"
        r"|\bhow many percent\b",
        "money": rf"\bhow many (?:{'|'.join(_MONEY)})s?\b|\bhow much money\b"
        rf"|\b(?:what|which) (?:(?:is|was|were|are) the )?(?:\w+ )?{_SUM}\b"
        rf"|\bhow much (?:did|do|does|has|have|had|was|were|is|are|will|would)\b.*\b{_PAID}\b",
        "span": rf"\bhow many {_SPAN}\b",
        "number": r"\bhow many\b",
        "day": r"\b(?:what|which) (?:exact )?(?:day|date)\b",
    }.items()
}
_COUNT = r"(?:two|three|four|five|six|seven|eight|nine|ten|twenty|hundred|\d{1,3})"
_WORDS = {
    "share": r"\b(?:half|halves|thirds?|quarters?|fifths?|tenths?|majority|minority|most|all"
    rf"|none)\b|\b(?:in|out of) (?:every )?{_COUNT}\b",
    "span": rf"\b(?:an?|half an?|few|one|several) (?:{'|'.join(_SPANS)}|century)s?\b",
    "number": r"\b(?:a single|all|both|couple|dozens?|every|few|first|half|hundreds?|majority"
    r"|millions?|billions?|no|nobody|none|once|one|pair|second|several|third|thousands?|twice)\b",
    "day": r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(?:christmas|easter|eve)\b"
    r"|\b(?:today|tomorrow|yesterday)\b",
}

_ENDED = re.compile(
    r"^\W*(?:\w+\s+){0,3}?(?:when|(?:what|which) (?:day|date|month|year)) did\b.*"
    r"\b(?:cease|conclude|end|expire|finish|stop)\b",
    re.IGNORECASE,
)
_ENDS = re.compile(
    r"\b(?:abandon|abolish|cancel|ceas|clos|collaps|complet|conclu|defeat|disband|discontinu"
    r"|dissol|doom|end|expir|finish|free|halt|lift|releas|repeal|resign|retir|revok|stop"
    r"|surrender|suspend|terminat|withdr[ae]w|wound up)"
    r"(?:e?d|e?s|e|ing|ped|ping|led|ling|ution|sion|tion|n)?\b"
    r"|\b(?:after|died?|dead|fell|final|last|lasted|left|over|served|through|till|treaty|until"
    r"|up to)\b|\b(?:between|from)\b.{3,40}?\b(?:and|to)\b|\d\s?[-–—]\s?\d",
    re.IGNORECASE,
)
"""What tells of an end: of things, of people at them, or of a time with both its ends."""

_SAID = re.compile(
    r"\bwhat\s+(?:did|do|does|had|has|have)\s+(.{2,60}?)\s+"
    r"(?:add|announce|answer|claim|comment|post|reply|replied|said|say|tell|told|tweet|write|written"
    r"|wrote)(?:e?[ds])?\b",
    re.IGNORECASE,
)

_TELLS = re.compile(
    r"\b(?:sa(?:id|ys?|ying)|t(?:old|ells?)|wr(?:o|i)tes?|written|called|calls|reject(?:s|ed)"
    r"|(?:accus|add|admitt?|announc|answer|apologis|apologiz|argu|ask|assert|blam|claim|comment"
    r"|complain|concede|condemn|confirm|contend|contradict|criticis|criticiz|declar|defend|deni|deny"
    r"|describ|disput|explain|express|insist|mention|object|pledg|point|post|prais|promis|recall"
    r"|remark|repli|respond|reveal|stat|stress|suggest|testifi|thank|tweet|urg|vow|warn|welcom)"
    r"(?:ed|es|e|d|s|ing)?|sp(?:o|ea)ke?s?|[Aa]ccording to)\b"
)
_SUBJECT = re.compile(r"\b(?:[A-Z](?:[\w&.’'-]*\w)?|he|she|they|who)\b")
_PRONOUNS = frozenset("he she they who".split())
_NEAR = 90
"""Characters before a verb in which its subject stands."""


def figure_doubt(question: str, quotes: Sequence[str]) -> float:
    """What to take from the log-odds: 0 unless a figure is asked for and no quote has one.

    What the question itself says is not what it asks for.
    """
    kind = asked_kind(question)
    return _DOUBT if kind and not any(_tells(kind, question, quote) for quote in quotes) else 0.0


def end_doubt(question: str, quotes: Sequence[str]) -> float:
    """What to take from the log-odds: 0 unless asked when a thing ended, and no quote has an end.

    Of a thing that goes on, texts tell its beginning and how long it is to be.
    """
    return _DOUBT if asks_end(question) and not any(map(tells_end, quotes)) else 0.0


def asks_end(question: str) -> bool:
    """Whether it asks, in its own words, when a thing ended."""
    return bool(_ENDED.search(own_words(question)))


def tells_end(text: str) -> bool:
    """Whether a text tells of an end."""
    return bool(_ENDS.search(text))


def without_figure(question: str, texts: Sequence[str]) -> list[int]:
    """Which texts lack the figure that is asked for; none where none is, or where all lack it."""
    kind = asked_kind(question)
    lacking = [i for i, text in enumerate(texts) if kind and not _tells(kind, question, text)]
    return lacking if len(lacking) < len(texts) else []


def asked_kind(question: str) -> str:
    """The kind of figure a question asks for: "share", "money", "span", "number", "day" or ""."""
    asked = own_words(question)
    return next((kind for kind, sign in _ASKED.items() if sign.search(asked)), "")


def _tells(kind: str, question: str, text: str) -> bool:
    given = figures(question)
    told = [f for f in figures(text) if not any(f.agrees(other) for other in given)]
    if any(_is(kind, figure, text) for figure in told):
        return True
    return kind in _WORDS and bool(re.search(_WORDS[kind], text, re.IGNORECASE))


def speaker_doubt(question: str, passages: Sequence[Passage]) -> float:
    """What to take from the log-odds: 0 unless who is to have said it says nothing there.

    What a publisher says is its passage; a person says what stands with a verb of saying, in
    another form of the name or by a pronoun, too.
    """
    asked = _SAID.search(question)
    # Behind a word, for the first of a sentence need be no name.
    wanted = set(name_words(f"x {asked[1]}")) if asked else set()
    if not wanted:
        return 0.0
    known = aliases([passage.embedded_text for passage in passages])
    forms = wanted.union(*(known.get(word, ()) for word in wanted))
    if any(forms.intersection(name_words(f"x {one.source or ''}")) for one in passages):
        return 0.0
    return 0.0 if any(_speaks(forms, one.embedded_text) for one in passages) else _DOUBT


def _speaks(forms: set[str], text: str) -> bool:
    """Whether the name of these words, or a pronoun in a text that has it, says anything."""
    if not any(re.search(rf"\b{re.escape(form)}\b", text, re.IGNORECASE) for form in forms):
        return False
    for verb in _TELLS.finditer(text):
        # Who is named last before a verb, or just after it, is who speaks.
        before = _SUBJECT.findall(text[max(0, verb.start() - _NEAR) : verb.start()])
        after = _SUBJECT.match(text[verb.end() :].lstrip())
        for one in (*before[-1:], *([after[0]] if after else [])):
            plain = re.sub(r"['’]s$", "", one.casefold())
            if plain in forms or plain in _PRONOUNS:
                return True
    return False


def _is(kind: str, figure: Figure, text: str) -> bool:
    if isinstance(figure.value, tuple):
        return kind == "day" and figure.value[2] > 0
    if kind == "share":
        return figure.unit == "percent"
    if kind == "span":
        return figure.unit in _SPANS
    if kind == "money" and figure.unit in _MONEY:
        return True
    # Money has more units than are known: "500 bitcoin".
    return kind in ("number", "money") and not figure.unit and not is_year(figure, text)
