"""assistant/interaction.py in torch, to be learned: from pairs of a question and a passage.

A pair says whether the passage answers, and where it does, which tokens are the answer. Weights are
averaged over the steps (an exponential mean), for a few thousand pairs leave single steps noisy.
What has been learned can be refined: learned on from, shortly and slowly, with other pairs.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from assistant.interaction import NEAR, RARE, SCALE, Interaction
from index.embedding import Tokens

NETWORKS = 2
"""More tell hardly more: of SQuAD AUROC .701 with two, .702 with three, .703 with six."""

WIDTH = 384
INNER = 48
JUDGED = 16
DROPPED = 0.3
BATCH = 16
POOL = 16 * BATCH
"""Pairs that are put in order of length before they are cut into batches: less is padding."""

ANSWER_WEIGHT = 0.3
"""Of the loss that asks where the answer is, beside that which asks whether there is one."""

_NOWHERE = -1e4


@dataclass(frozen=True, slots=True)
class Course:
    """How often all pairs are seen, how fast is learned, and how slowly the mean of weights moves.

    `skipped` epochs are not in the mean.
    """

    epochs: int
    rate: float
    averaged: float
    skipped: int


FIRST = Course(epochs=6, rate=2e-3, averaged=0.995, skipped=1)
REFINED = Course(epochs=2, rate=5e-4, averaged=0.99, skipped=0)


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """A question and a passage; `answer` (t,) is 1 for the tokens of the answer."""

    asked: Tokens
    told: Tokens
    answers: bool
    answer: np.ndarray


class Layers(nn.Module):
    """Two layers, as Interaction names their weights."""

    def __init__(self, given: int, inner: int, wanted: int, dropped: float) -> None:
        super().__init__()
        self.add_module("0", nn.Linear(given, inner))
        self.add_module("1", nn.Linear(inner, wanted))
        self._kept = round(256 * (1 - dropped))
        self._random = np.random.default_rng(int(torch.randint(2**31, ())))

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        first, second = self.get_submodule("0"), self.get_submodule("1")
        return second(self._some(functional.relu(first(self._some(rows)))))

    def _some(self, rows: torch.Tensor) -> torch.Tensor:
        """Dropout, from random bytes: with torch's own it takes a third of all the time."""
        if not self.training or self._kept == 256:
            return rows
        drawn = np.frombuffer(self._random.bytes(rows.numel()), np.uint8) < self._kept
        return rows * torch.from_numpy(drawn).view(rows.shape) * (256 / self._kept)


