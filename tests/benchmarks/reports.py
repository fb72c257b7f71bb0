"""The right report of twenty: 10-Q questions that name one report, and which file is cited.

    python tests/benchmarks/reports.py [--store FOLDER]

Needs ../shared/data. A question names a report when it names a company and a quarter of a year. The
first hit of search and the citations of the embedded reader are judged. Where the reader abstains,
what it shows as closest is counted apart.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from sets import DATA

from assistant import Assistant

_QUARTERS = {"first": "1", "second": "2", "third": "3", "fourth": "4"}
_NAMED = re.compile(
    r"Q(?P<q>[1-4])\s*(?:of\s*)?(?P<y>20\d\d)|(?P<y2>20\d\d)\s*Q(?P<q2>[1-4])"
    r"|(?P<word>first|second|third|fourth) quarter of (?P<y3>20\d\d)",
    re.IGNORECASE,
)


def questions() -> list[tuple[str, str]]:
    """(question, file) of the questions that name one report."""
    with (DATA / "sec-10-q" / "qna_data.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    found = []
    for row in rows:
        report = row["Source Docs"].strip().strip("*")
        named = {_quarter(match) for match in _NAMED.finditer(row["Question"])}
        if len(report.split()) == 3 and named == {tuple(report.split()[:2])}:
            found.append((row["Question"].strip(), f"{report}.pdf"))
    return found


def _quarter(match: re.Match[str]) -> tuple[str, str]:
    year = match["y"] or match["y2"] or match["y3"]
    number = match["q"] or match["q2"] or _QUARTERS[match["word"].lower()]
    return year, f"Q{number}"


def main() -> None:
    """Print the rates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", type=Path, default=Path(".benchmarks/sec-10-q"))
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    assistant = Assistant.open(options.store)
    print(assistant.index.sync(DATA / "sec-10-q" / "docs"))
    asked = questions()
    first = top3 = cited = among = answered = shown = 0
    for question, file in asked:
        hits = [hit.passage.document_id for hit in assistant.index.search(question, k=3)]
        answer = assistant.ask(question)
        quoted = [citation.document.id for citation in answer.citations]
        first += hits[:1] == [file]
        top3 += file in hits
        answered += not answer.abstained
        cited += quoted[:1] == [file]
        among += file in quoted
        shown += (quoted or [h.passage.document_id for h in answer.hits])[:1] == [file]
        if options.verbose:
            print(f"{file} | {hits[0]} | {quoted} | {question}")
    count = len(asked)
    print(f"{count} questions name one report; first hit right {first / count:.3f}, ", end="")
    print(f"in the first three {top3 / count:.3f}")
    print(
        f"answered {answered}, the report cited in {among}, cited first in {cited}; ",
        end="",
    )
    print(f"first citation, or first shown where it abstains, right {shown / count:.3f}")


if __name__ == "__main__":
    main()
