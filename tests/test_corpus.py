"""The gold questions agree with the shipped documents."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from typing import Any

import pytest
from conftest import CORPUS, ROOT

from index import Document
from index.reading import read_file
from index.splitting import sentences

GOLD = [
    json.loads(line)
    for line in (ROOT / "corpus" / "questions.jsonl").read_text("utf-8").splitlines()
]
DOCUMENTS: dict[str, Document] = {
    document.id: document
    for path in sorted(CORPUS.glob("*.md"))
    for document in read_file(path, path.name)
}


def test_there_are_enough_documents_and_questions_of_each_kind() -> None:
    kinds = Counter(kind for item in GOLD for kind in item["kinds"])
    assert len(DOCUMENTS) >= 18
    assert len(GOLD) >= 80
    assert len({item["id"] for item in GOLD}) == len(GOLD)
    assert kinds["unanswerable"] >= 20
    assert kinds["as_of"] >= 15
    assert kinds["yes_no"] >= 15
    assert kinds["disagreement"] >= 10
    assert kinds["follow_up"] >= 10


@pytest.mark.parametrize("item", GOLD, ids=lambda item: item["id"])
def test_the_evidence_holds_an_accepted_answer_in_one_sentence(item: dict[str, object]) -> None:
    evidence = item["evidence"]
    assert isinstance(evidence, list)
    assert bool(evidence) == item["answerable"]
    as_of = date.fromisoformat(str(item["as_of"])) if item["as_of"] else date.max
    for name in evidence:
        document = DOCUMENTS[name]
        assert document.published is None or document.published <= as_of
        held = [document.text[a:b].casefold() for a, b in sentences(document.text)]
        answers = [str(answer).casefold() for answer in item["answers"]]  # type: ignore[attr-defined]
        assert any(answer in text for answer in answers for text in held)


@pytest.mark.parametrize("item", [i for i in GOLD if i.get("sides")], ids=lambda item: item["id"])
def test_each_side_accepts_only_what_its_evidence_says_and_the_question_accepts(
    item: dict[str, Any],
) -> None:
    texts = [DOCUMENTS[name].text for name in item["evidence"]]
    for side in item["sides"]:
        assert side["document"] in item["evidence"]
        assert set(side["answers"]) <= set(item["answers"])
        assert any(answer in DOCUMENTS[side["document"]].text for answer in side["answers"])
        assert all(any(answer in text for text in texts) for answer in side["answers"])
    first, *others = [set(side["answers"]) for side in item["sides"]]
    assert first.isdisjoint(*others)
