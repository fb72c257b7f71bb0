"""Several processes over one Chroma server: who follows whom, and who may write."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from conftest import BagOfWords

from index import Document, Index
from index.errors import StoreBusy
from index.preparing import Draft, prepare
from index.records import Record
from index.sentence_vectors import SentenceVectors
from index.server_place import ServerPlace
from index.vectors import VectorStore
from index.writing import WRITING


@pytest.fixture
def pair(server: str, bag: BagOfWords) -> Iterator[tuple[Index, Index]]:
    """Two indexes that know nothing of one another, over the same emptied server."""
    one, other = (Index.open(server, embedder=bag) for _ in range(2))
    one.delete([record.document_id for record in one.records()])
    yield one, other
    one.close()
    other.close()


def place_of(index: Index) -> ServerPlace:
    assert isinstance(index._place, ServerPlace)
    return index._place


def by_words(index: Index, word: str) -> list[str]:
    """The documents that hold a word, as BM25 alone finds them, which each process derives."""
    hits = index.search(word, dense_weight=0)
    return [hit.passage.document_id for hit in hits if word in hit.passage.text]


def test_what_one_writes_the_other_finds_by_word_without_looking_at_the_rest(
    pair: tuple[Index, Index], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = pair
    one.add([Document(f"d{n}", f"The river number{n} is long.") for n in range(50)])
    assert by_words(other, "number7") == ["d7"]
    asked: list[Sequence[str] | None] = []
    real = VectorStore.records

    def records(self: VectorStore, ids: Sequence[str] | None = None) -> dict[str, Record]:
        asked.append(ids)
        return real(self, ids)

    one.add([Document("new", "The bridge is called zebra."), Document("d7", "It has run dry.")])
    one.delete(["d8"])
    monkeypatch.setattr(VectorStore, "records", records)
    assert by_words(other, "zebra") == ["new"]
    assert by_words(other, "number7") == by_words(other, "number8") == []
    assert asked[0] == ["d7", "d8", "new"]
    assert None not in asked
    monkeypatch.undo()
    assert other.differences() == one.differences() == []


def test_a_change_too_old_to_be_remembered_has_everything_looked_at(
    pair: tuple[Index, Index], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = pair
    one.add([Document("a", "Rain fell.")])
    assert by_words(other, "Rain") == ["a"]
    monkeypatch.setattr("index.changes._KEPT", 4)
    for number in range(6):
        one.add([Document(f"b{number}", f"Snow fell on day{number}.")])
    place = place_of(other)
    assert place._changes.since(place._rooms.lexical.marker, place._rooms.store.marker) is None
    assert by_words(other, "day0") == ["b0"]
    assert by_words(other, "day5") == ["b5"]


def test_a_marker_that_no_change_led_to_has_everything_looked_at(pair: tuple[Index, Index]) -> None:
    """As a program leaves that knows nothing of the notes, while an upgrade is under way."""
    one, other = pair
    one.add([Document("a", "Rain fell.")])
    assert by_words(other, "Rain") == ["a"]
    store = place_of(one)._rooms.store
    store.write([_entry(one, Document("b", "Hail fell."))])
    store.marker = "of another program"
    other.search("Hail")
    assert set(place_of(other)._rooms.lexical.versions()) == {"a", "b"}


def test_what_a_writer_wrote_that_was_cut_off_is_not_missed(pair: tuple[Index, Index]) -> None:
    one, other = pair
    one.add([Document("a", "Rain fell.")])
    assert by_words(other, "Rain") == ["a"]
    store = place_of(one)._rooms.store
    with place_of(one).writing() as pending:
        writer = pending.started()
        writer.write([Draft(Document("b", "Snow fell."))])
        assert by_words(other, "Snow") == ["b"], "each step is followed as it is done"
        # The step after that is written and not noted any more: the process is killed.
        writer._store.write([_entry(one, Document("c", "Hail fell."))])
        marker = store.marker
        pending.writer = None
    assert marker.startswith(WRITING)
    other.add([Document("d", "Fog lay.")])
    assert by_words(other, "Hail") == by_words(one, "Hail") == ["c"]
    assert by_words(one, "Fog") == ["d"]
    assert one.differences() == other.differences() == []


def test_a_step_that_is_interrupted_is_followed_and_gone_on_from(
    pair: tuple[Index, Index], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new versions count already, and the old passages are not removed yet."""
    one, other = pair
    one.add([Document("a", "Rain fell.")])
    assert by_words(other, "Rain") == ["a"]
    real = VectorStore._drop_passages

    def drop(self: VectorStore, keys: Sequence[str]) -> None:
        if keys:
            raise KeyboardInterrupt
        real(self, keys)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(VectorStore, "_drop_passages", drop)
        one.add([Document("a", "Snow fell."), Document("b", "Hail fell.")])
    other.search("Snow")
    assert set(place_of(other)._rooms.lexical.versions()) == {"a", "b"}
    assert other.differences()[1:] == one.differences()[1:]
    with place_of(other).writing():
        pass
    assert by_words(one, "Snow") == by_words(other, "Snow") == ["a"]
    assert one.differences() == other.differences() == []


