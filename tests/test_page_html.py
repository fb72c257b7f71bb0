"""The page's HTML: whatever a document or question says, it is shown and never obeyed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from assistant.answers import Answer, Citation, without_controls
from assistant.page.exporting import as_json, as_markdown
from assistant.page.markup import confidence_in_words, notice_html
from assistant.page.messages import follow_ups_html, log_html, unread_html, welcome_html
from assistant.page.reading import REACH, cited_html, document_html
from assistant.page.shelf import shelf_html, upload_html
from assistant.page.sources import SURROUNDINGS, sources_html, surroundings
from assistant.page.talk import Exchange, Library, Talk, checked
from assistant.page.uploads import Taken
from index import Document
from index.documents import Hit, Passage
from index.errors import DocumentNotFound
from index.records import Record

OURS = {
    *("section", "h2", "h3", "h4", "article", "header", "div", "span", "p", "ul", "ol", "li"),
    *("blockquote", "mark", "code", "a", "strong", "button", "time", "table", "thead", "tbody"),
    *("tr", "th", "td", "label", "progress", "br", "em", "form", "input"),
}
HOSTILE = st.one_of(
    st.text(min_size=1),
    st.sampled_from(
        [
            '<img src=x onerror="alert(1)">',
            "</mark></blockquote><script>alert(1)</script>",
            "&lt;b&gt; &amp;amp; '\"",
            "a\x00b\rc\u202edcba",
        ]
    ),
).filter(lambda text: bool(text.strip()))


PAST = {
    **{"key": "0" * 12, "question": "Q?", "searched_for": "Q?", "text": "A."},
    **{"abstained": True, "confidence": 0.1},
}
"""An exchange as a browser keeps it."""


class Parsed(HTMLParser):
    """What a browser would make of HTML: elements, attribute values, text in and out of marks."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str | None] = []
        self.text = ""
        self.marks: list[str] = []
        self._open: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        self._open.append(tag)
        if tag == "mark":
            self.marks.append("")
        if tag == "a":
            self.links.append(dict(attrs)["href"])

        if tag in ("br", "input"):
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment was opened: {data!r}")

    def handle_data(self, data: str) -> None:
        self.text += data
        if "mark" in self._open:
            self.marks[-1] += data


def cited(text: str, start: int, end: int, *, title: str = "T", url: str | None = None) -> Answer:
    document = Document(title, text, title, title, date(2025, 3, 13), url)
    citation = Citation(1, text[start:end], start, end, document)
    return Answer(
        question=title,
        standalone_question=title,
        text=f"“{text[start:end]}” [1]",
        citations=(citation,),
        abstained=False,
        confidence=0.92,
        complete=True,
        hits=(),
    )


def abstained(*texts: str, question: str = "Q", complete: bool = True) -> Answer:
    hits = tuple(Hit(Passage(text, 0, len(text), text, title=text), 1.0) for text in texts)
    said = "The documents do not say."
    return Answer(question, question, said, (), True, 0.12, complete, hits, date(2025, 4, 1))


ALLOWED = {
    *("class", "id", "aria-label", "aria-busy", "dir", "href", "target", "rel", "role", "type"),
    *("tabindex", "disabled", "datetime", "scope", "max", "value", "name", "maxlength"),
    *("data-do", "data-key", "data-n", "data-id", "data-at", "data-verdict"),
}


def parsed(source: str) -> Parsed:
    found = Parsed(source)
    assert found.tags <= OURS
    assert found.attributes <= ALLOWED
    return found


def said(answer: Answer) -> tuple[Exchange, Library]:
    """An answer as the page remembers it, and the documents it cites."""
    held = {citation.document.id: citation.document for citation in answer.citations}

    def library(name: str) -> Document:
        if name not in held:
            raise DocumentNotFound(name)
        return held[name]

    return Exchange.of(answer), library


