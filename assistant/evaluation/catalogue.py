"""Every metric by name: what it says, which way is better. Computes none of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric as a reader meets it; `headline` ones are tested when runs are compared."""

    label: str
    group: str
    about: str
    higher_is_better: bool = True
    headline: bool = False


def _metrics() -> dict[str, Metric]:
    answers, quotes, silence, ranking, cutting, cost = (
        "Answers",
        "Quotes",
        "Silence",
        "Ranking",
        "Passages",
        "Cost",
    )
    found = {
        "right": Metric(
            "right",
            answers,
            "an accepted answer in the quotes, or silence where the documents are silent",
            headline=True,
        ),
        "answer_in_quotes": Metric(
            "answer in quotes", answers, "an accepted answer stands in the quotes", headline=True
        ),
        "all_sides": Metric(
            "all sides shown", answers, "every account of a disagreement is quoted", headline=True
        ),
        "exact_match": Metric("exact match", answers, "the words are an accepted answer (SQuAD)"),
        "token_f1": Metric("token F1", answers, "words shared with an accepted answer (SQuAD)"),
        "exact_quotes": Metric(
            "exact quotes", quotes, "the index holds the quote at its place", headline=True
        ),
        "quoted_sentences": Metric(
            "sentences quoted", quotes, "how many, where it answers", higher_is_better=False
        ),
        "citation_precision": Metric(
            "citation precision", quotes, "share of quoted documents that are evidence"
        ),
        "citation_recall": Metric(
            "citation recall", quotes, "share of evidence documents that are quoted"
        ),
        "sentence_precision": Metric(
            "sentence precision", quotes, "share of quoted sentences that are gold"
        ),
        "sentence_recall": Metric(
            "sentence recall", quotes, "share of gold sentences that are quoted"
        ),
        "sentence_f1": Metric(
            "sentence F1", quotes, "a sentence quoted elsewhere counts against", headline=True
        ),
        "sentence_f1_in_evidence": Metric(
            "sentence F1, evidence only", quotes, "counting quotes of the gold documents alone"
        ),
        "auroc": Metric(
            "AUROC", silence, "confidence ranks answerable above unanswerable", headline=True
        ),
        "false_answers": Metric(
            "false answers",
            silence,
            "answered though the documents are silent",
            higher_is_better=False,
            headline=True,
        ),
        "false_refusals": Metric(
            "false refusals",
            silence,
            "silent though the documents answer",
            higher_is_better=False,
            headline=True,
        ),
        "risk_area": Metric(
            "risk-coverage area",
            silence,
            "mean share of wrong answers over all shares answered, surest first",
            higher_is_better=False,
        ),
        "calibration_error": Metric(
            "calibration error",
            silence,
            "confidence against how often the question is answerable, 10 bins",
            higher_is_better=False,
        ),
        "calibration_error_answered": Metric(
            "calibration error, answered",
            silence,
            "confidence against how often an answer given is right, 10 bins",
            higher_is_better=False,
        ),
    }
    for k in (1, 3, 5, 10):
        about = f"share of evidence documents among the first {k}"
        found[f"recall@{k}"] = Metric(f"recall@{k}", ranking, about, headline=k == 5)
    found |= {
        "mrr": Metric("MRR", ranking, "1 / place of the first evidence document", headline=True),
        "ndcg@10": Metric("nDCG@10", ranking, "graded gain of the first ten documents"),
        "map": Metric("MAP", ranking, "mean average precision over the documents found"),
        "token_recall@5": Metric("token recall@5", cutting, "gold tokens in the first 5 passages"),
        "token_precision@5": Metric("token precision@5", cutting, "share of their tokens in gold"),
        "token_iou@5": Metric("token IoU@5", cutting, "shared tokens over all of either"),
        "input_tokens": Metric("input tokens", cost, "a question", higher_is_better=False),
        "output_tokens": Metric("output tokens", cost, "a question", higher_is_better=False),
    }
    return found


METRICS = _metrics()
"""In the order they are shown."""


def known(name: str) -> Metric:
    """The metric of that name. Raises ValueError listing those there are."""
    if name not in METRICS:
        raise ValueError(f"there is no metric {name!r}; there are {', '.join(METRICS)}")
    return METRICS[name]
