"""50 users at once against the running server, extractive reader: what they wait, what it holds.

Starts `assistant chat` over an index of the sample with an account a user, then lets every user
ask, stream, search or call Gradio, read for a moment, and begin again. One user in five closes
streams in the middle. Fails on any reply that is neither an answer nor "busy".
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import httpx

from assistant.evaluation import read_questions
from assistant.server.accounts import add_account, add_token

ROOT = Path(__file__).resolve().parents[2]
WAYS = ("ask", "stream", "gradio", "search")


class Tally:
    """What came back, and when."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.seconds: dict[str, list[float]] = {way: [] for way in WAYS}
        self.errors: list[str] = []

    def note(self, way: str, status: int, seconds: float, text: str) -> None:
        if status == 200:
            self.outcomes["answered"] += 1
            self.seconds[way].append(seconds)
        elif status in (429, 503) and "retry_after" in text:
            self.outcomes["busy"] += 1
        else:
            self.outcomes["error"] += 1
            self.errors.append(f"{status} {text[:200]}")


async def user(
    number: int,
    token: str,
    address: str,
    questions: list[str],
    until: float,
    pause: float,
    tally: Tally,
) -> None:
    """One person: asks, reads, asks again; leaves when the time is over."""
    chance = random.Random(number)
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=address, headers=headers, timeout=120) as client:
        await asyncio.sleep(chance.uniform(0, 5))
        while time.monotonic() < until:
            way = chance.choice(WAYS)
            question = chance.choice(questions)
            body = {"query": question} if way == "search" else {"question": question}
            began = time.monotonic()
            try:
                if number % 5 == 0 and way == "stream":
                    await dropped(client, body, chance.uniform(0, 1))
                    tally.outcomes["left"] += 1
                elif way == "gradio":
                    status, text = await by_gradio(client, question)
                    tally.note(way, status, time.monotonic() - began, text)
                else:
                    reply = await client.post(f"/api/v1/{way}", json=body)
                    text = reply.text
                    whole = way != "stream" or reply.status_code != 200 or "complete" in text
                    status = reply.status_code if whole else 0
                    tally.note(way, status, time.monotonic() - began, text)
            except httpx.HTTPError as error:
                tally.note(way, 0, 0.0, repr(error))
            await asyncio.sleep(chance.uniform(0.2, 1.8) * pause)


async def by_gradio(client: httpx.AsyncClient, question: str) -> tuple[int, str]:
    """What gradio_client does: join Gradio's queue, follow the event -> status, text."""
    joined = await client.post("/gradio_api/call/ask", json={"data": [question, "", ""]})
    if joined.status_code != 200:
        return joined.status_code, joined.text
    event = joined.json()["event_id"]
    text = (await client.get(f"/gradio_api/call/ask/{event}")).text
    if "event: complete" in text:
        return 200, text
    # Gradio has no status for what happens later; the message is that of a 503.
    return (503, f"retry_after {text}") if "the server is busy" in text else (0, text)


async def dropped(client: httpx.AsyncClient, body: dict[str, str], seconds: float) -> None:
    """A stream whose reader goes away."""
    async with client.stream("POST", "/api/v1/stream", json=body):
        await asyncio.sleep(seconds)


async def memory(pid: int, until: float, found: list[tuple[float, float]]) -> None:
    """Resident megabytes of the server, every five seconds."""
    began = time.monotonic()
    while time.monotonic() < until:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        size = pages * os.sysconf("SC_PAGE_SIZE") / 1e6
        found.append((time.monotonic() - began, size))
        await asyncio.sleep(5)


async def load(
    address: str,
    tokens: list[str],
    questions: list[str],
    pid: int,
    seconds: float,
    pause: float,
) -> tuple[Tally, list[tuple[float, float]]]:
    """All users together, and the memory meanwhile."""
    tally, found = Tally(), []
    until = time.monotonic() + seconds
    await asyncio.gather(
        memory(pid, until, found),
        *(
            user(n, token, address, questions, until, pause, tally)
            for n, token in enumerate(tokens)
        ),
    )
    return tally, found


def growth(samples: list[tuple[float, float]]) -> float:
    """Megabytes a minute by least squares, over the second half, when all is warm."""
    late = samples[len(samples) // 2 :]
    return 60 * statistics.linear_regression(*zip(*late, strict=True)).slope


def ready(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        if server.poll() is not None:
            raise SystemExit(f"the server did not start: {log.read_text()}")
        try:
            if httpx.get(f"{address}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise SystemExit("the server did not become ready")


def sample(address: str, token: str, name: str) -> float:
    text = httpx.get(f"{address}/metrics", headers={"Authorization": f"Bearer {token}"}).text
    return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--pause", type=float, default=5, help="seconds read between questions")
    options = parser.parse_args()
    command = [sys.executable, "-c", "import sys; from assistant.cli import main; sys.exit(main())"]
    asked = read_questions(ROOT / "corpus" / "questions.jsonl")
    questions = [question.question for question in asked.questions]
    with tempfile.TemporaryDirectory() as folder:
        store, accounts = f"{folder}/store", Path(folder) / "accounts"
        documents = str(ROOT / "corpus" / "documents")
        subprocess.run([*command, "index", documents, "--store", store], check=True)
        tokens = []
        for number in range(options.users):
            add_account(accounts, f"user{number}", "a password for all", may_edit=False)
            tokens.append(add_token(accounts, f"user{number}"))
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        address = f"http://127.0.0.1:{port}"
        place = ["--store", store, "--accounts", str(accounts), "--port", str(port)]
        log = open(f"{folder}/log", "w")  # noqa: SIM115 - the server's for as long as it runs
        server = subprocess.Popen([*command, "chat", *place], stderr=log)
        try:
            ready(address, server, Path(log.name))
            tally, found = asyncio.run(
                load(address, tokens, questions, server.pid, options.seconds, options.pause)
            )
            time.sleep(2)
            left = sample(address, tokens[0], "assistant_line_")
        finally:
            server.terminate()
            server.wait(timeout=30)
    for way, seconds in tally.seconds.items():
        if len(seconds) > 1:
            cuts = statistics.quantiles(seconds, n=100)
            print(
                f"{way:6} {len(seconds):5} answers, p50 {cuts[49]:.2f} s, p95 {cuts[94]:.2f} s, "
                f"slowest {max(seconds):.2f} s"
            )
    sizes = [size for _, size in found]
    third = len(sizes) // 3
    print(
        f"memory {sizes[0]:.0f} MB at first, {statistics.median(sizes[third : 2 * third]):.0f} MB "
        f"in the middle third, {statistics.median(sizes[2 * third :]):.0f} MB in the last, "
        f"most {max(sizes):.0f} MB; {growth(found):+.2f} MB a minute over the second half"
    )
    print("memory every 15 s, MB:", *(f"{size:.0f}" for size in sizes[::3]))
    print(f"outcomes {json.dumps(dict(tally.outcomes))}; places still taken at the end {left:.0f}")
    for error in sorted(set(tally.errors))[:10]:
        print(f"error {error}")
    if tally.errors or left:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
