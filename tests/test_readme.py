"""What the README shows is what happens."""

from __future__ import annotations

import re
import shlex

import pytest
from conftest import ROOT
from test_server_programs import CURL, GRADIO_CLIENT

from assistant import Assistant
from assistant.cli import main

README = (ROOT / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_python_session_prints_the_text_below_it(
    sample: Assistant, capsys: pytest.CaptureFixture[str]
) -> None:
    code = blocks("python")[0].replace('".assistant/store"', repr(sample.index.location))
    exec(compile(code, "README.md", "exec"), {})
    printed = capsys.readouterr().out.strip().split("\n\n")
    shown = blocks("text")[0].strip().split("\n\n")
    assert len(printed) == len(shown)
    for line, wanted in zip(printed, shown, strict=True):
        # Rounding differs between processors, and with it, at times, whether the next sentence of
        # a passage is quoted too; who says it, when, and how the quote begins do not differ.
        (quote, marker), (wanted_quote, wanted_marker) = (
            part.rsplit("” ", 1) for part in (line, wanted)
        )
        assert marker == wanted_marker
        assert quote.startswith(wanted_quote) or wanted_quote.startswith(quote)


def test_the_commands_for_programs_are_those_that_are_tested() -> None:
    assert GRADIO_CLIENT.strip() in README
    assert CURL.strip() in README


def test_every_make_target_and_command_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    lines = [line for block in blocks("bash") for line in block.splitlines()]
    for line in lines:
        words = shlex.split(line)
        if words[0] == "make":
            assert f"\n{words[1]}:" in makefile
        elif words[0].endswith("/assistant"):
            with pytest.raises(SystemExit) as stopped:
                main([words[1], "--help"])
            assert stopped.value.code == 0
        elif words[0] == "curl":
            (address,) = (word for word in words if word.startswith("http"))
            assert address.partition("/api/v1/")[2] in ("ask", "stream", "search")
        else:
            assert words[0] in ("python3", ".venv/bin/pip", ".venv/bin/python")
            if words[1].endswith(".py"):
                assert (ROOT / words[1]).is_file()
    for command in re.findall(r"`assistant (\w+)", README):
        with pytest.raises(SystemExit) as stopped:
            main([command, "--help"])
        assert stopped.value.code == 0


def test_every_file_in_the_tree_exists() -> None:
    tree = blocks("text")[-1]
    names = re.findall(r"(?:index|assistant|corpus|tests)/[\w./]*", tree)
    assert len(names) > 25
    assert [name for name in names if not (ROOT / name.rstrip("/")).exists()] == []
    modules = [
        p.relative_to(ROOT).as_posix()
        for d in ("index", "assistant")
        for p in (ROOT / d).glob("*.py")
    ]
    assert [m for m in modules if m not in names and not m.endswith("__init__.py")] == []


def test_every_row_of_a_table_has_the_cells_of_its_head() -> None:
    tables = re.findall(r"(?:^\|.*\n)+", README, re.MULTILINE)
    assert len(tables) > 5
    for table in tables:
        assert len({row.count("|") for row in table.splitlines()}) == 1, table[:80]
