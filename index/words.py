"""Words and names of a text, by spelling alone. Knows nothing of models or documents."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_CAPITAL = re.compile(r"[^\W\d_a-zà-ÿ]")

FUNCTION_WORDS = frozenset(
    """a about after again all also am an and any are as at be because been before being between
    both but by can could did do does doing done down during each else ever few for from further
    get gets had has have having he her here hers him his how i if in into is it its itself just
    may me might more most much must my no nor not now of off on once one only or other our out
    over own per same shall she should since so some such than that the their them then there
    these they this those through to too under until up us very was we were what when where
    whether which while who whom whose why will with within without would yes yet you your tell
    say says said""".split()
)


def content_words(text: str) -> list[str]:
    """Words that carry meaning, as written, in text order."""
    return [word for word in _WORD.findall(text) if word.casefold() not in FUNCTION_WORDS]


def names(text: str) -> list[str]:
    """Runs of capitalised words that are not just the start of a sentence, in text order."""
    found: list[str] = []
    run: list[str] = []
    end = 0
    for match in _WORD.finditer(text):
        word = match[0]
        opens = match.start() == 0 or text[: match.start()].rstrip()[-1:] in ".?!\n"
        capital = bool(_CAPITAL.match(word)) and word.casefold() not in FUNCTION_WORDS
        # A capital at the start of a sentence tells nothing, unless the word is an acronym.
        named = capital and (not opens or word[1:] != word[1:].lower() or len(word) < 2)
        if run and (not capital or text[end : match.start()] != " "):
            found.append(" ".join(run))
            run = []
        if named or (capital and run):
            run.append(word)
        end = match.end()
    if run:
        found.append(" ".join(run))
    return list(dict.fromkeys(found))
