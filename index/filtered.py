"""The nearest of the passages that a filter keeps. Knows nothing of words or ranking.

Chroma would compare the filter with every row it holds, and then walk its graph past all that the
filter leaves out. BM25's index tells at once how many passages a filter keeps, and which. So either
more neighbours are asked for than are wanted, of which enough pass, or, where that would be more
than the filter keeps, all it keeps are compared.
"""

from __future__ import annotations

from math import ceil, inf

from index.documents import Filter
from index.embedding import Vectors
from index.lexical import LexicalIndex
from index.records import Stored
from index.vectors import COMPARED, VectorStore, first_of

_MARGIN = 1.5
"""Neighbours asked for, by those of which as many as wanted would pass if chance decided."""


def nearest(
    store: VectorStore, lexical: LexicalIndex, vector: Vectors, n: int, where: Filter
) -> tuple[list[Stored], set[str]]:
    """The n passages nearest to a unit vector among those kept, nearest first.

    With them come keys the lexical index holds whose passages are gone from the store: on a server
    it may be behind. What it does not hold yet is among the passages, kept or not.
    """
    if where == Filter():
        return store.nearest(vector, n), set()
    keys = _near(store, lexical, vector, n, where)
    if keys is None:
        wanted = lexical.keys(where)
        distances = store.distances(vector, wanted)
        keys = first_of(distances, n, reach=inf) or []
        missing = set(wanted) - distances.keys()
    else:
        missing = set()
    found = store.ordered(keys)
    return found, missing | set(keys).difference(item.key for item in found)


def _near(
    store: VectorStore, lexical: LexicalIndex, vector: Vectors, n: int, where: Filter
) -> list[str] | None:
    """The keys of the n nearest by Chroma's graph; None where all that is kept is to be compared.

    Those count as kept of which the lexical index does not know.
    """
    kept = lexical.count(where)
    asked = ceil(_MARGIN * n * lexical.count(Filter()) / kept) if kept else n
    while asked < kept:
        near = store.neighbours(vector, asked)
        if len(near) < asked and kept <= COMPARED:
            return None
        passing = lexical.kept(list(near), where)
        others = [key for key in near if key not in passing]
        passing |= set(others) - lexical.kept(others, Filter())
        found = {key: distance for key, distance in near.items() if key in passing}
        # The cut must not fall among equally near ones of which some were not asked for.
        if (best := first_of(found, n, reach=max(near.values(), default=0.0))) is not None:
            return best
        asked *= 4
    return None
