"""How MiniLM's matrices are best rounded to whole numbers: what index/graphs/minilm_int8.npz holds.

Where it is the same few channels that are large, inputs are smoothed (SmoothQuant, Xiao et al.
2023). Weights are rounded one row after the other, each making up for what those before it did to
the product (GPTQ, Frantar et al. 2022). Both need inputs as they occur: those of passages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from safetensors.numpy import load_file
from sentence_transformers import SentenceTransformer

from index.onnx_encoder import arranged, levels, products
from index.packaged import packaged_model

SMOOTHED = {"attention.self": 0.65, "intermediate.dense": 0.5}
"""Whose inputs are smoothed, and how much of the unevenness goes over to the weights."""

DAMPED = 0.01
"""Of the mean square of inputs, added to that of each: what was seen is not all there is."""


@dataclass(slots=True, eq=False)
class Inputs:
    """What was seen of a product's inputs: each channel's largest size, and sums of products."""

    largest: np.ndarray = field(default_factory=lambda: np.zeros(1))
    squares: np.ndarray = field(default_factory=lambda: np.zeros((1, 1)))

    def see(self, _: torch.nn.Module, given: tuple[torch.Tensor]) -> None:
        """A hook before a product: given (1, tokens, channels)."""
        rows = given[0][0].numpy()
        self.largest = np.maximum(self.largest, np.abs(rows).max(axis=0))
        self.squares = self.squares + (rows.T @ rows).astype(np.float64)


def rounding(texts: Sequence[str]) -> dict[str, np.ndarray]:
    """The arrays of index.onnx_encoder.ROUNDING, by the inputs that these texts make."""
    seen = inputs(texts)
    weights = arranged(load_file(packaged_model() / "model.safetensors"))
    found = {}
    for product in products():
        matrix, squares = weights[f"{product}.weight"], seen[product].squares
        share = next((share for name, share in SMOOTHED.items() if product.endswith(name)), None)
        if share is not None:
            sizes = seen[product].largest ** share / np.abs(matrix).max(axis=1) ** (1 - share)
            smoothing = (1 / sizes).astype(np.float32)
            found[f"{product}.smoothing"] = smoothing
            matrix = matrix / smoothing[:, None]
            squares = squares * np.outer(smoothing, smoothing)
        found[f"{product}.steps"] = steps(matrix, squares, levels(product))
    return found


def inputs(texts: Sequence[str]) -> dict[str, Inputs]:
    """What each product is given when these texts are read."""
    model = SentenceTransformer(str(packaged_model()), device="cpu")
    found = {product: Inputs() for product in products()}
    for product in products():
        name = f"{product}.query" if product.endswith(".self") else product
        module = model.get_submodule(f"0.model.{name}")

        module.register_forward_pre_hook(found[product].see)
    # One by one, so that there is no padding to see.
    model.encode(list(texts), batch_size=1)
    return found


def steps(matrix: np.ndarray, squares: np.ndarray, most: int) -> np.ndarray:
    """How many levels each weight is to be moved away from the nearest: whole numbers."""
    scale = np.abs(matrix).max(axis=0) / most
    nearest = np.rint(matrix / scale)
    squares = squares + DAMPED * np.diag(squares).mean() * np.eye(len(squares))
    # The largest inputs first, for what is rounded last can least be made up for.
    order = np.argsort(-np.diag(squares), kind="stable")
    pull = np.linalg.cholesky(np.linalg.inv(squares[np.ix_(order, order)])).T
    left = (matrix / scale)[order].astype(np.float64)
    for i in range(len(order)):
        rounded = np.clip(np.rint(left[i]), -most, most)
        error = (left[i] - rounded) / pull[i, i]
        left[i + 1 :] -= np.outer(pull[i, i + 1 :], error)
        left[i] = rounded
    whole = np.empty_like(left)
    whole[order] = left
    return (whole - nearest).astype(np.int8)
