"""What holds of a store when processes die, disks fill, files move and others read or write."""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest
from conftest import ROOT, BagOfWords
from crashes import assert_equal_to_fresh, change, killed, reading, sync_seconds
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index import Document, Index
from index.documents import Filter, Passage, Span
from index.embedding import Vectors
from index.errors import (
    DocumentNotFound,
    IndexDamaged,
    StoreBusy,
    StoreFull,
    StoreMismatch,
    StoreUnreachable,
)
from index.filtered import nearest
from index.generations import Generations
from index.lexical import LexicalIndex
from index.locking import writer_lock
from index.preparing import Draft
from index.rebuild import rebuild
from index.records import Contents, Entry, Record
from index.rooms import Rooms
from index.sentence_vectors import SentenceVectors
from index.splitting import split
from index.vectors import VectorStore
from index.watching import changes
from index.writing import Writer


class Counting(BagOfWords):
    """A bag of words that remembers what it was given to embed."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.most = 0

    def embed_spans(
        self, texts: Sequence[str], spans: Sequence[Sequence[Span]]
    ) -> tuple[Vectors, list[Vectors]]:
        self.seen += texts
        self.most = max(self.most, len(texts))
        return super().embed_spans(texts, spans)


def paragraphs(words: str, count: int) -> str:
    return "\n\n".join(f"{words} number {number} stands here. " * 30 for number in range(count))


def folder_size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


@contextmanager
def rooms_for_tampering(index: Index) -> Iterator[Rooms]:
    """The generation that counts, opened as no reader or writer would, to be broken by hand."""
    index.close()
    folder = Path(index.location)
    current = folder / "generations" / Generations(folder).current()
    rooms = index._shared.for_writing(current, create=False)
    yield rooms
    rooms.close()


def test_only_passages_that_changed_are_embedded(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    counting = Counting()
    index = Index.open(tmp_path / "store", embedder=counting)
    head = "A story\n\n"
    (folder / "a.txt").write_text(head + paragraphs("river", 10))
    index.sync(folder)
    assert len(counting.seen) >= 10
    counting.seen.clear()
    (folder / "a.txt").write_text(head + paragraphs("river", 10) + "\n\nA word more.")
    index.sync(folder)
    assert len(counting.seen) == 1
    assert "A word more." in counting.seen[0]
    assert_equal_to_fresh(tmp_path / "store", folder, tmp_path / "fresh")


def test_a_moved_file_keeps_its_vectors(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    (folder / "deep").mkdir(parents=True)
    counting = Counting()
    index = Index.open(tmp_path / "store", embedder=counting)
    (folder / "a.txt").write_text(paragraphs("river", 10))
    index.sync(folder)
    counting.seen.clear()
    (folder / "a.txt").rename(folder / "deep" / "b.txt")
    report = index.sync(folder)
    assert (report.added, report.deleted) == (("deep/b.txt",), ("a.txt",))
    assert counting.seen == []
    assert index.document("deep/b.txt").text.startswith("river number 0")
    assert_equal_to_fresh(tmp_path / "store", folder, tmp_path / "fresh")


def test_a_sync_that_finds_nothing_new_writes_nothing(index: Index, tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.txt").write_text("Words.")
    index.sync(folder)
    before = Generations(Path(index.location)).current()
    assert index.sync(folder).unchanged == ("a.txt",)
    assert Generations(Path(index.location)).current() == before


def test_files_can_be_chosen_by_pattern(index: Index, tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    (folder / "drafts").mkdir(parents=True)
    for name in ("a.txt", "b.md", "c.log", "drafts/d.txt"):
        (folder / name).write_text("Words.")
    report = index.sync(folder, include=["*.txt", "*.md"], exclude=["drafts/"])
    assert (report.added, dict(report.failed)) == (("a.txt", "b.md"), {})
    assert index.sync(folder, exclude=["*.log"]).added == ("drafts/d.txt",)
    assert index.sync(folder, include=["*.md"]).deleted == ("a.txt", "drafts/d.txt")
    with pytest.raises(ValueError, match="list of patterns"):
        index.sync(folder, include="*.md")


def test_an_index_within_its_own_folder_does_not_index_itself(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Words.")
    index = Index.open(tmp_path / "store", embedder=BagOfWords())
    report = index.sync(tmp_path)
    assert (report.added, dict(report.failed)) == (("a.txt",), {})
    (tmp_path / "deep").mkdir()
    other = Index.open(tmp_path / "deep" / ".." / "store", embedder=BagOfWords())
    assert dict(other.sync(tmp_path).failed) == {}
    with pytest.raises(ValueError, match="folder of the index itself"):
        index.sync(tmp_path / "store")


def test_what_cannot_be_taken_in_is_not_even_hashed(index: Index, tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    # Broken links: to look into one is another error.
    (folder / "film.mp4").symlink_to("nowhere")
    with (folder / "big.txt").open("wb") as file:
        # Holds nothing on the disk, and takes minutes to read.
        file.truncate(2**37)
    failed = index.sync(folder).failed
    assert failed["film.mp4"].startswith("no reader for '.mp4'")
    assert "over the limit" in failed["big.txt"]


def test_two_files_with_a_document_of_one_id_cost_neither_the_other(
    index: Index, tmp_path: Path
) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "x.json").write_text('[{"id": "y.txt", "text": "Rain fell."}]')
    (folder / "x.json#y.txt").write_text("Snow fell.")
    for _ in range(2):
        report = index.sync(folder)
        assert list(report.failed) == ["x.json#y.txt"]
        assert index.document("x.json#y.txt").text == "Rain fell."
    assert not report.changed
    (folder / "x.json").write_text('[{"id": "z.txt", "text": "Rain fell."}]')
    assert dict(index.sync(folder).failed) == {}
    assert index.document("x.json#y.txt").text == "Snow fell."


def test_a_linked_folder_whose_name_is_no_text_is_named_so_that_it_prints(
    index: Index, tmp_path: Path
) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    os.symlink(tmp_path, os.fsencode(folder) + b"/\xff")
    assert [name.encode() for name in index.sync(folder).failed] == [b"\\udcff"]


def test_what_cannot_be_looked_into_is_kept_and_named(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "docs"
    (folder / "closed").mkdir(parents=True)
    (folder / "closed" / "a.txt").write_text("Words.")
    index.sync(folder)
    real = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    # The superuser may read everything, so the refusal is made up.
    monkeypatch.setattr(os, "scandir", scandir)
    report = index.sync(folder)
    assert (dict(report.failed), report.deleted) == ({"closed": "Permission denied"}, ())
    assert index.document("closed/a.txt").text == "Words."


def test_records_of_one_file_come_and_go_with_their_lines(index: Index, tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    lines = ['{"id": "x", "text": "First."}', '{"id": "y", "text": "Second."}']
    (folder / "news.jsonl").write_text("\n".join(lines))
    assert index.sync(folder).added == ("news.jsonl#x", "news.jsonl#y")
    (folder / "news.jsonl").write_text(lines[1].replace("Second", "Third"))
    report = index.sync(folder)
    assert (report.updated, report.deleted) == (("news.jsonl#y",), ("news.jsonl#x",))
    (folder / "news.jsonl").unlink()
    assert index.sync(folder).deleted == ("news.jsonl#y",)
    assert index.documents() == []


_NAMES = st.sampled_from(["a.txt", "b.md", "c.csv", "d.json", "sub/e.txt", "sub/deep/ünï.txt"])
_TEXTS = st.sampled_from(["One.", "Two. " * 99, "---\npublished: 2025-03\n---\nThree", "{", ""])
_EDITS = st.one_of(
    st.tuples(st.just("write"), _NAMES, _TEXTS),
    st.tuples(st.just("delete"), _NAMES, st.just("")),
    st.tuples(st.just("move"), _NAMES, _NAMES),
    st.tuples(st.just("sync"), _NAMES, st.just("")),
)


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(edits=st.lists(_EDITS, max_size=12))
def test_after_any_sequence_of_edits_the_index_equals_the_folder(
    edits: list[tuple[str, str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    base = tmp_path_factory.mktemp("edits")
    folder, store = base / "docs", base / "store"
    folder.mkdir()
    index = Index.open(store, embedder=BagOfWords())
    for kind, name, other in [*edits, ("sync", "", "")]:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if kind == "write":
            path.write_text(other)
        elif kind == "delete":
            path.unlink(missing_ok=True)
        elif kind == "move" and path.is_file():
            (folder / other).parent.mkdir(parents=True, exist_ok=True)
            path.replace(folder / other)
        elif kind == "sync":
            report = index.sync(folder)
    index.close()
    # A file that can no longer be read keeps the version indexed before; all else is the same.
    kept = {name for name, reason in report.failed.items() if "is kept" in reason}
    if kept:
        index.delete([r.document_id for r in index.records() if r.file in kept])
    assert_equal_to_fresh(store, folder, base / "fresh")


@pytest.mark.usefixtures("all_cores")
def test_a_killed_sync_is_finished_by_the_next(tmp_path: Path) -> None:
    rng = random.Random(7)
    folder, store = tmp_path / "docs", tmp_path / "store"
    change(folder, rng, 25)
    seconds = sync_seconds(store, folder)
    for _ in range(2):
        change(folder, rng, 25)
        killed(store, folder, rng.uniform(0, seconds))
        Index.open(store, embedder=BagOfWords()).sync(folder)
        assert_equal_to_fresh(store, folder, tmp_path / "fresh")


def test_a_full_disk_leaves_the_old_index_serving(tmp_path: Path) -> None:
    disk, folder = tmp_path / "disk", tmp_path / "docs"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=30m", "tmpfs", str(disk)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting a small disk is not allowed here")
    try:
        rng = random.Random(5)
        change(folder, rng, 30)
        index = Index.open(disk / "store", embedder=BagOfWords())
        index.sync(folder)
        before = index.documents()
        change(folder, rng, 60)
        with (disk / "ballast").open("wb") as file:
            file.write(b"0" * (shutil.disk_usage(disk).free - 900_000))
        with pytest.raises(StoreFull, match="free some space"):
            index.sync(folder)
        assert index.documents() == before
        assert index.search("river")
        with pytest.raises(StoreFull):
            rebuild(disk / "store", folder, BagOfWords())
        assert index.documents() == before
        (disk / "ballast").unlink()
        index.sync(folder)
        index.close()
        assert_equal_to_fresh(disk / "store", folder, tmp_path / "fresh")
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_a_rebuild_with_another_model_keeps_what_a_program_added(tmp_path: Path) -> None:
    class Other(BagOfWords):
        name = "another-bag"

    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.txt").write_text("Rivers are long.")
    (folder / "b.txt").write_text("Hills are high.")
    note = Document("uploads/note.txt", "Lakes are deep. " * 40, source="Ada")
    with closing(Index.open(tmp_path / "store", embedder=BagOfWords())) as index:
        index.sync(folder)
        index.add([note])
    (folder / "b.txt").unlink()
    assert rebuild(tmp_path / "store", folder, Other()).added == ("a.txt",)
    with closing(Index.open(tmp_path / "store", embedder=Other())) as index:
        assert [document.id for document in index.documents()] == ["a.txt", "uploads/note.txt"]
        assert index.document(note.id) == note
        assert index.search("deep lakes")[0].passage.document_id == note.id
        assert index.differences() == []


def test_a_rebuild_that_fails_leaves_the_old_index(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.txt").write_text("Rain fell.")
    index = Index.open(tmp_path / "store", embedder=BagOfWords())
    index.sync(folder)

    class Broken(BagOfWords):
        name = "broken"

        def embed_spans(self, *_: object) -> tuple[Vectors, list[Vectors]]:
            raise MemoryError

    with pytest.raises(MemoryError):
        rebuild(tmp_path / "store", folder, Broken())
    assert [hit.passage.text for hit in index.search("rain")] == ["Rain fell."]
    (folder / "b.txt").write_text("Snow fell.")
    assert index.sync(folder).added == ("b.txt",)
    assert_equal_to_fresh(tmp_path / "store", folder, tmp_path / "fresh")


@pytest.mark.parametrize("held", [None, b"", b"\xff\xfe"])
def test_an_index_that_lost_the_name_of_what_counts_is_not_begun_anew(
    tmp_path: Path, held: bytes | None
) -> None:
    index = Index.open(tmp_path / "store", embedder=BagOfWords())
    index.add([Document("a", "Rain fell.")])
    index.close()
    pointer = tmp_path / "store" / "current"
    name = pointer.read_bytes()
    if held is None:
        pointer.unlink()
    else:
        pointer.write_bytes(held)
    with pytest.raises(IndexDamaged, match=f"write {name.decode()} into it"):
        Index.open(tmp_path / "store", embedder=BagOfWords())
    pointer.write_bytes(name)
    assert len(Index.open(tmp_path / "store", embedder=BagOfWords()).documents()) == 1


def test_an_index_of_an_earlier_format_is_refused_with_the_cure(tmp_path: Path) -> None:
    for part in ("chroma/chroma.sqlite3", "lexical/meta.json", "lexical/marker"):
        (tmp_path / "store" / part).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "store" / part).touch()
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text("Rain fell.")
    with pytest.raises(StoreMismatch, match="--rebuild"):
        Index.open(tmp_path / "store", embedder=BagOfWords())
    rebuild(tmp_path / "store", tmp_path / "docs", BagOfWords())
    assert len(Index.open(tmp_path / "store", embedder=BagOfWords()).documents()) == 1
    assert not (tmp_path / "store" / "chroma").exists()


def test_what_somebody_else_keeps_beside_an_index_is_never_removed(tmp_path: Path) -> None:
    kept = ("chroma", "lexical", "draft-thesis", "new-photos", "generations/mine")
    for name in kept:
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "chroma.sqlite3").write_text("Somebody else's.")
    index = Index.open(tmp_path, embedder=BagOfWords())
    index.add([Document("a", "Rain fell.")])
    index.add([Document("b", "Snow fell.")])
    assert index.differences() == []
    assert all((tmp_path / name / "chroma.sqlite3").is_file() for name in kept)


def test_a_draft_that_lost_its_store_while_it_was_compacted_is_dropped(index: Index) -> None:
    index.add([Document("a", "Rain fell.")])
    shutil.rmtree(Generations(Path(index.location)).begin(copy=True) / "chroma")
    index.add([Document("b", "Snow fell.")])
    assert [document.id for document in index.documents()] == ["a", "b"]


def test_what_a_killed_rebuild_left_is_removed_by_the_next_sync(
    index: Index, tmp_path: Path
) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.txt").write_text("Rain fell.")
    index.sync(folder)
    generations = Generations(Path(index.location))
    generations.begin(copy=False)
    assert index.sync(folder).unchanged == ("a.txt",)
    assert index.differences() == []


def test_replacing_every_document_again_and_again_takes_no_more_space(tmp_path: Path) -> None:
    index = Index.open(tmp_path / "store", embedder=BagOfWords())
    sizes = []
    for cycle in range(4):
        index.add([Document(str(n), paragraphs(f"cycle {cycle} river {n}", 6)) for n in range(40)])
        sizes.append(folder_size(tmp_path / "store"))
    assert sizes[-1] <= 1.3 * sizes[0]
    index.delete([str(n) for n in range(1, 40)])
    assert folder_size(tmp_path / "store") < 0.5 * sizes[0]


def read_while_written(store: Path, cycles: int) -> None:
    """Replace everything so many times while another process reads all of it, over and over."""
    index = Index.open(store, embedder=BagOfWords())

    def documents(cycle: int) -> list[Document]:
        word = f"cycle{cycle}"
        return [Document(str(n), f"{word} river {n} stands here. " * 200) for n in range(20)]

    index.add(documents(0))
    said = store.with_name("said")
    with reading(store, f"cycle{cycles}", said) as reader:
        for cycle in range(1, cycles + 1):
            index.add(documents(cycle))
        reader.join(timeout=60)
        assert (reader.exitcode, said.read_text("utf-8")) == (0, "")


@pytest.mark.usefixtures("all_cores")
def test_a_reader_in_another_process_sees_old_or_new_and_never_an_error(tmp_path: Path) -> None:
    read_while_written(tmp_path / "store", 3)


def test_a_second_process_that_writes_is_told_who_holds_the_index(tmp_path: Path) -> None:
    store, folder = tmp_path / "store", tmp_path / "docs"
    folder.mkdir()
    (folder / "a.txt").write_text("Rain.")
    index = Index.open(store, embedder=BagOfWords())
    code = (
        f"import sys, time; sys.path.insert(0, {str(ROOT)!r})\n"
        "from pathlib import Path; from index.locking import writer_lock\n"
        f"with writer_lock(Path({str(store)!r})):\n print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    holder.stdout.readline()
    try:
        with pytest.raises(StoreBusy, match=f"process {holder.pid} on .*since"):
            index.sync(folder)
        assert index.documents() == []
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()
    assert index.sync(folder).added == ("a.txt",)


def test_a_version_that_counts_goes_on_counting_while_it_is_written_again(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    rain = Document("a", "Rain fell.")
    index.add([rain])
    seen: list[str] = []
    real = VectorStore._put_passages

    def put(self: VectorStore, entries: Sequence[Entry]) -> None:
        seen.extend(record.version for record in self.records().values())
        real(self, entries)

    monkeypatch.setattr(VectorStore, "_put_passages", put)
    index.add([rain])
    assert seen == [rain.fingerprint]
    assert index.differences() == []


def test_notes_written_by_two_threads_are_all_kept(index: Index) -> None:
    with index._place.reading() as rooms:

        def write(name: str) -> None:
            for number in range(30):
                rooms.store.note({f"{name}{number}": number})

        threads = [Thread(target=write, args=(name,)) for name in ("x", "y", "z")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len([name for name in rooms.store.notes() if name[0] in "xyz"]) == 90


def test_a_writer_that_has_not_said_its_name_yet_is_another_process(tmp_path: Path) -> None:
    with writer_lock(tmp_path):
        (tmp_path / "writer.txt").write_text("")
        with pytest.raises(StoreBusy, match="written by another process"), writer_lock(tmp_path):
            pass


def test_status_names_what_differs_and_repair_mends_it(tmp_path: Path) -> None:
    index = Index.open(tmp_path / "store", embedder=BagOfWords())
    index.add([Document(name, paragraphs(name, 4)) for name in ("alpha", "beta", "gamma")])
    assert index.differences() == []
    assert index.repair() == []
    keys = {record.document_id: record.keys for record in index.records()}
    with rooms_for_tampering(index) as rooms:
        rooms.store._passages.delete(ids=[keys["alpha"][1]])
        rooms.store._passages.upsert(
            ids=["stray"],
            embeddings=np.eye(1, 64, dtype=np.float32),
            metadatas=[{"document": "none"}],
        )
        (found,) = rooms.store._passages.get(ids=[keys["beta"][0]])["metadatas"] or []
        other = json.dumps({**json.loads(str(found["fields"])), "text": "Other words."})
        rooms.store._passages.update(ids=[keys["beta"][0]], metadatas=[{"fields": other}])
        rooms.lexical.update(["gamma"], [], rooms.store.marker)
    again = Index.open(tmp_path / "store", embedder=BagOfWords())
    assert again.differences() == [
        "alpha: 3 of 4 passages are stored",
        "beta: its text is not what was written",
        "1 passages belong to no document",
        "gamma: the lexical index holds another version of it, or none",
    ]
    with pytest.raises(DocumentNotFound, match="has lost passages of 'alpha'.*--repair"):
        again.document("alpha")
    done = " ".join(again.repair())
    assert "alpha: removed" in done
    assert "beta: removed" in done
    assert again.differences() == []
    assert [document.id for document in again.documents()] == ["gamma"]
    assert [hit.passage.document_id for hit in again.search("gamma")][:1] == ["gamma"]


def test_an_empty_origin_and_a_time_of_day_are_not_taken_for_damage(index: Index) -> None:
    given = Document("a", "Rain fell.", source="", published=datetime(2025, 3, 1, 9, 30), url="")
    index.add([given])
    assert index.differences() == []
    assert index.document("a") == given == replace(given, source=None, published=date(2025, 3, 1))


def test_a_draft_whose_vectors_are_lost_is_dropped(tmp_path: Path) -> None:
    index = Index.open(tmp_path / "store", embedder=BagOfWords())
    index.add([Document("a", "Rain fell.")])
    generations = Generations(tmp_path / "store")
    generations.begin(copy=True)
    for file in generations.draft.rglob("*.sqlite3"):
        file.write_bytes(b"torn")
    assert index.differences() == [
        "a writer was cut off or is at work; the next sync goes on from there"
    ]
    index.add([Document("b", "Snow fell.")])
    assert [document.id for document in index.documents()] == ["a", "b"]
    assert index.differences() == []


def test_a_draft_that_was_finished_and_not_yet_named_is_taken_up(tmp_path: Path) -> None:
    index = Index.open(tmp_path / "store", embedder=BagOfWords())
    index.add([Document("a", "Rain fell.")])
    generations = Generations(tmp_path / "store")
    rooms = index._shared.for_writing(generations.begin(copy=True), create=False)
    writer = Writer(rooms, index.embedder, index._shared.sentences)
    writer.write([Draft(Document("b", "Snow fell."))])
    writer.finish()
    rooms.close()
    generations.draft.rename(tmp_path / "store" / "generations" / "f1a15bed0001")
    index.add([Document("c", "Hail fell.")])
    assert [document.id for document in index.documents()] == ["a", "b", "c"]
    assert index.differences() == []
    assert len(list((tmp_path / "store" / "generations").iterdir())) == 1


def test_a_rebuild_with_another_model_that_is_cut_off_leaves_the_sentences_of_the_old(
    index: Index, tmp_path: Path
) -> None:
    class Other(BagOfWords):
        name = "other"
        dimension = 48

    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.txt").write_text("Rain fell. Snow lay.")
    (folder / "b.txt").write_text("Hail came.")
    index.sync(folder)

    def cut(done: int, total: int, _: str) -> None:
        if done == total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(index.location, folder, Other(), progress=cut)
    assert [hit.passage.document_id for hit in index.search("rain")] == ["a.txt", "b.txt"]
    (folder / "b.txt").unlink()
    rebuild(index.location, folder, Other())
    with closing(sqlite3.connect(Path(index.location) / "sentences.sqlite3")) as database:
        assert database.execute("SELECT count(*) FROM vectors").fetchone() == (1,)


def test_sentence_vectors_that_a_writer_forgets_while_they_are_made_are_still_used(
    index: Index,
) -> None:
    class Forgetful(SentenceVectors):
        def put(self, rows: Mapping[str, Vectors]) -> dict[str, Vectors]:
            made = super().put(rows)
            self.prune([])
            return made

    index.add([Document("a", "Rain fell. Snow fell.")])
    with index._place.reading() as rooms:
        searcher = replace(rooms.searcher, sentences=Forgetful(None, dimension=64))
        hits = searcher.search("rain", k=1, where=Filter(), dense_weight=0.5)
    assert hits == index.search("rain", k=1)


def test_sentence_vectors_damaged_past_their_first_page_are_made_again(index: Index) -> None:
    index.add([Document(str(n), f"Rain {n} fell. " * 9) for n in range(60)])
    before = index.search("rain 7")
    index.close()
    file = Path(index.location) / "sentences.sqlite3"
    whole = file.read_bytes()
    file.write_bytes(whole[:8192] + b"torn" * ((len(whole) - 8192) // 4))
    assert index.search("rain 7") == before
    index.delete(["7"])
    assert index.differences() == []


def test_a_damaged_cache_of_sentence_vectors_is_made_again(tmp_path: Path) -> None:
    index = Index.open(tmp_path / "store", embedder=BagOfWords())
    index.add([Document("a", "Rain fell. Snow fell.")])
    index.close()
    (tmp_path / "store" / "sentences.sqlite3").write_bytes(b"not a database at all" * 100)
    assert index.search("rain")[0].passage.document_id == "a"


@pytest.mark.usefixtures("all_cores")
def test_threads_search_while_another_writes(index: Index) -> None:
    index.add([Document(str(n), f"river {n} stands here.") for n in range(20)])
    done = Event()
    errors: list[BaseException] = []

    def search() -> None:
        while not done.is_set():
            try:
                assert index.search("river")
            except BaseException as error:  # noqa: BLE001 - told to the main thread
                errors.append(error)
                return

    threads = [Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    for cycle in range(3):
        index.add([Document(str(n), f"river {n} stands in {cycle}.") for n in range(20)])
    done.set()
    for thread in threads:
        thread.join()
    assert errors == []


def test_a_watched_folder_tells_of_changes_once_it_is_quiet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.watching._QUIET", 300)
    stop = Event()
    told: list[bool] = []

    def watch() -> None:
        for changed in changes(tmp_path, skip=tmp_path / "store", stop=stop):
            told.append(changed)
            stop.set()

    thread = Thread(target=watch)
    thread.start()
    time.sleep(0.5)
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "chroma").write_text("own writing")
    (tmp_path / ".hidden").write_text("not a document")
    time.sleep(0.8)
    assert told == []
    (tmp_path / "a.txt").write_text("Rain.")
    thread.join(timeout=20)
    assert told == [True]


def test_a_write_of_the_whole_is_seen_by_no_reader_before_it_is_done(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.add([Document("a", "Old words.")])
    seen = []
    real = VectorStore._put_records

    def put(self: VectorStore, *arguments: object) -> None:
        real(self, *arguments)  # type: ignore[arg-type]
        seen.append([document.text for document in index.documents()])

    monkeypatch.setattr(VectorStore, "_put_records", put)
    index.add([Document("a", "New words."), Document("b", "More.")])
    assert seen
    assert all(texts == ["Old words."] for texts in seen)
    assert [document.text for document in index.documents()] == ["New words.", "More."]


def test_a_draft_is_copied_whole_while_a_reader_has_its_journal_open(tmp_path: Path) -> None:
    root = tmp_path / "store"
    held = Generations(root)
    first = held.begin(copy=False)
    with closing(sqlite3.connect(first / "a.sqlite3")) as database:
        database.execute("create table t (x)")
        database.execute("insert into t values (1)")
        database.commit()
    held.publish()
    with closing(sqlite3.connect(root / "generations" / held.current() / "a.sqlite3")) as reader:
        reader.execute("insert into t values (2)")
        draft = held.begin(copy=True)
    assert [path.name for path in draft.glob("a.*")] == ["a.sqlite3"]
    with closing(sqlite3.connect(draft / "a.sqlite3")) as database:
        assert database.execute("select x from t").fetchall() == [(1,)]


def test_equal_bm25_scores_are_cut_off_alike_whatever_was_written_first(tmp_path: Path) -> None:
    rows = [
        (f"key-{i:03}", "1", Passage(f"d{i}", 0, 12, "rivers rise.", sentences=((0, 12),)), "")
        for i in range(300)
    ]
    found = []
    for number, order in enumerate((rows, rows[::-1])):
        lexical = LexicalIndex(tmp_path / str(number))
        lexical.update([], order, "marker")
        found.append([key for key, _ in lexical.search("rivers", 100, Filter())])
    assert found[0] == found[1] == [f"key-{i:03}" for i in range(100)]


def test_equal_distances_are_cut_off_alike_whatever_was_written_first(tmp_path: Path) -> None:
    # One vector for all of them, so each is as near to any question as the next.
    passage = Passage("", 0, 12, "rivers rise.", sentences=((0, 12),))
    vector = BagOfWords().embed_query("rivers rise")
    # A copy that was normalised once more may differ in the last bit.
    again = np.nextafter(vector, np.float32(1))
    entries: list[Entry] = []
    for i in range(300):
        document = Document(id=f"d{i:03}", text=passage.text)
        record = Record.of(document, passages=1, origin=None)
        row = (again if i % 3 else vector)[None, :]
        entries.append((record, [replace(passage, document_id=document.id)], row, document.text))
    found = []
    for number, order in enumerate((entries, entries[::-1])):
        folder = str(tmp_path / str(number))
        store = VectorStore(folder, model="bag-of-words", dimension=64, splitter="none")
        with closing(store):
            store.write(order)
            found.append([item.key for item in store.nearest(vector, 100)])
    assert found[0] == found[1] == sorted(found[0])
    assert len(found[0]) == 100


class Torn(VectorStore):
    """A store whose graph leads to a few of its passages only."""

    def neighbours(self, vector: Vectors, n: int) -> dict[str, float]:
        return dict(list(super().neighbours(vector, n).items())[::7])


@pytest.mark.parametrize("where", [Filter(), Filter(sources=("even",))])
def test_passages_that_the_graph_does_not_lead_to_are_found(tmp_path: Path, where: Filter) -> None:
    entries, rows = [], []
    for i in range(60):
        document = Document(f"d{i:02}", f"rivers rise {i}.", source="odd" if i % 2 else "even")
        (passage,) = split(document)
        record = Record.of(document, passages=1, origin=None)
        vector = BagOfWords().embed_query(document.text)
        entries.append((record, [passage], vector[None, :], document.text))
        rows.append((record.keys[0], record.version, passage, ""))
    lexical = LexicalIndex(None)
    lexical.update([], rows, "marker")
    question = BagOfWords().embed_query("rivers rise 8")
    found = []
    for number, kind in enumerate((VectorStore, Torn)):
        folder = str(tmp_path / str(number))
        with closing(kind(folder, model="m", dimension=64, splitter="none")) as store:
            store.write(entries)
            found.append([item.key for item in nearest(store, lexical, question, 20, where)[0]])
    assert found[0] == found[1]
    assert len(found[1]) == 20


def test_a_graph_that_leads_nowhere_is_no_end_of_a_search() -> None:
    """As on a server that another process empties while one searches by the words of before."""
    assert LexicalIndex(None).kept([], Filter(sources=("even",))) == set()


def test_heads_hold_the_same_share_of_a_question_however_many_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Few heads are remembered, of many tantivy is asked; a new version is seen by both."""
    documents = [
        Document("gauge", "The river rose in March.", title="Rhine report"),
        Document("snow", "Snow lay in the valley.", title="Weather report"),
        Document("none", "Nothing.", title="Empty"),
    ]
    lexical = LexicalIndex(None)
    names = ["snow", "gauge", "absent", "none", "snow"]

    def shares() -> list[float]:
        few = lexical.heads("When did the Rhine rise, by the weather report?", names)
        with monkeypatch.context() as patched:
            patched.setattr("index.heads._KEPT", 0)
            many = lexical.heads("When did the Rhine rise, by the weather report?", names)
        assert few == pytest.approx(many)
        return few

    def write(document: Document, version: str) -> None:
        (passage,) = split(document)
        head = f"{document.title}\n{document.text}"
        lexical.update(
            [document.id], [(f"{document.id}{version}", version, passage, head)], version
        )

    for document in documents:
        write(document, "1")
    snow, gauge, absent, none, again = shares()
    assert 0 < snow == again < 1
    assert 0 < gauge < 1
    assert absent == none == 0
    write(replace(documents[1], title="Weather of the Rhine, a report"), "2")
    assert shares()[0] > snow


