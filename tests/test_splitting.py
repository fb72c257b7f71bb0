from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from index import Document
from index.splitting import estimated_tokens, sentences, split

TEXTS = st.text(
    alphabet=st.one_of(
        st.sampled_from("ab C.!?\n  \t“”…,;:-U."), st.characters(exclude_categories=["Cs"])
    ),
    min_size=1,
).filter(lambda text: bool(text.strip()))


@given(TEXTS)
def test_passages_and_the_space_between_them_give_any_text_back(text: str) -> None:
    passages = split(Document("d", text), limit=12)
    end = 0
    for passage in passages:
        assert text[passage.start : passage.end] == passage.text
        assert not text[end : passage.start].strip()
        assert passage.start >= end
        end = passage.end
    assert not text[end:].strip()


@given(TEXTS)
def test_sentences_of_a_passage_lie_within_it_in_order(text: str) -> None:
    for passage in split(Document("d", text), limit=12):
        end = 0
        for first, last in passage.sentences:
            assert end <= first < last <= len(passage.text)
            assert not passage.text[end:first].strip()
            end = last


@given(TEXTS)
def test_no_passage_exceeds_the_limit_by_more_than_a_word(text: str) -> None:
    for passage in split(Document("d", text), limit=12):
        longest = max(estimated_tokens(word) for word in passage.text.split())
        assert estimated_tokens(passage.text) <= 12 + longest + len(passage.sentences)


def test_text_without_a_break_is_cut_in_no_time() -> None:
    text = "é" * 1_000_000
    assert "".join(passage.text for passage in split(Document("a", text))) == text


def test_a_full_stop_inside_a_name_does_not_end_a_sentence() -> None:
    text = "U.Today asked Dr. Smith of the U.S. Congress. He paid $4.3 billion."
    found = [text[start:end] for start, end in sentences(text)]
    assert found == ["U.Today asked Dr. Smith of the U.S. Congress.", "He paid $4.3 billion."]


def test_list_items_and_paragraphs_end_sentences() -> None:
    text = "Three things:\n- one\n- two\n\nThe end"
    assert [text[a:b] for a, b in sentences(text)] == ["Three things:", "- one", "- two", "The end"]


PARAGRAPH = "The harbour of {} was closed on Monday after a barge ran into the northern wall. {}"
MORE = "Nobody was hurt, but the lock will stay shut until divers have looked at its gates."


def passages(*paragraphs: str) -> list[str]:
    return [passage.text for passage in split(Document("a", "\n\n".join(paragraphs)))]


def test_a_paragraph_of_several_sentences_is_a_passage() -> None:
    told = [PARAGRAPH.format(place, MORE) for place in ("Aa", "Bo", "Cy")]
    assert passages(*told) == told


def test_paragraphs_of_one_sentence_each_stand_together() -> None:
    """News puts nearly every sentence in a paragraph of its own; that ends no subject."""
    told = [PARAGRAPH.format(place, "").strip() for place in ("Aa", "Bo", "Cy", "De", "Ek", "Fo")]
    held = passages(*told)
    assert 1 < len(held) < len(told)
    assert all(text.count("\n\n") for text in held[:-1])


def test_rows_of_a_table_stay_passages_of_their_own() -> None:
    """They are lines of one "sentence", too, but end as no sentence does."""
    rows = [PARAGRAPH.format(place, MORE).replace(".", ";") for place in ("Aa", "Bo", "Cy")]
    assert passages(*rows) == rows
