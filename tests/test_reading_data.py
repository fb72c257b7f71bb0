"""The passages and questions that the reader's networks learn from are what they claim to be."""

import json
from datetime import date
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "data" / "reading"
FILES = sorted(FOLDER.glob("*.jsonl"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_answer_stands_in_the_sentences_that_are_said_to_hold_it(file: Path) -> None:
    documents = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert len({document["title"] for document in documents}) == len(documents) == 40
    for document in documents:
        sentences = document["sentences"]
        assert document["title"]
        assert document["published"] is None or date.fromisoformat(document["published"])
        for question, told, answer in document["questions"]:
            assert question
            assert all(0 <= place < len(sentences) for place in told)
            assert bool(told) == bool(answer)
            held = " ".join(sentences[place] for place in told)
            assert answer in ("yes", "no") or answer in held


def test_half_of_the_questions_have_no_answer() -> None:
    lines = [line for file in FILES for line in file.read_text("utf-8").splitlines()]
    asked = [question for line in lines for question in json.loads(line)["questions"]]
    assert len(lines) == 1_080
    assert len(asked) == 8_640 == len({question for question, *_ in asked})
    assert sum(not told for _, told, _ in asked) == 4_320
