"""Files prepared by workers elsewhere: order, bounds, deaths. The workers here are none."""

from __future__ import annotations

import pickle
import platform
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from conftest import BagOfWords

from assistant.cli import main
from index import Index
from index.embedding import SentenceEmbedder
from index.encoders import Encoded, Spelled
from index.errors import ClusterUnreachable, ExtraMissing
from index.preparing import Batch, File
from index.ray_workers import _look_for, versions, work
from index.reader import Limits, Reader
from index.sentence_vectors import levels
from index.shipping import Shipped, WorkerLost, prepared_by, unpack
from index.sync import SyncReport, sync_folder
from index.walking import Selection, digest, walk


class Fake:
    """Workers that are this process; a parcel that holds a file of `deadly` kills them."""

    def __init__(self, *, places: int = 2, deadly: Sequence[str] = ()) -> None:
        self.places = places
        self.deadly = set(deadly)
        self.begun: list[list[str]] = []
        self.under_way = self.most = 0

    def begin(self, parcel: Sequence[Shipped]) -> list[Shipped]:
        self.begun.append([item.name for item in parcel])
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        return list(parcel)

    def result(self, task: list[Shipped]) -> list[Batch]:
        self.under_way -= 1
        if self.deadly.intersection(item.name for item in task):
            raise WorkerLost("killed by signal 9")
        with Reader(Limits()) as reader:
            return unpack(task, reader, BagOfWords())


def files_of(folder: Path) -> Iterator[File]:
    for name, path in walk(folder, Selection()).files.items():
        yield File(name, path, digest(path, name))


def synced(index: Index, folder: Path, workers: Fake) -> SyncReport:
    with index._place.writing() as target:
        found = walk(folder, Selection())
        return sync_folder(found, target, lambda files: prepared_by(workers, files))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "docs"
    made.mkdir()
    for number in range(6):
        text = f"River {number} is long. It flows north. " * 40
        (made / f"{number}.txt").write_text(text)
    (made / "two.jsonl").write_text('{"id": "x", "text": "Rain."}\n{"id": "y", "text": "Snow."}\n')
    (made / "broken.pdf").write_bytes(b"%PDF-1.4 and no more")
    return made


def test_an_index_made_by_workers_equals_one_made_here(
    tmp_path: Path, folder: Path, bag: BagOfWords
) -> None:
    here = Index.open(tmp_path / "here", embedder=bag)
    there = Index.open(tmp_path / "there", embedder=bag)
    reports = here.sync(folder), synced(there, folder, Fake())
    assert reports[0] == reports[1]
    assert "broken.pdf" in reports[1].failed
    assert here.records() == there.records()
    assert here.documents() == there.documents()
    assert here.search("Which river flows north?") == there.search("Which river flows north?")
    assert there.differences() == []
    assert there.sync(folder).changed is False


def test_no_more_parcels_are_under_way_than_twice_the_places(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.shipping._PARCEL_FILES", 1)
    workers = Fake(places=1)
    names = [name for batch in prepared_by(workers, files_of(folder)) for name in batch.ids]
    assert workers.most == 2
    assert names == [f"{number}.txt" for number in range(6)] + ["two.jsonl"]


def test_large_files_are_not_all_held_at_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.shipping._PARCEL_FILES", 1)
    monkeypatch.setattr("index.shipping._MOST_BYTES", 1)
    workers = Fake(places=8)
    assert (
        len([name for batch in prepared_by(workers, files_of(folder)) for name in batch.ids]) == 7
    )
    assert workers.most == 1


def test_a_file_that_ends_its_worker_is_named_and_the_others_are_taken_in(
    index: Index, folder: Path
) -> None:
    report = synced(index, folder, Fake(deadly=["3.txt"]))
    assert report.failed["3.txt"] == "reading it ended the worker: killed by signal 9"
    assert [name for name in report.added if name.endswith(".txt")] == [
        "0.txt",
        "1.txt",
        "2.txt",
        "4.txt",
        "5.txt",
    ]


def test_a_file_that_moved_takes_its_vectors_along(index: Index, folder: Path) -> None:
    synced(index, folder, Fake())

    class Unable(BagOfWords):
        def embed_documents(self, texts: Sequence[str]) -> np.ndarray:
            assert not texts, "nothing is embedded again"
            return super().embed_documents(texts)

    class Still(Fake):
        def result(self, task: list[Shipped]) -> list[Batch]:
            with Reader(Limits()) as reader:
                return unpack(task, reader, Unable())

    (folder / "0.txt").rename(folder / "river.txt")
    # The title is the first line, so the passages are the same under another name.
    assert synced(index, folder, Still()).added == ("river.txt",)


def test_bytes_of_sentence_vectors_are_kept_as_they_travel() -> None:
    vectors = np.random.default_rng(0).normal(size=(50, 384)).astype(np.float32)
    once = levels(vectors)
    assert (levels(once.astype(np.float32)) == once).all()


def test_a_node_whose_disk_is_full_is_named_as_part_of_the_cluster(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    settings = pickle.dumps((BagOfWords(), Limits()))
    parcel = [Shipped("0.txt", b"Rain fell.", "", {})]
    with pytest.raises(ClusterUnreachable, match=f"the node {platform.node()} failed: "):
        work(parcel, settings, versions())


def test_an_address_that_is_none_is_quoted_back() -> None:
    for address in ("127.0.0.1:ray", "127.0.0.1:99999"):
        with pytest.raises(ValueError, match=f"HOST:PORT; got '{address}'"):
            _look_for(address)


def test_an_embedder_that_travels_to_a_worker_has_one_core(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ray starts a worker for each core; each with a thread for each would take all memory."""
    there = pickle.loads(pickle.dumps(SentenceEmbedder(backend="onnx")))
    encoder = there._documents.encoder()
    run, seen = encoder._run, set()

    def seen_running(text: Spelled) -> Encoded:
        seen.add(threading.get_ident())
        return run(text)

    monkeypatch.setattr(encoder, "_run", seen_running)
    with ThreadPoolExecutor(2) as pool:
        for made in [pool.submit(there.embed_documents, ["Rain fell."] * 8) for _ in range(2)]:
            assert len(made.result()) == 8
    assert len(seen) == 1


def test_ray_that_is_not_installed_is_asked_for_with_the_pip_line(
    index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ExtraMissing, match=r"pip install '\.\[ray\]'"):
        index.sync(folder, ray="local")


def test_the_command_refuses_an_empty_cluster_address(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["index", str(folder), "--store", str(tmp_path / "s"), "--ray", ""]) == 2
    assert "give auto, local or HOST:PORT" in capsys.readouterr().err
