"""How far a passage answers a question, by small networks over the token outputs of both.

Each token of the question is aligned with the passage and compared with what it is aligned with
(decomposable attention, Parikh et al. 2016), and each token of the passage is weighed as a part of
the answer. Networks that differ only in how they began to learn are averaged, for each errs in its
own way. Knows nothing of text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from index.embedding import Tokens

SCALE = 4.0
"""What projected tokens are multiplied by: they are unit rows, whose parts are small."""

NEAR = 4
"""Tokens each side of one in which words of the question count as near it."""

RARE = 0.05
"""What the most frequent token weighs; the rarest weighs one more."""

_Array = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """Of a passage of t tokens: `odds`, the log-odds that it answers, as learned on its own.

    `parts` (t,) says how far each token is part of an answer: log-odds up to a constant.
    """

    odds: float
    parts: _Array


@dataclass(frozen=True, slots=True, eq=False)
class Alike:
    """Cosines of the question's tokens with those of each passage, (q, t) by both layers."""

    middle: Sequence[_Array]
    last: Sequence[_Array]

    @classmethod
    def of(cls, asked: Tokens, told: Sequence[Tokens]) -> Alike:
        """Compare a question with passages."""
        return cls(
            [asked.middle @ one.middle.T for one in told],
            [asked.vectors @ one.vectors.T for one in told],
        )


