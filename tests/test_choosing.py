"""Which sentences are quoted beside the best."""

from datetime import date

import pytest

from assistant.asked import first_choice
from assistant.extractive import ExtractiveReader
from index.documents import Document, Hit
from index.embedding import SentenceEmbedder
from index.splitting import split

FORCED = "According to Ash News, Mara Holt was forced out of her post as mayor of Ash Bay."
RESIGNED = "Mara Holt stepped down by her own choice, the council said."


@pytest.fixture(scope="module")
def reader() -> ExtractiveReader:
    return ExtractiveReader(SentenceEmbedder(backend="onnx"))


def quoted(
    reader: ExtractiveReader, question: str, later: str = FORCED, earlier: str = RESIGNED
) -> list[str]:
    documents = [
        Document("later", later, "News", "Ash News", date(2025, 3, 13)),
        Document("earlier", earlier, "News", "The council", date(2023, 11, 21)),
    ]
    hits = [Hit(passage, 1.0) for one in documents for passage in split(one)]
    return [quote.text for quote in reader.read(question, hits).quotes]


def test_of_two_things_put_up_for_choice_each_has_half_the_words(reader: ExtractiveReader) -> None:
    question = "Was Mara Holt forced out of office as mayor"
    assert quoted(reader, f"{question}?") == [FORCED]
    assert quoted(reader, f"{question} or did she leave by herself?") == [FORCED, RESIGNED]
    assert quoted(reader, f"{question} or governor?") == [FORCED]


def test_another_reason_needs_a_name_of_the_question_and_to_be_closer(
    reader: ExtractiveReader,
) -> None:
    later = 'Lowe said that the last council had Mara Holt prosecuted "in its war on the press".'
    earlier = "Holt was sentenced to prison for bribery."
    why = "Why was Holt prosecuted?"
    assert quoted(reader, why, later, earlier) == [later, earlier]
    assert quoted(reader, "Who had Holt prosecuted?", later, earlier) == [later]
    nameless = earlier.replace("Holt", "The mayor")
    assert quoted(reader, why, later, nameless) == [later]


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("Was Holt forced out, or did she leave by herself?", "Was Holt forced out?"),
        ("Did it begin before the strike or only after it?", "Did it begin before the strike?"),
        ("Was Holt mayor or governor?", ""),
        ("Who was forced out or did leave?", ""),
        ("Was Holt forced out?", ""),
    ],
)
def test_the_first_of_two_things_put_up_for_choice(question: str, first: str) -> None:
    assert first_choice(question) == first


def test_a_choice_is_as_sure_as_its_first_question(reader: ExtractiveReader) -> None:
    told = Document("a", "Holt wanted the whole of the yard.", "News", "Ash News", date(2025, 3, 1))
    hits = [Hit(passage, 1.0) for passage in split(told)]
    alone = reader.read("Was Holt after the whole yard?", hits)
    choice = reader.read("Was Holt after the whole yard, or only the crane of its owner Vos?", hits)
    assert choice.confidence == pytest.approx(alone.confidence)