class Net(nn.Module):
    """The network over a batch of padded pairs."""

    def __init__(self) -> None:
        super().__init__()
        self.middle = nn.Parameter(nn.Linear(WIDTH, INNER, bias=False).weight.detach())
        self.last = nn.Parameter(nn.Linear(WIDTH, INNER, bias=False).weight.detach())
        self.pull = nn.Parameter(torch.tensor([8.0, 4.0, 1.0, 1.0]))
        self.compare = Layers(8 * INNER + 4, INNER, JUDGED, DROPPED)
        self.answer = Layers(6 * INNER + 4, INNER, 1, DROPPED)
        self.judge = Layers(2 * JUDGED + 3, JUDGED, 1, 0.0)

    def forward(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """(log-odds (b,), log-odds of each token of the passages (b, t))."""
        asked, told = batch.asked_mask, batch.told_mask
        rare = batch.rare
        middles = batch.asked_middle @ batch.told_middle.transpose(1, 2)
        lasts = batch.asked_last @ batch.told_last.transpose(1, 2)
        questions = [
            SCALE * functional.linear(batch.asked_middle, self.middle),
            SCALE * functional.linear(batch.asked_last, self.last),
        ]
        passages = [
            SCALE * functional.linear(batch.told_middle, self.middle),
            SCALE * functional.linear(batch.told_last, self.last),
        ]
        similar = self.pull[0] * middles + self.pull[1] * lasts
        for by, question, passage in zip(self.pull[2:], questions, passages, strict=True):
            similar = similar + by / SCALE * (question @ passage.transpose(1, 2))
        shares = similar.masked_fill(~told[:, None], _NOWHERE).softmax(-1)
        aligned = [shares @ passage for passage in passages]
        told_only = [value.masked_fill(~told[:, None], -1) for value in (middles, lasts)]
        columns = [
            *(*questions, *aligned),
            *(one * other for one, other in zip(questions, aligned, strict=True)),
            *((one - other).abs() for one, other in zip(questions, aligned, strict=True)),
            *(value.max(-1, keepdim=True).values for value in (*told_only, shares)),
            rare[..., None],
        ]
        compared = self.compare(torch.cat(columns, -1))
        highest = compared.masked_fill(~asked[..., None], _NOWHERE).max(1).values
        counts = asked.sum(1, keepdim=True)
        mean = compared.masked_fill(~asked[..., None], 0).sum(1) / counts
        covered = (shares * rare[..., None]).sum(1)
        near = functional.avg_pool1d(covered[:, None], 2 * NEAR + 1, 1, NEAR)[:, 0]
        last = questions[1].masked_fill(~asked[..., None], 0).sum(1) / counts
        wholes = [(questions[0] * rare[..., None]).sum(1) / rare.sum(1, keepdim=True), last]
        asked_only = [value.masked_fill(~asked[..., None], -1) for value in (middles, lasts)]
        columns = [
            *passages,
            *(passage * whole[:, None] for passage, whole in zip(passages, wholes, strict=True)),
            *(passage * one[:, :1] for passage, one in zip(passages, questions, strict=True)),
            *(covered[..., None], near[..., None]),
            *(value.max(1).values[..., None] for value in asked_only),
        ]
        parts = self.answer(torch.cat(columns, -1))[..., 0].masked_fill(~told, _NOWHERE)
        likest = (parts.softmax(-1) * near).sum(-1)
        most = torch.stack([parts.logsumexp(-1), parts.max(-1).values, likest], -1)
        return self.judge(torch.cat([highest, mean, most], -1))[:, 0], parts


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Pairs padded to the same lengths; `rare` is 0 where there is no token."""

    asked_middle: torch.Tensor
    asked_last: torch.Tensor
    asked_mask: torch.Tensor
    rare: torch.Tensor
    told_middle: torch.Tensor
    told_last: torch.Tensor
    told_mask: torch.Tensor
    answers: torch.Tensor
    answer: torch.Tensor

    @classmethod
    def of(cls, pairs: Sequence[Pair]) -> Batch:
        asked, told = [pair.asked for pair in pairs], [pair.told for pair in pairs]
        return cls(
            _padded([one.middle for one in asked]),
            _padded([one.vectors for one in asked]),
            _padded([np.ones(len(one.starts), bool) for one in asked]),
            _padded([one.rarity + np.float32(RARE) for one in asked]),
            _padded([one.middle for one in told]),
            _padded([one.vectors for one in told]),
            _padded([np.ones(len(one.starts), bool) for one in told]),
            torch.tensor([float(pair.answers) for pair in pairs]),
            _padded([pair.answer.astype(np.float32) for pair in pairs]),
        )


def _padded(arrays: Sequence[np.ndarray]) -> torch.Tensor:
    return nn.utils.rnn.pad_sequence([torch.from_numpy(one) for one in arrays], batch_first=True)


def learn(pairs: Sequence[Pair]) -> Interaction:
    """The networks that these pairs teach; the same pairs teach the same."""
    return _learn(pairs, None, FIRST)


def refine(learned: Interaction, pairs: Sequence[Pair]) -> Interaction:
    """The networks learned before, taught these pairs as well."""
    return _learn(pairs, learned, REFINED)


def _learn(pairs: Sequence[Pair], begun: Interaction | None, course: Course) -> Interaction:
    # Batches are too small for the cores to share: each network learns on one.
    with get_context("fork").Pool(os.cpu_count(), _begin, (pairs, begun, course)) as pool:
        return Interaction(pool.map(_learn_one, range(NETWORKS), chunksize=1))


_pairs: Sequence[Pair] = ()
_begun: Interaction | None = None
_course = FIRST


def _begin(pairs: Sequence[Pair], begun: Interaction | None, course: Course) -> None:
    global _pairs, _begun, _course
    _pairs, _begun, _course = pairs, begun, course
    torch.set_num_threads(1)


def _learn_one(seed: int) -> dict[str, np.ndarray]:
    pairs, course = _pairs, _course
    torch.manual_seed(seed)
    shuffled = np.random.default_rng(seed)
    net = Net()
    if _begun is not None:
        held = _begun.networks[seed]
        net.load_state_dict({name: torch.tensor(value) for name, value in held.items()})
    usable = [pair for pair in pairs if len(pair.told.starts) and len(pair.asked.starts)]
    lengths = np.array([len(pair.told.starts) for pair in usable])
    steps = course.epochs * len(_batches(lengths, shuffled))
    optimizer = torch.optim.AdamW(net.parameters(), course.rate, weight_decay=0.05)
    rates = torch.optim.lr_scheduler.OneCycleLR(optimizer, course.rate, total_steps=steps)
    averaged = torch.optim.swa_utils.AveragedModel(
        net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(course.averaged)
    )
    for epoch in range(course.epochs):
        for chosen in _batches(lengths, shuffled):
            batch = Batch.of([usable[i] for i in chosen])
            optimizer.zero_grad()
            _loss(net, batch).backward()
            optimizer.step()
            rates.step()
            if epoch >= course.skipped:
                averaged.update_parameters(net)
    held = averaged.module.state_dict()
    # Half the digits, as they are kept.
    return {name: value.numpy().astype(np.float16) for name, value in held.items()}


def _batches(lengths: np.ndarray, shuffled: np.random.Generator) -> list[np.ndarray]:
    """Which pairs make up each batch of an epoch: of like length, in random order."""
    order = shuffled.permutation(len(lengths))
    found = []
    for start in range(0, len(order), POOL):
        pool = order[start : start + POOL]
        pool = pool[np.argsort(lengths[pool], kind="stable")]
        found += [pool[i : i + BATCH] for i in range(0, len(pool), BATCH)]
    return [found[i] for i in shuffled.permutation(len(found))]


def _loss(net: Net, batch: Batch) -> torch.Tensor:
    odds, parts = net(batch)
    loss = functional.binary_cross_entropy_with_logits(odds, batch.answers)
    marked = batch.answer > 0
    where = marked.any(1)
    if where.any():
        found = parts.log_softmax(-1).masked_fill(~marked, _NOWHERE).logsumexp(-1)
        loss = loss - ANSWER_WEIGHT * found[where].mean()
    return loss
