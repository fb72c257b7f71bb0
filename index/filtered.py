"""The nearest of the passages that a filter keeps. Knows nothing of words or ranking.

Chroma would compare the filter with every row it holds, and then walk its graph past all that the
filter leaves out. BM25's index tells at once how many passages a filter keeps, and which. So either
more neighbours are asked for than are wanted, of which enough pass, or, where that would be more
than the filter keeps, all it keeps are compared.
"""

from __future__ import annotations

from math import ceil

from index.documents import Filter
from index.embedding import Vectors
from index.lexical import LexicalIndex
from index.records import Stored
from index.vectors import COMPARED, VectorStore, first_of

_MARGIN = 1.5
"""Neighbours asked for, by those of which as many as wanted would pass if chance decided."""


def nearest(
    store: VectorStore, lexical: LexicalIndex, vector: Vectors, n: int, where: Filter
) -> list[Stored]:
    """The n passages nearest to a unit vector among those kept, nearest first."""
    if where == Filter():
        return store.nearest(vector, n)
    kept = lexical.count(where)
    if not kept:
        return []
    asked = ceil(_MARGIN * n * lexical.count(Filter()) / kept)
    while asked < kept:
        near = store.neighbours(vector, asked)
        if len(near) < asked and kept <= COMPARED:
            break
        passing = lexical.kept(list(near), where)
        found = {key: distance for key, distance in near.items() if key in passing}
        # The cut must not fall among equally near ones of which some were not asked for.
        if (best := first_of(found, n, reach=max(near.values(), default=0.0))) is not None:
            return store.ordered(best)
        asked *= 4
    return store.nearest_among(vector, n, lexical.keys(where))
