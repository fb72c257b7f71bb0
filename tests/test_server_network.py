"""Behind a proxy, under other names, over TLS: whom the server believes and what it then says."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import BagOfWords
from serving import PASSWORD, GatedReader, free_port, until
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from assistant import Assistant
from assistant.server.accounts import add_account
from assistant.server.headers import SecureHeaders
from assistant.server.network import Addressed, Forwarded
from assistant.server.options import ServerOptions
from index import Index

ACCOUNTS = "accounts of a server that is not started"
WIDE = {"host": "0.0.0.0", "accounts": ACCOUNTS}


def seen(
    options: ServerOptions,
    headers: dict[str, str],
    *,
    client: str,
    path: str = "/",
    method: str = "GET",
) -> httpx.Response:
    """What the application behind the network's checks sees of one request."""

    async def echo(request: Request) -> JSONResponse:
        return JSONResponse(
            {
                "client": request.client.host if request.client else None,
                "scheme": request.url.scheme,
                "host": request.headers["host"],
                "path": request.scope["path"],
                "names": sorted(request.headers.keys()),
            }
        )

    app = Starlette(
        routes=[Route("/{rest:path}", echo, methods=["GET", "POST"])],
        middleware=[
            Middleware(SecureHeaders),
            Middleware(Forwarded, options=options),
            Middleware(Addressed, options=options),
        ],
    )

    async def call() -> httpx.Response:
        transport = httpx.ASGITransport(app, client=(client, 5000))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as caller:
            return await caller.request(method, path, headers=headers)

    return asyncio.run(call())


FORWARDED = {
    "X-Forwarded-For": "203.0.113.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "assistant.example.org",
    "X-Real-IP": "203.0.113.7",
}


def test_a_trusted_proxy_says_who_asks_by_which_name_and_over_what() -> None:
    options = ServerOptions(
        **WIDE, trusted_proxies=("10.0.0.0/24",), allowed_hosts=("assistant.example.org",)
    )
    reply = seen(options, FORWARDED, client="10.0.0.9")
    told = reply.json()
    assert told["client"] == "203.0.113.7"
    assert told["scheme"] == "https"
    assert told["host"] == "assistant.example.org"
    assert not [name for name in told["names"] if name.startswith("x-")]
    assert reply.headers["strict-transport-security"]


def test_nobody_else_is_believed() -> None:
    for options in (
        ServerOptions(**WIDE, trusted_proxies=("10.0.0.9",)),
        ServerOptions(**WIDE),
    ):
        reply = seen(options, FORWARDED, client="10.0.0.8")
        told = reply.json()
        assert told["client"] == "10.0.0.8"
        assert told["scheme"] == "http"
        assert told["host"] == "localhost"
        assert not [name for name in told["names"] if name.startswith("x-")]
        assert "strict-transport-security" not in reply.headers


def test_a_client_cannot_put_an_address_before_that_of_the_proxy() -> None:
    options = ServerOptions(**WIDE, trusted_proxies=("10.0.0.9",))
    lied = {"X-Forwarded-For": "127.0.0.1, 203.0.113.7"}
    assert seen(options, lied, client="10.0.0.9").json()["client"] == "203.0.113.7"


@pytest.mark.parametrize(
    ("given", "host", "status"),
    [
        ({}, "localhost:7860", 200),
        ({}, "127.0.0.1", 200),
        ({}, "[::1]:7860", 200),
        ({}, "192.168.1.5", 400),
        ({}, "assistant.example.org", 400),
        (WIDE, "192.168.1.5:7860", 200),
        (WIDE, "rebound.example", 400),
        ({**WIDE, "allowed_hosts": ("assistant.example.org",)}, "Assistant.Example.org", 200),
        ({**WIDE, "allowed_hosts": ("assistant.example.org",)}, "x.assistant.example.org", 400),
    ],
)
def test_only_our_own_names_are_answered_to(given: dict[str, Any], host: str, status: int) -> None:
    assert seen(ServerOptions(**given), {"Host": host}, client="1.2.3.4").status_code == status


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost", 200),
        ("http://localhost:81", 403),
        ("https://evil.example", 403),
        ("null", 403),
    ],
)
def test_a_page_of_another_site_may_not_send(origin: str, status: int) -> None:
    reply = seen(ServerOptions(), {"Origin": origin}, client="127.0.0.1", method="POST")
    assert reply.status_code == status


