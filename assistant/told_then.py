"""The sentences that tell of the time a question asks about. Knows nothing of models or weights."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.asked_time import asked_time, names_time
from assistant.candidates import Candidates
from assistant.wording import any_name
from index.documents import Passage
from index.fields import terms

_PRONOUN = re.compile(r"\b(?:he|she|it|they|him|her|them|his|its|their)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Then:
    """Sentences of the time asked about; `dated` if they say so, and not only what they are in."""

    sentences: tuple[int, ...]
    dated: bool


def told_then(candidates: Candidates) -> Then | None:
    """What tells of the time asked about, and of whom; None if the question asks of no time."""
    asked = asked_time(candidates.asked.text)
    if asked is None:
        return None
    names = any_name(candidates.asked.text, [hit.passage.text for hit in candidates.hits])
    wanted = terms(asked.about)
    dated, undated = [], []
    for i in range(len(candidates.places)):
        text, passage = candidates.quote(i).text, candidates.passage(i)
        if not (_names(text, passage, names) if names else wanted <= terms(passage.embedded_text)):
            continue
        if asked.told_by(text, passage.published):
            dated.append(i)
        elif asked.holds(passage.published) and not names_time(text):
            undated.append(i)
    return Then(tuple(dated or undated), bool(dated))


def _names(text: str, passage: Passage, names: re.Pattern[str]) -> bool:
    """Whether a sentence has the name, or its title, or a pronoun where the passage has it."""
    if names.search(text) or names.search(passage.title):
        return True
    return bool(_PRONOUN.search(text) and names.search(passage.text))
