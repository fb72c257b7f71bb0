"""Requests that are not what they should be: each is told in one line, with the right status."""

from __future__ import annotations

import json
from typing import Any

import pytest
from serving import RAIN, Served

NUMBERS = ("20217600", "1743465600", "1e3", "true", "[]")


def post(served: Served, path: str, body: bytes | object) -> tuple[int, dict[str, Any]]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    with served.client() as client:
        headers = {"Content-Type": "application/json"}
        reply = client.post(path, content=content, headers=headers)
    return reply.status_code, reply.json()


def said(served: Served, name: str, values: list[Any]) -> str:
    """All that is said to a program that calls a function by its name, and takes the answer."""
    status, joined = post(served, f"/gradio_api/call/{name}", {"data": values})
    assert status == 200
    with served.client() as client:
        return client.get(f"/gradio_api/call/{name}/{joined['event_id']}").text


@pytest.mark.parametrize(
    "body",
    [
        b'{"question": "\xff\xfe"}',
        b"[" * 100_000,
        b'{"question": "Q?", "history": ' + b"9" * 5_000 + b"}",
        b"{",
        b"",
        b"null",
    ],
    ids=["no text", "deep", "long number", "cut short", "empty", "null"],
)
@pytest.mark.parametrize("way", ["ask", "stream", "search"])
def test_a_body_that_cannot_be_read_is_a_mistake_like_others(
    served: Served, way: str, body: bytes
) -> None:
    status, told = post(served, f"/api/v1/{way}", body)
    assert status == 422
    assert set(told) == {"error"}
    assert "\n" not in told["error"]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_day_is_text_and_never_a_number(served: Served, number: str) -> None:
    body = f'{{"question": "{RAIN}", "as_of": {number}}}'.encode()
    status, told = post(served, "/api/v1/ask", body)
    assert status == 422
    assert told["error"].startswith("as_of: a date is text such as 2025-04-01; got ")


@pytest.mark.parametrize("day", ["2025-04-01", "20250401", " 2025-04-01 "])
def test_a_day_is_read_alike_by_all_ways_to_ask(served: Served, day: str) -> None:
    status, answer = post(served, "/api/v1/ask", {"question": RAIN, "as_of": day})
    assert (status, answer["as_of"]) == (200, "2025-04-01")
    assert '"as_of": "2025-04-01"' in said(served, "ask", [RAIN, day, ""])


def test_seconds_since_1970_are_no_day_as_text_either(served: Served) -> None:
    status, told = post(served, "/api/v1/ask", {"question": RAIN, "as_of": "1743465600"})
    assert status == 422
    assert "'1743465600' is not a date; write it as 2025-04-01" in told["error"]


@pytest.mark.parametrize("k", [True, "3", 2.5, None])
def test_how_many_are_wanted_is_a_whole_number(served: Served, k: object) -> None:
    status, told = post(served, "/api/v1/search", {"query": "rain", "k": k})
    assert status == 422
    assert told["error"].startswith("k: ")
    assert "k must be a whole number" in said(served, "search", ["rain", k, "", ""])


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("ask", [5, "", ""], "the question must be text; got int"),
        ("stream", [None, "", ""], "the question must be text; got NoneType"),
        ("ask", [RAIN, 5, ""], "as_of must be text; got int"),
        ("ask", [RAIN, "soon", ""], "'soon' is not a date; write it as 2025-04-01"),
        ("ask", [RAIN, "", ["a"]], "source must be text; got list"),
        ("search", [["rain"], 3, "", ""], "the question must be text; got list"),
    ],
)
def test_a_program_that_sends_the_wrong_type_is_told_so(
    served: Served, name: str, values: list[Any], message: str
) -> None:
    assert message in said(served, name, values)


def test_what_a_program_leaves_empty_limits_nothing(served: Served) -> None:
    assert '"complete": true' in said(served, "ask", [RAIN, None, None])
    assert '"rome.txt"' in said(served, "search", ["rain", 1.0, "", None])


@pytest.mark.parametrize(
    ("path", "body", "status", "message"),
    [
        ("queue/join", {"fn_index": 99_999, "data": []}, 404, "no function with the number 99999"),
        ("queue/join", {"fn_index": -1, "data": []}, 404, "no function with the number -1"),
        ("queue/join", {"fn_index": 0, "data": []}, 422, "data must hold 4 values; got 0"),
        ("run/predict", {"fn_index": "77777", "data": []}, 404, "no function with the number"),
        ("call/nosuch", {"data": []}, 404, "there is no function 'nosuch'"),
        ("call/v2/nosuch", {"question": RAIN}, 404, "there is no function 'nosuch'"),
        ("call/ask", {"data": [RAIN]}, 422, "data must hold 3 values; got 1"),
        ("run/mcp_ask", {"data": [RAIN]}, 422, "data must hold 3 values; got 1"),
        ("run/mcp_search", {"data": []}, 422, "data must hold 4 values; got 0"),
    ],
)
def test_a_call_of_what_is_not_there_or_with_too_little_is_told_so(
    served: Served, path: str, body: dict[str, Any], status: int, message: str
) -> None:
    answer = post(served, f"/gradio_api/{path}", body | {"session_hash": "mistaken"})
    assert answer[0] == status
    assert message in answer[1]["error"]


@pytest.mark.parametrize(
    "body",
    [{"fn_index": [], "data": []}, {"data": []}, {"fn_index": 0, "data": 5}, [], 5],
    ids=str,
)
def test_what_is_no_call_at_all_is_a_mistake_and_no_crash(served: Served, body: object) -> None:
    status, _ = post(served, "/gradio_api/queue/join", body)
    assert 400 <= status < 500
