"""What BM25 looks at: the fields of a passage and the stems of its words. Knows no index."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import tantivy

from index.documents import Passage, day_number

ANALYZER = "english"
EVERY = "1"
"""The term that every passage carries in the field `all`, and those with a head in `heads`."""

TEXTS = ("key", "document", "version", "source", "text", "head")


@lru_cache(maxsize=50_000)
def terms(text: str) -> frozenset[str]:
    """The stemmed words of a text that the index would find it by."""
    return frozenset(stems(text))


def stem_of(word: str) -> str:
    """The first stem of a word that may have several, as "Venus's" has; "" for none."""
    return next(iter(stems(word)), "")


def stems(text: str) -> tuple[str, ...]:
    """The same in text order, repeats included."""
    return tuple(ANALYZE.analyze(text))


def fields_of(key: str, version: str, passage: Passage, head: str) -> tantivy.Document:
    """A passage as tantivy takes it in; `head` is how its document begins, "" but for the first."""
    source = (passage.source or "").casefold()
    texts = (key, passage.document_id, version, source, passage.embedded_text, head)
    return row_of(dict(zip(TEXTS, texts, strict=True)), day_number(passage.published))


def row_of(texts: Mapping[str, str], published: int) -> tantivy.Document:
    """A row of TEXTS as tantivy takes it in."""
    heads = EVERY if texts["head"] else ""
    return tantivy.Document(**texts, published=published, all=EVERY, heads=heads)


def text_of(row: tantivy.Document, field: str) -> str:
    """What a row of the index holds in one of its fields of text."""
    return str(row.get_first(field))


def schema() -> tantivy.Schema:
    """The fields; the text is stored, so that an index can be made again from itself."""
    builder = tantivy.SchemaBuilder()
    for name in ("key", "document", "version", "source"):
        builder.add_text_field(name, stored=True, tokenizer_name="raw", index_option="basic")
    for name in ("all", "heads"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("head", stored=True, tokenizer_name=ANALYZER, index_option="basic")
    builder.add_integer_field("published", stored=True, indexed=True, fast=True)
    builder.add_text_field("text", stored=True, tokenizer_name=ANALYZER, index_option="freq")
    return builder.build()


def _analyzer() -> tantivy.TextAnalyzer:
    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(60))
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.ascii_fold())
        .filter(tantivy.Filter.stopword("english"))
        .filter(tantivy.Filter.stemmer("english"))
        .build()
    )


ANALYZE = _analyzer()
