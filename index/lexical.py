"""BM25 over the passages of a store, by tantivy. Derived: it can always be made again from Chroma.

Knows nothing of vectors. It carries the marker of the store it last agreed with.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import log
from pathlib import Path
from typing import Any

import tantivy

from index.documents import Filter, Passage, day_number
from index.errors import IndexDamaged
from index.fields import (
    ANALYZE,
    ANALYZER,
    EVERY,
    TEXTS,
    fields_of,
    row_of,
    schema,
    terms,
    text_of,
)
from index.heads import Heads

Row = tuple[str, str, Passage, str]
"""A passage's key, its document's version, the passage, and with the first the document's head."""

_FORMAT = "3"
_EXACT_UP_TO = 20_000
_MOST_STALE = 0.01
_MOST_TIED = 16
"""Times n that are fetched for ties at the cut; past that they fall in order of writing."""


class LexicalIndex:
    """Stemmed English BM25, in a folder or, with folder=None, in memory.

    BM25 goes on counting what was deleted until tantivy merges its segments, which it cannot be
    told to do. So after a deletion the index is made again from the texts it holds itself, and
    scores are those of a fresh index: 35 microseconds a passage. Past 20,000 passages that waits
    until one in a hundred is gone; until then document frequencies are up to that much too high.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._marker = ""
        self._staged: tantivy.IndexWriter | None = None
        self._index = self._open()
        self._heads = Heads(self._index)

    @property
    def marker(self) -> str:
        """The marker of the store at the last update, "" before the first."""
        if self._folder is None:
            return self._marker
        file = self._folder / "marker"
        # One that is damaged is no text, and equals no store's.
        return file.read_text("utf-8", errors="replace") if file.is_file() else ""

    def update(self, gone: Iterable[str], rows: Iterable[Row], marker: str) -> None:
        """Remove the passages of documents, add passages, and carry the marker.

        A reader of another process sees all of it or nothing.
        """
        try:
            self.stage(gone, rows)
        except BaseException:
            self.discard()
            raise
        self.commit(marker)

    def stage(self, gone: Iterable[str], rows: Iterable[Row]) -> None:
        """Remove the passages of documents and add passages, for nobody to see before `commit`."""
        # Never a variable here: it is tantivy's lock, and an error that somebody keeps would keep
        # it in this frame.
        if self._staged is None:
            self._staged = self._writer()
        for name in gone:
            self._staged.delete_documents_by_term("document", name)
        for row in rows:
            self._staged.add_document(fields_of(*row))

    def commit(self, marker: str) -> None:
        """Let what is staged be seen, and carry the marker."""
        writer, self._staged = self._staged or self._writer(), None
        try:
            writer.commit()
            writer.wait_merging_threads()
        finally:
            # As above.
            del writer
        self._index.reload()
        if self._stale() > (0 if self._count() <= _EXACT_UP_TO else _MOST_STALE * self._count()):
            self._make_again()
        self._heads.forget()
        self._remember(marker)

    def discard(self) -> None:
        """Forget what is staged."""
        self._staged = None

    def versions(self) -> dict[str, set[str]]:
        """Which versions of each document are held; more than one only after a crash."""
        found: dict[str, set[str]] = {}
        for row in self._rows():
            found.setdefault(text_of(row, "document"), set()).add(text_of(row, "version"))
        return found

    def search(self, query: str, n: int, where: Filter) -> list[tuple[str, float]]:
        """The n best passages -> [(key, BM25 score)], best first, sharing a word at least."""
        parsed = self._query(query)
        if parsed is None or where.sources == ():
            return []
        must = tantivy.Occur.Must
        clauses = [(must, parsed), *self._clauses(where)]
        return self._run(tantivy.Query.boolean_query(clauses), n)

    def count(self, where: Filter) -> int:
        """How many passages a filter keeps."""
        if where.sources == ():
            return 0
        found: Any = self._index.searcher().search(self._limits(where), limit=1, count=True)
        return int(found.count or 0)

    def keys(self, where: Filter) -> list[str]:
        """The keys of the passages that a filter keeps."""
        count = self.count(where)
        return self._keys(self._limits(where), count) if count else []

    def kept(self, keys: Sequence[str], where: Filter) -> set[str]:
        """Those of the passages of these keys that a filter keeps."""
        if not keys:
            return set()
        chosen = tantivy.Query.term_set_query(self._index.schema, "key", list(keys))
        must = tantivy.Occur.Must
        both = tantivy.Query.boolean_query([(must, chosen), (must, self._limits(where))])
        return set(self._keys(both, len(keys)))

    def documents(self, keys: Sequence[str]) -> set[str]:
        """The documents of the passages of these keys; missing keys are left out."""
        searcher = self._index.searcher()
        chosen = tantivy.Query.term_set_query(self._index.schema, "key", list(keys))
        hits = searcher.search(chosen, limit=max(1, len(keys)), count=False).hits
        return {text_of(searcher.doc(row), "document") for _, row in hits}

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
            for term in sorted(terms(query))
            for found in [min(searcher.doc_freq("text", term), count)]
        }
        whole = sum(rarity.values()) or 1.0
        held = map(terms, sentences)
        return [sum(rarity[term] for term in rarity if term in words) / whole for words in held]

    def heads(self, query: str, documents: Sequence[str]) -> list[float]:
        """Share of the query's words that each document's head holds; see index.heads."""
        return self._heads.shares(query, documents)

    def _open(self) -> tantivy.Index:
        folder = self._folder
        if folder is None:
            index = tantivy.Index(schema())
        else:
            form = folder / "format"
            try:
                if not folder.exists():
                    folder.mkdir(parents=True)
                    form.write_text(_FORMAT, "utf-8")
                if form.read_text("utf-8") != _FORMAT:
                    raise IndexDamaged(f"the lexical index at {folder} is of another version")
                index = tantivy.Index(schema(), path=str(folder))
            except (ValueError, OSError) as error:
                raise IndexDamaged(f"the lexical index at {folder} is damaged: {error}") from error
        index.register_tokenizer(ANALYZER, ANALYZE)
        return index

    def _writer(self) -> tantivy.IndexWriter:
        # One thread: tantivy's merging must not starve the embedder.
        return self._index.writer(heap_size=64_000_000, num_threads=1)

    def _count(self) -> int:
        count: int = self._index.searcher().num_docs
        return count

    def _stale(self) -> int:
        """Passages that are deleted and still counted; a term that all carry tells."""
        searcher = self._index.searcher()
        return int(searcher.doc_freq("all", EVERY)) - int(searcher.num_docs)

    def _rows(self) -> Iterator[tantivy.Document]:
        searcher = self._index.searcher()
        if searcher.num_docs:
            everything = searcher.search(tantivy.Query.all_query(), limit=searcher.num_docs)
            yield from (searcher.doc(address) for _, address in everything.hits)

    def _make_again(self) -> None:
        writer = self._writer()
        writer.delete_all_documents()
        for row in self._rows():
            texts = {name: text_of(row, name) for name in TEXTS}
            writer.add_document(row_of(texts, int(row.get_first("published") or 0)))
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()

    def _remember(self, marker: str) -> None:
        self._marker = marker
        if self._folder is not None:
            draft = self._folder / "marker.new"
            draft.write_text(marker, "utf-8")
            draft.replace(self._folder / "marker")

    def _query(self, text: str) -> tantivy.Query | None:
        words = sorted(terms(text))
        if not words:
            return None
        should = tantivy.Occur.Should
        fields = self._index.schema
        return tantivy.Query.boolean_query(
            [(should, tantivy.Query.term_query(fields, "text", term)) for term in words]
        )

    def _clauses(self, where: Filter) -> list[tuple[tantivy.Occur, tantivy.Query]]:
        fields = self._index.schema
        must = tantivy.Occur.Must
        clauses = []
        if where.as_of is not None:
            last = day_number(where.as_of)
            kind = tantivy.FieldType.Integer
            days = tantivy.Query.range_query(fields, "published", kind, 0, last)
            clauses.append((must, tantivy.Query.const_score_query(days, 0.0)))
        if where.sources is not None:
            names = tantivy.Query.term_set_query(fields, "source", list(where.sources))
            clauses.append((must, tantivy.Query.const_score_query(names, 0.0)))
        return clauses

    def _limits(self, where: Filter) -> tantivy.Query:
        clauses = self._clauses(where)
        return tantivy.Query.boolean_query(clauses) if clauses else tantivy.Query.all_query()

    def _keys(self, query: tantivy.Query, most: int) -> list[str]:
        searcher = self._index.searcher()
        hits = searcher.search(query, limit=most, count=False).hits
        return [text_of(searcher.doc(row), "key") for _, row in hits]

    def _run(self, query: tantivy.Query, n: int) -> list[tuple[str, float]]:
        searcher = self._index.searcher()
        asked = n + 1
        hits = searcher.search(query, limit=asked, count=False).hits
        # Equal scores come in the order of writing, which a fresh index does not share: all that
        # tie with the last are fetched, and the key decides.
        while len(hits) == asked and hits[-1][0] == hits[n - 1][0] and asked <= _MOST_TIED * n:
            asked *= 2
            hits = searcher.search(query, limit=asked, count=False).hits
        rows = [(text_of(searcher.doc(address), "key"), float(score)) for score, address in hits]
        return sorted(rows, key=lambda row: (-row[1], row[0]))[:n]


def opened_or_new(folder: Path) -> LexicalIndex:
    """The index in a folder, or an empty one in its place when it is damaged."""
    try:
        return LexicalIndex(folder)
    except IndexDamaged:
        shutil.rmtree(folder)
        return LexicalIndex(folder)


def differing(held: Mapping[str, set[str]], wanted: Mapping[str, str]) -> tuple[set[str], set[str]]:
    """Versions held and wanted -> (documents to remove, documents to add)."""
    gone = {name for name, versions in held.items() if versions != {wanted.get(name)}}
    return gone, {name for name in wanted if name not in held or name in gone}
