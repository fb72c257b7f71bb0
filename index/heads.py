"""How the documents of a lexical index begin: which of a query's words their heads hold.

The head is the title and the first lines: there a report says whose it is and of when, which its
passages do not repeat. Knows nothing of passages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log

import tantivy

from index.fields import EVERY, stems, terms, text_of
from index.latest import Latest

_KEPT = 2_000
"""Documents at most whose heads' words are remembered; of more, most would be read anew."""


class Heads:
    """The heads in a tantivy index. Safe to share between threads."""

    def __init__(self, index: tantivy.Index) -> None:
        self._index = index
        self.forget()

    def forget(self) -> None:
        """What is remembered; to be called once the index shows others."""
        # Anew, not emptied: who reads heads at this moment puts them into what was before.
        self._words = Latest[frozenset[str]](_KEPT)

    def shares(self, query: str, documents: Sequence[str]) -> list[float]:
        """Share of the query's words, weighted by rarity (idf), that each document's head holds.

        Rarity is among heads. In the order of `documents`.
        """
        words = self._words
        searcher = self._index.searcher()
        count = searcher.doc_freq("heads", EVERY)
        found = {term: searcher.doc_freq("head", term) for term in sorted(terms(query))}
        # A word of no head cannot tell one document from another.
        rarity = {
            term: log(1 + (count - held + 0.5) / (held + 0.5))
            for term, held in found.items()
            if 0 < held <= count
        }
        if not rarity or not documents:
            return [0.0] * len(documents)
        if count <= _KEPT:
            known = words.of(documents, lambda names: self._read(searcher, names))
            weights = {
                name: sum(weight for term, weight in rarity.items() if term in held)
                for name, held in known.items()
            }
        else:
            weights = self._scored(searcher, sorted(set(documents)), rarity)
        whole = sum(rarity.values())
        return [weights.get(name, 0.0) / whole for name in documents]

    def _read(
        self, searcher: tantivy.Searcher, documents: Sequence[str]
    ) -> dict[str, frozenset[str]]:
        query = tantivy.Query
        heads = query.term_query(self._index.schema, "heads", EVERY)
        both = [(tantivy.Occur.Must, one) for one in (self._among(documents), heads)]
        hits = searcher.search(query.boolean_query(both), len(documents), count=False).hits
        rows = [searcher.doc(address) for _, address in hits]
        return {text_of(row, "document"): frozenset(stems(text_of(row, "head"))) for row in rows}

    def _scored(
        self, searcher: tantivy.Searcher, documents: Sequence[str], rarity: Mapping[str, float]
    ) -> dict[str, float]:
        """The weights of the words that each head holds, summed by tantivy."""
        query, fields = tantivy.Query, self._index.schema
        must, should = tantivy.Occur.Must, tantivy.Occur.Should
        holding = query.boolean_query(
            [
                (should, query.const_score_query(query.term_query(fields, "head", term), weight))
                for term, weight in rarity.items()
            ]
        )
        among = query.const_score_query(self._among(documents), 0.0)
        both = query.boolean_query([(must, holding), (must, among)])
        hits = searcher.search(both, len(documents), count=False).hits
        return {text_of(searcher.doc(address), "document"): score for score, address in hits}

    def _among(self, documents: Sequence[str]) -> tantivy.Query:
        return tantivy.Query.term_set_query(self._index.schema, "document", list(documents))
