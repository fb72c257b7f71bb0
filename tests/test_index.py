"""The contract of Index, over an embedded store and over a real Chroma server."""

from __future__ import annotations

import os
import shutil
from datetime import date
from pathlib import Path

import pytest
from conftest import BagOfWords

from index import Document, Index
from index.errors import DocumentNotFound, StoreBusy, StoreMismatch, StoreNotFound
from index.locking import writer_lock
from index.vectors import VectorStore

TEXT = "Alpha met Beta in Paris. Gamma stayed in Rome.\n\nDelta left early. "


@pytest.fixture(params=["embedded", "server"])
def any_index(request: pytest.FixtureRequest, tmp_path: Path, bag: BagOfWords) -> Index:
    if request.param == "embedded":
        return Index.open(tmp_path / "store", embedder=bag)
    index = Index.open(request.getfixturevalue("server"), embedder=bag)
    index.delete([record.document_id for record in index.records()])
    return index


def test_a_document_comes_back_as_it_was_added(any_index: Index) -> None:
    document = Document("a/b.txt", TEXT, "Title", "Paper", date(2025, 1, 2), "https://x.org")
    any_index.add([document])
    assert any_index.document("a/b.txt") == document
    assert any_index.documents() == [document]
    assert any_index.differences() == []


def test_adding_a_document_again_replaces_it(any_index: Index) -> None:
    any_index.add([Document("a", "Old words here. " * 90)])
    any_index.add([Document("a", "New text.")])
    assert any_index.document("a").text == "New text."
    assert [hit.passage.text for hit in any_index.search("words here")] == ["New text."]
    assert any_index.differences() == []


def test_deleted_documents_are_gone_and_unknown_ids_are_refused(any_index: Index) -> None:
    any_index.add([Document("a", "One."), Document("b", "Two.")])
    with pytest.raises(DocumentNotFound, match="'c'"):
        any_index.delete(["a", "c"])
    assert len(any_index.records()) == 2
    any_index.delete(["a"])
    assert [document.id for document in any_index.documents()] == ["b"]
    with pytest.raises(DocumentNotFound):
        any_index.document("a")
    assert any_index.differences() == []


def test_search_keeps_to_the_day_and_the_publishers_asked_for(any_index: Index) -> None:
    days = {"old": date(2024, 1, 1), "new": date(2025, 1, 1), "undated": None}
    texts = {"old": "Rain fell on hills.", "new": "Rain soaked towns.", "undated": "Rain again."}
    any_index.add([Document(n, texts[n], n, f"{n} Paper", day) for n, day in days.items()])

    def found(**options: object) -> set[str]:
        hits = any_index.search("rain", **options)  # type: ignore[arg-type]
        return {hit.passage.document_id for hit in hits}

    assert found() == {"old", "new", "undated"}
    assert found(as_of=date(2024, 6, 1)) == {"old", "undated"}
    assert found(as_of=date(2024, 1, 1)) == {"old", "undated"}
    assert found(sources=["NEW paper"]) == {"new"}
    assert found(sources=[]) == set()
    assert found(sources=["nobody"]) == set()


def test_near_duplicates_are_folded_into_the_best(any_index: Index) -> None:
    story = "The mayor opened the new bridge over the river on Monday morning in the rain."
    any_index.add([Document("a", story), Document("b", story + " Today"), Document("c", "Fog.")])
    hits = any_index.search("mayor bridge", k=5)
    assert [len(hit.duplicates) for hit in hits] == [1, 0]


