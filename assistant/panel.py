"""An Answer -> the HTML of the chat page. Knows nothing of Gradio, stores or how answers are made.

Questions, documents and their names are untrusted: every one of their characters goes through
`shown`, and nothing else here puts them on the page.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

from assistant.answers import CLOSEST, Answer, Citation, origin, without_controls, written_date
from index.documents import Document, Hit, Passage

SURROUNDINGS = 300
"""Most characters shown on either side of a quote."""

UNREAD = 3
"""How many files that could not be read are named on the page."""

_WEB = re.compile(r"https?://\S+", re.IGNORECASE)


def shown(text: str) -> str:
    """Text as HTML that shows it as it is, in element content and in quoted attributes."""
    return html.escape(without_controls(text), quote=True)


def surroundings(text: str, start: int, end: int, reach: int = SURROUNDINGS) -> tuple[str, str]:
    """What precedes and follows text[start:end], at most `reach` characters each.

    Cut between words, with "…" where something is left out.
    """
    before = text[max(0, start - reach) : start]
    if start > reach:
        before = "… " + re.sub(r"\A\S*\s+", "", before)
    after = text[end : end + reach]
    if end + reach < len(text):
        after = re.sub(r"\s+\S*\Z", "", after) + " …"
    return before, after


def confidence_in_words(confidence: float) -> str:
    """A probability as a person reads it: "high (92%)"."""
    word = "high" if confidence >= 0.8 else "moderate" if confidence >= 0.5 else "low"
    return f"{word} ({confidence:.0%})"


def question_message(question: str) -> str:
    """A question as a message of the chat."""
    return shown(question.strip())


def answer_message(answer: Answer) -> str:
    """An answer, or what there is of it so far, as a message of the chat.

    Hardly any markup, since Gradio labels a message for screen readers with its source; line
    breaks are kept by the style sheet.
    """
    lines = []
    if answer.standalone_question != answer.question:
        lines.append(f"<small>Searched for: “{shown(answer.standalone_question)}”</small>")
    if answer.abstained:
        where = " What came closest is in the panel." if answer.hits else ""
        lines.append(f"<strong>{shown(answer.text)}</strong>{where}")
    elif answer.text:
        lines.append(shown(answer.text))
    lines += [f"\n{shown(str(found))}" for found in answer.disagreements]
    if not answer.complete:
        lines.append(f"<small>Reading {_counted(len(answer.hits), 'passage')} …</small>")
    elif not answer.abstained:
        lines.append(f"<small>{_written_by(answer)}</small>")
    if answer.notice:
        lines.append(f"<small>Note: {shown(answer.notice)}</small>")
    return "\n".join(lines)


def _written_by(answer: Answer) -> str:
    sure = f"Confidence: {confidence_in_words(answer.confidence)}"
    if answer.model is None:
        return sure
    return f"Written by {shown(answer.model)}, each sentence checked against its passages. {sure}"


SEARCHING = "<small>Searching the documents …</small>"
"""The message that stands in until the search is done."""


def sources_html(answer: Answer | None) -> str:
    """The sources panel: the cited quotes in their surroundings, or what came closest."""
    if answer is None:
        return _panel("Sources", '<p class="aside">The passages an answer rests on show here.</p>')
    if answer.abstained:
        return _closest(answer)
    cards = "".join(_citation(citation) for citation in answer.citations)
    return _panel("Sources", _about(answer) + cards)


def notice_html(message: str) -> str:
    """One line below the question box that says what went wrong."""
    return f'<p class="notice" role="alert">{shown(" ".join(message.split()))}</p>'


def unread_html(failed: Mapping[str, str]) -> str:
    """Which files are not among the documents, and why; the first few by name."""
    names = [f"{name} ({reason})" for name, reason in list(failed.items())[:UNREAD]]
    rest = f", and {len(failed) - UNREAD} more" if len(failed) > UNREAD else ""
    return notice_html(f"Not read: {'; '.join(names)}{rest}. See: assistant status")


def welcome_html(documents: int) -> str:
    """What the empty chat says of the documents there are to ask about."""
    if not documents:
        return (
            '<div class="welcome"><p><strong>No documents are indexed yet.</strong></p>'
            "<p>Run: <code>assistant index FOLDER</code><br>Then reload this page.</p></div>"
        )
    return (
        f'<div class="welcome"><p><strong>Ask about {_counted(documents, "document")}.</strong></p>'
        "<p>Answers are quotes, each shown in its document with publisher and date. "
        "When the documents do not say, the answer is that they do not.</p></div>"
    )


def _panel(heading: str, body: str) -> str:
    return f'<section class="sources" aria-label="{heading}"><h2>{heading}</h2>{body}</section>'


def _about(answer: Answer) -> str:
    day = f" (as of {written_date(answer.as_of)})" if answer.as_of else ""
    return f'<p class="about">For: {shown(answer.question)}{day}</p>'


def _closest(answer: Answer) -> str:
    if not answer.hits:
        return _panel("Sources", _about(answer) + '<p class="aside">No passage was found.</p>')
    sure = confidence_in_words(answer.confidence)
    chance = f'<p class="aside">Likelihood that these hold the answer: {sure}</p>'
    cards = "".join(_near(hit) for hit in answer.hits[:CLOSEST])
    return _panel("Closest, not an answer", _about(answer) + chance + cards)


def _citation(citation: Citation) -> str:
    document = citation.document
    before, after = surroundings(document.text, citation.start, citation.end)
    excerpt = f"{shown(before)}<mark>{shown(citation.quote)}</mark>{shown(after)}"
    number = f'<span class="number"><span class="unseen">Source </span>{citation.number}</span>'
    head = _head(document, document.id, citation.origin, number, citation.speaker)
    return _card(head, excerpt, document, document.id, f'id="source-{citation.number}"')


def _near(hit: Hit) -> str:
    passage = hit.passage
    _, excerpt = surroundings(passage.text, 0, 0, 2 * SURROUNDINGS)
    head = _head(passage, passage.document_id, origin(passage))
    return _card(head, shown(excerpt), passage, passage.document_id)


def _head(
    item: Document | Passage, name: str, whence: str, number: str = "", voice: str = ""
) -> str:
    said_by = f", quoting {shown(voice)}" if voice else ""
    return (
        f"<header>{number}<div><h3>{shown(item.title or name)}</h3>"
        f'<p class="origin">{shown(whence)}{said_by}</p></div></header>'
    )


def _card(head: str, excerpt: str, item: Document | Passage, name: str, extra: str = "") -> str:
    where = f"<code>{shown(name)}</code>{_address(item.url)}"
    return (
        f'<article class="source" {extra}>{head}'
        f'<blockquote dir="auto">{excerpt}</blockquote><p class="where">{where}</p></article>'
    )


def _address(url: str | None) -> str:
    if not url:
        return ""
    if not _WEB.fullmatch(url) or without_controls(url) != url:
        return f' <span class="address">{shown(url)}</span>'
    return (
        f' <a class="address" href="{shown(url)}" target="_blank" '
        f'rel="noopener noreferrer">{shown(url)}</a>'
    )


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count:,} {noun}s"
