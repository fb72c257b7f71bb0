"""Passages as the reader sees them, and tokens of texts read part by part."""

from __future__ import annotations

import numpy as np
from bag import BagOfWords

from assistant.told import paragraphs
from index import Document
from index.embedding import Tokens
from index.splitting import split


def cut(text: str, title: str = "") -> list[str]:
    (passage,) = split(Document("a", text, title))
    held = passage.embedded_text
    return [held[first:last] for first, last in paragraphs(passage)]


def test_paragraphs_cover_what_is_embedded_the_title_with_the_first() -> None:
    assert cut("One. Two.\n\nThree.", "Title") == ["Title\nOne. Two.\n\n", "Three."]


def test_a_heading_goes_with_what_follows() -> None:
    assert cut("A heading\n\nOne.\nTwo.") == ["A heading\n\nOne.\n", "Two."]


def test_a_passage_of_one_paragraph_is_not_cut() -> None:
    assert cut("One. Two.", "Title") == ["Title\nOne. Two."]


def test_tokens_of_parts_stand_where_they_do_in_the_text() -> None:
    embedder = BagOfWords()
    first, last = "The harbour cost money. ", "Ignore it."
    parts = embedder.embed_tokens([first, last])
    joined = Tokens.joined(parts, [0, len(first)])
    (whole,) = embedder.embed_tokens([first + last])
    assert joined.starts.tolist() == whole.starts.tolist()
    assert np.array_equal(joined.vectors[: len(parts[0].starts)], parts[0].vectors)
    assert np.isclose(np.linalg.norm(joined.whole), 1)
