"""Names and quoted words of a sentence, and whether a text has them. Knows nothing of meaning."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from assistant.also_known import same_names
from index.fields import terms
from index.words import FUNCTION_WORDS

_QUOTED = re.compile(
    r"„([^„“”]+)[“”]|“([^“”]+)”|\"([^\"]+)\"|«([^«»]+)»"
    # An apostrophe may stand for letters left out, as in '90s, or follow a plural.
    r"|(?<![\w.,’'])[‘'](?!(?:tis|twas|em|n|til|cause|bout|round)\b)"
    r"([^\W\d](?:[^‘’'\n]|(?<=\w)[’'](?=\w))*)[’'](?!\w)",
    re.IGNORECASE,
)
PRONOUN = re.compile(r"\b(?:he|she|it|they|him|her|them|his|its|their)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:['’.&-][^\W_]+)*")
_SIGNS = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "\u00a0": " "})
_EDGES = " \"'.,;:!?…"
_MONTHS = frozenset(
    """january february march april may june july august september october november
    december""".split()
)
_TITLES = frozenset(
    """attorney ceo chief chancellor court dr dame executive general governor judge justice king
    lord minister mr mrs ms mx officer president prime prince professor queen secretary senator
    sir""".split()
)
"""What comes before names without being part of them."""
SAYING = frozenset(
    """according account add added adds also article articles call
    called calls claim claimed claims confirm confirmed describe described describes document
    documents explain explained hence however later mention mentioned moreover namely note noted
    notes outlet outlets passage passages report reported reports say said says separately show
    showed shows source sources state stated states tell tells thus told write writes
    wrote""".split()
)
"""Words by which a sentence says who says it; they claim nothing themselves."""
_LINKING = frozenset("also hence however later moreover namely separately thus".split())
TELLING = SAYING - _LINKING
"""Those by which a publisher and its day can come into a sentence."""

_SAME = (
    (frozenset({"u.s", "us", "u.s.a", "usa"}), "united states"),
    (frozenset({"u.k", "uk"}), "united kingdom"),
    (frozenset({"eu", "e.u"}), "european union"),
)
_OPENERS = frozenset(
    """according additionally although among analysts another around authorities based besides
    consequently court critics currently despite documents due earlier early either employees
    eventually every experts few finally firm following furthermore government half he hence
    however instead investigators it judges last late later lawmakers lawyers like many meanwhile
    moreover most nearly nevertheless next nobody none observers officials one only originally
    others overall people police previously prosecutors recently regulators reporters reports
    researchers reportedly roughly scientists several she similarly some sources still subsequently
    supporters ten then therefore they those though three thus today together two unlike upon
    various witnesses yesterday""".split()
)
"""Words that open English sentences and are no names."""


def quoted_words(text: str) -> list[str]:
    """What a sentence puts in quotation marks, in order."""
    return [next(part for part in found if part) for found in _QUOTED.findall(text)]


def squeezed(text: str) -> str:
    """A text as it is compared letter by letter: white space, and marks that are drawn two ways.

    Punctuation at its ends is the quoting sentence's own as often as the quoted one's.
    """
    plain = unicodedata.normalize("NFKC", text).translate(_SIGNS)
    return " ".join(plain.split()).strip(_EDGES)


def tells(text: str) -> bool:
    """Whether a sentence speaks of somebody's saying something."""
    return any(word.casefold() in TELLING for word in _WORD.findall(text))


def missing_names(sentence: str, evidence: str) -> list[str]:
    """Words of names in a sentence that the evidence does not have, in order.

    A capital at the start of a sentence makes a name too, unless the word is a common opener or
    the evidence has it or its stem: an invented subject must not pass for a common noun.
    """
    held, parts = _held(evidence)
    stems = terms(evidence)
    missing = []
    opening = True
    end = 0
    for match in _WORD.finditer(sentence):
        word = match[0]
        between = sentence[end : match.start()]
        opening = end == 0 or opening and not between.strip() or bool(re.search(r"[.!?:]", between))
        end = match.end()
        plain = _plain(word)
        capital = word[0].isupper() or (any(map(str.isupper, word)) and not word.isupper())
        if not capital or plain in FUNCTION_WORDS or plain in held:
            continue
        if opening and (plain in _OPENERS or terms(word) <= stems):
            opening = False
            continue
        opening = False
        pieces = [part for part in re.split(r"[.&'-]", plain) if part]
        if plain in _MONTHS:
            # Compared as part of a date.
            continue
        if all(part in parts or part in FUNCTION_WORDS for part in pieces):
            continue
        if _initials(plain, evidence) or _same_country(plain, evidence):
            continue
        if plain in _TITLES:
            continue
        missing.append(word)
    return missing


