"""The server's options on the command line. Knows nothing of what they do."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from assistant.server.options import ACCOUNTS, ServerOptions

_ONE = {
    "host": ("ADDRESS", "where it listens; others than this machine need --accounts"),
    "accounts": ("FILE", "who may come in; see: assistant accounts"),
    "tls_certificate": ("FILE", "PEM certificate chain, to serve https"),
    "tls_key": ("FILE", "its private key"),
    "root_path": ("PATH", "the path a reverse proxy serves it under, such as /assistant"),
}
_MANY = {
    "trusted_proxies": ("trusted-proxy", "NETWORK", "whose X-Forwarded headers count; repeatable"),
    "allowed_hosts": ("allowed-host", "NAME", "a name it is reached by; repeatable"),
}
_NUMBERS = {
    "per_minute": "questions and searches one user may send in a minute",
    "per_user": "of them at the same time",
    "at_once": "questions answered at the same time, of all users",
    "waiting": "questions that may wait in line, of all users; more are told to come back",
    "question_length": "characters of the longest question",
    "upload_megabytes": "megabytes one user may upload in a day",
}
_SWITCHES = {
    "log_questions": "write questions to the log; else only who asked, when, and how long it took",
    "mcp": "offer the tools ask and search by MCP (extra mcp)",
}


def server_arguments(made: argparse.ArgumentParser, default: ServerOptions) -> None:
    """Add a flag for each field of ServerOptions."""
    for name, (unit, text) in _ONE.items():
        made.add_argument(
            f"--{name.replace('_', '-')}", default=getattr(default, name), metavar=unit, help=text
        )
    for name, (flag, unit, text) in _MANY.items():
        made.add_argument(f"--{flag}", action="append", dest=name, metavar=unit, help=text)
    for name, text in _NUMBERS.items():
        made.add_argument(
            f"--{name.replace('_', '-')}",
            type=int,
            default=getattr(default, name),
            metavar="N",
            help=f"{text} (%(default)s)",
        )
    for name, text in _SWITCHES.items():
        flag = f"--{name.replace('_', '-')}"
        made.add_argument(flag, action="store_true", default=getattr(default, name), help=text)
    made.set_defaults(server_default=default)


def server_options(options: argparse.Namespace) -> ServerOptions:
    """The parsed flags as checked options. Raises ValueError as ServerOptions does."""
    named: dict[str, Any] = {
        name: getattr(options, name) for name in (*_ONE, *_NUMBERS, *_SWITCHES)
    }
    for name in _MANY:
        given = getattr(options, name)
        named[name] = getattr(options.server_default, name) if given is None else tuple(given)
    return ServerOptions(**named).together()


def accounts_command(
    commands: Any,  # noqa: ANN401 - argparse keeps the class private
    default: ServerOptions,
    run: Callable[[argparse.Namespace], int],
) -> None:
    """Add `assistant accounts add|token|remove|list`."""
    help_ = "Say who may use the server."
    made = commands.add_parser("accounts", help=help_, description=help_)
    actions = made.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, text in (
        ("add", "Add an account, or set its password, which is read from the terminal or stdin."),
        ("token", "Make a token for a program, and print it; it is shown this once."),
        ("remove", "Remove an account and its tokens."),
        ("list", "List the accounts and how many tokens each has."),
    ):
        action = actions.add_parser(name, help=text, description=text)
        if name != "list":
            action.add_argument("name")
        if name == "add":
            action.add_argument(
                "--may-edit", action="store_true", help="may add and remove documents"
            )
        action.add_argument(
            "--accounts",
            default=default.accounts or ACCOUNTS,
            metavar="FILE",
            help="%(default)s",
        )
        action.set_defaults(run=run)
