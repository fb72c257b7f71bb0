"""The running server as programs meet it: HTTP, gradio_client, MCP; and clients that go away."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from serving import OUTSIDE, PASSWORD, RAIN, Served, asking, until

from assistant.server.options import ServerOptions
from index.errors import PortTaken


def events(text: str) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for block in text.strip().split("\n\n"):
        name, data = block.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def in_line(served: Served) -> tuple[float, float]:
    return served.metric("assistant_line_served"), served.metric("assistant_line_waiting")


def test_one_answer_over_http(served: Served) -> None:
    with served.client() as client:
        answer = client.post("/api/v1/ask", json={"question": RAIN}).json()
    assert answer["complete"]
    assert not answer["abstained"]
    (citation,) = answer["citations"]
    assert citation["quote"] == "There was 26 mm of rain in Rome."
    assert citation["document"]["id"] == "rome.txt"


def test_an_answer_as_it_comes_over_http(served: Served) -> None:
    with served.client() as client:
        reply = client.post("/api/v1/stream", json={"question": RAIN, "as_of": "2025-04-01"})
    assert reply.headers["content-type"].startswith("text/event-stream")
    *before, (name, last) = events(reply.text)
    assert name == "complete"
    assert last["as_of"] == "2025-04-01"
    assert {name for name, _ in before} == {"answer"}
    assert not any(data["complete"] for _, data in before)


def test_search_over_http(served: Served) -> None:
    with served.client() as client:
        hits = client.post("/api/v1/search", json={"query": "snow", "k": 1}).json()["hits"]
    assert [hit["document"]["id"] for hit in hits] == ["oslo.txt"]


@pytest.mark.parametrize(
    ("way", "body", "said"),
    [
        ("ask", {"question": "  "}, "the question is empty"),
        ("ask", {"question": "x" * 201}, "at most 200"),
        ("stream", {"question": ""}, "the question is empty"),
        ("ask", {"question": "Q?", "as_of": "soon"}, "as_of"),
        ("ask", {"question": "Q?", "colour": "red"}, "colour"),
        ("ask", {}, "question"),
        ("search", {"query": "rain", "k": 1000}, "k=1000"),
        ("search", {"query": ""}, "the query is empty"),
    ],
)
def test_a_mistake_is_told_in_one_line(
    served: Served, way: str, body: dict[str, Any], said: str
) -> None:
    with served.client() as client:
        reply = client.post(f"/api/v1/{way}", json=body)
    assert reply.status_code == 422
    assert said in reply.json()["error"]


def test_the_api_describes_itself(served: Served) -> None:
    with served.client() as client:
        described = client.get("/openapi.json").json()
    assert set(described["paths"]) == {
        *(f"/api/v1/{way}" for way in ("ask", "stream", "search")),
        "/healthz",
        "/readyz",
        "/metrics",
    }
    assert described["paths"]["/api/v1/ask"]["post"]["security"]
    assert set(described["components"]["securitySchemes"]) == {"HTTPBasic", "HTTPBearer"}
    assert {"429", "503"} <= set(described["paths"]["/api/v1/ask"]["post"]["responses"])


def test_health_is_open_and_the_rest_is_not(served: Served) -> None:
    with served.client(None) as client:
        assert client.get("/healthz").json() == {"status": "ok"}
        assert client.get("/readyz").json() == {"status": "ready"}
        for path in ("/", "/metrics", "/openapi.json", "/config", "/gradio_api/info"):
            assert client.get(path).status_code == 401
        for way in ("ask", "stream", "search"):
            reply = client.post(f"/api/v1/{way}", json={"question": RAIN})
            assert reply.status_code == 401
            assert "assistant accounts token" in reply.json()["error"]
            assert reply.headers["www-authenticate"].startswith("Basic")


def test_a_password_a_token_and_a_session_let_in(served: Served) -> None:
    with served.client(None) as client:
        right = httpx.BasicAuth("bob", PASSWORD)
        assert client.get("/metrics", auth=right).status_code == 200
        assert client.get("/metrics", auth=("bob", PASSWORD + "x")).status_code == 401
        assert client.get("/metrics", auth=("nobody", PASSWORD)).status_code == 401
        wrong = {"Authorization": f"Bearer {served.tokens['bob']}x"}
        assert client.get("/metrics", headers=wrong).status_code == 401
        browser = {"Accept": "text/html"}
        assert client.get("/", headers=browser).headers["location"] == "/login"
        assert 'autocomplete="current-password"' in client.get("/login", headers=browser).text
        form = {"username": "bob", "password": PASSWORD}
        entered = client.post("/login", data=form, headers=browser)
        assert entered.headers["location"] == "/"
        cookie = entered.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert client.get("/metrics").status_code == 200
        assert '"username":"bob"' in client.get("/config").text
        client.get("/logout")
        assert client.get("/metrics").status_code == 401
        client.cookies.set("assistant_session", cookie.split("=")[1].split(";")[0])
        assert client.get("/metrics").status_code == 401


def test_wrong_passwords_soon_have_to_wait_and_tokens_need_not(served: Served) -> None:
    with served.client(None) as client:
        form = {"username": "eve", "password": "a wrong password"}
        statuses = [client.post("/login", data=form).status_code for _ in range(10)]
        assert set(statuses) <= {401, 429}
        refused = client.post("/login", data=form)
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 0
        assert client.get("/metrics", headers=served.headers("eve")).status_code == 200


def test_one_user_gets_so_many_places_and_all_together_so_many(served: Served) -> None:
    with served.held(), ExitStack() as stack:
        for user in ("ada", "ada", "ada", "bob", "bob"):
            stack.enter_context(asking(served, user))
        until(lambda: in_line(served) == (2, 3))
        for user, status, said in (
            ("ada", 429, "3 questions at the same time"),
            ("eve", 503, "the server is busy: 3 questions are waiting"),
        ):
            with served.client(user) as client:
                for way, body in (("ask", "question"), ("stream", "question"), ("search", "query")):
                    reply = client.post(f"/api/v1/{way}", json={body: RAIN})
                    assert reply.status_code == status
                    assert said in reply.json()["error"]
                    assert int(reply.headers["retry-after"]) == reply.json()["retry_after"] >= 1


def test_the_place_in_line_is_told_while_one_waits(served: Served) -> None:
    with served.held(), ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(asking(served, "ada"))
        until(lambda: in_line(served) == (2, 0))
        client = stack.enter_context(served.client("bob"))
        reply = stack.enter_context(
            client.stream("POST", "/api/v1/stream", json={"question": RAIN})
        )
        lines = reply.iter_lines()
        assert next(lines) == "event: place"
        assert json.loads(next(lines).removeprefix("data: ")) == {"place": 1, "waiting": 1}
        served.reader.gate.set()
        assert "event: complete" in list(lines)


@pytest.mark.parametrize("way", ["ask", "stream"])
def test_a_client_killed_in_line_frees_its_place(served: Served, way: str) -> None:
    with served.held(), ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(asking(served, "ada"))
        until(lambda: in_line(served) == (2, 0))
        with asking(served, "bob", way):
            until(lambda: in_line(served) == (2, 1))
        until(lambda: in_line(served) == (2, 0))


def test_a_client_killed_while_it_is_answered_frees_its_place(served: Served) -> None:
    name = 'assistant_questions_total{outcome="gone",way="api"}'
    gone = served.metric(name)
    with served.held():
        with asking(served, "ada"):
            until(lambda: in_line(served) == (1, 0))
        # Still at work on it; and what asks later is heard later than that the client went.
        assert in_line(served) == (1, 0)
        served.reader.gate.set()
        until(lambda: in_line(served) == (0, 0))
    assert served.metric(name) == gone + 1


def test_a_gradio_client_killed_in_line_frees_its_place(served: Served) -> None:
    with served.held(), ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(asking(served, "ada"))
        until(lambda: in_line(served) == (2, 0))
        client = stack.enter_context(served.client("bob"))
        joined = client.post("/gradio_api/call/ask", json={"data": [RAIN, "", ""]})
        path = f"/gradio_api/call/ask/{joined.json()['event_id']}"
        with client.stream("GET", path) as reply:
            lines = reply.iter_lines()
            while "place" not in next(lines):
                pass
            assert in_line(served) == (2, 1)
        until(lambda: in_line(served) == (2, 0))


GRADIO_CLIENT = """
from gradio_client import Client

