"""The gold questions of the shipped corpus, asked of the default assistant.

    python tests/benchmarks/sample.py [--store FOLDER] [--list]

A development set: the decision threshold (.4, after .5) and the rule for other times and publishers
were set with all of it in view, so neither half is held out.

A question counts as right when an accepted answer stands in the quotes, or when it is
unanswerable and the assistant abstains.
"""

from __future__ import annotations

import argparse
import json
import time
from datetime import date
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from assistant import Answer, Assistant, Turn

ROOT = Path(__file__).resolve().parents[2]


def ask(assistant: Assistant, item: dict) -> Answer:
    history = [Turn(turn["question"], turn["answer"]) for turn in item["history"]]
    as_of = date.fromisoformat(item["as_of"]) if item["as_of"] else None
    return assistant.ask(item["question"], history=history, as_of=as_of)


def quoted(answer: Answer, accepted: list[str]) -> bool:
    quotes = " ".join(citation.quote for citation in answer.citations).casefold()
    return any(text.casefold() in quotes for text in accepted)


def right(item: dict, answer: Answer) -> bool:
    if not item["answerable"]:
        return answer.abstained
    return quoted(answer, item["answers"])


def sides(item: dict, answer: Answer) -> bool:
    return all(quoted(answer, side["answers"]) for side in item["sides"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", type=Path, default=Path(".benchmarks/sample"))
    parser.add_argument("--list", action="store_true", help="list every question that went wrong")
    options = parser.parse_args()
    assistant = Assistant.open(options.store)
    assistant.index.sync(ROOT / "corpus" / "documents")
    lines = (ROOT / "corpus" / "questions.jsonl").read_text("utf-8").splitlines()
    items = [json.loads(line) for line in lines]
    rows, took = [], []
    for item in items:
        ask(assistant, item)
        start = time.perf_counter()
        answer = ask(assistant, item)
        took.append(time.perf_counter() - start)
        rows.append((item, answer))
        if options.list and not right(item, answer):
            held = quoted(answer, item["answers"])
            print(item["id"], item["kinds"], f"{answer.confidence:.2f}", item["question"], held)
    for name, chosen in (
        ("even", [row for row in rows if int(row[0]["id"][1:]) % 2 == 0]),
        ("odd", [row for row in rows if int(row[0]["id"][1:]) % 2 == 1]),
    ):
        truth = np.array([item["answerable"] for item, _ in chosen])
        sure = np.array([answer.confidence for _, answer in chosen])
        answered = np.array([not answer.abstained for _, answer in chosen])
        good = np.array([right(item, answer) for item, answer in chosen])
        both = [sides(item, answer) for item, answer in chosen if item["sides"]]
        print(
            f"{name} ({len(chosen)}): right {good.mean():.3f}, "
            f"of answerable {good[truth].mean():.3f}; "
            f"AUROC {roc_auc_score(truth, sure):.3f}, false answers {answered[~truth].mean():.3f}, "
            f"false refusals {1 - answered[truth].mean():.3f}; both sides {np.mean(both):.3f}; "
            f"quotes {np.mean([len(a.citations) for i, a in chosen if a.citations]):.2f}"
        )
    held = sum(
        assistant.index.document(c.document.id).text[c.start : c.end] == c.quote
        for _, answer in rows
        for c in answer.citations
    )
    print(f"verbatim citations {held} of {sum(len(answer.citations) for _, answer in rows)}")
    p50, p95 = np.percentile(took, [50, 95]) * 1000
    print(f"warm ask p50 {p50:.0f} ms, p95 {p95:.0f} ms")


if __name__ == "__main__":
    main()
