"""What to look for beyond the passages read: who asked for a thing, told in other words.

"To seek relief", "to apply for a pardon" and "to lobby" are one matter that search finds apart.
Knows nothing of stores or models.
"""

from __future__ import annotations

import re

from assistant.asked import second_choice
from assistant.disagreement import asked_figure

ASKING = re.compile(
    r"\b(?:appl(?:y|ies|ied|ying|ications?)|ask(?:s|ed|ing)?|efforts?|lobb(?:y|ies|ied|ying)"
    r"|petition(?:s|ed|ing)?|push(?:es|ed|ing)?|request(?:s|ed|ing)?|seek(?:s|ing)?|sought)\b",
    re.IGNORECASE,
)
_LONGER = re.compile(r"\b(?:longer|shorter)\b", re.IGNORECASE)


def looks_further(question: str) -> bool:
    """Whether it is about asking for a thing, and for a figure or how long that took."""
    return bool(ASKING.search(question)) and bool(asked_figure(question) or asks_longer(question))


def asks_longer(question: str) -> bool:
    """Whether the second of two things put up for choice is that it took longer, or less long."""
    return bool(_LONGER.search(second_choice(question)))
