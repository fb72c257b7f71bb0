"""Any sentence-transformers model as an Encoder: the one place that loads torch.

Knows nothing of passages or questions.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from transformers.utils import logging

from index.encoders import Array, Encoded, Spelled
from index.errors import ModelUnavailable

_TOKENS, _GPU_TOKENS = 4_096, 16_384
"""Tokens read at once. On a CPU twice or half as many took no less time; on a GPU (H200) four times
as many or more took half as long again."""


class TorchEncoder:
    """A model in a folder, or by name in the local cache unless `allow_download`.

    It runs on the GPU in float16 if there is one, else in bfloat16 where the CPU multiplies that,
    else in float32. Raises ModelUnavailable when it cannot be loaded.
    """

    def __init__(self, name: str, *, allow_download: bool = False) -> None:
        # Its bar would be drawn over the caller's own output.
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            model = SentenceTransformer(name, local_files_only=not allow_download)
        except (OSError, ValueError) as error:
            raise ModelUnavailable(
                f"the embedding model {name!r} is not on this machine; give the path of its "
                "folder, or allow downloading it with ASSISTANT_ALLOW_DOWNLOAD=1"
            ) from error
        if model.device.type == "cuda":
            model = model.half()
        elif model.device.type == "cpu" and bf16_is_fast():
            # Twice the throughput of float32, measured.
            model = model.bfloat16()
        if (config := getattr(getattr(model[0], "model", None), "config", None)) is not None:
            config.output_hidden_states = True
        self._model = model
        self._lock = threading.Lock()

    @property
    def dimension(self) -> int:
        """Length of one vector."""
        return self._model.get_embedding_dimension() or 0

    @property
    def vocabulary(self) -> int:
        """How many tokens there are."""
        return len(self._model.tokenizer)

    def spell(self, texts: Sequence[str]) -> list[Spelled]:
        """Cut texts into tokens, in order."""
        # Fast tokenizers refuse to be borrowed by two threads at once.
        with self._lock:
            found = self._model.tokenizer(
                list(texts),
                truncation=True,
                max_length=self._model.max_seq_length,
                return_offsets_mapping=True,
            )
        return [
            Spelled(np.array(ids, np.int64), np.array(offsets, np.int64).reshape(-1, 2))
            for ids, offsets in zip(found["input_ids"], found["offset_mapping"], strict=True)
        ]

    def encode(self, spelled: Sequence[Spelled]) -> Iterator[tuple[int, Encoded]]:
        """Run the model over texts, those of like length together, so that little is padding."""
        most = _GPU_TOKENS if self._model.device.type == "cuda" else _TOKENS
        for batch in batches([len(text.ids) for text in spelled], most):
            with self._lock:
                parts = self._run([spelled[i] for i in batch])
            for row, i in enumerate(batch):
                tokens, middle, wholes = parts
                length = len(spelled[i].ids)
                yield i, Encoded(tokens[row, :length], middle[row, :length], wholes[row])

    def _run(self, texts: Sequence[Spelled]) -> list[Array]:
        model = self._model
        rows = {"input_ids": [text.ids.tolist() for text in texts]}
        inputs = model.tokenizer.pad(rows, return_tensors="pt")
        with torch.inference_mode():
            outputs = model({name: value.to(model.device) for name, value in inputs.items()})
        tokens = outputs["token_embeddings"]
        layers = outputs.get("all_layer_embeddings")
        middle = layers[round((len(layers) - 1) * 2 / 3)] if layers else tokens
        wholes = outputs["sentence_embedding"]
        return [part.float().cpu().numpy() for part in (tokens, middle, wholes)]


def batches(lengths: Sequence[int], most: int) -> Iterator[list[int]]:
    """Places of texts, the shortest first, in batches of at most `most` tokens with padding.

    A text longer than that is a batch by itself.
    """
    batch: list[int] = []
    for i in sorted(range(len(lengths)), key=lambda i: lengths[i]):
        if batch and (len(batch) + 1) * lengths[i] > most:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def bf16_is_fast() -> bool:
    """Whether the CPU multiplies bfloat16 by itself."""
    return bool(torch.cpu._is_avx512_bf16_supported())