def test_what_sync_finds_is_what_the_folder_holds(any_index: Index, tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.txt").write_text("Alpha.")
    (folder / "sub" / "b.md").write_text("# Beta\n\nText.")
    (folder / "bad.md").write_text("---\npublished: never\n---\nText.")
    (folder / ".hidden.txt").write_text("No.")
    any_index.add([Document("mine", "Added by hand.")])
    report = any_index.sync(folder)
    assert (report.added, set(report.failed)) == (("a.txt", "sub/b.md"), {"bad.md"})
    (folder / "a.txt").write_text("Alpha two.")
    (folder / "sub" / "b.md").unlink()
    (folder / "c.txt").write_text("Gamma.")
    report = any_index.sync(folder)
    assert (report.added, report.updated, report.deleted) == (("c.txt",), ("a.txt",), ("sub/b.md",))
    assert any_index.sync(folder).unchanged == ("a.txt", "c.txt")
    assert [d.id for d in any_index.documents()] == ["a.txt", "c.txt", "mine"]
    assert any_index.differences() == []


def test_a_file_that_breaks_keeps_its_last_good_version(index: Index, tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.md").write_text("Good text.")
    index.sync(folder)
    (folder / "a.md").write_text("---\npublished: never\n---\nText.")
    report = index.sync(folder)
    assert "is kept" in report.failed["a.md"]
    assert index.document("a.md").text == "Good text."


def test_a_missing_folder_is_refused_and_nothing_is_lost(index: Index, tmp_path: Path) -> None:
    index.add([Document("a", "Text.")])
    with pytest.raises(ValueError, match="not a folder"):
        index.sync(tmp_path / "nowhere")
    assert len(index.documents()) == 1


class Crash(Exception):
    pass


def numbered(words: str, count: int) -> str:
    return " ".join(f"{words} {number}." for number in range(count))


@pytest.mark.parametrize("step", range(1, 9, 2))
def test_a_write_cut_off_anywhere_is_mended_by_the_next_sync(
    tmp_path: Path, bag: BagOfWords, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    for name in "abc":
        (folder / f"{name}.txt").write_text(numbered(f"{name} old", 200))
    index = Index.open(tmp_path / "store", embedder=bag)
    index.sync(folder)
    (folder / "a.txt").write_text(numbered("a new", 300))
    (folder / "b.txt").unlink()
    (folder / "d.txt").write_text(numbered("d new", 100))
    calls = 0
    for name in ("_put_records", "_put_passages", "_drop"):
        real = getattr(VectorStore, name)

        def cut(*arguments: object, real: object = real) -> None:
            nonlocal calls
            calls += 1
            if calls > step:
                raise Crash
            real(*arguments)  # type: ignore[operator]

        monkeypatch.setattr(VectorStore, name, cut)
    with pytest.raises(Crash):
        index.sync(folder)
    monkeypatch.undo()
    again = Index.open(tmp_path / "store", embedder=bag)
    # Until it is finished, the old state serves, and it is whole.
    assert {d.text[:5] for d in again.documents()} == {"a old", "b old", "c old"}
    assert [word for word in again.differences() if "cut off" not in word] == []
    again.sync(folder)
    fresh = Index.open(tmp_path / "fresh", embedder=bag)
    fresh.sync(folder)
    assert again.documents() == fresh.documents()
    assert again.differences() == []
    query = "a new 17"
    assert again.search(query, k=9) == fresh.search(query, k=9)


def test_the_lexical_index_is_made_again_when_it_is_lost(tmp_path: Path, bag: BagOfWords) -> None:
    index = Index.open(tmp_path / "store", embedder=bag)
    index.add([Document(str(i), f"Word{i} stands here.") for i in range(5)])
    before = index.search("word3")
    index.close()
    (lexical,) = (tmp_path / "store").glob("generations/*/lexical")
    shutil.rmtree(lexical)
    (tmp_path / "store" / "sentences.sqlite3").unlink()
    again = Index.open(tmp_path / "store", embedder=bag)
    assert [hit.passage for hit in again.search("word3")] == [hit.passage for hit in before]


def test_a_damaged_marker_is_one_that_fits_no_store(tmp_path: Path, bag: BagOfWords) -> None:
    index = Index.open(tmp_path / "store", embedder=bag)
    index.add([Document("a", "Rain fell.")])
    index.close()
    (marker,) = (tmp_path / "store").glob("generations/*/lexical/marker")
    marker.write_bytes(b"\xff\xfe")
    assert [hit.passage.text for hit in index.search("rain")] == ["Rain fell."]
    assert index.repair()
    assert index.differences() == []


def test_a_second_writer_is_told_who_holds_the_index(index: Index) -> None:
    with (
        writer_lock(Path(index.location)),
        pytest.raises(StoreBusy, match=f"process {os.getpid()}"),
    ):
        index.add([Document("a", "Text.")])


def test_another_model_is_refused_with_the_cure(tmp_path: Path, bag: BagOfWords) -> None:
    Index.open(tmp_path / "store", embedder=bag)
    other = BagOfWords()
    other.name = "other-model"
    with pytest.raises(StoreMismatch, match=r"'bag-of-words', not 'other-model'.*--rebuild"):
        Index.open(tmp_path / "store", embedder=other)


def test_a_file_is_refused_as_the_folder_of_an_index(tmp_path: Path, bag: BagOfWords) -> None:
    (tmp_path / "a.txt").write_text("Words.")
    with pytest.raises(ValueError, match="is a file; give the folder"):
        Index.open(tmp_path / "a.txt", embedder=bag)


def test_opening_what_is_not_there_can_be_refused(tmp_path: Path, bag: BagOfWords) -> None:
    with pytest.raises(StoreNotFound, match="assistant index"):
        Index.open(tmp_path / "none", embedder=bag, create=False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"query": " "}, "empty"),
        ({"query": "a", "k": 0}, "k=0"),
        ({"query": "a", "sources": "Paper"}, "list"),
        ({"query": "a", "as_of": "2025"}, "date"),
    ],
)
def test_bad_arguments_are_quoted_back(
    index: Index, arguments: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        index.search(**arguments)  # type: ignore[arg-type]
