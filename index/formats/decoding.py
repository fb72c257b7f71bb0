"""Bytes -> text, whatever the encoding. Knows nothing of what the text holds."""

from __future__ import annotations

import codecs
import re

from index.errors import UnreadableDocument

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_SAMPLE = 200_000
_WESTERN = "cp1252"
"""By far the most common: what a text is in where no other encoding is clearly likelier."""

_CENTRAL = "cp1250"
"""The same of what only looks like Western text."""

_AS_CLEAR = 0.05
_APART = re.compile("[šžøŠŽØ]"), re.compile("[èìïòùÈÌÏÒÙ]")
"""Letters that no Western language has many of beside each other; Czech and Croatian, read as
Western, do.
"""

_SIGNS = re.compile("[¹³¯¾][a-z]|£[a-z]{2}")
_SELDOM = 500
"""Letters to one sign within a word, from which Polish read as Western has more."""

_OLD = [
    *("cp037", "cp273", "cp424", "cp437", "cp500", "cp720", "cp737", "cp775", "cp850", "cp852"),
    *("cp855", "cp856", "cp857", "cp858", "cp860", "cp861", "cp862", "cp863", "cp864", "cp865"),
    *("cp866", "cp869", "cp1026", "cp1140", "hp_roman8", "mac_cyrillic", "mac_greek"),
    *("mac_iceland", "mac_latin2", "mac_roman", "mac_turkish"),
]
"""Encodings of terminals and machines of before the web, which any bytes are a text in."""

_FEW = 0.1
"""Broken characters, as a share of those beyond ASCII, up to which a text is UTF-8 all the same."""


def decode(raw: bytes) -> str:
    """Text of a file: by its byte order mark, as UTF-8, or in the likeliest encoding.

    Raises UnreadableDocument for bytes that are no text.
    """
    for mark, encoding in _BOMS:
        if raw.startswith(mark):
            return raw.decode(encoding, errors="replace")
    if b"\x00" not in raw[:_SAMPLE]:
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            text = raw.decode("utf-8", errors="replace")
        others = len(text) - len(text.encode("ascii", errors="ignore"))
        broken = text.count("\ufffd")
        return text if broken <= _FEW * (others - broken) else _likeliest(raw)
    sample = raw[:_SAMPLE]
    # Western text in UTF-16 without a mark has a zero in every other place.
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros, others = sample[first::2].count(0), sample[1 - first :: 2].count(0)
        if zeros > 0.4 * len(sample) / 2 and not others:
            return raw.decode(encoding, errors="replace")
    raise UnreadableDocument("the file is not text in any known encoding")


def decode_html(raw: bytes) -> str:
    """Text of a web page, whose own word on its encoding comes before any guess."""
    declared = _META.search(raw[:4096])
    if declared and not raw.startswith(tuple(mark for mark, _ in _BOMS)):
        try:
            return raw.decode(declared[1].decode("ascii"))
        except (LookupError, UnicodeDecodeError, ValueError):
            pass
    return decode(raw)


def _likeliest(raw: bytes) -> str:
    from charset_normalizer import from_bytes

    sample = raw[:_SAMPLE]
    # The whole list, where those of today leave nothing.
    found = from_bytes(sample, cp_exclusion=_OLD) or from_bytes(sample)
    best = found.best()
    if best is None:
        raise UnreadableDocument("the file is not text in any known encoding")
    encoding = best.encoding
    if any(
        one.chaos <= best.chaos + _AS_CLEAR and one.coherence >= best.coherence
        for one in found
        if _WESTERN in one.could_be_from_charset
    ):
        if not _only_looks_western(sample.decode(_WESTERN, errors="replace")):
            encoding = _WESTERN
        elif _WESTERN in best.could_be_from_charset:
            encoding = _CENTRAL
    return raw.decode(encoding, errors="replace")


def _only_looks_western(text: str) -> bool:
    few, many = sorted(len(letters.findall(text)) for letters in _APART)
    return 0 < many <= 5 * few or len(text) <= _SELDOM * len(_SIGNS.findall(text))
