from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from conftest import CORPUS

from assistant.cli import main


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    place = str(tmp_path_factory.mktemp("cli") / "store")
    assert main(["index", str(CORPUS), "--store", place]) == 0
    return place


def test_index_says_what_it_did(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["index", str(CORPUS), "--store", store, "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["unchanged"]) == len(list(CORPUS.glob("*.md")))


def test_index_with_a_file_it_cannot_read_says_so_and_exits_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text("")
    code = main(["index", str(tmp_path / "docs"), "--store", str(tmp_path / "store")])
    assert code == 1
    assert "a.txt: the file holds no text" in capsys.readouterr().err


def test_ask_prints_quotes_with_origin(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "Did CZ ask for a pardon?", "--store", store]) == 0
    out = capsys.readouterr().out
    assert "[1]" in out
    assert "2025" in out


def test_ask_json_is_the_answer(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["ask", "Did CZ ask for a pardon?", "--store", store, "--json"]
    assert main([*command, "--as-of", "2025-04-01"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["as_of"] == "2025-04-01"
    assert all((c["document"]["published"] or "") <= "2025-04-01" for c in answer["citations"])


def test_search_prints_passages(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "pardon", "-k", "3", "--json", "--store", store]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 3


def test_status_of_a_sound_index(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--store", store]) == 0
    assert "sound" in capsys.readouterr().out


def test_a_rebuild_gives_the_same_documents(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text("Rain fell in Rome.")
    place = ["--store", str(tmp_path / "store")]
    assert main(["index", str(tmp_path / "docs"), *place]) == 0
    assert main(["index", str(tmp_path / "docs"), "--rebuild", *place]) == 0
    capsys.readouterr()
    assert main(["search", "rain", "--json", *place]) == 0
    assert "Rain fell in Rome." in capsys.readouterr().out
    assert len(list((tmp_path / "store" / "generations").iterdir())) == 1


def test_files_can_be_left_out_by_pattern(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a.txt", "b.log"):
        (tmp_path / name).write_text("Rain fell in Rome.")
    command = ["index", str(tmp_path), "--store", str(tmp_path / ".store"), "--json"]
    assert main(command) == 1
    assert "b.log: no reader" in capsys.readouterr().err
    assert main([*command, "--exclude", "*.log"]) == 0
    assert json.loads(capsys.readouterr().out)["unchanged"] == ["a.txt"]


def test_status_finds_what_is_broken_and_repairs_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text("Rain fell in Rome.")
    place = ["--store", str(tmp_path / "store")]
    assert main(["index", str(tmp_path / "docs"), *place]) == 0
    (lexical,) = (tmp_path / "store").glob("generations/*/lexical")
    shutil.rmtree(lexical)
    assert main(["status", *place]) == 1
    assert "lexical index is lost" in capsys.readouterr().out
    assert main(["status", "--repair", *place]) == 0
    assert "sound" in capsys.readouterr().out
    assert main(["status", *place]) == 0


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["ask", "Q?", "--store", "/nonexistent/store"], 1, "assistant index"),
        (["ask", "", "--store", "STORE"], 2, "empty"),
        (["search", "a", "-k", "0", "--store", "STORE"], 2, "k=0"),
        (["ask", "a \udcff", "--store", "STORE"], 2, "not valid Unicode"),
        (["index", "/nonexistent/docs", "--store", "STORE"], 2, "not a folder"),
        (["index", "", "--store", "STORE"], 2, "no name"),
        (["index", "--store", "/proc/none/here"], 1, "/proc/none"),
    ],
)
def test_errors_are_one_line_with_the_cure(
    arguments: list[str], code: int, message: str, store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([store if word == "STORE" else word for word in arguments]) == code
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_a_store_that_lost_its_files_is_built_anew(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text("Rain fell in Rome.")
    build = ["index", str(tmp_path / "docs"), "--store", str(tmp_path / "store")]
    assert main(build) == 0
    (held,) = (tmp_path / "store").glob("generations/*/chroma/chroma.sqlite3")
    for content in (None, b"no database at all, but of some length" * 99):
        held.unlink() if content is None else held.write_bytes(content)
        assert main(build) == 1
        assert "assistant index --rebuild" in capsys.readouterr().err
        assert main([*build, "--rebuild"]) == 0
        (held,) = (tmp_path / "store").glob("generations/*/chroma/chroma.sqlite3")


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["ask"], ["ask", "a", "--as-of", "soon"]])
def test_wrong_usage_exits_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2


def test_a_bad_environment_variable_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ASSISTANT_PORT", "many")
    assert main(["status"]) == 2
    assert "ASSISTANT_PORT" in capsys.readouterr().err


def test_numpy_leaves_the_cores_to_the_model_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    with pytest.raises(SystemExit):
        main(["--help"])
    assert os.environ["OPENBLAS_NUM_THREADS"] == "1"
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
    with pytest.raises(SystemExit):
        main(["--help"])
    assert os.environ["OPENBLAS_NUM_THREADS"] == "3"
