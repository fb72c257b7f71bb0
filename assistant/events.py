"""The event a question asks after, and whether a sentence tells it as done, denied or still open.

By English word classes and word order; knows nothing of models, of meaning or of documents.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from index.words import FUNCTION_WORDS

Standing = Literal["done", "denied", "open"]

_WORD = re.compile(r"[^\W_]+(?:[.'’-][^\W_]+)*")
_PARTICIPLE = re.compile(r"(?:[^e]ed|(?:agr|fr|guarant|decr)eed)$")
_IRREGULAR = frozenset(
    """beaten become begun bent bitten bled blown born borne bought bound bred broken brought built
    burnt cast caught chosen clung come cost cut dealt done drawn driven drunk dug eaten fallen fed
    felt flown forbidden forgiven forgotten fought found frozen given gone grown held hidden hit
    hung hurt kept knelt known laid lain led left lent let lit lost made meant met overthrown
    overturned paid put quit read ridden risen rung run said seen sent set shaken shed shot shown
    shrunk shut slain slept slid sold sought spent split spoken spread sprung stolen struck stuck
    stung sunk swept sworn swum taken taught thrown told torn understood undone withdrawn won worn
    written""".split()
)
_LIGHT = frozenset(
    """be become come do get give go have hold keep make put run say see set show take tell use
    appear believe belong consist contain control differ dislike feel follow hate include lack like
    live love matter mean own remain resemble seem stay think understand worship
    become been came done given gone got had held kept made run said seen shown taken told used
    based born called considered involved known located situated supposed
    becomes bring brought call happen happened happens put set turn turned""".split()
)
"""Verbs that say too little by themselves, or name a state and no event."""
_RETOLD = re.compile(
    r"(?:accus|admi|advis|agree|announc|answer|argu|assert|blam|boast|caus|cit|clarif|comment|complain"
    r"|concede|condemn|confirm|congratulat|contend|contradict|critici|declar|defend|den[iy]|describ"
    r"|disagree|disput|emphasi|excus|explain|express|insist|jok|justif|mention|object|point"
    r"|prais|predict|prompt|react|refer|regret|remark|repl|report|respon|reveal|sp[eo]k|stat|stress"
    r"|talk|thank|warn|welcom|worr|wr[io]t|begin|beg[au]n|start|stop|end|finish|continu|ceas"
    r"|amount|cost|count|earn|last|spen[dt]|total|weigh)"
    r"(?:e|ed|es|d|s|t|ten|tten|ted|ped|ping|ing|ting|ning|y|ies|ied|ize|ized|ise|ised|en|n)?$"
)
"""What is done in words, goes on or is measured: texts give the words, the days or the amount."""
_GIVING = re.compile(
    r"gave|given?|giv(?:es|ing)|(?:award|grant|issu|obtain|receiv|secur|sign)(?:e?d|es?|s|ing)?"
)
_NEARBY = 6
"""Words before a thing among which it is said whether it is given or sought."""
_SEEKING = re.compile(
    r"(?:aim|aspir|appeal|appl[iy]|ask|attempt|bid|call|campaign|claim|consider|demand|discuss|expect"
    r"|hop|intend|lobb[iy]|mull|negotiat|offer|petition|plan|pledg|press|promis|propos|push|pursu"
    r"|recommend|request|seek|sought|suggest|threaten|tr[iy]|urg|vow|want|weigh|wish)"
    r"(?:e|ed|es|d|s|ing|ting|ning|y|ies|ied|ation|ations|al|als)?$"
)
_MAY_BE = re.compile(
    r"(?:chances?|discussions?|efforts?|future|likel(?:y|ihood)|odds|pending|plea|pleas|possib(?:le|ility)"
    r"|potential|prospect(?:s|ive)?|rumou?r(?:s|ed)?|speculat(?:ion|ed)|talks?|upcoming)$"
)
"""What makes of a thing one that may come: "a possible sale", "the sale talks"."""
_MODAL = "can could may might must ought shall should will would won't wouldn't cannot".split()
_NOT = re.compile(r"(?:not|never|nor|neither|no|nobody|none|nothing|without)$|.*n['’]t$")
_DENIES = re.compile(r"(?:den(?:y|ie[ds]|ying)|(?:reject|disput|contradict)(?:s|es|ed|ing)?)$")
_REFUSES = re.compile(r"(?:den(?:y|ie[ds]|ying)|(?:refus|declin)(?:e[sd]?|ing))$")
_BETWEEN = frozenset("be been being have has had is are was were not to also only yet".split())
_IF = frozenset("if unless whether until till before lest provided".split())
_TO_DONE = re.compile(
    r"(?:agreed$|manag|help|go(?:es|ne)?$|went$|beg[aiu]n|start|continu|proceed|came$|come$|forced$|led$)"
)
_TO_NOT = re.compile(r"(?:fail|refus|declin|unable$|yet$|neglect|forg[eo]t)")
_OF_DOING = frozenset("about against before on to toward towards without".split())
_CUT = re.compile(r"[,;:()]\s|\s[-–—]\s|\s(?=(?:and|but|although|while|whereas|which|who)\s)")
_MUST = re.compile(r"\b(?:has|have|had) to\b", re.IGNORECASE)
_ASKS_WHETHER = re.compile(r"^\W*(?:and\s+|but\s+|so\s+)?(?:did|was|were|has|have|had)\b", re.I)
_LINKS = frozenset("of and the for".split())
_ARTICLES = frozenset("the a an his her its their this that these those any another".split())


@dataclass(frozen=True, slots=True)
class Event:
    """The verb, question[start:end], and whether the question asks if, not when or how, it was.

    `named`: a text that tells it does so by a verb or noun for it. `thing`: not the verb, which is
    one of giving, but what was given. `upon` is where the thing stands that it was done to, as far
    as the question has an article before it: "the pardon" of "Was the pardon of Holt signed?".
    `doer`: it asks who or what did it. `sought`: not the verb, which is one of seeking, but what
    was sought.
    """

    start: int
    end: int
    whether: bool
    named: bool
    thing: bool = False
    upon: tuple[int, int] | None = None
    doer: bool = False
    sought: bool = False


@lru_cache(maxsize=4_096)
def asked_event(question: str) -> Event | None:
    """The event of a question in a past tense; None where it asks for anything else.

    Whether somebody asked for a thing, offered or planned it is answered by the asking itself, so
    such a question asks for no event here, but for the thing to be spoken of.
    """
    found = list(_WORD.finditer(question))
    words = [match[0].casefold() for match in found]
    place = next((i for i, word in enumerate(words) if word in _PAST), None)
    if any(map(_NOT.match, words)) or _MUST.search(question):
        return None
    if place is None:
        # "Who replaced her?", "Which of the two firms bought it?"
        asks = bool(words) and words[0] in _SUBJECTS
        verb = _participle(found[:_SOON], 1) if asks else None
    elif words[place] == "did":
        verb = _after_subject(found, place + 1)
    else:
        verb = _participle(found, place + 1)
    if verb is None or words[verb + 1 : verb + 2] == ["that"]:
        # What was found, said or decided is the answer.
        return None
    word = words[verb]
    whether = bool(_ASKS_WHETHER.match(question))
    thing = verb + 2
    if _GIVING.fullmatch(word) and words[verb + 1 : thing] in (["a"], ["an"]) and words[thing:]:
        match = found[thing]
        return Event(match.start(), match.end(), whether, named=True, thing=True)
    if _SEEKING.match(word):
        return _sought(found, verb, whether=whether)
    if word in FUNCTION_WORDS or word in _LIGHT:
        return None
    match = found[verb]
    named, upon = not _RETOLD.match(word), _upon(found, place, verb)
    return Event(match.start(), match.end(), whether, named, upon=upon, doer=place is None)


_SUBJECTS = frozenset("who which what".split())
_SOON = 6
_PAST = frozenset("did was were has have had".split())


def _sought(found: list[re.Match[str]], verb: int, *, whether: bool) -> Event | None:
    """Of "ask for a pardon", "seek a licence" the noun; None without an article and one noun."""
    words = [match[0].casefold() for match in found]
    thing = verb + 1 + (words[verb + 1 : verb + 2] == ["for"])
    if words[thing : thing + 1] not in (["a"], ["an"]) or thing + 1 >= len(found):
        return None
    noun = found[thing + 1]
    last = thing + 2 == len(found) or words[thing + 2] in FUNCTION_WORDS
    if not last:
        return None
    return Event(noun.start(), noun.end(), whether, named=True, thing=True, sought=True)


def _upon(found: list[re.Match[str]], place: int | None, verb: int) -> tuple[int, int] | None:
    """Of a thing with an article: what stands after "was", or else just after the verb."""
    words = [match[0].casefold() for match in found]
    # "Was the pardon signed?", "Has the pardon been signed?"
    passive = place is not None and (words[place] in ("was", "were") or "been" in words[place:verb])
    article = place + 1 if place is not None and passive else verb + 1
    thing = article + 1
    if thing >= len(found) or words[article] not in _ARTICLES or thing == verb:
        return None
    word = found[thing][0]
    # In "the Velorin paper" or "the city police" the thing has another name before it.
    ends = thing + 1 in (verb, len(found)) or words[thing + 1] in FUNCTION_WORDS
    return found[thing].span() if word.islower() and ends else None


def _participle(found: list[re.Match[str]], place: int) -> int | None:
    """The first participle that does not stand before a noun, after "been" where there is one."""
    words = [match[0].casefold() for match in found]
    if "been" in words[place:]:
        place = words.index("been", place) + 1
    for i in range(place, len(words)):
        if is_participle(found[i][0]) and words[i - 1] not in _ARTICLES:
            return i
    return None


def is_participle(word: str) -> bool:
    """Whether a word in small letters has the form of a past participle."""
    return word.islower() and (word in _IRREGULAR or bool(_PARTICIPLE.search(word)))


def _after_subject(found: list[re.Match[str]], place: int) -> int | None:
    """The word after the subject that begins at `place`: a name, a pronoun or a short phrase."""
    words = [match[0] for match in found]
    described = False
    while place < len(words):
        described = words[place].casefold() in _ARTICLES
        while place < len(words) and words[place].casefold() in _ARTICLES:
            place += 1
        first = place
        while place < len(words) and words[place][0].isupper():
            place += 1
            # "the Court of Arbitration", but not "the Court of a small town".
            if place + 1 < len(words) and words[place] in _LINKS and words[place + 1][0].isupper():
                place += 1
        described &= place == first
        if place == first:
            place += 1
        if place < len(words) and words[place] in ("of", "and"):
            place += 1
        elif not re.search(r"['’]s?$", words[min(place, len(words)) - 1]):
            break
    while place < len(words) and (_ADVERB.search(words[place]) or words[place] in _ADVERBS):
        place += 1
    if described and place + 1 < len(words):
        # In "did the city police arrest him" the noun has two words; which, spelling cannot tell.
        # In "did the prison term of Holt end" it goes on.
        after = words[place + 1]
        if after.islower() and (after == "of" or after not in FUNCTION_WORDS):
            return None
    return place if place < len(words) else None


_ADVERB = re.compile(r"(?<!app)(?<!comp)(?<!imp)(?<!re)(?<!rep)(?<!supp)ly$")
_ADVERBS = frozenset("also ever already still later then really".split())


def standing(sentence: str, start: int, end: int) -> Standing:
    """How a sentence tells of the verb or noun sentence[start:end].

    Open is what will, may or must be, what is sought, planned or a condition; denied what is said
    not to be. All else is done.
    """
    first = max((m.end() for m in _CUT.finditer(sentence, 0, start)), default=0)
    last = next((m.start() for m in _CUT.finditer(sentence, end)), len(sentence))
    word = sentence[start:end].casefold()
    before, after = _words(sentence[first:start]), _words(sentence[end:last])
    near = _helpers(before)
    if any(helper in _MODAL for helper in near) or _IF & set(before):
        return "open"
    if any(_NOT.match(helper) for helper in near):
        return "denied"
    if any(_DENIES.match(word) for word in before):
        # "Denied that the bridge was opened", "rejected a report that it was".
        return "denied"
    if near[:1] == ["to"]:
        return _infinitive_standing(before[:-1])
    if _is_bare_be(near):
        return "open"
    if is_participle(word):
        return "done"
    if word.endswith("ing") and before and before[-1] in _OF_DOING:
        return "open"
    return _noun_standing(before, after)


def _words(text: str) -> list[str]:
    """Words in small letters, but for the month, which is no "may"."""
    return [word if (word := m[0]) == "May" else word.casefold() for m in _WORD.finditer(text)]


def thing_standing(sentence: str, start: int, end: int) -> Standing | None:
    """The same of a thing that is given, sentence[start:end]; None for several of its kind.

    "A pardon" is open unless it is granted there; "the pardon" is known to be.
    """
    before = [m[0] for m in _WORD.finditer(sentence[:start])]
    word = sentence[start:end]
    found = standing(sentence, start, end)
    if word.endswith("s") and not re.match(r"\s+(?:[A-Z]|him\b|her\b|them\b)", sentence[end:]):
        return None
    near = before[-_NEARBY:]
    if found == "done" and not is_participle(word) and {"a", "an"} & set(before[-2:]):
        return "done" if any(map(_GIVING.fullmatch, near)) else "open"
    # Who denies that it was asked for does not deny that it was given.
    return "open" if found == "denied" and any(map(_SEEKING.match, near)) else found


def _helpers(before: list[str]) -> list[str]:
    """The auxiliaries, adverbs and "not" just before a verb, the nearest first."""
    near: list[str] = []
    for word in reversed(before):
        helps = word in _BETWEEN or word in _MODAL or _NOT.match(word) or word.endswith("ly")
        if not helps:
            break
        near.append(word)
    return near


def _infinitive_standing(before: list[str]) -> Standing:
    """Of "to go": done after "managed" or "went on", denied after "refused", else still open."""
    while before and before[-1] in ("on", "not"):
        before = before[:-1]
    if before and _TO_NOT.match(before[-1]):
        return "denied"
    return "done" if before and _TO_DONE.match(before[-1]) else "open"


def _is_bare_be(near: list[str]) -> bool:
    """Whether it is a wish or a plan: "that he be heard", "is to have been heard"."""
    return near[:1] == ["be"] or (near[:1] == ["been"] and "to" in near)


def _noun_standing(before: list[str], after: list[str]) -> Standing:
    """Of a noun or a plain form: open in "seeks a pardon", "the sale will", "the trial is set"."""
    if any(_REFUSES.match(word) for word in before) or (before and _NOT.match(before[-1])):
        return "denied"
    if any(_SEEKING.match(word) or _MAY_BE.match(word) for word in (*before, *after[:1])):
        return "open"
    if any(word in _MODAL for word in after[:2]):
        return "open"
    planned = after[:1] in (["is"], ["was"], ["are"], ["were"]) and after[1:2] in _PLANNED
    return "open" if planned else "done"


_PLANNED = (["set"], ["due"], ["scheduled"], ["planned"], ["expected"], ["to"])
