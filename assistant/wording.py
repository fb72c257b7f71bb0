"""Names and quoted words of a sentence, and whether a text has them. Knows nothing of meaning."""

from __future__ import annotations

import re
import unicodedata

from index.lexical import terms
from index.words import FUNCTION_WORDS

_QUOTED = re.compile(r"“([^“”]+)”|\"([^\"]+)\"|«([^«»]+)»|‘([^‘’]{12,})’")
_WORD = re.compile(r"[^\W_]+(?:['’.&-][^\W_]+)*")
_SIGNS = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "\u00a0": " "})
_EDGES = " \"'.,;:!?…"
_MONTHS_AND_DAYS = frozenset(
    """january february march april may june july august september october november december
    monday tuesday wednesday thursday friday saturday sunday""".split()
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


def missing_names(sentence: str, evidence: str) -> list[str]:
    """Words of names in a sentence that the evidence does not have, in order.

    A capital at the start of a sentence makes a name too, unless the word is a common opener or
    the evidence has it or its stem: an invented subject must not pass for a common noun.
    """
    held = {_plain(word) for word in _WORD.findall(evidence)}
    parts = {part for word in held for part in re.split(r"[.&'-]", word)}
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
        if plain in _MONTHS_AND_DAYS and plain not in parts:
            # Months and weekdays of a date are compared as part of it.
            continue
        if all(part in parts or part in FUNCTION_WORDS for part in pieces):
            continue
        if _initials(plain, evidence):
            continue
        missing.append(word)
    return missing


def _plain(word: str) -> str:
    plain = unicodedata.normalize("NFKC", word).translate(_SIGNS).casefold()
    return plain.removesuffix("'s").removesuffix("'")


def _initials(word: str, evidence: str) -> bool:
    """U.S. for US, and the like: the same letters without full stops."""
    letters = word.replace(".", "")
    dotted = r"\.?".join(map(re.escape, letters))
    return len(letters) <= 5 and bool(re.search(rf"\b{dotted}\b", evidence, re.IGNORECASE))
