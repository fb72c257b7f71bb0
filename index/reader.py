"""Read files where a crash, a hang or a balloon costs only that file. Knows nothing of formats."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from index.documents import Document
from index.embedding import Embedder
from index.errors import UnreadableDocument
from index.preparing import Prepare, prepare_files
from index.reading import check
from index.worker import document_of

_START = (
    "import sys; sys.path.insert(0, sys.argv[1]);"
    "from index.worker import main; main(int(sys.argv[2]), float(sys.argv[3]))"
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost to read: wall-clock seconds, and bytes of memory."""

    seconds: float = 120.0
    memory: int = 2_000_000_000

    def __post_init__(self) -> None:
        if self.seconds <= 0 or self.memory < 200_000_000:
            raise ValueError(
                f"a file needs time and at least 200 MB of memory; got {self.seconds} s, "
                f"{self.memory:,} bytes"
            )


class Reader:
    """A child process that reads files one at a time, started at the first and again after a death.

    A context manager; use it from one thread.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._process: subprocess.Popen[str] | None = None
        self._used = False

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def read(self, path: Path, name: str) -> list[Document]:
        """The documents of a file; see index.reading.read_file.

        Raises UnreadableDocument with the reason, whatever went wrong, and OSError when no process
        can be started.
        """
        check(path, name)
        used = self._used
        reply = self._ask(path, name)
        if used and reply.get("spent"):
            # The files before may have used up the memory; alone it may do.
            reply = self._ask(path, name)
        if "reason" in reply:
            raise UnreadableDocument(str(reply["reason"]))
        return [document_of(fields) for fields in reply["documents"]]

    def close(self) -> None:
        """End the process; the next read starts another."""
        process, self._process, self._used = self._process, None, False
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    # What was not sent any more cannot be flushed either.
                    with suppress(OSError):
                        pipe.close()

    def _ask(self, path: Path, name: str) -> dict[str, Any]:
        process = self._started()
        late = threading.Event()

        def stop() -> None:
            late.set()
            process.kill()

        clock = threading.Timer(self.limits.seconds, stop)
        clock.daemon = True
        clock.start()
        line = ""
        try:
            assert process.stdin and process.stdout
            process.stdin.write(json.dumps([os.fsencode(path.absolute()).hex(), name]) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except OSError:
            # It died; what of is told below.
            pass
        except BaseException:
            # Interrupted: the reply that is still to come must not be taken for the next file's.
            self.close()
            raise
        finally:
            clock.cancel()
        self._used = True
        if line.endswith("\n"):
            reply: dict[str, Any] = json.loads(line)
            if reply.get("spent"):
                self.close()
            return reply
        code = process.wait()
        self.close()
        if late.is_set():
            return {"reason": f"reading it took longer than {self.limits.seconds:g} seconds"}
        return {"reason": f"reading it crashed the reader ({_death(code)})", "spent": True}

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None:
            # Not multiprocessing, which would run the caller's own script again; -P keeps modules
            # that lie in the folder we happen to be in from being imported.
            code = str(Path(__file__).resolve().parents[1])
            limits = (str(self.limits.memory), str(self.limits.seconds))
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _START, code, *limits],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="ascii",
            )
        return self._process


def preparing(
    reader: Reader, embedder: Embedder, ray: str | None = None
) -> AbstractContextManager[Prepare]:
    """Read and prepare files here, one after the other, or on the Ray cluster at an address."""
    if ray is not None:
        from index.ray_workers import ray_workers

        return ray_workers(ray, embedder, reader.limits)
    return nullcontext(
        lambda files: prepare_files(files, lambda file: reader.read(file.path, file.name), embedder)
    )


def _death(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit {code}"
