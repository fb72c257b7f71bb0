from __future__ import annotations

import io

from assistant.progress import shown


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_pipe_gets_plain_lines_with_rate_and_time_left() -> None:
    pipe = io.StringIO()
    with shown(pipe, every=0.0) as progress:
        progress(0, 4, "a.txt")
        progress(2, 4, "b.txt")
    first, second = pipe.getvalue().splitlines()
    assert first.startswith("0 of 4 files")
    assert second.startswith("2 of 4 files")
    assert "a second" in second
    assert "s left" in second
    assert "\r" not in pipe.getvalue()


def test_a_pipe_is_left_in_peace_by_what_is_soon_done() -> None:
    pipe = io.StringIO()
    with shown(pipe) as progress:
        progress(0, 4, "a.txt")
        progress(4, 4, "")
    assert pipe.getvalue() == ""


def test_a_terminal_gets_a_bar_without_a_documents_control_characters() -> None:
    terminal = Terminal()
    with shown(terminal) as progress:
        progress(0, 2, "a\x1b[31m.txt")
        progress(2, 2, "")
    drawn = terminal.getvalue()
    assert "0/2" in drawn
    assert "a?[31m.txt" in drawn
    assert "\x1b[31m" not in drawn
