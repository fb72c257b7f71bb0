"""Tables: Excel sheets, by openpyxl, and CSV. Knows nothing of other formats."""

from __future__ import annotations

import csv
from datetime import datetime
from io import StringIO

from index.errors import UnreadableDocument
from index.formats.archive import opened
from index.formats.cleaning import clean, one_line
from index.formats.decoding import decode
from index.formats.draft import Draft, check_length, table_lines

_SAMPLE = 20_000


def read_xlsx(raw: bytes) -> list[Draft]:
    """Every sheet under its name, values as last computed, one block a row."""
    import openpyxl

    book = openpyxl.load_workbook(opened(raw, ".xlsx"), read_only=True, data_only=True)
    blocks = []
    length = 0
    for sheet in book.worksheets:
        rows = []
        for values in sheet.iter_rows(values_only=True):
            row = [_cell(value) for value in values]
            if not any(row):
                continue
            rows.append(row)
            check_length(length := length + sum(map(len, row)))
        if body := table_lines(rows):
            blocks += [one_line(sheet.title), body]
    saved = book.properties.modified or book.properties.created
    book.close()
    return [
        Draft(
            clean("\n\n".join(blocks)),
            title=one_line(book.properties.title or ""),
            published=saved.date() if isinstance(saved, datetime) else None,
        )
    ]


def read_csv(raw: bytes) -> list[Draft]:
    """One block a row; the delimiter is found out by the csv module, a comma if it cannot tell."""
    text = decode(raw)
    try:
        dialect: type[csv.Dialect] = csv.Sniffer().sniff(text[:_SAMPLE], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel_tab if "\t" in text[:_SAMPLE].split("\n", 1)[0] else csv.excel
    # The sniffer denies it where its sample happens to hold no quote within quotes.
    dialect.doublequote = True
    try:
        rows = list(csv.reader(StringIO(text, newline=""), dialect))
    except csv.Error as error:
        raise UnreadableDocument(f"the file is not a sound CSV table: {error}") from error
    body = table_lines(rows)
    check_length(len(body))
    return [Draft(clean(body))]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        midnight = not (value.hour or value.minute or value.second)
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
