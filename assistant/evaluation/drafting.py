"""Documents -> questions for a person to edit. Uses no model; the same documents, the same draft.

A sentence that states an amount, a day or a share becomes a question by putting "how much" or
"what percentage" where the figure stood: crude, but its answer and evidence are certain.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assistant.evaluation.questions import Gold, Question
from index.documents import Document
from index.splitting import sentences
from index.words import names

_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_ASKED = (
    (
        "how much",
        re.compile(r"[$€£¥]\s?\d[\d.,]*\d?(?:\s(?:thousand|million|billion|trillion)\b)?"),
    ),
    ("what percentage", re.compile(r"\b\d[\d.,]*\s?(?:%|percent\b|per cent\b)")),
    (
        "which day",
        re.compile(
            rf"\b(?:[Oo]n\s|[Ii]n\s)?(?:(?:{_MONTHS})\s\d{{1,2}}(?:,\s\d{{4}})?|\d{{1,2}}\s(?:{_MONTHS})"
            rf"(?:\s\d{{4}})?|(?:[Ii]n\s)(?:(?:{_MONTHS})\s)?(?:1[5-9]|20)\d\d)\b"
        ),
    ),
    (
        "how many",
        re.compile(r"\b(?:\d[\d,]*|two|three|four|five|six|seven|eight|nine|ten)\b(?=\s[a-z]{3})"),
    ),
)
_PREPOSITION = re.compile(r"^(?:on|in)\s", re.IGNORECASE)
_SHORTEST, _LONGEST = 6, 30


@dataclass(frozen=True, slots=True)
class Draft:
    """A question to edit, and what its author should look at."""

    question: Question
    note: str

    def to_json(self) -> str:
        """One line of a question set."""
        values = self.question.to_dict() | {"note": self.note}
        return json.dumps(values, ensure_ascii=False)


def draft_questions(documents: Iterable[Document], *, most: int = 30) -> list[Draft]:
    """Propose up to `most` questions, documents taking turns; every fourth is unanswerable.

    Those name somebody or something of another document in place of their own, which no document
    joins; a person must look whether the documents are silent indeed. Raises ValueError for `most`
    below 1.
    """
    if most < 1:
        raise ValueError(f"most must be at least 1; got most={most}")
    held = sorted(documents, key=lambda document: document.id)
    proposed = _turns([_proposals(document) for document in held])
    together = [frozenset(names(document.text)) for document in held]
    drafts: list[Draft] = []
    for draft in proposed:
        if len(drafts) >= most:
            break
        drafts.append(draft)
        if len(drafts) % 4 == 3 and len(drafts) < most:
            if swapped := _unanswerable(draft, together):
                drafts.append(swapped)
    return [_numbered(draft, number) for number, draft in enumerate(drafts, start=1)]


def _proposals(document: Document) -> list[Draft]:
    found = []
    # A name at the head of a sentence shows itself as one elsewhere in the document.
    known = {word for name in names(document.text) for word in name.split()}
    for start, end in sentences(document.text):
        text = " ".join(document.text[start:end].split())
        if not _SHORTEST <= len(text.split()) <= _LONGEST or text[-1] not in ".!":
            continue
        for words, pattern in _ASKED:
            match = pattern.search(text)
            if match is None:
                continue
            rest = text[: match.start()] + text[match.end() :]
            # A sentence without a name asks about nobody knows what.
            if not names(rest) and text.split()[0] not in known:
                continue
            asked = _without(text, match, words).rstrip(".! ") + "?"
            gold = Gold(document.id, start=start, end=end)
            question = Question(
                id="",
                question=asked[0].upper() + asked[1:],
                answerable=True,
                answers=(_PREPOSITION.sub("", match[0]),),
                evidence={document.id: 1},
                passages=(gold,),
                kinds=("draft",),
            )
            found.append(Draft(question, f"from: {text}"))
            break
    return found


def _without(text: str, match: re.Match[str], words: str) -> str:
    """The sentence asked for what matched: in its place, or at the end where it can be left out."""
    if not _PREPOSITION.match(match[0]):
        return f"{text[: match.start()]}{words}{text[match.end() :]}"
    after = text[match.end() :]
    # At the head of a sentence its comma goes with it.
    rest = text[: match.start()].rstrip() + (after if match.start() else after.lstrip(" ,"))
    return f"{rest.rstrip('.! ')}: when was that"


def _turns(groups: Sequence[Sequence[Draft]]) -> list[Draft]:
    """The first of each group, then the second of each, and so on."""
    longest = max(map(len, groups), default=0)
    return [group[i] for i in range(longest) for group in groups if i < len(group)]


def _unanswerable(draft: Draft, together: Sequence[frozenset[str]]) -> Draft | None:
    """The question about a name that no document holds beside any of its own names."""
    asked = draft.question.question
    own = names(asked)
    every = sorted(frozenset().union(*together))
    for name in own:
        before = asked[: asked.index(name)].split()
        if before and before[-1][0].isupper():
            # The end of a longer name that opens the sentence.
            continue
        company = frozenset().union(*(held for held in together if name in held))
        strangers = [
            other
            for other in every
            if other not in company and other not in own and _alike(name, other)
        ]
        if strangers:
            # Any would do; not always the first, and always the same one.
            other = strangers[zlib.crc32(asked.encode()) % len(strangers)]
            question = Question(
                id="", question=asked.replace(name, other), answerable=False, kinds=("draft",)
            )
            note = f"check that the documents do not say; {other} stands for {name}"
            return Draft(question, note)
    return None


def _alike(name: str, other: str) -> bool:
    """Whether one may stand where the other stood: plain words, as many, no month."""
    plain = all(word.isalpha() and word not in _MONTHS for word in other.split())
    return plain and len(name.split()) == len(other.split())


def _numbered(draft: Draft, number: int) -> Draft:
    values = draft.question.to_dict() | {"id": f"d{number:03}"}
    return Draft(Question.from_dict(values), draft.note)
