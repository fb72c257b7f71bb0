from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from gc import collect
from pathlib import Path
from weakref import ref

import numpy as np
import pytest
from conftest import ROOT

from assistant.extractive import ExtractiveReader
from assistant.interaction import Alike, Interaction, Judgement
from assistant.weighing import by_token, shipped_weights
from index.documents import Document, Hit
from index.embedding import SentenceEmbedder, Tokens
from index.splitting import split

QUESTIONS = ["When was the bridge closed?", "Who?", "How many ships sank at Aboukir in 1801?"]
PASSAGES = [
    "The council closed the bridge in May. It was cheap to mend, said the mayor.",
    "Nobody.",
    "Nelson sank eleven ships. " * 12,
]


@pytest.fixture(scope="module")
def embedder() -> SentenceEmbedder:
    return SentenceEmbedder(backend="onnx")


def test_what_is_learned_in_torch_is_what_is_asked_in_numpy(
    embedder: SentenceEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = pytest.importorskip("torch")
    monkeypatch.syspath_prepend(str(ROOT / "tests" / "benchmarks"))
    from interaction_net import Batch, Net, Pair

    torch.manual_seed(1)
    nets = [Net().eval(), Net().eval()]
    interaction = Interaction(
        [{name: v.numpy() for name, v in net.state_dict().items()} for net in nets]
    )
    asked, told = embedder.embed_tokens(QUESTIONS), embedder.embed_tokens(PASSAGES)
    # All in one batch, so that padding is seen to count for nothing.
    pairs = [
        Pair(question, passage, False, np.zeros(len(passage.starts), bool))
        for question in asked
        for passage in told
    ]
    with torch.no_grad():
        found = [net(Batch.of(pairs)) for net in nets]
    odds = np.mean([odds.numpy() for odds, _ in found], axis=0)
    parts = np.mean([parts.numpy() for _, parts in found], axis=0)
    told_of = [one for question in asked for one in judged(interaction, question, told)]
    assert len(set(odds.round(4))) == len(pairs)
    assert np.allclose(odds, [one.odds for one in told_of], atol=1e-4)
    for one, expected in zip(told_of, parts, strict=True):
        assert np.allclose(one.parts, expected[: len(one.parts)], atol=1e-4)


def test_without_a_token_on_either_side_it_says_nothing(embedder: SentenceEmbedder) -> None:
    asked = embedder.embed_tokens(QUESTIONS[:1])[0]
    interaction = shipped_weights(dated=False).interaction
    assert only(interaction, asked, _cut(asked, 0)).odds == 0
    assert only(interaction, _cut(asked, 0), asked).odds == 0
    assert len(only(interaction, asked, _cut(asked, 0)).parts) == 0
    assert only(interaction, _cut(asked, 1), _cut(asked, 1)).odds != 0
    whole, none = judged(interaction, asked, [asked, _cut(asked, 0)])
    assert whole.odds == judged(interaction, asked, [asked])[0].odds != none.odds == 0


def test_a_passage_is_judged_alike_again_and_is_not_kept(embedder: SentenceEmbedder) -> None:
    interaction = shipped_weights(dated=False).interaction
    *asked, told = embedder.embed_tokens([*QUESTIONS[:2], PASSAGES[0]])
    first, other, again = (only(interaction, asked[i], told) for i in (0, 1, 0))
    assert first.odds == again.odds != other.odds
    assert (first.parts == again.parts).all()
    kept = ref(told)
    del told
    collect()
    assert kept() is None


def test_without_networks_it_says_nothing(embedder: SentenceEmbedder) -> None:
    asked, told = embedder.embed_tokens([QUESTIONS[0], PASSAGES[0]])
    found = only(Interaction([]), asked, told)
    assert found.odds == 0
    assert (found.parts == np.zeros(len(told.starts))).all()


class Renamed(SentenceEmbedder):
    @property
    def name(self) -> str:
        return "another model"


def test_of_the_tokens_of_another_model_they_are_not_asked(embedder: SentenceEmbedder) -> None:
    document = Document("bridge", PASSAGES[0], source="bridge")
    hits = [Hit(passage, 1.0) for passage in split(document)]
    without = replace(shipped_weights(dated=False), interaction=Interaction([]))
    known = ExtractiveReader(embedder).read(QUESTIONS[0], hits)
    other = ExtractiveReader(Renamed(backend="onnx")).read(QUESTIONS[0], hits)
    assert known.confidence != other.confidence
    assert (
        other.confidence == ExtractiveReader(embedder, without).read(QUESTIONS[0], hits).confidence
    )


def test_without_them_dated_passages_are_weighed_as_others_are() -> None:
    reader = ExtractiveReader(Renamed(backend="onnx"), shipped_weights(dated=True))
    dated, undated = (
        [Hit(passage, 1.0) for passage in split(Document("bridge", PASSAGES[0], published=day))]
        for day in (date(1930, 5, 3), None)
    )
    question = "Who closed the road?"
    assert reader.read(question, dated).confidence == reader.read(question, undated).confidence


def test_weights_are_read_as_they_were_written(embedder: SentenceEmbedder, tmp_path: Path) -> None:
    asked, told = embedder.embed_tokens([QUESTIONS[0], PASSAGES[0]])
    shipped = shipped_weights(dated=False).interaction
    shipped.write(tmp_path / "kept.safetensors")
    read = Interaction.read(tmp_path / "kept.safetensors")
    found, expected = only(read, asked, told), only(shipped, asked, told)
    assert found.odds == expected.odds
    assert (found.parts == expected.parts).all()


def judged(interaction: Interaction, asked: Tokens, told: Sequence[Tokens]) -> list[Judgement]:
    return interaction(asked, told, Alike.of(asked, told))


def only(interaction: Interaction, asked: Tokens, told: Tokens) -> Judgement:
    (found,) = judged(interaction, asked, [told])
    return found


def _cut(tokens: Tokens, count: int) -> Tokens:
    vectors, middle = tokens.vectors[:count], tokens.middle[:count]
    rarity, starts = tokens.rarity[:count], tokens.starts[:count]
    return replace(tokens, vectors=vectors, middle=middle, rarity=rarity, starts=starts)


def test_the_likeliest_token_counts_more_among_dated_passages() -> None:
    among, highest = np.array([1.0, 0.5]), np.array([0.0, 1.0], np.float32)
    assert by_token(among, highest).argmax() == 0
    assert by_token(among, highest, dated=True).argmax() == 1
