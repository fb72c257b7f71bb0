"""The conversation as the page shows it: questions, answers, what can be done. Knows no Gradio."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from assistant.page.markup import button, confidence_in_words, counted, notice_html, shown
from assistant.page.sources import marker
from assistant.page.talk import Exchange, Talk, Version

UNREAD = 3
"""How many files that could not be read are named."""

_MARKER = re.compile(r"\[(\d{1,4})\]")


def log_html(talk: Talk, *, live: Exchange | None = None, busy: bool = False) -> str:
    """The conversation; `live` is what there is of the answer to `talk.pending` so far.

    While busy, nothing in it that would change the conversation can be pressed.
    """
    last = len(talk.exchanges) - 1
    turns = [
        _turn(past, at, busy=busy, last=at == last and not talk.pending)
        for at, past in enumerate(talk.exchanges)
    ]
    if talk.pending:
        turns.append(_waiting(talk.pending, live))
    return f'<div class="turns" aria-busy="{str(busy).lower()}">{"".join(turns)}</div>'


def welcome_html(documents: int, examples: Sequence[str] = (), *, upload: bool = False) -> str:
    """What the empty conversation says of the documents there are to ask about."""
    if not documents:
        or_upload = " or drop files on the Documents tab" if upload else ""
        return (
            '<div class="welcome"><p><strong>No documents are indexed yet.</strong></p>'
            f"<p>Run: <code>assistant index FOLDER</code>{or_upload}.<br>Then reload this page.</p>"
            "</div>"
        )
    asks = "".join(button(question, "ask", look="chip") for question in examples)
    return (
        f'<div class="welcome"><p><strong>Ask about {counted(documents, "document")}.</strong></p>'
        "<p>Answers are quotes, each shown in its document with publisher and date. "
        "When the documents do not say, the answer is that they do not.</p>"
        f'<div class="chips">{asks}</div></div>'
    )


def follow_ups_html(questions: Sequence[str]) -> str:
    """Questions to ask next, as buttons."""
    if not questions:
        return ""
    asks = "".join(button(question, "ask", look="chip") for question in questions)
    return f'<div class="chips" role="group" aria-label="Questions to ask next">{asks}</div>'


def editing_html() -> str:
    """What is said while a past question is being edited."""
    keep = button("Keep it as it was", "keep")
    return (
        '<p class="told" role="status">Editing a question: sending it replaces that question '
        f"and what came after it. {keep}</p>"
    )


def notices_html(talk: Talk, notice: str = "") -> str:
    """What is wrong, if anything, and that a question is being edited while one is."""
    told = notice_html(notice) if notice else ""
    # While its answer is awaited it is too late to keep it as it was.
    return told if talk.editing is None or talk.pending else told + editing_html()


def unread_html(failed: Mapping[str, str]) -> str:
    """Which files are not among the documents, and why; the first few by name."""
    names = [f"{name} ({reason})" for name, reason in list(failed.items())[:UNREAD]]
    rest = f", and {len(failed) - UNREAD} more" if len(failed) > UNREAD else ""
    return notice_html(f"Not read: {'; '.join(names)}{rest}. See the Documents tab")


def status_text(talk: Talk, *, busy: bool) -> str:
    """What a screen reader is told when the conversation changes."""
    if busy:
        return "Searching the documents"
    if not talk.exchanges:
        return ""
    answer = talk.exchanges[-1]
    if answer.abstained:
        return f"No answer: {answer.text}"
    return f"Answer ready, with {counted(len(answer.citations), 'citation')}"


def _turn(past: Exchange, at: int, *, busy: bool, last: bool) -> str:
    edit = button(
        "Edit", "edit", data={"n": at}, spoken=f"Edit the question: {past.question}", off=busy
    )
    return (
        f'<article class="turn" id="turn-{shown(past.key)}">{_question(past.question, edit)}'
        f"{_answer(past)}{_deeds(past, busy=busy, last=last)}</div></article>"
    )


def _waiting(question: str, live: Exchange | None) -> str:
    if live is None:
        told = '<div class="answer"><p class="meta">Searching the documents …</p>'
    else:
        told = _answer(live, live=True)
        told += f'<p class="meta">Reading {counted(live.found, "passage")} …</p>'
    return f'<article class="turn">{_question(question, "")}{told}</div></article>'


def _question(question: str, deed: str) -> str:
    return (
        '<div class="question"><h3 class="unseen">You asked</h3>'
        f'<p dir="auto">{shown(question.strip())}</p>{deed}</div>'
    )


def _answer(past: Exchange, *, live: bool = False) -> str:
    """An answer up to what can be done with it; its element is left open."""
    look = "answer nothing" if past.abstained else "answer"
    parts = [f'<div class="{look}"><h3 class="unseen">Answer</h3>']
    if past.searched_for != past.question:
        parts.append(f'<p class="meta">Searched for: “{shown(past.searched_for)}”</p>')
    if past.abstained:
        where = " What came closest is in the panel." if past.closest else ""
        parts.append(f'<p class="silent"><strong>{shown(past.text)}</strong>{where}</p>')
    elif past.text:
        parts.append(f'<div class="said" dir="auto">{_with_markers(past, live)}</div>')
    parts += [_sides(past, sides, live) for sides in past.disagreements]
    if not live and not past.abstained:
        parts.append(f'<p class="meta">{_written_by(past)}</p>')
    if past.notice:
        parts.append(f'<p class="meta">Note: {shown(past.notice)}</p>')
    return "".join(parts)


def _with_markers(past: Exchange, live: bool) -> str:
    """The text as HTML, markers of its own citations made buttons."""
    cited = {place.number: place for place in past.citations}
    found = []
    at = 0
    for match in _MARKER.finditer(past.text):
        place = cited.get(int(match[1]))
        if place is not None:
            found.append(shown(past.text[at : match.start()]) + marker(past, place, live=live))
            at = match.end()
    return "".join(found) + shown(past.text[at:])


def _sides(past: Exchange, sides: Sequence[Version], live: bool) -> str:
    cited = {place.number: place for place in past.citations}
    columns = []
    for side in sides:
        places = [cited[number] for number in side.numbers if number in cited]
        voices = "".join(
            f"<li>{shown(place.origin)} {marker(past, place, live=live)}</li>" for place in places
        )
        if side.copies:
            voices += f"<li>and {counted(side.copies, 'passage')} saying the same</li>"
        columns.append(
            f'<div class="side"><p dir="auto"><strong>{shown(side.says)}</strong></p>'
            f"<ul>{voices}</ul></div>"
        )
    return (
        '<section class="sides" aria-label="Sources differ"><h4>Sources differ</h4>'
        f'<div class="columns">{"".join(columns)}</div></section>'
    )


def _deeds(past: Exchange, *, busy: bool, last: bool) -> str:
    count = len(past.places)
    label = f"Closest ({count})" if past.abstained else f"Sources ({count})"
    deeds = [button(label, "sources", data={"key": past.key})] if count else []
    if last:
        deeds.append(button("Try again", "again", off=busy))
    for verdict, sign, spoken in (("up", "Good", "Good answer"), ("down", "Bad", "Bad answer")):
        pressed = past.verdict == verdict
        deeds.append(
            button(
                sign,
                "judge",
                data={"key": past.key, "verdict": "" if pressed else verdict},
                spoken=f"{spoken} (chosen; press to take it back)" if pressed else spoken,
                look="deed pressed" if pressed else "deed",
                off=busy,
            )
        )
    return f'<div class="deeds">{"".join(deeds)}</div>{_why(past) if past.verdict else ""}'


def _why(past: Exchange) -> str:
    """A form for the reason behind a verdict, sent by page.js."""
    asked = "What was good?" if past.verdict == "up" else "What was wrong?"
    right = (
        ""
        if past.verdict == "up"
        else '<label>The right answer, if you know it<input name="right" maxlength="1000"></label>'
    )
    return (
        f'<form class="why" data-do="judge" data-key="{shown(past.key)}" '
        f'data-verdict="{shown(past.verdict)}"><label>{asked} (optional)'
        f'<input name="reason" maxlength="1000"></label>{right}'
        '<button type="submit" class="deed">Save</button></form>'
    )


def _written_by(past: Exchange) -> str:
    sure = f"Confidence: {confidence_in_words(past.confidence)}"
    if past.model is None:
        return sure
    return f"Written by {shown(past.model)}, each sentence checked against its passages. {sure}"
