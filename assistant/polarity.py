"""Whether two texts deny the same things. Knows nothing of passages or models."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.fields import terms

_NEGATION = re.compile(
    r"\b(?:not|no|never|neither|nor|without|none|nobody|nothing|nowhere|cannot|unable|hardly"
    r"|fail(?:s|ed|ing|ure)?|refus(?:e[sd]?|al|ing)|den(?:y|ie[ds]|ial|ying)"
    r"|reject(?:s|ed|ion|ing)?|declin(?:e[sd]?|ing)|dismiss(?:es|ed|ing)?|disput(?:e[sd]?|ing)"
    r"|contradict(?:s|ed|ing)?|rul(?:es|ed|ing) out|lack(?:s|ed|ing)?|avoid(?:s|ed)?)\b"
    r"|n['’]t\b",
    re.IGNORECASE,
)
_UNCERTAIN = re.compile(
    r"\b(?:would|could|(?-i:may)|might|should|can|will|shall|must|if|unless|likely|possib(?:le|ly)"
    r"|perhaps|alleged(?:ly)?|reportedly|apparently|rumou?r\w*|plan(?:s|ned|ning)?"
    r"|tr(?:y|ies|ied|ying)|attempt(?:s|ed)?|seek(?:s|ing)?|sought|want(?:s|ed)?|hope[sd]?"
    r"|expect(?:s|ed)?|consider(?:s|ed|ing)?|lean(?:s|ed|ing)?|push(?:es|ed|ing)?|talks?"
    r"|propos(?:e[sd]?|al|ing)|intend(?:s|ed)?|aim(?:s|ed)?|look(?:s|ed)? (?:to|like)"
    r"|agree[sd]? to|set (?:for|to)|(?:was|were|is|are) to be)\b",
    re.IGNORECASE,
)
_CUT = re.compile(r"[,;:]\s+|\s+(?=(?:and|but|although|while|whereas|however|which|who)\s)")
_ABOUT = 0.6


def denials(text: str) -> list[str]:
    """The parts of a text, between commas and joining words, that deny something."""
    return [part for part in _CUT.split(text) if _NEGATION.search(part)]


def is_denial(text: str) -> bool:
    """Whether a text denies anything."""
    return bool(_NEGATION.search(text))


def is_uncertain(text: str) -> bool:
    """Whether a text speaks of what may be, is tried or planned rather than of what is."""
    return bool(_UNCERTAIN.search(text))


def same_polarity(claim: str, evidence: Sequence[str]) -> bool:
    """Whether each denial of the claim is one of the evidence, and the other way round.

    A denial in the evidence counts where the claim is about the same: it has most of its words.
    """
    for part in denials(claim):
        if not any(_about(part, denial) for text in evidence for denial in denials(text)):
            return False
    if is_denial(claim):
        return True
    said = [part for text in evidence for part in _CUT.split(text) if not _NEGATION.search(part)]
    denied = [part for text in evidence for part in denials(text)]
    for mine in map(_plain, _CUT.split(claim)):
        # What the evidence denies, and says nowhere else as well, the claim says outright.
        most = max((_share(mine, _plain(part)) for part in denied), default=0.0)
        if (
            len(mine) > 1
            and most >= _ABOUT
            and most > max((_share(mine, _plain(part)) for part in said), default=0.0)
        ):
            return False
    return not any(_share(_plain(part), _plain(claim)) >= _ABOUT for part in denied)


def same_certainty(claim: str, evidence: Sequence[str]) -> bool:
    """Whether the claim keeps a "would", "might" or "tried to" of what it rests on.

    Held against the part of the evidence that shares most words with the claim.
    """
    if _UNCERTAIN.search(claim) or is_denial(claim):
        return True
    mine = terms(claim)
    whole = [part for text in evidence for part in _CUT.split(text)]
    best = max(whole, key=lambda part: len(mine & terms(part)), default="")
    return not _UNCERTAIN.search(best)


def _about(part: str, denial: str) -> bool:
    wanted = _plain(part)
    return not wanted or _share(wanted, _plain(denial)) >= 0.3 or len(wanted) < 2


def _plain(text: str) -> frozenset[str]:
    return terms(_NEGATION.sub(" ", text))


def _share(wanted: frozenset[str], held: frozenset[str]) -> float:
    return len(wanted & held) / len(wanted) if wanted else 0.0