class Interaction:
    """The networks, by their weights: tests/benchmarks/interaction_net.py has the same in torch.

    All n are asked at once, of p passages whose tokens stand in one row: what they make of a
    question's tokens is (n, q, inner), of the passages' (n, t, inner). Safe to share between
    threads.
    """

    def __init__(self, networks: Sequence[Mapping[str, npt.NDArray[np.floating]]]) -> None:
        self._count = len(networks)
        self._held: dict[str, _Array] = {
            name: np.stack([weights[name] for weights in networks]).astype(np.float32)
            for name in (networks[0] if networks else ())
        }
        self._projected: WeakKeyDictionary[Tokens, list[_Array]] = WeakKeyDictionary()

    def __bool__(self) -> bool:
        """Whether there is any network to ask."""
        return self._count > 0

    @classmethod
    def read(cls, file: Path) -> Interaction:
        """From a file of weights."""
        from safetensors.numpy import load_file

        networks: dict[str, dict[str, npt.NDArray[np.floating]]] = {}
        for name, values in load_file(file).items():
            network, _, weight = name.partition(".")
            networks.setdefault(network, {})[weight] = values
        return cls([networks[network] for network in sorted(networks, key=int)])

    def write(self, file: Path) -> None:
        """To a file, in half the digits."""
        from safetensors.numpy import save_file

        save_file(
            {
                f"{i}.{name}": values.astype(np.float16)
                for i, network in enumerate(self.networks)
                for name, values in network.items()
            },
            file,
        )

    @property
    def networks(self) -> list[dict[str, _Array]]:
        """The weights of each, by name."""
        return [
            {name: values[i] for name, values in self._held.items()} for i in range(self._count)
        ]

    def __call__(self, asked: Tokens, told: Sequence[Tokens], alike: Alike) -> list[Judgement]:
        """Whether and where each of the passages `told` answers what is `asked`.

        Zeros where there is nothing to go by: no token on either side, or no network.
        """
        found = [Judgement(0.0, np.zeros(len(one.starts), np.float32)) for one in told]
        places = [i for i, one in enumerate(told) if len(one.starts)]
        if self and len(asked.starts) and places:
            held = Alike([alike.middle[i] for i in places], [alike.last[i] for i in places])
            judged = self._judged(asked, [told[i] for i in places], held)
            for i, one in zip(places, judged, strict=True):
                found[i] = one
        return found

    def _judged(self, asked: Tokens, told: Sequence[Tokens], alike: Alike) -> Iterator[Judgement]:
        row = _Row.of([len(one.starts) for one in told])
        rare: _Array = asked.rarity + np.float32(RARE)
        middles, lasts = (np.concatenate(side, axis=1) for side in (alike.middle, alike.last))
        questions = self._project(asked)
        apart = [self._known(one) for one in told]
        passages = [np.concatenate(side, axis=1) for side in zip(*apart, strict=True)]
        pull = self._held["pull"][:, :, None, None]
        similar = pull[:, 0] * middles + pull[:, 1] * lasts
        for i, (question, passage) in enumerate(zip(questions, passages, strict=True), 2):
            similar += pull[:, i] / SCALE * (question @ passage.transpose(0, 2, 1))
        shares = row.softmax(similar)
        compared = self._compared(rare, questions, shares, apart, row, middles, lasts)
        covered = rare @ shares
        near = row.means_around(covered)
        wholes = [(rare @ questions[0]) / rare.sum(), questions[1].mean(axis=1)]
        parts = self._parts(
            passages,
            [(whole, one[:, 0]) for whole, one in zip(wholes, questions, strict=True)],
            [covered, near, middles.max(axis=0), lasts.max(axis=0)],
        )
        most = row.largest(parts)
        summary = [
            *(compared.max(axis=2), compared.mean(axis=2)),
            (most + np.log(row.sums(np.exp(parts - row.spread(most)))))[..., None],
            *(most[..., None], row.sums(row.softmax(parts) * near)[..., None]),
        ]
        odds = self._two_layers("judge", summary)[..., 0].mean(axis=0)
        for one, its in zip(odds, row.parted(parts.mean(axis=0)), strict=True):
            yield Judgement(float(one), its)

    def _compared(
        self,
        rare: _Array,
        questions: Sequence[_Array],
        shares: _Array,
        passages: Sequence[Sequence[_Array]],
        row: _Row,
        middles: _Array,
        lasts: _Array,
    ) -> _Array:
        """The question's tokens held against what of each passage they share (n, p, q, judged)."""
        count, asked, inner = questions[0].shape
        shape = (count, len(passages), asked, inner)
        aligned = [np.empty(shape, np.float32) for _ in questions]
        for i, (share, passage) in enumerate(zip(row.parted(shares), passages, strict=True)):
            for one, side in zip(aligned, passage, strict=True):
                np.matmul(share, side, out=one[:, i])
        alone = [np.broadcast_to(question[:, None], shape) for question in questions]
        pairs = list(zip(alone, aligned, strict=True))
        most = [row.largest(values).T for values in (middles, lasts)]
        columns = [
            *(*alone, *aligned),
            *(
                *(one * other for one, other in pairs),
                *(np.abs(one - other) for one, other in pairs),
            ),
            *(np.broadcast_to(one[None, ..., None], (*shape[:3], 1)) for one in most),
            row.largest(shares).transpose(0, 2, 1)[..., None],
            np.broadcast_to(rare[:, None], (*shape[:3], 1)),
        ]
        flat = [column.reshape(count, shape[1] * asked, -1) for column in columns]
        found = self._two_layers("compare", flat)
        return found.reshape(count, shape[1], asked, -1)

    def _known(self, told: Tokens) -> list[_Array]:
        """The same as `_project`; a passage is asked about again and again, so it is kept."""
        found = self._projected.get(told)
        if found is None:
            found = self._projected[told] = self._project(told)
        return found

    def _project(self, tokens: Tokens) -> list[_Array]:
        """The middle and last vectors of tokens, as the networks see them: each (n, t, inner)."""
        sides = (("middle", tokens.middle), ("last", tokens.vectors))
        return [SCALE * (vectors @ self._held[name].transpose(0, 2, 1)) for name, vectors in sides]

    def _parts(
        self,
        passages: Sequence[_Array],
        factors: Sequence[Sequence[_Array]],
        columns: Sequence[_Array],
    ) -> _Array:
        """How far each token is part of the answer (n, t).

        The layer wants the passage's tokens, then those times each of the factors, then columns.
        A factor is the same for every token, so it is the weights that are multiplied by it.
        """
        held = self._held
        # (n, given, inner), a block for each group of columns.
        weights = held["answer.0.weight"].transpose(0, 2, 1)
        width = passages[0].shape[2]
        blocks = [weights[:, i * width : (i + 1) * width] for i in range(3 * len(passages))]
        inner = held["answer.0.bias"][:, None]
        for i, (passage, by) in enumerate(zip(passages, factors, strict=True)):
            block = blocks[i] + by[0][..., None] * blocks[i + 2] + by[1][..., None] * blocks[i + 4]
            inner = inner + passage @ block
        rest = np.stack([np.broadcast_to(one, columns[0].shape) for one in columns], axis=2)
        inner = np.maximum(inner + rest @ weights[:, len(blocks) * width :], 0)
        found: _Array = inner @ held["answer.1.weight"].transpose(0, 2, 1)
        return (found + held["answer.1.bias"][:, None])[..., 0]

    def _two_layers(self, name: str, columns: Sequence[_Array]) -> _Array:
        held = self._held
        rows = np.concatenate(columns, axis=2)
        inner = rows @ held[f"{name}.0.weight"].transpose(0, 2, 1)
        inner = np.maximum(inner + held[f"{name}.0.bias"][:, None], 0)
        found: _Array = inner @ held[f"{name}.1.weight"].transpose(0, 2, 1)
        return found + held[f"{name}.1.bias"][:, None]


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    """Passages in a row of t tokens: how many each has, where it begins and ends for a token."""

    lengths: npt.NDArray[np.intp]
    begins: npt.NDArray[np.intp]

    @classmethod
    def of(cls, lengths: Sequence[int]) -> _Row:
        counts = np.array(lengths, np.intp)
        return cls(counts, np.cumsum(counts) - counts)

    def largest(self, values: _Array) -> _Array:
        """(..., t) -> (..., p)."""
        found: _Array = np.maximum.reduceat(values, self.begins, axis=-1)
        return found

    def sums(self, values: _Array) -> _Array:
        """(..., t) -> (..., p)."""
        found: _Array = np.add.reduceat(values, self.begins, axis=-1)
        return found

    def spread(self, values: _Array) -> _Array:
        """(..., p) -> (..., t)."""
        return np.repeat(values, self.lengths, axis=-1)

    def softmax(self, values: _Array) -> _Array:
        """Shares that sum to one in each passage."""
        found: _Array = np.exp(values - self.spread(self.largest(values)))
        found /= self.spread(self.sums(found))
        return found

    def parted(self, values: _Array) -> list[_Array]:
        """(..., t) -> a view for each passage."""
        ends = self.begins + self.lengths
        return [values[..., a:b] for a, b in zip(self.begins, ends, strict=True)]

    def means_around(self, values: _Array) -> _Array:
        """The mean of each value and NEAR each side of it; beyond a passage there are zeros."""
        places = np.arange(self.lengths.sum())
        first = np.maximum(places - NEAR, np.repeat(self.begins, self.lengths))
        ends = np.repeat(self.begins + self.lengths, self.lengths)
        last = np.minimum(places + NEAR + 1, ends)
        sums = np.zeros((len(values), len(places) + 1))
        np.cumsum(values, axis=1, out=sums[:, 1:])
        found = (sums[:, last] - sums[:, first]) / (2 * NEAR + 1)
        return found.astype(np.float32)
