"""Question sets: every form that can be read, and errors that name file and line."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from pathlib import Path

import pytest
from conftest import CORPUS, ROOT, SHARED, needs_shared
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from assistant import Turn
from assistant.evaluation import Question, draft_questions, read_questions
from assistant.evaluation.questions import Gold, Side
from index.errors import UnreadableQuestions
from index.reading import read_file


def test_the_gold_questions_of_the_sample_are_read_as_they_are() -> None:
    held = read_questions(ROOT / "corpus" / "questions.jsonl")
    by_id = {question.id: question for question in held.questions}
    assert len(by_id) == 164
    assert sum(question.answerable is False for question in by_id.values()) == 39
    assert by_id["q139"].as_of == date(2025, 5, 8)
    assert by_id["q126"].history[0].question == "How much does Binance pay to FinCEN?"
    assert any(question.sides for question in by_id.values())


@given(
    st.builds(
        Question,
        id=st.text(min_size=1),
        question=st.text(min_size=1),
        answerable=st.sampled_from([True, False]),
        answers=st.lists(st.text(min_size=1), max_size=2).map(tuple),
        evidence=st.dictionaries(st.text(min_size=1), st.integers(0, 3), max_size=2),
        passages=st.lists(
            st.builds(Gold, st.text(min_size=1), start=st.integers(0, 9), end=st.integers(10, 20)),
            max_size=2,
        ).map(tuple),
        history=st.lists(st.builds(Turn, st.text(), st.text()), max_size=2).map(tuple),
        as_of=st.none() | st.dates(),
        kinds=st.lists(st.text(min_size=1), max_size=2).map(tuple),
        verdict=st.sampled_from([None, "yes", "no"]),
        sides=st.lists(st.builds(Side, st.text(min_size=1), st.just(("a",))), max_size=2).map(
            tuple
        ),
    )
)
def test_a_question_written_as_json_is_read_back_the_same(question: Question) -> None:
    assert Question.from_dict(json.loads(json.dumps(question.to_dict()))) == question


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"question": "Who?"', "not JSON"),
        ('["Who?"]', "expected an object"),
        ('{"id": "a"}', "'question' is a required property"),
        ('{"question": " "}', "question"),
        ('{"question": "Who?", "anwsers": ["x"]}', "anwsers"),
        ('{"question": "Who?", "answers": "x"}', "answers"),
        ('{"question": "Who?", "as_of": "2025-02-30"}', "as_of"),
        ('{"question": "Who?", "answerable": false, "answers": ["x"]}', "answerable is false"),
        ('{"question": "Who?", "passages": [{"document": "a"}]}', "passages.0"),
        ('{"question": "Who?", "id": "first"}', "'first' is that of line 1"),
    ],
)
def test_a_bad_line_is_named_with_file_and_number(tmp_path: Path, line: str, reason: str) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text(f'{{"id": "first", "question": "A?"}}\n\n{line}\n', "utf-8")
    with pytest.raises(UnreadableQuestions) as caught:
        read_questions(path)
    assert f"{path}, line 3: " in str(caught.value)
    assert reason in str(caught.value)


def test_the_schema_is_one_and_describes_every_field_of_a_question() -> None:
    text = (ROOT / "assistant" / "evaluation" / "questions.schema.json").read_text("utf-8")
    schema = json.loads(text)
    Draft202012Validator.check_schema(schema)
    assert set(schema["properties"]) - {"standalone", "note"} == {
        field.name for field in dataclasses.fields(Question)
    }


def test_an_empty_cell_of_a_csv_says_that_the_documents_are_silent(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    text = '\ufeffQuestion,Answer,document\r\n"Who, then?",Ada,a.txt\r\nWhen?,,\r\n'
    path.write_text(text, "utf-8", newline="")
    first, second = read_questions(path).questions
    assert (first.question, first.answers, first.evidence) == ("Who, then?", ("Ada",), {"a.txt": 1})
    assert (second.id, second.answerable) == ("line-3", False)


def test_a_csv_of_questions_alone_claims_nothing_about_answers(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("question\nWho?\n", "utf-8")
    assert read_questions(path).questions[0].answerable is None


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("q,a\nWho?,Ada\n", 1, "question,answer"),
        ("question,anser\nWho?,Ada\n", 1, "anser"),
        ("question,answer\nWho?\n", 2, "1 cells"),
        ('question,answer\n"Who\nelse?",Ada\n,Bo\n', 4, "question is empty"),
        ("question,as_of\nWho?,soon\n", 2, "'soon' is not a date"),
    ],
)
def test_a_bad_row_of_a_csv_is_named(tmp_path: Path, text: str, line: int, reason: str) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(UnreadableQuestions, match=f"line {line}: .*{reason}"):
        read_questions(path)


def test_squad_brings_its_paragraphs_as_documents(tmp_path: Path) -> None:
    answer = {"text": "Ada", "answer_start": 0}
    paragraph = {
        "context": "Ada wrote it.",
        "qas": [
            {"id": "1", "question": "Who? ", "is_impossible": False, "answers": [answer, answer]},
            {"id": "2", "question": "When?", "is_impossible": True, "answers": []},
        ],
    }
    data = {"data": [{"title": "The_Note", "paragraphs": [paragraph]}]}
    path = tmp_path / "squad.json"
    path.write_text(json.dumps(data), "utf-8")
    held = read_questions(path)
    assert [document.text for document in held.documents] == ["Ada wrote it."]
    assert held.questions[0].answers == ("Ada",)
    assert held.questions[0].passages == (Gold("The_Note/000", "Ada", 0, 3),)
    assert held.questions[1].answerable is False


def beir(folder: Path, qrels: str) -> Path:
    (folder / "qrels").mkdir()
    (folder / "corpus.jsonl").write_text('{"_id": "d1", "title": "T", "text": "Words."}\n')
    (folder / "queries.jsonl").write_text(
        '{"_id": "q1", "text": "Which?"}\n{"_id": "q2", "text": "Not judged?"}\n'
    )
    (folder / "qrels" / "test.tsv").write_text(qrels)
    return folder


def test_a_beir_folder_gives_documents_queries_and_grades(tmp_path: Path) -> None:
    held = read_questions(beir(tmp_path, "query-id\tcorpus-id\tscore\nq1\td1\t2\n"))
    assert [(q.id, q.evidence, q.answerable) for q in held.questions] == [("q1", {"d1": 2}, None)]
    assert held.documents[0].title == "T"


def test_a_bad_line_of_a_beir_folder_is_named(tmp_path: Path) -> None:
    folder = beir(tmp_path, "query-id\tcorpus-id\tscore\nq1 d1 2\n")
    with pytest.raises(UnreadableQuestions, match=r"test\.tsv, line 2: .*by tabs"):
        read_questions(folder)


@pytest.mark.parametrize("name", ["none.jsonl", "odd.xml", "empty.jsonl", "folder", "latin.csv"])
def test_what_is_no_question_set_is_said_to_be_none(tmp_path: Path, name: str) -> None:
    (tmp_path / "odd.xml").write_text("<a/>")
    (tmp_path / "empty.jsonl").write_text("\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "latin.csv").write_bytes("question\nWer fährt?\n".encode("latin-1"))
    with pytest.raises(UnreadableQuestions, match=name):
        read_questions(tmp_path / name)


@needs_shared
def test_the_public_sets_are_read() -> None:
    scifact = read_questions(SHARED / "scifact")
    assert (len(scifact.documents), len(scifact.questions)) == (5_183, 809)
    squad = read_questions(SHARED / "squad" / "dev-half-v2.0.json")
    assert len(squad.questions) == 2_828


def test_drafts_are_a_question_set_whose_answers_stand_in_their_evidence(tmp_path: Path) -> None:
    documents = [one for path in CORPUS.glob("*.md") for one in read_file(path, path.name)]
    drafts = draft_questions(documents, most=12)
    assert drafts == draft_questions(documents[::-1], most=12)
    path = tmp_path / "draft.jsonl"
    path.write_text("".join(f"{draft.to_json()}\n" for draft in drafts), "utf-8")
    held = read_questions(path)
    texts = {document.id: document.text for document in documents}
    assert len(held.questions) == 12
    assert 0 < sum(question.answerable is False for question in held.questions) < 6
    for question in held.questions:
        for gold in question.passages:
            assert question.answers[0] in texts[gold.document][gold.start : gold.end]
            assert question.answers[0] not in question.question
