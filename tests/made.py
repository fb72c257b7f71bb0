"""Small files of every kind, made by the libraries that people's programs use."""

from __future__ import annotations

import zipfile
from email.message import EmailMessage
from functools import cache
from io import BytesIO

HTML = """<!doctype html><html><head><title>Bridge opens | The Paper</title>
<meta property="og:site_name" content="The Paper">
<meta property="og:title" content="Bridge opens">
<meta property="article:published_time" content="2025-03-04T10:00:00Z">
<link rel="canonical" href="https://paper.example/bridge"></head>
<body><nav><a href="/">Home</a> <a href="/sport">Sport</a> <a href="/w">Weather</a></nav>
<article><h1>Bridge opens</h1>
<p>The new bridge over the river opened on Monday after four years of work, the mayor said.</p>
<p>It carries two lanes of traffic, and cost 40 million euros, twice of what was planned.</p>
<table><tr><th>Lane</th><th>Width</th></tr><tr><td>North</td><td>4 m</td></tr></table>
<p>Cyclists have to wait for a second bridge, which is to be built in the coming two years.</p>
</article><footer>Subscribe to our newsletter! Copyright The Paper</footer></body></html>"""


def pdf(pages: list[list[str]], title: str = "") -> bytes:
    """A PDF with lines of ASCII text on each page, written by hand so that no library is needed."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    kids = []
    for lines in pages:
        shown = " T* ".join(f"({line}) Tj" for line in lines)
        stream = f"BT /F1 10 Tf 12 TL 50 780 Td {shown} ET"
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 900 842] /Contents {len(objects)} 0 R "
            f"/Resources << /Font << /F1 {font} >> >> >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    objects.append(f"<< /Title ({title}) /CreationDate (D:20240229120000Z) >>")
    made = "%PDF-1.4\n"
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(made))
        made += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    count = len(objects) + 1
    made += f"xref\n0 {count}\n0000000000 65535 f \n{table}"
    made += f"trailer << /Size {count} /Root 1 0 R /Info {len(objects)} 0 R >>\n"
    made += f"startxref\n{made.index('xref')}\n%%EOF"
    return made.encode("ascii")


def docx() -> bytes:
    import docx as library

    document = library.Document()
    document.core_properties.title = "Minutes"
    document.add_heading("Minutes of the council", 1)
    document.add_paragraph("The council met in the town hall.")
    table = document.add_table(2, 2)
    for place, text in enumerate(["Name", "Vote", "Ada", "Yes"]):
        table.cell(place // 2, place % 2).text = text
    document.add_paragraph("It ended at nine.")
    return _saved(document)


def pptx() -> bytes:
    import pptx as library

    deck = library.Presentation()
    for title, body in (("Rain", "It rained in May."), ("Sun", "June was dry.")):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = body
    return _saved(deck)


def xlsx() -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = "Rivers"
    for row in (["Name", "Length (km)"], ["Rhine", 1233], ["Spree", 400.5]):
        book.active.append(row)
    return _saved(book)


def eml(*, html: bool = False) -> bytes:
    message = EmailMessage()
    message["From"] = "Ada Lovelace <ada@example.org>"
    message["To"] = "Charles <charles@example.org>"
    message["Subject"] = "The engine"
    message["Date"] = "Tue, 04 Mar 2025 10:00:00 +0000"
    if html:
        body = "<p>The engine weaves <b>patterns</b> of numbers.</p>"
        message.set_content(f"<html><body>{body}</body></html>", subtype="html")
    else:
        message.set_content("The engine weaves patterns of numbers.\n")
    message.add_attachment(b"x", maintype="application", subtype="pdf", filename="plan.pdf")
    return message.as_bytes()


@cache
def bomb(megabytes: int) -> bytes:
    """A Word file whose text unpacks to zeros without end; takes a second, so made once."""
    held = BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("word/document.xml", "w", force_zip64=True) as part:
            for _ in range(megabytes):
                part.write(b"0" * 1_000_000)
    return held.getvalue()


def _saved(document: object) -> bytes:
    held = BytesIO()
    document.save(held)  # type: ignore[attr-defined]
    return held.getvalue()
