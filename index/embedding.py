"""The one place that loads an embedding model. Knows nothing of passages or stores."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from index.documents import Span
from index.errors import ModelUnavailable
from index.packaged import packaged_model

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors = npt.NDArray[np.float32]

DEFAULT_MODEL = "sentence-transformers/all-MiniLM-L6-v2"
_BATCH = 32
_KEPT = 64
"""Latest questions whose vectors are kept."""

_VOCABULARY_MARKS = 1990


@dataclass(frozen=True, slots=True, eq=False)
class Tokens:
    """A text as the model reads it, without the model's own marks.

    `vectors` (t, dimension) unit rows; `middle` (t, width) unit rows from two thirds of the way
    through the model, nearer to the words as written; `starts` the character each token begins
    at; `rarity` in [0, 1], 0 for the most frequent words; `whole` the vector of the text.
    """

    vectors: Vectors
    middle: Vectors
    starts: npt.NDArray[np.int64]
    rarity: Vectors
    whole: Vectors


@runtime_checkable
class Embedder(Protocol):
    """The seam to an embedding model; vectors are unit rows, so a dot product is a cosine."""

    @property
    def name(self) -> str:
        """What the store remembers the vectors by."""

    @property
    def dimension(self) -> int:
        """Length of one vector."""

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Embed texts -> (n, dimension) float32, unit rows, input order."""

    def embed_query(self, text: str) -> Vectors:
        """Embed a question -> (dimension,) float32 of unit length."""

    def embed_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """Embed each text token by token, in input order."""

    def embed_spans(
        self, texts: Sequence[str], spans: Sequence[Sequence[Span]]
    ) -> tuple[Vectors, list[Vectors]]:
        """Embed texts and the spans within each, read in the light of the whole text.

        -> (n, dimension) as `embed_documents` gives, and for each text (its spans, dimension) unit
        rows in the order of its spans.
        """


