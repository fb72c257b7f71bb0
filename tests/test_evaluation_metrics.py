"""Each metric beside an independent library, a definition by brute force, or a sum done by hand.

The libraries are imported where they are used: every worker imports this file, and one runs it.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.evaluation.abstention import (
    auroc,
    aurocs,
    calibration,
    calibration_error,
    calibration_errors,
    risk_area,
    risk_areas,
    risk_coverage,
)
from assistant.evaluation.chunking import Place, overlap
from assistant.evaluation.intervals import holm, mean_estimate, paired_difference
from assistant.evaluation.ranking import ranking_scores
from assistant.evaluation.reading import exact_match, normalized, sentence_scores, token_f1

SURE = st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 0.2, 0.5, 0.7, 1.0])), min_size=1)


def columns(rows: list[tuple[bool, float]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([row[0] for row in rows]), np.array([row[1] for row in rows])


def test_normalisation_is_that_of_squad() -> None:
    assert normalized("The  U.S.'s “A-Team”, an example.") == "uss “ateam” example"


@pytest.mark.parametrize(
    ("said", "answers", "f1", "match"),
    [
        ("the cat sat", ["a cat sat down", "dog"], 2 * (2 / 2) * (2 / 3) / (2 / 2 + 2 / 3), 0),
        ("Cat!", ["cat"], 1.0, 1),
        ("cat cat", ["cat"], 2 * (1 / 2) * 1 / (1 / 2 + 1), 0),
        ("", [], 1.0, 1),
        ("cat", [], 0.0, 0),
        ("", ["cat"], 0.0, 0),
    ],
)
def test_token_f1_and_exact_match_as_worked_by_hand(
    said: str, answers: list[str], f1: float, match: int
) -> None:
    assert token_f1(said, answers) == pytest.approx(f1, abs=1e-9)
    assert exact_match(said, answers) == match


RANKINGS = st.lists(st.permutations(list("abcdefgh")), min_size=1, max_size=4)
GRADES = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 3), min_size=1)


@given(RANKINGS, st.lists(GRADES, min_size=4, max_size=4))
def test_rank_scores_agree_with_scikit_learn_and_with_their_definitions(
    rankings: list[list[str]], grades: list[dict[str, int]]
) -> None:
    from sklearn.metrics import average_precision_score, ndcg_score

    run = {f"q{i}": ranking for i, ranking in enumerate(rankings)}
    gold = {name: grades[i] for i, name in enumerate(run)}
    found = ranking_scores(run, gold)
    for name, ranking in run.items():
        gains = [gold[name].get(document, 0) for document in ranking]
        relevant = [gain > 0 for gain in gains]
        scores = found[name]
        if not any(relevant):
            assert set(scores.values()) == {0.0}
            continue
        places = [-float(i) for i in range(len(ranking))]
        assert scores["ndcg@10"] == pytest.approx(ndcg_score([gains], [places]), abs=1e-4)
        assert scores["map"] == pytest.approx(average_precision_score(relevant, places), abs=1e-4)
        assert scores["mrr"] == pytest.approx(1 / (relevant.index(True) + 1), abs=1e-4)
        for k in (1, 3, 5, 10):
            share = sum(relevant[:k]) / sum(relevant)
            assert scores[f"recall@{k}"] == pytest.approx(share, abs=1e-4)


def test_a_question_without_a_ranking_scores_nothing() -> None:
    assert ranking_scores({}, {"q": {"a": 1}})["q"]["recall@10"] == 0.0


@given(SURE)
def test_auroc_is_the_share_of_pairs_in_the_right_order(rows: list[tuple[bool, float]]) -> None:
    from sklearn.metrics import roc_auc_score

    truth, sure = columns(rows)
    pairs = [(x > y) + 0.5 * (x == y) for x in sure[truth] for y in sure[~truth]]
    found = auroc(truth, sure)
    if pairs:
        assert found == pytest.approx(roc_auc_score(truth, sure), abs=1e-9)
    assert (math.isnan(found) and not pairs) or found == pytest.approx(np.mean(pairs), abs=1e-9)
    # Only the order of confidences counts.
    assert auroc(truth, np.sqrt(sure) / 3) == pytest.approx(found, nan_ok=True)


@given(SURE)
def test_calibration_agrees_with_scikit_learn(rows: list[tuple[bool, float]]) -> None:
    from sklearn.calibration import calibration_curve

    # Off the edges of bins, which belong to the upper bin here and to the lower one there.
    truth, sure = columns([(right, value * 0.9 + 0.03) for right, value in rows])
    bins = calibration(truth, sure)
    shares, means = calibration_curve(truth, sure, n_bins=10)
    assert [one.share for one in bins] == pytest.approx(shares.tolist(), abs=1e-9)
    assert [one.confidence for one in bins] == pytest.approx(means.tolist(), abs=1e-9)
    assert sum(one.count for one in bins) == len(rows)
    assert 0 <= calibration_error(truth, sure) <= 1


def test_calibration_error_as_worked_by_hand() -> None:
    truth = np.array([True, False, True, True])
    sure = np.array([0.25, 0.25, 0.85, 0.95])
    # (2 |.25 - .5| + 1 |.85 - 1| + 1 |.95 - 1|) / 4
    assert calibration_error(truth, sure) == pytest.approx(0.175, abs=1e-9)


def test_risk_by_coverage_as_worked_by_hand() -> None:
    right = np.array([True, False, True, False])
    coverage, risk = risk_coverage(right, np.array([0.9, 0.8, 0.7, 0.6]))
    assert coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert risk == pytest.approx([0, 1 / 2, 1 / 3, 2 / 4])
    assert risk_area(right, np.array([0.9, 0.8, 0.7, 0.6])) == pytest.approx(
        (1 / 2 + 1 / 3 + 1 / 2) / 4
    )


@given(SURE.filter(lambda rows: len(rows) <= 6))
def test_tied_confidences_count_as_the_average_of_every_order(
    rows: list[tuple[bool, float]],
) -> None:
    right, sure = columns(rows)
    curves = []
    for order in itertools.permutations(range(len(rows))):
        ranked = sorted(order, key=lambda i: -sure[i])
        wrong = np.cumsum([not right[i] for i in ranked])
        curves.append(wrong / np.arange(1, len(rows) + 1))
    assert risk_coverage(right, sure)[1] == pytest.approx(np.mean(curves, axis=0), abs=1e-9)


@given(SURE, st.data())
def test_figures_of_a_resample_are_those_of_the_questions_drawn(
    rows: list[tuple[bool, float]], data: st.DataObject
) -> None:
    truth, sure = columns(rows)
    draws = st.lists(st.sampled_from(range(len(rows))), min_size=len(rows), max_size=len(rows))
    drawn = [data.draw(draws), data.draw(draws)]
    counts = np.array([np.bincount(one, minlength=len(rows)) for one in drawn], dtype=float)
    for many, one in ((aurocs, auroc), (calibration_errors, calibration_error)):
        expected = [one(truth[draw], sure[draw]) for draw in drawn]
        assert many(truth, sure, counts) == pytest.approx(expected, abs=1e-9, nan_ok=True)
    risks = [risk_coverage(truth[draw], sure[draw])[1].mean() for draw in drawn]
    assert risk_areas(truth, sure, counts) == pytest.approx(risks, abs=1e-9)


def test_figures_of_no_question_are_not_told() -> None:
    none, nothing = np.zeros(0, bool), np.zeros(0)
    assert all(math.isnan(one(none, nothing)) for one in (auroc, calibration_error, risk_area))


TEXT = "One two three. Four five six. Seven eight nine."


def test_chunk_overlap_as_worked_by_hand() -> None:
    gold = [Place("a", 15, 29)]  # "Four five six." is four tokens with its full stop.
    chunks = [Place("a", 0, 29), Place("a", 20, 47)]
    found = overlap(gold, chunks, {"a": TEXT})
    assert found.at(1) == pytest.approx((1.0, 4 / 8, 4 / 8))
    # The overlap is paid for twice: 8 + 7 tokens retrieved, 4 of them gold.
    assert found.at(2) == pytest.approx((1.0, 4 / 15, 4 / 15))
    assert overlap(gold, chunks[1:], {"a": TEXT}).at(5) == pytest.approx((3 / 4, 3 / 7, 3 / 8))


SPANS = st.tuples(st.integers(0, 46), st.integers(1, 20)).map(
    lambda span: Place("a", span[0], min(span[0] + span[1], 47))
)


@given(st.lists(SPANS, min_size=1, max_size=3), st.lists(SPANS, min_size=1, max_size=5))
def test_chunk_scores_keep_their_bounds_and_recall_only_grows(
    gold: list[Place], chunks: list[Place]
) -> None:
    found = overlap(gold, chunks, {"a": TEXT})
    rows = [found.at(k) for k in range(1, len(chunks) + 2)]
    for recall, precision, iou in rows:
        assert 0 <= iou <= min(recall, precision) <= 1
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)


@given(st.sets(st.integers(0, 9)), st.sets(st.integers(0, 9)))
def test_sentence_f1_is_the_harmonic_mean(gold: set[int], quoted: set[int]) -> None:
    places = [[Place("a", i, i + 1) for i in group] for group in (gold, quoted)]
    precision, recall, f1 = sentence_scores(*places)
    assert (precision is None) == (not quoted)
    if precision and recall:
        assert f1 == pytest.approx(2 / (1 / precision + 1 / recall))
    else:
        assert f1 == 0


@given(st.lists(st.floats(0, 1), min_size=2, max_size=40))
def test_an_interval_holds_its_mean_and_ignores_no_one(scores: list[float]) -> None:
    found = mean_estimate(np.array(scores))
    assert found.value == pytest.approx(np.mean(scores))
    assert min(scores) - 1e-9 <= found.low <= found.value + 0.5
    assert found.low <= found.high <= max(scores) + 1e-9
    assert found == mean_estimate(np.array(scores))


def test_intervals_agree_with_those_of_scipy() -> None:
    from scipy import stats

    scores = np.random.default_rng(1).random(200)
    theirs = stats.bootstrap((scores,), np.mean, method="percentile", rng=2).confidence_interval
    ours = mean_estimate(scores)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.004)


def test_sign_flips_of_wins_and_losses_are_the_exact_binomial_test() -> None:
    from scipy import stats

    before = np.array([1.0] * 9 + [0.0] * 2 + [1.0] * 2)
    after = np.array([0.0] * 9 + [1.0] * 2 + [1.0] * 2)
    difference, p = paired_difference(before, after)
    assert difference.value == pytest.approx(-7 / 13)
    assert p == pytest.approx(stats.binomtest(2, 11).pvalue, abs=1e-4)


def test_no_difference_is_no_evidence_of_one() -> None:
    same = np.array([0.2, 0.9, 0.4])
    assert paired_difference(same, same)[1] == 1.0


def test_holm_as_worked_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []
