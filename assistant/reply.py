"""A chat model's reply as it streams -> sentences with the numbers they cite.

Knows nothing of passages: whether a number exists or a sentence is true is checked elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from index.splitting import sentences

MOST_NUMBERS = 12
"""A sentence that cites more than this cites nothing in particular; the rest are left out."""

_MARK = (
    r"[\[【]\s*\^?(?:(?:passages?|sources?|documents?|doc|no\.?|#)\s*:?\s*)?"
    r"\d{1,4}(?:\s*(?:,|;|&|and|-|–|—|to)\s*\^?(?:(?:passages?|sources?)\s*)?\d{1,4})*"
    r"\s*(?:†[^\]】\n]{0,60}|,?\s*pp?\.\s*\d[\d–-]*)?\s*[\]】]"
)
_MARKER = re.compile(_MARK, re.IGNORECASE)
_AFTER_STOP = re.compile(rf"(?P<stop>[.!?]+[\"”’')]*)\s*(?P<marks>(?:{_MARK}\s*)+)", re.IGNORECASE)
_SPACED_MARKERS = re.compile(rf"\s*(?:{_MARK})", re.IGNORECASE)
_NUMBERS = re.compile(r"(\d{1,4})(?:\s*(?:-|–|—|to)\s*(\d{1,4}))?")
_OPEN_MARKER = re.compile(r"[\[【][^\]】]{0,60}\Z")
_OPEN_WORD = re.compile(r"\S+\Z")
_THINK = "(?:think(?:ing)?|thought|reasoning)>"
_THOUGHT = re.compile(rf"<{_THINK}.*?</{_THINK}", re.DOTALL | re.IGNORECASE)
_OPEN_THOUGHT = re.compile(rf"(<{_THINK}).*?(.{{0,12}})\Z", re.DOTALL | re.IGNORECASE)
_THOUGHT_OVER = re.compile(rf".*</{_THINK}", re.DOTALL | re.IGNORECASE)
_OPEN_TAG = re.compile(r"<[a-z/]{0,10}\Z", re.IGNORECASE)
_PLACE = re.compile(r"†.*|,?\s*pp?\..*", re.DOTALL | re.IGNORECASE)
_ESCAPED = re.compile(r"\\([\[\]])")
_DRESSED = re.compile(
    rf"(?:\*\*|__|\(|<sup>)\s*(?P<marks>{_MARK}(?:[\s,]*{_MARK})*)\s*(?:\*\*|__|\)|</sup>)",
    re.IGNORECASE,
)
_LINKED = re.compile(rf"(?P<mark>{_MARK})\(\S{{1,200}}?\)", re.IGNORECASE)
_ITEM_NUMBER = re.compile(r"^([ \t]*)\d{1,2}[.)](?:[ \t]+(?=\S)|[ \t]*\Z)", re.MULTILINE)
_HEADING = re.compile(
    r"^[ \t]*(?:#{1,6}[ \t][^\[【\n]*|\*\*[^*\[【\n]{1,80}(?<![.!?])\*\*:?[ \t]*)(?:\n|\Z)",
    re.MULTILINE,
)
_LABEL = re.compile(
    r"^([ \t]*(?:[-*•–][ \t]+)?)\*\*[^*:\[【\n]{1,60}(?::\*\*|\*\*:)[ \t]+", re.MULTILINE
)
_LINE_END = re.compile(rf"(?P<end>{_MARK}|:)[ \t]*\n(?=[ \t]*[\"“A-Z])")
_BULLET = re.compile(r"^\s*(?:[-*•–]|\d{1,2}[.)])\s+")
_BOLD = re.compile(r"\*\*|__")
_MARKUP = re.compile(r"`+|^\s*#{1,6}\s+|^\s*>\s+")
_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a reply, without its markers; `numbers` as cited, in order, unchecked.

    `opens_paragraph` and `is_item` say how it was laid out.
    """

    text: str
    numbers: tuple[int, ...]
    opens_paragraph: bool = False
    is_item: bool = False


