"""500 sentences as chat models write them, good and bad, each with what must become of it.

Made from tests/data/statements.json (true statements in our own words, each with every document of
the sample that bears it out) and from the sample's own sentences. The bad ones are altered by rules
that know nothing of the checker: a number of the wrong passage, a changed quote, a name or figure
put in. Seeded, so that each run has the same cases.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from index.documents import Passage

STATEMENTS = json.loads((Path(__file__).parent / "data" / "statements.json").read_text("utf-8"))
CASES = 500
PASSAGES = 4
GOOD = ("right", "right, after the stop", "[1, 2]", "[1-3]", "[a][b]", "[passage n]")
ONE_RIGHT = ("right", "right, after the stop", "[passage n]")
MISCITED = ("[7] of 4", "wrong number", "no citation")
BAD = ("altered quote", "invented name", "invented figure", "moved date", "about nothing here")
_FIGURE = re.compile(r"\$?\d[\d.,]*\d(?: (?:billion|million))?|\$?\d+(?: (?:billion|million))?")
_DATE = re.compile(r"(January|February|March|April|May|September|October|November|December) (\d+)")
_QUOTE = re.compile(r"\"([^\"]+)\"")
_NAME = re.compile(
    r"Changpeng Zhao|Zhao|Binance|Richard Teng|Protos|Bloomberg|BitMEX|Giggle Academy|Samuel Lim"
    r"|Arthur Hayes|Roger Ver|Eswar Prasad|Karoline Leavitt|Henry Farrell|Richard Jones|Trump"
)
_NAMES = ("Marta Kowalski", "Globex", "Oliver Brandt", "Initech", "Lakshmi Rao", "Hooli", "Petrov")
_WORDS = ("never", "gladly", "twelve", "green", "again", "harbor", "slowly", "winter")
_ELSEWHERE = (
    "The museum in Lisbon opened a new wing for children.",
    "Researchers found that bees remember the color of flowers.",
    "The regulator fined the airline for late refunds.",
    "Rainfall in the valley was twice the average.",
    "The company plans to open a factory in Leipzig.",
)


@dataclass(frozen=True)
class Case:
    """One sentence of a reply. `passages` in prompt order; `said_by` documents that bear it out."""

    kind: str
    reply: str
    passages: tuple[Passage, ...]
    said_by: frozenset[str]


def cases(passages: Sequence[Passage]) -> list[Case]:
    """The cases over the passages of the sample, in order."""
    chance = random.Random(20251123)
    stated = [(s["text"], frozenset(s["documents"])) for s in STATEMENTS["true"]]
    quoted = [
        (p.text[a:b], frozenset([p.document_id]))
        for p in passages
        for a, b in p.sentences
        if _NAME.search(p.text[a:b])
    ]
    made: list[Case] = []
    kinds = [*GOOD, *GOOD, *MISCITED, *BAD]
    while len(made) < CASES:
        kind = kinds[len(made) % len(kinds)]
        # Whether other documents say a sentence of the sample too is known for the stated only,
        # and matters wherever another passage is cited, or might be.
        text, said_by = chance.choice(
            stated if kind not in (*ONE_RIGHT, *BAD) or chance.random() < 0.5 else quoted
        )
        altered = _altered(kind, text, chance)
        if altered is not None:
            made.append(_case(kind, text, altered, said_by, passages, chance))
    return made


def _case(
    kind: str,
    text: str,
    altered: str,
    said_by: frozenset[str],
    passages: Sequence[Passage],
    chance: random.Random,
) -> Case:
    document = chance.choice(sorted(said_by))
    gold = max((p for p in passages if p.document_id == document), key=lambda p: _shared(p, text))
    others = chance.sample([p for p in passages if p.document_id not in said_by], PASSAGES - 1)
    # [1-3] must hold the right one.
    place = chance.randrange(3 if kind == "[1-3]" else PASSAGES)
    shown = [*others[:place], gold, *others[place:]]
    right = place + 1
    wrong = chance.choice([n for n in range(1, PASSAGES + 1) if n != right])
    body, stop = altered.rstrip("."), "."
    reply = {
        "right, after the stop": f"{body}{stop} [{right}]",
        "[1, 2]": f"{body} [{', '.join(map(str, sorted((right, wrong))))}]{stop}",
        "[1-3]": f"{body} [1-3]{stop}",
        "[a][b]": f"{body} [{wrong}][{right}]{stop}",
        "[passage n]": f"{body} [passage {right}]{stop}",
        "[7] of 4": f"{body} [7]{stop}",
        "wrong number": f"{body} [{wrong}]{stop}",
        "no citation": f"{body}{stop}",
    }.get(kind, f"{body} [{right}]{stop}")
    return Case(kind, reply, tuple(shown), frozenset() if kind in BAD else said_by)


def _shared(passage: Passage, text: str) -> int:
    """How many words a passage and a text share: a document may be of several passages."""
    return len(set(re.findall(r"\w+", passage.text)) & set(re.findall(r"\w+", text)))


def _altered(kind: str, text: str, chance: random.Random) -> str | None:
    """The text as the kind has it; None where it has nothing of that sort to alter."""
    if kind == "altered quote":
        found = _QUOTE.search(text)
        if found is None:
            return None
        words = found[1].split()
        words[chance.randrange(len(words))] = chance.choice(_WORDS)
        return text[: found.start(1)] + " ".join(words) + text[found.end(1) :]
    if kind == "invented name":
        found = _pick(_NAME, text, chance)
        name = chance.choice(_NAMES)
        return found and text[: found.start()] + name + text[found.end() :]
    if kind == "invented figure":
        found = _pick(_FIGURE, text, chance)
        figure = chance.choice(("$", "")) + str(chance.randrange(11, 990)) + " million"
        return found and text[: found.start()] + figure + text[found.end() :]
    if kind == "moved date":
        found = _pick(_DATE, text, chance)
        return found and text[: found.start(2)] + str(int(found[2]) % 27 + 2) + text[found.end(2) :]
    if kind == "about nothing here":
        return chance.choice(_ELSEWHERE)
    return text


def _pick(pattern: re.Pattern[str], text: str, chance: random.Random) -> re.Match[str] | None:
    found = list(pattern.finditer(text))
    return chance.choice(found) if found else None
