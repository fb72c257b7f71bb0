"""How far a passage answers a question, by small networks over the token outputs of both.

Each token of the question is aligned with the passage and compared with what it is aligned with
(decomposable attention, Parikh et al. 2016), and each token of the passage is weighed as a part of
the answer. Networks that differ only in how they began to learn are averaged, for each errs in its
own way. Knows nothing of text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


class Interaction:
    """The networks, by their weights: tests/benchmarks/interaction_net.py has the same in torch.

    All n are asked at once: what they make of the question's tokens is (n, q, inner), of the
    passage's (n, t, inner). Safe to share between threads.
    """

    def __init__(self, networks: Sequence[Mapping[str, npt.NDArray[np.floating]]]) -> None:
        self._count = len(networks)
        self._held: dict[str, _Array] = {
            name: np.stack([weights[name] for weights in networks]).astype(np.float32)
            for name in (networks[0] if networks else ())
        }
        self._projected: WeakKeyDictionary[Tokens, list[_Array]] = WeakKeyDictionary()

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
                f"{i}.{name}": values[i].astype(np.float16)
                for i in range(self._count)
                for name, values in self._held.items()
            },
            file,
        )

    def __call__(self, asked: Tokens, told: Tokens) -> Judgement:
        """Whether and where the passage `told` answers what is `asked`.

        Zeros where there is nothing to go by: no token on either side, or no network.
        """
        if not self._count or not len(asked.starts) or not len(told.starts):
            return Judgement(0.0, np.zeros(len(told.starts), np.float32))
        rare: _Array = asked.rarity + np.float32(RARE)
        middles = asked.middle @ told.middle.T
        lasts = asked.vectors @ told.vectors.T
        questions = self._project(asked)
        # A passage is asked about again and again; while it is remembered, so is this.
        passages = self._projected.get(told)
        if passages is None:
            passages = self._projected[told] = self._project(told)
        pull = self._held["pull"][:, :, None, None]
        similar = pull[:, 0] * middles + pull[:, 1] * lasts
        for i, (question, passage) in enumerate(zip(questions, passages, strict=True), 2):
            similar += pull[:, i] / SCALE * (question @ passage.transpose(0, 2, 1))
        shares = _softmax(similar)
        aligned = [shares @ passage for passage in passages]
        compared = self._two_layers(
            "compare",
            [
                *(*questions, *aligned),
                *(one * other for one, other in zip(questions, aligned, strict=True)),
                *(np.abs(one - other) for one, other in zip(questions, aligned, strict=True)),
                *(self._column(middles.max(axis=1)), self._column(lasts.max(axis=1))),
                *(shares.max(axis=2)[..., None], self._column(rare)),
            ],
        )
        covered = rare @ shares
        near = _means_around(covered)
        wholes = [(rare @ questions[0]) / rare.sum(), questions[1].mean(axis=1)]
        parts = self._parts(
            passages,
            [(whole, one[:, 0]) for whole, one in zip(wholes, questions, strict=True)],
            [covered, near, middles.max(axis=0), lasts.max(axis=0)],
        )
        likest = _softmax(parts)
        most = parts.max(axis=1)
        summary = [
            *(compared.max(axis=1), compared.mean(axis=1)),
            (most + np.log(np.exp(parts - most[:, None]).sum(axis=1)))[:, None],
            *(most[:, None], (likest * near).sum(axis=1)[:, None]),
        ]
        odds = self._two_layers("judge", [one[:, None] for one in summary])
        return Judgement(float(odds.mean()), parts.mean(axis=0))

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

    def _column(self, values: _Array) -> _Array:
        return np.broadcast_to(values[:, None], (self._count, len(values), 1))

    def _two_layers(self, name: str, columns: Sequence[_Array]) -> _Array:
        held = self._held
        rows = np.concatenate(columns, axis=2)
        inner = rows @ held[f"{name}.0.weight"].transpose(0, 2, 1)
        inner = np.maximum(inner + held[f"{name}.0.bias"][:, None], 0)
        found: _Array = inner @ held[f"{name}.1.weight"].transpose(0, 2, 1)
        return found + held[f"{name}.1.bias"][:, None]


def _softmax(rows: _Array) -> _Array:
    found: _Array = np.exp(rows - rows.max(axis=-1, keepdims=True))
    found /= found.sum(axis=-1, keepdims=True)
    return found


def _means_around(values: _Array) -> _Array:
    """The mean (n, t) of each value and NEAR each side of it; beyond the ends there are zeros."""
    window = 2 * NEAR + 1
    sums = np.cumsum(np.pad(values, ((0, 0), (NEAR + 1, NEAR))), axis=1)
    found: _Array = (sums[:, window:] - sums[:, :-window]) / np.float32(window)
    return found