def test_what_is_staged_is_seen_once_it_is_committed_and_never_when_it_was_discarded() -> None:
    lexical = LexicalIndex(None)
    rain, snow = (split(Document(name, text))[0] for name, text in [("a", "Rain."), ("b", "Snow.")])
    lexical.stage([], [("rain", "v", rain, "")])
    assert lexical.count(Filter()) == 0 and lexical.marker == ""
    lexical.discard()
    lexical.stage([], [("snow", "v", snow, "")])
    lexical.stage(["b"], [("snow again", "v", snow, "")])
    lexical.commit("one")
    assert lexical.keys(Filter()) == ["snow again"] and lexical.marker == "one"


def test_a_lexical_update_that_failed_does_not_keep_the_next_one_out() -> None:
    lexical = LexicalIndex(None)
    (passage,) = split(Document("a", "Rain fell."))

    def cut_off() -> Iterator[tuple[str, str, Passage, str]]:
        yield "k", "v", passage, ""
        raise StoreUnreachable("the store went away")

    # What was raised is kept, and with it the frame that it came through.
    with pytest.raises(StoreUnreachable) as told:
        lexical.update([], cut_off(), "one")
    lexical.update([], [("k", "v", passage, "")], "two")
    assert lexical.count(Filter()) == 1 and told.value


