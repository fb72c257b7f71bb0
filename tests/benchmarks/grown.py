"""A million passages out of some thousand real ones, and their vectors. Knows nothing of stores.

The passages of the public sets come first, with the model's own vectors. The rest are recombined:
half of a real passage, then half of one near it in meaning, a word in seven exchanged for another
of the sets. Their vectors are not the model's but the mean of those of the sentences taken, with
noise as large as brings them as far apart as the model holds such passages (`faithfulness`).
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from sets import DATA, clapnq, scifact, squad

from index import Document
from index.documents import Span
from index.embedding import SentenceEmbedder, Vectors
from index.search import embed_passages
from index.splitting import split

EXCHANGED = 1 / 7
NOISE = 0.55
"""Length of the noise added to a vector of length 1."""

SOURCES = 40
"""Publishers; the share of the n-th falls with 1/n, as sizes of things do."""

_LONGEST = 1_080
_NEIGHBOURS = 20
_LEAST, _MOST = 200, 1_000
_FIRST_DAY, _DAYS = date(2005, 1, 1), 7_300
_DIMENSION = 384


@dataclass(frozen=True, slots=True, eq=False)
class Base:
    """Real passages: sentences and their vectors, those of the wholes, which are near to which."""

    sentences: list[list[str]]
    parts: list[Vectors]
    wholes: Vectors
    near: np.ndarray
    words: list[str]
    documents: list[Document]
    counts: list[int]


@dataclass(frozen=True, slots=True, eq=False)
class Paragraph:
    """A recombined passage: its text, where its sentences end in it, and their vectors."""

    text: str
    ends: np.ndarray
    rows: Vectors
    whole: Vectors


def real_documents() -> list[Document]:
    """SciFact, SQuAD, ClapNQ and the articles of WiCE."""
    found = [*scifact()[0], *squad().documents, *clapnq().documents]
    seen: set[str] = set()
    for line in (DATA / "support" / "claim_dev.jsonl").read_text("utf-8").splitlines():
        text = "\n".join(json.loads(line)["evidence"]).strip()
        if text and text not in seen:
            seen.add(text)
            found.append(Document(f"wice/{len(seen):04}", text))
    return found


def base(folder: Path) -> Base:
    """The real passages with the model's vectors, embedded once and kept in a folder."""
    whole = [(document, split(document)) for document in real_documents()]
    # The longest tenth would take a third of the time to embed.
    whole = [pair for pair in whole if max(len(p.embedded_text) for p in pair[1]) <= _LONGEST]
    documents = [document for document, _ in whole]
    cut = [group for _, group in whole]
    passages = [passage for group in cut for passage in group]
    kept = folder / "base.npz"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        wholes, parts = embed_passages(SentenceEmbedder(), passages)
        near = [np.argsort(-(row @ wholes.T))[:_NEIGHBOURS] for row in wholes]
        np.savez(kept, wholes=wholes, parts=np.concatenate(parts), near=np.stack(near))
    held = dict(np.load(kept))
    ends = np.cumsum([len(passage.sentences) for passage in passages])
    parts = np.split(held["parts"], ends[:-1])
    sentences = [
        [passage.text[first:last] for first, last in passage.sentences] for passage in passages
    ]
    words = [w for group in sentences for one in group for w in one.split() if w.isalpha()]
    counts = [len(group) for group in cut]
    return Base(sentences, parts, held["wholes"], held["near"], words, documents, counts)


