"""Time and disagreement on the sample: as_of questions right, both sides of what is disputed shown.

    python tests/benchmarks/times.py [--store FOLDER] [--list]

A development set. "Both sides" counts a disputed question when an accepted answer of each side
stands in the quotes; "set side by side" when Answer.disagreements holds both sides' documents, each
with publisher and date; "alarms" are disagreements on questions of no disputed kind.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from sample import ask, right, sides

from assistant import Answer, Assistant

ROOT = Path(__file__).resolve().parents[2]


def beside(item: dict, answer: Answer) -> bool:
    held = {c.document.id for d in answer.disagreements for s in d.sides for c in s.citations}
    return all(side["document"] in held for side in item["sides"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", type=Path, default=Path(".benchmarks/sample"))
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    assistant = Assistant.open(options.store)
    assistant.index.sync(ROOT / "corpus" / "documents")
    lines = (ROOT / "corpus" / "questions.jsonl").read_text("utf-8").splitlines()
    rows = [(item, ask(assistant, item)) for item in map(json.loads, lines)]
    dated = [(item, answer) for item, answer in rows if "as_of" in item["kinds"]]
    later = sum(
        bool(c.document.published and item["as_of"] < c.document.published.isoformat())
        for item, answer in dated
        for c in answer.citations
    )
    disputed = [(item, answer) for item, answer in rows if item["sides"]]
    plain = [(item, a) for item, a in rows if not item["sides"] and not a.abstained]
    print(f"as_of questions right: {sum(right(i, a) for i, a in dated)} of {len(dated)}")
    known = [(i, a) for i, a in dated if i["answerable"]]
    print(f"  of the answerable: {sum(right(i, a) for i, a in known)} of {len(known)}")
    print(f"  quotes published later than asked: {later}")
    print(
        f"disputed, both sides quoted: {sum(sides(i, a) for i, a in disputed)} of {len(disputed)}"
    )
    print(
        f"disputed, set side by side: {sum(beside(i, a) for i, a in disputed)} of {len(disputed)}"
    )
    alarms = [(i, a) for i, a in plain if a.disagreements]
    print(f"alarms on other questions answered: {len(alarms)} of {len(plain)}")
    if options.list:
        for item, answer in disputed:
            print(item["id"], sides(item, answer), beside(item, answer), item["question"])
            for found in answer.disagreements:
                print("   ", found)
        for item, answer in alarms:
            print("alarm", item["question"], [str(found) for found in answer.disagreements])
        for item, answer in dated:
            if not right(item, answer):
                print("as_of", item["id"], item["question"], item["as_of"], answer.confidence)


if __name__ == "__main__":
    main()
