"""The page's HTML: whatever a document or question says, it is shown and never obeyed."""

from __future__ import annotations

from datetime import date
from html.parser import HTMLParser

import pytest
from assistant.panel import (
    SURROUNDINGS,
    answer_message,
    confidence_in_words,
    notice_html,
    question_message,
    sources_html,
    surroundings,
    unread_html,
    welcome_html,
)
from hypothesis import given
from hypothesis import strategies as st

from assistant.answers import Answer, Citation, without_controls
from index import Document
from index.documents import Hit, Passage

OURS = {
    *("section", "h2", "h3", "article", "header", "div", "span", "p"),
    *("blockquote", "mark", "code", "a", "small", "strong"),
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


def parsed(source: str) -> Parsed:
    found = Parsed(source)
    assert found.tags <= OURS
    assert found.attributes <= {
        *("class", "id", "aria-label", "dir", "href", "target", "rel", "role")
    }
    return found


@given(HOSTILE, st.data())
def test_the_mark_holds_the_quote_and_nothing_becomes_markup(
    text: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    panel = parsed(sources_html(cited(text, start, end, title=text, url=text)))
    assert panel.marks == [without_controls(text[start:end])]
    assert without_controls(text) in panel.text


@given(HOSTILE, HOSTILE)
def test_an_abstention_shows_any_passage_as_text(text: str, question: str) -> None:
    panel = parsed(sources_html(abstained(text, question=question)))
    assert panel.marks == []
    assert without_controls(question) in panel.text


@given(HOSTILE)
def test_messages_and_notices_show_any_text_as_text(text: str) -> None:
    answer = cited(text, 0, len(text), title=text)
    assert parsed(question_message(text)).text == without_controls(text.strip())
    assert without_controls(text) in parsed(answer_message(answer)).text
    assert parsed(notice_html(text)).text == without_controls(" ".join(text.split()))


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
    assert parsed(sources_html(cited("a b", 0, 1, url=url))).links == links


def test_an_abstention_shows_the_three_closest_passages_and_says_they_do_not_answer() -> None:
    panel = sources_html(abstained("one", "two", "three", "four"))
    assert "<h2>Closest, not an answer</h2>" in panel
    assert "Likelihood that these hold the answer: low (12%)" in panel
    assert "For: Q (as of 1 April 2025)" in panel
    assert "three" in panel and "four" not in panel


def test_a_follow_up_shows_what_was_searched_for() -> None:
    answer = abstained(question="Why?")
    assert "Searched for" not in answer_message(answer)
    asked = Answer("Why?", "Why? (pardon CZ)", "t", (), True, 0.1, True, ())
    assert "Searched for: “Why? (pardon CZ)”" in answer_message(asked)


def test_an_unfinished_answer_says_what_is_being_done() -> None:
    hits = abstained("one").hits
    begun = Answer("Q", "Q", "", (), False, 0.0, False, hits)
    assert answer_message(begun) == "<small>Reading 1 passage …</small>"


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
