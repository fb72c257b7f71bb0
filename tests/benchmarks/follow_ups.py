"""The sample's two-turn questions: is a gold document among the first five found?

    python tests/benchmarks/follow_ups.py [--store FOLDER] [--list]

Once for the follow-up as the assistant completes it, once for the question as it reads by hand
without its history (`standalone` in corpus/questions.jsonl), once for the follow-up as typed.
"""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path

from assistant import Assistant, Turn
from assistant.conversation import stand_alone

ROOT = Path(__file__).resolve().parents[2]
FIRST = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", type=Path, default=Path(".benchmarks/sample"))
    parser.add_argument("--list", action="store_true", help="list every rewrite")
    options = parser.parse_args()
    index = Assistant.open(options.store).index
    index.sync(ROOT / "corpus" / "documents")
    lines = (ROOT / "corpus" / "questions.jsonl").read_text("utf-8").splitlines()
    items = [item for item in map(json.loads, lines) if item["history"] and item["evidence"]]
    found = {"completed": 0, "by hand": 0, "as typed": 0}
    for item in items:
        history = [Turn(turn["question"], turn["answer"]) for turn in item["history"]]
        asked = {
            "completed": stand_alone(item["question"], history),
            "by hand": item["standalone"],
            "as typed": item["question"],
        }
        day = date.fromisoformat(item["as_of"]) if item["as_of"] else None
        for name, question in asked.items():
            hits = index.search(question, k=FIRST, as_of=day)
            right = bool({hit.passage.document_id for hit in hits} & set(item["evidence"]))
            found[name] += right
            if options.list and name == "completed":
                print(right, item["id"], item["question"], "->", question)
    for name, count in found.items():
        print(f"{name}: {count} of {len(items)}")


if __name__ == "__main__":
    main()
