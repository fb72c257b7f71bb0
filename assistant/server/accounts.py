"""The file of accounts: names, hashed passwords, hashed tokens. Knows nothing of HTTP.

One record a line, fields apart by a colon: `alice:password:edit:$argon2id$...` and
`alice:token:1f3a9c:<sha256>`. A token is 256 random bits, so one round of SHA-256 is enough.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from filelock import FileLock

from index.errors import AssistantError

SHORTEST = 10
"""Characters a password has at least."""

LONGEST = 1000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_RIGHTS = {"edit": True, "read": False}


class AccountsUnreadable(AssistantError):
    """The file of accounts is missing, empty or not one."""


@dataclass(frozen=True, slots=True)
class User:
    """Who asks. `may_edit` is the right to add and remove documents."""

    name: str
    may_edit: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """A user with the hashes that let them in; `tokens` by their public id."""

    user: User
    password_hash: str
    tokens: Mapping[str, str] = field(default_factory=dict)


class Accounts:
    """The accounts in one file, read again whenever it changes."""

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._stamp: tuple[int, ...] = ()
        self._held: dict[str, Account] = {}
        self._hasher = PasswordHasher()
        # What the password of a name that does not exist is held against, for the same time.
        self._nobody = self._hasher.hash(secrets.token_hex())
        self._fresh()
        if not self._held:
            raise AccountsUnreadable(
                f"{self._path} holds no account; run: assistant accounts add NAME "
                f"--accounts {self._path}"
            )

    def named(self, name: str) -> Account | None:
        """The account of that name."""
        return self._fresh().get(name)

    def by_password(self, name: str, password: str) -> Account | None:
        """The account the two fit; as slow for a name that does not exist."""
        account = self.named(name)
        stored = self._nobody if account is None else account.password_hash
        try:
            self._hasher.verify(stored, password[: LONGEST + 1])
        except (VerificationError, InvalidHashError):
            return None
        return account

    def by_token(self, token: str) -> Account | None:
        """The account a token was made for."""
        digest = _digest(token)
        for account in self._fresh().values():
            for stored in account.tokens.values():
                if hmac.compare_digest(stored, digest):
                    return account
        return None

    def _fresh(self) -> dict[str, Account]:
        try:
            found = self._path.stat()
            stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
            if stamp != self._stamp:
                self._held, self._stamp = read_accounts(self._path), stamp
        except OSError as error:
            raise AccountsUnreadable(
                f"cannot read the accounts in {self._path} ({error.strerror}); run: "
                f"assistant accounts add NAME --accounts {self._path}"
            ) from error
        return self._held


def read_accounts(path: Path) -> dict[str, Account]:
    """The accounts of a file by name, in its order. Raises AccountsUnreadable naming the line."""
    accounts: dict[str, Account] = {}
    for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1):
        if not line.strip():
            continue
        name, kind, middle, rest = [*line.split(":", 3), "", "", ""][:4]
        if kind == "password" and middle in _RIGHTS and rest.startswith("$argon2"):
            accounts[name] = Account(User(name, _RIGHTS[middle]), rest)
        elif kind == "token" and name in accounts and len(rest) == 64:
            held = accounts[name]
            accounts[name] = replace(held, tokens={**held.tokens, middle: rest})
        else:
            raise AccountsUnreadable(f"line {number} of {path} is not an account; remove the line")
    return accounts


def add_account(path: Path, name: str, password: str, *, may_edit: bool) -> None:
    """Write an account, or a new password for one; its tokens stay. Raises ValueError."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"a name has letters, digits and . _ @ - only, at most 64; got {name!r}")
    if not SHORTEST <= len(password) <= LONGEST:
        raise ValueError(
            f"a password has from {SHORTEST} to {LONGEST} characters; got {len(password)}"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path):
        accounts = read_accounts(path) if path.exists() else {}
        tokens = accounts[name].tokens if name in accounts else {}
        hashed = PasswordHasher().hash(password)
        accounts[name] = Account(User(name, may_edit), hashed, tokens)
        _write(path, accounts)


def add_token(path: Path, name: str) -> str:
    """Make a token for an account -> the token, which is stored nowhere. Raises ValueError."""
    with _locked(path):
        accounts = _existing(path, name)
        token = f"qa_{secrets.token_urlsafe(32)}"
        held = accounts[name]
        tokens = {**held.tokens, secrets.token_hex(4): _digest(token)}
        accounts[name] = replace(held, tokens=tokens)
        _write(path, accounts)
    return token


def remove_account(path: Path, name: str) -> None:
    """Remove an account and its tokens. Raises ValueError when there is none."""
    with _locked(path):
        accounts = _existing(path, name)
        del accounts[name]
        _write(path, accounts)


def _existing(path: Path, name: str) -> dict[str, Account]:
    accounts = read_accounts(path) if path.exists() else {}
    if name not in accounts:
        raise ValueError(f"{path} has no account {name!r}; run: assistant accounts add {name}")
    return accounts


def _locked(path: Path) -> FileLock:
    if not path.parent.is_dir():
        raise ValueError(f"there is no folder {path.parent}; run: assistant accounts add NAME")
    return FileLock(path.with_name(f".{path.name}.lock"), timeout=10)


def _write(path: Path, accounts: Mapping[str, Account]) -> None:
    lines = []
    for name, account in accounts.items():
        right = "edit" if account.user.may_edit else "read"
        lines.append(f"{name}:password:{right}:{account.password_hash}\n")
        lines += [f"{name}:token:{key}:{digest}\n" for key, digest in account.tokens.items()]
    # Readable by its owner only, and whole or not at all.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.writelines(lines)
        os.replace(name, path)
    except OSError:
        with suppress(FileNotFoundError):
            os.unlink(name)
        raise


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
