"""Before or after what a question asks: "What did CZ say before the pardon?".

The day of what it names is for others to find; it is then put behind it in brackets. By word order
and figures; knows nothing of models or documents.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from assistant.asked_time import HAPPENING, SAYING, told_days
from assistant.events import is_participle, standing, thing_standing
from assistant.figures import MONTHS, Figure, figures, is_year
from assistant.sentence_words import stem
from assistant.wording import name_words
from index.words import content_words

Day = tuple[int, int, int]
"""Year, month, day; 0 for what is not said."""

_LONGEST = 200
_NEAR = 14
"""Days within which reports of one event may differ."""
_SIDE = r"(?P<side>before|prior\s+to|ahead\s+of|after|since|following)"
_DAY = r"(?:\s+\((?P<day>(?:\d{1,2}\s+)?[A-Z][a-z]+\s+[12]\d{3}|[12]\d{3})\))?"
_BEHIND = re.compile(rf"(?P<asked>.+?)\s+{_SIDE}\s+(?P<event>[^()]+?){_DAY}[\s?!.]*", re.IGNORECASE)
_AHEAD = re.compile(
    rf"\W*{_SIDE}\s+(?P<event>[^(),]+?){_DAY},?\s+(?P<asked>what\b[^()]+?)[\s?!.]*", re.IGNORECASE
)
_OPENS = r"\W*(?:(?:and|but|so|then)\s+)*what(?:\s+else)?\s+"
_ALL = re.compile(
    rf"{_OPENS}(?:(?:had|has|have|was|were|is)\s+(?:been\s+)?)?"
    rf"(?:{HAPPENING}"
    r"|reported|known|said|written|announced|published|in\s+the\s+news|the\s+news)\b(?P<more>.*)",
    re.IGNORECASE,
)
_ONES = re.compile(
    rf"{_OPENS}(?:did|had|has|does|do)\s+.+\s(?:(?P<says>{SAYING})"
    r"|do|done|promised?|offer(?:ed)?)\b(?P<more>.*)",
    re.IGNORECASE,
)
_ABOUT = re.compile(r"\b(?:about|concerning|regarding)\b", re.IGNORECASE)
"""Of what is asked, and not of what bounds it: "What was said before the trial about Orlo?"."""

_PEOPLE = re.compile(
    r"(?:any|every|some)(?:one|body)(?:\s+else)?|(?:all\s+)?(?:the\s+)?others?", re.IGNORECASE
)
"""Who comes before somebody in line, and nothing that happens: "speaking after everyone else"."""

_NOUN = re.compile(r"(?:the|an?|his|her|its|their|this|that|\S+['’]s?)\s", re.IGNORECASE)
_CLAUSE = re.compile(r"(?P<who>.+?)\s+(?P<was>was|were)\s+(?P<done>.+)", re.IGNORECASE)
_BEFORE_IT = re.compile(
    r"\b(?:before|earlier|former(?:ly)?|had\s+been|previous(?:ly)?|until\s+then)\b", re.IGNORECASE
)
_AFTER = re.compile(r"\bafter\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_LINK = re.compile(r"\s(?:of|for|by|on|in|at|to|with|from|against|over)\s", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Bound:
    """What is asked, without the day, of the time before or after something.

    `asked` is the question without the `event` that bounds it, `when` the question for the day of
    that, `day` the day where it is known. `every` is whether all that happened then is asked for,
    `says` whether what somebody said, and `more` whether it is about anything besides.
    """

    question: str
    asked: str
    event: str
    when: str
    before: bool
    every: bool
    says: bool
    more: bool
    day: Day | None

    def told_by(self, sentence: str, published: date | None) -> bool:
        """Whether a sentence tells of the time asked for: by its days, or by when it came out.

        What has neither may do so; and what came out later, if it says that it looks back.
        """
        if self.day is None:
            return True
        days = told_days(sentence, published)
        if days:
            last = max(_order(day, self.day) for day in days)
            return last < 0 if self.before else last >= 0
        if published is None:
            return True
        came = _order((published.year, published.month, published.day), self.day)
        if not self.before:
            return came >= 0
        looks_back = bool(_BEFORE_IT.search(sentence)) and not _AFTER.search(sentence)
        return came < 0 or looks_back


@lru_cache(4_096)
def asked_bound(question: str) -> Bound | None:
    """What a question bounds the time by; None if it asks for no more than one thing, or no time.

    "How long before the trial" and "Did he apply before they wrote?" ask for one thing.
    """
    if len(question) > _LONGEST:
        return None
    found = _AHEAD.fullmatch(question) or _BEHIND.fullmatch(question)
    if found is None:
        return None
    asked, event = found["asked"].strip(" ,"), found["event"].strip(" ,")
    every, ones = _ALL.fullmatch(asked), _ONES.fullmatch(asked)
    form = every or ones
    if form is None or _ABOUT.search(event) or _PEOPLE.fullmatch(event):
        return None
    says = bool(not every and ones and ones["says"])
    more = bool(set(map(str.casefold, content_words(form["more"]))) - set(name_words(form["more"])))
    plain = question
    if found["day"]:
        first, last = found.span("day")
        plain = question[:first].rstrip(" (") + question[last + 1 :]
    before = found["side"].casefold()[0] in "bp" or found["side"].casefold().startswith("ahead")
    day = _named_day(found["day"] or event)
    return Bound(plain, asked, event, _when(event), before, bool(every), says, more, day)


def with_day(question: str, day: Day) -> str:
    """The question with the day of what bounds it behind that, in brackets."""
    bound = asked_bound(question)
    found = _AHEAD.fullmatch(question) or _BEHIND.fullmatch(question)
    if bound is None or found is None:
        return question
    year, month, number = day
    written = f"{number or ''} {MONTHS[month - 1].title() if month else ''} {year}".split()
    end = found.end("event")
    return f"{question[:end]} ({' '.join(written)}){question[end:]}"


def event_day(event: str, told: Iterable[tuple[str, date | None]]) -> Day | None:
    """The day of an event by sentences that answer when it was, the best first.

    One that tells the event as done counts most, by a verb before a noun. The best answer counts
    without a word for it, too; what is told as sought, planned or denied does not. Of days near
    one another the one told most often is it, or the first.
    """
    found: list[tuple[int, int, Day]] = []
    for order, (text, published) in enumerate(told):
        rank = _tells_as_done(event, text)
        days = [day for day in told_days(text, published) if day[1]]
        if days and rank > (1 if order else 0):
            found.append((-rank, order, max(days, key=lambda day: day[2] > 0)))
    if not found:
        return None
    best = min(found)[2]
    near = [day for rank, _, day in found if rank < -1 and _days_apart(day, best) <= _NEAR]
    return max(sorted(near), key=near.count) if near else best


def _days_apart(day: Day, other: Day) -> int:
    """About how many days lie between two; very many where one is a month only."""
    if not (day[2] and other[2]):
        return 0 if day == other else 10_000
    first, second = ((year * 12 + month) * 31 + number for year, month, number in (day, other))
    return abs(first - second)


def _tells_as_done(event: str, sentence: str) -> int:
    """3 if a verb tells it as done, 2 if a noun does, 1 without a word for it, 0 if it is open."""
    wanted = stem(_head(event))
    words = [match for match in _WORD.finditer(sentence) if stem(match[0]) == wanted]
    ranks = []
    for word in words:
        verb = is_participle(word[0])
        tells = standing if verb else thing_standing
        ranks.append((3 if verb else 2) if tells(sentence, *word.span()) == "done" else 0)
    return max(ranks, default=1)


def _head(event: str) -> str:
    """The word for an event: the noun of a phrase, or the verb of a clause."""
    words: list[str] = _WORD.findall(event)
    verbs = [word for word in words if is_participle(word)]
    if not _NOUN.match(event) or _CLAUSE.fullmatch(event):
        return verbs[0] if verbs else words[-1]
    nouns: list[str] = _WORD.findall(_LINK.split(event)[0])
    return (nouns or words)[-1]


def _when(event: str) -> str:
    """The question for the day of "the pardon", "he was released" or "Zhao resigned"."""
    if clause := _CLAUSE.fullmatch(event):
        return f"When {clause['was']} {clause['who']} {clause['done']}?"
    if _NOUN.match(event):
        return f"When did {event} take place?"
    return f"When was it that {event}?"


def _named_day(text: str) -> Day | None:
    """The day that is all there is in a text."""
    held = figures(text)
    if len(held) != 1 or text[: held[0].start].strip() or text[held[0].end :].strip():
        return None
    return _as_day(held[0], text)


def _as_day(figure: Figure, text: str) -> Day | None:
    if isinstance(figure.value, tuple):
        return figure.value if figure.value[0] else None
    return (int(figure.value), 0, 0) if is_year(figure, text) else None


def _order(day: Day, other: Day) -> int:
    """-1, 0 or 1: before, at one time as far as is said, or after."""
    for mine, theirs in zip(day, other, strict=True):
        if not mine or not theirs:
            break
        if mine != theirs:
            return -1 if mine < theirs else 1
    return 0
