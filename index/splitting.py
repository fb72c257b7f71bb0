"""Cut text into sentences and passages with exact offsets. Knows nothing of files or models."""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.documents import Document, Passage, Span

SPLITTER = "sentences-240/3"
"""Names this way of splitting; the store remembers it and refuses passages cut another way."""

PASSAGE_TOKENS = 240
"""Estimated word pieces; the estimate is generous, so that a title fits the model's 256 as well."""

_LEAST_FULL = 0.1
"""Share of the limit from which on a line break ends a passage."""

_LEAST_FULL_OF_LINES = 0.25
"""The same where every sentence or so has a line of its own, as in much news: it ends no subject.

With .1 for them, too, 95 questions of affairs and 73 of stories are answered right when each of
their sentences is a paragraph, and 104 and 81 with .25 (tests/benchmarks/times.py --lines).
"""
_FEW = 1.5
"""Sentences a paragraph, on average, below which paragraphs are such lines."""

_BREAK = re.compile(r"\n\s*\n|\n(?=[-*•\d#|])")
_ENDS_PROSE = re.compile(r"[.?!…][\"'”’»)]*\Z")
_SPACE_RUN = re.compile(r"\s+")
_OTHER = re.compile(r"[^\x00-\x7f]+")
_ASCII_PER_TOKEN = 4.5


def sentences(text: str) -> list[Span]:
    """Sentence spans in order, without surrounding white space; they cover every other character.

    Line breaks between paragraphs and list items end a sentence; the rest is sentencex's rules.
    """
    # Imported here: a compiled extension that a bare `import index` does not need.
    import sentencex

    spans: list[Span] = []
    for start, end in _blocks(text):
        begin = start
        for found in sentencex.get_sentence_boundaries("en", text[start:end]):
            stop = start + found["end_index"]
            if stop < end and not _ends_sentence(text, stop):
                continue
            _append_stripped(spans, text, begin, stop)
            begin = stop
        _append_stripped(spans, text, begin, end)
    return spans


def ends_prose(text: str, start: int, end: int) -> bool:
    """Whether what lies between ends as a sentence does, unlike a heading or a row."""
    return bool(_ENDS_PROSE.search(text, start, end))


def _blocks(text: str) -> Iterator[Span]:
    begin = 0
    for found in _BREAK.finditer(text):
        yield begin, found.start()
        begin = found.end()
    yield begin, len(text)


def _ends_sentence(text: str, stop: int) -> bool:
    """An ASCII full stop inside a word, as in U.Today, ends nothing."""
    return text[stop - 1].isspace() or text[stop].isspace() or text[stop - 1] != "."


def _append_stripped(spans: list[Span], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        spans.append((start, end))


def estimated_tokens(text: str) -> float:
    """Word pieces a text is likely to take: 4.5 ASCII characters each, other characters one."""
    ascii_count = sum(map(str.isascii, text)) if not text.isascii() else len(text)
    return ascii_count / _ASCII_PER_TOKEN + (len(text) - ascii_count)


def split(document: Document, *, limit: int = PASSAGE_TOKENS) -> list[Passage]:
    """Passages of whole sentences in text order, at most `limit` estimated tokens each.

    Between passages lies white space only, so they give the text back. A sentence that is longer
    than the limit by itself is cut at white space. A line break ends a passage that is more than
    a heading long: what is about one thing stands together. Where lines are wrapped by hand only a
    blank line does; where each sentence has its own paragraph, passages are longer.
    """
    if limit < 1:
        raise ValueError(f"limit must be at least 1; got limit={limit}")
    text = document.text
    pieces = [part for span in sentences(text) for part in _cut(text, span, limit)]
    wanted = "\n\n" if _wrapped(text, pieces) else "\n"
    least = limit * (_LEAST_FULL_OF_LINES if _by_line(text, pieces, wanted) else _LEAST_FULL)
    passages: list[Passage] = []
    begin = 0
    used = 0.0
    for position, (start, end) in enumerate(pieces):
        size = estimated_tokens(text[start:end])
        if position > begin:
            breaks = wanted in text[pieces[position - 1][1] : start]
            if used + size > limit or (breaks and used >= least):
                passages.append(_passage(document, pieces[begin:position]))
                begin, used = position, 0.0
        used += size
    if pieces:
        passages.append(_passage(document, pieces[begin:]))
    return passages


def _by_line(text: str, pieces: list[Span], wanted: str) -> bool:
    """Whether paragraphs, which `wanted` parts, are mostly prose of one sentence."""
    prose: list[int] = []
    paragraphs = begin = 0
    for position, (start, end) in enumerate(pieces, 1):
        if position == len(pieces) or wanted in text[end : pieces[position][0]]:
            paragraphs += 1
            if ends_prose(text, start, end):
                prose.append(position - begin)
            begin = position
    return 2 * len(prose) > paragraphs and sum(prose) < _FEW * len(prose)


def _wrapped(text: str, pieces: list[Span]) -> bool:
    """Whether most lines end within a sentence, as in plain text of a fixed width."""
    within = sum(text.count("\n", start, end) for start, end in pieces)
    between = sum(
        "\n" in text[end:start] for (_, end), (start, _) in zip(pieces, pieces[1:], strict=False)
    )
    return within > between


def _cut(text: str, span: Span, limit: int) -> Iterator[Span]:
    start, end = span
    most = int(limit * _ASCII_PER_TOKEN)
    # From here on all is ASCII; looked for once, since a span may be millions long.
    last_other = max((found.end() for found in _OTHER.finditer(text, start, end)), default=start)
    while end - start > most or estimated_tokens(text[start:end]) > limit:
        # Other characters weigh a whole token, so this many always fit.
        stop = min(end, start + max(1, most if start >= last_other else limit))
        gaps = list(_SPACE_RUN.finditer(text, start + 1, stop))
        cut = gaps[-1].start() if gaps else stop
        if cut >= end:
            break
        yield start, cut
        start = gaps[-1].end() if gaps else cut
    if start < end:
        yield start, end


def _passage(document: Document, pieces: list[Span]) -> Passage:
    start, end = pieces[0][0], pieces[-1][1]
    return Passage(
        document_id=document.id,
        start=start,
        end=end,
        text=document.text[start:end],
        page=document.page_of(start),
        title=document.title,
        source=document.source,
        published=document.published,
        url=document.url,
        media_type=document.media_type,
        published_precision=document.published_precision,
        sentences=tuple((first - start, last - start) for first, last in pieces),
    )
