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

import numpy as np
import numpy.typing as npt

from index.embedding import Tokens, Vectors

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
    """The networks, by their weights: tests/benchmarks/interaction_net.py has the same in torch."""

    def __init__(self, networks: Sequence[Mapping[str, npt.NDArray[np.floating]]]) -> None:
        self._networks = [
            _Network({name: values.astype(np.float32) for name, values in weights.items()})
            for weights in networks
        ]

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
                for i, network in enumerate(self._networks)
                for name, values in network.weights.items()
            },
            file,
        )

    def __call__(self, asked: Tokens, told: Tokens) -> Judgement:
        """Whether and where the passage `told` answers what is `asked`.

        Zeros where there is nothing to go by: no token on either side, or no network.
        """
        if not self._networks or not len(asked.starts) or not len(told.starts):
            return Judgement(0.0, np.zeros(len(told.starts), np.float32))
        rare: _Array = asked.rarity + np.float32(RARE)
        middles = asked.middle @ told.middle.T
        lasts = asked.vectors @ told.vectors.T
        found = [network(asked, told, rare, middles, lasts) for network in self._networks]
        parts: _Array = np.mean([one.parts for one in found], axis=0)
        return Judgement(float(np.mean([one.odds for one in found])), parts)


class _Network:
    """One of the networks."""

    def __init__(self, weights: Mapping[str, _Array]) -> None:
        self.weights = weights

    def __call__(
        self, asked: Tokens, told: Tokens, rare: _Array, middles: _Array, lasts: _Array
    ) -> Judgement:
        questions = [
            self._projected("middle", asked.middle),
            self._projected("last", asked.vectors),
        ]
        passages = [self._projected("middle", told.middle), self._projected("last", told.vectors)]
        pull = self.weights["pull"]
        similar = pull[0] * middles + pull[1] * lasts
        for by, question, passage in zip(pull[2:], questions, passages, strict=True):
            similar += by / SCALE * (question @ passage.T)
        shares = _softmax(similar)
        aligned = [shares @ passage for passage in passages]
        compared = self._two_layers(
            "compare",
            [
                *(*questions, *aligned),
                *(one * other for one, other in zip(questions, aligned, strict=True)),
                *(np.abs(one - other) for one, other in zip(questions, aligned, strict=True)),
                *(_column(middles.max(axis=1)), _column(lasts.max(axis=1))),
                *(_column(shares.max(axis=1)), _column(rare)),
            ],
        )
        covered: _Array = rare @ shares
        near = _means_around(covered)
        wholes = [rare @ questions[0] / rare.sum(), questions[1].mean(axis=0)]
        parts = self._two_layers(
            "answer",
            [
                *passages,
                *(passage * whole for passage, whole in zip(passages, wholes, strict=True)),
                *(passage * one[0] for passage, one in zip(passages, questions, strict=True)),
                *(_column(covered), _column(near)),
                *(_column(middles.max(axis=0)), _column(lasts.max(axis=0))),
            ],
        )[:, 0]
        likest = _softmax(parts[None])[0]
        most = parts.max()
        summary = [
            *(compared.max(axis=0), compared.mean(axis=0)),
            np.array([most + np.log(np.exp(parts - most).sum()), most, likest @ near], np.float32),
        ]
        odds = float(self._two_layers("judge", [np.concatenate(summary)[None]])[0, 0])
        return Judgement(odds, parts)

    def _projected(self, name: str, vectors: Vectors) -> _Array:
        found: _Array = SCALE * (vectors @ self.weights[name].T)
        return found

    def _two_layers(self, name: str, columns: list[_Array]) -> _Array:
        held = self.weights
        rows = np.concatenate(columns, axis=1)
        inner = np.maximum(rows @ held[f"{name}.0.weight"].T + held[f"{name}.0.bias"], 0)
        found: _Array = inner @ held[f"{name}.1.weight"].T + held[f"{name}.1.bias"]
        return found


def _column(values: _Array) -> _Array:
    return values[:, None]


def _softmax(rows: _Array) -> _Array:
    found: _Array = np.exp(rows - rows.max(axis=1, keepdims=True))
    found /= found.sum(axis=1, keepdims=True)
    return found


def _means_around(values: _Array) -> _Array:
    """The mean (t,) of each value and NEAR each side of it; beyond the ends there are zeros."""
    window = np.full(2 * NEAR + 1, 1 / (2 * NEAR + 1), np.float32)
    found: _Array = np.convolve(np.pad(values, NEAR), window, "valid").astype(np.float32)
    return found
