"""Texts -> vectors, by an embedding model. Knows nothing of passages or stores."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from index.backends import Backend, checked, encoder_of
from index.documents import Span
from index.encoders import Encoded, Encoder, Spelled
from index.errors import ModelUnavailable

Vectors = npt.NDArray[np.float32]

DEFAULT_MODEL = "sentence-transformers/all-MiniLM-L6-v2"
_KEPT = 64
"""Latest questions whose vectors are kept."""

_VOCABULARY_MARKS = 1990


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
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

    @classmethod
    def joined(cls, parts: Sequence[Tokens], starts: Sequence[int]) -> Tokens:
        """Those of a text of which each part was read by itself; `starts` is where each begins."""
        weights = np.array([len(one.starts) for one in parts], np.float32)
        mean = weights @ np.stack([one.whole for one in parts])
        return cls(
            np.concatenate([one.vectors for one in parts]),
            np.concatenate([one.middle for one in parts]),
            np.concatenate([one.starts + at for one, at in zip(parts, starts, strict=True)]),
            np.concatenate([one.rarity for one in parts]),
            _unit(mean[None])[0],
        )

    def within(self, spans: Sequence[Span]) -> npt.NDArray[np.int64]:
        """Of which tokens (n, 2), from and up to, each span consists: those that begin in it."""
        return np.searchsorted(self.starts, np.array(spans, np.int64).reshape(-1, 2))

    def means(self, slices: npt.NDArray[np.int64]) -> Vectors:
        """The unit mean (n, dimension) of the vectors of slices of tokens; `whole` where empty."""
        # One more row, for a slice may end, or an empty one begin, at the last token.
        rows = np.zeros((len(self.vectors) + 1, self.vectors.shape[1]), np.float32)
        rows[:-1] = self.vectors
        sums = np.add.reduceat(rows, slices.ravel(), axis=0)[::2]
        sums[slices[:, 0] == slices[:, 1]] = self.whole
        return _unit(sums)


@runtime_checkable
class Embedder(Protocol):
    """The seam to an embedding model; vectors are unit rows, so a dot product is a cosine.

    Called by several threads at a time.
    """

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
    Hugging Face cache unless `allow_download`. `backend` says what reads documents with the
    default model; its questions are always read by ONNX Runtime in float32, the quickest for a
    single text; `cores` how many of them ONNX Runtime may use for documents, None for all there
    are. Raises ModelUnavailable when it cannot be loaded, ValueError for a backend that
    does not exist or does not go with the model.
    """

    def __init__(
        self,
        name: str = DEFAULT_MODEL,
        *,
        allow_download: bool = False,
        backend: Backend = "auto",
        cores: int | None = None,
    ) -> None:
        if not name:
            raise ValueError("the embedding model needs a name")
        if name != DEFAULT_MODEL and checked(backend).startswith("onnx"):
            raise ValueError(
                f"the embedding backend {backend!r} runs {DEFAULT_MODEL} only, not {name!r}; "
                "leave it at 'auto'"
            )
        self._name = name
        chosen = checked(backend)
        if name == DEFAULT_MODEL:
            self._documents = _Later(lambda: encoder_of(chosen, many=True, most=cores))
            self._questions = _Later(lambda: encoder_of("onnx", many=False))
        else:
            self._documents = _Later(lambda: _any_model(name, allow_download))
            self._questions = self._documents
        self._made_of = (name, allow_download, chosen)
        # Search wants a question's vector and the reader its tokens: one pass gives both.
        self._alone = lru_cache(_KEPT)(lambda text: self._embed_tokens([text])[0])

    def __reduce__(self) -> tuple[Any, ...]:
        """For a process elsewhere, which loads the model itself and has one core for it."""
        return _made_again, self._made_of

    @property
    def name(self) -> str:
        """The sentence-transformers name."""
        return self._name

    @property
    def dimension(self) -> int:
        """Length of one vector; loads the model unless it is the default."""
        return 384 if self._name == DEFAULT_MODEL else self._documents.encoder().dimension

    def prepare(self) -> None:
        """Load what reads questions in another thread, while this one does other things.

        What goes wrong there is raised by what needs the model.
        """
        threading.Thread(target=self._questions.try_to_make, name="load model").start()

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Embed texts -> (n, dimension) float32, unit rows, input order."""
        return self.embed_spans(texts, [()] * len(texts))[0]

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
        wholes = np.zeros((len(texts), self.dimension), dtype=np.float32)
        parts: list[Vectors] = [wholes[:0]] * len(texts)
        for i, spelled, found in self._documents.read(texts):
            wholes[i] = _unit(found.whole[None])[0]
            parts[i] = _pooled(found.tokens, spelled.offsets, spans[i], wholes[i])
        return wholes, parts

    def embed_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """Embed each text token by token, in input order."""
        if len(texts) == 1:
            return [self._alone(texts[0])]
        return self._embed_tokens(texts)

    def _embed_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        found: dict[int, Tokens] = {}
        for i, spelled, encoded in self._questions.read(texts):
            real = spelled.offsets[:, 1] > spelled.offsets[:, 0]
            # Word-piece vocabularies list their words by frequency, after some marks.
            vocabulary = self._questions.encoder().vocabulary
            rank = np.maximum(spelled.ids[real] - _VOCABULARY_MARKS, 2) / vocabulary
            found[i] = Tokens(
                _unit(encoded.tokens[real]),
                _unit(encoded.middle[real]),
                spelled.offsets[real, 0],
                np.clip(1 + np.log(np.minimum(rank, 1)) / 10.3, 0, 1).astype(np.float32),
                _unit(encoded.whole[None])[0],
            )
        return [found[i] for i in range(len(texts))]


class _Later:
    """An encoder that is made at first use."""

    def __init__(self, make: Callable[[], Encoder]) -> None:
        self._make = make
        self._made: Encoder | None = None
        self._lock = threading.Lock()

    def encoder(self) -> Encoder:
        """The encoder, made if need be."""
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made

    def try_to_make(self) -> None:
        """Make it if need be, or leave it to whoever needs it to learn why that fails."""
        with suppress(ModelUnavailable):
            self.encoder()

    def read(self, texts: Sequence[str]) -> Iterator[tuple[int, Spelled, Encoded]]:
        """Each text's place, its tokens, and what the model makes of them, in any order."""
        if texts:
            encoder = self.encoder()
            _check(texts)
            spelled = encoder.spell(texts)
            for i, found in encoder.encode(spelled):
                yield i, spelled[i], found


def _check(texts: Sequence[str]) -> None:
    for text in texts:
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise ValueError(f"the text {text[:50]!r} cannot be read: {error.reason}") from error


def _made_again(name: str, allow_download: bool, backend: Backend) -> SentenceEmbedder:
    return SentenceEmbedder(name, allow_download=allow_download, backend=backend, cores=1)


def _any_model(name: str, allow_download: bool) -> Encoder:
    from index.torch_encoder import TorchEncoder

    return TorchEncoder(name, allow_download=allow_download)


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
