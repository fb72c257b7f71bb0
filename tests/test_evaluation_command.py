"""`assistant evaluate` and `assistant questions draft` as a person runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import BagOfWords
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from scripted import Scripted, knows_all, rain

from assistant import Assistant
from assistant.cli import main
from assistant.evaluation import Judge, QuestionSet, evaluate, read_questions
from assistant.evaluation.command import evaluate_file, index_for, limit
from assistant.evaluation.extras import extra, require
from assistant.evaluation.judging import judge_run
from assistant.settings import Settings
from index import Document, Index
from index.errors import ExtraMissing, ModelUnavailable

LINES = (
    '{"id": "a", "question": "How much rain fell in Rome?", "answers": ["20 mm"], '
    '"evidence": ["rome.txt"]}\n'
    '{"id": "b", "question": "Who governs the province of Groningen?", "answerable": false}\n'
)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "rome.txt").write_text("Rain fell in Rome. In all 20 mm of rain fell.")
    (tmp_path / "docs" / "oslo.txt").write_text(
        "The city of Oslo stayed dry for $3 million in May 2024."
    )
    (tmp_path / "docs" / "empty.txt").write_text("")
    (tmp_path / "mine.jsonl").write_text(LINES, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_evaluate_asks_writes_compares_and_gates(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["evaluate", "mine.jsonl", "--documents", "docs"]
    assert main([*command, "--out", "one"]) == 0
    out, err = capsys.readouterr()
    assert "empty.txt: the file holds no text" in err
    assert "2 questions, 1 of them unanswerable" in out
    assert "report: one/report.html" in out
    names = {path.name for path in (place / "one").iterdir()}
    assert {"results.jsonl", "summary.json", "timings.json", "run.json", "report.html"} <= names
    gates = ["--compare", "one", "--fail-on-loss", "--fail-under", "exact_quotes=1.01"]
    assert main([*command, "--out", "one", *gates, "--json"]) == 1
    printed = capsys.readouterr()
    assert printed.err.splitlines()[-1] == "assistant: exact_quotes is 1.0000, under 1.01"
    done = json.loads(printed.out)
    assert done["comparison"]["metrics"]["right"]["difference"]["value"] == 0


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["none.jsonl"], 1, "there is no question set at none.jsonl"),
        (["mine.jsonl", "--store", "nowhere"], 1, "there is no index at nowhere"),
        (["mine.jsonl", "--documents", "nowhere"], 2, "nowhere is not a folder"),
        (["mine.jsonl", "--documents", "docs", "--store", "s"], 2, "not both"),
        (["mine.jsonl", "--documents", "docs", "--fail-under", "goodness=1"], 2, "'goodness'"),
        (["mine.jsonl", "--documents", "docs", "--fail-under", "right"], 2, "metric=value"),
        (["mine.jsonl", "--documents", "docs", "--fail-under", "right=nan"], 2, "metric=value"),
        (["mine.jsonl", "--documents", ""], 2, "no name"),
        (["mine.jsonl", "--documents", "docs", "--fail-on-loss"], 2, "add --compare RUN"),
        (["mine.jsonl", "--documents", "docs", "--compare", "docs"], 1, "no finished evaluation"),
        (["mine.jsonl", "--documents", "docs", "--judge", "nobody:x"], 1, "the judge 'nobody:x'"),
    ],
)
def test_errors_of_evaluate_are_one_line_with_the_cure(
    place: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    message: str,
) -> None:
    assert main(["evaluate", *arguments]) == code
    error = capsys.readouterr().err
    assert message in error.splitlines()[-1]
    assert error.startswith("assistant: ")


def test_questions_without_any_gold_are_asked_all_the_same(place: Path) -> None:
    (place / "bare.csv").write_text("question\nWhat is the price of tea?\n", "utf-8")
    index = Index.open(place / "store", embedder=BagOfWords())
    done = evaluate_file(read_questions("bare.csv"), index)
    assert "1 questions, 0 of them unanswerable" in str(done)
    assert (done.out / "report.html").is_file()


def test_draft_prints_questions_and_never_writes_over_edits(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["questions", "draft", "docs", "--out", "draft.jsonl"]) == 0
    assert "read and edit every one" in capsys.readouterr().err
    held = read_questions("draft.jsonl").questions
    assert [answer for question in held for answer in question.answers] == ["$3 million"]
    assert main(["questions", "draft", "docs", "--out", "draft.jsonl"]) == 2
    assert "may hold your edits" in capsys.readouterr().err


def small(place: Path) -> tuple[QuestionSet, Index]:
    index = Index.open(place / "store", embedder=BagOfWords())
    index.sync(place / "docs")
    return read_questions(place / "mine.jsonl"), index


def test_a_planted_loss_fails_only_when_asked(place: Path) -> None:
    shelf, asked = rain()
    evaluate(Scripted(shelf, knows_all), asked, out="before")
    # An index without the documents: everything that was answered is lost.
    index = Index.open(place / "store", embedder=BagOfWords())
    index.add([Document(document.id, "Nothing is said here.") for document in shelf.all()])
    calm = evaluate_file(asked, index, out="after", compare_with="before")
    assert calm.failures == ()
    assert calm.comparison is not None
    assert set(calm.comparison.losses) >= {f"a{n}" for n in range(10)}
    strict = evaluate_file(asked, index, out="after", compare_with="before", fail_on_loss=True)
    assert any(reason.startswith("right got worse: 1.000 ->") for reason in strict.failures)


def test_a_limit_on_a_metric_that_lower_is_better_fails_above_it(place: Path) -> None:
    asked, index = small(place)
    done = evaluate_file(asked, index, out="run", fail_under=[limit("false_refusals=-0.5")])
    assert "lower is better" in done.failures[0]


def test_a_set_that_brings_documents_is_asked_of_these(place: Path) -> None:
    documents = (Document("d", "Words."), Document("e", "More words."))
    asked = QuestionSet("set", read_questions("mine.jsonl").questions, documents)
    seen: list[tuple[int, int]] = []
    index = index_for(
        asked, BagOfWords(), Settings(), progress=lambda done, total, _: seen.append((done, total))
    )
    assert seen == [(0, 2), (2, 2)]
    assert [record.document_id for record in index.records()] == ["d", "e"]
    fewer = QuestionSet("set", asked.questions, (Document("e", "Other words."),))
    again = index_for(fewer, BagOfWords(), Settings())
    assert [document.text for document in again.documents()] == ["Other words."]


def test_the_judge_is_apart_and_reads_only_well_formed_replies(place: Path) -> None:
    shelf, asked = rain()
    outcomes = evaluate(Scripted(shelf, knows_all), asked).outcomes
    good = 'Sure: {"correct": true, "supported": false, "reason": "as said"}'
    replies = [AIMessage(good)] * 8 + [AIMessage("Yes!"), AIMessage('{"correct": "true"}')]
    found = judge_run(outcomes, Judge(GenericFakeChatModel(messages=iter(replies)), "fake"))
    assert (found["asked"], found["unreadable"]) == (10, 2)
    assert found["metrics"]["correct"]["value"] == 1.0
    assert found["metrics"]["supported"]["value"] == 0.0


def test_a_judged_run_says_so_in_a_section_of_its_own(place: Path) -> None:
    asked, index = small(place)
    plain = evaluate_file(asked, index, out="run")
    judge = Judge(GenericFakeChatModel(messages=iter([AIMessage("?")] * 9)), "fake")
    judged = evaluate_file(asked, index, out="run", judge=judge)
    assert judged.summary["metrics"] == plain.summary["metrics"]
    assert "judged" not in plain.summary
    assert judged.summary["judged"]["model"] == "fake"
    assert "Judged by a model" in (place / "run" / "report.html").read_text("utf-8")


def test_a_judge_nobody_knows_is_refused() -> None:
    with pytest.raises(ModelUnavailable, match="nobody:x"):
        Judge.of("nobody:x")


def test_a_missing_extra_names_the_pip_line() -> None:
    for look in (extra, lambda name: require([name])):
        with pytest.raises(ExtraMissing, match=r"no_such_library; .*pip install .*\[evaluation\]"):
            look("no_such_library")


def test_evaluating_an_assistant_gives_the_answers_it_gives(place: Path) -> None:
    asked, index = small(place)
    assistant = Assistant(index)
    for outcome in evaluate(assistant, asked).outcomes:
        answer = assistant.ask(outcome.question.question)
        assert outcome.text == answer.text
        assert outcome.abstained == answer.abstained
        assert len(outcome.quotes) == len(answer.citations)
