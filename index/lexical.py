"""BM25 over the passages of a store, by tantivy. Derived: it can always be made again from Chroma.

Knows nothing of vectors. It carries the marker of the store it last agreed with.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from math import log
from pathlib import Path

import tantivy

from index.documents import Filter, Passage, day_number

Row = tuple[str, str, Passage]
"""A passage's key, its document's version, and the passage."""

_ANALYZER = "english"
_FORMAT = "1"


class LexicalIndex:
    """Stemmed English BM25, in a folder or, with folder=None, in memory."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._marker = ""
        self._index = self._open()

    @property
    def marker(self) -> str:
        """The marker of the store at the last reconcile, "" before the first."""
        if self._folder is None:
            return self._marker
        file = self._folder / "marker"
        return file.read_text("utf-8") if file.is_file() else ""

    def reconcile(
        self,
        versions: Mapping[str, str],
        rows_of: Callable[[Iterable[str]], Iterable[Row]],
        marker: str,
    ) -> None:
        """Make the index hold just these document versions, then carry the marker.

        `versions` maps document id to version; `rows_of` fetches the passages of documents. New
        documents are added; a change or a deletion makes the whole index anew. A writer of
        another process raises ValueError.
        """
        held = self._versions()
        stale = [name for name, kept in held.items() if kept != {versions.get(name)}]
        # BM25 goes on counting what was deleted until segments happen to merge, so scores would
        # depend on history. Made anew, they are those of a fresh index.
        missing = list(versions) if stale else [name for name in versions if name not in held]
        if stale or missing:
            # Two threads at most: tantivy's merging must not starve the embedder.
            writer = self._index.writer(heap_size=64_000_000, num_threads=1)
            if stale:
                writer.delete_all_documents()
            for key, version, passage in rows_of(missing):
                writer.add_document(
                    tantivy.Document(
                        key=key,
                        document=passage.document_id,
                        version=version,
                        source=(passage.source or "").casefold(),
                        published=day_number(passage.published),
                        text=passage.embedded_text,
                    )
                )
            writer.commit()
            writer.wait_merging_threads()
            self._index.reload()
        self._remember(marker)

    def search(self, query: str, n: int, where: Filter) -> list[tuple[str, float]]:
        """The n best passages -> [(key, BM25 score)], best first, sharing a word at least."""
        parsed = self._query(query)
        if parsed is None or where.sources == ():
            return []
        return self._run(tantivy.Query.boolean_query(self._clauses(parsed, where)), n)

    def scores(self, query: str, keys: list[str]) -> dict[str, float]:
        """BM25 scores of given passages; those that share no word with the query are left out."""
        parsed = self._query(query)
        if parsed is None or not keys:
            return {}
        chosen = tantivy.Query.term_set_query(self._index.schema, "key", keys)
        # Scored 0, so that it selects and adds nothing to BM25.
        limits = tantivy.Query.const_score_query(chosen, 0.0)
        must = tantivy.Occur.Must
        both = tantivy.Query.boolean_query([(must, parsed), (must, limits)])
        return dict(self._run(both, len(keys)))

    def overlaps(self, query: str, sentences: Sequence[str]) -> list[float]:
        """Share of the query's words, weighted by rarity (idf), that each sentence holds."""
        searcher = self._index.searcher()
        count = searcher.num_docs
        rarity = {
            term: log(1 + (count - found + 0.5) / (found + 0.5))
            for term in terms(query)
            for found in [min(searcher.doc_freq("text", term), count)]
        }
        whole = sum(rarity.values()) or 1.0
        return [sum(rarity.get(term, 0.0) for term in terms(text)) / whole for text in sentences]

    def _open(self) -> tantivy.Index:
        if self._folder is None:
            index = tantivy.Index(_schema())
        else:
            format_file = self._folder / "format"
            if not format_file.is_file() or format_file.read_text("utf-8") != _FORMAT:
                shutil.rmtree(self._folder, ignore_errors=True)
                self._folder.mkdir(parents=True)
                format_file.write_text(_FORMAT, "utf-8")
            try:
                index = tantivy.Index(_schema(), path=str(self._folder))
            except ValueError:
                # Damaged or of another schema: derived data, so start again from nothing.
                shutil.rmtree(self._folder)
                self._folder.mkdir(parents=True)
                format_file.write_text(_FORMAT, "utf-8")
                index = tantivy.Index(_schema(), path=str(self._folder))
        index.register_tokenizer(_ANALYZER, _ANALYZE)
        return index

    def _remember(self, marker: str) -> None:
        self._marker = marker
        if self._folder is not None:
            draft = self._folder / "marker.new"
            draft.write_text(marker, "utf-8")
            draft.replace(self._folder / "marker")

    def _versions(self) -> dict[str, set[str | None]]:
        searcher = self._index.searcher()
        found: dict[str, set[str | None]] = {}
        if searcher.num_docs:
            for _, address in searcher.search(
                tantivy.Query.all_query(), limit=searcher.num_docs
            ).hits:
                row = searcher.doc(address)
                found.setdefault(str(row.get_first("document")), set()).add(
                    str(row.get_first("version"))
                )
        return found

    def _query(self, text: str) -> tantivy.Query | None:
        words = sorted(terms(text))
        if not words:
            return None
        should = tantivy.Occur.Should
        schema = self._index.schema
        return tantivy.Query.boolean_query(
            [(should, tantivy.Query.term_query(schema, "text", term)) for term in words]
        )

    def _clauses(
        self, parsed: tantivy.Query, where: Filter
    ) -> list[tuple[tantivy.Occur, tantivy.Query]]:
        schema = self._index.schema
        must = tantivy.Occur.Must
        clauses = [(must, parsed)]
        if where.as_of is not None:
            days = tantivy.Query.range_query(
                schema,
                "published",
                tantivy.FieldType.Integer,
                0,
                day_number(where.as_of),
            )
            clauses.append((must, tantivy.Query.const_score_query(days, 0.0)))
        if where.sources is not None:
            names = tantivy.Query.term_set_query(schema, "source", list(where.sources))
            clauses.append((must, tantivy.Query.const_score_query(names, 0.0)))
        return clauses

    def _run(self, query: tantivy.Query, n: int) -> list[tuple[str, float]]:
        # Another process may have written since.
        self._index.reload()
        searcher = self._index.searcher()
        hits = searcher.search(query, limit=n, count=False).hits
        return [
            (str(searcher.doc(address).get_first("key")), float(score)) for score, address in hits
        ]


@lru_cache(maxsize=50_000)
def terms(text: str) -> frozenset[str]:
    """The stemmed words of a text that the index would find it by."""
    return frozenset(stems(text))


def stems(text: str) -> tuple[str, ...]:
    """The same in text order, repeats included."""
    return tuple(_ANALYZE.analyze(text))


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in ("key", "document", "version"):
        builder.add_text_field(name, stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("source", tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("published", indexed=True, fast=True)
    builder.add_text_field("text", tokenizer_name=_ANALYZER, index_option="freq")
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


_ANALYZE = _analyzer()
