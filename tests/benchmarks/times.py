"""Time and disagreement: as_of questions right, both sides of what is disputed shown.

    python tests/benchmarks/times.py [--set affairs|stories|unseen|sample] [--half odd|even]
                                     [--list] [--nicknames | --lines]

`affairs` (tests/data/affairs) is a development set: what is chosen is chosen on its odd questions
and first looked at on its even ones; `stories` is one as a whole; `unseen` is only reported on.
`sample` is the shipped corpus and its gold.
"Both sides" counts a disputed question when an accepted answer of each side stands in the quotes;
"set side by side" when Answer.disagreements holds both sides' documents; "alarms" are disagreements
on questions of no disputed kind. With `--nicknames` people and firms of `affairs` are asked about
by another name, which the documents explain. With `--lines` each sentence of the documents is a
paragraph of its own, as in much news.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path

from nicknames import with_nicknames
from sklearn.metrics import roc_auc_score

from assistant import Answer, Assistant
from assistant.evaluation import Question, read_questions
from assistant.evaluation.reading import holds
from index.splitting import sentences

ROOT = Path(__file__).resolve().parents[2]
SETS = ("affairs", "stories", "unseen", "sample")

Row = tuple[Question, Answer]


def folder_of(name: str) -> Path:
    """Where a set has its documents and questions."""
    return ROOT / "corpus" if name == "sample" else ROOT / "tests" / "data" / name


def with_lines(folder: Path, made: Path) -> Path:
    """Write the folder to `made`, which is given back, with a paragraph for each sentence."""
    (made / "documents").mkdir(parents=True, exist_ok=True)
    for file in sorted((folder / "documents").glob("*.md")):
        _, head, body = file.read_text("utf-8").split("---\n", 2)
        lines = "\n\n".join(body[first:last] for first, last in sentences(body))
        (made / "documents" / file.name).write_text(f"---\n{head}---\n\n{lines}\n", "utf-8")
    shutil.copy(folder / "questions.jsonl", made)
    return made


def quoted(answer: Answer, answers: Sequence[str]) -> bool:
    return holds(" ".join(citation.quote for citation in answer.citations), answers)


def right(row: Row) -> bool:
    item, answer = row
    return quoted(answer, item.answers) if item.answerable else answer.abstained


def both(row: Row) -> bool:
    item, answer = row
    return all(quoted(answer, side.answers) for side in item.sides)


def beside(row: Row) -> bool:
    item, answer = row
    held = {c.document.id for d in answer.disagreements for s in d.sides for c in s.citations}
    return all(side.document in held for side in item.sides)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", choices=SETS, default="affairs")
    parser.add_argument("--stores", type=Path, default=Path(".benchmarks"))
    parser.add_argument("--half", choices=("odd", "even"))
    parser.add_argument("--list", action="store_true", help="name what went wrong")
    parser.add_argument("--nicknames", action="store_true")
    parser.add_argument("--lines", action="store_true")
    options = parser.parse_args()
    folder, store = folder_of(options.set), options.stores / f"times-{options.set}"
    if options.nicknames and options.set != "affairs":
        parser.error("--nicknames knows the names of affairs only; leave out --set")
    if options.nicknames:
        store = store.with_name(f"{store.name}-nicknames")
        folder = with_nicknames(folder, store.with_name(f"{store.name}-documents"))
    if options.lines:
        store = store.with_name(f"{store.name}-lines")
        folder = with_lines(folder, store.with_name(f"{store.name}-documents"))
    assistant = Assistant.open(store)
    assistant.index.sync(folder / "documents")
    asked = read_questions(folder / "questions.jsonl").questions
    if options.half:
        asked = asked[options.half == "even" :: 2]
    rows = [(q, assistant.ask(q.question, q.history, q.as_of)) for q in asked]

    def told(name: str, chosen: Sequence[Row], good: Sequence[bool]) -> None:
        print(f"{name}: {sum(good)} of {len(chosen)}")
        for (item, answer), fine in zip(chosen, good, strict=True):
            if options.list and not fine:
                print(f"  {item.id} {item.as_of or ''} {answer.confidence:.2f} {item.question}")
                for citation in answer.citations:
                    print(f"      {citation.document.published} {citation.quote}")

    dated = [row for row in rows if "as_of" in row[0].kinds]
    told("as_of questions right", dated, [right(row) for row in dated])
    disputed = [row for row in rows if row[0].sides]
    told("disputed, both sides quoted", disputed, [both(row) for row in disputed])
    print(f"disputed, set side by side: {sum(map(beside, disputed))} of {len(disputed)}")
    silent = [row for row in rows if not row[0].answerable]
    told("unanswerable, silent", silent, [row[1].abstained for row in silent])
    known = [row for row in rows if row[0].answerable]
    told("answerable, answered", known, [not row[1].abstained for row in known])
    told("right, of all", rows, [right(row) for row in rows])
    sure = [answer.confidence for _, answer in rows]
    print(f"confidence, AUROC: {roc_auc_score([q.answerable for q, _ in rows], sure):.3f}")
    plain = [row for row in rows if not row[0].sides and not row[1].abstained]
    told("no alarm on other questions", plain, [not row[1].disagreements for row in plain])
    later = [
        citation
        for item, answer in rows
        for citation in answer.citations
        if item.as_of and citation.document.published and citation.document.published > item.as_of
    ]
    print(f"quotes published later than asked: {len(later)}")
    counts = [len(answer.citations) for _, answer in rows if not answer.abstained]
    print(f"quotes an answer: {sum(counts) / max(1, len(counts)):.2f}")


if __name__ == "__main__":
    main()
