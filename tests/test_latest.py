"""What is remembered of values that were asked for, and what of sentence vectors."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from index.latest import Latest
from index.sentence_vectors import SentenceVectors


def test_only_what_is_not_held_is_read_and_the_longest_unasked_goes() -> None:
    asked: list[list[str]] = []

    def read(keys: list[str]) -> dict[str, str]:
        asked.append(keys)
        return {key: key * 2 for key in keys if key != "none"}

    latest = Latest[str](3)
    assert latest.of(["a", "b", "none", "a"], read) == {"a": "aa", "b": "bb"}
    assert latest.of(["a", "c"], read) == {"a": "aa", "c": "cc"}
    latest.of(["a", "d"], read)
    assert latest.of(["a", "b", "c", "d"], read) == {"a": "aa", "b": "bb", "c": "cc", "d": "dd"}
    assert asked == [["a", "b", "none"], ["c"], ["d"], ["b"]]


def test_a_value_counts_by_its_size() -> None:
    asked: list[list[str]] = []

    def read(keys: list[str]) -> dict[str, str]:
        asked.append(keys)
        return dict.fromkeys(keys, "1234")

    latest = Latest[str](9, len)
    for key in ("a", "b", "c", "b", "a"):
        latest.of([key], read)
    assert asked == [["a"], ["b"], ["c"], ["a"]]


def test_sentence_vectors_once_read_need_no_file(tmp_path: Path) -> None:
    kept = SentenceVectors(tmp_path / "vectors.sqlite", dimension=4)
    kept.put({"a": np.eye(2, 4, dtype=np.float32), "b": np.ones((1, 4), np.float32)})
    first = kept.get(["a", "b"])
    # A view of the rows of all that were read together would keep them all.
    assert all(rows.base is None for rows in first.values())
    kept.close()
    (tmp_path / "vectors.sqlite").unlink()
    again = kept.get(["a", "b"])
    assert all(np.array_equal(again[key], first[key]) for key in ("a", "b"))
    assert kept.get(["c"]) == {}
