"""The writer over any chat model: prose of which every sentence has been checked.

Knows nothing of stores or pages; what it gives are statements with the quotes they rest on.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Literal

from assistant.chain import Draft
from assistant.checking import Checker
from assistant.citing import Quote, Statement
from assistant.failures import ModelFailed
from assistant.models import ChatModel
from assistant.prompts import SILENT, answer_messages
from assistant.reply import ReplySplitter, Sentence
from assistant.wording import squeezed
from index.documents import Hit

PASSAGES = 8
"""Passages put before the model: as many as the embedded reader looks at."""

TRIES = 3
"""Attempts at a reply where a failure may pass, the first included."""

NOT_FOUND = "not found in the documents"
_FIRST_WAIT = 0.5
_MOST_STATEMENTS = 12
_LONGEST_REPLY = 20_000
_MARKUP = "*_#>`\"' "

Unsupported = Literal["drop", "mark"]
"""What becomes of a sentence the passages do not bear out: left out, or shown and marked so."""


class ProseWriter:
    """Asks a chat model, and passes on what the passages bear out. Safe to share between threads.

    Raises ValueError for an `unsupported` that is neither "drop" nor "mark".
    """

    def __init__(
        self,
        model: ChatModel,
        checker: Checker,
        *,
        unsupported: Unsupported = "drop",
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if unsupported not in ("drop", "mark"):
            raise ValueError(f"unsupported must be 'drop' or 'mark'; got {unsupported!r}")
        self._model = model
        self._checker = checker
        self._unsupported = unsupported
        self._sleep = sleep

    @property
    def name(self) -> str:
        """The model's name."""
        return self._model.name

    def write(self, question: str, hits: Sequence[Hit], as_of: date | None) -> Iterator[Draft]:
        """Drafts, each holding all there is so far; the last is complete.

        A reply that breaks off is begun again, at most TRIES times in all. Raises ModelFailed when
        no reply came, or none of it is borne out.
        """
        for attempt in range(1, TRIES + 1):
            try:
                yield from self._attempt(question, hits[:PASSAGES], as_of)
                return
            except ModelFailed as failure:
                if not failure.again or attempt == TRIES:
                    raise
                yield Draft((), notice=f"{failure}. Trying again ({attempt + 1} of {TRIES}).")
                self._sleep(failure.after or _FIRST_WAIT * 2 ** (attempt - 1))

    def _attempt(self, question: str, hits: Sequence[Hit], as_of: date | None) -> Iterator[Draft]:
        passages = [hit.passage for hit in hits]
        messages = answer_messages(question, passages, secrets.token_hex(4), as_of)
        splitter = ReplySplitter()
        kept: list[Statement] = []
        seen: set[str] = set()
        left_out, cut, said_silent = 0, False, False

        def keep(sentences: Sequence[Sentence]) -> bool:
            nonlocal left_out, said_silent
            before = len(kept)
            for sentence in sentences:
                same = squeezed(sentence.text).casefold()
                said_silent = said_silent or _is_silence(sentence.text)
                if same in seen or _is_silence(sentence.text) or len(kept) == _MOST_STATEMENTS:
                    continue
                seen.add(same)
                verdict = self._checker.check(sentence.text, sentence.numbers, passages)
                left_out += not verdict.quotes
                if verdict.quotes or self._unsupported == "mark":
                    kept.append(_statement(sentence, verdict.quotes))
            return len(kept) > before

        for piece in self._model.stream(messages):
            cut = cut or piece.cut
            sentences = splitter.take(piece.text)
            if splitter.taken_back:
                kept.clear()
                seen.clear()
                left_out, said_silent = 0, False
            if keep(sentences) or splitter.taken_back:
                yield Draft(tuple(kept))
            if len(splitter.text) > _LONGEST_REPLY:
                cut = True
                break
        # The last words of a reply that was cut off are no sentence.
        if not cut:
            keep(splitter.end())
        if not any(statement.quotes for statement in kept):
            if said_silent or _is_silence(splitter.text):
                yield Draft((), complete=True, silent=True)
                return
            if cut:
                raise ModelFailed(
                    f"{self.name} reached its length limit, or a filter, before it said anything "
                    "that the passages bear out; let it write more, or use a model that thinks less"
                )
            raise ModelFailed(
                f"nothing that {self.name} wrote is borne out by the passages; "
                "ask more exactly, or use a stronger model"
            )
        notice = self._notice(left_out, cut)
        yield Draft(tuple(kept), complete=True, notice=notice)

    def _notice(self, left_out: int, cut: bool) -> str:
        parts = []
        if left_out:
            counted = "one sentence" if left_out == 1 else f"{left_out} sentences"
            verb = "is marked" if self._unsupported == "mark" else "was left out"
            verb = verb if left_out == 1 else verb.replace("is ", "are ").replace("was ", "were ")
            parts.append(f"{counted} of {self.name} {verb}: {NOT_FOUND}")
        if cut:
            parts.append(f"{self.name} reached its length limit, or a filter, and broke off")
        return "; ".join(parts)


def _statement(sentence: Sentence, quotes: tuple[Quote, ...]) -> Statement:
    lead = "\n- " if sentence.is_item else "\n\n" if sentence.opens_paragraph else " "
    text = sentence.text if quotes else f"{sentence.text} ({NOT_FOUND})"
    return Statement(text, quotes, lead)


def _is_silence(text: str) -> bool:
    return squeezed(text.strip(_MARKUP)).upper().startswith(SILENT)
