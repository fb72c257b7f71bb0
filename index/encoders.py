"""The seam to whatever runs an embedding model. Knows nothing of passages, spans or words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Spelled:
    """A text as tokens: their `ids` (t,), and where in the text each lies, `offsets` (t, 2).

    The model's own marks are among them, with an empty place.
    """

    ids: Whole
    offsets: Whole


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """What a model makes of a text of t tokens: `tokens` (t, d), `middle` (t, w), `whole` (d,).

    `middle` comes from two thirds of the way through the model. Nothing is of unit length.
    """

    tokens: Array
    middle: Array
    whole: Array


class Encoder(Protocol):
    """An embedding model, loaded; safe to share between threads."""

    @property
    def dimension(self) -> int:
        """Length of one vector."""

    @property
    def vocabulary(self) -> int:
        """How many tokens there are."""

    def spell(self, texts: Sequence[str]) -> list[Spelled]:
        """Cut texts into tokens, in order, no more of them than the model reads."""

    def encode(self, spelled: Sequence[Spelled]) -> Iterator[tuple[int, Encoded]]:
        """Run the model over texts -> the place of each and what became of it, in any order.

        Few are held at a time, whatever their number.
        """
