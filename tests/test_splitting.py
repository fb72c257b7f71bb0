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
