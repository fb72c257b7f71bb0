"""Verdicts are on the disk before anybody is told so, and say no more than a person did."""

from __future__ import annotations

import json
import threading
from datetime import date
from pathlib import Path

import pytest

from assistant.answers import Turn
from assistant.cli import main
from assistant.evaluation import read_questions
from assistant.evaluation.questions import Gold
from assistant.feedback import Feedback, FeedbackFile, export, questions_of
from index.errors import FeedbackUnwritten

QUOTE = Gold("d.md", "It rains.", 3, 12)


def verdict(key: str, verdict: str = "up", **options: object) -> Feedback:
    values = {"question": f"{key}?", "answer": "It rains. [1]", "abstained": False} | options
    return Feedback(key, verdict, **values)  # type: ignore[arg-type]


@pytest.fixture
def file(tmp_path: Path) -> FeedbackFile:
    return FeedbackFile.beside(str(tmp_path / "store"))


def test_the_last_verdict_on_an_answer_counts_and_one_taken_back_is_none(
    file: FeedbackFile,
) -> None:
    first = verdict("a", history=(Turn("q", "t"),), as_of=date(2025, 4, 1), quotes=(QUOTE,))
    for one in (first, verdict("b"), verdict("b", "down", reason="late"), verdict("c")):
        file.add(one)
    file.add(verdict("c", ""))
    assert file.path.name == "store.feedback.jsonl"
    kept = file.read()
    assert kept[0] == first
    assert [(one.key, one.verdict, one.reason) for one in kept[1:]] == [("b", "down", "late")]


def test_a_line_cut_short_costs_itself_alone(file: FeedbackFile) -> None:
    file.add(verdict("a"))
    with file.path.open("ab") as raw:
        raw.write(b'{"key": "cut", "verd')
    file.add(verdict("b"))
    assert [one.key for one in file.read()] == ["a", "b"]


def test_verdicts_from_many_threads_are_all_kept(file: FeedbackFile) -> None:
    def add(n: int) -> None:
        for m in range(5):
            file.add(verdict(f"{n}-{m}", reason="\n\u2028 ☔"))

    threads = [threading.Thread(target=add, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(file.read()) == 40


def test_a_disk_that_refuses_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("no folder")
    with pytest.raises(FeedbackUnwritten, match="taken"):
        FeedbackFile(tmp_path / "taken" / "feedback.jsonl").add(verdict("a"))


def test_each_verdict_tells_what_it_tells_and_no_more() -> None:
    good, bad, corrected, silent, missed = questions_of(
        [
            verdict("good", quotes=(QUOTE,)),
            verdict("bad", "down", quotes=(QUOTE,)),
            verdict("corrected", "down", right="It snows."),
            verdict("silent", abstained=True),
            verdict("missed", "down", abstained=True),
        ]
    )
    assert good.answerable and good.passages == (QUOTE,) and dict(good.evidence) == {"d.md": 1}
    assert bad.answerable is None and not bad.passages and not bad.evidence
    assert corrected.answerable and corrected.answers == ("It snows.",)
    assert silent.answerable is False
    assert missed.answerable is True and not missed.passages


def test_the_export_is_read_as_a_question_set(file: FeedbackFile, tmp_path: Path) -> None:
    file.add(verdict("a", quotes=(QUOTE,), history=(Turn("q", "t"),), as_of=date(2025, 4, 1)))
    file.add(verdict("b", "down", reason="late", right="It snows."))
    file.add(verdict("c", abstained=True, right="typed and then thought better of"))
    out = tmp_path / "mine.jsonl"
    assert main(["feedback", "export", "--store", str(tmp_path / "store"), "--out", str(out)]) == 0
    asked = read_questions(out).questions
    assert list(asked) == questions_of(file.read())
    assert json.loads(out.read_text("utf-8").splitlines()[1])["note"] == "late"
    with pytest.raises(ValueError, match="may hold your edits"):
        export(str(tmp_path / "store"), out=str(out))


def test_no_feedback_is_said_with_where_it_would_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["feedback", "export", "--store", str(tmp_path / "store")]) == 2
    assert "store.feedback.jsonl" in capsys.readouterr().err