class ReplySplitter:
    """Takes a reply piece by piece and gives each sentence once, as soon as it is complete.

    `taken_back` says whether the last piece showed that all given before was a thought: some
    servers send the end of a thought without its beginning.
    """

    def __init__(self) -> None:
        self._text = ""
        self._given = 0
        self.taken_back = False

    @property
    def text(self) -> str:
        """All that has been said so far, without the model's thoughts."""
        return _OPEN_THOUGHT.sub("", self._text).strip()

    def take(self, piece: str) -> list[Sentence]:
        """The sentences that `piece` completes."""
        text = _THOUGHT.sub("", self._text + piece)
        over = _THOUGHT_OVER.match(text)
        self.taken_back = bool(over)
        if over:
            text = text[over.end() :]
            self._given = 0
        # Of a thought that goes on only what may be the start of its end is kept.
        self._text = _OPEN_THOUGHT.sub(r"\1\2", text)
        return self._new(final=False)

    def end(self) -> list[Sentence]:
        """What is left when the reply is over."""
        return self._new(final=True)

    def _new(self, *, final: bool) -> list[Sentence]:
        text = _OPEN_THOUGHT.sub("", self._text)
        if not final:
            text = _settled(text)
        found = sentences_of(text)
        if not final:
            # The last may go on, or its marker may follow.
            found = found[:-1]
        new = []
        passed = 0
        for sentence in found:
            begun = passed
            passed += len(_WORD.findall(sentence.text))
            if passed <= self._given:
                continue
            # What follows can move the end of a sentence that has been given; the rest remains.
            new.append(_without_first(sentence, self._given - begun))
        self._given = max(self._given, passed)
        return new


def _settled(text: str) -> str:
    """A text that goes on without what the rest may change.

    A marker or tag that is half said may belong to the sentence before it; a word that is can look
    like the start of one ("by Mr. We", and not yet Weiss), as can the end of an open quotation.
    """
    text = _OPEN_TAG.sub("", _OPEN_MARKER.sub("", _OPEN_WORD.sub("", text)))
    line = text.rfind("\n") + 1
    if text.count('"', line) % 2:
        text = text[: text.rindex('"')]
    if text.rfind("“", line) > text.rfind("”", line):
        text = text[: text.rindex("“")]
    return text


def _without_first(sentence: Sentence, letters: int) -> Sentence:
    if letters <= 0:
        return sentence
    place = [match.end() for match in _WORD.finditer(sentence.text)][letters - 1]
    return replace(sentence, text=sentence.text[place:].strip())


def sentences_of(text: str) -> list[Sentence]:
    """The sentences of a reply in order; a marker after a full stop belongs to what it follows."""
    text = _AFTER_STOP.sub(_marks_first, _plain(text))
    found: list[Sentence] = []
    end = 0
    for start, stop in sentences(text):
        between = text[end:start]
        end = stop
        raw = text[start:stop]
        words = _MARKUP.sub("", _BULLET.sub("", _SPACED_MARKERS.sub("", raw))).strip()
        numbers = numbers_of(raw)
        if not _WORD.search(words):
            if numbers and found:
                last = found[-1]
                found[-1] = Sentence(
                    last.text, _several(last.numbers + numbers), last.opens_paragraph, last.is_item
                )
            continue
        found.append(
            Sentence(words, numbers, "\n\n" in between and bool(found), bool(_BULLET.match(raw)))
        )
    return found


def _plain(text: str) -> str:
    """A reply without the layout that is no part of its sentences.

    Markers that are bold, linked, raised or in brackets become plain ones, numbered items those of
    a plain list; headings and bold labels go; a line that ends in a marker is a paragraph.
    """
    text = _LINKED.sub(r"\g<mark>", _ESCAPED.sub(r"\1", text))
    text = _ITEM_NUMBER.sub(r"\1- ", _DRESSED.sub(r"\g<marks>", text))
    text = _BOLD.sub("", _LABEL.sub(r"\1", _HEADING.sub("\n", text)))
    return _LINE_END.sub("\\g<end>\n\n", text)


def numbers_of(text: str) -> tuple[int, ...]:
    """The numbers cited in a text: [7], [1, 2], [1-3], [1][2], [passage 4]; each once, in order."""
    found: list[int] = []
    for marker in _MARKER.finditer(text):
        for first, last in _NUMBERS.findall(_PLACE.sub("", marker[0])):
            low = int(first)
            high = min(int(last), low + MOST_NUMBERS) if last else low
            found += range(low, high + 1)
    return _several(tuple(found))


def _several(numbers: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(numbers))[:MOST_NUMBERS]


def _marks_first(match: re.Match[str]) -> str:
    after = match["marks"]
    space = after[len(after.rstrip()) :]
    return f" {after.strip()}{match['stop']}{space or ' '}"
