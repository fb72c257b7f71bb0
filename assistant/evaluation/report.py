"""A run as one HTML file that loads nothing. Computes no metric; everything shown is escaped."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from importlib import resources
from pathlib import Path
from typing import Any

from assistant.evaluation import plots
from assistant.evaluation.catalogue import METRICS
from assistant.evaluation.comparing import Comparison
from assistant.evaluation.diagnosis import LABELS, diagnosis, evidence_place
from assistant.evaluation.extras import extra
from assistant.evaluation.outcomes import Outcome
from assistant.evaluation.ranking import DEPTHS
from assistant.evaluation.runs import Run

_CARDS = ("right", "answer_in_quotes", "recall@5", "sentence_f1", "false_answers", "false_refusals")
_MORE_CARDS = ("exact_quotes", "ndcg@10", "mrr")
_COUNTED = {"quoted_sentences", "input_tokens", "output_tokens"}
"""Metrics that are no shares, so that a line from 0 to 1 would not hold them."""


def write_report(
    run: Run,
    path: str | Path,
    *,
    summary: Mapping[str, Any] | None = None,
    comparison: Comparison | None = None,
) -> Path:
    """Write the report of a run -> its path. Raises ExtraMissing, ValueError for an empty run."""
    values = run.summary if summary is None else summary
    jinja = extra("jinja2")
    page = jinja.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
        _shipped("report.html.j2")
    )
    script, markup = _shipped("report.js"), extra("markupsafe").Markup
    questions = [_row(outcome, run, markup) for outcome in run.outcomes]
    order = list(LABELS)
    questions.sort(key=lambda row: order.index(row["label"]) == 0)
    made = page.render(
        style=markup(_shipped("report.css")),
        script=markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        about=_about(run),
        summary=values,
        cards=_cards(values, markup),
        plots=[(name, note, markup(svg)) for name, note, svg in _plots(values, run)],
        groups=_groups(values, markup),
        kinds=[
            (name, one["right"], markup(_bar(one["right"])))
            for name, one in values["kinds"].items()
        ],
        comparison=_comparison(comparison, markup),
        judged=values.get("judged"),
        questions=questions,
        labels=[
            (name, text, count)
            for name, text in LABELS.items()
            if (count := sum(row["label"] == name for row in questions))
        ],
        question_kinds=Counter(kind for o in run.outcomes for kind in o.question.kinds),
    )
    place = Path(path)
    place.write_text(made, "utf-8", newline="\n")
    return place


def highlighted(text: str, answers: Sequence[str]) -> str:
    """Escaped HTML with every accepted answer in <mark>, whatever its case and white space."""
    patterns = [r"\s+".join(map(re.escape, answer.split())) for answer in answers]
    if not patterns:
        return escape(text)
    parts = re.split(f"({'|'.join(sorted(patterns, key=len, reverse=True))})", text, flags=re.I)
    return "".join(
        f"<mark>{escape(part)}</mark>" if i % 2 else escape(part) for i, part in enumerate(parts)
    )


def _shipped(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text("utf-8")


def _about(run: Run) -> dict[str, Any]:
    identity, machine = run.about.get("identity", {}), run.about.get("machine", {})
    corpus = identity.get("corpus") or {}
    questions = identity.get("questions", {})
    facts = {
        "questions": f"{questions.get('name') or 'unnamed'} · {questions.get('hash', '')}",
        "documents": f"{corpus.get('documents', '?')} · {corpus.get('hash', '')}",
        "embedding model": identity.get("embedding_model"),
        "system": identity.get("system"),
        "settings": ", ".join(f"{k}={v}" for k, v in identity.get("settings", {}).items()),
        "code": identity.get("code"),
        "versions": ", ".join(
            f"{name} {version}" for name, version in identity.get("versions", {}).items() if version
        ),
        "machine": ", ".join(
            str(machine[name]) for name in ("system", "python") if machine.get(name)
        ),
        "cores": machine.get("cores"),
    }
    return {
        "name": questions.get("name") or "questions",
        "started": machine.get("started", "").replace("T", " ").replace("+00:00", " UTC"),
        "facts": {name: value for name, value in facts.items() if value},
    }


def _bar(one: Mapping[str, float]) -> str:
    return plots.interval_bar(one["value"], one["low"], one["high"])


def _cards(values: Mapping[str, Any], markup: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    return [
        {"name": name, "metric": METRICS[name], **values["metrics"][name]}
        | {"bar": markup(_bar(values["metrics"][name]))}
        for name in (*_CARDS, *_MORE_CARDS)
        if name in values["metrics"]
    ][:6]


def _groups(values: Mapping[str, Any], markup: Any) -> dict[str, list[dict[str, Any]]]:  # noqa: ANN401
    groups: dict[str, list[dict[str, Any]]] = {}
    for name, one in values["metrics"].items():
        bar = "" if name in _COUNTED else markup(_bar(one))
        groups.setdefault(METRICS[name].group, []).append(
            {"name": name, "metric": METRICS[name], "bar": bar, **one}
        )
    return groups


def _plots(values: Mapping[str, Any], run: Run) -> list[tuple[str, str, str]]:
    metrics, curves = values["metrics"], values["curves"]
    found = []
    depths = [(k, metrics[f"recall@{k}"]) for k in DEPTHS if f"recall@{k}" in metrics]
    if depths:
        points = [(k, one["value"], one["low"], one["high"]) for k, one in depths]
        note = "How much of the evidence is among the first documents found."
        found.append(("Recall by depth", note, plots.recall_plot(points)))
    risk = curves["risk_coverage"]
    if risk["coverage"]:
        note = "If it answered only when surest: how many answers would be wrong. Lower is better."
        svg = plots.risk_coverage_plot(risk["coverage"], risk["risk"], risk["answered"])
        found.append(("Risk by coverage", note, svg))
    if curves["calibration"]:
        note = "On the dashed line, a confidence of 70 % means right to speak 70 times in 100."
        bins = [(one["count"], one["confidence"], one["share"]) for one in curves["calibration"]]
        found.append(("Calibration", note, plots.calibration_plot(bins)))
    if run.timings:
        seconds = [timing.total for timing in run.timings.values()]
        times = run.latencies()
        note = f"First text after {times['first_text_p50'] * 1000:.0f} ms (median)."
        svg = plots.latency_plot(seconds, times["total_p50"], times["total_p95"])
        found.append(("Time to answer", note, svg))
    return found


def _comparison(comparison: Comparison | None, markup: Any) -> dict[str, Any] | None:  # noqa: ANN401
    if comparison is None:
        return None
    shares = [one.difference for one in comparison.differences if one.metric not in _COUNTED]
    reach = max((abs(end) for one in shares for end in (one.low, one.high)), default=0.0) or 1.0
    rows = [
        {
            "metric": METRICS[one.metric],
            "one": one,
            "better": (one.difference.value > 0) == METRICS[one.metric].higher_is_better,
            "bar": markup(
                plots.interval_bar(
                    one.difference.value, one.difference.low, one.difference.high, reach=reach
                )
            )
            if one.metric not in _COUNTED
            else "",
        }
        for one in comparison.differences
    ]
    return {"rows": rows, "wins": comparison.wins, "losses": comparison.losses}


def _row(outcome: Outcome, run: Run, markup: Any) -> dict[str, Any]:  # noqa: ANN401
    question = outcome.question
    label, story = diagnosis(outcome)
    timing = run.timings.get(outcome.id)
    cited = {quote.document for quote in outcome.quotes}
    return {
        "outcome": outcome,
        "question": question,
        "label": label,
        "label_text": LABELS[label],
        "story": story,
        "quotes": [
            (quote, markup(highlighted(quote.text, question.answers))) for quote in outcome.quotes
        ],
        "gold": [
            (place, markup(highlighted(place.text, question.answers)))
            for place in outcome.gold_sentences
        ],
        "evidence": [(name, name in cited) for name in question.evidence],
        "place": evidence_place(outcome),
        "milliseconds": round(timing.total * 1000) if timing else None,
        "search": " ".join([outcome.id, question.question, *question.answers]).casefold(),
    }
