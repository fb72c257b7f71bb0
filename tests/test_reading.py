from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from conftest import SHARED, needs_shared

from assistant.answers import origin
from index.documents import Document
from index.errors import UnreadableDocument
from index.formats.cleaning import clean
from index.reading import read_file


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def one(path: Path, name: str) -> Document:
    (document,) = read_file(path, name)
    return document


def test_front_matter_gives_title_publisher_date_and_url(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "a.md",
        "---\ntitle: Hello\npublisher: The Paper\npublished: 2025-03-13\nurl: https://x.org/a\n"
        "---\n\n# Other\n\nSome **bold** text with a [link](http://y.org).\n",
    )
    document = one(path, "a.md")
    assert (document.title, document.source) == ("Hello", "The Paper")
    assert (document.published, document.url) == (date(2025, 3, 13), "https://x.org/a")
    assert document.text == "Other\n\nSome bold text with a link."


def test_a_leading_date_becomes_the_publication_date(tmp_path: Path) -> None:
    path = write(tmp_path, "a.txt", "date 2024-01-02 The council met.\n")
    document = one(path, "a.txt")
    assert document.published == date(2024, 1, 2)
    assert document.text == "The council met."


def test_a_month_alone_counts_as_its_last_day(tmp_path: Path) -> None:
    path = write(tmp_path, "a.md", "---\npublished: 2024-02\n---\nText.")
    document = one(path, "a.md")
    assert (document.published, document.published_precision) == (date(2024, 2, 29), "month")
    assert origin(document) == "Publisher unknown, February 2024"


def test_a_year_alone_counts_as_its_last_day(tmp_path: Path) -> None:
    document = one(write(tmp_path, "a.md", "---\npublished: 2024\n---\nText."), "a.md")
    assert (document.published, document.published_precision) == (date(2024, 12, 31), "year")
    assert origin(document) == "Publisher unknown, 2024"


@pytest.mark.parametrize("line", ["Advertisement", "ADVERTISEMENT", "All rights reserved."])
def test_boilerplate_lines_are_left_out(line: str) -> None:
    assert clean(f"First.\n\n{line}\n\nSecond.") == "First.\n\nSecond."


def test_a_disclaimer_ends_where_the_article_begins() -> None:
    text = "Disclaimer: The opinions expressed are their own. Do your own research. Prices rose."
    assert clean(text) == "Prices rose."


def test_a_line_of_blanks_is_cleaned_in_no_time() -> None:
    assert clean("a" + " " * 1_000_000 + "https://t.co/abc\nb") == "a\nb"


def test_words_about_advertising_are_kept() -> None:
    text = "Advertisement spending rose by 3 percent in May."
    assert clean(text) == text


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no text"),
        (b"   \n\n", "no text"),
        (b"---\ntitle: [a\n---\ntext", "not valid YAML"),
        (b"---\npublished: someday\n---\ntext", "is not a date"),
        (b"---\ntitle: [1, 2]\n---\ntext", "must be one value"),
        (b"---\npublished: 0\n---\ntext", "is not a date"),
        (b"---\ntitle: T\npublished: 2025-02-03\nThe harbour.", "not closed"),
        (b"\x00\xff\xfe\x00\x81\x00\x00\x99", "not text"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableDocument, match=reason):
        read_file(write(tmp_path, "a.md", content), "a.md")


def test_an_unknown_kind_of_file_says_which_are_known(tmp_path: Path) -> None:
    with pytest.raises(UnreadableDocument, match=r"\.md"):
        read_file(write(tmp_path, "a.xyz", "text"), "a.xyz")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252"])
def test_text_in_any_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    text = "Müller trinkt Kaffee für zwölf Euro. Später fährt er über die Brücke nach Köln zurück."
    assert one(write(tmp_path, "a.txt", text.encode(encoding)), "a.txt").text == text


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "The fine was €12 million – the “largest” so far – and it didn’t appeal."),
        ("cp1252", "Le tribunal a condamné la société à une amende. À Genève, où elle siège, bof."),
        ("cp1252", "O tribunal condenou a empresa. As ações caíram à tarde; não há informações."),
        ("cp1250", "Soud v pátek odsoudil společnost k pokutě. Žalobce řekl, že ji příště zvýší."),
        (
            "cp1250",
            "Sąd skazał spółkę na grzywnę. Żona prezesa nie wiedziała o niczym, choć pytała.",
        ),
        ("cp1251", "Суд приговорил компанию к штрафу в десять миллионов рублей, сказал адвокат."),
    ],
)
def test_letters_of_older_encodings_are_those_that_were_written(
    tmp_path: Path, encoding: str, text: str
) -> None:
    assert one(write(tmp_path, "a.txt", text.encode(encoding)), "a.txt").text == text


def test_a_long_text_with_a_foreign_letter_is_read_as_what_the_rest_is(tmp_path: Path) -> None:
    text = "Bøgerne lå på bordet, og børnene sørgede for brød og smør til frokost. " * 3_000
    text += "Til sidst fik de crème."
    assert one(write(tmp_path, "a.txt", text.encode("cp1252")), "a.txt").text == text


@pytest.mark.parametrize(
    "head", ["\n---\ntitle: T\npublished: 2025-04-01\n", "---\nTitle: T\nPublished: 2025-04-01\n"]
)
def test_front_matter_may_follow_a_blank_line_and_have_capitals(tmp_path: Path, head: str) -> None:
    document = one(write(tmp_path, "a.md", head + "---\nBody here.\n"), "a.md")
    assert (document.title, document.published) == ("T", date(2025, 4, 1))
    assert document.text == "Body here."


def test_a_line_across_at_the_head_of_a_text_is_no_front_matter(tmp_path: Path) -> None:
    assert one(write(tmp_path, "a.md", "---\nBody: here.\n"), "a.md").text == "Body: here."


@needs_shared
def test_a_broken_byte_does_not_change_how_the_rest_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("Café über façade. ".encode() * 9 + b"\xff end.")
    (document,) = read_file(tmp_path / "a.txt", "a.txt")
    assert document.text.startswith("Café über façade.")


def test_the_seed_article_is_dated_and_free_of_boilerplate() -> None:
    path = next((SHARED / "seed").glob("*.txt"))
    document = one(path, path.name)
    assert document.published == date(2025, 3, 13)
    assert document.text.startswith("Changpeng Zhao (CZ) has taken")
    for debris in ("Disclaimer", "Advertisement", "t.co", "liable"):
        assert debris not in document.text