@lru_cache(1_024)
def _held(evidence: str) -> tuple[frozenset[str], frozenset[str]]:
    """The words of a text as they are compared, and the parts of them."""
    held = frozenset(_plain(word) for word in _WORD.findall(evidence))
    return held, frozenset(part for word in held for part in re.split(r"[.&'-]", word))


def _same_country(word: str, evidence: str) -> bool:
    return any(word in short and full in evidence.casefold() for short, full in _SAME)


def _plain(word: str) -> str:
    plain = unicodedata.normalize("NFKC", word).translate(_SIGNS).casefold()
    return plain.removesuffix("'s").removesuffix("'")


def _initials(word: str, evidence: str) -> bool:
    """U.S. for US, and the like: the same letters without full stops."""
    letters = word.replace(".", "")
    dotted = r"\.?".join(map(re.escape, letters))
    return len(letters) <= 5 and bool(re.search(rf"\b{dotted}\b", evidence, re.IGNORECASE))


def name_words(text: str, common: frozenset[str] = frozenset()) -> list[str]:
    """The words of a text's names, case-folded, without months and titles; each once, in order.

    A capital at the start of a sentence counts unless the word is a usual opener or one of those
    known to be `common`.
    """
    return list(_name_words(text, common))


@lru_cache(4_096)
def _name_words(text: str, common: frozenset[str]) -> tuple[str, ...]:
    found: list[str] = []
    end = 0
    for match in _WORD.finditer(text):
        word = match[0]
        between = text[end : match.start()]
        opening = end == 0 or bool(re.search(r"[.!?:]\s", between))
        end = match.end()
        plain = _plain(word)
        if not any(map(str.isupper, word)) or plain in FUNCTION_WORDS:
            continue
        if (
            plain in _MONTHS
            or plain in _TITLES
            or (opening and (plain in _OPENERS or plain in common))
        ):
            continue
        if opening and word[1:].islower() and not _named_again(word, text) and _common(word):
            continue
        if plain not in found:
            found.append(plain)
    return tuple(found)


def aliases(texts: Sequence[str]) -> dict[str, frozenset[str]]:
    """Words of names that texts say are the same: "Changpeng Zhao, known as CZ"."""
    same: dict[str, frozenset[str]] = {}
    folded = "\n".join(texts).casefold()
    for short_forms, full in _SAME:
        if full in folded:
            for word in short_forms:
                same[word] = frozenset(full.split()) | short_forms
    # One text after the other, for of each it is remembered.
    for forms in (forms for text in texts for forms in same_names(text)):
        words = frozenset(_plain(word) for word in _WORD.findall(" ".join(forms)))
        for word in words:
            same[word] = same.get(word, frozenset()) | words
    return same


def any_name(question: str, texts: Sequence[str]) -> re.Pattern[str] | None:
    """What finds any name of a question, in a form of these texts too; None without names."""
    words = set(name_words(question))
    if not words:
        return None
    known = aliases(texts)
    words |= {other for word in words for other in known.get(word, ())}
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(words)))})\b", re.IGNORECASE)


def _named_again(word: str, text: str) -> bool:
    return len(re.findall(rf"\b{re.escape(word)}\b", text)) > 1


def _common(word: str) -> bool:
    """Whether a word that opens a sentence looks like an English plural, verb or adverb form."""
    return bool(re.search(r"(?:ing|ed|ly|tion|ment|ers|ors|ists|ings|ions)$", word))
