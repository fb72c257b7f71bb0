from __future__ import annotations

import re
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from assistant.answers import Answer, Citation, answer_text, escape_markdown, written_date
from assistant.citing import Quote, cite
from index import Document
from index.errors import DocumentNotFound

TEXTS = st.text(
    alphabet=st.one_of(st.sampled_from("ab[1]2 .\n<>*_"), st.characters(exclude_categories=["Cs"])),
    min_size=1,
).filter(lambda text: bool(text.strip()))


class Shelf:
    """A library of given documents."""

    def __init__(self, *documents: Document) -> None:
        self.held = {document.id: document for document in documents}

    def document(self, document_id: str) -> Document:
        try:
            return self.held[document_id]
        except KeyError:
            raise DocumentNotFound(document_id) from None


def quote(document: Document, start: int, end: int) -> Quote:
    return Quote(document.id, start, end, document.text[start:end])


@given(TEXTS, st.lists(st.tuples(st.integers(-5, 60), st.integers(-5, 60), TEXTS), max_size=6))
def test_whatever_a_reader_quotes_every_citation_is_verbatim(
    text: str, spans: list[tuple[int, int, str]]
) -> None:
    document = Document("d", text)
    quotes = [Quote("d", start, end, words) for start, end, words in spans]
    quotes += [quote(document, start, end) for start, end, _ in spans if 0 <= start < end]
    citations = cite(Shelf(document), [*quotes, Quote("gone", 0, 1, "x")])
    assert [c.number for c in citations] == list(range(1, len(citations) + 1))
    for c in citations:
        assert c.quote and document.text[c.start : c.end] == c.quote


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_markers_in_the_text_are_just_the_citations_numbers(texts: list[str]) -> None:
    citations = [
        Citation(n, text, 0, len(text), Document("d", text)) for n, text in enumerate(texts, 1)
    ]
    markers = [int(n) for n in re.findall(r"\[(\d+)\]", answer_text(citations))]
    assert markers == [c.number for c in citations]


def test_quotes_are_in_order_of_date_and_neighbours_become_one() -> None:
    late = Document("a", "One is here. Two is here. Three.", published=date(2025, 5, 1))
    early = Document("b", "Before.", published=date(2024, 5, 1))
    undated = Document("c", "Whenever.")
    citations = cite(
        Shelf(late, early, undated),
        [quote(undated, 0, 9), quote(late, 13, 25), quote(late, 0, 12), quote(early, 0, 7)],
    )
    assert [c.quote for c in citations] == ["Before.", "One is here. Two is here.", "Whenever."]


def test_a_quote_that_the_document_no_longer_says_is_left_out() -> None:
    document = Document("a", "The sum was 50 million.")
    assert cite(Shelf(document), [Quote("a", 12, 22, "60 million")]) == []


def test_markdown_shows_hostile_text_as_it_is() -> None:
    hostile = "<img src=x onerror=alert(1)> [a](javascript:b) **c** `d` $e$"
    escaped = escape_markdown(hostile)
    assert "<" not in escaped.replace("\\<", "")
    assert "](" not in escaped
    answer = Answer("q", "q", hostile, (), False, 1.0, True, ())
    assert "\\<img" in answer.to_markdown()


def test_dates_are_written_so_that_no_country_misreads_them() -> None:
    assert written_date(date(2025, 3, 4)) == "4 March 2025"
    assert written_date(None) == "undated"
