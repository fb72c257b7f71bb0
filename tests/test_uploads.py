"""Uploaded files become documents of the index: counted, replaced and refused by file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.page.uploads import Taken, UploadLimits, Uploads
from index import Index


def records(count: int) -> str:
    return "\n".join(
        json.dumps({"id": f"r{n}", "title": f"Item {n}", "text": f"Item {n} holds {n} pears."})
        for n in range(count)
    )


def take(uploads: Uploads, folder: Path, *files: tuple[str, str]) -> Taken:
    paths = []
    for at, (name, text) in enumerate(files):
        path = folder / str(at) / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
        paths.append(path)
    *_, last = uploads.take(paths)
    assert not any(path.exists() for path in paths)
    return last


def held(index: Index) -> list[str]:
    return [record.document_id.removeprefix("uploads/") for record in index.records()]


def test_a_file_of_many_records_counts_as_one(index: Index, tmp_path: Path) -> None:
    uploads = Uploads(index, UploadLimits(most_in_all=2))
    assert not take(uploads, tmp_path, ("many.jsonl", records(5))).failed
    assert not take(uploads, tmp_path, ("Invoice #12.txt", "Twelve pears.")).failed
    full = take(uploads, tmp_path, ("third.txt", "Three pears."))
    assert full.failed == {"third.txt": "2 uploaded files is the limit; remove some"}
    # What takes the place of a file needs no room.
    again = take(uploads, tmp_path, ("Invoice #12.txt", "A dozen."), ("many.jsonl", records(4)))
    assert not again.failed
    assert len(held(index)) == 5


@pytest.mark.parametrize("count", [1, 2])
def test_a_file_that_is_replaced_leaves_no_record_behind(
    index: Index, tmp_path: Path, count: int
) -> None:
    uploads = Uploads(index)
    other = ("data.json", json.dumps([{"id": "r4", "text": "Plums."}, {"text": "Figs."}]))
    take(uploads, tmp_path, ("data.jsonl", records(5)), other)
    before = [name for name in held(index) if not name.startswith("data.jsonl")]
    assert len(before) == 2
    done = take(uploads, tmp_path, ("data.jsonl", records(count)))
    kept = [name.removeprefix("uploads/") for name in done.taken["data.jsonl"]]
    assert held(index) == sorted([*before, *kept])
    assert len(kept) == count


def test_a_file_that_cannot_be_read_leaves_the_one_of_its_name(
    index: Index, tmp_path: Path
) -> None:
    uploads = Uploads(index)
    take(uploads, tmp_path, ("data.jsonl", records(3)))
    assert "data.jsonl" in take(uploads, tmp_path, ("data.jsonl", "{")).failed
    assert len(held(index)) == 3


def test_a_second_file_of_one_name_is_refused_by_name(index: Index, tmp_path: Path) -> None:
    done = take(Uploads(index), tmp_path, ("a.txt", "Ten pears."), ("a.txt", "Nine plums."))
    assert done.taken == {"a.txt": ("uploads/a.txt",)}
    assert done.failed == {"a.txt": "another file of this upload has that name"}
    assert index.document("uploads/a.txt").text == "Ten pears."


def test_a_document_of_the_folder_is_not_replaced(index: Index, tmp_path: Path) -> None:
    synced = tmp_path / "synced" / "uploads"
    synced.mkdir(parents=True)
    (synced / "data.jsonl").write_text(records(3), "utf-8")
    index.sync(synced.parent)
    fresh = json.dumps({"id": "new", "text": "One fig."})
    done = take(Uploads(index), tmp_path, ("data.jsonl", f"{fresh}\n{fresh}"))
    assert "rename it" in done.failed["data.jsonl"]
    assert len(held(index)) == 3


def test_no_name_of_a_file_can_be_taken_for_a_record_of_another(
    index: Index, tmp_path: Path
) -> None:
    uploads = Uploads(index)
    take(uploads, tmp_path, ("data.json#r1.txt", "Ten pears."))
    take(uploads, tmp_path, ("data.json", json.dumps({"text": "Nine plums."})))
    assert held(index) == ["data.json", "data.json_r1.txt"]
