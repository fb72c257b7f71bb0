"""The arrows between the rooms, and what a bare import may cost."""

from __future__ import annotations

import ast
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

FILES = sorted([*(ROOT / "index").rglob("*.py"), *(ROOT / "assistant").rglob("*.py")])
HOME = {
    # The page's parts, what happens when they are pressed, and what serves them.
    "gradio": {
        "assistant/chat.py",
        "assistant/page/board.py",
        "assistant/page/wiring.py",
        "assistant/server/application.py",
        "assistant/server/endpoints.py",
        "assistant/server/page_assistant.py",
    },
    "argon2": {"assistant/server/accounts.py"},
    "prometheus_client": {"assistant/server/metrics.py"},
    "chromadb": {"index/chroma.py"},
    "torch": {"index/torch_encoder.py", "index/backends.py"},
    "sentence_transformers": {"index/torch_encoder.py"},
    "transformers": {"index/torch_encoder.py"},
    "onnxruntime": {"index/onnx_encoder.py"},
    "ray": {"index/ray_workers.py"},
    "tantivy": {"index/lexical.py", "index/fields.py", "index/heads.py"},
}


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_each_library_has_one_home_and_arrows_point_one_way(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    found = imported(path)
    for library, home in HOME.items():
        assert library not in found or name in home
    assert not (name.startswith("index/") and "assistant" in found)
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))


def test_only_settings_reads_the_environment() -> None:
    readers = {
        path.relative_to(ROOT).as_posix()
        for path in FILES
        if any(word in path.read_text("utf-8") for word in ("getenv", "os.environ"))
    }
    # The command hands the environment over; settings reads it. Gradio takes the folder of uploads
    # only from there, so the server sets that one variable.
    assert readers == {"assistant/cli.py", "assistant/server/serving.py"}


def test_importing_the_assistant_loads_no_heavy_library() -> None:
    code = (
        "import sys, assistant, index;"
        "heavy = ('torch', 'transformers', 'chromadb', 'gradio', 'fastapi');"
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_costs_under_half_a_second_of_processor_time() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = Path(sys.executable).with_name("assistant")
    subprocess.run([command, "--help"], capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    assert used < 0.5