@given(HOSTILE, st.data())
def test_the_mark_holds_the_quote_and_nothing_becomes_markup(
    text: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    exchange, library = said(cited(text, start, end, title=text, url=text))
    panel = parsed(sources_html(exchange, library))
    assert panel.marks == [without_controls(text[start:end])]
    assert without_controls(text) in panel.text


@given(HOSTILE, st.data())
def test_the_reader_lights_the_quote_in_the_whole_text_whatever_its_pages(
    text: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    cuts = data.draw(st.sets(st.integers(0, len(text) - 1), max_size=3))
    document = Document(text, text, text, text, None, text, pages=tuple(sorted({0, *cuts})))
    citation = Citation(1, text[start:end], start, end, document)
    answer = Answer(*("Q", "Q", "A [1]", (citation,), False, 0.9, True, ()))
    reader = parsed(cited_html(Exchange.of(answer), 1, document))
    assert "".join(reader.marks) == without_controls(text[start:end])
    assert without_controls(text) in parsed(document_html(document)).text


def test_other_quotes_of_the_answer_in_the_document_are_marked_but_not_lit() -> None:
    document = Document("d", "One fact. Two facts. Three facts.", "T")
    spans = ((0, 9), (10, 20), (5, 15))
    citations = tuple(
        Citation(n, document.text[a:b], a, b, document) for n, (a, b) in enumerate(spans, 1)
    )
    exchange = Exchange.of(Answer(*("Q", "Q", "A", citations, False, 0.9, True, ())))
    html = cited_html(exchange, 2, document)
    assert '<mark class="lit">Two facts.</mark>' in html
    assert "<mark>One fact.</mark>" in html
    # The third overlaps what is lit, and would cut it.
    assert html.count("<mark") == 2


def test_a_changed_document_does_not_light_what_it_no_longer_says() -> None:
    exchange, _ = said(cited("one two three", 4, 7))
    with pytest.raises(ValueError, match="changed or removed"):
        cited_html(exchange, 1, Document("T", "one too three", "T"))


def test_a_long_document_is_shown_around_the_place_with_a_way_to_the_rest() -> None:
    text = "word " * 40_000
    document = Document("d", text, "T")
    citation = Citation(1, "word", 100_000, 100_004, document)
    exchange = Exchange.of(Answer(*("Q", "Q", "A", (citation,), False, 0.9, True, ())))
    html = cited_html(exchange, 1, document)
    assert len(html) < 2 * REACH + 5_000
    assert "Show what comes before" in html and "Show what comes after" in html
    assert "Show what comes" not in document_html(Document("d", "short", "T"))


@given(HOSTILE, HOSTILE)
def test_an_abstention_shows_any_passage_as_text(text: str, question: str) -> None:
    exchange, library = said(abstained(text, question=question))
    panel = parsed(sources_html(exchange, library))
    assert panel.marks == []
    assert without_controls(question) in panel.text


@given(HOSTILE)
def test_the_conversation_and_all_notices_show_any_text_as_text(text: str) -> None:
    exchange, _ = said(cited(text, 0, len(text), title=text))
    log = parsed(log_html(Talk((exchange, exchange), pending=text), live=exchange, busy=True)).text
    assert log.count(without_controls(text.strip())) >= 3
    assert parsed(notice_html(text)).text == without_controls(" ".join(text.split()))
    assert without_controls(text) in parsed(follow_ups_html([text])).text
    assert without_controls(text) in parsed(welcome_html(3, [text])).text
    assert without_controls(text) in parsed(upload_html(Taken(0, 1, text))).text
    done = Taken(1, 1, complete=True, failed={text: text})
    assert without_controls(text) in parsed(upload_html(done)).text
    row = Record(text, "v", 1, text, text, None, text)
    assert without_controls(text) in parsed(shelf_html([row], {text: text}, may_remove=True)).text


@given(HOSTILE)
def test_a_conversation_survives_the_browser_and_its_exports(text: str) -> None:
    exchange, library = said(cited(text, 0, len(text), title=text))
    talk = Talk((exchange,), pending=text)
    again = Talk.read(json.loads(json.dumps(talk.to_dict())))
    assert again == talk == checked(again, library)
    assert json.loads(as_json(talk))["conversation"][0]["citations"][0]["quote"] == text
    rendered = MarkdownIt().render(as_markdown(talk))
    assert (
        "<script" not in rendered and "<img" not in rendered and 'href="javascript' not in rendered
    )


@pytest.mark.parametrize(
    "value",
    [
        *(None, 5, "x", [], {"exchanges": 5}, {"exchanges": [{}]}, {"exchanges": [{"key": []}]}),
        {"owner": "somebody else"},
        {"exchanges": [], "editing": "no"},
        {"owner": "me", "exchanges": [PAST | {"verdict": "sideways"}]},
        {"owner": "me", "exchanges": [PAST | {"verdict": '"><img src=x onerror=alert(1)>'}]},
    ],
)
def test_what_the_browser_kept_is_an_empty_conversation_unless_it_is_ours(value: object) -> None:
    assert Talk.read(value, owner="me") == Talk(owner="me")


@pytest.mark.parametrize("verdict", ["", "up", "down"])
def test_a_verdict_the_browser_kept_is_read(verdict: str) -> None:
    read = Talk.read({"exchanges": [PAST | {"verdict": verdict}]})
    assert [past.verdict for past in read.exchanges] == [verdict]


@given(HOSTILE)
def test_what_stands_for_a_verdict_is_shown_and_never_obeyed(text: str) -> None:
    exchange, _ = said(cited("one two three", 4, 7))
    odd = replace(exchange, verdict=text)  # type: ignore[arg-type]
    assert parsed(log_html(Talk((odd,)))).tags <= OURS


def test_a_remembered_quote_that_its_document_lost_is_marked_and_not_cited() -> None:
    exchange, library = said(cited("one two three", 4, 7))

    def changed(name: str) -> Document:
        return Document(name, "one 2 three")

    def removed(name: str) -> Document:
        raise DocumentNotFound(name)

    talk = Talk((exchange,))
    assert not checked(talk, library).exchanges[0].citations[0].gone
    for other in (changed, removed):
        lost = checked(talk, other).exchanges[0]
        assert lost.citations[0].gone
        assert "<mark>" not in sources_html(lost, other)
        assert "cite gone" in log_html(Talk((lost,)))


def test_numbers_in_a_text_are_buttons_only_where_the_answer_cites_them() -> None:
    exchange, _ = said(cited("a b", 0, 1))
    html = log_html(Talk((replace(exchange, text="x [1] y [2] z [99999]"),)))
    assert html.count('data-do="cite"') == 1
    assert "[2] z [99999]" in html


@given(st.text(max_size=1500), st.data())
def test_surroundings_are_the_documents_own_words(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    before, after = surroundings(text, start, end)
    assert text[:start].endswith(before.removeprefix("… ") if start > SURROUNDINGS else before)
    cut = end + SURROUNDINGS < len(text)
    assert text[end:].startswith(after.removesuffix(" …") if cut else after)
    assert len(before) <= SURROUNDINGS + 2 >= len(after)


def test_surroundings_are_cut_between_words() -> None:
    text = "word " * 200
    before, after = surroundings(text, 500, 504)
    assert before.startswith("… word ") and after.endswith(" word …")


@pytest.mark.parametrize(
    ("url", "links"),
    [
        ("https://example.com/a?b=1&c=2", ["https://example.com/a?b=1&c=2"]),
        ("HTTP://EXAMPLE.COM", ["HTTP://EXAMPLE.COM"]),
        ("javascript:alert(1)", []),
        ("https://example.com/\u202emoc", []),
        ("data:text/html,<b>", []),
        (" https://example.com", []),
        (None, []),
    ],
)
def test_only_web_addresses_become_links(url: str | None, links: list[str]) -> None:
    exchange, library = said(cited("a b", 0, 1, url=url))
    assert parsed(sources_html(exchange, library)).links == links


def test_an_abstention_shows_the_three_closest_passages_and_says_they_do_not_answer() -> None:
    exchange, library = said(abstained("one", "two", "three", "four"))
    panel = sources_html(exchange, library)
    assert '<h2 tabindex="-1">Closest, not an answer</h2>' in panel
    assert "Likelihood that these hold the answer: low (12%)" in panel
    assert "For: Q (as of 1 April 2025)" in panel
    assert "three" in panel and "four" not in panel


def test_a_follow_up_shows_what_was_searched_for() -> None:
    exchange, _ = said(abstained(question="Why?"))
    assert "Searched for" not in log_html(Talk((exchange,)))
    asked = replace(exchange, searched_for="Why? (pardon CZ)")
    assert "Searched for: “Why? (pardon CZ)”" in log_html(Talk((asked,)))


def test_an_unfinished_answer_says_what_is_being_done_and_offers_nothing_to_press() -> None:
    hits = abstained("one").hits
    begun = Exchange.of(Answer("Q", "Q", "", (), False, 0.0, False, hits))
    html = log_html(Talk(pending="Q"), live=begun, busy=True)
    assert "Reading 1 passage …" in html
    assert "<button" not in html


def test_confidence_is_a_word_and_a_percentage() -> None:
    assert confidence_in_words(0.92) == "high (92%)"
    assert confidence_in_words(0.5) == "moderate (50%)"
    assert confidence_in_words(0.0) == "low (0%)"


def test_the_empty_chat_says_how_many_documents_there_are_or_how_to_index_some() -> None:
    assert "assistant index FOLDER" in welcome_html(0)
    assert "1 document." in welcome_html(1)
    assert "1,200 documents." in welcome_html(1200)


def test_files_that_were_not_read_are_named_with_their_reason_and_escaped() -> None:
    failed = {f"{n}<b>.pdf": "the PDF is encrypted" for n in range(5)}
    html = unread_html(failed)
    assert "0&lt;b&gt;.pdf (the PDF is encrypted)" in html
    assert "and 2 more" in html
    assert "<b>" not in html