class Grown:
    """An embedder that knows real passages by the model and recombined ones by their making.

    Keeps every passage vector it gives in a file, in order, and beside it whose it is, for exact
    search. `seconds` is the time it took, which is not part of a build.
    """

    dimension = _DIMENSION

    def __init__(self, held: Base, kept: Path | None = None) -> None:
        self._base = held
        self._model = SentenceEmbedder()
        self._kept = kept
        self.name = "grown-from-" + self._model.name
        self.embed_query, self.embed_tokens = self._model.embed_query, self._model.embed_tokens
        self.embed_documents = self._model.embed_documents
        self._paragraphs = lru_cache(64)(self._made)
        # Some passages stand in two documents; which is meant is told by the order of asking.
        self._known: dict[str, list[int]] = {}
        for i, group in enumerate(held.sentences):
            self._known.setdefault("\n".join(group), []).append(i)
        self._owner = np.repeat(np.arange(len(held.counts)), held.counts).tolist()
        self.seconds = 0.0
        self.embedded = 0

    def documents(self, first: int, last: int) -> Iterator[Document]:
        """Documents that hold the passages from number `first` to about `last`."""
        at = 0
        for number, (document, count) in enumerate(
            zip(self._base.documents, self._base.counts, strict=True)
        ):
            if first <= at < last:
                yield _dated(document, -1 - number)
            at += count
        number = 0
        while at < last:
            paragraphs = self._paragraphs(number)
            if at >= first:
                text = "\n\n".join(one.text for one in paragraphs)
                document = Document(f"grown/{number:07}.txt", text, f"Report {number}")
                yield _dated(document, number)
            at += len(paragraphs)
            number += 1

    def embed_spans(
        self, texts: Sequence[str], spans: Sequence[Sequence[Span]]
    ) -> tuple[Vectors, list[Vectors]]:
        """Vectors of texts and of the spans in each."""
        began = time.perf_counter()
        wholes = np.zeros((len(texts), _DIMENSION), np.float32)
        parts: list[Vectors] = []
        owners: list[int] = []
        for row, (text, places) in enumerate(zip(texts, spans, strict=True)):
            wholes[row], part, owner = self._vectors(text, places)
            parts.append(part)
            owners.append(owner)
        if self._kept is not None:
            with self._kept.open("ab") as file:
                file.write(wholes.tobytes())
            with self._kept.with_suffix(".owners").open("ab") as file:
                file.write(np.array(owners, np.int64).tobytes())
        self.seconds += time.perf_counter() - began
        self.embedded += len(texts)
        return wholes, parts

    def _vectors(self, text: str, places: Sequence[Span]) -> tuple[Vectors, Vectors, int]:
        same = self._known.get("\n".join(text[first:last] for first, last in places))
        if same is not None:
            real = same.pop(0)
            same.append(real)
            return self._base.wholes[real], self._base.parts[real], -1 - self._owner[real]
        title, _, body = text.partition("\n")
        if not title.startswith("Report "):
            raise ValueError(f"not a text of this set: {text[:80]!r}")
        number = int(title.split()[1])
        paragraphs = self._paragraphs(number)
        own = next((one for one in paragraphs if body in one.text), paragraphs[0])
        middles = [(first + last) / 2 - len(title) - 1 for first, last in places]
        at = np.minimum(np.searchsorted(own.ends, middles), len(own.ends) - 1)
        return own.whole, own.rows[at], number

    def _made(self, number: int) -> list[Paragraph]:
        chance = np.random.default_rng([7, number])
        count = 1 + int(chance.geometric(0.2))
        return [self._paragraph(chance) for _ in range(min(count, 40))]

    def _paragraph(self, chance: np.random.Generator) -> Paragraph:
        held = self._base
        texts: list[str] = []
        rows: list[Vectors] = []
        size = 0
        first = int(chance.integers(len(held.sentences)))
        second = int(held.near[first, chance.integers(_NEIGHBOURS)])
        wanted = int(chance.integers(_LEAST, _MOST))
        for owner, from_end in ((first, False), (second, True)):
            sentences = held.sentences[owner]
            half = (
                range(0, (len(sentences) + 1) // 2)
                if not from_end
                else range(len(sentences) // 2, len(sentences))
            )
            for i in half:
                if texts and size + len(sentences[i]) > (wanted if from_end else wanted * 0.6):
                    break
                # No line break and no overlong sentence, so that a paragraph is a passage.
                text = self._exchanged(sentences[i][: _MOST // 2], chance)
                texts.append(text)
                rows.append(held.parts[owner][i])
                size += len(text) + 1
        ends = np.cumsum([len(text) + 1 for text in texts])
        taken = np.stack(rows)
        whole = _noisy(_unit(taken.mean(axis=0, keepdims=True)), chance)[0]
        return Paragraph(" ".join(texts), ends, _noisy(taken, chance), whole)

    def _exchanged(self, text: str, chance: np.random.Generator) -> str:
        words = text.split()
        for i in np.flatnonzero(chance.random(len(words)) < EXCHANGED):
            if words[i].isalpha():
                words[i] = self._base.words[int(chance.integers(len(self._base.words)))]
        return " ".join(words)


def faithfulness(grown: Grown, count: int = 300) -> dict[str, float]:
    """How the vectors of recombined passages lie, beside what the model gives for their texts.

    `real` is how many real ones there are; `cosine` between the two; `to_nearest` and
    `to_nearest_model` the mean cosine of a passage to the nearest real one, by the one and by the
    other.
    """
    chance = np.random.default_rng(1)
    numbers = chance.choice(100_000, count, replace=False)
    made = [grown._made(int(number))[0] for number in numbers]
    theirs = grown.embed_documents([one.text for one in made])
    ours = np.stack([one.whole for one in made])
    real = grown._base.wholes
    return {
        "real": float(len(real)),
        "cosine": float((ours * theirs).sum(axis=1).mean()),
        "to_nearest": float((ours @ real.T).max(axis=1).mean()),
        "to_nearest_model": float((theirs @ real.T).max(axis=1).mean()),
        "to_all": float((ours @ real.T).mean()),
        "to_all_model": float((theirs @ real.T).mean()),
        "among": float(np.median(np.sort(ours @ ours.T, axis=1)[:, -2])),
        "among_model": float(np.median(np.sort(theirs @ theirs.T, axis=1)[:, -2])),
    }


@cache
def origin(owner: int) -> tuple[str, date]:
    """Publisher and day of a document, by its number; real ones count down from -1."""
    chance = np.random.default_rng([8, owner + 1_000_000])
    rank = int(SOURCES ** chance.random())
    return f"Publisher {rank}", _FIRST_DAY + timedelta(days=int(chance.integers(_DAYS)))


def _dated(document: Document, owner: int) -> Document:
    source, day = origin(owner)
    return replace(document, source=source, published=day)


def _noisy(rows: Vectors, chance: np.random.Generator) -> Vectors:
    noise = chance.standard_normal(rows.shape, np.float32) * (NOISE / _DIMENSION**0.5)
    return _unit(rows + noise)


def _unit(rows: Vectors) -> Vectors:
    unit: Vectors = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return unit
