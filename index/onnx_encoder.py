"""The packaged MiniLM on ONNX Runtime: loaded in a tenth of a second, without torch.

Knows nothing of passages or questions. The computation lies in index/graphs, which
tests/benchmarks/make_graphs.py writes; the weights are those of the package.
"""

from __future__ import annotations

import heapq
import itertools
import os
import re
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from index.encoders import Encoded, Spelled
from index.packaged import packaged_model

if TYPE_CHECKING:
    import onnxruntime

Precision = Literal["float32", "int8"]

GRAPHS = {
    name: Path(__file__).with_name("graphs") / f"minilm_{name}.onnx" for name in ("float32", "int8")
}
ROUNDING = Path(__file__).with_name("graphs") / "minilm_int8.npz"
"""How each product is rounded, by its name and one of these:

`.steps` (rows, columns): how many levels each weight is moved away from the nearest one;
`.smoothing` (rows,), of some: what their inputs are multiplied by, and their weights divided.
"""

_LEVELS = 96
"""Levels each side of zero that weights are rounded to.

A CPU without VNNI adds two products in 16 bits, which may overflow from 64 on; at 96 they hardly
do, and vectors are nearest to those of float32.
"""
_LEVELS_OF_POSITIVE = 127
"""The same where inputs are hardly ever below zero, so that most are small numbers."""

LAYERS, WIDTH, HEADS = 6, 384, 12
MIDDLE = 4
"""The layer, counted from 1, that is given as the middle one."""

_LONGEST = 256
"""Tokens the model was trained to read; what follows is cut off."""

_AHEAD = 16
"""Texts under way for each core: their outputs, .8 MB each, wait until they are pooled."""

_Weights = dict[str, npt.NDArray[Any]]


class OnnxEncoder:
    """The packaged model as an Encoder. Raises ModelUnavailable when it is missing or altered.

    Texts are read one by one, so that what a text is read with never changes its vector, and
    nothing is padding; with `many` each by one core, else each by all, or by `most` of them.
    `int8` is the faster where the CPU multiplies many whole numbers at a time, see
    tests/benchmarks/backends.py.
    """

    dimension = WIDTH

    def __init__(
        self,
        precision: Precision = "float32",
        *,
        many: bool = False,
        most: int | None = None,
    ) -> None:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        folder = packaged_model()
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(_LONGEST)
        self._tokenizer.no_padding()
        used = min(most or cores(), cores())
        self._cores = used
        self._pool = ThreadPoolExecutor(used, thread_name_prefix="encode") if many else None
        self._turns = itertools.count()
        self._waiting: list[tuple[int, int, Spelled, Future[Encoded]]] = []
        self._queueing = threading.Lock()
        weights = load_file(folder / "model.safetensors")
        wanted = arranged(weights)
        if precision == "int8":
            with np.load(ROUNDING) as rounding:
                wanted = _rounded(wanted, dict(rounding))
        self._session = _session(GRAPHS[precision], wanted, 1 if many else used)

    @property
    def vocabulary(self) -> int:
        """How many tokens there are."""
        return int(self._tokenizer.get_vocab_size())

    def spell(self, texts: Sequence[str]) -> list[Spelled]:
        """Cut texts into tokens, in order."""
        return [
            Spelled(np.array(found.ids, np.int64), np.array(found.offsets, np.int64).reshape(-1, 2))
            for found in self._tokenizer.encode_batch(list(texts))
        ]

    def encode(self, spelled: Sequence[Spelled]) -> Iterator[tuple[int, Encoded]]:
        """Run the model over texts, in order.

        Of callers at the same time the first has all cores, and the next what it leaves idle.
        """
        pool = self._pool
        if len(spelled) == 1 or pool is None:
            yield from enumerate(map(self._run, spelled))
            return
        turn = next(self._turns)
        under_way: deque[Future[Encoded]] = deque()
        for begun, text in enumerate(spelled):
            done = Future[Encoded]()
            with self._queueing:
                heapq.heappush(self._waiting, (turn, begun, text, done))
            pool.submit(self._run_first)
            under_way.append(done)
            if len(under_way) == _AHEAD * self._cores:
                yield begun + 1 - len(under_way), under_way.popleft().result()
        for i in range(len(spelled) - len(under_way), len(spelled)):
            yield i, under_way.popleft().result()

    def _run_first(self) -> None:
        """Run the model over the text that is next among those that wait."""
        with self._queueing:
            _, _, text, done = heapq.heappop(self._waiting)
        try:
            done.set_result(self._run(text))
        except BaseException as error:
            done.set_exception(error)

    def _run(self, text: Spelled) -> Encoded:
        ids = text.ids[None].astype(np.int32)
        given = {"ids": ids, "kinds": np.zeros_like(ids), "mask": np.ones_like(ids)}
        tokens, middle = self._session.run(None, given)
        return Encoded(tokens[0], middle[0], tokens[0].mean(axis=0))


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _session(graph: Path, weights: _Weights, threads: int) -> onnxruntime.InferenceSession:
    import onnxruntime
    from onnxruntime import OrtValue

    options = onnxruntime.SessionOptions()
    # Threads that spin while they wait would take the cores from whatever else runs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    values = [OrtValue.ortvalue_from_numpy(np.ascontiguousarray(v)) for v in weights.values()]
    options.add_external_initializers(list(weights), values)
    return onnxruntime.InferenceSession(
        graph.read_bytes(), options, providers=["CPUExecutionProvider"]
    )


def arranged(weights: _Weights) -> _Weights:
    """The weights as the graph names and shapes them: one matrix of queries, keys and values."""
    found = {
        name: array
        for name, array in weights.items()
        if not re.search(r"pooler|position_ids|self\.|dense\.weight", name)
    }
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}"
        own = f"{name}.attention.self"
        parts = [f"{own}.{part}" for part in ("query", "key", "value")]
        found[f"{own}.bias"] = np.concatenate([weights[f"{part}.bias"] for part in parts])
        joined = np.concatenate([weights[f"{part}.weight"] for part in parts])
        found[f"{own}.weight"] = joined.T
        for part in ("attention.output", "intermediate", "output"):
            weight = f"{name}.{part}.dense.weight"
            found[weight] = weights[weight].T
    return found


def products() -> list[str]:
    """The names of the products with a matrix of weights."""
    parts = ("attention.self", "attention.output.dense", "intermediate.dense", "output.dense")
    return [f"encoder.layer.{layer}.{part}" for layer in range(LAYERS) for part in parts]


def levels(product: str) -> int:
    """How many levels each side of zero the weights of a product are rounded to."""
    inputs_of_gelu = product.endswith(".output.dense") and ".attention." not in product
    return _LEVELS_OF_POSITIVE if inputs_of_gelu else _LEVELS


def _rounded(arranged: _Weights, rounding: _Weights) -> _Weights:
    """Arranged weights with matrices in whole numbers, by output channel."""
    found = dict(arranged)
    for product in products():
        matrix = found.pop(f"{product}.weight")
        smoothing = rounding.get(f"{product}.smoothing")
        if smoothing is not None:
            found[f"{product}.smoothing"] = smoothing
            matrix = matrix / smoothing[:, None]
        scale = np.abs(matrix).max(axis=0) / levels(product)
        nearest = np.rint(matrix / scale).astype(np.int8)
        found[f"{product}.weight.int8"] = nearest + rounding[f"{product}.steps"]
        found[f"{product}.weight.scale"] = scale
        found[f"{product}.weight.zero"] = np.zeros(matrix.shape[1], np.int8)
    return found
