"""Names that documents say are the same."""

import pytest

from assistant.also_known import as_written, same_names
from assistant.extractive import ExtractiveReader
from index.documents import Document, Hit
from index.embedding import SentenceEmbedder
from index.splitting import split

NEWS = (
    "Ada Morel, known as AM, sold the yard. Morel had run it for ten years. Morel left.",
    "The Harbour Safety Board, or HSB, closed the quay. HSB inspectors came. The HSB reopened it.",
    'Lowe Shipping Ltd. (the "Company") has one company car. The Company sold it. The Company did.',
)


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("Ada Morel, known as AM, left.", {"Ada Morel", "Morel", "AM"}),
        ("Ada Morel (better known as Dodo) left.", {"Ada Morel", "Morel", "Dodo"}),
        ("In Ada Morel, also known as “Dodo”, left.", {"Ada Morel", "Morel", "Dodo"}),
        ('Ada "Dodo" Morel left.', {"Ada Morel", "Morel", "Dodo"}),
        ("The Harbour Safety Board (HSB) met.", {"Harbour Safety Board", "HSB"}),
        ("the Board of Sea Rescue, or BSR, met", {"Board of Sea Rescue", "BSR"}),
        ("Financial Crimes Network (FinCN) met.", {"Financial Crimes Network", "FinCN"}),
        ('Lowe Shipping Ltd. (the "Company") met', {"Lowe Shipping Ltd.", "Company"}),
    ],
)
def test_two_forms_of_a_name(text: str, forms: set[str]) -> None:
    (found,) = same_names(text)
    assert set(found) == forms
    assert list(found) == sorted(found, key=lambda form: (-len(form), form))


@pytest.mark.parametrize(
    "text",
    [
        "Senator Ada Morel (Republican) met.",
        "Ada Morel (HSB) left.",
        "The yard, known as the old one, closed.",
        "They met in Port Ellery, or nearby.",
        "He said “No” Twice.",
        "",
    ],
)
def test_other_brackets_and_commas_give_no_name(text: str) -> None:
    assert same_names(text) == ()


@pytest.mark.parametrize(
    ("question", "written"),
    [
        ("When did AM leave?", "When did Morel leave?"),
        ("did am leave?", "did am leave?"),  # "am" is a word of its own.
        ("Did the Harbour Safety Board close it?", "Did the HSB close it?"),
        ("did the harbour safety board close it?", "did the HSB close it?"),
        ("Did Ada Morel leave?", "Did Ada Morel leave?"),
        ("Did the HAM leave?", "Did the HAM leave?"),
        ("Which company sold its car?", "Which company sold its car?"),
        ("What did Lowe Shipping Ltd. sell?", "What did Lowe Shipping Ltd. sell?"),
        ("What did the Company sell?", "What did the Company sell?"),
        ("Did AM, or Ada Morel, leave?", "Did AM, or Ada Morel, leave?"),
        ("What is the HSB?", "What is the HSB?"),
        ("What does HSB stand for?", "What does HSB stand for?"),
        ("Why is she called AM?", "Why is she called AM?"),
    ],
)
def test_a_question_in_the_names_that_passages_use(question: str, written: str) -> None:
    assert as_written(question, NEWS) == written


def test_a_name_that_passages_do_not_explain_stays() -> None:
    assert as_written("When did AM leave?", ["Morel left.", "AM radio is old."]) == (
        "When did AM leave?"
    )
    assert as_written("When did AM leave?", []) == "When did AM leave?"


def test_the_form_that_is_used_more_stands() -> None:
    texts = ["Ada Morel, known as Dodo, left.", "Dodo came back.", "Dodo sang."]
    assert as_written("Did Morel sing?", texts) == "Did Dodo sing?"
    assert as_written("Did Dodo sing?", texts) == "Did Dodo sing?"


def test_a_family_name_stands_only_where_it_is_used_alone() -> None:
    texts = ["Ada Morel, known as Dodo, left.", "Ada Morel came back, Ada Morel sang, Morel left."]
    assert as_written("Did Dodo sing?", texts) == "Did Ada Morel sing?"
    assert as_written("Did Dodo sing?", [*texts, "Morel sat. Morel ate."]) == "Did Morel sing?"


def test_a_word_in_daily_use_is_no_name_by_itself() -> None:
    texts = ["Internet Protocol (IP) came first.", "IP is one protocol of several. IP is old."]
    asked = "What does the Datagram Protocol promise?"
    assert as_written(asked, texts) == asked


def test_a_question_by_nickname_is_read_as_one_by_name() -> None:
    texts = [*NEWS, "Morel said on Monday that a book about the harbour will be out in May."]
    hits = [Hit(p, 1.0) for i, t in enumerate(texts) for p in split(Document(str(i), t))]
    reader = ExtractiveReader(SentenceEmbedder(backend="onnx"))
    by_name, by_nickname, by_neither = (
        reader.read(f"Is {name} writing a book?", hits).confidence for name in ("Morel", "AM", "VW")
    )
    assert by_nickname == by_name > by_neither