@pytest.mark.parametrize("where", [Filter(), Filter(sources=("even",))])
def test_what_a_search_that_found_too_few_leaves_out_shares_no_word(where: Filter) -> None:
    texts = [("Rivers rise" if i % 3 else "Snow falls") + f" {i}." for i in range(12)]
    documents = [
        Document(f"d{i}", text, source="odd" if i % 2 else "even") for i, text in enumerate(texts)
    ]
    lexical = LexicalIndex(None)
    lexical.update([], [(d.id, "v", *split(d), "") for d in documents], "marker")
    found = dict(lexical.search("rivers", 9, where))
    wanted = [
        i for i, one in enumerate(documents) if i % 3 and where.sources in (None, (one.source,))
    ]
    assert set(found) == {f"d{i}" for i in wanted} and len(found) < 9
    kept = lexical.kept([one.id for one in documents], where)
    assert lexical.scores("rivers", sorted(kept - set(found))) == {}
    assert lexical.scores("rivers", sorted(kept)) == pytest.approx(found)


def test_a_filter_gives_the_nearest_of_what_it_keeps(tmp_path: Path) -> None:
    chance = np.random.default_rng(3)
    vectors = chance.standard_normal((800, 64)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    # From one that keeps nearly all to one that keeps a few, and one that keeps what is far away.
    sources = ["far" if row[0] < -0.1 else f"p{min(i % 40, 3)}" for i, row in enumerate(vectors)]
    days = [date(2020, 1, 1 + i % 28) for i in range(len(vectors))]
    lexical = LexicalIndex(None)
    rows, entries = [], []
    for i, row in enumerate(vectors):
        document = Document(f"d{i:03}", "Rivers rise.", source=sources[i], published=days[i])
        passage = Passage(document.id, 0, 12, document.text, source=sources[i], published=days[i])
        record = Record.of(document, passages=1, origin=None)
        entries.append((record, [passage], row[None, :], document.text))
        rows.append((record.keys[0], record.version, passage, ""))
    lexical.update([], rows, "marker")
    question = np.zeros(64, np.float32)
    question[0] = 1
    filters = [
        Filter(),
        Filter(date(2020, 1, 27)),
        Filter(date(2020, 1, 2)),
        Filter(sources=("p3",)),
        Filter(date(2020, 1, 9), ("p0", "p1")),
        Filter(sources=("far",)),
        Filter(date(2019, 1, 1)),
    ]
    with closing(VectorStore(str(tmp_path), model="m", dimension=64, splitter="none")) as store:
        store.write(entries)
        for where in filters:
            kept = [
                i
                for i in range(len(vectors))
                if (where.as_of is None or days[i] <= where.as_of)
                and (where.sources is None or sources[i] in where.sources)
            ]
            best = sorted(kept, key=lambda i: -float(vectors[i] @ question))[:20]
            found, _ = nearest(store, lexical, question, 20, where)
            assert [item.passage.document_id for item in found] == [f"d{i:03}" for i in best]


def test_a_large_addition_is_embedded_and_written_in_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.api._BATCH_CHARACTERS", 100)
    embedder = Counting()
    documents = [Document(f"d{i}", f"Sentence number {i}.") for i in range(20)]
    index = Index.open(tmp_path, embedder=embedder)
    index.add(documents)
    assert 1 < embedder.most < 10
    assert [document.id for document in index.documents()] == sorted(d.id for d in documents)
    assert index.differences() == []


def test_writing_one_document_reads_the_record_of_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = Index.open(tmp_path, embedder=BagOfWords())
    index.add([Document("a", "One."), Document("b", "Two.")])
    asked: list[Sequence[str] | None] = []
    records = VectorStore.records

    def noted(store: VectorStore, ids: Sequence[str] | None = None) -> dict[str, Record]:
        asked.append(ids)
        return records(store, ids)

    monkeypatch.setattr(VectorStore, "records", noted)
    index.add([Document("c", "Three.")])
    assert asked
    assert all(ids == ["c"] for ids in asked)


def test_an_index_that_keeps_each_field_apart_is_read_and_written_on(tmp_path: Path) -> None:
    index = Index.open(tmp_path / "store", embedder=BagOfWords())
    added = [
        Document("a", paragraphs("river", 4), "Title", "Paper", date(2025, 3, 1)),
        Document("b", "Rain.", url="https://x.org"),
    ]
    index.add(added)
    before = [hit.passage for hit in index.search("river rain")]
    with rooms_for_tampering(index) as rooms:
        # As it was written until the fields of a row became one string.
        for collection in (rooms.store._passages, rooms.store._documents):
            rows = collection.get(include=["metadatas", "embeddings"])
            old = [json.loads(str(meta.pop("fields"))) | dict(meta) for meta in rows["metadatas"]]
            texts = [fields.pop("text", None) for fields in old]
            collection.delete(ids=rows["ids"])
            collection.upsert(
                ids=rows["ids"],
                embeddings=rows["embeddings"],
                documents=None if None in texts else texts,
                metadatas=[{k: v for k, v in fields.items() if v is not None} for fields in old],
            )
    again = Index.open(tmp_path / "store", embedder=BagOfWords())
    assert again.documents() == added
    assert [hit.passage for hit in again.search("river rain")] == before
    assert again.differences() == []
    added[1] = Document("b", "Sun.")
    again.add(added[1:])
    assert again.documents() == added
    assert again.differences() == []
    again.delete(["a"])
    assert again.documents() == added[1:]


def test_so_many_characters_of_documents_are_remembered(
    tmp_path: Path, bag: BagOfWords, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.settled._CHARACTERS", 2_000)
    index = Index.open(tmp_path / "store", embedder=bag)
    sizes = {"a": 1_500, "b": 1_200, "c": 400, "long": 2_500}
    index.add([Document(name, (f"{name} " * size)[:size]) for name, size in sizes.items()])
    read: list[str] = []
    real = VectorStore.contents

    def contents(self: VectorStore, records: Iterable[Record]) -> dict[str, Contents]:
        asked = list(records)
        read.extend(record.document_id for record in asked)
        return real(self, asked)

    monkeypatch.setattr(VectorStore, "contents", contents)
    for name in ("a", "c", "a", "b", "b", "a", "long", "long"):
        assert len(index.document(name).text) >= sizes[name] - 1
    # There is room for a and c, not for b beside them, and never for what is too long by itself.
    assert read == ["a", "c", "b", "a", "long", "long"]
