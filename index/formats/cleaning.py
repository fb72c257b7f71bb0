"""Text without what a page carries beside its article. Knows nothing of files."""

from __future__ import annotations

import re

from index.splitting import sentences

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\ufffe\u200b\u2060\ud800-\udfff]")

# Whole lines that a news page carries beside its article.
_BOILERPLATE_LINE = re.compile(
    r"(advertisements?|advertorial|sponsored( content)?|read (more|also|next)\b:?.{0,120}"
    r"|related( articles?| stories)?:?|share (this|on)\b.{0,60}|subscribe\b.{0,100}"
    r"|sign up\b.{0,100}|follow us\b.{0,80}|all rights reserved\.?|©.{0,100}|copyright\b.{0,100}"
    r"|(image|photo|source|cover image)( credit)?:.{0,80}|click here\b.{0,80})",
    re.IGNORECASE,
)
# Debris of embedded posts: a shortened link, the label that follows it, and the post's own date.
# A run of blanks is looked at from its first only, else a long one takes the square of its length.
_EMBED_DEBRIS = re.compile(
    r"(?<![ \t])[ \t]*https?://t\.co/\w+(?:[ \t]+Advertisement\b)?"
    r"(?:[ \t]+[A-Z][a-z]+ \d{1,2}, \d{4})?"
    r"|(?<![ \t])[ \t]*\bpic\.twitter\.com/\w+"
)
_DISCLAIMER_START = re.compile(r"(?:^|(?<=\s))disclaimer:", re.IGNORECASE)
# What the sentences of a legal disclaimer say; the first that says none of it ends the disclaimer.
_DISCLAIMER_SENTENCE = re.compile(
    r"disclaimer|opinions? expressed|views of|informational purposes|not liable|financial (losses"
    r"|advice|experts?)|investment (advice|decisions?)|your own research|accurate as of"
    r"|no longer be available|not constitute|at your own risk|no responsibility",
    re.IGNORECASE,
)


def clean(text: str) -> str:
    """Text without control characters, boilerplate lines, disclaimers and post debris.

    Words that stay keep their order and spelling, so a quote of the result is a quote of the file.
    """
    text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    lines = [_EMBED_DEBRIS.sub("", line).rstrip() for line in text.split("\n")]
    kept = [line for line in lines if not _BOILERPLATE_LINE.fullmatch(line.strip())]
    joined = "\n\n".join(
        part
        for block in re.split(r"\n\s*\n", "\n".join(kept))
        if (part := _without_disclaimer(block).strip())
    )
    return joined


def _without_disclaimer(block: str) -> str:
    found = _DISCLAIMER_START.search(block)
    if found is None:
        return block
    end = found.start()
    for start, stop in sentences(block):
        if stop <= found.start():
            continue
        if start > found.start() and not _DISCLAIMER_SENTENCE.search(block[start:stop]):
            break
        end = stop
    return block[: found.start()] + block[end:]


def one_line(text: object) -> str:
    """A title or a name: control characters removed, white space made single spaces."""
    return " ".join(_CONTROL.sub("", str(text)).split())