@pytest.mark.parametrize(
    ("path", "inside"),
    [
        ("/team/api/v1/ask", "/api/v1/ask"),
        ("/api/v1/ask", "/api/v1/ask"),
        ("/team", "/"),
        ("/teams/x", "/teams/x"),
    ],
)
def test_the_root_path_may_be_there_or_taken_off_already(path: str, inside: str) -> None:
    reply = seen(ServerOptions(root_path="/team"), {}, client="127.0.0.1", path=path)
    assert reply.json()["path"] == inside


def certificate(folder: Path) -> tuple[str, str]:
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    x509 = pytest.importorskip("cryptography.x509", reason="cryptography is not installed")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "assistant")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    chain, secret = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return str(chain), str(secret)


def test_over_tls_behind_a_proxy_under_a_path(tmp_path: Path) -> None:
    from assistant.server.serving import running

    chain, key = certificate(tmp_path)
    add_account(tmp_path / "accounts", "ada", PASSWORD, may_edit=False)
    options = ServerOptions(
        accounts=str(tmp_path / "accounts"),
        tls_certificate=chain,
        tls_key=key,
        root_path="/team",
        trusted_proxies=("127.0.0.1",),
        allowed_hosts=("assistant.example.org",),
    ).together()
    assistant = Assistant(Index.open(tmp_path / "store", embedder=BagOfWords()), GatedReader())
    port = free_port()
    proxied = {"X-Forwarded-Host": "assistant.example.org", "X-Forwarded-Proto": "https"}
    with (
        running(assistant, options, port=port),
        httpx.Client(
            base_url=f"https://127.0.0.1:{port}/team",
            verify=ssl.create_default_context(cafile=chain),
            trust_env=False,
        ) as client,
    ):
        until(lambda: client.get("/readyz").status_code == 200)
        browser = {"Accept": "text/html", **proxied}
        assert client.get("/", headers=browser).headers["location"] == "/team/login"
        form = {"username": "ada", "password": PASSWORD}
        entered = client.post("/login", data=form, headers=browser)
        assert entered.headers["location"] == "/team/"
        assert "Secure" in entered.headers["set-cookie"]
        assert "Path=/team/" in entered.headers["set-cookie"]
        assert entered.headers["strict-transport-security"]
        page = client.get("/", headers=browser).text
        assert '"root":"https://assistant.example.org/team"' in page
        described = client.get("/openapi.json").json()
        assert described["servers"] == [{"url": "/team"}]
        # An index without documents answers that they do not say.
        assert client.post("/api/v1/ask", json={"question": "Why?"}).json()["abstained"]
    with pytest.raises(ValueError, match="not a PEM certificate"):
        wrong = ServerOptions(tls_certificate=key, tls_key=key).together()
        with running(assistant, wrong, port=free_port()):
            pass


def test_a_server_without_accounts_lets_this_machine_in_and_no_other_name(tmp_path: Path) -> None:
    from assistant.server.serving import running

    assistant = Assistant(Index.open(tmp_path / "store", embedder=BagOfWords()), GatedReader())
    port = free_port()
    with (
        running(assistant, ServerOptions(), port=port),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
    ):
        until(lambda: client.get("/readyz").status_code == 200)
        assert client.get("/").status_code == 200
        assert client.post("/api/v1/search", json={"query": "rain"}).json() == {"hits": []}
        assert client.get("/", headers={"Host": "rebound.example"}).status_code == 400
        assert client.get("/gradio_api/mcp/").status_code == 404
