"""Each kind of file: what becomes of its words, its title, its date, its pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import docx
import made
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from hypothesis import given
from hypothesis import strategies as st

from assistant.answers import Citation
from index import Document
from index.errors import UnreadableDocument
from index.formats.draft import joined_pages, table_lines
from index.formats.pdf import read_pdf
from index.reading import read_file


def read(folder: Path, name: str, content: bytes | str) -> list[Document]:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_file(path, name)


def one(folder: Path, name: str, content: bytes | str) -> Document:
    (document,) = read(folder, name, content)
    return document


def test_a_web_page_is_its_article_with_title_site_date_and_address(tmp_path: Path) -> None:
    page = one(tmp_path, "a.html", made.HTML)
    assert (page.title, page.source) == ("Bridge opens", "The Paper")
    assert (page.published, page.url) == (date(2025, 3, 4), "https://paper.example/bridge")
    assert "twice of what was planned" in page.text
    assert "North" in page.text
    for debris in ("Weather", "newsletter", "Sport"):
        assert debris not in page.text


def test_a_web_page_without_an_article_gives_all_its_text(tmp_path: Path) -> None:
    assert "Opening hours" in one(tmp_path, "a.html", "<html><p>Opening hours: 9 to 5").text


def test_a_web_page_is_read_in_the_encoding_it_declares(tmp_path: Path) -> None:
    page = '<html><meta charset="windows-1251"><body><p>Москва и Киев</p></body></html>'
    assert "Москва" in one(tmp_path, "a.htm", page.encode("cp1251")).text


LINES = [
    "The council met on the evening of Monday in the old town hall beside the river, as it does",
    "every month of the year, and it heard the report of the treasurer, who was not too pleased.",
    "Income 1,200 1,300",
    "Costs 900 1,250",
]


def test_a_pdf_keeps_its_pages_title_and_date(tmp_path: Path) -> None:
    document = one(tmp_path, "may.pdf", made.pdf([LINES, ["Second page."]], "Council minutes"))
    assert document.title == "may: Council minutes"
    assert document.published == date(2024, 2, 29)
    assert document.page_of(0) == 1
    start = document.text.index("Second page.")
    assert document.page_of(start) == 2
    citation = Citation(1, "Second page.", start, start + 12, document)
    assert citation.origin == "Publisher unknown, 29 February 2024, p. 2"


def test_lines_of_a_pdf_are_joined_to_paragraphs_and_rows_stay_apart(tmp_path: Path) -> None:
    document = one(tmp_path, "a.pdf", made.pdf([LINES]))
    assert "as it does every month" in document.text
    assert "\n\nIncome 1,200 1,300\n\nCosts 900 1,250" in document.text


def test_the_head_that_all_pages_of_a_pdf_share_is_kept_once(tmp_path: Path) -> None:
    pages = [["Annual report 2024", f"Part {word}.", f"Page {n}"] for n, word in enumerate("abcde")]
    text = one(tmp_path, "a.pdf", made.pdf(pages)).text
    assert text.count("Annual report 2024") == 1
    assert all(f"Part {word}." in text for word in "abcde")


def test_a_pdf_of_pictures_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UnreadableDocument, match="text recognition"):
        read(tmp_path, "a.pdf", made.pdf([[], []]))


def test_a_word_file_gives_paragraphs_and_tables_in_order(tmp_path: Path) -> None:
    document = one(tmp_path, "b.docx", made.docx())
    assert document.title == "b: Minutes"
    assert document.text == (
        "Minutes of the council\n\nThe council met in the town hall.\n\nName: Ada; Vote: Yes\n\n"
        "It ended at nine."
    )


def test_what_stands_in_a_form_field_or_was_inserted_is_read(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("Plain.")
    run = "<w:r><w:t>{}</w:t></w:r>"
    for xml in (
        f"<w:sdt><w:sdtContent><w:p>{run.format('In a field.')}</w:p></w:sdtContent></w:sdt>",
        f"<w:p>{run.format('Kept, ')}<w:ins>{run.format('inserted.')}</w:ins></w:p>",
    ):
        named = xml.replace(">", f" {nsdecls('w')}>", 1)
        document.element.body.insert(0, parse_xml(named))
    document.save(str(tmp_path / "made.docx"))
    text = one(tmp_path, "a.docx", (tmp_path / "made.docx").read_bytes()).text
    assert text == "Kept, inserted.\n\nIn a field.\n\nPlain."


def test_slides_are_pages(tmp_path: Path) -> None:
    document = one(tmp_path, "talk.pptx", made.pptx())
    assert document.text == "Rain\n\nIt rained in May.\n\nSun\n\nJune was dry."
    assert document.page_of(document.text.index("June")) == 2


def test_a_row_of_a_sheet_repeats_what_its_columns_are(tmp_path: Path) -> None:
    document = one(tmp_path, "rivers.xlsx", made.xlsx())
    assert "Name: Rhine; Length (km): 1233" in document.text
    assert document.text.startswith("Rivers")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_csv_table_is_read_with_any_usual_delimiter(tmp_path: Path, delimiter: str) -> None:
    rows = [["Name", "Born"], ["Ada", "1815"], ["Charles", "1791"]]
    content = "\n".join(delimiter.join(row) for row in rows)
    assert (
        one(tmp_path, "a.csv", content).text == "Name: Ada; Born: 1815\n\nName: Charles; Born: 1791"
    )


def test_a_doubled_quote_far_down_a_table_is_one_quote(tmp_path: Path) -> None:
    content = "a,b\n" + '"x, y",1\n' * 3000 + '"said ""no"", twice",2\n'
    assert one(tmp_path, "a.csv", content).text.endswith('a: said "no", twice; b: 2')


@pytest.mark.parametrize("sender", ['"', "<", "a@[", "=?utf-8?q?a=0Ab?= <a@b.org>"])
def test_mail_with_a_broken_sender_is_read_all_the_same(tmp_path: Path, sender: str) -> None:
    mail = one(tmp_path, "a.eml", f"From: {sender}\nSubject: The engine\n\nIt weaves.")
    assert (mail.title, mail.text[-9:]) == ("The engine", "t weaves.")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", '[{"text": "Words.", "id": "b"}]'),
        ("a.jsonl", '{"text": "Words.", "id": "b"}'),
        ("a.csv", '"Name, first",Born\n"Ada, A",1815\n'),
    ],
)
def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path, name: str, content: str) -> None:
    with_mark = read(tmp_path, name, b"\xef\xbb\xbf" + content.encode())
    assert with_mark == read(tmp_path, name, content)


def test_the_text_of_a_record_is_the_first_that_is_not_empty(tmp_path: Path) -> None:
    content = '{"text": "", "content": 7, "body": "Words.", "date": 20250301}'
    document = one(tmp_path, "a.json", content)
    assert (document.text, document.published) == ("Words.", date(2025, 3, 1))


def test_what_every_passage_carries_of_its_document_is_short(tmp_path: Path) -> None:
    long = "word " * 20_000
    record = {"id": long, "title": long, "source": long, "url": f"https://x.org/{long}"}
    (document,) = read(tmp_path, "a.json", json.dumps([{**record, "text": "Words."}]))
    assert (document.id, document.url) == ("a.json#1", None)
    assert len(document.title) <= 501 and document.title.endswith("word…")
    assert len(document.source or "") <= 201


def test_mail_has_a_sender_a_day_and_the_names_of_attachments(tmp_path: Path) -> None:
    for html in (False, True):
        mail = one(tmp_path, "a.eml", made.eml(html=html))
        assert (mail.title, mail.source) == ("The engine", "Ada Lovelace")
        assert mail.published == date(2025, 3, 4)
        assert "The engine weaves patterns of numbers." in mail.text
        assert "Attachments: plan.pdf" in mail.text


def test_json_records_with_text_are_documents_of_their_own(tmp_path: Path) -> None:
    lines = (
        '{"id": 7, "title": "One", "text": "First.", "publisher": "P", "date": "2025-02"}\n'
        '{"id": 7, "headline": "Two", "body": "Second.", "link": "https://x.org"}\n'
    )
    first, second = read(tmp_path, "news.jsonl", lines)
    assert (first.id, first.text, first.source) == ("news.jsonl#7", "First.", "P")
    assert (first.published, first.published_precision) == (date(2025, 2, 28), "month")
    assert (second.id, second.title) == ("news.jsonl#7-2", "news: Two")
    assert second.url == "https://x.org"


def test_other_json_is_one_document_of_paths_and_values(tmp_path: Path) -> None:
    content = '{"host": "alpha", "ports": [80, 443], "owner": {"name": "Ada", "on": true}}'
    assert one(tmp_path, "a.json", content).text == (
        "host: alpha\n\nports: 80, 443\n\nowner: name: Ada; on: true"
    )


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("a.txt", made.pdf([["In truth a PDF."]]), "In truth a PDF."),
        ("a.pdf", "<!DOCTYPE html><html><p>A page after all</p></html>", "A page after all"),
        ("a.docx", made.xlsx(), "Rhine"),
    ],
)
def test_a_mislabelled_file_is_read_as_what_it_is(
    tmp_path: Path, name: str, content: bytes | str, text: str
) -> None:
    assert text in one(tmp_path, name, content).text


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.pdf", b"", "damaged|no text"),
        ("a.pdf", made.pdf([["Text."]])[:200], "damaged"),
        ("a.docx", made.docx()[:900], "not a sound"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 600, "encrypted or in the Office"),
        ("a.docx", lambda: made.bomb(600), "unpacks to"),
        ("a.json", b"{", "not valid JSON"),
        ("a.jsonl", b'{"a": 1}\n{', "line 2"),
        ("a.jsonl", b'{"text": "a", "date": 1700000000}', "number of seconds"),
        ("a.eml", b"Just words.", "no mail"),
        ("a.html", b"<html></html>", "no text"),
        ("a.csv", b"\n\n", "no text"),
        ("a.png", b"\x89PNG", "no reader for '.png'"),
        ("README", b"text", "without a suffix"),
    ],
)
def test_what_cannot_be_read_says_why(
    tmp_path: Path, name: str, content: bytes | Callable[[], bytes], reason: str
) -> None:
    with pytest.raises(UnreadableDocument, match=reason):
        read(tmp_path, name, content() if callable(content) else content)


def test_a_file_over_the_limit_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with path.open("wb") as file:
        file.truncate(60_000_000)
    with pytest.raises(UnreadableDocument, match="60,000,000 bytes is over the limit"):
        read_file(path, "a.txt")


@given(st.lists(st.text(alphabet="ab. \n", max_size=20).map(str.strip), max_size=6))
def test_every_character_of_joined_pages_is_on_its_page(texts: list[str]) -> None:
    text, starts = joined_pages(texts)
    document = Document("a", text or "x", pages=starts)
    for number, (page, start) in enumerate(zip(texts, starts, strict=True), 1):
        assert text[start : start + len(page)] == page
        for offset in range(start, start + len(page)):
            assert document.page_of(offset) == number


@given(st.lists(st.lists(st.text(max_size=5), max_size=3), max_size=4))
def test_a_table_loses_no_cell(rows: list[list[str]]) -> None:
    text = table_lines(rows)
    # The names of columns are repeated for their cells; a column without any has none.
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    for row in filled[1:]:
        for cell in row:
            assert " ".join(cell.split()) in text


def test_a_word_broken_at_the_end_of_a_pdf_line_is_whole_again() -> None:
    (draft,) = read_pdf(made.pdf([["It was adjourn-", "ed until May."]]))
    assert "adjourned until May" in draft.text
