"""Several readers and one writer on a real Chroma server."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import numpy as np
import pytest
from chromadb.api.models.Collection import Collection
from chromadb.errors import InternalError
from conftest import BagOfWords, chroma_running

from index import Document, Index
from index.chroma import connect, translated
from index.errors import StoreBusy, StoreMismatch, StoreNotFound, StoreUnreachable
from index.leasing import server_lease
from index.rebuild import rebuild
from index.rooms import Shared
from index.sentence_vectors import SentenceVectors
from index.vectors import VectorStore


@pytest.fixture
def shared_server(server: str, bag: BagOfWords) -> Iterator[str]:
    index = Index.open(server, embedder=bag)
    index.delete([record.document_id for record in index.records()])
    yield server


def store_at(address: str, bag: BagOfWords) -> VectorStore:
    return Shared(bag, SentenceVectors(None, dimension=64)).store(address, create=False)


def test_readers_see_what_the_writer_wrote(shared_server: str, bag: BagOfWords) -> None:
    writer, reader = (Index.open(shared_server, embedder=bag) for _ in range(2))
    assert reader.documents() == []
    writer.add([Document("a", "Rain fell."), Document("b", "Snow lay.")])
    assert [hit.passage.text for hit in reader.search("rain", k=1)] == ["Rain fell."]
    writer.delete(["a"])
    assert [hit.passage.text for hit in reader.search("rain", k=1)] == ["Snow lay."]


def test_a_reader_never_sees_half_a_document(shared_server: str, bag: BagOfWords) -> None:
    writer, reader = (Index.open(shared_server, embedder=bag) for _ in range(2))

    def documents(word: str) -> list[Document]:
        return [Document(str(n), f"{word} river {n} stands. " * 150) for n in range(8)]

    writer.add(documents("first"))
    done = Event()
    errors: list[BaseException] = []

    def poll() -> None:
        while not done.is_set():
            try:
                for document in reader.documents():
                    assert len(set(document.text.split()[::4])) == 1
                assert reader.search("river")
            except BaseException as error:
                errors.append(error)
                return

    thread = Thread(target=poll)
    thread.start()
    for word in ("second", "third", "fourth"):
        writer.add(documents(word))
    done.set()
    thread.join()
    assert errors == []
    assert reader.document("0").text.startswith("fourth")


GAUGE, BY_2026 = {"sources": ["Gauge"]}, {"as_of": date(2026, 1, 1)}


@pytest.mark.parametrize(
    ("step", "behind", "count", "k", "where"),
    [
        ("neighbours", False, 10, 10, {}),
        ("fetch", False, 10, 10, {}),
        ("records", False, 10, 10, {}),
        ("records", True, 10, 10, {}),
        ("distances", False, 10, 10, GAUGE),
        ("fetch", True, 10, 10, GAUGE),
        # More than a search looks at, so that Chroma's graph is asked for the nearest.
        ("neighbours", False, 20, 5, BY_2026),
        ("fetch", True, 20, 5, BY_2026),
    ],
)
def test_a_search_finds_what_is_replaced_while_it_looks(
    shared_server: str,
    bag: BagOfWords,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    behind: bool,
    count: int,
    k: int,
    where: dict[str, Any],
) -> None:
    """All documents at once, just before a step, the first two times that it is taken.

    `behind`: another thread is still bringing the lexical index up to the version before.
    """
    writer, reader = (Index.open(shared_server, embedder=bag) for _ in range(2))
    versions = iter(range(10))

    def replace() -> None:
        version = next(versions)
        writer.add(
            Document(f"{n}", f"River {n} stands at {version}.", source="Gauge")
            for n in range(count)
        )

    replace()
    monkeypatch.setattr("index.search.CANDIDATES", 10)
    assert len(reader.search("river", k=k, **where)) == k
    if behind:
        replace()
        monkeypatch.setattr(type(reader._place), "_follow", lambda place: None)
    real = getattr(VectorStore, step)
    taken, writes = 0, False

    def meets(store: VectorStore, *given: object) -> object:
        nonlocal taken, writes
        if not writes:
            taken += 1
            if taken <= 2:
                writes = True
                replace()
                writes = False
        return real(store, *given)

    monkeypatch.setattr(VectorStore, step, meets)
    found = reader.search("river", k=k, **where)
    assert taken and len(found) == k
    assert {hit.passage.text[-2] for hit in found} == {str(next(versions) - 1)}


@pytest.mark.parametrize(
    ("method", "read"),
    [
        ("get", lambda store: store.vectors()[0]),
        ("get", lambda store: [item.key for item in store.fetch(store.keys())]),
        ("query", lambda store: list(store.neighbours(np.eye(64, dtype=np.float32)[0], 1))),
    ],
    ids=["vectors", "passages", "neighbours"],
)
def test_a_read_that_met_a_removal_half_way_is_made_again(
    shared_server: str,
    bag: BagOfWords,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    read: Callable[[VectorStore], list[str]],
) -> None:
    Index.open(shared_server, embedder=bag).add([Document("a", "Rain fell.")])
    store = store_at(shared_server, bag)
    keys = read(store)
    monkeypatch.setattr("index.chroma._PAUSES", (0.001,) * 3)
    real, fails = getattr(Collection, method), 0

    def meets(collection: Collection, **wanted: object) -> object:
        nonlocal fails
        if fails:
            fails -= 1
            raise InternalError("Error executing plan: Internal error: Error finding id")
        return real(collection, **wanted)

    monkeypatch.setattr(Collection, method, meets)
    fails = 3
    assert read(store) == keys
    assert len(keys) == 1
    assert fails == 0
    fails = 100
    with pytest.raises(StoreUnreachable, match="finding id"):
        read(store)


def test_a_second_writer_is_told_who_writes(shared_server: str, bag: BagOfWords) -> None:
    index = Index.open(shared_server, embedder=bag)
    with (
        server_lease(store_at(shared_server, bag)),
        pytest.raises(StoreBusy, match="is being written by process"),
    ):
        index.add([Document("a", "Text.")])
    index.add([Document("a", "Text.")])
    assert len(index.documents()) == 1


def test_a_writer_taken_for_dead_leaves_the_claim_to_the_next(
    shared_server: str, bag: BagOfWords
) -> None:
    store = store_at(shared_server, bag)
    until = time.time() + 60
    with server_lease(store):
        store.note({"writer": "the next", "writer_token": "x", "writer_until": until})
    assert store.notes()["writer_token"] == "x"
    store.note({"writer_token": ""})


def test_the_claim_of_a_writer_that_died_runs_out(shared_server: str, bag: BagOfWords) -> None:
    store = store_at(shared_server, bag)
    store.note({"writer": "a ghost", "writer_token": "x", "writer_until": time.time() - 1})
    index = Index.open(shared_server, embedder=bag)
    index.add([Document("a", "Text.")])
    assert index.differences() == []


def test_a_sync_cut_off_on_a_server_is_mended_by_the_next(
    shared_server: str, bag: BagOfWords, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text("Old rain. " * 300)
    index = Index.open(shared_server, embedder=bag)
    index.sync(tmp_path)
    (tmp_path / "a.txt").write_text("New snow. " * 400)

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    # After the new passages are written, and before they count.
    real = VectorStore._put_passages
    monkeypatch.setattr(
        VectorStore,
        "_put_passages",
        lambda *given: (real(*given), cut()),  # type: ignore[arg-type]
    )
    with pytest.raises(KeyboardInterrupt):
        index.sync(tmp_path)
    monkeypatch.undo()
    assert index.document("a.txt").text.startswith("Old rain.")
    again = Index.open(shared_server, embedder=bag)
    assert again.sync(tmp_path).updated == ("a.txt",)
    assert again.document("a.txt").text.startswith("New snow.")
    assert again.differences() == []


def test_what_a_server_cannot_do_is_said(shared_server: str, tmp_path: Path) -> None:
    other = BagOfWords()
    other.name = "other-model"
    with pytest.raises(StoreMismatch, match="'bag-of-words', not 'other-model'"):
        Index.open(shared_server, embedder=other)
    with pytest.raises(ValueError, match="is a server"):
        rebuild(shared_server, tmp_path, BagOfWords())
    with pytest.raises(StoreUnreachable, match="chroma run"):
        Index.open("http://127.0.0.1:9", embedder=BagOfWords())


def test_a_server_that_goes_away_is_told_of_in_words(tmp_path: Path, bag: BagOfWords) -> None:
    with chroma_running(tmp_path / "chroma") as address:
        index = Index.open(address, embedder=bag)
        index.add([Document("a", "Rain fell.")])
    for asked in (index.records, lambda: index.search("rain"), lambda: index.delete(["a"])):
        with pytest.raises(StoreUnreachable, match="cannot be reached"):
            asked()


def test_an_answer_that_is_not_of_chroma_is_told_of_in_words() -> None:
    """As a proxy gives while the server behind it starts again."""
    from chromadb.api.base_http_client import BaseHTTPClient

    request = httpx.Request("GET", "http://127.0.0.1")
    answer = httpx.Response(502, text="<html>Bad Gateway</html>", request=request)
    with pytest.raises(StoreUnreachable, match="Bad Gateway"), translated("http://127.0.0.1"):
        BaseHTTPClient._raise_chroma_error(answer)


def test_an_empty_server_holds_no_index(shared_server: str, bag: BagOfWords) -> None:
    client = connect(shared_server)
    client.delete_collection("passages")
    client.delete_collection("documents")
    with pytest.raises(StoreNotFound, match="assistant index"):
        Index.open(shared_server, embedder=bag, create=False)