class SentenceEmbedder:
    """A sentence-transformers model, loaded at first use; safe to share between threads.

    The default is read from the weights its package carries, by path and checked by hash, and
    never from the network. Any other name is a folder, or a model already in the local
    Hugging Face cache unless `allow_download`. Raises ModelUnavailable when it cannot be loaded.
    """

    def __init__(self, name: str = DEFAULT_MODEL, *, allow_download: bool = False) -> None:
        if not name:
            raise ValueError("the embedding model needs a name")
        self._name = name
        self._allow_download = allow_download
        self._loaded: SentenceTransformer | None = None
        # Fast tokenizers refuse to be borrowed by two threads at once.
        self._lock = threading.Lock()
        # Search wants a question's vector and the reader its tokens: one pass gives both.
        self._alone = lru_cache(_KEPT)(lambda text: self._embed_tokens([text])[0])

    @property
    def name(self) -> str:
        """The sentence-transformers name."""
        return self._name

    @property
    def dimension(self) -> int:
        """Length of one vector; loads the model unless it is the default."""
        if self._name == DEFAULT_MODEL:
            return 384
        return self._model().get_embedding_dimension() or 0

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Embed texts -> (n, dimension) float32, unit rows, input order."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        return self._encode(list(texts))

    def embed_query(self, text: str) -> Vectors:
        """Embed a question -> (dimension,) float32 of unit length."""
        return self._alone(text).whole

    def embed_spans(
        self, texts: Sequence[str], spans: Sequence[Sequence[Span]]
    ) -> tuple[Vectors, list[Vectors]]:
        """Embed texts and the spans within each, in one pass through the model.

        The vector of a span is the mean of its tokens' outputs, which have seen the whole text
        ("late chunking", Guenther et al. 2024). A span the model did not read, beyond its longest
        input, gets the vector of the text.
        """
        if not texts:
            return self.embed_documents(texts), []
        model = self._model()
        wholes = np.zeros((len(texts), self.dimension), dtype=np.float32)
        parts: list[Vectors] = [wholes[:0]] * len(texts)
        # Texts of like length together, so that little is padding.
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for start in range(0, len(order), _BATCH):
            chosen = order[start : start + _BATCH]
            tokens, offsets, vectors, *_ = self._tokens(model, [texts[i] for i in chosen])
            wholes[chosen] = vectors
            for row, i in enumerate(chosen):
                parts[i] = _pooled(tokens[row], offsets[row], spans[i], vectors[row])
        return wholes, parts

    def embed_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """Embed each text token by token, in input order."""
        if not texts:
            return []
        if len(texts) == 1:
            return [self._alone(texts[0])]
        return self._embed_tokens(texts)

    def _embed_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        model = self._model()
        found: dict[int, Tokens] = {}
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for start in range(0, len(order), _BATCH):
            chosen = order[start : start + _BATCH]
            tokens, offsets, vectors, ids, middle = self._tokens(
                model, [texts[i] for i in chosen], middle=True
            )
            for row, i in enumerate(chosen):
                real = offsets[row, :, 1] > offsets[row, :, 0]
                # Word-piece vocabularies list their words by frequency, after some marks.
                rank = np.maximum(ids[row][real] - _VOCABULARY_MARKS, 2) / len(model.tokenizer)
                found[i] = Tokens(
                    _unit(tokens[row][real]),
                    _unit(middle[row][real]),
                    offsets[row, real, 0],
                    np.clip(1 + np.log(np.minimum(rank, 1)) / 10.3, 0, 1).astype(np.float32),
                    vectors[row],
                )
        return [found[i] for i in range(len(texts))]

    def _tokens(
        self, model: SentenceTransformer, texts: list[str], *, middle: bool = False
    ) -> tuple[Vectors, npt.NDArray[np.int64], Vectors, npt.NDArray[np.int64], Vectors]:
        """Token outputs (n, t, d), offsets (n, t, 2), text vectors (n, d), ids (n, t), middle.

        The last is (n, t, d), of a middle layer if asked for, else the token outputs again.
        """
        import torch

        with self._lock, torch.inference_mode():
            inputs = model.tokenizer(
                texts,
                padding=True,
                truncation=True,
                max_length=model.max_seq_length,
                return_offsets_mapping=True,
                return_tensors="pt",
            )
            offsets = inputs.pop("offset_mapping").numpy()
            outputs = model({name: value.to(model.device) for name, value in inputs.items()})
            tokens = outputs["token_embeddings"].float().cpu().numpy()
            layers = outputs.get("all_layer_embeddings") if middle else None
            inner = (
                layers[round((len(layers) - 1) * 2 / 3)].float().cpu().numpy() if layers else tokens
            )
            vectors = outputs["sentence_embedding"].float().cpu().numpy()
            ids = inputs["input_ids"].numpy()
        return tokens, offsets, _unit(vectors), ids, inner

    def _encode(self, texts: list[str]) -> Vectors:
        model = self._model()
        with self._lock:
            tensor = model.encode(
                texts,
                batch_size=_BATCH,
                convert_to_tensor=True,
                normalize_embeddings=False,
                show_progress_bar=False,
            )
        return _unit(tensor.float().cpu().numpy())

    def _model(self) -> SentenceTransformer:
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded

    def _load(self) -> SentenceTransformer:
        path = str(packaged_model()) if self._name == DEFAULT_MODEL else self._name
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        # Its bar would be drawn over the caller's own output.
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        offline = path != self._name or not self._allow_download
        try:
            model = SentenceTransformer(path, local_files_only=offline)
        except (OSError, ValueError) as error:
            raise ModelUnavailable(
                f"the embedding model {self._name!r} is not on this machine; give the path of its "
                "folder, or allow downloading it with ASSISTANT_ALLOW_DOWNLOAD=1"
            ) from error
        if model.device.type == "cpu" and torch.cpu._is_avx512_bf16_supported():
            # Twice the throughput of float32 where the CPU multiplies bfloat16, measured.
            model = model.bfloat16()
        if (config := getattr(getattr(model[0], "model", None), "config", None)) is not None:
            config.output_hidden_states = True
        return model


def _pooled(
    tokens: Vectors, offsets: npt.NDArray[np.int64], spans: Sequence[Span], whole: Vectors
) -> Vectors:
    """The unit mean of the tokens that begin within each span; `whole` where there are none."""
    real = offsets[:, 1] > offsets[:, 0]
    rows = [
        tokens[inside].mean(axis=0)
        if (inside := real & (offsets[:, 0] >= start) & (offsets[:, 0] < end)).any()
        else whole
        for start, end in spans
    ]
    return _unit(np.array(rows, dtype=np.float32).reshape(len(rows), whole.shape[0]))


def _unit(vectors: Vectors) -> Vectors:
    # Here, in float32: rows normalised in bfloat16 miss unit length by up to .4 %.
    unit: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return unit.astype(np.float32)
