"""Descriptions that documents give of those they name."""

import pytest

from assistant.descriptions import by_description
from assistant.extractive import ExtractiveReader
from index.documents import Document, Hit
from index.embedding import SentenceEmbedder
from index.splitting import split

NEWS = (
    "Ada Morel, known as AM, the founder and owner of Lowe Shipping, sold a yard on Monday.",
    "Jan Vos was the treasurer of the Port of Ash Bay. Lowe Shipping lawyer Ida Roth left.",
    "Kai Lund, the captain of the Skua, and Bo Lund, the captain of the Gull, met.",
    "Eva Kern, the editor of Ash News, resigned. Tom Hale is the editor of Ash News.",
)


@pytest.mark.parametrize(
    ("question", "sentence", "described"),
    [
        (
            "What is the fine of Morel?",
            "The fine of the Lowe Shipping founder is small.",
            "What is the fine of the Lowe Shipping founder?",
        ),
        (
            "Was AM's boat sold?",
            "The owner of Lowe Shipping had a boat.",
            "Was the owner of Lowe Shipping's boat sold?",
        ),
        ("Did Vos pay?", "The treasurer of the Port of Ash Bay paid.", None),
        ("Did Roth pay?", "Lowe Shipping's lawyer paid.", "Did Roth pay?"),
        ("Did Roth pay?", "The Lowe Shipping lawyer paid.", "Did the Lowe Shipping lawyer pay?"),
        ("Did Lund pay?", "The captain of the Skua paid.", "Did the captain of the Skua pay?"),
        # The sentence has the name, or describes another, or one of two.
        ("Did Morel pay?", "Morel, the founder of Lowe Shipping, paid.", "Did Morel pay?"),
        ("Did Vos pay?", "The founder of Lowe Shipping paid.", "Did Vos pay?"),
        ("Did Kern pay?", "The editor of Ash News paid.", "Did Kern pay?"),
        ("Did Morel pay?", "The founder of Port Shipping paid.", "Did Morel pay?"),
        ("Did Morel pay?", "", "Did Morel pay?"),
    ],
)
def test_a_question_in_the_description_a_sentence_uses(
    question: str, sentence: str, described: str | None
) -> None:
    wanted = described or "Did the treasurer of the Port of Ash Bay pay?"
    assert by_description(question, sentence, NEWS) == wanted


def test_a_description_that_nobody_explains_stands_for_nobody() -> None:
    asked = "What is the fine of Morel?"
    told = "The fine of the Lowe Shipping founder is small."
    assert by_description(asked, told, []) == by_description(asked, told, NEWS[1:]) == asked


def test_an_answer_that_describes_whom_the_question_names_is_more_sure() -> None:
    fine = "The personal fine of the Lowe Shipping founder is nine million dollars, clerks said."
    opening = "On Monday a court in Ash Bay sentenced Ada Morel to four months in prison."
    reader = ExtractiveReader(SentenceEmbedder(backend="onnx"))

    def sure(told: str) -> float:
        texts = [f"{opening} {fine}", told]
        hits = [Hit(p, 1.0) for i, t in enumerate(texts) for p in split(Document(str(i), t))]
        reading = reader.read("What is the personal fine of Morel?", hits)
        assert reading.quotes[0].text == fine
        return reading.confidence

    explained = "The yard was sold by Ada Morel, the founder of Lowe Shipping, in May."
    other = "The yard was sold by Ada Morel, the founder of Port Shipping, in May."
    assert sure(explained) > sure(other)
