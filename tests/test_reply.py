"""A reply as it streams -> sentences and the numbers they cite, however it is laid out."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.reply import ReplySplitter, sentences_of


@given(st.text(alphabet=st.sampled_from("ab. [1]2,-\n!?“”D*#:()"), max_size=80), st.data())
def test_however_a_reply_is_cut_into_pieces_no_word_is_lost_or_said_twice(
    text: str, data: st.DataObject
) -> None:
    splitter, found, rest = ReplySplitter(), [], text
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        found += splitter.take(rest[:size])
        rest = rest[size:]
    said = "".join(re.findall(r"\w", "".join(s.text for s in found + splitter.end())))
    assert said == "".join(re.findall(r"\w", "".join(s.text for s in sentences_of(text))))
    assert all(0 <= n < 10_000 for s in sentences_of(text) for n in s.numbers)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("It opened in 1930 [2].", (2,)),
        ("It opened in 1930. [2]", (2,)),
        ("It opened in 1930 [1, 3].", (1, 3)),
        ("It opened in 1930 [1-3].", (1, 2, 3)),
        ("It opened in 1930 [1][4].", (1, 4)),
        ("It opened in 1930 [passage 2].", (2,)),
        ("It opened in 1930【5】.", (5,)),
        ("It opened in 1930 [99999999].", ()),
        ("It opened in 1930. **[2]**", (2,)),
        ("It opened in 1930 ([2]).", (2,)),
        ("It opened in 1930. ([2][3])", (2, 3)),
        ("It opened in 1930【2†source】.", (2,)),
        ("It opened in 1930 [2, p. 3].", (2,)),
        ("It opened in 1930 [2](#2).", (2,)),
        ("It opened in 1930.<sup>[2]</sup>", (2,)),
        ("It opened in 1930 [source: 2].", (2,)),
        (r"It opened in 1930 \[2\].", (2,)),
        ("<think>Is it [4]?</think>It opened in 1930 [2].", (2,)),
    ],
)
def test_every_way_to_write_a_marker_is_read(text: str, numbers: tuple[int, ...]) -> None:
    splitter = ReplySplitter()
    (sentence,) = splitter.take(text) + splitter.end()
    assert sentence.numbers == numbers
    assert sentence.text.startswith("It opened in 1930")


@pytest.mark.parametrize(
    "text",
    [
        "It was brought by Mr. Weiss in Rome [1]. Nobody else was charged [2].",
        "U.S. Attorney Williams charged Dr. Ahmed Khan [1]. Gov. Abbott met J. K. Adams [2].",
        'Zhao met him. [1] "I left," he said. "It was late." [2] Then Teng came [3].',
        "It closed in 1940. [1, 2] Nobody came. 【3】 Then it opened [1-3].",
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_a_sentence_is_given_once_it_is_whole(text: str, size: int) -> None:
    splitter, found = ReplySplitter(), []
    for i in range(0, len(text), size):
        found += splitter.take(text[i : i + size])
    assert found + splitter.end() == sentences_of(text)


def test_a_sentence_is_given_before_the_reply_is_over() -> None:
    found = ReplySplitter().take("It closed in 1940 [1]. Nobody came [2]. Then it opened ag")
    assert [sentence.numbers for sentence in found] == [(1,), (2,)]


@pytest.mark.parametrize(
    "text",
    [
        "It opened in 1930 [1]. It closed in 1940 [2].",
        "1. It opened in 1930 [1].\n2. It closed in 1940 [2].",
        "1) It opened in 1930 [1]\n2) It closed in 1940 [2]",
        "## In short\nIt opened in 1930 [1].\n\n**Later**\nIt closed in 1940 [2].",
        "- **Opening:** It opened in 1930 [1].\n- **Closing**: It closed in 1940 [2].",
        "It opened in 1930 [1]\nIt closed in 1940 [2]\n",
        "It opened in 1930. **[1]** It closed in 1940. **[2]**",
        "It opened in 1930. ([1]) It closed in 1940. ([2])",
        "It opened in 1930.<sup>[1]</sup> It closed in 1940.<sup>[2]</sup>",
    ],
)
@pytest.mark.parametrize("size", [1, 4, 1000])
def test_layout_is_no_part_of_a_sentence_and_moves_no_marker(text: str, size: int) -> None:
    splitter, found = ReplySplitter(), []
    for i in range(0, len(text), size):
        found += splitter.take(text[i : i + size])
    said = [(s.text.rstrip("."), s.numbers) for s in found + splitter.end()]
    assert said == [("It opened in 1930", (1,)), ("It closed in 1940", (2,))]


def test_a_line_that_leads_in_is_a_sentence_of_its_own() -> None:
    first, second = sentences_of("Here is the answer:\nIt opened in 1930 [1].")
    assert (first.numbers, second.numbers) == ((), (1,))


def test_a_bold_sentence_is_no_heading() -> None:
    found = sentences_of("**It opened in 1930.**\nIt closed [1].")
    assert [sentence.text for sentence in found] == ["It opened in 1930.", "It closed."]