client = Client("http://127.0.0.1:7860", headers={"Authorization": "Bearer TOKEN"})
answer = client.predict("How much rain fell in Rome?", api_name="/ask")
print(answer["text"])
for partial in client.submit("How much rain fell in Rome?", api_name="/stream"):
    print(partial.get("text"))
print(client.predict("rain", 3, api_name="/search"))
"""


def test_gradio_client_gets_answers_as_the_readme_shows(served: Served) -> None:
    shown = GRADIO_CLIENT.replace("http://127.0.0.1:7860", served.url)
    more = f"""
from gradio_client.exceptions import AppError

assert answer["citations"][0]["quote"] == "There was 26 mm of rain in Rome.", answer
assert partial["complete"] and partial["text"] == answer["text"], partial
for question, said in (("", "the question is empty"), ("x" * 201, "at most 200")):
    try:
        client.predict(question, api_name="/ask")
    except AppError as error:
        assert said in str(error), error
    else:
        raise AssertionError(question)
by_password = Client("{served.url}", auth=("bob", "{PASSWORD}"))
assert by_password.predict("rain", 1, api_name="/search")[0]["document"]["id"] == "rome.txt"
"""
    # In a process of its own, for Gradio's client reports its use unless told not to; this
    # process is watched for what the server sends.
    quiet = {"HF_HUB_OFFLINE": "1", "GRADIO_ANALYTICS_ENABLED": "False"}
    done = subprocess.run(
        [sys.executable, "-c", shown.replace("TOKEN", served.tokens["ada"]) + more],
        capture_output=True,
        text=True,
        env={**os.environ, **quiet},
    )
    assert done.returncode == 0, done.stderr
    assert "“There was 26 mm of rain in Rome.” [1]" in done.stdout


CURL = """
curl http://127.0.0.1:7860/api/v1/ask --json '{"question": "Did CZ ask for a pardon?", "as_of": "2025-04-01"}'
curl -N http://127.0.0.1:7860/api/v1/stream --json '{"question": "Did CZ ask for a pardon?"}'
curl http://127.0.0.1:7860/api/v1/search --json '{"query": "pardon", "k": 3}'
"""  # noqa: E501 - one command a line, as one types them


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_curl_gets_answers_as_the_readme_shows(served: Served) -> None:
    def curl(line: str, *more: str) -> str:
        words = shlex.split(line.replace("http://127.0.0.1:7860", served.url))
        done = subprocess.run(
            [*words, "-sS", "--fail", "--noproxy", "*", *more],
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    token = ("-H", f"Authorization: Bearer {served.tokens['bob']}")
    ask, stream, search = CURL.strip().splitlines()
    answer = json.loads(curl(ask, *token))
    assert answer["complete"]
    assert answer["as_of"] == "2025-04-01"
    assert events(curl(stream, *token))[-1][0] == "complete"
    assert json.loads(curl(search, "-u", f"bob:{PASSWORD}"))["hits"]
    assert json.loads(curl("curl http://127.0.0.1:7860/healthz")) == {"status": "ok"}
    metrics = curl("curl http://127.0.0.1:7860/metrics", *token)
    assert "assistant_questions_total" in metrics


def test_the_official_mcp_client_finds_and_uses_ask_and_search(served: Served) -> None:
    mcp = pytest.importorskip("mcp", reason="the extra mcp is not installed")
    from mcp.client.streamable_http import streamablehttp_client

    async def session() -> None:
        url = f"{served.url}/gradio_api/mcp/"
        async with (
            streamablehttp_client(url, headers=served.headers("bob")) as (reading, writing, _),
            mcp.ClientSession(reading, writing) as client,
        ):
            await client.initialize()
            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
            assert set(tools) == {"ask", "search"}
            assert tools["ask"].inputSchema["required"] == ["question"]
            assert tools["ask"].description.startswith("Answer a question from the documents")
            asked = await client.call_tool("ask", {"question": RAIN})
            assert not asked.isError
            answer = json.loads(asked.content[0].text)
            assert answer["citations"][0]["quote"] == "There was 26 mm of rain in Rome."
            found = await client.call_tool("search", {"query": "snow", "k": 1})
            (hit,) = json.loads(found.content[0].text)
            assert hit["document"]["id"] == "oslo.txt"
            wrong = await client.call_tool("ask", {"question": "x" * 201})
            assert wrong.isError
            assert "at most 200" in wrong.content[0].text

    asyncio.run(session())
    with served.client(None) as client:
        assert client.post("/gradio_api/mcp/", json={}).status_code == 401


def test_mcp_takes_its_turn_in_line_like_everybody(served: Served) -> None:
    mcp = pytest.importorskip("mcp", reason="the extra mcp is not installed")
    from mcp.client.streamable_http import streamablehttp_client

    async def session() -> str:
        url = f"{served.url}/gradio_api/mcp/"
        async with (
            streamablehttp_client(url, headers=served.headers("ada")) as (reading, writing, _),
            mcp.ClientSession(reading, writing) as client,
        ):
            await client.initialize()
            refused = await client.call_tool("ask", {"question": RAIN})
            assert refused.isError
            return str(refused.content[0].text)

    with served.held(), ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(asking(served, "ada"))
        until(lambda: in_line(served) == (2, 1))
        assert "3 questions at the same time" in asyncio.run(session())


def test_a_taken_port_and_one_that_does_not_exist_are_said(served: Served) -> None:
    from assistant.server.serving import running

    for port, error, said in ((served.port, PortTaken, "--port"), (0, ValueError, "port=0")):
        with pytest.raises(error, match=said):  # noqa: SIM117 - one of them is under test
            with running(None, ServerOptions(), port=port):  # type: ignore[arg-type]
                pass


def test_nothing_left_this_machine(served: Served) -> None:
    with pytest.raises(OSError, match="outside this machine"):
        socket.getaddrinfo("192.0.2.1", 80)
    assert OUTSIDE.pop() == "192.0.2.1"
    with served.client() as client:
        client.get("/")
        client.post("/api/v1/ask", json={"question": RAIN})
    assert OUTSIDE == []
