"""Whether two texts deny the same things. Knows nothing of passages or models."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.lexical import terms

_NEGATION = re.compile(
    r"\b(?:not|no|never|neither|nor|without|none|nobody|nothing|nowhere|cannot|unable|hardly"
    r"|fail(?:s|ed|ing|ure)?|refus(?:e[sd]?|al|ing)|den(?:y|ie[ds]|ial|ying)"
    r"|reject(?:s|ed|ion|ing)?|declin(?:e[sd]?|ing)|dismiss(?:es|ed|ing)?|disput(?:e[sd]?|ing)"
    r"|contradict(?:s|ed|ing)?|rul(?:es|ed|ing) out|lack(?:s|ed|ing)?|avoid(?:s|ed)?)\b"
    r"|n['’]t\b",
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


def same_polarity(claim: str, evidence: Sequence[str]) -> bool:
    """Whether each denial of the claim is one of the evidence, and the other way round.

    A denial in the evidence counts where the claim is about the same: it has most of its words.
    """
    for part in denials(claim):
        if not any(_about(part, denial) for text in evidence for denial in denials(text)):
            return False
    if is_denial(claim):
        return True
    for text in evidence:
        for part in denials(text):
            # What the evidence denies, the claim says outright.
            if _share(_plain(part), _plain(claim)) >= _ABOUT:
                return False
    return True


def _about(part: str, denial: str) -> bool:
    wanted = _plain(part)
    return not wanted or _share(wanted, _plain(denial)) >= 0.3 or len(wanted) < 2


def _plain(text: str) -> frozenset[str]:
    return terms(_NEGATION.sub(" ", text))


def _share(wanted: frozenset[str], held: frozenset[str]) -> float:
    return len(wanted & held) / len(wanted) if wanted else 0.0
