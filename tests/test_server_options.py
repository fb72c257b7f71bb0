"""Who may come in and from where: options, the file of accounts, and the command that writes it."""

from __future__ import annotations

import io
import stat
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from assistant.attempts import Attempts
from assistant.cli import main
from assistant.server.accounts import (
    Accounts,
    AccountsUnreadable,
    add_account,
    add_token,
    read_accounts,
    remove_account,
)
from assistant.server.options import ServerOptions, read
from assistant.server.sessions import HOURS, Sessions

GOOD = "correct horse battery"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "accounts"
    add_account(path, "ada", GOOD, may_edit=True)
    return path


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "10.0.0.1"])
def test_listening_wider_without_accounts_is_refused_with_the_way_to_do_it(
    host: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["chat", "--host", host]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "assistant accounts add NAME" in said
    assert f"assistant chat --host {host} --accounts" in said


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "::1", "localhost"])
def test_this_machine_alone_needs_no_accounts(host: str) -> None:
    assert not ServerOptions(host=host).together().wide


@pytest.mark.parametrize(
    ("flag", "value", "said"),
    [
        ("--host", "example.org", "address of this machine"),
        ("--per-minute", "0", "--per-minute must be at least 1; got 0"),
        ("--at-once", "-1", "--at-once must be at least 1"),
        ("--waiting", "-1", "--waiting must be 0 or more"),
        ("--question-length", "0", "--question-length"),
        ("--root-path", "assistant/", "must begin with /"),
        ("--root-path", "/a/../b?", "must begin with /"),
        ("--trusted-proxy", "proxy.example", "address or network"),
        ("--allowed-host", "*", "host name"),
        ("--tls-key", "key.pem", "go together"),
    ],
)
def test_a_bad_option_is_one_line_that_says_what(
    flag: str, value: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["chat", flag, value]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_variables_are_read_and_bad_ones_are_named() -> None:
    options = read(
        {
            "ASSISTANT_HOST": "0.0.0.0",
            "ASSISTANT_TRUSTED_PROXIES": "10.0.0.1, 10.1.0.0/16",
            "ASSISTANT_PER_MINUTE": "7",
            "ASSISTANT_MCP": "1",
        }
    )
    # Accounts may still come as a flag, so this alone is no mistake yet.
    assert (options.host, options.per_minute, options.mcp) == ("0.0.0.0", 7, True)
    assert len(options.networks) == 2
    for name, value in (("PER_MINUTE", "many"), ("MCP", "maybe"), ("WAITING", "-3")):
        with pytest.raises(ValueError, match=f"ASSISTANT_{name}"):
            read({f"ASSISTANT_{name}": value})
    with pytest.raises(ValueError, match="from the environment"):
        read({"ASSISTANT_PER_USER": "0"})


def test_flags_win_over_variables(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ASSISTANT_HOST", "0.0.0.0")
    assert main(["chat"]) == 2
    assert "0.0.0.0 is reached from other machines" in capsys.readouterr().err
    assert main(["chat", "--host", "127.0.0.1", "--waiting", "-1"]) == 2
    assert "--waiting" in capsys.readouterr().err


def test_a_password_lets_in_and_is_nowhere_in_the_file(file: Path) -> None:
    accounts = Accounts(file)
    found = accounts.by_password("ada", GOOD)
    assert found is not None
    assert found.user.may_edit
    assert accounts.by_password("ada", GOOD + "x") is None
    assert accounts.by_password("bob", GOOD) is None
    written = file.read_text()
    assert GOOD not in written
    assert "$argon2id$" in written
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_password_costs_who_guesses_it_what_the_standard_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """64 MiB and three passes: the second of the settings that RFC 9106 recommends."""
    monkeypatch.setattr("assistant.server.accounts.PasswordHasher", PasswordHasher)
    add_account(tmp_path / "accounts", "ada", GOOD, may_edit=True)
    assert "$m=65536,t=3,p=4$" in (tmp_path / "accounts").read_text()


def test_a_token_lets_in_and_is_nowhere_in_the_file(file: Path) -> None:
    first, second = add_token(file, "ada"), add_token(file, "ada")
    accounts = Accounts(file)
    for token in (first, second):
        found = accounts.by_token(token)
        assert found is not None
        assert found.user.name == "ada"
        assert token not in file.read_text()
    assert accounts.by_token(first[:-1]) is None
    assert accounts.by_token("") is None


def test_a_change_of_the_file_counts_at_once(file: Path) -> None:
    token = add_token(file, "ada")
    accounts = Accounts(file)
    add_account(file, "bob", GOOD, may_edit=False)
    assert accounts.named("bob") is not None
    add_account(file, "ada", "another password", may_edit=False)
    assert accounts.by_password("ada", GOOD) is None
    assert accounts.by_token(token) is not None
    remove_account(file, "ada")
    assert accounts.by_token(token) is None


def test_a_file_that_is_none_or_empty_is_said_with_the_cure(tmp_path: Path, file: Path) -> None:
    with pytest.raises(AccountsUnreadable, match="assistant accounts add NAME"):
        Accounts(tmp_path / "none")
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(AccountsUnreadable, match="holds no account"):
        Accounts(tmp_path / "empty")
    accounts = Accounts(file)
    file.write_text(file.read_text() + "bob:plain text\n")
    with pytest.raises(AccountsUnreadable, match="line 2"):
        accounts.by_password("ada", GOOD)


@given(st.text(max_size=80))
def test_no_text_whatever_is_taken_for_an_account_it_is_not(text: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "accounts"
        path.write_text(text, "utf-8", "surrogatepass")
        try:
            accounts = read_accounts(path)
        except AccountsUnreadable:
            return
        assert all(a.password_hash.startswith("$argon2") for a in accounts.values())


def test_the_command_reads_the_password_from_stdin_and_prints_a_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ["--accounts", str(tmp_path / "new" / "accounts")]
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{GOOD}\n"))
    assert main(["accounts", "add", "ada", "--may-edit", *place]) == 0
    assert GOOD not in capsys.readouterr().out
    assert main(["accounts", "token", "ada", *place]) == 0
    token = capsys.readouterr().out.strip()
    assert Accounts(place[1]).by_token(token) is not None
    assert main(["accounts", "list", *place]) == 0
    assert capsys.readouterr().out.split("\t") == ["ada", "may edit", "1 tokens\n"]
    assert main(["accounts", "remove", "ada", *place]) == 0
    assert main(["accounts", "remove", "ada", *place]) == 2
    assert "has no account 'ada'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "password", "said"),
    [("ada", "short", "10 to 1000"), ("a:b", GOOD, "letters"), ("../x", GOOD, "letters")],
)
def test_a_bad_name_or_password_is_refused(
    name: str,
    password: str,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    assert main(["accounts", "add", name, "--accounts", str(tmp_path / "accounts")]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "accounts").exists()


def test_a_password_is_no_argument(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["accounts", "add", "ada", "--password", GOOD])
    capsys.readouterr()


def test_a_session_ends_by_itself() -> None:
    time = [0.0]
    sessions = Sessions(now=lambda: time[0])
    key = sessions.begin("ada", "hash")
    time[0] = HOURS * 3600 - 1
    assert sessions.user(key) == ("ada", "hash")
    assert sessions.user(key[:-1]) == ("", "")
    time[0] += 1
    assert sessions.user(key) == ("", "")


def test_ten_failures_in_a_minute_are_enough() -> None:
    time = [0.0]
    attempts = Attempts(now=lambda: time[0])
    for _ in range(10):
        assert attempts.begin("ada", "address") == 0
        time[0] += 1
    assert attempts.begin("ada") == 50
    assert attempts.begin("bob", "address") == 50
    assert attempts.begin("bob") == 0
    time[0] = 60.0
    assert attempts.begin("ada") == 0


def test_right_passwords_do_not_count_and_those_still_checked_do() -> None:
    attempts = Attempts(now=lambda: 0.0)
    for _ in range(30):
        assert attempts.begin("ada") == 0
        attempts.succeeded("ada")
    for _ in range(10):
        assert attempts.begin("ada") == 0
    assert attempts.begin("ada") > 0
