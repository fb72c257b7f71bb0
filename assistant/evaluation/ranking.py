"""Rank quality by question, computed by ir-measures. Knows nothing of passages or answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assistant.evaluation.extras import extra
from assistant.evaluation.outcomes import Outcome

DEPTHS = (1, 3, 5, 10)


def ranked_documents(outcome: Outcome) -> list[str]:
    """Documents in the order of their best passage."""
    return list(dict.fromkeys(place.document for place in outcome.found))


def ranking_scores(
    rankings: Mapping[str, Sequence[str]],
    relevance: Mapping[str, Mapping[str, int]],
    measures: Sequence[str] = (),
) -> dict[str, dict[str, float]]:
    """Scores by question and measure of document rankings, best first.

    `relevance` maps questions to grades of documents; every question in it is scored, with 0 where
    there is no ranking. `measures` are names ir-measures reads ("nDCG@10"); by default recall@k,
    mrr, ndcg@10 and map. Raises ExtraMissing.
    """
    ir = extra("ir_measures")
    names = {f"recall@{k}": f"R@{k}" for k in DEPTHS}
    names |= {"mrr": "RR", "ndcg@10": "nDCG@10", "map": "AP"}
    if measures:
        names = {name: name for name in measures}
    parsed = {ir.parse_measure(measure): name for name, measure in names.items()}
    # Places as scores, because equal scores would be put in the order of their ids.
    run = {
        question: {
            document: float(-place) for place, document in enumerate(rankings.get(question, ()))
        }
        for question in relevance
    }
    found = {question: dict.fromkeys(names, 0.0) for question in relevance}
    if relevance:
        for one in ir.iter_calc(list(parsed), relevance, run):
            found[one.query_id][parsed[one.measure]] = float(one.value)
    return found


def outcome_rankings(outcomes: Sequence[Outcome]) -> dict[str, dict[str, float]]:
    """`ranking_scores` of every outcome whose question names evidence."""
    asked = [o for o in outcomes if any(g > 0 for g in o.question.evidence.values())]
    return ranking_scores(
        {outcome.id: ranked_documents(outcome) for outcome in asked},
        {outcome.id: dict(outcome.question.evidence) for outcome in asked},
    )
