"""What a server on a network is sent by those who mean it harm: none of it succeeds."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from serving import OUTSIDE, RAIN, Served

PASSWD = "root:x:0:0:"
FILES = (
    "/gradio_api/file={secret}",
    "/gradio_api/file=/{secret}",
    "/gradio_api/file=/proc/self/cwd/{secret}",
    "/gradio_api/file=/proc/self/root{secret}",
    "/gradio_api/file=/proc/self/environ",
    "/gradio_api/file=/etc/passwd",
    "/gradio_api/file=//etc/passwd",
    "/gradio_api/file=%2Fetc%2Fpasswd",
    "/gradio_api/file=%252Fetc%252Fpasswd",
    "/gradio_api/file=..%2F..%2F..%2F..%2F..%2Fetc%2Fpasswd",
    "/gradio_api/file=../../../../../../etc/passwd",
    "/gradio_api/file=....//....//....//etc/passwd",
    "/gradio_api/file={area}/../secret.txt",
    "/gradio_api/file={area}/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/gradio_api/file={area}/link-to-secret",
    "/gradio_api/file={area}/link-to-root/etc/passwd",
    "/gradio_api/file={area}%00/../../etc/passwd",
    "/gradio_api/file={area}",
    "/gradio_api/file=~/.ssh/id_rsa",
    "/gradio_api/file=file:///etc/passwd",
    "/gradio_api/file=C:\\windows\\win.ini",
    "/gradio_api/file=\\\\192.0.2.1\\share\\file",
    "/gradio_api/file={accounts}",
    "/gradio_api/file/etc/passwd",
    "/gradio_api/file//etc/passwd",
    "/file=/etc/passwd",
    "/file/etc/passwd",
    "/static/../../../../../../../etc/passwd",
    "/static/..%2f..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
    "/static//etc/passwd",
    "/assets/..%2f..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
    "/assets/%2fetc%2fpasswd",
    "/svelte/..%2f..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
    "/..%2f..%2f..%2fetc%2fpasswd",
    "//etc/passwd",
    "/favicon.ico/../../../etc/passwd",
)
ELSEWHERE = (
    "/gradio_api/file=http://192.0.2.1/x.png",
    "/gradio_api/file=https://example.com/x.png",
    "/gradio_api/file=http://169.254.169.254/latest/meta-data/",
    "/gradio_api/file=http://127.0.0.1:{port}/metrics",
    "/gradio_api/proxy=http://192.0.2.1/",
    "/gradio_api/proxy=https://evil.hf.space/",
    "/gradio_api/run-history/buckets",
    "/gradio_api/run-history/records?bucket_id=a/b",
)
NOT_SERVED = (
    "/gradio_api/custom_component/x/client/component/index.js",
    "/gradio_api/deep_link?session_hash=x",
    "/gradio_api/dev/reload",
    "/gradio_api/vibe-code/",
    "/gradio_api/profiling/traces",
    "/gradio_api/stream/a/b/1/playlist-file",
    "/gradio_api/token",
    "/gradio_api/mcp/sse",
    "/monitoring",
    "/monitoring/summary",
    "/docs",
    "/redoc",
    "/.env",
    "/.git/config",
    "/api/v1/../../metrics/x",
)
POSTS: tuple[tuple[str, Any], ...] = (
    ("/gradio_api/vibe-edit", {"prompt": "rm"}),
    ("/gradio_api/vibe-code", {"code": "import os"}),
    ("/gradio_api/process_recording", {}),
    ("/gradio_api/component_server", {"data": "/etc", "component_id": 1, "fn_name": "ls"}),
    ("/gradio_api/run/ask", {"data": ["Q?", "", ""]}),
    ("/gradio_api/api/page_0", {"data": []}),
    ("/gradio_api/run-history/connect", {"bucket_id": "a/b"}),
    ("/gradio_api/stream/x", {"data": []}),
)
NAMED = (
    {"path": "/etc/passwd"},
    {"path": "{secret}"},
    {"path": "{area}/../secret.txt"},
    {"path": "{area}/link-to-secret"},
    {"path": "http://192.0.2.1/x"},
    {"path": "https://example.com/x"},
    {"path": "{area}/x", "url": "http://192.0.2.1/x"},
    {"path": None, "url": "file:///etc/passwd"},
    {"path": ["/etc/passwd"]},
    {"path": "//192.0.2.1/x", "url": "//192.0.2.1/gradio_api/file=x"},
)


@pytest.fixture(scope="module")
def area(served: Served) -> Iterator[Path]:
    """The upload area, with links in it that lead out."""
    body = multipart("note.txt", b"uploaded by ada")
    status, _, text = send(served, "POST", "/gradio_api/upload", body[0], body[1])
    assert status == 200
    uploaded = Path(json.loads(text)[0])
    area = uploaded.parent.parent
    links = {area / "link-to-secret": served.secret, area / "link-to-root": Path("/")}
    for link, target in links.items():
        link.symlink_to(target)
    yield area
    for link in links:
        link.unlink()


def send(
    served: Served,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    user: str | None = "ada",
) -> tuple[int, dict[str, str], str]:
    """One request, sent as it is written -> status, headers, text."""
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
    known = served.headers(user) if user else {}
    connection.putrequest(method, path, skip_host="Host" in (headers or {}))
    for name, value in {**known, **(headers or {})}.items():
        connection.putheader(name, value)
    if body is not None and "Content-Length" not in (headers or {}):
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    reply = connection.getresponse()
    text = reply.read().decode("utf-8", "replace")
    connection.close()
    return reply.status, {k.lower(): v for k, v in reply.getheaders()}, text


def post(served: Served, path: str, value: object, user: str = "ada") -> tuple[int, str]:
    body = json.dumps(value).encode()
    status, _, text = send(
        served, "POST", path, body, {"Content-Type": "application/json"}, user=user
    )
    return status, text


def multipart(name: str, data: bytes) -> tuple[bytes, dict[str, str]]:
    body = (
        f'--b\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    ).encode() + data
    return body + b"\r\n--b--\r\n", {"Content-Type": "multipart/form-data; boundary=b"}


def filled(value: Any, served: Served, area: Path) -> Any:  # noqa: ANN401
    text = json.dumps(value)
    for name, put in (
        ("{secret}", served.secret),
        ("{area}", area),
        ("{accounts}", served.accounts),
        ("{port}", served.port),
    ):
        text = text.replace(name, str(put))
    return json.loads(text)


def test_an_uploaded_file_can_be_read_so_that_the_rest_proves_something(
    served: Served, area: Path
) -> None:
    (uploaded,) = area.glob("*/note.txt")
    status, _, text = send(served, "GET", f"/gradio_api/file={uploaded}")
    assert (status, text) == (200, "uploaded by ada")
    assert send(served, "GET", f"/gradio_api/file={uploaded}", user=None)[0] == 401


@pytest.mark.parametrize("path", FILES)
def test_no_file_outside_the_upload_area_is_read(served: Served, area: Path, path: str) -> None:
    status, _, text = send(served, "GET", filled(path, served, area))
    assert 400 <= status < 500
    assert PASSWD not in text
    assert served.secret.read_text() not in text
    assert "argon2" not in text


@pytest.mark.parametrize("path", ELSEWHERE)
def test_the_server_fetches_nothing_for_anybody(served: Served, area: Path, path: str) -> None:
    status, _, text = send(served, "GET", filled(path, served, area))
    assert status in (403, 404)
    assert OUTSIDE == []


@pytest.mark.parametrize("path", NOT_SERVED)
def test_what_nobody_needs_of_gradio_is_not_there(served: Served, path: str) -> None:
    assert send(served, "GET", path)[0] == 404


@pytest.mark.parametrize(("path", "body"), POSTS, ids=[path for path, _ in POSTS])
def test_what_nobody_needs_to_send_is_refused(served: Served, path: str, body: object) -> None:
    assert post(served, path, body)[0] == 404


@pytest.mark.parametrize("file", NAMED, ids=[str(n) for n in range(len(NAMED))])
def test_a_file_that_was_not_uploaded_cannot_be_named(
    served: Served, area: Path, file: dict[str, Any]
) -> None:
    named = {**filled(file, served, area), "meta": {"_type": "gradio.FileData"}}
    for data in ([named], [[{"deep": named}]]):
        status, text = post(served, "/gradio_api/queue/join", {"data": data, "fn_index": 0})
        assert status == 403
        assert served.secret.read_text() not in text
    assert OUTSIDE == []


@pytest.mark.parametrize(
    "name", ["../../../evil", "/etc/evil", "..\\..\\evil", "a/../../evil", "....//evil", "ev\x00il"]
)
def test_an_upload_stays_in_the_upload_area(served: Served, area: Path, name: str) -> None:
    body, headers = multipart(name, b"harm")
    status, _, text = send(served, "POST", "/gradio_api/upload", body, headers)
    if status == 200:
        (path,) = json.loads(text)
        assert Path(path).resolve().is_relative_to(area)
    else:
        assert 400 <= status < 500
    assert not list(area.parent.glob("evil*"))
    assert not Path("/etc/evil").exists()


def test_an_upload_has_a_limit_and_needs_the_right(served: Served, area: Path) -> None:
    body, headers = multipart("big.txt", b"x" * 1_000_001)
    assert send(served, "POST", "/gradio_api/upload", body, headers)[0] == 413
    body, headers = multipart("half.txt", b"x" * 600_000)
    statuses = [send(served, "POST", "/gradio_api/upload", body, headers)[0] for _ in range(2)]
    assert statuses == [200, 413]
    body, headers = multipart("small.txt", b"x")
    assert send(served, "POST", "/gradio_api/upload", body, headers, user="bob")[0] == 403


@pytest.mark.parametrize("path", ["/gradio_api/upload", "/gradio_api/queue/join", "/api/v1/ask"])
@pytest.mark.parametrize("length", ["", "Content-Length: 4\r\n"])
def test_a_body_of_unknown_length_is_refused(served: Served, path: str, length: str) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=30) as raw:
        raw.sendall(
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {served.tokens['ada']}\r\n{length}"
            "Transfer-Encoding: chunked\r\n\r\n".encode()
        )
        assert raw.recv(100).split()[1] in (b"411", b"400")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 400),
        ({"Host": "127.0.0.1.evil.example"}, 400),
        ({"Host": "127.0.0.1@evil.example"}, 400),
        ({"Host": "[::1"}, 400),
        ({"Host": ""}, 400),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Origin": "http://["}, 403),
        ({"Content-Length": "99999999999"}, 413),
        ({"Authorization": "Basic !!!"}, 401),
        ({"Authorization": "Basic OjpB"}, 401),
        ({"Authorization": "Bearer "}, 401),
        ({"Authorization": "Digest x"}, 401),
        ({"Authorization": "", "Cookie": "assistant_session=x; access-token=y"}, 401),
    ],
)
def test_a_forged_head_is_refused(served: Served, headers: dict[str, str], status: int) -> None:
    body = json.dumps({"question": RAIN}).encode()
    given = {"Content-Type": "application/json", **headers}
    assert send(served, "POST", "/api/v1/ask", body, given)[0] == status


@pytest.mark.parametrize(
    "name", ["X-Forwarded-Host", "X-Gradio-Server", "X-Original-Host", "Forwarded"]
)
def test_nobody_but_a_proxy_says_where_the_server_is(served: Served, name: str) -> None:
    status, _, text = send(served, "GET", "/config", headers={name: "http://evil.example"})
    assert status == 200
    assert "evil.example" not in text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "CONNECT"])
def test_other_methods_do_nothing(served: Served, method: str) -> None:
    assert send(served, method, "/")[0] in (400, 404, 405)


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 100_000, b'{"question": 1e999999}'])
def test_a_broken_body_is_a_mistake_and_no_crash(served: Served, body: bytes) -> None:
    for path in ("/api/v1/ask", "/gradio_api/queue/join"):
        status, _, _ = send(served, "POST", path, body, {"Content-Type": "application/json"})
        assert 400 <= status < 500


def test_every_answer_carries_the_secure_headers(served: Served) -> None:
    for path, user in (("/", "ada"), ("/login", None), ("/metrics", None), ("/nothing", "ada")):
        _, headers, _ = send(served, "GET", path, user=user)
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "http" not in policy
        assert "unsafe-inline" not in policy.split("style-src")[0]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        assert "server" not in headers
