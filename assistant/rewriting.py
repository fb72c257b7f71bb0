"""A follow-up made to stand alone by a chat model, checked; else without one.

Knows nothing of documents. A rewrite counts only if it brings nothing that was not said: every
name and figure of it stands in the conversation, and the question's own words are still there.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.answers import Turn
from assistant.conversation import stand_alone
from assistant.failures import ModelFailed
from assistant.figures import figures
from assistant.models import ChatModel
from assistant.prompts import rewrite_messages
from assistant.referents import named
from assistant.reply import ReplySplitter
from assistant.wording import missing_names
from index.fields import terms

_LATEST = 4
_LONGEST = 300
_KEPT = 0.5


class ModelRewriter:
    """Asks a chat model once per follow-up. Safe to share between threads."""

    def __init__(self, model: ChatModel) -> None:
        self._model = model

    def __call__(self, question: str, history: Sequence[Turn]) -> str:
        """The question standing alone; by the embedded method when the model's is not usable."""
        plain = stand_alone(question, history)
        if not history:
            return plain
        splitter = ReplySplitter()
        try:
            for piece in self._model.stream(rewrite_messages(question, history[-_LATEST:])):
                splitter.take(piece.text)
                if len(splitter.text) > 2 * _LONGEST:
                    return plain
        except ModelFailed:
            # The answer will say so; a rewrite is not worth a second message.
            return plain
        found = " ".join(splitter.text.strip().strip('"“”').split())
        return found if usable(found, question, history) else plain


def usable(found: str, question: str, history: Sequence[Turn]) -> bool:
    """Whether a rewrite is one question that says nothing the conversation does not."""
    if not found or len(found) > _LONGEST or "[" in found:
        return False
    said = " ".join([question, *(f"{turn.question} {turn.answer}" for turn in history)])
    held = figures(said)
    if any(not any(one.agrees(other) for other in held) for one in figures(found)):
        return False
    if named(found) and missing_names(found, f"{said} {found.split()[0]}"):
        return False
    own = terms(question)
    return len(own & terms(found)) >= _KEPT * len(own)