def test_a_writer_whose_claim_was_taken_over_gives_up(pair: tuple[Index, Index]) -> None:
    one, other = pair
    with pytest.raises(StoreBusy, match="taken over by"), place_of(one).writing() as pending:
        pending.started()
        _lapse(place_of(one))
        other.add([Document("b", "Snow fell.")])
        pending.write([Draft(Document("a", "Rain fell."))])
    assert [document.id for document in other.documents()] == ["b"]
    assert one.differences() == other.differences() == []


def test_what_was_half_way_through_when_another_took_over_counts_as_unfinished(
    pair: tuple[Index, Index], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writer stands still after its passages are written, and goes on with their record."""
    one, other = pair
    real = VectorStore._put_passages
    stood_still = []

    def put(self: VectorStore, entries: Sequence[object]) -> None:
        real(self, entries)  # type: ignore[arg-type]
        if not stood_still:
            stood_still.append(True)
            _lapse(place_of(one))
            # Sweeps what no record vouches for.
            other.add([Document("b", "Snow fell.")])

    monkeypatch.setattr(VectorStore, "_put_passages", put)
    with pytest.raises(StoreBusy, match="taken over by"):
        one.add([Document("a", "Rain fell. " * 200)])
    assert [record.document_id for record in other.records()] == ["b"]
    other.add([Document("a", "Rain fell. " * 200)])
    assert [document.id for document in one.documents()] == ["a", "b"]
    assert one.differences() == other.differences() == []


def test_those_who_search_do_not_wait_for_one_who_writes(pair: tuple[Index, Index]) -> None:
    one, _ = pair
    one.add([Document("a", "Rain fell.")])
    assert by_words(one, "Rain") == ["a"]
    with place_of(one).writing() as pending:
        pending.write([Draft(Document("b", "Snow fell."))])
        assert by_words(one, "Rain") == ["a"]


def test_sentence_vectors_in_memory_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.sentence_vectors._MOST_IN_MEMORY", 3)
    kept = SentenceVectors(None, dimension=4)
    row = np.ones((1, 4), np.float32)
    kept.put({"a": row, "b": row})
    kept.put({"c": row})
    assert set(kept.get(["a", "b", "c"])) == {"a", "b", "c"}
    assert set(kept.put({"d": row, "e": row})) == {"d", "e"}
    assert set(kept.get(["a", "b", "c", "d", "e"])) == {"d", "e"}


def _lapse(place: ServerPlace) -> None:
    """As a minute later, of which this process knows nothing."""
    place._rooms.store.note({"writer_until": time.time() - 1})


def _entry(index: Index, document: Document) -> tuple[object, ...]:
    (made,) = prepare([Draft(document)], index.embedder)
    return made.record, made.passages, made.vectors, document.text
