"""A sentence and the passages it rests on -> how likely they say it. Knows nothing of citations.

Words of the sentence are compared with those of the passages by the embedding model's token
outputs, each with its best match (late interaction), over the whole evidence, over its best
sentence and clause by clause, since a sentence is borne out only if all of its parts are. What is
learned are the weights of one logistic model; see tests/benchmarks/train_support.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.asked import Asked
from assistant.figures import figures
from assistant.grounds import Grounds, clauses, ground_tokens
from index.embedding import Vectors
from index.fields import terms
from index.words import names

Row = npt.NDArray[np.float64]

NAMES = (
    *("cover", "cover_least", "cover_two_least", "cover_three_least", "cover_below_5"),
    *("cover_below_4", "best_cover", "best_least", "best_two_least", "three_cover"),
    *("three_least", "three_two_least", "stems", "stems_best", "stems_three"),
    *("cosine", "cosine_second", "cosine_passage", "clause_least", "clause_mean"),
    *("clause_cover_least", "clause_stems_least", "pairs", "pairs_best"),
    *("figures_missing", "figures_missing_three", "figures_near", "has_figures"),
    *("names_missing", "names_near", "has_names", "negation_differs", "length", "evidence"),
)
_NEGATION = re.compile(
    r"\b(not|no|never|neither|nor|without|none|nobody|nothing|cannot|unable|fail(?:s|ed)?"
    r"|refus(?:e[sd]?|al)|den(?:y|ie[ds])|reject(?:s|ed)?|declin(?:e[sd]?))\b|n['’]t\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
_NOTHING = -0.2


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """A claim held against grounds: how well each sentence covers each word of it.

    `order` lists up to three sentences, greedily: first the one that covers most of the claim's
    words, then the one that adds most to it; `gains` is what each adds. `by_word` (words,
    sentences) is the best similarity of each word that counts with any of a sentence.
    """

    row: Row
    order: tuple[int, ...]
    gains: tuple[float, ...]
    by_word: Vectors


def compare(asked: Asked, grounds: Grounds) -> Compared:
    """The signals of one claim, in the order of NAMES, and the sentences that cover it best."""
    count = len(grounds.texts)
    similar = asked.tokens.vectors @ grounds.vectors.T
    best = np.full((similar.shape[0], count), _NOTHING, dtype=np.float32)
    for i in range(count):
        inside = grounds.owners == i
        if inside.any():
            best[:, i] = similar[:, inside].max(axis=1)
    by_word = np.stack([best[list(pieces)].mean(axis=0) for pieces in asked.pieces])
    weights = asked.weights
    order, gains = _greedy(by_word, weights)
    held = grounds.stems
    values = {
        **_coverage(by_word, weights, order),
        **_stems(asked, held, order),
        **_vectors(asked, grounds),
        **_clauses(asked, by_word, grounds, held),
        **_pairs(asked, grounds, order),
        **_figures(asked, grounds, similar, order),
        **_names(asked, grounds, similar),
        "negation_differs": float(
            bool(_NEGATION.search(asked.text)) != bool(_NEGATION.search(grounds.texts[order[0]]))
        ),
        "length": np.log1p(len(asked.words)),
        "evidence": np.log1p(count),
    }
    row = np.array([values[name] for name in NAMES], dtype=float)
    return Compared(row, order, gains, by_word)


def _greedy(
    by_word: Vectors, weights: Vectors, most: int = 3
) -> tuple[tuple[int, ...], tuple[float, ...]]:
    chosen: list[int] = []
    gains: list[float] = []
    reached = np.full(len(weights), _NOTHING, dtype=np.float32)
    while len(chosen) < min(most, by_word.shape[1]):
        covered = weights @ np.maximum(by_word, reached[:, None])
        covered[chosen] = -1
        chosen.append(int(covered.argmax()))
        gains.append(float(covered[chosen[-1]] - weights @ reached))
        reached = np.maximum(reached, by_word[:, chosen[-1]])
    return tuple(chosen), tuple(gains)


def _coverage(by_word: Vectors, weights: Vectors, order: Sequence[int]) -> dict[str, float]:
    top = by_word.max(axis=1)
    first = by_word[:, order[0]]
    three = by_word[:, list(order)].max(axis=1)

    def least(values: Vectors, k: int) -> float:
        return float(np.sort(values)[:k].mean())

    return {
        "cover": float(weights @ top),
        "cover_least": least(top, 1),
        "cover_two_least": least(top, 2),
        "cover_three_least": least(top, 3),
        "cover_below_5": float(weights[top < 0.5].sum()),
        "cover_below_4": float(weights[top < 0.4].sum()),
        "best_cover": float(weights @ first),
        "best_least": least(first, 1),
        "best_two_least": least(first, 2),
        "three_cover": float(weights @ three),
        "three_least": least(three, 1),
        "three_two_least": least(three, 2),
    }


def _stems(asked: Asked, held: Sequence[frozenset[str]], order: Sequence[int]) -> dict[str, float]:
    wanted = terms(asked.text)
    n = max(1, len(wanted))
    three = frozenset().union(*(held[i] for i in order))
    return {
        "stems": len(wanted & frozenset().union(*held)) / n,
        "stems_best": max(len(wanted & one) for one in held) / n,
        "stems_three": len(wanted & three) / n,
    }


def _vectors(asked: Asked, grounds: Grounds) -> dict[str, float]:
    cosines = np.sort(grounds.means @ asked.tokens.whole)[::-1]
    return {
        "cosine": float(cosines[0]),
        "cosine_second": float(cosines[min(1, len(cosines) - 1)]),
        "cosine_passage": float((grounds.wholes @ asked.tokens.whole).max()),
    }


def _clauses(
    asked: Asked, by_word: Vectors, grounds: Grounds, held: Sequence[frozenset[str]]
) -> dict[str, float]:
    """Each clause by itself, for the weakest part decides."""
    means = grounds.means
    starts = asked.tokens.starts
    cosines, covers, stems = [], [], []
    for first, last in clauses(asked.text):
        inside = (starts >= first) & (starts < last)
        if not inside.any():
            continue
        mean = asked.tokens.vectors[inside].mean(axis=0)
        cosines.append(float((means @ mean).max()) / max(float(np.linalg.norm(mean)), 1e-9))
        words = [i for i, pieces in enumerate(asked.pieces) if first <= starts[pieces[0]] < last]
        if words:
            weights = asked.weights[words] / max(float(asked.weights[words].sum()), 1e-9)
            covers.append(float((weights @ by_word[words]).max()))
        if wanted := terms(asked.text[first:last]):
            stems.append(max(len(wanted & one) for one in held) / len(wanted))
    return {
        "clause_least": min(cosines, default=0.0),
        "clause_mean": float(np.mean(cosines)) if cosines else 0.0,
        "clause_cover_least": min(covers, default=0.0),
        "clause_stems_least": min(stems, default=0.0),
    }


def _pairs(asked: Asked, grounds: Grounds, order: Sequence[int]) -> dict[str, float]:
    """Shared pairs of neighbouring words."""
    wanted = _word_pairs(asked.text)
    each = [_word_pairs(text) for text in grounds.texts]
    n = max(1, len(wanted))
    return {
        "pairs": len(wanted & set().union(*each)) / n,
        "pairs_best": len(wanted & each[order[0]]) / n,
    }


def _word_pairs(text: str) -> set[tuple[str, str]]:
    words = [word.casefold() for word in _WORD.findall(text)]
    return set(zip(words, words[1:], strict=False))


def _figures(
    asked: Asked, grounds: Grounds, similar: Vectors, order: Sequence[int]
) -> dict[str, float]:
    """Which numbers and days are there, and whether they stand in the same company."""
    wanted = figures(asked.text)
    held = [(i, found) for i, text in enumerate(grounds.texts) for found in figures(text)]
    missing = missing_three = 0
    near = []
    for figure in wanted:
        same = [(i, found) for i, found in held if figure.agrees(found)]
        missing += not same
        missing_three += not any(i in order for i, _ in same)
        mine = _tokens_in(asked.tokens.starts, figure.start, figure.end)
        close = [
            float(similar[np.ix_(mine, theirs)].max(axis=1).mean())
            for i, found in same
            if len(mine) and len(theirs := ground_tokens(grounds, i, found.start, found.end))
        ]
        near.append(max(close, default=0.0))
    return {
        "figures_missing": float(missing),
        "figures_missing_three": float(missing_three),
        "figures_near": min(near, default=0.7),
        "has_figures": float(bool(wanted)),
    }


def _names(asked: Asked, grounds: Grounds, similar: Vectors) -> dict[str, float]:
    wanted = {word for name in names(asked.text) for word in _WORD.findall(name)}
    text = " ".join(grounds.texts).casefold()
    missing = sum(word.casefold() not in text for word in wanted)
    near = []
    for match in _WORD.finditer(asked.text):
        if match[0] in wanted:
            mine = _tokens_in(asked.tokens.starts, *match.span())
            if len(mine) and similar.shape[1]:
                near.append(float(similar[mine].max(axis=1).mean()))
    return {
        "names_missing": float(missing),
        "names_near": min(near, default=0.7),
        "has_names": float(bool(wanted)),
    }


def _tokens_in(starts: npt.NDArray[np.int64], first: int, last: int) -> npt.NDArray[np.int64]:
    return np.flatnonzero((starts >= first) & (starts < last))
