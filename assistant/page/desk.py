"""What each deed on the page does: plain values in, HTML and a talk out. Knows no Gradio."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from assistant.answers import Turn
from assistant.api import Assistant
from assistant.attempts import Attempts
from assistant.evaluation.questions import Gold
from assistant.feedback import Feedback, FeedbackFile, Verdict
from assistant.page.exchange import Asked, Frame, exchange, idle
from assistant.page.markup import notice_html
from assistant.page.messages import follow_ups_html, welcome_html
from assistant.page.reading import cited_html, document_html, place_of
from assistant.page.rights import RightsOf
from assistant.page.shelf import shelf_html, upload_html
from assistant.page.sources import sources_html
from assistant.page.suggesting import Suggesting
from assistant.page.talk import Talk, checked
from assistant.page.uploads import Uploads, removed
from index.errors import AssistantError

EXAMPLES = (
    "Did CZ ask for a pardon?",
    "How many months in prison did CZ get?",
    "Who replaced CZ as chief executive of Binance?",
    "How much did Binance agree to pay when it pleaded guilty?",
    "How many pupils does Giggle Academy have?",
)
"""Questions about the shipped sample; the documents do not answer the last one."""

_SAMPLE = {"2025-03-13-u-today-zhao-denial.md", "2025-10-23-white-house-zhao-pardon.md"}
_LONGEST_REASON = 1_000
_LONGEST_QUESTION = 2_000
_LONGEST_ANSWER = 20_000
_LONGEST_QUOTE = 5_000
_MOST_QUOTES = 50
_TURNS = 20
"""Past turns that count for an answer."""

_KEY = re.compile("[0-9a-f]{12}")
_VERDICTS_A_MINUTE = 30


@dataclass(frozen=True, slots=True)
class Desk:
    """One assistant and all that its page can be asked to do.

    What comes from a browser (`data`) is untrusted: keys, numbers and names are looked up, and a
    right is asked for at every deed that needs one.
    """

    assistant: Assistant
    uploads: Uploads
    feedback: FeedbackFile
    rights: RightsOf
    suggesting: Suggesting = field(default_factory=Suggesting)
    verdicts: Attempts = field(default_factory=lambda: Attempts(most=_VERDICTS_A_MINUTE))

    def ask(self, asked: Asked, talk: Talk, *, clear_box: bool) -> Iterator[Frame]:
        """Frames while a question is answered, in place of the one that is being edited."""
        library = self.assistant.index.document
        return exchange(
            self.assistant, library, asked, talk, clear_box=clear_box, stays=talk.editing
        )

    def again(self, day: str, sources: Sequence[str], talk: Talk) -> Iterator[Frame]:
        """The last question once more, under the limits that stand beside the box now."""
        if not talk.exchanges:
            return iter(())
        asked = Asked(talk.exchanges[-1].question, day, tuple(sources))
        library = self.assistant.index.document
        stays = len(talk.exchanges) - 1
        unedited = replace(talk, editing=None)
        return exchange(self.assistant, library, asked, unedited, clear_box=False, stays=stays)

    def opened(self, value: object, owner: str) -> Talk:
        """What the browser kept, each quote held against its document again."""
        talk = replace(Talk.read(value, owner=owner), editing=None)
        return checked(talk, self.assistant.index.document)

    def welcome(self, owner: str) -> str:
        """The conversation's place while there is none."""
        names = {
            PurePosixPath(record.document_id).name for record in self.assistant.index.records()
        }
        examples = EXAMPLES if names >= _SAMPLE else ()
        return welcome_html(len(names), examples, upload=self.rights(owner).upload)

    def publishers(self) -> list[str]:
        """Every publisher of the index, by name."""
        records = self.assistant.index.records()
        return sorted({record.source for record in records if record.source}, key=str.casefold)

    def cite(self, data: Mapping[str, Any], talk: Talk) -> str:
        """An answer's document, lit up at one place. Raises ValueError, DocumentNotFound."""
        said = talk.find(_word(data, "key"))
        number = _number(data, "n")
        document = self.assistant.index.document(place_of(said, number).document)
        return cited_html(said, number, document)

    def sources(self, data: Mapping[str, Any], talk: Talk) -> str:
        """The panel of one answer. Raises ValueError."""
        return sources_html(talk.find(_word(data, "key")), self.assistant.index.document)

    def shut(self, talk: Talk) -> str:
        """The panel of the last answer."""
        last = talk.exchanges[-1] if talk.exchanges else None
        return sources_html(last, self.assistant.index.document)

    def read(self, data: Mapping[str, Any]) -> str:
        """A document of the list. Raises DocumentNotFound, ValueError."""
        return document_html(self.assistant.index.document(_word(data, "id")), _number(data, "at"))

    def edit(self, data: Mapping[str, Any], talk: Talk) -> tuple[Talk, str]:
        """The conversation with one of its questions taken up again, and that question."""
        number = _number(data, "n")
        if not 0 <= number < len(talk.exchanges):
            raise ValueError("this question is not in the conversation any more")
        return replace(talk, editing=number), talk.exchanges[number].question

    def judge(self, data: Mapping[str, Any], talk: Talk, owner: str) -> Frame:
        """Keep a verdict on an answer, no longer than an answer of ours can be.

        Raises ValueError, also for one verdict too many in a minute, and FeedbackUnwritten.
        """
        verdict = _word(data, "verdict")
        verdicts: dict[str, Verdict] = {"up": "up", "down": "down", "": ""}
        if verdict not in verdicts:
            raise ValueError(f"a verdict is up or down; got {verdict[:20]!r}")
        said = talk.find(_word(data, "key"))
        if not _KEY.fullmatch(said.key):
            raise ValueError("this answer is none of this page; ask again")
        if self.verdicts.begin(owner):
            raise ValueError(
                f"{_VERDICTS_A_MINUTE} verdicts a minute are kept; wait a little and press again"
            )
        at = talk.exchanges.index(said)
        cited = replace(said, citations=said.citations[:_MOST_QUOTES], closest=())
        sound = checked(Talk((cited,)), self.assistant.index.document).exchanges[0]
        self.feedback.add(
            Feedback(
                key=said.key,
                verdict=verdicts[verdict],
                question=said.question[:_LONGEST_QUESTION],
                answer=said.text[:_LONGEST_ANSWER],
                abstained=said.abstained,
                reason=_word(data, "reason")[:_LONGEST_REASON],
                right=_word(data, "right")[:_LONGEST_REASON],
                history=tuple(
                    Turn(turn.question[:_LONGEST_QUESTION], turn.answer[:_LONGEST_ANSWER])
                    for turn in Talk(talk.exchanges[:at]).turns()[-_TURNS:]
                ),
                as_of=said.as_of,
                quotes=tuple(
                    Gold(p.document, p.quote, p.start, p.end)
                    for p in sound.citations
                    if not p.gone and len(p.quote) <= _LONGEST_QUOTE
                ),
                who=owner,
            )
        )
        judged = talk.judged(said.key, verdicts[verdict])
        return replace(idle(judged, self.assistant.index.document), panel_html=None)

    def follow_ups(self, talk: Talk, page: str) -> str:
        """Questions to ask next; none where the index cannot be read or is busy just now."""
        found: list[str] = []
        with suppress(AssistantError):
            quoting = self.assistant.quoting
            found = self.suggesting.of(page, talk, self.assistant.index.document, quoting.ask)
        return follow_ups_html(found)

    def shelf(self, query: str, owner: str) -> str:
        """The documents that match, or why they cannot be listed."""
        index = self.assistant.index
        remove = self.rights(owner).remove
        try:
            return shelf_html(index.records(), index.failures(), query=query, may_remove=remove)
        except AssistantError as error:
            return notice_html(str(error))

    def take(self, paths: Sequence[str], owner: str) -> Iterator[str]:
        """Progress and outcome of an upload as HTML."""
        if not self.rights(owner).upload:
            yield notice_html("You may not add documents here; ask whoever runs this page")
            return
        try:
            for taken in self.uploads.take([Path(path) for path in paths]):
                yield upload_html(taken)
        except AssistantError as error:
            yield notice_html(str(error))

    def drop(self, data: Mapping[str, Any], owner: str) -> str:
        """Remove a document -> what was done, in words. Raises ValueError without the right."""
        if not self.rights(owner).remove:
            raise ValueError("you may not remove documents here; ask whoever runs this page")
        return removed(self.assistant.index, _word(data, "id"))


def _word(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name, "")
    if not isinstance(value, str):
        raise ValueError(f"{name} must be text; got {type(value).__name__}")
    return value


def _number(data: Mapping[str, Any], name: str) -> int:
    value = _word({name: str(data.get(name, ""))}, name)
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise ValueError(f"{name} must be a number; got {value[:20]!r}")
    return int(value)
