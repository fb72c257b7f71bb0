"""The invented news that the reader is developed and reported on is what it claims to be."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from index.reading import read_file

DATA = Path(__file__).parent / "data"


def asked(name: str) -> list[dict[str, Any]]:
    lines = (DATA / name / "questions.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("name", ["affairs", "stories", "unseen"])
def test_answers_stand_in_the_evidence_of_their_day(name: str) -> None:
    files = sorted((DATA / name / "documents").glob("*.md"))
    documents = {path.name: read_file(path, path.name)[0] for path in files}
    assert all(one.published and one.source for one in documents.values())
    questions = asked(name)
    assert len({question["id"] for question in questions}) == len(questions) == 120
    for question in questions:
        evidence = {one: documents[one] for one in question["evidence"]}
        held = " ".join(one.text for one in evidence.values()).casefold()
        assert all(answer.casefold() in held for answer in question["answers"]), question["id"]
        assert bool(question["answers"]) == question["answerable"] == bool(evidence)
        assert ("unanswerable" in question["kinds"]) != question["answerable"]
        day = question["as_of"] and date.fromisoformat(question["as_of"])
        assert all(not day or one.published <= day for one in evidence.values() if one.published)
        for side in question["sides"]:
            text = documents[side["document"]].text.casefold()
            assert all(answer.casefold() in text for answer in side["answers"]), question["id"]


def test_the_sets_share_no_question() -> None:
    texts = [question["question"] for name in ("stories", "unseen") for question in asked(name)]
    assert len(set(texts)) == len(texts)
    assert not {one["question"] for one in asked("affairs")} & set(texts)
