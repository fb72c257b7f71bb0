"""How the server is reached and what one user may ask of it. Knows nothing of HTTP."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LOOPBACK = "127.0.0.1"
ACCOUNTS = ".assistant/accounts"
"""Where `assistant accounts` keeps them unless told otherwise."""

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,252})")


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """Each checked on entry: ValueError says which option has which bad value, and what to do.

    `accounts` is a file, None for a server without accounts, which only this machine may reach.
    `per_minute`, `per_user`, `question_length` (characters) and `upload_megabytes` (a day) are
    limits of one user; `at_once` and `waiting` of all users together. Forwarded headers count
    from the addresses or networks in `trusted_proxies` only.
    """

    host: str = LOOPBACK
    accounts: str | None = None
    tls_certificate: str | None = None
    tls_key: str | None = None
    root_path: str = ""
    trusted_proxies: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    per_minute: int = 60
    per_user: int = 4
    at_once: int = 4
    waiting: int = 60
    question_length: int = 2000
    upload_megabytes: int = 200
    log_questions: bool = False
    mcp: bool = False

    def __post_init__(self) -> None:
        for name in ("per_minute", "per_user", "at_once", "question_length", "upload_megabytes"):
            if (value := getattr(self, name)) < 1:
                raise ValueError(f"{_flag(name)} must be at least 1; got {value}")
        if self.waiting < 0:
            raise ValueError(f"--waiting must be 0 or more; got {self.waiting}")
        if self.root_path and not re.fullmatch(r"(/[\w.~-]+)+", self.root_path):
            raise ValueError(
                f"--root-path must begin with / and not end with it, such as /assistant; "
                f"got {self.root_path!r}"
            )
        for proxy in self.trusted_proxies:
            _network(proxy)
        for name in self.allowed_hosts:
            if not _NAME.fullmatch(name):
                raise ValueError(
                    f"--allowed-host is a host name without port or *, such as "
                    f"assistant.example.org; got {name!r}"
                )

    def together(self) -> ServerOptions:
        """These options, once they fit one another. Raises ValueError where they do not."""
        if bool(self.tls_certificate) != bool(self.tls_key):
            raise ValueError("--tls-certificate and --tls-key go together; got only one of them")
        for file in (self.tls_certificate, self.tls_key):
            if file and not Path(file).is_file():
                raise ValueError(f"there is no file {file!r} to take TLS from")
        if self.wide and self.accounts is None:
            raise ValueError(
                f"{self.host} is reached from other machines, which needs accounts; run: "
                f"assistant accounts add NAME, then: assistant chat --host {self.host} "
                f"--accounts {ACCOUNTS}"
            )
        return self

    @property
    def wide(self) -> bool:
        """Whether others than this machine can connect."""
        if self.host == "localhost":
            return False
        try:
            return not ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            raise ValueError(
                f"--host must be an address of this machine, such as 127.0.0.1 or 0.0.0.0; "
                f"got {self.host!r}"
            ) from None

    @property
    def networks(self) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
        """The trusted proxies."""
        return tuple(map(_network, self.trusted_proxies))


def read(environment: Mapping[str, str]) -> ServerOptions:
    """The options the ASSISTANT_* variables give. Raises ValueError naming a bad one."""
    default = ServerOptions()

    def number(name: str, otherwise: int) -> int:
        value = environment.get(f"ASSISTANT_{name}", "").strip()
        if value and not (value.isascii() and value.isdigit()):
            raise ValueError(f"ASSISTANT_{name} must be a whole number; got {value!r}")
        return int(value) if value else otherwise

    def several(name: str) -> tuple[str, ...]:
        return tuple(environment.get(f"ASSISTANT_{name}", "").replace(",", " ").split())

    def switch(name: str) -> bool:
        value = environment.get(f"ASSISTANT_{name}", "").strip().casefold()
        if value not in ("", "0", "1", "true", "false", "yes", "no"):
            raise ValueError(f"ASSISTANT_{name} must be 0 or 1; got {value!r}")
        return value in ("1", "true", "yes")

    given: dict[str, Any] = dict(
        host=environment.get("ASSISTANT_HOST") or default.host,
        accounts=environment.get("ASSISTANT_ACCOUNTS") or None,
        tls_certificate=environment.get("ASSISTANT_TLS_CERTIFICATE") or None,
        tls_key=environment.get("ASSISTANT_TLS_KEY") or None,
        root_path=environment.get("ASSISTANT_ROOT_PATH", ""),
        trusted_proxies=several("TRUSTED_PROXIES"),
        allowed_hosts=several("ALLOWED_HOSTS"),
        per_minute=number("PER_MINUTE", default.per_minute),
        per_user=number("PER_USER", default.per_user),
        at_once=number("AT_ONCE", default.at_once),
        waiting=number("WAITING", default.waiting),
        question_length=number("QUESTION_LENGTH", default.question_length),
        upload_megabytes=number("UPLOAD_MEGABYTES", default.upload_megabytes),
        log_questions=switch("LOG_QUESTIONS"),
        mcp=switch("MCP"),
    )
    try:
        return ServerOptions(**given)
    except ValueError as error:
        raise ValueError(f"{error} (from the environment, ASSISTANT_*)") from None


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        raise ValueError(
            f"--trusted-proxy must be an address or network, such as 10.0.0.5 or 10.0.0.0/24; "
            f"got {text!r}"
        ) from None


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"
