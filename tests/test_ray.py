"""A Ray cluster of two nodes on this machine: the same index, also when a worker is killed."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import CORPUS, ROOT, BagOfWords, chroma_running
from watched import Watched

from index import Index
from index.errors import ClusterMismatch, ClusterUnreachable

ray = pytest.importorskip("ray", reason="needs Ray; run: pip install '.[ray]'")
pytestmark = [
    pytest.mark.slow,
    # Of Ray's own start, not ours to mend.
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]


@pytest.fixture(scope="module")
def nodes() -> Iterator[Any]:
    """A cluster of two nodes of one core each, as two raylets on this machine."""
    from ray.cluster_utils import Cluster

    # Workers find the embedders of these tests by it.
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    before = {name: os.environ.get(name) for name in ("PYTHONPATH", "RAY_USAGE_STATS_ENABLED")}
    os.environ |= {"PYTHONPATH": path, "RAY_USAGE_STATS_ENABLED": "0"}
    quiet = {"include_dashboard": False, "object_store_memory": 200_000_000}
    made = Cluster()
    try:
        for _ in range(2):
            made.add_node(num_cpus=1, **quiet)
        yield made
    finally:
        made.shutdown()
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)


@pytest.fixture
def cluster(nodes: Any) -> str:  # noqa: ANN401 - Ray's own
    """Its address by the loopback, which is all these tests may connect to."""
    port = nodes.address.rpartition(":")[2]
    return f"127.0.0.1:{port}"


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[str]:
    with chroma_running(tmp_path / "server") as address:
        yield address


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "docs"
    made.mkdir()
    for number in range(40):
        lines = [f"River {number} has {number * step} bridges." for step in range(1, 300)]
        (made / f"{number:02}.txt").write_text(" ".join(lines))
    (made / "broken.pdf").write_bytes(b"%PDF-1.4 and no more")
    return made


def _came(true: Callable[[], bool], what: str) -> None:
    for _ in range(2_400):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError(f"{what} did not come")


def _parent(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def assert_equal(one: Index, other: Index, queries: list[str]) -> None:
    """The same documents, passages and vectors, and the same found for each query."""
    assert one.records() == other.records()
    assert one.documents() == other.documents()
    vectors = []
    for index in (one, other):
        with index._place.reading() as rooms:
            keys = [key for record in rooms.store.records().values() for key in record.keys]
            found = {item.key: item.vector for item in rooms.store.fetch(keys)}
            assert sorted(found) == sorted(rooms.store.keys()), "a passage belongs to no document"
            vectors.append(np.stack([found[key] for key in keys]))
    assert np.abs(vectors[0] - vectors[1]).max() < 0.005
    for query in queries:
        hits = [index.search(query, k=5) for index in (one, other)]
        assert [h.passage for h in hits[0]] == [h.passage for h in hits[1]]
        assert [h.score for h in hits[0]] == pytest.approx([h.score for h in hits[1]], abs=0.01)


def test_the_sample_indexed_on_a_cluster_equals_the_one_indexed_here(
    tmp_path: Path, cluster: str, own_server: str
) -> None:
    here = Index.open(tmp_path / "here")
    there = Index.open(tmp_path / "there")
    on_server = Index.open(own_server)
    expected = here.sync(CORPUS)
    assert there.sync(CORPUS, ray=cluster) == expected
    assert on_server.sync(CORPUS, ray=cluster) == expected
    queries = ["Did CZ ask for a pardon?", "What did the court decide?", "Bitcoin price in May"]
    assert_equal(here, there, queries)
    assert_equal(here, on_server, queries)
    assert there.sync(CORPUS, ray=cluster).changed is False
    on_server.close()


def test_a_worker_killed_in_the_middle_costs_nothing_and_repeats_nothing(
    tmp_path: Path, cluster: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.shipping._PARCEL_FILES", 4)
    signs = tmp_path / "signs"
    signs.mkdir()
    there = Index.open(tmp_path / "there", embedder=Watched(signs))
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(there.sync, folder, ray=cluster)
        _came((signs / "waiting").exists, "a worker that waits")
        killed = int((signs / "waiting").read_text())
        os.kill(killed, signal.SIGKILL)
        (signs / "go").touch()
        report = done.result()
    assert report.added == tuple(f"{number:02}.txt" for number in range(40))
    assert list(report.failed) == ["broken.pdf"]
    workers = {int(path.name) for path in (signs / "workers").iterdir()}
    assert killed in workers and len(workers) > 1 and os.getpid() not in workers
    bag = BagOfWords()
    here = Index.open(tmp_path / "here", embedder=bag)
    here.sync(folder)
    assert there.differences() == []
    assert_equal(here, there, ["How many bridges has river 7?", "river 39"])


def test_a_node_that_goes_away_in_the_middle_costs_nothing_and_repeats_nothing(
    tmp_path: Path,
    nodes: Any,  # noqa: ANN401
    cluster: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("index.shipping._PARCEL_FILES", 1)
    signs = tmp_path / "signs"
    signs.mkdir()
    there = Index.open(tmp_path / "there", embedder=Watched(signs, waits_at=30))
    third = nodes.add_node(num_cpus=1, object_store_memory=100_000_000)
    (raylet,) = third.all_processes["raylet"]

    def of_third() -> bool:
        workers = [int(path.name) for path in (signs / "workers").iterdir()]
        return any(_parent(worker) == raylet.process.pid for worker in workers)

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(there.sync, folder, ray=cluster)
        _came(of_third, "a worker of the third node")
        nodes.remove_node(third, allow_graceful=False)
        (signs / "go").touch()
        report = done.result()
    assert report.added == tuple(f"{number:02}.txt" for number in range(40))
    here = Index.open(tmp_path / "here", embedder=BagOfWords())
    here.sync(folder)
    assert there.differences() == []
    assert_equal(here, there, ["How many bridges has river 7?", "river 39"])


def test_an_interrupted_run_goes_on_from_what_it_wrote(
    tmp_path: Path, cluster: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.shipping._PARCEL_FILES", 4)
    bag = BagOfWords()
    index = Index.open(tmp_path / "store", embedder=bag)

    def interrupt(done: int, total: int, name: str) -> None:
        if done >= 12:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index.sync(folder, ray=cluster, progress=interrupt)
    report = index.sync(folder, ray=cluster)
    assert len(report.unchanged) >= 12
    assert sorted([*report.added, *report.unchanged]) == [f"{n:02}.txt" for n in range(40)]
    here = Index.open(tmp_path / "here", embedder=bag)
    here.sync(folder)
    assert_equal(here, index, ["How many bridges has river 7?"])


def test_a_node_with_other_versions_is_refused_by_name(
    index: Index, cluster: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.ray_workers.versions", lambda: {"sentencex": "0.0.1"})
    with pytest.raises(ClusterMismatch, match=r"sentencex .* and not 0\.0\.1; install the same"):
        index.sync(folder, ray=cluster)


def test_an_address_without_a_cluster_is_named(index: Index, folder: Path) -> None:
    with pytest.raises(ClusterUnreachable, match="start one with: ray start --head"):
        index.sync(folder, ray="127.0.0.1:1")
