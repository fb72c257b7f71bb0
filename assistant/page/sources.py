"""The panel beside an answer: its quotes in their surroundings, their dates. Knows no Gradio.

Where there is no answer, what came closest.
"""

from __future__ import annotations

import re

from assistant.lettering import written_date
from assistant.page.markup import address, button, confidence_in_words, shown
from assistant.page.talk import Exchange, Library, Place
from index.errors import AssistantError

SURROUNDINGS = 300
"""Most characters shown on either side of a quote."""

SHUT = button("Close", "shut", look="deed shut")
"""Back to the conversation, where there is room for one pane only."""

GONE = "The document no longer holds this passage: it was changed or removed after the answer."


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


def sources_html(exchange: Exchange | None, library: Library, *, live: bool = False) -> str:
    """The quotes of an answer in their surroundings, or what came closest.

    `live` is an answer still being written, whose places cannot be opened yet.
    """
    if exchange is None:
        return panel("Sources", '<p class="aside">The passages an answer rests on show here.</p>')
    if exchange.abstained:
        return _closest(exchange)
    cards = "".join(_citation(exchange, place, library, live) for place in exchange.citations)
    return panel("Sources", _about(exchange) + timeline_html(exchange, live=live) + cards)


def timeline_html(exchange: Exchange, *, live: bool = False) -> str:
    """The quotes by the day their documents were published; "" unless there are two days."""
    dated = [(place.published, place) for place in exchange.citations if place.published]
    if len({day for day, _ in dated}) < 2:
        return ""
    items = "".join(
        f'<li><time datetime="{day.isoformat()}">{shown(place.dated)}</time> '
        f"<span>{shown(place.source)}</span> {marker(exchange, place, live=live)}</li>"
        for day, place in sorted(dated, key=lambda one: (one[0], one[1].number))
    )
    return f'<ol class="timeline" aria-label="The sources by date">{items}</ol>'


def marker(exchange: Exchange, place: Place, *, live: bool = False) -> str:
    """A citation's number: a button that opens its document at the quote."""
    label = f"[{place.number}]"
    if live:
        return f'<span class="cite">{label}</span>'
    spoken = f"Citation {place.number}: {place.origin}. Open the document at the quote"
    if place.gone:
        spoken = f"Citation {place.number}: {GONE}"
    data = {"key": exchange.key, "n": place.number}
    look = "cite gone" if place.gone else "cite"
    return button(label, "cite", data=data, spoken=spoken, look=look)


def panel(heading: str, body: str, look: str = "") -> str:
    """A panel with its heading."""
    return (
        f'<section class="sources {look}" aria-label="{heading}">'
        f'<h2 tabindex="-1">{heading}</h2>{SHUT}{body}</section>'
    )


def _about(exchange: Exchange) -> str:
    day = f" (as of {written_date(exchange.as_of)})" if exchange.as_of else ""
    only = f", only {', '.join(exchange.sources)}" if exchange.sources else ""
    return f'<p class="about">For: {shown(exchange.question)}{shown(day + only)}</p>'


def _closest(exchange: Exchange) -> str:
    if not exchange.closest:
        return panel("Sources", _about(exchange) + '<p class="aside">No passage was found.</p>')
    sure = confidence_in_words(exchange.confidence)
    chance = f'<p class="aside">Likelihood that these hold the answer: {sure}</p>'
    cards = "".join(_near(exchange, at, place) for at, place in enumerate(exchange.closest, 1))
    return panel("Closest, not an answer", _about(exchange) + chance + cards, "nothing")


def _citation(exchange: Exchange, place: Place, library: Library, live: bool) -> str:
    before, after = _around(place, library)
    excerpt = f"{shown(before)}<mark>{shown(place.quote)}</mark>{shown(after)}"
    number = f'<span class="number"><span class="unseen">Source </span>{place.number}</span>'
    if place.gone:
        excerpt = f"{shown(place.quote)}<br><em>{GONE}</em>"
    deed = "" if live or place.gone else _open(exchange, place, place.number)
    return _card(place, excerpt, number, deed, f' id="source-{place.number}"')


def _near(exchange: Exchange, at: int, place: Place) -> str:
    _, excerpt = surroundings(place.quote, 0, 0, 2 * SURROUNDINGS)
    deed = "" if place.gone else _open(exchange, place, at)
    return _card(place, shown(excerpt), "", deed)


def _around(place: Place, library: Library) -> tuple[str, str]:
    if place.gone:
        return "", ""
    try:
        text = library(place.document).text
    except AssistantError:
        # Also where the store cannot be read just now: the page has to say so, with this beside it.
        return "", ""
    return surroundings(text, place.start, place.end)


def _open(exchange: Exchange, place: Place, number: int) -> str:
    spoken = f"Read in the document: {place.title}"
    data = {"key": exchange.key, "n": number}
    return button("Read in the document", "cite", data=data, spoken=spoken)


def _card(place: Place, excerpt: str, number: str, deed: str, extra: str = "") -> str:
    said_by = f", quoting {place.speaker}" if place.speaker else ""
    where = f"<code>{shown(place.document)}</code>{address(place.url)}"
    return (
        f'<article class="source"{extra}><header>{number}<div><h3>{shown(place.title)}</h3>'
        f'<p class="origin">{shown(place.origin + said_by)}</p></div></header>'
        f'<blockquote dir="auto">{excerpt}</blockquote><p class="where">{where}</p>{deed}</article>'
    )
