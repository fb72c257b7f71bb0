"""`assistant accounts`: one call for each action -> what is printed. Knows nothing of servers."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path

from assistant.server.accounts import add_account, add_token, read_accounts, remove_account


def run_accounts(options: argparse.Namespace) -> str:
    """Do one action of the command -> the line or lines to print. Raises ValueError."""
    path = Path(options.accounts)
    if options.action == "add":
        add_account(path, options.name, _password(), may_edit=options.may_edit)
        return f"{options.name} may come in; serve with: assistant chat --accounts {path}"
    if options.action == "token":
        return add_token(path, options.name)
    if options.action == "remove":
        remove_account(path, options.name)
        return f"{options.name} is removed"
    accounts = read_accounts(path) if path.exists() else {}
    return "\n".join(
        f"{name}\t{'may edit' if account.user.may_edit else 'reads'}\t{len(account.tokens)} tokens"
        for name, account in accounts.items()
    )


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("The same again: ") != password:
        raise ValueError("the two passwords differ; run the command again")
    return password
