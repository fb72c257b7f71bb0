"""A served page without a browser: what its own program sends when a part is pressed."""

from __future__ import annotations

import http.client
import json
import uuid
from functools import cached_property
from pathlib import Path
from typing import Any

from index import Index


class Site:
    """A served page with a secret beside its store, and what is asked of it."""

    def __init__(self, port: int, folder: Path, index: Index) -> None:
        self.port, self.folder, self.index = port, folder, index
        self.secret = folder / "secret.txt"

    def ask(
        self, method: str, path: str, body: bytes = b"", kind: str = "application/json"
    ) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.putrequest(method, path, skip_accept_encoding=True)
            connection.putheader("Content-Type", kind)
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except http.client.InvalidURL:
            return 400, b""
        finally:
            connection.close()

    def upload(self, name: str, content: bytes) -> tuple[int, bytes]:
        edge = uuid.uuid4().hex
        head = (
            f'--{edge}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        body = head.encode("utf-8", "surrogateescape") + content + f"\r\n--{edge}--\r\n".encode()
        return self.ask("POST", "/gradio_api/upload", body, f"multipart/form-data; boundary={edge}")

    def stored(self, name: str, content: bytes) -> str:
        status, body = self.upload(name, content)
        assert status == 200
        path: str = json.loads(body)[0]
        return path

    @cached_property
    def config(self) -> dict[str, Any]:
        """What the page is made of, which its program asks for once."""
        config: dict[str, Any] = json.loads(self.ask("GET", "/config")[1])
        return config

    def deed(self, part: str, event: str, data: list[Any], sent: object = None) -> str:
        """What the page's own program does when a part is pressed -> all the server says to it."""
        names = {c["id"]: c["props"].get("elem_id") for c in self.config["components"]}
        which = next(
            d["id"]
            for d in self.config["dependencies"]
            if any(names.get(at) == part and what == event for at, what in d["targets"])
            and len(d["inputs"]) == len(data)
        )
        session = uuid.uuid4().hex
        asked = {"data": data, "fn_index": which, "session_hash": session, "event_data": sent}
        status, body = self.ask("POST", "/gradio_api/queue/join", json.dumps(asked).encode())
        if status != 200:
            return f"{status} {body.decode()}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", f"/gradio_api/queue/data?session_hash={session}")
        said = ""
        for line in connection.getresponse():
            said += line.decode()
            if "process_completed" in said or "close_stream" in said:
                break
        connection.close()
        return said

    def take(self, *paths: str) -> str:
        """Hand uploaded files to the documents page, as its program does."""
        meta = {"_type": "gradio.FileData"}
        return self.deed("upload", "upload", [[{"path": path, "meta": meta} for path in paths]])

    def names(self) -> set[str]:
        return {record.document_id for record in self.index.records()}
